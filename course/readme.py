"""Bring the tables of README and docs up to date with bands and measurements; ``make readme``.

Each table stands in one of these documents, between ``<!-- table: NAME -->`` and ``<!-- end -->``.
No number in it is typed: it comes from the lessons, from helpers/bands.toml or from
benchmarks/results.json. The picture of the evidence is drawn from the same ranges.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from classroom import sizing
from course import alarms, bands, catalogues, colab, content, evidence, mutants, translation
from helpers.feedback import BANDS_FILE, EDITIONS

DOCUMENTS = [content.ROOT / "README.md", *sorted((content.ROOT / "docs").glob("*.md"))]
DOCUMENTS.append(content.ROOT / "classroom" / "kubernetes" / "values.yaml")
RESULTS = content.ROOT / "benchmarks" / "results.json"
BLOCK = re.compile(r"(<!-- table: (\S+) -->\n).*?((?:# )?<!-- end -->)", re.S)  # "# ": in YAML
MISSING = "–"
NAMES = {
    "boston_16": "batches of 16",
    "boston_1": "batches of 1",
    "augmented": "augmentation",
    "fine_tuning": "fine-tuning",
    "mnist_bags": "bags of 3",
    "one_core": "an operation a core",
}


class ReadmeError(ValueError):
    """A table has no place or several, or a place names a table that does not exist."""


def tables() -> dict[str, str]:
    """Return every table by name, made from the course's files."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    lessons = [page for page in content.pages() if not page.starter]
    entries = tomllib.loads(BANDS_FILE.read_text("utf-8"))
    return {
        "picture": evidence.markdown(entries),
        "lessons": lesson_table(lessons, results, colab.address()),
        "evidence": evidence_table({edition: alarms.tally(edition) for edition in EDITIONS}),
        "weak": weak_bands(entries),
        "faults": faults_table(lessons),
        "results": results_table(entries),
        "translations": translations_table(),
        "speed": speed_table(results.get("text", {}), "test_accuracy", "accuracy"),
        "kfold": speed_table(results.get("kfold", {}), "mae", "MAE"),
        "vision": speed_table(results.get("vision", {}), "test_accuracy", "accuracy"),
        "mil": speed_table(results.get("mil", {}), "test_accuracy", "accuracy"),
        "pods": sizing.as_values(),
    }


def require_places(texts: Iterable[str], tables: Iterable[str]) -> None:
    """Refuse documents in which not every table has just one place.

    Raises:
        ReadmeError: a table has no place or several, or a place names no table.
    """
    places = [name for text in texts for _, name, _ in BLOCK.findall(text)]
    if sorted(places) != sorted(tables):
        raise ReadmeError(
            f"the documents have places for {', '.join(places) or 'no table'}; "
            f"expected one each for {', '.join(tables)}"
        )


def render(text: str, tables: Mapping[str, str]) -> str:
    """Return a document's text with the given tables in their places."""
    return BLOCK.sub(lambda place: f"{place[1]}{tables[place[2]]}\n{place[3]}", text)


def outdated(text: str, tables: Mapping[str, str]) -> list[str]:
    """Return the names of the tables that a document shows otherwise."""
    now, then = (BLOCK.finditer(version) for version in (render(text, tables), text))
    return [new[2] for new, old in zip(now, then, strict=True) if new[0] != old[0]]


