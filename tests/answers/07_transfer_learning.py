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


def extract(steps: str, call: str = "training=False", joined: str = "np.concatenate(parts)"):
    """Return code that runs the base over some slices of the photos."""
    return (
        "    parts = []\n"
        f"    for start in {steps}:\n"
        f"        output = base(photos[start : start + batch_size], {call})\n"
        "        parts.append(keras.ops.convert_to_numpy(keras.ops.cast(output, 'float32')))\n"
        f"    return {joined}\n"
    )


def probe(fitted: str = "train, labels", scored: str = "validation, labels_val", best: str = "max"):
    """Return code that fits a probe to each block and chooses one."""
    return (
        "    scores = {}\n"
        "    for name, (train, validation) in outputs.items():\n"
        f"        scores[name] = new_probe().fit({fitted}).score({scored})\n"
        f"    name = {best}(scores, key=scores.get)\n"
        "    return name, scores[name]\n"
    )


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


EVERY = "range(0, len(photos), batch_size)"
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
        (
            extract("range(0, len(photos) - batch_size + 1, batch_size)"),
            "the last batch is missing",
        ),
        (extract("range(0, len(photos), 1)"), "each should pass once"),  # overlapping slices
        (extract(EVERY, call=""), "say training=False"),
        (extract(EVERY, call="training=True"), "not inference mode"),
        (extract(EVERY, joined="parts[0]"), "join the batches"),
        (extract(EVERY, joined="parts"), "with np.concatenate"),
        (extract(EVERY, joined="np.concatenate(parts[::-1])"), "not in the order"),
        ("    return np.asarray(base(photos, training=False))\n", "photos at once"),
    ],
    3: [
        (probe(scored="train, labels"), "Choose on the validation photos"),
        (probe(fitted="validation, labels_val"), "Choose on the validation photos"),
        (probe(best="min"), "on the validation photos"),
        (probe().replace("name, scores[name]", "name"), "return two things"),
        (  # the right block, with its accuracy in training
            probe().replace("name, scores[name]", "name, 1.0"),
            "score on the validation photos",
        ),
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
    2: [  # Keras's own loop
        "    return base.predict(photos, batch_size=batch_size, verbose=0)\n",
        "    cuts = range(batch_size, len(photos), batch_size)\n"
        "    return np.concatenate(\n"
        "        [np.asarray(base(b, training=False), 'float32') for b in np.split(photos, cuts)]\n"
        "    )\n",
    ],
    3: [
        "    best, highest = None, -1\n"
        "    for name in outputs:\n"
        "        fitted = new_probe().fit(outputs[name][0], labels)\n"
        "        score = np.mean(fitted.predict(outputs[name][1]) == labels_val)\n"
        "        if score > highest:\n"
        "            best, highest = name, score\n"
        "    return best, highest\n"
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
}
