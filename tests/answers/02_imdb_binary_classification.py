"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

HEAD = "    layers = [keras.Input(shape=(NUM_WORDS,))]\n"
TAIL = '    layers.append(keras.layers.Dense(1, activation="sigmoid"))\n'
RETURN = "    return keras.Sequential(layers)\n"
HIDDEN = '        layers.append(keras.layers.Dense(16, activation="relu"))\n'

WRONG_ANSWERS = {
    1: [
        (  # counts the output layer as a hidden one
            HEAD + "    for _ in range(hidden_layers - 1):\n" + HIDDEN + TAIL + RETURN,
            "has 0 hidden layers",
        ),
        (  # no activation: a stack of linear layers
            HEAD
            + "    for _ in range(hidden_layers):\n"
            + "        layers.append(keras.layers.Dense(16))\n"
            + TAIL
            + RETURN,
            "without a bend",
        ),
        (  # forgot to return
            HEAD + "    for _ in range(hidden_layers):\n" + HIDDEN + TAIL,
            "gave None",
        ),
    ],
    2: [
        ("    return NUM_WORDS * units + units * units + units\n", "has a bias"),
        ("    return NUM_WORDS * units + 3 * units + 2\n", "too few"),
        ("    return 2 * (NUM_WORDS * units + units) + units + 1\n", "too many"),
    ],
    3: [
        (
            'mse_model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])\n',
            "the loss is",
        ),
        ('mse_model.compile("rmsprop", "mse", ["accuracy"])\n', "is not measured"),
        ('mse_model.compile("adam", "mse", metrics=["accuracy"])\n', "keep rmsprop"),
    ],
    4: [
        (
            "tanh_model = keras.Sequential([keras.Input(shape=(NUM_WORDS,)),"
            ' keras.layers.Dense(16, "tanh"), keras.layers.Dense(16, "tanh"),'
            ' keras.layers.Dense(1, "tanh")])\n',
            "needs a sigmoid",
        ),
        (
            "tanh_model = keras.Sequential([keras.Input(shape=(NUM_WORDS,)),"
            ' keras.layers.Dense(16, "tanh"), keras.layers.Dense(16, "relu"),'
            ' keras.layers.Dense(1, "sigmoid")])\n',
            "both should use tanh",
        ),
    ],
}

RIGHT_ANSWERS = {
    1: [  # the functional way
        "    x = inputs = keras.Input(shape=(NUM_WORDS,))\n"
        "    for _ in range(hidden_layers):\n"
        '        x = keras.layers.Dense(16, "relu")(x)\n'
        '    return keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(x))\n'
    ],
    2: ["    return (NUM_WORDS + 1) * units + (units + 1) * units + units + 1\n"],
    3: [
        "mse_model.compile(optimizer=keras.optimizers.RMSprop(), "
        "loss=keras.losses.MeanSquaredError(), metrics=[keras.metrics.BinaryAccuracy()])\n"
    ],
    4: [
        "tanh_model = keras.Sequential()\n"
        "tanh_model.add(keras.Input((NUM_WORDS,)))\n"
        "for _ in range(2):\n"
        "    tanh_model.add(keras.layers.Dense(16, activation=keras.ops.tanh))\n"
        "tanh_model.add(keras.layers.Dense(1, activation=keras.activations.sigmoid))\n"
    ],
}
