# %% [markdown]
# # Housing: what does a home cost?
#
# *Predict a number instead of a class, and find out how far a score can be trusted.*
#
# English · [한국어](ko/04_housing_regression.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | one to two minutes | under 1.5 GB | house prices in Boston (1970) and California (1990) | [lesson 3](03_reuters_multiclass_classification.ipynb) |
#
# **After this lesson you can**
#
# 1. bring features to one scale with training rows only, and measure what a leak would have given;
# 2. build a network that predicts a number, choose a loss that outliers cannot spoil, and report the error in dollars;
# 3. run a k-fold cross-validation, train all its networks at once, and tell the luck of the rows from the
#    luck of the weights;
# 4. average and smooth curves, and read from them how long to train;
# 5. draw errors on a map, and compare a network fairly with simpler models.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("04_housing_regression")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later.

# %% tags=["parameters"]
SEED = 42
FOLDS = 4
REPEATS = 5
SINGLE_ROW_REPEATS = 3
EPOCHS = 500
BATCH_SIZE = 16

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from helpers import interactive, plots
from helpers.data import BOSTON_FEATURES, CALIFORNIA_FEATURES, boston_housing, california_housing
from helpers.feedback import expect, show_bands
from helpers.progress import Progress

# %% [markdown]
# ## Boston: the data, looked at
#
# Each row is a *census tract*, a small part of a town, in or near Boston around 1970. The target is the
# median price of its homes, in thousands of dollars. A median splits the homes in two halves: one half
# costs more, the other less.

# %%
(x_train, y_train), (x_test, y_test), edition = boston_housing()
print(f"training: {x_train.shape}, test: {x_test.shape}")
print(
    f"prices: {y_train.min():g} to {y_train.max():g}, median {np.median(y_train):g} thousand dollars"
)
print(f"tracts at the highest price: {np.sum(y_train == y_train.max())}")

# %% [markdown]
# Two things stand out. There are very few rows: lesson 2 had dozens of reviews for each of them. And several
# tracts have exactly the highest price. The census did not publish prices above 50, it wrote 50. No model
# can learn what lies above.
#
# These are the 13 features:
#
# | name | what it is |
# |---|---|
# | CRIM | crime rate; the unit is not documented |
# | ZN | share of land for large plots, % |
# | INDUS | share of land for industry, % |
# | CHAS | 1 if the tract touches the Charles River |
# | NOX | nitric oxides in the air, in 0.1 parts per million |
# | RM | mean number of rooms in a home |
# | AGE | share of homes built before 1940, % |
# | DIS | distance to five centres of work (weighted) |
# | RAD | how near the large roads are (an index) |
# | TAX | property tax, dollars per 10,000 dollars |
# | PTRATIO | pupils for each teacher |
# | B | see the note below |
# | LSTAT | share of "lower status" people, % |

# %% [markdown]
# ## A note on this data, before we use it
#
# Feature B is $1000\,(s - 0.63)^2$, where $s$ is the share of Black residents. The authors of the table
# assumed that homes cost less where some Black people live, and cost more again where nearly all do.
# So the table carries a theory about race and segregation in its numbers, as if it were a measurement.
#
# **Predict before you run.** A tract has $B = 100$. Can you tell which share of Black residents it has?

# %%
share = np.linspace(0, 1, 201)
two_shares = 0.63 + np.array([-1, 1]) * np.sqrt(100 / 1000)

fig, ax = plt.subplots(figsize=(5.2, 3))
ax.plot(100 * share, 1000 * (share - 0.63) ** 2, color=plots.BLUE)
ax.plot(100 * two_shares, [100, 100], "o", color=plots.VERMILION)
ax.axhline(100, color=plots.GREY, linestyle="--", linewidth=1)
for s in two_shares:
    ax.annotate(f"{s:.0%}", (100 * s, 100), xytext=(0, 8), textcoords="offset points", ha="center")
ax.set(xlabel="share of Black residents, %", ylabel="feature B")
plots.described(
    fig,
    "Curve of feature B against the share of Black residents: a parabola that falls from 397 at 0 % to "
    "0 at 63 % and rises again. A dashed line at B = 100 meets it at two shares, 31 % and 95 %.",
)

# %% [markdown]
# You cannot: two very different places get the same number. Only where $B$ is larger than $1000\,(1 - 0.63)^2$ does a single
# share fit, because the other would be above 100 %. In how many rows is $B$ that large, and which shares do they stand
# for?

# %%
B = x_train[:, BOSTON_FEATURES.index("B")]
one_share = B > 1000 * (1 - 0.63) ** 2
print(f"B is over {1000 * (1 - 0.63) ** 2:.1f} in {one_share.mean():.0%} of the training rows")
print(
    f"median share of Black residents there: {0.63 - np.sqrt(np.median(B[one_share]) / 1000):.1%}"
)

# %% [markdown]
# So in most rows, $B$ can be turned back into a share, and in at least half of these tracts hardly anyone is Black.
# The other rows, where the theory could be checked, are just those that cannot be turned back. LSTAT, a share of
# "lower status" people, is a judgement dressed as a number, too.
#
# For these reasons scikit-learn removed the set in 2022, and Keras warns about it. Why is it in this lesson?
# Because you will meet it in nearly every older book, and should know what is wrong with it. And because it is
# so small that it shows what this lesson is about: a score from few rows is a shaky thing. We use it for
# practice, with all 13 columns, so that you can compare our numbers with a textbook's. Further down we take B
# out and measure what it was worth. **For any work of your own, take the second set of this lesson,
# California.**

# %% [markdown]
# ## One scale for all features
#
# **Predict before you run.** Which feature has the largest numbers? If a network sees the columns as they
# are, which of them will it notice first?

# %%
print("feature      min     mean      max")
for name, column in zip(BOSTON_FEATURES, x_train.T, strict=True):
    print(f"{name:8} {column.min():7.2f} {column.mean():8.2f} {column.max():8.2f}")

# %% [markdown]
# TAX is hundreds of times larger than NOX. A first layer multiplies each feature by small random weights, so at first
# it sees hardly anything but the large ones. It could learn to balance them, but probably slowly.
#
# So we *standardise* each feature:
#
# $$x' = \frac{x - m}{d}$$
#
# Here $x$ is a value of the feature, $m$ the mean of the feature over the **training** rows, $d$ its
# *standard deviation* over the training rows, and $x'$ the new value. The standard deviation, in NumPy `x.std()`, says
# how far the values typically lie from their mean. The training values then have mean 0
# and standard deviation 1.
#
# Other rows, for validation or test, get the *same* $m$ and $d$. They stand for data that we do not have
# yet, so they must not decide anything, not even a mean. When they do, it is called a *leak*.


