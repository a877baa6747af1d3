"""What Sphinx makes the website of: the notebooks and pages, each once, nothing typed twice."""

import json
import re
import shutil
from urllib.parse import unquote

import nbformat
import pytest

from course import (
    build,
    catalogues,
    colab,
    colab_parts,
    content,
    site,
    site_page,
    teach,
)

LESSONS = [page for page in content.pages() if not page.starter]


@pytest.fixture(scope="module")
def files():
    return site.pages(script=b"")


def read(files, name):
    return nbformat.reads(files[f"notebooks/{name}.ipynb"], as_version=4)


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.name)
def test_each_question_is_a_box_and_its_answer_is_folded(files, page):
    stored = nbformat.read(page.notebook, as_version=4).cells
    questions = [cell for cell in stored if "**Predict before you run.**" in cell.source]
    shown = read(files, page.name).cells
    boxes = [cell for cell in shown if "{admonition} Predict before you run" in cell.source]
    assert len(boxes) == len(questions)
    folded = [cell for cell in shown if "hide-output" in cell.metadata.get("tags", [])]
    assert len(folded) >= len(boxes) * 3 // 4  # some questions are about a later cell's output


def test_an_output_before_the_next_question_is_not_folded():
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\nText."),
        nbformat.v4.new_markdown_cell("Why?\n\n**Predict before you run.** What\ncomes?\n\nThen."),
        nbformat.v4.new_code_cell("x = 1"),
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text="1")]),
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text="1")]),
    ]
    made = site_page.as_page(nbformat.v4.new_notebook(cells=cells), "01_toy.ipynb", searched=True)
    box = ":::{admonition} Predict before you run\n:class: predict\nWhat\ncomes?\n:::"
    assert made.cells[1].source.split("\n\n") == ["Why?", box, "Then."]
    assert [cell.metadata.get("tags") for cell in made.cells[2:]] == [None, ["hide-output"], None]


def test_all_is_in_the_contents_once(files):
    listed = re.findall(r"^(?:\d .* <)?(\S+\.(?:ipynb|md))>?$", str(files["index.md"]), re.M)
    pages = [name for name in files if name.endswith((".ipynb", ".md")) and name != "index.md"]
    pages = [name for name in pages if "/solutions/" not in name]  # linked from the exercises
    assert sorted(listed) == sorted(pages)


def test_solutions_are_linked_by_no_lesson_and_found_by_no_search(files):
    for page in content.pages():
        if page.starter:
            metadata = read(files, f"solutions/{page.source.stem}").metadata
            assert metadata.myst["html_meta"]["robots"] == "noindex" and metadata.nosearch
            assert "myst" not in read(files, f"exercises/{page.source.stem}").metadata
        else:
            assert "solutions/" not in files[f"notebooks/{page.name}.ipynb"]


def test_pages_link_to_pages_alone(files):
    for name, text in files.items():
        if name.endswith(".md"):
            assert not re.findall(r"\]\(\.\.?/", str(text)), name


def test_outputs_are_those_of_the_notebook(files):
    for page in LESSONS:
        stored = nbformat.read(page.notebook, as_version=4).cells
        shown = read(files, page.name).cells
        assert [without_links(c) for c in shown] == [without_links(c) for c in stored]


def without_links(cell):
    return re.sub(r'href=\\"\w+\.(ipynb|html)[^"]*\\"', "", json.dumps(cell.get("outputs")))


def test_a_quiz_is_shown_without_its_code_and_is_no_answer():
    link = '<a href="02_x.ipynb#The-loss%3A-how-%E2%80%9Cwrong%E2%80%9D%3F">lesson 2</a>'
    asked = nbformat.v4.new_output("display_data", {"text/html": f"<p>{link}</p>"})
    answer = nbformat.v4.new_output("stream", text="1")
    cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_markdown_cell("**Predict before you run.** What?"),
        nbformat.v4.new_code_cell('quiz.predict("02.x", "What?")', outputs=[asked]),
        nbformat.v4.new_code_cell("print(1)", outputs=[answer]),
    ]
    made = site_page.as_page(nbformat.v4.new_notebook(cells=cells), "01_toy.ipynb", searched=True)
    assert [cell.metadata.get("tags") for cell in made.cells[2:]] == [
        ["remove-input"],
        ["hide-output"],
    ]
    shown = made.cells[2].outputs[0].data["text/html"]
    assert shown == '<p><a href="02_x.html#the-loss-how-wrong">lesson 2</a></p>'


