"""The environment of the class hub, ``.venv-hub``; its students' kernel is the course's .venv.

Python's standard library only, as environment.py.
"""

from __future__ import annotations

import os
import shutil

from course import environment
from course.environment import PYTHON, ROOT, SetupError, run

VENV = ROOT / ".venv-hub"
READY = VENV / ".installed"
PROXY = "configurable-http-proxy@5.1.0"


def ensure() -> None:
    """Build the hub's environment, unless that is done.

    Raises:
        SetupError: the system is Windows, npm is missing, or an installation failed.
    """
    sources = [ROOT / "classroom" / "requirements.txt", ROOT / "requirements.txt"]
    if READY.exists() and all(path.stat().st_mtime < READY.stat().st_mtime for path in sources):
        return
    if os.name == "nt":
        raise SetupError("JupyterHub does not run on Windows: use Linux, macOS or WSL")
    if shutil.which("npm") is None:
        raise SetupError(
            "npm is missing: the hub's proxy comes through it (Debian: apt install npm)"
        )
    pip = (str(VENV / environment.BIN / "python"), "-m", "pip", "install", "--quiet")
    npm = ("npm", "install", "--prefix", str(VENV), "--no-save", "--no-package-lock")
    kernel = ("-m", "ipykernel", "install", "--prefix", str(VENV), "--name", "python3")
    for command in (
        (PYTHON, "-m", "venv", VENV),
        (*pip, "-r", "classroom/requirements.txt", "-c", "requirements.txt"),
        (*npm, "--no-fund", "--no-audit", PROXY),
        (PYTHON, *kernel, "--display-name", "Python 3 (ipykernel)"),
    ):
        if status := run(*command):
            raise SetupError(f"{command[0]} ended with status {status}; its last lines say why")
    READY.touch()
