"""Which arithmetic is chosen: from what the processor lists, and never wrongly bfloat16."""

import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from helpers import hardware


@pytest.mark.parametrize(
    "text, expected",
    [
        ("processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags : fpu amx_bf16", True),
        ("flags\t\t: fpu avx512f avx512_vnni\n", False),
        ("flags\t\t: avx512_bf16_of_the_future\n", False),  # a whole word only
        ("model name\t: avx512_bf16\nflags\t\t: fpu\n", False),
        ("Features\t: fp asimd bf16\n", False),  # ARM: not measured, so not claimed
        ("", False),
    ],
)
def test_flags(tmp_path, text, expected):
    file = tmp_path / "cpuinfo"
    file.write_text(text)
    assert hardware.has_bfloat16(file) is expected


def test_no_such_file(tmp_path):
    assert hardware.has_bfloat16(tmp_path / "nothing") is False
    assert hardware.has_bfloat16(tmp_path) is False


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "cpuinfo"
    file.write_bytes(content)
    assert hardware.has_bfloat16(file) in (True, False)


@pytest.fixture(autouse=True)
def _no_setting(monkeypatch):
    monkeypatch.delenv("COURSE_ARITHMETIC", raising=False)


@pytest.mark.parametrize("bfloat16, policy", [(True, "mixed_bfloat16"), (False, "float32")])
def test_on_a_cpu(monkeypatch, bfloat16, policy):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: bfloat16)
    assert hardware.fast_policy() == policy


@pytest.mark.parametrize(
    "details, policy",
    [
        ({"compute_capability": (9, 0)}, "mixed_bfloat16"),
        ({"compute_capability": (8, 0)}, "mixed_bfloat16"),
        ({"compute_capability": (7, 5)}, "float32"),
        ({}, "float32"),
    ],
)
def test_on_a_gpu(monkeypatch, details, policy):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert hardware.fast_policy() == policy


@pytest.mark.parametrize("bfloat16", [True, False])
@pytest.mark.parametrize(
    "setting, policy",
    [("plain", "float32"), ("bfloat16", "mixed_bfloat16"), ("auto", None), ("", None)],
)
def test_the_setting_forces_one_way_on_any_machine(monkeypatch, setting, policy, bfloat16):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: bfloat16)
    monkeypatch.setenv("COURSE_ARITHMETIC", setting)
    as_it_comes = "mixed_bfloat16" if bfloat16 else "float32"
    assert hardware.fast_policy() == (policy or as_it_comes)


@pytest.mark.parametrize("setting", ["Plain", "float32", " plain", "1"])
def test_a_wrong_setting_is_one_clear_error(monkeypatch, setting):
    monkeypatch.setenv("COURSE_ARITHMETIC", setting)
    expected = f"COURSE_ARITHMETIC is {setting!r}; set it to one of auto, plain, bfloat16"
    with pytest.raises(ValueError, match=expected):
        hardware.fast_policy()


class Circle:
    def __init__(self):
        self.own = self


def test_circles_are_freed():
    circle = Circle()
    watch = weakref.ref(circle)
    del circle
    hardware.free_memory()
    assert watch() is None


def test_models_and_optimizers_that_are_not_needed_are_emptied():
    models = [keras.Sequential([keras.Input(shape=(3,)), keras.layers.Dense(2)]) for _ in range(2)]
    for model in models:
        model.compile(optimizer="adam", loss="mse")
        model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    whole, kept = models
    before = kept.get_weights()
    hardware.free_memory(whole, kept.optimizer)
    emptied = [*whole.variables, *whole.optimizer.variables, *kept.optimizer.variables]
    sizes = [
        tf.raw_ops.ReadVariableOp(resource=variable.value.handle, dtype=variable.value.dtype)
        for variable in emptied
    ]
    assert all(size.shape == () for size in sizes)
    for now, then in zip(kept.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert kept.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_another_c_library_is_no_error(monkeypatch, error):
    def library(name):
        raise error

    monkeypatch.setattr(hardware.ctypes, "CDLL", library)
    hardware.free_memory()
