"""Nothing keeps a reader out of a page: axe-core finds no violation, and the keyboard is enough."""

import pytest
from selenium.webdriver.common.keys import Keys

from course import content, site

AXE = content.ROOT / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = sorted(
    path.relative_to(site.OUTPUT).as_posix()
    for path in site.OUTPUT.rglob("*.html")
    if "_static" not in path.parts  # the theme's templates
)
# Each violation as a line: the rule, and the first places that break it.
RUN = """
const done = arguments[arguments.length - 1];
const wanted = arguments[0] ? {runOnly: {type: "rule", values: [arguments[0]]}} : {};
axe.run(document, {...wanted, resultTypes: ["violations"]}).then(found => done(found.violations.map(
  rule => `${rule.id}: ${rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(" ")}`
)));
"""


def violations(reader, rule=None):
    reader.js(AXE.read_text("utf-8"))
    reader.browser.set_script_timeout(120)
    return reader.browser.execute_async_script(RUN, rule)


def switch(reader, theme):
    """Show the page light or dark, at once: axe would measure colours that still fade."""
    reader.js(
        "document.head.appendChild(document.createElement('style')).textContent = "
        "'*, ::before, ::after { transition: none !important; animation: none !important }'"
    )
    reader.js("document.documentElement.dataset.theme = arguments[0]", theme)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_nobody_out(reader, page):
    reader.open(page)
    reader.wait("return document.readyState === 'complete'")
    switch(reader, "light")
    found = violations(reader)
    switch(reader, "dark")  # which changes the colours alone
    assert found + violations(reader, "color-contrast") == []


def test_a_picture_without_words_and_grey_on_grey_are_found(reader):
    reader.open("index.html")
    reader.js("document.querySelector('article img').removeAttribute('alt')")
    grey = "for (const one of document.querySelectorAll('article p')) one.style.color = '#ccc'"
    reader.js(grey)  # all of them: the first has links alone, and axe judges no single dot
    switch(reader, "light")
    found = {line.partition(":")[0] for line in violations(reader)}
    assert found == {"image-alt", "color-contrast"}


def focused(reader):
    return reader.js("return document.activeElement")


def press(reader, *keys):
    for key in keys:
        focused(reader).send_keys(key)


def test_the_first_key_skips_to_the_text(reader):
    reader.open("notebooks/02_imdb_binary_classification.html")
    press(reader, Keys.TAB)
    assert focused(reader).get_attribute("textContent") == "Skip to main content"
    press(reader, Keys.ENTER)
    assert reader.js("return location.hash") == "#main-content"


def test_the_keyboard_reaches_everything(reader):
    """Each link and button that can be seen has the focus once, before the page begins anew."""
    reader.open("notebooks/00_start_here.html")
    seen = """
    return [...document.querySelectorAll('a[href], button, summary, input, [tabindex]')].filter(
      one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0 && !one.disabled
    ).length"""
    wanted, reached = reader.js(seen), set()
    for _ in range(wanted + 20):
        press(reader, Keys.TAB)
        reached.add(focused(reader))
    assert len(reached) >= wanted


def test_an_answer_unfolds_with_the_keyboard(reader):
    reader.open("notebooks/02_imdb_binary_classification.html")
    folded = "document.querySelector('.cell details.hide')"
    reader.js(f"{folded}.querySelector('summary').focus()")
    press(reader, Keys.ENTER)
    reader.wait(f"return {folded}.open")
