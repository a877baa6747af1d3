"""The Grad-CAM of lesson 8, taken from the lesson itself, on small nested models."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course import content

PAGE = next(page for page in content.pages() if page.name.endswith("08_visualizing_convnets"))
PICTURES = np.random.default_rng(0).normal(size=(3, 20, 28, 3)).astype("float32")


@pytest.fixture(scope="module")
def lesson():
    return content.run_tagged(PAGE, "grad-cam", {"keras": keras, "np": np, "tf": tf})


def base_layers():
    keras.utils.set_random_seed(1)
    conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    return [
        keras.layers.Conv2D(4, **conv, name="low"),
        keras.layers.MaxPooling2D(name="pool"),
        keras.layers.Conv2D(6, **conv, name="high"),
        keras.layers.MaxPooling2D(name="last"),
    ]


def base():
    return keras.Sequential([keras.Input(shape=(None, None, 3)), *base_layers()], name="base")


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
    found = lesson["grad_cam"](model, PICTURES, [name], batch=2)[name]
    assert found.shape == maps.shape[:3]
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


def test_several_layers_at_once_are_the_same_as_one_by_one(lesson):
    model = sequential([keras.layers.Dense(1)])
    together = lesson["grad_cam"](model, PICTURES, ["low", "last"])
    for name, found in together.items():
        assert np.allclose(found, lesson["grad_cam"](model, PICTURES, [name])[name])


@pytest.mark.parametrize("batch", [1, 2, 3, 10])
def test_with_one_dense_layer_it_is_cam_whatever_the_batch(lesson, batch):
    model = functional([keras.layers.Dense(1)])
    maps = through(halves(model, "last")[0], PICTURES)
    cam = maps @ model.layers[-1].get_weights()[0].ravel() / (maps.shape[1] * maps.shape[2])
    found = lesson["grad_cam"](model, PICTURES, ["last"], batch)["last"]
    assert np.abs(found - cam).max() < 1e-4 * np.abs(cam).max()


def test_the_heat_for_one_class_is_what_speaks_against_the_other(lesson):
    evidence = lesson["grad_cam"](sequential([keras.layers.Dense(1)]), PICTURES, ["high"])["high"]
    for_one, for_zero = (lesson["heat_for"](evidence, np.full(3, c)) for c in (1, 0))
    assert for_one.min() >= 0 and for_zero.min() >= 0
    assert np.allclose(for_one - for_zero, evidence)
    mixed = lesson["heat_for"](evidence, np.array([0, 1, 0]))
    assert np.array_equal(mixed[1], for_one[1]) and np.array_equal(mixed[2], for_zero[2])


# ---- which model holds the layers


def close(found, expected):
    return bool(np.abs(found - expected).max() < 1e-4 * np.abs(expected).max())


def behind(first, model):
    """The same model with layers before it."""
    x = inputs = keras.Input(shape=(None, None, 3))
    for layer in [*first, *model.layers]:
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("name", ["low", "last"])
def test_a_rescaling_before_the_base_comes_first(lesson, name):
    model = sequential([keras.layers.Dense(1)])
    rescaled = behind([keras.layers.Rescaling(2.0, offset=-0.5)], model)
    found = lesson["grad_cam"](rescaled, PICTURES, [name])[name]
    expected = lesson["grad_cam"](model, 2 * PICTURES - 0.5, [name])[name]
    assert close(found, expected)
    assert not close(found, lesson["grad_cam"](model, PICTURES, [name])[name])


def test_an_augmentation_before_the_base_is_not_taken_for_it_and_does_nothing(lesson):
    model = sequential([keras.layers.Dense(1)])
    augmentation = keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(3.0)])
    augmented = behind([augmentation], model)
    found = lesson["grad_cam"](augmented, PICTURES, ["high", "last"])
    for name, expected in lesson["grad_cam"](model, 3 * PICTURES, ["high", "last"]).items():
        assert close(found[name], expected)


def test_plain_operations_count_as_layers_do(lesson):
    """They are in no list of layers: a walk through the layers would leave them out."""
    model = sequential([keras.layers.Dense(1)])
    x = inputs = keras.Input(shape=(None, None, 3))
    for layer in model.layers:
        x = layer(keras.applications.vgg16.preprocess_input(x) / 20 if x is inputs else x)
    found = lesson["grad_cam"](keras.Model(inputs, 3 * x - 1), PICTURES, ["low", "last"])
    prepared = keras.applications.vgg16.preprocess_input(PICTURES.copy()) / 20
    for name, expected in lesson["grad_cam"](model, prepared, ["low", "last"]).items():
        assert close(found[name], 3 * expected)


def test_a_branch_around_the_base_is_followed(lesson):
    model = sequential([keras.layers.Dense(1)])
    inputs = keras.Input(shape=(None, None, 3))
    beside = keras.ops.mean(inputs, axis=(1, 2, 3), keepdims=False)[:, None]
    found = lesson["grad_cam"](keras.Model(inputs, model.call(inputs) * beside), PICTURES, ["high"])
    expected = lesson["grad_cam"](model, PICTURES, ["high"])["high"]
    means = PICTURES.mean(axis=(1, 2, 3))[:, None, None]
    assert close(found["high"], means * expected)


def test_a_base_that_is_called_twice_is_refused(lesson):
    shared = base()
    inputs = keras.Input(shape=(None, None, 3))
    both = keras.layers.GlobalAveragePooling2D()(shared(inputs) + shared(inputs / 2))
    model = keras.Model(inputs, keras.layers.Dense(1)(both))
    with pytest.raises(ValueError, match="calls base more than once; expected one call"):
        lesson["grad_cam"](model, PICTURES, ["high"])


def flat_sequential(head):
    pool = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([keras.Input(shape=(None, None, 3)), *base_layers(), pool, *head])


def flat_functional(head):
    x = inputs = keras.Input(shape=(None, None, 3))
    for layer in [*base_layers(), keras.layers.GlobalAveragePooling2D(), *head]:
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("flat", [flat_sequential, flat_functional])
def test_a_flat_model_gives_the_same_as_a_nested_one(lesson, flat):
    nested, model = (
        make([keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(1)])
        for make in (sequential, flat)
    )
    model.set_weights(nested.get_weights())
    found = lesson["grad_cam"](model, PICTURES, ["low", "last"])
    for name, expected in lesson["grad_cam"](nested, PICTURES, ["low", "last"]).items():
        assert close(found[name], expected)


@pytest.mark.parametrize("nest", [sequential, functional, flat_sequential])
@pytest.mark.parametrize("names", [["hihg"], ["low", "hihg"]])
def test_an_unknown_layer_is_named_beside_those_that_exist(lesson, nest, names):
    model = nest([keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"hihg.*expected layers of one of these.*'low', 'pool'"):
        lesson["grad_cam"](model, PICTURES, names)


def test_layers_of_two_models_at_once_are_refused(lesson):
    model = sequential([keras.layers.Dense(1, name="score")])
    with pytest.raises(ValueError, match=r"layer_names is \['low', 'score'\]"):
        lesson["grad_cam"](model, PICTURES, ["low", "score"])


def test_no_pictures_are_refused(lesson):
    with pytest.raises(ValueError, match="there are no pictures"):
        lesson["grad_cam"](sequential([keras.layers.Dense(1)]), PICTURES[:0], ["high"])


@pytest.mark.parametrize("side", [1, 2, 3])
def test_pictures_of_which_nothing_is_left_are_refused(lesson, side):
    model = sequential([keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=rf"of \({side}, {side}, 3\) are too small"):
        lesson["grad_cam"](model, PICTURES[:, :side, :side], ["high"])
    assert np.isfinite(lesson["grad_cam"](model, PICTURES[:, :4, :4], ["high"])["high"]).all()


def test_a_model_with_several_scores_is_refused(lesson):
    with pytest.raises(ValueError, match=r"gives \[\(2,\)\] a picture; expected one score"):
        lesson["grad_cam"](sequential([keras.layers.Dense(2)]), PICTURES, ["low"])
