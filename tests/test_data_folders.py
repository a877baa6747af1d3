"""Cats and dogs: the folder is whole or it is built again, and a broken download goes on.

The real data is the offline edition. A toy archive, served by a web server in this process, and
a toy mirror stand in for the original.
"""

import errno
import http.server
import io
import os
import re
import shutil
import signal
import threading
import urllib.request
import zipfile
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import BROKEN, encoded
from PIL import Image
from workers import workers

from helpers.data import (
    DataError,
    cats_vs_dogs,
    download,
    fashion_mnist,
    garments,
    image_folder,
    images,
    photo_folders,
    sources,
)
from helpers.data import (
    cache as data_cache,
)
from helpers.data.cache import data_set
from helpers.data.photo_folders import PhotoFolder
from helpers.image_files import fault

pytestmark = pytest.mark.timeout(60)  # a fetch that hangs is a failure, too
CLASSES = ("cat", "dog")
FILES = 14  # of a class in the toy: the broken ones are numbers 1 to 5, so 9 are usable
COUNTS = {"train": 3, "validation": 2, "test": 1}
PAGES = {
    (name, number): encoded(colour=number + 100 * label)
    for label, name in enumerate(CLASSES)
    for number in range(FILES)
}
PAGES |= {("cat", number): content for number, content in enumerate(BROKEN.values(), start=1)}
PAGES |= {("dog", number): content for number, content in enumerate(BROKEN.values(), start=1)}
PASSED_OVER = {
    f"{name}/{name}.{number}.jpg": reason
    for name in CLASSES
    for number, reason in enumerate(BROKEN, start=1)
}


def zipped(pages=PAGES):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as bundle:
        bundle.writestr(zipfile.ZipInfo("PetImages/Cat/Thumbs.db"), b"thumbs")
        for name, number in reversed(pages):  # in no useful order
            member = zipfile.ZipInfo(f"PetImages/{name.title()}/{number}.jpg")
            bundle.writestr(member, pages[name, number])
    return stream.getvalue()


ARCHIVE = zipped()
ARCHIVE_NAME = "pets.zip"


def toy_source(url):
    return replace(
        sources.SOURCES["cats_vs_dogs"],
        original=(sources.Download(f"{url}/{ARCHIVE_NAME}", sha256(ARCHIVE).hexdigest()),),
        content={"original": toy_fingerprint(), "offline": ""},
    )


def toy_fingerprint(pages=PAGES):
    return photo_folders.mirror_fingerprint(
        {
            name: [(f"{name}.{k}.jpg", pages[name, k]) for k in range(FILES) if (name, k) in pages]
            for name in CLASSES
        }
    )


# ---- the server


def answer(request, body, status=200, **headers):
    request.send_response(status)
    for name, value in ({"Content-Length": len(body)} | headers).items():
        request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()
    request.wfile.write(body)
    request.wfile.flush()


def with_range(request, body, send=answer):
    """As servers do that can go on in the middle."""
    start = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    if start is None:
        return send(request, body)
    start = int(start[1])
    if start >= len(body):
        return send(request, b"", status=416)
    place = f"bytes {start}-{len(body) - 1}/{len(body)}"
    return send(request, body[start:], status=206, Content_Range=place)


