"""The Python files are formatted, lint clean, well typed, and none is long.

What a browser runs, and what makes it, stays small.
"""

import os
import re
import subprocess
import sys

import pytest

from course import content
from course.__main__ import FOLDERS, ON_TOP, TYPED

LONGEST = 300  # lines of a file; a lesson is a text, and may be longer
COMMANDS = (
    ["ruff", "check", "--no-cache", *FOLDERS],
    ["ruff", "format", "--check", "--no-cache", *FOLDERS],
    ["mypy", *TYPED],
)


HELPERS = content.ROOT / "helpers"
MADE_BY = (
    *("helpers/interactive/__init__.py", "helpers/quiz.py", "helpers/progress.py"),
    *("helpers/journal.py", "course/quizzes.py"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_lint(command):
    line = [sys.executable, "-m", *command]
    done = subprocess.run(line, cwd=content.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# What mypy says of a name or an argument that nobody has.
MISSING = re.compile(r".*\[(?:attr-defined|call-arg)\]")


def calls_of_what_is_not_there(folder):
    """Return mypy's lines on names and arguments that a folder's files use, and nobody has."""
    options = ("--check-untyped-defs", "--ignore-missing-imports", "--follow-imports=silent")
    options += ("--explicit-package-bases", f"--cache-dir={content.ROOT / '.mypy_cache'}")
    files = sorted(path.name for path in folder.glob("*.py"))
    assert files
    own = os.pathsep.join(map(str, (content.ROOT, content.ROOT / "tests")))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *files],
        cwd=folder,
        env=os.environ | {"MYPYPATH": own},
        capture_output=True,
        text=True,
    )
    assert done.returncode < 2, done.stdout + done.stderr  # 2: mypy itself gave up
    return MISSING.findall(done.stdout)


@pytest.mark.parametrize("folder", [*ON_TOP, "instructors"])
def test_tests_that_run_seldom_call_what_is_there(folder):
    assert calls_of_what_is_not_there(content.ROOT / "tests" / folder) == []


def test_a_call_of_what_is_not_there_is_found(tmp_path):
    (tmp_path / "one.py").write_text(
        "from course import book\n\n\ndef test():\n    book.notebooks()\n    book.path_of()\n"
    )
    gone, few = calls_of_what_is_not_there(tmp_path)
    assert 'has no attribute "notebooks"' in gone and "path_of" in few


def long_files(folder):
    """Return the Python files in a folder, and below it, that have too many lines."""
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in folder.rglob("*.py")}
    return [f"{path.name}: {count} lines" for path, count in lines.items() if count > LONGEST]


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name != "lessons_src"])
def test_no_file_is_long(folder):
    assert long_files(content.ROOT / folder) == [], "split it, or make it simpler"


def test_a_long_file_is_found(tmp_path):
    (tmp_path / "inside").mkdir()
    for name, count in (("long", LONGEST + 1), ("just_right", LONGEST)):
        (tmp_path / "inside" / f"{name}.py").write_text("x = 1\n" * count)
    assert long_files(tmp_path) == [f"long.py: {LONGEST + 1} lines"]


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        (tuple(HELPERS.rglob("*.js")), 700),
        (tuple(content.ROOT / name for name in MADE_BY), 600),
    ],
    ids=["scripts", "Python"],
)
def test_figures_and_quizzes_stay_small(files, limit):
    assert files and sum(path.read_text("utf-8").count("\n") for path in files) < limit
