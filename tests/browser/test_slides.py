"""Decks as a lecturer shows them: nothing runs over, all can be read from the back row."""

import re
import sys
import zipfile

import pytest
from pypdf import PdfReader
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from site_page import Reader, served

from course import content, slides

DECKS = sorted(path.relative_to(slides.OUTPUT).as_posix() for path in slides.OUTPUT.rglob("*.html"))
SMALLEST = 24  # of 720 pixels: a thirtieth of the height
FIGURE = 230  # the least height
# What is wrong with each slide: its number, what, and where. Its own pixels are those of 1280x720.
FAULTS = """
const [smallest, figure] = arguments, found = [];
document.querySelectorAll('foreignObject > section').forEach((slide, number) => {
  const say = (what, node) =>
    found.push(`${number + 1}: ${what}: ${node.textContent.slice(0, 60)}`);
  const whole = slide.getBoundingClientRect(), scale = whole.width / 1280;
  if (slide.scrollHeight > 720 || slide.scrollWidth > 1280) say('runs over', slide);
  for (const one of slide.querySelectorAll('*')) {
    const place = one.getBoundingClientRect();
    if (place.right > whole.right || place.bottom > whole.bottom) say('runs over', one);
    if (one.tagName === 'PRE' && one.scrollWidth > one.clientWidth) say('runs over', one);
  }
  for (const image of slide.querySelectorAll('img')) {
    const place = image.getBoundingClientRect();
    if (!image.alt) say('has no words', image);
    if (!image.naturalHeight) say('is broken', image);
    if (place.height / scale < figure) say(`is ${place.height / scale} high`, slide);
  }
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const size = parseFloat(getComputedStyle(walker.currentNode.parentElement).fontSize);
    if (walker.currentNode.data.trim() && size < smallest) say(`${size} px`, walker.currentNode);
  }
});
return found;
"""
ASKED = "return performance.getEntriesByType('resource').map(entry => entry.name)"


@pytest.fixture(scope="module")
def reader(browser):
    assert DECKS, "there are no slides: run make slides"
    with served(slides.OUTPUT) as address:
        yield Reader(browser, address)


@pytest.mark.parametrize("name", DECKS)
def test_every_slide_can_be_read(reader, name):
    reader.open(name)
    reader.wait("return [...document.images].every(image => image.complete)")
    assert reader.js(FAULTS, SMALLEST, FIGURE) == []
    assert [one for one in reader.js(ASKED) if not one.startswith((reader.served, "data:"))] == []


def test_what_runs_over_or_is_small_is_found(reader):
    reader.open(DECKS[0])
    reader.js(
        "const slide = document.querySelector('foreignObject > section');"
        "slide.insertAdjacentHTML('beforeend', '<p>' + 'word '.repeat(900) + '</p><small"
        ' style="font-size: 20px">small</small>\')'
    )
    found = " ".join(reader.js(FAULTS, SMALLEST, FIGURE))
    assert "1: runs over" in found and "1: 20 px: small" in found


def test_a_key_shows_the_next_slide(reader):
    reader.open(DECKS[0])
    reader.find("body").send_keys(Keys.ARROW_RIGHT)
    reader.wait("return location.hash === '#2'")
    active = reader.browser.find_elements(By.CSS_SELECTOR, "svg.bespoke-marp-active")
    assert len(active) == 1


def test_to_print_and_for_powerpoint(monkeypatch, tmp_path):
    """One deck; ``make slides`` makes all of them so."""
    name = content.decks()[0].removeprefix("slides/")
    monkeypatch.setattr(slides, "OUTPUT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["slides", name, "--kind", "pdf", "--kind", "pptx"])
    slides.main()
    text = content.deck_of(name).read_text("utf-8")
    count = len(re.findall(r"^---$", text, re.M)) + 1
    for pdf in tmp_path.rglob("*.pdf"):
        assert len(PdfReader(pdf).pages) == count
    with zipfile.ZipFile(tmp_path / f"{name}.pptx") as pptx:
        names = pptx.namelist()
        notes = [part for part in names if re.fullmatch(r"ppt/notesSlides/\w+\.xml", part)]
        assert sum(bool(re.fullmatch(r"ppt/slides/slide\d+\.xml", part)) for part in names) == count
        assert all("Say:" in pptx.read(part).decode() for part in notes) and len(notes) == count
