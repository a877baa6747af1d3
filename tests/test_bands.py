"""Bands: how often a good run falls outside, and what is no band."""

from dataclasses import replace

import numpy as np
import pytest

from course import bands
from course.bands import MeasurementError, Moments, band


@pytest.mark.parametrize("runs", [5, 8, 12])
def test_one_more_run_falls_outside_as_often_as_said(monkeypatch, runs):
    """With a larger risk, so that few simulated runs show it: 8 in 100."""
    monkeypatch.setattr(bands, "RISK", 0.08)
    rng = np.random.default_rng(runs)
    outside = 0
    for values in rng.normal(5, 0.5, (4000, runs + 1)):
        found = band(Moments.of(values[:-1].tolist()), "size")
        outside += not found["low"] <= values[-1] <= found["high"]
    assert 0.06 < outside / 4000 < 0.1


def test_three_standard_deviations_of_five_runs_would_not_do():
    assert bands.factor(5) > 9 and bands.factor(20) < 4.3
    assert bands.factor(4) > bands.factor(5) > bands.factor(6)


@pytest.mark.parametrize(
    ("kind", "values", "low", "high"),
    [
        ("exact", [46, 46, 46], 46, 46),
        ("count", [4, 4, 5, 4, 4], 0, 11),
        ("count", [100] * 5, 99, 101),  # no spread: the margin
        ("share", [1.0] * 5, 0.995, 1.0),
        ("share", [0.0] * 5, 0.0, 0.005),
        ("size", [0.5] * 5, 0.4975, 0.5025),
        ("difference", [0.001] * 5, -0.004, 0.006),
    ],
)
def test_bands_of_each_kind(kind, values, low, high):
    assert band(Moments.of(values), kind) == {"low": low, "high": high}


def test_a_share_near_its_limit_stays_below_it_and_reaches_further_down():
    values = [0.99, 0.995, 1.0, 0.985, 0.992, 0.997]
    found = band(Moments.of(values), "share")
    assert found["high"] == 1.0
    assert 0.85 < found["low"] < 0.975


def test_sizes_are_not_negative_and_differences_may_be():
    values = [0.01, 0.05, 0.02, 0.08, 0.04]
    assert 0 <= band(Moments.of(values), "size")["low"] < 0.001
    assert band(Moments.of(values), "difference")["low"] < 0


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("exact", [46, 46, 45], "an exact result goes from 45 to 46"),
        ("share", [0.9, 1.1, 0.9, 0.9, 0.9], "a share goes from 0.9 to 1.1; expected 0 to 1"),
        ("size", [-1, 1, 1, 1, 1], "a size goes from -1"),
        ("size", [1, 2, 1, 2], "4 runs are too few; a band needs 5"),
        ("size", [0, 0, 0, 0, 0], "all 5 runs gave 0: is the result exact"),
        ("ratio", [1, 2, 1, 2, 1], "the kind is 'ratio'; expected one of exact, count"),
    ],
)
def test_values_that_make_no_band_are_named(kind, values, words):
    with pytest.raises(MeasurementError, match=words):
        band(Moments.of(values), kind)


EFFECT = Moments(runs=12, mean=0.15, sd=0.04, min=0.08, max=0.22)  # 0 is 3.75 sd away


@pytest.mark.parametrize(
    ("change", "low", "risk"),
    [
        ({}, 0.0015, 0.0026),
        ({"sd": 0.02}, 0.05, None),  # the interval does not reach to 0
        ({"sd": 0.06}, -0.15, None),  # 0 is too likely
        ({"min": 0.001}, -0.05, None),  # a run is nearer to it than the end would be
    ],
)
def test_a_band_tells_the_sign_where_the_other_one_is_unlikely(change, low, risk):
    entry = {"kind": "difference", "broken": 0}
    up = replace(EFFECT, **change)
    found = bands.band_of(up, entry)
    assert (found["low"], found.get("risk")) == (low, risk)
    down = replace(up, mean=-up.mean, min=-up.max, max=-up.min)
    mirrored = bands.band_of(down, entry)
    assert (-mirrored["high"], mirrored.get("risk")) == (low, risk)
    assert "risk" not in bands.band_of(up, {"kind": "difference"})


def test_a_count_that_tells_the_side_ends_one_short_of_what_a_broken_model_gives():
    measured = Moments(runs=12, mean=25, sd=2.8, min=22, max=31)
    found = bands.band_of(measured, {"kind": "count", "broken": 38, "most": 40})
    assert found["high"] == 37 and 0.0006 < found["risk"] < 0.01


def test_moments_of_parts_are_those_of_all():
    values = np.random.default_rng(0).normal(3, 2, 12).tolist()
    whole, parts = Moments.of(values), Moments.of(values[:5]).with_more(Moments.of(values[5:]))
    np.testing.assert_allclose(
        [whole.runs, whole.mean, whole.sd, whole.min, whole.max],
        [parts.runs, parts.mean, parts.sd, parts.min, parts.max],
    )
