"""The start of a lesson and its progress bar: one line, no noise, the same numbers again."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import MagicMock

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import session
from helpers.progress import Progress

ROOT = Path(__file__).parents[1]
LESSON = """
import hashlib, random, sys
from helpers import session

def train(seed):
    session.start(seed)
    import keras, numpy as np  # in a lesson, too, they come after the start
    from helpers.text import multi_hot_batches

    texts = [np.random.randint(0, 30, 9) for _ in range(40)]
    labels = np.array([random.randint(0, 1) for _ in texts])
    layers = keras.layers
    model = keras.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.5), layers.Dense(1)])
    model.compile("rmsprop", "mse")
    model.fit(multi_hot_batches(texts, labels, 30, 8, shuffle_seed=1), epochs=2, verbose=0)
    drawn = [*model.get_weights(), keras.random.normal((3,)).numpy()]
    return hashlib.sha256(b"".join(map(bytes, drawn))).hexdigest()

digests = [train(int(seed)) for seed in sys.argv[2:]]
with open(sys.argv[1], "w") as file:
    file.write(" ".join(digests))
"""


# ---- start, in fresh interpreters


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """Run lessons in two processes at once: seeds 7, 7 and 8; seed 3, but COURSE_SEED=7."""
    folder = tmp_path_factory.mktemp("lessons")
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("COURSE_", "TF_", "KERAS_"))}
    runs = {"7 7 8": plain, "3": {**plain, "COURSE_SEED": "7", "KERAS_BACKEND": "jax"}}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    children = [
        subprocess.Popen([sys.executable, "-c", LESSON, folder / k, *k.split()], env=env, **pipes)
        for k, env in runs.items()
    ]
    printed = [child.communicate() for child in children]
    assert [child.returncode for child in children] == [0, 0], printed
    return printed, [(folder / k).read_text().split() for k in runs]


def test_each_start_prints_one_line_and_nothing_else(lessons):
    line = r"Keras [\d.]+ on TensorFlow [\d.]+, (CPU, deterministic|\d+ GPU), seed {}\n"
    (out, err), (overridden_out, overridden_err) = lessons[0]
    assert re.fullmatch(line.format(7) * 2 + line.format(8), out)
    assert re.fullmatch(line.format(7), overridden_out)
    assert err == overridden_err == "", "from the import to the end of the training"


def test_same_seed_gives_the_same_bits(lessons):
    (first, again, other), overridden = lessons[1]
    assert first == again, "run again in one kernel"
    assert first != other, "the seed matters"
    assert overridden == [first], "in a second process, where COURSE_SEED wins"


def test_failed_start_shows_what_was_held_back(tmp_path):
    """A broken TensorFlow says why on the C side, where only the held-back log has it."""
    broken = 'import os\nos.write(2, b"libfoo.so is missing\\n")\nraise ImportError("no luck")\n'
    (tmp_path / "tensorflow.py").write_text(broken)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", "from helpers import session; session.start(1)"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("libfoo.so is missing\nTraceback")
    assert "no luck" in done.stderr.splitlines()[-1]


SETTINGS = """
import os
from helpers import session

session.start(1)
import keras
import tensorflow as tf

