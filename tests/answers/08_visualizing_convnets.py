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

CAUSES = {"A": 3, "B": 4, "C": 5, "D": 1, "E": 2}


def faults(**other: int | None) -> str:
    """Return the answer to exercise 2 with some of the numbers changed."""
    return f"fault = {CAUSES | other}\n"


def climb(step: str, clip: str = "np.clip(picture, photo - limit, photo + limit)", steps=15) -> str:
    """Return code that climbs and cuts to the limit."""
    return (
        "    picture = photo.copy()\n"
        f"    for _ in range({steps}):\n"
        "        _, slope = uphill(picture)\n"
        f"        picture = picture + {step}\n"
        f"        picture = {clip}.clip(0, 255)\n"
        "    return picture\n"
    )


WRONG_ANSWERS = {
    1: [
        ("    return maps @ slopes.mean(axis=(0, 1))\n", "negative values"),
        ("    return np.maximum((maps * slopes).sum(axis=-1), 0)\n", "place by place"),
        ("    return np.maximum(maps @ slopes.sum(axis=(0, 1)), 0)\n", "take the mean"),
        ("    return maps * slopes.mean(axis=(0, 1))\n", "the channels are added up"),
        (
            "    return maps @ np.maximum(slopes.mean(axis=(0, 1)), 0)\n",
            "only after adding up",
        ),
    ],
    2: [
        (faults(A=None), "no number yet"),
        (faults(A=1), "belongs to one map"),
        (faults(A=1, D=3), "Which of them should be 0"),
        (faults(B=5, C=4), "it is hot where the grass is"),
        (faults(C=1, D=5), "Does any of them count more"),
        (faults(D=2, E=1), "what does it speak for"),
    ],
    3: [
        (nested(BOTH, "model.layers[1:-1]"), "all layers after the base"),
        (nested(BOTH, "[]"), "all layers after the base"),
        (nested("[base.get_layer('high').output, base.outputs[0]]"), "the maps of 'low'"),
        (  # asks the outer model, as for a flat one
            "    inside = model.layers[0].get_layer(layer_name).output\n"
            "    return keras.Model(model.inputs, [inside, model.outputs[0]])(pictures)\n",
            "start from `model.layers[0].inputs`",
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
    4: [
        (cover(falls="np.asarray(score(np.array(copies)))"), "those are the scores"),
        (cover(falls="score(np.array(copies)) - start"), "you returned -100"),
        (cover(copy="picture"), "changed the picture itself"),
        (cover(copy="again"), "Does each copy have one square"),
        (cover().replace("rows, columns)", "columns, rows)"), "expected (2, 3)"),
    ],
    5: [
        (climb("-np.sign(slope)"), "the channel sleeps on"),
        (climb("limit * np.sign(slope)", clip="picture"), "the limit is"),
        (climb("limit * np.sign(slope)", steps=1), "Take more steps"),
        (
            climb("np.sign(slope)")
            .replace("photo.copy()", "photo")
            .replace("picture + ", "")
            .replace("picture = np.sign", "picture += np.sign"),
            "changed the photo itself",
        ),
        ("    return photo - 300\n", "outside 0 to 255"),
        ("    return uphill(photo)[0]\n", "the photo has"),
    ],
}

RIGHT_ANSWERS = {
    1: [
        "    h, w, channels = maps.shape\n"
        "    heat = np.zeros((h, w))\n"
        "    for k in range(channels):\n"
        "        heat += slopes[:, :, k].mean() * maps[:, :, k]\n"
        "    return np.where(heat > 0, heat, 0)\n"
    ],
    2: ["fault = dict(zip('ABCDE', (3, 4, 5, 1, 2)))\n"],
    3: [  # in three parts, and the head as a model of its own
        "    base = model.get_layer('small_base')\n"
        "    x = maps = pictures\n"
        "    for layer in base.layers:\n"
        "        x = layer(x)\n"
        "        if layer.name == layer_name:\n"
        "            maps = x\n"
        "    head = keras.Sequential(model.layers[1:])\n"
        "    return maps, head(x)\n"
    ],
    4: [  # one prediction a square
        "    start = float(np.ravel(score(picture[None]))[0])\n"
        "    falls = np.zeros((picture.shape[0] // size, picture.shape[1] // size))\n"
        "    for row, column in np.ndindex(falls.shape):\n"
        "        copy = np.array(picture)\n"
        "        copy[size * row :, size * column :][:size, :size] = grey\n"
        "        falls[row, column] = start - float(np.ravel(score(copy[None]))[0])\n"
        "    return falls\n"
    ],
    5: [  # steps as long as the slope says, the climb of the lesson
        climb("1.5 * slope / (slope.std() + 1e-9)"),
    ],
}
