"""Pictures, as Keras returns them, in either edition."""

import numpy as np

from helpers.data.store import announce

Split = tuple[np.ndarray, np.ndarray]

FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def mnist() -> tuple[Split, Split, str]:
    """Load the handwritten digits: ``keras.datasets.mnist.load_data``, plus the edition.

    Both editions hold the same pictures; they differ in where the files come from.

    Returns:
        ``(x_train, y_train), (x_test, y_test), edition``. The pictures are uint8 of shape
        (60000, 28, 28) and (10000, 28, 28), from 0 (paper) to 255 (ink); the labels are uint8
        of shape (60000,) and (10000,), the digits 0 to 9; ``edition`` is "original" or "offline".

    Raises:
        DataError: the data cannot be had; the message names the ways out.
    """
    arrays, edition = announce("mnist")
    train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    return train, test, edition


def fashion_mnist() -> tuple[Split, Split, str]:
    """Load the pictures of clothes: ``keras.datasets.fashion_mnist.load_data``, plus the edition.

    Both editions hold the same pictures; they differ in where the files come from.

    Returns:
        ``(x_train, y_train), (x_test, y_test), edition``. The pictures are uint8 of shape
        (60000, 28, 28) and (10000, 28, 28), from 0 (empty) to 255; the labels are uint8 of
        shape (60000,) and (10000,), from 0 to 9, named by ``fashion_mnist_label_names()``;
        ``edition`` is "original" or "offline".

    Raises:
        DataError: the data cannot be had; the message names the ways out.
    """
    arrays, edition = announce("fashion_mnist")
    train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    return train, test, edition


def fashion_mnist_label_names() -> tuple[str, ...]:
    """Return the names of the ten classes, in the order of the labels 0 to 9."""
    return FASHION
