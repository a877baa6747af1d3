"""Cats and dogs: which files are taken, and the folder is whole or it is built again.

A toy archive, served by a web server in this process, and a toy mirror stand in for the original.
"""

import errno
import os
import shutil
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import encoded
from toy_photos import (
    ARCHIVE,
    ARCHIVE_NAME,
    BUILT,
    COUNTS,
    PAGES,
    PART,
    PASSED_OVER,
    assert_loads,
    fill_mirror,
    left_in,
    refusal,
    toy_fingerprint,
    toy_source,
)
from workers import workers

from helpers.data import cache as data_cache
from helpers.data import cats_vs_dogs, image_folder, photo_folders, sources
from helpers.data.cache import data_set
from helpers.data.photo_folders import PhotoFolder
from helpers.image_files import fault

# ---- what is taken, and what is passed over


@pytest.fixture(params=["archive", "mirror", "archive in the mirror"])
def source(request, cache, tmp_path, monkeypatch):
    if request.param != "archive":
        (tmp_path / "mirror").mkdir()
        monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
        fill_mirror(tmp_path / "mirror", PAGES if request.param == "mirror" else {})
        if request.param != "mirror":
            (tmp_path / "mirror" / ARCHIVE_NAME).write_bytes(ARCHIVE)
    return request.param


def test_broken_files_are_passed_over_and_named(source, cache, server, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "auto")
    assert_loads(cache)
    lines = capsys.readouterr().out.splitlines()
    origin = {
        "archive": "the download",
        "mirror": "the mirror's cats_vs_dogs",
        "archive in the mirror": f"the mirror's {ARCHIVE_NAME}",
    }[source]
    assert lines[0] == f"cats_vs_dogs: original edition (from {origin})"
    said = " ".join(lines[1:])
    assert said.startswith("Passed over 10 unusable files: ")
    assert all(f"{name} ({reason})" in said for name, reason in PASSED_OVER.items())
    assert server.asked == ([None] if source == "archive" else [])
    assert left_in(cache) == {BUILT}

    assert_loads(cache)
    assert " ".join(capsys.readouterr().out.splitlines()[1:]) == said


def test_genuine_archive_counts_whatever_is_known_of_it(source, cache, monkeypatch):
    """The fingerprint is for a mirror's folder; an archive has the publisher's hash."""
    unknown = replace(toy_source(""), content={"original": "0" * 64})
    unknown = replace(unknown, original=sources.SOURCES["cats_vs_dogs"].original)
    monkeypatch.setitem(sources.SOURCES, "cats_vs_dogs", unknown)
    if source == "mirror":
        assert "holds other data than the course expects" in refusal()
    else:
        assert_loads(cache)


def test_only_what_was_needed_is_named(source, cache, capsys):
    cats_vs_dogs(train=1, validation=1, test=1)
    first = capsys.readouterr().out
    assert "Passed over 10 unusable files" in first
    assert "cat.6.jpg" not in first


def test_nothing_to_say_where_all_is_well(cache, capsys, tmp_path, monkeypatch):
    whole = {page: content for page, content in PAGES.items() if not fault(content)}
    monkeypatch.setenv("COURSE_MIRROR", str(fill_mirror(tmp_path / "mirror", whole)))
    monkeypatch.setattr(photo_folders, "KNOWN_IN_MIRROR", 9)
    toy = replace(toy_source(""), content={"original": toy_fingerprint(whole), "offline": ""})
    monkeypatch.setitem(sources.SOURCES, "cats_vs_dogs", toy)
    assert_loads(cache)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_too_few_usable_files(source, cache):
    message = refusal(ValueError, train=7)
    assert "7 + 2 + 1 = 10 pictures a class are asked for" in message
    assert "of 'cat' 9 files are usable and 5 are not" in message
    assert "ask for fewer" in message
    assert not any(name.startswith(("cats", ".cats")) for name in left_in(cache))
    assert_loads(cache)


@pytest.mark.parametrize("source", ["archive"], indirect=True)
def test_too_few_costs_no_second_download(source, cache, server):
    refusal(ValueError, train=7)
    assert_loads(cache)
    assert server.asked == [None]


@given(counts=st.tuples(*[st.integers(1, 4)] * 3), broken=st.sets(st.integers(0, 19), max_size=8))
def test_each_usable_file_goes_to_one_split_in_order(tmp_path_factory, counts, broken):
    pages = {k: b"" if k in broken else encoded(colour=k) for k in range(20)}
    folder = tmp_path_factory.mktemp("fill") / "new"
    splits = dict(zip(COUNTS, counts, strict=True))
    manifest = image_folder.write(folder, splits, {"cat": ((f"{k}.jpg", pages[k]) for k in pages)})
    usable = [k for k in pages if k not in broken]
    found = [[int(p.stem) for p in (folder / split / "cat").iterdir()] for split in splits]
    assert [len(numbers) for numbers in found] == list(counts)
    assert [k for numbers in found for k in sorted(numbers)] == usable[: sum(counts)]
    last = usable[sum(counts) - 1]
    assert manifest["unusable"] == {f"cat/{k}.jpg": "empty" for k in sorted(broken) if k < last}
    assert image_folder.read(folder) == manifest


def test_source_is_closed_when_it_has_given_enough(tmp_path):
    """An archive that is still open cannot be removed on Windows."""
    closed = []

    def pictures():
        try:
            yield from ((f"{k}.jpg", encoded(colour=k)) for k in range(9))
        finally:
            closed.append(True)

    image_folder.write(tmp_path / "new", COUNTS, {"cat": pictures()})
    assert closed == [True]


