# %% [markdown]
# # Tuning: how to fight overfitting
#
# *Make a network that learns its training reviews by heart learn something more useful, and measure what helps.*
#
# English · [한국어](ko/05_model_tuning.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | two to three minutes | under 2 GB | the film reviews of lesson 2 | [lesson 4](04_housing_regression.ipynb) |
#
# **After this lesson you can**
#
# 1. tell underfitting from overfitting by two curves, and name four cures;
# 2. say what more or fewer units do to training and to validation;
# 3. compute an L1 or L2 penalty and dropout by hand, use them in Keras, and say what Adam makes of a penalty;
# 4. stop early, and compare recipes fairly: over several seeds, with the spread;
# 5. run a search for good settings that survives a stop, read its pictures, and say how far to trust its winner.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("05_model_tuning")

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
import subprocess
import sys
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import optuna
from scipy import stats
from tqdm import tqdm

from helpers import plots
from helpers.data import imdb
from helpers.feedback import expect, show_bands
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
# - **Overfitting**: the training loss goes on falling, while the validation loss rises. The network learns what
#   is special about these examples and true of no others.
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
# Our function builds the network of lesson 2. What we are going to change are its arguments. Ignore `l1`, `l2`,
# `dropout` and the last two for now.
#
# Two things differ. The metric `binary_crossentropy` is the loss of lesson 2, without anything added to it: you
# will see why we need it beside the loss. And the optimiser is Adam, as at the end of lesson 4. It adapts the step
# for each weight like `rmsprop`, and it follows an average of the latest slopes. Its curves jump less, so that
# small differences can be seen.


