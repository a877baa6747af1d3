"""Bands and answers: what is printed, what is an error, and for whom."""

import json
import linecache
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpers import feedback as module
from helpers.feedback import BandError, check, expect, show_bands

BANDS = """
["toy.accuracy"]
what = "test accuracy"
textbook = 0.9
offline = {low = 0.87, high = 0.9, from = "set by hand"}
original = {low = 0.88, high = 0.925, from = "set by hand"}

["toy.epochs"]
what = "epochs"
offline = {low = 3, high = 7, from = "set by hand"}
original = {low = -2.5, high = 1, from = "set by hand"}

["toy.weights"]
what = "weights"
exact = true
offline = {low = 14714688, high = 14714688, from = "set by hand"}
original = {low = 14714688, high = 14714688, from = "set by hand"}

["toy.error"]
what = "an error"
unit = "thousand dollars"
offline = {low = 2.3, high = 2.81, from = "set by hand"}
original = {low = 2.3, high = 2.81, from = "set by hand"}

["new.loss"]
what = "not measured yet"
"""
IN_BAND = r"toy\.accuracy = 0\.\d+, expected 0\.870 to 0\.900 \(offline\)\n"
PROPERTY = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # examples may share them
)


@pytest.fixture(autouse=True)
def bands(tmp_path, monkeypatch):
    path = tmp_path / "toy.toml"
    path.write_text(BANDS, "utf-8")
    monkeypatch.setattr(module, "BANDS_FILE", path)
    monkeypatch.setenv("COURSE_STRICT", "0")
    monkeypatch.delenv("COURSE_RECORD", raising=False)


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")


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


# ---- check


def answer(action):
    with check("1. Add"):
        action()


def fail(*reason):
    raise AssertionError(*reason)


def crash():
    raise IndexError("no such")


CRASH = crash.__code__.co_firstlineno + 1


VERDICTS = {
    "right": (lambda: None, "✔ 1. Add\n"),
    "wrong": (lambda: fail("count the biases, too"), "✘ 1. Add: count the biases, too\n"),
    "no hint": (fail, "✘ 1. Add: this is not the right answer yet.\n"),
    "crash": (
        crash,
        "✘ 1. Add: your code stopped with IndexError: no such "
        f'(line {CRASH}, in crash: raise IndexError("no such"))\n',
    ),
}


@pytest.mark.parametrize("action, line", VERDICTS.values(), ids=VERDICTS)
def test_check_prints_one_line_and_goes_on(action, line, capsys):
    answer(action)
    assert capsys.readouterr().out == line


@pytest.mark.parametrize("action, error", [(fail, AssertionError), (crash, IndexError)])
def test_check_raises_when_strict(strict, action, error, capsys):
    with pytest.raises(error):
        answer(action)
    assert capsys.readouterr().out == ""


def test_check_can_be_interrupted():
    with pytest.raises(KeyboardInterrupt), check("1. Add"):
        raise KeyboardInterrupt


def cell(source, **names):
    """Run a notebook's cell as IPython does: its text can be looked up by its file's name."""
    file = f"/tmp/ipykernel_1/{abs(hash(source))}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


CRASHES = {
    "in the answer": (
        "def add(a, b):\n    c = a / b\n    return c\n\nwith check('1. Add'):\n    add(1, 0)",
        "ZeroDivisionError: division by zero (line 2, in add: c = a / b)",
    ),
    "in the check": (
        "add = None\nwith check('1. Add'):\n    assert add(1, 2) == 3",
        "TypeError: 'NoneType' object is not callable "
        "(line 3, in the check: assert add(1, 2) == 3)",
    ),
    "in a library": (
        "import json\n\nwith check('1. Add'):\n    json.loads('{')",
        "(line 4, in the check: json.loads('{'))",
    ),
    "a builtin is hidden in a function": (
        "def add():\n    list = []\n    return list(range(3))\n\nwith check('1. Add'):\n    add()",
        "(line 3, in add: return list(range(3))); your 'list' hides Python's own",
    ),
}


@pytest.mark.parametrize("source, reason", CRASHES.values(), ids=CRASHES)
def test_a_check_that_stops_names_the_line(source, reason, capsys):
    cell(source, check=check)
    out = capsys.readouterr().out
    assert reason in out and out.count("\n") == 1


def test_what_hides_a_builtin_is_put_aside_and_named(capsys):
    """As in marking, where the check brings its names anew."""
    names = {"check": check}
    code = "max = 3\nwith check('1. Add'):\n    assert max(1, 2) == 2"
    for source in (code, code + ", 'no'\nassert max == 3"):
        cell(source, **names)
        assert capsys.readouterr().out == (
            "✔ 1. Add; your 'max' hides Python's own: call it otherwise, then run: del max\n"
        )


def test_what_python_itself_puts_into_a_module_stays(capsys):
    names = {"check": check, "__name__": "__main__", "__doc__": "mine"}
    cell("with check('1. Add'):\n    assert (__name__, __doc__) == ('__main__', 'mine')", **names)
    assert capsys.readouterr().out == "✔ 1. Add\n"


def test_a_wrong_answer_is_wrong_whatever_it_hides(capsys):
    cell("set = 3\nwith check('1. Add'):\n    assert set([1]) == {2}, 'add two'", check=check)
    assert capsys.readouterr().out.startswith("✘ 1. Add: add two; your 'set' hides")


def test_an_attribute_called_as_a_builtin_hides_nothing(capsys):
    right = "with check('1. Add'):\n    assert np.ones(2).max() == 2"
    cell(right, check=check, np=np, max=3)
    assert capsys.readouterr().out == "✘ 1. Add: this is not the right answer yet.\n"


OPTIMIZED = """
from helpers.feedback import check
with check("1. Add"):
    assert 1 + 1 == 3
"""


@pytest.mark.parametrize("strict", ["", "1"])
def test_without_assert_no_answer_is_right(strict):
    env = os.environ | {"PYTHONOPTIMIZE": "1", "COURSE_STRICT": strict}
    run = subprocess.run([sys.executable, "-c", OPTIMIZED], env=env, capture_output=True, text=True)
    assert "✔" not in run.stdout and "unset PYTHONOPTIMIZE" in run.stdout + run.stderr
    assert (run.returncode != 0) == (strict == "1")


def test_an_answer_cannot_switch_marking_off(strict):
    with pytest.raises(AssertionError), check("1. Add"):
        os.environ["COURSE_STRICT"] = "0"
        fail()


@pytest.mark.parametrize("value", [0.5, float("nan")])
def test_a_value_out_of_band_gives_no_check_mark(value, capsys):
    answer(lambda: expect("toy.accuracy", value, "offline"))
    out = capsys.readouterr().out
    assert out.startswith("✘ 1. Add: toy.accuracy ") and "if you changed something above" in out
    expect("toy.accuracy", 0.5, "offline")  # outside a check it is said, and no more
    assert "outside" in capsys.readouterr().out
    answer(lambda: expect("toy.accuracy", 0.88, "offline"))
    assert capsys.readouterr().out.endswith("✔ 1. Add\n")