config = keras.config
print(config.floatx(), config.dtype_policy().name, config.image_data_format(), config.epsilon())
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
trained = model.fit(tf.zeros((8, 1)), tf.zeros((8, 1)), batch_size=2, epochs=2, verbose=0)
print(keras.backend.backend(), len(trained.epoch), int(model.optimizer.iterations.numpy()))
print([name for name in os.environ if name.startswith(session.UNWANTED)])
"""


def test_the_users_keras_json_and_variables_change_nothing(tmp_path):
    bad = {"floatx": "float16", "image_data_format": "channels_first", "epsilon": 0.1}
    (tmp_path / "keras.json").write_text(json.dumps({**bad, "backend": "jax", "nnx_enabled": True}))
    variables = {
        "KERAS_HOME": str(tmp_path),
        "KERAS_MAX_EPOCHS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
        "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
        "TF_FUNCTION_JIT_COMPILE_DEFAULT": "1",
        "TF_DETERMINISTIC_OPS": "1",
    }
    run = [sys.executable, "-c", SETTINGS]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    done = subprocess.run(run, env={**os.environ, **variables}, **pipes)
    assert done.returncode == 0, done.stderr
    _, keras_says, trained, left = done.stdout.splitlines()
    assert keras_says == "float32 float32 channels_last 1e-07"
    assert trained == "tensorflow 2 8"
    assert left == "[]", "for TensorFlow, and for the processes that a lesson starts"
    assert done.stderr == ""


# ---- start, with stand-ins for Keras and TensorFlow


@pytest.fixture
def stand_ins(monkeypatch):
    """Return a function that runs start on a machine with so many GPUs."""
    tensorflow = MagicMock(__version__="2.0")
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    monkeypatch.setitem(sys.modules, "keras", MagicMock(__version__="3.0"))

    def start(seed, gpus=0):
        tensorflow.config.list_physical_devices.return_value = ["a GPU"] * gpus
        with plt.rc_context():
            session.start(seed)
        return tensorflow.config.experimental.enable_op_determinism.called

    return start


@pytest.mark.parametrize("gpus, device", [(0, "CPU, deterministic"), (1, "1 GPU"), (2, "2 GPU")])
def test_determinism_is_for_the_cpu(stand_ins, capfd, gpus, device):
    assert stand_ins(5, gpus) == (gpus == 0)
    assert capfd.readouterr() == (f"Keras 3.0 on TensorFlow 2.0, {device}, seed 5\n", "")


@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1, np.int64(7), np.uint32(7)])
@pytest.mark.parametrize("from_environment", [False, True])
def test_good_seeds(stand_ins, capsys, monkeypatch, seed, from_environment):
    if from_environment:
        monkeypatch.setenv("COURSE_SEED", str(seed))
    stand_ins(1 if from_environment else seed)
    assert capsys.readouterr().out.endswith(f", seed {seed}\n")
    sys.modules["keras"].utils.set_random_seed.assert_called_once_with(int(seed))


@pytest.mark.parametrize("seed", [-1, 2**32, "x", "1.5", "", None, 1.5, 42.0, float("nan"), [1]])
def test_bad_seed_is_named_with_its_form(stand_ins, seed):
    message = f"the seed is {seed!r}; expected an integer from 0 to 4294967295"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        stand_ins(seed)


@pytest.mark.parametrize("value", ["-1", str(2**32), "x", "1.5"])
def test_bad_seed_in_the_environment_is_named(stand_ins, monkeypatch, value):
    monkeypatch.setenv("COURSE_SEED", value)
    with pytest.raises(ValueError, match=f"the seed is '{value}'; expected an integer"):
        stand_ins(1)


def test_quiet_holds_back_and_gives_the_channel_back(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with session._quiet():
        os.write(2, b"chatter")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
    with pytest.raises(KeyboardInterrupt), session._quiet():
        os.write(2, b"the reason, ")
        raise KeyboardInterrupt
    os.write(2, b"after")
    assert capfd.readouterr().err == "the reason, after"


# ---- progress


@pytest.fixture(scope="module")
def fit():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    data = np.zeros((9, 1))  # a loss of 0 from the start
    return lambda **options: model.fit(data, data, batch_size=4, verbose=0, **options)


def test_progress_leaves_one_line_that_counts(fit, capsys):
    bar = Progress("a model")
    for epochs, updates in ((3, 9), (2, 6)):  # the second fit counts from zero again
        fit(epochs=epochs, callbacks=[bar])
        out, err = capsys.readouterr()
        assert out.split("\r")[-1] == f"a model: {epochs} epochs, {updates} weight updates\n"
        assert out.count("\n") == 1, "the bar itself never ends a line"
        assert f"0/{epochs}" in out, "there was a bar"
        assert err == ""


def test_progress_counts_the_epochs_that_ran(fit, capsys):
    fit(epochs=9, callbacks=[keras.callbacks.EarlyStopping("loss"), Progress()])
    assert capsys.readouterr().out.split("\r")[-1] == "trained: 2 epochs, 6 weight updates\n"


def test_progress_counts_updates_done_many_in_one_go(capsys):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=100)
    data = np.zeros((617, 1))
    model.fit(data, data, batch_size=1, epochs=2, verbose=0, callbacks=[Progress()])
    line = "trained: 2 epochs, 1,234 weight updates\n"
    assert capsys.readouterr().out.split("\r")[-1] == line