# %%
def build_model(
    units=16,
    layers=2,
    l1=0.0,
    l2=0.0,
    dropout=0.0,
    learning_rate=LEARNING_RATE,
    optimizer=keras.optimizers.Adam,
    **options,
) -> keras.Model:
    penalty = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
    stack = [keras.Input(shape=(NUM_WORDS,))]
    for _ in range(layers):
        stack.append(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        if dropout:
            stack.append(keras.layers.Dropout(dropout))
    stack.append(keras.layers.Dense(1, activation="sigmoid"))
    network = keras.Sequential(stack)
    network.compile(
        optimizer=optimizer(learning_rate, **options),
        loss="binary_crossentropy",
        metrics=["binary_crossentropy"],
        steps_per_execution=5,  # five batches in one go: the same numbers, a little sooner
    )
    network.optimizer.build(network.trainable_variables)  # now, since it is quicker than in `fit`
    return network


# %% [markdown]
# One training proves little: another seed, another result. So we train each recipe several times. The seed
# decides the first weights and the order of the batches. All recipes get the same seeds.
#
# When a model sees its first batch, Keras translates it for the computer, which takes as long as several epochs. So
# `train` makes one model for each recipe. For each seed this model gets new random weights, and its optimiser
# forgets all earlier steps. We keep three things: the curves and the last weights of each run, and the model of
# each recipe.

# %%
SEEDS = [SEED + 1000 * run for run in range(RUNS)]  # far from those of the search below
runs, weights, models = {}, {}, {}


def train(name: str, seeds=SEEDS, data=training, callbacks=(), **recipe) -> None:
    keras.utils.set_random_seed(seeds[0])
    model = models[name] = build_model(**recipe)
    unused = {}
    model.optimizer.save_own_variables(unused)
    runs[name], weights[name] = [], []
    for seed in tqdm(seeds, desc=name, unit="run", file=sys.stdout, leave=False, ncols=80):
        keras.utils.set_random_seed(seed)
        model.set_weights(build_model(**recipe).get_weights())
        model.optimizer.load_own_variables(unused)
        history = model.fit(
            data.shuffle(len(data), seed=seed),
            validation_data=validation,
            epochs=EPOCHS,
            verbose=0,
            callbacks=[*callbacks],
        )
        runs[name].append(history.history)
        weights[name].append(model.get_weights())
    print(f"{name}: trained with {len(seeds)} seed{'s' if len(seeds) > 1 else ''}")


# %% [markdown]
# ## Capacity: 4, 16 or 512 units
#
# The *capacity* of a network is how much it can learn by heart. It grows with the number of units.
#
# **Predict before you run.** Three networks, with 4, 16 and 512 units in each hidden layer. Which one gets
# the lowest training loss? Which one overfits first?
#
# (The largest has about 35 times as many weights as the middle one and takes as long as many of the others, so we
# train it once. The lines of the 16 units show how little a seed changes such a picture.)

# %%
train("16 units")
train("4 units", units=4)
train("512 units", units=512, seeds=SEEDS[:1])


# %%
def curves(name: str, metric="binary_crossentropy") -> np.ndarray:
    return np.array([run[metric] for run in runs[name]])


epochs = np.arange(1, EPOCHS + 1)
capacity_fig, capacity_axes = plt.subplots(1, 3, figsize=(9.5, 3.6), sharey=True)
for ax, name in zip(capacity_axes, ("4 units", "16 units", "512 units"), strict=True):
    val = curves(name, "val_binary_crossentropy")
    seen = ax.plot(epochs, curves(name).T, color=plots.BLUE, marker="o", markersize=3, lw=1.2)
    unseen = ax.plot(epochs, val.T, color=plots.VERMILION, marker="s", markersize=3, lw=1.2)
    ax.set(title=name, xlabel="epoch", xticks=epochs)
capacity_axes[0].set(ylabel="cross-entropy", ylim=0)
legend = {"loc": "outside upper center", "ncols": 4}
capacity_fig.legend([seen[0], unseen[0]], ["training", "validation"], **legend)
plots.described(
    capacity_fig,
    "Three panels, for networks with 4, 16 and 512 units: training and validation cross-entropy by "
    "epoch, one line a seed. The more units, the faster the training curve falls and the sooner and "
    "higher the validation curve climbs.",
)

# %% [markdown]
# Each line is one seed. The network with 512 units has learned its training reviews by heart after a few
# epochs: its training loss goes to 0. Its validation loss turns first, and climbs highest. The network with
# 16 units does the same more slowly. The one with 4 units overfits last.
#
# But four ReLU units are few. A unit that gives 0 for every review has no slope and learns nothing any more: it is
# *dead*. Among 512 units nobody misses one; of four it is a quarter. The lines tell whether this happened in your
# runs: a run that stays high, even on the training reviews, has probably lost units early. (We have not counted them.)
#
# We check this in numbers, as means over the seeds: the training loss after the last epoch, the epoch of the lowest
# validation loss, and how much higher the validation loss ends with 512 units than with 16, from the same seed.


# %%
def best_epoch(name: str) -> float:
    return (curves(name, "val_binary_crossentropy").argmin(axis=1) + 1).mean()


def at_the_end(name: str) -> np.ndarray:
    return curves(name, "val_binary_crossentropy")[:, -1]


expect("tuning.training_loss_512", curves("512 units")[:, -1].mean(), edition)
expect("tuning.training_loss_16", curves("16 units")[:, -1].mean(), edition)
expect("tuning.best_epoch_512", best_epoch("512 units"), edition)
expect("tuning.best_epoch_16", best_epoch("16 units"), edition)
expect("tuning.best_epoch_4", best_epoch("4 units"), edition)
ends_higher = at_the_end("512 units")[0] - at_the_end("16 units")[0]
expect("tuning.ends_higher_512", ends_higher, edition)

# %% [markdown]
# From here on, the network with 16 units is our *plain* one. All cures are measured against it.
#
# ## The first cure: more data
#
# **Predict before you run.** What if we had 1,000 reviews to learn from, instead of 5,000? To be fair, each
# epoch reads them five times, so that the number of weight updates is the same.

# %%
fewer = multi_hot_batches(x_few[:1000], y_few[:1000], NUM_WORDS, BATCH_SIZE).cache()
train("1,000 reviews", data=fewer.repeat(5), seeds=SEEDS[:3])


# %%
def lowest(name: str) -> np.ndarray:
    """The lowest point of each run; a run may have been stopped early."""
    return np.array([min(run["val_binary_crossentropy"]) for run in runs[name]])


cost_of_less = lowest("1,000 reviews") - lowest("16 units")[:3]
expect("tuning.cost_of_less_data", cost_of_less.mean(), edition)

# %% [markdown]
# That is what the missing reviews cost: the lowest validation loss with 1,000 reviews minus the lowest with 5,000,
# a mean over three seeds. Keep the number in mind: no other cure will lower that point as much. But more data is
# not always to be had. At the end of the lesson we open the reserve.
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
# The first sum is called *L1*, the second *L2*. (In the code these two names hold $\lambda_1$ and $\lambda_2$.) Let us
# compute both by hand and compare with Keras.

# %%
L1, L2 = 0.0001, 0.001
penalised = build_model(l1=L1, l2=L2)
by_hand = sum(
    L1 * np.abs(layer.kernel.numpy()).sum() + L2 * np.square(layer.kernel.numpy()).sum()
    for layer in penalised.layers[:2]
)
print("same to five digits:", np.isclose(by_hand, float(sum(penalised.losses)), rtol=1e-5))

# %% [markdown]
# The penalty changes how weights are *learned*. It is no part of what the network computes: the same weights
# in a network without a penalty give the very same predictions.
#
# **Predict before you run.** Is the penalty in the loss that Keras reports for the validation data?

# %%
free = build_model()
free.set_weights(penalised.get_weights())
of_both = [network.predict(validation, verbose=0) for network in (penalised, free)]
print("same predictions:", np.array_equal(*of_both))
reported = penalised.evaluate(validation, verbose=0, return_dict=True)
surplus = reported["loss"] - reported["binary_crossentropy"]
print("loss minus cross-entropy is the penalty:", np.isclose(surplus, by_hand, rtol=1e-3))

# %% [markdown]
# Yes, it is! Keras adds it to the reported loss, in `evaluate` just as in `fit`. Whoever compares such
# a loss with that of a plain network compares two different things. That is why we watch the metric
# `binary_crossentropy`: it is the same yardstick for all.
#
# ### What a penalty does to one weight
#
# Take one weight, $w = 0.01$, on which nothing acts but the penalty. The slope of $\lambda_2 w^2$ is
# $2 \lambda_2 w$: the smaller the weight, the weaker the push. The slope of $\lambda_1 |w|$ is $\lambda_1$ or
# $-\lambda_1$: the same push, however small the weight is.
#
# How far the weight goes is up to the optimiser. SGD makes a step of learning rate times slope. *Adam* keeps
# two running averages for each weight, $m$ of its slopes and $v$ of their squares, and makes a step of
#
# $$\text{learning rate} \cdot \frac{m}{\sqrt{v}}$$
#
# Both averages begin at 0, so at first they are too small. To make up for that, Adam divides $m$ by $1 - 0.9^t$ and $v$
# by $1 - 0.999^t$ before the step, where $t$ counts the updates.
#
# **Predict before you run.** Which weights come to 0: with SGD and L1, SGD and L2, Adam and L1, Adam and L2? What
# does dividing by $\sqrt{v}$ do to a slope that is small?

# %%
STEPS = EPOCHS * len(training)  # the number of weight updates of one training


def path_with_sgd(slope, w=0.01) -> list[float]:
    path = [w]
    for _ in range(STEPS):
        w -= 1.0 * slope(w)  # a rate of 0.1 with momentum 0.9 goes as far
        path.append(w)
    return path


def path_with_adam(slope, w=0.01) -> list[float]:
    path, m, v = [w], 0.0, 0.0
    for t in range(1, STEPS + 1):
        m = 0.9 * m + 0.1 * slope(w)
        v = 0.999 * v + 0.001 * slope(w) ** 2
        w -= LEARNING_RATE * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
        path.append(w)
    return path


def slope_l1(w):
    return L1 * np.sign(w)


def slope_l2(w):
    return 2 * L2 * w


path_fig, path_axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
for ax, title, path_with in zip(
    path_axes, ("SGD", "Adam"), (path_with_sgd, path_with_adam), strict=True
):
    l1_path = ax.plot(path_with(slope_l1), color=plots.VERMILION)
    l2_path = ax.plot(path_with(slope_l2), color=plots.BLUE, ls="--")
    ax.set(title=title, xlabel="weight updates")
path_axes[0].set_ylabel("weight")
path_fig.legend([l1_path[0], l2_path[0]], ["L1", "L2"], **legend)
plots.described(
    path_fig,
    "One weight that starts at 0.01, by weight updates. Left, SGD: with L1 it falls in a straight line to 0, "
    "with L2 it falls by about a quarter, more and more slowly. Right, Adam: with L1 and with L2 it falls "
    "equally fast, is at 0 after a few updates, and swings around it.",
)

# %%
print(f"first step of Adam: L1 {0.01 - path_with_adam(slope_l1)[1]:.4f}", end=", ")
print(f"L2 {0.01 - path_with_adam(slope_l2)[1]:.4f}; learning rate {LEARNING_RATE}")

# %% [markdown]
# With SGD there is the difference that textbooks describe: L1 takes the weight all the way to 0, L2 only shrinks it.
# With Adam both bring it to 0, and equally soon. $\sqrt{v}$ is the usual size of the slope. After the division, the
# first steps are about as long as the learning rate, whether the slope is large or small. So the weakness of L2's push
# is lost on the way to 0. (Later they differ: L2's swings die away, those of L1 go on.) And since nothing else acts on
# this weight, $\lambda$ is lost, too: it stands above the line and below it, and cancels. (In a network the slope of
# the cross-entropy is in $\sqrt{v}$, too. There $\lambda$ still matters, as a sweep below will show.)
#
# With SGD, a step is $w - \eta \, (g + 2 \lambda_2 w) = (1 - 2 \eta \lambda_2) \, w - \eta g$, where $\eta$ is the
# learning rate and $g$ the slope of the cross-entropy. Each update takes away a fixed share of the weight. That is
# called *weight decay*, and for SGD it is the same as L2. For Adam it is not. `AdamW` brings it back: it makes Adam's
# step for $g$ alone, and it shrinks each weight by a share, learning rate times `weight_decay`, without the division.
#
# ### What it does to a network
#
# Now all weights, and the data with them. L1, L2 and both with Adam, as most people use them; L1 and L2 with SGD;
# and AdamW, with a decay of 5, which takes away one percent of each weight in each update. We chose so strong a
# decay that it shrinks the weights nearly as much as L2 does.
#
# **Predict before you run.** In which of these will many weights end up at 0?

# %%
train("L1", l1=L1)
train("L2", l2=L2)
train("L1 + L2", l1=L1, l2=L2)
sgd = {"optimizer": keras.optimizers.SGD, "learning_rate": 0.1, "momentum": 0.9}
train("SGD, L1", l1=L1, seeds=SEEDS[:1], **sgd)
train("SGD, L2", l2=L2, seeds=SEEDS[:1], **sgd)
train("AdamW", seeds=SEEDS[:1], optimizer=keras.optimizers.AdamW, weight_decay=5.0)

# %% [markdown]
# Here are the weights of the first layer after the last epoch, with the first seed. We leave out dead units, which
# have *all* their weights near 0: they learn nothing any more, and any penalty then shrinks them to nothing.


# %%
def living_weights(name: str) -> np.ndarray:
    kernel = weights[name][0][0]  # of the first run, the first layer: one column a unit
    return kernel[:, np.abs(kernel).max(axis=0) > 0.01].ravel()


living = {
    "Adam, no penalty": living_weights("16 units"),
    "Adam, L1": living_weights("L1"),
    "Adam, L2": living_weights("L2"),
    "AdamW": living_weights("AdamW"),
    "SGD, L1": living_weights("SGD, L1"),
    "SGD, L2": living_weights("SGD, L2"),
}
middle = 0.001 * np.arange(-61, 63, 2)  # the edges of bins; the one in the middle holds 0
weight_fig, weight_axes = plt.subplots(2, 3, figsize=(9.5, 4.8), sharex=True, sharey=True)
for ax, (name, values) in zip(weight_axes.flat, living.items(), strict=True):
    shares = np.histogram(values, middle)[0] / len(values)
    ax.bar(middle[:-1] + 0.001, shares, 0.002, color=plots.BLUE)
    ax.bar(0, shares[30], 0.002, color=plots.VERMILION)
    ax.set_title(name)
for ax in weight_axes[1]:
    ax.set(xlabel="weight", xticks=[-0.05, 0, 0.05])
for ax in weight_axes[:, 0]:
    ax.set_ylabel("share of weights")
plots.described(
    weight_fig,
    "Six histograms of the first layer's weights, in bins of 0.002. With Adam, the bin around 0 is a high "
    "spike with L1, and in most runs with L2. Without penalty, with AdamW, and with SGD and L2 it is hardly higher "
    "than its neighbours. With SGD and L1 there is a spike.",
)

# %%
near_zero = {name: np.mean(np.abs(values) < 0.001) for name, values in living.items()}
expect("tuning.near_zero_plain", near_zero["Adam, no penalty"], edition)
expect("tuning.near_zero_l1", near_zero["Adam, L1"], edition)
expect("tuning.near_zero_adamw", near_zero["AdamW"], edition)
expect("tuning.near_zero_l1_sgd", near_zero["SGD, L1"], edition)
expect("tuning.near_zero_l2_sgd", near_zero["SGD, L2"], edition)
plain_spread = living["Adam, no penalty"].std()
expect("tuning.spread_ratio_l2", living["Adam, L2"].std() / plain_spread, edition)
expect("tuning.spread_ratio_adamw", living["AdamW"].std() / plain_spread, edition)

# %% tags=["nbval-ignore-output"]
print(f"Adam, L2: {near_zero['Adam, L2']:.1%} of the weights within 0.001 of zero")

# %% [markdown]
# The first five lines are the shares of weights within 0.001 of zero, the red bars. The next two are the standard
# deviation of the weights with L2, and with AdamW, divided by that without a penalty. The last line is the sixth
# share. It has no range, since it depends much on the seed: in one of our runs it was hardly more than with AdamW.
#
# Under SGD it is as with the single weight: L1 drives many weights to 0, and L2 next to none. Under Adam, L2 mostly
# does it, too. Where a weight is 0, the unit ignores the word. (They are not exactly 0, because each update still
# moves them a little.) AdamW makes the weights smaller, too, and yet leaves few of them at 0. So the spike comes from
# sending the *penalty* through Adam's division, and not from small weights.
#
# So say which optimiser you use when you say "L2". If you want weights to be small rather than 0, take AdamW.
#
# ### How strong? A sweep of $\lambda$
#
# So far we have tried one $\lambda$ for each penalty, which somebody has chosen for us. What do other values do? A
# *sweep* tries one setting at several values, each ten times as large as the one before, and leaves all else as it
# is.
#
# **Predict before you run.** Five networks, with $\lambda_2$ = 0, and then 0.0001, 0.001, 0.01 and 0.1. Which one has
# the lowest validation loss at its best epoch? And after the last one?

# %%
train("L2 0.0001", l2=0.0001, seeds=SEEDS[:3])
train("L2 0.01", l2=0.01, seeds=SEEDS[:3])
train("L2 0.1", l2=0.1, seeds=SEEDS[:3])

# %%
sweep = ("16 units", "L2 0.0001", "L2", "L2 0.01", "L2 0.1")
sweep_fig, sweep_ax = plt.subplots(figsize=(7.5, 3.8))
for label, colour, marker, read_off in (
    ("after the last epoch", plots.VERMILION, "s", at_the_end),
    ("at the best epoch", plots.BLUE, "o", lowest),
):
    by_lambda = np.array([read_off(name)[:3] for name in sweep])
    sweep_ax.plot(by_lambda.mean(axis=1), color=colour, label=label)
    sweep_ax.plot(by_lambda, marker, color=colour, markersize=6, mfc="none")
sweep_ax.set_xticks(range(5), ["0", "0.0001", "0.001", "0.01", "0.1"])
sweep_ax.set(xlabel="λ₂, the price of large weights", ylabel="validation cross-entropy")
sweep_fig.legend(**legend)
plots.described(
    sweep_fig,
    "Validation cross-entropy by the strength of L2, each of three seeds as a dot and their mean as a line. At "
    "the best epoch it is level from 0 to 0.001 and far higher at 0.1. After the last epoch it is high "
    "without a penalty, lowest at 0.01, and high again at 0.1.",
)

# %%
end_gain = at_the_end("16 units")[:3] - at_the_end("L2 0.01")
expect("tuning.end_gain_of_strong_l2", end_gain.mean(), edition)
too_strong = lowest("L2 0.1") - lowest("16 units")[:3]
expect("tuning.cost_of_too_strong_l2", too_strong.mean(), edition)
shift = np.mean([lowest(name)[:3] - lowest("16 units")[:3] for name in sweep[1:3]], axis=1)
expect("tuning.lowest_moves_by", np.abs(shift).max(), edition)

# %% [markdown]
# After the last epoch there is a valley, and $\lambda_2 = 0.01$ lies in it: the first line is by how much it lowers
# the loss there. Further right is underfitting: the second line is what $\lambda_2 = 0.1$ costs even at the best
# epoch. So strong a penalty is a penalty for learning anything.
#
# At the *best* epoch, the curve has no valley to speak of. From 0 to 0.001 the mean moves by no more than the third
# line. Compare that with how far the dots of one value lie apart. Whoever stops in time hardly needs this penalty
# here. Remember this for the comparison below.
#
# ## The fourth cure: dropout
#
# During training, dropout sets each output of a layer to 0 with probability $p$, the *rate*. Next time others
# are hit. No unit can rely on a certain other one, so a few units cannot share what they have learned by heart.
#
# When half of the outputs are missing, the next layer gets only half of the usual sum. So what remains is
# divided by $1 - p$. This is called *inverted* dropout. With a rate of 0.5, survivors count double. In NumPy:


# %%
def dropout(outputs: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    survives = rng.random(outputs.shape) >= rate
    return outputs * survives / (1 - rate)


dropout_rng = np.random.default_rng(0)
some_outputs = np.array([0.3, 0.0, 1.2, 0.5, 0.8, 2.0])
print(some_outputs)
for _ in range(3):
    print(dropout(some_outputs, 0.5, dropout_rng))

# %% [markdown]
# Zeros and doubled values. **Predict before you run.** What is the mean over very many such rows?

# %%
many_rows = dropout(np.tile(some_outputs, (100_000, 1)), 0.5, dropout_rng)
print(many_rows.mean(axis=0).round(1))
print(
    "the mean is what went in, to 0.02:",
    np.allclose(many_rows.mean(axis=0), some_outputs, atol=0.02),
)

# %% [markdown]
# The *expected* value of each output $x$ is kept: $p \cdot 0 + (1 - p) \cdot \frac{x}{1 - p} = x$. So the next layer
# sees sums of the usual size, and after training there is nothing left to correct.
#
# Does the layer of Keras do the same? We give it random numbers, with dropout on (`training=True`) and off.

# %%
dropout_layer = keras.layers.Dropout(0.5, seed=SEED)
given = dropout_rng.uniform(1, 2, size=(1000, 100)).astype("float32")
on = keras.ops.convert_to_numpy(dropout_layer(given, training=True))
off = keras.ops.convert_to_numpy(dropout_layer(given, training=False))
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
styles = {
    "16 units": (plots.BLUE, "o"),
    "L1": (plots.GREY, "^"),
    "L2": (plots.GREEN, "v"),
    "L1 + L2": (plots.PURPLE, "D"),
    "dropout": (plots.VERMILION, "s"),
}
cure_fig, (cure_left, cure_right) = plt.subplots(1, 2, figsize=(8.5, 3.8), sharey=True)
for name, (colour, marker) in styles.items():
    style = {"color": colour, "marker": marker, "markersize": 5}
    cure_left.plot(epochs, curves(name).mean(axis=0), **style)
    val_mean = curves(name, "val_binary_crossentropy").mean(axis=0)
    cure_right.plot(epochs, val_mean, label=name, **style)
cure_left.set(title="training", xlabel="epoch", ylabel="cross-entropy, mean over seeds")
cure_right.set(title="validation", xlabel="epoch")
cure_fig.legend(*cure_right.get_legend_handles_labels(), loc="outside upper center", ncols=5)
plots.described(
    cure_fig,
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
cures = ("L1", "L2", "L1 + L2", "dropout")
end_gains = [(at_the_end("16 units") - at_the_end(name)).mean() for name in cures]
expect("tuning.smallest_gain_at_the_end", min(end_gains), edition)
assert min(end_gains) > 0

# %% [markdown]
# Done, then? Not quite. Look at the *lowest* point of each curve on the right. They lie close together.
#
# ## Stop early
#
# Nobody makes us train to the last epoch. You met `EarlyStopping` in lesson 1: when what it watches has not
# improved for `patience` epochs, training ends, and with `restore_best_weights` the model goes back to its best
# epoch.
#
# **Predict before you run.** The same plain network, with the same seeds: how many epochs will each training
# last, with a patience of 3?

# %%
stop = keras.callbacks.EarlyStopping(
    monitor="val_binary_crossentropy", mode="min", patience=3, restore_best_weights=True
)
train("stopped", callbacks=[stop])
turned_at = curves("16 units", "val_binary_crossentropy").argmin(axis=1) + 1
ran = np.array([len(run["loss"]) for run in runs["stopped"]])
print(
    "each ran three epochs past its best, or to the end:",
    np.all(ran == np.minimum(turned_at + 3, EPOCHS)),
)
kept = models["stopped"].evaluate(validation, verbose=0, return_dict=True)["binary_crossentropy"]
print(
    "the last one has the weights of its best:", np.isclose(kept, lowest("16 units")[-1], atol=1e-5)
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


stopped = {name: lowest(name) for name in ("16 units", "4 units", *cures)}
differences = {name: compared(values, stopped["16 units"]) for name, values in stopped.items()}
never_stopped = compared(at_the_end("16 units"), stopped["16 units"])

# %% tags=["nbval-ignore-output"]
print("recipe     cross-entropy    minus plain")
for name, values in stopped.items():
    mean, half = differences[name]
    verdict = "within noise" if abs(mean) <= half else "better" if mean < 0 else "worse"
    against = "" if name == "16 units" else f"  {mean:+.4f} +- {half:.4f}  {verdict}"
    print(f"{name:10} {values.mean():.3f} +- {values.std(ddof=1):.3f}{against}")
print(
    f"\n16 units, never stopped, minus stopped: {never_stopped[0]:+.4f} +- {never_stopped[1]:.4f}"
)

# %% [markdown]
# The first +- is the standard deviation over the seeds, the second one is $h$. Here are L1, L2, L1 + L2 and dropout as
# a picture. Each hollow dot is one seed, each filled one the mean, and each bar the 95 % interval. Left of the dashed
# line is better than the plain network stopped early. The network that was never stopped is not in the picture: on
# this scale it would stand far outside.

# %%
fair_fig, fair_ax = plt.subplots(figsize=(8, 3.2))
for row, name in enumerate(cures[::-1]):
    mean, half = differences[name]
    by_seed = stopped[name] - stopped["16 units"]
    fair_ax.plot(
        by_seed, [row] * len(by_seed), "o", color=plots.VERMILION, ms=6, mfc="none", zorder=3
    )
    fair_ax.errorbar(mean, row, xerr=half, color=plots.BLUE, fmt="o", capsize=4, lw=2)
fair_ax.axvline(0, color=plots.GREY, ls="--")
fair_ax.set_yticks(range(len(cures)), cures[::-1])
fair_ax.set(xlabel="validation cross-entropy minus that of 16 units, both stopped early")
fair_ax.margins(y=0.15)
plots.described(
    fair_fig,
    "Paired differences from the plain network, each network stopped early: one dot a seed, their mean and its "
    "95 % interval, for L1, L2, L1 + L2 and dropout, beside a dashed line at 0, which is the plain network.",
)

# %%
expect("tuning.gain_of_stopping", never_stopped[0], edition)
expect("tuning.largest_cure_difference", max(abs(differences[n][0]) for n in cures), edition)

# %% [markdown]
# What can we say?
#
# - **Stopping early counts most.** The first line is what it gains, without any cure.
# - **Among networks that stop early, the recipes hardly differ.** The second line is the largest of the four mean
#   differences of L1, L2, L1 + L2 and dropout. Now compare the hollow dots of one row: the seeds lie about as far
#   apart as the recipes. In a single run, one of them would have looked like the winner.
# - **4 units** can do as well as the others. Where one run is far off, both numbers after +- are large. (It may have
#   lost units, as above.)
# - **A cure still makes life easier.** Look back at the curves: with a cure, it matters less when you stop.
#
# Five intervals at 95 %: even if nothing differed, about one such table in five would call a recipe better or worse.
# So a bar that only just misses the line is no discovery.
#
# This is no verdict on dropout or L2. On larger networks and other data they often win much. It is a
# verdict on judging by one run.
#
# ## Search for better settings
#
# We tried a handful of settings by hand. But settings act together: a higher dropout may want more
# units and another learning rate. Trying all combinations is out of reach. A *hyper-parameter* is a number that
# training does not learn, such as the number of units. A *search* tries combinations for us, and learns from
# the results where to look next. We use the library Optuna.
#
# Three words: a *trial* is one combination, trained and measured. The *objective* is the function that does
# this. All trials together are the *study*.
#
# First, what may be tried? `suggest_…` picks a value from a range. With `log=True`, it picks as often between
# 0.001 and 0.01 as between 0.0001 and 0.001: right for numbers where factors count.


# %%
def suggested_settings(trial) -> dict:
    return {
        "units": trial.suggest_int("units", 8, 32, log=True),
        "layers": trial.suggest_int("layers", 1, 2),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "l2": trial.suggest_float("l2", 1e-6, 1e-2, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
    }


# %% [markdown]
# The objective trains one network and returns its lowest validation cross-entropy. After each epoch it
# *reports* how things stand. If most other trials were better at this point, there is little use in going on:
# the trial is *pruned*, cut off like a dead branch.


# %%
def objective(trial) -> float:
    keras.utils.set_random_seed(SEED + trial.number)
    network = build_model(**suggested_settings(trial))

    def report(epoch, logs):
        trial.report(logs["val_binary_crossentropy"], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned()

    history = network.fit(
        training.shuffle(len(training), seed=SEED + trial.number),
        validation_data=validation,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
    )
    return min(history.history["val_binary_crossentropy"])


# %% [markdown]
# ### A search that survives a stop
#
# A real search runs for hours. In that time a computer may be switched off, or you want to use it for something
# else. So every trial is written to a *storage* when it is finished, here to the file `search.journal` beside this
# notebook. `Search` opens the study of this name in the storage, or makes it if it is new. `run` adds trials until
# the study has as many as we ask for.
#
# The name must say what is searched. Ours is made of the edition, the seed and the settings, so whoever changes the
# data or the epochs gets a new study. If you change the two functions above, change the name, too: results of two
# different questions do not belong in one study.
#
# Now we test it. Three trials run. In the fourth, when its settings are chosen, somebody presses the stop button
# (■): in Python that is a `KeyboardInterrupt`.

# %%
study_name = f"imdb-{edition}-{SEED}-{NUM_WORDS}-{REVIEWS}-{BATCH_SIZE}-{EPOCHS}"
pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
search = Search(study_name, seed=SEED, pruner=pruner)


def stopped_by_hand(trial) -> float:
    if trial.number < 3:
        return objective(trial)
    suggested_settings(trial)
    raise KeyboardInterrupt


try:
    search.run(stopped_by_hand, trials=TRIALS)
except KeyboardInterrupt:
    print(f"Stopped. In the storage are {search.finished} finished trials.")

# %% [markdown]
# **Predict before you run.** We ask for 20 trials. How many must still run? What becomes of the one that was cut off?

# %%
search.run(objective, trials=TRIALS)

# %%
print(f"the trial that was cut off: {search.study.trials[3].state.name.lower()}")

# %% [markdown]
# No finished trial was lost. The one that was cut off is marked as failed, and another one took its place. It would
# be much the same after a power cut. Several programs, even on several computers, can share one search in this way:
# the appendix shows how, and kills one of them by force.
#
# ### What the search has done
#
# Optuna's sampler is called TPE. Its first ten trials are drawn at random: half of ours. Only from then on does it
# look at the results so far, split them into good and bad ones, and draw settings that look more like the good
# ones.
#
# Here are the learning curves of all trials.
#
# **Predict before you run.** Which trials does pruning cut off? Would they all have been bad in the end?

# %%
done = [trial for trial in search.study.trials if trial.intermediate_values]
loss_of = {trial.number: min(trial.intermediate_values.values()) for trial in done}
drawn = {trial.number: place < 10 for place, trial in enumerate(done)}  # at random
looks = {  # of a trial: colour, marker, order of drawing
    "PRUNED": (plots.VERMILION, "x", 1),
    "COMPLETE": (plots.BLUE, "o", 2),
}
trial_fig, (curve_ax, order_ax) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True)
for trial in done:
    colour, marker, order = looks[trial.state.name]
    values = list(trial.intermediate_values.values())
    curve_ax.plot(epochs[: len(values)], values, color=colour, lw=1, zorder=order)
    curve_ax.plot(len(values), values[-1], marker, color=colour, markersize=4, zorder=order)
    fill = "white" if drawn[trial.number] else colour
    order_ax.plot(trial.number, loss_of[trial.number], marker, color=colour, mfc=fill)
curve_ax.set(xlabel="epoch", ylabel="validation cross-entropy", xticks=epochs)
order_ax.set(xlabel="trial", title="lowest point of each trial", xticks=range(0, TRIALS + 1, 5))
curve_ax.set_title("learning curves")
order_ax.axhline(stopped["16 units"].mean(), color=plots.GREY, ls="--")
plots.described(
    trial_fig,
    "Left: validation cross-entropy by epoch for every trial. Some curves are cut off after three "
    "or more epochs. Right: the lowest point of each trial by its number; a dashed line is the plain network "
    "stopped early, and the best trials lie below it.",
)

# %% [markdown]
# Blue trials ran to the end, red ones were pruned (×). On the right, hollow dots were drawn at random, filled ones by
# what the search had learned. (A × does not show which.) The dashed line is our plain network stopped early, a mean
# over its seeds.
#
# Look at where the red curves end. Most are still falling. Pruning takes slowness for weakness, whatever made the
# network slow: it saves time, and prefers what learns fast. Would some of them have caught up? Here nobody knows,
# since they were not trained on.
#
# Has the search learned anything? The first line is the median of the later trials minus that of the first ten,
# which were drawn at random; below 0 is better. The second is the best of all.

# %%
later = np.median([loss_of[number] for number in loss_of if not drawn[number]])
at_random = np.median([loss_of[number] for number in loss_of if drawn[number]])
expect("tuning.search_learned", later - at_random, edition)
expect("tuning.search_best", search.study.best_value, edition)

# %% [markdown]
# ### Which settings matter?
#
# A *slice* plot shows the loss of each trial against one setting, whatever the others were. A *contour* plot shows it
# against two.
#
# **Predict before you run.** For which setting will you see a slope, and for which a cloud?

# %%
settings_of = {name: np.array([t.params[name] for t in done]) for name in done[0].params}
losses = np.array([loss_of[trial.number] for trial in done])
ticks = {
    "units": [8, 16, 32],
    "layers": [1, 2],
    "dropout": [0, 0.2, 0.4, 0.6],
    "l2": [1e-6, 1e-4, 1e-2],
    "learning_rate": [0.0003, 0.001, 0.003, 0.01],
}
slice_fig, slice_axes = plt.subplots(2, 3, figsize=(9.5, 5.4))
for ax, (name, values) in zip(slice_axes.flat, settings_of.items(), strict=False):
    for trial, value in zip(done, values, strict=True):
        colour, marker, order = looks[trial.state.name]
        fill = "white" if drawn[trial.number] else colour
        ax.plot(value, loss_of[trial.number], marker, color=colour, mfc=fill, ms=5, zorder=order)
    ax.set(xlabel=name.replace("_", " "), ylabel="lowest validation loss")
    if name in ("units", "l2", "learning_rate"):
        ax.set_xscale("log")
    ax.set_xticks(ticks[name], [f"{tick:g}" for tick in ticks[name]])
    ax.minorticks_off()
contour_ax = slice_axes[1, 2]
pair = np.log10(settings_of["learning_rate"]), settings_of["dropout"]
surface = contour_ax.tricontourf(*pair, losses, levels=8)
contour_ax.plot(*pair, ".", color="white", mec="black")
contour_ax.set(xlabel="learning rate, as a power of ten", ylabel="dropout")
slice_fig.colorbar(surface, ax=contour_ax, label="loss")
plots.described(
    slice_fig,
    "Five panels, the lowest validation loss of each trial against units, layers, dropout, L2 and learning rate, and "
    "one panel that colours the plane of learning rate and dropout by the loss between the trials.",
)

# %% [markdown]
# Read such pictures with care. The filled dots lie where the search thought it worthwhile, so they crowd together.
# The crosses were cut off, and might have come lower. And the coloured plane is a guess: it joins twenty points by
# straight lines, and each of them has three more settings, and a seed, that you do not see. (Optuna has these two
# pictures ready-made, `plot_slice` and `plot_contour` in `optuna.visualization`.)
#
# These are the five best trials. Do they agree?

# %% tags=["nbval-ignore-output"]
for trial in sorted(done, key=lambda trial: loss_of[trial.number])[:5]:
    p = trial.params
    print(
        f"{loss_of[trial.number]:.4f}  units {p['units']:2}  layers {p['layers']}  dropout {p['dropout']:.2f}  "
        f"L2 {p['l2']:.6f}  learning rate {p['learning_rate']:.4f}"
    )

# %% [markdown]
# ## Is the winner really better?
#
# The best of many trials is best partly by luck, and there are two kinds of luck. A lucky *seed*: first weights
# and an order that happened to suit it. And lucky *reviews*: settings that happen to suit just these 5,000
# validation reviews. To choose the best of twenty by them is to fit them, too.
#
# Against the first kind there is a simple cure. We train the winner's settings again, with the seeds of our
# comparison.
#
# **Predict before you run.** Will the winner keep the result that it had in the search? And its lead over the plain
# network stopped early?

# %%
winners_settings = search.study.best_params
train("winner", callbacks=[stop], **winners_settings)

# %% tags=["nbval-ignore-output"]
lead, lead_half = compared(lowest("winner"), stopped["16 units"])
print(f"in the search {search.study.best_value:.4f}")
print(f"trained again {lowest('winner').mean():.4f} +- {lowest('winner').std(ddof=1):.4f}")
print(f"minus plain, stopped: {lead:+.4f} +- {lead_half:.4f}")

# %%
expect("tuning.winners_luck", lowest("winner").mean() - search.study.best_value, edition)
expect("tuning.winners_lead", lead, edition)

# %% [markdown]
# The first line is by how much the winner became worse when it was trained again (below 0: better). That is the
# luck of the seed that made it the winner. The second is what is left of its lead (below 0 is better). Is it larger
# than the noise, the number after +-?
#
# The second kind of luck is still in that number. No seed takes it away, for the validation reviews are the same.
# Only reviews by which nobody has chosen anything can tell. We have them: the test set. But first, all choices
# must be made.
#
# ## Open the reserve, then test once
#
# One cure is left: more data. The winner's settings get all the reviews in reserve. To be fair, the plain network
# gets them, too: else we would compare settings and amounts of data at once. The validation reviews decide when to
# stop.

# %%
print(f"with the reserve: {len(x_rest):,} reviews to learn from")
more = multi_hot_batches(x_rest, y_rest, NUM_WORDS, BATCH_SIZE).cache()
train("plain, reserve", data=more, seeds=SEEDS[:1], callbacks=[stop])
train("winner, reserve", data=more, seeds=SEEDS[:1], callbacks=[stop], **winners_settings)

# %% [markdown]
# All choices are made. The test set is used once, now, for all networks that we want to compare.
#
# **Predict before you run.** Order these by their test loss: plain and winner, each with 5,000 reviews and with all.


# %%
testing = multi_hot_batches(x_test, y_test, NUM_WORDS, batch_size=1000).cache()


def tested(name: str) -> np.ndarray:
    """The probability of each test review's own label: one row a seed."""
    rows = []
    for trained in weights[name]:
        models[name].set_weights(trained)
        p = np.clip(models[name].predict(testing, verbose=0), 1e-7, 1 - 1e-7)
        rows.append(np.where(y_test == 1, p, 1 - p).ravel())
    return np.array(rows)


finalists = ("stopped", "winner", "plain, reserve", "winner, reserve")
own_label = {name: tested(name) for name in finalists}
test_loss = {name: -np.log(p).mean(axis=1) for name, p in own_label.items()}
test_accuracy = {name: (p > 0.5).mean(axis=1) for name, p in own_label.items()}

# %% tags=["nbval-ignore-output"]
for name in finalists:
    shown = name.replace("stopped", "plain")
    print(
        f"{shown:15} networks: {len(weights[name])}, test loss {test_loss[name].mean():.4f}, ",
        end="",
    )
    print(f"accuracy {test_accuracy[name].mean():.4f}")
test_lead, test_half = compared(test_loss["winner"], test_loss["stopped"])
lost, lost_half = compared(
    test_loss["winner"] - test_loss["stopped"], lowest("winner") - stopped["16 units"]
)
print(f"\nlead of the winner on validation reviews {lead:+.4f} +- {lead_half:.4f}")
print(f"                      on test reviews    {test_lead:+.4f} +- {test_half:.4f}")
print(f"                      what it has lost   {lost:+.4f} +- {lost_half:.4f}")

# %%
expect("tuning.winners_test_lead", test_lead, edition)
expect("tuning.lead_lost_on_test", lost, edition)
gain_of_reserve = test_loss["stopped"].mean() - test_loss["plain, reserve"][0]
expect("tuning.gain_of_the_reserve", gain_of_reserve, edition)
expect("tuning.test_accuracy", test_accuracy["winner, reserve"][0], edition)
expect("tuning.test_loss", test_loss["winner, reserve"][0], edition)

# %% [markdown]
# The two leads come from the same ten networks. Only the first was measured on reviews that have helped to choose.
# So it may be too good, and some of it may be lost on fresh reviews. The last row of the table and the second line
# of the check say how much is lost (above 0: lost). Compare that with the number after +- in the row. Where that
# number is larger, five seeds cannot tell. Where it is smaller, be careful, too: it holds the luck of the seeds
# only, and two sets of reviews also differ by luck. In any case, to choose among twenty trials by 5,000 reviews is
# only a mild form of overfitting. With more trials, or fewer validation reviews, it would be a worse one. That is
# why a fair report has the number from the test set.
#
# The third line of the check is what the reserve alone brings to the *plain* network on the test reviews.
# Compare it with the winner's lead.
#
# ## Look at the mistakes
#
# The winner and the plain network, both with 5,000 reviews: do they fail on the same reviews?
#
# **Predict before you run.** Of the mistakes of a winner, what share does a plain network make, too? And of the
# mistakes of a plain network, what share does another plain one make that differs from it in nothing but its seed?


# %%
def shared(some: str, others: str) -> float:
    """Mistakes that two networks share, as a share of what each makes; mean over pairs of seeds."""
    wrong, too = (own_label[name] < 0.5 for name in (some, others))
    pairs = [(i, j) for i in range(RUNS) for j in range(RUNS) if i != j]
    both = [np.sum(wrong[i] & too[j]) / ((wrong[i].sum() + too[j].sum()) / 2) for i, j in pairs]
    return np.mean(both)


expect("tuning.shared_by_two_seeds", shared("stopped", "stopped"), edition)
expect("tuning.shared_mistakes", shared("winner", "stopped"), edition)

# %% [markdown]
# By chance it would be about one in eight. Two networks that differ in their seed share far more (first line), and so
# do two recipes (second line). So most reviews that are hard for one are hard for all. We have not tested why. Perhaps
# it is because all of them see a review as a set of words: told like that, "not a bad film" is hard, however well a
# network is tuned. Perhaps some labels are debatable. Either way, another setting will hardly help, and another view
# of the data may.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/05_model_tuning.ipynb) ask you to make one step with
# a penalty, to read five pairs of curves, to stop early by hand, to find out why a colleague's comparison came out
# wrong, and to spend a small budget on a search of your own. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("05_model_tuning")

# %% [markdown]
# ## What you learned
#
# 1. A high training loss is underfitting; a validation loss that rises while the training loss falls is
#    overfitting. The cures are more data, a smaller network, regularisation and dropout.
# 2. More units learn the training data by heart sooner, down to a loss of 0, and overfit first.
# 3. With SGD, L1 drives weights to zero and L2 makes them small. With Adam, L2 can drive them to zero, too; AdamW
#    makes them small. Dropout removes outputs at random and scales up the rest. All act in training only. Compare
#    networks by the cross-entropy without the penalty, and try a penalty at several strengths.
# 4. Stopping early is nearly free and wins most. A difference counts when it is larger than the noise of
#    the seeds; choose on the validation data, and test once.
# 5. A search writes each trial to a storage, so it survives a stop. TPE begins at random, and pruning prefers what
#    learns fast. The winner's number may be too good: train it again with other seeds, and judge it on data by
#    which nothing was chosen.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("tuning.", edition)

# %% [markdown]
# ## Appendix: one search, several processes
#
# You can skip this until you need it. A program that is running is called a *process*. Processes with the same
# storage share a search, and know each other's results. The environment variable `COURSE_SEARCH` says where the
# storage is:
#
# | `COURSE_SEARCH` | the storage | who can share it |
# |---|---|---|
# | not set | the file `search.journal` beside the program | processes on this computer |
# | `/some/folder/my.journal` | that file | all computers that see this folder |
# | `postgresql://user:password@host/name` | a database | all computers that reach this host |
#
# A notebook is a poor place for a long search, so a real one goes into a small program. Here is one that searches
# for a number, so that it runs in seconds. Your own would train a network in `objective`.

# %%
PROGRAM = """
import sys
import time

from helpers.search import Search


def objective(trial):
    guess = trial.suggest_float("guess", -10, 10)
    time.sleep(0.1)
    return (guess - 2) ** 2


Search("demo", seed=1).run(objective, trials=int(sys.argv[1]))
"""
_ = Path("search_demo.py").write_text(PROGRAM, "utf-8")

# %% [markdown]
# We start it as a process of its own, as you would in a terminal. When it has finished three trials and is in the
# middle of another one, we end it by force. `kill` is no `KeyboardInterrupt`: the program cannot write anything any
# more. Then we start it again.
#
# **Predict before you run.** We ask for 8 trials. How many will be in the storage in the end, and how often will
# the settings that were cut off be there?

# %% tags=["nbval-ignore-output"]
command = [sys.executable, "search_demo.py", "8"]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
demo = Search("demo", seed=1)
worker = subprocess.Popen(command, **quiet)
while worker.poll() is None:  # it may come to its own end, if it has run before
    time.sleep(0.02)
    finished, latest = demo.finished, demo.study.trials[-1:]  # in this order: a trial may end now
    if finished >= 3 and latest[0].state.name == "RUNNING" and latest[0].params:
        break
worker.kill()
worker.wait()
print(f"killed after {demo.finished} finished trials")
subprocess.run(command, check=True, **quiet)
for trial in demo.study.trials:
    print(f"trial {trial.number}: {trial.state.name.lower():8}  guess {trial.params['guess']:+.2f}")

# %%
print(f"{demo.finished} trials are finished")

# %% [markdown]
# How does a process know that another one is dead, and not just slow? While it searches, each one holds a *lock* on
# a small file, a mark that says: in use. When the process ends, in whatever way, the operating system takes the
# mark away. (In a database each process writes the time every ten seconds instead.)
#
# **Try it.** Open two terminals in the folder of this notebook, and run this line in both. Stop one with `Ctrl` +
# `C`, or close its window, and start it again:
#
# ```text
# python search_demo.py 100
# ```
#
# (Use terminals of the JupyterLab that `make lab` opens: there `python` is the right one.) On more computers, set
# `COURSE_SEARCH` to the same database on each and run the same line. Nothing else changes. (Python needs a *driver*,
# one more package, for each kind of database. For PostgreSQL it is `python -m pip install "psycopg[binary]"`. Its
# server may even be started anew in the middle: each process waits up to ten minutes for it, and goes on.)
