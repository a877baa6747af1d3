"""A toy archive in place of the photographs, and a server that can break off and go on."""

import io
import re
import urllib.request
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest
import web_server
from pictures import BROKEN, encoded
from web_server import answer

from helpers.data import DataError, cats_vs_dogs, download, photo_folders, sources
from helpers.data import cache as data_cache

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
    answer(request, body[: len(body) // 2], Content_Length=len(body), **headers)


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


def respond(request):
    server = request.server
    server.asked.append(request.headers.get("Range"))
    server.first.set()
    ANSWERS[server.how](request, ARCHIVE)


def served():
    """A web server of the toy's archive."""
    return web_server.served(respond, asked=[])


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


def fill_mirror(mirror, pages=PAGES):
    for (name, number), content in pages.items():
        path = mirror / "cats_vs_dogs" / f"{name}s" / f"{name}.{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        (path.parent / "Thumbs.db").touch()
    return mirror


def work(url):
    """What a worker process does."""
    photo_folders.KNOWN_IN_MIRROR, download.CHUNK = FILES, 1
    sources.SOURCES["cats_vs_dogs"] = toy_source(url)
    urllib.request.urlopen(f"{url}/start").read()
    assert_loads(data_cache.cache_dir())
