"""Start a lesson: the same seed, quiet logs and one plot style, in one visible call."""

import logging
import operator
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

# The course's backend, whatever keras.json says.
os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_NNX_ENABLED": "false"}
# What would cut a training short, compile it unasked, or make operations raise on a GPU. All else
# may stay: threads and TF_ENABLE_ONEDNN_OPTS are set on purpose, XLA_FLAGS says where CUDA lies,
# PYTHONHASHSEED orders nothing that counts, and PYTHONOPTIMIZE removes only ``assert``.
UNWANTED = (
    *("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "TF_DETERMINISTIC_OPS"),
    *("TF_XLA_FLAGS", "TF_FUNCTION_JIT_COMPILE_DEFAULT"),
)
for variable in UNWANTED:
    os.environ.pop(variable, None)


def start(seed: int) -> int:
    """Seed Python, NumPy and Keras, choose determinism, set the plot style, print one line.

    On a CPU TensorFlow's operations are made deterministic: two runs on one machine give
    the same bits. On a GPU some operations have no deterministic form and would raise, so
    there it stays off. What the user's keras.json and matplotlibrc say changes nothing.

    Args:
        seed: any integer from 0 to 2**32 - 1. ``COURSE_SEED`` overrides it, which is how
            a lesson is run over several seeds without an edit.

    Returns:
        The seed in force, for what the lesson shuffles itself.

    Raises:
        ValueError: the seed is no integer in that range.
    """
    seed = _seed(os.environ.get("COURSE_SEED") or seed)
    with _quiet():
        import keras
        import tensorflow as tf

        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
        keras.config.set_image_data_format("channels_last")
        keras.config.set_epsilon(1e-7)
        gpus = tf.config.list_physical_devices("GPU")
        random.seed(seed)
        np.random.seed(seed)
        keras.utils.set_random_seed(seed)
        if not gpus:
            tf.config.experimental.enable_op_determinism()
        tf.constant(0)  # wakes the devices while the log is closed
        tf.get_logger().setLevel("ERROR")  # training many models in a row is no fault here

    # ``fit`` warns that a data set shuffles itself, although nobody asked it to shuffle.
    warnings.filterwarnings("ignore", message="`shuffle=True` was passed")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a bad line of the user's, fonts
    from helpers import plots

    plots.use_style()
    device = f"{len(gpus)} GPU" if gpus else "CPU, deterministic"
    print(f"Keras {keras.__version__} on TensorFlow {tf.__version__}, {device}, seed {seed}")
    return seed


def _seed(value: int | str) -> int:
    try:
        seed = int(value) if isinstance(value, str) else operator.index(value)
    except (TypeError, ValueError):
        seed = -1
    if not 0 <= seed < 2**32:
        raise ValueError(f"the seed is {value!r}; expected an integer from 0 to 4294967295")
    return seed


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what TensorFlow's C++ side writes at start-up; show it if the start fails.

    Its first lines come before it reads any log setting, so only closing the pipe helps.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(kept, log.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
