"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""

SAY = '    return np.asarray(network(scaled.astype("float32")))[:, 0]\n'


def plan(choice: str, fitted: str = "training", returned: str = "np.mean(errors)") -> str:
    """Return code that chooses the columns with one set of rows and fits on another."""
    return (
        "    errors = []\n"
        "    for training, validation in folds:\n"
        f"        columns = {choice}\n"
        f"        line = LinearRegression().fit(x[{fitted}][:, columns], y[{fitted}])\n"
        "        predicted = line.predict(x[validation][:, columns])\n"
        "        errors.append(np.abs(predicted - y[validation]).mean())\n"
        f"    return {returned}\n"
    )


HONEST = "best_columns(x[training], y[training])"

WRONG_ANSWERS = {
    1: [
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
    2: [
        ("    return colleagues_prices(network, rows)\n", "still cost the same"),
        (  # "the fault is the division": only the deviation is mended
            "    scaled = (rows - rows.mean(axis=0)) / learned.std(axis=0)\n" + SAY,
            "still cost the same",
        ),
        (  # "then do not scale": the prices differ, and are wrong
            "    scaled = rows\n" + SAY,
            "Who sets the scale",
        ),
        (  # all rows together: the new ones decide, too
            "    both = np.concatenate([learned, rows])\n"
            "    scaled = (rows - both.mean(axis=0)) / both.std(axis=0)\n" + SAY,
            "the other tracts you ask for",
        ),
        (  # one mean for the whole table
            "    scaled = (rows - learned.mean()) / learned.std()\n" + SAY,
            "Who sets the scale",
        ),
        (  # another scaling than that of the training
            "    low, high = learned.min(axis=0), learned.max(axis=0)\n"
            "    scaled = (rows - low) / (high - low)\n" + SAY,
            "scaled in another way",
        ),
        (  # forgets that the network gives a column
            "    scaled = (rows - learned.mean(axis=0)) / learned.std(axis=0)\n"
            + SAY.replace("[:, 0]", ""),
            "the shape is (101, 1)",
        ),
    ],
    3: [
        ("    return colleagues_mae(x, y, folds)\n", "a leak"),
        (plan("best_columns(x, y)"), "a leak"),
        (plan("best_columns(x[validation], y[validation])"), "a leak"),
        (plan(HONEST, fitted="validation"), "a leak"),
        (plan("np.arange(50)"), "does not find it"),
        (plan(HONEST, returned="errors[-1]"), "take the mean"),
        (plan(HONEST, returned="errors"), "return one number"),
    ],
    4: [
        ("    return ops.mean(ops.abs(y_true - y_pred))\n", "50% are not above it"),
        ("    return ops.mean(ops.square(y_true - y_pred))\n", "50% are not above it"),
        (  # the wrong way round
            "    e = y_pred - y_true\n    return ops.mean(ops.maximum(0.9 * e, -0.1 * e))\n",
            "11% are not above it",
        ),
        (  # nine times as much, but squared: that aims at no share
            "    e = y_true - y_pred\n"
            "    return ops.mean(ops.where(e > 0, 9.0, 1.0) * ops.square(e))\n",
            "are not above it",
        ),
        (  # right at its lowest point, and flat everywhere
            '    share = ops.mean(ops.cast(y_true <= y_pred, "float32"))\n'
            "    return ops.abs(share - 0.9)\n",
            "your loss is flat",
        ),
        (
            "    e = y_true - y_pred\n    return ops.maximum(0.9 * e, -0.1 * e)\n",
            "return their mean",
        ),
    ],
    5: [
        ("    return x\n", "the goal is 4,000"),
        (  # cut off what is far out
            "    x = x.copy()\n"
            "    x[:, 2], x[:, 5] = np.minimum(x[:, 2], 10), np.minimum(x[:, 5], 6)\n"
            "    return x\n",
            "the goal is 4,000",
        ),
        ("    return np.log(x + 200)\n", "the goal is 4,000"),
        (  # scaled with their own mean: the fault of exercise 2
            "    scaled = (x - x.mean(axis=0)) / x.std(axis=0)\n"
            "    return np.column_stack([scaled, scaled**2])\n",
            "from itself alone",
        ),
        (  # ranks, which need the others
            "    return np.argsort(np.argsort(x, axis=0), axis=0) / len(x)\n",
            "from itself alone",
        ),
        ("    return 1 / x[:, 5]\n", "not (100, features)"),
        ("    return np.column_stack([x, np.log(x[:, 7])])\n", "not a finite number"),
    ],
}

RIGHT_ANSWERS = {
    1: [  # every folds-th row instead of blocks; and scikit-learn's own folds
        "    all_rows = np.arange(rows)\n"
        "    turns = [all_rows % folds == fold for fold in range(folds)]\n"
        "    return [(all_rows[~turn], all_rows[turn]) for turn in turns]\n",
        "    from sklearn.model_selection import KFold\n"
        "    return list(KFold(folds).split(np.zeros(rows)))\n",
    ],
    2: [
        "    from sklearn.preprocessing import StandardScaler\n"
        "    scaled = StandardScaler().fit(learned).transform(rows)\n"
        "    return network.predict(scaled, verbose=0).ravel()\n"
    ],
    3: [
        "    total = 0.0\n"
        "    for training, validation in folds:\n"
        "        some, known = x[training], y[training]\n"
        "        columns = best_columns(some, known)\n"
        "        line = LinearRegression()\n"
        "        line.fit(some[:, columns], known)\n"
        "        off = y[validation] - line.predict(x[validation][:, columns])\n"
        "        total += np.mean(np.abs(off))\n"
        "    return total / len(folds)\n"
    ],
    4: [  # another scale; and with `where`
        "    e = y_pred - y_true\n    return ops.mean(ops.where(e > 0, e, -9 * e))\n",
        "    e = y_true - y_pred\n    return ops.mean(0.4 * e + 0.5 * ops.abs(e))\n",
    ],
    5: [
        "    return np.column_stack([x, 1 / x[:, 5], x[:, 3] / x[:, 2]])\n",
        # a chessboard of one degree, and crowded households cut off
        "    x = x.copy()\n"
        "    x[:, 5] = np.minimum(x[:, 5], 6)\n"
        "    field = 12 * (x[:, 6] - 32).astype(int) + (x[:, 7] + 125).astype(int)\n"
        "    return np.column_stack([x, field[:, None] == np.arange(132)])\n",
    ],
}
