# %% [markdown]
# # Attention: which picture made the label?
#
# *Learn from labels that belong to whole groups of pictures, and find the picture that decided.*
#
# English · [한국어](ko/09_mil_attention.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | one to two minutes | under 2 GB | handwritten digits (MNIST), put into bags | [lesson 8](08_visualizing_convnets.ipynb) |
#
# **After this lesson you can**
#
# 1. say what a bag, an instance and a key instance are, and when labels come this way;
# 2. compute gated attention by hand, write it as a layer that can be saved and loaded, and test whether the order
#    of the instances matters to a model;
# 3. train on one tensor of bags, of equal or different sizes, with class weights, a mask, checkpoints and early
#    stopping, and average several models;
# 4. draw attention weights, and say what they mean, what they do not mean, and what overfitting does to them;
# 5. compare attention fairly with simpler ways to pool, and find the cause when its weights fade.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("09_mil_attention")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later.

# %% tags=["parameters"]
SEED = 42
POSITIVE = 1  # the digit that makes a bag positive
BAG_SIZE = 3
LARGEST_BAG = 8  # in the part on bags of different sizes
HUGE_BAG = 30  # larger than any in training
TRAINING_BAGS = 1000
VALIDATION_BAGS = 300
TEST_BAGS = 1000
FEW_BAGS = (100, 300)  # smaller training sets, to see who needs many bags
BATCH_SIZE = 32
EPOCHS = 100
PATIENCE = 3
MEMBERS = 3  # models in the ensemble, and seeds in the comparisons

# %% [markdown]
# One setting must be made before TensorFlow starts. TensorFlow normally splits an operation among the cores of the
# processor. Our operations are so small that handing out the pieces and waiting for the last one costs more than it
# saves. So we tell it to keep each operation on one core. Two *different* operations may still run side by side.
# (With large operations, such as the convolutions of lesson 7, it would be a bad idea.)

# %%
import os

os.environ["TF_NUM_INTRAOP_THREADS"] = "1"

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import time
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import ops

from helpers import interactive, plots
from helpers.data import mnist
from helpers.feedback import expect, show_bands
from helpers.progress import Progress

# %% [markdown]
# ## Bags and instances
#
# A pathologist looks at a thin slice of tissue under the microscope and writes one word: tumour, or no tumour.
# Scanned, the slice is a picture with billions of pixels. No network takes that in one piece, so it is cut into
# thousands of small tiles. But which of the tiles show the tumour? Nobody has written that down. There is one
# label for the whole slide.
#
# This is *multiple-instance learning*, MIL for short:
#
# - a **bag** is a group of examples with one label: the slide;
# - an **instance** is one example in the bag: a tile. It has no label of its own;
# - a bag is **positive if at least one of its instances is**. An instance that makes its bag positive is a
#   **key instance**.
#
# Let $y_1, \dots, y_K$ be the labels of the $K$ instances of a bag, 0 or 1. They exist, but nobody tells us. The
# label $Y$ of the bag is
#
# $$Y = \max(y_1, y_2, \dots, y_K)$$
#
# We would like two things: to predict $Y$ for a new bag, and to be shown the key instances. A doctor who is told
# "tumour" wants to know where.
#
# To see whether it works we need data where we know the truth. So we play a game with handwritten digits: a
# bag holds three pictures, and it is positive if at least one of them is a 1. The game is called *MNIST-BAGS*.
# M. Ilse, J. Tomczak and M. Welling made it up in 2018, in the paper from which the attention of this lesson comes,
# too: "Attention-based deep multiple instance learning".

# %%
(x_train, y_train), (x_test, y_test), edition = mnist()
print(f"pictures: {x_train.shape} to train, {x_test.shape} to test")
print(f"share of the digit {POSITIVE}: {np.mean(y_train == POSITIVE):.3f}")

# %% [markdown]
# Bags for training and for validation must not share a picture. Otherwise the network could learn a single picture
# by heart and shine with it in validation. So we set pictures aside *before* we draw bags. A second part is
# set aside for comparing models later on. Test bags are made of MNIST's test pictures, written by other people.

# %%
for_training = x_train[:45_000], y_train[:45_000]
for_validation = x_train[45_000:50_000], y_train[45_000:50_000]
for_comparison = x_train[50_000:], y_train[50_000:]
for name, part in (("training", for_training), ("validation", for_validation)):
    print(f"{len(part[0]):,} pictures for {name}")

# %% [markdown]
# A bag is drawn blindly, as from an urn, and no picture is put back. Beside the label of each bag we keep which of
# its instances are key. The models will never see that: it is for judging them. And an urn can be empty: whoever
# asks for more than it holds should be told so.


# %% tags=["mil"]
def check_supply(count: int, size: int, pictures: np.ndarray) -> None:
    if min(count, size) < 1:
        raise ValueError(f"{count} bags of {size} pictures; expected at least 1 of each")
    if count * size > len(pictures):
        raise ValueError(
            f"{count:,} bags of up to {size:,} pictures may take {count * size:,}, and there are only "
            f"{len(pictures):,}; draw fewer bags, or smaller ones"
        )


def draw_bags(pictures: np.ndarray, digits: np.ndarray, count: int, size: int, positive: int, rng):
    check_supply(count, size, pictures)
    rows = rng.permutation(len(pictures))[: count * size].reshape(count, size)
    bags = (pictures[rows] / 255).astype("float32")  # (count, size, 28, 28)
    is_key = digits[rows] == positive  # (count, size)
    return bags, is_key.any(axis=1).astype("float32"), is_key


# %%
rng = np.random.default_rng(SEED)
bags, labels, is_key = draw_bags(*for_training, TRAINING_BAGS, BAG_SIZE, POSITIVE, rng)
bags_val, labels_val, is_key_val = draw_bags(
    *for_validation, VALIDATION_BAGS, BAG_SIZE, POSITIVE, rng
)
bags_test, labels_test, is_key_test = draw_bags(x_test, y_test, TEST_BAGS, BAG_SIZE, POSITIVE, rng)
print("training bags:", bags.shape, " labels:", labels.shape)

# %% [markdown]
# **Predict before you run.** About 11 % of the pictures are ones. What share of the bags of three will be positive:
# 11 %, 33 %, or something between?

# %% tags=["nbval-ignore-output"]
for name, these in (("training", labels), ("validation", labels_val), ("test", labels_test)):
    print(f"{name:10} {np.sum(these == 1):4.0f} positive bags, {np.sum(these == 0):4.0f} negative")

# %%
share = np.mean(y_train == POSITIVE)
print(f"expected: 1 - (1 - {share:.3f})^{BAG_SIZE} = {1 - (1 - share) ** BAG_SIZE:.3f}")
expect("mil.positive_share", labels.mean(), edition)

# %% [markdown]
# A bag is negative only if all three pictures are something else. That gives somewhat less than three times 11 %,
# because some bags hold two ones. Here are a few validation bags: two with one key instance, one with two, and three
# without. We will meet these six again.


# %%
def some_bags(is_key: np.ndarray) -> np.ndarray:
    keys = is_key.sum(axis=1)
    return np.concatenate([np.flatnonzero(keys == k)[:n] for k, n in ((1, 2), (2, 1), (0, 3))])


six = some_bags(is_key_val)
word = np.array(["negative", "positive"])
plots.bags(
    bags_val[six],
    word[labels_val[six].astype(int)],
    "Six bags of three handwritten digits each. The three positive bags in the upper row hold at least "
    "one 1, the three negative ones in the lower row hold none.",
)

