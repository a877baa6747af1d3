# %% [markdown]
# # Exercises: attention, which picture made the label?
#
# *Count false alarms, mask a softmax, find out why a good explanation looks bad, and invent a label of your own.*
#
# English · [한국어](../ko/exercises/09_mil_attention.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 35 minutes, of which one is computing | under 1.5 GB | the handwritten digits of lesson 9 | [lesson 9](../09_mil_attention.ipynb) |
#
# **After these exercises you can**
#
# 1. say how rarely a model may be mistaken about an instance, if bags are large;
# 2. write a softmax that ignores padding and never gives NaN;
# 3. pool with anything between a mean and a maximum;
# 4. find out whether an explanation is bad, or only its measurement;
# 5. say which labels a maximum over instances can never learn.
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
    """Bags of pictures, and the digit on each."""
    chosen = rng.permutation(np.arange(len(pictures))[rows])[: count * BAG_SIZE]
    chosen = chosen.reshape(count, BAG_SIZE)
    return (pictures[chosen] / 255).astype("float32"), digits[chosen].astype(int)


bags, digits_in_bags = draw_bags(slice(0, 45_000), 1000)
bags_val, digits_in_bags_val = draw_bags(slice(45_000, None), 1000)

# %% [markdown]
# Two models, shorter to write than in the lesson. `attention_model` needs no layer of its own: $V$ is a dense layer
# without bias, $w$ is a dense layer of one unit, and Keras's `Softmax` takes a mask. (It has no gate. Ilse, Tomczak
# and Welling tried that form, too.) `instance_model` pools the probabilities of the instances with whatever function
# you give it.


# %%
def instances(inputs):
    """Return the embeddings (batch, bag, 64), and the mask (batch, bag): False for empty pictures."""
    pixels = keras.layers.Reshape((-1, 28 * 28))(inputs)
    hidden = keras.layers.Dense(128, activation="relu")(pixels)
    return keras.layers.Dense(64, activation="relu")(hidden), ops.any(inputs > 0, axis=(2, 3))


def attention_model() -> keras.Model:
    inputs = keras.Input(shape=(None, 28, 28))
    embeddings, mask = instances(inputs)
    bend = keras.layers.Dense(64, activation="tanh", use_bias=False)(embeddings)
    scores = ops.squeeze(keras.layers.Dense(1, use_bias=False)(bend), axis=-1)
    weights = keras.layers.Softmax(axis=1, name="attention")(scores, mask=mask)
    pooled = keras.layers.Dot(axes=1)([weights, embeddings])
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(pooled))


def instance_model(pool) -> keras.Model:
    inputs = keras.Input(shape=(None, 28, 28))
    embeddings, mask = instances(inputs)
    p = ops.squeeze(keras.layers.Dense(1, activation="sigmoid")(embeddings), axis=-1)
    return keras.Model(inputs, ops.expand_dims(pool(p, ops.cast(mask, "float32")), axis=-1))


def trained(model: keras.Model, x, y, name: str, epochs: int) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = keras.models.clone_model(model)  # with new weights, however often you run the check
    adam = keras.optimizers.Adam(learning_rate=0.002)
    model.compile(optimizer=adam, loss="binary_crossentropy", steps_per_execution=32)
    bar = Progress(name)
    model.fit(x, y[:, None], batch_size=BATCH_SIZE, epochs=epochs, verbose=0, callbacks=[bar])
    return model


def accuracy(model: keras.Model, x, y) -> float:
    return np.mean((ops.convert_to_numpy(model(x))[:, 0] > 0.5) == y)


# %% [markdown]
# ## Exercise 1: how often may a model be mistaken?
#
# A model looks at every instance by itself and sounds the alarm for a bag if one of its instances looks positive.
# Now and then it is mistaken about an innocent instance, and each mistake is independent of the others. Write a
# function that returns how large the share of such mistakes may be, so that of the innocent bags with `size`
# instances no more than a share `alarms` gives a false alarm.
#
# **Predict before you run.** A slide has 10,000 tiles, and at most one healthy slide in twenty may give an alarm.
# About how many healthy tiles may the model see for each one that it mistakes: 200? 20,000? 200,000?
#
# <details><summary>A nudge</summary>
#
# When does a bag give *no* alarm?
#
# </details>
# <details><summary>The idea</summary>
#
# In the lesson you went from a share of instances to a share of bags: a bag is negative if all of its instances
# are. Write that down with the names of this exercise, and solve it for the other unknown.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Let $e$ be the share of mistakes. A bag of $K$ stays silent with probability $(1 - e)^K$. Set it equal to 1 minus
# the share of alarms, and take the $K$-th root.
#
# </details>


