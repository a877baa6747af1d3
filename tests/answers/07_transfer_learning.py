"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

COUNT = "    return sum(int(np.prod(weights.shape)) for weights in base.trainable_weights)\n"


def freeze(condition: str, first_line: str = "    base.trainable = True\n", count: str = COUNT):
    """Return code that sets each layer by a condition on its place and the place of ``first``."""
    return (
        first_line + "    names = [layer.name for layer in base.layers]\n"
        "    cut = names.index(first)\n"
        "    for place, layer in enumerate(base.layers):\n"
        f"        layer.trainable = {condition}\n" + count
    )


def pipeline(goes_in: str = "prepared(images)", average: str = "mean", back: str = "found"):
    """Return code that sends images through the network and the probe."""
    return (
        f"    maps = network.predict({goes_in}, verbose=0).astype('float32')\n"
        f"    found = probe.predict(maps.{average}(axis=(1, 2)))\n"
        f"    return {back}\n"
    )


def judged(spread: str = "2 * d.std(ddof=1) / np.sqrt(len(d))", better: str = "second"):
    """Return code that compares the mean difference with a spread."""
    other = {"second": "first", "first": "second"}[better]
    return (
        "    d = second.astype(int) - first.astype(int)\n"
        f"    if abs(d.mean()) <= {spread}:\n"
        "        return 'luck'\n"
        f"    return '{better}' if d.mean() > 0 else '{other}'\n"
    )


def one_block(block: str, end: str = ".predict(other[block])"):
    """Return code that trusts one block."""
    return f"    block = '{block}'\n    return new_probe().fit(train[block], classes){end}\n"


def tune(before: str, rate: str = "1e-5", after: str = "", loss: str = "binary_crossentropy"):
    """Return code that builds and compiles the model."""
    return (
        before + "    model = keras.Sequential([base, head])\n"
        f"    optimizer = keras.optimizers.Adam(learning_rate={rate})\n"
        f"    model.compile(optimizer=optimizer, loss='{loss}')\n" + after + "    return model\n"
    )


def copied(name: str) -> str:
    """Return code that puts a copy in the place of a model."""
    return (
        f"    copy = keras.models.clone_model({name})\n"
        f"    copy.set_weights({name}.get_weights())\n"
        f"    {name} = copy\n"
    )


UNPAIRED = "2 * np.sqrt((first.var() + second.var()) / len(d))"  # as if on different photos
FROZEN = "    train_from(base, 'block5_conv1')\n"

