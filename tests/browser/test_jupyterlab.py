"""Lessons and exercises in a real JupyterLab, with the clicks and keys of a student."""

import re
import runpy
from itertools import pairwise

import nbformat
import numpy as np
import pytest
from rules import accessibility, colours
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from course import content, exercises

LESSONS = {page.name[:2]: page for page in content.pages() if not page.starter}
EXERCISES = next(page for page in content.pages() if page.name.startswith("exercises/01"))
NUMBER = 2  # the perceptron rule: its check needs no training
ANSWERS = runpy.run_path(str(content.ROOT / "tests" / "answers" / f"{EXERCISES.source.stem}.py"))


def go(lab, start, *ways):
    """Go from one notebook to another by the links between them; ``start`` has a tab already."""
    lab.tab(start.name)
    for before, after in pairwise([start, *ways]):
        target = after.relative_to(content.NOTEBOOKS).as_posix()
        links = accessibility.links(accessibility.read(before))
        lab.follow(next(link.words for link in links if link.target == target))
        assert lab.path() == f"notebooks/{target}"


@pytest.fixture(scope="module", params=["00", "02"])
def lesson(lab, request):
    """Open a lesson from the page that `make lab` opens; see it as committed; run all cells."""
    first, notebook = LESSONS["00"].notebook, LESSONS[request.param].notebook
    go(lab, first, *([notebook] if notebook != first else []))
    loaded = [figure["alt"] for figure in lab.figures() if figure["width"]]
    assert loaded == alts(notebook), "before the first run"
    lab.menu("Edit", "Clear Outputs of All Cells")
    assert not any(cell["count"] or cell["outputs"] for cell in lab.code_cells())
    lab.run_all()
    return notebook


def alts(notebook):
    return accessibility.figures(accessibility.read(notebook))


def test_make_lab_opens_the_first_lesson(lab):
    assert lab.path() == f"notebooks/{LESSONS['00'].notebook.name}"
    lab.screenshot("first-page")
    assert lab.notices() == [], "nothing lies over the page"


def test_all_cells_run_without_error(lab, lesson):
    cells = lab.code_cells()
    sources = [c.source for c in nbformat.read(lesson, 4).cells if c.cell_type == "code"]
    assert [cell["source"] for cell in cells] == sources
    assert [cell["count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"] == []


def test_every_figure_is_there_with_its_words(lab, lesson):
    figures = lab.figures()
    assert [figure["alt"] for figure in figures] == alts(lesson)
    for figure in figures:
        assert figure["width"] > 0, f"not loaded: {figure['alt']}"
        if figure["live"]:
            continue
        assert 0 < figure["shown"] <= figure["room"], f"wider than the page: {figure['alt']}"
        for *colour, opacity in figure["corners"]:  # its own white paper, on a dark page, too
            assert min(colour) > 230 and opacity == 255, f"see-through: {figure['alt']}"


def test_a_figure_is_moved_by_keys_that_jupyterlab_leaves_alone(lab, lesson):
    """In JupyterLab x cuts a cell, and an arrow goes to the next one."""
    cells = len(lab.code_cells())
    moved = lab.slide(Keys.HOME, Keys.ARROW_RIGHT, "x")
    assert moved == {"00": None, "02": "0.01"}[lesson.stem[:2]]
    assert len(lab.code_cells()) == cells


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_lesson_is_legible(lab, lesson, theme):
    lab.theme(f"JupyterLab {theme}")
    assert pale(lab.texts()) == []
    lab.centre(lab.first_figure())
    lab.screenshot(f"lesson-{lesson.stem[:2]}-{theme.lower()}")


def test_exercise_says_what_is_wrong_until_it_is_right(lab):
    lab.theme("JupyterLab Light")
    go(lab, LESSONS["00"].notebook, LESSONS["01"].notebook, EXERCISES.starter)
    cells = nbformat.read(EXERCISES.starter, 4).cells
    checks = [n for n, cell in enumerate(cells) if "check" in cell.metadata.get("tags", [])]
    check = checks[NUMBER - 1]
    blank = check - 1
    assert "YOUR CODE HERE" in cells[blank].source

    lab.run_all()
    assert [lab.output(n)[0] for n in checks] == ["✘"] * len(checks)

    solved = exercises.blanks(EXERCISES)[NUMBER][0].source
    code, reason = ANSWERS["WRONG_ANSWERS"][NUMBER][0]
    lab.run_cell(blank, exercises.SOLUTION.sub(lambda _: code, solved))
    lab.run_cell(check)
    assert lab.output(check).startswith("✘") and reason in lab.output(check)
    lab.centre(lab.cell(check + 1))
    lab.screenshot("exercise-wrong")

    def hint(part):
        return lab.cell(blank - 1).find_element(By.CSS_SELECTOR, f"details {part}")

    assert not hint("p").is_displayed()
    lab.press(lambda: hint("summary"))
    assert hint("p").is_displayed() and hint("p").text

    lab.run_cell(blank, re.sub(r".*### (BEGIN|END) SOLUTION\n?", "", solved))
    lab.run_cell(check)
    assert "✘" not in lab.output(check) and "✔" in lab.output(check)

    for theme in ("Light", "Dark"):
        lab.theme(f"JupyterLab {theme}")
        assert pale(lab.texts()) == []
        lab.centre(lab.cell(check + 1))
        lab.screenshot(f"exercise-right-{theme.lower()}")


# ---- how legibility is measured

# The colours of code are JupyterLab's own, and some have less than 4.5: comments have 3.5 in the
# dark theme. Braces within strings have 2.7 in the light one, but they are no words.
LEAST = {"prose": colours.TEXT, "output": colours.TEXT, "code": colours.GRAPHICS}


def pale(texts):
    """Return the texts with too little contrast, each with its contrast."""
    assert {text["kind"] for text in texts} == set(LEAST)
    words = [text for text in texts if text["kind"] != "code" or re.search(r"\w", text["text"])]
    return [(seen, text) for text in words if (seen := legibility(text)) < LEAST[text["kind"]]]


def legibility(text):
    """Return the contrast of a text with what is behind it, all layers blended."""
    behind = (1, 1, 1)  # a browser's own: white
    for layer in reversed(text["behind"]):
        colour, opacity = rgba(layer)
        behind = colours.blended(colour, opacity, behind)
    colour, opacity = rgba(text["colour"])
    return colours.contrast(colours.blended(colour, opacity, behind), behind)


def rgba(css):
    """Return the colour and the opacity of what a browser computes, such as rgba(0, 0, 0, 0.5)."""
    *rgb, opacity = [float(number) for number in re.findall(r"[\d.]+", css)] + [1.0] * (
        "rgba" not in css and "/" not in css
    )
    return np.array(rgb) / (1 if css.startswith("color(") else 255), opacity


@pytest.mark.parametrize(
    ("colour", "seen"),
    [
        ("rgb(0, 0, 0)", 21),
        ("color(srgb 0 0 0)", 21),
        ("rgba(0, 0, 0, 0.5)", 3.98),
        ("color(srgb 0 0 0 / 0.5)", 3.98),
        ("rgb(119, 119, 119)", 4.48),
    ],
)
def test_pale_text_is_found(colour, seen):
    text = {"kind": "output", "text": "a", "colour": colour}
    text["behind"] = ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert legibility(text) == pytest.approx(seen, abs=0.01)
    dark = {**text, "colour": "rgb(255, 255, 255)", "behind": ["rgb(17, 17, 17)"]}
    others = [{**dark, "kind": kind} for kind in ("prose", "code")]
    assert bool(pale([text, *others])) is (seen < 4.5)
