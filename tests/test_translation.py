"""Other languages: catalogues, what a page becomes, and that each translation is whole."""

import ast
import io
import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from course import build, catalogues, content, messages, translation
from helpers import words

PAGES = content.pages()
LANGUAGES = catalogues.languages()
CATALOGUES = [
    pytest.param(name, language, id=f"{language}-{name}")
    for language in LANGUAGES
    for name in catalogues.names(language)
]
TRANSLATED = [
    pytest.param(page, language, id=f"{language}-{page.name}")
    for language in LANGUAGES
    for page in translation.pages(language)
]


@cache
def catalogue(name, language):
    return catalogues.read(name, language)


# ---- catalogues


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    return tmp_path / "locale"


def test_a_catalogue_keeps_what_is_translated_and_marks_what_has_changed(here):
    catalogues.update("a", "eo", [("One sentence is here.", "Top"), ("Two", "Top")])
    path = catalogues.path_of("a", "eo")
    text = path.read_text("utf-8").replace('here."\nmsgstr ""', 'here."\nmsgstr "EIN"')
    path.write_text(text, "utf-8")
    assert catalogues.speaker("a", "eo")("One sentence is here.") == "EIN"
    wanted = [("One sentence is there.", "Top"), ("Three", "")]
    found = catalogues.update("a", "eo", wanted)
    assert "fuzzy" in found.get("One sentence is there.").flags
    assert catalogues.speaker("a", "eo")("One sentence is there.") == "One sentence is there."
    assert "Two" not in path.read_text("utf-8")
    assert list(catalogues.faults(found, wanted)) == [
        "'One sentence is there.': its translation is fuzzy: look at it, and remove that flag",
        "'Three': it is not translated",
    ]


def test_a_damaged_catalogue_is_named(here):
    (here / "eo").mkdir(parents=True)
    (here / "eo" / "a.po").write_text('msgid "a"\nan edit\n', "utf-8")
    with pytest.raises(catalogues.TranslationError, match=r"a\.po is no catalogue"):
        catalogues.read("a", "eo")


def test_another_language_needs_only_a_folder(here, monkeypatch, tmp_path):
    """A language of signs: every message is said otherwise, in a page and by the helpers."""
    page = PAGES[2]
    for name in (page.name, catalogues.WORDS):
        found = catalogues.update(name, "eo", translation.wanted(name))
        for message in found:
            message.string = f"«{message.id}»"
        catalogues.write(found, name, "eo")
    said = messages.Listed(tuple(map("«{}»".format, messages.listed(page.name).words)))
    assert catalogues.languages() == ["eo"] and translation.pages("eo") == [page]
    monkeypatch.setattr(content, "ROOT", tmp_path)
    made, plain = (content.read_source(p) for p in (translation.page_in(page, "eo"), page))
    for ours, theirs in zip(plain.cells, made.cells, strict=True):
        if ours.cell_type == "markdown":
            assert "«" in theirs.source or not messages.WORD.search(ours.source)
        else:
            back = messages.in_code(theirs.source, lambda text: text[1:-1], said)
            assert ast.dump(ast.parse(back)) == ast.dump(ast.parse(ours.source))
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    (tmp_path / "eo.mo").write_bytes(translation.compiled("eo"))
    monkeypatch.setenv("COURSE_LANG", "eo")
    assert words.say("exactly {value}", value=3) == "«exactly 3»"
    monkeypatch.setenv("COURSE_LANG", "")
    (tmp_path / "eo" / "exercises").mkdir(parents=True)
    for place in (tmp_path / "eo", tmp_path / "eo" / "exercises"):
        monkeypatch.chdir(place)
        assert words.say("epoch") == "«epoch»"
    monkeypatch.chdir(tmp_path)
    assert words.say("epoch") == "epoch"
    monkeypatch.setenv("COURSE_LANG", "yy")
    with pytest.raises(ValueError, match="COURSE_LANG is 'yy'; expected one of en, eo"):
        words.say("epoch")


