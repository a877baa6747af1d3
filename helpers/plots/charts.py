"""Figures: one style, colours that a colour-blind reader tells apart, and alt text.

Every function returns a closed ``Figure``: write the call as the last line of a cell and
Jupyter shows it once, as an image whose alt text says what it shows. For a figure drawn
in the lesson itself, end the cell with ``plots.described(fig, "alt text")``.
"""

import base64
import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

# Okabe and Ito (2008), Color Universal Design: told apart with any kind of colour vision.
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#666666",
)
# Shown at 96; drawn larger for sharp screens. Photographs in a grid have few pixels anyway.
PIXELS_PER_INCH = {"png": 144, "webp": 108}


def use_style() -> None:
    """Set the course's plot style and let Jupyter show figures with their alt text."""
    plt.rcParams.update(
        {
            "figure.figsize": (7, 3.6),
            "figure.facecolor": "white",  # the same picture in a light and a dark theme
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=[BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY]),
            "grid.color": "#DDDDDD",
            "image.cmap": "cividis",
            "legend.frameon": False,
        }
    )
    if (shell := get_ipython()) is not None:
        plt.figure().clear()  # the inline backend hooks in with its first figure
        plt.close()
        for formatter in shell.display_formatter.formatters.values():
            formatter.type_printers.pop(Figure, None)
        shell.display_formatter.formatters["text/html"].for_type(Figure, _as_html)


def described(figure: Figure, alt: str, photo: bool = False) -> Figure:
    """Give a figure its alt text and close it, so that the cell's last line shows it once.

    Args:
        figure: what to show.
        alt: what the figure shows, for who cannot see it.
        photo: store it as WebP, at the size it is shown. A photograph takes a tenth of the room
            then; lines and letters are a little less sharp.
    """
    plt.close(figure)
    if not alt.strip():
        raise ValueError("alt is empty; say in a sentence what the figure shows")
    figure.alt_text = " ".join(alt.split())
    figure.stored_as = "webp" if photo else "png"
    return figure


def history(
    histories: Mapping[str, Sequence[float]], metrics: Sequence[str] = ("loss", "accuracy")
) -> Figure:
    """Draw training and validation curves side by side, one panel a metric.

    Args:
        histories: the ``history`` attribute of what ``fit`` returned; one value an epoch
            for each metric and, if there was validation data, for ``val_`` + metric.
        metrics: which to draw.

    Returns:
        A figure; a dashed line marks the epoch with the lowest validation loss, after
        which the model overfits.

    Raises:
        ValueError: a metric is not in ``histories``, or holds NaN.
    """
    validated = [f"val_{metric}" for metric in metrics if f"val_{metric}" in histories]
    curves = {key: _curve(histories, key) for key in (*metrics, *validated)}
    best = best_epoch(histories) if "val_loss" in histories else None
    width = max(3.8 * len(metrics), 6.4)  # the legend above needs that much
    figure, axes = plt.subplots(1, len(metrics), figsize=(width, 3.4), squeeze=False)
    for ax, metric in zip(axes[0], metrics, strict=True):
        for key, label, style in (
            (metric, "training", {"color": BLUE, "marker": "o"}),
            (f"val_{metric}", "validation", {"color": VERMILION, "marker": "s"}),
        ):
            if key in curves:
                epochs = np.arange(1, len(curves[key]) + 1)
                ax.plot(epochs, curves[key], label=label, markersize=4, **style)
        if best:
            ax.axvline(
                best, color=GREY, linestyle="--", label=f"lowest validation loss: epoch {best}"
            )
        ax.set(xlabel="epoch", ylabel=metric)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return described(
        figure,
        f"Line charts of {' and '.join(metrics)} by epoch, for training and validation data"
        + ("; a dashed line marks the epoch with the lowest validation loss." if best else "."),
    )


def best_epoch(histories: Mapping[str, Sequence[float]]) -> int:
    """Return the epoch, counted from 1, with the lowest validation loss."""
    return int(np.argmin(_curve(histories, "val_loss"))) + 1


