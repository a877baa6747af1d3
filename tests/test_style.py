"""The Python files are formatted and lint clean, as ``make lint`` leaves them."""

import subprocess
import sys

import pytest

from course import content

FOLDERS = ("helpers", "course", "tests", "benchmarks", "classroom", "lessons_src")


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(command):
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", *FOLDERS]
    done = subprocess.run(ruff, cwd=content.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
