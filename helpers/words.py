"""What the helpers say, in the reader's language: English, or one that ``locale`` has words for."""

import gettext
import os
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("locale")  # one LANGUAGE.mo each, made by `make translation`


def language() -> str:
    """Return the language of the lesson that runs, such as "ko"; "" is English.

    ``COURSE_LANG`` says it, else the folder that the notebook lies in, as notebooks/ko. A language
    without words is a ``ValueError``.
    """
    known = [path.stem for path in FOLDER.glob("*.mo")]
    asked = os.environ.get("COURSE_LANG", "")
    if asked and asked not in ("en", *known):
        expected = ", ".join(["en", *sorted(known)])
        raise ValueError(f"COURSE_LANG is {asked!r}; expected one of {expected}, or leave it unset")
    here = Path.cwd()
    places = [asked] if asked else [here.name, here.parent.name]  # a lesson, or an exercise
    return next((place for place in places if place in known), "")


def say(text: str, /, **values: object) -> str:
    """Return a text in the reader's language, with its {names} replaced by values, if given."""
    found = _words(language()).gettext(text) if text else ""
    return found.format(**values) if values else found


@cache
def _words(name: str) -> gettext.NullTranslations:
    if not name:
        return gettext.NullTranslations()
    with open(FOLDER / f"{name}.mo", "rb") as file:
        return gettext.GNUTranslations(file)
