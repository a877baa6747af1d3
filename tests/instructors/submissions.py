"""A class that hands in: a toy exercise, right answers, and odd ones with what marking says."""

import copy
import re

import nbformat

NAME = "toy"
SOURCE = """
# %% [markdown]
# # Toy exercises

# %% tags=["parameters"]
EPOCHS = 5

# %%
import math
from statistics import mean

from helpers.feedback import check, expect

edition = "offline"

# %%
def losses():
    return [1 / (epoch + 1) for epoch in range(EPOCHS)]

# %% [markdown]
# ## Exercise 1

# %%
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% tags=["check"]
with check("1. Double"):
    assert double(3) == 6, "double(3) should be 6"
    assert set(map(double, [1, 2])) == {2, 4}, "double each"

# %% [markdown]
# ## Exercise 2

# %%
def best(values):
    ### BEGIN SOLUTION
    return min(values)
    ### END SOLUTION

# %% tags=["check"]
with check("2. The best loss"):
    assert best([3, 1, 2]) == 1, "the best is the lowest"
    assert math.isclose(best(losses()), 0.2), "train five epochs"
    expect("EXACT", VALUE if len(losses()) == 5 else 1, edition)

# %% [markdown]
# ## Exercise 3

# %%
### BEGIN SOLUTION
middle = mean([1, 2, 3])
### END SOLUTION

# %% tags=["check"]
with check("3. The mean"):
    assert middle == mean([1, 2, 3]), "middle should be 2"
""".replace("EXACT", "transfer.parameters").replace("VALUE", "14_714_688")
BLANK = re.compile(r"^( *)# YOUR CODE HERE\n *pass$", re.M)
BLANK_LINE = re.compile(r"^( *)# YOUR CODE HERE\n( *)pass\n?", re.M)
RIGHT = {1: "return 2 * x", 2: "return min(values)", 3: "middle = mean([1, 2, 3])"}


