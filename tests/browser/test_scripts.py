"""The scripts of figures and quizzes are formatted and lint clean."""

import subprocess
from pathlib import Path

import pytest

from course import content

SETTINGS = Path(__file__).with_name(".prettierrc.json")
TOOLS = content.ROOT / "build" / "browser"


@pytest.mark.parametrize("command", [["eslint"], ["prettier", "--check"]], ids=["lint", "format"])
def test_the_scripts_are_clean(command):
    """``build/browser/node_modules/.bin/prettier --write helpers/interactive`` formats them."""
    config = {"eslint": TOOLS / "eslint.config.js", "prettier": SETTINGS}[command[0]]
    files = [str(path) for path in (content.ROOT / "helpers").rglob("*.js")]
    line = [TOOLS / "node_modules" / ".bin" / command[0], "--config", config, *command[1:], *files]
    done = subprocess.run(line, cwd=content.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