def test_the_home_page_has_the_table_of_progress(files):
    home = str(files["index.md"])
    assert home.count('class="course-progress"') == 1
    for page in LESSONS[1:]:
        assert f'<a href="notebooks/{page.name}.html">' in home
        assert f'data-notes="read/{page.name}"' in home
    assert 'href="notebooks/00_' not in home


def test_a_page_links_to_where_it_can_be_opened_if_an_address_is_set(tmp_path, monkeypatch):
    assert [text for text in site_page._links("00_start_here.ipynb") if "Open" in text] == []
    settings = tmp_path / "pyproject.toml"
    addresses = "".join(f"{name} = '{example}/'\n" for name, example in colab.EXAMPLE.items())
    settings.write_text(f"[tool.course]\n{addresses}")
    monkeypatch.setattr(colab_parts, "SETTINGS", settings)
    shown = " ".join(site_page._links("exercises/02_imdb.ipynb"))
    assert f"[Open in Colab]({colab.EXAMPLE['colab']}/exercises/02_imdb.ipynb)" in shown
    assert "[Open in Binder](https://mybinder.org/v2/gh/NAME/COURSE/HEAD?urlpath=lab/tree/" in shown
    assert "[Open on the class hub](https://hub.example.org/hub/user-redirect/git-pull?" in shown
    assert "hub]" not in " ".join(site_page._links("solutions/02_imdb.ipynb"))


def test_a_page_in_another_language_opens_the_notebook_of_that_language(tmp_path, monkeypatch):
    settings = tmp_path / "pyproject.toml"
    addresses = "".join(f"{name} = '{example}/'\n" for name, example in colab.EXAMPLE.items())
    settings.write_text(f"[tool.course]\n{addresses}")
    monkeypatch.setattr(colab_parts, "SETTINGS", settings)
    monkeypatch.setenv("COURSE_LANG", "ko")
    shown = " ".join(site_page._links("exercises/02_imdb.ipynb"))
    assert f"[Colab에서 열기]({colab.EXAMPLE['colab']}/ko/exercises/02_imdb.ipynb)" in shown
    assert "urlpath=lab/tree/notebooks/ko/exercises/02_imdb.ipynb)" in shown
    assert "notebooks/ko/exercises" in unquote(unquote(shown))


@pytest.mark.parametrize("name", ["index.md", "glossary.md", f"notebooks/{LESSONS[2].name}.ipynb"])
def test_a_page_leads_its_reader_to_the_other_language(files, name):
    deep = "../" * name.count("/")
    target = f"{deep}ko/{name.rpartition('.')[0]}.html"
    assert str(files[name]).replace('\\"', '"').count(f'<a href="{target}">한국어</a>') == 1


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """The site in English alone, to be made in another folder."""
    monkeypatch.setattr(catalogues, "languages", list)
    monkeypatch.setattr(site, "WORK", tmp_path / "work")
    monkeypatch.setattr(site, "OUTPUT", tmp_path / "dist" / "site")


def test_a_stale_notebook_stops_the_site(alone, monkeypatch):
    def refuse(*pages):
        raise build.StaleError("01_x is out of date: run make notebooks")

    monkeypatch.setattr(build, "require_fresh", refuse)
    with pytest.raises(SystemExit, match="run make notebooks"):
        site.main()
    assert not site.WORK.exists() and not site.OUTPUT.parent.exists()


@pytest.mark.parametrize("text", [None, "{"])
def test_a_notebook_that_is_missing_or_broken_stops_the_site(alone, tmp_path, monkeypatch, text):
    page = content.Page(LESSONS[1].source, tmp_path / "01_x.ipynb")
    if text:
        page.notebook.write_text(text)
    monkeypatch.setattr(content, "pages", lambda *_: [page])
    with pytest.raises(SystemExit, match=f"first run make notebooks LESSON={page.name}"):
        site.main()
    assert not site.OUTPUT.parent.exists()


# In the place of Sphinx; it makes a page, and counts how often it runs, and begins with nothing.
SPHINX = """
import sys
from pathlib import Path
html = Path(sys.argv[-1])
with (html.parent / "runs").open("a") as file:
    file.write("again " if html.exists() else "new ")
html.mkdir(exist_ok=True)
(html / "index.html").write_text("a page")
"""
MADE_FROM = (  # a course in small
    *("classroom/links.py", "course/site.py", "helpers/bands.toml", "helpers/locale/ko.mo"),
    *("docs/conf.py", "docs/glossary.toml", "docs/requirements.txt", "docs/_static/course.css"),
    *("lessons_src/01_x.py", "lessons_src/exercises/01_x.py", "lessons_src/locale/ko/01_x.po"),
    *("notebooks/01_x.ipynb", "notebooks/ko/exercises/01_x.ipynb"),
    *("pyproject.toml", "requirements.txt"),
)
ENGLISH = ("docs/data.md", "docs/teach/01_x.md", "README.md", "CONTRIBUTING.md")


