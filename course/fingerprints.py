"""What decides a page's outputs, and what its measured values, each as one hash.

**Code** is all that can move an output: the code cells, the helpers that they reach, the bands,
and of the lock the libraries that compute or draw. Only when it changes must a page be executed;
the rest of a source is text, which is put around the outputs. **Values** is what can move a
measured number: the code, but without the bands and the helpers that only show or fetch.
"""

import ast
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo

from course import content, quizzes
from course.content import Page
from helpers.feedback import BANDS_FILE

LIBRARIES = (
    *("keras", "tensorflow", "numpy", "scipy", "scikit-learn"),
    *("matplotlib", "pillow", "optuna", "onnx"),
)
# What only shows, or only fetches what is verified by its fingerprint, moves no measured number.
MOVE_NO_VALUE = (
    *("helpers/plots/", "helpers/interactive/", "helpers/feedback.py", "helpers/progress.py"),
    *("helpers/quiz.py", "helpers/journal.py", "helpers/words.py"),
    *(f"helpers/data/{name}.py" for name in ("arrays", "cache", "download", "packages", "sources")),
)
TABLE = "ROOMS"  # in a package's __init__: which module each of its names lives in


def code(page: Page, edition: str) -> str:
    """Return the hash of all that can move an output of a page."""
    cells = _cells(page)
    shown = [bands(cells, edition), *_quizzes(cells), *_words(page)]
    return _hash([edition, *cells, *shown, *_helpers(cells), libraries()])


def values(page: Page, edition: str) -> str:
    """Return the hash of all that can move a number that a page measures."""
    cells = [cell for cell in _cells(page) if not only_asks(cell)]
    return _hash([edition, *cells, *_helpers(cells, without=MOVE_NO_VALUE), libraries()])


def only_asks(cell: str) -> bool:
    """Whether a cell does no more than show a quiz or a prediction, given constants alone."""
    body = ast.parse(cell).body
    return bool(body) and all(_asks(node) for node in body)


def _asks(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr):
        return ast.unparse(node) == "from helpers import quiz"
    call = node.value
    if not isinstance(call, ast.Call) or not ast.unparse(call.func).startswith("quiz."):
        return False
    try:
        for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
            ast.literal_eval(value)
    except ValueError:
        return False
    return True


def bands(cells: list[str], edition: str) -> str:
    """Return what code can print of the bands: of the groups of results that it names."""
    source = "\n".join(cells)
    shown = []
    for name, entry in _table(BANDS_FILE.read_text("utf-8")).items():
        if f'"{name.split(".")[0]}.' in source:
            band = entry.get(edition, {})
            ends = band.get("low"), band.get("high"), band.get("from")
            shown.append([name, *ends, entry.get("textbook"), entry.get("unit")])
    return json.dumps(shown)


def _quizzes(cells: list[str]) -> Iterator[str]:
    """Yield the questions that code shows, and what makes them live."""
    folder, source = content.ROOT / "helpers", "\n\n".join(cells)
    if any(path.name == "quiz.py" for path in reached(source)):
        all_listed = "quiz.progress(" in source
        files = folder.glob("quizzes/*.toml")
        asked = [path for path in files if all_listed or f'"{path.stem}"' in source]
        shown = [folder / f"quiz.{end}" for end in ("css", "html", "js", "toml")]
        for path in [*shown, *sorted(asked)]:
            yield f"{path.name}\n{path.read_text('utf-8')}"


def _words(page: Page) -> Iterator[str]:
    """Yield what helpers and this page's quiz say in its language; English has no file.

    The header of that file has no words: it names the version of Babel, which moves nothing.
    """
    path = content.ROOT / "helpers" / "locale" / f"{page.language}.mo"
    if page.language and path.exists():
        files = (content.ROOT / "helpers" / "quizzes").glob("*.toml")
        quiz = {file.stem: _table(file.read_text("utf-8")) for file in files}
        asked = {name: set(quizzes.texts(found)) for name, found in quiz.items()}
        others = set().union(*asked.values()) - asked.get(page.source.stem, set())
        with open(path, "rb") as file:
            said = {m.id: m.string for m in read_mo(file) if m.id and m.id not in others}
        yield json.dumps(sorted(map(str, said.items())))


def libraries() -> str:
    """Return the lines of the lock that can move an output, without their hashes."""
    lock = (content.ROOT / "requirements.txt").read_text("utf-8")
    lines = re.findall(r"^([\w.-]+)(==[^\s;\\]+)", lock, re.M)
    return json.dumps(sorted(line for line in lines if line[0] in LIBRARIES))


@cache
def tree(code: str) -> str:
    """Return what Python makes of code: its syntax tree without docstrings and comments.

    The table of a package's rooms is left out: a new room moves nothing in the others.
    """
    parsed = ast.parse(code)
    for node in ast.walk(parsed):
        documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    parsed.body = [node for node in parsed.body if not _is_table(node)]
    return ast.dump(parsed)


def reached(source: str, packages: tuple[str, ...] = ("helpers",)) -> list[Path]:
    """Return the files of the course's packages that code reaches, directly or through others.

    Args:
        source: Python code.
        packages: which packages and modules count, as paths from the course's root.
    """
    found: set[Path] = set()
    unread = [source]
    while unread:
        for path in _modules(unread.pop(), packages):
            if path not in found:
                found.add(path)
                unread.append(path.read_text("utf-8"))
    return sorted(found)


