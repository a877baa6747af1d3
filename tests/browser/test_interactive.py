"""The interactive figures in a real Chromium: by mouse and keys, and their numbers are NumPy's."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from course import content
from helpers import interactive

SETTINGS = Path(__file__).with_name(".prettierrc.json")
TOOLS = content.ROOT / "build" / "browser"
SIZES = {"laptop": (1366, 768), "phone": (390, 844)}
THEMES = {"light": ("white", "#212121"), "dark": ("#121212", "#e0e0e0")}
BAR = np.zeros((7, 7))
BAR[1:6, 2:5] = 1
EDGE = np.array([[-1, 0, 1]] * 3)
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
ROOMS = np.arange(1.0, 11)
PRICES = 0.5 + 0.4 * ROOMS + [0.1, -0.2, 0.15, 0.3, -0.25, 0.05, -0.1, 0.2, -0.15, 0.1]
SCORES, VOTES, BIAS = np.array([-1.234567, 2.9, -0.8]), np.array([-3.1, 6.2, -2.7]), -0.4
some = np.random.default_rng(5)
LABELS = some.integers(0, 2, 500)
PROBABILITY = 1 / (1 + np.exp(-some.normal(4 * LABELS - 2, 1.6)))
CLOUDS = some.normal(size=(60, 2)) + np.repeat([[-1.5, 0], [1.5, 1]], 30, axis=0)


@pytest.fixture(scope="module")
def figures():
    """Return the HTML of each figure, as a cell shows it."""
    made = (
        interactive.unit({"clouds": (CLOUDS, np.repeat([0, 1], 30)), "XOR": XOR}),
        interactive.valley(2, 7, 2.5),
        interactive.threshold(PROBABILITY, LABELS),
        interactive.softmax([2, 1, 0], ["a", "b", "c"]),
        interactive.outlier(ROOMS, PRICES, 1),
        interactive.convolution(BAR, {"right": EDGE, "mean": np.full((3, 3), 1 / 9)}),
        interactive.attention(some.random((3, 28, 28)), SCORES, VOTES, BIAS),
    )
    return {figure.name: figure._repr_html_() for figure in made}


# ---- the mathematics, in Node


def computed(name, call, *cases):
    """Return what JavaScript makes of each case; ``call`` is an expression of ``c``, the case."""
    node = shutil.which("node")
    assert node, "there is no Node: run make test-browser"
    files = [(interactive.FOLDER / f"{each}.js").read_text("utf-8") for each in ("base", name)]
    script = interactive.MODULE.sub("", "".join(files))
    script += f"\nconsole.log(JSON.stringify({json.dumps(cases)}.map((c) => {call})));"
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_unit_says_what_numpy_says():
    rng = np.random.default_rng(0)
    points, weights = rng.normal(size=(50, 2)), rng.uniform(-3, 3, (20, 3)).round(1)
    found = computed("unit", "says(c, POINTS)".replace("POINTS", json.dumps(points.tolist())),
                     *weights.tolist())  # fmt: skip
    expected = [(points @ w[:2] + w[2] >= 0).astype(int) for w in weights]
    assert np.array_equal(found, expected)


def test_a_weight_rolls_as_in_numpy():
    cases = [(0.01, 0.0, 10), (0.12, 0.0, 40), (0.3, 0.0, 40), (0.01, 0.95, 40), (0.2, 0.5, 25)]
    found = computed("valley", "roll({ x: 2, y: 7, start: 2.5 }, ...c)", *cases)
    for (rate, momentum, steps), path in zip(cases, found, strict=True):
        weights, step = [2.5], 0.0
        for _ in range(steps):
            step = momentum * step - rate * 2 * 2 * (2 * weights[-1] - 7)
            weights.append(weights[-1] + step)
        np.testing.assert_allclose(path, weights, rtol=1e-9)


def test_the_scores_at_each_cutoff_are_numpys():
    data = json.loads(interactive.threshold(PROBABILITY, LABELS).data)
    found = computed("threshold", f"scores({json.dumps(data)}, c)", *range(101))
    for place, scores in enumerate(found):
        said = place / 100 < PROBABILITY
        assert scores["accuracy"] == pytest.approx(np.mean(said == LABELS), abs=1e-6)
        assert scores["recall"] == pytest.approx(np.mean(said[LABELS == 1]), abs=1e-6)
        if said.any():
            assert scores["precision"] == pytest.approx(np.mean(LABELS[said]), abs=1e-6)
        counts = [scores[name] for name in ("hits", "alarms", "misses", "rejections")]
        assert counts == [np.sum((said == s) & (y == LABELS)) for s, y in
                          ((1, 1), (1, 0), (0, 1), (0, 0))]  # fmt: skip
    assert found[100]["precision"] is None  # 0 of 0


def softmax(scores):
    powers = np.exp(scores - np.max(scores))
    return powers / powers.sum()


def test_softmax_is_numpys_at_every_temperature():
    cases = [([2, 1, 0], t) for t in (0.1, 1, 10)] + [([5, -5, 5], 0.1), ([1000, 999], 1)]
    found = computed("softmax", "probabilities(...c)", *cases)
    for (scores, temperature), probabilities in zip(cases, found, strict=True):
        np.testing.assert_allclose(
            probabilities, softmax(np.array(scores) / temperature), atol=1e-9
        )


@pytest.mark.parametrize("price", [1.1, 5.0, 23.0])
def test_the_three_lines_have_the_least_loss(price):
    prices = np.where(ROOMS == 2, price, PRICES)
    call = "[squared(...c), absolute(...c), huber(...c, 0.7)]"
    ((squared, absolute, huber),) = computed("outlier", call, (ROOMS.tolist(), prices.tolist()))
    np.testing.assert_allclose(squared[::-1], np.polyfit(ROOMS, prices, 1), atol=1e-6)

    def absolute_loss(line):
        return np.abs(prices - line[0] - line[1] * ROOMS).sum()

    def huber_loss(line):
        error = np.abs(prices - line[0] - line[1] * ROOMS)
        return np.where(error <= 0.7, error**2 / 2, 0.7 * (error - 0.35)).sum()

    for line, loss in ((absolute, absolute_loss), (huber, huber_loss)):
        options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 5000}
        best = min(
            minimize(loss, start, method="Nelder-Mead", options=options).fun
            for start in (line, squared, [0.5, 0.4])
        )
        assert loss(line) <= best + 1e-6


def test_a_convolution_is_keras():
    import keras

    rng = np.random.default_rng(1)
    cases = [
        (rng.normal(size=(rows, columns)), rng.normal(size=(3, 3)), stride, padding)
        for rows, columns in ((7, 7), (6, 9), (3, 4))
        for stride in (1, 2, 3)
        for padding in ("valid", "same")
    ]
    plain = [(x.tolist(), k.tolist(), *rest) for x, k, *rest in cases]
    for (x, k, stride, padding), found in zip(
        cases, computed("convolution", "convolve(...c).output", *plain), strict=True
    ):
        expected = keras.ops.conv(x[None, :, :, None], k[:, :, None, None], stride, padding)
        np.testing.assert_allclose(found, np.asarray(expected)[0, :, :, 0], atol=1e-5)
    by_hand = np.lib.stride_tricks.sliding_window_view(cases[0][0], (3, 3))
    (found,) = computed("convolution", "convolve(...c).output", plain[0])
    np.testing.assert_allclose(found, (by_hand * cases[0][1]).sum(axis=(2, 3)), atol=1e-9)


def attend(scores, masked):
    weights = np.zeros(3)
    if not np.all(masked):
        weights[~np.array(masked)] = softmax(scores[~np.array(masked)])
    return weights, 1 / (1 + np.exp(-(weights @ VOTES + BIAS)))


def test_attention_is_numpys_whatever_is_masked():
    masks = [[bool(n & 1), bool(n & 2), bool(n & 4)] for n in range(8)]
    data = json.dumps({"votes": VOTES.tolist(), "bias": BIAS})
    call = f"attend({data}, {json.dumps(SCORES.tolist())}, c)"
    for masked, found in zip(masks, computed("attention", call, *masks), strict=True):
        weights, probability = attend(SCORES, masked)
        np.testing.assert_allclose(found["weights"], weights, atol=1e-9)
        assert found["probability"] == pytest.approx(probability, abs=1e-9)


# ---- on the page


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
    page.keys("delta", Keys.HOME)
    assert page.text("result") != text


def test_convolution_by_pointer_key_and_typing(page, figures):
    page.open(figures["convolution"])
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
    page.find('[value="mean"]').click()
    page.find('[data-part="output"]').send_keys(Keys.ARROW_UP * 3, Keys.ARROW_LEFT * 3)
    assert page.text("result").endswith(f"= {np.pad(BAR, 1)[0:3, 0:3].sum() / 9:g}")


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
    page.open(figures["softmax"].replace('"scores": ', '"other": '))
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


# ---- how the scripts are written


@pytest.mark.parametrize("command", [["eslint"], ["prettier", "--check"]], ids=["lint", "format"])
def test_the_scripts_are_clean(command):
    """``build/browser/node_modules/.bin/prettier --write helpers/interactive`` formats them."""
    config = {"eslint": TOOLS / "eslint.config.js", "prettier": SETTINGS}[command[0]]
    files = [str(path) for path in (content.ROOT / "helpers").rglob("*.js")]
    line = [TOOLS / "node_modules" / ".bin" / command[0], "--config", config, *command[1:], *files]
    done = subprocess.run(line, cwd=content.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