# %% tags=["kfold"]
def standardise(training: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    return [(part - mean) / deviation for part in (training, *others)]


# %%
scaled_train, scaled_test = standardise(x_train, x_test)
print("training means are 0:", np.allclose(scaled_train.mean(axis=0), 0))
print("training deviations are 1:", np.allclose(scaled_train.std(axis=0), 1))
print("test means are 0:", np.allclose(scaled_test.mean(axis=0), 0))
assert not np.allclose(scaled_test.mean(axis=0), 0)

# %% [markdown]
# The last line says False, and that is as it should be: the test rows were not asked.
#
# ## The model
#
# It is small, because the data is small. Two things differ from lessons 2 and 3. You have seen both in the
# tables of lesson 1.
#
# - The last layer has one unit and **no activation**: the output is *linear*. A sigmoid would force the answer
#   between 0 and 1. A price is never below 0, so by the table ReLU or softplus would fit. But a ReLU could get
#   stuck at 0, as the table warns. We take the simplest output, and it works.
# - The loss is the **mean squared error** (MSE):
#
# $$\text{MSE} = \frac{1}{n} \sum_{i=1}^{n} (p_i - y_i)^2$$
#
# Here $n$ is the number of rows, $y_i$ the true price of row $i$, and $p_i$ the predicted one. The unit is
# *squared* thousands of dollars, which nobody can picture. So we also watch the **mean absolute error**
# (MAE), the mean of $|p_i - y_i|$. Its unit is that of the prices: an MAE of 2.5 means that the model is
# wrong by 2,500 dollars on average.


# %% tags=["kfold"]
def build_model(features: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(shape=(features,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1),
        ]
    )


# %% [markdown]
# **Predict before you run.** How many numbers will it learn? Is that more than there are training rows, or
# fewer?

# %%
by_hand = (13 * 64 + 64) + (64 * 64 + 64) + (64 * 1 + 1)
print(f"by hand: {by_hand:,}   Keras: {build_model(13).count_params():,}   rows: {len(x_train)}")

# %% [markdown]
# ## One split, the way you know
#
# To choose how long to train we need validation rows. We cut the 404 training rows into four blocks of 101, take the
# first block for validation and train on the other three. Such a split is called a *fold*. Mind the order: first cut,
# then standardise, with the rows that are left for training.


# %% tags=["kfold"]
def one_fold(x: np.ndarray, y: np.ndarray, fold: int, folds: int) -> tuple[np.ndarray, ...]:
    size = len(x) // folds
    held_out = slice(fold * size, (fold + 1) * size)
    x_fold, x_val = standardise(np.delete(x, held_out, axis=0), x[held_out])
    return x_fold, np.delete(y, held_out), x_val, y[held_out]


# %% [markdown]
# We hand the rows to `fit` as a `tf.data.Dataset`, a pipeline for rows: `cache` keeps them in memory, `shuffle` mixes
# them anew for each epoch, and `batch` puts them into groups. For so few rows plain arrays would do. But here our
# seed also fixes the order, and from lesson 6 on you will need such a pipeline for photos.

# %%
x_fold, y_fold, x_val, y_val = one_fold(x_train, y_train, fold=0, folds=FOLDS)
print(f"{len(x_fold)} rows to learn from, {len(x_val)} to validate")


def batches(x: np.ndarray, y: np.ndarray, size: int = BATCH_SIZE) -> tf.data.Dataset:
    pairs = tf.data.Dataset.from_tensor_slices((x.astype("float32"), y.astype("float32")[:, None]))
    return pairs.cache().shuffle(len(x), seed=SEED).batch(size)


def compiled_model(features: int = 13) -> keras.Model:
    model = build_model(features)
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return model


one_network = compiled_model()
one_history = one_network.fit(
    batches(x_fold, y_fold),
    validation_data=batches(x_val, y_val).cache(),
    epochs=60,
    verbose=0,
    callbacks=[Progress("fold 1")],
).history

# %%
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(np.arange(1, 61), one_history["mae"], color=plots.BLUE, label="training")
ax.plot(np.arange(1, 61), one_history["val_mae"], color=plots.VERMILION, label="validation")
ax.set(xlabel="epoch", ylabel="MAE, 1,000 dollars", ylim=(0, 8))
ax.legend()
plots.described(
    fig,
    "Training and validation MAE of one fold by epoch: both fall steeply at first, then slowly.",
)

# %% [markdown]
# The validation error jumps up and down, and it is surprisingly low beside the training error. A part of that you know
# from lesson 1: the training error is measured *during* the epoch, about half an epoch earlier. But late in training
# that explains little. Were these 101 rows just easy? Would other rows say the same? There is only one way to know.
#
# ## K-fold cross-validation
#
# Let each block have its turn. Here $K$ is the number of folds. With $K = 4$, four fresh networks are trained. Each
# one is validated on the block that it has not seen, so in the end every row was validated once.

# %%
fig, ax = plt.subplots(figsize=(6.6, 2.4))
for fold in range(FOLDS):
    for block in range(FOLDS):
        held_out = block == fold
        colour = plots.VERMILION if held_out else plots.BLUE
        ax.barh(fold, 0.96, left=block, height=0.7, color=colour)
        word, ink = ("validate", "black") if held_out else ("train", "white")
        ax.text(block + 0.48, fold, word, ha="center", va="center", color=ink)
size = len(x_train) // FOLDS
ax.set_xticks(
    np.arange(FOLDS) + 0.48, [f"{k * size + 1} to {(k + 1) * size}" for k in range(FOLDS)]
)
ax.set_yticks(range(FOLDS), [f"fold {fold + 1}" for fold in range(FOLDS)])
ax.set(xlabel="training rows", xlim=(-0.02, FOLDS))
ax.invert_yaxis()
ax.grid(False)
ax.tick_params(length=0)
plots.described(
    fig,
    "Diagram of four folds as rows of four blocks: in each fold another block is held out for "
    "validation, and the other three are for training.",
)

# %% [markdown]
# The usual program is a loop around the code above: for each fold a new network and a new `fit`. It works, and
# it is slow. A batch of 16 rows is so small that the computer spends nearly all its time *between* the
# batches: Python calls TensorFlow, TensorFlow looks up what to do, computes for a few millionths of a
# second, and reports back. So we change two things, and neither changes the mathematics.
#
# This part is about speed only. If it is too much at first, run its cells and read on at "Now the whole
# cross-validation". All you need to know is that `cross_validate` trains one network for each fold.
#
# ### First: all four networks side by side
#
# A dense layer computes $xW + b$. Four dense layers of the same size are one computation with one more axis:
#
# | | one network | four networks |
# |---|---|---|
# | input $x$ | (rows, 13) | (rows, **4**, 13) |
# | weights $W$ | (13, 64) | (**4**, 13, 64) |
# | bias $b$ | (64,) | (**4**, 64) |
# | output | (rows, 64) | (rows, **4**, 64) |
#
# Keras has this layer: `EinsumDense`. Its first argument names the axes: `n` for the row, `k` for the
# network, `i` for the inputs, `o` for the outputs. In `"nki,kio->nko"` the letter `i` is missing on the
# right: it is summed over. The letter `k` stands everywhere: each network keeps to itself.


# %% tags=["kfold"]
def side_by_side(networks: int, features: int) -> keras.Model:
    def dense(units: int, activation: str | None = None) -> keras.layers.Layer:
        return keras.layers.EinsumDense(
            "nki,kio->nko",
            output_shape=(networks, units),
            bias_axes="ko",
            activation=activation,
        )

    return keras.Sequential(
        [
            keras.Input(shape=(networks, features)),
            dense(64, "relu"),
            dense(64, "relu"),
            dense(1),
            keras.layers.Reshape((networks,)),
        ]
    )


# %% [markdown]
# **Predict before you run.** The four networks together learn how many numbers?

# %%
print(f"{side_by_side(FOLDS, 13).count_params():,} = {FOLDS} x {build_model(13).count_params():,}")

# %% [markdown]
# The four folds become arrays with one more axis, too. All folds have the same number of rows, 303 and 101,
# so they fit on top of each other. And each fold is standardised on its own, with its own training rows.


# %% tags=["kfold"]
def stacked_folds(x: np.ndarray, y: np.ndarray, folds: int, make_fold=one_fold) -> list[np.ndarray]:
    parts = zip(*(make_fold(x, y, fold, folds) for fold in range(folds)), strict=True)
    return [np.stack(part, axis=1).astype("float32") for part in parts]


# %%
data = stacked_folds(x_train, y_train, FOLDS)
print("x_fold, y_fold, x_val, y_val:", *(part.shape for part in data))

# %% [markdown]
# What is the loss of four networks? The **sum** of the four losses. To update a weight, we need the slope of
# the loss with respect to that weight. A weight of network 1 occurs in the loss of network 1 only. The other
# three losses do not depend on it, so their slopes are 0 and add nothing. Each network learns as if it
# were alone.
#
# ### Second: a whole epoch in one call
#
# `fit` is made for large batches. Here we write the epoch ourselves, and let TensorFlow *compile* it as a
# whole (`jit_compile=True`): it is translated for the computer, once, and then takes one call from Python
# for each epoch instead of 19. (The compiler is called *XLA*. It has nothing to do with `model.compile`, which adds
# the loss and the optimiser.) You know every step: take some rows, predict,
# compute the loss, find the slopes (`GradientTape`), update the weights. At the end of the epoch, we measure
# the MAE of each network on its own validation rows.


# %% tags=["kfold"]
def compile_epoch(model: keras.Model, optimizer: keras.optimizers.Optimizer, batch_size: int):
    weights = model.trainable_variables

    def update(x, y, rows):
        with tf.GradientTape() as tape:
            errors = model(tf.gather(x, rows)) - tf.gather(y, rows)
            losses = tf.reduce_mean(errors**2, axis=0)  # one a network
            loss = tf.reduce_sum(losses)
        optimizer.apply(tape.gradient(loss, weights), weights)

    @tf.function(jit_compile=True)
    def one_epoch(x, y, x_val, y_val, order):
        full_batches, rest = divmod(order.shape[0], batch_size)
        for batch in tf.range(full_batches):
            update(x, y, tf.slice(order, [batch * batch_size], [batch_size]))
        if rest:
            update(x, y, order[-rest:])
        return tf.reduce_mean(tf.abs(model(x_val) - y_val), axis=0)

    return one_epoch


# %% [markdown]
# The compiled function is kept and used again. So a second cross-validation costs no new compilation and no
# memory: we only put fresh weights in, and reset the optimiser. The weights come from ordinary networks of
# `build_model`, stacked on top of each other, layer by layer. (How much faster is all this? `make bench`
# measures it against the usual loop, and `docs/speed.md` has the table.)


# %% tags=["kfold"]
def make_trainer(networks: int, features: int, batch_size: int, rate: float = 0.001):
    model = side_by_side(networks, features)
    optimizer = keras.optimizers.RMSprop(rate)
    optimizer.build(model.trainable_variables)
    untouched = [keras.ops.convert_to_numpy(variable) for variable in optimizer.variables]
    one_epoch = compile_epoch(model, optimizer, batch_size)

    def train(starts: list[keras.Model], data: list[np.ndarray], orders: np.ndarray) -> np.ndarray:
        """Train from the weights of `starts`; `orders` has the rows of each epoch in their order."""
        same_layers = zip(*(start.get_weights() for start in starts), strict=True)
        model.set_weights([np.stack(layer) for layer in same_layers])
        for variable, value in zip(optimizer.variables, untouched, strict=True):
            variable.assign(value)
        data = [tf.constant(part) for part in data]
        return np.array([one_epoch(*data, order) for order in orders])  # (epochs, networks)

    return train


# %% [markdown]
# ### Is it really the same?
#
# We test it. Four plain networks, and the four side by side, start from the same weights and see the same
# rows in the same order. After two epochs their validation errors should agree.

# %%
starts = [build_model(13) for _ in range(FOLDS)]
in_order = np.tile(np.arange(len(data[0])), (2, 1))
train = make_trainer(FOLDS, 13, BATCH_SIZE)
together = train(starts, data, in_order)[-1]

alone = []
for fold, start in enumerate(starts):
    its_x, its_y, held_x, held_y = (part[:, fold] for part in data)
    start.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    its_rows = tf.data.Dataset.from_tensor_slices((its_x, its_y[:, None])).batch(BATCH_SIZE)
    start.fit(its_rows, epochs=2, verbose=0)
    alone.append(np.mean(np.abs(keras.ops.convert_to_numpy(start(held_x))[:, 0] - held_y)))

print("same MAE in all four folds, to 1e-3:", np.allclose(together, alone, atol=1e-3))

# %% [markdown]
# The same to three decimals, that is, to a dollar. (The rest is rounding: the numbers are added up in
# another order.)
#
# Now the whole cross-validation: fresh networks, and a new random order of the rows in each epoch.


# %% tags=["kfold"]
def cross_validate(train, data: list[np.ndarray], epochs: int, rng: np.random.Generator):
    rows, folds, features = data[0].shape
    starts = [build_model(features) for _ in range(folds)]
    orders = rng.permuted(np.tile(np.arange(rows), (epochs, 1)), axis=1)
    return train(starts, data, orders)


# %% tags=["nbval-ignore-output"]
rng = np.random.default_rng(SEED)
mae = cross_validate(train, data, 80, rng)
for fold, value in enumerate(mae[-1], start=1):
    print(f"fold {fold}: MAE {value:.2f} thousand dollars after 80 epochs")
print(f"mean {mae[-1].mean():.2f}, spread (standard deviation) {mae[-1].std(ddof=1):.2f}")

# %% [markdown]
# Four networks, four scores. **Report the mean and the spread, never one fold alone.** Had you validated on
# the luckiest fold only, you would have promised too much. (`ddof=1` divides by one less than the number of scores: the
# mean was computed from the same scores, so they lie a little too close to it.)
#
# ### Luck of the rows, luck of the weights
#
# Why do the scores differ? The validation rows differ, and the random starting weights differ, too. Which
# of the two matters more? To find out, we repeat everything five times with new weights. It is fast now.
#
# **Predict before you run.** Will fold 1 be the best fold every time?

# %%
runs = np.array([cross_validate(train, data, EPOCHS, rng) for _ in range(REPEATS)])
print("repeats, epochs, folds:", runs.shape)

# %%
at_80 = runs[:, 79]  # (repeats, folds)
fig, ax = plt.subplots(figsize=(5, 3))
for fold in range(FOLDS):
    sideways = np.linspace(-0.12, 0.12, REPEATS)
    ax.plot(fold + 1 + sideways, at_80[:, fold], "o", color=plots.BLUE, alpha=0.8)
    mean = at_80[:, fold].mean()
    ax.plot([fold + 0.75, fold + 1.25], [mean, mean], color=plots.VERMILION, linewidth=2)
ax.set(xlabel="fold", ylabel="validation MAE, 1,000 dollars", xticks=range(1, FOLDS + 1))
plots.described(
    fig,
    "Validation MAE after 80 epochs for each of the four folds, five dots a fold for five repeats, "
    "and a line at their mean. The first fold lies clearly below the other three.",
)

# %% [markdown]
# Each dot is one network; dots stand side by side only so that none hides another. The vertical spread inside a fold
# is what we call the luck of the weights. (The order of the rows in training is new each time, too, and has its part
# in it.) The difference between the lines is the luck of the rows: fold 1 happens to hold tracts that are easy for the
# network.

# %%
luck_of_rows = at_80.mean(axis=0).std(ddof=1)
luck_of_weights = at_80.std(axis=0, ddof=1).mean()
expect("housing.kfold_mae", at_80.mean(), edition)
expect("housing.luck_of_rows", luck_of_rows, edition)
expect("housing.luck_of_weights", luck_of_weights, edition)

# %% [markdown]
# The rows matter more. So with so few rows, a difference of 100 or 200 dollars between two models, each measured on a
# validation block of its own, says nothing.
#
# ## How long to train?
#
# We average over folds and repeats, so one curve is left. We leave out the first ten epochs: they are so
# much higher that the rest would look flat. And we *smooth* it: each point becomes a mixture of the point
# and the smoothed point before it,
#
# $$s_t = 0.9\, s_{t-1} + 0.1\, m_t$$
#
# with $m_t$ the averaged MAE of epoch $t$, and $s_t$ the smoothed one. This is an *exponential moving
# average*: old epochs fade out. A smoothed curve lags a little behind, about ten epochs here.
#
# **Predict before you run.** Where will the curve turn?


# %%
def smooth(curve: np.ndarray, keep: float = 0.9) -> np.ndarray:
    smoothed = [curve[0]]
    for point in curve[1:]:
        smoothed.append(keep * smoothed[-1] + (1 - keep) * point)
    return np.array(smoothed)


SKIP = 10
average = runs.mean(axis=(0, 2))
smoothed = smooth(average[SKIP:])
best_epoch = SKIP + 1 + int(smoothed.argmin())

fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3), sharey=True)
epochs = np.arange(SKIP + 1, EPOCHS + 1)
left.plot(epochs, runs[0, SKIP:, 0], color=plots.VERMILION, linewidth=0.8, label="one network")
left.plot(epochs, average[SKIP:], color=plots.BLUE, label="average of all")
right.plot(epochs, smoothed, color=plots.BLUE, label="average, smoothed")
right.axvline(best_epoch, color=plots.GREY, linestyle="--", label="lowest point")
left.set(xlabel="epoch", ylabel="validation MAE, 1,000 dollars", ylim=(1.6, 3.4))
right.set(xlabel="epoch")
for ax in (left, right):
    ax.legend(loc="upper right")
