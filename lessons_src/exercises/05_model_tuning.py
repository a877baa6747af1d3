# %% [markdown]
# # Exercises: tuning, how to fight overfitting
#
# *Compute the penalty, place the dropout, stop in time, judge a difference, and give a search its ranges.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 30 minutes, of which one is computing | under 1.5 GB | the film reviews of lesson 2 | [lesson 5](../05_model_tuning.ipynb) |
#
# **After these exercises you can**
#
# 1. compute an L1 and an L2 penalty by hand;
# 2. put dropout where it belongs, and nowhere else;
# 3. write early stopping in a few lines;
# 4. say whether a difference between two recipes is more than noise;
# 5. give a search ranges that make sense.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. `train` trains a model and returns its history. The test set is not used here at
# all: we only compare.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 5_000
REVIEWS = 5_000
BATCH_SIZE = 256
EPOCHS = 8
TRIALS = 6

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
from tempfile import TemporaryDirectory

import keras
import numpy as np
import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from helpers.data import imdb
from helpers.feedback import check, expect
from helpers.progress import Progress
from helpers.search import Search
from helpers.text import multi_hot_batches

# %%
(x, y), _, edition = imdb(num_words=NUM_WORDS)
y = y.reshape(-1, 1)
few, held_out = slice(REVIEWS, 2 * REVIEWS), slice(REVIEWS)
training = multi_hot_batches(x[few], y[few], NUM_WORDS, BATCH_SIZE).cache()
validation = multi_hot_batches(x[held_out], y[held_out], NUM_WORDS, batch_size=1000).cache()


def train(model: keras.Model, name: str, learning_rate=0.002, epochs=EPOCHS) -> dict:
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="binary_crossentropy",
        metrics=["binary_crossentropy"],
    )
    return model.fit(
        training.shuffle(len(training), seed=SEED),
        validation_data=validation,
        epochs=epochs,
        verbose=0,
        callbacks=[Progress(name)],
    ).history


# %% [markdown]
# ## Exercise 1: the penalty
#
# Write a function that returns the penalty of a list of weight matrices:
#
# $$\lambda_1 \sum_i |w_i| + \lambda_2 \sum_i w_i^2$$
#
# The sums run over all weights of all matrices.
#
# **Predict before you run.** The weights are 3 and -4, $\lambda_1 = 0.1$ and $\lambda_2 = 0.01$. What is the penalty?
#
# <details><summary>Hint</summary>
#
# `np.abs` and `np.square` work on a whole matrix, and `.sum()` adds up its entries. Add up the matrices in a loop.
#
# </details>


# %%
def penalty(matrices: list[np.ndarray], l1: float, l2: float) -> float:
    ### BEGIN SOLUTION
    total = 0.0
    for w in matrices:
        total += l1 * np.abs(w).sum() + l2 * np.square(w).sum()
    return total
    ### END SOLUTION


# %% tags=["check"]
with check("1. The penalty"):
    small = [np.array([[3.0], [-4.0]])]
    answer = penalty(small, l1=0.1, l2=0.01)
    assert answer is not None, "penalty returned nothing yet"
    assert not np.isclose(answer, 0.1 * -1 + 0.01 * 25), (
        "a weight of -4 costs as much as one of 4: L1 takes absolute values"
    )
    assert not np.isclose(answer, 0.1 * 7 + 0.01 * 7), "L2 takes squares, not absolute values"
    assert not np.isclose(answer, 0.1 * 7 + 0.01 * 5), (
        "L2 is the sum of the squares; you took its root"
    )
    assert np.isclose(answer, 0.1 * 7 + 0.01 * 25), (
        f"for the weights 3 and -4 you got {float(answer):.4f}; it is 0.7 + 0.25"
    )
    rng = np.random.default_rng(SEED)
    matrices = [rng.normal(size=(50, 16)), rng.normal(size=(16, 16))]
    penalise = keras.regularizers.L1L2(0.0001, 0.001)
    by_keras = float(sum(penalise(w) for w in matrices))
    answer = float(penalty(matrices, l1=0.0001, l2=0.001))
    assert np.isclose(answer, by_keras, rtol=1e-4), (
        f"for two matrices you got {answer:.4f}, Keras {by_keras:.4f}: add up all of them"
    )
    print(f"the weights 3 and -4 cost {penalty(small, 0.1, 0.01):.2f}")

