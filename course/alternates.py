"""Where a page of the website is in the other languages: for readers, and for search engines.

All addresses are relative to the page, as everywhere on the site: it has no address of its own, is
served below any path, and is read from a folder, too. HTML allows that in ``hreflang`` links, and a
crawler completes them with the address that it has the page from.
"""

from typing import Any

from course import catalogues

BESIDE = ("index", "glossary")  # in each language; of the others, those that have a catalogue


def places(page: str, language: str) -> dict[str, str]:
    """Return for each language that has a page, its own included, the address from that page.

    Args:
        page: its name in the site of its language, such as ``notebooks/02_imdb…``, without ending.
        language: of the page; "" is English.
    """
    up = catalogues.way_up(page, language)
    found = {"": f"{up}{page}.html"}
    _, notebook, name = page.replace("solutions/", "exercises/").rpartition("notebooks/")
    for other in catalogues.languages():
        if page in BESIDE or (notebook and name in catalogues.names(other)):
            found[other] = f"{up}{other}/{page}.html"
    return found if len(found) > 1 else {}


def tags(page: str, language: str) -> str:
    """Return the links of a page's head to the page in each language; "" if there is one alone.

    ``x-default`` is for readers of all other languages: the English page.
    """
    found = places(page, language)
    named = {other.replace("_", "-") or "en": place for other, place in found.items()}
    if found:
        named["x-default"] = found[""]
    return "".join(
        f'<link rel="alternate" hreflang="{name}" href="{place}" />\n'
        for name, place in named.items()
    )


def _into_head(app: Any, page: str, template: str, context: dict[str, Any], source: Any) -> None:
    if app.builder.name == "html":  # the book has no counterpart beside it
        language = app.config.language
        found = tags(page, "" if language == "en" else language)
        context["metatags"] = context.get("metatags", "") + found


def setup(app: Any) -> dict[str, Any]:
    """Let Sphinx write the links into each page; docs/conf.py names this module."""
    app.connect("html-page-context", _into_head)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
