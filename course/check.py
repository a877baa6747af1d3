"""Test only what a change can have moved since it was last green; ``make check``.

A notebook is compared again when the fingerprint of its code has changed, or its code cells or
outputs have. A test file runs again when something that it covers has changed: the Python code that
it, or its folder's conftest.py, imports (as syntax trees), or another file or folder that it read
when it was last run. What was green, and what was read, is noted by every run of the tests in
``build/green.json`` (green.py). ``make test`` runs everything, whatever is noted.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import nbformat

from course import content, fingerprints

NOTED = content.ROOT / "build" / "green.json"
PACKAGES = ("helpers", "course", "benchmarks", "classroom")
ALWAYS = ("tests/test_style.py",)  # lint reads every file, and takes seconds
# Every test runs under these.
COMMON = ("conftest.py", "pyproject.toml", "requirements.txt", "tests/nbval_sanitize.cfg")
STARTS_PROCESSES = ("subprocess", "nbclient", "workers")  # what runs in those is not seen


def units(noted: dict[str, dict]) -> dict[str, str]:
    """Return the fingerprint of every notebook and test file that can be run by itself."""
    common = [(content.ROOT / name).read_bytes() for name in COMMON]
    found = {}
    for page in content.pages():
        found[name_of(page.notebook)] = _hash([*common, *_of_page(page)])
    for path in test_files():
        name = name_of(path)
        reads = noted.get(name, {}).get("reads", [])
        found[name] = _hash([*common, *_of_test(path), *map(_of_file, reads)])
    return found


def test_files() -> list[Path]:
    """Return the test files that pytest finds by itself; it is told which folders to leave out."""
    tests = content.ROOT / "tests"
    settings = tomllib.loads((content.ROOT / "pyproject.toml").read_text("utf-8"))
    left_out = settings["tool"]["pytest"]["ini_options"]["norecursedirs"]
    return sorted(
        path
        for path in tests.rglob("test_*.py")
        if not any(fnmatch(p, left) for p in path.relative_to(tests).parts for left in left_out)
    )


def stale() -> list[str]:
    """Return what must run: what was never green as it is now, and what always runs."""
    noted = read()
    return _stale(units(noted), noted)


def _stale(now: dict[str, str], noted: dict[str, dict]) -> list[str]:
    return [
        name
        for name, fingerprint in now.items()
        if name in ALWAYS or noted.get(name, {}).get("green") != fingerprint
    ]


def read() -> dict[str, dict]:
    """Return what is noted of each unit; nothing where nothing is, or where it cannot be read."""
    try:
        noted = json.loads(NOTED.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def note(green: Iterable[str], red: Iterable[str], reads: dict[str, set[str]]) -> None:
    """Note the outcome of a run, and what each test file has read."""
    noted = read()
    for name, paths in reads.items():
        noted.setdefault(name, {})["reads"] = sorted(paths)
    for name in red:
        noted.get(name, {}).pop("green", None)
    now = units(noted)
    for name in green:
        noted.setdefault(name, {})["green"] = now.get(name)
    NOTED.parent.mkdir(exist_ok=True)
    content.replace_text(NOTED, json.dumps(noted, indent=1))


def name_of(path: Path) -> str:
    """Return how a file is called here: its path from the course's root on."""
    return path.relative_to(content.ROOT).as_posix()


def _of_page(page: content.Page) -> Iterator[bytes]:
    """Yield all that decides whether a page's notebook is what running it gives."""
    yield fingerprints.code(page, "offline").encode()
    try:
        cells = nbformat.read(page.notebook, as_version=4).cells
    except (OSError, ValueError) as error:
        yield repr(error).encode()
        return
    for cell in cells:
        if cell.cell_type == "code":
            compared = [cell.source, cell.outputs, cell.metadata.get("tags", [])]
            yield json.dumps(compared, sort_keys=True).encode()


def _of_test(path: Path) -> Iterator[bytes]:
    """Yield the syntax trees of a test file and of all code that it can run."""
    tests = content.ROOT / "tests"
    support = [name_of(p) for p in tests.glob("*.py") if not p.name.startswith("test_")]
    packages = (*PACKAGES, *(name.removesuffix(".py") for name in support), "tests/rules")
    covered, imported = set(), set()
    for file in (path, path.with_name("conftest.py")):
        if file.exists():
            source = file.read_text("utf-8")
            covered |= {file, *fingerprints.reached(source, packages)}
    for file in covered:  # what starts a process may do so for a test that does not look like it
        names = fingerprints.imports(file.read_text("utf-8"))
        imported |= {name.partition(".")[0] for name in names}
    if imported.intersection(STARTS_PROCESSES):
        for package in (*PACKAGES, "tests"):
            files = (content.ROOT / package).rglob("*.py")
            covered |= {file for file in files if not file.name.startswith("test_")}
    for file in sorted(covered):
        yield f"{name_of(file)}\n{fingerprints.tree(file.read_text('utf-8'))}".encode()


def _of_file(name: str) -> bytes:
    """Return what a test has read there: the bytes of a file, or the names in a folder."""
    path = content.ROOT / name
    try:
        if path.is_dir():
            return f"{name}: {sorted(p.name for p in path.iterdir() if counts(p))}".encode()
        return name.encode() + path.read_bytes()
    except OSError as error:
        return f"{name}: {type(error).__name__}".encode()


def counts(path: Path) -> bool:
    """Whether a file or folder is part of the course, and not made by its tools.

    Python files are covered as syntax trees; but the sources of lessons are also text.
    """
    try:
        parts = path.relative_to(content.ROOT).parts
    except ValueError:
        return False
    made = ("build", "dist", "__pycache__", "node_modules")
    if any(part.startswith(".") or part in made or part.endswith(".egg-info") for part in parts):
        return False
    return path.suffix not in (".py", ".pyc", ".part") or parts[0] == "lessons_src"


def main() -> None:
    """Run pytest on what is stale."""
    noted = read()
    now = units(noted)
    chosen = _stale(now, noted)
    print(f"{len(chosen)} of {len(now)} notebooks and test files to run:")
    print("\n".join(f"  {name}" for name in chosen), flush=True)
    command = [sys.executable, "-m", "pytest", *sys.argv[1:], *chosen]
    sys.exit(subprocess.call(command, cwd=content.ROOT))


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


if __name__ == "__main__":
    content.run(main)
