"""The tests here have the toy photographs, on a server, in place of the original."""

import pytest
from toy_photos import FILES, served, toy_source

from helpers.data import cache as data_cache
from helpers.data import download, photo_folders, sources


def pytest_itemcollected(item):
    item.add_marker(pytest.mark.timeout(60))  # a fetch that hangs is a failure, too


@pytest.fixture
def server():
    with served() as server:
        yield server


@pytest.fixture
def cache(tmp_path, monkeypatch, server):
    """An empty cache, and the toy in place of the original."""
    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(photo_folders, "KNOWN_IN_MIRROR", FILES)
    monkeypatch.setitem(sources.SOURCES, "cats_vs_dogs", toy_source(server.url))
    monkeypatch.setattr(data_cache, "_chosen", {})
    monkeypatch.setattr(download, "SILENCE_S", 1.0)
    monkeypatch.setattr(download, "CHUNK", 1)  # the toy's archive is small
    return tmp_path / "cache"
