# %% [markdown]
# # Tuning: how to fight overfitting
#
# *Make a network that learns its training reviews by heart learn something more useful, and measure what helps.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | about two minutes | under 1.5 GB | the film reviews of lesson 2 | [lesson 4](04_housing_regression.ipynb) |
#
# **After this lesson you can**
#
# 1. tell underfitting from overfitting by two curves, and name four cures;
# 2. say what more or fewer units do to training and to validation;
# 3. compute an L1 or L2 penalty and dropout by hand, and use them in Keras;
# 4. stop early, and compare recipes fairly: over several seeds, with the spread;
# 5. run a search for good settings that survives a kill, and that several processes share.

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 5_000
REVIEWS = 5_000
BATCH_SIZE = 256
LEARNING_RATE = 0.002
EPOCHS = 8
RUNS = 5
TRIALS = 20

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import hashlib
import inspect
import subprocess
import sys
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import optuna
from matplotlib.ticker import MaxNLocator
from scipy import stats
from tqdm import tqdm

from helpers import plots
from helpers.data import imdb
from helpers.feedback import expect, show_bands
from helpers.progress import Progress
from helpers.search import Search
from helpers.text import multi_hot_batches

# %% [markdown]
# ## Two goals that pull apart
#
# Training is *optimisation*: make the loss on the training data as small as possible. What we want is
# *generalisation*: a small loss on data that the network has never seen. At first both go together. Then,
# as you saw in lesson 2, they part.
#
# - **Underfitting**: the training loss is still high, and the validation loss is no better. There is more to
#   learn. Train longer, or use a larger network.
# - **Overfitting**: the training loss falls on, while the validation loss rises. The network learns what is
#   special about these examples and true for no others.
#
# Against overfitting there are four cures:
#
# 1. **more data**: the more examples, the less of them can be learned by heart;
# 2. **a smaller network**, which has no room for learning by heart;
# 3. **regularisation**: large weights cost something;
# 4. **dropout**: during training, units are switched off at random.
#
# And there is a simple habit that goes with each of them: **stop early**. What helps, and how much? This lesson
# measures it.
#
# ## The data
#
# They are the reviews of lesson 2, as multi-hot vectors. We take few of them on purpose: 5,000 to learn from
# and 5,000 to validate, with a vocabulary of the 5,000 most frequent words. Overfitting then comes soon, and a
# training takes a second or two, so that we can afford many.

# %%
(x_train, y_train), (x_test, y_test), edition = imdb(num_words=NUM_WORDS)
y_train, y_test = y_train.reshape(-1, 1), y_test.reshape(-1, 1)
x_validation, y_validation = x_train[:REVIEWS], y_train[:REVIEWS]
x_rest, y_rest = x_train[REVIEWS:], y_train[REVIEWS:]
x_few, y_few = x_rest[:REVIEWS], y_rest[:REVIEWS]
print(f"{len(x_few):,} to learn from, {len(x_validation):,} to validate, more in reserve")
print(f"positive: {y_few.mean():.0%} and {y_validation.mean():.0%}")

# %% [markdown]
# The same reviews will be read a few hundred times. So we make their vectors once, one byte a number, and
# keep them with `cache`, as in lesson 4. Each training then deals the same batches in an order of its own.

# %%
training = multi_hot_batches(x_few, y_few, NUM_WORDS, BATCH_SIZE).cache()
validation = multi_hot_batches(x_validation, y_validation, NUM_WORDS, batch_size=1000).cache()
print(f"{len(training)} weight updates an epoch")
print(f"{(len(x_few) + len(x_validation)) * NUM_WORDS / 1e6:.0f} MB for all vectors")

# %% [markdown]
# ## One function for all recipes
#
# It is the network of lesson 2. What we are going to change are its arguments. Do not mind `l1`, `l2` and
# `dropout` yet.
#
# Two things differ. The metric `binary_crossentropy` is the loss of lesson 2, without anything added to it: you will
# see why we need it beside the loss. And the optimiser is Adam, as at the end of lesson 4. It adapts the step for each
# weight like `rmsprop`, and it follows an average of the latest slopes. Its curves jump less, so that small
# differences can be seen.


# %%
def build_model(units=16, l1=0.0, l2=0.0, dropout=0.0) -> keras.Model:
    penalty = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
    layers = [keras.Input(shape=(NUM_WORDS,))]
    for _ in range(2):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=LEARNING_RATE),
        loss="binary_crossentropy",
        metrics=["binary_crossentropy"],
    )
    return model


# %% [markdown]
# One training proves little: another seed, another result. So we train each recipe several times. The seed
# decides the first weights and the order of the batches. All recipes get the same seeds.
#
# A trick saves time. When a model sees its first batch, Keras translates it for the computer,
# which takes as long as several epochs. So we translate once a recipe. For each seed we take the random weights of
# a `fresh` model, and its optimiser, which has no memory of earlier steps yet.

