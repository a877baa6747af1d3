"""JupyterLab as its user has it: what to press, and what there is to see."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from selenium.common import (
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

LIMIT_S = 300  # nothing that is opened or run here takes so long, on a busy machine either

# `page` is the notebook in front, with its cells; Chromium runs the rest after these lines.
PAGE = """
const page = jupyterapp.shell.currentWidget, cells = page.content.widgets;
const code = cells.filter(cell => cell.model.type === 'code');
const outputs = cell => cell.model.outputs.toJSON();
"""
IDLE = "return cells.length && page.sessionContext.session.kernel.status === 'idle'"
RUN = """
return code.every(cell => cell.model.executionCount)
    || code.some(cell => outputs(cell).some(output => output.output_type === 'error'))
"""
# JupyterLab draws a cell when it comes into view.
DRAWN = """
const cell = cells[arguments[0]], node = cell.node;
const given = cell.model.type === 'code' ? JSON.stringify(outputs(cell)) : '';
return node.querySelector('.cm-content, .jp-RenderedMarkdown')
    && node.querySelectorAll('.jp-OutputArea img').length >= given.split('<img').length - 1;
"""
SLIDER = "return cells[arguments[0]].node.querySelector('.interactive-live [type=range]')"
# A frame after the next one, all is painted.
PAINTED = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
# A page that was opened or run is still being drawn: what one is about to click on moves, or has
# no size yet.
STILL = """
const [element, done] = arguments, place = () => JSON.stringify(element.getBoundingClientRect());
element.scrollIntoView({block: 'center'});
const before = place();
setTimeout(() => done(element.checkVisibility() && place() === before), 300);
"""
# An image as a reader has it: its words, its size on the page and in itself, its corners' pixels.
FIGURE = """
const image = arguments[0], canvas = document.createElement('canvas'), corners = [];
const [width, height] = [image.naturalWidth, image.naturalHeight];
if (width && height) {
  [canvas.width, canvas.height] = [width, height];
  const ink = canvas.getContext('2d');
  ink.drawImage(image, 0, 0);
  for (const [x, y] of [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]])
    corners.push([...ink.getImageData(x, y, 1, 1).data]);
}
const live = Boolean(image.closest('.interactive-on'));  // its controls are in its place
const room = image.parentElement.clientWidth;
return {alt: image.alt, width, live, shown: image.width, room, corners};
"""
# Each way in which text is drawn: in what, in which colour, and on which colours, nearest first.
TEXTS = """
const kinds = {prose: '.jp-RenderedMarkdown', code: '.cm-content', output: '.jp-OutputArea-output'};
const found = {}, range = document.createRange();
for (const kind in kinds)
  for (const part of page.node.querySelectorAll(kinds[kind])) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, text = node.data.trim(), behind = [];
      range.selectNode(node);
      if (!text || !range.getBoundingClientRect().width) continue;
      for (let element = node.parentElement; element; element = element.parentElement)
        behind.push(getComputedStyle(element).backgroundColor);
      const colour = getComputedStyle(node.parentElement).color;
      found[[kind, colour, behind, /\\w/.test(text)]] ??= {kind, text, colour, behind};
    }
  }
