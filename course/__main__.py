"""The one entry: ``python -m course COMMAND``. ``make COMMAND`` is the same.

Python's standard library only, and no syntax newer than Python 3.8: it runs before anything is
installed, and says what is missing.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import NamedTuple

from course import environment, hub
from course.environment import PYTHON, ROOT, SetupError, run

FIRST_PAGE = "notebooks/00_start_here.ipynb"
FOLDERS = ("helpers", "course", "tests", "benchmarks", "classroom", "docs", "lessons_src")
TYPED = ("helpers", "course")
ON_TOP = ("browser", "container", "database", "hub")  # tests that need more packages
FROM_NPM = ("classroom", "lessons_src/slides", "tests/browser")  # folders with packages of npm


class Command(NamedTuple):
    """A command: what it is for, what it does with its options, and what it needs before."""

    help: str
    action: Callable[[list[str]], int]
    needs_data: bool = True
    needs_environment: bool = True


def module(name: str, *first: str) -> Callable[[list[str]], int]:
    """Return an action that runs a module in the course's environment."""
    return lambda options: run(PYTHON, "-m", name, *first, *options)


def pytest(*first: str) -> Callable[[list[str]], int]:
    """Return an action that runs the tests, those named first or all."""
    return module("pytest", *first)


def install(lock: str) -> int:
    """Add the packages of a lock to the environment, for one command alone."""
    return run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)


def setup(options: list[str]) -> int:
    """Fetch the data, and show what is ready."""
    return run(PYTHON, "-m", "helpers.data", *options)


def lab(options: list[str]) -> int:
    """Open JupyterLab, with or without data: a lesson then says what it misses."""
    setup([])
    return environment.replace_with(PYTHON, "-m", "course.lab", FIRST_PAGE, *options)


def author(options: list[str]) -> int:
    """Open JupyterLab so that a save writes the source, too; see course/author.py."""
    hook = "--FileContentsManager.pre_save_hook=course.author.before_saving"
    return lab([hook, *options])


def test_browser(options: list[str]) -> int:
    """Open lessons in a real browser; it comes from the system's packages, Selenium from PyPI."""
    environment.require_unix("the installation of the browser")
    return (
        run("sh", "tests/browser/install.sh")
        or install("tests/browser/requirements.txt")
        or site([])
        or module("course.slides", "--kind", "html")([])
        or pytest("tests/browser", "--numprocesses=0")(options)
    )


def site(options: list[str]) -> int:
    """Make the website; what makes it comes from PyPI."""
    return install("docs/requirements.txt") or module("course.site")(options)


def book(options: list[str]) -> int:
    """Make the printable book, with what makes the website and a Chromium."""
    return install("docs/requirements.txt") or module("course.book")(options)


def test_database(options: list[str]) -> int:
    """Start a real PostgreSQL; it comes from the system's packages, its driver from PyPI."""
    environment.require_unix("the installation of PostgreSQL")
    return (
        run("sh", "tests/database/install.sh")
        or install("tests/database/requirements.txt")
        or pytest("--numprocesses=0", "tests/database")(options)
    )


def test_hub(options: list[str]) -> int:
    """Start a real JupyterHub."""
    hub.ensure(os.environ.get("COURSE_HUB") or hub.FOR_A_CLASS)
    tests = pytest("--numprocesses=0", "tests/hub")
    return install("tests/hub/requirements.txt") or tests(options)


def test_instructors(options: list[str]) -> int:
    """Run docs/instructors.md as written."""
    hub.ensure(hub.IN_THE_COURSE)
    return pytest("--numprocesses=0", "tests/instructors")(options)


def make_hub(options: list[str]) -> int:
    """Build the hub's environment in the folder that is named."""
    hub.ensure(*(options or [hub.IN_THE_COURSE]))
    return 0


def lint(options: list[str]) -> int:
    """Format, lint and check the types; all three, whatever the first finds."""
    found = [
        run(PYTHON, "-m", "ruff", "format", *FOLDERS),
        run(PYTHON, "-m", "ruff", "check", *FOLDERS),
        run(PYTHON, "-m", "mypy", *TYPED),
    ]
    return max(found)


