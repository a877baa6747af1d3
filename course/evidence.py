"""The evidence in one picture: what the textbooks report, and the range in which this course is.

It stands on the README and the website's home page; ``make readme`` draws it anew.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from course import content
from helpers import plots
from helpers.feedback import EDITIONS

FILE = content.ROOT / "docs" / "images" / "evidence.svg"
VARYING = ("share", "size")  # kinds of results that can be divided by the textbook's number
LABELS = {
    "imdb.test_accuracy": "Reviews: test accuracy",
    "imdb.test_loss": "Reviews: test loss",
    "reuters.shuffled_baseline": "Newswires: agree by chance",
    "reuters.test_accuracy": "Newswires: test accuracy",
    "basics.test_accuracy": "Clothes: test accuracy",
    "basics.test_loss": "Clothes: test loss",
    "housing.enough_epochs": "Boston: epochs needed",
    "housing.test_mae": "Boston: test MAE",
    "housing.california_test_mse": "California: test MSE",
    "mil.test_accuracy": "Bags: test accuracy",
    "mil.test_loss": "Bags: test loss",
}
LOOKS = {"original": (plots.BLUE, "o", -0.17), "offline": (plots.VERMILION, "s", 0.17)}
END = 2.1  # of the axis; a longer band runs out of the picture
# Letters stay letters, and names are the same each time, so that a change can be seen in git.
SVG: dict[Any, str] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evidence",
    "font.family": "DejaVu Sans",
}


def reported(bands: Mapping[str, dict]) -> dict[str, dict]:
    """Return the results that a textbook reports and that vary from run to run."""
    return {n: b for n, b in bands.items() if "textbook" in b and b["kind"] in VARYING}


def mean(band: Mapping) -> float | None:
    """Return the mean of the runs from a band's note; None if it has none."""
    found = re.search(r"(?:mean|all) (-?\d+(?:\.\d+)?)", band.get("from", ""))
    return float(found[1]) if found else None


def picture(bands: Mapping[str, dict]) -> str:
    """Return the picture as SVG: a row a result, bands and means over the textbook's number."""
    rows = reported(bands)
    with rc_context(SVG):
        drawing = Figure(figsize=(4.7, 0.47 * len(rows) + 1.2), facecolor="white")
        ax = drawing.subplots()
        ax.axvline(1, color="black", linewidth=1)
        for y, band in enumerate(rows.values()):
            theirs = band["textbook"]
            for edition, (colour, marker, shift) in LOOKS.items():
                if edition not in band:
                    continue
                ours = band[edition]
                ends = [ours["low"] / theirs, ours["high"] / theirs]
                ax.plot(ends, [y + shift] * 2, color=colour, linewidth=2)
                middle = (mean(ours) or sum(ends) / 2) / theirs
                label = f"{edition} data" if y == 0 else None
                ax.plot(middle, y + shift, marker, color=colour, markersize=5, label=label)
        ax.set_yticks(
            range(len(rows)), [f"{LABELS[n]}\ntextbook {b['textbook']:g}" for n, b in rows.items()]
        )
        ax.set(xlim=(0, END), ylim=(len(rows) - 0.5, -0.5))
        ax.set_xlabel("divided by the textbook's number")
        ax.tick_params(labelsize=8.5)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        drawing.legend(loc="upper center", ncols=2, frameon=False, fontsize=8.5)
        drawing.subplots_adjust(left=0.42, right=0.97, bottom=0.09, top=0.93)
        text = io.StringIO()
        drawing.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawn = text.getvalue().replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    return re.sub(r"[ \t]+$", "", drawn, flags=re.M)


def markdown(bands: Mapping[str, dict]) -> str:
    """Return the picture's place in a text, with what it shows in words."""
    rows = reported(bands)
    parts = []
    for edition in EDITIONS:
        found = [(band[edition], band["textbook"]) for band in rows.values() if edition in band]
        inside = sum(ours["low"] <= theirs <= ours["high"] for ours, theirs in found)
        near = sum(abs((mean(ours) or 0) / theirs - 1) <= 0.1 for ours, theirs in found)
        parts.append(
            f"on the {edition} data the textbook's number lies in our range {inside} times of "
            f"{len(found)}, and our mean is within a tenth of it {near} times"
        )
    words = f"{len(rows)} results that textbooks report, a row each: {'; '.join(parts)}."
    return f"![{words}]({FILE.relative_to(content.ROOT).as_posix()})"
