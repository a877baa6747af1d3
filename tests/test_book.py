"""The printable book: all lessons, nothing else; the old one stays until a new one is whole."""

import re
import sys

import nbformat
import pytest
from toy_reviews import on_posix

from course import book, build, catalogues, content, site
from helpers import words

LESSONS = [page for page in content.pages() if not page.starter]


@pytest.fixture(scope="module", params=["", *catalogues.languages()])
def spoken(request):
    """Each language of the book, as that of the site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_LANG", request.param)
        yield request.param


@pytest.fixture(scope="module")
def files(spoken):
    return book.pages(site.pages(script=b""))


def test_the_book_has_the_lessons_and_the_glossary(files):
    listed = re.search(r"```{toctree}\n(.*?)\n```", files["index.md"], re.S)[1].splitlines()
    assert listed == [f"notebooks/{page.name}.ipynb" for page in LESSONS] + ["glossary.md"]
    assert {name for name in files if name.endswith((".ipynb", ".md"))} == {*listed, "index.md"}
    assert all(f"]({name})" in files["index.md"] for name in listed)


def test_nothing_is_folded_or_leads_out_of_the_book(files):
    for number, page in enumerate(LESSONS):
        cells = nbformat.reads(files[f"notebooks/{page.name}.ipynb"], as_version=4).cells
        assert cells[0].source.startswith(f"# {number} ")
        assert not any("tags" in cell.metadata for cell in cells)
        assert not any("](exercises/" in cell.source for cell in cells)


def test_the_cover_and_the_letters_are_those_of_the_language(files, spoken):
    say = catalogues.speaker(catalogues.SITE, spoken)
    for text in ("Deep learning with Keras", "Contents", "Glossary"):
        assert say(text) in files["index.md"]
        assert not spoken or text not in files["index.md"]
    font = files.get("_static/letters.ttf")
    assert font == ((words.FOLDER / f"{spoken}.ttf").read_bytes() if spoken else None)


def test_without_chromium_there_is_a_line(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit, match="make book needs Chromium: on Debian sudo apt-get"):
        book.main()


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A course with a book, and a browser to be replaced."""
    monkeypatch.delenv("COURSE_LANG", raising=False)  # which ``spoken`` sets for the whole module
    monkeypatch.setattr(book, "WORK", tmp_path / "work")
    monkeypatch.setattr(book, "OUTPUT", tmp_path / "dist" / "book.pdf")
    monkeypatch.setattr(book, "chromium", lambda: sys.executable)
    monkeypatch.setattr(build, "require_fresh", lambda *pages: None)
    monkeypatch.setattr(catalogues, "languages", list)
    monkeypatch.setattr(site, "pages", lambda: {})
    monkeypatch.setattr(book, "pages", lambda files: {"index.md": "# One page"})
    monkeypatch.setattr(site, "run_sphinx", lambda work, files, *options: work / "html")
    book.WORK.mkdir()
    book.OUTPUT.parent.mkdir()
    book.OUTPUT.write_text("the old one")
    return book.OUTPUT


def test_a_browser_that_fails_leaves_the_old_book(old):
    with pytest.raises(SystemExit, match=r"no book was made: .* ended with status 2: "):
        book.main()  # Python knows none of Chromium's options
    assert old.read_text() == "the old one"


@on_posix
def test_a_browser_that_does_not_end_leaves_the_old_book(old, monkeypatch, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(book, "chromium", lambda: str(program))
    monkeypatch.setattr(book, "LIMIT_S", 0.2)
    with pytest.raises(SystemExit, match=r"did not end within 0\.2 seconds"):
        book.main()
    assert old.read_text() == "the old one"


def test_a_stale_notebook_stops_the_book(old, monkeypatch):
    def refuse(*pages):
        raise build.StaleError("01_x is out of date: run make notebooks")

    monkeypatch.setattr(build, "require_fresh", refuse)
    with pytest.raises(SystemExit, match="run make notebooks"):
        book.main()
    assert old.read_text() == "the old one"


def test_a_new_book_takes_the_place_of_the_old_one(old, monkeypatch):
    monkeypatch.setattr(book, "printed", lambda program, page, pdf: pdf.write_text("new"))
    book.main()
    assert old.read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == ["book.pdf"]


def test_the_book_of_another_language_lies_beside(old, monkeypatch):
    monkeypatch.setattr(book, "printed", lambda program, page, pdf: pdf.write_text("new"))
    monkeypatch.setenv("COURSE_LANG", "ko")
    (book.WORK / "ko").mkdir()
    book.main()
    assert old.read_text() == "the old one" and old.with_name("book.ko.pdf").read_text() == "new"


@pytest.mark.parametrize("status", [0, 3])
def test_each_other_language_is_made_after_english(old, monkeypatch, status):
    asked = []
    monkeypatch.setattr(book, "printed", lambda program, page, pdf: pdf.write_text("new"))
    monkeypatch.setattr(catalogues, "languages", lambda: ["ko", "de"])

    def call(command, env):
        asked.append((command[1:], env["COURSE_LANG"]))
        return status

    monkeypatch.setattr("subprocess.call", call)
    if status:
        with pytest.raises(SystemExit, match="3"):
            book.main()
    else:
        book.main()
    expected = ["ko"] if status else ["ko", "de"]
    assert asked == [(["-m", "course.book"], language) for language in expected]
    assert old.read_text() == "new"
