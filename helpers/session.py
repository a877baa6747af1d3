"""Start a lesson: the same seed, quiet logs and one plot style, in one visible call."""

import logging
import operator
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# The course's backend, whatever keras.json says; nothing that cuts a training short, compiles it
# unasked, or makes operations raise on a GPU. The rest may stay: threads are set on purpose,
# XLA_FLAGS says where CUDA lies, PYTHONHASHSEED orders nothing that counts, and PYTHONOPTIMIZE
# removes only ``assert``. TensorFlow has oneDNN's kernels, but leaves them off on a processor
# without AVX-512, where fine-tuning in lesson 7 takes 2.5 times as long without them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_NNX_ENABLED": "false"}
UNWANTED = ("KERAS_MAX_", "TF_XLA_", "TF_FUNCTION_JIT_", "TF_DETERMINISTIC_")  # names begin so
for variable in [name for name in os.environ if name.startswith(UNWANTED)]:
    del os.environ[variable]


def start(seed: int) -> int:
    """Seed Python, NumPy and Keras, choose determinism, set the plot style, print one line.

    On a CPU, TensorFlow's operations are made deterministic: two runs on one machine give the same
    bits. On a GPU some have no such form and would raise. keras.json and matplotlibrc do not count.

    The seed is an integer from 0 to 2**32 - 1, else a ``ValueError``; ``COURSE_SEED`` overrides it
    without an edit. Returned is the seed in force, for what the lesson shuffles itself.
    """
    seed = checked_seed(os.environ.get("COURSE_SEED") or seed)
    with _quiet():
        import keras
        import tensorflow as tf

        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
        keras.config.set_image_data_format("channels_last")
        keras.config.set_epsilon(1e-7)
        gpus = tf.config.list_physical_devices("GPU")
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


def checked_seed(value: int | str) -> int:
    """Return a seed as an ``int`` from 0 to 2**32 - 1, or raise a ValueError that names it."""
    try:
        seed = int(value) if isinstance(value, str) else operator.index(value)
    except (TypeError, ValueError):
        seed = -1
    if not 0 <= seed < 2**32:
        raise ValueError(f"the seed is {value!r}; expected an integer from 0 to 4294967295")
    return seed


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what TensorFlow's C++ side writes at start-up; show it if the start fails."""
    # Its first lines come before it reads any log setting, so only closing the pipe helps.
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
