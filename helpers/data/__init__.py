"""Real data in two editions behind one loader each; see the README's data section.

``COURSE_DATA=auto|original|offline`` chooses the edition, ``COURSE_MIRROR`` names a folder
with the original files, ``COURSE_CACHE`` moves the cache.
"""

from helpers.data.errors import DataError
from helpers.data.folder_sets import cats_vs_dogs
from helpers.data.image_sets import fashion_mnist, fashion_mnist_label_names, mnist
from helpers.data.photos import cat_photo
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
from helpers.data.weights import vgg16_conv_base

__all__ = [
    "BOSTON_FEATURES",
    "CALIFORNIA_FEATURES",
    "DataError",
    "boston_housing",
    "california_housing",
    "cat_photo",
    "cats_vs_dogs",
    "fashion_mnist",
    "fashion_mnist_label_names",
    "imdb",
    "imdb_word_index",
    "mnist",
    "reuters",
    "reuters_label_names",
    "reuters_word_index",
    "vgg16_conv_base",
]
