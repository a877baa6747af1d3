"""``make check`` skips nothing that a change can have moved."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from course import build, check, content, execution, fingerprints

LESSON = "# %% [markdown]\n# # A lesson\n\n# %%\nfrom helpers import toy\n\nprint(toy.double(4))\n"
FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['tests']\n"
    "norecursedirs = ['seldom']\n",
    "conftest.py": 'pytest_plugins = ["course.green"]\n',
    "requirements.txt": "numpy==2.0\n",
    "bands.toml": "",
    "helpers/__init__.py": "",
    "helpers/toy.py": '"""A toy."""\n\n\ndef double(x):\n    """Twice."""\n    return 2 * x\n',
    "notes/words.txt": "words\n",
    "tests/nbval_sanitize.cfg": "",
    "tests/support.py": "EIGHT = 8\n",
    "tests/test_style.py": "def test_style():\n    pass\n",
    "tests/test_toy.py": "from helpers import toy\nfrom support import EIGHT\n\n\n"
    "def test_double():\n    assert toy.double(4) == EIGHT\n",
    "tests/test_notes.py": "from pathlib import Path\n\n\ndef test_words():\n"
    "    (file,) = sorted(Path('notes').glob('*.txt'))\n    assert file.read_text()\n",
    "tests/test_plain.py": "def test_sum():\n    assert 1 + 1 == 2\n",
    "tests/room/conftest.py": "import pytest\nfrom support import EIGHT\n\n\n"
    "@pytest.fixture\ndef eight():\n    return EIGHT\n",
    "tests/room/test_room.py": "def test_fixture(eight):\n    assert eight == 8\n",
    "tests/seldom/test_seldom.py": "def test_no():\n    assert 0\n",
}
NOTEBOOK = "notebooks/00_toy.ipynb"
TESTS = {name for name in FILES if "/test_" in name} - {"tests/seldom/test_seldom.py"}
EVERYTHING = {NOTEBOOK, *TESTS}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A course in small, its notebook built, and everything in it noted as green."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    page = content.Page(tmp_path / "lessons_src" / "00_toy.py", tmp_path / NOTEBOOK)
    page.source.parent.mkdir()
    page.source.write_text(LESSON)
    monkeypatch.setattr(content, "ROOT", tmp_path)
    monkeypatch.setattr(content, "pages", lambda: [page])
    monkeypatch.setattr(check, "NOTED", tmp_path / "build" / "green.json")
    monkeypatch.setattr(fingerprints, "BANDS_FILE", tmp_path / "bands.toml")
    notebook = execution.unexecuted(page, "offline")
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="8\n")]
    build.write(notebook, page.notebook)
    check.note(EVERYTHING, [], {"tests/test_notes.py": {"notes", "notes/words.txt"}})
    assert check.stale() == ["tests/test_style.py"], "only lint runs where nothing has changed"
    return tmp_path


def stale_after(root, file, old, new):
    path = root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return {*check.stale()} - {"tests/test_style.py"}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        # what can move no output and no verdict
        ("helpers/toy.py", "Twice.", "Two times.", set()),
        ("helpers/toy.py", "    return", "    # why\n    return", set()),
        ("lessons_src/00_toy.py", "A lesson", "A better lesson", set()),
        # what can
        ("helpers/toy.py", "2 * x", "3 * x", {NOTEBOOK, "tests/test_toy.py"}),
        ("lessons_src/00_toy.py", "double(4)", "double(5)", {NOTEBOOK}),
        (NOTEBOOK, r"8\n", r"9\n", {NOTEBOOK}),  # an output edited by hand
        (NOTEBOOK, "double(4)", "double(5)", {NOTEBOOK}),
        ("tests/support.py", "8", "9", {"tests/test_toy.py", "tests/room/test_room.py"}),
        ("tests/room/conftest.py", "return EIGHT", "return 1", {"tests/room/test_room.py"}),
        ("tests/room/test_room.py", "== 8", "!= 8", {"tests/room/test_room.py"}),
        ("tests/test_toy.py", "== EIGHT", "!= EIGHT", {"tests/test_toy.py"}),
        ("notes/words.txt", "words", "other words", {"tests/test_notes.py"}),
        ("requirements.txt", "2.0", "2.1", EVERYTHING - {"tests/test_style.py"}),
        ("conftest.py", "green", "green2", EVERYTHING - {"tests/test_style.py"}),
        ("tests/nbval_sanitize.cfg", "", "x", EVERYTHING - {"tests/test_style.py"}),
    ],
)
def test_what_runs_after_a_change(root, file, old, new, expected):
    assert stale_after(root, file, old, new) == expected


def test_a_new_file_in_a_folder_that_a_test_lists(root):
    (root / "notes" / "more.txt").touch()
    assert {"tests/test_notes.py"} == {*check.stale()} - {"tests/test_style.py"}


def test_code_behind_a_process_counts_as_a_whole(root):
    path = root / "tests" / "test_plain.py"
    path.write_text("import subprocess\n" + path.read_text())
    check.note(EVERYTHING, [], {})
    assert "tests/test_plain.py" in stale_after(root, "helpers/toy.py", "2 * x", "3 * x")


def test_code_behind_a_process_that_a_helper_starts_counts_as_a_whole(root):
    path = root / "helpers" / "toy.py"  # the test itself imports nothing that starts one
    path.write_text(path.read_text().replace("\n\n\ndef", "\nimport subprocess\n\n\ndef"))
    (root / "helpers" / "aside.py").write_text("x = 1\n")
    check.note(EVERYTHING, [], {})
    assert "tests/test_toy.py" in stale_after(root, "helpers/aside.py", "1", "2")


def test_what_was_red_runs_again(root):
    check.note([], ["tests/test_plain.py"], {})
    assert "tests/test_plain.py" in check.stale()


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"tests/test_plain.py": {"green": "x"}}'])
def test_without_good_notes_everything_runs(root, text):
    check.NOTED.unlink()
    if text is not None:
        check.NOTED.write_text(text)
    assert {*check.stale()} == EVERYTHING


@pytest.mark.parametrize("page", content.pages(), ids=lambda page: page.name)
def test_no_page_of_the_course_is_skipped_when_its_outputs_could_differ(page, monkeypatch):
    """Each helper that a page reaches, each band that it prints, each of its cells: any counts."""
    source, real = content.read_source(page), fingerprints.tree
    monkeypatch.setattr(content, "read_source", lambda _: source)
    before = fingerprints.code(page, "offline")
    assert before.encode() in set(check._of_page(page))
    for path in fingerprints.reached(page.source.read_text("utf-8")):
        of_this = real(path.read_text("utf-8"))
        with monkeypatch.context() as patch:
            patch.setattr(
                fingerprints,
                "tree",
                lambda code, this=of_this: real(code) if real(code) != this else "changed",
            )
            assert fingerprints.code(page, "offline") != before, path
    for name in ("bands", "libraries"):
        with monkeypatch.context() as patch:
            patch.setattr(fingerprints, name, lambda *_: "changed")
            assert fingerprints.code(page, "offline") != before, name
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    for cell in (cells[0], cells[-1]):
        cell.source += "\n"
        assert fingerprints.code(page, "offline") != before, cell.source
        cell.source = cell.source.removesuffix("\n")


def test_a_run_notes_what_was_green_and_what_was_read(root):
    """The plugin, in a real run of pytest with two workers."""
    check.NOTED.unlink()
    (root / "tests" / "test_red.py").write_text("def test_red():\n    assert 0\n")
    start = (
        "import sys; from pathlib import Path; from course import check, content; "
        f"content.ROOT = root = Path({str(root)!r}); check.NOTED = root / 'build' / 'green.json'; "
        "content.pages = lambda: []; sys.path.insert(0, str(root))"
    )
    (root / "conftest.py").write_text(f"{start}\npytest_plugins = ['course.green']\n")
    env = {**os.environ, "PYTHONPATH": str(build.__file__).rpartition("course")[0]}
    command = [sys.executable, "-m", "pytest", "-n2", "--dist=loadfile", "-p", "no:cacheprovider"]
    subprocess.run([*command, "tests"], cwd=root, env=env, capture_output=True, check=False)
    noted = json.loads(check.NOTED.read_text())
    assert noted["tests/test_notes.py"]["reads"] == ["notes", "notes/words.txt"]
    assert {name for name, entry in noted.items() if "green" in entry} == EVERYTHING - {NOTEBOOK}
    before = check.NOTED.read_text()
    subprocess.run([*command, "tests", "-k", "sum"], cwd=root, env=env, capture_output=True)
    assert check.NOTED.read_text() == before, "a part of a file shows nothing"
