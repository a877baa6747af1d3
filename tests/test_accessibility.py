"""Every page speaks to readers who listen; and each rule finds a page that does not."""

import base64
from io import BytesIO

import nbformat
import pytest
from PIL import Image
from rules import accessibility
from rules.accessibility import Document

from course import content

PAGES = [
    *(path for path in sorted(content.NOTEBOOKS.rglob("*.ipynb")) if "checkpoint" not in str(path)),
    content.ROOT / "README.md",
    *sorted((content.ROOT / "docs").rglob("*.md")),
]


@pytest.fixture(scope="module", params=PAGES, ids=lambda path: str(path.relative_to(content.ROOT)))
def document(request):
    return accessibility.read(request.param)


@pytest.mark.parametrize("rule", accessibility.RULES, ids=lambda rule: rule.__name__)
def test_page_keeps_the_rule(document, rule):
    assert rule(document) == []


GOOD = """# Cats

![A grey cat asleep on a keyboard.](cat.png)

## Food

Cats eat [fish](fish.md#fresh-fish), see [the README](#cats).

|  | a day |
|---|---|
| old | 1 |
"""
HTML = '<img alt="Line chart of sleep by age: it rises." src="x"><table><tr><th>a</th></tr></table>'


@pytest.fixture
def page(tmp_path):
    (tmp_path / "fish.md").write_text("# Fish\n\n## Fresh fish!\n")
    (tmp_path / "cat.png").touch()
    return lambda text, html=HTML: Document(
        tmp_path / "cats.md", [("markdown", text), ("html", html)]
    )


@pytest.mark.parametrize("rule", accessibility.RULES, ids=lambda rule: rule.__name__)
def test_good_page_passes(page, rule):
    assert rule(page(GOOD)) == []


@pytest.mark.parametrize(
    ("rule", "old", "new", "words"),
    [
        ("alt_texts", "A grey cat asleep on a keyboard.", "", "has no alt text"),
        ("alt_texts", "A grey cat asleep on a keyboard.", "my_cat_on_a_keyboard.png", "file name"),
        ("alt_texts", "A grey cat", "Image of a grey cat", "knows that it is a picture"),
        ("alt_texts", "A grey cat asleep on a keyboard.", "A cat.", "6 characters"),
        ("alt_texts", "asleep", "asleep" * 80, "characters, not"),
        ("alt_texts", "A grey cat asleep on a keyboard.", "Line chart of sleep by age: it rises.",
         "2 figures have the same"),
        ("nesting", "## Food", "### Food", "does not nest"),
        ("nesting", "## Food", "# Food", "does not nest"),
        ("nesting", "# Cats", "## Cats", "does not nest"),
        ("nesting", "## Food", "##", "is empty"),
        ("link_words", "[fish]", "[here]", "do not say"),
        ("link_words", "[fish]", "[Click here.]", "do not say"),
        ("link_words", "[fish]", "[]", "do not say"),
        ("link_words", "[fish]", "[https://a.org/fish]", "shows its address"),
        ("link_words", "eat [fish]", "eat <https://a.org> [fish]", "shows its address"),
        ("link_words", "eat [fish]", "eat https://a.org [fish]", "without words"),
        ("link_words", "[the README]", "[Fish]", "lead to"),
        ("link_targets", "fish.md", "fisch.md", "not there"),
        ("link_targets", "#fresh-fish", "#fresh-fishes", "no such heading"),
        ("link_targets", "#cats", "#dogs", "no such heading"),
        ("link_targets", "cat.png", "dog.png", "not there"),
        ("tables", "| a day |", "|  |", "without a header"),
    ],
)  # fmt: skip
def test_broken_page_is_found(page, rule, old, new, words):
    assert old in GOOD
    problems = getattr(accessibility, rule)(page(GOOD.replace(old, new)))
    assert any(words in problem for problem in problems), problems


def test_page_without_headings_is_found(page):
    assert accessibility.nesting(page("Only words.")) == ["there is no heading"]


@pytest.mark.parametrize(
    ("rule", "html", "words"),
    [
        ("alt_texts", '<img src="x">', "has no alt text"),
        ("alt_texts", "<div><img alt=' '></div>", "has no alt text"),
        ("tables", "<table><tr><td>a</td></tr></table>", "no headers"),
        ("own_colours", '<b style="color: #00d7ff">4</b>', "colour of its own: color: #00d7ff"),
    ],
)
def test_broken_output_is_found(page, rule, html, words):
    problems = getattr(accessibility, rule)(page(GOOD, html))
    assert any(words in problem for problem in problems), problems


def test_colours_with_their_own_background_are_left_alone(page):
    both = '<b style="color: white; background-color: black">4</b><b style="border-color: red">'
    assert accessibility.own_colours(page(GOOD, both)) == []


def test_figure_without_words_is_found_in_a_notebook(tmp_path):
    """Matplotlib's own output, without ``plots.described``, has no alt text."""
    output = nbformat.v4.new_output("display_data", data={"image/png": "x", "text/plain": "Figure"})
    cell = nbformat.v4.new_code_cell("plt.plot()", outputs=[output])
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert accessibility.figures(accessibility.read(path)) == [None]


def test_links_between_notebooks_name_headings_as_jupyterlab_does(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# Cats and Dogs"), nbformat.v4.new_code_cell("# no")]
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert accessibility.anchors(accessibility.read(path)) == {"Cats-and-Dogs"}


def test_figures_bring_their_own_paper():
    """They are drawn for a white page, so on a dark one nothing of it may shine through."""
    stored = [
        figure
        for page in content.pages()
        for cell in nbformat.read(page.notebook, as_version=4).cells
        for output in cell.get("outputs", [])
        for _, figure in content.FIGURE.findall(output.get("data", {}).get("text/html", ""))
    ]
    assert stored
    for figure in stored:
        image = Image.open(BytesIO(base64.b64decode(figure)))
        assert not image.has_transparency_data
