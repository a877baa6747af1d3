"""One arm of the benchmark on photographs, in a process of its own.

    python -m benchmarks.vision_arms fine_tuning lesson --seed 0

Three tasks with VGG16's convolutional base. ``features``: run it on photographs; the textbook
as Keras has it, in float32. ``augmented``: train a head on the frozen base with augmentation;
the textbook sends new views through the base in each epoch, the lesson keeps the features of a
pool of views. ``fine_tuning``: train block 5 and a head that is trained already; the textbook
end to end, the lesson from the kept outputs of block 4. In the last two both arms compute with the
same dtype policy, the fastest on this machine: so the ratio is that of the method alone. That an
arm has really fine-tuned shows in how far it moved block 5.

To be short, they have few photographs; the epochs are the textbook's 30. With fewer epochs the
lesson's share of the textbook's seconds is larger, because what is kept must be computed all the
same; with smaller photographs, too, because updating the weights takes the same time for any size.

The lesson's arm runs the very cells of lesson 7 that are tagged ``transfer``. The last line
printed is a JSON object with the arm's seconds and test accuracy; the parent watches the memory.
"""

import json
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.arms import chosen
from helpers import session

LESSON = "07_transfer_learning"
BATCH_SIZE = 32
VIEWS = 2
NEW_RATE, LOW_RATE = 3e-4, 1e-5


@dataclass(frozen=True)
class Task:
    """The side of the photographs in pixels, how many there are in each part, and the epochs."""

    side: int
    train: int
    validation: int
    test: int
    epochs: int

    @property
    def photos(self) -> int:
        """All photographs that the base must see at least once, before the test."""
        return self.train + self.validation


TASKS = {
    "features": Task(side=128, train=128, validation=64, test=128, epochs=0),
    "augmented": Task(side=96, train=200, validation=100, test=200, epochs=30),
    "fine_tuning": Task(side=112, train=200, validation=100, test=200, epochs=30),
}

Parts = dict[str, tuple[np.ndarray, np.ndarray]]


def parts_of(task: Task, code: dict, folder, seed: int) -> Parts:
    """Return photographs and labels of each part, drawn by the seed, each class equally often."""
    rng, parts = np.random.default_rng(seed), {}
    for part in ("train", "validation", "test"):
        count = getattr(task, part) // 2
        photos, labels = code["read"](folder / part, task.side)
        rows = [rng.permutation(np.flatnonzero(labels == label))[:count] for label in (0, 1)]
        chosen_rows = rng.permutation(np.concatenate(rows))
        parts[part] = photos[chosen_rows], labels[chosen_rows]
    return parts


def prepared(photos: np.ndarray) -> np.ndarray:
    """Return the photographs as VGG16 wants them, all at once, as the textbook has it."""
    import keras

    return keras.applications.vgg16.preprocess_input(photos.astype("float32"))


def features_of(extract, photos: np.ndarray) -> np.ndarray:
    """Return what the lesson's extractor gives, with its batch size."""
    return extract.predict(photos, batch_size=20, verbose=0)


def fit(model, x: np.ndarray, y: np.ndarray, validation: tuple, rate: float, epochs: int) -> None:
    """Train as the textbook does: one call, all arrays."""
    import keras

    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(x, y, validation_data=validation, epochs=epochs, batch_size=BATCH_SIZE, verbose=0)


def features(arm: str, task: Task, parts: Parts, code: dict, seed: int) -> dict[str, float]:
    """Return the seconds of one pass, and a classifier's test accuracy on its features."""
    from sklearn.linear_model import LogisticRegression

    from helpers import hardware

    policy = "float32" if arm == "textbook" else hardware.fast_policy()
    base = code["conv_base"](task.side, policy)
    photos = np.concatenate([parts["train"][0], parts["validation"][0]])
    if arm == "textbook":
        run = lambda some: base.predict(prepared(some), batch_size=BATCH_SIZE, verbose=0)  # noqa: E731
    else:
        extract = code["extractor"](base, code["maps_of"](base, "block5"))
        run = lambda some: extract.predict(some, batch_size=BATCH_SIZE, verbose=0)  # noqa: E731
    run(photos[:BATCH_SIZE])  # compiled, and warm
    started = time.perf_counter()
    found = run(photos)
    seconds = time.perf_counter() - started
    rows, rows_test = (
        some.reshape(len(some), -1).astype("float32") / 100
        for some in (found[: task.train], run(parts["test"][0]))
    )
    classifier = LogisticRegression(max_iter=1000).fit(rows, parts["train"][1][:, 0])
    return {
        "seconds": seconds,
        "test_accuracy": classifier.score(rows_test, parts["test"][1][:, 0]),
    }


