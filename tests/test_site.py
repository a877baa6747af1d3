"""What Sphinx makes the website of: the notebooks and pages, each once, nothing typed twice."""

import json
import re

import nbformat
import pytest

from course import build, colab, content, site

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
    made = site.as_page(nbformat.v4.new_notebook(cells=cells), "01_toy.ipynb", searched=True)
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
    made = site.as_page(nbformat.v4.new_notebook(cells=cells), "01_toy.ipynb", searched=True)
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
    assert [text for text in site._links("00_start_here.ipynb") if "Open" in text] == []
    settings = tmp_path / "pyproject.toml"
    addresses = "".join(f"{name} = '{example}/'\n" for name, example in colab.EXAMPLE.items())
    settings.write_text(f"[tool.course]\n{addresses}")
    monkeypatch.setattr(colab, "SETTINGS", settings)
    shown = " ".join(site._links("exercises/02_imdb.ipynb"))
    assert f"[Open in Colab]({colab.EXAMPLE['colab']}/exercises/02_imdb.ipynb)" in shown
    assert "[Open in Binder](https://mybinder.org/v2/gh/NAME/COURSE/HEAD?urlpath=lab/tree/" in shown
    assert "[Open on the class hub](https://hub.example.org/hub/user-redirect/git-pull?" in shown
    assert "hub]" not in " ".join(site._links("solutions/02_imdb.ipynb"))


def test_a_stale_notebook_stops_the_site(tmp_path, monkeypatch):
    def refuse(*pages):
        raise build.StaleError("01_x is out of date: run make notebooks")

    monkeypatch.setattr(build, "require_fresh", refuse)
    monkeypatch.setattr(site, "OUTPUT", tmp_path / "site")
    with pytest.raises(SystemExit, match="run make notebooks"):
        site.main()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", [None, "{"])
def test_a_notebook_that_is_missing_or_broken_stops_the_site(tmp_path, monkeypatch, text):
    page = content.Page(LESSONS[1].source, tmp_path / "01_x.ipynb")
    if text:
        page.notebook.write_text(text)
    monkeypatch.setattr(content, "pages", lambda: [page])
    monkeypatch.setattr(site, "OUTPUT", tmp_path / "dist" / "site")
    with pytest.raises(SystemExit, match=f"first run make notebooks LESSON={page.name}"):
        site.main()
    assert not site.OUTPUT.parent.exists()


def test_a_site_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    output = tmp_path / "dist" / "site"
    output.mkdir(parents=True)
    (output / "index.html").write_text("the old one")
    monkeypatch.setattr(build, "require_fresh", lambda *pages: None)
    monkeypatch.setattr(site, "WORK", tmp_path / "work")
    monkeypatch.setattr(site, "OUTPUT", output)
    monkeypatch.setattr(site, "pages", lambda: {"index.md": "# One page"})
    monkeypatch.setattr(site, "SPHINX", ("-c", "raise SystemExit(2)"))
    with pytest.raises(SystemExit, match="Sphinx ended with status 2"):
        site.main()
    assert (output / "index.html").read_text() == "the old one"
    assert [path.name for path in output.parent.iterdir()] == ["site"]


def test_only_what_changed_is_written(tmp_path, monkeypatch):
    site.write(tmp_path, {"a.md": "A", "b/c.md": "C"})
    before = (tmp_path / "a.md").stat().st_mtime_ns
    site.write(tmp_path, {"a.md": "A", "d.md": "D"})
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert sorted(p.name for p in tmp_path.rglob("*.md")) == ["a.md", "d.md"]
