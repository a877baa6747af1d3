"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

INPUT = "keras.Input(shape=(NUM_WORDS,))"
HIDDEN = 'keras.layers.Dense(16, activation="relu")'
DROPOUT = "keras.layers.Dropout(rate)"
OUTPUT = 'keras.layers.Dense(1, activation="sigmoid")'
UNITS = '    units = trial.suggest_int("units", 4, 64, log=True)\n'


def network(*layers: str) -> str:
    """Return code that returns a network of these layers."""
    return f"    return keras.Sequential([{', '.join((INPUT, *layers))}])\n"


def stopping(worse: str, end: str = "epoch, best_epoch") -> str:
    """Return code that stops early, with this condition for giving up."""
    return (
        "    best_epoch, best_loss = 0, float('inf')\n"
        "    for epoch, loss in enumerate(losses, start=1):\n"
        "        if loss < best_loss:\n"
        "            best_epoch, best_loss = epoch, loss\n"
        f"        elif {worse}:\n"
        "            break\n"
        f"    return {end}\n"
    )


WRONG_ANSWERS = {
    1: [
        (  # no absolute value
            "    return sum(l1 * w.sum() + l2 * np.square(w).sum() for w in matrices)\n",
            "L1 takes absolute values",
        ),
        (  # L2 as the length of the vector
            "    norms = [np.sqrt(np.square(w).sum()) for w in matrices]\n"
            "    return l1 * sum(np.abs(w).sum() for w in matrices) + l2 * sum(norms)\n",
            "you took its root",
        ),
        (  # only the first layer
            "    w = matrices[0]\n    return l1 * np.abs(w).sum() + l2 * np.square(w).sum()\n",
            "add up all of them",
        ),
        (  # means instead of sums
            "    return sum(l1 * np.abs(w).mean() + l2 * np.square(w).mean() for w in matrices)\n",
            "for the weights 3 and -4 you got",
        ),
    ],
    2: [
        (network(HIDDEN, DROPOUT, HIDDEN, OUTPUT, DROPOUT), "half of the answers"),
        (network(DROPOUT, HIDDEN, DROPOUT, HIDDEN, OUTPUT), "takes words out of the reviews"),
        (network(HIDDEN, HIDDEN, DROPOUT, OUTPUT), "one Dropout after each hidden"),
        (
            network(HIDDEN, DROPOUT, HIDDEN, DROPOUT, OUTPUT).replace("rate", "0.5"),
            "should use the argument rate",
        ),
        (
            network(HIDDEN, DROPOUT, HIDDEN, DROPOUT, OUTPUT).replace("return", "model ="),
            "gave None",
        ),
    ],
    3: [
        (stopping("epoch - best_epoch == patience - 1"), "epoch 4 still runs"),
        (stopping("False"), "it never sees"),
        (  # counts bad epochs in all, not in a row
            "    best, best_epoch, bad = float('inf'), 0, 0\n"
            "    for epoch, loss in enumerate(losses, start=1):\n"
            "        if loss < best:\n"
            "            best, best_epoch = loss, epoch\n"
            "        else:\n"
            "            bad += 1\n"
            "            if bad == patience:\n"
            "                break\n"
            "    return epoch, best_epoch\n",
            "a new best loss starts the count again",
        ),
        (  # an equal loss counts as an improvement
            stopping("epoch - best_epoch == patience").replace("loss < best", "loss <= best"),
            "as low as the best is no improvement",
        ),
        (stopping("epoch - best_epoch == patience", end="best_epoch"), "return two numbers"),
    ],
    4: [
        (  # two separate samples
            "    h = t * np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))\n"
            "    return (a - b).mean(), h\n",
            "what a seed does to both cancels out",
        ),
        ("    d = a - b\n    return d.mean(), t * d.std(ddof=1)\n", "square root of n"),
        ("    d = a - b\n    return d.mean(), t * d.std() / np.sqrt(len(d))\n", "use ddof=1"),
        ("    d = b - a\n    return d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))\n", "b minus a"),
    ],
    5: [
        (  # drawn evenly
            UNITS + '    learning_rate = trial.suggest_float("learning_rate", 0.0001, 0.01)\n',
            "would lie above 0.001, the middle of the range",
        ),
        (  # units with a fraction
            UNITS.replace("_int", "_float")
            + '    learning_rate = trial.suggest_float("learning_rate", 0.0001, 0.01, log=True)\n',
            "units must be whole numbers",
        ),
        (  # a power of ten, not the rate
            UNITS + '    learning_rate = 10 ** trial.suggest_float("exponent", -4, -2)\n',
            "by these names",
        ),
        (  # another range
            UNITS
            + '    learning_rate = trial.suggest_float("learning_rate", 0.01, 1.0, log=True)\n',
            "learning_rate runs from 0.01 to 1.0",
        ),
    ],
}

RIGHT_ANSWERS = {
    1: [
        "    flat = np.concatenate([w.ravel() for w in matrices])\n"
        "    return l1 * np.linalg.norm(flat, 1) + l2 * flat @ flat\n",
    ],
    2: [
        (  # the functional way
            f"    inputs = {INPUT}\n"
            f"    x = {DROPOUT}({HIDDEN}(inputs))\n"
            f"    x = {DROPOUT}({HIDDEN}(x))\n"
            f"    return keras.Model(inputs, {OUTPUT}(x))\n"
        ),
        (  # built up with add
            f"    model = keras.Sequential()\n    model.add({INPUT})\n"
            f"    for _ in range(2):\n        model.add({HIDDEN})\n        model.add({DROPOUT})\n"
            f"    model.add({OUTPUT})\n    return model\n"
        ),
    ],
    3: [
        (  # counts bad epochs in a row
            "    best, best_epoch, bad = float('inf'), 0, 0\n"
            "    for epoch, loss in enumerate(losses, start=1):\n"
            "        bad += 1\n"
            "        if loss < best:\n"
            "            best, best_epoch, bad = loss, epoch, 0\n"
            "        if bad == patience:\n"
            "            return epoch, best_epoch\n"
            "    return len(losses), best_epoch\n"
        ),
        (  # a list of two, with NumPy's numbers
            "    for end in range(1, len(losses) + 1):\n"
            "        best_epoch = np.argmin(losses[:end]) + 1\n"
            "        if end - best_epoch == patience:\n"
            "            break\n"
            "    return [end, best_epoch]\n"
        ),
    ],
    4: [
        "    d = np.subtract(a, b)\n"
        "    return float(np.mean(d)), t * np.sqrt(np.var(d, ddof=1) / d.size)\n",
    ],
    5: [
        (  # in the other order, and by its result
            '    learning_rate = trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True)\n'
            '    units = trial.suggest_int("units", low=4, high=64, log=True)\n'
        ),
    ],
}