# %%
def allowed_mistakes(alarms: float, size: int) -> float:
    ### BEGIN SOLUTION
    return 1 - (1 - alarms) ** (1 / size)
    ### END SOLUTION


# %% tags=["check"]
with check("1. How often may a model be mistaken?"):
    answer = allowed_mistakes(0.271, 3)
    assert answer is not None, "allowed_mistakes returned nothing yet"
    assert not np.isclose(answer, 0.271 / 3), (
        "that is the share of alarms, divided by the size: it forgets that two mistakes in one bag give "
        "only one alarm"
    )
    assert not np.isclose(answer, 1 - (1 - 0.271) ** 3), (
        "that is the way back: it takes a share of instances, and returns a share of bags"
    )
    assert not np.isclose(answer, 0.271 ** (1 / 3)), (
        "that would be so if a bag gave an alarm only when *all* its instances were mistaken"
    )
    assert not np.isclose(answer, 0.9), "that is the share of instances that the model gets right"
    assert np.isclose(answer, 0.1), (
        f"allowed_mistakes(0.271, 3) is {answer:.4f}. With that share of mistakes, "
        f"{1 - (1 - answer) ** 3:.3f} of the bags of 3 would give an alarm, and not 0.271"
    )
    slide = allowed_mistakes(0.05, 10_000)
    assert np.isclose(1 - (1 - slide) ** 10_000, 0.05), "for bags of 10,000 it is not right yet"
    print(f"one mistake in {1 / slide:,.0f} healthy tiles")

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
# <details><summary>A nudge</summary>
#
# The softmax of the lesson takes away the largest score first. The largest of what?
#
# </details>
# <details><summary>The idea</summary>
#
# The padding must be harmless *before* you look for the largest score, and once more at the end.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# First replace the scores of padding by a very low number, with `np.where`. Minus infinity is too low: what is left
# if you take it away from itself? Then take away the largest score of each bag (`keepdims=True`), and at the end
# multiply by the mask.
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
# ## Exercise 3: between a mean and a maximum
#
# The mean listens to everybody, and the maximum to one. There is something between. Let $p_1, \dots, p_K$ be the
# probabilities of the instances of a bag, and $r$ a positive number:
#
# $$p = \frac{1}{r} \log\left(\frac{1}{K} \sum_{k=1}^{K} e^{r p_k}\right)$$
#
# Write it with `ops`, so that a model can learn through it. `p` and `mask` have shape (bags, places), and `mask` is
# 1 where there is an instance and 0 on padding. Padding must not count, not in $K$ either. Return shape (bags,).
# You may take it for granted that no bag is empty.
#
# **Predict before you run.** A bag has the probabilities 0, 0 and 0.9. What does the formula give for a very small
# $r$, and what for a very large one? Why?
#
# <details><summary>A nudge</summary>
#
# Two sums run over the real places alone: the one in the formula, and the one that gives $K$.
#
# </details>
# <details><summary>The idea</summary>
#
# What does $e^{r p_k}$ add to the sum at a padded place? It is not 0, even if $p_k$ is.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Multiply `ops.exp(r * p)` by the mask and sum over axis 1; divide by the sum of the mask; then `ops.log`, and
# divide by $r$.
#
# </details>


# %%
def smooth_maximum(p, mask, r: float):
    ### BEGIN SOLUTION
    total = ops.sum(mask * ops.exp(r * p), axis=1)
    return ops.log(total / ops.sum(mask, axis=1)) / r
    ### END SOLUTION


