"""A page with every kind of question, predictions and the table, for a browser to open."""

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from helpers import quiz

QUIZZES = Path(__file__).parents[1] / "quizzes"
NAME = "02_all_kinds"
LAPTOP = (1366, 2400)
LOOKS = """
<!doctype html><html lang="en"><meta charset="utf-8"><title>Quiz</title>
<meta name="viewport" content="width=device-width">
<style>body { font: 16px sans-serif; margin: 12px; color: #111; background: #fff }
.dark { color: #e0e0e0; background: #121212 } .dark a { color: #8ab4f8 }</style>
<body class="THEME"><main><h1>Quiz</h1>
"""


def parts() -> dict[str, str]:
    """Return the HTML that a lesson's cells show."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quiz, "QUIZZES", QUIZZES)
        shown = {
            "ready": quiz.ready(NAME),
            "number": quiz.predict("02.updates", "How often in 20 epochs?", unit="updates"),
            "choice": quiz.predict("02.nearer", "Which is nearer?", choices=["mean", "median"]),
            "updates": quiz.predicted("02.updates", 1200, tolerance=50, unit="updates"),
            "nearer": quiz.predicted("02.nearer", "mean"),
            "after": quiz.after(NAME),
            "progress": quiz.progress(),
        }
    return {name: each.data for name, each in shown.items()}


def page(theme: str = "light") -> str:
    """Return one page with all of it, light or dark."""
    return LOOKS.replace("THEME", theme) + "\n".join(parts().values())


class Student:
    """A tab with the page: what to press, and what it says."""

    def __init__(self, browser, served):
        self.browser, self.served = browser, served

    def open(self, name="light", size=LAPTOP, keep=False):
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.get(f"{self.served}/{name}.html")
        if not keep and name != "frame":
            self.js("localStorage.clear()")
            self.browser.refresh()

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def find(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def box(self, part, number):
        """Return the form of a question, counted from 0."""
        css = f".course-quiz[data-part={part}] > [data-kind]"
        return self.browser.find_elements(By.CSS_SELECTOR, css)[number]

    def answer(self, box, answer):
        """Give an answer: the words of options, a number as text, or items in order."""
        if isinstance(answer, str):
            field = box.find_element(By.CSS_SELECTOR, "input[inputmode]")
            field.clear()
            field.send_keys(answer)
        elif box.get_attribute("data-kind") == "order":
            for place, words in enumerate(answer):
                while self.items(box).index(words) > place:
                    item = box.find_elements(By.TAG_NAME, "li")[self.items(box).index(words)]
                    item.find_element(By.TAG_NAME, "button").click()
        else:
            for label in box.find_elements(By.TAG_NAME, "label"):
                chosen = label.find_element(By.TAG_NAME, "input").is_selected()
                if chosen != (label.text.split("\n")[0] in answer):
                    label.find_element(By.TAG_NAME, "input").click()
        box.find_element(By.CSS_SELECTOR, "form > button").click()
        return self.said(box)

    def items(self, box):
        return self.js(
            "return [...arguments[0].querySelectorAll('li')].map(li => li.lastChild.data)", box
        )

    def said(self, box):
        return box.find_element(By.CSS_SELECTOR, "form > [role=status]").text

    def cells(self):
        return [cell.text for cell in self.browser.find_elements(By.CSS_SELECTOR, "td")]

    def noted(self):
        return self.js("return Object.fromEntries(Object.entries(localStorage))")