def class_counts(counts: Mapping[str, int], unit: str, log: bool = False) -> Figure:
    """Draw how many examples each class has, the largest first.

    Args:
        counts: ``{class name: number of examples}``.
        unit: what is counted, such as "newswires", for the axis.
        log: whether the count axis is logarithmic, for strongly imbalanced classes.
    """
    if not counts:
        raise ValueError("counts is empty; expected {class name: number of examples}")
    order = sorted(counts, key=lambda name: -counts[name])
    figure, ax = plt.subplots(figsize=(max(4.0, min(9.5, 0.2 * len(order) + 2)), 3.4))
    ax.bar(order, [counts[name] for name in order], color=BLUE)
    ax.set(ylabel=f"{unit} (log scale)" if log else unit, xlabel="class", xlim=(-0.8, len(order)))
    ax.set_yscale("log" if log else "linear")
    ax.grid(False, axis="x")
    if len(order) > 8:
        ax.tick_params("x", rotation=90, labelsize=8)
    return described(
        figure,
        f"Bar chart of {unit} per class for {len(order)} classes, from {order[0]} "
        f"({counts[order[0]]:,}) to {order[-1]} ({counts[order[-1]]:,}).",
    )


def confusion_matrix(matrix: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw a confusion matrix as shares of each true class, with the counts written in.

    Args:
        matrix: counts, shape (classes, classes); row: true class, column: predicted class.
        names: the class names, one a row.
    """
    matrix = np.asarray(matrix)
    if matrix.shape != (len(names), len(names)):
        raise ValueError(f"the matrix has shape {matrix.shape}, but there are {len(names)} names")
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = 2.2 + 0.5 * len(names)
    figure, ax = plt.subplots(figsize=(size + 0.8, size))
    image = ax.imshow(shares, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        ink = "black" if shares[row, column] > 0.47 else "white"  # a contrast over 4.5 with both
        ax.text(column, row, f"{count}", ha="center", va="center", color=ink, fontsize=9)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.grid(False)
    figure.colorbar(image, label="share of the true class", shrink=0.8)
    return described(
        figure,
        f"Confusion matrix of the classes {', '.join(names)}: true class by row, predicted "
        "class by column; each cell shows its count, and its brightness the share of its row.",
    )


def confident_mistakes(
    texts: Sequence[str], said: Sequence[str], confidence: Sequence[float], truth: Sequence[str]
) -> Figure:
    """Draw wrong predictions with how sure the model was, beside the start of each text.

    Args:
        texts: the examples, the most confident mistake first.
        said: the predicted class names.
        confidence: the probabilities given to them, 0 to 1.
        truth: the true class names.
    """
    if not len(texts) == len(said) == len(confidence) == len(truth) > 0:
        raise ValueError("texts, said, confidence and truth must be equally long and not empty")
    shares = _finite(confidence, "confidence")
    figure, ax = plt.subplots(figsize=(9, 1.05 * len(texts) + 0.7))
    rows = np.arange(len(texts))[::-1]
    ax.barh(rows, shares, color=VERMILION, height=0.12)
    for row, text, guess, share, real in zip(rows, texts, said, shares, truth, strict=True):
        sure = f"{share:.4f}" if share < 0.99995 else "over 0.9999"
        verdict = f"said {guess} ({sure}), is {real}"
        ax.text(0, row + 0.62, verdict, va="center", fontweight="bold", fontsize=10)
        ax.text(0, row + 0.32, _snippet(text), va="center", fontsize=9, parse_math=False)
    ax.set(xlim=(0, 1), ylim=(-0.2, len(texts) - 0.2), yticks=[])
    ax.set_xlabel("probability given to the wrong class")
    ax.spines["left"].set_visible(False)
    ax.grid(False)
    return described(
        figure,
        f"Bar chart of the {len(texts)} most confident mistakes: the start of each text, the "
        "class the model said with its probability, and the true class.",
    )


def pictures(images: np.ndarray, titles: Sequence[str], alt: str, columns: int = 5) -> Figure:
    """Draw grey pictures in a grid, each with its title above it.

    Args:
        images: shape (pictures, height, width); 0 is drawn white, the largest value black.
        titles: one a picture.
        alt: what the figure shows, for who cannot see it.
        columns: pictures in a row.
    """
    images = _finite(images, "images")
    if images.ndim != 3 or len(images) != len(titles):
        raise ValueError(
            f"images has shape {images.shape} and there are {len(titles)} titles; expected "
            "(pictures, height, width) and a title for each"
        )
    rows, columns = -(-len(images) // columns), min(columns, len(images))
    figure, axes = plt.subplots(rows, columns, figsize=(1.7 * columns, 2.1 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image, title in zip(axes.flat, images, titles, strict=False):
        ax.imshow(image, cmap="gray_r", vmin=0, vmax=images.max())
        ax.set_title(title, fontsize=10)
    return described(figure, alt)


def decision_regions(
    deciders: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    points: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str],
    axes: Sequence[str],
) -> Figure:
    """Draw side by side which class each of several models says where, under labelled points.

    Args:
        deciders: ``{title: model}``, one panel each; a model takes points of shape (n, 2) and
            returns n class numbers, 0 or 1.
        points: shape (points, 2).
        labels: the true class of each point, 0 or 1, shape (points,).
        names: what the classes 0 and 1 are called.
        axes: what the two numbers of a point are, for the axes.

    Raises:
        ValueError: points or labels of another shape, empty, NaN, or a label but 0 and 1.
    """
    points, labels = _finite(points, "points"), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            f"points has shape {points.shape} and labels {labels.shape}; expected (n, 2) and (n,)"
        )
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"labels has {np.unique(labels).tolist()}; expected only 0 and 1")
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * np.maximum(high - low, 1e-9)
    grid = np.meshgrid(*np.linspace(low - margin, high + margin, 200).T)
    places = np.column_stack([values.ravel() for values in grid])
    said = {title: np.ravel(decide(places)) for title, decide in deciders.items()}
    for title, classes in said.items():
        if len(classes) != len(places):
            raise ValueError(f"{title!r} gave {len(classes)} classes for {len(places)} points")
    figure, panels = plt.subplots(
        1, len(deciders), figsize=(3.8 * len(deciders), 3.6), squeeze=False
    )
    for ax, (title, classes) in zip(panels[0], said.items(), strict=True):
        ax.contourf(
            *grid,
            classes.reshape(grid[0].shape),
            levels=[-0.5, 0.5, 1.5],
            colors=["#FBE3D6", "#D6E6F2"],
        )
        for label, color, marker in ((0, VERMILION, "s"), (1, BLUE, "o")):
            of_class = points[labels == label]
            style = {"marker": marker, "color": color, "edgecolor": "white", "linewidth": 0.6}
            ax.scatter(*of_class.T, s=50, label=names[label], zorder=3, **style)
        ax.set(title=title, xlabel=axes[0], ylabel=axes[1])
        ax.grid(False)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return described(
        figure,
        f"Points of the classes {' and '.join(names)} by {axes[0]} and {axes[1]}, on a background "
        f"that shows which class a model says there. Panels: {'; '.join(deciders)}.",
    )


def _snippet(text: str) -> str:
    return textwrap.fill(text, 110, max_lines=2, placeholder=" …")


def _curve(histories: Mapping[str, Sequence[float]], key: str) -> np.ndarray:
    if key not in histories:
        raise ValueError(f"no {key!r} in the history; it holds {', '.join(histories)}")
    return _finite(histories[key], key)


def _finite(values: Sequence[float], name: str) -> np.ndarray:
    array = np.asarray(values, float)
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{name} is empty or holds NaN or infinity; the training has diverged")
    return array


def _as_html(figure: Figure) -> str:
    if not getattr(figure, "alt_text", ""):
        raise ValueError("this figure has no alt text; end the cell with plots.described(fig, …)")
    drawn, buffer = BytesIO(), BytesIO()
    kind = figure.stored_as
    figure.draw_without_rendering()  # the layout may change which numbers stand at an axis
    figure.savefig(drawn, format="png", dpi=PIXELS_PER_INCH[kind])
    image = Image.open(drawn).convert("RGB")
    if kind == "png":
        image = _in_few_colours(image)
    image.save(buffer, kind, optimize=True, quality=64, method=6)  # a notebook stays small
    width = round(figure.get_figwidth() * 96)
    data = base64.b64encode(buffer.getvalue()).decode()
    alt = html.escape(figure.alt_text, quote=True)
    return f'<img alt="{alt}" width="{width}" src="data:image/{kind};base64,{data}">'


def _in_few_colours(image: Image.Image) -> Image.Image:
    """Return a chart with 256 colours, in a third of the bytes; what needs more stays as it is."""
    few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    change = np.abs(np.asarray(few.convert("RGB"), int) - np.asarray(image, int)).max(axis=-1)
    return few if np.mean(change > 24) < 0.001 else image
