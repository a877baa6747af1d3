"""What a student is told at once: is a result as expected, is an answer right, and if not, why not.

``bands.toml`` says for each result and edition between which values it is expected. The bands are
computed from kept measurements; ``make calibrate`` measures and writes them.
"""

import builtins
import difflib
import json
import linecache
import math
import os
import re
import sys
import tomllib
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from helpers import journal
from helpers.words import say

BANDS_FILE = Path(__file__).with_name("bands.toml")
EDITIONS = ("original", "offline")
DASH = "–"
RUNS = re.compile(r"(\d+) runs: mean (\S+), sd \S+, (\S+) to (\S+)")  # as calibrate notes them
CHANGED = say(": if you changed something above, that is the effect; else something is wrong")

_measured: dict[str, float] = {}  # by this notebook so far, for ``show_bands``


class BandError(RuntimeError):
    """A value has no band, is no number, or, in strict mode, lies outside its band."""


def expect(name: str, value: float, edition: str) -> None:
    """Print a measured value and the band in which it is expected.

    Out of band the line says so, and a student's notebook goes on. With ``COURSE_STRICT=1``, as
    in the build and the tests, that is a ``BandError``. An unknown name or edition, or a value
    that is not a finite number, always is. ``name`` is such as "imdb.test_accuracy"; the edition is
    as the loader returned it, "original" or "offline".
    """
    try:
        finite = math.isfinite(value)  # unlike float(), it takes no text
    except (TypeError, ValueError) as error:
        raise BandError(f"{name} is {value!r}; expected one number") from error
    if not finite:
        raise BandError(f"{name} is {value}; expected a finite number. The training has diverged")
    value = int(value) if isinstance(value, Integral) else float(value)  # a count stays a count
    if record := os.environ.get("COURSE_RECORD"):  # calibration measures; it does not judge
        with open(record, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "edition": edition, "value": value}) + "\n")
        return
    low, high = _band(name, edition)
    _measured[name] = value
    unit = f" {_bands()[name].get('unit', '')}".rstrip()
    shown, band = f"{_rounded(value, low, high)}{unit}", f"{_range(low, high)} ({edition})"
    if low <= value <= high:
        print(say("{name} = {shown}, expected {band}", name=name, shown=shown, band=band))
        return
    message = say("{name} = {shown}, outside {band}", name=name, shown=shown, band=band)
    if os.environ.get("COURSE_STRICT") == "1":
        raise BandError(message)
    print(message + CHANGED)


def show_bands(prefix: str, edition: str) -> None:
    """Print a table of all results that start with ``prefix``: yours, expected, the textbook's.

    ``prefix`` is such as "imdb.", ``edition`` "original" or "offline", as the loader returned it.
    An unknown edition, or a prefix that no result has, is a ``BandError``.
    """
    bands = {name: band for name, band in _bands().items() if name.startswith(prefix)}
    if not bands:
        raise BandError(f"no band starts with {prefix!r}; there are {', '.join(_bands())}")
    if os.environ.get("COURSE_RECORD"):  # they are about to be measured
        return
    rows = [(say("result"), say("yours"), say("expected"), say("textbook"))]
    for name, entry in bands.items():
        low, high = _band(name, edition)
        yours = _rounded(_measured[name], low, high) if name in _measured else DASH
        textbook = f"{entry['textbook']:,}" if "textbook" in entry else DASH
        rows.append((name, yours, _range(low, high), textbook))
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    widths[1] = max(widths[1], 12)  # so that the table looks the same whatever was measured
    for name, *cells in rows:
        aligned = (
            " " * (width - _width(cell)) + cell
            for cell, width in zip(cells, widths[1:], strict=True)
        )
        print(name + " " * (widths[0] - _width(name)) + "  " + "  ".join(aligned))


def show_measured(name: str, edition: str) -> None:
    """Print what a result was in the runs that its band comes from: how many, mean, extremes.

    For another page's result, such as "convnets.best_test_accuracy". An unknown name or edition
    is a ``BandError``.
    """
    if os.environ.get("COURSE_RECORD"):  # it may be about to be measured
        return
    low, high = _band(name, edition)
    found = RUNS.match(_bands()[name][edition]["from"])
    if found is None:
        raise BandError(f"{name} has the same value in all {edition} runs; use show_bands")
    runs, *values = found.groups()
    mean, least, most = (_rounded(float(value), low, high) for value in values)
    told = {"name": name, "runs": runs, "mean": mean, "low": least, "high": most}
    print(say("{name} in {runs} runs: {low} to {high}, {mean} on average", **told))


