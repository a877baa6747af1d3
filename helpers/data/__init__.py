"""Real data in two editions behind one loader each; see the README's data section.

``COURSE_DATA=auto|original|offline`` chooses the edition, ``COURSE_MIRROR`` names a folder
with the original files, ``COURSE_CACHE`` moves the cache.
"""

from helpers.data.errors import DataError
from helpers.data.text_sets import (
    imdb,
    imdb_word_index,
    reuters,
    reuters_label_names,
    reuters_word_index,
)

__all__ = [
    "DataError",
    "imdb",
    "imdb_word_index",
    "reuters",
    "reuters_label_names",
    "reuters_word_index",
]
