"""Figures of bags of pictures, for the lesson on attention, in the style of ``helpers.plots``."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.charts import BLUE, described

TILE = 1.22  # the distance between two pictures of a bag, in pictures
WEIGHT_BAR = 0.11  # the height of a weight's bar, in pictures


def bags(
    pictures: Sequence[np.ndarray],
    titles: Sequence[str],
    alt: str,
    weights: Sequence[np.ndarray] | None = None,
    columns: int = 3,
) -> Figure:
    """Draw bags of grey pictures, each bag in a frame, with a weight below each picture.

    Args:
        pictures: one array a bag, of shape (instances, height, width); bags may differ in
            size. 0 is drawn white, the largest value of the bag black.
        titles: one a bag.
        alt: what the figure shows, for who cannot see it.
        weights: one array a bag, of shape (instances,), from 0 to 1; a bar below each picture
            is as long as its weight. Without weights only the pictures are drawn.
        columns: bags in a row.

    Raises:
        ValueError: no bag, a bag without instances or of another shape, a title or a weight
            too few or too many, or a weight that is not from 0 to 1.
    """
    given = [None] * len(pictures) if weights is None else weights
    if not len(pictures) == len(titles) == len(given) > 0:
        raise ValueError(
            f"there are {len(pictures)} bags, {len(titles)} titles and {len(given)} arrays of "
            "weights; expected one of each a bag, and at least one bag"
        )
    for number, (bag, shares) in enumerate(zip(pictures, given, strict=True)):
        if np.ndim(bag) != 3 or len(bag) == 0:
            raise ValueError(
                f"bag {number} has shape {np.shape(bag)}; expected (instances, height, width) with "
                "at least one instance"
            )
        if shares is None:
            continue
        if np.shape(shares) != (len(bag),):
            raise ValueError(
                f"bag {number} has {len(bag)} pictures and weights of shape {np.shape(shares)}; "
                "expected one weight a picture"
            )
        if not ((np.asarray(shares) >= 0) & (np.asarray(shares) <= 1.001)).all():
            raise ValueError(f"bag {number} has the weights {shares}; expected 0 to 1")
    widest, columns = max(map(len, pictures)), min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    low = -0.14 if weights is None else -0.58
    size = min(1.0, 9.4 / (columns * (widest * TILE + 0.3)))  # inches a picture
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(columns * size * (widest * TILE + 0.3), rows * (size * (1.2 - low) + 0.32)),
        squeeze=False,
    )
    for ax in axes.flat:
        ax.axis("off")
    for ax, bag, title, shares in zip(axes.flat, pictures, titles, given, strict=False):
        width = len(bag) * TILE - TILE + 1
        style = {"facecolor": "#F4F4F4", "edgecolor": "#BBBBBB", "linewidth": 0.8}
        ax.add_patch(Rectangle((-0.12, low), width + 0.24, 1.12 - low, zorder=0, **style))
        for place, picture in enumerate(bag):
            left = place * TILE
            ax.imshow(
                picture,
                cmap="gray_r",
                vmin=0,
                vmax=np.max(bag),
                extent=(left, left + 1, 0, 1),
                interpolation="nearest",
            )
            if shares is not None:
                below = (left, -0.08 - WEIGHT_BAR)
                ax.add_patch(Rectangle(below, 1, WEIGHT_BAR, color="#D9D9D9", linewidth=0))
                ax.add_patch(Rectangle(below, shares[place], WEIGHT_BAR, color=BLUE, linewidth=0))
                text = {"ha": "center", "va": "center", "fontsize": 9}
                ax.text(left + 0.5, -0.38, f"{shares[place]:.2f}", **text)
        ax.set(xlim=(-0.14, widest * TILE - TILE + 1.14), ylim=(low - 0.02, 1.14), aspect="equal")
        ax.set_title(title, fontsize=10, loc="left", pad=3)
    return described(figure, alt)