# %%
SEEDS = [SEED + 1000 * run for run in range(RUNS)]  # far from those of the search below
runs, models = {}, {}


def train(name: str, build=build_model, seeds=SEEDS, data=training, callbacks=(), **recipe) -> None:
    runs[name], models[name] = [], None
    for seed in tqdm(seeds, desc=name, unit="run", file=sys.stdout, leave=False, ncols=80):
        keras.utils.set_random_seed(seed)
        fresh = build(**recipe)
        fresh.optimizer.build(fresh.trainable_variables)
        model = models[name] = models[name] or fresh
        model.set_weights(fresh.get_weights())
        for variable, new in zip(model.optimizer.variables, fresh.optimizer.variables, strict=True):
            variable.assign(new)
        history = model.fit(
            data.shuffle(len(training), seed=seed),
            validation_data=validation,
            epochs=EPOCHS,
            verbose=0,
            callbacks=[*callbacks],
        )
        runs[name].append(history.history)
    print(f"{name}: trained with {len(seeds)} seed{'s' if len(seeds) > 1 else ''}")


# %% [markdown]
# ## Capacity: 4, 16 or 512 units
#
# The *capacity* of a network is how much it can learn by heart. It grows with the number of units.
#
# **Predict before you run.** Three networks, with 4, 16 and 512 units in each hidden layer. Which one gets
# the lowest training loss? Which one overfits first?
#
# The largest has about 35 times as many weights as the middle one, so we train it three times only.

# %%
train("16 units")
train("4 units", units=4)
train("512 units", units=512, seeds=SEEDS[:3])


# %%
def curves(name: str, metric="binary_crossentropy") -> np.ndarray:
    return np.array([history[metric] for history in runs[name]])


fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.6), sharey=True)
epochs = np.arange(1, EPOCHS + 1)
for ax, name in zip(axes, ("4 units", "16 units", "512 units"), strict=True):
    ax.plot(epochs, curves(name).T, color=plots.BLUE, marker="o", markersize=3, lw=1.2)
    val = curves(name, "val_binary_crossentropy").T
    ax.plot(epochs, val, color=plots.VERMILION, marker="s", markersize=3, lw=1.2)
    ax.set(title=name, xlabel="epoch", xticks=epochs, ylim=(0, 0.9))
axes[0].set_ylabel("cross-entropy")
handles = [axes[0].lines[0], axes[0].lines[-1]]
fig.legend(handles, ["training", "validation"], loc="outside upper center", ncols=2)
plots.described(
    fig,
    "Three panels, for networks with 4, 16 and 512 units: training and validation cross-entropy by "
    "epoch, one line a seed. The more units, the faster the training curve falls and the sooner and "
    "higher the validation curve climbs.",
)

# %% [markdown]
# Each line is one seed. The network with 512 units has learned its training reviews by heart after a few
# epochs: its training loss goes to 0. Its validation loss turns first, and climbs highest. The network with
# 16 units does the same more slowly.
#
# The smallest network overfits least. But four ReLU units are few. A unit that gives 0 for every review has no slope and learns
# nothing any more: it is *dead*. Among 512 units nobody misses one; of four it is a quarter. Whether it happened in
# your runs, the lines tell: a run that lost units early stays high, even on the training reviews.
#
# We check this in numbers, as means over the seeds: the training loss after the last epoch, the epoch of the lowest
# validation loss, and how much higher the validation loss ends with 512 units than with 16.


# %%
def best_epoch(name: str) -> float:
    return (curves(name, "val_binary_crossentropy").argmin(axis=1) + 1).mean()


expect("tuning.training_loss_512", curves("512 units")[:, -1].mean(), edition)
expect("tuning.training_loss_16", curves("16 units")[:, -1].mean(), edition)
expect("tuning.best_epoch_512", best_epoch("512 units"), edition)
expect("tuning.best_epoch_16", best_epoch("16 units"), edition)
expect("tuning.best_epoch_4", best_epoch("4 units"), edition)
last = {units: curves(f"{units} units", "val_binary_crossentropy")[:, -1] for units in (16, 512)}
expect("tuning.ends_higher_512", last[512].mean() - last[16].mean(), edition)
spread = {units: np.ptp(curves(f"{units} units")[:, -1]) for units in (4, 16)}
expect("tuning.wider_spread_4", np.log10(spread[4] / spread[16]), edition)

# %% [markdown]
# The last line is for the smallest network. It takes the spread of the training losses after the last epoch, the
# largest minus the smallest, and compares it with that of 16 units, as a power of ten: 1 means ten times as
# wide, 2 a hundred times.
#
# From here on, the network with 16 units is our *plain* one. All cures are measured against it.
#
# ## The first cure: more data
#
# **Predict before you run.** What if we had 1,000 reviews to learn from, instead of 5,000? To be fair, each
# epoch reads them five times, so that the number of weight updates is the same.