def augmented(arm: str, task: Task, parts: Parts, code: dict, seed: int) -> dict[str, float]:
    """Return the seconds of training a head with augmentation, and its test accuracy."""
    import keras

    from helpers import hardware

    base = code["conv_base"](task.side, hardware.fast_policy())
    base.trainable = False
    lower = keras.Model(base.input, code["averaged"](base.output))
    extract = code["extractor"](base, lower.output)
    (x, y), (x_val, y_val) = parts["train"], parts["validation"]
    # Both arms scale features by those of the photos as they are; the clock has not started.
    head = code["compiled"](code["new_head"](features_of(extract, x)), NEW_RATE)
    started = time.perf_counter()
    if arm == "textbook":
        inputs = keras.Input(shape=(task.side, task.side, 3))
        model = keras.Sequential([inputs, code["augmentation"], lower, head])
        fit(model, prepared(x), y, (prepared(x_val), y_val), NEW_RATE, task.epochs)
    else:
        views = [x, *(code["random_view"](x) for _ in range(VIEWS))]
        pool = np.stack([features_of(extract, view) for view in views])
        kept_val = features_of(extract, x_val)
        data = code["Deal"](pool, y, seed)
        code["train"](head, data, code["held_out"](kept_val, y_val), task.epochs, "head")
    seconds = time.perf_counter() - started
    kept_test = features_of(extract, parts["test"][0])
    accuracy = head.evaluate(kept_test, parts["test"][1], verbose=0)[1]
    return {"seconds": seconds, "test_accuracy": accuracy}


def fine_tuning(arm: str, task: Task, parts: Parts, code: dict, seed: int) -> dict[str, float]:
    """Return the seconds of fine-tuning block 5, the test accuracy, and how far block 5 moved."""
    import keras

    from helpers import hardware

    base = code["conv_base"](task.side, hardware.fast_policy())
    extract = code["extractor"](base, keras.ops.cast(code["maps_of"](base, "block4"), "float16"))
    (x, y), (x_val, y_val), (x_test, y_test) = parts.values()

    # Both arms get the same head, trained before the clock starts.
    lower = keras.Model(base.input, code["averaged"](base.output))
    top = features_of(code["extractor"](base, lower.output), x)
    head = code["new_head"](top)
    fit(head, top, y, None, NEW_RATE, 15)
    top_layers = [layer for layer in base.layers if layer.name.startswith("block5")]
    before = [weights for layer in top_layers for weights in layer.get_weights()]

    started = time.perf_counter()
    if arm == "textbook":
        for layer in base.layers:
            layer.trainable = layer.name.startswith("block5")
        model = keras.Sequential([keras.Input(shape=(task.side, task.side, 3)), lower, head])
        fit(model, prepared(x), y, (prepared(x_val), y_val), LOW_RATE, task.epochs)
        test = prepared(x_test)
    else:
        kept, kept_val = (features_of(extract, photos) for photos in (x, x_val))
        model = code["with_head"](code["blocks_after"](base, "block4"), head)
        data = code["Deal"](kept[None], y, seed)
        validation = code["held_out"](kept_val, y_val)
        code["train"](code["compiled"](model, LOW_RATE), data, validation, task.epochs, "tuned")
        test = x_test
    seconds = time.perf_counter() - started
    if arm == "lesson":
        test = features_of(extract, test)
    after = model.get_weights()[-len(before) - len(head.weights) : -len(head.weights)]
    steps = [(new - old) ** 2 for new, old in zip(after, before, strict=True)]
    moved = np.sqrt(sum(map(np.sum, steps)) / sum(np.sum(old**2) for old in before))
    accuracy = model.evaluate(test, y_test, verbose=0)[1]
    return {"seconds": seconds, "test_accuracy": accuracy, "moved": float(moved)}


def lesson_code() -> dict:
    """Return the names that lesson 7's cells tagged ``transfer`` define."""
    import keras
    import tensorflow as tf

    from course import content
    from helpers.data import vgg16_conv_base
    from helpers.progress import Progress

    page = next(page for page in content.pages() if page.name == LESSON)
    given = {"keras": keras, "np": np, "tf": tf, "Progress": Progress, "BATCH_SIZE": BATCH_SIZE}
    return content.run_tagged(page, "transfer", given | {"vgg16_conv_base": vgg16_conv_base})


def main() -> None:
    """Run one arm; the clock starts when the photographs and the base are loaded."""
    options = chosen(__doc__.splitlines()[0], TASKS)
    session.start(options.seed)

    from helpers.data import cats_vs_dogs

    task, code = TASKS[options.task], lesson_code()
    folder, _, _ = cats_vs_dogs()
    parts = parts_of(task, code, folder, options.seed)
    measure = {"features": features, "augmented": augmented, "fine_tuning": fine_tuning}
    json.dump(measure[options.task](options.arm, task, parts, code, options.seed), sys.stdout)


if __name__ == "__main__":
    main()