plots.described(
    fig,
    "Left: validation MAE by epoch, of one network, jumping up and down, and the average of all "
    "networks, much calmer. Right: the smoothed average falls, is flat for a while, and rises slowly. "
    "A dashed line marks its lowest point.",
)

# %% [markdown]
# One network jumps up and down, so its lowest epoch is partly chance, and it tells of one fold only. Averaged and
# smoothed, the curve tells its story: it falls, it stays low for a long while, and then it rises slowly. The network
# begins to learn its 303 rows by heart.

# %%
expect("housing.best_epoch", float(best_epoch), edition)
expect("housing.lowest_mae", smoothed.min(), edition)
expect("housing.rise_by_the_end", smoothed[-1] - smoothed.min(), edition)
expect("housing.cost_of_80_epochs", smoothed[80 - SKIP - 1] - smoothed.min(), edition)

# %% [markdown]
# The textbook that this part of the course goes back to stops after about 80 epochs. Our lowest point comes later. Who
# is right? Look at the last line: the two differ by less than 100 dollars. And in our runs with other seeds the lowest
# point moved by up to 80 epochs. The valley is flat, and where its exact bottom lies is mostly chance. So we choose by
# a rule: **the first epoch that comes within 1 % of the lowest point.** A shorter training is a simpler model.