WRONG_ANSWERS = {
    1: [
        (freeze("place > cut"), "is frozen, and should be trained"),  # one too few
        (freeze("place < cut"), "is still trainable"),  # the wrong way round
        (freeze("True"), "is still trainable"),
        (  # counts arrays, not numbers
            freeze("place >= cut", count="    return len(base.trainable_weights)\n"),
            "multiply out the shape",
        ),
        (  # counts all numbers
            freeze("place >= cut", count="    return base.count_params()\n"),
            "multiply out the shape",
        ),
        ("    base.trainable = False\n    return 0\n", "nothing is trainable"),
    ],
    2: [
        (pipeline("images"), "other numbers than it has learned from"),
        (pipeline("images / 255"), "from 0 to 1"),
        (pipeline("prepared(images / 255)"), "other numbers than it has learned from"),
        (pipeline("prepared(images[::-1])"), "not stand in the order"),
        (pipeline(average="max"), "the largest number of each map"),
        (pipeline(average="sum"), "other features"),
        (
            pipeline().replace(".mean(axis=(1, 2))", ".reshape(len(maps), -1)"),
            "one number a channel",
        ),
        (pipeline(back="found[::-1]"), "not stand in the order"),
        (pipeline(back="maps"), "one class for each image"),
    ],
    3: [
        (judged("0"), "it is 'luck'"),
        (judged("d.std(ddof=1) / np.sqrt(len(d)) / 2"), "it is 'luck'"),
        (judged(UNPAIRED), "it is 'second'"),
        (judged(better="first"), "it is 'second'"),
        ("    return bool(second.mean() > first.mean())\n", "verdict gave"),
    ],
    4: [
        (tune(FROZEN, rate="1e-3"), "the learning rate is 0.001"),
        (tune(""), "the blocks 1 to 4 should be frozen"),
        (tune("    base.trainable = False\n"), "block 5 should be trained"),
        (tune("    train_from(base, 'block4_conv1')\n"), "the blocks 1 to 4 should be frozen"),
        (tune(FROZEN + "    head.trainable = False\n"), "the head has not moved"),
        (tune(FROZEN, loss="mse"), "binary_crossentropy"),
        (FROZEN + "    return keras.Sequential([base, head])\n", "not compiled"),
        (
            tune(FROZEN).replace(
                "'binary_crossentropy'", "keras.losses.BinaryCrossentropy(from_logits=True)"
            ),
            "leave out from_logits",
        ),
        (
            tune(FROZEN).replace("base, head]", "base, head, keras.layers.Dense(1)]"),
            "and nothing else",
        ),
        (tune(copied("base") + FROZEN), "not copies"),  # as in the lesson
        (tune(FROZEN + copied("head")), "not copies"),
    ],
    5: [
        (one_block("block1"), "a coin between the blocks"),
        (one_block("block5", ".predict_proba(other[block])[:, 1]"), "classes, 0 or 1"),
        (one_block("block5", ""), "one class for each"),
        ("    return np.zeros(len(other['block5']), int)\n", "a coin between the blocks"),
        ("    return labels_val\n", "a coin between the blocks"),  # in another order
    ],
}

RIGHT_ANSWERS = {
    1: [  # with places instead of a memory; and a slice
        freeze("place >= cut"),
        "    base.trainable = True\n"
        "    names = [layer.name for layer in base.layers]\n"
        "    for layer in base.layers[: names.index(first)]:\n"
        "        layer.trainable = False\n"
        "    return sum(w.shape.num_elements() for w in base.trainable_weights)\n",
    ],
    2: [  # a batch at a time; and another kind of mean
        "    parts = []\n"
        "    for start in range(0, len(images), 32):\n"
        "        maps = network.predict(prepared(images[start : start + 32]), verbose=0)\n"
        "        parts.append(probe.predict(np.asarray(maps, 'float32').mean(axis=(1, 2))))\n"
        "    return np.concatenate(parts)\n",
        pipeline().replace(".mean(axis=(1, 2))", ".mean(axis=2).mean(axis=1)"),
    ],
    3: [  # by counting the photos on which they differ
        "    a, b = np.sum(first & ~second), np.sum(second & ~first)\n"
        "    n = len(first)\n"
        "    variance = ((a + b) - (b - a) ** 2 / n) / (n - 1)\n"
        "    if abs(b - a) / n <= 2 * np.sqrt(variance / n):\n"
        "        return 'luck'\n"
        "    return 'second' if b > a else 'first'\n",
    ],
    4: [  # a functional model, and a loss and an optimiser as objects
        "    for layer in base.layers:\n"
        "        layer.trainable = layer.name.startswith('block5')\n"
        "    inputs = keras.Input(shape=base.input_shape[1:])\n"
        "    model = keras.Model(inputs, head(base(inputs)))\n"
        "    loss = keras.losses.BinaryCrossentropy()\n"
        "    model.compile(optimizer=keras.optimizers.Adam(0.00001), loss=loss)\n"
        "    return model\n",
    ],
    5: [  # three blocks beside each other
        "    together = [\n"
        "        np.concatenate([part[f'block{number}'] for number in (3, 4, 5)], axis=1)\n"
        "        for part in (train, other)\n"
        "    ]\n"
        "    return new_probe().fit(together[0], classes).predict(together[1])\n",
    ],
}
