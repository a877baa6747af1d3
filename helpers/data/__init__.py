"""Real data in two editions behind one loader each; see the README's data section.

``COURSE_DATA=auto|original|offline`` chooses the edition, ``COURSE_MIRROR`` names a folder
with the original files, ``COURSE_CACHE`` moves the cache.
"""

from helpers.data.errors import DataError
from helpers.data.image_sets import fashion_mnist, fashion_mnist_label_names
from helpers.data.table_sets import (
    BOSTON_FEATURES,
    CALIFORNIA_FEATURES,
    boston_housing,
    california_housing,
)
from helpers.data.text_sets import (
    imdb,
    imdb_word_index,
    reuters,
    reuters_label_names,
    reuters_word_index,
)

__all__ = [
    "BOSTON_FEATURES",
    "CALIFORNIA_FEATURES",
    "DataError",
    "boston_housing",
    "california_housing",
    "fashion_mnist",
    "fashion_mnist_label_names",
    "imdb",
    "imdb_word_index",
    "reuters",
    "reuters_label_names",
    "reuters_word_index",
]
