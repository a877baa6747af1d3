"""The photographs' original: what a mirror must hold, and a broken download goes on."""

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pictures import encoded
from toy_photos import (
    ARCHIVE,
    ARCHIVE_NAME,
    BUILT,
    PART,
    assert_loads,
    fill_mirror,
    left_in,
    refusal,
)

from helpers.data import cache as data_cache
from helpers.data import cats_vs_dogs, images, sources

# ---- the mirror


@pytest.fixture
def mirror(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    return fill_mirror(tmp_path / "mirror")


@pytest.mark.parametrize("number", [0, 3, 13])
@pytest.mark.parametrize("damage", ["a bit", "another picture", "cut", "emptied"])
def test_changed_mirror_is_an_error(mirror, cache, server, number, damage):
    path = mirror / "cats_vs_dogs/dogs" / f"dog.{number}.jpg"
    body = path.read_bytes()
    path.write_bytes(
        {
            "a bit": bytes([body[0] ^ 1]) + body[1:],
            "another picture": encoded(colour=999),
            "cut": body[:-1],
            "emptied": b"" if body else b"x",
        }[damage]
    )
    assert "the mirror's cats_vs_dogs holds other data than the course expects" in refusal()
    assert left_in(cache) == set()
    assert server.asked == []


def test_mirror_that_cannot_be_read(mirror, cache, monkeypatch):
    (mirror / "cats_vs_dogs/dogs/dog.0.jpg").unlink()
    (mirror / "cats_vs_dogs/dogs/dog.0.jpg").mkdir()
    message = refusal()
    assert "the mirror's cats_vs_dogs cannot be read (IsADirectoryError)" in message
    assert "cannot take the data" not in message  # the cache is not to blame


def test_mirror_with_too_few_files_is_passed_over(mirror, cache, server):
    (mirror / "cats_vs_dogs/dogs/dog.0.jpg").unlink()
    assert_loads(cache)
    assert server.asked == [None]


def test_refusal_names_the_mirror_that_has_too_few(mirror, cache, server):
    server.how = "404"
    message = refusal(train=20)
    assert "the mirror's cats_vs_dogs has 14 files a class, 23 are needed" in message
    assert f"{server.url}/{ARCHIVE_NAME} gave no complete answer (HTTPError)" in message
    ways = f"{ARCHIVE_NAME} or the folders cats_vs_dogs/cats and cats_vs_dogs/dogs"
    assert f"set COURSE_MIRROR to a folder that holds {ways}" in message
    assert left_in(cache) == set()


def test_changed_archive_in_the_mirror_is_an_error(cache, tmp_path, monkeypatch, server):
    (tmp_path / ARCHIVE_NAME).write_bytes(ARCHIVE[:-1])
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path))
    assert f"the mirror's {ARCHIVE_NAME} is damaged or was changed" in refusal()
    assert server.asked == []


def test_archive_in_the_mirror_that_cannot_be_read(cache, tmp_path, monkeypatch):
    (tmp_path / ARCHIVE_NAME).write_bytes(ARCHIVE)
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path))

    def fails(*args):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(sources.pooch, "file_hash", fails)
    message = refusal()
    assert f"the mirror's {ARCHIVE_NAME} cannot be read (PermissionError)" in message
    assert "cannot take the data" not in message  # the cache is not to blame


def test_mirror_is_not_a_folder(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "nowhere"))
    assert "nowhere', which is not a folder" in refusal()


# ---- the download


