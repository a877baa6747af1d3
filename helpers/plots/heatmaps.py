"""Figures of channels and of heat maps over photographs, as in ``plots``: closed, with alt text."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from helpers.plots.charts import described

PAGE, LABEL, GAP = 8.6, 0.8, 0.05  # inches: width of the page, of a row's name, between pictures
EMPTY = 0.85  # light grey
HEAT = plt.get_cmap("inferno")


def channels(maps: np.ndarray, alt: str, columns: int = 32) -> Figure:
    """Draw all channels of a layer for one picture, as tiles in reading order.

    Each channel has its own scale, from 0 (dark) to its highest values (bright; the top half
    percent are drawn alike). An empty channel, which is 0 everywhere, is a plain light tile.

    Args:
        maps: what the layer gave, shape (height, width, channels), without negative values.
        alt: what the figure shows, for who cannot see it.
        columns: tiles in a row.

    Raises:
        ValueError: another shape, no numbers, NaN, negative values, or columns below 1.
    """
    maps = _numbers(maps, "maps")
    if maps.ndim != 3:
        raise ValueError(
            f"maps has shape {maps.shape}; expected (height, width, channels) of one picture. "
            "Of a batch take maps[0]"
        )
    if maps.min() < 0:
        raise ValueError(f"maps has values down to {maps.min():g}; expected them after the ReLU")
    if columns < 1:
        raise ValueError(f"columns is {columns!r}; expected how many tiles in a row, from 1")
    height, width, count = maps.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    gap = max(1, round(0.04 * max(height, width)))
    sheet = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3))
    colours = plt.get_cmap("cividis")
    for number in range(count):
        row, column = divmod(number, columns)
        top, left = row * (height + gap), column * (width + gap)
        tile = maps[:, :, number]
        if tile.max() > 0:
            bright = np.percentile(tile, 99.5) or tile.max()
            tile = colours(np.minimum(tile / bright, 1))[:, :, :3]
        else:
            tile = EMPTY
        sheet[top : top + height, left : left + width] = tile
    figure, axes = _page(1, 1, PAGE, sheet.shape[0] / sheet.shape[1])
    _show(axes[0, 0], sheet)
    return described(figure, alt, photo=True)


def photo_table(rows: Mapping[str, Sequence[np.ndarray]], alt: str) -> Figure:
    """Draw RGB pictures of one size in a table, with the name of each row at its left.

    Args:
        rows: ``{name: pictures}``; each picture has shape (height, width, 3) and values from 0 to
            255. Every row has the same number of pictures.
        alt: what the figure shows, for who cannot see it.

    Raises:
        ValueError: no pictures, rows of unequal length, another shape, NaN, values out of range.
    """
    counts = {len(pictures) for pictures in rows.values()}
    if len(counts) != 1 or counts == {0}:
        raise ValueError(
            f"the rows have {[len(pictures) for pictures in rows.values()]} pictures; expected "
            "the same number in each, from 1"
        )
    pixels = {name: [_pixels(picture, name) for picture in rows[name]] for name in rows}
    columns = counts.pop()
    shapes = {picture.shape for row in pixels.values() for picture in row}
    if len(shapes) > 1:
        raise ValueError(f"the pictures have the shapes {sorted(shapes)}; expected one size")
    (shape,) = shapes
    side = (PAGE - LABEL) / columns
    figure, axes = _page(len(rows), columns, side, shape[0] / shape[1], left=LABEL)
    for line, (name, pictures) in zip(axes, pixels.items(), strict=True):
        for ax, picture in zip(line, pictures, strict=True):
            _show(ax, picture)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10, labelpad=6)
    return described(figure, alt, photo=True)


def overlays(
    photos: Sequence[np.ndarray],
    heats: Sequence[np.ndarray],
    titles: Sequence[str],
    alt: str,
    columns: int = 6,
    beside: bool = True,
    outline: bool = True,
) -> Figure:
    """Draw heat maps over photographs.

    A heat map may be coarser than its photograph; it is enlarged smoothly. Its largest value is the
    brightest, and where it is 0 the photograph stays as it is.

    Args:
        photos: RGB values from 0 to 255, each of shape (height, width, 3).
        heats: one a photograph, each of shape (rows, columns), without negative values.
        titles: one a photograph.
        alt: what the figure shows, for who cannot see it.
        columns: photographs in a row.
        beside: whether each photograph is also drawn without its heat, above.
        outline: whether to draw a white line where the heat is half of the largest.

    Raises:
        ValueError: not as many heat maps and titles as photographs, or none; another shape; NaN;
            values out of range; a heat map of other proportions than its photograph.
    """
    if not len(photos) == len(heats) == len(titles) > 0:
        raise ValueError(
            f"there are {len(photos)} photographs, {len(heats)} heat maps and {len(titles)} "
            "titles; expected one of each for every photograph"
        )
    if columns < 1:
        raise ValueError(f"columns is {columns!r}; expected how many in a row, from 1")
    photos = [_pixels(photo, f"photograph {n}") for n, photo in enumerate(photos, start=1)]
    heats = [
        _enlarged(heat, photo, f"heat map {n}")
        for n, (photo, heat) in enumerate(zip(photos, heats, strict=True), start=1)
    ]
    columns = min(columns, len(photos))
    lines, each = -(-len(photos) // columns), 2 if beside else 1
    shape = max((photo.shape for photo in photos), key=lambda shape: shape[0] / shape[1])
    text = 0.06 + 0.18 * max(title.count("\n") + 1 for title in titles)
    side = min(PAGE / columns, 3.6)
    figure, axes = _page(each * lines, columns, side, shape[0] / shape[1], text, each)
    for number, (photo, heat, title) in enumerate(zip(photos, heats, titles, strict=True)):
        line, column = divmod(number, columns)
        top = axes[each * line, column]
        if beside:
            _show(top, photo)
        below = axes[each * line + each - 1, column]
        _show(below, _blended(photo, heat))
        if outline and heat.max() > 0:
            below.contour(heat, levels=[0.5], colors="white", linewidths=1)
        top.set_title(title, fontsize=10)
    return described(figure, alt, photo=True)


def _page(
    rows: int, columns: int, side: float, ratio: float, text: float = 0, each: int = 1, left=0.0
) -> tuple[Figure, np.ndarray]:
    """Return a figure with places for pictures, all in inches: matplotlib's layouts leave gaps.

    Args:
        rows: how many rows of pictures.
        columns: how many pictures in a row.
        side: width of a picture and its gap.
        ratio: height of a picture divided by its width.
        text: room for titles above every ``each`` rows.
        each: see ``text``.
        left: room for names at the left.
    """
    width = side - GAP
    height = width * ratio
    total = (rows // each) * text + rows * (height + GAP)
    figure = plt.figure(figsize=(left + columns * side, total), layout="none")
    axes = np.empty((rows, columns), object)
    for row, column in np.ndindex(rows, columns):
        above = (row // each + 1) * text + row * (height + GAP)
        place = [left + column * side, total - above - height, width, height]
        axes[row, column] = figure.add_axes(np.array(place) / np.tile(figure.get_size_inches(), 2))
        axes[row, column].axis("off")
    return figure, axes


def _show(ax: plt.Axes, picture: np.ndarray) -> None:
    ax.imshow(picture)
    ax.axis("on")
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _blended(photo: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Mix a photograph with the colours of its heat, 0 to 1; the hotter, the more colour."""
    share = 0.75 * heat[:, :, np.newaxis] ** 0.8
    # The darkest quarter of the colours is left out: dark would look like shade.
    colours = HEAT(0.25 + 0.7 * heat)[:, :, :3]
    return (1 - share) * photo / 255 + share * colours


