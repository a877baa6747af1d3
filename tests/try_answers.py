"""Try answers to an exercise as a student would, and print what its checks say.

    python tests/try_answers.py 02_imdb_binary_classification ANSWERS.py

First the untouched starter runs from top to bottom. Then answers are tried: ANSWERS.py defines
``WRONG_ANSWERS``: {number of the check: [(code, a piece of the reason)]}, and ``RIGHT_ANSWERS``:
{number: [code]}. The set-up runs once more, with one epoch wherever it trains. At each blank every
answer is tried, then the solution, so that the next exercise starts from a right one. The last line
printed is JSON: what the checks of the starter printed, and a list of [number, reason (empty for a
right answer), what the check printed].

All in one process and without Jupyter: to start a kernel with TensorFlow takes longer than most
answers.
"""

import contextlib
import io
import json
import runpy
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nbformat

from course import content, exercises


def try_untouched(page: content.Page) -> list[str]:
    """Run the starter as students get it; return what each check printed.

    Raises:
        Exception: whatever a cell raised. None may stop, or Jupyter would not run the rest.
    """
    space, said = {"__name__": "__main__"}, []
    solution = nbformat.read(page.notebook, as_version=4)
    for cell in exercises.starter_from(solution).cells:
        if cell.cell_type != "code":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(cell.source, space)
        if "check" in cell.metadata.get("tags", []):
            said.append(printed.getvalue())
        _shorten(cell, space)
    return said


def _shorten(cell: nbformat.NotebookNode, space: dict) -> None:
    """After the cell of parameters, train for one epoch."""
    if "parameters" in cell.metadata.get("tags", []):
        space |= {name: 1 for name in space if name.endswith("EPOCHS")}


def try_answers(page: content.Page, wrong: dict, right: dict) -> list[tuple[int, str, str]]:
    """Return for each answer its exercise's number, the reason due, and the check's words."""
    pairs = exercises.blanks(page)
    space, verdicts = {"__name__": "__main__"}, []
    for cell in content.read_source(page).cells:
        if cell.cell_type != "code" or "check" in cell.metadata.get("tags", []):
            continue
        for number, (blank, check) in pairs.items():
            if blank.source != cell.source:
                continue
            for code, reason in [*wrong[number], *((code, "") for code in right[number])]:
                answered = exercises.SOLUTION.sub(lambda _, code=code: code, cell.source)
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    try:
                        exec(answered, space)
                    except Exception:  # a student sees it, and goes on to the check
                        traceback.print_exc()
                    exec(check.source, space)
                verdicts.append((number, reason, printed.getvalue()))
        exec(cell.source, space)
        _shorten(cell, space)
    return verdicts


if __name__ == "__main__":
    exercise, answers_file = sys.argv[1:]
    page = next(p for p in content.pages() if p.starter and p.source.stem == exercise)
    answers = runpy.run_path(answers_file)
    untouched = try_untouched(page)
    verdicts = try_answers(page, answers["WRONG_ANSWERS"], answers["RIGHT_ANSWERS"])
    print("\n" + json.dumps([untouched, verdicts]))
