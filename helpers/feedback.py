"""What a student is told at once: is a result as expected, is an answer right, and if not, why not.

``bands.toml`` has one band per result and edition, each with where it comes from.
``course/calibrate.py`` measures and writes them.
"""

import difflib
import json
import math
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path

BANDS_FILE = Path(__file__).with_name("bands.toml")
EDITIONS = ("original", "offline")


class BandError(RuntimeError):
    """A value has no band, is no number, or, in strict mode, lies outside its band."""


def expect(name: str, value: float, edition: str) -> None:
    """Print whether a measured value lies in its band.

    In band, the line is the same on every machine: it holds the band, not the value. Out
    of band it says what was expected, and a student's notebook goes on. With
    ``COURSE_STRICT=1``, as in the build and the tests, that is an error.

    Args:
        name: the result, such as "imdb.test_accuracy".
        value: the measured number.
        edition: "original" or "offline", as the loader returned it.

    Raises:
        BandError: an unknown name or edition, a value that is not a finite number, or, in
            strict mode, a value out of band.
    """
    value = _number(name, value)
    if record := os.environ.get("COURSE_RECORD"):  # calibration measures; it does not judge
        with open(record, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "edition": edition, "value": value}) + "\n")
        return
    low, high = _band(name, edition)
    text = f"{_range(low, high)} ({edition})"
    if low <= value <= high:
        print(f"{name} is within {text}" if low < high else f"{name} is {text}")
        return
    shown = f"{value:,}" if isinstance(value, int) else f"{value:g}"
    message = f"{name} is {shown}, {'outside' if low < high else 'not'} {text}"
    if os.environ.get("COURSE_STRICT") == "1":
        raise BandError(message)
    print(f"{message}: if you changed something above, that is the effect; else something is wrong")


def show_bands(prefix: str) -> None:
    """Print the bands of all results that start with ``prefix``, for both editions."""
    bands = {name: band for name, band in _bands().items() if name.startswith(prefix)}
    if not bands:
        raise BandError(f"no band starts with {prefix!r}; there are {', '.join(_bands())}")
    if os.environ.get("COURSE_RECORD"):  # they are about to be measured
        return
    rows = [("result", *EDITIONS)]
    rows += [(name, *(_range(*_band(name, edition)) for edition in EDITIONS)) for name in bands]
    wide, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    for name, *cells in rows:
        aligned = (f"{cell:>{width}}" for cell, width in zip(cells, others, strict=True))
        print(f"{name:{wide}}  " + "  ".join(aligned))


def _range(low: float, high: float) -> str:
    low_text, high_text = (f"{end:,}".removesuffix(".0") for end in (low, high))
    return f"{low_text} to {high_text}" if low < high else f"exactly {low_text}"


def _number(name: str, value: float) -> int | float:
    try:
        finite = math.isfinite(value)  # unlike float(), it takes no text
    except (TypeError, ValueError) as error:
        raise BandError(f"{name} is {value!r}; expected one number") from error
    if not finite:
        raise BandError(f"{name} is {value}; expected a finite number. The training has diverged")
    return int(value) if isinstance(value, Integral) else float(value)  # a count stays a count


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
        raise BandError(f"{name!r} has no {edition} band yet; course/calibrate.py measures it")
    return bands[name][edition]["low"], bands[name][edition]["high"]


@contextmanager
def check(title: str) -> Iterator[None]:
    """Run assertions about an answer and print one line instead of a traceback.

    Use it as ``with check("1. Count the weights"):`` around plain ``assert condition,
    "what to do"`` statements. With ``COURSE_STRICT=1``, as in the build and in grading, a
    wrong answer is an error.

    Args:
        title: the exercise's number and name, put on the line.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get("COURSE_STRICT") == "1":
            raise
        reason = str(error)
        if not isinstance(error, AssertionError):
            reason = f"your code stopped with {type(error).__name__}: {reason}"
        print(f"✘ {title}: {reason or 'this is not the right answer yet.'}")
    else:
        print(f"✔ {title}")