@pytest.fixture
def small(alone, tmp_path, monkeypatch):
    """A small course, its site made; the names of the runs of Sphinx are returned."""
    root = tmp_path / "course"
    for name in (*MADE_FROM, *ENGLISH, "README.ko.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("one")
    monkeypatch.setattr(content, "ROOT", root)
    monkeypatch.setattr(site, "DOCS", root / "docs")
    monkeypatch.setattr(teach, "FOLDER", root / "docs" / "teach")
    monkeypatch.setattr(build, "require_fresh", lambda *pages: None)
    monkeypatch.setattr(site, "pages", lambda: {"index.md": "# One page"})
    monkeypatch.setattr(site.translation, "pages_in", lambda language: [])
    monkeypatch.setattr(site, "SPHINX", ("-c", SPHINX))
    site.main()
    return lambda folder="": (site.WORK / folder / "runs").read_text().split()


def test_a_site_that_fails_leaves_the_old_one_and_the_next_begins_with_nothing(small, monkeypatch):
    (site.OUTPUT / "index.html").write_text("the old one")
    (content.ROOT / "README.md").write_text("two")
    with monkeypatch.context() as broken:
        broken.setattr(site, "SPHINX", ("-c", "raise SystemExit(2)"))
        with pytest.raises(SystemExit, match="Sphinx ended with status 2"):
            site.main()
    assert (site.OUTPUT / "index.html").read_text() == "the old one"
    assert [path.name for path in site.OUTPUT.parent.iterdir()] == ["site"]
    (content.ROOT / "README.md").write_text("one")  # which was made before
    site.main()
    assert small() == ["new", "new"]


def test_nothing_is_made_where_nothing_changed(small, monkeypatch):
    monkeypatch.setattr(build, "require_fresh", lambda *pages: pytest.fail("it need not be known"))
    (content.ROOT / "course" / "site.pyc").write_text("which Python makes")
    site.main()
    assert small() == ["new"]
    assert [path.read_text() for path in site.OUTPUT.iterdir()] == ["a page"]


@pytest.mark.parametrize("name", [*MADE_FROM, *ENGLISH])
def test_a_change_of_anything_makes_the_site_anew(small, name):
    path = content.ROOT / name
    path.write_text("two")
    site.main()
    assert small() == ["new", "again"]
    path.rename(path.with_name(f"02_y{path.suffix}"))
    path.write_text("two")
    site.main()
    listed = path.parent != content.ROOT  # there only what has these names counts
    assert small() == ["new", "again", *["again"] * listed]


def test_another_language_is_made_anew_by_its_own_texts_alone(small, monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "ko")
    site.main()
    for name in ENGLISH:
        (content.ROOT / name).write_text("two")
    site.main()
    assert small("ko") == ["new"]
    (content.ROOT / "README.ko.md").write_text("two")
    site.main()
    assert small("ko") == ["new", "again"]


@pytest.mark.parametrize("folder", ["OUTPUT", "WORK"])
@pytest.mark.parametrize("damage", ["a file", "all"])
def test_what_was_damaged_is_made_again(small, folder, damage):
    html = site.OUTPUT if folder == "OUTPUT" else site.WORK / "html"
    if damage == "all":
        shutil.rmtree(html)
    else:
        (html / "index.html").write_text("half a p")
    site.main()
    assert (site.OUTPUT / "index.html").read_text() == "a page"
    assert small() == (["new"] if folder == "OUTPUT" else ["new", "new"])


def test_another_language_that_fails_stops_the_site(small, monkeypatch):
    (site.OUTPUT / "index.html").write_text("the old one")
    (content.ROOT / "course" / "site.py").write_text("raise SystemExit('it is stale')")
    monkeypatch.setattr(catalogues, "languages", lambda: ["ko"])
    monkeypatch.chdir(content.ROOT)
    monkeypatch.setenv("PYTHONPATH", str(content.ROOT))
    with pytest.raises(SystemExit, match=r"^it is stale$"):
        site.main()
    assert (site.OUTPUT / "index.html").read_text() == "the old one"


def test_only_what_changed_is_written(tmp_path, monkeypatch):
    site.write(tmp_path, {"a.md": "A", "b/c.md": "C"})
    before = (tmp_path / "a.md").stat().st_mtime_ns
    site.write(tmp_path, {"a.md": "A", "d.md": "D"})
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert sorted(p.name for p in tmp_path.rglob("*.md")) == ["a.md", "d.md"]