# %%
enough_epochs = SKIP + 1 + int(np.argmax(smoothed <= 1.01 * smoothed.min()))
expect("housing.enough_epochs", float(enough_epochs), edition)

# %% [markdown]
# ### An epoch is not a fixed amount of learning
#
# Some textbooks use batches of a single row for this data. Then one epoch has 303 weight updates instead of 19.
#
# **Predict before you run.** With batches of one row, does the curve turn sooner or later, counted in
# epochs? Does it reach a lower error?

# %%
single_rows = {}
for rate in (0.001, 0.0002):  # Keras's default for rmsprop, and a fifth of it
    train_single_rows = make_trainer(FOLDS, 13, batch_size=1, rate=rate)
    curves = [cross_validate(train_single_rows, data, 120, rng) for _ in range(SINGLE_ROW_REPEATS)]
    single_rows[rate] = smooth(np.mean(curves, axis=(0, 2))[SKIP:])
best_single = SKIP + 1 + int(single_rows[0.001].argmin())

fig, ax = plt.subplots(figsize=(6, 3.1))
ax.plot(epochs, smoothed, color=plots.BLUE, label=f"batches of {BATCH_SIZE} rows")
for rate, colour, line in ((0.001, plots.VERMILION, "-."), (0.0002, plots.GREEN, "--")):
    curve = single_rows[rate]
    label = f"batches of 1 row, learning rate {rate}"
    ax.plot(epochs[: len(curve)], curve, color=colour, linestyle=line, label=label)
ax.set(xlabel="epoch", ylabel="smoothed MAE, 1,000 dollars")
ax.legend()
plots.described(
    fig,
    "Smoothed validation MAE by epoch for batches of 16 rows, of 1 row with the same learning rate, and of 1 row with "
    "a fifth of it. The second reaches its lowest point much earlier and stays higher; the third comes as low "
    "as the first.",
)

# %%
expect("housing.best_epoch_single_rows", float(best_single), edition)
expect("housing.cost_of_single_rows", single_rows[0.001].min() - smoothed.min(), edition)
expect("housing.cost_with_small_steps", single_rows[0.0002].min() - smoothed.min(), edition)

