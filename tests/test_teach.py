"""The instructor kit speaks of what is there: sections, questions, tasks; its minutes add up."""

import re
import tomllib
from functools import cache

import pytest

from course import content, site, teach
from helpers import quiz

LESSONS = [page.name for page in content.pages() if not page.starter]
PARTS = {  # the headings of a page, and what stands in each as often as this at least
    "Goals": (r"<!-- goals -->", 1),
    "What students need": (r"\w+", 40),
    "90 minutes": (r"^\| \d+ \|", 7),
    "Questions to ask": (r"^\d\. \*\*.+?\?\*\*\s+\*Expect:\*.+?\*Why\s+it\s+matters:\*", 5),
    "Typical mistakes and what they mean": (r"^- .+?\*Means:\*.+?\*Show:\*", 5),
    "Quiz and exercises": (r"\bstretch\b", 1),
    "In less time": (r"^\d\. \[.+?\b\d+\s+minutes\b", 3),
}
LISTED = ("Questions to ask", "Typical mistakes and what they mean", "In less time")
COUNTS = r"There are (\d+) questions before the lesson and (\d+) after it .+?, and (\d+) exercises"
SYLLABI = ("Ten weeks", "Two days")


@cache
def read(name: str) -> str:
    return (teach.FOLDER / f"{name}.md").read_text("utf-8")


def parts(text: str) -> dict[str, str]:
    """Return what stands below each heading of the second level."""
    _, *pairs = re.split(r"^## (.+)\n", text, flags=re.M)
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


@cache
def source(name: str) -> str:
    path = content.SOURCES / f"{name}.py"
    return path.read_text("utf-8") if path.exists() else ""


def headings(name: str) -> list[str]:
    return re.findall(r"^# ###? (.+)$", source(name), re.M)


def minutes(text: str) -> list[int]:
    """Return the sums of the first columns of a text's tables."""
    tables = re.findall(r"(?:^\| \d+ \|.*\n)+", text, re.M)
    return [sum(map(int, re.findall(r"^\| (\d+) \|", table, re.M))) for table in tables]


def in_two_days() -> dict[str, int]:
    """Return how many minutes the short course has for each lesson."""
    rows = re.findall(
        r"^\| \d \| (\d+) \| \[\d[^\]]*\]\((\w+)\.md\)", parts(read("index"))["Two days"], re.M
    )
    return {name: int(length) for length, name in rows}


def faults(name: str, text: str) -> list[str]:
    """Return what is wrong with a lesson's page, a line a fault."""
    found, own = [], parts(text)
    if [*own] != [*PARTS]:
        return [f"the headings are {[*own]}"]
    for part, (form, least) in PARTS.items():
        there = re.findall(form, own[part], re.M | re.S)
        items = re.findall(r"^(?:\d\.|-) ", own[part], re.M)
        if len(there) < least or (part in LISTED and len(there) != len(items)):
            found.append(f"{part}: {len(there)} of {max(least, len(items))} are of the form")
    planned = minutes(own["90 minutes"])
    if set(planned) != {90}:
        found.append(f"the minutes add up to {planned}")
    saved = sum(map(int, re.findall(r"\b(\d+)\s+minutes\b", own["In less time"])))
    if sum(planned) - saved > in_two_days()[name]:
        found.append(f"{sum(planned)} minutes less {saved} are more than two days have")
    return [*found, *named(name, text), *asked(name, own["Quiz and exercises"])]


def named(name: str, text: str) -> list[str]:
    """Return which sections, names in code and measured numbers are not those of the lesson."""
    found = []
    pages = {"lesson": name, "exercises": f"exercises/{name}"}
    for heading, kind in teach.SECTION.findall(text):
        if headings(pages[kind]).count(heading) != 1:
            found.append(f"{heading!r} is no section of {pages[kind]}, or it is there twice")
    for kind, target in re.findall(
        r"^\[(lesson|exercises)\]: \.\./\.\./notebooks/(.+)\.ipynb$", text, re.M
    ):
        if target != pages[kind]:
            found.append(f"[{kind}] leads to {target}")
    known = source(name) + source(f"exercises/{name}")
    for word in set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", text)) - {*teach.questions(name)}:
        if word not in known:
            found.append(f"`{word}` is no question, and no name in the lesson")
    for number in re.findall(r"\d+\.\d+|\d+(?= ?%)", text):
        if number not in known:
            found.append(f"{number} does not stand in the lesson")
    return found


def asked(name: str, text: str) -> list[str]:
    """Return what is wrong with a page's list of questions and exercises."""
    path = quiz.QUIZZES / f"{name}.toml"
    if not path.exists():
        return []
    questions = tomllib.loads(path.read_text("utf-8"))
    tasks = [heading for heading in headings(f"exercises/{name}") if heading[:8] == "Exercise"]
    found = []
    if (listed := teach.QUESTION.findall(text)) != [*teach.questions(name)]:
        found.append(f"the questions are {listed}")
    if (listed := re.findall(r"^- \[(.+?)\]\[exercises\]", text, re.M)) != tasks:
        found.append(f"the exercises are {listed}")
    if (times := len(re.findall(r"the\s+best\s+one\s+for\s+pairs", text))) != 1:
        found.append(f"{times} exercises are the best for pairs")
    each = re.findall(r"^- \[(.+?)(\d+)\s+minutes", text, re.M | re.S)
    total = sum(int(length) for task, length in each if not re.search(r"the\s+stretch", task))
    for where, written in (("page", text), ("exercises", source(f"exercises/{name}"))):
        if not re.search(rf"\b{total} minutes, (?:and the stretch|of which)", written):
            found.append(f"{where}: {total} minutes without the stretch are not there")
    counts = re.search(COUNTS, text.replace("\n", " "))
    wanted = [len(questions["ready"]), len(questions["after"]), len(tasks)]
    if not counts or [*map(int, counts.groups())] != wanted:
        found.append(f"the counts are {counts and counts[0]!r}, and should be {wanted}")
    return found


