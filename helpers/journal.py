"""Which exercises a student has solved: one small file beside lesson 0, which goes nowhere.

Builds, tests and marking note nothing, nor does a notebook without lesson 0 beside it.
"""

import json
import os
import re
import shutil
from pathlib import Path

import filelock

FILE = ".course-progress.jsonl"
FIRST = "00_start_here.ipynb"
LOCK_LIMIT_S = 5  # an entry takes milliseconds
CHECK = re.compile(r'with check\(\\"(.*?)\\"\)')  # in a notebook's file

_said: set[str] = set()  # a fault is told once, and not below every exercise


def note(title: str) -> None:
    """Note that the exercise with this title is solved, in the notebook that calls.

    Several kernels may do so at once. Of a damaged file what can be read stays, and the old one is
    set aside. A fault is one printed line, and never an error.
    """
    place, page = _folder(), Path(os.environ.get("JPY_SESSION_NAME", "")).stem  # set by Jupyter
    if place is None or not page:
        return
    path = place / FILE
    try:
        with filelock.FileLock(f"{path}.lock", timeout=LOCK_LIMIT_S):
            entries, whole = _read(path)
            if not whole:
                number = len(list(place.glob(f"{FILE}.damaged-*"))) + 1
                aside = Path(shutil.copy(path, f"{path}.damaged-{number}"))
                kept = "".join(f"{json.dumps(entry)}\n" for entry in entries)
                Path(f"{path}.part").write_text(kept, "utf-8")
                os.replace(f"{path}.part", path)
                print(f"({FILE} was damaged: {len(entries)} entries are kept; see {aside.name})")
            if [page, title] not in entries:
                with path.open("a", encoding="utf-8") as file:
                    file.write(f"{json.dumps([page, title])}\n")
    except (OSError, NotImplementedError) as error:  # filelock's are among them
        reason = getattr(error, "strerror", None) or "it cannot be locked"
        message = f"({FILE}, beside lesson 0, cannot be written, so this is not noted: {reason})"
        if message not in _said:
            print(message)
        _said.add(message)


def solved(page: str) -> str:
    """Return how many of a lesson's exercises are solved, such as "3 / 5"; "" if it has none."""
    place = _folder()
    try:
        text = (place / "exercises" / f"{page}.ipynb").read_text("utf-8") if place else ""
        entries = _read(place / FILE)[0] if place else []
    except (OSError, ValueError):
        return ""
    titles = {json.loads(f'"{title}"') for title in CHECK.findall(text)}
    number = sum([page, title] in entries for title in titles)
    return f"{number} / {len(titles)}" if titles else ""


def delete() -> None:
    """Delete the file, and what was set aside of it."""
    place = _folder()
    for path in place.glob(f"{FILE}*") if place else ():
        path.unlink()


def _folder() -> Path | None:
    """Return where lesson 0 is, here or one up; None if it is not, or no student is at work."""
    built = any(
        os.environ.get(name, "0") != "0" for name in ("COURSE_STRICT", "COURSE_RECORD", "CI")
    )
    places = () if built else (Path.cwd(), Path.cwd().parent)
    return next((place for place in places if (place / FIRST).is_file()), None)


def _read(path: Path) -> tuple[list[list[str]], bool]:
    """Return the entries that can be read, and whether that is all there is."""
    found = path.read_bytes() if path.exists() else b""
    entries, whole = [], found == b"" or found.endswith(b"\n")
    for line in found.splitlines():
        try:
            page, title = json.loads(line)
            entries.append([page, title])
        except (TypeError, ValueError):
            whole = False
    return entries, whole