# %% [markdown]
# ## The order must not matter
#
# A bag is a set. Tile 17 is not "before" tile 18 in any sense that matters, so a model must give the same answer
# however we order the instances. Let $f$ be the model, $x_1, \dots, x_K$ the instances, and $\pi$ any way to
# reorder the numbers $1, \dots, K$. We demand
#
# $$f(x_1, \dots, x_K) = f(x_{\pi(1)}, \dots, x_{\pi(K)})$$
#
# This is called *permutation invariance*. Here is a plan that guarantees it:
#
# 1. **Embed**: the same small network turns every instance into a vector of 64 numbers, its *embedding*. Let $h_k$
#    be the embedding of instance $k$.
# 2. **Pool**: make one vector $z$ out of all $h_k$, in a way that ignores their order.
# 3. **Decide**: a last unit turns $z$ into the probability that the bag is positive.
#
# The first and the last step are ordinary dense layers. All the thought goes into the second:
#
# | pooling | its $z$ | what it lacks |
# |---|---|---|
# | maximum | the largest value at each of the 64 places | each place may come from another instance: it does not say which one decided |
# | mean | the mean of all $h_k$ | one key instance in a large bag drowns |
# | attention | $a_1 h_1 + a_2 h_2 + \dots + a_K h_K$ | its weights must go to somebody, even where nothing is key |
#
# The *attention weights* $a_1, \dots, a_K$ are positive and sum to 1, so $z$ is a weighted mean. And the weights
# are not fixed: they are computed from the instances themselves, by a small network that learns along with the
# rest. If it learns well, a key instance gets a large weight. Then the weights do not only help to decide, they
# also show where to look.
#
# (There is a plan without any $z$, and it is simpler still: take the formula for $Y$ at its word. It will be a
# rival at the end.)
#
# ## Gated attention, by hand
#
# This is the form of Ilse, Tomczak and Welling:
#
# $$s_k = w^\top \big(\tanh(V^\top h_k) \odot \sigma(U^\top h_k)\big) \qquad
# a_k = \frac{e^{s_k}}{e^{s_1} + e^{s_2} + \dots + e^{s_K}}$$
#
# - $h_k$ is the embedding of instance $k$, a vector of $M = 64$ numbers, and $K$ is the number of instances;
# - $V$ and $U$ are matrices of shape $(M, L)$, and $w$ is a vector of $L$ numbers. All are learned. We take
#   $L = 256$. $V^\top h_k$ is what a dense layer of $L$ units without bias computes, and $w^\top$ means: multiply
#   by $w$ and add up;
# - $\tanh$ and the sigmoid $\sigma(t) = 1 / (1 + e^{-t})$ you know from lesson 1. They work on each number of a
#   vector;
# - $\odot$ multiplies two vectors place by place;
# - $s_k$ is the *score* of instance $k$, one number, and $a_k$ its weight. The second formula is the softmax of
#   lesson 3, taken over the instances of one bag.
#
# Why two branches? Near 0, tanh is almost a straight line. The sigmoid branch is a *gate*: at each place it lies
# between 0 and 1, and so lets a feature through or shuts it off. The product can bend in ways that one branch
# cannot.
#
# **Predict before you run.** In an untrained network the scores are small random numbers near 0. What are the three
# weights then, roughly? What if one score is larger than the others by 3?


# %%
def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())  # the largest is 1: no overflow
    return powers / powers.sum()


print("scores 0, 0, 0:", softmax(np.array([0.0, 0.0, 0.0])).round(3))
print("scores 0, 3, 0:", softmax(np.array([0.0, 3.0, 0.0])).round(3))

# %% [markdown]
# Now the whole formula for one bag, with random embeddings and weights. Every line is one piece of it. (NumPy keeps a
# vector as a row, so $V^\top h_k$ for all $k$ at once is written `h @ V`.)


# %%
def attention_by_hand(h: np.ndarray, V: np.ndarray, U: np.ndarray, w: np.ndarray) -> np.ndarray:
    bend = np.tanh(h @ V)  # (K, L)
    gate = 1 / (1 + np.exp(-(h @ U)))  # (K, L)
    scores = (bend * gate) @ w  # (K,)
    return softmax(scores)


K, M, L = BAG_SIZE, 64, 256
h = rng.normal(size=(K, M)).astype("float32")
V, U = (rng.normal(scale=0.1, size=(M, L)).astype("float32") for _ in range(2))
w = rng.normal(scale=0.3, size=L).astype("float32")
weights_by_hand = attention_by_hand(h, V, U, w)
print("shape:", weights_by_hand.shape, " sum:", weights_by_hand.sum().round(6))

# %% [markdown]
# ## The layer
#
# Keras has no such layer, so we write it. A layer of your own is a class with four methods:
#
# - `__init__` keeps the settings;
# - `build` makes the weights, once the shape of the input is known. Each gets an L2 penalty, as in lesson 5;
# - `call` computes. Here it takes embeddings of shape (batch, bag, 64), and returns weights of shape (batch, bag);
# - `get_config` returns the settings, so that Keras can write the layer into a file and make it again.
#
# The line above the class gives it a name that is known when a file is loaded.
#
# A `mask` tells which places of the bag hold a real instance. For now all places do, and the mask changes
# nothing. We need it for bags of different sizes.


# %% tags=["mil"]
LOWEST = -1e4  # the score of an empty place: e to it is 0, and float16, too, can hold it


@keras.saving.register_keras_serializable(package="course")
class MILAttentionLayer(keras.layers.Layer):
    """Gated attention: embeddings (batch, bag, features) become weights (batch, bag)."""

    def __init__(self, units: int, kernel_regularizer=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.supports_masking = True  # or Keras warns where a mask comes in

    def build(self, shape):
        def matrix(name, rows, columns):
            return self.add_weight(
                name=name,
                shape=(rows, columns),
                initializer="glorot_uniform",
                regularizer=self.kernel_regularizer,
            )

        self.v = matrix("v", shape[-1], self.units)
        self.u = matrix("u", shape[-1], self.units)
        self.w = matrix("w", self.units, 1)

    def call(self, embeddings, mask=None):
        if embeddings.shape[1] == 0:
            raise ValueError("an empty bag has nothing to attend to; give each at least 1 instance")
        bend = ops.tanh(ops.matmul(embeddings, self.v))
        gate = ops.sigmoid(ops.matmul(embeddings, self.u))
        scores = ops.squeeze(ops.matmul(bend * gate, self.w), axis=-1)
        if mask is None:
            return ops.softmax(scores, axis=-1)
        weights = ops.softmax(ops.where(mask, scores, LOWEST), axis=-1)
        return weights * ops.cast(mask, weights.dtype)  # 0 also where the whole bag is masked

    def get_config(self):
        regularizer = keras.regularizers.serialize(self.kernel_regularizer)
        return {**super().get_config(), "units": self.units, "kernel_regularizer": regularizer}


# %% [markdown]
# Does it compute the formula? We give it our random weights, and compare.

# %%
layer = MILAttentionLayer(units=L)
layer.build((None, None, M))
layer.set_weights([V, U, w[:, None]])
by_layer = ops.convert_to_numpy(layer(h[None]))[0]  # a batch of one bag
same_by_layer = np.allclose(by_layer, weights_by_hand, atol=1e-5)
print("same to five decimals:", same_by_layer)
assert same_by_layer

# %% [markdown]
# ## The model, first as in the textbook
#
# An example on keras.io has made this attention popular. It embeds each picture with dense layers of 128 and 64
# units, computes the weights, multiplies each embedding by its weight, and puts the three results side by side. A
# softmax over two units decides.
#
# Dense layers on raw pixels, after three lessons on convnets? These digits are all centred and of one size, so a
# pixel means the same in every picture. And our question is the pooling: small networks let us train many of them,
# and compare. The paper embeds with a small convnet. Whatever turns a picture into a vector may stand in `embed`;
# nothing else would change.
#
# We write it with one input *tensor*, an array with any number of axes, for the whole bag. A dense layer works on the
# last axis and leaves the others alone. So it embeds every picture of every bag with the same weights, and no loop is
# needed.


# %% tags=["mil"]
def embed(bags):
    pixels = keras.layers.Reshape((-1, 28 * 28))(bags)  # (batch, bag, 784)
    features = keras.layers.Dense(128, activation="relu")(pixels)
    return keras.layers.Dense(64, activation="relu")(features)  # (batch, bag, 64)


# %%
def side_by_side_model() -> keras.Model:
    inputs = keras.Input(shape=(BAG_SIZE, 28, 28))
    embeddings = embed(inputs)
    attention = MILAttentionLayer(256, keras.regularizers.L2(0.01))
    weights = keras.layers.Reshape((BAG_SIZE, 1))(attention(embeddings))
    weighted = keras.layers.Multiply()([weights, embeddings])
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(weighted))
    return keras.Model(inputs, outputs)


