"""Mark what a class handed in, and say what was odd in whom; ``make mark``.

    python -m course.marking 02_imdb_binary_classification

nbgrader marks, with the steps that classroom/nbgrader_marking.py adds. The table shows each
student's points, and the notes at the top of their marked notebook.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from course import content, hub

CONFIG = content.ROOT / "classroom"  # with nbgrader_config.py
NOTES = "**Noted while marking:**"  # as in classroom/nbgrader_marking.py


class Grading:
    """nbgrader's folder, and nbgrader.

    Raises:
        FileNotFoundError: there is no nbgrader.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        here = content.ROOT / hub.IN_THE_COURSE / "bin" / "nbgrader"
        program = shutil.which("nbgrader") or shutil.which(here)
        if not program:
            raise FileNotFoundError("nbgrader is missing: make hub installs it")
        self.program = Path(program)

    def run(self, *options: str) -> str:
        """Run nbgrader; return what it printed, whether or not it succeeded."""
        paths = [str(CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")]
        programs = self.program.parent  # nbgrader starts others by their names
        env = os.environ | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "COURSE_GRADING": str(self.folder),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
        }
        command = [str(self.program), *options]
        output = subprocess.PIPE
        return subprocess.run(
            command, cwd=self.folder, env=env, text=True, stdout=output, stderr=subprocess.STDOUT
        ).stdout

    def students(self, name: str) -> list[str]:
        """Return who handed in something for an assignment."""
        return sorted(path.parent.name for path in self.folder.glob(f"submitted/*/{name}"))

    def marked(self, student: str, name: str) -> Path:
        """Return the path of a marked notebook; it exists if marking went well."""
        return self.folder / "autograded" / student / name / f"{name}.ipynb"

    def points(self, name: str) -> dict[str, tuple[str, str]]:
        """Return each student's points, and how many there were."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "grades.csv")
            printed = self.run("export", f"--to={file}")
            if not file.exists():
                raise RuntimeError(f"nbgrader exports no marks:\n{printed}")
            with file.open(encoding="utf-8") as lines:
                rows = [row for row in csv.DictReader(lines) if row["assignment"] == name]
        return {row["student_id"]: (row["score"], row["max_score"]) for row in rows}

    def notes(self, student: str, name: str) -> list[str]:
        """Return what was odd in a student's submission."""
        path = self.marked(student, name)
        if path.exists():
            first = nbformat.read(path, as_version=4).cells[0].source
            lines = first.splitlines() if first.startswith(NOTES) else []
            return [line.removeprefix("- ") for line in lines if line.startswith("- ")]
        handed_in = sorted((self.folder / "submitted" / student / name).glob("*.ipynb"))
        if not handed_in:
            return ["not marked: there is no notebook in what was handed in"]
        try:
            nbformat.read(handed_in[0], as_version=4)
        except Exception as error:  # whatever a file that is no notebook makes nbformat raise
            return [f"not marked: {handed_in[0].name} is no notebook ({type(error).__name__})"]
        return ["not marked: see the log"]


def mark(grading: Grading, name: str, options: list[str]) -> tuple[list[list[str]], str]:
    """Mark an assignment; return a row for each student, and what nbgrader printed.

    One notebook cannot keep others from being marked: whoever is left out is marked alone.

    Args:
        grading: nbgrader's folder.
        name: the assignment.
        options: of ``nbgrader autograde``, such as "--force".
    """
    students = grading.students(name)
    if not students:
        raise FileNotFoundError(f"{grading.folder}/submitted has nothing for {name}: collect it")
    printed = grading.run("autograde", name, *options)
    for student in students:
        if not grading.marked(student, name).exists():
            printed += grading.run("autograde", name, f"--student={student}", *options)
    points = grading.points(name)
    rows = []
    for student in students:
        score, of = points.get(student, ("0.0", ""))
        rows.append([student, score, of, "; ".join(grading.notes(student, name))])
    return rows, printed


def table(rows: list[list[str]]) -> str:
    """Return rows as text, in aligned columns under their titles."""
    rows = [["student", "points", "of", "noted"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{student:{widths[0]}}  {points:>{widths[1]}}  {of:>{widths[2]}}  {noted}".rstrip()
        for student, points, of, noted in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Mark the named assignment, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("name", help="the assignment, such as 02_imdb_binary_classification")
    parser.add_argument("--grading", type=Path, help="nbgrader's folder; default: ~/grading")
    parser.epilog = "Other options are those of nbgrader autograde, such as --force."
    options, of_nbgrader = parser.parse_known_args()
    folder = options.grading or Path(os.environ.get("COURSE_GRADING") or "~/grading")
    folder = folder.expanduser().resolve()
    try:
        rows, printed = mark(Grading(folder), options.name, of_nbgrader)
    except (FileNotFoundError, RuntimeError) as error:
        sys.exit(str(error))
    log = folder / f"marking-{options.name}.log"
    content.replace_text(log, printed)
    print(table(rows))
    unmarked = sum(noted.startswith("not marked") for *_, noted in rows)
    if unmarked:
        sys.exit(f"{unmarked} of {len(rows)} could not be marked; {log} says more")


if __name__ == "__main__":
    content.run(main)