def test_every_lesson_has_a_page_and_every_page_a_lesson():
    assert sorted(path.stem for path in teach.FOLDER.glob("*.md")) == [*LESSONS, "index"]


@pytest.mark.parametrize("name", LESSONS)
def test_a_page_has_no_fault(name):
    assert faults(name, read(name)) == []


SAMPLE = "02_imdb_binary_classification"
BREAK = {
    "the headings are": ("## In less time", "## Shorter"),
    "Questions to ask: 6 of 7": ("*Expect:* no; the turn is.", "No; the turn is."),
    "Typical mistakes and what they mean: 7 of 8": ("*Show:* question `tested_twice`", "See there"),
    "Goals: 0 of 1": ("<!-- goals -->", ""),
    "the minutes add up to [95]": ("| 15 |", "| 20 |"),
    "are more than two days have": (", 5 minutes", ", 1 minutes"),
    "'Test once' is no section": ("[Train, and watch][lesson]", "[Test once][lesson]"),
    "leads to exercises/03_reuters": ("exercises/02_imdb_binary", "exercises/03_reuters_binary"),
    "`tested_once` is no question": ("question `tested_twice`", "question `tested_once`"),
    "0.8763 does not stand": ("The cinema", "With 0.8763 right the cinema"),
    "the questions are": ("| `surely_wrong` |", "| `unsure_wrong` |"),
    "the exercises are": ("- [Exercise 3:", "- [Exercise 4:"),
    "0 exercises are the best for pairs": ("the best one for pairs", "good for pairs"),
    "page: 40 minutes without": ("at the output; 10 minutes", "at the output; 15 minutes"),
    "exercises: 50 minutes without": ("is the stretch; 15", "is the last; 15"),
    "and should be [3, 8, 5]": ("5 exercises", "4 exercises"),
}


@pytest.mark.parametrize("fault", BREAK)
def test_a_broken_page_is_found(fault):
    old, new = BREAK[fault]
    assert old in read(SAMPLE)
    assert any(fault in line for line in faults(SAMPLE, read(SAMPLE).replace(old, new)))


@pytest.mark.parametrize("title", SYLLABI)
def test_a_syllabus_has_every_lesson_once_and_in_order(title):
    listed = re.findall(r"^\|.*?\[\d[^\]]*\]\((\w+)\.md\)", parts(read("index"))[title], re.M)
    once = [name for name, before in zip(listed, [None, *listed], strict=False) if name != before]
    assert once == LESSONS
    twice = 1 if title == "Ten weeks" else 0  # lesson 1 has two weeks
    assert len(listed) == len(LESSONS) + twice


def test_the_short_course_has_two_days_of_six_hours():
    text = parts(read("index"))["Two days"]
    days = re.findall(r"^\| (\d) \| (\d+) \|", text, re.M)
    assert {d: sum(int(m) for day, m in days if day == d) for d, _ in days} == {"1": 360, "2": 360}
    told = re.findall(r"\]\((\w+)\.md\) \| (\d+) minutes \|", read("index"))
    assert {name: int(length) for name, length in told} == in_two_days()


def test_the_marks_add_up():
    scheme = parts(read("index"))["A marking scheme"]
    assert sum(map(int, re.findall(r"^\| [a-z ]+ \| (\d+) \|", scheme, re.M))) == 100


def test_the_overview_names_what_the_citation_file_has():
    title = re.search('^title: "(.+)"$', (content.ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert title[1] in read("index")


def test_a_page_of_the_site_has_goals_words_and_links_down_to_the_section():
    files = site.pages(script=b"")
    made = {name: text for name, text in files.items() if name.startswith("teach/")}
    assert [*made] == ["teach/index.md", *(f"teach/{name}.md" for name in LESSONS)]
    for name in LESSONS:
        assert teach.goals(name) in made[f"teach/{name}.md"]
        assert len(re.findall(r"^\d\. ", teach.goals(name), re.M)) in range(3, 6)
    page = made[f"teach/{SAMPLE}.md"]
    assert f"[Train, and watch](/notebooks/{SAMPLE}.ipynb#train-and-watch)" in page
    assert f"(/notebooks/exercises/{SAMPLE}.ipynb#exercise-4-what-went-wrong-here)" in page
    assert "| before 1: A network answers one question with yes or no." in page
    assert "[lesson]:" not in page and "][lesson]" not in page and "](.." not in page
    assert "[on data](/data.md)" in made["teach/index.md"].replace("the page ", "")
    assert "CITATION.cff (`CITATION.cff`)" in made["teach/index.md"]


def test_a_lesson_without_goals_is_named(monkeypatch):
    monkeypatch.setattr(teach, "OBJECTIVES", "**You will**")
    with pytest.raises(teach.TeachError, match=f"{SAMPLE} has no goals"):
        teach.goals(SAMPLE)


def test_a_question_that_is_not_asked_is_named():
    with pytest.raises(teach.TeachError, match=f"{SAMPLE}: no question is called who; there are"):
        teach.as_page(SAMPLE, "| `who` | nobody |")