def lesson_table(
    pages: Iterable[content.Page], results: Mapping[str, dict], address: str = ""
) -> str:
    """Return the lessons with their time on the editions measured, their memory, and the sum.

    With the address of the bundles, each lesson has a badge that opens it in Colab.
    """
    measured, plain = (results.get(part, {}) for part in ("lessons", "plain"))
    known = [edition for edition in reversed(EDITIONS) if edition in measured]
    columns = {f"time, {edition}": measured.get(edition, {}) for edition in known or EDITIONS}
    if "offline" in plain:
        columns["time, older processor"] = plain["offline"]
    rows, names = [], []
    for page in pages:
        opening = content.read_source(page).cells[0].source
        (title,) = re.findall(r"^# (.+)$", opening, re.M)[:1]
        (teaches,) = re.findall(r"^\*([^*].*)\*$", opening, re.M)[:1]
        names.append(page.name)
        link = f"[{title}](notebooks/{page.name}.ipynb)"
        if address:
            link += f" {colab.badge(address, page.name)}"
        rows.append(
            (str(int(page.name[:2])), link, teaches, *_costs(columns.values(), [page.name]))
        )
    rows.append(("", "**all lessons**", "", *_costs(columns.values(), names)))
    head = ("", "lesson", "what it teaches", *columns, "memory")
    notes = [_footnote(f"The {edition} data", measured[edition]) for edition in known]
    return _table(head, rows) + "".join(notes)


def _costs(columns: Iterable[Mapping], names: Sequence[str]) -> tuple[str, ...]:
    """Return the time of these lessons in each column, and the highest peak."""
    found = [[column.get("measured", {}).get(name) for name in names] for column in columns]
    times = [
        _duration(sum(cost["seconds"] for cost in costs)) if all(costs) else MISSING
        for costs in found
    ]
    peaks = [cost["peak_gb"] for costs in found for cost in costs if cost]
    return *times, f"{max(peaks):.1f} GB" if peaks else MISSING


def results_table(bands: Mapping[str, dict]) -> str:
    """Return each result that the textbooks report, and our own headlines, with our means."""
    rows = []
    for name, band in bands.items():
        if "textbook" in band or band.get("headline"):
            theirs = _number(band["textbook"]) if "textbook" in band else MISSING
            ours = [_measured(band.get(edition)) for edition in EDITIONS]
            rows.append((f"`{name}`", band["what"], theirs, *ours))
    ours = [f"{edition} data: mean (band)" for edition in EDITIONS]
    return _table(("result", "what it is", "textbook", *ours), rows)


def evidence_table(tallies: Mapping[str, alarms.Tally]) -> str:
    """Return how many results of unseen runs fell outside their bands, and were expected to."""
    rows = [
        (
            edition,
            f"{tally.runs}",
            f"{tally.results:,}",
            f"{len(tally.outside)}",
            f"{tally.expected:.1f}",
        )
        for edition, tally in tallies.items()
        if tally.runs
    ]
    head = ("data", "unseen runs of a page", "results in them", "outside their band", "expected")
    return _table(head, rows)


def faults_table(lessons: Iterable[content.Page]) -> str:
    """Return the faults that the lessons were tried with, and what caught each."""
    kept = mutants.kept()
    rows = []
    for page in lessons:
        for fault in mutants.faults(page):
            name = f"*{fault.name}*" if fault.subtle else fault.name
            first, *more = kept.get(page.name, {}).get(fault.name, []) or ["**nothing**"]
            caught = first if first.startswith("*") else f"`{first.partition(';')[0]}`"
            others = f" and {len(more)} more" if more else ""
            rows.append((str(int(page.name[:2])), name, caught + others))
    return _table(("lesson", "fault", "caught by"), rows)


def weak_bands(entries: Mapping[str, dict]) -> str:
    """Return how many bands tell little for want of runs, and the false alarms to expect."""
    rows = []
    for edition in EDITIONS:
        weak = sum(edition in entry.get("weak", []) for entry in entries.values())
        varying = [entry[edition] for entry in entries.values() if entry["kind"] != "exact"]
        risks = [band.get("risk", bands.RISK) for band in varying]
        sides = sum("risk" in band for band in varying)
        rows.append((edition, f"{len(entries)}", f"{sides}", f"{weak}", f"{sum(risks):.2f}"))
    head = (
        "data",
        "bands",
        "that tell only the sign",
        "so wide that a broken model would pass",
        "false alarms expected in one run of the whole course",
    )
    return _table(head, rows)


