"""The palette as colour-blind readers see it, and contrast against the paper.

Figures bring their own white paper, in a light theme and in a dark one; so one measure does.
"""

import ast
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from rules import colours
from rules.colours import VISION, contrast, difference, lab

from course import content
from helpers import plots


def test_the_yardsticks_themselves():
    np.testing.assert_allclose(lab("red", "full"), [53.24, 80.09, 67.20], atol=0.01)
    assert contrast("black", "white") == pytest.approx(21)
    red, green = "#D62728", "#2CA02C"  # of Matplotlib's own cycle
    assert difference(red, green, "full") > 100
    assert difference(red, green, "deuteranopia") < 10
    assert all(np.allclose(np.sum(matrix, axis=1), 1) for matrix in VISION.values()), "greys stay"


@pytest.mark.parametrize("vision", VISION)
def test_curves_drawn_together_stay_apart(vision):
    assert difference(plots.BLUE, plots.VERMILION, vision) > 80
    assert min(difference(plots.GREY, c, vision) for c in (plots.BLUE, plots.VERMILION)) > 25


@pytest.mark.parametrize("vision", VISION)
def test_no_two_colours_of_the_cycle_look_alike(vision):
    with plt.rc_context():
        plots.use_style()
        cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert len(set(cycle)) == 6
    assert min(difference(*pair, vision) for pair in combinations(cycle, 2)) > 15


DRAWN = {
    **{
        f"{page.name}, cell {number}": cell.source
        for page in content.pages()
        for number, cell in enumerate(content.read_source(page).cells, start=1)
        if cell.cell_type == "code"
    },
    **{
        f"{path.stem}.{node.name}": ast.unparse(node)
        for path in (content.ROOT / "helpers" / "plots").glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name != "use_style"  # the cycle, see above
    },
}
DRAWN = {name: code for name, code in DRAWN.items() if colours.marks(code)}


def test_the_helpers_are_among_what_is_drawn():
    assert {"charts.history", "grids.bags"} <= set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_can_be_read(name):
    assert colours.pale(DRAWN[name]) == []
    assert colours.alike(DRAWN[name]) == []


def test_marks_are_found_with_their_opacity():
    assert colours.marks("ax.plot(x, color=plots.BLUE)") == [("BLUE", 1)]
    assert colours.marks('style = {"color": BLUE, "alpha": 0.7}') == [("BLUE", 0.7)]
    assert colours.marks("for c in (plots.BLUE, plots.GREY):\n ax.plot(x, color=c, alpha=.4)") == [
        ("BLUE", 0.4),
        ("BLUE", 1),
        ("GREY", 0.4),
        ("GREY", 1),
    ]
    assert colours.marks("plots.history(a); ax.plot(x, alpha=0.4)") == []


def test_pale_and_like_colours_are_found(monkeypatch):
    assert "ORANGE at opacity 1" in colours.pale("ax.plot(x, color=plots.ORANGE)")[0]
    assert "BLUE at opacity 0.5" in colours.pale("ax.plot(x, color=plots.BLUE, alpha=0.5)")[0]
    code = "ax.plot(x, color=plots.BLUE)\nax.plot(y, color=plots.GREEN)"
    assert colours.alike(code) == []
    monkeypatch.setitem(colours.PALETTE, "BLUE", "#D62728")  # red and green of Matplotlib's cycle
    monkeypatch.setitem(colours.PALETTE, "GREEN", "#2CA02C")
    assert colours.alike(code) == ["BLUE and GREEN look alike with deuteranopia vision"]


@pytest.mark.parametrize("colour", ["BLUE", "VERMILION", "GREY"])
def test_lines_and_grey_text_stand_out_on_white(colour):
    assert contrast(getattr(plots, colour), "white") > (
        colours.TEXT if colour == "GREY" else colours.GRAPHICS
    )


def test_counts_are_readable_on_every_cell_of_a_confusion_matrix():
    shares = [*range(0, 101, 10), 45, 46, 47, 48, 49, 51, 53, 54, 55]
    matrix = np.diag(shares) + np.roll(np.diag(np.subtract(100, shares)), 1, axis=1)
    with plt.rc_context():
        plots.use_style()
        ax = plots.confusion_matrix(matrix, [str(share) for share in shares]).axes[0]
    (image,) = ax.images
    for text, cell in zip(ax.texts, image.get_array().ravel(), strict=True):
        behind = image.cmap(image.norm(cell))[:3]
        assert contrast(text.get_color(), behind) > colours.TEXT, f"a share of {cell}"
