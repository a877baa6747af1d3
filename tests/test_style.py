"""The Python files are formatted, lint clean, well typed, and none is long.

What a browser runs, and what makes it, stays small.
"""

import subprocess
import sys

import pytest

from course import content
from course.__main__ import FOLDERS, TYPED

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