# %%
fewer = multi_hot_batches(x_few[:1000], y_few[:1000], NUM_WORDS, BATCH_SIZE).cache()
train("1,000 reviews", data=fewer.repeat(5))


# %%
def best(name: str) -> np.ndarray:
    return curves(name, "val_binary_crossentropy").min(axis=1)  # the lowest point of each run


expect("tuning.cost_of_less_data", (best("1,000 reviews") - best("16 units")).mean(), edition)

# %% [markdown]
# That is what the missing reviews cost: the lowest validation loss with 1,000 reviews minus the lowest with
# 5,000. Keep the number in mind: no other cure will lower that point as much. But more data is not always to be had.
# At the end of the lesson we open the reserve.
#
# ## The third cure: make large weights expensive
#
# (The second cure, a smaller network, you have just seen.)
#
# A network that knows examples by heart often has large weights: it must react strongly to a single rare
# word. So we add a *penalty* to the loss, which grows with the weights:
#
# $$\text{loss} = \text{cross-entropy} + \lambda_1 \sum_i |w_i| + \lambda_2 \sum_i w_i^2$$
#
# - $w_i$ are the weights of the hidden layers, without the biases;
# - $\lambda_1$ and $\lambda_2$ say how expensive weights are; one of them is often 0.
#
# The first sum is called *L1*, the second *L2*. Let us compute both by hand and compare with Keras.

# %%
L1, L2 = 0.0001, 0.001
model = build_model(l1=L1, l2=L2)
kernels = [layer.kernel.numpy() for layer in model.layers[:2]]
by_hand = sum(L1 * np.abs(w).sum() + L2 * np.square(w).sum() for w in kernels)
by_keras = float(sum(model.losses))
print("same to five digits:", np.isclose(by_hand, by_keras, rtol=1e-5))

# %% [markdown]
# **Predict before you run.** The slope of $\lambda_2 w^2$ is $2 \lambda_2 w$. The slope of $\lambda_1 |w|$ is
# $\lambda_1$ for a positive weight and $-\lambda_1$ for a negative one, however small it is. Which penalty
# pushes a small weight all the way to 0, and which one hardly touches it?

# %%
train("L1", l1=L1)
train("L2", l2=L2)
train("L1 + L2", l1=L1, l2=L2)

# %% [markdown]
# Here are the weights of the first layer after training with the last seed. We leave out the units that have *all*
# their weights near 0. Such a unit is dead. Nothing but the penalty acts on it any more, and either penalty shrinks
# it to nothing.


# %%
def living_weights(model: keras.Model) -> np.ndarray:
    kernel = model.layers[0].kernel.numpy()  # one column a unit
    return kernel[:, np.abs(kernel).max(axis=0) > 0.01].ravel()


recipes = ("16 units", "L1", "L2", "L1 + L2")
weights = {name: living_weights(models[name]) for name in recipes}
fig, axes = plt.subplots(1, 4, figsize=(9.5, 3), sharex=True, sharey=True)
for ax, name in zip(axes, recipes, strict=True):
    ax.hist(weights[name], np.linspace(-0.15, 0.15, 61), color=plots.BLUE)
    ax.set(title=name, xlabel="weight", yscale="log")
axes[0].set_ylabel("number of weights (log scale)")
plots.described(
    fig,
    "Four histograms of the first layer's weights: without penalty they are spread widely; with L1 "
    "there is a sharp peak at 0; with L2 the spread is narrower; with both, a sharp peak at 0 and the "
    "narrowest spread.",
)

# %%
near_zero = {name: np.mean(np.abs(weights[name]) < 0.001) for name in recipes}
expect("tuning.near_zero_plain", near_zero["16 units"], edition)
expect("tuning.near_zero_l1", near_zero["L1"], edition)
print("with L2 fewer than with L1:", near_zero["L2"] < near_zero["L1"])
expect("tuning.spread_ratio_l2", weights["L2"].std() / weights["16 units"].std(), edition)

# %% [markdown]
# The first two lines are the shares of weights within 0.001 of zero, without a penalty and with L1. L1 drives a
# large part of them there: the network ignores these words. (They are not exactly zero, because each update still
# moves them by a small step.) L2 brings fewer there, but makes the weights smaller: the last line is their standard
# deviation with L2 divided by that without.
#
# ### The penalty is for training only
#
# The penalty changes how weights are *learned*. It is no part of what the network computes: the same weights
# in a network without a penalty give the very same predictions.
#
# **Predict before you run.** Is the penalty in the loss that Keras reports for the validation data?

# %%
penalised = models["L1 + L2"]
free = build_model()
free.set_weights(penalised.get_weights())
same = np.array_equal(penalised.predict(validation, verbose=0), free.predict(validation, verbose=0))
print("same predictions:", same)
scores = penalised.evaluate(validation, verbose=0, return_dict=True)
difference = scores["loss"] - scores["binary_crossentropy"]
print(
    "loss minus cross-entropy is the penalty:",
    np.isclose(difference, sum(penalised.losses), rtol=1e-3),
)

