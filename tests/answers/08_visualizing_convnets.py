"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""


def mended(
    outputs: str = "[base.get_layer(layer_name).output, base.outputs[0]]",
    start: str = "model.layers[0](x)",
    after: str = "model.layers[2:]",
    slopes: str = "tape.gradient(score, maps)",
    taped: str = "",
) -> str:
    """Return code that computes maps and score of a nested model, and then the heat."""
    return (
        "    base, x = model.get_layer('small_base'), tf.constant(pictures)\n"
        f"    inner = keras.Model(base.inputs, {outputs})\n"
        "    with tf.GradientTape(persistent=True) as tape:\n"
        "        tape.watch(x)\n"
        f"        maps, score = inner({start})\n"
        "        output = score\n"
        f"        for layer in {after}:\n"
        "            score = layer(score)\n"
        f"{taped}"
        f"    slopes = {slopes}\n"
        "    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)\n"
        "    return tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)).numpy()\n"
    )


ANEW = "        score = model(x)\n"  # the whole network once more
ZERO = 'tape.gradient(score, maps, unconnected_gradients="zero")'


def pair_of(choice: str, pairs: str = "one < other") -> str:
    """Return code that asks for the score of every pair of squares, and chooses one."""
    return (
        "    squares = list(np.ndindex(picture.shape[0] // size, picture.shape[1] // size))\n"
        f"    pairs = [(one, other) for one in squares for other in squares if {pairs}]\n"
        "    scores = score(np.array([covered(picture, size, *pair) for pair in pairs]))\n"
        "    falls = score(picture[None])[0] - scores\n"
        f"    return {choice}\n"
    )


LOWEST = "pairs[scores.argmin()]"
MOST_ALONE = (
    "    falls = falls_alone(score, picture, size)\n"
    "    order = np.argsort(-falls, axis=None)\n"
    "    one, other = (np.unravel_index(place, falls.shape) for place in order[:2])\n"
)

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
        ("    return maps @ slopes.mean(axis=(0, 1))\n", "is to be cut off"),
        ("    return np.maximum((maps * slopes).sum(axis=-1), 0)\n", "place by place"),
        ("    return np.maximum(maps @ slopes.sum(axis=(0, 1)), 0)\n", "take the mean"),
        ("    return maps * slopes.mean(axis=(0, 1))\n", "the channels are added up"),
        (
            "    return maps @ np.maximum(slopes.mean(axis=(0, 1)), 0)\n",
            "only after adding up",
        ),
        ("    return np.abs(maps @ slopes.mean(axis=(0, 1)))\n", "you took absolute values"),
        ("    return np.maximum(maps @ slopes.max(axis=(0, 1)), 0)\n", "the mean of its slopes"),
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
        (mended(taped=ANEW), "the tape still gives None"),
        (mended(taped=ANEW, slopes="tape.gradient(score, maps).numpy()"), "still gives None"),
        (mended(taped=ANEW, slopes=ZERO), "still 0 everywhere"),
        (  # watches the maps, and lets the network compute others
            mended(taped="        tape.watch(maps)\n" + ANEW, slopes=ZERO),
            "a computation of their own",
        ),
        (mended(start="x"), "your base has got numbers from 0 to 100"),
        (mended(slopes="tape.gradient(score, output)"), "along the output of the base"),
        (mended(after="model.layers[3:]"), "have its turn"),
        (mended(after="[model.layers[2], model.layers[4]]"), "have its turn"),
        (mended(after="model.layers[2:-1]"), "have its turn"),
        (mended().replace("axis=-1", "axis=(1, 2)"), "a map a picture"),
        (  # asks the outer model, as for a flat one
            "    inside = model.get_layer('small_base').get_layer(layer_name).output\n"
            "    return keras.Model(model.inputs, [inside, model.outputs[0]])(pictures)\n",
            "not to that of the whole model",
        ),
        (  # looks for the layer in the outer model
            mended("[model.get_layer(layer_name).output, base.outputs[0]]"),
            "No such layer: low",
        ),
    ],
    4: [
        (f"{MOST_ALONE}    return one, other\n", "they cost 10 and 11 alone"),
        (  # keeps the first, and looks for the best partner
            f"{MOST_ALONE}"
            "    rest = [square for square in np.ndindex(falls.shape) if square != one]\n"
            "    copies = [covered(picture, size, one, square) for square in rest]\n"
            "    return one, rest[score(np.array(copies)).argmin()]\n",
            "do not begin with what costs most alone",
        ),
        (pair_of("pairs[np.abs(falls).argmax()]"), "a rise is no cost"),
        (pair_of("pairs[scores.argmax()]"), "Which pair leaves the lowest score"),
        (pair_of(LOWEST, "True"), "cover two different squares"),
        (pair_of("[square[::-1] for square in pairs[scores.argmin()]]"), "there is no square"),
        (pair_of("scores.argmin()"), "return two squares"),
        (  # covers the picture itself on the way
            pair_of(LOWEST).replace("    return", "    picture[:size] = 117\n    return"),
            "changed the picture itself",
        ),
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
    3: [  # one call after the other, and another way to walk through the model
        "    x = tf.constant(pictures)\n"
        "    with tf.GradientTape() as tape:\n"
        "        tape.watch(x)\n"
        "        outer = list(model.layers)\n"
        "        place = [layer.name for layer in outer].index('small_base')\n"
        "        for layer in [*outer[:place], *outer[place].layers, *outer[place + 1 :]]:\n"
        "            x = layer(x)\n"
        "            if layer.name == layer_name:\n"
        "                maps = x\n"
        "    weights = tf.reduce_mean(tape.gradient(x, maps), axis=(1, 2), keepdims=True)\n"
        "    return np.maximum(tf.reduce_sum(weights * maps, axis=-1), 0)\n",
        # as the lesson does it: the same calls, with another model in place of the base
        "    base, found = model.get_layer('small_base'), []\n"
        "    inner = keras.Model(base.inputs, [base.get_layer(layer_name).output, *base.outputs])\n"
        "    def call(layer, *inputs, **options):\n"
        "        if layer is not base:\n"
        "            return layer(*inputs, **options)\n"
        "        maps, output = inner(*inputs, **options)\n"
        "        found.append(maps)\n"
        "        return output\n"
        "    outer = keras.Model(model.inputs, model.outputs)\n"
        "    same = keras.models.clone_model(\n"
        "        outer, clone_function=lambda x: x, call_function=call)\n"
        "    both = keras.Model(same.inputs[0], [*found, *same.outputs])\n"
        "    with tf.GradientTape() as tape:\n"
        "        maps, score = both(pictures)\n"
        "    weights = keras.ops.mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)\n"
        "    return keras.ops.relu(keras.ops.sum(weights * maps, axis=-1))\n",
    ],
    4: [  # one prediction a pair, with its own grey, and the later square first
        "    whole = float(score(picture[None])[0])\n"
        "    most, best = -np.inf, None\n"
        "    squares = list(np.ndindex(picture.shape[0] // size, picture.shape[1] // size))\n"
        "    for number, one in enumerate(squares):\n"
        "        for other in squares[:number]:\n"
        "            copy = np.array(picture)\n"
        "            for row, column in (one, other):\n"
        "                copy[size * row :, size * column :][:size, :size] = 124\n"
        "            fall = whole - float(score(copy[None])[0])\n"
        "            if fall > most:\n"
        "                most, best = fall, np.array([one, other])\n"
        "    return best\n"
    ],
    5: [  # steps as long as the slope says, the climb of the lesson
        climb("1.5 * slope / (slope.std() + 1e-9)"),
    ],
}
