"""Charts with axes: curves, decision regions, counts, a confusion matrix."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.plots._shared import numbers, same_number
from helpers.plots.style import BLUE, GREY, VERMILION, described, ink
from helpers.words import say

CURVES = (("", say("training"), BLUE, "o"), ("val_", say("validation"), VERMILION, "s"))
METRICS = {"loss": say("loss"), "accuracy": say("accuracy")}  # others keep Keras's names


def history(
    histories: Mapping[str, Sequence[float]], metrics: Sequence[str] = ("loss", "accuracy")
) -> Figure:
    """Draw training and validation curves side by side, one panel a metric.

    ``histories`` is the ``history`` of what ``fit`` returned: a value an epoch for each metric and,
    if there was validation data, for ``val_`` + metric. A dashed line marks the epoch with the
    lowest validation loss, after which the model overfits.
    """
    best = best_epoch(histories) if "val_loss" in histories else None
    figure = Figure(figsize=(max(3.8 * len(metrics), 6.4), 3.4))  # the legend needs that much
    axes = figure.subplots(1, len(metrics), squeeze=False)[0]
    for ax, metric in zip(axes, metrics, strict=True):
        for prefix, label, color, marker in CURVES:
            if not prefix or prefix + metric in histories:
                curve = _curve(histories, prefix + metric)
                style = {"color": color, "marker": marker, "markersize": 4}
                ax.plot(np.arange(1, len(curve) + 1), curve, label=label, **style)
        if best:
            label = say("lowest validation loss: epoch {best}", best=best)
            ax.axvline(best, color=GREY, ls="--", label=label)
        ax.set(xlabel=say("epoch"), ylabel=METRICS.get(metric, metric))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    shown = ", ".join(METRICS.get(metric, metric) for metric in metrics)
    alt = say("Line charts by epoch, for training and validation data: {metrics}.", metrics=shown)
    marked = say("A dashed line marks the epoch with the lowest validation loss.")
    return described(figure, f"{alt} {marked}" if best else alt)


def best_epoch(histories: Mapping[str, Sequence[float]]) -> int:
    """Return the epoch, counted from 1, with the lowest validation loss."""
    return int(np.argmin(_curve(histories, "val_loss"))) + 1


def _curve(histories: Mapping[str, Sequence[float]], key: str) -> np.ndarray:
    if key not in histories:
        raise ValueError(f"no {key!r} in the history; it holds {', '.join(histories)}")
    hint = "If there is NaN, the training has diverged: take a lower learning rate"
    return numbers(histories[key], key, ("epochs",), hint)


def decision_regions(
    deciders: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    points: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str],
    axes: Sequence[str],
) -> Figure:
    """Draw side by side which class each of several models says where, under labelled points.

    ``deciders`` is ``{title: model}``; a model takes points of shape (n, 2) and returns n class
    numbers, 0 or 1. ``points`` has shape (points, 2); ``labels`` holds the class of each, 0 or 1.
    ``names`` says what the two classes are called, ``axes`` what the two numbers of a point are.
    """
    same_number(models=deciders)
    points = numbers(points, "points", ("points", 2), "Give two numbers for each point")
    labels = numbers(labels, "labels", (len(points),), "Give 0 or 1 for each point", largest=1)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * np.maximum(high - low, 1e-9)
    grid = np.meshgrid(*np.linspace(low - margin, high + margin, 200).T)
    places = np.column_stack([values.ravel() for values in grid])
    figure = Figure(figsize=(3.8 * len(deciders), 3.6))
    panels = figure.subplots(1, len(deciders), squeeze=False)[0]
    for ax, (title, decide) in zip(panels, deciders.items(), strict=True):
        hint = "A model says 0 or 1 for each point"
        said = numbers(np.ravel(decide(places)), f"what {title!r} says", (len(places),), hint, 1)
        said = said.reshape(grid[0].shape)
        ax.contourf(*grid, said, levels=[-0.5, 0.5, 1.5], colors=["#FBE3D6", "#D6E6F2"])
        for label, color, marker in ((0, VERMILION, "s"), (1, BLUE, "o")):
            of_class = points[labels.round() == label]
            style = {"marker": marker, "color": color, "edgecolor": "white", "linewidth": 0.6}
            ax.scatter(*of_class.T, s=50, label=names[label], zorder=3, **style)
        ax.set(title=title, xlabel=axes[0], ylabel=axes[1])
        ax.grid(False)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    alt = say(
        "Points of two classes ({names}) by {axes}, on a background that shows which class a model "
        "says there. Panels: {titles}.",
        **{"names": ", ".join(names), "axes": ", ".join(axes), "titles": "; ".join(deciders)},
    )
    return described(figure, alt)


def class_counts(counts: Mapping[str, int], unit: str) -> Figure:
    """Draw how many examples each class has, the largest first, as dots on a logarithmic axis.

    ``counts`` is ``{class name: number of examples}``, and ``unit`` says what is counted, such as
    "newswires". Dots, because a bar on such an axis has no honest beginning.
    """
    same_number(classes=counts)
    order = sorted(counts, key=lambda name: -counts[name])
    figure = Figure(figsize=(6.4, 0.17 * len(order) + 1))
    ax = figure.subplots()
    ax.plot([counts[name] for name in order], order, "o", color=BLUE, markersize=5)
    ax.set(xlabel=say("{unit} (log scale)", unit=unit), ylabel=say("class"))
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xscale("log")
    ax.tick_params("y", labelsize=9)
    most, least = (f"{name} ({counts[name]:,})" for name in (order[0], order[-1]))
    shown = {"unit": unit, "classes": len(order), "most": most, "least": least}
    alt = say("Dots for {unit} per class, {classes} classes, from {most} to {least}.", **shown)
    return described(figure, alt)


def confusion_matrix(matrix: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw a confusion matrix as shares of each true class, with the counts written in.

    ``matrix`` holds counts, shape (classes, classes); row: true class, column: predicted class.
    """
    hint = f"Give counts, a row, a column and a name for each class; there are {len(names)} names"
    counts = numbers(matrix, "the matrix", (len(names), len(names)), hint, largest=np.inf)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 2.2 + 0.5 * len(names)
    figure = Figure(figsize=(size + 0.8, size))
    ax = figure.subplots()
    image = ax.imshow(shares, vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        style: dict = {"ha": "center", "va": "center", "fontsize": 9, "color": ink(share)}
        ax.text(column, row, f"{counts[row, column]:.0f}", **style)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel=say("predicted class"), ylabel=say("true class"))
    ax.grid(False)
    figure.colorbar(image, label=say("share of the true class"), shrink=0.8)
    alt = say(
        "Confusion matrix of the classes {names}: true class by row, predicted one by column; each "
        "cell shows its count, and its brightness the share of its row.",
        names=", ".join(names),
    )
    return described(figure, alt)
