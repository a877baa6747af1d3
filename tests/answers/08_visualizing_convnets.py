"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""


def cover(copy: str = "picture.copy()", falls: str = "start - score(np.array(copies))") -> str:
    """Return code that covers each square."""
    return (
        "    rows, columns = picture.shape[0] // size, picture.shape[1] // size\n"
        "    start = score(picture[None])[0]\n"
        "    copies, again = [], picture.copy()\n"
        "    for row in range(rows):\n"
        "        for column in range(columns):\n"
        f"            copy = {copy}\n"
        "            copy[row * size : (row + 1) * size,"
        " column * size : (column + 1) * size] = grey\n"
        "            copies.append(copy.copy())\n"
        f"    return ({falls}).reshape(rows, columns)\n"
    )


def nested(outputs: str, after: str = "model.layers[1:]") -> str:
    """Return code that walks through a nested model."""
    return (
        "    base = model.layers[0]\n"
        f"    inner = keras.Model(base.inputs, {outputs})\n"
        "    maps, score = inner(pictures)\n"
        f"    for layer in {after}:\n"
        "        score = layer(score)\n"
        "    return maps, score\n"
    )


BOTH = "[base.get_layer(layer_name).output, base.outputs[0]]"

WRONG_ANSWERS = {
    1: [
        ("    return np.mean(maps == 0, axis=(1, 2, 3))\n", "the share of zeros"),
        ("    return np.mean(maps.max(axis=(1, 2)) == 0)\n", "one number for each picture"),
        ("    return np.mean(maps.max(axis=(1, 2)) > 0, axis=1)\n", "are not empty"),
        ("    return np.mean(maps.max(axis=(0, 1, 2)) == 0) * np.ones(2)\n", "the second 4"),
    ],
    2: [
        ("    return x - rate * g / (keras.ops.std(g, (1, 2, 3), True) + 1e-8)\n", "you went down"),
        ("    return x + rate * g / (keras.ops.std(g) + 1e-8)\n", "its own deviation"),
        ("    return x + rate * g\n", "as large as the slope"),
        ("    return x + rate * g / keras.ops.std(g, (1, 2, 3), keepdims=True)\n", "gives NaN"),
        ("    return g / (keras.ops.std(g, (1, 2, 3), True) + 1e-8)\n", "the pictures move"),
    ],
    3: [
        ("    return maps @ slopes.mean(axis=(0, 1))\n", "negative values"),
        ("    return np.maximum((maps * slopes).sum(axis=-1), 0)\n", "place by place"),
        ("    return np.maximum(maps @ slopes.sum(axis=(0, 1)), 0)\n", "take the mean"),
        ("    return maps * slopes.mean(axis=(0, 1))\n", "the channels are added up"),
        (
            "    return maps @ np.maximum(slopes.mean(axis=(0, 1)), 0)\n",
            "only after adding up",
        ),
    ],
    4: [
        (nested(BOTH, "model.layers[1:-1]"), "all layers after the base"),
        (nested(BOTH, "[]"), "all layers after the base"),
        (nested("[base.get_layer('high').output, base.outputs[0]]"), "the maps of 'low'"),
        (  # asks the outer model, as for a flat one
            "    inside = model.layers[0].get_layer(layer_name).output\n"
            "    return keras.Model(model.inputs, [inside, model.outputs[0]])(pictures)\n",
            "start from `base.inputs`",
        ),
        (  # looks for the layer in the outer model
            nested("[model.get_layer(layer_name).output, base.outputs[0]]"),
            "No such layer: low",
        ),
        (  # twice through the base
            "    base = model.layers[0]\n"
            "    maps = keras.Model(base.inputs, base.get_layer(layer_name).output)(pictures)\n"
            "    return maps, model(pictures)\n",
            "two computations",
        ),
    ],
    5: [
        (cover(falls="np.asarray(score(np.array(copies)))"), "those are the scores"),
        (cover(falls="score(np.array(copies)) - start"), "you returned -100"),
        (cover(copy="picture"), "changed the picture itself"),
        (cover(copy="again"), "Does each copy have one square"),
        (cover().replace("rows, columns)", "columns, rows)"), "expected (2, 3)"),
    ],
}

RIGHT_ANSWERS = {
    1: ["    return 1 - (maps > 0).any(axis=(1, 2)).mean(axis=-1)\n"],
    2: [  # TensorFlow instead of keras.ops, and a smallest deviation instead of a sum
        "    size = tf.math.reduce_std(g, axis=[1, 2, 3], keepdims=True)\n"
        "    return x + rate * tf.math.divide_no_nan(g, size)\n"
    ],
    3: [
        "    h, w, channels = maps.shape\n"
        "    heat = np.zeros((h, w))\n"
        "    for k in range(channels):\n"
        "        heat += slopes[:, :, k].mean() * maps[:, :, k]\n"
        "    return np.where(heat > 0, heat, 0)\n"
    ],
    4: [  # in three parts, and the head as a model of its own
        "    base = model.get_layer('small_base')\n"
        "    x = maps = pictures\n"
        "    for layer in base.layers:\n"
        "        x = layer(x)\n"
        "        if layer.name == layer_name:\n"
        "            maps = x\n"
        "    head = keras.Sequential(model.layers[1:])\n"
        "    return maps, head(x)\n"
    ],
    5: [  # one prediction a square
        "    start = float(np.ravel(score(picture[None]))[0])\n"
        "    falls = np.zeros((picture.shape[0] // size, picture.shape[1] // size))\n"
        "    for row, column in np.ndindex(falls.shape):\n"
        "        copy = np.array(picture)\n"
        "        copy[size * row :, size * column :][:size, :size] = grey\n"
        "        falls[row, column] = start - float(np.ravel(score(copy[None]))[0])\n"
        "    return falls\n"
    ],
}