def speed_table(measured: Mapping[str, dict], score: str, called: str) -> str:
    """Return the lessons' code against the textbook's: seconds, memory, a score, ratios."""
    rows, notes = [], ""
    for edition in filter(measured.get, EDITIONS):
        for name, result in measured[edition]["measured"].items():
            book, ours = result["textbook"], result["lesson"]
            rows.append(
                (
                    f"{NAMES.get(name, name)}, {edition}",
                    *(f"{arm['seconds']:.1f} s" for arm in (book, ours)),
                    f"{result['seconds_ratio']:.2f}",
                    *(f"{arm['peak_gb']:.2f} GB" for arm in (book, ours)),
                    f"{result['peak_gb_ratio']:.2f}",
                    *(f"{arm[score]:.3f}" for arm in (book, ours)),
                )
            )
        repeats = min(result["repeats"] for result in measured[edition]["measured"].values())
        runs = "1 run" if repeats == 1 else f"{repeats} runs"
        notes += _footnote(f"The {edition} data, {runs} an arm", measured[edition])
    arms = ("textbook", "lesson")
    head = ["data", *arms, "ratio", *(f"{arm}, peak" for arm in arms), "ratio"]
    return _table((*head, *(f"{arm}, {called}" for arm in arms)), rows) + notes


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _footnote(what: str, measured: Mapping[str, dict]) -> str:
    """Say on which machine something was measured; nothing if it was not."""
    if "machine" not in measured:
        return ""
    return "\n\n" + (
        "*{what}: measured on {cpu}, {cores} cores, {ram_gb:.0f} GB, Python {python}, "
        "Keras {keras}, TensorFlow {tensorflow}.*"
    ).format(what=what, **measured["machine"])


def translations_table() -> str:
    """Return for each language how many of its messages are translated."""
    rows = []
    for language in catalogues.languages():
        names = catalogues.names(language)
        wanted = {name: dict(translation.wanted(name)) for name in names}
        said = [catalogues.translated(name, language) for name in names]
        counts = (sum(map(len, wanted.values())), sum(map(len, said)))
        title = catalogues.name_of(language)
        rows.append((title, f"{len(names)}", *(f"{count:,}" for count in counts)))
    return _table(("language", "catalogues", "messages", "translated"), rows)


def _measured(band: Mapping | None) -> str:
    """Return the mean from a band's note, and the band."""
    if not band:
        return MISSING
    if band["low"] == band["high"]:
        return f"exactly {_number(band['low'])}"
    mean = evidence.mean(band)
    shown = MISSING if mean is None else _number(mean)
    return f"{shown} ({_number(band['low'])} to {_number(band['high'])})"


def _number(value: float) -> str:
    """Return a number with at most three decimals.

    >>> _number(0.8837), _number(4.6), _number(266610)
    ('0.884', '4.6', '266,610')
    """
    text = f"{value:,.3f}"
    return text.rstrip("0").rstrip(".")


def _duration(seconds: float) -> str:
    """Return seconds as a student would say them.

    >>> _duration(41.7), _duration(200)
    ('42 s', '3 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def main() -> None:
    """Rewrite the tables, or with ``--check`` only say which one is out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="*", type=Path, default=DOCUMENTS)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if outdated")
    options = parser.parse_args()
    try:
        texts, current = {path: path.read_text("utf-8") for path in options.documents}, tables()
        require_places(texts.values(), current)
    except (FileNotFoundError, ReadmeError, colab.ColabError, bands.MeasurementError) as error:
        sys.exit(str(error))
    old = {path: names for path, text in texts.items() if (names := outdated(text, current))}
    drawn = evidence.picture(tomllib.loads(BANDS_FILE.read_text("utf-8")))
    if not evidence.FILE.exists() or evidence.FILE.read_text("utf-8") != drawn:
        old[evidence.FILE] = ["picture"]
    found = "; ".join(f"{', '.join(names)} in {path.name}" for path, names in old.items())
    if not old:
        print("The tables are up to date.")
    elif options.check:
        sys.exit(f"out of date: {found}; run make readme")
    else:
        for path in old:
            text = drawn if path == evidence.FILE else render(texts[path], current)
            content.replace_text(path, text)
        print(f"updated: {found}")


if __name__ == "__main__":
    content.run(main)
