"""The palette as colour-blind readers see it, and contrast against the paper.

Dichromacy is simulated with the matrices for severity 1.0 of G. M. Machado, M. M. Oliveira
and L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency", IEEE TVCG 15(6), 2009, on linear RGB. Differences are CIE76, in CIELAB with
white D65; about 2 is just noticeable. Contrast is that of WCAG 2: 4.5 for text, 3 for lines.
"""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import colors

from helpers import plots

VISION = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(  # linear sRGB to CIE XYZ, IEC 61966-2-1
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def linear(colour):
    rgb = np.array(colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, vision):
    ratio = TO_XYZ @ np.clip(VISION[vision] @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one, other, vision):
    return np.linalg.norm(lab(one, vision) - lab(other, vision))


def contrast(one, other):
    dark, light = sorted(TO_XYZ[1] @ linear(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


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


@pytest.mark.parametrize("colour", ["BLUE", "VERMILION", "GREY"])
def test_lines_and_grey_text_stand_out_on_white(colour):
    assert contrast(getattr(plots, colour), "white") > (4.5 if colour == "GREY" else 3)


def test_counts_are_readable_on_every_cell_of_a_confusion_matrix():
    shares = [*range(0, 101, 10), 45, 46, 47, 48, 49, 51, 53, 54, 55]
    matrix = np.diag(shares) + np.roll(np.diag(np.subtract(100, shares)), 1, axis=1)
    with plt.rc_context():
        plots.use_style()
        ax = plots.confusion_matrix(matrix, [str(share) for share in shares]).axes[0]
    (image,) = ax.images
    for text, cell in zip(ax.texts, image.get_array().ravel(), strict=True):
        behind = image.cmap(image.norm(cell))[:3]
        assert contrast(text.get_color(), behind) > 4.5, f"a share of {cell}"
