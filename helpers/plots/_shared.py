"""What figures share: the checks of their input, and the layout of pictures."""

from collections.abc import Sequence, Sized

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.plots.style import described

PAGE = 9.0  # inches, as all here: the width of the widest figure
LINE, NAME, MARGIN = 0.17, 0.8, 0.06  # the height of a line, room for a row's name, the margin


def numbers(
    values: ArrayLike, name: str, shape: tuple, hint: str, largest: float | None = None
) -> np.ndarray:
    """Return finite numbers as an array of floats, in which no axis has length 0.

    ``shape`` has each axis by its name, or by its length where only one will do; ``hint`` is the
    way out. With ``largest``, all numbers must be from 0 to it.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} cannot be read as numbers: {error}. {hint}") from error
    axes = zip(shape, array.shape, strict=False)
    fits = all(isinstance(axis, str) or axis == length for axis, length in axes)
    if array.ndim != len(shape) or array.size == 0 or not fits:
        found = f"shape {array.shape}"
    elif not np.isfinite(array).all():
        found = "NaN or infinity"
    elif largest is not None and (array.min() < 0 or array.max() > largest):
        found = f"values from {array.min():g} to {array.max():g}"
    else:
        return array
    limits = "" if largest is None else f" from 0 to {largest:g}"
    form = str(shape).replace("'", "")
    raise ValueError(f"{name} has {found}; expected numbers{limits} of shape {form}. {hint}")


def same_number(**given: Sized) -> None:
    """Refuse what is not equally long, and what is empty."""
    counts = {name: len(values) for name, values in given.items()}
    if len(set(counts.values())) > 1 or 0 in counts.values():
        found = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise ValueError(f"there are {found}; expected the same number of each, at least one")


def in_a_row(columns: int, count: int) -> int:
    """Return how many of all pictures stand in the fullest row."""
    if isinstance(columns, bool) or not hasattr(columns, "__index__") or columns < 1:
        raise ValueError(f"columns is {columns!r}; expected a whole number, 1 or more")
    return min(columns, count)


def panels(
    titles: Sequence[str],
    columns: int,
    widest: float,
    ratio: float,
    gap: float = 0.08,
    names: Sequence[str] = (),
    shares: Sequence[float] | None = None,
    align: str = "center",
) -> tuple[Figure, np.ndarray]:
    """Return a figure and its panels in reading order, without ticks and frames.

    A panel has a title above it, where ``align`` says. It is ``ratio`` times as high as wide, and
    as wide as fits, up to ``widest``; columns may have unequal ``shares`` of the width. The
    ``names`` of the rows stand at the left. All in inches: Matplotlib's layouts leave uneven gaps.
    """
    columns = in_a_row(columns, len(titles))
    rows, left = -(-len(titles) // columns), NAME if names else MARGIN
    width = min(widest, (PAGE - left - MARGIN + gap) / columns - gap)
    lines = max(title.count("\n") + 1 if title else 0 for title in titles)
    room = LINE * lines + 0.07 if lines else 0
    wide = left + columns * (width + gap) - gap + MARGIN
    high = rows * (room + ratio * width + gap) - gap + MARGIN
    place: dict = {"left": left / wide, "right": 1 - MARGIN / wide, "width_ratios": shares}
    place |= {"bottom": MARGIN / high, "top": 1 - room / high}
    place |= {"wspace": gap / width, "hspace": (room + gap) / (ratio * width)}
    figure = Figure(figsize=(wide, high))
    figure.set_layout_engine("none")
    bare = {"frame_on": False, "xticks": [], "yticks": []}
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw=place, subplot_kw=bare)
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title, fontsize=10, loc=align)
    for ax, name in zip(axes[:, 0], names, strict=False):
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    return figure, axes.ravel()[: len(titles)]


def show(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    alt: str,
    columns: int,
    widest: float = 1.55,
    tallest: float = 1.4,
    names: Sequence[str] = (),
    photo: bool = True,
) -> Figure:
    """Return a figure of RGB pictures, each at most ``tallest`` times as high as wide."""
    same_number(pictures=images, titles=titles)
    ratio = min(tallest, max(image.shape[0] / image.shape[1] for image in images))
    figure, axes = panels(titles, columns, widest, ratio, names=names)
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image)
    return described(figure, alt, photo)
