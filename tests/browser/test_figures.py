"""The interactive figures in a real Chromium: by mouse and keys, and their numbers are NumPy's."""

import re

import numpy as np
import pytest
from figures import (
    BAR,
    CLOUDS,
    EDGE,
    LABELS,
    PRICES,
    PROBABILITY,
    ROOMS,
    SCORES,
    attend,
    made,
    softmax,
)
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from course import content

TOOLS = content.ROOT / "build" / "browser"
SIZES = {"laptop": (1366, 768), "phone": (390, 844)}
THEMES = {"light": ("white", "#212121"), "dark": ("#121212", "#e0e0e0")}


@pytest.fixture(scope="module")
def figures():
    return made()


# How many points with label 1 lie where the unit says 1.
IN_BLUE = """
const area = document.querySelector('[data-part=layer] [style*="fill: var(--blue)"]');
const inside = ({ cx, cy }) => area.isPointInFill(new DOMPoint(cx.baseVal.value, cy.baseVal.value));
return [...document.querySelectorAll('circle[fill="var(--blue)"]')].filter(inside).length;
"""


class Page:
    """A tab with figures, and what a reader does with them."""

    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder

    def open(self, body, size="laptop", theme="light"):
        width, height = SIZES[size]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        paper, ink = THEMES[theme]
        path = self.folder / "page.html"
        path.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Figures</title>'
            '<meta name="viewport" content="width=device-width">'
            "<script>window.failed = []; onerror = (words) => failed.push(words)</script>"
            f'<body style="background: {paper}; color: {ink}; font-family: sans-serif">'
            f"<main><h1>Figures</h1>{body}</main>",
            "utf-8",
        )
        self.browser.get(path.as_uri())

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def find(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def text(self, part):
        return self.find(f'[data-part="{part}"]').get_property("textContent")

    def keys(self, name, *keys):
        self.find(f'[name="{name}"]').send_keys(*keys)

    def press(self, part, x, y):
        """Press the mouse at a place of a drawing, as shares of its size from the upper left."""
        element = self.find(f'[data-part="{part}"]')
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        box = element.rect
        right, down = (x - 0.5) * box["width"], (y - 0.5) * box["height"]
        actions = ActionChains(self.browser)
        actions.move_to_element_with_offset(
            element, right, down
        ).click_and_hold().release().perform()


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    before = browser.current_window_handle
    browser.switch_to.new_window("tab")
    yield Page(browser, tmp_path_factory.mktemp("figures"))
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.close()
    browser.switch_to.window(before)


def shown(value, digits=4):
    return f"{value:.{digits}f}".replace("-", "−")


def numbers(text):
    return [float(part.replace("−", "-")) for part in re.findall(r"−?\d+\.?\d*", text)]


def test_unit_by_key_and_by_choice(page, figures):
    page.open(figures["unit"])
    labels = np.repeat([0, 1], 30)
    page.keys("w1", Keys.ARROW_RIGHT * 3)
    page.keys("b", Keys.ARROW_LEFT * 5)
    wrong = np.sum((CLOUDS @ [1.3, -1] - 0.5 >= 0) != labels)
    assert numbers(page.text("result"))[:2] == [wrong, 60]
    assert page.js("return document.querySelectorAll('[stroke-width=\"1.5\"]').length") == wrong
    right_ones = np.sum((CLOUDS @ [1.3, -1] - 0.5 >= 0) & (labels == 1))
    assert page.js(IN_BLUE) == right_ones
    page.find('[value="XOR"]').click()
    fewest = 4
    for _ in range(12):
        page.keys("b", Keys.ARROW_RIGHT)
        page.keys("w1", Keys.ARROW_RIGHT)
        at = numbers(page.text("result"))
        fewest = min(fewest, at[0])
        assert at[1] == 4 and at[0] >= 1 and at[2] <= fewest


def test_valley_by_key(page, figures):
    page.open(figures["valley"])
    page.keys("rate", Keys.ARROW_RIGHT * 9)
    page.keys("steps", Keys.END)
    assert page.text("result") == "After 40 steps: weight 3.5000, loss 0.0000. It has arrived."
    page.keys("rate", Keys.END)
    page.keys("momentum", Keys.ARROW_RIGHT)
    assert "It is farther away" in page.text("result")
    assert "e+" in page.text("result")  # a loss of more than a hundred thousand


def test_threshold_by_key_and_by_pointer(page, figures):
    page.open(figures["threshold"])
    for act in (
        lambda: page.keys("cutoff", Keys.ARROW_RIGHT * 7),
        lambda: page.press("axes", 0.25, 0.5),
    ):
        before = page.text("result")
        act()
        assert page.text("result") != before
        cutoff = float(page.find('[name="cutoff"]').get_property("value"))
        said = cutoff < PROBABILITY
        for name, value in (
            ("accuracy", np.mean(said == LABELS)),
            ("precision", np.mean(LABELS[said])),
            ("recall", np.mean(said[LABELS == 1])),
        ):
            assert page.text(name) == shown(value)
        pale = 'return document.querySelectorAll(\'[stroke="var(--blue)"][opacity="0.5"]\').length'
        assert page.js(pale) == round(100 * cutoff)  # of the positive ones, all below it
    assert cutoff < 0.15
    page.keys("cutoff", Keys.END)
    assert page.text("precision") == "–"


def test_softmax_by_key(page, figures):
    page.open(figures["softmax"])
    page.keys("temperature", Keys.ARROW_LEFT * 5)
    page.keys("score2", Keys.ARROW_RIGHT * 4)
    expected = softmax(np.array([2, 1, 0.4]) / 0.5)
    assert [page.text(f"p{i}") for i in range(3)] == [shown(value) for value in expected]
    assert page.text("result") == f"Most probable: a, {shown(expected[0])}."


def test_outlier_by_key_and_by_pointer(page, figures):
    page.open(figures["outlier"])
    page.press("axes", 0.5, 0.3)
    price = float(page.find('[name="price"]').get_property("value"))
    assert price > 10
    page.keys("price", Keys.ARROW_RIGHT)
    prices = np.where(ROOMS == 2, price + 0.1, PRICES)
    off = np.abs(prices - np.polyval(np.polyfit(ROOMS, prices, 1), ROOMS))[ROOMS != 2].mean()
    text = page.text("result")
    assert f"squared: {shown(off)}" in text
    absolute, huber = page.text("absolute"), page.text("huber")
    page.keys("delta", Keys.HOME)
    assert page.text("absolute") == absolute and page.text("huber") != huber


def test_convolution_by_pointer_key_and_typing(page, figures):
    page.open(figures["convolution"])
    windows = np.lib.stride_tricks.sliding_window_view(BAR, (3, 3))
    below_0 = page.browser.find_elements(
        By.CSS_SELECTOR, '[data-part="output"] [fill*="vermilion"]'
    )
    assert len(below_0) == np.sum((windows * EDGE).sum(axis=(2, 3)) < 0)
    page.press("output", 0.5 / 5, 1.5 / 5)
    assert page.text("result").startswith("Row 1, column 0 of the output: 0·(−1) + 0·0 + 1·1 + ")
    assert page.text("result").endswith("= 3")
    page.find('[data-part="output"]').send_keys(Keys.ARROW_RIGHT * 3, Keys.ARROW_UP, Keys.ARROW_UP)
    assert page.text("result").startswith("Row 0, column 3") and page.text("result").endswith(
        "= −2"
    )
    field = page.find('[name="w2"]')
    field.clear()
    field.send_keys("2.5")
    kernel = EDGE.astype(float)
    kernel[0, 2] = 2.5
    assert numbers(page.text("result"))[-1] == np.sum(BAR[0:3, 3:6] * kernel)
    page.find('[value="same"]').click()
    page.find('[value="3"]').click()
    assert page.text("size") == "3 × 3"
    pale = page.browser.find_elements(By.CSS_SELECTOR, '[data-part="picture"] [opacity="0.6"]')
    assert len(pale) == 9 * 9 - 7 * 7  # the frame of zeros
    page.find('[data-part="output"]').send_keys(Keys.ARROW_DOWN)
    box = page.find('[data-part="picture"] > rect')  # around the window, at column 2 and row 1
    assert [box.get_attribute(axis) for axis in "xy"] == ["156", "78"]
    page.find('[value="mean"]').click()
    page.find('[data-part="output"]').send_keys(Keys.ARROW_UP, Keys.ARROW_LEFT)
    assert page.text("result").endswith(f"= {np.pad(BAR, 1)[0:3, 3:6].sum() / 9:.4f}")


def test_attention_by_key_and_mask(page, figures):
    page.open(figures["attention"])
    weights, probability = attend(SCORES, [False] * 3)  # of the scores in full
    assert [page.text(f"weight{i}") for i in range(3)] == [shown(value) for value in weights]
    assert page.text("probability") == shown(probability)
    page.find('[name="mask1"]').click()
    page.keys("score0", Keys.HOME, Keys.ARROW_RIGHT)
    weights, probability = attend(np.array([-4.99, 2.9, -0.8]), [False, True, False])
    assert [page.text(f"weight{i}") for i in range(3)] == [shown(value) for value in weights]
    assert page.text("probability") == shown(probability) and "negative" in page.text("result")
    opacity = [
        page.find(f'[data-part="picture{i}"]').value_of_css_property("opacity") for i in range(3)
    ]
    assert opacity == ["1", "0.3", "1"]
    ink = "return document.querySelector('canvas').getContext('2d').getImageData(9, 9, 9, 9).data"
    assert len(set(page.js(ink)[3::4])) > 9


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_all_are_accessible_fit_and_ask_no_host(page, figures, size, theme, screenshots):
    page.open("".join(figures.values()), size, theme)
    assert page.js("return failed") == []
    assert page.js("return performance.getEntriesByType('resource').length") == 0
    assert page.js("return document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.js("return [...document.images].filter((one) => one.checkVisibility()).length") == 0
    page.js((TOOLS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.browser.execute_async_script("axe.run().then(arguments[0])")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    forms = page.browser.find_elements(By.CLASS_NAME, "interactive-live")
    for name, form in zip(figures, forms, strict=True):
        page.js("arguments[0].scrollIntoView()", form)
        form.screenshot(str(screenshots / f"figure-{name}-{size}-{theme}.png"))


def test_a_figure_that_is_shown_twice_moves_alone(page, figures):
    page.open(2 * figures["softmax"])
    one, other = page.browser.find_elements(By.CSS_SELECTOR, '[data-part="p0"]')
    before = other.text
    page.keys("score0", Keys.ARROW_LEFT)
    assert one.text != before and other.text == before


def test_a_figure_that_fails_leaves_its_picture(page, figures):
    page.open(figures["softmax"].replace('"names": ', '"other": '))
    assert page.js("return failed.length") == 1
    assert page.find("img").is_displayed()


def test_the_picture_stays_without_a_script_and_in_print(page, figures):
    body = "".join(figures.values())
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.open(body)
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    shown = "return [...document.images].filter((one) => one.checkVisibility()).length"
    assert page.js(shown) == len(figures)
    page.open(body)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    forms = page.browser.find_elements(By.CLASS_NAME, "interactive-live")
    assert page.js(shown) == len(figures) and not any(form.is_displayed() for form in forms)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_sandboxed_frame_is_enough(page, figures):
    """Colab shows each output in such a frame."""
    page.open('<iframe sandbox="allow-scripts" title="output" width="900" height="500"></iframe>')
    frame = page.find("iframe")
    page.js("arguments[0].srcdoc = arguments[1]", frame, figures["softmax"])
    page.browser.switch_to.frame(frame)
    try:
        page.browser.implicitly_wait(10)
        page.keys("score0", Keys.ARROW_LEFT)
        assert page.text("p0") == shown(softmax([1.9, 1, 0])[0])
    finally:
        page.browser.implicitly_wait(0)
        page.browser.switch_to.default_content()
