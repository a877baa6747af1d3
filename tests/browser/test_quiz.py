"""Quizzes, predictions and progress in Chromium: by pointer, by keys, and in a closed frame."""

import functools
import html
import http.server
import json
import threading
import tomllib

import pytest
import quiz_page
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from course import content
from helpers import quiz

QUIZ = tomllib.loads((quiz_page.QUIZZES / f"{quiz_page.NAME}.toml").read_text("utf-8"))
QUESTIONS = {part: QUIZ[part] for part in ("ready", "after")}
TEXTS = quiz.TEXTS
SCREENSHOTS = content.ROOT / "build" / "screenshots"
SIZES = {"laptop": quiz_page.LAPTOP, "phone": (390, 3900)}


class Recording(http.server.SimpleHTTPRequestHandler):
    """A file server that keeps the paths it was asked for."""

    asked: list[str] = []  # noqa: RUF012

    def log_message(self, *_):
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve the page, light, dark, and in a frame that may keep nothing; yield its address."""
    folder = tmp_path_factory.mktemp("served")
    for theme in ("light", "dark"):
        (folder / f"{theme}.html").write_text(quiz_page.page(theme), "utf-8")
    inner = html.escape(quiz_page.page())
    frame = f'<iframe sandbox="allow-scripts" width="900" height="9000" srcdoc="{inner}"></iframe>'
    (folder / "frame.html").write_text(f"<!doctype html><meta charset=utf-8>{frame}", "utf-8")
    handler = functools.partial(Recording, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def student(browser, served):
    before = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get_log("browser")  # what other pages have logged is not of this one
    yield quiz_page.Student(browser, served)
    browser.close()
    browser.switch_to.window(before)


def words(option):
    return option.get("text") or TEXTS["curve"].format(option["name"])


def right_answer(question):
    """Return what a student would give, in the form that ``Student.answer`` takes."""
    if question["kind"] == "number":
        return f"{question['answer']:,}"
    if question["kind"] == "order":
        return question["items"]
    return [words(option) for option in question["options"] if option.get("right")]


def wrong_answers(question):
    """Yield each wrong answer with its own explanation."""
    if question["kind"] == "number":
        yield from ((str(each["value"]), each["why"]) for each in question["wrong"])
        yield "-1", question["otherwise"]
    elif question["kind"] == "order":
        yield question["items"][::-1], question["otherwise"]
        first, *rest = question["items"]
        yield [first, *rest[::-1]], question["otherwise"]  # one in its place is not enough
    else:
        yield from (([words(o)], o["why"]) for o in question["options"] if not o.get("right"))


ALL = [(part, number) for part in QUESTIONS for number in range(len(QUESTIONS[part]))]


@pytest.mark.parametrize(("part", "number"), ALL)
def test_a_wrong_answer_says_why_and_where_to_read_and_a_right_one_is_right(student, part, number):
    student.open()
    question, box = QUESTIONS[part][number], student.box(part, number)
    for answer, why in wrong_answers(question):
        said = student.answer(box, answer)
        assert said.startswith(TEXTS["wrong"]) and why in said
        others = [other for _, other in wrong_answers(question) if other != why]
        assert not any(other in said for other in others)
        link = box.find_element(By.CSS_SELECTOR, "[role=status] a")
        assert link.is_displayed() and question["section"] in link.text
        page = question.get("lesson", quiz_page.NAME)
        assert f"{page}.ipynb#" in link.get_attribute("href")
    right = student.answer(box, right_answer(question))
    assert right.startswith(TEXTS["right"])
    whys = [question["why"]] if "why" in question else []
    whys += [o["why"] for o in question.get("options", ()) if o.get("right")]
    assert all(why in right for why in whys)


def test_nothing_chosen_half_of_it_and_no_number_are_no_answers_yet(student):
    student.open()
    single, several, number = (student.box("after", place) for place in range(3))
    assert student.answer(single, []) == TEXTS["choose"]
    assert TEXTS["missing"] in student.answer(several, ["The validation loss."])
    assert student.answer(number, "ten") == TEXTS["number"]
    assert student.answer(number, "10005").startswith(TEXTS["wrong"])
    for text in ("10,004", "10 004", "10004.0", "10004,0", "+1.0004e4"):
        assert student.answer(number, text).startswith(TEXTS["right"]), text


def test_try_again_clears_the_answer_and_leads_to_it(student):
    student.open()
    box = student.box("after", 0)
    student.answer(box, ["Never."])
    again = box.find_element(By.XPATH, f".//button[.='{TEXTS['again']}']")
    again.click()
    assert student.said(box) == "" and not again.is_displayed()
    assert not box.find_elements(By.CSS_SELECTOR, "input:checked")
    assert student.js("return document.activeElement.type") == "radio"


def answer_all(student, part, mistakes=0):
    for number, question in enumerate(QUESTIONS[part]):
        box = student.box(part, number)
        if number < mistakes:
            student.answer(box, next(wrong_answers(question))[0])
        student.answer(box, right_answer(question))


def test_what_was_done_is_noted_shown_exported_and_deleted(student):
    student.open()
    assert student.cells() == [f"✔ {TEXTS['yes']}", "–", "–"]  # the last questions are in sight
    answer_all(student, "ready")
    answer_all(student, "after", mistakes=2)
    score = student.find(".course-quiz[data-part=after] > [role=status]").text
    assert score == TEXTS["score"].format(6, 6, 4)
    student.find(".course-predict input[inputmode]").send_keys("1 200", Keys.ENTER)
    assert student.cells()[1:] == ["7 / 9", "1 / 1"]
    student.open(keep=True)
    assert student.cells()[1:] == ["7 / 9", "1 / 1"]
    answer_all(student, "after", mistakes=5)  # a worse result takes nothing away
    assert student.cells()[1] == "7 / 9"

    student.js("window.saved = []; URL.createObjectURL = blob => (saved.push(blob), 'data:,')")
    student.find(".course-progress button").click()
    text = student.browser.execute_async_script("saved[0].text().then(arguments[0])")
    exported = json.loads(text)
    assert exported["browser"]["quiz/02_all_kinds/after"] == {"right": 4, "of": 6}
    assert exported["table"][1][2:] == ["7 / 9", "1 / 1"]

    student.js("localStorage.setItem('another', 'stays')")
    student.browser.find_elements(By.CSS_SELECTOR, ".course-progress button")[1].click()
    assert student.cells() == ["–", "–", "–"]
    assert student.find(".course-progress [role=status]").text == TEXTS["deleted"]
    assert student.noted() == {"another": "stays"}


def test_a_prediction_is_shown_beside_the_answer(student):
    student.open()
    answers = student.browser.find_elements(By.CSS_SELECTOR, ".course-predicted")
    assert [answer.text for answer in answers] == ["The answer: 1,200 updates", "The answer: mean"]
    field, *choices = student.browser.find_elements(By.CSS_SELECTOR, ".course-predict input")
    field.send_keys("many", Keys.ENTER)
    assert student.find(".course-predict [role=status]").text == TEXTS["number"]
    assert "You said" not in answers[0].text
    field.clear()
    field.send_keys("1000", Keys.TAB)
    assert "You said 1000. ✘" in answers[0].text
    field.clear()
    field.send_keys("1150", Keys.TAB)
    assert "You said 1150. ✔" in answers[0].text, "it is within the tolerance"
    choices[0].click()
    assert "You said mean. ✔" in answers[1].text
    student.open(keep=True)
    assert student.find(".course-predict input").get_attribute("value") == "1150"
    assert student.browser.find_elements(By.CSS_SELECTOR, ".course-predict input")[1].is_selected()


def test_keys_alone_answer_everything(student):
    student.open()
    focused = "return document.activeElement"
    keys = lambda *some: ActionChains(student.browser).send_keys(*some).perform()  # noqa: E731
    box = student.box("after", 0)
    student.js("arguments[0].querySelector('input').focus()", box)
    keys(Keys.SPACE, Keys.ARROW_DOWN, Keys.ARROW_UP)
    keys(Keys.TAB, Keys.ENTER)
    first = box.find_elements(By.TAG_NAME, "label")[0].text
    assert first in student.said(box)
    box = student.box("after", 3)
    item = student.items(box)[0]
    student.js("arguments[0].querySelectorAll('li button')[1].focus()", box)
    keys(Keys.SPACE)
    assert student.items(box)[1] == item
    said = box.find_element(By.CSS_SELECTOR, "fieldset [role=status]").text
    assert said == TEXTS["place"].format(item, 2, 4)
    keys(Keys.ENTER, Keys.ENTER)
    assert student.items(box)[3] == item
    assert item in student.js(focused).get_attribute("aria-label"), "the focus went with it"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert student.js(outline) == "solid"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_looks_well(student, theme, size):
    student.open(theme, SIZES[size])
    for number, question in enumerate(QUESTIONS["after"]):
        wrong = next(wrong_answers(question))[0]
        student.answer(
            student.box("after", number), wrong if number % 2 else right_answer(question)
        )
    assert student.js("return document.documentElement.scrollWidth") <= SIZES[size][0]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    student.browser.save_screenshot(str(SCREENSHOTS / f"quiz-{theme}-{size}.png"))


def test_without_a_script_there_are_plain_questions_with_folded_answers(student):
    student.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        student.browser.get(f"{student.served}/light.html")
        shown = student.find("body").text
        folded = student.find("details")
        assert not folded.find_element(By.TAG_NAME, "ul").is_displayed()
        folded.find_element(By.TAG_NAME, "summary").click()
        unfolded = folded.text
    finally:
        student.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    for part in QUESTIONS.values():
        for question in part:
            assert question["question"] in shown
            assert all(words(option) in shown for option in question.get("options", ()))
            assert all(item in shown for item in question.get("items", ()))
    assert all(option["why"] in unfolded for option in QUESTIONS["ready"][0]["options"])


def test_a_frame_that_keeps_nothing_is_no_fault(student):
    student.open("frame")
    student.browser.switch_to.frame(0)
    try:
        answer_all(student, "after")
        score = student.find(".course-quiz[data-part=after] > [role=status]").text
        assert score == TEXTS["score"].format(6, 6, 6)
        student.find(".course-predict input[inputmode]").send_keys("5", Keys.ENTER)
        assert student.find(".course-progress [role=status]").text == TEXTS["private"]
        for button in student.browser.find_elements(By.CSS_SELECTOR, ".course-progress button"):
            button.click()
        assert student.cells() == ["–", "–", "–"]
    finally:
        student.browser.switch_to.default_content()


def test_nothing_was_asked_for_but_the_pages_and_no_error_was_logged(student):
    student.open(keep=True)
    entries = student.browser.get_log("browser")
    assert [entry for entry in entries if "favicon" not in entry["message"]] == []
    pages = {"/light.html", "/dark.html", "/frame.html", "/favicon.ico"}
    assert Recording.asked and set(Recording.asked) <= pages
