"""Exercises: the starter that students get, made from the solution, and its blanks and checks."""

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import content
from course.content import EXAMPLE, Page

SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION\n?", re.M | re.S)
ANEW = "# Given names that this check needs, whatever an answer called so:\n"
DEFINITIONS = ast.FunctionDef | ast.ClassDef


def blanks(page: Page) -> dict[int, tuple[NotebookNode, NotebookNode]]:
    """Return an exercise's blanks, numbered from 1, each with the check that follows it."""
    pairs: dict[int, tuple[NotebookNode, NotebookNode]] = {}
    blank = NotebookNode()
    for cell in content.read_source(page).cells:
        if SOLUTION.search(cell.source):
            blank = cell
        elif is_check(cell):
            pairs[len(pairs) + 1] = (blank, cell)
    return pairs


def starter_from(solution: NotebookNode) -> NotebookNode:
    """Make the exercise students get: blanks, and beside each what a right answer shows."""
    starter = nbformat.from_dict({**solution, "cells": []})
    given = [cell.source for cell in solution.cells if is_given(cell)]
    starter.metadata = nbformat.from_dict({"kernelspec": content.KERNEL})
    shown: list[NotebookNode] = []
    for cell in solution.cells:
        cell = nbformat.from_dict(dict(cell))
        if cell.cell_type == "code":
            checked = is_check(cell)
            if SOLUTION.search(cell.source) or checked:
                shown += cell.outputs
            cell.source = SOLUTION.sub(_blank, cell.source).rstrip()
            if checked:
                cell.source = ANEW + _imports(given, cell.source) + "\n\n" + cell.source
            cell.outputs, cell.execution_count = [], None
            starter.cells.append(cell)
            if checked and shown:
                title = solution.metadata.get("course", {}).get("example", EXAMPLE)
                starter.cells.append(_example(shown, title))
                shown = []
        else:
            starter.cells.append(cell)
    content.set_ids(starter)
    starter.metadata.course = {"cells": content.cells_hash(starter)}
    return starter


def read_notebook(page: Page, path: Path) -> NotebookNode:
    """Return a page's notebook, or its starter: not from its file, for it may be answered."""
    notebook = nbformat.read(page.notebook, as_version=4)
    return starter_from(notebook) if path == page.starter else notebook


def is_check(cell: NotebookNode) -> bool:
    """Whether a cell checks the answer before it."""
    return "check" in cell.metadata.get("tags", [])


def is_given(cell: NotebookNode) -> bool:
    """Whether a cell of a solution is code that is neither an answer nor a check."""
    return cell.cell_type == "code" and not is_check(cell) and not SOLUTION.search(cell.source)


def _imports(given: list[str], check: str) -> str:
    """Return, as one line, the given imports that a check uses, itself or through given code."""
    trees = [ast.parse(code) for code in given]
    defined = (node for tree in trees for node in tree.body if isinstance(node, DEFINITIONS))
    nodes = [node for part in (ast.parse(check), *defined) for node in ast.walk(part)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    found: dict[str, None] = {}  # without repetitions, in order
    for line in (line for tree in trees for line in tree.body):
        if isinstance(line, ast.Import | ast.ImportFrom):
            line.names = [each for each in line.names if (each.asname or each.name) in used]
            if line.names:
                found[ast.unparse(line)] = None
    return "; ".join(found)


def _blank(solution: re.Match) -> str:
    indent = solution[1]  # a function needs a statement, and `...` is the one that does nothing
    return f"{indent}# YOUR CODE HERE\n" + (f"{indent}...\n" if indent else "")


def _example(outputs: list[NotebookNode], title: str) -> NotebookNode:
    """A folded Markdown cell with the texts and pictures of a right answer."""
    parts: list[str] = []
    attachments: dict[str, dict] = {}
    for output in outputs:
        data = output.get("data", {})
        if figure := content.FIGURE.search(data.get("text/html", "")):
            name = f"figure{len(attachments) + 1}.png"
            attachments[name] = {"image/png": figure[2]}
            parts.append(f"![{figure[1]}](attachment:{name})")
        elif text := (output.get("text") or data.get("text/plain", "")).rstrip():
            parts.append(f"```text\n{text}\n```")
    body = f"{title}\n\n" + "\n\n".join(parts)
    cell = nbformat.v4.new_markdown_cell(body)
    if attachments:
        cell.attachments = nbformat.from_dict(attachments)
    return cell
