"""The glossary: each word is introduced where it says, and lessons link to it where they use it."""

import re

import pytest

from course import content, glossary

LESSONS = {int(page.name[:2]): page for page in content.pages() if not page.starter}
TERMS = glossary.terms()


def test_words_are_in_order_and_none_is_there_twice():
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(set(names))
    everything = [word.lower() for term in TERMS for word in (term.name, *term.also)]
    assert len(set(everything)) == len(everything) > 120
    assert all(re.search("[가-힣A-Z]", term.ko) for term in TERMS)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_word_is_introduced_where_it_says(term):
    cells = content.read_source(LESSONS[term.lesson]).cells
    text = "\n\n".join(cell.source for cell in cells)
    heading = re.search(rf"^#+ {re.escape(term.section)}$", text, re.M)
    assert heading, f"lesson {term.lesson} has no section {term.section!r}"
    rest = re.split(r"^##+ ", text[heading.end() :], maxsplit=1, flags=re.M)[0]
    assert term.used.search(term.section + "\n" + rest), f"{term.section!r} does not say it"


# Words that an earlier lesson may use: it explains them on the spot, or means something else.
EARLIER = {
    ("activations", 1): "the activation functions",
    ("activations", 2): "the activation functions",
    ("bag", 2): "a bag of words",
    ("convnet", 0): "the map of the course",
    ("data leak", 2): "the answer leaks into the question",
    ("Huber loss", 1): "a table that says what it is",
    ("instance", 6): "for instance",
    ("sparsity", 3): "the loss for labels that are whole numbers",
    ("trial", 1): "trial and error",
    ("unit", 0): "the map of the course",
}


def test_no_lesson_uses_a_word_before_it_is_introduced():
    used = {
        (term.name, number)
        for number, page in LESSONS.items()
        for cell in content.read_source(page).cells
        if cell.cell_type == "markdown"
        for term in TERMS
        if number < term.lesson and term.used.search(glossary.NO_PROSE.sub(" ", cell.source))
    }
    assert used == EARLIER.keys()


def test_an_abbreviation_is_not_found_in_a_word():
    (pooling,) = (term for term in TERMS if "GAP" in term.also)
    assert pooling.used.search("GAP keeps a mean.") and not pooling.used.search("Mind the gap.")


def test_the_first_use_is_linked_and_what_is_no_prose_is_left_alone():
    cells = [
        "# A perceptron\n\nThe `weight` $weight$ [weight](weight.md) is\na **weight**.",
        "Weights, and learning rates.\n\n```\nbias\n```\n:::{admonition} bias\nbias\n:::",
    ]
    linked = glossary.linked(cells, 1)
    assert linked[0] == cells[0].replace("**weight**", "**{term}`weight <weight>`**")
    assert "Weights, and {term}`learning rates <learning rate>`" in linked[1]
    assert linked[1].endswith("bias\n```\n:::{admonition} bias\n{term}`bias <bias>`\n:::")


def test_a_plural_that_is_another_terms_name_links_to_that():
    linked = glossary.linked(["Its activations. An activation."], 8)[0]
    assert linked == ("Its {term}`activations <activations>`. An activation.")


def test_a_word_is_not_linked_before_the_lesson_that_introduces_it():
    assert glossary.linked(["Pay attention."], 8) == ["Pay attention."]
    assert "{term}`attention" in glossary.linked(["Pay attention."], 9)[0]
