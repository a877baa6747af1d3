"""What the figures' scripts compute, in Node, is what NumPy and Keras compute."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from figures import BIAS, LABELS, PRICES, PROBABILITY, ROOMS, SCORES, VOTES, attend, softmax
from scipy.optimize import minimize

from helpers import interactive


def computed(name, call, *cases):
    """Return what JavaScript makes of each case; ``call`` is an expression of ``c``, the case."""
    node = shutil.which("node")
    assert node, "there is no Node: run make test-browser"
    files = [(interactive.FOLDER / f"{each}.js").read_text("utf-8") for each in ("base", name)]
    script = interactive.MODULE.sub("", "".join(files))
    script += f"\nconsole.log(JSON.stringify({json.dumps(cases)}.map((c) => {call})));"
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_unit_says_what_numpy_says():
    rng = np.random.default_rng(0)
    points, weights = rng.normal(size=(50, 2)), rng.uniform(-3, 3, (20, 3)).round(1)
    points[0], weights[0] = 1, (1, -1, 0)  # a point on the line
    found = computed("unit", "says(c, POINTS)".replace("POINTS", json.dumps(points.tolist())),
                     *weights.tolist())  # fmt: skip
    expected = [(points @ w[:2] + w[2] >= 0).astype(int) for w in weights]
    assert np.array_equal(found, expected)


def test_a_weight_rolls_as_in_numpy():
    cases = [(0.01, 0.0, 10), (0.12, 0.0, 40), (0.3, 0.0, 40), (0.01, 0.95, 40), (0.2, 0.5, 25)]
    found = computed("valley", "roll({ x: 2, y: 7, start: 2.5 }, ...c)", *cases)
    for (rate, momentum, steps), path in zip(cases, found, strict=True):
        weights, step = [2.5], 0.0
        for _ in range(steps):
            step = momentum * step - rate * 2 * 2 * (2 * weights[-1] - 7)
            weights.append(weights[-1] + step)
        np.testing.assert_allclose(path, weights, rtol=1e-9)


def test_the_scores_at_each_cutoff_are_numpys():
    data = json.loads(interactive.threshold(PROBABILITY, LABELS).data)
    found = computed("threshold", f"scores({json.dumps(data)}, c)", *range(101))
    for place, scores in enumerate(found):
        said = place / 100 < PROBABILITY
        assert scores["accuracy"] == pytest.approx(np.mean(said == LABELS), abs=1e-6)
        assert scores["recall"] == pytest.approx(np.mean(said[LABELS == 1]), abs=1e-6)
        if said.any():
            assert scores["precision"] == pytest.approx(np.mean(LABELS[said]), abs=1e-6)
        counts = [scores[name] for name in ("hits", "alarms", "misses", "rejections")]
        assert counts == [np.sum((said == s) & (y == LABELS)) for s, y in
                          ((1, 1), (1, 0), (0, 1), (0, 0))]  # fmt: skip
    assert found[100]["precision"] is None  # 0 of 0


def test_softmax_is_numpys_at_every_temperature():
    cases = [([2, 1, 0], t) for t in (0.1, 1, 10)] + [([5, -5, 5], 0.1), ([1000, 999], 1)]
    found = computed("softmax", "probabilities(...c)", *cases)
    for (scores, temperature), probabilities in zip(cases, found, strict=True):
        np.testing.assert_allclose(
            probabilities, softmax(np.array(scores) / temperature), atol=1e-9
        )


@pytest.mark.parametrize("price", [1.1, 5.0, 23.0])
def test_the_three_lines_have_the_least_loss(price):
    prices = np.where(ROOMS == 2, price, PRICES)
    call = "[squared(...c), absolute(...c), huber(...c, 0.7)]"
    ((squared, absolute, huber),) = computed("outlier", call, (ROOMS.tolist(), prices.tolist()))
    np.testing.assert_allclose(squared[::-1], np.polyfit(ROOMS, prices, 1), atol=1e-6)

    def absolute_loss(line):
        return np.abs(prices - line[0] - line[1] * ROOMS).sum()

    def huber_loss(line):
        error = np.abs(prices - line[0] - line[1] * ROOMS)
        return np.where(error <= 0.7, error**2 / 2, 0.7 * (error - 0.35)).sum()

    for line, loss in ((absolute, absolute_loss), (huber, huber_loss)):
        options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 5000}
        best = min(
            minimize(loss, start, method="Nelder-Mead", options=options).fun
            for start in (line, squared, [0.5, 0.4])
        )
        assert loss(line) <= best + 1e-6


def test_a_convolution_is_keras():
    import keras

    rng = np.random.default_rng(1)
    cases = [
        (rng.normal(size=(rows, columns)), rng.normal(size=(3, 3)), stride, padding)
        for rows, columns in ((7, 7), (6, 9), (3, 4))
        for stride in (1, 2, 3)
        for padding in ("valid", "same")
    ]
    plain = [(x.tolist(), k.tolist(), *rest) for x, k, *rest in cases]
    for (x, k, stride, padding), found in zip(
        cases, computed("convolution", "convolve(...c).output", *plain), strict=True
    ):
        expected = keras.ops.conv(x[None, :, :, None], k[:, :, None, None], stride, padding)
        np.testing.assert_allclose(found, np.asarray(expected)[0, :, :, 0], atol=1e-5)
    by_hand = np.lib.stride_tricks.sliding_window_view(cases[0][0], (3, 3))
    (found,) = computed("convolution", "convolve(...c).output", plain[0])
    np.testing.assert_allclose(found, (by_hand * cases[0][1]).sum(axis=(2, 3)), atol=1e-9)


def test_attention_is_numpys_whatever_is_masked():
    masks = [[bool(n & 1), bool(n & 2), bool(n & 4)] for n in range(8)]
    data = json.dumps({"votes": VOTES.tolist(), "bias": BIAS})
    call = f"attend({data}, {json.dumps(SCORES.tolist())}, c)"
    for masked, found in zip(masks, computed("attention", call, *masks), strict=True):
        weights, probability = attend(SCORES, masked)
        np.testing.assert_allclose(found["weights"], weights, atol=1e-9)
        assert found["probability"] == pytest.approx(probability, abs=1e-9)
