"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

HEAD = "    layers = [keras.Input(shape=(NUM_WORDS,))]\n    for _ in range(hidden_layers):\n"
HIDDEN = '        layers.append(keras.layers.Dense(units, activation="relu"))\n'
OUTPUT = '    layers.append(keras.layers.Dense(K, activation="softmax"))\n'
MODEL = "    model = keras.Sequential(layers)\n"
RETURN = "    return model\n"
PROBABILITIES = (
    "    p = keras.ops.convert_to_numpy(plain_network(multi_hot(texts, NUM_WORDS)))\n"
    "    share = np.bincount(y_partial, minlength=K) / len(y_partial)\n"
)


def compiled(loss: str, optimiser: str = "keras.optimizers.RMSprop(0.003)") -> str:
    """Return code that compiles with this loss and returns the model."""
    call = f'    model.compile({optimiser}, "{loss}", metrics=["accuracy"])\n'
    return MODEL + call + RETURN


RIGHT_LOSS = compiled("categorical_crossentropy")

WRONG_ANSWERS = {
    1: [
        (  # the loss of the lesson
            HEAD + HIDDEN + OUTPUT + compiled("sparse_categorical_crossentropy"),
            "wants integers",
        ),
        (  # the loss of lesson 2
            HEAD + HIDDEN + OUTPUT + compiled("binary_crossentropy"),
            "says how large it should be",
        ),
        (HEAD + HIDDEN + OUTPUT + compiled("mse"), "says how large it should be"),
        (  # the output of lesson 2: each topic for itself
            HEAD + HIDDEN + OUTPUT.replace("softmax", "sigmoid") + RIGHT_LOSS,
            "do not sum to 1",
        ),
        (  # one number, as if the label were a quantity
            HEAD + HIDDEN + OUTPUT.replace("Dense(K", "Dense(1") + RIGHT_LOSS,
            "the output has 1 units",
        ),
        (  # counts the output layer as a hidden one
            HEAD.replace("range(hidden_layers)", "range(hidden_layers - 1)")
            + HIDDEN
            + OUTPUT
            + RIGHT_LOSS,
            "has 1 hidden layers",
        ),
        (  # the width of the lesson, whatever was asked
            HEAD + HIDDEN.replace("units", "64") + OUTPUT + RIGHT_LOSS,
            "compiled_model(2, 32) has 64 units",
        ),
        (
            HEAD + HIDDEN + OUTPUT + compiled("categorical_crossentropy", '"rmsprop"'),
            "with a rate of 0.001",
        ),
        (HEAD + HIDDEN + OUTPUT + MODEL + RETURN, "not compiled"),
        (HEAD + HIDDEN + OUTPUT + MODEL, "gave None"),  # forgot to return
    ],
    2: [
        ("    return np.mean(truth == predicted)\n", "that is the accuracy"),
        (  # recall, not F1
            "    found = [np.mean(predicted[truth == k] == k) for k in np.unique(truth)]\n"
            "    return np.mean(found)\n",
            "that is the mean recall",
        ),
        (  # each topic by its size
            '    return f1_score(truth, predicted, labels=np.unique(truth), average="weighted")\n',
            "each topic should count the same",
        ),
        (  # also topics that only the model said
            '    return f1_score(truth, predicted, average="macro")\n',
            "true of no newswire",
        ),
        (  # the plain mean of precision and recall
            "    scores = []\n"
            "    for k in np.unique(truth):\n"
            "        hits = np.sum((truth == k) & (predicted == k))\n"
            "        precision = hits / max(np.sum(predicted == k), 1)\n"
            "        scores.append((precision + hits / np.sum(truth == k)) / 2)\n"
            "    return np.mean(scores)\n",
            "you got",
        ),
        (
            "    return f1_score(truth, predicted, labels=np.unique(truth), average=None)\n",
            "return one number",
        ),
    ],
    3: [
        ("    return numbers\n", "now have the number"),  # "the training failed"
        ("    return numbers + 1\n", "now have the number"),  # "counted from 1"
        ("    return np.argsort(topics)[numbers]\n", "now have the number"),  # "by the alphabet"
        (  # "by size"
            "    return np.argsort(-np.bincount(y_partial, minlength=K))[numbers]\n",
            "now have the number",
        ),
        (  # the right table, the wrong way round
            "    theirs = np.zeros(K, dtype=int)\n"
            "    theirs[y_partial] = colleagues_labels\n"
            "    return theirs[numbers]\n",
            "now have the number",
        ),
        (  # gives up
            "    return np.full(len(numbers), np.bincount(y_partial).argmax())\n",
            "now have the number",
        ),
        ("    return y_validation\n", "now have the number"),  # the labels, not the network
        ("    return np.unique(numbers)\n", "came back with the shape"),
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
    5: [
        (PROBABILITIES + "    return p.argmax(axis=1)\n", "the goal is 0.02 more"),
        (  # far too much
            PROBABILITIES + "    return np.argmax(p / share**2, axis=1)\n",
            "too high a price",
        ),
        (  # the wrong way round
            PROBABILITIES + "    return np.argmax(p * share, axis=1)\n",
            "too high a price",
        ),
        (  # the second choice wherever the first is not sure
            PROBABILITIES
            + "    second = np.argsort(p, axis=1)[:, -2]\n"
            + "    return np.where(p.max(axis=1) < 0.7, second, p.argmax(axis=1))\n",
            "too high a price",
        ),
        (PROBABILITIES + "    return p / np.sqrt(share)\n", "came back with the shape"),
        ("    return y_validation\n", "too high a price"),  # the answers, in their old order
    ],
}

RIGHT_ANSWERS = {
    1: [  # the functional way, and a loss object instead of its name
        "    x = inputs = keras.Input(shape=(NUM_WORDS,))\n"
        "    for _ in range(hidden_layers):\n"
        '        x = keras.layers.Dense(units, "relu")(x)\n'
        '    model = keras.Model(inputs, keras.layers.Dense(K, "softmax")(x))\n'
        "    model.compile(optimizer=keras.optimizers.RMSprop(0.003), metrics=['acc'],\n"
        "        loss=keras.losses.CategoricalCrossentropy())\n" + RETURN
    ],
    2: [  # with precision and recall, as the text defines them
        "    scores = []\n"
        "    for topic in set(truth.tolist()):\n"
        "        hits = ((truth == topic) & (predicted == topic)).sum()\n"
        "        precision = hits / max((predicted == topic).sum(), 1)\n"
        "        recall = hits / (truth == topic).sum()\n"
        "        scores.append(2 * precision * recall / max(precision + recall, 1e-9))\n"
        "    return sum(scores) / len(scores)\n"
    ],
    3: [
        # by the names, in the order in which they come
        "    names = list(dict.fromkeys(topics[y_partial]))\n"
        "    return np.array([list(topics).index(names[number]) for number in numbers])\n",
        # from the confusion matrix: what is a number mostly said of, where we know the truth?
        "    table = np.zeros((K, K))\n"
        "    np.add.at(table, (numbers_said[:500], y_validation[:500]), 1)\n"
        "    return table.argmax(axis=1)[numbers]\n",
    ],
    4: [
        "    return {k: len(labels) / (K * np.sum(labels == k)) for k in range(K)}\n",
        "    counts = np.bincount(labels, minlength=K)\n"
        "    return dict(enumerate(counts.sum() / K / counts))\n",
    ],
    5: [  # without a network
        "    from sklearn.feature_extraction.text import TfidfTransformer\n"
        "    from sklearn.pipeline import make_pipeline\n"
        "    from sklearn.svm import LinearSVC\n"
        "    from scipy.sparse import csr_matrix\n"
        '    other = make_pipeline(TfidfTransformer(), LinearSVC(class_weight="balanced"))\n'
        '    other.fit(csr_matrix(multi_hot(x_partial, NUM_WORDS, "float32")), y_partial)\n'
        '    return other.predict(csr_matrix(multi_hot(texts, NUM_WORDS, "float32")))\n',
        # a bonus for each topic, in the scores
        PROBABILITIES + "    return np.argmax(np.log(p + 1e-12) - 0.5 * np.log(share), axis=1)\n",
    ],
}