def marks(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def place(notebook, name):
    return next(n for n, cell in enumerate(notebook.cells) if marks(cell) == name)


def answered(released, answers):
    """Return what a student with these answers hands in; each a number and code for the blank."""
    notebook = copy.deepcopy(released)
    for number, code in answers.items():
        cell = notebook.cells[place(notebook, f"answer-{number}")]
        assert BLANK_LINE.search(cell.source), cell.source
        indent = BLANK_LINE.search(cell.source)[1]
        lines = ("\n" + indent).join(code.splitlines())
        cell.source = BLANK_LINE.sub(lambda _, i=indent, c=lines: i + c, cell.source)
    return notebook


def before(notebook, name, code):
    notebook.cells.insert(place(notebook, name), nbformat.v4.new_code_cell(code))


def double_cell(name):
    def change(notebook):
        at = place(notebook, name)
        notebook.cells.insert(at, copy.deepcopy(notebook.cells[at]))

    return change


def again(*names):
    def change(notebook):
        notebook.cells += [copy.deepcopy(notebook.cells[place(notebook, name)]) for name in names]

    return change


def split(name, line):
    def change(notebook):
        at = place(notebook, name)
        second = copy.deepcopy(notebook.cells[at])
        lines = second.source.splitlines()
        notebook.cells[at].source = "\n".join(lines[:line])
        second.source = "\n".join(lines[line:])
        notebook.cells.insert(at + 1, second)

    return change


def delete(*names):
    def change(notebook):
        notebook.cells = [cell for cell in notebook.cells if marks(cell) not in names]

    return change


def strip(notebook):
    notebook.metadata = nbformat.NotebookNode()
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        cell.pop("id", None)


def edit(name, code):
    def change(notebook):
        notebook.cells[place(notebook, name)].source = code

    return change


def merge(first, second):
    """Merge two cells, as JupyterLab: the marks are the second's."""

    def change(notebook):
        one, two = notebook.cells[place(notebook, first)], notebook.cells[place(notebook, second)]
        two.source = f"{one.source}\n\n{two.source}"
        notebook.cells.remove(one)

    return change


def as_text(name):
    def change(notebook):
        cell = notebook.cells[place(notebook, name)]
        notebook.cells[place(notebook, name)] = nbformat.v4.new_markdown_cell(
            cell.source, metadata=cell.metadata
        )

    return change


def ahead(name, code):
    return lambda notebook: before(notebook, name, code)


def nothing(notebook):
    pass


# Student: answers that differ from right ones, what happens to the notebook, points, the note.
ODD = {
    "blank": ({1: None, 2: None, 3: None}, nothing, 0, ""),
    "wrong": ({1: "return x"}, nothing, 2, ""),
    "copied_answer": ({}, double_cell("answer-2"), 3, "answer-2 was there 2 times"),
    "copied_check": ({}, double_cell("check-2"), 3, "check-2 was there 2 times"),
    "copied_given": ({}, double_cell("given-2"), 3, "given-2 was there 2 times"),
    "copied_section": ({}, again("answer-2", "check-2"), 3, "check-2 was there 2 times"),
    "split_answer": ({1: "y = 2 * x\nreturn y"}, split("answer-1", 2), 2, "answer-1 was there 2"),
    "split_check": ({}, split("check-2", 2), 3, "check-2 was changed"),
    "deleted_check": ({}, delete("check-2"), 3, "check-2 was missing and was put back"),
    "deleted_pair": ({}, delete("answer-2", "check-2"), 2, "answer-2 was missing; check-2 was"),
    "deleted_given": ({}, delete("given-1", "given-2"), 3, "given-2 was missing"),
    "deleted_all": ({}, delete("check-1", "check-2", "check-3"), 3, "check-3 was missing"),
    "stripped": ({}, strip, 3, "all of nbgrader's marks were missing"),
    "stripped_wrong": ({2: "return max(values)"}, strip, 2, "all of nbgrader's marks"),
    "merged": ({}, merge("answer-2", "check-2"), 3, "check-2 was changed"),
    "check_as_text": ({}, as_text("check-2"), 3, "check-2 was changed"),
    "edited_check": ({1: "return x"}, edit("check-1", "print('all is well')"), 2, "check-1 was"),
    "one_epoch": ({}, edit("given-1", "EPOCHS = 1"), 3, "given-1 was changed"),
    "syntax": ({2: "return min(values"}, nothing, 2, "answer-2 stopped with SyntaxError"),
    "loop": ({2: "return min(values)\nwhile True: pass"}, nothing, 3, ""),
    "endless": (
        {},
        ahead("answer-2", "while True:\n    pass"),
        3,
        "the cell 'while True:' was stopped after 4 seconds",
    ),
    "endless_in_check": (
        {2: "while True:\n    pass"},
        nothing,
        2,
        "check-2 was stopped after 4 seconds",
    ),
    "deaf": (
        {},
        ahead(
            "answer-2",
            "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except:\n        pass",
        ),
        3,
        "'import time' did not end and was left out",
    ),
    "killed": ({}, ahead("answer-2", "import os; os._exit(1)"), 3, "ended the kernel"),
    "killed_in_check": ({2: "import os\nos._exit(1)"}, nothing, 2, "check-2 ended the kernel"),
    "left": ({}, ahead("answer-2", "exit()"), 3, "'exit()' ended the kernel"),
    "left_in_check": ({2: "raise SystemExit"}, nothing, 2, ""),
    "fake_check": (
        {1: None, 2: None, 3: None},
        ahead(
            "answer-1", "import contextlib\ndef check(title): return contextlib.suppress(Exception)"
        ),
        0,
        "",
    ),
    "named_check": ({}, ahead("answer-1", "check = expect = math = 3"), 3, ""),
    "named_given": ({}, ahead("answer-1", "mean = 3"), 2, "answer-3 stopped with TypeError"),
    "named_set": ({}, ahead("answer-1", "set = len = map = 3"), 3, ""),
    "recorded": (
        {2: "return 1"},
        ahead("answer-1", "import os; os.environ['COURSE_RECORD'] = '/dev/null'"),
        2,
        "",
    ),
    "shown": ({1: "import sys\nsys.displayhook(1)\nreturn x"}, nothing, 2, ""),
    "warned": ({1: "import sys\nprint('hm', file=sys.stderr)\nreturn 2 * x"}, nothing, 3, ""),
}
FILES = ("renamed", "no_json", "no_notebook")
GOOD = [f"student{number:02}" for number in range(12)]
