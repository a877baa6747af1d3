"""Pretrained weights, in either edition."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.data.arrays import ArrayFile
from helpers.data.convert import weights as convert

if TYPE_CHECKING:
    import keras

VGG16_SMALLEST = 32  # pixels: five poolings halve each side, and one cell must be left
DATA_SETS = {"vgg16_conv_base": ArrayFile("vgg16_conv_base", convert)}


def vgg16_conv_base(
    input_shape: Sequence[int | None] = (150, 150, 3),
) -> tuple["keras.Model", str]:
    """Build VGG16 without its dense layers, with the weights it learned on ImageNet.

    It is ``keras.applications.VGG16(weights="imagenet", include_top=False, input_shape=...)``,
    but the weights are verified, and they are the same in both editions. Its pictures must have
    gone through ``keras.applications.vgg16.preprocess_input``. All layers are trainable, as in
    Keras.

    Args:
        input_shape: (height, width, 3) of the pictures, in pixels; None for a side of any length.

    Returns:
        ``model, edition``. The model turns (pictures, height, width, 3) into
        (pictures, height // 32, width // 32, 512); ``edition`` is "original" or "offline".

    Raises:
        ValueError: the shape is not (height, width, 3), or a side is below 32 pixels.
        DataError: the weights cannot be had; the message names the ways out.
    """
    shape = _checked(input_shape)
    arrays, edition = DATA_SETS["vgg16_conv_base"].announce()
    import keras  # late: showing what data is ready must not wait for TensorFlow

    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=shape)
    for name in convert.VGG16_LAYERS:
        # Taken out one by one, so that the weights are not held twice for long.
        layer_arrays = [arrays.pop(f"{name}_{part}") for part in ("kernel", "bias")]
        model.get_layer(name).set_weights(layer_arrays)
    return model, edition


def _checked(shape: Sequence[int | None]) -> tuple[int | None, ...]:
    expected = "expected (height, width, 3), such as (150, 150, 3)"
    try:
        height, width, channels = shape
    except (TypeError, ValueError):
        raise ValueError(
            f"input_shape is {shape!r}; {expected}. The number of pictures is no part of it"
        ) from None
    if channels != 3:
        raise ValueError(
            f"input_shape is {shape!r}, which has {channels!r} channels; {expected}. VGG16 learned "
            "on colour pictures: repeat a grey channel three times, with "
            "keras.ops.repeat(x, 3, axis=-1)"
        )
    for side in (height, width):
        if side is not None and not (isinstance(side, int) and side >= VGG16_SMALLEST):
            raise ValueError(
                f"input_shape is {shape!r}, which has a side of {side!r}; {expected}, with sides "
                f"of at least {VGG16_SMALLEST} pixels: make the pictures larger, for example with "
                "keras.layers.Resizing(64, 64)"
            )
    return height, width, channels
