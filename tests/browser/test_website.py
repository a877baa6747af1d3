"""The website in a real Chromium, as readers use it: read, search, unfold, go on, on any screen."""

import functools
import http.server
import threading

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from course import content, site

LESSONS = [page.name for page in content.pages() if not page.starter]
LAPTOP, PHONE = (1366, 768), (390, 844)
LIMIT_S = 20


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def served():
    """Serve the site, as a web host would; yield its address."""
    assert site.OUTPUT.is_dir(), "there is no site: run make site"
    handler = functools.partial(Quiet, directory=str(site.OUTPUT))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Reader:
    """A tab with the site."""

    def __init__(self, browser, served):
        self.browser, self.served = browser, served

    def open(self, page, size=LAPTOP):
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.get(f"{self.served}/{page}")

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        waiting = WebDriverWait(self.browser, LIMIT_S)
        waiting.until(lambda _: self.js(script, *arguments), f"never true: {script}")

    def find(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)


@pytest.fixture(scope="module")
def reader(browser, served):
    before = browser.current_window_handle
    browser.switch_to.new_window("tab")
    yield Reader(browser, served)
    browser.close()
    browser.switch_to.window(before)


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


def test_a_term_is_searched_and_found(reader):
    reader.open("index.html")
    reader.js("document.querySelector('.search-button__button').click()")
    field = reader.find("dialog input[type=search], .search-button__search-container input")
    field.send_keys("dropout", Keys.ENTER)
    reader.wait("return location.pathname.endsWith('/search.html')")
    found = "return [...document.querySelectorAll('ul.search a')]"
    reader.wait(f"{found}.length > 3")
    paths = reader.js(f"{found}.map(link => link.pathname)")
    assert any(path.endswith(lesson(5)) for path in paths)
    assert not any("/solutions/" in path for path in paths)


def test_dark_is_dark_and_figures_stay_on_paper(reader):
    reader.open(lesson(4))
    reader.js("document.querySelector('.theme-change-button[data-mode=dark]').click()")
    reader.wait("return document.documentElement.dataset.theme === 'dark'")
    colour = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
    numbers = [int(part) for part in reader.js(colour, "body")[4:-1].split(",")]
    assert max(numbers) < 60
    assert reader.js(colour, ".cell_output img") == "rgb(255, 255, 255)"
    reader.js("localStorage.clear()")
