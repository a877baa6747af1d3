"""Texts in which the words are marked that decide."""

import html
from collections.abc import Sequence

import numpy as np
from IPython.display import HTML

from helpers.plots._shared import numbers, same_number

# Black on these has a contrast over 4.5 in any theme; the line below the word needs no colour.
FOR, AGAINST = ("#8FCBEF", "solid"), ("#F5C26B", "dashed")
FAINTEST = 0.3  # of the largest weight in a text: what is below stays unmarked


def weighted_words(
    texts: Sequence[Sequence[str]],
    weights: Sequence[Sequence[float]],
    titles: Sequence[str],
    sides: tuple[str, str],
) -> HTML:
    """Show texts, and mark the words that weigh most: above 0 for one side, below 0 for the other.

    Each of the ``texts`` is a list of words, with a weight for each, and has a title. The ``sides``
    say in words what a weight above and below 0 speaks for.
    """
    same_number(texts=texts, weights=weights, titles=titles)
    parts = [f"<p>{_mark(sides[0], 1)} &nbsp; {_mark(sides[1], -1)}</p>"]
    for number, (words, title) in enumerate(zip(texts, titles, strict=True)):
        name, hint = f"the weights of text {number + 1}", "Give one weight a word"
        weight = numbers(weights[number], name, (len(words),), hint)
        share = weight / max(np.abs(weight).max(), 1e-9)
        marked = " ".join(_mark(word, part) for word, part in zip(words, share, strict=True))
        parts.append(f"<p><strong>{html.escape(title)}</strong><br>{marked}</p>")
    return HTML("".join(parts))


def _mark(word: str, share: float) -> str:
    if abs(share) < FAINTEST:
        return html.escape(word)
    colour, line = FOR if share > 0 else AGAINST
    wide = 1 + round(2 * abs(share))  # pixels: the heavier, the thicker
    style = f"background:{colour};color:#000;border-bottom:{wide}px {line} #000"
    return f'<span style="{style}">{html.escape(word)}</span>'
