"""One meaning a name: running an earlier cell again must not make a later one silently wrong.

That happens where two cells give a name its value, and a cell after the second one reads it: run
the first one again, then that cell, and it computes with the wrong value, without a word.
"""

import dis
from collections.abc import Iterator
from types import CodeType

import pytest

from course import content


def names_of(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the names that a cell binds, and those that it reads before it binds them."""
    bound: set[str] = set()
    read: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            bound.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            read |= {step.argval} - bound
        elif isinstance(step.argval, CodeType):  # a function, or what a comprehension runs
            read |= names_of(step.argval)[1] - bound
    return bound, read


def two_meanings(cells: list[str]) -> Iterator[str]:
    """Yield each name that a cell reads although two cells before it, or it and one, bind it."""
    flow = [names_of(compile(cell, "cell", "exec")) for cell in cells]
    binders: dict[str, list[int]] = {}
    for number, (bound, read) in enumerate(flow):
        for name in sorted(read):
            before = binders.get(name, []) + ([number] if name in bound else [])
            if len(before) > 1:
                yield f"{name}: bound by cells {before}, read by cell {number}"
        for name in bound:
            binders.setdefault(name, []).append(number)


@pytest.mark.parametrize("page", content.pages(), ids=lambda page: page.name)
def test_no_earlier_cell_changes_what_a_later_one_means(page):
    cells = [cell for cell in content.read_source(page).cells if cell.cell_type == "code"]
    # The parameters are the reader's to change, and the seed goes through session.start.
    chosen = [c.source for c in cells if "parameters" not in c.metadata.get("tags", [])]
    assert not list(two_meanings(chosen))


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["x = 1", "y = x", "x = 2", "z = x"], ["x"]),
        (["x = 1", "x = x + 1"], ["x"]),
        (["x = 1", "def f():\n    return x", "x = 2", "f()", "g = lambda: x"], ["x"]),
        (["x = 1", "x = 2", "[x for _ in '12']"], ["x"]),
        (["for i in '12':\n    print(i)", "for i in '34':\n    print(i)"], []),
        (["x = 1; y = x", "x = 2; y2 = x"], []),
        (["x = 1", "x2 = x", "del x"], []),
    ],
)
def test_the_rule_finds_what_it_should(cells, names):
    assert [found.partition(":")[0] for found in two_meanings(cells)] == names
