"""Figures of bags: what is drawn, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import plots

ALT = "Some bags of pictures with their weights."


def some_bags(*sizes):
    rng = np.random.default_rng(0)
    return [rng.random((size, 6, 6)) for size in sizes]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(1, 4), st.booleans())
def test_every_picture_is_drawn_with_its_weight(sizes, columns, weighted):
    bags = some_bags(*sizes)
    weights = [np.full(size, 1 / size) for size in sizes] if weighted else None
    titles = [f"bag {number}" for number in range(len(sizes))]
    figure = plots.bags(bags, titles, ALT, weights, columns)
    drawn = [len(ax.images) for ax in figure.axes]
    assert drawn == sizes + [0] * (len(figure.axes) - len(sizes))
    assert [ax.get_title("left") for ax in figure.axes][: len(sizes)] == titles
    texts = [[text.get_text() for text in ax.texts] for ax in figure.axes]
    wanted = [[f"{1 / size:.2f}"] * size if weighted else [] for size in sizes]
    assert texts[: len(sizes)] == wanted
    assert figure.alt_text == ALT
    assert figure.get_figwidth() < 10


def test_a_bar_is_as_long_as_its_weight():
    figure = plots.bags(some_bags(2), ["one"], ALT, [np.array([0.25, 0.75])])
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    assert widths[1:] == pytest.approx(
        [1, 0.25, 1, 0.75]
    )  # after the frame: the whole bar, then the weight


@pytest.mark.parametrize(
    "bags, titles, weights, reason",
    [
        ([], [], None, "there are 0 bags, .* at least one"),
        (some_bags(2), [], None, "1 bags, 0 titles"),
        (some_bags(2, 3), ["a", "b"], [np.ones(2)], "2 titles, 1 weights"),
        (some_bags(2, 0), ["a", "b"], None, r"bag 2 has shape \(0, 6, 6\); .*at least one picture"),
        ([np.ones((6, 6))], ["a"], None, r"bag 1 has shape \(6, 6\)"),
        (some_bags(2), ["a"], [np.ones(3) / 3], r"weights of bag 1 has shape \(3,\); .* \(2,\)"),
        (some_bags(2), ["a"], [np.array([0.2, 1.8])], "values from 0.2 to 1.8; .* 0 to 1"),
        (some_bags(2), ["a"], [np.array([0.2, np.nan])], "has NaN"),
    ],
)
def test_bad_input_is_refused_with_a_reason(bags, titles, weights, reason):
    with pytest.raises(ValueError, match=reason):
        plots.bags(bags, titles, ALT, weights)
