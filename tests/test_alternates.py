"""Each page names its counterparts in the other languages."""

import pytest

from course import alternates, catalogues

LESSON, SOLUTION = "02_imdb_binary_classification", "02_imdb_binary_classification"


@pytest.mark.parametrize(
    ("page", "language", "places"),
    [
        ("index", "", {"": "index.html", "ko": "ko/index.html"}),
        ("index", "ko", {"": "../index.html", "ko": "../ko/index.html"}),
        ("glossary", "", {"": "glossary.html", "ko": "ko/glossary.html"}),
        (
            f"notebooks/{LESSON}",
            "ko",
            {"": f"../../notebooks/{LESSON}.html", "ko": f"../../ko/notebooks/{LESSON}.html"},
        ),
        (
            f"notebooks/solutions/{SOLUTION}",
            "",
            {
                "": f"../../notebooks/solutions/{SOLUTION}.html",
                "ko": f"../../ko/notebooks/solutions/{SOLUTION}.html",
            },
        ),
        ("data", "", {}),
        ("search", "ko", {}),
        (f"teach/{LESSON}", "", {}),
        ("notebooks/99_new", "", {}),
    ],
)
def test_a_page_knows_where_it_is_in_each_language(page, language, places):
    assert alternates.places(page, language) == places


def test_where_there_is_one_language_alone_no_other_is_named(monkeypatch):
    monkeypatch.setattr(catalogues, "languages", list)
    assert alternates.places("index", "") == {} and alternates.tags("index", "") == ""


def test_the_head_of_a_page_names_each_language_and_english_for_all_others():
    form = '<link rel="alternate" hreflang="{}" href="{}" />\n'
    found = {"en": "index.html", "ko": "ko/index.html", "x-default": "index.html"}
    assert alternates.tags("index", "") == "".join(form.format(*each) for each in found.items())
    assert alternates.tags("data", "") == ""
