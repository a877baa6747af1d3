"""Checks of an answer: one line instead of a traceback, and an error when marked."""

import linecache
import os
import subprocess
import sys

import numpy as np
import pytest

from helpers.feedback import check, expect

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
