"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

RIGHT_CAUSE = {"A": 4, "B": 3, "C": 5, "D": 2, "E": 1}
UNITS = 'trial.suggest_int("units", 16, 64, log=True)'
RATE = 'trial.suggest_float("learning_rate", 0.001, 0.01, log=True)'


def causes(**changed: int) -> str:
    """Return code that names the right causes, but for these panels."""
    return f"cause = {RIGHT_CAUSE | changed}\n"


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


def scored(by: str) -> str:
    """Return code that gives each strength this number, computed from its runs."""
    return f"    return {{strength: {by} for strength, runs in histories.items()}}\n"


def settings(units: str = UNITS, rate: str = RATE, dropout: str = "0.3") -> str:
    """Return code that returns these settings."""
    return f'    return {{"units": {units}, "learning_rate": {rate}, "dropout": {dropout}}}\n'


WRONG_ANSWERS = {
    1: [
        (  # climbs the penalty
            "    return w - rate * slopes + rate * (l1 * np.sign(w) + 2 * l2 * w)\n",
            "L2 drives the weight of -0.25 away",
        ),
        ("    return w - rate * (slopes + l1 * np.sign(w) + l2 * w)\n", "is not w"),
        (  # weight decay that knows no learning rate
            "    return (1 - 2 * l2) * w - rate * (slopes + l1 * np.sign(w))\n",
            "times the rate",
        ),
        (  # no sign
            "    return w - rate * (slopes + l1 + 2 * l2 * w)\n",
            "L1 drives the weight of -0.25 away",
        ),
        (  # L1 taken for another L2
            "    return w - rate * (slopes + (l1 + 2 * l2) * w)\n",
            "however large the weight is",
        ),
        ("    return w - rate * slopes\n", "with L2 alone"),
    ],
    2: [
        (causes(A=2, D=4), "A is not 2: it learns fast"),  # both underfit
        (causes(B=5, C=3), "B is not 5"),
        (causes(C=1, E=5), "C is not 1"),  # learning by heart, taken for success
        (causes(A=3, B=4), "A is not 3"),
        ("cause = dict.fromkeys('ABCDE', 1)\n", "belongs to one panel"),
    ],
    3: [
        (stopping("epoch - best_epoch == patience - 1"), "epoch 4 still runs"),
        (stopping("False"), "never sees the fifth"),
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
        (  # the luck is gone, the penalty is not
            scored("np.mean([min(run['val_loss']) for run in runs])"),
            "no cross-entropy here is above",
        ),
        (  # the penalty is gone, the luck is not
            scored("min(min(run['val_binary_crossentropy']) for run in runs)"),
            "one lucky run",
        ),
        (scored("np.mean([run['val_binary_crossentropy'][-1] for run in runs])"), "the last epoch"),
        (  # the best epoch of the mean curve
            scored("np.mean([run['val_binary_crossentropy'] for run in runs], axis=0).min()"),
            "one epoch for all runs",
        ),
        ("    return min(histories)\n", "should be a dictionary"),
    ],
    5: [
        (settings(rate=RATE.replace(", log=True", "")), "Let it draw by factors"),
        (settings(units="16"), "you search 1 settings"),
        (settings(units=UNITS.replace("_int", "_float")), "use suggest_int"),
        (  # small steps, few epochs
            settings(rate='trial.suggest_float("learning_rate", 0.00001, 0.0001, log=True)'),
            "the goal is 0.34",
        ),
        (settings().replace("dropout", "rate"), "with units, learning_rate and dropout"),
    ],
}

RIGHT_ANSWERS = {
    1: [
        "    pull = np.where(w > 0, l1, np.where(w < 0, -l1, 0)) + 2 * l2 * w\n"
        "    return w - rate * slopes - rate * pull\n",
    ],
    2: ["for panel, number in zip('ABCDE', (4, 3, 5, 2, 1)):\n    cause[panel] = number\n"],
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
        "    scores = {}\n"
        "    for strength, runs in histories.items():\n"
        "        curves = np.array([run['val_binary_crossentropy'] for run in runs])\n"
        "        scores[strength] = float(curves.min(axis=1).mean())\n"
        "    return scores\n",
    ],
    5: [
        settings(dropout='trial.suggest_float("dropout", 0.0, 0.5)'),
        settings(
            units='trial.suggest_categorical("units", [16, 32, 64])',
            rate='trial.suggest_float("learning_rate", 0.002, 0.008)',
        ),
    ],
}
