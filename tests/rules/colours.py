"""How colours are seen: contrast with the paper, and difference to any kind of colour vision.

Contrast is that of WCAG 2, from 1 to 21. Differences are those in CIELAB, CIE 1976, white D65.
Dichromacy is simulated with the matrices for severity 1.0 of G. M. Machado, M. M. Oliveira and
L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
IEEE TVCG 15(6), 2009, on linear RGB.
"""

import ast
from itertools import combinations

import numpy as np
from matplotlib import colors
from matplotlib.typing import ColorType

from helpers.plots import style

PALETTE = {name: value for name, value in vars(style).items() if str(value).startswith("#")}
TEXT, GRAPHICS = 4.5, 3.0  # the least contrast: WCAG 2.1, success criteria 1.4.3 and 1.4.11
# Half of the observers tell two squares of a third of a degree apart, about 15 pixels, from these
# steps in L*, a* or b* on: M. Stone, D. A. Szafir and V. Setlur, "An Engineering Model for Color
# Difference as a Function of Size", Color and Imaging Conference 2014: 0.5 (A + B / size).
NOTICED = 0.5 * (np.array([10.16, 10.68, 10.70]) + np.array([1.50, 3.08, 5.74]) * 3)

VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(  # linear sRGB to CIE XYZ, IEC 61966-2-1
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def contrast(one: ColorType, other: ColorType) -> float:
    """Return how much lighter one of two colours is than the other, as a ratio."""
    dark, light = sorted(TO_XYZ[1] @ _linear(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: ColorType, vision: str = "full") -> np.ndarray:
    """Return lightness, red to green and yellow to blue, of a colour as seen."""
    ratio = TO_XYZ @ np.clip(VISION[vision] @ _linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: ColorType, other: ColorType, vision: str = "full") -> float:
    """Return the distance of two colours as seen; 2 is just noticeable on large areas."""
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def blended(colour: ColorType, opacity: float, behind: ColorType = "white") -> tuple:
    """Return the colour that is seen where a colour lets some of another one through."""
    front, back = np.array(colors.to_rgb(colour)), np.array(colors.to_rgb(behind))
    return tuple(opacity * front + (1 - opacity) * back)


def marks(code: str) -> list[tuple[str, float]]:
    """Return the names of the palette that a piece of code draws with, and their opacities.

    An opacity that stands beside a colour under another name (``color=colour, alpha=0.5``) may
    mean any colour of that piece.

    Raises:
        SyntaxError: this is no Python code.
    """
    nodes = list(ast.walk(ast.parse(code)))
    named = {
        node: name
        for node in nodes
        if (name := getattr(node, "attr", getattr(node, "id", None))) in PALETTE
    }
    every, found = set(named.values()), set()
    for node in nodes:
        given = _options(node)
        if colour := given.get("color"):
            opacity = float(getattr(given.get("alpha"), "value", 1))
            drawn = {named.pop(colour)} if colour in named else every
            found |= {(name, opacity) for name in drawn}
    return sorted(found | {(name, 1.0) for name in named.values()})


def _options(node: ast.AST) -> dict[str | None, ast.expr]:
    """Return what a call is given by name, or what a literal dictionary holds."""
    if isinstance(node, ast.Call):
        return {keyword.arg: keyword.value for keyword in node.keywords}
    if isinstance(node, ast.Dict):
        keys = (getattr(key, "value", None) for key in node.keys)
        return dict(zip(keys, node.values, strict=True))
    return {}


def pale(code: str) -> list[str]:
    """Every mark stands out on white, with the opacity that it is drawn with."""
    found = []
    for name, opacity in marks(code):
        seen = contrast(blended(PALETTE[name], opacity), "white")
        if seen < GRAPHICS:
            found.append(f"{name} at opacity {opacity:g} has contrast {seen:.2f} on white")
    return found


def alike(code: str) -> list[str]:
    """No two colours that are drawn together look alike to someone."""
    found = []
    for (one, thin), (other, thick) in combinations(marks(code), 2):
        pair = blended(PALETTE[one], thin), blended(PALETTE[other], thick)
        for vision in VISION if one != other else ():
            steps = np.abs(lab(pair[0], vision) - lab(pair[1], vision))
            if (steps < NOTICED).all():
                found.append(f"{one} and {other} look alike with {vision} vision")
    return found


def _linear(colour: ColorType) -> np.ndarray:
    rgb = np.array(colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