# %% tags=["check"]
with check("3. Between a mean and a maximum"):
    some_p = ops.convert_to_tensor([[0.0, 0.0, 0.9, 0.7], [0.2, 0.4, 0.6, 0.8]])
    real = ops.convert_to_tensor([[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    answer = smooth_maximum(some_p, real, 5.0)
    assert answer is not None, "smooth_maximum returned nothing yet"
    assert ops.shape(answer) == (2,), f"the shape is {tuple(ops.shape(answer))}, not (bags,) = (2,)"
    with_padding, full = ops.convert_to_numpy(answer)
    assert not np.isclose(full, 0.88804, atol=1e-4), (
        "divide the sum by the number of instances, or two equal instances give more than one"
    )
    assert not np.isclose(full, 3.0539, atol=1e-3), "divide by r at the end"
    assert np.isclose(full, 0.61078, atol=1e-4), (
        f"without padding, 0.2, 0.4, 0.6 and 0.8 give {full:.4f} for r = 5; it should be 0.6108"
    )
    assert np.isclose(with_padding, 0.68467, atol=1e-4), (
        f"with padding, 0, 0 and 0.9 give {with_padding:.4f} for r = 5; it should be 0.6847. Does padding still "
        "count in the sum, or in K?"
    )
    for r in (0.01, 5.0, 50.0):
        bag = float(smooth_maximum(some_p, real, r)[0])
        print(f"0, 0 and 0.9 with r = {r:g}: {bag:.2f}")
    is_positive = (digits_in_bags == 1).any(axis=1)
    model = instance_model(lambda p, mask: smooth_maximum(p, mask, 5.0))
    model = trained(model, bags, is_positive, "smooth maximum", EPOCHS)
    is_positive_val = (digits_in_bags_val == 1).any(axis=1)
    value = accuracy(model, bags_val, is_positive_val)
    expect("mil_exercises.smooth_accuracy", value, edition)

# %% [markdown]
# ## Exercise 4: what went wrong here?
#
# A colleague has bags of different sizes, as lists. She fills them up with empty pictures, trains attention on
# them, and measures two things on new bags: how often the answer is right, and in what share of the bags the 1 has
# the largest weight. The answers are excellent. The explanations are right in only about half of the bags. "So
# attention is not to be trusted," she says.
#
# Is she right? Here is her program.


# %%
def padded(lists: list[np.ndarray], places: int) -> np.ndarray:
    out = np.zeros((len(lists), places, 28, 28), "float32")
    for row, bag in zip(out, lists, strict=True):
        row[places - len(bag) :] = bag
    return out


def colleagues_key_on_top(weights: np.ndarray, keys: list[np.ndarray]) -> float:
    """``weights`` (bags, places) of padded bags; ``keys``: for each bag, which instances are 1s."""
    hits = 0
    for row, key in zip(weights, keys, strict=True):
        row = row[: len(key)]  # without the padding
        hits += row.argmax() == key.argmax()
    return hits / len(keys)


def of_different_sizes(rows: slice, count: int) -> tuple[list, list]:
    sizes = rng.integers(2, 7, size=count)
    ends = np.cumsum(sizes)
    chosen = rng.permutation(np.arange(len(pictures))[rows])[: ends[-1]]
    parts = np.split(chosen, ends[:-1])
    return [pictures[part] / 255 for part in parts], [digits[part] == 1 for part in parts]


lists, keys = of_different_sizes(slice(0, 45_000), 1000)
lists_new, keys_new = of_different_sizes(slice(45_000, None), 1000)
attention = trained(
    attention_model(), padded(lists, 6), np.array([key.any() for key in keys]), "colleague", 10
)
new = padded(lists_new, 6)
right = accuracy(attention, new, np.array([key.any() for key in keys_new]))
expect("mil_exercises.colleague_accuracy", right, edition)
inside = keras.Model(attention.input, attention.get_layer("attention").output)
weights_new = ops.convert_to_numpy(inside(new))
reported = colleagues_key_on_top(weights_new, keys_new)
expect("mil_exercises.colleague_key_on_top", reported, edition)

# %% [markdown]
# Find out what is wrong, and write the measurement anew. It should answer this question: among the bags with
# **exactly one** key instance, in what share of them does that instance have the largest weight?
#
# (Beware. There is more than one fault, and the model has none of them.)
#
# <details><summary>A nudge</summary>
#
# Take one bag of two pictures and follow it by hand. In which places of the tensor do they stand? Which weights are
# left once `colleagues_key_on_top` has cut off what it takes for padding?
#
# </details>
# <details><summary>The idea</summary>
#
# Two questions. Do a weight and a picture still belong together? And which place is "the key instance" of a bag
# that holds no 1 at all, or two of them? (What is `np.array([False, False]).argmax()`?)
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# The padding stands in front, so the weights of a bag of three are the last three. Leave out every bag for which
# `key.sum()` is not 1, and divide by the number of bags that are left.
#
# </details>


# %%
def mended_key_on_top(weights: np.ndarray, keys: list[np.ndarray]) -> float:
    ### BEGIN SOLUTION
    hits = []
    for row, key in zip(weights, keys, strict=True):
        if key.sum() == 1:
            hits.append(row[-len(key) :].argmax() == key.argmax())
    return np.mean(hits)
    ### END SOLUTION


# %% tags=["check"]
with check("4. What went wrong here?"):
    # Each small case has bags of two instances in four places: the first two are padding.
    key_left, key_right = np.array([True, False]), np.array([False, True])
    small = np.array([[0.0, 0.0, 0.9, 0.1]] * 3)
    answer = mended_key_on_top(small, [key_left, key_right, key_right])
    assert answer is not None, "mended_key_on_top returned nothing yet"
    assert np.ndim(answer) == 0, f"return one number, not an array of shape {np.shape(answer)}"
    assert not np.isclose(answer, 1), "count the hits, and divide by the bags that count"
    assert np.isclose(answer, 1 / 3), f"one hit in three bags is 1/3, not {answer:.3f}"
    swapped = mended_key_on_top(small[:, [0, 1, 3, 2]], [key_left, key_right, key_right])
    assert np.isclose(swapped, 2 / 3), (
        "the result does not follow the weights of the real places: if in each bag they are swapped, one "
        f"hit in three should become two in three, and it is {swapped:.3f}"
    )
    nobody = np.array([False, False])
    assert np.isclose(mended_key_on_top(small[:2], [key_right, nobody]), 0), (
        "a bag without a key instance changes the result. What does argmax say where all is False?"
    )
    both = np.array([True, True])
    assert np.isclose(mended_key_on_top(small[:2], [key_right, both]), 0), (
        "a bag with two key instances changes the result; only those with exactly one count"
    )
    expect("mil_exercises.mended_key_on_top", mended_key_on_top(weights_new, keys_new), edition)

# %% [markdown]
# So the attention was good all along. The answers could not show the fault, for the model had its mask. Whenever an
# explanation looks bad, measure it first on a case where you know the result.
#
# ## Exercise 5: a label that no maximum can learn (there is more than one good answer)
#
# In the game of the lesson, the maximum over instances did as well as attention. Make it fail. Write a rule that
# gives each bag of three digits a label, so that
#
# - the order of the digits does not matter;
# - between 0.2 and 0.8 of the bags are positive;
# - attention learns it: on new bags its accuracy is at least 0.05 higher than that of the instance-level maximum.
#
# `digits_in_bags` has shape (bags, 3), such as [[7, 1, 4], [0, 0, 9]]. Return True or False for each bag.
#
# **Predict before you run.** Will "at least one 7" do? "At least one digit above 7"?
#
# <details><summary>A nudge</summary>
#
# Take any bag and put one more digit into it. Can that make the *largest* of the $p_k$ fall?
#
# </details>
# <details><summary>The idea</summary>
#
# It cannot. So for the maximum, a bag that is positive stays positive whatever you add. Look for a rule where one
# more digit can turn "yes" into "no".
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Rules with "no" or "all" are of that kind, and so are rules about most of the digits, or "the sum is at most …". A
# rule like "the sum is at least …" is not, and yet no maximum can learn it: no single digit decides. Not all of
# them are easy for attention either, and some are positive too seldom: try.
#
# </details>


# %%
def my_rule(digits_in_bags: np.ndarray) -> np.ndarray:
    ### BEGIN SOLUTION
    return ~(digits_in_bags == 1).any(axis=1)
    ### END SOLUTION


# %% tags=["check"]
with check("5. A label that no maximum can learn"):
    mine = my_rule(digits_in_bags.copy())
    assert mine is not None, "my_rule returned nothing yet"
    mine = np.asarray(mine)
    assert mine.shape == (1000,), f"the shape is {mine.shape}; return one label for each bag"
    assert np.isin(mine, (0, 1)).all(), "a label is True or False"
    assert np.array_equal(mine, my_rule(digits_in_bags[:, ::-1].copy())), (
        "some labels change when the digits come in another order, and no model here can see the order"
    )
    assert 0.2 <= mine.mean() <= 0.8, f"{mine.mean():.2f} of the bags are positive"
    mine_val = np.asarray(my_rule(digits_in_bags_val.copy())).astype(bool)
    maximum = instance_model(lambda p, mask: ops.max(p * mask, axis=1))
    rivals = {"attention": attention_model(), "maximum": maximum}
    reached = {
        name: accuracy(trained(model, bags, mine.astype("float32"), name, 10), bags_val, mine_val)
        for name, model in rivals.items()
    }
    lead = reached["attention"] - reached["maximum"]
    assert lead >= 0.05, (
        f"attention reaches {reached['attention']:.3f} and the maximum {reached['maximum']:.3f}; find a rule "
        "with a lead of at least 0.05"
    )
    print("attention leads by at least 0.05")

# %% [markdown]
# How far apart can you get them? And is there a rule that the mean of the embeddings can express, but *attention*
# cannot? (What is attention if all scores are equal?)

# %% [markdown]
# ## What you learned
#
# 1. In large bags even rare mistakes add up: to spare 19 of 20 healthy slides of 10,000 tiles, a model may mistake
#    one tile in about 200,000.
# 2. Mask the scores before the softmax and the weights after it. Then padding weighs exactly 0, and nothing is NaN.
# 3. Between the mean and the maximum lies a whole family, with one number to choose.
# 4. An explanation is a claim, and so is its measurement. Try it first on small cases where you know the result.
# 5. A maximum over instances can only say "one is enough". For labels of another kind it fails, and a weighted mean
#    need not.
