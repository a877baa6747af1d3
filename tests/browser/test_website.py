"""The website in a real Chromium, as readers use it: read, search, unfold, go on, on any screen."""

import pytest
from selenium.webdriver.common.keys import Keys
from site_page import LAPTOP, PHONE

from course import content

SCREENSHOTS = content.ROOT / "build" / "screenshots"
IS_ELSEWHERE = "link => ['English', '한국어'].includes(link.textContent)"
LESSONS = [page.name for page in content.pages() if not page.starter]


def lesson(number):
    (name,) = [name for name in LESSONS if name.startswith(f"{number:02}")]
    return f"notebooks/{name}.html"


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_asks_no_other_host_and_fits_a_phone(reader, name):
    reader.open(f"notebooks/{name}.html", PHONE)
    reader.wait("return document.readyState === 'complete'")
    asked = reader.js("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert asked and [one for one in asked if not one.startswith((reader.served, "data:"))] == []
    assert reader.js("return document.documentElement.scrollWidth") <= PHONE[0]
    assert reader.js("return document.documentElement.lang") == "en"
    assert not reader.js("return [...document.images].filter(image => !image.alt).length")
    formulas = reader.js("return document.querySelectorAll('.math').length")
    reader.wait(
        "return document.querySelectorAll('mjx-container').length >= arguments[0]", formulas
    )


def test_next_leads_through_all_lessons(reader):
    reader.open(lesson(0))
    titles = [reader.find("article h1").text]
    for number in range(1, len(LESSONS)):
        reader.js("document.querySelector('a.right-next').click()")
        reader.wait("return location.pathname.endsWith(arguments[0])", lesson(number))
        titles.append(reader.find("article h1").text)
    assert len(set(titles)) == len(LESSONS)


def test_an_answer_is_folded_until_it_is_asked_for(reader):
    reader.open(lesson(2))
    folded = "document.querySelector('.cell details.hide')"
    assert not reader.js(f"return {folded}.querySelector('.output').checkVisibility()")
    reader.js(f"{folded}.querySelector('summary').click()")
    reader.wait(f"return {folded}.querySelector('.output').checkVisibility()")


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_a_figure_is_moved(reader, size):
    reader.open(lesson(3), size)
    reader.wait("return document.querySelector('.interactive-on [data-part=p0]')")
    before = reader.find("[data-part=p0]").text
    reader.find("[name=score0]").send_keys(Keys.ARROW_LEFT)
    assert reader.find("[data-part=p0]").text != before
    assert not reader.find(".interactive > img").is_displayed()


@pytest.mark.parametrize(("site", "word"), [("", "dropout"), ("ko/", "드롭아웃은")])
def test_a_term_is_searched_and_found(reader, site, word):
    reader.open(f"{site}index.html")
    reader.js("document.querySelector('.search-button__button').click()")
    field = reader.find("dialog input[type=search], .search-button__search-container input")
    field.send_keys(word, Keys.ENTER)
    reader.wait("return location.pathname.endsWith('/search.html')")
    found = "return [...document.querySelectorAll('ul.search a')]"
    reader.wait(f"{found}.length > 3")
    paths = reader.js(f"{found}.map(link => link.pathname)")
    assert any(path.endswith(site + lesson(5)) for path in paths)
    assert not any("/solutions/" in path for path in paths)


def test_a_page_leads_to_its_other_languages_and_back(reader):
    for page in ("index.html", lesson(2)):
        reader.open(page)
        for language in ("ko", "en"):
            other = (
                f"return [...document.querySelectorAll('article a')].find({IS_ELSEWHERE}).click()"
            )
            reader.js(other)
            reader.wait("return document.documentElement.lang === arguments[0]", language)
            assert reader.js("return location.pathname").endswith(page)


def test_dark_is_dark_and_figures_stay_on_paper(reader):
    reader.open(lesson(4))
    reader.js("document.querySelector('.theme-change-button[data-mode=dark]').click()")
    reader.wait("return document.documentElement.dataset.theme === 'dark'")
    colour = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
    numbers = [int(part) for part in reader.js(colour, "body")[4:-1].split(",")]
    assert max(numbers) < 60
    assert reader.js(colour, ".cell_output img") == "rgb(255, 255, 255)"
    assert reader.js(colour, ".text_html:has(.course-quiz)") == "rgba(0, 0, 0, 0)"
    reader.js("localStorage.clear()")


@pytest.mark.parametrize("site", ["", "ko/"])
def test_questions_are_asked_without_their_code_and_lead_to_a_section_that_is_there(reader, site):
    reader.open(site + lesson(2))
    reader.wait("return document.querySelectorAll('.course-quiz.course-on').length === 2")
    assert "quiz.after" not in reader.find("article").text
    reader.js("document.querySelectorAll('.course-quiz input').forEach(input => input.click())")
    checks = ".course-quiz form > button:first-of-type"  # the other one begins again
    reader.js(f"document.querySelectorAll('{checks}').forEach(button => button.click())")
    links = "[...document.querySelectorAll('.course-quiz [role=status] a')]"
    targets = reader.js(f"return {links}.map(link => link.getAttribute('href'))")
    assert targets
    for target in set(targets):
        page, _, section = target.partition("#")
        reader.open(f"{site}notebooks/{page}")
        assert reader.js("return !!document.getElementById(arguments[0])", section), target
    reader.js("localStorage.clear()")


@pytest.mark.parametrize(
    ("name", "size", "theme"),
    [("site", LAPTOP, "light"), ("site-phone", PHONE, "dark")],
)
def test_a_lesson_is_pictured(reader, name, size, theme):
    """For people to look at; those in docs/images come from here."""
    reader.open(lesson(2), size)
    reader.js("document.documentElement.dataset.theme = arguments[0]", theme)
    question = "document.querySelector('.admonition.predict')"
    reader.js(f"{question}.scrollIntoView({{block: 'center'}})")
    reader.wait("return document.readyState === 'complete'")
    reader.js("document.activeElement.blur()")
    top = f"{question}.getBoundingClientRect().top"
    reader.wait(f"const top = {top}; return 0 < top && top < innerHeight")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    assert reader.browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))
