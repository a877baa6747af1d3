"""What of a page is translated: its messages, and the page with other words in their place.

A message is one block of text on one line, so that neither a new line break nor a move makes it
another one: a paragraph, a heading, a list item, a row of a table. In code it is a string that a
reader sees: several words, what is printed or labels a figure, and what locale/shown.toml lists: it
may be a key, too. An f-string keeps its {…}. Code itself is never translated.
"""

import ast
import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from functools import cache

from course import content
from course.content import Page

# What begins a block, and what ends its line; between them are its words.
OPENING = re.compile(r"(#{1,6} |\s*(?:[-*]|\d+\.) |\| ?|<details><summary>)(.*?)( ?\||</summary>)?")
LATER = re.compile(r"(?!1\.)\d+\. ")  # begins no list in the middle of a paragraph
SWITCH = r"(?:English|\[English\]\(.*?\)) · .*"  # a line that leads to other languages
FIGURES = r"(?:!\[[^\]]*\]\(figure[-\d]*\) ?)+"  # on a slide: figures of the lesson
WORDLESS = re.compile(
    rf"\s*|```.*|[|: -]+|<[^>]*>|\$\$.*\$\$[.,]?|{SWITCH}|{FIGURES}|<!--(?:.*-->)?|-->"
)
WORDS = re.compile(r"[^\W\d_]+[,;:]? \(?[^\W\d_]{2,}")
WORD = re.compile(r"[^\W\d_]{3,}")
SHOWN = content.SOURCES / "locale" / "shown.toml"
LABELS = {"alt", "label", "title", "xlabel", "ylabel", "suptitle"}  # arguments, and set_… of axes
PLACES = {"loc", "textcoords", "xycoords"}  # arguments whose several words are Matplotlib's
QUOTED = re.compile(r"'[^']*'")
# Of an f-string: doubled braces, and what is computed.
PARTS = re.compile(r"\{\{|\}\}|\{(?:[^{}]|\{[^{}]*\})*\}")


@dataclass(frozen=True)
class Block:
    """A part of a Markdown cell: its words on one line, and what stands around them."""

    before: str
    words: str
    after: str = ""


@dataclass(frozen=True)
class Listed:
    """Short strings that a reader sees and no rule finds, and lines where they are only code."""

    words: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

    def only_code(self, source: str, node: ast.expr) -> bool:
        """Whether a node of a source stands on such a line."""
        return any(piece in source.split("\n")[node.lineno - 1] for piece in self.code)


@cache
def listed(name: str) -> Listed:
    """Return what shown.toml lists for a page, by its name."""
    found = tomllib.loads(SHOWN.read_text("utf-8")).get(name, {})
    return Listed(**{kind: tuple(texts) for kind, texts in found.items()})


def of(page: Page) -> Iterator[tuple[str, str]]:
    """Yield each message of a page, and the heading that it stands below."""
    section, short = "", listed(page.name)
    for cell in content.read_source(page).cells:
        if cell.cell_type == "markdown":
            found = [*of_markdown(cell.source, section)]
            section = found[-1][1] if found else section
            yield from found
        else:
            yield from ((text, section) for text in of_code(cell.source, short))


def of_markdown(text: str, section: str = "") -> Iterator[tuple[str, str]]:
    """Yield each message of a text, and the heading that it stands below, at first ``section``."""
    for block in blocks(text):
        section = block.words if block.before.startswith("#") else section
        if block.words:
            yield block.words, section


def of_code(source: str, short: Listed) -> Iterator[str]:
    """Yield each message of code, listed ones in the braces of an f-string among them."""
    for node in shown(source, short):
        yield text_of(node)
        yield from (word for word in computed(node) if word in short.words)


def replaced(page: Page, say: Callable[[str], str]) -> str:
    """Return a page's source with each message replaced by what ``say`` makes of it."""
    notebook = content.read_source(page)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = in_markdown(cell.source, say)
        else:
            cell.source = in_code(cell.source, say, listed(page.name))
    return content.as_source(notebook)


def blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown cell; lines without words, code and formulas have none."""
    found: list[Block] = []
    fenced = formula = opened = False  # opened: the next line may go on with this block
    for line in text.split("\n"):
        inside = fenced or formula
        fenced ^= line.startswith("```")
        formula ^= line.count("$$") % 2 == 1 and (formula or line.startswith("$$"))
        if inside or fenced or formula or WORDLESS.fullmatch(line):
            found.append(Block(line, ""))
            opened = False
        elif (opening := OPENING.fullmatch(line)) and not (
            opened and not found[-1].before and LATER.match(line)
        ):
            before, words, after = opening.groups(default="")
            found.append(Block(before, words, after))
            opened = not after and not before.startswith("#")
        elif opened:
            found[-1] = replace(found[-1], words=f"{found[-1].words} {line.strip()}")
        else:
            found.append(Block("", line))
            opened = True
    return found


def in_markdown(text: str, say: Callable[[str], str]) -> str:
    """Return a Markdown cell with the words of each block replaced by what ``say`` says."""
    parts = blocks(text)
    return "\n".join(f"{b.before}{say(b.words) if b.words else ''}{b.after}" for b in parts)


def in_code(source: str, say: Callable[[str], str], short: Listed = Listed()) -> str:
    """Return code with each string that a reader sees replaced by what ``say`` makes of it."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))  # Python counts columns in bytes
    body = source.encode()
    keys = {f"'{word}'": f"'{say(word)}'" for word in short.words}  # as ast.unparse writes them
    for node in sorted(shown(source, short), key=lambda node: (-node.lineno, -node.col_offset)):
        message = text_of(node)
        said = say(message)
        if isinstance(node, ast.JoinedStr) and not short.only_code(source, node):
            said = PARTS.sub(
                lambda part: QUOTED.sub(lambda key: keys.get(key[0], key[0]), part[0]), said
            )
        if said != message:
            last = node.end_lineno or node.lineno
            start, end = starts[node.lineno - 1] + node.col_offset, starts[last - 1]
            column = node.col_offset if last > node.lineno else None
            literal = _literal(said, isinstance(node, ast.JoinedStr), column)
            body = body[:start] + literal.encode() + body[end + (node.end_col_offset or 0) :]
    return body.decode()


def shown(source: str, short: Listed = Listed()) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield the strings of code that a reader sees."""
    for node in _seen(ast.parse(source), short.words):
        if text_of(node) not in short.words or not short.only_code(source, node):
            yield node


def _seen(
    tree: ast.AST, words: Container[str], labels: bool = False
) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield labels, and what has several words; docstrings and programs belong to the code."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant):
            text = "" if isinstance(tree, ast.Expr) else _words(node)
            several = (WORD if labels else WORDS).search(text) and "\n  " not in text
            listed = any(word in words for word in [text_of(node), *computed(node)])
            if several or (text and listed):
                yield node
        elif isinstance(node, ast.keyword):
            yield from _seen(node, words, node.arg in LABELS) if node.arg not in PLACES else ()
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            yield from _seen(node, words, name == "print" or name.removeprefix("set_") in LABELS)
        else:
            inherited = labels and isinstance(node, ast.IfExp | ast.List | ast.Tuple | ast.Dict)
            yield from _seen(node, words, inherited)


def _words(node: ast.Constant | ast.JoinedStr) -> str:
    """Return a string without the parts that are computed."""
    parts = [node] if isinstance(node, ast.Constant) else node.values
    texts = (part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def computed(node: ast.expr) -> Iterator[str]:
    """Yield the strings in the braces of an f-string."""
    parts = node.values if isinstance(node, ast.JoinedStr) else ()
    values = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
    for inner in (inner for value in values for inner in ast.walk(value)):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def text_of(node: ast.expr) -> str:
    """Return a string as it is, an f-string with its {…} as they are written."""
    if not isinstance(node, ast.JoinedStr):
        return ast.literal_eval(node)
    found = ""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            kind = f"!{chr(part.conversion)}" if part.conversion > 0 else ""
            form = f":{text_of(part.format_spec)}" if part.format_spec else ""
            found += f"{{{ast.unparse(part.value)}{kind}{form}}}"
        else:
            found += ast.literal_eval(part).replace("{", "{{").replace("}", "}}")
    return found


def _literal(text: str, computed: bool, column: int | None) -> str:
    """Return Python's literal for a text; with a column, wrapped, one below another."""
    lines = [text] if column is None else _wrapped(text, 84 - min(column, 24))
    quoted = []
    for line in lines:
        held = PARTS.findall(line) if computed else []
        rest = PARTS.split(line) if computed else [line]
        plain = [json.dumps(part, ensure_ascii=False)[1:-1] for part in rest]
        whole = "".join(a + b for a, b in zip(plain, [*held, ""], strict=True))
        quoted.append(f'{"f" if computed else ""}"{whole}"')
    return ("\n" + " " * (column or 0)).join(quoted)


def _wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines with their spaces, never broken inside {…}."""
    kept = PARTS.sub(lambda part: part[0].replace(" ", "\0"), text)
    wrapper = textwrap.TextWrapper(width, replace_whitespace=False, drop_whitespace=False)
    wrapper.break_long_words = wrapper.break_on_hyphens = False
    return [line.replace("\0", " ") for line in wrapper.wrap(kept)] or [""]
