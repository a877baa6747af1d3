"""The parts of a bundle's first cell: what it unpacks, and what it misses."""

import base64
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import colab_cell

CONTENT = {"helpers/__init__.py": "", "helpers/bands.toml": "[a]\n" * 30}


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, text in files.items():
            target.writestr(name, text)
    return content.getvalue()


ZIP = zipped(CONTENT)
TEXT = base64.b64encode(ZIP).decode()
SHA256 = hashlib.sha256(ZIP).hexdigest()


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="ascii"))
def test_a_changed_character_is_noticed(place, character):
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    try:
        assert colab_cell.opened(changed, SHA256) == ZIP  # blanks, or bits that mean nothing
    except colab_cell.SetupError as error:
        assert "This cell is damaged" in str(error)


@given(st.integers(0, len(TEXT) - 1))
def test_a_lost_end_is_noticed(length):
    with pytest.raises(colab_cell.SetupError, match="damaged"):
        colab_cell.opened(TEXT[:length], SHA256)


@pytest.mark.parametrize(
    ("damage", "done"),
    [
        (lambda folder: None, "already here"),
        (lambda folder: (folder / "helpers" / "bands.toml").unlink(), "repaired"),
        (lambda folder: (folder / "helpers" / "bands.toml").write_text("[a]"), "repaired"),
        (lambda folder: (folder / "helpers" / "mine.py").touch(), "already here"),
    ],
)
def test_a_half_unpacked_folder_is_repaired(tmp_path, damage, done):
    folder = tmp_path / "cache" / "helpers-1"
    assert colab_cell.unpack(ZIP, folder) == "unpacked"
    damage(folder)
    assert colab_cell.unpack(ZIP, folder) == done
    assert tree(folder).items() >= CONTENT.items()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("step", [zipfile.ZipFile, Path])
def test_an_unpacking_that_breaks_off_leaves_nothing(tmp_path, monkeypatch, step):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, "extractall" if step is zipfile.ZipFile else "rename", fail)
    with pytest.raises(colab_cell.SetupError, match=r"No space left on device\. Make room there"):
        colab_cell.unpack(ZIP, tmp_path / "helpers-1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(colab_cell.SetupError, match="file cannot take the course's helpers"):
        colab_cell.unpack(ZIP, tmp_path / "file" / "helpers-1")


@given(st.lists(st.integers(0, 99), min_size=1, max_size=3), st.lists(st.integers(0, 99)))
def test_versions_are_compared_as_numbers(ours, theirs):
    def text(numbers):
        return ".".join(map(str, numbers))

    assert colab_cell._release(text(ours) + "rc1") == ours
    assert (colab_cell._release(text(ours)) < colab_cell._release(text(theirs))) == (ours < theirs)


def test_only_what_is_missing_or_too_old_is_lacking(monkeypatch):
    def lacking(*package):
        return colab_cell.lacking([package])

    assert lacking("pytest", "pytest", "") == lacking("pytest", "pytest", "1.0") == []
    assert lacking("no_such_module", "no-such", "") == ["no-such"]
    assert lacking("no_such_module", "no-such", "1.2") == ["no-such>=1.2"]
    assert lacking("pytest", "pytest-from-elsewhere", "1.0") == []
    monkeypatch.setattr("sys.modules", {})
    assert lacking("sqlalchemy", "sqlalchemy", "99") == ["sqlalchemy>=99"]


def test_a_loaded_package_that_is_too_old_needs_a_restart():
    with pytest.raises(colab_cell.SetupError, match=r'%pip install "pytest>=99"`, .*Restart'):
        colab_cell.lacking([("pytest", "pytest", "99")])
