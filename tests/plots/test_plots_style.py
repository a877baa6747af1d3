"""Figures in Jupyter: one image with its alt text, whatever the user's own settings are."""

import base64
import html
import os
import re
import subprocess
import sys
from io import BytesIO
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from course import content
from helpers import plots
from helpers.plots import style

# ---- in Jupyter


def test_jupyter_shows_one_image_with_its_alt_text(monkeypatch):
    formatter = DisplayFormatter()
    formatter.formatters["image/png"].for_type(Figure, lambda figure: b"png")
    monkeypatch.setattr(style, "get_ipython", lambda: SimpleNamespace(display_formatter=formatter))
    plots.use_style()
    alt = '5 > 4 & "quoted" <b>'
    figure = plots.described(plt.figure(), f"  {alt}\n ")
    shown, _ = formatter.format(figure)
    assert set(shown) == {"text/plain", "text/html"}
    tag = re.fullmatch(
        r'<img alt="([^"<>]*)" width="(\d+)" src="data:image/png;base64,([^"]+)">',
        shown["text/html"],
    )
    assert html.unescape(tag[1]) == alt
    assert base64.b64decode(tag[3]).startswith(b"\x89PNG")
    assert shown == formatter.format(figure)[0], "the same bytes each time"


FIGURES_OF_A_LESSON = """
import hashlib, logging
logging.getLogger("matplotlib").setLevel(logging.ERROR)  # as session.start does
import matplotlib.pyplot as plt, numpy as np
from helpers import plots
from helpers.plots.style import as_html

plots.use_style()
own = plt.figure()
own.subplots().imshow(np.arange(6).reshape(2, 3))
photo = np.arange(48 * 3, dtype="uint8").reshape(6, 8, 3)
counts = plots.class_counts({"cat": 3, "dog": 5}, "animals")
figures = plots.described(own, "An own one."), plots.photos([photo], ["a"], "A photo."), counts
print(*(hashlib.sha256(as_html(figure).encode()).hexdigest() for figure in figures))
"""
USERS = """
backend: agg
text.color: white
axes.labelcolor: white
xtick.color: white
image.origin: lower
image.interpolation: nearest
savefig.bbox: tight
savefig.dpi: 30
figure.dpi: 300
font.size: 30
font.family: serif
axes.facecolor: black
lines.linewidth: 9
no.such.key: 3
"""


def test_the_users_matplotlibrc_changes_no_pixel(tmp_path):
    drawn = []
    for number, text in enumerate(["", USERS]):
        rc = tmp_path / f"{number}" / "matplotlibrc"
        rc.parent.mkdir()
        rc.write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", FIGURES_OF_A_LESSON],
            env={**os.environ, "MATPLOTLIBRC": str(rc), "MPLBACKEND": "agg"},
            cwd=content.ROOT,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        drawn.append(done.stdout.split())
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 3


def test_layout_has_room_for_the_numbers_that_it_brings_about():
    plots.use_style()  # in it, a first layout makes room for 0.85, and then 0.825 stands there
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3))
    for low, high in ((0.817, 0.995), (0.9, 0.93)):
        left.plot(np.arange(1, 11), np.linspace(low, high, 10))
    right.plot(np.arange(1, 11), np.geomspace(5, 0.027, 10))
    left.set(xlabel="epoch", ylabel="accuracy")
    right.set(xlabel="epoch", ylabel="loss", yscale="log")
    picture = stored(plots.described(figure, "Two panels with curves."))
    paper = picture.convert("RGB").getpixel((0, 0))
    assert min(paper) >= 254
    assert np.all(np.asarray(picture.convert("RGB"))[:, 0] == paper), "cut off at the left"


def stored(figure):
    shown = style.as_html(figure)
    return Image.open(BytesIO(base64.b64decode(re.search('base64,([^"]+)', shown)[1])))


def test_a_chart_is_stored_in_few_colours_and_a_picture_in_all_of_its_own():
    plots.use_style()
    curves = {"loss": [0.61, 0.42], "accuracy": [0.71, 0.82]}
    curves |= {"val_loss": [0.52, 0.37], "val_accuracy": [0.75, 0.86]}
    assert stored(plots.history(curves)).mode == "P"
    figure, ax = plt.subplots()
    ax.imshow(np.random.default_rng(0).random((20, 20, 3)))
    picture = stored(plots.described(figure, "Noise in all colours."))
    assert picture.mode == "RGB" and len(picture.getcolors(1_000_000)) > 300


def test_figure_without_alt_text_is_refused():
    with pytest.raises(ValueError, match=r"no alt text.*plots\.described"):
        style.as_html(Figure())
    with pytest.raises(ValueError, match="alt is"):
        plots.described(Figure(), " \n")
