"""Results against their bands: what is printed, what is an error, and for whom."""

import json
import os
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpers import feedback as module
from helpers.feedback import BandError, expect, show_bands, show_measured

IN_BAND = r"toy\.accuracy = 0\.\d+, expected 0\.870 to 0\.900 \(offline\)\n"
PROPERTY = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # examples may share them
)


# ---- expect


@PROPERTY
@given(st.floats(0.87, 0.9))
@example(0.87)
@example(0.9)
@example(np.float32(0.885))
@example(np.array(0.885))
def test_line_has_the_value_and_the_band(strict, capsys, value):
    expect("toy.accuracy", value, "offline")
    line = capsys.readouterr().out
    assert re.fullmatch(IN_BAND, line)
    shown = float(line.split()[2].removesuffix(","))
    assert abs(shown - value) <= 0.00005 and 0.87 <= shown <= 0.9


@PROPERTY
@given(st.floats(max_value=0.87, exclude_max=True) | st.floats(min_value=0.9, exclude_min=True))
def test_out_of_band_is_said_and_a_student_goes_on(capsys, value):
    if np.isfinite(value):
        expect("toy.accuracy", value, "offline")
        line = capsys.readouterr().out
        assert re.match(r"toy\.accuracy = \S+, outside 0\.870 to 0\.900 \(offline\): if you", line)
        assert not 0.87 <= float(line.split()[2].removesuffix(",").replace(",", "")) <= 0.9
        assert line.count("\n") == 1


def test_an_exact_result_has_one_right_value(strict, capsys):
    expect("toy.weights", np.int64(14_714_688), "offline")
    line = "toy.weights = 14,714,688, expected exactly 14,714,688 (offline)\n"
    assert capsys.readouterr().out == line
    with pytest.raises(BandError, match=r"toy.weights = 47, outside exactly 14,714,688 \(off"):
        expect("toy.weights", 47, "offline")


@pytest.mark.parametrize(
    "value, shown",
    [(0.8699999, "0.8699999"), (0.9001, "0.9001"), (0, "0"), (-1, "-1"), (1234.5, "1,234.5000")],
)
def test_out_of_band_is_an_error_when_strict(strict, capsys, value, shown):
    with pytest.raises(BandError, match=rf"^toy.accuracy = {shown}, outside 0.870 to 0.900 "):
        expect("toy.accuracy", value, "offline")
    assert capsys.readouterr().out == ""


def test_each_edition_has_its_own_band(strict, capsys):
    expect("toy.accuracy", 0.92, "original")
    expect("toy.epochs", 5, "offline")
    out = capsys.readouterr().out
    assert "expected 0.880 to 0.925 (original)" in out and "expected 3 to 7 (offline)" in out
    with pytest.raises(BandError):
        expect("toy.epochs", 5, "original")


@pytest.mark.parametrize(
    "value, message",
    [
        (float("nan"), "nan; expected a finite number. The training has diverged"),
        (float("inf"), "inf; expected a finite"),
        (np.float32("-inf"), "-inf; expected a finite"),
        (None, "None; expected one number"),
        ("0.88", "'0.88'; expected one number"),
        ("high", "'high'; expected one number"),
        (np.array([0.88]), r"array\(\[0.88\]\); expected one number"),
        ([0.88, 0.89], r"\[0.88, 0.89\]; expected one number"),
        (0.88j, "0.88j; expected one number"),
    ],
)
@pytest.mark.parametrize("record", [False, True])
def test_no_number_is_an_error_for_everyone(monkeypatch, tmp_path, value, message, record):
    if record:
        monkeypatch.setenv("COURSE_RECORD", str(tmp_path / "record"))
    with pytest.raises(BandError, match=f"^toy.accuracy is {message}"):
        expect("toy.accuracy", value, "offline")
    assert not (tmp_path / "record").exists()


