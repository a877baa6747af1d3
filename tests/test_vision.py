"""Lesson 7's own cells: what is kept gives what the whole network gives; and the benchmark."""

import keras
import numpy as np
import pytest

from benchmarks import run, vision_arms
from benchmarks.arms import ARMS
from benchmarks.vision_arms import lesson_code
from tests.pictures import encoded

SIDE = 32  # VGG16's smallest
PHOTOS, VIEWS = 7, 3


@pytest.fixture(scope="module")
def code():
    return lesson_code()


@pytest.fixture(scope="module")
def base(code):
    return code["conv_base"](SIDE, "float32")


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(3).integers(0, 256, (PHOTOS, SIDE, SIDE, 3), "uint8")


def whole(base, photos):
    prepared = keras.applications.vgg16.preprocess_input(photos.astype("float32"))
    return keras.ops.convert_to_numpy(base(prepared, training=False))


def averages(code, base):
    return code["extractor"](base, code["averaged"](code["maps_of"](base, "block5")))


def folder_of(place, **counts):
    for name, count in counts.items():
        (place / name).mkdir(parents=True)
        for number in range(count):
            (place / name / f"{number}.jpg").write_bytes(encoded(colour=number, side=40))
    return place


# ---- reading


def test_photos_are_read_with_their_labels(code, tmp_path):
    photos, labels = code["read"](folder_of(tmp_path / "train", cat=3, dog=2), 36)
    assert photos.shape == (5, 36, 36, 3) and photos.dtype == np.uint8
    assert labels.ravel().tolist() == [0, 0, 0, 1, 1]


def test_an_empty_class_folder_is_an_error(code, tmp_path):
    with pytest.raises(ValueError, match=r"train has no photos of one of \['cat', 'dog'\]"):
        code["read"](folder_of(tmp_path / "train", cat=3, dog=0), 36)


# ---- the base, run once


@pytest.mark.parametrize("batch_size", [1, 3, PHOTOS, 50])  # with and without a rest
def test_features_are_the_means_of_the_maps_of_the_base(code, base, photos, batch_size):
    features = averages(code, base).predict(photos, batch_size=batch_size, verbose=0)
    assert features.dtype == np.float32 and features.shape == (PHOTOS, 512)
    np.testing.assert_allclose(
        features, whole(base, photos).mean(axis=(1, 2)), rtol=1e-3, atol=1e-3
    )


def test_several_outputs_keep_their_names(code, base, photos):
    outputs = {block: code["maps_of"](base, block) for block in ("block4", "block5")}
    found = code["extractor"](base, outputs).predict(photos[:1], verbose=0)
    assert {block: maps.shape for block, maps in found.items()} == {
        "block4": (1, 2, 2, 512),
        "block5": (1, 1, 1, 512),
    }


def test_bfloat16_agrees_with_float32(code, base, photos):
    """Whatever this processor has: a machine without it is only slow."""
    other = code["conv_base"](SIDE, "mixed_bfloat16")
    features = averages(code, other).predict(photos, verbose=0)
    expected = whole(base, photos).ravel()
    assert np.corrcoef(features.ravel(), expected)[0, 1] > 0.99


def test_a_small_side_is_refused_and_the_policy_restored(code):
    before = keras.config.dtype_policy().name
    with pytest.raises(ValueError, match="32 pixels are the least"):
        code["conv_base"](31, "mixed_bfloat16")
    assert keras.config.dtype_policy().name == before


# ---- the head, and the model that takes a photo


def test_a_head_scales_features_and_bears_silent_channels(code):
    features = np.random.default_rng(2).normal(50, 10, (200, 6)).astype("float32")
    features[:, 3] = 0
    head = code["new_head"](features)
    scaled = keras.ops.convert_to_numpy(head.layers[0](features))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 1, 0, 1, 1], atol=1e-2)
    surprise = np.eye(6, dtype="float32")[[3]]  # the silent channel answers
    assert np.isfinite(keras.ops.convert_to_numpy(head(surprise))).all()


def test_a_model_takes_photos_of_any_size_and_can_be_saved(code, base, photos, tmp_path):
    features = averages(code, base).predict(photos, verbose=0)
    head = code["new_head"](features)
    lower = keras.Model(base.input, code["averaged"](code["maps_of"](base, "block5")))
    model = code["takes_photos"](SIDE, lower, head)
    expected = head.predict(features, verbose=0)
    np.testing.assert_allclose(model.predict(photos, verbose=0), expected, atol=1e-3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(photos, verbose=0), expected, atol=1e-3)
    assert loaded.predict(np.zeros((1, 50, 41, 3)), verbose=0).shape == (1, 1)


# ---- the pool


