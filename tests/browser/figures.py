"""The interactive figures as the tests show them, and what NumPy makes of the same data."""

import numpy as np

from helpers import interactive

BAR = np.zeros((7, 7))
BAR[1:6, 2:5] = 1
EDGE = np.array([[-1, 0, 1]] * 3)
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
ROOMS = np.arange(1.0, 11)
PRICES = 0.5 + 0.4 * ROOMS + [0.1, -0.2, 0.15, 0.3, -0.25, 0.05, -0.1, 0.2, -0.15, 0.1]
SCORES, VOTES, BIAS = np.array([-1.234567, 2.9, -0.8]), np.array([-3.1, 6.2, -2.7]), -0.4
some = np.random.default_rng(5)
LABELS = some.integers(0, 2, 500)
PROBABILITY = 1 / (1 + np.exp(-some.normal(4 * LABELS - 2, 1.6)))
CLOUDS = some.normal(size=(60, 2)) + np.repeat([[-1.5, 0], [1.5, 1]], 30, axis=0)


def made() -> dict[str, str]:
    """Return the HTML of each figure, as a cell shows it."""
    figures = (
        interactive.unit({"clouds": (CLOUDS, np.repeat([0, 1], 30)), "XOR": XOR}),
        interactive.valley(2, 7, 2.5),
        interactive.threshold(PROBABILITY, LABELS),
        interactive.softmax([2, 1, 0], ["a", "b", "c"]),
        interactive.outlier(ROOMS, PRICES, 1),
        interactive.convolution(BAR, {"right": EDGE, "mean": np.full((3, 3), 1 / 9)}),
        interactive.attention(some.random((3, 28, 28)), SCORES, VOTES, BIAS),
    )
    return {figure.name: figure._repr_html_() for figure in figures}


def softmax(scores):
    """Return the probabilities of scores."""
    powers = np.exp(scores - np.max(scores))
    return powers / powers.sum()


def attend(scores, masked):
    """Return the attention weights of a bag, and its probability."""
    weights = np.zeros(3)
    if not np.all(masked):
        weights[~np.array(masked)] = softmax(scores[~np.array(masked)])
    return weights, 1 / (1 + np.exp(-(weights @ VOTES + BIAS)))
