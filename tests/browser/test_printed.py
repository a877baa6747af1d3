"""The books as Chromium prints them: each lesson in order, on a page of its own, not too large."""

from unicodedata import normalize

import pytest
from pypdf import PdfReader

from course import book, catalogues, content, translation
from course.catalogues import on_site as say

LARGEST = 34e6  # bytes; Korean figures have more of them than English ones


@pytest.fixture(scope="module")
def made():
    """Make the book of each language."""
    book.main()


@pytest.fixture(scope="module", params=["", *catalogues.languages()])
def spoken(request, made):
    """Each language of the book, as that of the site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_LANG", request.param)
        yield request.param


@pytest.fixture(scope="module")
def pdf(spoken):
    return PdfReader(book.path_of(spoken))


@pytest.fixture(scope="module")
def texts(pdf):
    """Each page's text, without its number, and with ligatures as letters."""
    found = (normalize("NFKC", page.extract_text()).split() for page in pdf.pages)
    return [" ".join(words).removeprefix(f"{n} ") for n, words in enumerate(found, start=1)]


def test_every_lesson_begins_a_page(texts, spoken):
    titles = [
        f"{number} {content.read_source(page).cells[0].source.splitlines()[0][2:]}"
        for number, page in enumerate(
            page for page in translation.pages_in(spoken) if not page.starter
        )
    ]
    assert texts[0].startswith(say("Deep learning with Keras"))
    assert texts[1].startswith(" ".join([say("Contents"), *titles, say("Glossary")]))
    first = [[text.startswith(title) for text in texts].index(True) for title in titles]
    assert first == sorted(first) and len(set(first)) == len(titles)
    assert 200 < len(texts) < 400


def test_the_contents_lead_to_the_lessons(pdf):
    links = [note.get_object() for note in pdf.pages[1]["/Annots"]]
    named = pdf.named_destinations
    goals = [pdf.get_destination_page_number(named[link["/Dest"]]) for link in links]
    assert len(goals) == 11 and goals == sorted(set(goals))


def test_an_answer_is_open_and_no_link_line_is_printed(texts, spoken):
    text, page = " ".join(texts), "01_neural_net_basics"
    folded = "slope, by formula: {gradients(cases, xor_column, *xor_start)[0][0, 0]:.4f}"
    formula = catalogues.speaker(page, spoken)(folded) if spoken else folded
    assert say("Show the answer") not in text
    assert say("{minutes} minutes to read", minutes="").strip() not in text
    assert formula.partition(":")[0] in text  # an output that is folded on the website


def test_the_korean_letters_are_in_the_book(pdf, spoken):
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in pdf.pages[:9]
        for font in page["/Resources"]["/Font"].values()
        if "/BaseFont" in font.get_object()
    }
    assert any("CourseHangul" in name for name in fonts) == (spoken == "ko"), fonts


def test_the_book_is_not_too_large(pdf, spoken):
    assert book.path_of(spoken).stat().st_size < LARGEST
