"""What nbgrader does besides, when it marks: repair a submission, survive it, say what was odd.

nbgrader_config.py puts these classes among nbgrader's own steps, so they count for the command
line and for the Formgrader alike. Whatever is odd in a submission becomes one note in a cell at
the top of the marked notebook.
"""

import os
import re
from collections import defaultdict
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.coursedir import CourseDirectory

NOTES = "**Noted while marking:**\n"  # begins the cell; then a line for each note, with a dash
TITLE = re.compile(r"^with check\(.*", re.MULTILINE)  # tells one check from another
HANDED_IN_AS = "handed_in_as"  # metadata of a notebook that was found under another name


def find_notebook(notebooks: list[str], **_: str) -> None:
    """Find a notebook that was handed in under another name; nbgrader's hook before it converts.

    nbgrader asks for one that is called as its assignment. If there is none, the one with most of
    the assignment's cells is copied to that name, and added to the list.

    Args:
        notebooks: the paths of one submission's notebooks, ``submitted/STUDENT/NAME/….ipynb``.
    """
    folder = Path(notebooks[0]).parent
    wanted = folder / f"{folder.name}.ipynb"
    if wanted.exists():
        return

    def marked(path: str) -> int:
        return Path(path).read_text("utf-8", "replace").count('"grade_id"')

    found = max(sorted(notebooks), key=marked)
    notebook = nbformat.read(found, as_version=4)
    notebook.metadata[HANDED_IN_AS] = Path(found).name
    nbformat.write(notebook, wanted)
    notebooks.append(str(wanted))


def note(notebook: NotebookNode, text: str) -> None:
    """Add a line to the notes at the top of a notebook."""
    if not (notebook.cells and notebook.cells[0].source.startswith(NOTES)):
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(NOTES))
    notebook.cells[0].source += f"\n- {text}"


class Repair(preprocessors.NbGraderPreprocessor):
    """Give each cell of the assignment its one mark again, and put back what is missing.

    nbgrader stops at a mark that occurs twice, and gives no point for a check that is gone.
    Nothing that a student wrote is deleted: a copy, or a changed check, stays, without a mark.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Repair one submission, which must be of an assignment that nbgrader released."""
        course = CourseDirectory(config=self.config)
        names = resources["nbgrader"]
        folder = course.format_path(course.release_directory, ".", names["assignment"])
        released = nbformat.read(Path(folder, f"{names['notebook']}.ipynb"), as_version=4)
        nb = nbformat.v4.upgrade(nb, from_minor=nb.nbformat_minor)  # cells have ids
        noted = repair(nb, released)
        if name := nb.metadata.pop(HANDED_IN_AS, None):
            noted.insert(0, f"it was handed in as {name}")
        for text in noted:
            note(nb, text)
        return nb, resources


def repair(nb: NotebookNode, released: NotebookNode) -> list[str]:
    """Repair a submission in place, as ``Repair`` says; return what was odd."""
    noted = []
    stripped = not any("nbgrader" in cell.metadata for cell in nb.cells)
    if stripped:
        noted.append("all of nbgrader's marks were missing")
    places = _places(nb, released)  # where each cell of the assignment is
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
        for lock in ("editable", "deletable"):
            cell.metadata.pop(lock, None)
    missing: dict[int, list[NotebookNode]] = defaultdict(list)  # by the place to insert them before
    answer: list[int] = []
    for number, ours in enumerate(released.cells):
        mark = ours.metadata.get("nbgrader")
        if not mark:
            continue
        found = places[number]
        name = mark.grade_id
        if len(found) > 1:
            noted.append(f"{name} was there {len(found)} times")
        if mark.solution:
            answer = found
            if found:
                nb.cells[found[-1]].metadata.nbgrader = mark
            elif not stripped:  # an answer is found by its mark alone
                noted.append(f"{name} was missing")
            continue
        same = [place for place in found if _is_same(nb.cells[place], ours)]
        if same:
            # A check belongs after its answer; of its copies there, the first.
            later = [place for place in same if mark.grade and place > max(answer, default=-1)]
            kept = nb.cells[(later or same)[0]]
            kept.metadata.nbgrader = mark
            continue
        if found:
            noted.append(f"{name} was changed; the original was put after it")
            place = found[-1] + 1
        else:
            noted.append(f"{name} was missing and was put back")
            following = (places[n][0] for n in range(number + 1, len(released.cells)) if places[n])
            place = next(following, len(nb.cells))
        missing[place].append(_copy(ours))
    for place in sorted(missing, reverse=True):
        nb.cells[place:place] = missing[place]
    return noted


