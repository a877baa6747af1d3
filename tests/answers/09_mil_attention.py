"""Wrong answers to the exercises of lesson 9, each with a piece of the reason, and right ones."""

MASKED = "    scores = np.where(mask, scores, -1e4)\n"
POWERS = "    powers = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
BEND = "        bend = ops.tanh(ops.matmul(embeddings, self.v))\n"
SCORES = "        scores = ops.squeeze(ops.matmul(bend, self.w), axis=-1)\n"
SINGLE = "    single = is_key.sum(axis=1) == 1\n"
HITS = "    hits = weights.argmax(axis=1) == is_key.argmax(axis=1)\n"

WRONG_ANSWERS = {
    1: [
        ("    return q * size\n", "twice"),
        ("    return q**size\n", "all instances are key"),
        ("    return (1 - q) ** size\n", "negative bags"),
        ("    return size * q * (1 - q) ** (size - 1)\n", "exactly one key instance"),
        (  # for one size only
            "    return 1 - float(np.prod([1 - q] * int(np.max(size))))\n",
            "an array of sizes",
        ),
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
        (BEND + "        return ops.softmax(ops.matmul(bend, self.w), axis=1)\n", "ops.squeeze"),
        (
            BEND
            + "        weights = ops.softmax(ops.matmul(bend, self.w), axis=-1)\n"
            + "        return ops.squeeze(weights, axis=-1)\n",
            "Squeeze first",
        ),
        (BEND + SCORES + "        return scores\n", "softmax is missing"),
        (BEND + SCORES + "        return ops.softmax(scores, axis=0)\n", "over the batch"),
        (
            "        bend = ops.matmul(embeddings, self.v)\n"
            + SCORES
            + "        return ops.softmax(scores, axis=-1)\n",
            "tanh is missing",
        ),
        (
            BEND.replace("tanh", "sigmoid")
            + SCORES
            + "        return ops.softmax(scores, axis=-1)\n",
            "not those of the formula",
        ),
    ],
    4: [
        (HITS + "    return np.mean(hits)\n", "only False"),
        (HITS + "    return np.mean(hits[is_key.any(axis=1)])\n", "two key instances"),
        (SINGLE + HITS + "    return np.mean(hits & single)\n", "number of all bags"),
        (SINGLE + HITS + "    return hits[single]\n", "one number"),
        (SINGLE + HITS + "    return np.sum(hits[single])\n", "divide by the bags"),
    ],
}

RIGHT_ANSWERS = {
    1: [  # as a sum over the numbers of key instances; and with logarithms
        "    from scipy.stats import binom\n    return 1 - binom.pmf(0, size, q)\n",
        "    return -np.expm1(size * np.log1p(-q))\n",
    ],
    2: [  # bag by bag
        "    weights = np.zeros(scores.shape)\n"
        "    for row, s, m in zip(weights, scores, mask):\n"
        "        if m.any():\n"
        "            powers = np.exp(s[m] - s[m].max())\n"
        "            row[m] = powers / powers.sum()\n"
        "    return weights\n",
    ],
    3: [  # operators, and a sum in place of the second product
        "        bend = ops.tanh(embeddings @ self.v)\n"
        "        return keras.activations.softmax((bend @ self.w)[..., 0])\n",
        BEND
        + "        scores = ops.sum(bend * self.w[:, 0], axis=-1)\n"
        + "        powers = ops.exp(scores)\n"
        + "        return powers / ops.sum(powers, axis=1, keepdims=True)\n",
    ],
    4: [  # in a loop
        "    hits = []\n"
        "    for row, keys in zip(weights, is_key):\n"
        "        if np.count_nonzero(keys) == 1:\n"
        "            hits.append(bool(keys[np.argmax(row)]))\n"
        "    return sum(hits) / len(hits)\n",
    ],
}