# %% [markdown]
# With the same learning rate: sooner, and not as low. Is a single row a worse teacher? No: with steps a fifth as
# large it comes about as low as a batch of 16. (Its curve may still fall where it ends.) Each update follows one
# row, so the weights are pushed back and forth, and smaller steps make up for that. **Batch size and learning rate
# belong together**: if you change one, look for the other anew. And "80 epochs" means nothing without both.
#
# ## What would the leak have given?
#
# We standardised inside each fold. The lazy way is to standardise all 404 rows first, and to cut afterwards.
# Then the validation rows have influenced the means and deviations: a leak. What would it have given? We
# compare with the same starting weights and the same orders of rows. Only the standardisation differs.
#
# **Predict before you run.** Will the leak make the scores look better? By how much?


# %%
def leaky_fold(x: np.ndarray, y: np.ndarray, fold: int, folds: int) -> tuple[np.ndarray, ...]:
    (scaled,) = standardise(x)  # all rows, also those that are held out below
    size = len(x) // folds
    held_out = slice(fold * size, (fold + 1) * size)
    x_fold, x_val = np.delete(scaled, held_out, axis=0), scaled[held_out]
    return x_fold, np.delete(y, held_out), x_val, y[held_out]


def valley(curves: np.ndarray) -> float:
    """Return the mean MAE over all folds and the epochs 81 to 120, where the curve is low."""
    return float(curves[..., 80:120, :].mean())


leaky_data = stacked_folds(x_train, y_train, FOLDS, make_fold=leaky_fold)
gains = []
for _ in range(REPEATS):
    starts = [build_model(13) for _ in range(FOLDS)]
    orders = rng.permuted(np.tile(np.arange(len(data[0])), (120, 1)), axis=1)
    gains.append(valley(train(starts, data, orders)) - valley(train(starts, leaky_data, orders)))

# %% tags=["nbval-ignore-output"]
print("what the leak seems to gain, in dollars of MAE, in each repeat:")
print(", ".join(f"{1000 * gain:+.0f}" for gain in gains))

# %%
expect("housing.gain_by_leak", np.mean(gains), edition)

# %% [markdown]
# To be honest: here the leak gives nothing that we could see. The differences are some tens of dollars at most, and
# change from one repeat to the next. The mean of 404 rows is nearly that of 303 rows, so little can leak through it.
#
# Then why bother? Because you cannot know beforehand. Whatever is computed from rows may carry something over:
# means, filled gaps, the choice of features, the number of epochs. Some leaks are enormous. In the exercises
# you meet one that "predicts" prices from pure noise. The cure is always the same: do it inside the fold.
#
# ### What was feature B worth?
#
# We take the column out and repeat the cross-validation, with new networks of 12 inputs.
#
# **Predict before you run.** By how many dollars will the MAE rise?

# %%
train_12 = make_trainer(FOLDS, 12, BATCH_SIZE)
without_b = np.delete(x_train, BOSTON_FEATURES.index("B"), axis=1)
data_12 = stacked_folds(without_b, y_train, FOLDS)
runs_12 = np.array([cross_validate(train_12, data_12, 120, rng) for _ in range(REPEATS)])
expect("housing.cost_without_b", valley(runs_12) - valley(runs), edition)

# %% [markdown]
# Some tens of dollars at most. The column that should not have been made is not even needed.
#
# ## Train on everything, then test once
#
# All choices are made: two layers of 64 units, batches of 16, the number of epochs above. So: a fresh network,
# all 404 training rows, standardised with all 404, and then the test rows, once. For a single network we
# are back to `fit`. (The number of epochs was found with 303 rows. With 404, an epoch has a third more updates. In so flat a
# valley that does no harm.)

# %% tags=["nbval-ignore-output"]
final = compiled_model()
_ = final.fit(
    batches(scaled_train, y_train),
    epochs=enough_epochs,
    verbose=0,
    callbacks=[Progress("trained on all training rows")],
)
on_own, predicted = (
    keras.ops.convert_to_numpy(final(rows.astype("float32")))[:, 0]
    for rows in (scaled_train, scaled_test)
)
own_mae, test_mae = np.mean(np.abs(on_own - y_train)), np.mean(np.abs(predicted - y_test))
print(f"MAE {own_mae:.2f} thousand dollars on its own rows, {test_mae:.2f} on the test rows")
assert own_mae < test_mae

# %%
expect("housing.test_mae", test_mae, edition)

# %% [markdown]
# On the rows that it learned from, the network is better, as nearly always. Were it the other way round, you would
# look for the reason: easy test rows, or somebody who has exchanged the two. The expected range of the test MAE is
# wide, for two reasons. From other random weights the same network gives another value: with 102 rows, and an
# epoch that happened to end high or low, one cannot be surer than that. And a range that was computed from few
# runs is drawn generously.

# %%
fig, ax = plt.subplots(figsize=(4.2, 3.9))
ax.plot([0, 60], [0, 60], color=plots.GREY, linestyle="--", label="right on the line")
ax.scatter(y_test, predicted, color=plots.BLUE, alpha=0.75, s=22, label="a tract")
ax.set(xlim=(0, 60), ylim=(0, 60), aspect="equal")
ax.set(xlabel="true price, 1,000 dollars", ylabel="predicted price, 1,000 dollars")
ax.legend(loc="lower right")
plots.described(
    fig,
    "Predicted against true prices of the test tracts: most points lie near the diagonal, a few far "
    "from it.",
)

# %% [markdown]
# Most tracts lie near the line, and a few far from it. Which are they? Here are the three worst. For five features we show in which
# share of the training rows the value is lower: 50 % is in the middle, 95 % is unusually high.

# %% tags=["nbval-ignore-output"]
shown = ["RM", "LSTAT", "NOX", "TAX", "CRIM"]
print("".join(f"{name:>8}" for name in shown) + "   true price  predicted")
for row in np.argsort(-np.abs(predicted - y_test))[:3]:
    for name in shown:
        feature = BOSTON_FEATURES.index(name)
        print(f"{np.mean(x_train[:, feature] < x_test[row, feature]):8.0%}", end="")
    print(f"{y_test[row]:13.1f} {predicted[row]:10.1f}")

# %% [markdown]
# Try to explain each. Many rooms and few people of "lower status" lead the network to expect a high price, and the
# opposite a low one, as you would. Then look at the other columns: what could it have taken into account, and did not?
#
# ### Is a network needed?
#
# Three simpler answers to the same question, on the same folds: always say the median price; a *linear
# regression*, which is one unit without activation; and *gradient boosting*, which adds up many small *decision trees*,
# chains of questions such as "more than six rooms?". The last two come with scikit-learn.
#
# **Predict before you run.** Which of them beats the network?


# %%
def fold_scores(predict) -> np.ndarray:
    folds = [one_fold(x_train, y_train, fold, FOLDS) for fold in range(FOLDS)]
    return np.array([np.mean(np.abs(predict(x, y, new) - truth)) for x, y, new, truth in folds])


