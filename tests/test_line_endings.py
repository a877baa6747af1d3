"""A checkout with Windows' line endings builds the same notebooks, and the same bundles."""

import json
import shutil
import subprocess
import sys

import pytest

from course import content

FOLDERS = ("course", "helpers", "lessons_src")
FILES = ("pyproject.toml", "requirements.txt")
TEXTS = {".py", ".toml", ".txt", ".json", ".js", ".css", ".html"}
# All that a build reads, as it comes out of a checkout.
PROBE = """
import hashlib, json
from course import colab_parts, content, fingerprints
assert str(content.ROOT) == ROOT, content.ROOT
print(json.dumps({
    page.name: {
        "cells": content.read_source(page).cells,
        "source": content.source_hash(page),
        "code": fingerprints.code(page, "offline"),
        "bundle": hashlib.sha256(colab_parts.archive(page)).hexdigest(),
    }
    for page in content.pages()
}))
"""


def checkout(folder, newline):
    """Copy what a build reads into a folder, its texts with these line endings."""
    for name in (*FOLDERS, *FILES):
        source, target = content.ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for path in folder.rglob("*"):
        if path.suffix in TEXTS:
            lines = path.read_bytes().replace(b"\r\n", b"\n")
            path.write_bytes(lines.replace(b"\n", newline))
    return folder


def read_by_a_build(folder):
    """Return what a build reads in a checkout, by pages."""
    code = f"import sys; ROOT = {str(folder)!r}; sys.path.insert(0, ROOT)\n{PROBE}"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_checkout_with_crlf_builds_the_same(tmp_path):
    unix = read_by_a_build(checkout(tmp_path / "lf", b"\n"))
    windows = read_by_a_build(checkout(tmp_path / "crlf", b"\r\n"))
    assert len(unix) == len(content.pages())
    assert b"\r\n" in (tmp_path / "crlf" / "helpers" / "bands.toml").read_bytes()
    for name, page in unix.items():
        for what, value in page.items():
            assert windows[name][what] == value, f"{name}: another {what}"


def test_a_text_is_written_with_lf_on_every_system(tmp_path):
    path = tmp_path / "text.py"
    content.replace_text(path, "one\ntwo\n")
    assert path.read_bytes() == b"one\ntwo\n"


def test_the_repository_holds_lf_and_checks_out_lf():
    git = ["git", "-C", content.ROOT, "ls-files", "--eol"]
    done = subprocess.run(git, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no Git checkout")
    for line in done.stdout.splitlines():
        kept, _, attributes = line.split("\t")[0].split(maxsplit=2)
        assert kept in ("i/lf", "i/none", "i/-text", "i/"), line
        assert "eol=lf" in attributes or "-text" in attributes, line
