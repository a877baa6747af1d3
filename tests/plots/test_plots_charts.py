"""Figures: what they show and say, what they refuse, and whether everyone can read them."""

import re
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from helpers import plots

NAN = float("nan")
CURVES = {
    "loss": [0.61, 0.42, 0.31],
    "accuracy": [0.713, 0.824, 0.935],
    "val_loss": [0.52, 0.37, 0.48],
    "val_accuracy": [0.752, 0.861, 0.843],
}
FIGURES = {
    "history": lambda: plots.history(CURVES),
    "class_counts": lambda: plots.class_counts({"cat": 3, "dog": 5}, "animals"),
    "confusion_matrix": lambda: plots.confusion_matrix(np.array([[8, 1], [2, 9]]), ["cat", "dog"]),
    "decision_regions": lambda: regions(),
}
SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def regions(points=SQUARE, labels=(0, 1, 1, 0), **deciders):
    deciders = deciders or {"one line": lambda x: x[:, 0] > 0.5, "always 0": lambda x: 0 * x[:, 0]}
    return plots.decision_regions(deciders, points, labels, ("off", "on"), ("input A", "input B"))


def words(figure):
    """Return all text in a figure, drawn, as one string."""
    figure.savefig(BytesIO())
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


# ---- what they show and say


@pytest.mark.parametrize("name", FIGURES)
def test_figure_is_closed_labelled_and_described(name):
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []
    axes = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    assert axes and all(ax.get_xlabel() for ax in axes)
    assert all(ax.get_ylabel() or not len(ax.get_yticks()) for ax in axes)
    assert len(figure.alt_text.split()) > 8
    assert figure.alt_text.endswith(".") and "\n" not in figure.alt_text


@pytest.mark.parametrize("name", ["history", "confusion_matrix"])
def test_alt_text_holds_no_measured_number(name):
    """It is compared from machine to machine; measured numbers would differ."""
    figure = FIGURES[name]()
    assert not re.search(r"\d", figure.alt_text)


def test_history_draws_both_curves_and_the_best_epoch():
    figure = plots.history(CURVES)
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "accuracy"]
    for ax, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
        training, validation, best = ax.get_lines()
        np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(training.get_ydata(), CURVES[metric])
        np.testing.assert_array_equal(validation.get_ydata(), CURVES[f"val_{metric}"])
        assert set(best.get_xdata()) == {2}
    assert "lowest validation loss: epoch 2" in words(figure)


def test_history_without_validation_marks_nothing():
    figure = plots.history({"loss": [0.5, 0.4]}, metrics=["loss"])
    assert len(figure.axes[0].get_lines()) == 1
    assert "dashed" not in figure.alt_text


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1))
def test_best_epoch_counts_from_one_and_takes_the_first(losses):
    assert plots.best_epoch({"val_loss": losses}) == losses.index(min(losses)) + 1


def test_class_counts_puts_the_largest_first():
    figure = plots.class_counts({"b": 20, "a": 3000, "c": 100}, "newswires")
    (ax,) = figure.axes
    (dots,) = ax.get_lines()
    assert list(dots.get_xdata()) == [3000, 100, 20]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "c", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first is on top"
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "newswires (log scale)")
    assert "3 classes, from a (3,000) to b (20)" in figure.alt_text


def test_confusion_matrix_shows_counts_and_shares_of_the_true_class():
    figure = plots.confusion_matrix(np.array([[3, 1], [0, 0]]), ["cat", "dog"])
    ax = figure.axes[0]
    assert [text.get_text() for text in ax.texts] == ["3", "1", "0", "0"]
    np.testing.assert_array_equal(ax.images[0].get_array(), [[0.75, 0.25], [0, 0]])
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")


def test_decision_regions_has_a_panel_a_model_and_every_point():
    figure = regions()
    assert [ax.get_title() for ax in figure.axes] == ["one line", "always 0"]
    for ax in figure.axes:
        off, on = (c.get_offsets() for c in ax.collections if len(c.get_offsets()) == 2)
        assert {tuple(point) for point in off} == {(0, 0), (1, 1)}
        assert {tuple(point) for point in on} == {(0, 1), (1, 0)}
    assert "Panels: one line; always 0." in figure.alt_text
    shown = words(figure)
    assert "off" in shown and "on" in shown