scores = {
    "always the median": fold_scores(lambda x, y, new: np.median(y)),
    "linear regression": fold_scores(lambda x, y, new: LinearRegression().fit(x, y).predict(new)),
    "gradient boosting": fold_scores(
        lambda x, y, new: GradientBoostingRegressor(random_state=SEED).fit(x, y).predict(new)
    ),
    "the network": runs[:, enough_epochs - 1].mean(axis=0),
}

# %% tags=["nbval-ignore-output"]
print("MAE, 1,000 dollars     mean  in each fold                minus the network's")
for name, values in scores.items():
    each = "  ".join(f"{value:5.2f}" for value in values)
    less = "  ".join(f"{value:+5.2f}" for value in values - scores["the network"])
    print(f"{name:20} {values.mean():6.2f}  {each}  {less}")

# %%
expect("housing.linear_mae", scores["linear regression"].mean(), edition)
behind = scores["the network"] - scores["gradient boosting"]
expect("housing.network_minus_boosting", behind.mean(), edition)
expect(
    "housing.linear_minus_network",
    (scores["linear regression"] - scores["the network"]).min(),
    edition,
)

# %% [markdown]
# All answers are judged on the same folds. So we compare them *fold by fold*, in the columns at the right: where a
# fold is easy for both, that cancels in the difference. (Not always: fold 1 is easy for the network and the hardest
# for the median, since its prices lie far from the middle.) The straight line is behind the network in every fold; the
# last line is the smallest lead. Against gradient boosting the picture is less clear: the mean difference is small,
# and look at the signs. Mind, too, that the number of epochs was chosen on these very folds, which favours the network
# a little. Boosting needed no scaling and no search for a number of epochs. For a table of numbers, try it first.
#
# ## California: more rows, and a map
#
# Now the set we recommend: 20,640 *block groups* of the census of 1990 in California. The target is the median
# house value, in units of 100,000 dollars.
#
# | name | what it is |
# |---|---|
# | MedInc | median income, in 10,000 dollars |
# | HouseAge | median age of the houses, years |
# | AveRooms, AveBedrms | rooms and bedrooms for each household |
# | Population | people in the block group |
# | AveOccup | people for each household |
# | Latitude, Longitude | where it is, in degrees |
#
# We pass the seed on, so that another seed holds out other rows. The last fifth of the training rows is for
# validation.

# %%
(x_all, y_all), (x_later, y_later), edition_california = california_housing(seed=SEED)
cut = len(x_all) * 4 // 5
scaler = StandardScaler().fit(x_all[:cut])  # scikit-learn's name for what we did by hand
groups_train, groups_val, groups_test = (
    scaler.transform(part).astype("float32") for part in (x_all[:cut], x_all[cut:], x_later)
)
value_train, value_val = y_all[:cut], y_all[cut:]
print(
    f"{len(value_train):,} rows to learn from, {len(value_val):,} to validate, {len(y_later):,} to test"
)

# %% [markdown]
# Two features are longitude and latitude, so the data is a map. We draw every fourth row; all of them would
# cover each other.
#
# **Predict before you run.** Where are homes expensive?


# %%
CALIFORNIA = {"xlim": (-127.8, -113.8)}


def map_of(x: np.ndarray, values: np.ndarray, label: str, part=CALIFORNIA, size=5, **style):
    latitude, longitude = x[:, 6], x[:, 7]
    figure, ax = plt.subplots(figsize=(6, 4.4), layout="compressed")  # room for the labels
    dots = ax.scatter(longitude, latitude, c=values, s=size, linewidths=0, **style)
    ax.set(xlabel="longitude, degrees", ylabel="latitude, degrees", **part)
    ax.set_facecolor("#D9D9D9")  # so that pale dots are seen, too
    ax.grid(False)
    ax.set_aspect(1 / np.cos(np.radians(37)))  # a mile is as long in both directions
    for city, place in {"San Francisco": (-122.42, 37.77), "Los Angeles": (-118.24, 34.05)}.items():
        line = {"arrowstyle": "-", "color": plots.GREY}
        if ax.get_xlim()[0] < place[0]:
            sea = (-25, -30) if part is CALIFORNIA else (-60, -95)  # no dots lie there
            offset = {"textcoords": "offset points", "ha": "right", "arrowprops": line}
            ax.annotate(city, place, sea, **offset)
    ends = "both" if style else "neither"  # a scale that is given cuts off extremes
    figure.colorbar(dots, label=label, extend=ends, shrink=0.8)
    return figure


plots.described(
    map_of(x_all[::4], y_all[::4], "median house value, 100,000 dollars"),
    "Map of California with a dot for each block group, brighter where homes are more expensive: bright "
    "along the coast at San Francisco and Los Angeles, dark in the inland valley.",
)

# %% [markdown]
# Homes on the coast are expensive from San Francisco to the south, but not in the far north. Most homes inland are
# cheaper. One slope for longitude and one for latitude can follow this only roughly.
#
# **Predict before you run.** In Boston, prices were cut off at the top. Here, too?

# %%
top = y_all.max()
print(f"highest value: {top:.5f}, in {np.mean(y_all == top):.0%} of the rows")
occupancy = x_all[:, CALIFORNIA_FEATURES.index("AveOccup")]
print(
    f"people for each household: median {np.median(occupancy):.1f}, largest {occupancy.max():.0f}"
)

# %% [markdown]
# They are, at 500,001 dollars. And in some block groups there are hundreds of people for each household: think of a
# prison, whose inmates are counted as people and form no household. How far away is such a row after scaling?

# %%
far = np.abs((x_all - scaler.mean_) / scaler.scale_).max(axis=0)
for name, deviations in zip(CALIFORNIA_FEATURES, far, strict=True):
    print(f"{name:10} furthest value: {deviations:5.0f} standard deviations from the mean")

# %% [markdown]
# Where a value is a hundred times as large as usual, so is the slope of its weights, and plain stochastic gradient descent (SGD)
# makes a huge step. With the learning rate below, the training recovers. With a higher rate, a training may end in NaN,
# "not a number". Try it later.
#
# The network has one hidden layer of 30 units. It trains for 20 epochs, in batches of 32.


# %%
def small_network() -> keras.Model:
    layers = [keras.layers.Dense(30, activation="relu"), keras.layers.Dense(1)]
    return keras.Sequential([keras.Input(shape=(8,)), *layers])


network = small_network()
network.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mse")
california_history = network.fit(
    batches(groups_train, value_train, 32),
    validation_data=batches(groups_val, value_val, 32).cache(),
    epochs=20,
    verbose=0,
    callbacks=[Progress("California")],
).history

# %%
plots.history(california_history, metrics=["loss"])

# %% [markdown]
# At the end the training loss still falls a little, the validation loss hardly. We keep the 20 epochs that we decided
# on before, and compare with baselines like those for Boston. All get the same rows, and each is tested once. (The
# boosting for larger tables sets a tenth of its rows aside, to see when to stop.)
#
# **Predict before you run.** In which order will they come out?

