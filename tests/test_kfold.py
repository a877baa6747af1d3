"""The cross-validation of lesson 4, run from the lesson's own cells: right, and free of leaks."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks import kfold_arms, run
from benchmarks.kfold_arms import lesson_code
from course import content

FOLDS, FEATURES, EPOCHS = 3, 4, 3


@pytest.fixture(scope="module")
def code():
    return lesson_code()


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(7)
    x = rng.normal(3, 5, (33, FEATURES))
    return x, x @ [1.0, -2.0, 0.5, 3.0] + rng.normal(size=len(x))


@pytest.mark.parametrize("batch_size", [1, 5, 11, 22])  # 22 training rows: with and without a rest
def test_each_network_learns_as_if_it_were_alone(code, table, batch_size):
    data = code["stacked_folds"](*table, FOLDS)
    starts = [code["build_model"](FEATURES) for _ in range(FOLDS)]
    order = np.random.default_rng(1).permutation(len(data[0]))
    train = code["make_trainer"](FOLDS, FEATURES, batch_size)
    together = train(starts, data, np.tile(order, (EPOCHS, 1)))
    assert together.shape == (EPOCHS, FOLDS)
    for fold, model in enumerate(starts):
        x, y, x_val, y_val = (part[:, fold] for part in data)
        rows = tf.data.Dataset.from_tensor_slices((x[order], y[order, None])).batch(batch_size)
        model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
        alone = model.fit(rows, validation_data=(x_val, y_val), epochs=EPOCHS, verbose=0).history
        np.testing.assert_allclose(together[:, fold], alone["val_mae"], rtol=1e-4)


def test_a_trainer_starts_afresh(code, table):
    """Neither weights nor the optimiser's memory are left from one training to the next."""
    data = code["stacked_folds"](*table, FOLDS)
    starts = [code["build_model"](FEATURES) for _ in range(FOLDS)]
    orders = np.tile(np.arange(len(data[0])), (EPOCHS, 1))
    train = code["make_trainer"](FOLDS, FEATURES, 5)
    first = train(starts, data, orders)
    np.testing.assert_array_equal(train(starts, data, orders), first)


def test_no_network_sees_its_validation_rows(code, table):
    """Other values in a block change the training data of the other folds only."""
    x, y = table
    before = code["stacked_folds"](x, y, FOLDS)
    changed = x.copy()
    changed[:11] += 100
    after = code["stacked_folds"](changed, y, FOLDS)
    np.testing.assert_array_equal(after[0][:, 0], before[0][:, 0])
    assert not np.allclose(after[2][:, 0], before[2][:, 0])
    assert not np.allclose(after[0][:, 1], before[0][:, 1])
    for fold in range(FOLDS):
        np.testing.assert_allclose(before[0][:, fold].mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(before[0][:, fold].std(axis=0), 1, atol=1e-5)


def test_every_row_is_validated_once(code, table):
    y_val = code["stacked_folds"](*table, FOLDS)[3]
    np.testing.assert_allclose(y_val.T.ravel(), table[1], rtol=1e-6)


REPETITIONS = 20
LIMIT_MB = 8
MEASURE = """
import gc, sys
import numpy as np, psutil
from benchmarks.kfold_arms import lesson_code
from helpers import session
session.start(0)
code, rng = lesson_code(), np.random.default_rng(0)
data = code["stacked_folds"](rng.normal(size=(24, 3)), rng.normal(size=24), 4)
warm_up, repetitions, how, train = 4, int(sys.argv[1]), sys.argv[2], None
def memory():
    gc.collect()
    info = psutil.Process().memory_info()
    return getattr(info, "data", info.rss)  # on Linux what was asked for, whatever is paged out
for repetition in range(warm_up + repetitions):
    if repetition == warm_up:
        warm = memory()
    if train is None or how == "compiles each time":
        train = code["make_trainer"](4, 3, 4)
    code["cross_validate"](train, data, 3, rng)
print((memory() - warm) / 1e6)
"""


@pytest.mark.parametrize(
    "how, repetitions, flat",
    [("as in the lesson", REPETITIONS, True), ("compiles each time", 4, False)],
)
def test_memory_is_flat(how, repetitions, flat):
    """And the measurement sees a leak where there is one: a trainer made anew each time."""
    command = [sys.executable, "-c", MEASURE, str(repetitions), how]
    done = subprocess.run(command, capture_output=True, text=True, cwd=content.ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    grown = float(done.stdout.splitlines()[-1])
    assert (grown < LIMIT_MB) == flat, f"{how}: {grown:.1f} MB more"


def test_networks_side_by_side_have_the_parameters_of_all(code):
    assert isinstance(code["side_by_side"](5, 7), keras.Model)
    assert code["side_by_side"](5, 7).count_params() == 5 * code["build_model"](7).count_params()


# ---- the benchmark


def test_both_arms_score_every_fold_after_every_epoch(code, table):
    x, y = (part[:32] for part in table)  # four folds of eight rows
    task = kfold_arms.Task(batch_size=6, epochs=2)
    book, ours = kfold_arms.textbook(task, x, y), kfold_arms.lesson(task, x, y, code, seed=0)
    assert book.shape == ours.shape == (task.epochs, kfold_arms.FOLDS)
    assert np.isfinite(book).all() and np.isfinite(ours).all()


def test_summary():
    runs = [
        {"seconds": seconds, "peak_gb": seconds / 10, "mae": seconds, "fold_spread": 1.0}
        for seconds in (1.0, 2.0, 6.0)
    ]
    assert run.summary(runs) == {"seconds": 2.0, "peak_gb": 0.6, "mae": 3.0, "fold_spread": 1.0}


@pytest.mark.parametrize(
    "seconds_ratio, mae, missed", [(0.3, 2.4, 0), (0.4, 2.4, 1), (0.3, 2.7, 1), (0.4, 2.7, 2)]
)
def test_report_says_which_target_is_missed(seconds_ratio, mae, missed):
    arm = {"seconds": 1.0, "peak_gb": 0.5, "mae": 2.3, "fold_spread": 0.3}
    result = {
        "textbook": arm,
        "lesson": arm | {"mae": mae},
        "seconds_ratio": seconds_ratio,
        "peak_gb_ratio": 1.0,
    }
    text = run.report(run.COMPARISONS["kfold"], "offline", {"boston_16": result})
    assert text.count("NOT reached") == missed
    assert text.count("target reached") == 2 - missed


@pytest.mark.parametrize("part", run.COMPARISONS)
def test_every_task_has_its_targets(part):
    comparison = run.COMPARISONS[part]
    arm = {"seconds": 1.0, "peak_gb": 0.5, "mae": 2.3, "fold_spread": 0.3, "test_accuracy": 0.9}
    arm["moved"] = 0.01
    result = {"textbook": arm, "lesson": arm, "seconds_ratio": 1.0, "peak_gb_ratio": 1.0}
    for name in comparison.tasks:
        assert comparison.targets("original", name, result)


def test_a_tag_that_no_cell_has_is_an_error():
    page = content.pages()[0]
    with pytest.raises(ValueError, match="no cell tagged 'nothing'"):
        content.run_tagged(page, "nothing", {})