# %% [markdown]
# ## Exercise 2: dropout in its place
#
# Write a function that builds the network of lesson 5 with dropout: two hidden layers of 16 units with ReLU, each
# followed by a dropout layer with this `rate`, and one sigmoid unit.
#
# **Predict before you run.** What would happen if a dropout layer came after the output, too?
#
# <details><summary>Hint</summary>
#
# `keras.layers.Dropout(rate)` drops outputs of the layer before it. A dropped answer would be a probability of 0.
#
# </details>


# %%
def build_model(rate: float) -> keras.Model:
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=(NUM_WORDS,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dropout(rate),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dropout(rate),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    ### END SOLUTION


# %% tags=["check"]
with check("2. Dropout in its place"):
    model = build_model(0.5)
    assert isinstance(model, keras.Model), (
        f"build_model gave {model!r}; it should return a keras.Sequential"
    )
    names = [type(layer).__name__ for layer in model.layers]
    kinds = [name for name in names if name != "InputLayer"]
    assert kinds[-1] != "Dropout", (
        "the last layer is Dropout: it would set half of the answers to 0. End with the sigmoid unit"
    )
    assert kinds[0] != "Dropout", (
        "dropout comes after a hidden layer; yours comes first, and takes words out of the reviews"
    )
    assert kinds == ["Dense", "Dropout", "Dense", "Dropout", "Dense"], (
        f"the layers are {', '.join(kinds)}; put one Dropout after each hidden Dense layer"
    )
    other = build_model(0.2)
    assert [layer.rate for layer in other.layers if hasattr(layer, "rate")] == [0.2, 0.2], (
        "the dropout layers should use the argument rate, whatever it is"
    )
    dense = [layer for layer in model.layers if hasattr(layer, "units")]
    shapes = [(layer.units, layer.activation.__name__) for layer in dense]
    assert shapes == [(16, "relu"), (16, "relu"), (1, "sigmoid")], (
        f"the dense layers are {shapes}; make them 16 and 16 with relu, and 1 with a sigmoid"
    )
    history = train(model, "dropout")
    expect("tuning_exercises.dropout", min(history["val_binary_crossentropy"]), edition)

# %% [markdown]
# ## Exercise 3: stop in time
#
# Write early stopping by hand. Your function gets the validation losses of all epochs, and the `patience`. It
# returns two numbers, counted from 1: the epoch after which training ends, and the best epoch until then.
#
# Training ends when the loss has not been lower than the best one so far for `patience` epochs in a row. If that
# never happens, it ends with the last epoch.
#
# **Predict before you run.** The losses are 0.5, 0.4, 0.45, 0.43, 0.3 and the patience is 2. When does training end?
# And what has it missed?
#
# <details><summary>Hint</summary>
#
# Walk through the losses with `enumerate(losses, start=1)`. Remember the best epoch. When the present epoch is
# `patience` later than that, return both.
#
# </details>


# %%
def stops(losses: list[float], patience: int) -> tuple[int, int]:
    ### BEGIN SOLUTION
    best_epoch, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if loss < best_loss:
            best_epoch, best_loss = epoch, loss
        elif epoch - best_epoch == patience:
            break
    return epoch, best_epoch
    ### END SOLUTION


# %% tags=["check"]
with check("3. Stop in time"):
    example = [0.5, 0.4, 0.45, 0.43, 0.3]
    answer = stops(example, patience=2)
    assert answer is not None, "stops returned nothing yet"
    assert np.size(answer) == 2, (
        f"stops gave {answer!r}; return two numbers: the end, and the best epoch"
    )
    assert tuple(answer) != (3, 1), "you count the epochs from 0; here the first one is 1"
    assert tuple(answer) != (5, 5), (
        "epochs 3 and 4 are no better than the best so far, epoch 2, so training ends there; the fifth "
        "epoch it never sees"
    )
    assert tuple(answer) != (3, 2), (
        "with a patience of 2, one epoch without a new best is forgiven: epoch 4 still runs"
    )
    assert tuple(answer) == (4, 2), f"for {example} and patience 2 you got {answer}; it is (4, 2)"
    for losses, patience, right, why in (
        ([0.5, 0.4, 0.45, 0.39, 0.42, 0.41], 2, (6, 4), "a new best loss starts the count again"),
        ([0.5, 0.4, 0.3], 2, (3, 3), "it never gets worse, so all epochs run"),
        ([0.4, 0.4, 0.4], 2, (3, 1), "as low as the best is no improvement"),
        ([0.3, 0.4], 1, (2, 1), "a patience of 1 ends at the first bad epoch"),
    ):
        answer = tuple(stops(losses, patience))
        assert answer == right, (
            f"for {losses} and patience {patience} you got {answer}; it is {right}: {why}"
        )
    print("with 0.5, 0.4, 0.45, 0.43, 0.3 and patience 2:", stops(example, 2))

# %% [markdown]
# ## Exercise 4: more than noise?
#
# Two recipes were trained with the same five seeds. These are their lowest validation losses. Write a function that
# returns the mean of the paired differences (`a` minus `b`) and half the width of its 95 % interval,
#
# $$h = t \cdot \frac{s}{\sqrt{n}}$$
#
# where $s$ is the standard deviation of the $n$ differences $d_i$, and $\bar d$ is their mean:
#
# $$s = \sqrt{\frac{\sum_i (d_i - \bar d)^2}{n - 1}}$$
#
# We divide by $n - 1$ and not by $n$, because with few values the plain formula comes out too small. In NumPy:
# `.std(ddof=1)`. For five seeds, $t = 2.776$; it is the argument `t`.
#
# **Predict before you run.** Look at the numbers. Is `a` better than `b`?
#
# <details><summary>Hint</summary>
#
# First make the array of differences. Then `.mean()`, `.std(ddof=1)` and `np.sqrt` do the rest.
#
# </details>

# %%
a = np.array([0.312, 0.330, 0.305, 0.341, 0.322])
b = np.array([0.316, 0.335, 0.308, 0.344, 0.327])


def paired(a: np.ndarray, b: np.ndarray, t: float = 2.776) -> tuple[float, float]:
    ### BEGIN SOLUTION
    d = a - b
    return d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))
    ### END SOLUTION