# %%
linear = LinearRegression().fit(groups_train, value_train)
boosting = HistGradientBoostingRegressor(random_state=SEED).fit(groups_train, value_train)
predictions = {
    "always the mean": np.full(len(y_later), value_train.mean()),
    "linear regression": linear.predict(groups_test),
    "the network": keras.ops.convert_to_numpy(network(groups_test))[:, 0],
    "gradient boosting": boosting.predict(groups_test),
}
mse = {name: np.mean((values - y_later) ** 2) for name, values in predictions.items()}

# %% tags=["nbval-ignore-output"]
print("test rows               MSE  MAE, dollars")
for name, values in predictions.items():
    print(f"{name:20} {mse[name]:6.3f} {100_000 * np.mean(np.abs(values - y_later)):13,.0f}")

# %%
print("best first:", ", ".join(sorted(mse, key=mse.get)))
expect("housing.california_test_mse", mse["the network"], edition_california)
expect("housing.california_linear_mse", mse["linear regression"], edition_california)
expect("housing.california_boosting_mse", mse["gradient boosting"], edition_california)

# %% [markdown]
# The network clearly beats the straight line, and gradient boosting clearly beats the network. That is the honest
# picture for tables like this one. A larger network, trained for longer, would probably come closer; boosting was
# not tuned either. Networks are worth the effort where neighbouring inputs belong together, as in images, texts and
# sounds.
#
# ## A map of errors
#
# One number for all of California hides *where* the network is wrong. Let the error be the predicted value minus
# the true one: above 0 the network says too much, below 0 too little.
#
# **Predict before you run.** Will errors of both signs be mixed at random, or lie in patches?

# %%
error = predictions["the network"] - y_later
plots.described(
    map_of(
        x_later,
        error,
        "predicted minus true value, 100,000 dollars",
        part={"xlim": (-118.8, -117.6), "ylim": (33.6, 34.4)},
        size=16,
        cmap="PuOr_r",
        vmin=-1.5,
        vmax=1.5,
    ),
    "Map of the errors on the test block groups around Los Angeles: violet where the network says too little, orange "
    "where it says too much. The colours form patches.",
)

# %% [markdown]
# The map shows the region of Los Angeles. To check what the eye sees, now for the whole of California, we take each
# test block group and its nearest neighbour. (The coordinates have two decimals, so many block groups share theirs with
# others. We make sure that none counts as its own neighbour.) How often do both errors have the same sign? And how
# often, if we deal the errors out at random?

# %%
places = x_later[:, 6:]
nearest = NearestNeighbors(n_neighbors=12).fit(places).kneighbors(places)[1]
others = nearest != np.arange(len(places))[:, None]  # a row is among its own neighbours
neighbour = nearest[np.arange(len(places)), others.argmax(axis=1)]
assert not np.any(neighbour == np.arange(len(places)))


def agree(errors: np.ndarray) -> float:
    return np.mean((errors > 0) == (errors[neighbour] > 0))


dealt_out = np.mean([agree(rng.permutation(error)) for _ in range(100)])
expect("housing.neighbours_agree", agree(error), edition_california)
expect("housing.strangers_agree", dealt_out, edition_california)

# %% [markdown]
# Neighbours agree clearly more often than strangers: patches, then. Neighbours share something that the network has
# not taken into account. A part of it may be in the data: gradient boosting makes smaller errors from the same eight
# columns, perhaps because it follows the map more closely. (We have not tested that.) Another part may not be in the
# data at all, such as schools or the view. Whoever sets prices with this model is wrong for whole neighbourhoods, more
# often than not in the same direction.
#
# The homes at the top are a case of their own: of their true value we know only that it is higher. How far
# below the highest value in the data does the network stay there?

# %%
expect("housing.error_at_the_top", error[y_later == top].mean(), edition_california)

# %% [markdown]
# ## Outliers and noise
#
# Real data has mistakes in it. We make some, in a copy, so that we know the truth:
#
# - **noise**: we raise or lower every training price by a random amount of up to 200,000 dollars;
# - **outliers**: in 5 % of the rows somebody forgot the decimal point, and the price is ten times too high.
#
# How much such a row counts depends on the loss. To see why, we look for one number that stands for five: 1, 2, 3, 4 and 100.
#
# **Predict before you run.** Which number has the smallest mean squared error to the five? Which one the smallest mean
# absolute error?

# %%
quiz.predict("04.squared", "Which number has the smallest mean squared error to the five?")

# %%
five = np.array([1, 2, 3, 4, 100])
candidates = np.arange(0, 101)
squared_errors = ((candidates[:, None] - five) ** 2).mean(axis=1)
absolute_errors = np.abs(candidates[:, None] - five).mean(axis=1)
print(f"squared error:  {candidates[squared_errors.argmin()]}   mean:   {five.mean():g}")
print(f"absolute error: {candidates[absolute_errors.argmin()]}    median: {np.median(five):g}")
quiz.predicted("04.squared", candidates[squared_errors.argmin()])

# %% [markdown]
# **The squared error aims at the mean, the absolute error at the median.** One of the five numbers has pulled the mean
# away from all the others. The median does not care how far away it is. The third loss, Huber's, is made of both: it
# is curved near 0 like the squared error, and straight further out like the absolute one. Let $e$ be the error of one
# row.
#
# | loss | of one row | slope |
# |---|---|---|
# | squared (MSE) | $e^2$ | $2e$: grows with the error |
# | absolute (MAE) | $\lvert e \rvert$ | $-1$ or $+1$, however large the error |
# | Huber | $\tfrac12 e^2$ if $\lvert e \rvert \le \delta$, else $\delta\,(\lvert e \rvert - \tfrac12 \delta)$ | $e$ near 0, never more than $\delta$ |
#
# $\delta$ is where Huber's loss goes from one form to the other. Here it is 1, that is, 100,000 dollars.

# %%
e = np.linspace(-3, 3, 301)
fig, ax = plt.subplots(figsize=(4.8, 2.8))
ax.plot(e, e**2, color=plots.VERMILION, label="squared")
ax.plot(e, np.abs(e), color=plots.BLUE, linestyle="--", label="absolute")
huber = np.where(np.abs(e) <= 1, e**2 / 2, np.abs(e) - 0.5)
ax.plot(e, huber, color=plots.GREEN, linestyle="-.", label="Huber, δ = 1")
ax.set(xlabel="error e, 100,000 dollars", ylabel="loss of one row", ylim=(0, 6))
ax.legend(loc="upper center")
plots.described(
    fig,
    "Three losses of one row against its error: the squared one is a steep parabola, the absolute one "
    "has straight arms, and Huber's is round at zero and straight further out.",
)

# %% [markdown]
# ### Try it: one outlier
#
# Ten homes, made up, and a line for each loss: the one on which that loss is smallest. Drag the large dot from 1.1 up to
# 11, as if somebody had forgotten the decimal point, and on to 20. Which line follows it? With which $\delta$ is Huber's
# line like that of the absolute error, and with which like that of the squared one?

