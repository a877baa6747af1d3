"""Install the class's server into a folder of its own; ``make hub``.

    python classroom/install.py /srv/class

Students can read all that is in it: JupyterHub and JupyterLab, their settings, and in ``kernel``
the lessons' libraries with a copy of the helpers. Nothing else of the course is there: no source,
no solution, no test, no history.

In a folder inside the course, for marking on your own machine, the kernel is the course's .venv,
where a changed helper counts at once.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

COURSE = Path(__file__).resolve().parents[1]
HERE = COURSE / "classroom"
LOCK = COURSE / "requirements.txt"
# Into the hub's environment, where JupyterLab and nbgrader look without being told.
SETTINGS = {
    HERE / "nbgrader_config.py": "nbgrader_config.py",
    HERE / "nbgrader_marking.py": "nbgrader_marking.py",
    COURSE / "course" / "jupyter" / "labconfig": "labconfig",
}
PROXY = (HERE / "package.json", HERE / "package-lock.json")
HELPERS = (COURSE / "helpers", COURSE / "pyproject.toml")


def install(folder: Path) -> bool:
    """Install into a folder what is missing or has changed; return whether there was anything.

    Raises:
        OSError: the folder is in the way, or cannot be written; the message names it.
        CalledProcessError: pip or npm failed. The next call begins anew.
    """
    stamp = folder / ".installed"
    if is_current(folder):
        return False
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").is_file():
        raise FileExistsError(f"{folder} holds something else; name a new or an empty folder")
    if folder.is_relative_to(COURSE) and not (COURSE / ".venv").is_dir():
        raise FileNotFoundError(f"{COURSE / '.venv'} is missing; first run make setup")
    os.umask(0o022)  # students must be able to read it
    stamp.unlink(missing_ok=True)
    hub = _environment(folder)
    _pip(hub, "-r", HERE / "requirements.txt")
    for file in PROXY:
        shutil.copy(file, folder)
    npm = [shutil.which("npm") or "npm", "ci", "--silent", "--no-audit", "--no-fund"]
    subprocess.run(npm, cwd=folder, check=True)
    kernel = COURSE / ".venv" / "bin" / "python"
    if not folder.is_relative_to(COURSE):
        kernel = _kernel(folder / "kernel")
    spec = ["--prefix", str(folder), "--name", "python3", "--display-name", "Python 3 (ipykernel)"]
    subprocess.run([kernel, "-m", "ipykernel", "install", *spec], check=True)
    for path, name in SETTINGS.items():
        _copy(path, folder / "etc" / "jupyter" / name)
    stamp.write_text(_inputs(), "utf-8")
    return True


def is_current(folder: Path) -> bool:
    """Whether a folder holds all that there is to install now."""
    stamp = folder / ".installed"
    return stamp.is_file() and stamp.read_text("utf-8") == _inputs()


def _inputs() -> str:
    """Return a hash of all that is installed from."""
    digest = hashlib.sha256()
    for path in (HERE / "install.py", HERE / "requirements.txt", LOCK, *PROXY, *HELPERS, *SETTINGS):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(COURSE).as_posix().encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _environment(folder: Path) -> Path:
    """Make a virtual environment, or leave the one that is there; return its Python."""
    python = folder / "bin" / "python"
    if not python.is_file():
        venv.create(folder, symlinks=True, with_pip=True)
    return python


def _kernel(folder: Path) -> Path:
    """Make the lessons' environment with a copy of the helpers; return its Python."""
    python = _environment(folder)
    _pip(python, "-r", LOCK)
    with TemporaryDirectory() as beside:  # setuptools writes beside what it builds
        for path in HELPERS:
            _copy(path, Path(beside, path.name))
        _pip(python, "--no-deps", "--no-build-isolation", "--force-reinstall", beside)
    return python


def _pip(python: Path, *what: str | Path) -> None:
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", "install", *quiet, *what], check=True)


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(path, target, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copy(path, target)


def main() -> None:
    """Install, and say what is next."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="such as /srv/class")
    folder = parser.parse_args().folder.resolve()
    if not shutil.which("npm"):
        sys.exit("npm is missing: the hub's proxy comes through it (on Debian: apt install npm)")
    try:
        changed = install(folder)
    except OSError as error:
        sys.exit(f"{folder} cannot be installed: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{folder} is not complete, begin again: {error}")
    print(f"{folder}: {'installed' if changed else 'nothing to do'}")


if __name__ == "__main__":
    main()
