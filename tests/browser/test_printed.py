"""The book as Chromium prints it: each lesson in order, on a page of its own, and not too large."""

from unicodedata import normalize

import pytest
from pypdf import PdfReader

from course import book, content

LARGEST = 30e6  # bytes


@pytest.fixture(scope="module")
def pdf():
    book.main()
    return PdfReader(book.OUTPUT)


@pytest.fixture(scope="module")
def texts(pdf):
    """Each page's text, without its number, and with ligatures as letters."""
    found = (normalize("NFKC", page.extract_text()).split() for page in pdf.pages)
    return [" ".join(words).removeprefix(f"{n} ") for n, words in enumerate(found, start=1)]


def test_every_lesson_begins_a_page(texts):
    titles = [
        f"{number} {content.read_source(page).cells[0].source.splitlines()[0][2:]}"
        for number, page in enumerate(page for page in content.pages() if not page.starter)
    ]
    assert texts[0].startswith("Deep learning with Keras")
    assert texts[1].startswith(" ".join(["Contents", *titles, "Glossary"]))
    first = [[text.startswith(title) for text in texts].index(True) for title in titles]
    assert first == sorted(first) and len(set(first)) == len(titles)
    assert 200 < len(texts) < 400


def test_the_contents_lead_to_the_lessons(pdf):
    links = [note.get_object() for note in pdf.pages[1]["/Annots"]]
    named = pdf.named_destinations
    goals = [pdf.get_destination_page_number(named[link["/Dest"]]) for link in links]
    assert len(goals) == 11 and goals == sorted(set(goals))


def test_an_answer_is_open_and_no_link_line_is_printed(texts):
    text = " ".join(texts)
    assert "Show the answer" not in text and "minutes to read" not in text
    assert "slope, by formula" in text  # an output that is folded on the website


def test_the_book_is_not_too_large(pdf):
    assert book.OUTPUT.stat().st_size < LARGEST
