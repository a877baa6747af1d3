"""Figures that a reader moves: a picture with alt text, and where scripts run, controls for it.

Each function returns an ``Interactive``: end a cell with the call. It needs no server, no kernel.
Figure NAME has its form in NAME.html, its script in NAME.js and its words in texts.toml; ``texts``
replaces any of them.
What is empty, holds NaN or has another form than a docstring says is a ``ValueError``.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import numpy as np
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from helpers.plots import charts, grids
from helpers.plots._shared import numbers, same_number
from helpers.plots.style import as_html, described
from helpers.words import say

FOLDER = Path(__file__).parent
FORMS = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
)
MOST_BYTES = 100_000  # of data: a notebook with some figures stays below 1 MB
MODULE = re.compile(r"^import [^;]*;\n|^export ", re.M)  # in a page all files are one script
Texts = Mapping[str, str] | None


class Interactive:
    """A figure that a reader moves; Jupyter shows it as HTML.

    ``name`` is that of its script, ``picture`` what is seen where no script runs, ``data`` what the
    script gets: as JSON, with eight digits, at most 100 kB, or it is a ``ValueError``.
    """

    def __init__(self, name: str, picture: Figure, data: Mapping, texts: Texts = None) -> None:
        known = tomllib.loads((FOLDER / "texts.toml").read_text("utf-8"))[name]
        if unknown := ", ".join(set(texts or {}) - set(known)):
            raise ValueError(f"{name} has no text {unknown}; it has {', '.join(known)}")
        known = {word: say(text) for word, text in known.items()}
        self.name, self.texts = name, known | dict(texts or {})
        self.picture = described(picture, self.texts["picture"])
        exact = json.dumps(data, default=lambda array: array.tolist(), allow_nan=False)
        rounded = json.loads(exact, parse_float=lambda digits: float(f"{float(digits):.8g}"))
        self.data = json.dumps(rounded)
        if len(self.data) > MOST_BYTES:
            found = f"the data of {name} has {len(self.data):,} bytes"
            raise ValueError(f"{found}; expected at most {MOST_BYTES:,}: give it a part")

    def __repr__(self) -> str:
        return self.texts["picture"]

    def _repr_html_(self) -> str:
        names = ("base.css", "base.js", f"{self.name}.js")
        style, *files = ((FOLDER / name).read_text("utf-8") for name in names)
        picture = as_html(self.picture)
        form = FORMS.get_template(f"{self.name}.html")
        html = json.dumps(form.render(json.loads(self.data), texts=self.texts))
        texts = json.dumps(self.texts)
        given = f"const data = {self.data};\nconst texts = {texts};\nconst html = {html};\n"
        safe = given.replace("<", "\\u003c")  # or a text could end the script
        script = safe + MODULE.sub("", "".join(files))
        key = f"{self.name}-{hashlib.sha256(script.encode()).hexdigest()[:8]}"
        return (
            f'<style>{style}</style><div id="{key}" class="interactive">{picture}</div>'
            f'<script>{{\n{script}start("{key}", render, html, data, texts);\n}}</script>'
        )


def unit(sets: Mapping[str, tuple[ArrayLike, ArrayLike]], texts: Texts = None) -> Interactive:
    """Let weights and a bias move the line between two classes, and count the errors.

    ``sets`` is ``{name: (points, labels)}``: shapes (points, 2) and (points,), labels 0 or 1.
    """
    same_number(sets=sets)
    data = {}
    for name, (points, labels) in sets.items():
        points = numbers(points, name, ("points", 2), "Give two numbers for each point")
        labels = numbers(labels, name, (len(points),), "Give 0 or 1 for each point", largest=1)
        margin = np.ptp(points, axis=0) / 4
        ends = np.transpose([points.min(axis=0) - margin, points.max(axis=0) + margin])
        data[name] = {"points": points, "labels": labels.astype(int), "ends": ends}
    points, labels, _ = next(iter(data.values())).values()
    line = {"w1 = 1, w2 = -1, b = 0": lambda x: x[:, 0] - x[:, 1] >= 0}
    names, axes = (say("label 0"), say("label 1")), (say("input x1"), say("input x2"))
    picture = charts.decision_regions(line, points, labels, names, axes)
    return Interactive("unit", picture, {"sets": data, "weights": [1, -1, 0]}, texts)


def valley(x: float, y: float, start: float, texts: Texts = None) -> Interactive:
    """Let a weight roll down the loss ``(weight * x - y) ** 2``, from the weight ``start``."""
    x, y, start = numbers([x, y, start], "x, y, start", (3,), "The valley needs one number each")
    if x == 0 or start == y / x:
        raise ValueError(f"x is {x:g}, start is {start:g}; expected a slope at the start")
    path = (1 - 0.02 * x**2) ** np.arange(11)  # at a rate of 0.01, as shares of the distance
    away = {say("the loss"): np.linspace(-1.6, 1.6, 99), say("ten steps"): path}
    curves = {
        k: (y / x + (start - y / x) * far, (far * (start * x - y)) ** 2) for k, far in away.items()
    }
    picture = _lines(say("weight"), say("loss"), curves)
    return Interactive("valley", picture, {"x": x, "y": y, "start": start}, texts)


def threshold(probability: ArrayLike, labels: ArrayLike, texts: Texts = None) -> Interactive:
    """Let a cut-off move from 0 to 1 in steps of 0.01; see accuracy, precision and recall.

    Both have shape (examples,); labels are 0 or 1, and both occur. Above it means positive.
    """
    probability = numbers(probability, "probability", ("examples",), "Of each example", largest=1)
    labels = numbers(labels, "labels", (len(probability),), "Give 0 or 1 an example", largest=1)
    if not 0 < labels.mean() < 1:
        raise ValueError(f"all labels are {labels[0]:g}; expected some 0 and some 1")
    cutoffs = np.arange(101) / 100
    no, yes = ((probability[labels == k] > cutoffs[:, None]).sum(axis=1) for k in (0, 1))
    negatives, positives = np.bincount(labels.astype(int))
    shares = {
        say("accuracy"): (yes + negatives - no) / len(labels),
        say("precision"): yes / np.maximum(1, yes + no),
        say("recall"): yes / positives,
    }
    curves = {name: (cutoffs[:-1], share[:-1]) for name, share in shares.items()}
    data = {"positive": yes, "negative": no, "positives": positives, "negatives": negatives}
    picture = _lines(say("cut-off"), say("share"), curves)
    return Interactive("threshold", picture, data, texts)


def softmax(scores: ArrayLike, names: Sequence[str], texts: Texts = None) -> Interactive:
    """Let scores and a temperature make probabilities; there is one score for each name."""
    scores, names = numbers(scores, "scores", (len(names),), "One for each name"), list(names)
    powers = {heat: np.exp((scores - scores.max()) / heat) for heat in (0.5, 1, 5)}
    bars = {
        say("temperature {heat}", heat=heat): (names, power / power.sum())
        for heat, power in powers.items()
    }
    picture = _lines(say("class"), say("probability"), bars)
    return Interactive("softmax", picture, {"scores": scores, "names": names}, texts)


def outlier(x: ArrayLike, y: ArrayLike, marked: int, texts: Texts = None) -> Interactive:
    """Let point number ``marked`` pull at the lines of squared, absolute and Huber's loss.

    ``x`` and ``y`` have shape (points,), three or more; no ``x`` occurs twice, no ``y`` is below 0.
    """
    x = numbers(x, "x", ("points",), "Give one number for each point")
    y = numbers(y, "y", (len(x),), "Give one number for each point", largest=np.inf)
    if len(np.unique(x)) < max(3, len(x)) or not 0 <= marked < len(x):
        raise ValueError(f"x is {x}, marked {marked}; expected unequal x, and one of them marked")
    highest = 5 * np.delete(y, marked).max()
    far = np.where(np.arange(len(x)) == marked, highest, y)
    lines = ((say("as it is"), y), (say("with an outlier"), far))
    curves = {name: (x, np.polyval(np.polyfit(x, prices, 1), x)) for name, prices in lines}
    picture = _lines("x", "y", curves | {say("points"): (x, far)})
    data = {"x": x, "y": y, "marked": marked, "highest": highest}
    return Interactive("outlier", picture, data, texts)


def convolution(
    picture: ArrayLike, kernels: Mapping[str, ArrayLike], texts: Texts = None
) -> Interactive:
    """Let a kernel move over a picture, and see each product of the sum.

    ``picture`` has shape (rows, columns), each 3 to 12; ``kernels`` is ``{name: 3 x 3 weights}``.
    """
    same_number(kernels=kernels)
    pixels = numbers(picture, "picture", ("rows", "columns"), "Take a part of it")
    if min(pixels.shape) < 3:
        raise ValueError(f"picture has shape {pixels.shape}; expected 3 by 3 or more")
    weights = {name: numbers(k, name, (3, 3), "Give 3 x 3 weights") for name, k in kernels.items()}
    first = next(iter(weights.values()))
    shown = pixels, first.round(2), np.sum(sliding_window_view(pixels, (3, 3)) * first, (2, 3))
    windows = (0, 0, 3, 3), None, (0, 0, 1, 1)
    titles = say("picture"), say("kernel"), say("output")
    drawn = grids.number_grids(shown, titles, "three grids", windows)
    return Interactive("convolution", drawn, {"picture": pixels, "kernels": weights}, texts)


def attention(
    pictures: ArrayLike, scores: ArrayLike, votes: ArrayLike, bias: float, texts: Texts = None
) -> Interactive:
    """Let an instance's score be moved or masked; see the weights and the bag's answer.

    ``pictures`` has shape (instances, rows, columns), from 0 to 1; ``scores`` and ``votes`` have
    shape (instances,). The probability is the sigmoid of ``bias`` + the sum of weights * votes.
    """
    ink = numbers(pictures, "pictures", ("instances", "rows", "columns"), "Give a bag", largest=1)
    scores, votes = (
        numbers(values, name, (len(ink),), "Give one number for each instance")
        for name, values in (("scores", scores), ("votes", votes))
    )
    powers = np.exp(scores - scores.max())
    picture = grids.bags([ink], [""], "one bag", [powers / powers.sum()])
    data = {"pictures": (255 * ink).round().astype(int), "scores": scores, "votes": votes}
    data["bias"] = numbers(bias, "bias", (), "Give one number")
    return Interactive("attention", picture, data, texts)


def _lines(x: str, y: str, curves: Mapping[str, tuple]) -> Figure:
    figure = Figure(figsize=(6.4, 3.4))
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    for (name, points), style in zip(curves.items(), ("-", "o--", "s:"), strict=False):
        axes.plot(*points, style, label=name, markersize=4)
    axes.legend()
    return figure
