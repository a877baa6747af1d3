"""Write the exercises as nbgrader's sources; ``make nbgrader``.

    python -m course nbgrader ~/grading 02_imdb_binary_classification

Each exercise becomes an assignment of one notebook, ``source/NAME/NAME.ipynb``: the solution
with nbgrader's marks on its cells. Each blank is an answer, and the check below it is a test
of one point. All other code is given: nbgrader locks it, and marks with it as it was given.
nbgrader takes the solutions out itself, between the same two comments.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import build, catalogues, content, exercises, translation

SCHEMA = 3  # of nbgrader's metadata
POINTS = 1  # for each check
# A check tells a student what is wrong and goes on; for marks, a wrong answer must be an error.
# nbgrader leaves these lines out of what students get, and puts them back when it grades.
HIDDEN = """### BEGIN HIDDEN TESTS
__import__("os").environ |= {"COURSE_STRICT": "1", "COURSE_RECORD": ""}
### END HIDDEN TESTS
"""
LINK_OUTSIDE = re.compile(r"\[([^]]+)\]\(\.\./[^)]+\)")  # an assignment is in a folder of its own


def assignment(page: content.Page) -> NotebookNode:
    """Return an exercise as nbgrader's source: solutions, points, and no outputs.

    Raises:
        StaleError: the exercise's notebook must be built first.
    """
    build.require_fresh(page)
    solution = nbformat.read(page.notebook, as_version=4)
    solved = iter(solution.cells)
    notebook = exercises.starter_from(solution)
    given = [cell.source for cell in solution.cells if exercises.is_given(cell)]
    number = 1
    for cell in notebook.cells:
        if cell.source.startswith(page.example):
            continue
        answered = next(solved)
        if exercises.SOLUTION.search(answered.source):
            cell.source = answered.source
            cell.metadata.nbgrader = _mark(f"answer-{number}", solution=True)
        elif exercises.is_check(cell):
            cell.source = HIDDEN + cell.source
            cell.metadata.nbgrader = _mark(f"check-{number}", grade=True, locked=True)
            cell.metadata.nbgrader.points = POINTS
            number += 1
        elif cell.cell_type == "markdown":
            cell.source = LINK_OUTSIDE.sub(r"\1", cell.source)
        elif exercises.is_given(answered):
            name = f"given-{given.index(answered.source) + 1}"
            cell.metadata.nbgrader = _mark(name, locked=True)
    return notebook


def _mark(name: str, **marks: bool) -> NotebookNode:
    """Return nbgrader's metadata of one cell; its name is the key in the gradebook."""
    usual = {"grade": False, "solution": False, "locked": False, "task": False}
    return nbformat.from_dict({"grade_id": name, "schema_version": SCHEMA, **usual, **marks})


def write(page: content.Page, grading: Path) -> Path:
    """Write an exercise's source into nbgrader's folder, and return its path."""
    name = page.source.stem
    path = grading / "source" / name / f"{name}.ipynb"
    build.write(assignment(page), path)
    return path


def main() -> None:
    """Write the named exercises, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("grading", type=Path, help="nbgrader's folder, such as ~/grading")
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--language", choices=catalogues.languages(), help="default: English")
    options = parser.parse_args()
    exercises = [page for page in build.chosen(options.lessons) if page.starter]
    if options.language:
        exercises = [translation.page_in(page, options.language) for page in exercises]
    if not exercises:
        sys.exit(f"{', '.join(options.lessons)} has no exercises")
    for page in exercises:
        try:
            print(write(page, options.grading.expanduser()))
        except build.StaleError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    content.run(main)
