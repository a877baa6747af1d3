"""Marked words: what is marked, and what is refused."""

import re

import pytest

from helpers import plots

SIDES = ("for", "against")


def spans(shown):
    """The words with a mark, after the two of the legend: (line, its width, word)."""
    return re.findall(r"border-bottom:(\d)px (\w+) #000\">([^<]*)", shown.data)[2:]


def test_the_heavier_a_word_the_thicker_its_line():
    shown = plots.weighted_words(
        [["a", "<b>", "c", "d"]], [[2, -1, 0.5, 0]], ["said & done"], SIDES
    )
    assert spans(shown) == [("3", "solid", "a"), ("2", "dashed", "&lt;b&gt;")]
    assert "<strong>said &amp; done</strong>" in shown.data and "c d</p>" in shown.data


def test_each_text_has_its_own_scale_and_may_weigh_nothing():
    shown = plots.weighted_words([["a"], ["b"], ["c"]], [[9], [0.01], [0]], ["1", "2", "3"], SIDES)
    assert [word for *_, word in spans(shown)] == ["a", "b"]


@pytest.mark.parametrize(
    "texts, weights, titles, reason",
    [
        ([["a"]], [[1], [2]], ["1"], "1 texts, 2 weights, 1 titles; expected the same number"),
        ([], [], [], "there are 0 texts"),
        ([["a", "b"]], [[1]], ["1"], r"the weights of text 1 has shape \(1,\).*one weight a word"),
        ([["a"]], [[float("nan")]], ["1"], "has NaN"),
    ],
)
def test_bad_input_is_named(texts, weights, titles, reason):
    with pytest.raises(ValueError, match=reason):
        plots.weighted_words(texts, weights, titles, SIDES)
