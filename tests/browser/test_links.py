"""Every link of the website that stays on it leads somewhere: to a file, and to a place in it."""

import posixpath
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from course import site

REFERRING = {"href", "src", "data", "poster"}


class Links(HTMLParser):
    """What a page refers to, and the places in it that can be referred to."""

    def __init__(self, page):
        super().__init__()
        self.links, self.places = set(), {""}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in REFERRING and value:
                self.links.add(value)
            elif name == "id":
                self.places.add(value)


def broken(folder):
    """Return the links below a folder that lead nowhere, each as ``page: link``."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
    pages = {
        name: Links(path.read_text("utf-8"))
        for name, path in files.items()
        if name.endswith(".html") and "_static/" not in name  # the theme's templates
    }
    found = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue  # a page's text itself, or elsewhere
            beside = posixpath.join(posixpath.dirname(name), unquote(parts.path))
            target = posixpath.normpath(beside) if parts.path else name
            known = pages[target].places if target in pages else {""}
            if target not in files or unquote(parts.fragment) not in known:
                found.append(f"{name}: {link}")
    return sorted(found)


def test_every_link_leads_somewhere():
    assert site.OUTPUT.is_dir(), "there is no site: run make site"
    assert broken(site.OUTPUT) == []


@pytest.mark.parametrize("link", ["b.html", "#there", "c.html#here", "../c.html", "c.png"])
def test_a_link_that_leads_nowhere_is_found(tmp_path, link):
    (tmp_path / "c.html").write_text('<p id="there"><a href="a.html#here">')
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="c.html#there"><a href="#here"><a href="https://example.org/x">'
    )
    assert broken(tmp_path) == []
    with (tmp_path / "a.html").open("a") as page:
        page.write(f'<a href="{link}"><img src="{link}">')
    assert broken(tmp_path) == [f"a.html: {link}"]
