"""What a CPU needs for a large network: its fastest arithmetic, and memory given back in time."""

import contextlib
import ctypes
import gc
import os
import re
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
FLAGS = re.compile(r"^flags\s*:.*\b(avx512_bf16|amx_bf16)\b", re.MULTILINE)
# What COURSE_ARITHMETIC may be, and the policy it asks for; auto looks at the machine.
ARITHMETICS = {"auto": None, "plain": "float32", "bfloat16": "mixed_bfloat16"}


def has_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Whether Linux says that this processor multiplies bfloat16 numbers in hardware."""
    try:
        text = cpuinfo.read_text("utf-8", errors="replace")
    except OSError:  # not Linux; False is slower, but never wrong
        return False
    return FLAGS.search(text) is not None


def fast_policy() -> str:
    """Return the dtype policy with which large convolutions are computed fastest here.

    ``mixed_bfloat16`` where the processor has instructions for it, or the GPU is of the Ampere
    generation or newer; else ``float32``, because without them bfloat16 is slow. XLA is no help:
    VGG16's convolutions are no faster with it (measured on two cores, with AVX-512 and AVX2).

    ``COURSE_ARITHMETIC=plain`` gives what a processor without bfloat16 gets, so that both ways can
    be tried on one machine; ``bfloat16`` the other way, however slow; ``auto``, as if unset, looks.
    Anything else is a ``ValueError``.
    """
    setting = os.environ.get("COURSE_ARITHMETIC") or "auto"
    if setting not in ARITHMETICS:
        expected = ", ".join(ARITHMETICS)
        raise ValueError(f"COURSE_ARITHMETIC is {setting!r}; set it to one of {expected}")
    if policy := ARITHMETICS[setting]:
        return policy
    import tensorflow as tf  # late: most who import this have no need of TensorFlow

    fast = has_bfloat16()
    if gpus := tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpus[0])
        fast = details.get("compute_capability", (0, 0)) >= (8, 0)
    return "mixed_bfloat16" if fast else "float32"


def free_memory(*no_longer_needed) -> None:
    """Give memory that nothing uses any more back to the system, as far as it takes it.

    The parts of a Keras model refer to each other in circles, so after ``del`` Python frees them
    only at some later time. What TensorFlow has compiled for ``fit`` stays for good, and holds
    the variables (measured with TensorFlow 2.21: 200 MB for each model of 13 million parameters
    that Adam has trained). And what is freed, Linux's C library keeps for later, in pieces.

    What is ``no_longer_needed`` are Keras models or optimizers. Their variables are emptied, and a
    model takes those of its optimizer along: none of them can be used afterwards.
    """
    import tensorflow as tf  # late: most who import this have no need of TensorFlow

    for owner in no_longer_needed:
        optimizer = getattr(owner, "optimizer", None)
        for variable in [*owner.variables, *(optimizer.variables if optimizer else [])]:
            empty = tf.zeros((), variable.value.dtype)
            tf.raw_ops.AssignVariableOp(resource=variable.value.handle, value=empty)
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
