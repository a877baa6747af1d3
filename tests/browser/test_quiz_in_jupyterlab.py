"""A quiz in a real JupyterLab, whose keys run cells unless a field has them."""

import nbformat
import quiz_page
from lab_page import LabPage
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from course import content
from helpers import quiz


def test_in_jupyterlab_keys_and_clicks_stay_in_the_quiz(browser, address, screenshots, project):
    lab = LabPage(browser, address, screenshots)  # anew: other tests have led this tab elsewhere
    cells = [
        nbformat.v4.new_code_cell(
            "from pathlib import Path\nfrom helpers import quiz\n"
            f"quiz.QUIZZES = Path({str(quiz_page.QUIZZES)!r})\nquiz.ready({quiz_page.NAME!r})"
        ),
        nbformat.v4.new_code_cell("quiz.predict('02.x', 'How many?')"),
        nbformat.v4.new_code_cell("quiz.predicted('02.x', 12)"),
        nbformat.v4.new_code_cell("quiz.progress()"),
    ]
    path = project / "notebooks" / "99_quiz.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": content.KERNEL}), path
    )
    lab.script(
        "jupyterapp.commands.execute('docmanager:open', {path: arguments[0]})",
        f"notebooks/{path.name}",
    )
    lab.wait("return page.context.path.endsWith(arguments[0])", path.name)
    lab.wait("return cells.length && page.sessionContext.session?.kernel?.status === 'idle'")
    lab.run_all()
    lab.wait("return page.node.querySelectorAll('.course-on').length === 4")
    student = quiz_page.Student(lab.browser, "")

    def here(css):  # a lesson in a hidden tab has such questions, too
        return lab.script("return page.node.querySelector(arguments[0])", css)

    def box():
        return here(".course-quiz[data-part=ready] > [data-kind]")

    lab.press(lambda: box().find_element(By.CSS_SELECTOR, "input"))
    before = lab.script("return [cells.length, page.content.activeCellIndex]")
    ActionChains(lab.browser).send_keys(Keys.ARROW_DOWN, "b", "a", Keys.ARROW_DOWN).perform()
    assert lab.script("return [cells.length, page.content.activeCellIndex]") == before
    lab.press(lambda: box().find_element(By.CSS_SELECTOR, "form > button"))
    said = student.said(box())
    assert quiz.TEXTS["wrong"] in said or quiz.TEXTS["right"] in said
    lab.press(lambda: here(".course-predict input"))
    ActionChains(lab.browser).send_keys("12", Keys.ENTER).perform()
    waiting = WebDriverWait(lab.browser, 20)
    waiting.until(lambda _: "You said 12. ✔" in here(".course-predicted").text)
    for theme in ("Light", "Dark"):
        lab.theme(f"JupyterLab {theme}")
        lab.centre(box())
        lab.screenshot(f"quiz-jupyterlab-{theme.lower()}")
    lab.theme("JupyterLab Light")
    lab.press(lambda: box().find_element(By.CSS_SELECTOR, "[role=status] a"))
    lab.wait("return page.context.path.endsWith('01_neural_net_basics.ipynb')")
