"""Digits, pretrained weights and the cat: the promised content, byte for byte."""

import shutil
from hashlib import sha256

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.saving import legacy_h5_format

from helpers.data import (
    DataError,
    cache,
    cat_photo,
    fashion_mnist,
    mnist,
    packages,
    vgg16_conv_base,
)
from helpers.data import arrays as array_files
from helpers.data.cache import data_set
from helpers.data.images import CHELSEA
from helpers.data.sources import SOURCES
from helpers.data.weights import VGG16_LAYERS

pytestmark = [
    pytest.mark.timeout(300),  # the first run fetches the offline edition
    pytest.mark.filterwarnings("ignore:__array__ implementation"),  # Keras, writing its old format
]


# ---- MNIST

# SHA-256 of the arrays' bytes, as measured on Keras's own file.
DIGITS = (
    ((60000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    ((10000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
)


def test_mnist_is_the_classic_one(capsys):
    (x_train, y_train), (x_test, y_test), edition = mnist()
    assert edition == "offline"
    assert capsys.readouterr().out == "mnist: offline edition (COURSE_DATA=offline)\n"
    for array, (shape, digest) in zip((x_train, y_train, x_test, y_test), DIGITS, strict=True):
        assert (array.shape, array.dtype) == (shape, np.uint8)
        assert sha256(np.ascontiguousarray(array)).hexdigest() == digest


@pytest.fixture
def original(tmp_path, monkeypatch):
    """An empty cache and a mirror, on a machine that can fetch nothing."""
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))

    def unreachable(*args):
        raise DataError("no network here")

    monkeypatch.setattr(packages, "fetch", unreachable)
    monkeypatch.setattr(array_files, "download", unreachable)
    monkeypatch.setattr(cache, "_chosen", {})
    return tmp_path / "mirror"


def test_mnist_from_keras_file(original, monkeypatch):
    with monkeypatch.context() as usual:
        usual.setenv("COURSE_DATA", "offline")
        usual.delenv("COURSE_CACHE")
        (x_train, y_train), (x_test, y_test), _ = mnist()
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    np.savez_compressed(original / "mnist.npz", **arrays)
    train, test, edition = mnist()
    assert edition == "original"
    for ours, theirs in zip((*train, *test), keras_loads(original / "mnist.npz"), strict=True):
        assert np.array_equal(ours, theirs)


def keras_loads(path):
    """What ``keras.datasets.mnist.load_data`` returns for a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.src.datasets.mnist, "get_file", lambda **_: path)
        train, test = keras.datasets.mnist.load_data()
    return *train, *test


def test_digits_are_not_clothes():
    assert not np.array_equal(mnist()[0][0], fashion_mnist()[0][0])


# ---- VGG16

# SHA-256 over kernel and bias of each layer in order, as measured on Keras's own file.
IMAGENET = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"


def digest_of(weights):
    digest = sha256()
    for array in weights:
        digest.update(np.ascontiguousarray(array, "<f4"))
    return digest.hexdigest()


@pytest.fixture(scope="module")
def base():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", "offline")
        # Not a byte may come through Keras's own downloads.
        patch.setattr(keras.src.applications.vgg16.file_utils, "get_file", None)
        model, edition = vgg16_conv_base((64, 96, 3))
    assert edition == "offline"
    return model


def test_vgg16_is_the_one_of_keras(base):
    plain = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 96, 3))
    assert [layer.name for layer in base.layers[1:]] == [layer.name for layer in plain.layers[1:]]
    assert base.output_shape == plain.output_shape == (None, 2, 3, 512)
    assert base.trainable
    assert digest_of(base.get_weights()) == IMAGENET
    assert len(VGG16_LAYERS) == 13


def test_vgg16_sees_a_cat(base):
    """The features of a cat are more like those of the same cat in a mirror than of noise."""
    photo = cat_photo()[:300, 75:375].astype("float32")
    noise = np.random.default_rng(0).permutation(photo.reshape(-1, 3)).reshape(photo.shape)
    images = keras.ops.image.resize(np.stack([photo, photo[:, ::-1], noise]), (64, 96))
    images = keras.applications.vgg16.preprocess_input(keras.ops.convert_to_numpy(images))
    features = base.predict(images, verbose=0).mean(axis=(1, 2))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    cat, mirrored, noise = features
    assert cat @ mirrored > 0.9 > cat @ noise


@pytest.fixture(scope="module")
def legacy_file(base, tmp_path_factory):
    """The weights in a file of Keras's old format, as the original is."""
    path = tmp_path_factory.mktemp("keras") / SOURCES["vgg16_conv_base"].original[0].file
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, base)
    return path


def test_vgg16_from_keras_file(original, legacy_file):
    shutil.copy(legacy_file, original)
    model, edition = vgg16_conv_base()
    assert edition == "original"
    assert model.output_shape == (None, 4, 4, 512)
    assert digest_of(model.get_weights()) == IMAGENET


@pytest.mark.parametrize("damage", ["a weight", "cut", "empty", "other layers"])
def test_changed_keras_file_is_refused(original, legacy_file, damage, base):
    path = original / legacy_file.name
    shutil.copy(legacy_file, path)
    if damage == "a weight":
        with h5py.File(path, "r+") as file:
            (group,) = file["block1_conv1"].values()
            dataset = group
            while not isinstance(dataset, h5py.Dataset):
                dataset = next(iter(dataset.values()))
            dataset[(0,) * dataset.ndim] += 1
    elif damage == "other layers":
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    else:
        path.write_bytes(path.read_bytes()[: 0 if damage == "empty" else -1000])
    with pytest.raises(DataError) as caught:
        data_set("vgg16_conv_base").load()
    message = str(caught.value)
    reason = "holds other data" if damage == "a weight" else "cannot be read"
    assert f"the mirror's {legacy_file.name} {reason}" in message
    assert data_set("vgg16_conv_base").ready() == []


BAD_SHAPES = {
    "too low": ((31, 150, 3), "side of 31"),
    "too narrow": ((150, 0, 3), "side of 0"),
    "negative": ((-150, 150, 3), "side of -150"),
    "a float": ((150.0, 150, 3), "side of 150.0"),
    "a truth": ((True, 150, 3), "side of True"),
    "a word": (("150", 150, 3), "side of '150'"),
    "grey": ((150, 150, 1), "1 channels"),
    "with transparency": ((150, 150, 4), "4 channels"),
    "channels first": ((3, 150, 150), "150 channels"),
    "no channels": ((150, 150), "(150, 150)"),
    "a batch": ((32, 150, 150, 3), "number of pictures is no part"),
    "a number": (150, "is 150"),
    "nothing": (None, "is None"),
}


@pytest.mark.parametrize("case", BAD_SHAPES)
def test_bad_input_shape(case, monkeypatch):
    monkeypatch.setattr(cache.DataSet, "load", None)  # asked before anything is fetched
    shape, expected = BAD_SHAPES[case]
    with pytest.raises(ValueError, match="input_shape is ") as caught:
        vgg16_conv_base(shape)
    message = str(caught.value)
    assert repr(shape) in message
    assert expected in message
    assert "expected (height, width, 3), such as (150, 150, 3)" in message


@given(st.lists(st.none() | st.integers(-5, 31), min_size=2, max_size=2), st.integers(0, 5))
def test_small_or_colourless_pictures_are_refused(sides, channels):
    if None in sides and channels == 3 and sides == [None, None]:
        return
    with pytest.raises(ValueError, match="input_shape is "):
        vgg16_conv_base((*sides, channels))


def test_sides_of_any_length():
    model, _ = vgg16_conv_base([None, 32, 3])
    assert model.output_shape == (None, None, 1, 512)


# ---- the cat


def test_cat_photo():
    photo = cat_photo()
    assert (photo.shape, photo.dtype) == ((300, 451, 3), np.uint8)
    # The file as scikit-image ships it.
    digest = "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"
    assert sha256(CHELSEA.read_bytes()).hexdigest() == digest
    assert CHELSEA.stat().st_size < 250_000


def test_cat_photo_is_yours_to_change():
    photo = cat_photo()
    photo[:] = 0
    assert cat_photo().any()
