"""Pictures, as Keras returns them, in either edition, and a photograph of a cat."""

from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data.arrays import ArrayFile
from helpers.data.convert import images as convert

Split = tuple[np.ndarray, np.ndarray]

CHELSEA = Path(__file__).with_name("chelsea.png")
FASHION = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
DATA_SETS = {name: ArrayFile(name, convert) for name in ("fashion_mnist", "mnist")}


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
    return _halves("mnist")


def fashion_mnist() -> tuple[Split, Split, str]:
    """Load the pictures of clothes: ``keras.datasets.fashion_mnist.load_data``, plus the edition.

    Shapes, types, editions and errors are those of ``mnist``. 0 is the empty background, and
    ``fashion_mnist_label_names()`` names the labels.
    """
    return _halves("fashion_mnist")


def fashion_mnist_label_names() -> tuple[str, ...]:
    """Return the names of the ten classes, in the order of the labels 0 to 9."""
    return FASHION


def cat_photo() -> np.ndarray:
    """Load the photograph of the cat Chelsea, by Stéfan van der Walt (CC0), from scikit-image.

    It is the same in both editions, and needs no network.

    Returns:
        RGB values from 0 to 255, uint8 of shape (300, 451, 3): height, width, channels.
    """
    with Image.open(CHELSEA) as image:
        return np.asarray(image.convert("RGB")).copy()


def _halves(name: str) -> tuple[Split, Split, str]:
    arrays, edition = DATA_SETS[name].announce()
    train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    return train, test, edition
