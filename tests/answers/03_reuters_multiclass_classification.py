"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

INPUT = "keras.Input(shape=(NUM_WORDS,))"
HIDDEN = 'keras.layers.Dense(units, activation="relu")'
DEEP = (
    f"    layers = [{INPUT}]\n"
    "    for _ in range(hidden_layers):\n"
    '        layers.append(keras.layers.Dense(64, activation="relu"))\n'
    '    layers.append(keras.layers.Dense(K, activation="softmax"))\n'
    "    model = keras.Sequential(layers)\n"
)
RETURN = "    return model\n"


def compiled(loss: str) -> str:
    """Return code that compiles with this loss and returns the model."""
    return f'    model.compile("rmsprop", "{loss}", metrics=["accuracy"])\n' + RETURN


def network(*layers: str) -> str:
    """Return code that returns a network of these layers."""
    return f"    return keras.Sequential([{', '.join((INPUT, *layers))}])\n"


WRONG_ANSWERS = {
    1: [
        (  # the output of lesson 2: each topic for itself
            network(HIDDEN, HIDDEN, 'keras.layers.Dense(K, activation="sigmoid")'),
            "sum to 1",
        ),
        (  # one number, as if the label were a quantity
            network(HIDDEN, HIDDEN, 'keras.layers.Dense(1, activation="softmax")'),
            "the output has 1 units",
        ),
        (  # the width of the lesson, whatever was asked
            network(
                HIDDEN,
                'keras.layers.Dense(64, activation="relu")',
                'keras.layers.Dense(K, activation="softmax")',
            ),
            "hidden layers of [32, 64] units",
        ),
        (  # forgot to return
            network(HIDDEN, HIDDEN, 'keras.layers.Dense(K, activation="softmax")').replace(
                "return", "model ="
            ),
            "gave None",
        ),
    ],
    2: [
        (  # the loss of the lesson
            DEEP + compiled("sparse_categorical_crossentropy"),
            "wants integers",
        ),
        (  # the loss of lesson 2
            DEEP + compiled("binary_crossentropy"),
            "for one of many classes",
        ),
        (  # counts the output layer as a hidden one
            DEEP.replace("range(hidden_layers)", "range(hidden_layers - 1)")
            + compiled("categorical_crossentropy"),
            "has 0 hidden layers",
        ),
        (DEEP + RETURN, "not compiled"),
    ],
    3: [
        ("    return np.mean(truth == predicted)\n", "that is the accuracy"),
        (  # recall, not F1
            "    topics = np.unique(truth)\n"
            "    found = [np.mean(predicted[truth == topic] == topic) for topic in topics]\n"
            "    return np.mean(found)\n",
            "that is the mean recall",
        ),
        (  # each topic by its size
            '    return f1_score(truth, predicted, labels=np.unique(truth), average="weighted")\n',
            "each topic should count the same",
        ),
        (  # also topics that only the model said
            '    return f1_score(truth, predicted, average="macro")\n',
            "you got",
        ),
    ],
    4: [
        (  # the wrong way round: common topics count even more
            "    counts = np.bincount(labels, minlength=K)\n"
            "    return {topic: count / len(labels) for topic, count in enumerate(counts)}\n",
            "the rarest topic should get the largest weight",
        ),
        (  # not scaled: the mean weight is not 1
            "    counts = np.bincount(labels, minlength=K)\n"
            "    return {topic: 1 / count for topic, count in enumerate(counts)}\n",
            "the mean weight should be 1",
        ),
        (  # an array, not a dictionary
            "    return len(labels) / (K * np.bincount(labels, minlength=K))\n",
            "should return a dict",
        ),
        (  # a straight line instead of a share
            "    counts = np.bincount(labels, minlength=K)\n"
            "    return {topic: counts.max() - count + 1 for topic, count in enumerate(counts)}\n",
            "should be the same for all topics",
        ),
    ],
}

RIGHT_ANSWERS = {
    1: [  # the functional way
        "    inputs = keras.Input(shape=(NUM_WORDS,))\n"
        '    x = keras.layers.Dense(units, "relu")(inputs)\n'
        '    x = keras.layers.Dense(units, "relu")(x)\n'
        '    return keras.Model(inputs, keras.layers.Dense(K, "softmax")(x))\n'
    ],
    2: [  # a loss object instead of its name
        DEEP
        + "    model.compile(optimizer=keras.optimizers.RMSprop(), metrics=['acc'],\n"
        + "        loss=keras.losses.CategoricalCrossentropy())\n"
        + RETURN
    ],
    3: [  # with precision and recall, as the text defines them
        "    scores = []\n"
        "    for topic in set(truth.tolist()):\n"
        "        hits = ((truth == topic) & (predicted == topic)).sum()\n"
        "        precision = hits / max((predicted == topic).sum(), 1)\n"
        "        recall = hits / (truth == topic).sum()\n"
        "        scores.append(2 * precision * recall / max(precision + recall, 1e-9))\n"
        "    return sum(scores) / len(scores)\n"
    ],
    4: [
        "    return {k: len(labels) / (K * np.sum(labels == k)) for k in range(K)}\n",
        "    counts = np.bincount(labels, minlength=K)\n"
        "    return dict(enumerate(counts.sum() / K / counts))\n",
    ],
}