def test_an_epoch_deals_each_photo_once_in_one_of_its_views(code):
    pool = np.arange(VIEWS * 40, dtype="float32").reshape(VIEWS, 40, 1)  # view 40 + photo
    labels = np.arange(40, dtype="float32")[:, None]
    data = code["Deal"](pool, labels, seed=1)
    assert len(data) == 2
    seen, orders = set(), []
    for _ in range(6):
        batches = [data[number] for number in range(len(data))]
        data.on_epoch_end()
        dealt = [np.concatenate(part) for part in zip(*batches, strict=True)]
        numbers = dealt[0][:, 0].astype(int)
        np.testing.assert_array_equal(numbers % 40, dealt[1][:, 0])  # the label of its photo
        assert sorted(numbers % 40) == list(range(40))
        seen |= set(numbers.tolist())
        orders.append(tuple(numbers % 40))
    assert len(seen) > 0.8 * pool.size, "all views occur"
    assert len(set(orders)) > 1, "each epoch has an order of its own"


def test_random_views(code, photos):
    view = code["random_view"](photos)
    assert view.shape == photos.shape and view.dtype == np.uint8
    assert not np.array_equal(view, photos)
    assert not np.array_equal(view, code["random_view"](photos))


# ---- the cut


@pytest.mark.parametrize("block", ["block4", "block3"])
def test_what_comes_after_the_cut_completes_the_base(code, base, photos, block):
    maps = code["extractor"](base, code["maps_of"](base, block)).predict(photos, verbose=0)
    found = code["blocks_after"](base, block).predict(maps, verbose=0)
    np.testing.assert_allclose(found, whole(base, photos), rtol=2e-2, atol=5e-2)


@pytest.mark.parametrize("trainable", [True, False])
def test_copies_are_trained_and_the_originals_stay(code, base, trainable):
    base.trainable = trainable
    kept = np.random.default_rng(0).random((VIEWS, PHOTOS, 2, 2, 512), "float32")
    head = code["new_head"](kept.mean(axis=(0, 2, 3)))
    labels = np.arange(PHOTOS, dtype="float32")[:, None] % 2
    before = [*base.get_weights(), *head.get_weights()]
    model = code["with_head"](code["blocks_after"](base, "block4"), head)
    assert len(model.trainable_weights) == 6 + 4
    start = model.get_weights()
    code["train"](code["compiled"](model, 1e-3), code["Deal"](kept, labels, 0), None, 1, "test")
    assert not any(np.array_equal(a, b) for a, b in zip(start, model.get_weights(), strict=True)), (
        "all are trained"
    )
    after = [*base.get_weights(), *head.get_weights()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


# ---- the benchmark


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("name", vision_arms.TASKS)
def test_both_arms_return_seconds_and_an_accuracy(code, tmp_path, name, arm):
    task = vision_arms.Task(side=SIDE, train=8, validation=4, test=4, epochs=1)
    for part in ("train", "validation", "test"):
        folder_of(tmp_path / part, cat=5, dog=5)
    parts = vision_arms.parts_of(task, code, tmp_path, seed=0)
    assert [len(photos) for photos, _ in parts.values()] == [8, 4, 4]
    assert all(labels.mean() == 0.5 for _, labels in parts.values())
    found = getattr(vision_arms, name)(arm, task, parts, code, 0)
    assert found["seconds"] > 0 and 0 <= found["test_accuracy"] <= 1
    assert found.get("moved", 1) > 0


@pytest.mark.parametrize(
    "name, seconds, ratio, accuracy, moved, missed",
    [
        ("augmented", 1.0, 0.19, 0.9, 0.01, 0),
        ("augmented", 1.0, 0.21, 0.9, 0.01, 1),
        ("fine_tuning", 1.0, 0.3, 0.9, 0.01, 0),
        ("fine_tuning", 1.0, 0.4, 0.8, 0.01, 2),
        ("fine_tuning", 1.0, 0.1, 0.9, 0.0, 1),  # fast, because nothing was trained
        ("features", 1.0, 0.3, 0.9, 0.01, 0),  # 192 photographs a second
        ("features", 20.0, 0.3, 0.9, 0.01, 1),
    ],
)
def test_report_says_which_target_is_missed(name, seconds, ratio, accuracy, moved, missed):
    book = {"seconds": 5.0, "peak_gb": 1.0, "test_accuracy": 0.9, "moved": 0.01}
    ours = book | {"seconds": seconds, "test_accuracy": accuracy, "moved": moved}
    result = {"textbook": book, "lesson": ours, "seconds_ratio": ratio, "peak_gb_ratio": 1.0}
    text = run.report(run.COMPARISONS["vision"], "offline", {name: result})
    assert text.count("NOT reached") == missed
    assert text.count("target reached") == (3 if name == "fine_tuning" else 2) - missed
