"""The course's own environment, ``.venv``: made, found, and kept apart from the user's settings.

Python's standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = "Scripts" if os.name == "nt" else "bin"
PYTHON = VENV / BIN / ("python.exe" if os.name == "nt" else "python")
READY = VENV / ".installed"  # what was installed, and where
LOWEST, HIGHEST = (3, 11), (3, 13)
# Of the user's environment, what would lead Python, pip or Jupyter to other packages or settings.
LEFT_OUT = (
    *("PYTHONHOME", "PYTHONSTARTUP", "PYTHONOPTIMIZE", "PYTHONUSERBASE"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "VIRTUAL_ENV", "MPLBACKEND", "KERAS_BACKEND"),
)
OURS = {
    "PYTHONPATH": str(ROOT),  # the helpers of this folder, whichever one made the environment
    "PYTHONUTF8": "1",  # a locale without UTF-8 must not stop anything
    "PYTHONNOUSERSITE": "1",
    "PIP_USER": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # our kernel, not one of the same name in the user's folder
}


class SetupError(RuntimeError):
    """The environment cannot be made; the message says why, and the way out."""


def variables() -> dict[str, str]:
    """Return the user's environment variables without those that would change the course."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**kept, **OURS}


def ensure() -> None:
    """Make ``.venv`` and install the locked packages, unless that is done.

    It is done again after a change of the lock or of pyproject.toml, and after the folder moved.

    Raises:
        SetupError: no suitable Python, no right to write here, or the installation failed.
    """
    wanted = _wanted()
    if PYTHON.exists() and READY.is_file() and READY.read_text("utf-8") == wanted:
        return
    python = suitable_python()
    try:
        with tempfile.TemporaryFile(dir=ROOT):
            pass
    except OSError as error:
        raise SetupError(
            f"{ROOT} cannot be written ({error.strerror}), and the set-up makes .venv there. "
            "Copy the course to a folder of your own and run this again"
        ) from None
    moved = READY.is_file() and not READY.read_text("utf-8").endswith(f"\n{VENV.resolve()}")
    READY.unlink(missing_ok=True)
    uv = shutil.which("uv")  # installs several times faster; without it, venv and pip do the same
    if uv:
        options = ["--clear"] if moved else ["--allow-existing"]
        _run(uv, "venv", "--quiet", *options, "--python", python, str(VENV))
        install = [uv, "pip", "install", "--python", str(PYTHON)]
    else:
        _run(python, "-m", "venv", *(["--clear"] if moved else []), str(VENV))
        install = [str(PYTHON), "-m", "pip", "install"]
    _run(*install, "--require-hashes", "-r", str(ROOT / "requirements.txt"))
    # setuptools is among the locked packages, so nothing is fetched to build our own.
    _run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    # Of an edited notebook and its source jupytext would take the newer one, by file times.
    configuration = VENV / "etc" / "jupyter"
    configuration.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "course" / "jupyter" / "jupyter_server_config.json", configuration)
    READY.write_text(wanted, "utf-8")


def run(*command: str | Path) -> int:
    """Run a program in the course's folder and environment; return its exit status.

    Raises:
        SetupError: the program cannot be started.
    """
    try:
        return _status(*command)
    except KeyboardInterrupt:  # the program got it, too, and has said what there is to say
        return 130


def replace_with(*command: str | Path) -> int:
    """Become a program that runs until it is stopped, so that signals reach it; else as ``run``."""
    if os.name == "nt":  # there execve returns to the prompt while the program goes on
        return run(*command)
    os.chdir(ROOT)
    line = [str(part) for part in command]
    sys.stdout.flush()
    os.execve(line[0], line, variables())


def _wanted() -> str:
    """Return what ``.installed`` must say: the files that decide what is installed, and where."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()}\n{VENV.resolve()}"  # it may be a link to another course's


def suitable_python() -> str:
    """Return a Python that the course runs on: this one, or another that is installed.

    Raises:
        SetupError: there is none.
    """
    if LOWEST <= sys.version_info[:2] <= HIGHEST:
        return sys.executable
    found = ".".join(map(str, sys.version_info[:2]))
    names = [f"{LOWEST[0]}.{minor}" for minor in range(HIGHEST[1], LOWEST[1] - 1, -1)]
    for name in names:
        path = shutil.which(f"python{name}")
        if path:
            return path
    raise SetupError(
        f"Python {found} is not supported: the course needs {', '.join(reversed(names))}, and no "
        "such Python was found. Install one, and say which: make setup PYTHON=python3.12, or "
        "python3.12 -m course setup"
    )


def require_unix(what: str) -> None:
    """Do nothing, unless the system is Windows: then ``what`` cannot run, a ``SetupError``."""
    if os.name == "nt":
        raise SetupError(f"{what} does not run on Windows: use Linux, macOS or WSL")


def _status(*command: str | Path) -> int:
    try:
        return subprocess.call([str(part) for part in command], cwd=ROOT, env=variables())
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be started ({error.strerror})") from None


def _run(*command: str) -> None:
    status = _status(*command)
    if status:
        raise SetupError(
            f"{' '.join(command[:4])} … ended with status {status}; its last lines say why. Where "
            "packages are fetched from is pip's setting: PIP_INDEX_URL, or PIP_FIND_LINKS for a "
            "folder"
        )
