"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

SCALE = "    return (training - mean) / deviation, (other - mean) / deviation\n"
SAFE = "    deviation = np.where(deviation == 0, 1, deviation)\n"
TRAINING = "    mean, deviation = training.mean(axis=0), training.std(axis=0)\n"


def plan(choice: str, fitted: str = "training", returned: str = "np.mean(errors)") -> str:
    """Return code that chooses the columns with one set of rows and fits on another."""
    return (
        "    errors = []\n"
        "    for training, validation in folds:\n"
        f"        columns = best_columns({choice})\n"
        f"        model = LinearRegression().fit(x[{fitted}][:, columns], y[{fitted}])\n"
        "        predicted = model.predict(x[validation][:, columns])\n"
        "        errors.append(np.abs(predicted - y[validation]).mean())\n"
        f"    return {returned}\n"
    )


def huber(near: str, far: str, size: str = "ops.abs(y_pred - y_true)", mean: str = "ops.mean"):
    """Return code that joins two parts."""
    return f"    size = {size}\n    return {mean}(ops.where(size <= DELTA, {near}, {far}))\n"


HALF = "0.5 * ops.square(size)"
STRAIGHT = "DELTA * (size - 0.5 * DELTA)"

WRONG_ANSWERS = {
    1: [
        (TRAINING + SCALE, "by its standard deviation, which is 0"),
        (TRAINING + "    deviation = deviation + 1e-8\n" + SCALE, "became 1e+08"),
        (  # hides the division by 0
            TRAINING
            + "    parts = [(part - mean) / deviation for part in (training, other)]\n"
            + "    return [np.nan_to_num(part) for part in parts]\n",
            "divide by 1",
        ),
        (  # each part by itself
            "    parts = []\n"
            "    for part in (training, other):\n"
            "        mean, deviation = part.mean(axis=0), part.std(axis=0)\n"
            "        deviation = np.where(deviation == 0, 1, deviation)\n"
            "        parts.append((part - mean) / deviation)\n"
            "    return tuple(parts)\n",
            "with their own mean",
        ),
        (  # all rows together: the leak
            "    both = np.concatenate([training, other])\n"
            "    mean, deviation = both.mean(axis=0), both.std(axis=0)\n" + SCALE,
            "the training columns have the means",
        ),
        (  # one number for the whole table
            "    mean, deviation = training.mean(), training.std()\n" + SCALE,
            "the mean of each column",
        ),
        (  # the variance
            TRAINING.replace("std", "var") + SAFE + SCALE,
            "the training columns have the deviations",
        ),
        (TRAINING + SAFE + "    return (training - mean) / deviation\n", "return two arrays"),
    ],
    2: [
        (  # drops the rest
            "    size = rows // folds\n"
            "    blocks = [np.arange(k * size, (k + 1) * size) for k in range(folds)]\n"
            "    return [(np.setdiff1d(np.arange(folds * size), b), b) for b in blocks]\n",
            "use all 10",
        ),
        (  # the last block takes the whole rest
            "    size = rows // folds\n"
            "    cuts = [k * size for k in range(folds)] + [rows]\n"
            "    blocks = [np.arange(a, b) for a, b in zip(cuts, cuts[1:])]\n"
            "    return [(np.setdiff1d(np.arange(rows), b), b) for b in blocks]\n",
            "make them equal",
        ),
        (  # trains on everything
            "    blocks = np.array_split(np.arange(rows), folds)\n"
            "    return [(np.arange(rows), block) for block in blocks]\n",
            "a leak",
        ),
        (  # draws each block anew
            "    pairs = []\n"
            "    for _ in range(folds):\n"
            "        order = np.random.default_rng(len(pairs)).permutation(rows)\n"
            "        pairs.append((order[rows // folds :], order[: rows // folds]))\n"
            "    return pairs\n",
            "not once",
        ),
        (  # one split only
            "    cut = rows // folds\n    return [(np.arange(cut, rows), np.arange(cut))]\n",
            "you returned 1",
        ),
    ],
    3: [
        (plan("x, y"), "that is the colleague's number"),
        (plan("x[validation], y[validation]"), "the largest leak of all"),
        (plan("x[training], y[training]", returned="errors[-1]"), "take the mean"),
        (plan("x[training], y[training]", returned="errors"), "return one number"),
        (plan("x[training], y[training]", fitted="validation"), "Fit on the training rows"),
    ],
    4: [
        (huber("ops.square(size)", STRAIGHT), "half the squared error"),
        (huber(HALF, "DELTA * size"), "the two parts should meet"),
        (huber(HALF, STRAIGHT, size="y_pred - y_true"), "compare its size"),
        (huber(HALF, STRAIGHT, mean=""), "return their mean"),
        ("    return ops.mean(ops.square(y_pred - y_true))\n", "that is the mean squared error"),
        ("    return ops.mean(ops.abs(y_pred - y_true))\n", "that is the mean absolute error"),
    ],
}

RIGHT_ANSWERS = {
    1: [  # scikit-learn's scaler takes care of constant columns itself
        "    from sklearn.preprocessing import StandardScaler\n"
        "    scaler = StandardScaler().fit(training)\n"
        "    return scaler.transform(training), scaler.transform(other)\n"
    ],
    2: [  # every folds-th row instead of blocks; and scikit-learn's own folds
        "    all_rows = np.arange(rows)\n"
        "    turns = [all_rows % folds == fold for fold in range(folds)]\n"
        "    return [(all_rows[~turn], all_rows[turn]) for turn in turns]\n",
        "    from sklearn.model_selection import KFold\n"
        "    return list(KFold(folds).split(np.zeros(rows)))\n",
    ],
    3: [
        "    total = 0.0\n"
        "    for training, validation in folds:\n"
        "        some, prices = x[training], y[training]\n"
        "        columns = best_columns(some, prices)\n"
        "        line = LinearRegression()\n"
        "        line.fit(some[:, columns], prices)\n"
        "        off = y[validation] - line.predict(x[validation][:, columns])\n"
        "        total += np.mean(np.abs(off))\n"
        "    return total / len(folds)\n"
    ],
    4: [  # one formula for both parts
        "    size = ops.abs(y_true - y_pred)\n"
        "    near = ops.minimum(size, DELTA)\n"
        "    return ops.mean(0.5 * near**2 + DELTA * (size - near))\n"
    ],
}