# %% [markdown]
# Yes, it is! Keras adds it to the reported loss, in `evaluate` just as in `fit`. Whoever compares such
# a loss with that of a plain network compares two different things. That is why we watch the metric
# `binary_crossentropy`: it is the same yardstick for all.
#
# ## The fourth cure: dropout
#
# During training, dropout sets each output of a layer to 0 with probability $p$, the *rate*. Next time others
# are hit. No unit can rely on a certain other one, so a few units cannot agree on what they know by heart.
#
# When half of the outputs are missing, the next layer gets only half of the usual sum. So what remains is
# divided by $1 - p$. This is called *inverted* dropout. With a rate of 0.5, survivors count double. In NumPy:


# %%
def dropout(outputs: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    survives = rng.random(outputs.shape) >= rate
    return outputs * survives / (1 - rate)


rng = np.random.default_rng(0)
some_outputs = np.array([0.3, 0.0, 1.2, 0.5, 0.8, 2.0])
print(some_outputs)
for _ in range(3):
    print(dropout(some_outputs, 0.5, rng))

# %% [markdown]
# Zeros and doubled values. **Predict before you run.** What is the mean over very many such rows?

# %%
mean = np.mean([dropout(some_outputs, 0.5, rng) for _ in range(100_000)], axis=0)
print(mean.round(1))
print("the mean is what went in, to 0.02:", np.allclose(mean, some_outputs, atol=0.02))

# %% [markdown]
# The *expected* value of each output $x$ is kept: $p \cdot 0 + (1 - p) \cdot \frac{x}{1 - p} = x$. So the next layer
# sees sums of the usual size, and after training there is nothing left to correct.
#
# Does the layer of Keras do the same? We give it random numbers, with dropout on (`training=True`) and off.

# %%
layer = keras.layers.Dropout(0.5, seed=SEED)
given = rng.uniform(1, 2, size=(1000, 100)).astype("float32")
on = keras.ops.convert_to_numpy(layer(given, training=True))
off = keras.ops.convert_to_numpy(layer(given, training=False))
survives = on != 0
print("on, same as by hand with its survivors:", np.allclose(on, given * survives / (1 - 0.5)))
print(f"mean of what comes out divided by that of what goes in: {on.mean() / given.mean():.2f}")
print("off, nothing is changed:", np.array_equal(off, given))
expect("tuning.dropout_share", np.mean(~survives), edition)

# %% [markdown]
# Off is what happens in `predict` and `evaluate`, and when `fit` validates. Now we put it after each hidden
# layer.
#
# **Predict before you run.** With dropout, will the training loss be higher or lower than without?

# %%
train("dropout", dropout=0.5)

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.8), sharey=True)
styles = {
    "16 units": (plots.BLUE, "o"),
    "L1": (plots.GREY, "^"),
    "L2": (plots.GREEN, "v"),
    "L1 + L2": (plots.PURPLE, "D"),
    "dropout": (plots.VERMILION, "s"),
}
for name, (colour, marker) in styles.items():
    style = {"color": colour, "marker": marker, "markersize": 5}
    left.plot(epochs, curves(name).mean(axis=0), **style)
    right.plot(epochs, curves(name, "val_binary_crossentropy").mean(axis=0), label=name, **style)
left.set(title="training", xlabel="epoch", ylabel="cross-entropy, mean over seeds")
right.set(title="validation", xlabel="epoch")
fig.legend(*right.get_legend_handles_labels(), loc="outside upper center", ncols=5)
plots.described(
    fig,
    "Two panels, training and validation cross-entropy by epoch, averaged over the seeds, for the plain "
    "network, L1, L2, L1 + L2 and dropout. The plain network falls lowest in training and climbs highest "
    "in validation.",
)

# %% [markdown]
# Every cure makes training harder: the curves on the left stay higher. With dropout that has a second
# reason, too: the training loss is measured while units are missing. And with every cure the curve on the
# right climbs less. After the last epoch, by how much is each cured network better than the plain one? Here
# is the smallest of the four gains, a mean over the seeds.

# %%
final = {name: curves(name, "val_binary_crossentropy")[:, -1] for name in styles}
cures = ("L1", "L2", "L1 + L2", "dropout")
smallest_gain = min((final["16 units"] - final[name]).mean() for name in cures)
expect("tuning.smallest_gain_at_the_end", smallest_gain, edition)

# %% [markdown]
# Done, then? Not quite. Look at the *lowest* point of each curve on the right. They lie close together.
#
# ## Stop early
#
# Nobody makes us train to the last epoch. You met `EarlyStopping` in lesson 1: when what it watches has not
# improved for `patience` epochs, training ends, and with `restore_best_weights` the model goes back to its best
# epoch.
#
# **Predict before you run.** The same plain network, with the same first seed: how many epochs will it run,
# with a patience of 3?

