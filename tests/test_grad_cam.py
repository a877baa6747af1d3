"""The Grad-CAM of lesson 8, taken from the lesson itself, on small nested models."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tools import course

PAGE = next(page for page in course.pages() if page.name.endswith("08_visualizing_convnets"))
PICTURES = np.random.default_rng(0).normal(size=(3, 20, 28, 3)).astype("float32")


@pytest.fixture(scope="module")
def lesson():
    return course.run_tagged(PAGE, "grad-cam", {"keras": keras, "np": np, "tf": tf})


def base():
    keras.utils.set_random_seed(1)
    conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            keras.Input(shape=(None, None, 3)),
            keras.layers.Conv2D(4, **conv, name="low"),
            keras.layers.MaxPooling2D(name="pool"),
            keras.layers.Conv2D(6, **conv, name="high"),
            keras.layers.MaxPooling2D(name="last"),
        ],
        name="base",
    )


def layers(head):
    return [base(), keras.layers.GlobalAveragePooling2D(), *head]


def sequential(head):
    return keras.Sequential([keras.Input(shape=(None, None, 3)), *layers(head)])


def functional(head):
    x = inputs = keras.Input(shape=(None, None, 3))
    for layer in layers(head):
        x = layer(x)
    return keras.Model(inputs, x)


def halves(model, name):
    """The layers up to the named one, and those behind it, as one flat list each."""
    nested = next(layer for layer in model.layers if layer.name == "base")
    flat = [*nested.layers, *model.layers[model.layers.index(nested) + 1 :]]
    cut = [layer.name for layer in flat].index(name) + 1
    return flat[:cut], flat[cut:]


def through(layers, x):
    for layer in layers:
        x = layer(x)
    return np.asarray(x)


@pytest.mark.parametrize("nest", [sequential, functional])
@pytest.mark.parametrize("name", ["low", "pool", "high", "last"])
def test_a_weight_is_how_the_score_changes_with_its_channel(lesson, nest, name):
    """The sum of a channel's slopes is the slope along the whole channel: no tape is needed."""
    model = nest([keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(1)])
    before, after = halves(model, name)
    maps, step = through(before, PICTURES), 1e-3
    weights = np.empty((len(maps), maps.shape[-1]))
    for k in range(maps.shape[-1]):
        along = step * np.eye(maps.shape[-1], dtype="float32")[k]
        change = through(after, maps + along) - through(after, maps - along)
        weights[:, k] = change.ravel() / (2 * step) / (maps.shape[1] * maps.shape[2])
    expected = np.einsum("nijk,nk->nij", maps, weights)
    found = lesson["evidence"](model, PICTURES, [name], batch=2)[name]
    assert found.shape == maps.shape[:3]
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


def test_several_layers_at_once_are_the_same_as_one_by_one(lesson):
    model = sequential([keras.layers.Dense(1)])
    together = lesson["evidence"](model, PICTURES, ["low", "last"])
    for name, found in together.items():
        assert np.allclose(found, lesson["evidence"](model, PICTURES, [name])[name])


@pytest.mark.parametrize("batch", [1, 2, 3, 10])
def test_with_one_dense_layer_it_is_cam_whatever_the_batch(lesson, batch):
    model = functional([keras.layers.Dense(1)])
    maps = through(halves(model, "last")[0], PICTURES)
    cam = maps @ model.layers[-1].get_weights()[0].ravel() / (maps.shape[1] * maps.shape[2])
    found = lesson["evidence"](model, PICTURES, ["last"], batch)["last"]
    assert np.abs(found - cam).max() < 1e-4 * np.abs(cam).max()


def test_the_heat_for_one_class_is_what_speaks_against_the_other(lesson):
    model = sequential([keras.layers.Dense(1)])
    signed = lesson["evidence"](model, PICTURES, ["high"])["high"]
    for_one = lesson["grad_cam"](model, PICTURES, np.ones(3), "high")
    for_zero = lesson["grad_cam"](model, PICTURES, np.zeros(3), "high")
    assert for_one.min() >= 0 and for_zero.min() >= 0
    assert np.allclose(for_one - for_zero, signed)
    mixed = lesson["grad_cam"](model, PICTURES, [0, 1, 0], "high")
    assert np.array_equal(mixed[1], for_one[1]) and np.array_equal(mixed[2], for_zero[2])
