"""Lesson 9's own code, taken from its cells: attention, masks, bags, and its benchmark."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import mil_arms, run
from benchmarks.mil_arms import lesson_code

FEATURES, UNITS = 5, 7


@pytest.fixture(scope="module")
def code():
    return lesson_code()


@pytest.fixture(scope="module")
def layer(code):
    keras.utils.set_random_seed(0)
    layer = code["MILAttentionLayer"](UNITS, keras.regularizers.L2(0.01))
    layer.build((None, None, FEATURES))
    return layer


@pytest.fixture(scope="module")
def model(code):
    keras.utils.set_random_seed(0)
    return code["build_model"]()


def some_bags(count, size, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 1, (count, size, 28, 28)).astype("float32")


def some_embeddings(count, size, seed):
    return np.random.default_rng(seed).normal(size=(count, size, FEATURES)).astype("float32")


# ---- the layer


@given(st.integers(1, 4), st.integers(1, 9), st.integers(0, 99))
def test_layer_is_the_formula(layer, count, size, seed):
    h = some_embeddings(count, size, seed)
    v, u, w = (keras.ops.convert_to_numpy(each).astype(float) for each in layer.weights)
    scores = ((np.tanh(h @ v) / (1 + np.exp(-(h @ u)))) @ w)[..., 0]
    wanted = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    found = keras.ops.convert_to_numpy(layer(h))
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_padding_weighs_exactly_0_wherever_it_stands(layer, real, padding, seed):
    h = some_embeddings(1, real + padding, seed)
    h[:, real:] *= 1000  # loud padding
    alone = keras.ops.convert_to_numpy(layer(h[:, :real]))
    order = np.random.default_rng(seed).permutation(real + padding)
    found = keras.ops.convert_to_numpy(layer(h[:, order], mask=order[None] < real))
    assert (found[:, order >= real] == 0).all()
    np.testing.assert_allclose(found[:, order < real], alone[:, order[order < real]], atol=1e-6)


def test_a_bag_that_is_all_padding_gets_no_weight_and_harms_no_other(layer):
    h = some_embeddings(2, 3, 0)
    found = keras.ops.convert_to_numpy(layer(h, mask=np.array([[False] * 3, [True] * 3])))
    assert (found[0] == 0).all()
    np.testing.assert_allclose(found[1:], keras.ops.convert_to_numpy(layer(h[1:])), atol=1e-6)


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "mixed_float16", "float64"])
def test_padding_weighs_0_in_numbers_of_other_sizes(code, policy):
    """What stands for "no score" must be a number in float16, too, or all padding gives NaN."""
    keras.utils.set_random_seed(0)
    small = code["MILAttentionLayer"](UNITS, dtype=policy)
    mask = np.array([[True, True, False], [False] * 3])
    found = keras.ops.convert_to_numpy(small(some_embeddings(2, 3, 0), mask=mask)).astype(float)
    assert (found[~mask] == 0).all()
    np.testing.assert_allclose(found[0].sum(), 1, atol=0.01)


def test_an_empty_bag_is_refused(layer):
    with pytest.raises(ValueError, match="an empty bag has nothing to attend to"):
        layer(np.zeros((2, 0, FEATURES), "float32"))


def test_layer_comes_back_from_its_config(code, layer):
    again = code["MILAttentionLayer"].from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.units == UNITS and isinstance(again.kernel_regularizer, keras.regularizers.L2)
    assert np.isclose(
        sum(float(loss) for loss in layer.losses),
        0.01 * sum(float(keras.ops.sum(weight**2)) for weight in layer.weights),
    )


# ---- the model


@pytest.mark.parametrize("pooling", ["attention", "max", "mean"])
def test_neither_order_nor_padding_nor_company_matters(code, pooling):
    model = code["build_model"](pooling)
    bags = some_bags(4, 5)
    answers = model.predict(bags, verbose=0)
    order = np.random.default_rng(1).permutation(5)
    padded = np.pad(bags, ((0, 0), (2, 3), (0, 0), (0, 0)))
    for other in (bags[:, order], padded):
        np.testing.assert_allclose(model.predict(other, verbose=0), answers, atol=1e-5)
    one = model.predict(bags[:1], verbose=0)  # a batch of one
    np.testing.assert_allclose(one, answers[:1], atol=1e-5)


def test_model_is_saved_and_loaded(code, model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    bags = some_bags(3, 4)
    pairs = zip(code["with_weights"](loaded)(bags), code["with_weights"](model)(bags), strict=True)
    for theirs, ours in pairs:
        np.testing.assert_allclose(theirs, ours, atol=1e-6)


@pytest.mark.parametrize("pooling", ["avg", "Attention", None])
def test_an_unknown_pooling_is_refused_with_the_known_ones(code, pooling):
    with pytest.raises(ValueError, match="expected 'attention', 'max' or 'mean'") as refusal:
        code["build_model"](pooling)
    assert repr(pooling) in str(refusal.value)


def test_a_blank_bag_gives_no_nan(code, model):
    weights, answers = code["with_weights"](model)(np.zeros((2, 3, 28, 28), "float32"))
    assert (keras.ops.convert_to_numpy(weights) == 0).all()
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("ask", [lambda m, x: m(x), lambda m, x: m.predict(x, verbose=0)])
def test_empty_bags_are_no_input_for_the_model(model, ask):
    with pytest.raises(ValueError, match="an empty bag has nothing to attend to"):
        ask(model, np.zeros((2, 0, 28, 28), "float32"))


# ---- bags


def test_drawn_bags_share_no_picture(code):
    pictures = np.arange(1, 61, dtype="uint8")[:, None, None] * np.ones((1, 28, 28), "uint8")
    digits = np.arange(60) % 10
    bags, labels, is_key = code["draw_bags"](pictures, digits, 20, 3, 1, np.random.default_rng(0))
    shown = np.rint(bags[:, :, 0, 0] * 255).astype(int)
    assert sorted(shown.ravel()) == list(range(1, 61))
    np.testing.assert_array_equal(is_key, digits[shown - 1] == 1)
    np.testing.assert_array_equal(labels, is_key.any(axis=1))


def test_mixed_bags_share_no_picture(code):
    pictures = np.arange(1, 201, dtype="uint8")[:, None, None] * np.ones((1, 28, 28), "uint8")
    digits = np.arange(200) % 10
    rng = np.random.default_rng(0)
    bags, labels, is_key = code["draw_mixed_bags"](pictures, digits, 40, 5, 1, rng)
    assert bags.shape[0] == 40 and bags.shape[1] <= 5
    shown = np.rint(bags[:, :, 0, 0] * 255).astype(int)
    real = shown > 0
    assert len(set(shown[real])) == real.sum() and real.any(axis=1).all()
    np.testing.assert_array_equal(is_key, real & (digits[shown - 1] == 1))
    np.testing.assert_array_equal(labels, is_key.any(axis=1))


@pytest.mark.parametrize(
    "count, size, reason",
    [
        (0, 3, "0 bags of 3 pictures; expected at least 1 of each"),
        (4, 0, "4 bags of 0 pictures; expected at least 1 of each"),
        (-1, -1, "-1 bags of -1 pictures"),
        (7, 3, "may take 21, and there are only 20; draw fewer bags, or smaller ones"),
    ],
)
@pytest.mark.parametrize("draw", ["draw_bags", "draw_mixed_bags"])
def test_more_bags_than_pictures_or_none_are_refused(code, draw, count, size, reason):
    pictures, digits = np.ones((20, 28, 28), "uint8"), np.arange(20) % 10
    with pytest.raises(ValueError, match=reason):
        code[draw](pictures, digits, count, size, 1, np.random.default_rng(0))


def test_bags_may_take_every_picture(code):
    pictures, digits = np.ones((20, 28, 28), "uint8"), np.arange(20) % 10
    bags, _, is_key = code["draw_bags"](pictures, digits, 5, 4, 1, np.random.default_rng(0))
    assert bags.shape == (5, 4, 28, 28) and is_key.sum() == 2


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_padded_bags_hold_every_picture(code, sizes):
    bags = [some_bags(1, size, seed)[0] for seed, size in enumerate(sizes)]
    padded = code["pad_bags"](bags)
    assert padded.shape == (len(sizes), max(sizes), 28, 28)
    for row, bag in zip(padded, bags, strict=True):
        np.testing.assert_array_equal(row[: len(bag)], bag)
        assert not row[len(bag) :].any()


@pytest.mark.parametrize(
    "bags, reason",
    [
        ([], "there are no bags"),
        ([np.ones((3, 28, 28)), np.ones((0, 28, 28))], r"bag 1 has shape \(0, 28, 28\)"),
        ([np.ones((28, 28))], r"bag 0 has shape \(28, 28\); expected \(instances, 28, 28\)"),
        ([np.ones((2, 32, 32))], r"bag 0 has shape \(2, 32, 32\)"),
        ([[]], r"bag 0 has shape \(0,\)"),
        ([np.zeros((2, 28, 28))], "bag 0 has a blank picture"),
    ],
)
def test_bad_bags_are_refused_with_a_reason(code, bags, reason):
    with pytest.raises(ValueError, match=reason):
        code["pad_bags"](bags)


def test_class_weights_balance_the_classes(code):
    weights = code["class_weights"](np.array([0, 0, 0, 1.0]))
    assert weights == {0: 4 / 6, 1: 2.0}


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_class_weights_of_one_class_alone_are_refused(code, label):
    with pytest.raises(ValueError, match="all 5 bags have one label; draw more of them"):
        code["class_weights"](np.full(5, label))


# ---- the benchmark


def test_both_arms_answer_for_every_test_bag(code):
    task = mil_arms.Task(6, 4, 5, bag_size=2, batch_size=4, epochs=1)
    sets = [
        (some_bags(count, 2, seed), np.arange(count) % 2.0)
        for seed, count in enumerate((task.training_bags, task.validation_bags, task.test_bags))
    ]
    for arm in (mil_arms.textbook, mil_arms.lesson):
        found = arm(task, *sets, code)
        assert found["epochs_run"] == 1
        assert 0 <= found["test_accuracy"] <= 1


def test_the_textbooks_model_has_the_lessons_parameters(code, monkeypatch):
    counts = []
    fit = keras.Model.fit
    monkeypatch.setattr(
        keras.Model,
        "fit",
        lambda self, *a, **k: counts.append(self.count_params()) or fit(self, *a, **k),
    )
    task = mil_arms.Task(2, 2, 2, bag_size=3, batch_size=2, epochs=1)
    sets = [(some_bags(2, 3, seed), np.array([0.0, 1.0])) for seed in range(3)]
    mil_arms.textbook(task, *sets, code)
    assert counts == [142_146]


@pytest.mark.parametrize(
    "seconds_ratio, accuracy, missed", [(0.1, 0.99, 0), (0.2, 0.99, 1), (0.1, 0.97, 1)]
)
def test_report_says_which_target_is_missed(seconds_ratio, accuracy, missed):
    arm = {"seconds": 1.0, "peak_gb": 0.5, "test_accuracy": 0.98}
    result = {
        "textbook": arm,
        "lesson": arm | {"test_accuracy": accuracy},
        "seconds_ratio": seconds_ratio,
        "peak_gb_ratio": 1.0,
    }
    text = run.report(run.COMPARISONS["mil"], "offline", {"mnist_bags": result})
    assert text.count("NOT reached") == missed
    assert text.count("target reached") == 2 - missed
