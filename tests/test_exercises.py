"""Exercises from both sides: solutions pass (nbval runs them), everything else is rejected."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course import content, exercises

EXERCISES = {page.source.stem: page for page in content.pages() if page.starter}
ANSWERS = Path(__file__).parent / "answers"


def checks(notebook):
    return [cell for cell in notebook.cells if "check" in cell.metadata.get("tags", [])]


@pytest.fixture(params=EXERCISES, scope="module")
def page(request):
    return EXERCISES[request.param]


def test_every_blank_has_a_check(page):
    source = page.source.read_text("utf-8")
    solved = len(exercises.SOLUTION.findall(source))
    assert solved == source.count("### BEGIN SOLUTION") == source.count("### END SOLUTION")
    assert solved == len(exercises.blanks(page)) > 0


def test_solution_passes_every_check(page):
    notebook = nbformat.read(page.notebook, as_version=4)
    lines = "".join(o.get("text", "") for cell in checks(notebook) for o in cell.outputs)
    assert lines.count("✔") == len(checks(notebook))
    assert "✘" not in lines


@pytest.fixture(scope="module")
def tried(page):
    """What the checks said to the untouched starter, and to every answer; in one child process."""
    path = ANSWERS / f"{page.source.stem}.py"
    runner = [sys.executable, content.ROOT / "tests" / "try_answers.py", page.source.stem]
    # One epoch leaves the bands: expect must not judge here.
    env = {**os.environ, "COURSE_STRICT": "0", "COURSE_RECORD": os.devnull}
    done = subprocess.run([*runner, path], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_untouched_starter_fails_every_check_with_a_message(page, tried):
    untouched, _ = tried
    assert len(untouched) == len(exercises.blanks(page))
    for text in untouched:
        assert text.startswith("✘"), text
        assert len(text.split(": ", 1)[1]) > 20, f"no help in {text!r}"
        assert "your code stopped" not in text, "an untouched blank is no crash"


def test_answers_get_the_verdict_they_deserve(page, tried):
    answers = runpy.run_path(str(ANSWERS / f"{page.source.stem}.py"))
    wrong, right = answers["WRONG_ANSWERS"], answers["RIGHT_ANSWERS"]
    assert set(wrong) == set(right) == set(exercises.blanks(page)), "every exercise needs both"
    assert all(len(codes) >= 2 for codes in wrong.values()), "at least two wrong ones an exercise"
    assert all(right.values()), "at least one right one an exercise"
    _, verdicts = tried
    assert len(verdicts) == sum(map(len, [*wrong.values(), *right.values()]))
    for number, reason, text in verdicts:
        if reason:
            assert "✘" in text, f"exercise {number} accepts an answer: {text!r}"
            assert reason in text, f"exercise {number} says {text!r}, not why: {reason!r}"
        else:
            assert "✔" in text and "✘" not in text, f"exercise {number} rejects: {text!r}"