# %% tags=["check"]
with check("4. More than noise?"):
    answer = paired(a, b)
    assert answer is not None, "paired returned nothing yet"
    assert np.size(answer) == 2, f"paired gave {answer!r}; return the mean difference and h"
    mean, half = map(float, answer)
    d = a - b
    assert not np.isclose(mean, -d.mean()), "that is b minus a; the task is a minus b"
    assert np.isclose(mean, d.mean()), f"the mean difference is {d.mean():.4f}; you got {mean:.4f}"
    h = 2.776 * d.std(ddof=1) / np.sqrt(5)
    for wrong, reason in (
        (2.776 * np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 5), "you treat the two as unrelated; take the "
         "standard deviation of the differences: what a seed does to both cancels out"),
        (h * np.sqrt(5), "divide by the square root of n: a mean of five is surer than one run"),
        (2.776 * d.std() / np.sqrt(5), "use ddof=1: with few values the plain formula is too small"),
        (h / 2.776, "multiply by t"),
    ):  # fmt: skip
        assert not np.isclose(half, wrong), reason
    assert np.isclose(half, h), f"half the width is {h:.5f}; you got {half:.5f}"
    verdict = "more than noise" if abs(mean) > half else "within noise"
    print(f"{mean:+.4f} +- {half:.4f}: {verdict}")