# %%
stop = keras.callbacks.EarlyStopping(
    monitor="val_binary_crossentropy", mode="min", patience=3, restore_best_weights=True
)
train("stopped", seeds=SEEDS[:1], callbacks=[stop])
lowest_at = int(curves("16 units", "val_binary_crossentropy")[0].argmin()) + 1
scores = models["stopped"].evaluate(validation, verbose=0, return_dict=True)
ran = len(runs["stopped"][0]["loss"])
print("it ran three epochs past the best, or to the end:", ran == min(lowest_at + 3, EPOCHS))
print(
    "it has the weights of the best:",
    np.isclose(scores["binary_crossentropy"], best("16 units")[0], atol=1e-5),
)

# %% [markdown]
# So a run that is stopped early ends up exactly at the lowest point of its curve. We need not train
# anything again: we can read off the curves what early stopping would have given, if only the patience is long
# enough.
#
# ## One fair comparison
#
# Fair means: the same data, the same seeds, the same number of epochs at most, and each network stopped at its
# best epoch. We choose on the validation data, and the test set still waits.
#
# Two seeds of the *same* recipe differ, too. So a difference between two recipes needs a yardstick. For each
# seed we take the *paired* difference $d$: the recipe's lowest validation cross-entropy minus that of
# the plain network with the same seed. The mean of $n$ such differences is uncertain by about
#
# $$h = t \cdot \frac{s}{\sqrt{n}}$$
#
# - $s$ is the standard deviation of the differences, and $n$ their number, one a seed;
# - $t$ comes from a table, *Student's distribution*: the fewer the runs, the larger it is. For 95 % certainty and
#   five seeds it is 2.8.
#
# If the range from mean $- h$ to mean $+ h$ holds 0, the difference may be chance: it is *within noise*.
#
# **Predict before you run.** Which recipes will be truly better than the plain network stopped early?


