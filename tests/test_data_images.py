"""The loaders of pictures: what they promise, that they do as Keras does, and damaged files."""

import gzip
import struct

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from helpers.data import (
    DataError,
    fashion_mnist,
    fashion_mnist_label_names,
    packages,
)
from helpers.data import (
    arrays as array_files,
)
from helpers.data.images import DATA_SETS, read_idx
from helpers.data.sources import SOURCES

pytestmark = pytest.mark.timeout(300)  # the first run fetches the offline edition
SIZES = {"train": 60_000, "test": 10_000}


def idx(array):
    """The bytes of an IDX file."""
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    return head + array.tobytes()


# ---- the real data


@pytest.fixture(scope="module")
def halves():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", "offline")
        patch.delenv("COURSE_MIRROR", raising=False)
        *halves, edition = fashion_mnist()
    assert edition == "offline"
    return dict(zip(SIZES, halves, strict=True))


@pytest.mark.parametrize("half", SIZES)
def test_shapes_and_types(halves, half):
    x, y = halves[half]
    assert (x.shape, y.shape) == ((SIZES[half], 28, 28), (SIZES[half],))
    assert x.dtype == y.dtype == np.uint8
    assert (x.min(), x.max()) == (0, 255)


@pytest.mark.parametrize("half", SIZES)
def test_classes_are_equally_frequent_and_mixed(halves, half):
    _, y = halves[half]
    assert np.bincount(y).tolist() == [SIZES[half] // 10] * 10
    assert np.count_nonzero(np.diff(y)) > 0.8 * len(y)


def test_class_names():
    names = fashion_mnist_label_names()
    assert len(set(names)) == len(names) == 10
    assert (names[0], names[9]) == ("T-shirt/top", "Ankle boot")


@pytest.fixture(scope="module")
def classic_files(tmp_path_factory):
    """The four original files: those of the package, with time and name put back in their heads.

    Debian takes both out of every gzip file. Nothing else differs.
    """
    folder = tmp_path_factory.mktemp("classic")
    source = SOURCES["fashion_mnist"]
    (package,), _ = DATA_SETS["fashion_mnist"]._offline_files(folder)
    paths = []
    for item in source.original:
        body = packages.read_member(package, f"/usr/share/datasets/fashion-mnist/{item.file}")
        time = 1504176606 if item.file.startswith("train") else 1504176627
        name = item.file.removesuffix(".gz").encode() + b"\0"
        paths.append(folder / item.file)
        paths[-1].write_bytes(body[:3] + b"\x08" + struct.pack("<I", time) + body[8:10] + name)
        with paths[-1].open("ab") as file:
            file.write(body[10:])
    return paths


def test_package_holds_the_original_files(classic_files):
    """So both editions are the same, and the hashes of the downloads are right."""
    for path, item in zip(classic_files, SOURCES["fashion_mnist"].original, strict=True):
        assert item.matches(path), path.name


def test_it_is_what_keras_returns(classic_files, halves, monkeypatch):
    there = {path.name: str(path) for path in classic_files}
    module = keras.src.datasets.fashion_mnist
    monkeypatch.setattr(module, "get_file", lambda name, **_: there[name])
    theirs = dict(zip(SIZES, keras.datasets.fashion_mnist.load_data(), strict=True))
    for half in SIZES:
        for ours, keras_array in zip(halves[half], theirs[half], strict=True):
            assert ours.dtype == keras_array.dtype
            assert np.array_equal(ours, keras_array)


def test_mirror_with_the_classic_files(classic_files, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setenv("COURSE_MIRROR", str(classic_files[0].parent))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(array_files, "download", None)  # a download now would raise
    assert fashion_mnist()[-1] == "original"
    assert capsys.readouterr().out == "fashion_mnist: original edition (COURSE_DATA=original)\n"


# ---- the IDX format


@given(arrays(np.uint8, array_shapes(max_dims=4, max_side=5)))
def test_idx_there_and_back(array):
    again = read_idx(idx(array))
    assert (again.shape, again.dtype) == (array.shape, np.uint8)
    assert np.array_equal(again, array)
    again[...] = 0  # it is the caller's own


@given(st.binary(max_size=40))
def test_other_bytes_are_no_idx_file(content):
    try:
        array = read_idx(content)
    except ValueError:
        return
    assert idx(array) == content


WHOLE = idx(np.arange(12, dtype=np.uint8).reshape(3, 2, 2))
DAMAGED = {
    "empty": b"",
    "only a type": WHOLE[:4],
    "cut in the head": WHOLE[:13],
    "cut": WHOLE[:-1],
    "longer": WHOLE + b"\0",
    "numbers of another type": WHOLE[:2] + b"\x0d" + WHOLE[3:],
    "a web page": b"<html>Welcome to the hotel</html>",
    "a negative length": WHOLE[:4] + b"\xff" * 4 + WHOLE[8:],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_idx_is_refused(damage):
    with pytest.raises(ValueError):
        read_idx(DAMAGED[damage])


BAD_MIRRORS = DAMAGED | {"other pictures": WHOLE}


@pytest.mark.parametrize("damage", [*BAD_MIRRORS, "cut gzip", "flipped bit", "no gzip"])
def test_damaged_files_in_the_mirror_are_refused(tmp_path, monkeypatch, damage):
    """Where nothing else can be had: one clear error, and nothing left in the cache."""
    packed = gzip.compress(BAD_MIRRORS.get(damage, WHOLE))
    packed = {
        "cut gzip": packed[:-5],
        "flipped bit": packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:],
        "no gzip": WHOLE,
    }.get(damage, packed)
    (tmp_path / "mirror").mkdir()
    for item in SOURCES["fashion_mnist"].original:
        (tmp_path / "mirror" / item.file).write_bytes(packed)

    def none_there(package, folder):
        raise DataError("no package")

    monkeypatch.setattr(packages, "fetch", none_there)
    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataError) as caught:
        fashion_mnist()
    message = str(caught.value)
    reason = "holds other data" if damage == "other pictures" else "cannot be read"
    assert "the mirror's train-images-idx3-ubyte.gz and " in message
    assert f"t10k-labels-idx1-ubyte.gz {reason}" in message
    assert "; no package. Three ways out: " in message
    assert [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []
