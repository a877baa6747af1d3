"""Wrong answers to the exercises of lesson 9, each with a piece of the reason, and right ones."""

MASKED = "    scores = np.where(mask, scores, -1e4)\n"
POWERS = "    powers = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
LOG = "    return ops.log(total / ops.sum(mask, axis=1)) / r\n"
LOOP = "    hits = []\n    for row, key in zip(weights, keys):\n"
COUNTS = "        if key.sum() == 1:\n    "
TOP = "        hits.append(row[-len(key):].argmax() == key.argmax())\n"

WRONG_ANSWERS = {
    1: [
        ("    return alarms / size\n", "two mistakes in one bag"),
        ("    return 1 - (1 - alarms) ** size\n", "the way back"),
        ("    return alarms ** (1 / size)\n", "*all* its instances"),
        ("    return (1 - alarms) ** (1 / size)\n", "gets right"),
        ("    return alarms\n", "would give an alarm"),
    ],
    2: [
        (  # plain
            POWERS + "    return powers / powers.sum(axis=1, keepdims=True)\n",
            "should be exactly 0",
        ),
        (  # masked afterwards only
            POWERS + "    return mask * powers / powers.sum(axis=1, keepdims=True)\n",
            "Is padding still in the sum",
        ),
        (  # overflow
            MASKED
            + "    powers = np.exp(scores)\n"
            + "    return mask * powers / powers.sum(axis=1, keepdims=True)\n",
            "take away the largest score",
        ),
        (  # the largest of all bags: too much for bags with small scores
            MASKED
            + POWERS.replace("axis=1, keepdims=True", "")
            + "    return mask * powers / powers.sum(axis=1, keepdims=True)\n",
            "of each bag (axis=1",
        ),
        (  # minus infinity: NaN where all is padding
            "    scores = np.where(mask, scores, -np.inf)\n"
            + POWERS
            + "    return powers / powers.sum(axis=1, keepdims=True)\n",
            "all padding gives NaN",
        ),
        (  # the largest score may be that of padding
            POWERS
            + "    powers = mask * powers\n"
            + "    return powers / np.maximum(powers.sum(axis=1, keepdims=True), 1e-300)\n",
            "far larger score",
        ),
        (  # over all bags
            MASKED + POWERS + "    return mask * powers / powers.sum()\n",
            "sum over all bags",
        ),
    ],
    3: [
        (  # the sum of the formula, without the mean
            "    return ops.log(ops.sum(mask * ops.exp(r * p), axis=1)) / r\n",
            "two equal instances",
        ),
        ("    return ops.log(ops.mean(ops.exp(r * p), axis=1)) / r\n", "Does padding still count"),
        (  # e to the 0 is 1: masked too early
            "    total = ops.sum(ops.exp(r * p * mask), axis=1)\n" + LOG,
            "Does padding still count",
        ),
        (  # K counts the padding
            "    total = ops.sum(mask * ops.exp(r * p), axis=1)\n"
            "    return ops.log(total / p.shape[1]) / r\n",
            "Does padding still count",
        ),
        (
            "    total = ops.sum(mask * ops.exp(r * p), axis=1)\n" + LOG.replace(" / r", ""),
            "divide by r",
        ),
        ("    return ops.max(p * mask, axis=1)\n", "it should be 0.6108"),
        ("    return ops.log(ops.mean(mask * ops.exp(r * p))) / r\n", "not (bags,) = (2,)"),
    ],
    4: [
        (  # as it was
            "    return colleagues_key_on_top(weights, keys)\n",
            "does not follow the weights of the real places",
        ),
        (  # the place is mended; bags without a key still count
            LOOP + TOP + "    return np.mean(hits)\n",
            "without a key instance",
        ),
        (  # at most one key instead of exactly one
            LOOP + COUNTS.replace("== 1", "<= 1") + TOP + "    return np.mean(hits)\n",
            "without a key instance",
        ),
        (  # at least one
            LOOP + COUNTS.replace("== 1", ">= 1") + TOP + "    return np.mean(hits)\n",
            "two key instances",
        ),
        (  # the right bags, the wrong places
            LOOP + COUNTS + TOP.replace("-len(key):", ": len(key)") + "    return np.mean(hits)\n",
            "does not follow the weights of the real places",
        ),
        (LOOP + COUNTS + TOP + "    return np.sum(hits)\n", "divide by the bags"),
        (LOOP + COUNTS + TOP + "    return np.array(hits)\n", "one number"),
    ],
    5: [
        ("    return (digits_in_bags == 7).any(axis=1)\n", "of at least 0.05"),
        ("    return digits_in_bags.max(axis=1) > 7\n", "of at least 0.05"),
        ("    return digits_in_bags[:, 0] % 2 == 1\n", "in another order"),
        ("    return (digits_in_bags == 1).all(axis=1)\n", "0.00 of the bags are positive"),
        ("    return ~(digits_in_bags == 1)\n", "one label for each bag"),
        ("    return digits_in_bags.sum(axis=1)\n", "True or False"),
    ],
}

RIGHT_ANSWERS = {
    1: ["    return -np.expm1(np.log1p(-alarms) / size)\n"],
    2: [  # bag by bag
        "    weights = np.zeros(scores.shape)\n"
        "    for row, s, m in zip(weights, scores, mask):\n"
        "        if m.any():\n"
        "            powers = np.exp(s[m] - s[m].max())\n"
        "            row[m] = powers / powers.sum()\n"
        "    return weights\n",
    ],
    3: [  # padding far below; and with Keras's own function
        "    low = ops.where(mask > 0, r * p, -1e4)\n"
        "    return (ops.logsumexp(low, axis=1) - ops.log(ops.sum(mask, axis=1))) / r\n",
        "    mean = ops.sum(ops.exp(r * p) * mask, axis=1) / ops.sum(mask, axis=1)\n"
        "    return ops.log(mean) * (1 / r)\n",
    ],
    4: [  # with arrays, which do not care where the padding stands in front
        "    places = weights.shape[1]\n"
        "    table = np.array([[False] * (places - len(key)) + list(key) for key in keys])\n"
        "    single = table.sum(axis=1) == 1\n"
        "    return np.mean(weights[single].argmax(axis=1) == table[single].argmax(axis=1))\n",
        "    pairs = [(row[-len(key):], key) for row, key in zip(weights, keys) if sum(key) == 1]\n"
        "    return sum(bool(key[row.argmax()]) for row, key in pairs) / len(pairs)\n",
    ],
    5: [  # most are odd; and neither a 1 nor a 7
        "    return (digits_in_bags % 2).sum(axis=1) >= 2\n",
        "    return [not {1, 7} & set(bag) for bag in digits_in_bags.tolist()]\n",
    ],
}