def _enlarged(heat: np.ndarray, photo: np.ndarray, name: str) -> np.ndarray:
    """Return the heat at the size of the photograph, with 1 as its largest value."""
    heat = _numbers(heat, name)
    if heat.ndim != 2:
        raise ValueError(
            f"{name} has shape {heat.shape}; expected (rows, columns) of one picture. Of a batch "
            "take heats[0]"
        )
    if heat.min() < 0:
        raise ValueError(
            f"{name} has values down to {heat.min():g}; expected none below 0: np.maximum(heat, 0)"
        )
    height, width = photo.shape[:2]
    rows, columns = heat.shape
    # A layer's map has a whole number of cells, so the proportions agree up to one cell.
    if abs(rows - columns * height / width) > 1 and abs(columns - rows * width / height) > 1:
        raise ValueError(
            f"{name} has shape {heat.shape} and its photograph {photo.shape}; expected the same "
            "proportions. Is it the heat map of another picture?"
        )
    grid = Image.fromarray(heat.astype("float32"))
    large = np.asarray(grid.resize((width, height), Image.Resampling.BILINEAR))
    return large / large.max() if large.max() > 0 else np.zeros((height, width))


def _pixels(picture: np.ndarray, name: str) -> np.ndarray:
    picture = _numbers(picture, name)
    if picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(
            f"{name} has shape {picture.shape}; expected (height, width, 3). Of a batch of one "
            "take pictures[0]"
        )
    if picture.min() < 0 or picture.max() > 255:
        raise ValueError(
            f"{name} has values from {picture.min():g} to {picture.max():g}; expected RGB values "
            "from 0 to 255, as they are before preprocess_input"
        )
    return picture.astype("uint8")


def _numbers(values: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{name} is empty or holds NaN or infinity, shape {array.shape}")
    return array