return Object.values(found);
"""


class LabPage:
    """A JupyterLab window, driven as the lessons tell a student to.

    Args:
        browser: shows it.
        address: where ``make lab`` sends a student.
        screenshots: a folder.
    """

    def __init__(self, browser: Chrome, address: str, screenshots: Path) -> None:
        self.browser = browser
        self.screenshots = screenshots
        browser.set_script_timeout(LIMIT_S)
        browser.get(address)
        self.wait(IDLE)

    # ---- what to press

    def menu(self, *words: str) -> None:
        """Choose from the menu bar, such as ``menu("Edit", "Clear Outputs of All Cells")``."""
        for word in words:
            self.press(f"//*[contains(@class, '-itemLabel') and starts-with(., '{word}')]")

    def tab(self, name: str) -> None:
        """Bring an open notebook to the front."""
        self.press(f"//*[contains(@class, 'lm-TabBar-tabLabel')][.='{name}']")
        self.wait("return page.context.path.endsWith(arguments[0])", name)

    def follow(self, words: str) -> None:
        """Press the link with these words, and wait for the notebook that it opens."""
        before = self.path()
        self.press(f"//a[.='{words}']")
        self.wait("return page.context.path !== arguments[0]", before)
        self.wait(IDLE)

    def run_all(self) -> None:
        """Restart the kernel and run all cells; wait until all are done, or one has failed.

        Their execution counts must be clear before, or there is nothing to wait for.
        """
        self.menu("Kernel", "Restart Kernel and Run All Cells")
        self.press("//button[.='Restart']")
        self.wait(RUN)
        self.wait(IDLE)

    def run_cell(self, number: int, source: str | None = None) -> None:
        """Click on a cell, type into it if there is a source, run it, and wait for its end.

        The kernel's answer, with the execution count, and the outputs come on two channels. It is
        idle when all outputs are there.
        """
        count = "return cells[arguments[0]].model.executionCount"
        before = self.script(count, number)
        self._until(lambda: self._focus(number), f"cell {number} does not get the focus")
        if source is not None:
            self._until(lambda: self._typed(number, source), f"cell {number} takes no text")
        self._keys(Keys.SHIFT, Keys.ENTER)
        self.wait(f"{count} > arguments[1]", number, before or 0)
        self.wait(IDLE)
        self.browser.execute_async_script(PAINTED)

    def theme(self, name: str) -> None:
        """Choose a theme and wait until it is there."""
        self.script(
            "jupyterapp.commands.execute('apputils:change-theme', {theme: arguments[0]})", name
        )
        self.wait("return document.body.dataset.jpThemeName === arguments[0]", name)

    def press(self, target: str | Callable[[], WebElement]) -> None:
        """Click on the first in sight of this XPath, or on what a function finds.

        It comes to the middle and must rest first. If JupyterLab draws it anew meanwhile, it is
        looked up again.
        """
        self._until(lambda: self._pressed(target), f"not in sight, or it never rests: {target}")

    def _pressed(self, target: str | Callable[[], WebElement]) -> bool:
        element = self._in_sight(target) if isinstance(target, str) else target()
        if not (element and self.browser.execute_async_script(STILL, element)):
            return False
        ActionChains(self.browser).move_to_element(element).click().perform()
        return True

    def _in_sight(self, xpath: str) -> WebElement | None:
        found = self.browser.find_elements(By.XPATH, xpath)
        return next((element for element in found if element.is_displayed()), None)

    def _focus(self, number: int) -> bool:
        """Click into a code cell; a page that still moves may put another under the click."""
        self.press(lambda: self.cell(number).find_element(By.CLASS_NAME, "cm-content"))
        return self.script("return Boolean(cells[arguments[0]].editor?.hasFocus())", number)

    def _typed(self, number: int, source: str) -> bool:
        """Put a text in the place of a cell's, which has the focus."""
        self._keys(Keys.CONTROL, "a")
        self.browser.execute_cdp_cmd("Input.insertText", {"text": source})
        return (
            self.script("return cells[arguments[0]].model.sharedModel.getSource()", number)
            == source
        )

    def _keys(self, held: str, key: str) -> None:
        ActionChains(self.browser).key_down(held).send_keys(key).key_up(held).perform()

    def slide(self, *keys: str) -> str | None:
        """Click the first slider of a notebook, press keys; return its value, None without one."""
        for number in range(self.script("return cells.length")):
            self.centre(self.cell(number))
            self.wait(DRAWN, number)
            if self.script(SLIDER, number):
                self.press(
                    partial(self.script, SLIDER, number)
                )  # as a reader: a focus without a click goes back to the cell
                ActionChains(self.browser).send_keys(*keys).perform()
                return self.script("return document.activeElement.value")
        return None

    # ---- what there is to see

    def path(self) -> str:
        """Return the path of the notebook in front."""
        return self.script("return page.context.path")

    def cell(self, number: int) -> WebElement:
        """Return a cell, counted from 0."""
        return self.script("return cells[arguments[0]].node", number)

    def output(self, number: int) -> str:
        """Return what stands below a code cell, counted from 0."""
        self.browser.execute_async_script(PAINTED)
        return self.cell(number).find_element(By.CLASS_NAME, "jp-OutputArea").text

    def notices(self) -> list[str]:
        """Return the words of what lies over the page."""
        over = self.browser.find_elements(By.CSS_SELECTOR, ".Toastify__toast, .jp-Dialog")
        return [element.text for element in over]

    def code_cells(self) -> list[dict]:
        """Return each code cell's source, execution count and outputs."""
        return self.script(
            "return code.map(cell => ({source: cell.model.sharedModel.getSource(),"
            " count: cell.model.executionCount, outputs: outputs(cell)}))"
        )

    def figures(self) -> list[dict]:
        """Scroll to each figure; return its alt text, whether it is live, sizes, corners (RGBA)."""
        self._scroll_through()
        found = []
        for image in self.script("return [...page.node.querySelectorAll('.jp-OutputArea img')]"):
            self.centre(image)
            self.wait("return arguments[0].complete", image)
            found.append(self.script(FIGURE, image))
        return found

    def texts(self) -> list[dict]:
        """Return each kind of text with an example, its colour and the colours behind it."""
        self._scroll_through()
        return self.script(TEXTS)

    def _scroll_through(self) -> None:
        for number in range(self.script("return cells.length")):
            self.centre(self.cell(number))
            self.wait(DRAWN, number)

    def centre(self, element: WebElement) -> None:
        """Scroll an element to the middle of the window."""
        self.script("arguments[0].scrollIntoView({block: 'center'})", element)

    def screenshot(self, name: str) -> None:
        """Save what the window shows when it has painted what there is now."""
        self.browser.execute_async_script(PAINTED)
        self.browser.save_screenshot(str(self.screenshots / f"{name}.png"))

    def first_figure(self) -> WebElement:
        """Return the first figure, or the first cell of a notebook without figures."""
        return self.script("return page.node.querySelector('.jp-OutputArea img') || cells[0].node")

    # ---- how it is done

    def script(self, body: str, *arguments: Any) -> Any:
        """Return what this JavaScript returns."""
        return self.browser.execute_script(PAGE + body, *arguments)

    def wait(self, body: str, *arguments: Any) -> None:
        """Wait until this JavaScript returns something true."""
        body = f"try {{ {PAGE + body} }} catch (notYet) {{ return false }}"
        self._until(lambda: self.browser.execute_script(body, *arguments), f"never true: {body}")

    def _until(self, found: Callable[[], Any], message: str) -> Any:
        redrawn = [
            ElementNotInteractableException,
            NoSuchElementException,
            StaleElementReferenceException,
        ]
        waiting = WebDriverWait(self.browser, LIMIT_S, ignored_exceptions=redrawn)
        return waiting.until(lambda _: found(), message)
