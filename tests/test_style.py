"""The Python files are formatted, lint clean and well typed, as ``make lint`` leaves them.

What a browser runs, and what makes it, stays small.
"""

import subprocess
import sys

import pytest

from course import content
from course.__main__ import FOLDERS, TYPED

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