@contextmanager
def check(title: str) -> Iterator[None]:
    """Run assertions about an answer and print one line instead of a traceback.

    Use it as ``with check("1. Count the weights"):`` around plain ``assert condition,
    "what to do"`` statements. With ``COURSE_STRICT=1``, as in the build and in grading, a
    wrong answer is an error. Where Python skips ``assert``, no answer is right. What a notebook
    calls like a builtin, ``max = 3``, is put aside for as long as the check runs.
    """
    caller = sys._getframe(2)  # 0 is this function, 1 contextlib's
    notebook = caller.f_globals
    hiding = [name for name in dir(builtins) if name in notebook and name[0] != "_"]
    aside = {name: notebook.pop(name) for name in hiding}
    text = "".join(linecache.getlines(caller.f_code.co_filename))
    hint = _hiding(text, aside, say(", then run: del {0}"))
    strict = os.environ.get("COURSE_STRICT", "0")
    os.environ["COURSE_STRICT"] = "1"  # what expect refuses gives no check mark, as in marking
    try:
        yield
        if not __debug__:
            skipped = "nothing was checked, for Python skips assert here"
            raise AssertionError(f"{skipped}: unset PYTHONOPTIMIZE, and restart the kernel")
    except Exception as error:
        if strict == "1":
            raise
        reason = str(error) or say("this is not the right answer yet.")
        line, inside = _place(error)
        if isinstance(error, BandError):
            reason += CHANGED
        elif not isinstance(error, AssertionError):
            kind = type(error).__name__
            reason = say("your code stopped with {kind}: {error}", kind=kind, error=error) + line
        print(f"✘ {title}: {reason}{inside or hint}")
    else:
        print(f"✔ {title}{hint}")
        os.environ["COURSE_STRICT"] = strict
        journal.note(title)
    finally:
        os.environ["COURSE_STRICT"] = strict
        notebook |= aside


def _place(error: Exception) -> tuple[str, str]:
    """Return which line of the notebook stopped, and which of its names hides a builtin there."""
    _, *frames = traceback.walk_tb(error.__traceback__)  # the first is check's own
    if not frames:
        return "", ""
    body = frames[0][0]
    frame, number = [each for each in frames if each[0].f_globals is body.f_globals][-1]
    text = linecache.getline(frame.f_code.co_filename, number).strip()
    where = say("the check") if frame is body else frame.f_code.co_name
    line = say(" (line {number}, in {where}: {text})", number=number, where=where, text=text)
    return line, _hiding(text, frame.f_locals)


def _hiding(text: str, names: Mapping[str, Any], way_out: str = "") -> str:
    """Name the first builtin in a text that is also among a notebook's own names."""
    for name in re.findall(r"(?<![\w.])[A-Za-z]\w*", text):
        if name in names and hasattr(builtins, name):
            hides = say("; your {name} hides Python's own: call it otherwise", name=repr(name))
            return hides + way_out.format(name)
    return ""


def _width(text: str) -> int:
    """Return how many columns a text takes; a Korean letter takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _decimals(low: float, high: float) -> int:
    """Return how many decimals tell a band's ends apart: the second digit of its width."""
    if isinstance(low, int) and isinstance(high, int):
        return 0
    return max(0, 1 - math.floor(math.log10(high - low)))


def _rounded(value: float, low: float, high: float) -> str:
    """Return a value with one digit more than its band; a whole number as it is.

    Where rounding would move it over an end of the band, it is shown in full.
    """
    if isinstance(value, int) or low == high:
        return f"{value:,}"
    text = f"{value:,.{_decimals(low, high) + 1}f}"
    inside = low <= value <= high
    return text if inside == (low <= float(text.replace(",", "")) <= high) else f"{value:,}"


def _range(low: float, high: float) -> str:
    if low == high:
        return say("exactly {value}", value=f"{low:,}")
    decimals = _decimals(low, high)
    low_end, high_end = (f"{end:z,.{decimals}f}" for end in (low, high))  # z: no -0.0
    return say("{low} to {high}", low=low_end, high=high_end)


def _bands() -> dict[str, dict]:
    return tomllib.loads(BANDS_FILE.read_text("utf-8"))


def _band(name: str, edition: str) -> tuple[float, float]:
    bands = _bands()
    if name not in bands:
        near = difflib.get_close_matches(name, bands, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(bands)}"
        raise BandError(f"{name!r} has no band in {BANDS_FILE.name}; {hint}")
    if edition not in EDITIONS:
        raise BandError(f"edition is {edition!r}; expected one of {', '.join(EDITIONS)}")
    if edition not in bands[name]:
        raise BandError(f"{name!r} has no {edition} band yet; make calibrate measures it")
    return bands[name][edition]["low"], bands[name][edition]["high"]
