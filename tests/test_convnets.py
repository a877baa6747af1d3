"""Lesson 6's own code: by hand as by Keras, and what it does with input that is not as usual."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from pictures import encoded

from course import content
from helpers.image_files import check_images

(LESSON,) = (page for page in content.pages() if page.name == "06_convnets_from_scratch")
HAND = content.run_tagged(LESSON, "by_hand", {"np": np})
NET = content.run_tagged(LESSON, "convnet", {"keras": keras})
SMALLEST = 22  # by hand: 22, 20, 10, 8, 4, 2, 1


def by_keras(layer, maps):
    return keras.ops.convert_to_numpy(layer(maps[None].astype("float32")))[0]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(0, 99))
def test_convolution_by_hand_is_that_of_keras(height, width, k, seed):
    rng = np.random.default_rng(seed)
    picture = rng.normal(size=(height + k - 1, width + k - 1, 3))
    layer = keras.layers.Conv2D(4, k, activation="relu", bias_initializer="random_normal")
    wanted = by_keras(layer, picture)
    found = HAND["convolution_layer"](picture, *layer.get_weights())
    assert found.shape == wanted.shape == (height, width, 4)
    assert np.allclose(found, wanted, atol=1e-5)
    kernel = rng.normal(size=(k, k)).astype("float32")
    wanted = keras.ops.conv(picture[None, :, :, :1].astype("float32"), kernel[:, :, None, None])
    found = HAND["convolve"](picture[:, :, 0], kernel)
    assert np.allclose(found, keras.ops.convert_to_numpy(wanted)[0, :, :, 0], atol=1e-4)


@given(
    st.integers(1, 40),
    st.integers(1, 7),
    st.integers(1, 5),
    st.sampled_from(["valid", "same"]),
)
def test_sizes_by_hand_are_those_of_keras(n, k, s, padding):
    if padding == "valid" and n < k:
        return
    output = keras.ops.conv(
        np.zeros((1, n, n, 1), "float32"), np.zeros((k, k, 1, 1), "float32"), s, padding
    )
    assert output.shape[1] == HAND["output_side"](n, k, s, padding)


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 99))
def test_pooling_by_hand_is_that_of_keras(height, width, seed):
    maps = np.random.default_rng(seed).normal(size=(height, width, 1)).astype("float32")
    wanted = by_keras(keras.layers.MaxPooling2D(2), maps)[:, :, 0]
    assert np.array_equal(HAND["max_pool"](maps[:, :, 0]), wanted)


@pytest.mark.parametrize("side", [1, 2, 10, SMALLEST - 1])
def test_too_small_a_photo_is_an_error_when_the_network_is_built(side):
    with pytest.raises(ValueError, match="zero or negative"):
        NET["build_convnet"](side)


@pytest.mark.parametrize("side", [SMALLEST, SMALLEST + 1])
def test_small_photos_that_just_fit(side):
    model = NET["build_convnet"](side, augment=True, dropout=0.5)
    assert model.predict(np.zeros((3, side, side, 3)), verbose=0).shape == (3, 1)


def test_a_batch_of_one_is_judged_as_in_a_larger_batch():
    model = NET["build_convnet"](24, augment=True, dropout=0.5)
    photos = np.random.default_rng(0).uniform(0, 255, (5, 24, 24, 3)).astype("float32")
    together = model.predict(photos, verbose=0)
    alone = [model.predict(photo[None], verbose=0) for photo in photos]
    assert np.allclose(np.concatenate(alone), together, atol=1e-5)
    labels = np.array([[1.0]])
    history = model.fit(photos[:1], labels, verbose=0).history  # it can learn from one, too
    assert np.isfinite(history["loss"]).all()


def test_augmentation_changes_training_photos_only():
    keras.utils.set_random_seed(1)
    augment = keras.Sequential(NET["augmentation"]())
    photos = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype("float32")
    assert np.array_equal(augment(photos, training=False), photos)
    assert np.array_equal(augment.predict(photos, verbose=0), photos)
    model = NET["build_convnet"](32, augment=True)
    scores = [model.evaluate(photos, np.ones((8, 1)), verbose=0) for _ in range(2)]
    assert scores[0] == scores[1]
    first, second = (np.asarray(augment(photos, training=True)) for _ in range(2))
    assert first.shape == photos.shape
    assert not np.allclose(first, photos) and not np.allclose(first, second)
    assert first.min() > -0.01 and first.max() < 255.01


def test_a_tiny_photo_is_enlarged_and_a_long_one_squeezed(tmp_path):
    for name, side in (("cat", 1), ("dog", 300)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.jpg").write_bytes(encoded(side=side))
    assert check_images(tmp_path) == {}
    data = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(24, 24), batch_size=1, verbose=False
    )
    model = NET["build_convnet"](24)
    for photos, _ in data:
        assert photos.shape == (1, 24, 24, 3)
        assert tf.reduce_all(tf.math.is_finite(model(photos)))
