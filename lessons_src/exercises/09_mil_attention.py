# %% [markdown]
# # Exercises: attention, which picture made the label?
#
# *Count bags, mask a softmax, build a simpler attention, and measure how far an explanation can be trusted.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 25 minutes, of which one is computing | under 1.5 GB | the handwritten digits of lesson 9 | [lesson 9](../09_mil_attention.ipynb) |
#
# **After these exercises you can**
#
# 1. say how many bags will be positive before you draw them;
# 2. write a softmax that ignores padding and never gives NaN;
# 3. write an attention layer of your own, and test it;
# 4. put a number on an explanation.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. The test pictures are not used here at all: we only compare.

# %% tags=["parameters"]
SEED = 42
BAG_SIZE = 3
EPOCHS = 10
BATCH_SIZE = 32

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np
from keras import ops

from helpers.data import mnist
from helpers.feedback import check, expect
from helpers.progress import Progress

# %%
(pictures, digits), _, edition = mnist()
rng = np.random.default_rng(SEED)


def draw_bags(rows: slice, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Bags of pictures, and for each instance whether it is a 1."""
    chosen = rng.permutation(np.arange(len(pictures))[rows])[: count * BAG_SIZE]
    chosen = chosen.reshape(count, BAG_SIZE)
    return (pictures[chosen] / 255).astype("float32"), digits[chosen] == 1


bags, is_key = draw_bags(slice(0, 45_000), 1000)
bags_val, is_key_val = draw_bags(slice(45_000, None), 1000)
labels, labels_val = (keys.any(axis=1).astype("float32")[:, None] for keys in (is_key, is_key_val))

# %% [markdown]
# ## Exercise 1: how many bags are positive?
#
# Of all instances a share $q$ are key instances. A bag holds $K$ instances, drawn at random; in the code, $K$ is `size`.
# Write a function that returns the expected share of positive bags. It should also work if `size` is an array.
#
# **Predict before you run.** One tile in a hundred shows the tumour. How many tiles must a bag hold until half
# of the bags are positive: 50?
#
# <details><summary>Hint</summary>
#
# What is the probability that one instance is *not* key? And that all $K$ are not?
#
# </details>


# %%
def positive_share(q: float, size):
    ### BEGIN SOLUTION
    return 1 - (1 - q) ** size
    ### END SOLUTION


# %% tags=["check"]
with check("1. How many bags are positive?"):
    answer = positive_share(0.1, 3)
    assert answer is not None, "positive_share returned nothing yet"
    assert not np.isclose(answer, 0.3), (
        "q times the size counts a bag with two key instances twice; with 11 instances it would "
        "be more than 1"
    )
    assert not np.isclose(answer, 0.1**3), "that is the share of bags where all instances are key"
    assert not np.isclose(answer, 0.9**3), "that is the share of negative bags"
    assert not np.isclose(answer, 3 * 0.1 * 0.9**2), (
        "that is the share with exactly one key instance; two or three make a bag positive, too"
    )
    assert np.isclose(answer, 0.271), f"positive_share(0.1, 3) is {answer:.4f}, but it is 0.271"
    sizes = np.arange(1, 201)
    shares = np.asarray(positive_share(0.01, sizes))
    assert shares.shape == sizes.shape, "let it work for an array of sizes, too"
    print(f"half of the bags are positive from {sizes[shares >= 0.5][0]} tiles on")
    share = positive_share(np.mean(digits[:45_000] == 1), BAG_SIZE)
    expect("mil_exercises.share_off", labels.mean() - share, edition)

# %% [markdown]
# ## Exercise 2: a softmax that ignores padding
#
# Write it in NumPy. `scores` has shape (bags, places), and `mask` has the same shape: True where a place holds
# an instance. Return weights of the same shape: in each bag they sum to 1 over the real places, and they are
# exactly 0 on padding.
#
# Mind three things. A score may be 1,000, and $e^{1000}$ is more than a computer can hold. The score of padding
# may be the largest of the bag. And a bag may be all padding: its weights should all be 0, not NaN.
#
# **Predict before you run.** Two real places have the same score. A third, which is padding, has a much larger
# one. Which weights are right?
#
# <details><summary>Hint</summary>
#
# First replace the scores of padding by a very low number, such as -1e4, with `np.where`. Then take away the
# largest score of each bag (`keepdims=True`). At the end, multiply by the mask.
#
# </details>


# %%
def masked_softmax(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    ### BEGIN SOLUTION
    scores = np.where(mask, scores, -1e4)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return mask * powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% tags=["check"]
with check("2. A softmax that ignores padding"):
    scores = np.array([[1.0, 2.0, 3.0], [4.0, 4.0, 9.0], [1000.0, 999.0, 0.0], [1.0, 1.0, 1.0]])
    mask = np.array([[1, 1, 1], [1, 1, 0], [1, 1, 0], [0, 0, 0]], bool)
    with np.errstate(all="ignore"):
        answer = masked_softmax(scores.copy(), mask.copy())
        high = masked_softmax(np.array([[0.0, 5000.0]]), np.array([[True, False]]))
    assert answer is not None, "masked_softmax returned nothing yet"
    answer = np.asarray(answer, float)
    assert answer.shape == scores.shape, f"the shape is {answer.shape}, not {scores.shape}"
    assert np.isfinite(answer[2]).all(), (
        "a score of 1,000 gives NaN: take away the largest score of each bag before np.exp"
    )
    assert np.isfinite(answer[:2]).all(), (
        "bags with small scores give NaN: take away the largest score of each bag (axis=1, "
        "keepdims=True), not that of all bags"
    )
    assert np.isfinite(answer[3]).all(), "the bag that is all padding gives NaN; it should give 0"
    assert (answer[~mask] == 0).all(), (
        f"padding gets the weights {answer[~mask].round(3).tolist()}; they should be exactly 0"
    )
    assert np.allclose(answer[:3].sum(axis=1), 1), (
        f"the weights sum to {answer[:3].sum(axis=1).round(3).tolist()}; each bag's real places should "
        "sum to 1. Is padding still in the sum, or do you sum over all bags?"
    )
    powers = np.exp([1.0, 2.0, 3.0])
    assert np.allclose(answer[0], powers / powers.sum()), (
        f"without padding it should be the plain softmax, {(powers / powers.sum()).round(3)}"
    )
    assert np.allclose(high, [[1, 0]]), (
        "where padding has a far larger score than the instances, their weights are lost. Replace the "
        "scores of padding first, then take away the largest"
    )
    print("two equal scores and padding:", answer[1].tolist())

# %% [markdown]
# ## Exercise 3: attention without a gate
#
# The paper of Ilse, Tomczak and Welling, from which lesson 9 took its attention, also has a simpler form, without the
# sigmoid branch:
#
# $$s_k = w^\top \tanh(V^\top h_k) \qquad a_k = \frac{e^{s_k}}{e^{s_1} + \dots + e^{s_K}}$$
#
# Write `call`. It takes embeddings of shape (batch, bag, features) and returns weights of shape (batch, bag).
# `self.v` has shape (features, units), and `self.w` has shape (units, 1). The check compares it with NumPy, and
# then trains a model with it.
#
# **Predict before you run.** Will it find the key instances without its gate?
#
# <details><summary>Hint</summary>
#
# `ops.matmul`, `ops.tanh`, `ops.squeeze(..., axis=-1)` and `ops.softmax(..., axis=-1)`. Mind the axis: the
# weights of one *bag* sum to 1.
#
# </details>


# %%
class PlainAttention(keras.layers.Layer):
    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.v = self.add_weight(name="v", shape=(shape[-1], self.units))
        self.w = self.add_weight(name="w", shape=(self.units, 1))

    def call(self, embeddings):
        ### BEGIN SOLUTION
        bend = ops.tanh(ops.matmul(embeddings, self.v))
        scores = ops.squeeze(ops.matmul(bend, self.w), axis=-1)
        return ops.softmax(scores, axis=-1)
        ### END SOLUTION


# %% tags=["check"]
with check("3. Attention without a gate"):
    layer = PlainAttention(units=7)
    layer.build((None, None, 5))
    numbers = np.random.default_rng(0)
    V, w = (
        numbers.normal(size=(5, 7)).astype("float32"),
        numbers.normal(size=(7, 1)).astype("float32"),
    )
    layer.set_weights([V, w])
    h = numbers.normal(size=(4, 6, 5)).astype("float32")
    answer = layer.call(h)
    assert answer is not None, "call returned nothing yet"
    answer = ops.convert_to_numpy(answer)
    assert answer.shape != (4, 6, 1), "the last axis has length 1: remove it with ops.squeeze"
    assert answer.shape == (4, 6), (
        f"the weights have shape {answer.shape}, not (batch, bag) = (4, 6)"
    )
    scores = (np.tanh(h @ V) @ w)[..., 0]
    assert not np.allclose(answer, scores, atol=1e-4), (
        "these are the scores; the softmax is missing"
    )
    assert not np.allclose(answer, 1), (
        "every weight is 1: the softmax ran over the last axis, which has length 1. Squeeze first, then "
        "take the softmax over the bag"
    )
    powers = np.exp(scores)
    assert not np.allclose(answer, powers / powers.sum(axis=0), atol=1e-4), (
        "the weights sum to 1 over the batch; they should sum to 1 over the bag, the last axis"
    )
    no_bend = np.exp((h @ V @ w)[..., 0])
    assert not np.allclose(answer, no_bend / no_bend.sum(axis=1, keepdims=True), atol=1e-4), (
        "the tanh is missing: without it, V and w are together no more than one vector"
    )
    assert np.allclose(answer, powers / powers.sum(axis=1, keepdims=True), atol=1e-4), (
        "the weights are not those of the formula; compute tanh(h V), then times w, then the softmax"
    )

    inputs = keras.Input(shape=(None, 28, 28))
    pixels = keras.layers.Reshape((-1, 28 * 28))(inputs)
    embeddings = keras.layers.Dense(64, "relu")(keras.layers.Dense(128, "relu")(pixels))
    weights = PlainAttention(units=256)(embeddings)
    pooled = keras.layers.Dot(axes=1)([weights, embeddings])
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(pooled))
    adam = keras.optimizers.Adam(learning_rate=0.002)
    model.compile(optimizer=adam, loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        bags, labels, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0, callbacks=[Progress("plain")]
    )
    weights_val, answers_val = map(
        ops.convert_to_numpy, keras.Model(inputs, [weights, model.output])(bags_val)
    )
    expect("mil_exercises.plain_accuracy", np.mean((answers_val > 0.5) == labels_val), edition)

# %% [markdown]
# ## Exercise 4: a number for an explanation
#
# "The weights show the key instances" is a claim. Write a function that measures it: among the bags with **exactly
# one** key instance, in what share of them does that instance have the largest weight?
#
# `weights` and `is_key` have shape (bags, places). Bags with none or with several key instances do not count.
#
# **Predict before you run.** What would random weights give?
#
# <details><summary>Hint</summary>
#
# `is_key.sum(axis=1) == 1` says which bags count. `argmax(axis=1)` gives the place of the largest value.
#
# </details>


# %%
def key_on_top(weights: np.ndarray, is_key: np.ndarray) -> float:
    ### BEGIN SOLUTION
    single = is_key.sum(axis=1) == 1
    return np.mean(weights[single].argmax(axis=1) == is_key[single].argmax(axis=1))
    ### END SOLUTION


# %% tags=["check"]
with check("4. A number for an explanation"):
    some_weights = np.array([[0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.7, 0.2, 0.1]])
    some_keys = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0]], bool)
    answer = key_on_top(some_weights.copy(), some_keys.copy())
    assert answer is not None, "key_on_top returned nothing yet"
    assert np.ndim(answer) == 0, f"return one number, not an array of shape {np.shape(answer)}"
    assert not np.isclose(answer, 0.75), (
        "you count bags without a key instance: there, argmax of only False says place 0"
    )
    assert not np.isclose(answer, 2 / 3), "you count bags with two key instances, too"
    assert not np.isclose(answer, 1), "count the hits, and divide by the bags with one key instance"
    assert not np.isclose(answer, 0.25), (
        "you divide by the number of all bags; divide by the bags with exactly one key instance"
    )
    assert np.isclose(answer, 0.5), (
        f"of the two bags that count, one is right; you got {answer:.3f}"
    )
    at_random = np.random.default_rng(SEED).random(is_key_val.shape)
    expect("mil_exercises.key_on_top_by_chance", key_on_top(at_random, is_key_val), edition)
    if "weights_val" in globals():
        expect("mil_exercises.key_on_top_plain", key_on_top(weights_val, is_key_val), edition)

# %% [markdown]
# ## What you learned
#
# 1. A bag is negative only if every instance is: $1 - (1 - q)^K$ of the bags are positive, and large bags nearly
#    always.
# 2. Mask the scores before the softmax and the weights after it. Then padding weighs exactly 0, and nothing is NaN.
# 3. A layer of your own is a few lines, and a comparison with NumPy proves that they are the right ones. On these
#    digits, attention finds its key instances without a gate as well.
# 4. An explanation is a claim. Measure it where the truth is known, beside what chance would give.
