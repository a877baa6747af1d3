"""Interactive figures: what is in the page before a script runs, and what they refuse."""

import json
import re
import tomllib
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from rules import accessibility

from course import content
from helpers import interactive
from helpers.plots import style

FOLDER = interactive.FOLDER
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
EDGE = np.array([[-1, 0, 1]] * 3)
MADE = {
    "unit": lambda **more: interactive.unit({"XOR": XOR}, **more),
    "valley": lambda **more: interactive.valley(2, 7, 2.5, **more),
    "threshold": lambda **more: interactive.threshold([0.2, 0.9, 0.4], [0, 1, 1], **more),
    "softmax": lambda **more: interactive.softmax([2, 1], ["a", "b"], **more),
    "outlier": lambda **more: interactive.outlier([1, 2, 3, 4], [1, 3, 2, 4], 1, **more),
    "convolution": lambda **more: interactive.convolution(np.eye(5), {"edge": EDGE}, **more),
    "attention": lambda **more: interactive.attention(
        np.ones((2, 4, 4)), [0, 1], [-1, 2], 0.5, **more
    ),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Draw the pictures small, which is quick; nobody looks at them here."""
    monkeypatch.setitem(style.PIXELS_PER_INCH, "png", 20)


def html(figure):
    return figure._repr_html_()


def embedded(page, name):
    """Return what the script of a page calls ``data`` or ``texts``."""
    return json.loads(re.search(rf"^const {name} = (.*);$", page, re.M)[1])


def drawn(**more):
    return interactive.Interactive("unit", Figure(), **more)


class Parts(HTMLParser):
    """Collects a page's elements, and what stands in its scripts."""

    def __init__(self, page):
        super().__init__()
        self.found, self.scripts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.lasttag == "script":
            self.scripts.append(data)


def test_every_script_has_a_figure_its_words_and_no_request():
    scripts = {path.stem for path in FOLDER.glob("*.js")}
    words = tomllib.loads((FOLDER / "texts.toml").read_text("utf-8"))
    assert scripts - {"base"} == set(MADE) == set(words)
    assert {path.stem for path in FOLDER.glob("*.html")} == scripts
    for path in [*FOLDER.glob("*.js"), *FOLDER.glob("*.css"), *FOLDER.glob("*.html")]:
        text = path.read_text("utf-8")
        asks = re.findall(
            r"fetch|XMLHttp|WebSocket|https?://|url\(|@import|</script|<!--|<img", text
        )
        assert asks == [], path.name


@pytest.mark.parametrize("name", MADE)
def test_the_picture_comes_first_then_one_script(name):
    parts = Parts(html(MADE[name]()))
    assert [tag for tag, _ in parts.found] == ["style", "div", "img", "script"]
    alt = parts.found[2][1]["alt"]
    low, high = accessibility.ALT_LENGTH
    assert low <= len(alt) <= high and alt == repr(MADE[name]())
    assert not re.search("^(import|export)", "".join(parts.scripts), re.M)


@pytest.mark.parametrize("name", MADE)
def test_all_words_are_used_and_can_be_replaced(name):
    words = MADE[name]().texts
    files = [FOLDER / f"{each}.{end}" for each in ("base", name) for end in ("html", "js")]
    used = "".join(path.read_text("utf-8") for path in files)
    unused = [word for word in words if not re.search(rf"\b{word}\b", used)]
    assert unused in ([], ["picture"])
    other = {word: f"Wort {place}, zwanzig Zeichen" for place, word in enumerate(words)}
    page = html(MADE[name](texts=other))
    assert embedded(page, "texts") == other
    assert f'alt="{other["picture"]}"' in page
    with pytest.raises(ValueError, match=f"{name} has no text nonsense; it has name, picture"):
        MADE[name](texts={"nonsense": "x"})


@pytest.mark.parametrize("name", MADE)
def test_the_same_input_gives_the_same_page(name):
    one, other = html(MADE[name]()), html(MADE[name]())
    assert one == other
    key = Parts(one).found[1][1]["id"]
    assert key.startswith(f"{name}-") and f'start("{key}", ' in one
    changed = MADE[name](texts={"name": "x"})
    assert Parts(html(changed)).found[1][1]["id"] != key


def test_no_text_ends_the_script():
    evil = "</script><script>alert(1)</script><!--"
    page = html(interactive.softmax([1, 2], [evil, "b"], texts={"temperature": evil}))
    parts = Parts(page)
    assert [tag for tag, _ in parts.found] == ["style", "div", "img", "script"]
    assert embedded(page, "data")["names"][0] == embedded(page, "texts")["temperature"] == evil


def test_arrays_become_lists_of_eight_digits():
    data = {"x": np.array([[1 / 3, 2e-9]]), "n": np.int64(3), "t": (1, "a"), "f": np.float32(0.1)}
    found = json.loads(drawn(data=data).data)
    assert found == {"x": [[0.33333333, 2e-9]], "n": 3, "t": [1, "a"], "f": 0.1}


def test_data_that_is_too_much_is_refused():
    assert len(drawn(data={"x": np.zeros(19_000)}).data) < interactive.MOST_BYTES
    with pytest.raises(ValueError, match=r"the data of unit has 100,\d+ bytes; .* 100,000: give"):
        drawn(data={"x": np.zeros(20_000)})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: interactive.unit({}), "0 sets"),
        (lambda: interactive.unit({"a": ([[1, 2, 3]], [0])}), r"a has shape \(1, 3\)"),
        (lambda: interactive.unit({"a": ([[1, 2]], [2])}), "a has values from 2 to 2"),
        (lambda: interactive.valley(0, 1, 1), "x is 0, start is 1; expected a slope"),
        (lambda: interactive.valley(2, 7, 3.5), "start is 3.5; expected a slope"),
        (lambda: interactive.valley(np.nan, 7, 3), "NaN"),
        (lambda: interactive.threshold([0.5, 1.5], [0, 1]), "values from 0.5 to 1.5"),
        (lambda: interactive.threshold([0.5, 0.6], [1, 1]), "all labels are 1"),
        (lambda: interactive.threshold([0.5, 0.6], [1]), r"labels has shape \(1,\)"),
        (lambda: interactive.softmax([1, 2], ["a"]), r"scores has shape \(2,\)"),
        (lambda: interactive.outlier([1, 1, 2], [1, 2, 3], 0), "expected unequal x"),
        (lambda: interactive.outlier([1, 2, 3], [1, 2, 3], 3), "marked 3"),
        (lambda: interactive.outlier([1, 2, 3], [1, 2, -3], 0), "values from -3"),
        (lambda: interactive.convolution(np.ones((2, 9)), {"a": EDGE}), r"shape \(2, 9\)"),
        (lambda: interactive.convolution(np.ones((13, 9)), {"a": EDGE}), "at most 12 by 12"),
        (
            lambda: interactive.convolution(np.ones((9, 9)), {"a": EDGE[:2]}),
            r"a has shape \(2, 3\)",
        ),
        (lambda: interactive.convolution(np.ones((9, 9)), {}), "0 kernels"),
        (lambda: interactive.attention(np.ones((2, 4, 4)), [0], [1, 2], 0), "scores has shape"),
        (lambda: interactive.attention(np.ones((2, 4, 4)), [0, 1], [1], 0), "votes has shape"),
        (lambda: interactive.attention(np.ones((1, 4, 4)), [0], [1], np.nan), "bias has NaN"),
        (lambda: interactive.attention(255 * np.ones((2, 4, 4)), [0, 1], [1, 2], 0), "to 255"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_each_figure_stands_in_one_lesson_with_a_task():
    shown = []
    for page in content.pages():
        cells = content.read_source(page).cells
        for before, cell in pairwise(cells):
            names = re.findall(r"^interactive\.(\w+)\(", cell.source, re.M)
            if names:
                shown += names
                assert before.cell_type == "markdown" and "### Try it:" in before.source
    assert sorted(shown) == sorted(MADE)
