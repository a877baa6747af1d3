"""A page with every kind of question, predictions and the table, for a browser to open."""

from pathlib import Path

import pytest

from helpers import quiz

QUIZZES = Path(__file__).parents[1] / "quizzes"
NAME = "02_all_kinds"
LOOKS = """
<!doctype html><html lang="en"><meta charset="utf-8"><title>Quiz</title>
<meta name="viewport" content="width=device-width">
<style>body { font: 16px sans-serif; margin: 12px; color: #111; background: #fff }
.dark { color: #e0e0e0; background: #121212 } .dark a { color: #8ab4f8 }</style>
<body class="THEME"><main><h1>Quiz</h1>
"""


def parts() -> dict[str, str]:
    """Return the HTML that a lesson's cells show."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quiz, "QUIZZES", QUIZZES)
        shown = {
            "ready": quiz.ready(NAME),
            "number": quiz.predict("02.updates", "How often in 20 epochs?", unit="updates"),
            "choice": quiz.predict("02.nearer", "Which is nearer?", choices=["mean", "median"]),
            "updates": quiz.predicted("02.updates", 1200, unit="updates"),
            "nearer": quiz.predicted("02.nearer", "mean"),
            "after": quiz.after(NAME),
            "progress": quiz.progress(),
        }
    return {name: each.data for name, each in shown.items()}


def page(theme: str = "light") -> str:
    """Return one page with all of it, light or dark."""
    return LOOKS.replace("THEME", theme) + "\n".join(parts().values())
