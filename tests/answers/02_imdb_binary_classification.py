"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

HEAD = "    layers = [keras.Input(shape=(NUM_WORDS,))]\n"
TAIL = '    layers.append(keras.layers.Dense(1, activation="sigmoid"))\n'
RETURN = "    return keras.Sequential(layers)\n"
HIDDEN = "        layers.append(keras.layers.Dense(units, activation=activation))\n"
LOOP = "    for _ in range(hidden_layers):\n"
ORDER = "    order = np.random.default_rng(SEED).permutation(len(reviews))\n"
HALF = "    half, quarter = len(reviews) // 2, len(reviews) // 4\n"
SHARES = """    def share(part):
        occurs = np.bincount(np.concatenate([np.unique(r) for r in part]), minlength=NUM_WORDS)
        return (occurs + 1) / (len(part) + 2)

    p, q = share(reviews[labels == 1]), share(reviews[labels == 0])
"""

WRONG_ANSWERS = {
    1: [
        (  # counts the output layer as a hidden one
            HEAD + "    for _ in range(hidden_layers - 1):\n" + HIDDEN + TAIL + RETURN,
            "has 0 hidden layers",
        ),
        (  # no activation: a stack of linear layers
            HEAD + LOOP + "        layers.append(keras.layers.Dense(units))\n" + TAIL + RETURN,
            "16 units and linear",
        ),
        (HEAD + LOOP + HIDDEN.replace("units", "16") + TAIL + RETURN, "'relu') has 16 units"),
        (HEAD + LOOP + HIDDEN + TAIL.replace("sigmoid", "relu") + RETURN, "gives a probability"),
        (HEAD + LOOP + HIDDEN + TAIL, "gave None"),  # forgot to return
    ],
    2: [
        (
            "    return NUM_WORDS * units + (hidden_layers - 1) * units * units + units\n",
            "has a bias",
        ),
        ("    return NUM_WORDS * units + 3 * units + 2\n", "too few"),
        ("    return hidden_layers * (NUM_WORDS * units + units) + units + 1\n", "too many"),
    ],
    3: [
        ("    return np.sign(p - y)\n", "is taken along p"),
        ("    return np.sign(y - p) * p * (1 - p)\n", "wrong sign"),
        ("    return p * (1 - p)\n", "above 0 for each example"),
        ("    return 2 * (p - y) * p * (1 - p)\n", "the slope is off"),  # of the squared error
        ("    return p - y\n", "the slope is off"),  # of the cross-entropy
        ("    return (np.sign(p - y) * p * (1 - p)).mean()\n", "one number for each"),
    ],
    4: [
        (  # the labels stay where they were
            ORDER
            + "    reviews = reviews[order]\n"
            + HALF
            + "    return (reviews[:half], labels[:half]), (reviews[half:], labels[half:])\n",
            "have the label of another review",
        ),
        (  # only one of two faults is mended
            ORDER
            + "    reviews, labels = reviews[order], labels[order]\n"
            + HALF
            + "    return (reviews[:half], labels[:half]), (reviews[quarter:], labels[quarter:])\n",
            "are in both parts",
        ),
        (
            HALF + "    return (reviews[:half], labels[:half]), (reviews[half:], labels[half:])\n",
            "not shuffled any more",
        ),
        (
            ORDER
            + "    reviews, labels = reviews[order], labels[order]\n"
            + HALF
            + "    return (reviews[:quarter], labels[:quarter]), (reviews[half:], labels[half:])\n",
            "are in neither part",
        ),
        ("    return reviews, labels\n", "return two parts"),
    ],
    5: [
        ("    return most_frequent(reviews, labels, count)\n", "the goal is 0.78"),
        (SHARES + "    return np.argsort(-np.abs(np.log(p / q)))[:count]\n", "the goal is 0.78"),
        ("    return np.zeros(count, int)\n", "1 different words"),
        ("    return np.arange(4, 54)\n", "50 different words"),
    ],
}

RIGHT_ANSWERS = {
    1: [  # the functional way
        "    x = inputs = keras.Input(shape=(NUM_WORDS,))\n"
        "    for _ in range(hidden_layers):\n"
        "        x = keras.layers.Dense(units, activation)(x)\n"
        '    return keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(x))\n'
    ],
    2: [
        "    between = (hidden_layers - 1) * (units + 1) * units\n"
        "    return (NUM_WORDS + 1) * units + between + units + 1\n"
    ],
    3: [
        "    return np.where(y == 0, 1, -1) * p * (1 - p)\n",
        "    return (1 - 2 * y) * (p - p**2)\n",
    ],
    4: [
        "    rng = np.random.default_rng(7)\n"
        "    rows = rng.permutation(len(reviews))\n"
        "    return tuple((reviews[part], labels[part]) for part in np.array_split(rows, 2))\n",
        # lists in place of arrays
        "    rng = np.random.default_rng(7)\n"
        "    rows = rng.permutation(len(reviews))\n"
        "    pairs = [(reviews[row], labels[row]) for row in rows]\n"
        "    return [tuple(zip(*part)) for part in (pairs[::2], pairs[1::2])]\n",
    ],
    5: [  # the difference alone; the vote, weighted
        SHARES + "    return np.argsort(-np.abs(p - q))[:count]\n",
        SHARES + "    return list(np.argsort(-np.abs(np.log(p / q)) * np.sqrt(p + q))[:count])\n",
    ],
}