# %%
home_rooms = np.arange(1, 11)
home_prices = 0.5 + 0.4 * home_rooms + [0.1, -0.2, 0.15, 0.3, -0.25, 0.05, -0.1, 0.2, -0.15, 0.1]
interactive.outlier(home_rooms, home_prices, marked=1)

# %% [markdown]
# The line of the squared error follows: to make one huge error a little smaller, it spoils the prices of all other homes.
# The absolute error does not care whether the dot is at 5 or at 20: its slope is the same. With a small $\delta$ Huber's
# line hardly moves either. The larger $\delta$ is, the more it follows.
#
# Three losses and three copies of the prices make nine networks. Keras can train them in one `fit`, too: a model
# with nine outputs, each with its own loss and its own labels. Keras adds up the losses, and as before,
# no network feels the loss of another.
#
# To build it we use one more way to write a model. A layer or a model can be called on an input, like a function,
# and gives an output. `keras.Model(inputs, outputs)` makes one model of all that lies between the two. The
# optimiser is *Adam*, a relative of `rmsprop`; lesson 5 says more about it.
#
# **Predict before you run.** Which loss suffers most from the outliers? And from the noise?

# %%
bad_rows = rng.random(len(value_train)) < 0.05
labels = {
    "clean": value_train,
    "noise": value_train + rng.uniform(-2, 2, len(value_train)),
    "outliers": np.where(bad_rows, 10 * value_train, value_train),
}
losses = {"MSE": "mse", "MAE": "mae", "Huber": keras.losses.Huber(delta=1.0)}
pairs = [(loss, copy) for loss in losses for copy in labels]

inputs = keras.Input(shape=(8,))
outputs = {f"{loss}_{copy}": small_network()(inputs) for loss, copy in pairs}
nine = keras.Model(inputs, outputs)
nine.compile(optimizer="adam", loss={f"{loss}_{copy}": losses[loss] for loss, copy in pairs})

all_labels = {f"{loss}_{copy}": labels[copy].astype("float32")[:, None] for loss, copy in pairs}
nine_labels = tf.data.Dataset.from_tensor_slices((groups_train, all_labels)).cache()
_ = nine.fit(
    nine_labels.shuffle(len(value_train), seed=SEED).batch(64),
    epochs=15,
    verbose=0,
    callbacks=[Progress("nine networks")],
)

# %% [markdown]
# All nine are judged on the *clean* validation rows: there we know the truth. (The test rows have been used.)

# %%
by_nine = nine(groups_val)
robust = {
    pair: np.mean(np.abs(keras.ops.convert_to_numpy(by_nine["_".join(pair)])[:, 0] - value_val))
    for pair in pairs
}
fig, ax = plt.subplots(figsize=(8, 3.1))
colours = (plots.VERMILION, plots.BLUE, plots.GREEN)
for place, (loss, colour, hatch) in enumerate(zip(losses, colours, ("", "//", ".."), strict=True)):
    heights = [100_000 * robust[loss, copy] for copy in labels]
    left = np.arange(3) + 0.26 * (place - 1)
    bars = ax.bar(left, heights, 0.24, color=colour, hatch=hatch, edgecolor="white", label=loss)
    ax.bar_label(bars, fmt="{:,.0f}", fontsize=9, padding=2)
ax.set_xticks(range(3), [f"{copy}" for copy in labels])
ax.set(xlabel="training prices", ylabel="MAE, dollars\n(clean validation rows)")
ax.yaxis.set_major_formatter("{x:,.0f}")
ax.margins(y=0.12)
ax.legend(title="trained with", loc="upper left")
ax.grid(False, axis="x")
plots.described(
    fig,
    "Bar chart of the validation MAE in dollars of nine networks: three losses, each trained on clean, "
    "noisy and outlier-ridden prices. With noise MAE and Huber are a little worse than with clean prices. With "
    "outliers the one trained with squared error is far worse than the two others.",
)

# %%
harm = {pair: value - robust[pair[0], "clean"] for pair, value in robust.items()}
for loss in losses:
    expect(f"housing.{loss.lower()}_harm_by_outliers", harm[loss, "outliers"], edition_california)
for loss in losses:
    expect(f"housing.{loss.lower()}_harm_by_noise", harm[loss, "noise"], edition_california)
more = harm["MAE", "noise"] - harm["MSE", "noise"]
expect("housing.mae_minus_mse_harm_by_noise", more, edition_california)

# %% [markdown]
# The squared error is ruined by outliers: one row that is wrong by 20 counts as much as 400 rows that are wrong
# by 1. The other two hardly notice. (All are judged by the mean absolute error here, which can only favour the network
# that was trained with it.)
#
# Noise is another matter. It goes both ways, and mostly cancels out. But it harms the absolute error *more* than the
# squared one: the last line is the difference. Why?
#
# **Predict before you run.** We draw 25 numbers from -2 to 2, many times. Which lies closer to 0 as a rule, their mean or their
# median?

# %%
quiz.predict("04.nearer", "Which lies closer to 0?", choices=["the mean", "the median"])

# %%
draws = np.random.default_rng(0).uniform(-2, 2, (10_000, 25))
spread = {"the mean": draws.mean(axis=1).std(), "the median": np.median(draws, axis=1).std()}
for name, distance in spread.items():
    print(f"typical distance of {name} from 0: {distance:.2f}")
quiz.predicted("04.nearer", min(spread, key=spread.get))

# %% [markdown]
# A mean uses all values, a median only the middle ones. With noise of this kind, which has no extremes, the mean is
# the better estimate. So each loss has its strength, and it depends on the noise which one you want.
#
# So why not always the absolute error? Its slope is as large for a tiny error as for a big one, so in theory it cannot
# slow down near the goal. Huber's loss slows down, *and* no outlier can pull harder than $\delta$. (Compare their bars
# on clean prices: whether that costs anything, you see there.) And first of all, look at your data: a price that is
# ten times too high should be corrected.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/04_housing_regression.ipynb) ask you to cut the
# folds, to find out what made two results wrong, to write a loss for a price that nine in ten homes do not exceed,
# and to help a straight line with better features. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("04_housing_regression")

# %% [markdown]
# ## What you learned
#
# 1. Standardise with the training rows only, inside each fold. On this data the leak would have changed
#    nothing we can see; other leaks change everything, and you cannot know beforehand.
# 2. A network for a number has one linear output, the squared error as its loss, and the MAE to tell people, in
#    the unit of the target. The squared error follows outliers. The absolute error and Huber's do not.
# 3. K-fold cross-validation gives every row its turn: report mean and spread. The networks of all folds are one
#    computation with one more axis, and here the luck of the rows was larger than the luck of the weights.
# 4. Average over folds and repeats, then smooth. The valley is flat: take the first epoch that is good enough,
#    and name the batch size with it.
# 5. A map shows where errors lie in patches. For tables, gradient boosting is the baseline to beat, and here the
#    network did not beat it.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("housing.", edition)
