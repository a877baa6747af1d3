"""What must hold for every page of the course, whatever it teaches; see also accessibility.py.

Each function returns sentences that name what is wrong; an empty list is good. The tests
demand empty lists of the course, and full ones of a course broken on purpose.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable

import nbformat
from nbformat import NotebookNode

from course import bands as intervals
from course import calibrate, content, fingerprints, measurements
from course.bands import MeasurementError
from helpers.feedback import BANDS_FILE, EDITIONS

IGNORED = "nbval-ignore-output"
LINE = re.compile(r"^([a-z_0-9]+\.[a-z_0-9]+) = .+, expected .+ \((?:offline|original)\)$", re.M)
MACHINE_PATH = re.compile(r"(/home/|/root/|/tmp/|/Users/|\b[A-Z]:\\|0x[0-9a-f]{8,})")
MAX_BYTES = 1_000_000
COMPARED_SHARE = 2 / 3
OUTDATED = ("input_shape=", "predict_classes", "ImageDataGenerator(", "np_utils", "import *")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_of(cell: NotebookNode) -> str:
    """Return all a cell put out as text."""
    parts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
    return "".join(parts)


def sync(page: content.Page, notebook: NotebookNode) -> list[str]:
    """The pair agrees, and the source is as jupytext would write it back."""
    found = content.differences(page, notebook)
    if content.as_source(content.read_source(page)) != page.source.read_text("utf-8"):
        found.append("saving the notebook in JupyterLab would reformat the source")
    return found


def freshness(page: content.Page, notebook: NotebookNode) -> list[str]:
    """Every cell ran, in order, and was made from what is there now."""
    found = []
    built = notebook.metadata.get("course", {})
    if built.get("code") != fingerprints.code(page, "offline"):
        found.append("code, helpers, bands or libraries changed since it was run: make notebooks")
    elif built.get("source") != content.source_hash(page):
        found.append("text changed since it was built: run make notebooks")
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        found.append(f"not run from top to bottom: execution counts are {counts}")
    return found


def outputs(notebook: NotebookNode) -> list[str]:
    """Outputs are clean, small, the same on every machine, and mostly compared."""
    found = []
    bearing = [cell for cell in code_cells(notebook) if cell.outputs]
    compared = [cell for cell in bearing if IGNORED not in cell.metadata.get("tags", [])]
    if len(compared) < COMPARED_SHARE * len(bearing):
        found.append(f"only {len(compared)} of {len(bearing)} cells with output are compared")
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        if "execution" in cell.metadata:
            found.append(f"cell {number} has time stamps")
        if IGNORED in cell.metadata.get("tags", []):
            rest = LINE.sub("", text_of(cell)).strip()
            if not rest or all(LINE.match(line) for line in text_of(cell).splitlines()):
                found.append(f"cell {number} is tagged {IGNORED} without need")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {number} ends in an error")
            if output.get("name") == "stderr":
                found.append(f"cell {number} writes to stderr")
        if MACHINE_PATH.search(text_of(cell)):
            found.append(f"cell {number} shows a path or an address of this machine")
    if (size := len(nbformat.writes(notebook))) >= MAX_BYTES:
        found.append(f"it has {size / 1e6:.1f} MB; the limit is {MAX_BYTES / 1e6:g} MB")
    return found


def prose(notebook: NotebookNode) -> list[str]:
    """Header, objectives and recap are there, and idioms are today's."""
    found = []
    first, last = (
        notebook.cells[0].source,
        next(
            (
                c.source
                for c in reversed(notebook.cells)
                if c.source.startswith("## What you learned")
            ),
            None,
        ),
    )
    for what, pattern in {
        "a title": r"\A# \S",
        "a line that says what it is about": r"^\*.+\*$",
        "a table with time, memory, data and needs": r"^\| Time \| Memory \| Data \| You need",
        "objectives": r"^\*\*After (this lesson|these exercises) you can\*\*",
    }.items():
        if not re.search(pattern, first, re.M):
            found.append(f"the header lacks {what}")
    if last is None:
        found.append("there is no recap, '## What you learned'")
    elif (goals := len(re.findall(r"^\d\. ", first, re.M))) != len(
        re.findall(r"^\d\. ", last, re.M)
    ):
        found.append(f"the header has {goals} objectives, the recap another number")
    for cell in notebook.cells:
        found += [f"outdated: {idiom}" for idiom in OUTDATED if idiom in cell.source]
    return found


def results(notebook: NotebookNode) -> list[str]:
    """The names of the results that a notebook holds against their bands, in order."""
    return [name for cell in code_cells(notebook) for name in LINE.findall(text_of(cell))]


def bands(notebooks: Iterable[NotebookNode]) -> list[str]:
    """Every band is used by one expect of the course, and is a band a broken model fails."""
    entries = tomllib.loads(BANDS_FILE.read_text("utf-8"))
    used = Counter(name for notebook in notebooks for name in results(notebook))
    found = [f"band {name} is used by no notebook" for name in entries if not used[name]]
    found += [f"{name} is expected {count} times" for name, count in used.items() if count > 1]
    for name, entry in entries.items():
        found += band_problems(name, entry)
    return found


def band_problems(name: str, entry: dict) -> list[str]:
    """One band says what it is, is measured in both editions, and tells good from broken."""
    found = []
    if not entry.get("what"):
        found.append(f"{name} does not say what it is")
    if entry.get("kind") not in intervals.KINDS:
        found.append(f"{name} is of no known kind")
    for edition in EDITIONS:
        band = entry.get(edition, {})
        if not {"low", "high", "from"} <= set(band):
            found.append(f"{name} is not calibrated for the {edition} edition")
        elif (band["low"] == band["high"]) != (entry.get("kind") == "exact"):
            found.append(f"{name} ({edition}) has one value and is not exact, or the reverse")
        elif band["low"] > band["high"]:
            found.append(f"{name} ({edition}) is empty")
        elif "broken" not in entry:
            found.append(f"{name} does not say what a broken model would give")
    if found == [] and (weak := calibrate.weak_editions(entry)) != entry.get("weak", []):
        found.append(f"{name}: a broken model would pass in {weak}, and weak says otherwise")
    if "textbook" in entry and "original" in entry:
        low, high = entry["original"]["low"], entry["original"]["high"]
        if not low <= entry["textbook"] <= high:
            found.append(f"{name}: the textbook's {entry['textbook']} is outside {low} to {high}")
    return found


def measured_bands(page: content.Page, edition: str) -> list[str]:
    """A page's bands are what its kept measurements give: none is typed, or of other code."""
    entries = tomllib.loads(BANDS_FILE.read_text("utf-8"))
    found = []
    try:
        moments = measurements.moments(measurements.read(page, edition))
        for name in results(nbformat.read(page.notebook, as_version=4)):
            if name not in moments:
                way_out = "make calibrate or make restamp"
                found.append(f"{name} ({edition}): no kept run of this code; {way_out}")
        for name, measured in moments.items():
            wanted = intervals.band_of(measured, entries[name])
            band = entries[name].get(edition, {})
            if {key: end for key, end in band.items() if key != "from"} != wanted:
                found.append(f"{name} ({edition}): its measurements give {wanted}; make calibrate")
    except MeasurementError as error:
        found.append(str(error))
    return found
