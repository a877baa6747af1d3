"""One arm of the benchmark of bags, in a process of its own.

    python -m benchmarks.mil_arms mnist_bags lesson --seed 0

Both arms train on the same bags of three digits until the validation loss has not improved for
ten epochs, and are tested on the same test bags. The textbook gives its model a list of three
inputs, one bag at a time, and Adam takes Keras's usual step of 0.001. The lesson's arm runs the
very cells of lesson 9 that are tagged ``mil``: one tensor of bags, 32 at a time, and since the
gradient of a larger batch is less noisy, a larger step of 0.002. Like the lesson, it keeps each
operation on one core. What this alone is worth shows in the task ``one_core``, where both arms
run the lesson's code, and the textbook's as TensorFlow comes. The last line printed is a JSON
object with the arm's seconds, its test accuracy, and how many epochs it took; the parent
watches the memory.
"""

import json
import os
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.arms import chosen
from helpers import session

LESSON = "09_mil_attention"
POSITIVE = 1
PATIENCE = 10
SPLIT = 45_000  # pictures before it are for training, those after it for validation

Bags = tuple[np.ndarray, np.ndarray]  # bags (count, size, 28, 28) and labels, 0 or 1


@dataclass(frozen=True)
class Task:
    """How many bags of which size, how large the lesson's batches are, and the limit of epochs."""

    training_bags: int
    validation_bags: int
    test_bags: int
    bag_size: int
    batch_size: int
    epochs: int


BAGS = Task(1000, 300, 1000, bag_size=3, batch_size=32, epochs=100)
TASKS = {"mnist_bags": BAGS, "one_core": BAGS}


def textbook(task: Task, training: Bags, validation: Bags, test: Bags, code: dict) -> dict:
    """One input an instance, weighted embeddings side by side, batches of one bag.

    Of the lesson it takes the attention layer alone, for the same formula in both arms.
    """
    import keras

    wide, narrow = (keras.layers.Dense(units, activation="relu") for units in (128, 64))
    inputs = [keras.Input(shape=training[0].shape[2:]) for _ in range(task.bag_size)]
    embeddings = [narrow(wide(keras.layers.Flatten()(each))) for each in inputs]
    stacked = keras.ops.stack(embeddings, axis=1)
    layer = code["MILAttentionLayer"](256, keras.regularizers.L2(0.01))
    shares = keras.ops.split(layer(stacked), task.bag_size, axis=1)
    weighted = [
        keras.layers.multiply([share, embedding])
        for share, embedding in zip(shares, embeddings, strict=True)
    ]
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.concatenate(weighted))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def as_list(bags: np.ndarray) -> list[np.ndarray]:
        return [bags[:, place] for place in range(task.bag_size)]

    history = model.fit(
        as_list(training[0]),
        training[1],
        validation_data=(as_list(validation[0]), validation[1]),
        epochs=task.epochs,
        batch_size=1,
        class_weight=code["class_weights"](training[1]),
        callbacks=[keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)],
        verbose=0,
    ).history
    said = model.predict(as_list(test[0]), verbose=0).argmax(axis=1)
    return {"test_accuracy": np.mean(said == test[1]), "epochs_run": len(history["loss"])}


def lesson(task: Task, training: Bags, validation: Bags, test: Bags, code: dict) -> dict:
    """The same from the lesson's code, compilation included."""
    updates_an_epoch = -(-task.training_bags // task.batch_size)
    model = code["compile_model"](code["build_model"](), updates_an_epoch)
    history = code["train"](model, training, validation, task.batch_size, task.epochs, PATIENCE)
    said = model.predict(test[0], verbose=0)[:, 0] > 0.5
    return {"test_accuracy": np.mean(said == test[1]), "epochs_run": len(history["loss"])}


def lesson_code() -> dict:
    """Return the names that lesson 9's cells tagged ``mil`` define."""
    import keras
    import tensorflow as tf

    from course import content

    page = next(page for page in content.pages() if page.name == LESSON)
    return content.run_tagged(page, "mil", {"keras": keras, "ops": keras.ops, "np": np, "tf": tf})


def main() -> None:
    """Run one arm; the clock starts when Keras is imported and the bags are drawn."""
    options = chosen(__doc__.splitlines()[0], TASKS)
    if options.arm == "lesson":
        os.environ["TF_NUM_INTRAOP_THREADS"] = "1"  # read when TensorFlow starts
    session.start(options.seed)

    from helpers.data import mnist

    task, code = TASKS[options.task], lesson_code()
    (x, y), test, _ = mnist()
    rng = np.random.default_rng(options.seed)
    training, validation, testing = (
        code["draw_bags"](*pictures, count, task.bag_size, POSITIVE, rng)[:2]
        for pictures, count in (
            ((x[:SPLIT], y[:SPLIT]), task.training_bags),
            ((x[SPLIT:], y[SPLIT:]), task.validation_bags),
            (test, task.test_bags),
        )
    )
    by_the_book = options.arm == "textbook" and options.task == "mnist_bags"
    arm = textbook if by_the_book else lesson
    started = time.perf_counter()
    found = arm(task, training, validation, testing, code)
    found["seconds"] = time.perf_counter() - started
    json.dump({name: float(value) for name, value in found.items()}, sys.stdout)


if __name__ == "__main__":
    main()