# %% [markdown]
# Each recipe spreads by more than a hundredth over the seeds, three times the difference. Yet the difference
# is there with *every* seed. Only the paired view shows it.
#
# ## Exercise 5: ranges for a search
#
# Write the two lines that ask the trial for the settings:
#
# - `units`, a whole number from 4 to 64;
# - `learning_rate`, from 0.0001 to 0.01.
#
# For both, *factors* count: from 4 to 8 units is as large a step as from 32 to 64.
#
# The check then runs a short search with your function. It trains each candidate for three epochs only.
#
# **Predict before you run.** Three epochs are few. Will the search like small or large learning rates?
#
# <details><summary>Hint</summary>
#
# `trial.suggest_int(name, low, high)` and `trial.suggest_float(name, low, high)`. Both take `log=True`.
#
# </details>


# %%
def suggested_settings(trial) -> dict:
    ### BEGIN SOLUTION
    units = trial.suggest_int("units", 4, 64, log=True)
    learning_rate = trial.suggest_float("learning_rate", 0.0001, 0.01, log=True)
    ### END SOLUTION
    return {"units": units, "learning_rate": learning_rate}


# %% tags=["check"]
with check("5. Ranges for a search"):
    tried = []
    trial = optuna.create_study().ask()
    try:
        settings = suggested_settings(trial)
    except NameError as error:
        raise AssertionError(
            f"{error.name} is not there yet: ask the trial for units and learning_rate"
        ) from None
    ranges = trial.distributions
    assert set(ranges) == {"units", "learning_rate"}, (
        f"the trial was asked for {sorted(ranges) or 'nothing'}; ask it for 'units' and "
        "'learning_rate', by these names"
    )
    assert isinstance(ranges["units"], IntDistribution), (
        "units must be whole numbers: use suggest_int"
    )
    assert isinstance(ranges["learning_rate"], FloatDistribution), (
        "a learning rate is no whole number: use suggest_float"
    )
    for name, low, high in (("units", 4, 64), ("learning_rate", 0.0001, 0.01)):
        found = ranges[name]
        assert np.allclose([found.low, found.high], [low, high]), (
            f"{name} runs from {found.low} to {found.high}; make it {low} to {high}"
        )
        assert found.log, (
            f"{name} is drawn evenly: most draws would lie above {np.sqrt(low * high):g}, the middle of "
            "the range in factors. Use log=True"
        )

    def objective(trial) -> float:
        settings = suggested_settings(trial)
        keras.utils.set_random_seed(SEED + trial.number)
        model = keras.Sequential(
            [
                keras.Input(shape=(NUM_WORDS,)),
                keras.layers.Dense(settings["units"], activation="relu"),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate=settings["learning_rate"]),
            loss="binary_crossentropy",
        )
        data = training.shuffle(len(training), seed=SEED + trial.number)
        history = model.fit(data, validation_data=validation, epochs=3, verbose=0)
        return min(history.history["val_loss"])

    with TemporaryDirectory() as folder:  # this search is not meant to be kept
        search = Search("exercise", seed=SEED, storage=f"{folder}/search.journal")
        search.run(objective, trials=TRIALS)
        expect("tuning_exercises.search_best", search.study.best_value, edition)
        tried = sorted(search.study.trials, key=lambda trial: trial.value)
        print("the best rate is above 0.001:", tried[0].params["learning_rate"] > 0.001)

# %% [markdown]
# Here are the settings that the search tried, the best first.

# %% tags=["nbval-ignore-output"]
for trial in tried:
    settings = trial.params
    print(f"rate {settings['learning_rate']:.4f}, {settings['units']:2} units: {trial.value:.4f}")
if not tried:
    print("No search has run yet.")

# %% [markdown]
# The best rates are large ones: in three epochs, small steps do not lead far. With more epochs a smaller rate would
# have its chance. A search finds good settings for the epochs you give it, not for more.

# %% [markdown]
# ## What you learned
#
# 1. L1 adds absolute values, L2 adds squares, over all weights of the penalised layers.
# 2. Dropout follows hidden layers, never the output.
# 3. Early stopping remembers the best epoch, and gives up after some epochs without a better one. It
#    cannot see what comes later: too little patience may miss the best.
# 4. Paired differences show what two separate spreads hide.
# 5. A search draws its settings from the ranges you give it. Where factors count, draw on a log scale.
