"""The Python files are formatted, lint clean and well typed, as ``make lint`` leaves them."""

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


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_lint(command):
    line = [sys.executable, "-m", *command]
    done = subprocess.run(line, cwd=content.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
