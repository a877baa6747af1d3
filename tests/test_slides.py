"""Slides: whole, with notes, in every language, and no number typed that the lesson measures."""

import re
import subprocess
import sys

import nbformat
import pytest
from fontTools.ttLib import TTFont

from course import build, catalogues, content, slides
from helpers import words

PAGES = {page.name: page for page in content.pages() if not page.starter}
DECKS = [name.removeprefix("slides/") for name in content.decks()]
NOTES = re.compile(r"<!--\n(.*?)-->", re.S)
CLASS = re.compile(r"<!-- _class: (.+?) -->")
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?!\w)(?: ?%)?")
SAID = re.compile(r"[\d_,]*\d(?:\.\d+)?")
WORDLESS = r"```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|`[^`]+`|<!-- _.*?-->|!\[[^\]]*\]\([^)]*\)"
YEAR = re.compile(r"(?:19|20)\d\d")


def source(name):
    return content.deck_of(name).read_text("utf-8")


def parts(text):
    return [part.strip() for part in re.split(r"^---$", text, flags=re.M)]


def notebook(name):
    return nbformat.read(PAGES[name].notebook, as_version=4)


def plain(number):
    return re.sub(r"[,_ %]", "", number)


def typed(text, lesson, results):
    """Yield the numbers of a deck that its lesson measures, or at least does not say."""
    said = {plain(number) for number in SAID.findall(lesson)}
    for part in parts(text):
        guesses = "predict" in CLASS.findall(part)
        shown = "" if guesses else NOTES.sub("", part)
        notes = re.sub(r"^Minutes: .*$", "", "\n".join(NOTES.findall(part)), flags=re.M)
        prose = re.sub(WORDLESS, " ", f"{shown}\n{notes}", flags=re.S)
        for found in NUMBER.findall(slides.PRINTED.sub(" ", slides.RESULT.sub(" ", prose))):
            number = plain(found)
            decimals = len(number.partition(".")[2])
            forms = {f"{result * scale:.{decimals}f}" for result in results for scale in (1, 100)}
            suspect = len(number) > 2 or "%" in found or (len(number) > 1 and number in forms)
            if suspect and number not in said and not YEAR.fullmatch(number):
                yield found


@pytest.mark.parametrize("name", DECKS)
class TestDeck:
    def test_it_is_filled_from_its_lesson(self, name):
        assert "(figure" not in slides.filled(source(name), notebook(name))

    def test_it_is_as_long_as_a_lecture(self, name):
        found = parts(source(name))
        assert 20 <= len(found) <= 40, f"{len(found)} slides"
        assert CLASS.findall(found[0]) == ["title"] and len(re.findall("^# ", found[0], re.M)) == 1

    def test_each_slide_has_notes(self, name):
        text = source(name)
        for part in parts(text):
            notes = "\n".join(NOTES.findall(part))
            assert re.search(r"^Say: ", notes, re.M), f"nothing to say:\n{part}"
            assert re.search(r"^Minutes: \d+$", notes, re.M), f"no minutes:\n{part}"
        assert len(re.findall(r"^Ask: ", text, re.M)) >= 4
        assert len(re.findall(r"^Goes wrong: ", text, re.M)) >= 3
        minutes = sum(map(int, re.findall(r"^Minutes: (\d+)$", text, re.M)))
        assert 30 <= minutes <= 80, f"{minutes} minutes"

    def test_no_number_is_typed_that_the_lesson_measures(self, name):
        results = [slides.value(shown) for shown in slides.measured(notebook(name)).values()]
        assert [*typed(source(name), PAGES[name].source.read_text("utf-8"), results)] == []

    def test_a_question_comes_before_each_result(self, name):
        known, asked = set(), False
        for part in parts(source(name)):
            kinds = " ".join(CLASS.findall(part)).split()
            asked = "predict" in kinds or (asked and "result" in kinds)
            new = {found[0] for found in slides.RESULT.findall(part)} - known
            assert not new or (asked and "result" in kinds), f"shown before it is asked:\n{part}"
            known |= new
        assert known or name.startswith("00")

    def test_its_code_is_the_lessons(self, name):
        lesson = {line.strip() for line in PAGES[name].source.read_text("utf-8").splitlines()}
        for code in re.findall(r"```python\n(.*?)```", source(name), re.S):
            for line in code.splitlines():
                assert line.strip() in lesson | {"", "..."}, line

    @pytest.mark.parametrize("language", catalogues.languages())
    def test_its_letters_are_in_the_font(self, name, language):
        font = TTFont(words.FOLDER / f"{language}.ttf").getBestCmap()
        said = catalogues.translated(f"slides/{name}", language).values()
        missing = {letter for text in said for letter in catalogues.HANGUL.findall(text)} - {
            chr(code) for code in font
        }
        assert not missing


def test_each_lesson_has_its_deck():
    assert sorted(PAGES) == DECKS


