"""The style of all figures, their alt text, and the form in which Jupyter shows them."""

import base64
import html
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image

from helpers.words import FOLDER, language

# Okabe and Ito (2008), Color Universal Design: told apart with any kind of colour vision.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, GREY = "#56B4E9", "#CC79A7", "#666666"
# Shown at 96; drawn larger for sharp screens. Photographs in a grid have few pixels anyway.
PIXELS_PER_INCH = {"png": 144, "webp": 108}


def use_style() -> None:
    """Set the course's plot style and let Jupyter show figures with their alt text.

    It starts from Matplotlib's defaults: a matplotlibrc of the user's changes nothing.
    """
    if (shell := get_ipython()) is not None:
        plt.figure().clear()  # the inline backend hooks in with its first figure
        plt.close()
        for formatter in shell.display_formatter.formatters.values():
            formatter.type_printers.pop(Figure, None)
        shell.display_formatter.formatters["text/html"].for_type(Figure, as_html)
    plt.rcdefaults()
    plt.rc("figure", figsize=(7, 3.6), facecolor="white")  # alike in a light and a dark theme
    cycle = plt.cycler(color=[BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY])
    plt.rc("axes", grid=True, axisbelow=True, prop_cycle=cycle)
    plt.rc("axes.spines", top=False, right=False)
    plt.rcParams.update({"grid.color": "#DDDDDD", "image.cmap": "cividis", "font.size": 11})
    plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})
    if (font := FOLDER / f"{language()}.ttf").exists():  # Matplotlib's own has no such letters
        font_manager.fontManager.addfont(font)
        name = font_manager.FontProperties(fname=font).get_name()
        plt.rc("font", family=[name, "DejaVu Sans"])


def described(figure: Figure, alt: str, photo: bool = False) -> Figure:
    """Give a figure its alt text and close it, so that the cell's last line shows it once.

    ``alt`` says what it shows, for who cannot see it. A ``photo`` is stored as WebP, at the size it
    is shown: it takes a tenth of the room then, and lines and letters are a little less sharp.
    """
    plt.close(figure)
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt is {alt!r}; expected a sentence that says what the figure shows")
    vars(figure).update(alt_text=" ".join(alt.split()), stored_as="webp" if photo else "png")
    return figure


def ink(share: float) -> str:
    """Return the colour for a number on a cell of cividis, 0 to 1; its contrast is over 4.5."""
    return "black" if share > 0.47 else "white"


def as_html(figure: Figure) -> str:
    """Return a described figure as an image with its alt text."""
    alt, kind = (vars(figure).get(key, "") for key in ("alt_text", "stored_as"))
    if not alt:
        raise ValueError("this figure has no alt text; end the cell with plots.described(fig, …)")
    drawn, buffer = BytesIO(), BytesIO()
    figure.draw_without_rendering()  # the layout may change which numbers stand at an axis
    figure.savefig(drawn, format="png", dpi=PIXELS_PER_INCH[kind])
    image = Image.open(drawn).convert("RGB")
    if kind == "png":
        image = _in_few_colours(image)
    image.save(buffer, kind, optimize=True, quality=64, method=6)  # a notebook stays small
    width = round(figure.get_figwidth() * 96)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="{html.escape(alt)}" width="{width}" src="data:image/{kind};base64,{data}">'


def _in_few_colours(image: Image.Image) -> Image.Image:
    """Return a chart with 256 colours, in a third of the bytes; what needs more stays as it is."""
    few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    change = np.abs(np.asarray(few.convert("RGB"), int) - np.asarray(image, int)).max(axis=-1)
    return few if np.mean(change > 24) < 0.001 else image
