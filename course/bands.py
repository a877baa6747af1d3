"""From measured values to the band in which the next run is expected.

A band is a *prediction interval*: with ``RISK`` as the probability that one more run, with another
seed or on another processor, falls outside. For n values with mean m and standard deviation s it is
m ± t * s * sqrt(1 + 1/n), with t of Student's distribution with n - 1 degrees of freedom (Hahn and
Meeker, Statistical Intervals, 1991, chapter 4). That holds where values vary alike at both ends.
Counts do so on the scale of their square roots, shares on that of asin(sqrt(share)) (Anscombe,
1948), and sizes, which are never negative, on that of their logarithms; there s is s times the
scale's slope at m. An exact result has one value in every run.

Where that interval holds what a broken lesson would give, and all runs were on one side of it, the
band says only on which side a result is: it ends just short of ``broken``, if the probability of
one more run beyond that is at most ``CROSSING``. It is the band's ``risk``. A lesson without the
effect still passes such a band half of the time.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

RISK = 0.0006  # that one result of one run is outside: with 250 results, one in six whole courses
CROSSING = 0.01  # at most, that one is on the other side of what a broken lesson would give
FEWEST = 5  # runs that a band needs
# No band reaches less far from the mean, as a part of it (of a share or a difference: as it is).
# That a handful of values are alike does not prove that the next one is.
MARGIN = 0.005


SMALLEST, LARGEST = 1e-9, 50  # of a size, and of its logarithm: a scale's ends


class MeasurementError(ValueError):
    """Measurements make no band, or cannot be read; the message says which and why."""


@dataclass(frozen=True)
class Moments:
    """How many values there are, their mean, standard deviation (n - 1), and range."""

    runs: int
    mean: float
    sd: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Moments":
        """Return the moments of some values; one value has a standard deviation of 0."""
        sd = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        return cls(len(values), float(np.mean(values)), sd, min(values), max(values))

    def with_more(self, other: "Moments") -> "Moments":
        """Return the moments of both groups of values together."""
        runs = self.runs + other.runs
        mean = (self.runs * self.mean + other.runs * other.mean) / runs
        squares = sum(
            (part.runs - 1) * part.sd**2 + part.runs * (part.mean - mean) ** 2
            for part in (self, other)
        )
        return Moments(
            runs,
            mean,
            math.sqrt(squares / (runs - 1)),
            min(self.min, other.min),
            max(self.max, other.max),
        )


@dataclass(frozen=True)
class Kind:
    """On which scale values of a kind vary evenly, its slope, the way back, and their limits."""

    scale: Callable[[float], float] = float
    slope: Callable[[float], float] = lambda _: 1.0
    back: Callable[[float], float] = float
    lowest: float = -math.inf
    highest: float = math.inf


KINDS = {
    "exact": Kind(),
    "count": Kind(
        scale=math.sqrt,
        slope=lambda count: 1 / (2 * math.sqrt(count)),
        back=lambda root: max(root, 0) ** 2,
        lowest=0,
    ),
    "share": Kind(
        scale=lambda share: math.asin(math.sqrt(share)),
        slope=lambda share: 1 / (2 * math.sqrt(share * (1 - share))),
        back=lambda angle: math.sin(min(max(angle, 0), math.pi / 2)) ** 2,
        lowest=0,
        highest=1,
    ),
    "size": Kind(  # a loss, an error, a ratio
        scale=lambda size: math.log(max(size, SMALLEST)),
        slope=lambda size: 1 / max(size, SMALLEST),
        back=lambda logarithm: math.exp(min(logarithm, LARGEST)),
        lowest=0,
    ),
    "difference": Kind(),
}


def band(measured: Moments, kind: str) -> dict[str, float]:
    """Return ``low`` and ``high`` of the band for one more run, rounded outwards.

    Args:
        measured: of at least ``FEWEST`` runs; of an exact result at least of one.
        kind: a key of ``KINDS``.

    Raises:
        MeasurementError: an unknown kind, too few runs, an exact result with several values, or
            a value that its kind cannot have.

    >>> band(Moments.of([4, 4, 5, 4, 4]), "count")
    {'low': 0, 'high': 11}
    """
    if kind not in KINDS:
        raise MeasurementError(f"the kind is {kind!r}; expected one of {', '.join(KINDS)}")
    of, low, high = KINDS[kind], measured.min, measured.max
    if low < of.lowest or high > of.highest:
        raise MeasurementError(
            f"a {kind} goes from {low:g} to {high:g}; expected {of.lowest:g} to {of.highest:g}"
        )
    if kind == "exact":
        if low != high:
            raise MeasurementError(f"an exact result goes from {low:g} to {high:g}")
        return {"low": low, "high": high}
    if measured.runs < FEWEST:
        raise MeasurementError(f"{measured.runs} runs are too few; a band needs {FEWEST}")
    if low == high == 0 and kind in ("count", "size"):
        raise MeasurementError(f"all {measured.runs} runs gave 0: is the result exact?")
    half = factor(measured.runs) * measured.sd
    if half:  # all values alike may be at a limit, where a scale has no slope
        half *= of.slope(measured.mean)
    low, high = (of.back(of.scale(measured.mean) + end) for end in (-half, half))
    margin = MARGIN * (1 if kind in ("share", "difference") else abs(measured.mean))
    low = max(min(low, measured.mean - margin), of.lowest)
    high = min(max(high, measured.mean + margin), of.highest)
    if kind == "count":
        return {"low": math.floor(low), "high": math.ceil(high)}
    decimals = max(0, 1 - math.floor(math.log10(high - low)))  # two digits of the band's width
    step = 10**decimals
    return {  # rounding errors of the division must not widen it by a step
        "low": round(math.floor(low * step + 1e-6) / step, decimals),
        "high": round(math.ceil(high * step - 1e-6) / step, decimals),
    }


def band_of(measured: Moments, entry: Mapping) -> dict[str, float]:
    """Return the band of an entry of bands.toml: of its kind, within its ``least`` and ``most``.

    With its ``risk`` where that is not ``RISK``, because it stops short of ``broken``.

    Raises:
        MeasurementError: as ``band``.
    """
    ends = band(measured, entry.get("kind", ""))
    low, high = entry.get("least", -math.inf), entry.get("most", math.inf)
    ends = {"low": max(ends["low"], low), "high": min(ends["high"], high)}
    return ends | _one_side(measured, entry, **ends)


def _one_side(measured: Moments, entry: Mapping, low: float, high: float) -> dict[str, float]:
    """Return the end of a band that stops short of ``broken``, and its risk; else nothing."""
    broken, of = entry.get("broken"), KINDS[entry["kind"]]
    if broken is None or not low <= broken <= high or not measured.sd:
        return {}
    step = 1 if entry["kind"] == "count" else 0.01 * abs(measured.mean - broken)
    decimals = max(0, 1 - math.floor(math.log10(step)))
    end, sign = ("low", 1) if broken < measured.mean else ("high", -1)
    short = round(broken + sign * step, decimals)
    if (measured.min if sign > 0 else measured.max) * sign < short * sign:
        return {}  # a run was on the other side
    spread = measured.sd * of.slope(measured.mean) * math.sqrt(1 + 1 / measured.runs)
    distance = abs(of.scale(measured.mean) - of.scale(short)) / spread
    crossing = float(student.sf(distance, measured.runs - 1))
    if crossing > CROSSING:
        return {}
    return {end: short, "risk": math.ceil((crossing + RISK / 2) * 1e4) / 1e4}


def factor(runs: int) -> float:
    """Return how many standard deviations a band reaches from the mean, for so many runs.

    >>> round(factor(5), 1), round(factor(12), 1)
    (10.8, 4.9)
    """
    return float(student.ppf(1 - RISK / 2, runs - 1)) * math.sqrt(1 + 1 / runs)