SEEN = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_code_cell(
            outputs=[
                nbformat.v4.new_output(
                    "stream",
                    text="12 reviews, 3 long\n7 films\n9 films\n"
                    "a.accuracy = 0.8763, expected 0.8 to 0.9 (offline)\n"
                    "a.time = 1,200 s, expected 1,000 to 2,000 (offline)\n",
                ),
                nbformat.v4.new_output(
                    "display_data",
                    {"text/html": '<img alt="A line &amp; more" src="data:;base64,AA">'},
                ),
                nbformat.v4.new_output(
                    "display_data", {"text/html": '<img alt="A line" src="data:;base64,BB">'}
                ),
            ]
        )
    ]
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{a.accuracy} {a.accuracy:.0%} {a.time}", "0.8763 88% 1,200 s"),
        ("{# reviews,} {, # long}", "12 3"),
        ("![A line](figure-2)", '<p><img alt="A line" src="data:image/png;base64,BB"></p>'),
        (
            "![A line & m](figure)",
            '<p><img alt="A line &amp; more" src="data:image/png;base64,AA"></p>',
        ),
        ("```python\n{a.accuracy}\n```", "```python\n{a.accuracy}\n```"),
        (r"$\frac{a}{b}$ {x}", r"$\frac{a}{b}$ {x}"),
    ],
)
def test_what_is_filled_in(text, wanted):
    assert slides.filled(text, SEEN) == wanted


def test_figures_come_from_the_translated_lesson():
    other = nbformat.from_dict(SEEN)
    other.cells[0].outputs[1].data["text/html"] = '<img alt="선" src="data:;base64,CC">'
    shown = slides.filled("![A line &](figure)", SEEN, other)
    assert shown == '<p><img alt="선" src="data:image/png;base64,CC"></p>'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("![A line](figure)", "2 figures"),
        ("![A line](figure-3)", "2 figures"),
        ("![A curve](figure)", "0 figures"),
        ("{a.loss}", r"\{a.loss\}: the lesson has the results a.accuracy, a.time"),
        ("{a.accuracy:.0d}", "expected a form such as"),
        ("{# films}", "prints 2 different numbers"),
        ("{# books}", "prints 0 different numbers"),
    ],
)
def test_what_is_not_there_is_named(text, named):
    with pytest.raises(slides.SlidesError, match=named):
        slides.filled(text, SEEN)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("88 of 100", ["88", "100"]),  # the result; and nobody said 100
        ("0.88 of them", ["0.88"]),
        ("88 %", ["88 %"]),
        ("71 % of them", ["71 %"]),  # stale, or of nowhere
        ("in 1998, 16 units, 2 layers, 10,000 words", []),
        ("{a.accuracy:.0%} and $0.88$", []),
        ("<!-- _class: predict -->\n88 %?", []),
        ("<!-- _class: predict -->\n<!--\nSay: 88 %.\n-->", ["88 %"]),
    ],
)
def test_a_number_typed_by_hand_is_found(text, found):
    assert [*typed(text, "16 units, 10_000 words", [0.8763])] == found


# ---- the command


@pytest.fixture
def one_deck(monkeypatch, tmp_path):
    """Make one deck, by a Marp that is not there; return the folder of the slides."""
    monkeypatch.setattr(slides, "WORK", tmp_path / "work")
    monkeypatch.setattr(slides, "OUTPUT", tmp_path / "dist" / "slides")
    monkeypatch.setattr(slides, "marp", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    monkeypatch.setattr(slides, "deck", lambda page, language="": f"# {page.name}")
    monkeypatch.setattr("sys.argv", ["slides", DECKS[0], "--kind", "html"])
    slides.OUTPUT.mkdir(parents=True)
    (slides.OUTPUT / "old.html").write_text("old")
    return slides.OUTPUT


def test_where_marp_fails_the_old_slides_stay(one_deck):
    with pytest.raises(SystemExit, match="no slides were made: Marp ended with status 1"):
        slides.main()
    assert [path.name for path in one_deck.iterdir()] == ["old.html"]


def test_a_stale_lesson_stops_it_with_what_to_run(one_deck, monkeypatch):
    def stale(page, language=""):
        raise build.StaleError("changed since: first run make notebooks")

    monkeypatch.setattr(slides, "deck", stale)
    with pytest.raises(SystemExit, match="first run make notebooks"):
        slides.main()
    assert [path.name for path in one_deck.iterdir()] == ["old.html"]


def test_without_npm_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda program: None)
    with pytest.raises(SystemExit, match="needs node: on Debian sudo apt-get install nodejs npm"):
        slides.marp()


def test_where_npm_fails_the_next_run_tries_again(monkeypatch, tmp_path):
    monkeypatch.setattr(slides, "WORK", tmp_path)
    monkeypatch.setattr("shutil.which", lambda program: program)
    monkeypatch.setattr(subprocess, "call", lambda command: 1)
    for _ in range(2):
        with pytest.raises(SystemExit, match="npm ci ended with status 1"):
            slides.marp()
