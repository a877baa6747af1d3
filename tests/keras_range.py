"""The bundles on the oldest and the newest Keras that the course supports; ``make test-colab``.

It makes a virtual environment for each end of the range, which takes minutes, and runs bundles
in it. pyproject.toml has the lowest versions, requirements.in the newest.
"""

import ast
import re
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import bundles
import nbformat
import pytest
from rules import structure

from course import colab, colab_parts, content
from helpers.data.cache import cache_dir

NAMES = (
    "00_start_here",
    "02_imdb_binary_classification",
    "solutions/03_reuters_multiclass_classification",
)
MISSING = "pooch"  # left out of the environments, so that the first bundle must install it
NOTEBOOK_SERVICE = ("ipykernel", "ipywidgets")  # what runs a notebook; Colab has it, too
VERSIONS = """import keras, tensorflow
print("keras", keras.__version__)
print("tensorflow", tensorflow.__version__)"""
CALLED = {"keras", "ops", "tf"}  # as the course calls Keras, its operations, and TensorFlow


def needed() -> list[str]:
    """Return all packages that any bundle needs."""
    pages = {page for page, _ in colab.notebooks().values()}
    return sorted({package for page in pages for _, package, _ in colab_parts.packages(page)})


def oldest() -> list[str]:
    """Return the lowest version of each package that has one, and the other packages."""
    lowest = colab_parts.lowest_versions()
    return [f"{name}=={lowest[name]}.*" if lowest.get(name) else name for name in needed()]


def newest() -> list[str]:
    """Return the packages as the lock was made from them."""
    lines = (content.ROOT / "requirements.in").read_text("utf-8").splitlines()
    given = {re.match(r"[\w-]*", line)[0]: line for line in lines}
    return [given.get(name, name) for name in needed()]


@pytest.fixture(params=[oldest, newest], ids=lambda wanted: wanted.__name__, scope="module")
def environment(request):
    """Return a Python with one end of the range, and an empty folder for its work."""
    wanted = [line for line in request.param() if not line.startswith(MISSING)]
    if request.param is oldest and sys.version_info >= (3, 13):
        pytest.skip("there is no TensorFlow 2.19 for Python 3.13: make setup PYTHON=python3.12")
    with TemporaryDirectory() as folder:  # gigabytes: not to be kept as pytest keeps its own
        venv.create(Path(folder, "python"), with_pip=True)
        python = bundles.python_of(Path(folder, "python"))
        # This environment's own pip is newer, and faster, than the one that a new one has.
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
        done = subprocess.run([*pip, *wanted, *NOTEBOOK_SERVICE], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        yield python, Path(folder, "work"), wanted


def minor(version: str) -> str:
    """Return "3.10" for "3.10.2"."""
    return ".".join(version.split(".")[:2])


def test_bundles_run_and_their_results_are_in_band(environment):
    python, work, wanted = environment
    for number, name in enumerate(NAMES):
        notebook = colab.bundle(name)
        expected = structure.results(notebook)
        for cell in structure.code_cells(notebook):
            cell.outputs = []
        notebook.cells.append(nbformat.v4.new_code_cell(VERSIONS))
        env = bundles.stranger(
            work / "home",
            COURSE_DATA="offline",
            COURSE_STRICT="1",  # a value out of its band is an error, and so is a wrong answer
            COURSE_MIRROR=str(cache_dir()),
        )
        bundles.run_notebook(notebook, python, work / str(number) / "empty", env)
        assert structure.results(notebook) == expected
        set_up, *_, last = structure.code_cells(notebook)
        installed = "no package was missing" if number else f"installed {MISSING}"
        assert installed in structure.text_of(set_up)
        versions = dict(line.split() for line in structure.text_of(last).splitlines())
        for package in ("keras", "tensorflow"):
            assert f"{package}=={minor(versions[package])}.*" in wanted
        print(f"{name}: {versions}, {len(expected)} results in band")


def test_every_name_that_the_course_uses_is_there(environment):
    """For the lessons that take too long to be run here."""
    python, work, _ = environment
    used = sorted(names_used())
    code = f"""
import keras, tensorflow as tf
from keras import ops
missing = []
for name in {used!r}:
    try:
        eval(name)
    except AttributeError:
        missing.append(name)
print(missing)
"""
    done = bundles.run_code(python, code, work, bundles.stranger(work / "home"))
    assert done.stdout.strip() == "[]", done.stderr[-3000:]
    assert len(used) > 100


def names_used() -> set[str]:
    """Return what lessons and helpers take from Keras and TensorFlow: "keras.layers.Dense"."""
    found = set()
    for path in [*content.SOURCES.rglob("*.py"), *(content.ROOT / "helpers").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if re.fullmatch(r"[\w.]+", name) and name.partition(".")[0] in CALLED:
                found.add(name)
    return found