FAULTS = {
    "It is so.": ("그렇다.", "no formal ending"),
    "It is so!": ("그래요!", "no formal ending"),
    "Call `fit` now.": ("지금 `Fit`을 부르세요.", "another code: '`Fit`'"),
    "Here $x$ is 0.": ("여기서 $y$는 0입니다.", "another formula"),
    "See [there](a.ipynb).": ("[거기](b.ipynb)를 보세요.", "another link"),
    "A <b>bold</b> word.": ("굵은 낱말입니다.", "another tag"),
    "{n:.2f} of them": ("그중 {n}", "another value"),
    "It has 71 %.": ("61 %입니다.", "another number"),
    "**Stop.** Look.": ("멈추세요. 보세요.", "another emphasis"),
    "a | b": ("가, 나", "another cell"),
    "a word or two": ("a word or two", "no Korean word"),
    "the overfitting": ("지나친 학습", "the glossary calls 'overfitting' 과대적합"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_each_fault_is_named(text):
    said, fault = FAULTS[text]
    found = Catalog("ko")
    found.add(text, said)
    (named,) = catalogues.faults(found, [(text, "")])
    assert fault in named


def test_a_plural_may_be_left_out_and_nothing_else():
    text, found = "{n} seed{'s' if n > 1 else ''} of {m}", Catalog("ko")
    found.add(text, "{m}개 중 시드 {n}개")
    assert list(catalogues.faults(found, [(text, "")])) == []
    found.get(text).string = "시드 {n}개"
    assert len(list(catalogues.faults(found, [(text, "")]))) == 1


def test_a_flag_lets_a_message_stay_or_choose_its_word():
    found = Catalog("ko")
    found.add("upper left", "upper left", flags=[catalogues.SAME])
    found.add("The bag is full.", "봉투가 찼습니다.", flags=[catalogues.FREE])
    assert list(catalogues.faults(found, [(m.id, "") for m in found if m.id])) == []


# ---- the translations there are


@pytest.mark.parametrize(("page", "language"), TRANSLATED)
def test_a_key_of_several_words_is_translated_in_braces_too(page, language):
    """The rule finds it as a string, but not inside the braces of an f-string: so it is listed."""
    say, short = catalogues.speaker(page.name, language), messages.listed(page.name)
    cells = [c.source for c in content.read_source(page).cells if c.cell_type == "code"]
    nodes = [node for code in cells for node in ast.walk(ast.parse(code))]
    computed = [node for node in nodes if isinstance(node, ast.FormattedValue)]
    for node in (inner for value in computed for inner in ast.walk(value)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            assert not messages.WORDS.search(text) or say(text) == text or text in short.words


@pytest.mark.parametrize(("name", "language"), CATALOGUES)
def test_a_catalogue_is_whole(name, language):
    wanted = translation.wanted(name)
    assert list(catalogues.faults(catalogue(name, language), wanted)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_heading_and_a_word_of_a_quiz_are_the_same_on_every_page(language):
    said: dict[str, set] = {}
    for page in translation.pages(language):
        say = catalogues.speaker(page.name, language)
        for text, section in translation.wanted(page.name):
            if section in (text, "Quiz"):
                said.setdefault(text, set()).add(say(text))
    assert {text: several for text, several in said.items() if len(several) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_helpers_read_is_made_of_the_catalogues(language):
    made = (words.FOLDER / f"{language}.mo").read_bytes()
    found, wanted = (
        {m.id: m.string for m in read_mo(io.BytesIO(body)) if m.id}
        for body in (made, translation.compiled(language))
    )
    assert found == wanted, "run: make translation"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_is_made_of_its_catalogue(language):
    found = (content.ROOT / f"README.{language}.md").read_text("utf-8")
    assert found == translation.readme_in(language), "run: make translation"
    links = re.findall(r"\]\(([\w./-]+)", found)
    assert [link for link in links if not (content.ROOT / link).exists()] == []


def test_a_badge_is_no_message_and_opens_the_bundle_of_its_language(tmp_path, monkeypatch):
    line = "| {}[A lesson](notebooks/01_x.ipynb){} | {} |"
    badge = " [![Open 01_x in Colab](https://a.b/badge.svg)](https://a.b/blob/main/{}01_x.ipynb)"
    table = "<!-- table: lessons -->\n{}\n<!-- end -->"
    said = {"[A lesson](notebooks/01_x.ipynb)": "[레슨](notebooks/01_x.ipynb)"}
    text = table.format(line.format("", badge.format(""), "6 s"))
    (tmp_path / "README.md").write_text(text)
    monkeypatch.setattr(content, "ROOT", tmp_path)
    monkeypatch.setattr(translation, "speaker", lambda *_: lambda text: said.get(text, text))
    assert "[레슨](notebooks/ko/01_x.ipynb)" + badge.format("ko/") in translation.readme_in("ko")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_font_has_every_letter(language):
    fonts = [words.FOLDER / f"{language}.ttf", font_manager.findfont("DejaVu Sans")]
    letters = {letter for path in fonts for letter in TTFont(path).getBestCmap()}
    names = [page.name for page in translation.pages(language)] + [catalogues.WORDS]
    said = {m.string for name in names for m in catalogue(name, language) if m.id}
    assert 0x2212 in TTFont(fonts[0]).getBestCmap(), (
        "a formula takes its minus from this font alone"
    )
    assert {letter for text in said for letter in text if ord(letter) not in letters} <= {"\n"}


@pytest.mark.parametrize(("page", "language"), TRANSLATED)
def test_a_translated_notebook_is_what_its_catalogue_gives(page, language):
    made = translation.page_in(page, language)
    assert build.state(made, "offline") == "nothing", "run: make translation"
