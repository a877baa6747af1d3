"""What makes a page run again: all that can move an output, and nothing else."""

from dataclasses import replace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from course import content, fingerprints

PLOTS = (
    'ROOMS = {"charts": ("history",), "grids": ("photos", "maps")}\n\n\ndef __getattr__(x): ...\n'
)
FILES = {  # a course in small
    "requirements.txt": "keras==3.15.0 \\\n    --hash=sha256:1\nruff==1.0\nnumpy==2.0\n",
    "helpers/__init__.py": '"""Helpers."""\n',
    "helpers/plots/__init__.py": PLOTS,
    "helpers/plots/charts.py": "from helpers.plots import style\n",
    "helpers/plots/grids.py": "from helpers.plots.style import INK\n",
    "helpers/plots/style.py": "INK = 1\n",
    "helpers/data/__init__.py": 'ROOMS = {"texts": ("imdb",), "images": ("mnist",)}\n',
    "helpers/data/cache.py": "def load(): ...\n",
    "helpers/data/texts.py": "from helpers.data import cache\n\n\n"
    "def imdb():\n    import helpers.data.convert\n    return 'imdb'\n",
    "helpers/data/convert.py": "def words(text):\n    return text.split()\n",
    "helpers/data/images.py": "def mnist():\n    return 'mnist', 'cat.png'\n",
    "helpers/data/cat.png": "a cat",
    "helpers/data/sources.toml": '[imdb]\nurl = "a"\ncontent = "1"\n[mnist]\ncontent = "2"\n',
    "helpers/feedback.py": "def expect(name): ...\n",
    "helpers/session.py": '"""Start."""\n\n\ndef start(seed):\n    """Seed."""\n    return seed\n',
    "helpers/quiz.py": "def after(page): ...\n",
    "helpers/quiz.css": "p { margin: 0; }",
    "helpers/quiz.html": "<p>",
    "helpers/quiz.js": "start()\n",
    "helpers/quiz.toml": "check = 'Check'\n",
    "helpers/quizzes/02_topic.toml": "a = 1\n",
    "helpers/quizzes/03_other.toml": "a = 1\n",
    "helpers/interactive/__init__.py": "def roll(): ...\n\n\ndef fall(): ...\n",
    "helpers/interactive/base.js": "export const x = 1;",
    "helpers/interactive/base.css": "p { margin: 0; }",
    "helpers/interactive/base.html": "<p>",
    "helpers/interactive/roll.html": "<form>",
    "helpers/interactive/fall.html": "<form>",
    "helpers/interactive/roll.js": "export const y = 1;",
    "helpers/interactive/fall.js": "export const z = 1;",
    "helpers/interactive/texts.toml": '[roll]\nname = "Roll"\n[fall]\nname = "Fall"\n',
    "helpers/other.py": "",
    "bands.toml": '["mine.x"]\nwhat = "x"\noffline = {low = 1, high = 2, from = "5 runs"}\n'
    "original = {low = 1, high = 3}\n",
}
LESSON = """# %% [markdown]
# # Title

# %%
from helpers import plots, session
from helpers.data import imdb
from helpers.feedback import expect

session.start(1)
expect("mine.x", 1, "offline")
plots.history({})
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "ROOT", tmp_path)
    monkeypatch.setattr(fingerprints, "BANDS_FILE", tmp_path / "bands.toml")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    page = content.Page(tmp_path / "lesson.py", tmp_path / "notebooks" / "lesson.ipynb")
    page.source.write_text(LESSON)
    return page


def moved(page, file, old, new):
    """Which fingerprints a change moves: of the code, and of the values."""
    path = content.ROOT / file
    before = fingerprints.code(page, "offline"), fingerprints.values(page, "offline")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    after = fingerprints.code(page, "offline"), fingerprints.values(page, "offline")
    return before[0] != after[0], before[1] != after[1]


NOTHING, SHOWN, ALL = (False, False), (True, False), (True, True)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        # text, comments and docstrings
        ("lesson.py", "# # Title", "# # Another title", NOTHING),
        ("helpers/session.py", '"""Seed."""', '"""Seed all."""', NOTHING),
        ("helpers/session.py", "    return seed", "    # why\n\n    return (seed)", NOTHING),
        ("helpers/__init__.py", "Helpers", "All helpers", NOTHING),
        # what runs
        ("lesson.py", "session.start(1)", "session.start(2)", ALL),
        ("helpers/session.py", "return seed", "return seed + 1", ALL),
        ("helpers/data/texts.py", "return 'imdb'", "return 'imdb!'", ALL),
        ("helpers/data/convert.py", "split()", "split(' ')", ALL),  # imported inside a function
        # what only shows
        ("helpers/plots/charts.py", "style", "style, sys", SHOWN),
        ("helpers/plots/style.py", "1", "2", SHOWN),  # reached through charts
        ("helpers/feedback.py", "...", "print(name)", SHOWN),
        ("helpers/data/cache.py", "...", "return 1", SHOWN),  # only fetches what is verified
        # what is not reached
        ("helpers/other.py", "", "x = 1", NOTHING),
        ("helpers/plots/grids.py", "INK", "INK as BLACK", NOTHING),
        ("helpers/data/images.py", "'mnist'", "'digits'", NOTHING),
        ("helpers/data/cat.png", "a cat", "a dog", NOTHING),
        ("helpers/plots/__init__.py", '"maps"', '"maps", "new"', NOTHING),  # a new room
        ("helpers/plots/__init__.py", "...", "return 1", SHOWN),
        # data
        ("helpers/data/sources.toml", 'content = "1"', 'content = "3"', ALL),
        ("helpers/data/sources.toml", 'content = "2"', 'content = "3"', NOTHING),
        ("helpers/data/sources.toml", 'url = "a"', 'url = "b"', NOTHING),
        # bands
        ("bands.toml", "high = 2", "high = 2.5", SHOWN),
        ("bands.toml", "high = 3", "high = 3.5", NOTHING),  # of the other edition
        ("bands.toml", "5 runs", "6 runs", SHOWN),  # show_measured prints it
        ("bands.toml", '["mine.x"]', '["other.y"]\nlow = 1\n["mine.x"]', NOTHING),
        # the lock
        ("requirements.txt", "keras==3.15.0", "keras==3.15.1", ALL),
        ("requirements.txt", "numpy==2.0", "numpy==2.1", ALL),
        ("requirements.txt", "ruff==1.0", "ruff==1.1", NOTHING),
        ("requirements.txt", "sha256:1", "sha256:2", NOTHING),
    ],
)
def test_what_moves_a_fingerprint(page, file, old, new, expected):
    if old == "":
        (content.ROOT / file).write_text("\n")
        old = "\n"
    assert moved(page, file, old, new) == expected


ASKED = """
# %%
from helpers import quiz