@cache
def imports(source: str) -> frozenset[str]:
    """Return the names that Python code imports, such as "numpy" and "helpers.data.imdb".

    Of what is imported whole, or under another name, anything may be used: it ends in ``.*``, too.
    """
    names = set()
    for node in _nodes(source):
        if isinstance(node, ast.Import):
            names |= {name for alias in node.names for name in (alias.name, f"{alias.name}.*")}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {f"{node.module}.{alias.name}.*" for alias in node.names if alias.asname}
    return frozenset(names)


def _modules(source: str, packages: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that run when this code imports, and uses, what it names."""
    places = {path.rpartition("/")[2]: content.ROOT / path for path in packages}
    for name in imports(source):
        steps = name.split(".")
        if steps[0] not in places:
            continue
        place = places[steps[0]].parent
        for number, step in enumerate(steps):
            rooms = _rooms(place)
            place = place / step
            if (file := place.with_suffix(".py")).exists():
                yield file
            elif (file := place / "__init__.py").exists():
                yield file
                if number == len(steps) - 1:  # `from helpers import plots`: what is used of it?
                    yield from _used(step, place, source)
            elif step in rooms:
                yield (place.parent / rooms[step]).with_suffix(".py")
            elif step == "*":
                yield from place.parent.glob("*.py")


def _used(name: str, package: Path, source: str) -> Iterator[Path]:
    """Yield the rooms of a package from which code takes something as ``name.something``."""
    rooms = _rooms(package)
    taken, mentions = _attributes(source, name)
    if taken and len(taken) == mentions and all(attribute in rooms for attribute in taken):
        yield from {(package / rooms[attribute]).with_suffix(".py") for attribute in taken}
    else:  # it is handed on, renamed, or has no table: then all of it counts
        yield from package.glob("*.py")


@lru_cache(maxsize=1)  # of large trees only the last is kept, which is asked for again at once
def _nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


@cache
def _attributes(source: str, name: str) -> tuple[list[str], int]:
    """Return what code takes from a name, as ``name.attribute``, and how often it has the name."""
    nodes = _nodes(source)
    mentions = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    return [node.attr for node in attributes if node.value in mentions], len(mentions)


def _rooms(package: Path) -> dict[str, str]:
    """Return ``{name: module}`` of a package that loads its modules when they are used."""
    try:
        return _listed((package / "__init__.py").read_text("utf-8"))
    except OSError:
        return {}


@cache
def _listed(code: str) -> dict[str, str]:
    """Return the ``{name: module}`` that the code of a package has."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and _is_table(node):
            rooms = ast.literal_eval(node.value)
            return {name: room for room, names in rooms.items() for name in names}
    return {}


def _is_table(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == TABLE for target in node.targets
    )


def _cells(page: Page) -> list[str]:
    return [cell.source for cell in content.read_source(page).cells if cell.cell_type == "code"]


def _helpers(cells: list[str], without: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the name and the syntax tree of each helper that counts, then the data they load."""
    source = "\n\n".join(cells)
    trees = {
        path.relative_to(content.ROOT).as_posix(): tree(path.read_text("utf-8"))
        for path in reached(source)
    }
    trees |= _scripts(source, trees)
    yield from (f"{name}\n{code}" for name, code in trees.items() if not name.startswith(without))
    yield from _data("\n".join([source, *trees.values()]))


def _scripts(source: str, names: Iterable[str]) -> dict[str, str]:
    """Return the texts of what draws the interactive figures that code names, by their files."""
    folder = content.ROOT / "helpers" / "interactive"
    if "helpers/interactive/__init__.py" not in names:
        return {}
    drawn = _named([path.stem for path in sorted(folder.glob("*.js"))], source)
    files = ["base.css", *(f"{name}.{end}" for name in ("base", *drawn) for end in ("html", "js"))]
    texts = _table((folder / "texts.toml").read_text("utf-8"))
    found = {name: (folder / name).read_text("utf-8") for name in files}
    found["texts.toml"] = json.dumps([texts.get(name) for name in drawn])
    return {f"helpers/interactive/{name}": text for name, text in found.items()}


def data_sets(page: Page, known: Iterable[str]) -> list[str]:
    """Return which of the known data sets a page's code names."""
    return _named(known, "\n\n".join(_cells(page)))


def _named(names: Iterable[str], sources: str) -> list[str]:
    # A search for a plain text is much faster, and most names are not there.
    return [name for name in names if name in sources and re.search(rf"\b{name}\b", sources)]


def _data(sources: str) -> Iterator[str]:
    """Yield the fingerprints of the data sets, and the shipped files, that code names."""
    folder = content.ROOT / "helpers" / "data"
    if (table := folder / "sources.toml").exists():
        entries = _table(table.read_text("utf-8"))
        for name in _named(entries, sources):
            shown = entries[name].get("content"), entries[name].get("names")
            yield f"{name} {json.dumps(shown, sort_keys=True)}"
    for path in sorted([*folder.glob("*.[jp][pn]g"), *folder.glob("*.npz")]):
        if path.name in sources:
            yield f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def _table(text: str) -> dict:
    """Parse a TOML file once for all pages; nobody changes what is kept here."""
    return tomllib.loads(text)
