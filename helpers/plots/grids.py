"""Figures for the lessons on pictures: photographs, maps of numbers, small grids of numbers.

As in ``plots``, every function returns a closed ``Figure`` with its alt text.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.charts import VERMILION, described

PANEL_INCHES, ROW_INCHES = 1.65, 8.4  # the largest width of one picture, and of a row


def photos(
    images: Sequence[np.ndarray], titles: Sequence[str], alt: str, columns: int = 5
) -> Figure:
    """Draw photographs in a grid, each with its title above it.

    Args:
        images: RGB values from 0 to 255, each of shape (height, width, 3); sizes may differ.
        titles: one a photograph.
        alt: what the figure shows, for who cannot see it.
        columns: photographs in a row.

    Raises:
        ValueError: no photographs, not a title for each, another shape, or values out of range.
    """
    images = [np.asarray(image) for image in images]
    for number, image in enumerate(images, start=1):
        if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ValueError(
                f"photograph {number} has shape {image.shape}; expected (height, width, 3). Of "
                "a batch of one take images[0]"
            )
        if not (image.min() >= 0 and image.max() <= 255):
            raise ValueError(
                f"photograph {number} has values from {image.min()} to {image.max()}; expected "
                "numbers from 0 to 255"
            )
    style = [{}] * len(images)
    return _grid([image.astype("uint8") for image in images], titles, alt, columns, style)


def maps(
    values: Sequence[np.ndarray],
    titles: Sequence[str],
    alt: str,
    columns: int = 4,
    signed: bool = False,
) -> Figure:
    """Draw maps of numbers in a grid, such as feature maps: the larger, the brighter.

    Args:
        values: each of shape (height, width); sizes may differ. Every map has its own scale.
        titles: one a map.
        alt: what the figure shows, for who cannot see it.
        columns: maps in a row.
        signed: draw 0 as middle grey, negative numbers darker and positive ones brighter.

    Raises:
        ValueError: no maps, not a title for each, another shape, or NaN.
    """
    values = [np.asarray(map_, float) for map_ in values]
    for number, map_ in enumerate(values, start=1):
        if map_.ndim != 2 or map_.size == 0 or not np.isfinite(map_).all():
            raise ValueError(
                f"map {number} has shape {map_.shape} or holds NaN; expected numbers of shape "
                "(height, width). One channel of a feature map is features[0, :, :, channel]"
            )
    style = [{"interpolation": "nearest"} for _ in values]
    if signed:
        for options, map_ in zip(style, values, strict=True):
            limit = max(np.percentile(np.abs(map_), 99.5), 1e-9)  # a few extremes stay out
            options |= {"cmap": "gray", "vmin": -limit, "vmax": limit}
    return _grid(values, titles, alt, columns, style)


def number_grids(
    grids: Sequence[np.ndarray],
    titles: Sequence[str],
    alt: str,
    windows: Sequence[tuple[int, int, int, int] | None] = (),
) -> Figure:
    """Draw small matrices side by side with their numbers written in, the larger the brighter.

    Args:
        grids: each of shape (rows, columns), at most 12 by 12.
        titles: one a grid.
        alt: what the figure shows, for who cannot see it.
        windows: for each grid None or a window to outline: (row, column, height, width).

    Raises:
        ValueError: no grids, not a title or window for each, or a grid of another shape.
    """
    grids = [np.asarray(grid, float) for grid in grids]
    windows = windows or [None] * len(grids)
    if not len(grids) == len(titles) == len(windows) > 0:
        raise ValueError(
            f"there are {len(grids)} grids, {len(titles)} titles and {len(windows)} windows; "
            "expected one of each for every grid"
        )
    for grid in grids:
        if grid.ndim != 2 or not 0 < max(grid.shape) <= 12 or not np.isfinite(grid).all():
            raise ValueError(
                f"a grid has shape {grid.shape} or holds NaN; expected numbers of shape "
                "(rows, columns), at most 12 by 12"
            )
    cells = [grid.shape[1] for grid in grids]
    height = 0.36 * max(grid.shape[0] for grid in grids) + 0.55
    figure, axes = plt.subplots(
        1, len(grids), figsize=(0.36 * sum(cells) + 0.5 * len(grids), height), width_ratios=cells
    )
    for ax, grid, title, window in zip(np.ravel(axes), grids, titles, windows, strict=True):
        low, high = grid.min(), max(grid.max(), grid.min() + 1e-9)
        ax.imshow(grid, cmap="cividis", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(grid):
            ink = "black" if value > low + 0.47 * (high - low) else "white"
            ax.text(column, row, f"{value:g}", ha="center", va="center", color=ink, fontsize=10)
        ax.set_xticks(np.arange(-0.5, grid.shape[1]), [])
        ax.set_yticks(np.arange(-0.5, grid.shape[0]), [])
        ax.tick_params(length=0)
        ax.grid(True, color="white", linewidth=1)
        ax.set_axisbelow(False)
        ax.spines[:].set_visible(False)
        ax.set_title(title, fontsize=10)
        if window:
            row, column, high_, wide = window
            corner = (column - 0.5, row - 0.5)
            outline = {"fill": False, "edgecolor": VERMILION, "linewidth": 3, "zorder": 5}
            ax.add_patch(Rectangle(corner, wide, high_, **outline, clip_on=False))
    return described(figure, alt)


def _grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    alt: str,
    columns: int,
    styles: Sequence[dict],
) -> Figure:
    """Draw images in rows; the height of a row follows from the tallest image."""
    if not len(images) == len(titles) > 0:
        raise ValueError(
            f"there are {len(images)} pictures and {len(titles)} titles; expected a title for each"
        )
    if columns < 1:
        raise ValueError(f"columns is {columns!r}; expected how many pictures in a row, from 1")
    rows, columns = -(-len(images) // columns), min(columns, len(images))
    width = min(PANEL_INCHES, ROW_INCHES / columns)
    tallest = max(image.shape[0] / image.shape[1] for image in images)
    lines = max(title.count("\n") + 1 for title in titles)
    height = width * min(tallest, 1.4) + 0.17 * lines + 0.07
    figure, axes = plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), squeeze=False
    )
    for ax in axes.flat:
        ax.axis("off")
    for ax, image, title, style in zip(axes.flat, images, titles, styles, strict=False):
        ax.imshow(image, **style)
        ax.set_title(title, fontsize=10)
    return described(figure, alt, photo=True)
