"""What is wrong with a folder of images: found before training, not in its middle."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from pictures import BROKEN, MORE_BROKEN, WHOLE, encoded, turned
from PIL import Image
from toy_reviews import on_posix

from helpers.image_files import NAMED, check_images, fault, listing

CASES = {reason: (reason, content) for reason, content in BROKEN.items()} | MORE_BROKEN


@pytest.mark.parametrize("kind", WHOLE)
def test_whole(kind):
    assert fault(WHOLE[kind]) == ""


@pytest.mark.parametrize("case", CASES)
def test_broken(case):
    reason, content = CASES[case]
    assert fault(content) == reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_keras_does_not_turn_pictures_upright(kind):
    """So a picture that is stored lying on its side has to be found."""
    content = encoded(kind=kind, exif=turned(6))
    read = tf.io.decode_image(content, channels=3, expand_animations=False)
    plain = tf.io.decode_image(encoded(kind=kind), channels=3, expand_animations=False)
    assert np.array_equal(read, plain)


def test_a_huge_picture_is_not_called_damaged(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_500_000)
    assert fault(encoded(side=1800)) == "over 3 million pixels"
    assert fault(encoded(side=1700)) == ""  # Pillow only warns


def keras_reads(content):
    try:
        tf.io.decode_image(content, channels=3, expand_animations=False)
    except tf.errors.InvalidArgumentError:
        return False
    return True


@given(
    kind=st.sampled_from(list(WHOLE)),
    cut=st.integers(0, 60),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 7)), max_size=3),
    junk=st.binary(max_size=8),
)
def test_what_passes_can_be_read(kind, cut, flips, junk):
    """A cut, wrong bits, junk: there is a reason, or Keras can read it."""
    content = bytearray(WHOLE[kind])
    del content[len(content) - cut :]
    for place, bit in flips:
        content[int(place * len(content))] ^= 1 << bit
    content = bytes(content + junk)
    assert fault(content) or keras_reads(content)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(content):
    assert fault(content)


@pytest.fixture
def folder(tmp_path):
    """Two classes with whole images, one of them in a folder below."""
    for name, kind in (("cat/0.jpg", "JPEG"), ("cat/old/1.PNG", "PNG"), ("dog/0.jpeg", "JPEG")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(WHOLE[kind])
    return tmp_path


def test_nothing_to_find(folder):
    (folder / ".ipynb_checkpoints").mkdir()  # Keras takes it for no class either
    (folder / "notes.txt").write_text("beside the classes, not in one")
    assert check_images(folder) == check_images(str(folder)) == {}


def test_finds_the_planted_files_and_no_other(folder):
    planted = {}
    for number, (reason, content) in enumerate(CASES.values()):
        planted[f"dog/{number:02}.jpg"] = reason
        (folder / f"dog/{number:02}.jpg").write_bytes(content)
    (folder / "cat/Thumbs.db").write_bytes(b"thumbs")
    found = check_images(folder)
    assert found == {"cat/Thumbs.db": "not named as an image"} | planted
    assert list(found) == sorted(found)
    for name in found:
        (folder / name).unlink()
    assert check_images(folder) == {}
    data = keras.utils.image_dataset_from_directory(folder, image_size=(8, 8), verbose=False)
    assert data.class_names == ["cat", "dog"]
    assert sum(len(labels) for _, labels in data) == 3


@on_posix
def test_a_file_that_cannot_be_opened(folder, monkeypatch):
    (folder / "dog/1.jpg").symlink_to(folder / "nowhere.jpg")
    assert check_images(folder) == {"dog/1.jpg": "cannot be opened"}


@pytest.mark.parametrize("inside", ["nothing", "empty files", "other files", "an empty folder"])
def test_empty_class(folder, inside):
    (folder / "bird").mkdir()
    if inside == "empty files":
        (folder / "bird/1.jpg").touch()
    elif inside == "other files":
        (folder / "bird/birds.csv").write_text("tit,robin")
    elif inside == "an empty folder":
        (folder / "bird/old").mkdir()
    with pytest.raises(ValueError, match="without a usable image: 'bird'") as caught:
        check_images(folder)
    reason = {"empty files": "bird/1.jpg (empty)", "other files": "bird/birds.csv (not named"}
    assert reason.get(inside, "no file at all") in str(caught.value)
    assert "remove the folder" in str(caught.value)


def test_all_empty_classes_are_named(folder):
    for name in ("ape", "bird"):
        (folder / name).mkdir()
    with pytest.raises(ValueError, match=r"'ape' .*, 'bird' "):
        check_images(folder)


@pytest.mark.parametrize("there", ["nothing", "a file", "no classes", "images without classes"])
def test_no_class_folders(tmp_path, there):
    place = tmp_path / "pets"
    if there == "a file":
        place.write_bytes(encoded())
    elif there != "nothing":
        place.mkdir()
        if there == "images without classes":
            (place / "0.jpg").write_bytes(encoded())
    with pytest.raises(ValueError, match="folder") as caught:
        check_images(place)
    assert repr(str(place)) in str(caught.value)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.sampled_from(list(BROKEN)), min_size=1))
def test_listing_counts_and_names(unusable):
    text = listing(unusable)
    assert text.startswith(f"{len(unusable)} unusable file")
    for name, reason in list(unusable.items())[:NAMED]:
        assert f"{name} ({reason})" in text
    assert text.endswith(" more") == (len(unusable) > NAMED)


def test_a_long_listing_is_cut():
    unusable = {f"{number}.jpg": "empty" for number in range(NAMED + 1000)}
    unusable["last.jpg"] = "grey"
    text = listing(unusable)
    assert text.count("(empty)") == NAMED
    assert text.endswith("and 1,001 more")
    assert listing({"a.jpg": "empty"}) == "1 unusable file: a.jpg (empty)"