# %%
def compared(values: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Mean paired difference and half the width of its 95 % interval."""
    d = values - reference[: len(values)]
    t = stats.t.ppf(0.975, len(d) - 1)
    return d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))


lowest = {"16 units, never stopped": final["16 units"]}
lowest |= {name: best(name) for name in ("16 units", "4 units", "512 units", *cures)}
differences = {name: compared(values, lowest["16 units"]) for name, values in lowest.items()}

# %% tags=["nbval-ignore-output"]
print("recipe                   runs  cross-entropy    minus plain, stopped")
for name, values in lowest.items():
    mean, half = differences[name]
    verdict = "within noise" if abs(mean) <= half else "better" if mean < 0 else "worse"
    against = "" if name == "16 units" else f"  {mean:+.3f} +- {half:.3f}  {verdict}"
    print(f"{name:24} {len(values):3}   {values.mean():.3f} +- {values.std(ddof=1):.3f}{against}")

# %% [markdown]
# The first +- is the standard deviation over the seeds, the second one is $h$. Here is the same as a picture:
# each point is a mean difference, each bar its 95 % interval. Left of the dashed line is better than the plain
# network stopped early.

# %%
fig, ax = plt.subplots(figsize=(8, 3.6))
shown = [name for name in lowest if name != "16 units"][::-1]
for row, name in enumerate(shown):
    mean, half = differences[name]
    ax.errorbar(mean, row, xerr=half, color=plots.BLUE, fmt="o", capsize=4, lw=2)
ax.axvline(0, color=plots.GREY, ls="--")
ax.set_yticks(range(len(shown)), shown)
ax.set(xlabel="validation cross-entropy minus that of 16 units stopped early", ylim=(-0.6, 6.6))
plots.described(
    fig,
    "Mean difference and 95 % interval of each recipe from the plain network stopped early. Never "
    "stopping lies clearly to the right, which is worse; L1, L2, both and dropout lie close to the line "
    "at 0.",
)

# %% [markdown]
# What can we say?
#
# - **Stopping early counts most.** The plain network that was never stopped is far worse.
# - **Among networks that stop early, the recipes hardly differ.** L1, L2, dropout: each mean lies within
#   a hundredth or so of the plain network. A single run would have crowned one of them.
# - **4 units:** look at the bar. Where all runs keep their units, it is short, and this network does as well as the others.
#   If one of them loses some, its result is far off, and the bar is long.
# - **Three runs say little.** With three seeds $t$ is 4.3, so the bar of 512 units is long for its spread.
#
# Seven intervals at 95 %: even if nothing differed, about one such picture in three would show a bar that
# misses the line. So a bar that only just misses it is no discovery.

# %%
expect("tuning.gain_of_stopping", differences["16 units, never stopped"][0], edition)
expect("tuning.largest_cure_difference", max(abs(differences[n][0]) for n in cures), edition)
expect("tuning.spread_of_16_units", lowest["16 units"].std(ddof=1), edition)

# %% [markdown]
# This is no verdict on dropout or L2. On larger networks and other data they often win much. It is a
# verdict on judging by one run.
#
# ## Search for better settings
#
# We tried a handful of settings by hand. But settings act together: a higher dropout may want more
# units and another learning rate. Trying all combinations is out of reach. A *hyper-parameter* is a number that
# training does not learn, such as the number of units. A *search* tries combinations for us, and learns from
# the results where to look next. We use the library Optuna. Its first ten trials are drawn at random, half of ours; only from
# then on it learns.
#
# Three words: a *trial* is one combination, trained and measured. The *objective* is the function that does
# this. All trials together are the *study*.
#
# First, what may be tried? `suggest_…` picks a value from a range. With `log=True`, it picks as often between
# 0.001 and 0.01 as between 0.0001 and 0.001: right for numbers where factors count.


# %%
def suggested_settings(trial) -> dict:
    return {
        "units": trial.suggest_int("units", 8, 64, log=True),
        "layers": trial.suggest_int("layers", 1, 2),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "l2": trial.suggest_float("l2", 1e-6, 1e-2, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
    }


def candidate(units, layers, dropout, l2, learning_rate) -> keras.Model:
    stack = [keras.Input(shape=(NUM_WORDS,))]
    for _ in range(layers):
        penalty = keras.regularizers.L2(l2)
        stack.append(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        stack.append(keras.layers.Dropout(dropout))
    stack.append(keras.layers.Dense(1, activation="sigmoid"))
    model = keras.Sequential(stack)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="binary_crossentropy",
        metrics=["binary_crossentropy"],
    )
    return model


# %% [markdown]
# The objective trains a candidate and returns its lowest validation cross-entropy. After each epoch it
# *reports* how things stand. If most other trials were better at this point, there is little use in going on:
# the trial is *pruned*, cut off like a dead branch.
#
# The seed of a trial follows from its number, so the same trial gives the same result in any process.


# %%
def objective(trial) -> float:
    keras.utils.clear_session()
    keras.utils.set_random_seed(SEED + trial.number)
    model = candidate(**suggested_settings(trial))

    def report(epoch, logs):
        trial.report(logs["val_binary_crossentropy"], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned()

    history = model.fit(
        training.shuffle(len(training), seed=SEED + trial.number),
        validation_data=validation,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
    )
    return min(history.history["val_binary_crossentropy"])


# %% [markdown]
# ### A search that survives a kill
#
# A real search runs for hours. In that time a computer may be switched off, or a program stopped. It would also be nice
# if a second program could help, or a second computer. A program that is running is called a *process*. One idea solves
# all of this: **every trial is written to a storage when it is finished.** A process that starts reads the storage, and
# goes on from there. Two processes with the same storage share the work, and know each other's results.
#
# One setting says where the storage is, the environment variable `COURSE_SEARCH`:
#
# | `COURSE_SEARCH` | the storage | who can share it |
# |---|---|---|
# | not set | the file `search.journal` beside this notebook | processes on this computer |
# | `/some/folder/my.journal` | that file | all computers that see this folder |
# | `postgresql://user:password@host/name` | a database | all computers that reach this host |
#
# A notebook is a poor place for a long search. So we write what you have just read into a small program,
# `search_imdb.py`. Python copies the functions for us.

# %%
script = f'''"""Take part in the search of lesson 5. In as many terminals as you like: python search_imdb.py 40"""

import hashlib
import sys
from pathlib import Path

from helpers import session

if len(sys.argv) != 2:
    sys.exit(__doc__)
SEED = session.start(seed={SEED})
NUM_WORDS, REVIEWS, BATCH_SIZE, EPOCHS = {NUM_WORDS}, {REVIEWS}, {BATCH_SIZE}, {EPOCHS}

import keras
import optuna

from helpers.data import imdb
from helpers.search import Search
from helpers.text import multi_hot_batches

{inspect.getsource(suggested_settings)}
{inspect.getsource(candidate)}
{inspect.getsource(objective)}
(x, y), _, edition = imdb(num_words=NUM_WORDS)
y = y.reshape(-1, 1)
few, held_out = slice(REVIEWS, 2 * REVIEWS), slice(REVIEWS)
training = multi_hot_batches(x[few], y[few], NUM_WORDS, BATCH_SIZE).cache()
validation = multi_hot_batches(x[held_out], y[held_out], NUM_WORDS, 1000).cache()

fingerprint = hashlib.sha256(Path(__file__).read_text("utf-8").encode()).hexdigest()[:8]
pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
search = Search(f"imdb-{{edition}}-{{fingerprint}}", seed=SEED, pruner=pruner)
search.run(objective, trials=int(sys.argv[1]))
'''
_ = Path("search_imdb.py").write_text(script, "utf-8")

# %% [markdown]
# Its last lines are all there is to a shared search. `Search` opens the study in the storage, or makes it if it
# is new. `run` adds trials until the study has as many as we asked for, whoever ran them.
#
# The study's name holds a *fingerprint* of the program. Who runs the same program takes part in the same
# search. Who changes the program begins a new one, so that old results never mix with new ones.
#
# Now we test it. We start the program as a second process, just as you would in a terminal. When it has finished three
# trials and is in the middle of another one, we stop it by force: `kill` ends it at once, and it cannot write anything
# any more.

# %%
fingerprint = hashlib.sha256(script.encode()).hexdigest()[:8]
pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
search = Search(f"imdb-{edition}-{fingerprint}", seed=SEED, pruner=pruner)


def in_the_middle(trial) -> bool:
    return trial.state.name == "RUNNING" and len(trial.params) == 5  # it has all its settings


quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
worker = subprocess.Popen([sys.executable, "search_imdb.py", str(TRIALS)], **quiet)
while worker.poll() is None:  # it may come to its own end, if this search was finished before
    time.sleep(0.02)
    if search.finished >= 3 and any(map(in_the_middle, search.study.trials)):
        break
worker.kill()
worker.wait()
print(f"{search.finished} trials finished, {sum(map(in_the_middle, search.study.trials))} cut off")

# %% [markdown]
# **Predict before you run.** We ask for 20 trials. How many must this notebook still run? What becomes of the
# trial that was cut off?

# %%
search.run(objective, trials=TRIALS)

# %% [markdown]
# No finished trial was lost. And the one that was cut off?

# %%
for trial in search.study.trials[:5]:
    again = trial.user_attrs.get("retry_of")
    remark = "" if again is None else f": trial {again} again, with the same settings"
    print(f"trial {trial.number}: {trial.state.name.lower()}{remark}")

# %% [markdown]
# It is marked as failed, and its settings were tried again under a new number. How does a process know
# that another one is dead, and not just slow? While it searches, each one holds a *lock* on a small file, a mark that
# says: in use. When the process ends, in whatever way, the operating system takes the mark away. (In a database each
# process writes the time every ten seconds instead.)
#
# **Try it**, when you are through with this lesson. Open two terminals in the folder of this notebook, and run
# this line in both. It goes on to 40 trials. Stop one with `Ctrl` + `C`, or close its window, and start it again:
#
# ```text
# python search_imdb.py 40
# ```
#
# (Use terminals of the JupyterLab that `make lab` opens: there `python` is the right one.) On more computers, set
# `COURSE_SEARCH` to the same database on each and run the same line. Nothing else changes. (Python needs one
# more package for each kind of database. If it is missing, the error message names it.)
#
# ### What the search has found

# %%
trials = [trial for trial in search.study.trials if trial.value is not None]
complete = np.array([trial.state.name == "COMPLETE" for trial in trials])
values = np.array([trial.value for trial in trials])
numbers = np.array([trial.number for trial in trials])
so_far = np.minimum.accumulate(np.where(complete, values, np.inf))

fig, ax = plt.subplots(figsize=(8, 3.8))
ax.step(numbers, so_far, where="post", color=plots.VERMILION, label="best so far")
ax.plot(numbers[complete], values[complete], "o", color=plots.BLUE, label="finished")
ax.plot(numbers[~complete], values[~complete], "x", color=plots.GREY, label="pruned")
ax.axhline(best("16 units").mean(), color=plots.GREEN, ls="--", label="16 units, stopped early")
ax.set(xlabel="trial", ylabel="validation cross-entropy", xlim=(-0.5, numbers.max() + 0.5))
ax.xaxis.set_major_locator(MaxNLocator(integer=True))
fig.legend(loc="outside upper center", ncols=4)
plots.described(
    fig,
    "The history of the search: validation cross-entropy of each trial by its number, finished trials "
    "as dots, pruned ones as crosses, with a line for the best so far and a dashed line for the plain "
    "network stopped early.",
)

# %% [markdown]
# These are the five best trials.

# %% tags=["nbval-ignore-output"]
ranked = sorted(np.array(trials)[complete], key=lambda trial: trial.value)
for trial in ranked[:5]:
    p = trial.params
    print(
        f"{trial.value:.4f}  units {p['units']:2}  layers {p['layers']}  dropout {p['dropout']:.2f}  "
        f"L2 {p['l2']:.6f}  learning rate {p['learning_rate']:.4f}"
    )

# %%
expect("tuning.search_best", search.study.best_value, edition)

# %% [markdown]
# Which hyper-parameters mattered? Optuna can estimate how much of the variation between trials goes back to
# each one. The bars sum to 1.
#
# **Predict before you run.** Which of the five will it be?

# %%
importance = optuna.importance.get_param_importances(search.study)
fig, ax = plt.subplots(figsize=(7, 2.8))
names = sorted(importance, key=importance.get)
ax.barh(names, [importance[name] for name in names], color=plots.BLUE)
ax.set(xlabel="share of the variation between trials", xlim=(0, 1))
ax.grid(False, axis="y")
plots.described(
    fig,
    "Bar chart of how much of the variation between trials goes back to each hyper-parameter: units, "
    "layers, dropout, L2 and learning rate.",
)

# %% [markdown]
# Read such a chart with care. It rests on the few trials that were not pruned, and it speaks of these ranges only:
# a range that is wide enough to hold useless values makes any hyper-parameter look important.
#
# ## Is the winner really better?
#
# The best of many trials is best partly by luck: a lucky seed wins, and settings that happen to suit just these validation
# reviews. The number of the winner is too good to be true. So we train its settings again, with the seeds of our comparison.
#
# **Predict before you run.** Will the winner keep its lead over the plain network stopped early?

# %%
settings = search.study.best_params
train("winner", build=candidate, **settings)

# %% tags=["nbval-ignore-output"]
mean, half = compared(best("winner"), lowest["16 units"])
print(f"in the search {search.study.best_value:.4f}")
print(f"trained again {best('winner').mean():.4f} +- {best('winner').std(ddof=1):.4f}")
print(f"minus plain, stopped: {mean:+.4f} +- {half:.4f}")

# %%
expect("tuning.winners_luck", best("winner").mean() - search.study.best_value, edition)
expect("tuning.winners_lead", compared(best("winner"), lowest["16 units"])[0], edition)

# %% [markdown]
# The first line is what the winner lost when it was trained again: that much was luck. The second is what is left
# of its lead (below 0 is better). Is your lead larger than the noise, the number after "minus plain" and +-? Even
# then it is small beside what stopping early gave: on this data, a search works no wonders. All these networks know
# only which words occur, and that may be what sets the limit.
#
# That is worth knowing, and only the fair comparison could tell.
#
# ## Open the reserve, then test once
#
# One cure is left: more data. We take the winner's settings, and give them all the reviews in reserve. The
# validation reviews still decide when to stop.

# %% tags=["nbval-ignore-output"]
keras.utils.set_random_seed(SEED)
model = candidate(**settings)
more = multi_hot_batches(x_rest, y_rest, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
history = model.fit(
    more,
    validation_data=validation,
    epochs=EPOCHS,
    verbose=0,
    callbacks=[stop, Progress(f"trained on {len(x_rest):,} reviews")],
).history

# %%
gain = best("winner").mean() - min(history["val_binary_crossentropy"])
expect("tuning.gain_of_the_reserve", gain, edition)

# %% [markdown]
# All choices are made. The test set is used once, now.

# %% tags=["nbval-ignore-output"]
testing = multi_hot_batches(x_test, y_test, NUM_WORDS, batch_size=1000)
probability = {
    name: np.clip(network.predict(testing, verbose=0), 1e-7, 1 - 1e-7)
    for name, network in {"winner": model, "plain": models["stopped"]}.items()
}
wrong = {name: ((p > 0.5) != y_test).ravel() for name, p in probability.items()}
test_accuracy = 1 - wrong["winner"].mean()
test_loss = -np.log(np.where(y_test == 1, probability["winner"], 1 - probability["winner"])).mean()
print(f"test accuracy {test_accuracy:.4f}, cross-entropy {test_loss:.4f}")

# %%
expect("tuning.test_accuracy", test_accuracy, edition)
expect("tuning.test_loss", test_loss, edition)

# %% [markdown]
# ## Look at the mistakes
#
# The winner and the plain network that stopped early: do they fail on the same reviews?
#
# **Predict before you run.** Of the test reviews that the winner gets wrong, what share does the plain network
# get wrong, too? By chance, it would be its own share of mistakes, which comes first.

# %% tags=["nbval-ignore-output"]
print(f"the plain network gets {wrong['plain'].mean():.1%} of all test reviews wrong")

# %%
expect("tuning.shared_mistakes", wrong["plain"][wrong["winner"]].mean(), edition)

# %% [markdown]
# Most mistakes are shared. The recipe changes little about *which* reviews are hard. "Not a bad film", told
# as a set of words, is hard for each of these networks, however well it is tuned. A big step forward would need
# another view of the data, not another setting.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/05_model_tuning.ipynb) ask you to compute a
# penalty, to place dropout where it belongs, to stop early by hand, to judge a difference between two recipes,
# and to give a search its ranges. Each answer is checked at once.

# %% [markdown]
# ## What you learned
#
# 1. A high training loss is underfitting; a validation loss that rises while the training loss falls is
#    overfitting. The cures are more data, a smaller network, regularisation and dropout.
# 2. More units learn the training data by heart sooner, down to a loss of 0. With very few, a dead unit is a large loss.
# 3. L1 drives weights to zero, L2 makes them small, dropout removes outputs at random and scales up the rest. All
#    three act in training only. Compare networks by the cross-entropy without the penalty.
# 4. Stopping early is nearly free and wins most. A difference counts when it is larger than the noise of
#    the seeds; choose on the validation data, and test once.
# 5. A search writes each trial to a storage. So it survives a kill, and processes can share it. Its best
#    number is partly luck: train the winner again before you believe it.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("tuning.", edition)
