"""Real data in two editions behind one loader each; see docs/data.md.

A loader returns its edition, "original" or "offline", at the end. Data that cannot be had is a
``DataError``, and its message names the ways out.

``COURSE_DATA=auto|original|offline`` chooses the edition, ``COURSE_MIRROR`` names a folder
with the original files, ``COURSE_CACHE`` moves the cache. Both folders may be relative: they
then begin at the course's folder, the one above ``helpers``.
"""

from importlib import import_module
from typing import Any

# Where each name lives. A room is loaded when one of its names is used for the first time.
ROOMS = {
    "images": ("cat_photo", "fashion_mnist", "fashion_mnist_label_names", "mnist"),
    "photo_folders": ("cats_vs_dogs",),
    "sources": ("DataError",),
    "tables": ("BOSTON_FEATURES", "CALIFORNIA_FEATURES", "boston_housing", "california_housing"),
    "texts": ("imdb", "imdb_word_index", "reuters", "reuters_label_names", "reuters_word_index"),
    "weights": ("vgg16_conv_base",),
}
ROOM_OF = {name: room for room, names in ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *ROOM_OF]
