"""What a CPU needs for a large network: its fastest arithmetic, and memory given back in time."""

import contextlib
import ctypes
import gc
import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
FLAGS = ("avx512_bf16", "amx_bf16")


def has_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Whether this processor multiplies bfloat16 numbers in hardware.

    Args:
        cpuinfo: where Linux lists what the processor can do. Elsewhere there is no such file,
            and the answer is False, which is slower but never wrong.
    """
    try:
        text = cpuinfo.read_text("utf-8", errors="replace")
    except OSError:
        return False
    lines = (line.partition(":") for line in text.splitlines())
    flags = {flag for name, _, words in lines if name.strip() == "flags" for flag in words.split()}
    return not flags.isdisjoint(FLAGS)


def fast_arithmetic() -> tuple[str, bool]:
    """Choose how large convolutions are computed fastest on this machine.

    Measured with VGG16 on two cores at 128x128 pixels: float32 as it comes, 10 images a second;
    float32 compiled by XLA, 17; ``mixed_bfloat16`` with the processor's own instructions, 36, but
    16 with XLA. Without those instructions bfloat16 is slow, so it must be looked for.

    Returns:
        ``policy, jit_compile``: the argument of ``keras.config.set_dtype_policy``, and whether
        to compile with XLA. On a GPU that is bfloat16 from the Ampere generation on.
    """
    import tensorflow as tf  # late: most who import this have no need of TensorFlow

    if gpus := tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpus[0])
        new = details.get("compute_capability", (0, 0)) >= (8, 0)
        return ("mixed_bfloat16" if new else "float32"), False
    if has_bfloat16():
        return "mixed_bfloat16", False
    return "float32", platform.system() != "Darwin"  # Keras compiles with XLA, but not on a Mac


def free_memory(*no_longer_needed) -> None:
    """Give memory that nothing uses any more back to the system, as far as it takes it.

    The parts of a Keras model refer to each other in circles, so after ``del`` Python frees them
    only at some later time. What TensorFlow has compiled for ``fit`` stays for good, and holds
    the variables (measured with TensorFlow 2.21: 200 MB for each model of 13 million parameters
    that Adam has trained). And what is freed, Linux's C library keeps for later, in pieces.

    Args:
        no_longer_needed: Keras models or optimizers. Their variables are emptied, and a model
            takes those of its optimizer along: none of them can be used afterwards.
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
