"""Grids of pictures: photographs, maps of numbers, channels, heat maps, matrices, bags."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from helpers.plots._shared import PAGE, in_a_row, numbers, panels, same_number, show
from helpers.plots.style import BLUE, VERMILION, described, ink

Arrays = Sequence[np.ndarray]
Titles = Sequence[str]
Window = tuple[int, int, int, int]  # row, column, height, width
CELL = 0.4  # inches: the side of a number's cell
TILE = 1.22  # the distance between two pictures of a bag, in pictures
# An empty channel counts as below the scale, light grey; what is no channel stays white.
CHANNEL = colormaps["cividis"].with_extremes(under="0.85", bad="white")


def photos(images: Arrays, titles: Titles, alt: str, columns: int = 5) -> Figure:
    """Draw photographs, each of shape (height, width, 3) with RGB values from 0 to 255."""
    return show(_rgb(images, "photograph"), titles, alt, columns)


def pictures(images: np.ndarray, titles: Titles, alt: str, columns: int = 5) -> Figure:
    """Draw grey pictures, shape (pictures, height, width): 0 white, the largest value black."""
    hint = "Of one picture make images[np.newaxis]"
    images = numbers(images, "images", ("pictures", "height", "width"), hint)
    drawn = colormaps["gray_r"](images / max(images.max(), 1e-9))
    return show(drawn, titles, alt, columns, photo=False)


def maps(
    values: Arrays, titles: Titles, alt: str, columns: int = 4, signed: bool = False
) -> Figure:
    """Draw maps of numbers in a grid, such as feature maps, all on one scale: larger is brighter.

    Each has shape (height, width); sizes may differ. If they are ``signed``, 0 is white, negative
    numbers are blue and positive ones red, the darker, the further from 0.
    """
    hint = "One channel of a feature map is features[0, :, :, channel]"
    same_number(pictures=values, titles=titles)
    checked = _each(values, "map", ("height", "width"), hint)
    everything = np.concatenate([map_.ravel() for map_ in checked])
    if signed:
        limit = max(np.percentile(np.abs(everything), 99.5), 1e-9)  # a few extremes stay out
        drawn = [colormaps["RdBu_r"](0.5 + 0.5 * map_ / limit) for map_ in checked]
    else:
        low, span = everything.min(), max(np.ptp(everything), 1e-9)
        drawn = [colormaps["cividis"]((map_ - low) / span) for map_ in checked]
    return show(drawn, titles, alt, columns)


def _each(values: Iterable, name: str, *form: Any) -> list[np.ndarray]:
    """Check several arrays with ``numbers``; a message calls them by their number, from 1."""
    return [numbers(value, f"{name} {n}", *form) for n, value in enumerate(values, start=1)]


def _rgb(pictures: Iterable, name: str) -> list[np.ndarray]:
    hint = "Of a batch take pictures[0], as it is before preprocess_input"
    checked = _each(pictures, name, ("height", "width", 3), hint, 255)
    return [picture.astype("uint8") for picture in checked]


def channels(maps: np.ndarray, alt: str, columns: int = 32) -> Figure:
    """Draw all channels of a layer for one picture, as tiles in reading order.

    ``maps`` is what the layer gave, shape (height, width, channels), without negative values. Each
    channel has its own scale, from 0 (dark) to its highest values (bright; the top half percent are
    drawn alike). An empty channel, which is 0 everywhere, is a plain light tile.
    """
    hint = "Of a batch take maps[0], after the ReLU"
    maps = numbers(maps, "maps", ("height", "width", "channels"), hint, largest=inf)
    height, width, count = maps.shape
    bright, largest = np.percentile(maps, 99.5, axis=(0, 1)), maps.max(axis=(0, 1))
    scale = np.where(bright > 0, bright, largest)
    tiles = np.moveaxis(np.where(scale > 0, maps / np.where(scale > 0, scale, 1), -1), -1, 0)
    columns, gap = in_a_row(columns, count), max(1, round(0.04 * max(height, width)))
    tiles = np.pad(tiles, ((0, -count % columns), (0, gap), (0, gap)), constant_values=np.nan)
    rows = [np.hstack(list(tiles[start : start + columns])) for start in range(0, count, columns)]
    sheet = np.vstack(rows)[:-gap, :-gap]
    return show([CHANNEL(sheet)[:, :, :3]], [""], alt, 1, PAGE, inf)


def photo_table(rows: Mapping[str, Sequence[np.ndarray]], alt: str) -> Figure:
    """Draw RGB pictures in a table, with the name of each row at its left: ``{name: pictures}``.

    Each row has as many pictures, of shape (height, width, 3) and with values from 0 to 255.
    """
    same_number(rows=rows)
    same_number(**{f"pictures in {name!r}": pictures for name, pictures in rows.items()})
    pixels = _rgb((picture for pictures in rows.values() for picture in pictures), "picture")
    return show(pixels, [""] * len(pixels), alt, len(pixels) // len(rows), PAGE, inf, list(rows))


def overlays(
    photos: Arrays,
    heats: Arrays,
    titles: Titles,
    alt: str,
    columns: int = 6,
    beside: bool = True,
) -> Figure:
    """Draw heat maps over photographs.

    A photograph has shape (height, width, 3) and RGB values from 0 to 255; its heat map has shape
    (rows, columns), without negative values, and is enlarged smoothly. Its largest value is the
    brightest; where it is 0, the photograph stays as it is. A white line runs where it is half of
    the largest. ``beside``: draw each photograph also without its heat, above.
    """
    same_number(photographs=photos, heats=heats, titles=titles)
    drawn, lines = [], []
    for number, photo in enumerate(_rgb(photos, "photograph")):
        heat = _enlarged(heats[number], photo, f"heat map {number + 1}")
        share = 0.75 * heat[:, :, np.newaxis] ** 0.8  # the hotter, the more colour
        # The darkest quarter of the colours is left out: dark would look like shade.
        colours = colormaps["inferno"](0.25 + 0.7 * heat)[:, :, :3]
        picture = (1 - share) * photo / 255 + share * colours
        if beside:
            gap = np.ones((max(1, photo.shape[1] // 40), *photo.shape[1:]))
            picture = np.vstack([photo / 255, gap, picture])
            heat = np.pad(heat, ((len(picture) - len(heat), 0), (0, 0)), constant_values=np.nan)
        drawn.append(picture)
        lines.append(heat)
    figure = show(drawn, titles, alt, columns, 3.6, inf)
    for ax, heat in zip(figure.axes, lines, strict=False):
        if np.nanmax(heat) > 0:
            ax.contour(heat, levels=[0.5], colors="white", linewidths=1)
    return figure


def _enlarged(heat: np.ndarray, photo: np.ndarray, name: str) -> np.ndarray:
    """Return the heat at the size of the photograph, with 1 as its largest value."""
    hint = "Of a batch take heats[0]; cut off what is below 0: np.maximum(heat, 0)"
    heat = numbers(heat, name, ("rows", "columns"), hint, largest=inf)
    height, width = photo.shape[:2]
    rows, columns = heat.shape
    # A layer's map has a whole number of cells, so the proportions agree up to one cell.
    if abs(rows - columns * height / width) > 1 and abs(columns - rows * width / height) > 1:
        found = f"{name} has shape {heat.shape} and its photograph {photo.shape}"
        raise ValueError(f"{found}; expected the same proportions. Is it of another picture?")
    grid = Image.fromarray(heat.astype("float32"))
    large = np.asarray(grid.resize((width, height), Image.Resampling.BILINEAR))
    return large / large.max() if large.max() > 0 else np.zeros((height, width))


def number_grids(
    grids: Arrays, titles: Titles, alt: str, windows: Sequence[Window | None] = ()
) -> Figure:
    """Draw small matrices side by side with their numbers written in, the larger the brighter.

    Each has shape (rows, columns), at most 12 by 12. ``windows`` holds for each None or what to
    outline: (row, column, height, width).
    """
    windows = windows or [None] * len(grids)
    same_number(grids=grids, titles=titles, windows=windows)
    checked = _each(grids, "grid", ("rows", "columns"), "Draw a part of it")
    height, cells = max(map(len, checked)), [grid.shape[1] for grid in checked]
    if max(height, *cells) > 12:
        raise ValueError(f"a grid has shape {height, max(cells)}; expected at most 12 by 12")
    mean = np.mean(cells)
    figure, axes = panels(titles, len(titles), mean * CELL, height / mean, 0.3, shares=cells)
    for ax, grid, window in zip(axes, checked, windows, strict=True):
        low, high = grid.min(), max(grid.max(), grid.min() + 1e-9)
        ax.pcolormesh(grid, cmap="cividis", vmin=low, vmax=high, edgecolor="white", linewidth=1)
        ax.set(ylim=(height, 0), aspect="equal")
        for (row, column), value in np.ndenumerate(grid):
            style = {"ha": "center", "va": "center", "color": ink((value - low) / (high - low))}
            ax.text(column + 0.5, row + 0.5, f"{value:g}", fontsize=10, **style)
        if window:
            top, left, tall, wide = window
            frame = Rectangle((left, top), wide, tall, fill=False, clip_on=False)
            ax.add_patch(frame).set(edgecolor=VERMILION, linewidth=3)
    return described(figure, alt)


def bags(
    pictures: Arrays, titles: Titles, alt: str, weights: Arrays | None = None, columns: int = 3
) -> Figure:
    """Draw bags of grey pictures, each bag in a frame, with a weight below each picture.

    A bag has shape (instances, height, width), and bags may differ in size. 0 is drawn white, the
    largest value of the bag black. ``weights`` holds for each bag an array of shape (instances,),
    from 0 to 1: a bar below each picture is as long as its weight.
    """
    same_number(bags=pictures, titles=titles, weights=pictures if weights is None else weights)
    _each(pictures, "bag", ("instances", "height", "width"), "Give a bag at least one picture")
    low = -0.14 if weights is None else -0.58
    across, up = TILE * max(map(len, pictures)) + 0.06, 1.16 - low
    figure, axes = panels(titles, columns, across, up / across, align="left")
    for number, (ax, bag) in enumerate(zip(axes, pictures, strict=True)):
        frame = Rectangle((-0.12, low), TILE * (len(bag) - 1) + 1.24, 1.12 - low, zorder=0)
        ax.add_patch(frame).set(facecolor="#F4F4F4", edgecolor="#BBBBBB", linewidth=0.8)
        for place, picture in enumerate(bag):
            scale = {"vmin": 0, "vmax": np.max(bag), "interpolation": "nearest"}
            ax.imshow(picture, "gray_r", extent=(place * TILE, place * TILE + 1, 0, 1), **scale)
        if weights is not None:
            name, hint = f"the weights of bag {number + 1}", "Give one weight a picture"
            for place, share in enumerate(numbers(weights[number], name, (len(bag),), hint, 1.001)):
                ax.barh(-0.135, 1, 0.11, place * TILE, color="#D9D9D9")
                ax.barh(-0.135, share, 0.11, place * TILE, color=BLUE)
                ax.text(place * TILE + 0.5, -0.43, f"{share:.2f}", ha="center", fontsize=9)
        ax.set(xlim=(-0.14, across - 0.14), ylim=(low - 0.02, 1.14), aspect="equal")
    return described(figure, alt)