def lock(options: list[str]) -> int:
    """Compile each list of direct requirements to a lock with hashes, those for npm, too."""
    if shutil.which("uv") is None:
        raise SetupError("uv is missing, which compiles the locks: python -m pip install uv")
    for name in ("", "classroom/", "docs/", *(f"tests/{one}/" for one in ON_TOP)):
        files = (f"{name}requirements.in", "-o", f"{name}requirements.txt")
        uv = ("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11")
        status = run(*uv, "--generate-hashes", *files, *options)
        if status:
            return status
    program = shutil.which("npm")  # on Windows npm.cmd, which needs its whole name
    if program is None:
        raise SetupError("npm is missing, which compiles the locks of what comes from it")
    npm = (program, "install", "--package-lock-only", "--omit-lockfile-registry-resolved")
    quiet = ("--no-audit", "--no-fund")
    return max(run(*npm, *quiet, "--prefix", folder) for folder in FROM_NPM)


COMMANDS: dict[str, Command] = {
    "setup": Command("build .venv, fetch the offline data, show what is ready", setup, False),
    "lab": Command("set up, then open the course in JupyterLab", lab, False),
    "author": Command("the same for authors: a save writes the source, too", author, False),
    "test": Command("set up, then check everything (pytest's options)", pytest()),
    "check": Command("test what changed since it was last green", module("course.check")),
    "notebooks": Command(
        "bring the notebooks up to date with their sources", module("course.build")
    ),
    "carry-back": Command(
        "carry edits of a notebook back into its source", module("course.carry_back"), False
    ),
    "originals": Command(
        "execute on the original data into build/originals",
        module("course.build", "--edition", "original", "--output", "build/originals"),
    ),
    "calibrate": Command("measure over seeds; compute the bands", module("course.calibrate")),
    "restamp": Command(
        "keep measurements over a change that moves no number", module("course.restamp")
    ),
    "alarms": Command("run unseen seeds, and count what falls outside", module("course.alarms")),
    "mutants": Command(
        "break each lesson on purpose, and see what notices", module("course.mutants")
    ),
    "bench": Command(
        "measure the lessons against textbook code", lambda o: run(PYTHON, "benchmarks/run.py", *o)
    ),
    "translation": Command("bring the other languages up to date", module("course.translation")),
    "readme": Command(
        "bring the tables of README and docs up to date", module("course.readme"), False
    ),
    "site": Command("make the website in dist/site", site, False),
    "site-serve": Command(
        "show the website on this computer",
        module("http.server", "--directory=dist/site", "--bind=127.0.0.1"),
        False,
    ),
    "book": Command("make one PDF of all lessons (needs Chromium)", book, False),
    "slides": Command(
        "make slides of each lesson (needs npm and Chromium)", module("course.slides"), False
    ),
    "colab": Command("pack each notebook into one file for Colab", module("course.colab"), False),
    "data-bundle": Command(
        "pack the data for machines without internet", module("course.data_bundle")
    ),
    "handout": Command("write what a class gets, no solutions", module("course.handout"), False),
    "nbgrader": Command("write nbgrader's sources", module("course.assignments"), False),
    "mark": Command(
        "mark a class with nbgrader; say what was odd in whom", module("course.marking"), False
    ),
    "hub": Command("install JupyterHub and nbgrader (a folder; needs npm)", make_hub),
    "test-browser": Command("open lessons in a real Chromium, run them, read them", test_browser),
    "test-colab": Command(
        "run the bundles on the oldest and the newest Keras (slow)",
        pytest("--numprocesses=0", "tests/keras_range.py"),
    ),
    "test-database": Command(
        "share a search on a real PostgreSQL, kill a process, restart it", test_database, False
    ),
    "test-hub": Command("start a real JupyterHub, run lessons for a class (slow)", test_hub),
    "test-instructors": Command(
        "run docs/instructors.md as written, in a copy of the course (slow)", test_instructors
    ),
    "test-container": Command(
        "build the image and run a lesson in it without a network (slow)",
        pytest("--numprocesses=0", "tests/container"),
    ),
    "lint": Command("format, lint and type-check the Python files", lint, False),
    "lock": Command("compile the requirements to locks with hashes (needs uv)", lock, False, False),
}


def usage() -> str:
    """Return the commands, a line each."""
    lines = [f"  {name:17} {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(["python -m course COMMAND [options]   (or: make COMMAND)", "", *lines])


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name; return the exit status."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(usage())
        return 0
    name, *options = arguments
    if name not in COMMANDS:
        print(f"there is no command {name!r}; there are:\n\n{usage()}", file=sys.stderr)
        return 2
    command = COMMANDS[name]
    try:
        if command.needs_environment:
            environment.ensure()
        if command.needs_data:
            status = setup([])
            if status:
                return status
        return command.action(options)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    if not ROOT.samefile(os.getcwd()):
        sys.exit(f"run this in the course's folder: cd {ROOT}")
    sys.exit(main(sys.argv[1:]))