def cut(request, body, **headers):
    answer(request, body[: len(body) // 2], **{"Content-Length": len(body)} | headers)


def stalls(request, body, **headers):
    cut(request, body, **headers)
    request.server.over.wait()


ANSWERS = {
    "right": with_range,
    "cuts": lambda r, b: with_range(r, b, cut),
    "stalls": lambda r, b: with_range(r, b, stalls),
    "sends whole files only": answer,
    "changed": lambda r, b: with_range(r, b[:-1] + bytes([b[-1] ^ 1])),
    "goes on at a wrong place": lambda r, b: (
        answer(r, b[1:], status=206) if "Range" in r.headers else answer(r, b)
    ),
    "404": lambda r, b: answer(r, b"not here", status=404),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/start":
            self.server.start.wait(30)
            return answer(self, b"go")
        self.server.asked.append(self.headers.get("Range"))
        self.server.first.set()
        return ANSWERS[self.server.how](self, ARCHIVE)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        server.how, server.asked = "right", []
        server.over, server.first = threading.Event(), threading.Event()
        server.start = threading.Barrier(4)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


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


def left_in(cache):
    """What lies in the cache, but the locks."""
    return {path.name for path in cache.glob("*") if path.suffix != ".lock"}


BUILT = "cats_vs_dogs-original-3-2-1"
PART = f"downloads/{ARCHIVE_NAME}.part"
# By hand: number 0 is whole, 1 to 5 are not.
EXPECTED = {"train": (0, 6, 7), "validation": (8, 9), "test": (10,)}


def assert_loads(cache, edition="original"):
    """The folder is as it should be, byte for byte."""
    folder, class_names, got = cats_vs_dogs(**COUNTS)
    assert (got, class_names) == (edition, CLASSES)
    assert folder == cache / BUILT
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")
    }
    assert found == {
        f"{split}/{name}/{name}.{number}.jpg": PAGES[name, number]
        for split, numbers in EXPECTED.items()
        for name in CLASSES
        for number in numbers
    }
    return folder


def refusal(error=DataError, **counts):
    with pytest.raises(error) as caught:
        cats_vs_dogs(**COUNTS | counts)
    message = str(caught.value)
    assert "\n" not in message
    return message


# ---- the real data, offline edition


@pytest.fixture(scope="module")
def offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", "offline")
        patch.delenv("COURSE_MIRROR", raising=False)
        yield cats_vs_dogs()


@pytest.mark.timeout(300)  # the first run fetches the data
def test_offline_is_ready_for_keras(offline):
    import keras  # here, for the worker processes to start quickly

    folder, class_names, edition = offline
    assert (class_names, edition) == (("shirt", "t-shirt"), "offline")
    for split, count in {"train": 500, "validation": 250, "test": 250}.items():
        data = keras.utils.image_dataset_from_directory(
            folder / split, image_size=(64, 64), verbose=False
        )
        assert tuple(data.class_names) == class_names
        labels = np.concatenate([y for _, y in data])
        assert Counter(labels.tolist()) == {0: count, 1: count}
        (images, _), *_ = data.take(1)
        assert images.shape == (32, 64, 64, 3)


def test_offline_files_are_garments_on_photographs(offline):
    """Each file shows its own garment: where it lies it is like the picture of Fashion-MNIST."""
    folder, class_names, _ = offline
    (x, y), *_ = fashion_mnist()
    for name in class_names:
        pictures = x[y == garments.LABEL[name]]
        for number in range(0, 500, 50):
            with Image.open(folder / "train" / name / f"{name}.{number}.jpg") as image:
                assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (64, 64))
                shown = np.asarray(image).astype(int)
            on = {}
            for ground in (0, 255):
                rng = np.random.default_rng([garments.LABEL[name], number])
                garments.background(np.zeros((7, 400, 512, 3)), "train", rng)  # draws before
                on[ground] = garments.compose(
                    pictures[number], np.full((64, 64, 3), ground, "uint8"), rng
                )
            solid = (on[0] == on[255]).all(axis=2)  # nothing shines through
            assert solid.mean() > 0.01
            assert np.abs(shown - on[0])[solid].mean() < 12  # of 255: JPEG's own losses


def test_offline_backgrounds_are_in_one_split_only():
    """No row of a photograph can be behind the garments of two splits."""
    row = np.arange(400)[None, :, None, None] + np.zeros((7, 400, 512, 3), int)
    rng = np.random.default_rng(0)
    seen = {
        split: {r for _ in range(300) for r in np.unique(garments.background(row, split, rng))}
        for split in COUNTS
    }
    assert not seen["train"] & seen["validation"]
    assert not seen["train"] & seen["test"]
    assert not seen["validation"] & seen["test"]


def test_offline_files_are_those_of_the_bands(offline):
    """Another Pillow may write other bytes; then the bands of the lessons must be looked at."""
    digest = (offline[0] / image_folder.MANIFEST).read_text("utf-8").partition("\n")[0]
    assert digest == "49d586ec36fe678bd40349108afd59fe17f8227b03ed4c7fd92c39392c4a1c67"


def test_offline_splits_share_no_picture(offline):
    paths = list(offline[0].rglob("*.jpg"))
    assert len({path.read_bytes() for path in paths}) == len(paths) == 2000


def test_offline_takes_the_same_every_time(offline, tmp_path, monkeypatch):
    shutil.copy(data_set("fashion_mnist").place("offline"), tmp_path)
    monkeypatch.setenv("COURSE_DATA", "offline")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    folder, *_ = cats_vs_dogs()
    assert folder.is_relative_to(tmp_path)
    manifests = [(place / image_folder.MANIFEST).read_bytes() for place in (folder, offline[0])]
    assert manifests[0] == manifests[1]


def test_offline_has_not_so_many(offline, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "offline")
    piece = np.zeros((64, 64, 3), "uint8")
    monkeypatch.setattr(garments, "compose", lambda *drawn: piece)  # to be quick
    message = refusal(ValueError, train=7000, validation=250, test=250)
    assert "7000 + 250 + 250 = 7,500 pictures a class are asked for" in message
    assert "of 'shirt' 7,000 files are usable and 0 are not" in message
    assert "ask for fewer" in message
    assert not PhotoFolder("cats_vs_dogs", {"": 7000, "v": 250, "t": 250}).place("offline").exists()


@pytest.mark.parametrize("count", [0, -1, 2.5, "many", None, True, float("nan"), 12_500])
@pytest.mark.parametrize("name", COUNTS)
def test_bad_counts(name, count, monkeypatch):
    monkeypatch.setattr(data_cache.DataSet, "load", None)  # asked before anything is fetched
    with pytest.raises(ValueError, match=name) as caught:
        cats_vs_dogs(**COUNTS | {name: count})
    assert (repr(count) if count != 12_500 else "12,50") in str(caught.value)


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


def fill_mirror(mirror, pages=PAGES):
    for (name, number), content in pages.items():
        path = mirror / "cats_vs_dogs" / f"{name}s" / f"{name}.{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        (path.parent / "Thumbs.db").touch()
    return mirror


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


def work(url):
    """What a worker process does."""
    photo_folders.KNOWN_IN_MIRROR, download.CHUNK = FILES, 1
    sources.SOURCES["cats_vs_dogs"] = toy_source(url)
    urllib.request.urlopen(f"{url}/start").read()
    assert_loads(data_cache.cache_dir())


@pytest.fixture
def worker(server, cache):
    with workers("test_data_folders", server.url) as start:
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
        process = worker(f"t.image_folder._sha256 = {kill};")
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