@pytest.mark.parametrize(
    "name, edition, message",
    [
        ("toy.acuracy", "offline", "no band in toy.toml; did you mean 'toy.accuracy'"),
        (
            "mnist",
            "offline",
            "there are toy.accuracy, toy.epochs, toy.weights, toy.error",
        ),
        ("toy.accuracy", "Offline", "edition is 'Offline'; expected one of original, offline"),
        ("toy.accuracy", "textbook", "edition is 'textbook'; expected one of"),
        ("new.loss", "offline", "'new.loss' has no offline band yet"),
    ],
)
def test_unknown_band_is_an_error_for_everyone(name, edition, message):
    with pytest.raises(BandError, match=message):
        expect(name, 0.88, edition)


def test_record_notes_values_and_does_not_judge(strict, monkeypatch, tmp_path, capsys):
    record = tmp_path / "record"
    monkeypatch.setenv("COURSE_RECORD", str(record))
    expect("toy.accuracy", np.float32(0.5), "offline")
    expect("new.loss", 7, "original")
    assert [json.loads(line) for line in record.read_text("utf-8").splitlines()] == [
        {"name": "toy.accuracy", "edition": "offline", "value": 0.5},
        {"name": "new.loss", "edition": "original", "value": 7},
    ]
    show_bands("toy.", "offline")
    assert capsys.readouterr().out == ""


def test_a_unit_stands_beside_the_value(strict, capsys):
    expect("toy.error", 2.5, "offline")
    line = "toy.error = 2.500 thousand dollars, expected 2.30 to 2.81 (offline)\n"
    assert capsys.readouterr().out == line


def test_show_bands_prints_a_table(capsys, monkeypatch):
    monkeypatch.setattr(module, "_measured", {})
    expect("toy.accuracy", 0.8812, "offline")
    expect("toy.weights", 14_714_688, "offline")
    capsys.readouterr()
    show_bands("toy.", "offline")
    assert capsys.readouterr().out.splitlines() == [
        "result               yours            expected  textbook",
        "toy.accuracy        0.8812      0.870 to 0.900       0.9",
        "toy.epochs               –              3 to 7         –",
        "toy.weights     14,714,688  exactly 14,714,688         –",
        "toy.error                –        2.30 to 2.81         –",
    ]


def test_the_table_looks_the_same_whatever_was_measured(capsys, monkeypatch):
    tables = []
    for value in (0.8701, 0.9, 123456.75):
        monkeypatch.setattr(module, "_measured", {"toy.accuracy": value})
        show_bands("toy.", "offline")
        tables.append(capsys.readouterr().out.splitlines())
    assert len({tuple(map(len, table)) for table in tables}) == 1


def test_show_bands_of_an_unknown_prefix(monkeypatch):
    for record in ("", os.devnull):
        monkeypatch.setenv("COURSE_RECORD", record)
        with pytest.raises(BandError, match="no band starts with 'mnist'; there are toy"):
            show_bands("mnist", "offline")


# ---- what was measured


def test_the_runs_behind_a_band_are_told(capsys, monkeypatch):
    show_measured("toy.accuracy", "original")
    line = "toy.accuracy in 8 runs: 0.8961 to 0.9077, 0.9012 on average\n"
    assert capsys.readouterr().out == line
    monkeypatch.setenv("COURSE_RECORD", "somewhere")
    show_measured("toy.accuracy", "original")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "name, edition, words",
    [
        ("toy.acuracy", "offline", "did you mean 'toy.accuracy'"),
        ("toy.accuracy", "ofline", "edition is 'ofline'"),
        ("toy.weights", "offline", "the same value in all offline runs"),
        ("new.loss", "offline", "no offline band yet"),
    ],
)
def test_runs_that_nobody_can_tell_are_refused(name, edition, words):
    with pytest.raises(BandError, match=words):
        show_measured(name, edition)


def test_an_end_of_a_range_is_never_minus_zero(capsys, monkeypatch):
    bands = '["toy.x"]\nwhat = "x"\noffline = {low = -1.6, high = -0.0083, from = "12 runs"}\n'
    module.BANDS_FILE.write_text(bands, "utf-8")
    expect("toy.x", -0.8, "offline")
    assert capsys.readouterr().out == "toy.x = -0.80, expected -1.6 to 0.0 (offline)\n"
