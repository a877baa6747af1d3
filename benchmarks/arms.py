"""One arm of the text benchmark, in a process of its own.

    python -m benchmarks.arms imdb lesson --seed 0

Both arms train the same networks on the same texts for the same number of epochs. They
differ in how the texts reach the network: as the textbook has it, or as the lesson has it
(in the test also by batch size: Keras's default of 32, or the lesson's 512). The last line
printed is a JSON object with the arm's seconds and test accuracy; the parent watches the
memory.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from helpers import session

NUM_WORDS = 10_000
EPOCHS = 20
BATCH_SIZE = 512
ARMS = ("textbook", "lesson")


@dataclass(frozen=True)
class Task:
    """What a lesson trains: ``hidden`` units of each network, the first of which is tested."""

    loader: str
    hidden: tuple[tuple[int, int], ...]
    retrain_epochs: int  # of the textbook, in both editions: equal work, not the best result
    validation_texts: Callable[[int], int]  # of so many training texts


TASKS = {
    "imdb": Task("imdb", ((16, 16),), 4, lambda texts: min(10_000, texts * 2 // 5)),
    "reuters": Task("reuters", ((64, 64), (64, 4)), 9, lambda texts: 1_000),
}


@dataclass(frozen=True)
class Feed:
    """The arguments of ``fit`` and ``evaluate``, as one arm makes them."""

    partial: dict
    validation: object
    whole: dict
    test: dict
    loss: str


def textbook_feed(task: Task, train: tuple, test: tuple, classes: int) -> Feed:
    """Both sets as whole matrices in NumPy's default type, the labels as one-hot rows."""
    import keras

    def matrix(texts: list[list[int]]) -> np.ndarray:
        encoded = np.zeros((len(texts), NUM_WORDS))
        for row, words in enumerate(texts):
            encoded[row, words] = 1
        return encoded

    x_train, x_test = matrix(train[0]), matrix(test[0])
    if classes == 2:
        loss, y_train, y_test = "binary_crossentropy", train[1], test[1]
    else:
        loss = "categorical_crossentropy"
        y_train, y_test = (keras.utils.to_categorical(y, classes) for _, y in (train, test))
    cut = task.validation_texts(len(x_train))
    return Feed(
        partial={"x": x_train[cut:], "y": y_train[cut:], "batch_size": BATCH_SIZE},
        validation=(x_train[:cut], y_train[:cut]),
        whole={"x": x_train, "y": y_train, "batch_size": BATCH_SIZE},
        test={"x": x_test, "y": y_test},
        loss=loss,
    )


def lesson_feed(task: Task, train: tuple, test: tuple, classes: int, seed: int) -> Feed:
    """One small batch at a time, the labels as integers, and the lessons' progress bar."""
    from helpers.progress import Progress
    from helpers.text import multi_hot_batches

    def batches(x: np.ndarray, y: np.ndarray, shuffle_seed: int | None = None) -> object:
        return multi_hot_batches(x, y, NUM_WORDS, BATCH_SIZE, shuffle_seed)

    x_train, y_train = train
    cut = task.validation_texts(len(x_train))
    return Feed(
        partial={"x": batches(x_train[cut:], y_train[cut:], seed), "callbacks": [Progress()]},
        validation=batches(x_train[:cut], y_train[:cut]),
        whole={"x": batches(x_train, y_train, seed), "callbacks": [Progress()]},
        test={"x": batches(*test)},
        loss="binary_crossentropy" if classes == 2 else "sparse_categorical_crossentropy",
    )


def study(task: Task, feed: Feed, classes: int) -> float:
    """Train with validation, train again on everything, test; return the test accuracy."""
    import keras

    def network(hidden: tuple[int, int]) -> keras.Model:
        layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
        last = (1, "sigmoid") if classes == 2 else (classes, "softmax")
        output = keras.layers.Dense(last[0], activation=last[1])
        model = keras.Sequential([keras.Input(shape=(NUM_WORDS,)), *layers, output])
        model.compile(optimizer="rmsprop", loss=feed.loss, metrics=["accuracy"])
        return model

    for hidden in task.hidden:
        network(hidden).fit(
            **feed.partial, validation_data=feed.validation, epochs=EPOCHS, verbose=0
        )
    model = network(task.hidden[0])
    model.fit(**feed.whole, epochs=task.retrain_epochs, verbose=0)
    _, accuracy = model.evaluate(**feed.test, verbose=0)
    model.predict(feed.test["x"], verbose=0)
    return accuracy


def chosen(description: str, tasks: Iterable[str]) -> argparse.Namespace:
    """Return the task, the arm and the seed that the command line names."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("task", choices=tasks)
    parser.add_argument("arm", choices=ARMS)
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


def main() -> None:
    """Run one arm; the clock starts when Keras is imported and the texts are loaded."""
    options = chosen(__doc__.splitlines()[0], TASKS)
    session.start(options.seed)

    from helpers import data

    task = TASKS[options.task]
    train, test, _ = getattr(data, task.loader)(num_words=NUM_WORDS)
    classes = int(max(train[1].max(), test[1].max())) + 1
    if options.arm == "textbook":  # Keras's own loaders return lists of Python integers
        train, test = (([text.tolist() for text in x], y) for x, y in (train, test))
    started = time.perf_counter()
    if options.arm == "textbook":
        feed = textbook_feed(task, train, test, classes)
    else:
        feed = lesson_feed(task, train, test, classes, options.seed)
    accuracy = study(task, feed, classes)
    seconds = time.perf_counter() - started
    json.dump({"seconds": seconds, "test_accuracy": accuracy}, sys.stdout)


if __name__ == "__main__":
    main()