# %% [markdown]
# **Predict before you run.** How many parameters has it? Remember that $V$, $U$ and $w$ come without biases, and
# that three embeddings go into the last layer.

# %%
by_hand = {
    "dense 128": 784 * 128 + 128,
    "dense 64": 128 * 64 + 64,
    "attention": 64 * 256 + 64 * 256 + 256,
    "softmax": BAG_SIZE * 64 * 2 + 2,
}
for name, count in by_hand.items():
    print(f"{name:10} {count:8,}")
textbook_model = side_by_side_model()
print("Keras counts the same:", textbook_model.count_params() == sum(by_hand.values()))
expect("mil.textbook_parameters", textbook_model.count_params(), edition)

# %% [markdown]
# **Predict before you run.** We show it every bag as it is, and then with its instances in five other orders. Will its
# answers be the same?


# %%
def largest_change(model: keras.Model, bags: np.ndarray, orders: int = 5) -> float:
    """The largest difference in any answer between a bag and the same bag in another order."""
    shuffled = [bags[:, rng.permutation(bags.shape[1])] for _ in range(orders)]
    before = model(bags)
    return max(float(ops.max(ops.abs(model(these) - before))) for these in shuffled)


change_textbook = largest_change(textbook_model, bags_val)
print("some answer changes by more than 0.01:", change_textbook > 0.01)

# %% [markdown]
# It fails the test. The last layer has other weights for the first place than for the second, so this model can learn
# nonsense such as "a 1 in the middle counts more". It also works for bags of three only. Attention alone does not
# make a model blind to order: the pooling must be blind, too.
#
# ## The model, order-free
#
# So we *add up* the weighted embeddings, as in the formula for $z$. `Dot(axes=1)` multiplies and sums along the
# axis of the bag. For a question with two answers one sigmoid unit is enough, as in lesson 2. The bag axis has
# the length `None`: any number of instances will do.
#
# The same function can pool by maximum and by mean, for the comparison to come. And it makes the mask: a place of
# the bag whose pixels are all 0 holds no picture. (Every real digit has ink. We check that, too.) Keras has a layer,
# `Masking`, that finds the same places and hands them on unseen. We write it out, so that you see what happens, and
# because the maximum and the mean need the mask as numbers.


# %% tags=["mil"]
def build_model(pooling: str = "attention", l2: float = 0.01) -> keras.Model:
    if pooling not in ("attention", "max", "mean"):
        raise ValueError(f"pooling is {pooling!r}; expected 'attention', 'max' or 'mean'")
    bags = keras.Input(shape=(None, 28, 28))
    mask = ops.any(ops.not_equal(bags, 0), axis=(2, 3))  # (batch, bag)
    embeddings = embed(bags)
    if pooling == "attention":
        penalty = keras.regularizers.L2(l2)
        weights = MILAttentionLayer(256, penalty, name="attention")(embeddings, mask=mask)
        pooled = keras.layers.Dot(axes=1)([weights, embeddings])  # (batch, 64)
    else:
        real = ops.expand_dims(ops.cast(mask, "float32"), axis=-1)  # 1 or 0 for each place
        if pooling == "max":  # embeddings are never below 0, so an empty place never wins
            pooled = ops.max(embeddings * real, axis=1)
        else:
            pooled = ops.sum(embeddings * real, axis=1) / ops.maximum(ops.sum(real, axis=1), 1)
    return keras.Model(bags, keras.layers.Dense(1, activation="sigmoid")(pooled))


# %%
model = build_model()
change_sum = largest_change(model, bags_val)
print("no answer changes by more than 0.00001:", change_sum < 1e-5)
print("every picture has ink:", all(x.any(axis=(1, 2)).all() for x in (x_train, x_test)))

# %% [markdown]
# Only the last digits may differ, because a computer's sums depend a little on the order of what is added.
#
# ## One tensor of bags
#
# The textbook's program gives the model a *list* of three inputs and trains with a batch size of 1: one bag, one
# update. Each update costs the same detour from Python to TensorFlow and back, and the arithmetic in between is
# tiny: three pictures. You met this in lesson 4. Our bags lie in one array of shape (bags, instances, 28, 28),
# so a batch can hold 32 of them. And `steps_per_execution` lets Keras run all updates of an epoch in one call. The
# mean gradient of 32 bags is less noisy than that of a single bag, so it may take a larger step: 0.002, where the
# textbook has Keras's usual 0.001.
#
# **Predict before you run.** How many updates has an epoch, with a batch size of 1 and of 32? How much faster will
# an epoch be?


# %% tags=["mil"]
def as_batches(bags: np.ndarray, labels: np.ndarray, batch_size: int) -> tf.data.Dataset:
    rows = tf.data.Dataset.from_tensor_slices((bags, labels[:, None])).cache()
    return rows.shuffle(len(bags)).batch(batch_size)


def compile_model(model: keras.Model, updates_at_once: int) -> keras.Model:
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.002),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=updates_at_once,
    )
    return model


