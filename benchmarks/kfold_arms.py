"""One arm of the cross-validation benchmark, in a process of its own.

    python -m benchmarks.kfold_arms boston_16 lesson --seed 0

Both arms train the same networks, one a fold, on the same folds of the Boston training rows for
the same number of epochs, and measure the validation MAE after each. The textbook calls ``fit``
once a fold, on NumPy arrays. The lesson's arm runs the very cells of lesson 4 that are
tagged ``kfold``. The last line printed is a JSON object with the arm's seconds, its MAE, and
the standard deviation between its folds; the parent watches the memory.
"""

import json
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.arms import chosen
from helpers import session

FOLDS = 4
LAST = 10  # epochs over which the scores are averaged: a single one jumps
LESSON = "04_housing_regression"


@dataclass(frozen=True)
class Task:
    """How to train: batches of one row take long, so both arms get fewer epochs there."""

    batch_size: int
    epochs: int


TASKS = {"boston_16": Task(batch_size=16, epochs=130), "boston_1": Task(batch_size=1, epochs=20)}


def textbook(task: Task, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the validation MAE, shape (epochs, folds), from one ``fit`` a fold."""
    import keras

    scores = []
    size = len(x) // FOLDS
    for fold in range(FOLDS):
        held_out = slice(fold * size, (fold + 1) * size)
        x_fold, x_val = np.delete(x, held_out, axis=0), x[held_out]
        mean, deviation = x_fold.mean(axis=0), x_fold.std(axis=0)
        model = keras.Sequential(
            [
                keras.Input(shape=x.shape[1:]),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dense(1),
            ]
        )
        model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
        history = model.fit(
            (x_fold - mean) / deviation,
            np.delete(y, held_out),
            validation_data=((x_val - mean) / deviation, y[held_out]),
            epochs=task.epochs,
            batch_size=task.batch_size,
            verbose=0,
        )
        scores.append(history.history["val_mae"])
    return np.array(scores).T


def lesson(task: Task, x: np.ndarray, y: np.ndarray, code: dict, seed: int) -> np.ndarray:
    """Return the same from the lesson's code, compilation included."""
    data = code["stacked_folds"](x, y, FOLDS)
    train = code["make_trainer"](FOLDS, x.shape[1], task.batch_size)
    return code["cross_validate"](train, data, task.epochs, np.random.default_rng(seed))


def lesson_code() -> dict:
    """Return the names that lesson 4's cells tagged ``kfold`` define."""
    import keras
    import tensorflow as tf

    from course import content

    page = next(page for page in content.pages() if page.name == LESSON)
    return content.run_tagged(page, "kfold", {"keras": keras, "np": np, "tf": tf})


def main() -> None:
    """Run one arm; the clock starts when Keras is imported and the table is loaded."""
    options = chosen(__doc__.splitlines()[0], TASKS)
    session.start(options.seed)

    from helpers.data import boston_housing

    task, code = TASKS[options.task], lesson_code()
    (x, y), _, _ = boston_housing()
    started = time.perf_counter()
    if options.arm == "textbook":
        scores = textbook(task, x, y)
    else:
        scores = lesson(task, x, y, code, options.seed)
    seconds = time.perf_counter() - started
    folds = scores[-LAST:].mean(axis=0)
    found = {"seconds": seconds, "mae": folds.mean(), "fold_spread": folds.std(ddof=1)}
    json.dump({name: float(value) for name, value in found.items()}, sys.stdout)


if __name__ == "__main__":
    main()
