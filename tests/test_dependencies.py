"""Every package that is imported is named where it is installed from, and no other is."""

import ast
import json
import re
import sys
import tomllib
from collections import defaultdict
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course import __main__ as entry
from course import content

ROOT = content.ROOT
# Named, though no line imports them: what each is for.
STARTED = {
    "ipykernel": "the notebooks' kernel",
    "ipywidgets": "tqdm's bars in a notebook",
    "jupyterlab": "make lab",
    "mypy": "make lint",
    "nbval": "a plugin of pytest",
    "pip": "fetches the offline data",
    "pytest-timeout": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "make lint",
    "setuptools": "builds the helpers",
    "types-requests": "for mypy",
    "types-tqdm": "for mypy",
}
# What these files need is installed on top, for them alone.
ON_TOP = {
    "tests/browser": "tests/browser/requirements.in",
    "tests/database": "tests/database/requirements.in",
    "classroom": "classroom/requirements.in",
    "docs": "docs/requirements.in",
    "tests/hub": "tests/hub/requirements.in",
}
NAMED_OTHERWISE = {"kubespawner": "jupyterhub-kubespawner"}  # and not installed for these tests
IN_FILES = {"requirements.in", "classroom/requirements.in", "tests/container/requirements.in"}
IN_FILES |= set(ON_TOP.values())
OWN = {"helpers", "course", "tests", "benchmarks", "classroom"}
# Tests import each other by name, and the settings of the website their extension.
OWN |= {path.stem for folder in ("tests", "docs") for path in (ROOT / folder).rglob("*")}


def named(file: str) -> dict[str, Requirement]:
    """Return the requirements of a .in file, or of pyproject.toml, by their names."""
    if file == "pyproject.toml":
        lines = tomllib.loads((ROOT / file).read_text("utf-8"))["project"]["dependencies"]
    else:
        lines = (ROOT / file).read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if re.match(r"\w", line)]
    return {canonicalize_name(one.name): one for one in found}


def imported(*folders: str) -> dict[str, set[str]]:
    """Return the modules of others that the Python files of folders import, each with the files."""
    found = defaultdict(set)
    for path in [path for folder in folders for path in (ROOT / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names}:
                if top not in OWN and top not in sys.stdlib_module_names:
                    found[top].add(path.relative_to(ROOT).as_posix())
    return found


installers = cache(packages_distributions)  # module: packages


def suppliers(module: str) -> set[str]:
    """Return the packages that install a module here; its own name, if none does."""
    names = installers().get(module, [NAMED_OTHERWISE.get(module, module)])
    return {canonicalize_name(name) for name in names}


def unnamed(modules: dict[str, set[str]], *files: str) -> dict[str, set[str]]:
    """Return the imported modules that no requirement in these files supplies."""
    known = {name for file in files for name in named(file)}
    return {module: users for module, users in modules.items() if not suppliers(module) & known}


def locked(file: str) -> dict[str, str]:
    """Return the packages of a lock with their versions; each must have a hash."""
    text = (ROOT / file).read_text("utf-8")
    entries = re.findall(r"^([\w.-]+)==([^\s;]+)(.*(?:\n .*)*)", text, re.M)
    assert [name for name, _, rest in entries if "--hash=sha256:" not in rest] == []
    assert len(entries) == len(re.findall(r"^\w", text, re.M)), "a line that is no pin"
    return {canonicalize_name(name): version for name, version, _ in entries}


FOLDERS = ("helpers", "course", "benchmarks", "classroom", "lessons_src", "tests")


def test_every_import_is_named():
    modules = imported(*FOLDERS)
    for folder, file in ON_TOP.items():
        assert unnamed(imported(folder), "requirements.in", file) == {}
        on_top = unnamed(imported(folder), "requirements.in")
        modules = {module: users for module, users in modules.items() if module not in on_top}
    assert unnamed(modules, "requirements.in") == {}


def test_what_the_helpers_import_is_named_for_them_alone():
    modules = imported("helpers")
    assert unnamed(modules, "pyproject.toml") == {}
    used = {name for module in modules for name in suppliers(module)}
    assert set(named("pyproject.toml")) - used == set()


def test_all_that_is_named_is_used():
    used = {name for module in imported(*FOLDERS) for name in suppliers(module)}
    direct = set(named("requirements.in"))
    assert direct - used - set(STARTED) == set()
    assert set(STARTED) - direct == set(), "no longer named"
    assert set(STARTED) & used == set(), "imported after all"


@pytest.mark.parametrize("file", sorted(IN_FILES))
def test_a_lock_has_a_hash_for_each_package_and_no_address(file):
    lock = file.replace(".in", ".txt")
    versions = locked(lock)
    for name, requirement in named(file).items():
        assert requirement.specifier.contains(versions[name]), f"make lock: {requirement}"
    assert not re.search(r"://|^ *--(?!hash=)", (ROOT / lock).read_text("utf-8"), re.M)


def test_the_locks_agree():
    ours = locked("requirements.txt")
    for file in IN_FILES:
        theirs = locked(file.replace(".in", ".txt"))
        assert {n: v for n, v in theirs.items() if ours.get(n, v) != v} == {}, file


@pytest.mark.parametrize("folder", entry.FROM_NPM)
def test_what_comes_from_npm_is_locked_with_hashes_and_without_addresses(folder):
    lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((ROOT / folder / "package.json").read_text("utf-8"))["dependencies"]
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_every_lock_is_kept_up_to_date():
    named = (ROOT / ".github" / "dependabot.yml").read_text("utf-8")
    locks = [file.rpartition("/")[0] for file in IN_FILES]
    for folder in [*entry.FROM_NPM, *locks]:
        assert f'"/{folder}"' in named, folder
    packages = [*ROOT.glob("*/package.json"), *ROOT.glob("*/*/package.json")]
    found = {path.parent.relative_to(ROOT).as_posix() for path in packages}
    assert {name for name in found if not name.startswith(("build", "dist"))} == {*entry.FROM_NPM}


def test_an_import_that_nothing_supplies_is_found():
    assert unnamed({"nowhere": {"a.py"}, "PIL": {"b.py"}}, "requirements.in") == {
        "nowhere": {"a.py"}
    }