# %%
updates = {size: -(-TRAINING_BAGS // size) for size in (1, BATCH_SIZE)}
print("updates an epoch:", updates)

# %% tags=["nbval-ignore-output"]
seconds = {}
for size, at_once, every in ((1, 1, 10), (BATCH_SIZE, updates[BATCH_SIZE], 1)):
    timed = compile_model(build_model(), at_once)
    timed_bags = as_batches(bags[::every], labels[::every], size)  # a tenth tells how slow it is
    start = time.perf_counter()
    timed.fit(timed_bags.take(at_once), verbose=0)  # the first call compiles
    compiled = time.perf_counter()
    timed.fit(timed_bags, verbose=0)
    seconds[size] = every * (time.perf_counter() - compiled)
    print(f"batch size {size:2}: {seconds[size]:.2f} s an epoch", end=", ")
    print(f"after {compiled - start:.1f} s to compile")
print(f"so an epoch is {seconds[1] / seconds[BATCH_SIZE]:.0f} times faster")

# %% [markdown]
# And what is the setting at the top of this lesson worth? Put a `#` before that line, restart the kernel, and compare
# the seconds above.
#
# An epoch is not a training: there is the time to compile, and with fewer updates in each, more epochs might be
# needed. `make bench` trains the textbook's program and ours to the end, on the same bags, and ours a second
# time, without the trick with the cores. Its table, with the accuracy beside it, is in `docs/speed.md`.
#
# ## Before training
#
# An *intermediate model* has the same input as our model, and the output of a layer inside as its own. They share
# their weights: as one learns, the other changes. This one returns the attention weights and the answer.
#
# In the drawings, a thick line above a digit marks a key instance. That is the truth, for you to compare. No model
# ever sees it.


# %% tags=["mil"]
def with_weights(model: keras.Model, layer: str = "attention") -> keras.Model:
    return keras.Model(model.input, [model.get_layer(layer).output, model.output])


# %%
def explain(model: keras.Model, bags: np.ndarray, layer: str = "attention"):
    """Return a weight for each instance, shape (bags, places), and an answer for each bag."""
    weights, answers = map(ops.convert_to_numpy, with_weights(model, layer)(bags))
    return weights, answers[:, 0]


def draw(bags, labels, is_key, weights, answers, alt: str, columns: int = 3) -> plt.Figure:
    said = [f"{word[int(y)]}, p = {p:.2f}" for y, p in zip(labels, answers, strict=True)]
    real = [bag[bag.any(axis=(1, 2))] for bag in bags]  # without the empty places
    shown = [w[: len(bag)] for w, bag in zip(weights, real, strict=True)]
    figure = plots.bags(real, said, alt, shown, columns)
    for ax, keys in zip(figure.axes, is_key, strict=False):
        for picture, key in zip(ax.images, keys, strict=False):
            if key:
                left, right, _, top = picture.get_extent()
                ax.plot([left, right], [top + 0.07] * 2, color=plots.VERMILION, lw=2.5)
    return figure


# %% [markdown]
# **Predict before you run.** Our six bags again, now with what the *untrained* model says. Above each bag stand
# its label and the probability $p$ that the model gives to "positive". What weights do you expect below the
# digits?

# %%
weights_before, answers_before = explain(model, bags_val)
draw(
    bags_val[six],
    labels_val[six],
    is_key_val[six],
    weights_before[six],
    answers_before[six],
    "The six bags before training, with a bar for the attention weight below each digit. All bars are "
    "about a third of the full length, and all probabilities are near one half.",
)

# %%
sums_before = weights_before.sum(axis=1)
print("the weights of every bag sum to 1:", np.allclose(sums_before, 1, atol=1e-5))
expect("mil.largest_weight_before", weights_before.max(axis=1).mean(), edition)

# %% [markdown]
# About a third for each, and no opinion about any bag.
#
# ## Train
#
# About three in ten bags are positive. As in lesson 1, class weights give both classes the same say: the number of
# bags, divided by the number of classes and by the size of the class.


# %% tags=["mil"]
def class_weights(labels: np.ndarray) -> dict[int, float]:
    if not 0 < np.sum(labels == 1) < len(labels):
        raise ValueError(
            f"all {len(labels)} bags have one label; draw more of them, or larger ones"
        )
    return {label: len(labels) / (2 * np.sum(labels == label)) for label in (0, 1)}


# %% tags=["nbval-ignore-output"]
print({label: round(float(weight), 2) for label, weight in class_weights(labels).items()})

# %% [markdown]
# Training stops when the validation loss has not improved for three epochs, and goes back to its best epoch. (The
# textbook waits ten. Here three save time, and the test below says that they are enough.) The
# checkpoint writes each new best model into a file. If the power fails in epoch 50, you still have it.


# %% tags=["mil"]
def train(
    compiled: keras.Model,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    batch_size: int,
    epochs: int,
    patience: int,
    callbacks: tuple = (),
) -> dict[str, list[float]]:
    stop = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
    bags_val, labels_val = validation
    return compiled.fit(
        as_batches(*training, batch_size),
        validation_data=as_batches(bags_val, labels_val, len(bags_val)).cache(),
        class_weight=class_weights(training[1]),
        epochs=epochs,
        verbose=0,
        callbacks=[stop, *callbacks],
    ).history


# %% [markdown]
# How good a network gets depends a little on chance: on its first weights, and on the order of the batches. So
# we train several, an *ensemble*, and average their probabilities.
#
# Our networks are so small that compiling one takes as long as many epochs: compare the seconds above. So for each
# *recipe*, a way to build a model, we compile one *learner*, and it trains all members, one after the other.
# `start_again` gives it the first weights of the next member, and resets Adam, whose averages would still remember
# the last member. (`@cache` makes a function remember what it returned, so each learner is compiled once.)

# %%
recipes = {"attention": build_model}  # more will come


@cache
def learner_for(recipe: str) -> keras.Model:
    return compile_model(recipes[recipe](), updates[BATCH_SIZE])


def start_again(recipe: str, seed: int) -> keras.Model:
    learner = learner_for(recipe)  # first, for to build one takes random numbers
    keras.utils.set_random_seed(seed)
    learner.set_weights(recipes[recipe]().get_weights())
    rate = float(learner.optimizer.learning_rate)
    for variable in learner.optimizer.variables:
        variable.assign(ops.zeros_like(variable))  # as Adam begins
    learner.optimizer.learning_rate = rate  # it is one of these variables
    return learner


def train_member(recipe: str, number: int, training: tuple, validation: tuple, *callbacks):
    """Train one model of a recipe; return it and its history."""
    learner = start_again(recipe, SEED + number)
    callbacks = (Progress(f"{recipe} {number + 1}"), *callbacks)
    history = train(learner, training, validation, BATCH_SIZE, EPOCHS, PATIENCE, callbacks)
    trained = recipes[recipe]()
    trained.set_weights(learner.get_weights())
    return trained, history


# %% tags=["nbval-ignore-output"]
folder = TemporaryDirectory()
files = [Path(folder.name) / f"member_{number}.keras" for number in range(MEMBERS)]
trained, histories = [], []
for number, file in enumerate(files):
    save = keras.callbacks.ModelCheckpoint(str(file), monitor="val_loss", save_best_only=True)
    one = train_member("attention", number, (bags, labels), (bags_val, labels_val), save)
    trained.append(one[0])
    histories.append(one[1])

# %%
plots.history(histories[0])

# %% [markdown]
# Training and validation loss fall together at first. Then the training loss goes on towards 0, and the validation
# loss no longer falls. Both contain the L2 penalty, which is large at the start. That is why the curves begin so
# high.
#
# Now we load the members from their files. This works because the layer is registered and has a `get_config`.
#
# **Predict before you run.** The file holds the best epoch, and early stopping went back to the best epoch. Do both
# give the very same attention weights?

# %%
members = [keras.models.load_model(file) for file in files]
for member, original in zip(members, trained, strict=True):
    pairs = zip(explain(member, bags_val), explain(original, bags_val), strict=True)
    print("same weights and same answers:", all(np.allclose(a, b, atol=1e-6) for a, b in pairs))
folder.cleanup()

# %% [markdown]
# ## Test once
#
# The ensemble's answer is the mean of its members' probabilities. For the loss, it does at least as well as its
# members do on average, always: cross-entropy punishes one confident mistake more than it rewards a little more
# confidence elsewhere.
#
# **Predict before you run.** The textbook reports an accuracy of 0.99 and a loss of 0.03, with its own model, the
# first of ours, and its own bags. Where will we be?


# %%
def cross_entropy(answers: np.ndarray, labels: np.ndarray) -> float:
    right = np.where(labels == 1, answers, 1 - answers)  # the probability of the true answer
    return -np.mean(np.log(np.maximum(right, 1e-7)))


def accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    return np.mean((answers > 0.5) == labels)


def together(models: list[keras.Model], bags: np.ndarray, layer: str = "attention"):
    """Return the mean weights and the mean answers of several models."""
    of_each = [explain(model, bags, layer) for model in models]
    return tuple(np.mean(part, axis=0) for part in zip(*of_each, strict=True))


weights_test, answers_test = together(members, bags_test)
answers_alone = [explain(member, bags_test)[1] for member in members]

# %% tags=["nbval-ignore-output"]
print("               accuracy   cross-entropy")
named = {f"member {number}": a for number, a in enumerate(answers_alone, start=1)}
for name, its_answers in (named | {"ensemble": answers_test}).items():
    right, loss = accuracy(its_answers, labels_test), cross_entropy(its_answers, labels_test)
    print(f"{name:14} {right:.4f}      {loss:.4f}")

# %%
mean_loss = np.mean([cross_entropy(alone, labels_test) for alone in answers_alone])
loss_together = cross_entropy(answers_test, labels_test)
print("no worse than the members' mean:", loss_together <= mean_loss)
expect("mil.test_accuracy", accuracy(answers_test, labels_test), edition)
expect("mil.test_loss", loss_together, edition)

# %% [markdown]
# Always saying "negative" would be right in about seven of ten bags. The loss is cross-entropy alone, without
# the penalty.
#
# ## After training: which instance decided?
#
# **Predict before you run.** The same six bags, now with the trained ensemble. Nobody ever told it which digit
# matters. What will the weights be in the positive bags? In the bag with two ones? And in the negative bags?

# %%
weights_val, answers_val = together(members, bags_val)
draw(
    bags_val[six],
    labels_val[six],
    is_key_val[six],
    weights_val[six],
    answers_val[six],
    "The six bags after training, with a bar for the attention weight below each digit. In the positive "
    "bags the ones have nearly all the weight; in the negative bags the weight is spread out.",
)

# %% [markdown]
# From labels of bags alone, the models have learned which digit makes a bag positive. How reliably? We count on all
# test bags with exactly one key instance: how often does it have the largest weight? Guessing would give one in
# three.


# %%
def key_on_top(weights: np.ndarray, is_key: np.ndarray) -> float:
    single = is_key.sum(axis=1) == 1
    return np.mean(weights[single].argmax(axis=1) == is_key[single].argmax(axis=1))


def weight_of_key(weights: np.ndarray, is_key: np.ndarray) -> float:
    single = is_key.sum(axis=1) == 1
    return weights[single][is_key[single]].mean()


expect("mil.key_on_top", key_on_top(weights_test, is_key_test), edition)
expect("mil.weight_of_key", weight_of_key(weights_test, is_key_test), edition)

# %% [markdown]
# Now the other side. In a negative bag nothing is key, and still the weights must sum to 1. Somebody has to be
# on top.

# %%
negative = labels_test == 0
expect("mil.largest_weight_in_negative", weights_test[negative].max(axis=1).mean(), edition)

# %%
weights_fig, weights_ax = plt.subplots(figsize=(6.4, 3))
bins = np.linspace(1 / BAG_SIZE, 1, 25)
one_key = is_key_test.sum(axis=1) == 1
for these, name, style in (
    (negative, "negative bags", {"color": plots.VERMILION}),
    (one_key, "one key instance", {"color": plots.BLUE, "histtype": "step", "lw": 2}),
):
    weights_ax.hist(weights_test[these].max(axis=1), bins, label=name, density=True, **style)
weights_ax.set(xlabel="largest attention weight in the bag", ylabel="density of test bags")
weights_ax.set_xlim(0.3, 1)
weights_ax.legend(loc="upper left")
plots.described(
    weights_fig,
    "Histograms of the largest attention weight of a bag: with one key instance it lies near the upper "
    "end, in negative bags it is spread widely over lower values.",
)

# %% [markdown]
# So a weight says: *compared with the others in this bag*, this instance matters. It is no probability that the
# instance is positive. Two rules for reading weights:
#
# - read them together with the bag's probability. In a negative bag one instance must have the largest weight,
#   though all are innocent;
# - two ones in a bag share the weight. A small weight is no proof of innocence.
#
# ### Try it: move a score
#
# Here is the first of the six bags, as the first member of the ensemble sees it. Let $c$ be the weights of the last
# unit and $b$ its bias. The answer is $\sigma(c^\top z + b)$, and $z$ is a weighted sum. So each instance has a *vote*
# $c^\top h_k$, which counts as much as its weight. (Scores matter only up to a number that is added to all. So the
# logarithms of the weights will do.) Mask the key instance: who gets the weight, and what does the bag become? Unmask
# it. How far must you move its score down until the answer changes?

# %%
first_bag = bags_val[six[:1]]
first_weights, _ = explain(members[0], first_bag)
*_, embedding, last_unit = [x for x in members[0].layers if isinstance(x, keras.layers.Dense)]
first_embedded = keras.Model(members[0].input, embedding.output)(first_bag)
vote_weights, vote_bias = last_unit.get_weights()
interactive.attention(
    first_bag[0],
    scores=np.log(first_weights[0]),
    votes=ops.convert_to_numpy(first_embedded)[0] @ vote_weights[:, 0],
    bias=vote_bias[0],
)

# %% [markdown]
# Masked, the key instance has no say: the others get all the weight. The weights always sum to 1, so lowering one score
# raises the weights of all others. A weight alone decides nothing. It says whose vote is heard.
#
# ## Look at the mistakes
#
# Which bags does the ensemble get wrong, and does attention tell us why?

# %% tags=["nbval-ignore-output"]
wrong = (answers_test > 0.5) != labels_test
worst = np.argsort(np.where(labels_test == 1, answers_test, 1 - answers_test))[:6]
print(f"{wrong.sum()} wrong answers among {TEST_BAGS:,}")

# %%
draw(
    bags_test[worst],
    labels_test[worst],
    is_key_test[worst],
    weights_test[worst],
    answers_test[worst],
    "The six test bags whose true answer got the lowest probability, with their true label, the probability of "
    "positive and the attention weight below each digit.",
)

# %% [markdown]
# Look where the weight is. Where a negative bag was called positive, the weight suggests which digit was taken for
# a 1. Does it look like one? Where a positive bag was missed, look at the digit below the thick line. Would you
# have called it a 1? Accuracy says *that* a model errs. Attention says where to look when you ask why.
#
# ## Bags of different sizes
#
# Real bags differ in size: one slide gives 500 tiles, the next one 20,000. An array has only one length, though.
# So we fill up short bags with empty pictures, *padding*, and must make sure that it changes nothing. This is
# the work of the mask.
#
# A function that makes one tensor out of a list of bags is also the right place to refuse what makes no sense: a bag
# without instances, and a picture without ink, which would be taken for padding.


# %% tags=["mil"]
def pad_bags(bags: list[np.ndarray]) -> np.ndarray:
    if len(bags) == 0:
        raise ValueError("there are no bags; expected a list of at least one")
    for number, bag in enumerate(bags):
        if np.shape(bag)[1:] != (28, 28) or len(bag) == 0:
            raise ValueError(
                f"bag {number} has shape {np.shape(bag)}; expected (instances, 28, 28) with at least "
                "1 instance. Leave out empty bags: without an instance there is nothing to judge"
            )
        if not np.any(bag, axis=(1, 2)).all():
            raise ValueError(
                f"bag {number} has a blank picture, which would count as padding; leave it out"
            )
    padded = np.zeros((len(bags), max(map(len, bags)), 28, 28), "float32")
    for row, bag in zip(padded, bags, strict=True):
        row[: len(bag)] = bag
    return padded


# %%
three_and_one = [bags_val[0], bags_val[1][:1]]
print("bags of", *map(len, three_and_one), "become", pad_bags(three_and_one).shape)
for bad in ([bags_val[0], bags_val[1][:0]], [np.zeros((2, 28, 28))], []):
    try:
        pad_bags(bad)
    except ValueError as error:
        print("refused:", error)

# %% [markdown]
# **Predict before you run.** We take the validation bags, add five empty pictures to each, and ask a trained model
# again. Which weight does an empty place get? Does any answer change?

# %%
one_model = members[0]
weights_plain, answers_plain = explain(one_model, bags_val)
bags_padded = np.pad(bags_val, ((0, 0), (0, 5), (0, 0), (0, 0)))
weights_padded, answers_padded = explain(one_model, bags_padded)
on_digits, on_padding = weights_padded[:, :BAG_SIZE], weights_padded[:, BAG_SIZE:]
print("weights on padding are exactly 0:", (on_padding == 0).all())
assert (on_padding == 0).all()
print("same weights on the digits:", np.allclose(on_digits, weights_plain, atol=1e-6))
print("same answers:", np.allclose(answers_padded, answers_plain, atol=1e-6))
answer_alone = explain(one_model, bags_val[:1])[1]  # a batch of one bag
same = np.allclose(answer_alone, answers_plain[:1], atol=1e-6)
print("a bag alone gets the same answer, too:", same)

# %% [markdown]
# Inside the layer, the score of an empty place is replaced by -10,000 before the softmax, far below every real
# score. And $e^{-10{,}000}$ is 0 on any computer: not small, but exactly 0.
#
# Now draw bags of 1 to 8 digits. Again no picture is in two bags.


# %% tags=["mil"]
def draw_mixed_bags(pictures, digits, count: int, largest: int, positive: int, rng):
    check_supply(count, largest, pictures)
    sizes = rng.integers(1, largest + 1, size=count)
    rows = np.split(rng.permutation(len(pictures))[: sizes.sum()], np.cumsum(sizes)[:-1])
    bags = pad_bags([pictures[r] / 255 for r in rows])
    is_key = np.zeros(bags.shape[:2], bool)
    for keys, r in zip(is_key, rows, strict=True):
        keys[: len(r)] = digits[r] == positive
    return bags, is_key.any(axis=1).astype("float32"), is_key


# %%
mixed_training, mixed_validation, fresh = (
    draw_mixed_bags(*part, count, LARGEST_BAG, POSITIVE, rng)
    for part, count in (
        (for_training, TRAINING_BAGS),
        (for_validation, VALIDATION_BAGS),
        (for_comparison, TEST_BAGS),
    )
)
fresh_bags, fresh_labels, fresh_is_key = fresh
print("training bags:", mixed_training[0].shape)

# %% [markdown]
# ## Is attention better than a maximum or a mean?
#
# The table above promised a comparison. The same embedding, the same training, the same seeds; only the recipe
# differs. We compare on fresh bags, made of pictures that were set aside for this: the test bags have done their
# duty.
#
# And here comes the rival that was announced. The label is $Y = \max(y_1, \dots, y_K)$. Take that at its word: give
# every *instance* its own probability $p_k$, and let the probability of the bag be
#
# $$p = \max(p_1, p_2, \dots, p_K)$$
#
# No weights, no $z$, and the largest $p_k$ says which instance decided. This is the *instance-level* maximum. (The
# maximum of the table is one of embeddings, place by place.)


# %%
def instance_model() -> keras.Model:
    bags = keras.Input(shape=(None, 28, 28))
    mask = ops.cast(ops.any(ops.not_equal(bags, 0), axis=(2, 3)), "float32")  # (batch, bag)
    each = keras.layers.Dense(1, activation="sigmoid")(embed(bags))  # (batch, bag, 1)
    each = keras.layers.Multiply(name="instances")([ops.squeeze(each, axis=-1), mask])
    return keras.Model(bags, ops.max(each, axis=1, keepdims=True))


recipes.update(
    {
        "no penalty": partial(build_model, l2=0.0),  # attention, but for the L2 penalty as before
        "max": partial(build_model, "max"),
        "mean": partial(build_model, "mean"),
        "instance": instance_model,
    }
)

# %% [markdown]
# One more recipe is in the list: attention without the L2 penalty that the textbook puts on $V$, $U$ and $w$. We
# will need it.
#
# **Predict before you run.** Bags of up to eight, 1,000 of them to learn from. Which recipe will win, and by how
# much? Will the instance-level maximum find the key instances as reliably as attention?

# %% tags=["nbval-ignore-output"]
mixed = {
    recipe: [
        train_member(recipe, number, mixed_training[:2], mixed_validation[:2])[0]
        for number in range(MEMBERS)
    ]
    for recipe in recipes
}


# %%
def answers_of(model: keras.Model, bags: np.ndarray) -> np.ndarray:
    return ops.convert_to_numpy(model(bags.astype("float32")))[:, 0]


def accuracies(models: list[keras.Model]) -> np.ndarray:
    return np.array([accuracy(answers_of(model, fresh_bags), fresh_labels) for model in models])


with_many = {recipe: accuracies(models) for recipe, models in mixed.items()}

# %% tags=["nbval-ignore-output"]
print(f"bags of 1 to {LARGEST_BAG}: accuracy, mean over the seeds, and spread")
for recipe, values in with_many.items():
    print(f"{recipe:12} {values.mean():.4f} ± {values.std(ddof=1):.4f}")

# %%
best_other = max(values.mean() for name, values in with_many.items() if name != "attention")
expect("mil.mixed_attention", with_many["attention"].mean(), edition)
expect("mil.mixed_lead", with_many["attention"].mean() - best_other, edition)

# %% [markdown]
# The second line is the lead of attention over the best of the others, in accuracy. The range expected for it contains
# 0: in some of our runs attention was ahead, in more of them it was not. All models learned from the same bags, so the
# spread in your table does not even show what the choice of the bags does. With other bags, another recipe may lead.
#
# And who points at the key instance? Again we count bags that have exactly one. For the rival, the probabilities
# $p_k$ take the place of the weights.

# %%
weights_mixed, answers_mixed = together(mixed["attention"], fresh_bags)
chances_mixed, _ = together(mixed["instance"], fresh_bags, "instances")
expect("mil.mixed_key_on_top", key_on_top(weights_mixed, fresh_is_key), edition)
expect("mil.mixed_key_on_top_instance", key_on_top(chances_mixed, fresh_is_key), edition)
mixed_negative = fresh_labels == 0
expect("mil.mixed_negative_instance", chances_mixed[mixed_negative].max(axis=1).mean(), edition)

# %% [markdown]
# Both point about equally well. And the third line shows what the rival does better: the largest $p_k$ of a negative
# bag is small on average. A *weight* must go to somebody. A probability may be small for everybody, so the rival can
# say "none of these".


# %%
def bag_near(size: float, label: int) -> int:
    distance = np.abs(fresh_bags.any(axis=(2, 3)).sum(axis=1) - size)
    return np.where(fresh_labels == label, distance, np.inf).argmin()


parts_of_largest = ((1, 1), (0.75, 0), (0.5, 1))
three_sizes = [bag_near(part * LARGEST_BAG, label) for part, label in parts_of_largest]
draw(
    *(part[three_sizes] for part in (*fresh, weights_mixed, answers_mixed)),
    f"Three bags of different sizes, the first of {LARGEST_BAG} digits, with their attention weights and a thick line "
    "above each key instance. In the two positive bags most of the weight lies on the ones.",
    columns=1,
)

# %% [markdown]
# ### From few bags
#
# A thousand labelled slides are a great deal of work for a pathologist. What if there are fewer? We train with a
# hundred and with three hundred bags, two models each, and each with bags of its own. We repeat the bags, so that an
# epoch has as many updates as before, and train for three epochs. (The dots at 1,000 bags are the models from above,
# three of each recipe, and early stopping chose their epochs.)
#
# **Predict before you run.** Which recipe suffers most from having few bags?


# %%
def accuracy_from_few(recipe: str, count: int, number: int) -> float:
    own = np.arange(count * number, count * (number + 1)) % TRAINING_BAGS
    rows = np.resize(own, TRAINING_BAGS)  # over and over again
    few_bags, few_labels = mixed_training[0][rows], mixed_training[1][rows]
    learner = start_again(recipe, SEED + number)
    weights = class_weights(few_labels)
    learner.fit(
        as_batches(few_bags, few_labels, BATCH_SIZE), epochs=3, class_weight=weights, verbose=0
    )
    return accuracies([learner])[0]


compared = ("attention", "instance", "max", "mean")
by_count = {recipe: [] for recipe in compared}
for recipe in compared:
    for count in FEW_BAGS:
        two = [accuracy_from_few(recipe, count, number) for number in range(2)]
        by_count[recipe].append(np.array(two))
    by_count[recipe].append(with_many[recipe])

# %%
few_fig, few_ax = plt.subplots(figsize=(6.8, 3.6))
looks = {
    "attention": (plots.BLUE, "o", "-"),
    "instance": (plots.PURPLE, "D", "--"),
    "max": (plots.GREEN, "^", "-"),
    "mean": (plots.VERMILION, "s", "-"),
}
counts = [*FEW_BAGS, TRAINING_BAGS]
for recipe, (colour, marker, style) in looks.items():
    for count, values in zip(counts, by_count[recipe], strict=True):
        few_ax.plot(np.full(len(values), count), values, marker, color=colour, markersize=4)
    means = [values.mean() for values in by_count[recipe]]
    few_ax.plot(counts, means, style, color=colour, marker=marker, label=recipe)
few_ax.set_xscale("log")
few_ax.set_xticks(counts, counts)
few_ax.minorticks_off()
few_ax.set(xlabel="training bags", ylabel=f"accuracy, fresh bags of 1 to {LARGEST_BAG}")
few_ax.legend()
plots.described(
    few_fig,
    "Accuracy on fresh bags over the number of training bags, 100 to 1,000 on a logarithmic axis, a dot for each model and "
    "a line for each recipe. With the fewest bags the mean lies far below the other three; with 1,000 all are near the top.",
)

# %%
attention_few, mean_few = by_count["attention"][0].mean(), by_count["mean"][0].mean()
expect("mil.few_attention", attention_few, edition)
expect("mil.few_lead_over_mean", attention_few - mean_few, edition)

# %% [markdown]
# With the fewest bags the gap is wide. The first line is the accuracy of attention, the second its lead over the mean.
# Were three epochs too few for the mean? We let it go on to thirty, with two seeds, and it did no better. So a
# comparison with plenty of data would have hidden this difference. The two maxima get along with few bags, too. With
# attention and with both maxima, *one* instance can speak for its bag; in a mean of eight, each has an eighth of the
# say.
#
# ### A bag much larger than any in training
#
# Back to the models that learned from a thousand bags. They have never seen more than eight instances. What if a
# slide gives thirty? We make bags of 30 from fresh pictures: half of them hold exactly one 1, the other half none.
#
# **Predict before you run.** How much of a mean over 30 embeddings is due to one key instance? Which share of the
# positive bags will each recipe find? And which will raise false alarms?

# %%
pictures, digits = for_comparison
others = rng.permutation(np.flatnonzero(digits != POSITIVE))
check_supply(2, HUGE_BAG, others)
huge = pictures[others[: len(others) // HUGE_BAG * HUGE_BAG]].reshape(-1, HUGE_BAG, 28, 28) / 255
ones = rng.permutation(np.flatnonzero(digits == POSITIVE))[: len(huge) // 2]
positives = len(ones)
huge[:positives, 0] = pictures[ones] / 255  # the order does not matter, so the first place will do
is_key_huge = np.zeros(huge.shape[:2], bool)
is_key_huge[:positives, 0] = True
print(f"{positives} positive bags and {len(huge) - positives} negative ones of {HUGE_BAG}")

# %%
alarms = {
    recipe: np.array([answers_of(model, huge) > 0.5 for model in models])
    for recipe, models in mixed.items()
}
found = {recipe: said[:, :positives].mean(axis=1) for recipe, said in alarms.items()}
false_alarms = {recipe: said[:, positives:].mean(axis=1) for recipe, said in alarms.items()}

# %%
huge_fig, huge_axes = plt.subplots(1, 2, figsize=(9.4, 3.1), sharey=True)
panels = {"positive bags found": found, "false alarms": false_alarms}
for ax, (title, table) in zip(huge_axes, panels.items(), strict=True):
    for place, values in enumerate(table.values()):
        ax.plot(np.full(len(values), place), values, "o", color=plots.BLUE)
        ax.hlines(values.mean(), place - 0.25, place + 0.25, color=plots.BLUE, lw=2)
    ax.set_xticks(range(len(table)), list(table), fontsize=10)
    ax.set(title=title, xlim=(-0.6, len(table) - 0.4), ylim=(-0.04, 1.04))
    ax.grid(False, axis="x")
huge_axes[0].set_ylabel(f"share of bags of {HUGE_BAG}")
plots.described(
    huge_fig,
    "Two panels with a dot for each model of five recipes, for bags of 30. Positive bags found: nearly all with attention "
    "without penalty, max and instance; almost none with mean; with attention as before, a share that differs from model "
    "to model. False alarms: none with mean, up to about a fifth with the others.",
)

# %%
expect("mil.huge_recall_mean", found["mean"].mean(), edition)
expect("mil.huge_recall_max", found["max"].mean(), edition)
expect("mil.huge_recall_instance", found["instance"].mean(), edition)
expect("mil.huge_recall_no_penalty", found["no penalty"].mean(), edition)

# %% tags=["nbval-ignore-output"]
for recipe in mixed:
    print(
        f"{recipe:10} finds", *(f"{share:.0%}" for share in found[recipe]), end="   false alarms "
    )
    print(*(f"{share:.0%}" for share in false_alarms[recipe]))

# %% [markdown]
# Now they part.
#
# - **The mean** hears the key instance as one voice among thirty. It misses nearly all positive bags.
# - **Both maxima, and attention without penalty**, find nearly all. But thirty instances are thirty chances for a
#   false alarm. Let a model be mistaken about 3 innocent instances in 1,000. Then fewer than 1 in 100 innocent bags
#   of three give an alarm. Of the innocent bags of thirty, the share is $1 - 0.997^{30} \approx 0.09$. (Exercise 1
#   turns that round.)
# - **Attention with the penalty** is the same recipe, on the same bags, from the same first weights, and differs
#   in one number alone. Yet its answers are different. Why?
#
# **Predict before you run.** We look at the weight of the only 1 among thirty. With and without penalty: is it near
# 1, or near a thirtieth? And is it the *largest* weight?

# %%
weight_in_huge, top_in_huge = {}, {}
for recipe in ("attention", "no penalty"):
    weights_huge = [explain(model, huge.astype("float32"))[0] for model in mixed[recipe]]
    weight_in_huge[recipe] = np.array([weight_of_key(w, is_key_huge) for w in weights_huge])
    top_in_huge[recipe] = np.array([key_on_top(w, is_key_huge) for w in weights_huge])
lost = weight_in_huge["no penalty"] - weight_in_huge["attention"]  # in pairs: same seed, same bags
expect("mil.huge_weight_no_penalty", weight_in_huge["no penalty"].mean(), edition)
expect("mil.huge_weight_lost", lost.mean(), edition)
expect("mil.huge_key_on_top", top_in_huge["attention"].mean(), edition)
spared = false_alarms["no penalty"] - false_alarms["attention"]
expect("mil.huge_alarms_spared", spared.mean(), edition)
print("with the penalty, the key weighs less in each pair:", bool((lost > 0).all()))
assert lost.mean() > 0

# %% tags=["nbval-ignore-output"]
for recipe in weight_in_huge:
    print(
        f"{recipe:10} weight of the key", *(f"{w:.2f}" for w in weight_in_huge[recipe]), end="   "
    )
    print("key on top", *(f"{share:.0%}" for share in top_in_huge[recipe]))

# %% [markdown]
# So the penalty is the cause: switch it off, and the key instance has nearly all the weight; switch it on, and it is
# *diluted*. The second line is what it loses, on average. It still has the *largest* weight in nearly every bag, as
# the third line says. (Early stopping watches the loss with the penalty in it, so with the penalty it may stop at
# another epoch. Is it only that? In the section on overfitting both train for the same number of epochs, and again
# only the penalised weight fades.)
#
# Why does a penalty do that? It keeps $V$, $U$ and $w$ small, so the scores stay close together. Let the score of
# the key instance lead those of all others by 3, or by 7. How much weight does that make in a bag of 3, of 8, of
# 30?

# %%
for ahead in (3.0, 7.0):
    shares = [softmax(np.r_[ahead, np.zeros(size - 1)])[0] for size in (3, 8, 30)]
    print(f"a lead of {ahead:.0f}:", *(f"{share:.2f}" for share in shares))

# %% [markdown]
# Among three, a lead of 3 is plenty: the loss has little to gain from a larger one, and the penalty grows with it.
# Among thirty, the 29 others share more than half of the weight.
#
# The penalty has a good side, too: what stands out wrongly is diluted like what stands out rightly. The fourth line
# above says by how much the share of negative bags with a false alarm falls. So the penalty is neither good nor
# bad, but a knob that you must know. Train with bags as large as those that you will meet, or test what happens
# when they are larger.
#
# ### So what does attention give?
#
# | rival | what attention has | what it has not |
# |---|---|---|
# | mean | learns from few bags; finds one among thirty, without penalty | |
# | maximum of embeddings | says which instance | no better answers |
# | instance-level maximum | | no better answers, no better pointing, and weights that cannot say "none of these" |
#
# Against the last one it looks poor, and that is the game's fault: its label *is* a maximum. There are labels of
# another kind, where no instance can decide alone. A maximum over instances cannot learn such a label, and a
# weighted mean may. In exercise 5 you invent one.
#
# ## What overfitting does to attention
#
# We take only a tenth of the training bags of three, and train far too long: no early stopping. Three times without
# the L2 penalty on the attention layer and three times with it, each time with another tenth. After 2, 4, 8, ...
# epochs we look at fresh bags of three.
#
# **Predict before you run.** The network will learn its few bags by heart. What will become of its answers on
# fresh bags? And of its attention weights, with and without the penalty?

# %%
LOOKS = [2, 4, 8, 16, 32, 64]
TENTH = TRAINING_BAGS // 10
bags_new, labels_new, is_key_new = draw_bags(*for_comparison, TEST_BAGS, BAG_SIZE, POSITIVE, rng)


def look(model: keras.Model) -> tuple[float, ...]:
    weights, answers = explain(model, bags_new)
    return (
        accuracy(answers, labels_new),
        cross_entropy(answers, labels_new),
        key_on_top(weights, is_key_new),
        weight_of_key(weights, is_key_new),
    )


def overfit(recipe: str, part: int) -> list[tuple[float, ...]]:
    learner = start_again(recipe, SEED + part)
    some = slice(TENTH * part, TENTH * (part + 1))
    tenth, rows = as_batches(bags[some], labels[some], BATCH_SIZE), []
    for before, epochs in zip([0, *LOOKS], LOOKS, strict=False):
        learner.fit(tenth.repeat(epochs - before), verbose=0)  # several epochs in one go
        rows.append(look(learner))
    return rows


tracks = {}  # for each recipe an array of shape (runs, looks, values)
for recipe in ("no penalty", "attention"):
    tracks[recipe] = np.array([overfit(recipe, part) for part in range(3)])

# %%
tracks_fig, tracks_axes = plt.subplots(1, 3, figsize=(9.6, 3.3))
titles = (
    "cross-entropy\non fresh bags",
    "key instance on top,\nshare of bags",
    "weight of the\nkey instance",
)
styles = {
    "no penalty": ("without penalty", plots.VERMILION, "s"),
    "attention": ("with L2 penalty", plots.BLUE, "o"),
}
for column, (ax, title) in enumerate(zip(tracks_axes, titles, strict=True), start=1):
    for recipe, (label, colour, marker) in styles.items():
        runs = tracks[recipe][:, :, column]
        ax.plot(LOOKS, runs.T, color=colour, lw=0.5)
        ax.plot(LOOKS, runs.mean(axis=0), marker=marker, color=colour, label=label, markersize=4)
    ax.set_xscale("log", base=2)
    ax.set_xticks(LOOKS, LOOKS)
    ax.set(xlabel="epochs", ylabel=title)
tracks_axes[0].set_ylim(bottom=0)
tracks_axes[1].set_ylim(0.9, 1.003)
tracks_axes[2].axhline(1 / BAG_SIZE, color=plots.GREY, linestyle="--", label="a third: all alike")
tracks_axes[2].set_ylim(0.25, 1.02)
tracks_fig.legend(*tracks_axes[2].get_legend_handles_labels(), loc="outside upper center", ncols=3)
plots.described(
    tracks_fig,
    "Three panels by epoch, on a logarithmic axis, without and with L2 penalty, a line for each run and a thick one "
    "for their mean. The cross-entropy on fresh bags falls and then rises. The share of bags with the key on top, on an "
    "axis from 0.9, rises, and without the penalty falls again a little. The key's weight stays high without the penalty "
    "and fades with it.",
)

# %% [markdown]
# Mind the middle panel: its axis begins at 0.9, since the change is small. (A first look may lie below it.)

# %% tags=["nbval-ignore-output"]
for recipe, (label, *_) in styles.items():
    print(f"{label}    accuracy  cross-entropy  key on top  weight of the key")
    for epochs, row in zip(LOOKS, tracks[recipe].mean(axis=0), strict=True):
        print(
            f"  {epochs:3} epochs         {row[0]:8.3f} {row[1]:14.3f} {row[2]:11.3f} {row[3]:18.3f}"
        )

# %%
free, held = (tracks[recipe].mean(axis=0) for recipe in styles)
lowest = free[:, 1].argmin()  # the look with the lowest loss
expect("mil.overfit_loss_rise", free[-1, 1] - free[lowest, 1], edition)
expect("mil.overfit_accuracy_change", free[-1, 0] - free[lowest, 0], edition)
expect("mil.overfit_key_on_top_gap", held[-1, 2] - free[-1, 2], edition)
expect("mil.last_weight_without_penalty", free[-1, 3], edition)
expect("mil.last_key_on_top_with_penalty", held[-1, 2], edition)
expect("mil.overfit_weight_fade", held[:, 3].max() - held[-1, 3], edition)

# %% [markdown]
# Without the penalty the accuracy at the end is hardly lower than where the loss was lowest, and it may even be
# higher: whoever watches the accuracy alone sees no harm. But the loss has risen well above its best value, because
# the mistakes have become confident. And the explanation suffers, in two different ways:
#
# - **Without the penalty** the weights stay high, but they point at the wrong instance more often than with it. The
#   third line is the difference at the end.
# - **With the penalty** the key instance stays on top, but the weights fade. Once the training bags are known by
#   heart, the cross-entropy has nothing left to gain. Only the penalty still pulls, and it pulls $V$, $U$ and
#   $w$ towards 0. The longer that goes on, the closer the scores come to each other, and attention is on its way to
#   a plain mean. It is the dilution of the large bags once more.
#
# So stop early, also for the sake of the explanation. And before you believe attention weights, look at the validation
# loss of the model that made them: the cross-entropy, without the penalty.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/09_mil_attention.ipynb) ask you how often a model
# may be mistaken, to write a softmax that ignores padding and a maximum that is smooth, to find out why good
# weights look bad, and to invent a label that no maximum can learn. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("09_mil_attention")

# %% [markdown]
# ## What you learned
#
# 1. A bag is positive if at least one instance is. Labels come this way when nobody has the time to look at every
#    piece.
# 2. Gated attention: a tanh branch times a sigmoid gate gives a score, and a softmax over the bag turns scores
#    into weights that sum to 1. As a layer it needs `build`, `call` and, for the file, `get_config`. Shuffle the
#    instances and compare the answers: a weighted sum does not care, and embeddings side by side do.
# 3. One tensor of bags instead of a list saves most of the time, and a mask makes padding weigh exactly 0. Class
#    weights, checkpoints and early stopping work as before, and the loss of an ensemble is never above the mean
#    loss of its members.
# 4. After training the key instance nearly always has the largest weight. Weights compare the instances of one bag: in
#    a negative bag they point at something, too. Overfitting makes attention err more often without a penalty, and
#    makes the weights fade with one. The cross-entropy on fresh bags shows it, the accuracy may not.
# 5. With many small bags the way of pooling hardly matters. With few bags the mean falls far behind, and with large
#    ones it fails. Where attention was diluted, one changed number found the cause: the penalty. And where a label is
#    a maximum, a maximum over instances does as well, and is simpler: try the simple model first.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the textbook
# reports, where it reports a number. Both editions hold the same pictures, so their ranges are alike:

# %%
show_bands("mil.", edition)