@pytest.mark.parametrize("how", ["cuts", "stalls"])
def test_broken_download_goes_on(cache, server, how):
    server.how = how
    message = refusal()
    assert f"{server.url}/{ARCHIVE_NAME} gave no complete answer" in message
    assert "MB that arrived are kept, and the next try goes on there" in message
    assert left_in(cache) == {"downloads"}
    half = len(ARCHIVE) // 2
    assert (cache / PART).read_bytes() == ARCHIVE[:half]
    refusal()  # and half of the rest
    assert (cache / PART).read_bytes() == ARCHIVE[: half + (len(ARCHIVE) - half) // 2]
    server.how = "right"
    assert_loads(cache)
    assert server.asked == [None, f"bytes={half}-", f"bytes={half + (len(ARCHIVE) - half) // 2}-"]
    assert left_in(cache) == {BUILT}


@pytest.fixture
def part(cache):
    """Write what an earlier try has left behind."""

    def write(content):
        (cache / "downloads").mkdir(parents=True)
        (cache / PART).write_bytes(content)

    return write


@pytest.mark.parametrize("length", [0, 1, 1000, len(ARCHIVE) - 1])
def test_server_that_sends_whole_files_only(cache, server, part, length):
    part(ARCHIVE[:length])
    server.how = "sends whole files only"
    assert_loads(cache)
    assert server.asked == [f"bytes={length}-" if length else None]


PARTS = {
    "tampered": b"x" + ARCHIVE[1:2000],
    "of another file": b"<html>Welcome to the hotel</html>",
    "longer than the file": ARCHIVE + b"x",
    "as long as the file, and wrong": ARCHIVE[:-1] + b"x",
}


@pytest.mark.parametrize("kind", PARTS)
def test_wrong_part_is_fetched_again_from_the_start(cache, server, part, kind):
    part(PARTS[kind])
    assert_loads(cache)
    assert server.asked == [f"bytes={len(PARTS[kind])}-", None]
    assert left_in(cache) == {BUILT}


def test_server_that_goes_on_at_a_wrong_place(cache, server, part):
    part(ARCHIVE[:1000])
    server.how = "goes on at a wrong place"
    assert_loads(cache)
    assert server.asked == ["bytes=1000-", None]


def test_whole_part_needs_no_server(cache, server, part):
    part(ARCHIVE)
    server.how = "404"
    assert_loads(cache)
    assert server.asked == []


@pytest.mark.parametrize("before", ["nothing", "a part"])
def test_changed_archive_is_refused(cache, server, part, before):
    if before == "a part":
        part(ARCHIVE[:1000])
    server.how = "changed"
    assert "sent a file that is damaged or was changed" in refusal()
    assert left_in(cache) == set()
    assert len(server.asked) == (2 if before == "a part" else 1)


@pytest.mark.parametrize("how", ["no room is left", "it fills up"])
def test_full_disk_keeps_the_part(cache, server, part, monkeypatch, how):
    part(ARCHIVE[:1000])
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with monkeypatch.context() as disk:
        if how == "no room is left":
            usage = shutil.disk_usage(cache)._replace(free=len(ARCHIVE) - 1001)
            disk.setattr(shutil, "disk_usage", lambda path: usage)
        else:

            def write(path, content):
                raise full

            disk.setattr(Path, "write_bytes", write)
        message = refusal()
    assert "cannot take the data: the disk is full" in message
    kept = ARCHIVE[:1000] if how == "no room is left" else ARCHIVE
    name = PART if how == "no room is left" else PART.removesuffix(".part")
    assert (cache / name).read_bytes() == kept
    assert left_in(cache) == {"downloads"}
    assert_loads(cache)
    assert left_in(cache) == {BUILT}


def test_offline_in_its_place_keeps_the_part(cache, server, part, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", "auto")
    part(ARCHIVE[:1000])
    server.how = "404"
    x = np.zeros((30, 28, 28), "uint8")
    fashion = {"x_train": x, "x_test": x, "y_train": np.arange(30) % 10, "y_test": np.full(30, 6)}
    stand_in = SimpleNamespace(get=lambda edition: (fashion, ""))
    monkeypatch.setitem(images.DATA_SETS, "fashion_mnist", stand_in)
    counts = {"train": 1, "validation": 1, "test": 1}
    _, class_names, edition = cats_vs_dogs(**counts)
    assert (edition, class_names) == ("offline", ("shirt", "t-shirt"))
    assert "no original: " in capsys.readouterr().out
    assert (cache / PART).read_bytes() == ARCHIVE[:1000]
    data_cache._chosen.clear()  # as in a new process
    server.how = "right"
    assert cats_vs_dogs(**counts)[-1] == "original"