quiz.after("02_topic")
"""


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("helpers/quiz.py", "...", "return page", SHOWN),
        ("helpers/quiz.css", "0", "1px", SHOWN),
        ("helpers/quiz.html", "<p>", "<div>", SHOWN),
        ("helpers/quiz.js", "start", "begin", SHOWN),
        ("helpers/quiz.toml", "'Check'", "'Go'", SHOWN),
        ("helpers/quizzes/02_topic.toml", "1", "2", SHOWN),
        ("helpers/quizzes/03_other.toml", "1", "2", NOTHING),
        ("lesson.py", "02_topic", "03_other", SHOWN),
        ("lesson.py", 'after("02_topic")', "progress()", SHOWN),
        ("lesson.py", ASKED, "", SHOWN),
        ("lesson.py", 'after("02_topic")', 'after("02_topic", **{"a": [1, -2]})', SHOWN),
        # a name, or anything beside such a call, may be more than a question
        ("lesson.py", '"02_topic"', "page", ALL),
        ("lesson.py", '"02_topic"', '"02_topic", *pages', ALL),
        ("lesson.py", '"02_topic"', '"02_topic", value=f()', ALL),
        ("lesson.py", "quiz.after", "asked = quiz.after", ALL),
        ("lesson.py", "quiz.after", "other.after", ALL),
        ("lesson.py", "import quiz", "import quiz, plots", ALL),
        ("lesson.py", "quiz.after", "session.start(2)\nquiz.after", ALL),
    ],
)
def test_a_quiz_is_shown_and_moves_no_number(page, file, old, new, expected):
    page.source.write_text(LESSON + ASKED)
    assert moved(page, file, old, new) == expected


def test_the_table_of_progress_lists_every_quiz(page):
    page.source.write_text(LESSON + ASKED.replace('after("02_topic")', "progress()"))
    assert moved(page, "helpers/quizzes/03_other.toml", "1", "2") == SHOWN


def test_a_quiz_that_no_page_shows_counts_nowhere(page):
    assert moved(page, "helpers/quiz.js", "start", "begin") == NOTHING


@pytest.mark.parametrize(
    "use",
    [
        "plots.photos([])",
        "p = plots; p.photos([])",
        "from helpers import plots as p\np.photos([])",
        "import helpers.plots as p\np.photos([])",
        "import helpers.plots\nhelpers.plots.photos([])",
        "getattr(plots, 'photos')([])",
        "from helpers.plots import photos",
        "from helpers.plots import *",
        "import helpers.plots.grids",
    ],
)
def test_a_room_counts_however_it_is_reached(page, use):
    page.source.write_text(f"{LESSON}\n# %%\n{use}\n")
    assert moved(page, "helpers/plots/grids.py", "INK", "INK as BLACK") == SHOWN


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("__init__.py", "def roll(): ...", "def roll():\n    return 1", SHOWN),
        ("base.js", "1", "2", SHOWN),
        ("base.css", "0", "1px", SHOWN),
        ("base.html", "<p>", "<div>", SHOWN),
        ("roll.html", "form", "div", SHOWN),
        ("roll.js", "1", "2", SHOWN),
        ("texts.toml", "Roll", "Rolling", SHOWN),
        ("fall.html", "form", "div", NOTHING),  # of a figure that is not there
        ("fall.js", "1", "2", NOTHING),
        ("texts.toml", "Fall", "Falling", NOTHING),
    ],
)
def test_what_draws_a_figure_moves_no_number(page, file, old, new, expected):
    use = "from helpers import interactive\n\ninteractive.roll()"
    page.source.write_text(f"{LESSON}\n# %%\n{use}\n")
    assert moved(page, f"helpers/interactive/{file}", old, new) == expected
    page.source.write_text(LESSON)
    assert moved(page, f"helpers/interactive/{file}", new, old) == NOTHING


@pytest.mark.parametrize(
    ("words", "header", "expected"),
    [
        ({"loss": "perdo"}, {}, NOTHING),
        ({"loss": "malgajno"}, {}, SHOWN),
        ({"loss": "perdo", "epoch": "epoko"}, {}, SHOWN),
        ({"loss": "perdo"}, {"version": "2"}, NOTHING),  # it names the version of Babel, too
    ],
)
def test_words_count_in_their_language_and_their_header_does_not(page, words, header, expected):
    def found(said, **header):
        catalogue = Catalog("eo", fuzzy=False, **header)
        for text, other in said.items():
            catalogue.add(text, other)
        path = content.ROOT / "helpers" / "locale" / "eo.mo"
        path.parent.mkdir(exist_ok=True)
        with open(path, "wb") as file:
            write_mo(file, catalogue)
        return [
            (fingerprints.code(there, "offline"), fingerprints.values(there, "offline"))
            for there in (page, replace(page, language="eo"))
        ]

    (english, before), (still, after) = found({"loss": "perdo"}), found(words, **header)
    assert english == still
    assert tuple(a != b for a, b in zip(before, after, strict=True)) == expected


def test_another_edition_is_another_page(page):
    assert fingerprints.code(page, "offline") != fingerprints.code(page, "original")


def test_the_course_reaches_its_loaders_one_by_one():
    pages = {page.name[:2]: page for page in content.pages() if not page.starter}
    reached = {
        number: {path.name for path in fingerprints.reached(page.source.read_text("utf-8"))}
        for number, page in pages.items()
    }
    assert "texts.py" in reached["02"] and "session.py" in reached["02"]
    assert not {"photo_folders.py", "weights.py", "search.py"} & reached["02"]
    assert {"photo_folders.py", "weights.py"} <= reached["07"]