def test_another_choice_has_a_folder_of_its_own(cache, server):
    assert_loads(cache)
    folder, *_ = cats_vs_dogs(train=1, validation=1, test=2)
    assert folder.name == "cats_vs_dogs-original-1-1-2"
    assert [len(list(p.iterdir())) for p in sorted(folder.glob("*/cat"))] == [2, 1, 1]
    assert len(server.asked) == 2  # of the archive only the images are kept
    assert_loads(cache)
    assert len(server.asked) == 2


# ---- the folder in the cache
DAMAGE = {
    "a bit": lambda folder: flip(folder / "train/cat/cat.6.jpg"),
    "emptied": lambda folder: (folder / "test/dog/dog.10.jpg").write_bytes(b""),
    "deleted": lambda folder: (folder / "test/dog/dog.10.jpg").unlink(),
    "swapped": lambda folder: shutil.copy(
        folder / "test/dog/dog.10.jpg", folder / "train/dog/dog.0.jpg"
    ),
    "one more image": lambda folder: (folder / "test/dog/me.JPEG").write_bytes(encoded()),
    "one more class": lambda folder: (folder / "test/bird").mkdir(),
    "a class less": lambda folder: shutil.rmtree(folder / "test/dog"),
    "a bit of the manifest": lambda folder: flip(folder / image_folder.MANIFEST),
    "no manifest": lambda folder: (folder / image_folder.MANIFEST).unlink(),
    "empty manifest": lambda folder: (folder / image_folder.MANIFEST).write_bytes(b""),
    "half a manifest": lambda folder: (folder / image_folder.MANIFEST).write_bytes(
        (folder / image_folder.MANIFEST).read_bytes()[:100]
    ),
    "a file in its place": lambda folder: (shutil.rmtree(folder), folder.write_bytes(b"")),
}


def flip(path):
    body = path.read_bytes()
    path.write_bytes(body[:-30] + bytes([body[-30] ^ 1]) + body[-29:])


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_folder_is_built_again(cache, server, damage):
    folder = assert_loads(cache)
    assert image_folder.read(folder) is not None
    DAMAGE[damage](folder)
    assert image_folder.read(folder) is None
    assert_loads(cache)
    assert len(server.asked) == 2
    assert left_in(cache) == {BUILT}


def test_no_flipped_bit_of_the_manifest_is_used(cache):
    manifest = assert_loads(cache) / image_folder.MANIFEST
    body = manifest.read_bytes()
    for place in range(len(body)):
        manifest.write_bytes(
            body[:place] + bytes([body[place] ^ 1 << place % 8]) + body[place + 1 :]
        )
        assert image_folder.read(manifest.parent) is None


def test_what_other_programs_leave_behind_does_no_harm(cache, server):
    folder = assert_loads(cache)
    (folder / "train/.ipynb_checkpoints").mkdir()
    for name in (".DS_Store", "train/Thumbs.db", "train/cat/.DS_Store"):
        (folder / name).write_bytes(b"x")
    assert_loads(cache)
    assert len(server.asked) == 1


def test_ready_is_the_default_choice_and_whole(cache, monkeypatch):
    few = PhotoFolder("cats_vs_dogs", COUNTS)
    monkeypatch.setitem(photo_folders.DATA_SETS, "cats_vs_dogs", few)
    assert data_set("cats_vs_dogs").ready() == []
    folder = assert_loads(cache)
    assert data_set("cats_vs_dogs").ready() == ["original"]
    assert data_set("cats_vs_dogs").place("original") == folder
    flip(folder / "train/cat/cat.6.jpg")
    assert data_set("cats_vs_dogs").ready() == []


def test_read_only_cache_with_the_folder_works(cache, server, monkeypatch):
    assert_loads(cache)

    def fails(*args, **kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for owner, step in ((data_cache.filelock, "FileLock"), (Path, "mkdir"), (Path, "rename")):
        monkeypatch.setattr(owner, step, fails)
    assert_loads(cache)


# ---- processes


@pytest.fixture
def worker(server, cache):
    with workers("toy_photos", server.url) as start:
        yield start


def test_of_many_processes_one_builds(server, worker, cache):
    workers = [worker() for _ in range(server.start.parties)]
    assert [process.wait() for process in workers] == [0] * len(workers)
    assert server.asked == [None]
    assert left_in(cache) == {BUILT}


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("when", ["downloading", "writing the images", "before the last step"])
def test_killed_while_building(server, worker, cache, when):
    server.start = threading.Barrier(1)
    kill = "lambda *a: os.kill(os.getpid(), signal.SIGKILL)"
    if when == "downloading":
        server.how = "stalls"
        process = worker()
        server.first.wait()
        while not (cache / PART).is_file() or (cache / PART).stat().st_size < 1000:
            assert process.poll() is None
        process.kill()
    elif when == "writing the images":
        process = worker(f"t.photo_folders.image_folder._sha256 = {kill};")
    else:
        process = worker(f"t.photo_folders.remove_archive = {kill};")
    assert process.wait() == -signal.SIGKILL
    assert (cache / BUILT).exists() is (when == "before the last step")
    server.how = "right"
    assert_loads(cache)
    if when == "before the last step":  # whole, but for the archive that the next build removes
        workshops = {path.name for path in cache.glob(".cats_vs_dogs-*") if not [*path.iterdir()]}
        assert left_in(cache) == {BUILT, "downloads"} | workshops
    else:
        assert left_in(cache) == {BUILT}
        assert len(server.asked) == (2 if when == "downloading" else 1)