def _places(nb: NotebookNode, released: NotebookNode) -> dict[int, list[int]]:
    """Return where each cell of an assignment is in a submission: by its mark, or by its text."""
    marks, texts, titles = {}, defaultdict(list), {}
    for number, cell in enumerate(released.cells):
        texts[_text(cell)].append(number)
        mark = cell.metadata.get("nbgrader", {})
        if mark:
            marks[mark.grade_id] = number
        if mark.get("grade"):
            titles[TITLE.search(cell.source)[0]] = number
    places: dict[int, list[int]] = defaultdict(list)
    for place, cell in enumerate(nb.cells):
        number = marks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if number is None and texts[_text(cell)]:
            same = texts[_text(cell)]  # several blanks may look alike: one after the other
            number = same.pop(0) if len(same) > 1 else same[0]
        if number is None:
            number = next(
                (titles[line] for line in cell.source.splitlines() if line in titles), None
            )
        if number is not None:
            places[number].append(place)
    return places


def _text(cell: NotebookNode) -> str:
    return "\n".join(line.rstrip() for line in cell.source.strip().splitlines())


def _is_same(one: NotebookNode, other: NotebookNode) -> bool:
    return one.cell_type == other.cell_type and _text(one) == _text(other)


def _copy(cell: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_code_cell(cell.source, metadata={"nbgrader": cell.metadata.nbgrader})


class Execute(preprocessors.Execute):
    """Execute a submission to its end, whatever its cells do.

    A cell that ends the kernel, or that runs on when it is interrupted after the timeout, is left
    out: a new kernel executes the others.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Execute all cells that do not stop the others; note those that failed."""
        os.environ.pop("PYTHONOPTIMIZE", None)  # the kernel would skip every assert
        self.left_out: dict[int, str] = {}
        while True:
            try:
                nb, resources = super().preprocess(nb, resources)
                break
            except (DeadKernelError, CellTimeoutError) as error:
                if self.running in self.left_out:
                    raise
                stopped = isinstance(error, DeadKernelError)
                why = "ended the kernel" if stopped else "did not end"
                self.left_out[self.running] = f"{why} and was left out"
        noted = [self._tidy(number, cell) for number, cell in enumerate(nb.cells)]
        for text in filter(None, noted):
            note(nb, text)
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Execute one cell, unless it is left out."""
        self.running = index
        if index not in self.left_out:
            return super().preprocess_cell(cell, resources, index)
        why = f"this cell {self.left_out[index]}"
        cell.outputs = [
            nbformat.v4.new_output("error", ename="LeftOut", evalue=why, traceback=[why])
        ]
        return cell, resources

    def on_cell_executed(self, **kwargs: object) -> None:
        """Take ``exit()``, after which the kernel ends when it likes, for its end at once."""
        super().on_cell_executed(**kwargs)
        payload = kwargs["execute_reply"]["content"].get("payload", [])
        if any(each.get("source") == "ask_exit" for each in payload):
            raise DeadKernelError("Kernel died")

    def _tidy(self, number: int, cell: NotebookNode) -> str:
        """Return what stopped a cell, if that is odd. Leave a check no output but what marks it.

        nbgrader takes a check's warning for a wrong answer, and a shown value for its points.
        """
        if cell.cell_type != "code":
            return ""
        mark = cell.metadata.get("nbgrader", {})
        is_check = mark.get("grade", False)
        why = self.left_out.get(number, "")
        for output in cell.outputs:
            if output.output_type == "error" and number not in self.left_out:
                if output.ename == "CellTimeoutError":
                    why = f"was stopped after {self.timeout} seconds"
                elif not is_check:  # a check's error is a wrong answer
                    why = f"stopped with {output.ename}"
            elif is_check and output.get("name") == "stderr":
                output.name = "stdout"
            elif is_check and output.output_type == "execute_result":
                output.output_type = "display_data"
                del output["execution_count"]
        first, _, _ = cell.source.strip().partition("\n")
        name = mark.get("grade_id") or f"the cell {first!r}"
        return f"{name} {why}" if why else ""