def test_decision_regions_asks_about_the_points_and_their_surroundings():
    asked = []
    regions(model=lambda x: asked.append(x) or x[:, 0] > 0)
    (places,) = asked
    assert places.shape[1] == 2
    assert (places.min(axis=0) < 0).all() and (places.max(axis=0) > 1).all()


def test_decision_regions_of_one_class_and_of_one_point():
    regions(labels=[1, 1, 1, 1])
    regions(points=[[2.0, 3.0]], labels=[0])


@pytest.mark.parametrize("count", [1, 4, 5, 6])
def test_pictures_are_all_drawn_with_one_scale(count):
    images = np.arange(count * 6).reshape(count, 2, 3)
    titles = [f"picture {k}" for k in range(count)]
    figure = plots.pictures(images, titles, alt="Some grey pictures.")
    drawn = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == titles
    for ax, image in zip(drawn, images, strict=True):
        bright = ax.images[0].get_array()[:, :, 0]
        assert np.allclose(bright, 1 - image / images.max(), atol=1 / 255)
    assert figure.alt_text == "Some grey pictures."
    assert not any(ax.get_frame_on() or len(ax.get_xticks()) for ax in figure.axes)


# ---- what they refuse
BAD = {
    "NaN loss": (
        lambda: plots.history({**CURVES, "loss": [0.5, NAN]}),
        "loss has NaN .* diverged",
    ),
    "no values": (
        lambda: plots.history({**CURVES, "val_accuracy": []}),
        r"val_accuracy has shape \(0,\)",
    ),
    "no metric": (lambda: plots.history({"loss": [1]}), "no 'accuracy' in the history.* loss"),
    "NaN best": (lambda: plots.best_epoch({"val_loss": [1, NAN]}), "val_loss has NaN"),
    "no validation": (lambda: plots.best_epoch({"loss": [1]}), "no 'val_loss' in the history"),
    "no counts": (lambda: plots.class_counts({}, "animals"), "there are 0 classes"),
    "no square": (
        lambda: plots.confusion_matrix(np.ones((2, 3)), ["a", "b"]),
        r"\(2, 3\).* 2 names",
    ),
    "names": (lambda: plots.confusion_matrix(np.eye(3), ["a"]), r"shape \(3, 3\).* 1 names"),
    "flat": (lambda: plots.confusion_matrix(np.ones(2), ["a", "b"]), r"shape \(2,\)"),
    "flat pictures": (lambda: plots.pictures(np.ones((2, 9)), "ab", "Two."), r"shape \(2, 9\)"),
    "no pictures": (
        lambda: plots.pictures(np.ones((0, 3, 3)), "", "None."),
        r"images has shape \(0, 3, 3\)",
    ),
    "NaN picture": (lambda: plots.pictures([[[NAN]]], "a", "One."), "images has NaN"),
    "titles": (
        lambda: plots.pictures(np.ones((2, 3, 3)), "a", "Two."),
        "there are 2 pictures, 1 titles",
    ),
    "no alt": (
        lambda: plots.pictures(np.ones((1, 3, 3)), "a", " "),
        "alt is ' '; expected a sentence",
    ),
    "no points": (lambda: regions(points=np.ones((0, 2)), labels=[]), r"points has shape \(0, 2\)"),
    "NaN point": (lambda: regions(points=SQUARE * NAN), "points has NaN"),
    "points of 3": (
        lambda: regions(points=np.ones((4, 3))),
        r"shape \(4, 3\); expected numbers of shape \(points, 2\)",
    ),
    "fewer labels": (lambda: regions(labels=[0, 1]), r"labels has shape \(2,\); .* shape \(4,\)"),
    "label out of range": (
        lambda: regions(labels=[0, 1, 2, 0]),
        "labels has values from 0 to 2; .* 0 to 1",
    ),
    "one class for all": (
        lambda: regions(lazy=lambda x: 1),
        r"'lazy' says has shape \(1,\); .* \(40000,\)",
    ),
    "a model of three classes": (lambda: regions(third=lambda x: x[:, 0] * 0 + 2), "from 2 to 2"),
    "no model": (
        lambda: plots.decision_regions({}, SQUARE, [0, 1, 1, 0], "ab", "xy"),
        "there are 0 models",
    ),
    "failing model": (lambda: regions(bad=lambda x: float("a")), "could not convert"),
}


@pytest.mark.parametrize("draw, message", BAD.values(), ids=BAD)
def test_bad_data_is_refused_and_leaves_no_figure(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
    assert plt.get_fignums() == []
