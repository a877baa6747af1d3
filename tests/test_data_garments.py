"""The photographs' offline edition, which is real: garments on pieces of photographs."""

import shutil
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from toy_photos import COUNTS, refusal

from helpers.data import cache as data_cache
from helpers.data import cats_vs_dogs, fashion_mnist, garments, image_folder
from helpers.data.cache import data_set
from helpers.data.photo_folders import PhotoFolder

pytestmark = pytest.mark.timeout(60)  # a fetch that hangs is a failure, too


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
