"""Each page of the built website names itself in every language, or nothing if it has but one."""

import posixpath
from html.parser import HTMLParser

import pytest

from course import alternates, catalogues, content, site

GENERATED = ("search.html", "genindex.html")  # by Sphinx, of each site


class Head(HTMLParser):
    """The links of a page to the page in each language."""

    def __init__(self, name, text):
        super().__init__()
        self.name, self.found = name, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "link" and given.get("rel") == "alternate":
            beside = posixpath.join(posixpath.dirname(self.name), given["href"])
            self.found[given["hreflang"]] = posixpath.normpath(beside)


@pytest.fixture(scope="module")
def heads():
    """Return what each page names, by the page's name in the whole site."""
    assert site.OUTPUT.is_dir(), "there is no site: run make site"
    names = [path.relative_to(site.OUTPUT).as_posix() for path in site.OUTPUT.rglob("*.html")]
    names = [name for name in names if "_static/" not in name]
    return {name: Head(name, (site.OUTPUT / name).read_text("utf-8")).found for name in names}


def test_a_page_names_its_counterparts_and_itself_or_nothing(heads):
    languages, named = catalogues.languages(), 0
    for name, found in heads.items():
        first, _, rest = name.partition("/")
        page = rest if first in languages else name
        there = {"en": page} | {other: f"{other}/{page}" for other in languages}
        there = {other: place for other, place in there.items() if place in heads}
        if len(there) == 1 or page in GENERATED:
            assert found == {}, name
        else:
            assert found == {**there, "x-default": page}, name
            named += 1
    notebooks = sum(1 + bool(page.starter) for page in content.pages())  # a solution is one, too
    assert named == (notebooks + len(alternates.BESIDE)) * (1 + len(languages))


def test_a_guide_of_one_language_names_nothing(heads):
    assert heads["data.html"] == heads["teach/index.html"] == {}
