"""What of a page is a message for translators, and that a page is put together again."""

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from course import content, messages

PAGES = content.pages()
SHOW = MarkdownIt("commonmark").enable("table")


def shown(markdown):
    return re.sub(r"\s+", " ", SHOW.render(markdown))


# ---- what is a message


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_the_same_if_nothing_is_said_otherwise(page):
    for cell in content.read_source(page).cells:
        if cell.cell_type == "code":
            assert messages.in_code(cell.source, str) == cell.source
            longer = messages.in_code(cell.source, "{} ".format)
            back = messages.in_code(longer, lambda text: text.removesuffix(" "))
            assert ast.dump(ast.parse(back)) == ast.dump(ast.parse(cell.source))
        else:
            assert shown(messages.in_markdown(cell.source, str)) == shown(cell.source)


@given(st.text(alphabet="ab .|#-1$`*<>/\n", max_size=60))
def test_any_text_is_put_together_again(text):
    squeezed = [line.strip() for line in messages.in_markdown(text, str).split("\n")]
    assert " ".join(squeezed).split() == text.split()


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("## A heading\n\nTwo lines\nof text.", ["A heading", "Two lines of text."]),
        ("- one\n  and more\n- two", ["one and more", "two"]),
        ("1. first\n2. second", ["first", "second"]),
        ("It is block\n5. No list.", ["It is block 5. No list."]),
        ("| a b | c |\n|---|---|\n| d | e |", ["a b | c", "d | e"]),
        ("<details><summary>A nudge</summary>\n\nLook.\n\n</details>", ["A nudge", "Look."]),
        ("So\n\n$$a = b\n+ c$$\n\nholds.", ["So", "holds."]),
        ("```python\nprint(1)\n```\nEnd", ["End"]),
    ],
)
def test_a_message_is_a_block(markdown, found):
    assert [block.words for block in messages.blocks(markdown) if block.words] == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('ax.set(title="Loss", color="red")', ["Loss"]),
        ('ax.set_xlabel("epoch")', ["epoch"]),
        ('print("same:", a == b)', ["same:"]),
        ('print(f"{n:,} reviews, {a[1]!r}")', ["{n:,} reviews, {a[1]!r}"]),
        ('print(f"{x:{width}} {{words}} here")', ["{x:{width}} {{words}} here"]),
        ('def f():\n    """Say what it does."""', []),
        ('model.compile(loss="mse", metrics=["mae"])', []),
        ('ax.legend(loc="upper right")', []),
        ('plot(alt="A long "\n     f"line of {n} words.")', ["A long line of {n} words."]),
        ('A = """\nfor a in b:\n    print(a)\n"""', []),
        ('labels = {"the network": 1}', ["the network"]),
    ],
)
def test_a_string_is_a_message_if_a_reader_sees_it(code, found):
    said = []
    assert messages.in_code(code, lambda text: said.append(text) or text) == code
    assert said[::-1] == found


def test_a_listed_string_is_a_message_wherever_it_stands():
    """A key stays equal to itself, in an f-string, too; a library's word stays as it is."""
    code = (
        'd = {"plain": 1, "head": 2}\n'
        "print(f\"{d['plain']} of one, {d['head']}\", d['plain'], d.get('plain') == 1)\n"
        'layer(name="head")\nassert "plainer" not in d'
    )
    short = messages.Listed(("plain", "head"), ('name="head"',))
    said = {"plain": "eben", "head": "Kopf", "{d['plain']} of one, {d['head']}": "{d['plain']} von"}
    made = messages.in_code(code, lambda text: said.get(text, text), short)
    assert made == (
        'd = {"eben": 1, "Kopf": 2}\n'
        'print(f"{d[\'eben\']} von", d["eben"], d.get("eben") == 1)\n'
        'layer(name="head")\nassert "plainer" not in d'
    )


def test_a_listed_string_in_braces_is_a_message_whatever_stands_around_it():
    code = "print(f\"{'few' if a else 'many':8} {b}\")"
    short = messages.Listed(("few", "many"))
    text = "{'few' if a else 'many':8} {b}"
    assert [*messages.of_code(code, short)] == [text, "few", "many"]
    assert [*messages.of_code(code, messages.Listed())] == []
    said = {"few": "wenige", "many": "viele"}
    made = messages.in_code(code, lambda text: said.get(text, text), short)
    assert made == "print(f\"{'wenige' if a else 'viele':8} {b}\")"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_listed_string_is_translated_everywhere_or_nowhere(page):
    short = messages.listed(page.name)
    cells = [c.source for c in content.read_source(page).cells if c.cell_type == "code"]
    nodes = [node for code in cells for node in messages.shown(code, short)]
    seen = {text for node in nodes for text in (messages.text_of(node), *messages.computed(node))}
    assert seen >= set(short.words), "no code of the page has these words"
    assert all(any(piece in code for code in cells) for piece in short.code)
    for code in cells:
        made = messages.in_code(code, "«{}»".format, short)
        nodes = [*ast.walk(ast.parse(made))]
        around = [part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values]
        for node in nodes:
            if isinstance(node, ast.Constant | ast.JoinedStr) and node not in around:
                left = messages.text_of(node) in short.words
                assert not left or short.only_code(made, node), ast.unparse(node)


def test_a_string_keeps_what_is_computed_and_is_wrapped_as_before():
    code = 'plot(\n    alt="A line "\n    f"of {n:.1f} words, \\"so\\" to say.",\n)'
    said = 'Ein Text mit "Zeichen", {{Klammern}} und {n:.1f} Wörtern, ' * 4
    made = messages.in_code(code, lambda _: said)
    assert eval(made.replace("plot(", "dict("), {"n": 2})["alt"] == said.replace(
        "{n:.1f}", "2.0"
    ).replace("{{", "{").replace("}}", "}")
    assert max(map(len, made.splitlines())) < 110
