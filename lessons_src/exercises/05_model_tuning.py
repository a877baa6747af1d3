# %% [markdown]
# # Exercises: tuning, how to fight overfitting
#
# *Make a step with a penalty, read curves, stop in time, mend a comparison, and spend a small budget well.*
#
# English · [한국어](../ko/exercises/05_model_tuning.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 35 minutes, of which one is computing | under 1.5 GB | the film reviews of lesson 2 | [lesson 5](../05_model_tuning.ipynb) |
#
# **After these exercises you can**
#
# 1. say what L1 and L2 do to a weight in one step of gradient descent;
# 2. tell from two curves what is wrong with a training, or that nothing is;
# 3. write early stopping in a few lines;
# 4. find the fault in an unfair comparison;
# 5. give a search ranges that are worth its budget.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. The test set is not used here at all: we only compare.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 5_000
REVIEWS = 5_000
BATCH_SIZE = 256
TRIALS = 6

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import hashlib
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
import optuna

from helpers import plots
from helpers.data import imdb
from helpers.feedback import check, expect
from helpers.search import Search
from helpers.text import multi_hot_batches

# %%
(x, y), _, edition = imdb(num_words=NUM_WORDS)
y = y.reshape(-1, 1)
few, held_out = slice(REVIEWS, 2 * REVIEWS), slice(REVIEWS)
training = multi_hot_batches(x[few], y[few], NUM_WORDS, BATCH_SIZE).cache()
validation = multi_hot_batches(x[held_out], y[held_out], NUM_WORDS, batch_size=1000).cache()

# %% [markdown]
# ## Exercise 1: one step with a penalty
#
# The loss is a cross-entropy, plus a penalty $\lambda_1 |w| + \lambda_2 w^2$ for each weight. Write a function that
# makes one step of plain gradient descent. It gets an array of weights `w`, the slopes of the cross-entropy along
# them, and the learning rate, and returns the new weights. At exactly 0 the penalty pushes nowhere.
#
# **Predict before you run.** With $\lambda_1 = 0.01$ or with $\lambda_2 = 0.01$, and a learning rate of 1: how many
# of 1,000 weights between -0.5 and 0.5 are within 0.01 of zero after 30 such steps, if the data push nowhere?
#
# <details><summary>A nudge</summary>
#
# Gradient descent goes against the slope of the *whole* loss. What is the slope of $w^2$? And that of $|w|$, left and
# right of 0?
#
# </details>
# <details><summary>The idea</summary>
#
# Three slopes are added up, times the learning rate, and taken away from the weights. `np.sign` is 1, -1 or 0.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# The penalties have the slopes `l1 * np.sign(w)` and `2 * l2 * w`. Add both to `slopes`, multiply by the learning
# rate, and take the result away from `w`.
#
# </details>


# %%
def updated(w: np.ndarray, slopes: np.ndarray, rate: float, l1: float, l2: float) -> np.ndarray:
    ### BEGIN SOLUTION
    return w - rate * (slopes + l1 * np.sign(w) + 2 * l2 * w)
    ### END SOLUTION


# %% tags=["check"]
with check("1. One step with a penalty"):
    old, slopes = np.array([0.5, -0.25, 0.0]), np.array([0.2, 0.0, -0.4])
    assert updated(old, slopes, 0.1, 0, 0) is not None, "updated returned nothing yet"
    assert np.allclose(updated(old, slopes, 0.1, 0, 0), [0.48, -0.25, 0.04]), (
        "without a penalty it should be w minus learning rate times slope"
    )
    with_l2 = updated(old, slopes, 0.1, 0, 0.4) - [0.48, -0.25, 0.04]
    assert with_l2[1] > -1e-9, "L2 drives the weight of -0.25 away from 0; it should shrink it"
    assert not np.allclose(with_l2, [-0.02, 0.01, 0]), "the slope of w squared is not w"
    assert not np.allclose(with_l2, [-0.4, 0.2, 0]), "the penalty is a slope, too: times the rate"
    assert np.allclose(with_l2, [-0.04, 0.02, 0]), (
        f"with L2 alone the weights 0.5, -0.25 and 0 should move by -0.04, 0.02 and 0; yours by {with_l2}"
    )
    with_l1 = updated(old, slopes, 0.1, 0.4, 0) - [0.48, -0.25, 0.04]
    assert with_l1[1] > -1e-9, (
        "L1 drives the weight of -0.25 away from 0; which way should it push?"
    )
    assert np.isclose(with_l1[0], -with_l1[1]), "L1 pushes as hard however large the weight is"
    assert np.allclose(with_l1, [-0.04, 0.04, 0]), (
        f"with L1 alone the weights should move by -0.04, 0.04 and 0; yours by {with_l1}"
    )
    for name, l1, l2 in (("L1", 0.01, 0), ("L2", 0, 0.01)):
        thousand = np.linspace(-0.5, 0.5, 1000)
        for _ in range(30):
            thousand = updated(thousand, np.zeros(1000), 1.0, l1, l2)
        print(f"{name}: {np.sum(np.abs(thousand) <= 0.0101)} of 1,000 within 0.01 of zero")

# %% [markdown]
# ## Exercise 2: five trainings, five stories
#
# These curves were measured on the reviews, with the network of the lesson and Adam. In each training something was
# changed. What?

# %%
given = {  # training and validation cross-entropy, epoch by epoch
    "A": (
        [0.660, 0.562, 0.553, 0.539, 0.530, 0.519, 0.510, 0.499],
        [0.598, 0.558, 0.551, 0.541, 0.534, 0.521, 0.512, 0.509],
    ),
    "B": (
        [0.694, 0.668, 0.628, 0.574, 0.499, 0.457, 0.410, 0.375],
        [0.682, 0.646, 0.565, 0.490, 0.418, 0.386, 0.352, 0.326],
    ),
    "C": (
        [0.596, 0.308, 0.176, 0.107, 0.066, 0.041, 0.026, 0.017],
        [0.397, 0.206, 0.118, 0.082, 0.046, 0.030, 0.019, 0.014],
    ),
    "D": (
        [0.697, 0.691, 0.687, 0.681, 0.674, 0.664, 0.652, 0.637],
        [0.695, 0.692, 0.688, 0.684, 0.677, 0.669, 0.658, 0.644],
    ),
    "E": (
        [0.440, 0.146, 0.059, 0.018, 0.005, 0.002, 0.001, 0.000],
        [0.319, 0.382, 0.488, 0.647, 0.724, 0.814, 0.891, 0.951],
    ),
}
given_fig, given_axes = plt.subplots(1, 5, figsize=(11, 3), sharey=True)
for ax, (panel, (seen, unseen)) in zip(given_axes, given.items(), strict=True):
    ax.plot(range(1, 9), seen, color=plots.BLUE, marker="o", markersize=3, label="training")
    ax.plot(
        range(1, 9), unseen, color=plots.VERMILION, marker="s", markersize=3, label="validation"
    )
    ax.set(title=panel, xlabel="epoch", ylim=(0, 1))
given_axes[0].set_ylabel("cross-entropy")
handles = given_axes[0].get_legend_handles_labels()
given_fig.legend(*handles, loc="outside upper center", ncols=2)
plots.described(
    given_fig,
    "Five panels of training and validation cross-entropy over eight epochs. A: both fall at once to 0.55 and then little. "
    "B: both fall steadily to a third, training above validation. C: both fall to nearly 0 together. D: both "
    "hardly leave 0.69, and fall a little faster at the end. E: training falls to 0, validation climbs from 0.3 to 0.95.",
)

# %% [markdown]
# Give each panel one of these numbers:
#
# 1. four times as many units, and twice the learning rate;
# 2. a learning rate forty times smaller;
# 3. dropout with a rate of 0.6;
# 4. L2 with a price of 0.1;
# 5. the validation reviews are among the training reviews.
#
# <details><summary>A nudge</summary>
#
# Ask two questions of each panel. Does the network learn its own reviews? And how much better is it on those than
# on the others?
#
# </details>
# <details><summary>The idea</summary>
#
# Two panels have not learned much. In one, the curves are still gathering speed, in the other they have slowed
# down. Two panels learn their own reviews by heart. In one, the other reviews come along, which nobody should
# believe. And one cure makes the training harder than the validation, for it acts in training only.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Slow, and gathering speed: a learning rate that is too small. Slow at the end: a penalty that is too strong. Both
# near 0: the same reviews twice. Validation below training: something acts in training only. The last one has nothing
# that holds it back.
#
# </details>

# %%
cause = {"A": None, "B": None, "C": None, "D": None, "E": None}
### BEGIN SOLUTION
cause = {"A": 4, "B": 3, "C": 5, "D": 2, "E": 1}
### END SOLUTION

# %% tags=["check"]
with check("2. Five trainings, five stories"):
    assert list(cause) == list("ABCDE"), "cause should have the keys A, B, C, D and E"
    assert None not in cause.values(), "cause has no number yet for some of the panels"
    assert sorted(cause.values()) == [1, 2, 3, 4, 5], (
        "each of the numbers 1 to 5 belongs to one panel"
    )
    look_at = {
        "A": "it learns fast in the first two epochs, and then nearly stops. What holds it back?",
        "B": "which of the curves is lower? What could make the training reviews the harder ones?",
        "C": "its validation loss ends near 0. Does any cure reach that?",
        "D": "do the curves fall faster at the end, or more slowly? What would more epochs do?",
        "E": "its training loss is 0 after a few epochs. Does anything keep it from learning by heart?",
    }
    marks = {
        "A": "71e9",
        "B": "b3b0",
        "C": "4aea",
        "D": "208e",
        "E": "14cd",
    }  # of the right numbers
    for panel, number in cause.items():
        mark = hashlib.sha256(f"lesson 5, {panel}: {number}".encode()).hexdigest()[:4]
        assert mark == marks[panel], f"{panel} is not {number}: {look_at[panel]}"
    print("all five found")

# %% [markdown]
# Two of these seem to need the same cure, and do not. A and D both underfit. D wants more epochs or a larger
# learning rate, and A a smaller penalty: with this one, more epochs help it only little by little. And C is the
# most dangerous one, because it looks best.
#
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
# <details><summary>A nudge</summary>
#
# Do it with a pencil for the five losses above. What do you have to remember from one epoch to the next?
#
# </details>
# <details><summary>The idea</summary>
#
# Remember the best loss so far, and its epoch. How many epochs without a better one have passed? That is a
# difference of two epoch numbers.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Go through `enumerate(losses, start=1)`. Is the loss lower than the best one? Then remember both. Else, if `epoch -
# best_epoch` has reached the patience, break.
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
        "epochs 3 and 4 are no better than the best so far, epoch 2, so training ends there; it never "
        "sees the fifth epoch"
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
# ## Exercise 4: an unfair comparison
#
# A colleague has trained the network of the lesson with three strengths of L2, and two seeds each. Keras's
# histories are in `recorded`, by strength. This is how the colleague compares:

# %%
recorded = {
    0.0: [
        {
            "val_loss": [0.444, 0.326, 0.320, 0.353, 0.385, 0.423, 0.461, 0.498],
            "val_binary_crossentropy": [0.444, 0.326, 0.320, 0.353, 0.385, 0.423, 0.461, 0.498],
        },
        {
            "val_loss": [0.439, 0.324, 0.317, 0.338, 0.370, 0.405, 0.441, 0.472],
            "val_binary_crossentropy": [0.439, 0.324, 0.317, 0.338, 0.370, 0.405, 0.441, 0.472],
        },
    ],
    0.001: [
        {
            "val_loss": [0.490, 0.375, 0.366, 0.387, 0.422, 0.438, 0.461, 0.480],
            "val_binary_crossentropy": [0.451, 0.330, 0.314, 0.332, 0.364, 0.379, 0.402, 0.422],
        },
        {
            "val_loss": [0.482, 0.369, 0.376, 0.398, 0.421, 0.446, 0.466, 0.493],
            "val_binary_crossentropy": [0.441, 0.322, 0.322, 0.339, 0.360, 0.385, 0.406, 0.434],
        },
    ],
    0.01: [
        {
            "val_loss": [0.682, 0.567, 0.526, 0.506, 0.502, 0.489, 0.487, 0.487],
            "val_binary_crossentropy": [0.504, 0.375, 0.339, 0.331, 0.335, 0.326, 0.327, 0.330],
        },
        {
            "val_loss": [0.680, 0.564, 0.536, 0.514, 0.509, 0.501, 0.503, 0.494],
            "val_binary_crossentropy": [0.481, 0.356, 0.337, 0.326, 0.331, 0.330, 0.340, 0.330],
        },
    ],
}


def colleagues_scores(histories: dict) -> dict:
    return {
        strength: min(min(run["val_loss"]) for run in runs) for strength, runs in histories.items()
    }


for strength, score in colleagues_scores(recorded).items():
    print(f"L2 {strength:5}: {score:.3f}")

# %% [markdown]
# "L2 does great harm: the stronger it is, the worse." In the lesson it did not. There are two faults in the
# comparison. Find them, and write the function anew. As in the lesson, each run counts as if it had been stopped at
# its best epoch.
#
# **Predict before you run.** How much of the harm will be left?
#
# <details><summary>A nudge</summary>
#
# One fault is in *what* is compared, the other in *which run* speaks for a strength.
#
# </details>
# <details><summary>The idea</summary>
#
# What does Keras add to the loss of a network with a penalty? And if one strength were tried with a hundred seeds
# and the others with one, who would win by this rule?
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# For each run take the lowest value of the curve that holds no penalty. The score of a strength is the mean over its
# runs.
#
# </details>


# %%
def fair_scores(histories: dict) -> dict:
    """Return one number for each strength; histories are like `recorded`."""
    ### BEGIN SOLUTION
    return {
        strength: np.mean([min(run["val_binary_crossentropy"]) for run in runs])
        for strength, runs in histories.items()
    }
    ### END SOLUTION


# %% tags=["check"]
with check("4. An unfair comparison"):
    curve = "val_binary_crossentropy"
    made_up = {
        0.1: [
            {"val_loss": [5.0, 4.0, 3.9], curve: [0.5, 0.2, 0.6]},
            {"val_loss": [5.0, 4.5, 4.4], curve: [0.3, 0.4, 0.8]},
            {"val_loss": [5.0, 4.0, 3.0], curve: [0.9, 0.8, 0.7]},
        ]
    }
    answer = fair_scores(made_up)
    assert answer is not None, "fair_scores returned nothing yet"
    assert isinstance(answer, dict) and list(answer) == [0.1], (
        f"for one strength you returned {answer!r}; it should be a dictionary with its number"
    )
    score = answer[0.1]
    assert score < 1, f"the score is {score:.2f}, and no cross-entropy here is above 0.9"
    assert not np.isclose(score, 0.2), "one lucky run still speaks for all three"
    assert not np.isclose(score, 0.7), "you take the last epoch; each run should stop at its best"
    assert not np.isclose(score, 1.4 / 3), (
        "you take one epoch for all runs; each stops at a best epoch of its own"
    )
    assert np.isclose(score, 0.4), f"the score of the made-up runs is {score:.3f}; it should be 0.4"
    for strength, score in fair_scores(recorded).items():
        print(f"L2 {strength:5}: {score:.3f}")

# %% [markdown]
# Nearly all of the harm was the penalty itself, added to the number that was compared. What is left of it at 0.01
# is under a hundredth. And is 0.001 better than none? With one seed it is, with the other it is not.
#
# ## Exercise 5: a small budget (there is more than one good answer)
#
# You have six trainings of three epochs each. Which settings do you search, and in which ranges? Write the function
# that asks the trial for them. It returns a dictionary with `units`, `learning_rate` and `dropout`. At least two of
# them must be searched; one may be fixed. Reach a validation cross-entropy of at most 0.34.
#
# **Predict before you run.** In only three epochs, will small or large learning rates do better? And dropout?
#
# <details><summary>A nudge</summary>
#
# With six trials, each range that holds useless values costs you a part of the budget. What does the lesson tell
# you about what is useless?
#
# </details>
# <details><summary>The idea</summary>
#
# A wide range is for someone who knows nothing. In the lesson, 0.002 was a good learning rate for eight epochs.
# And where factors count, an even draw from 0.0001 to 0.01 lies above 0.005 half of the time.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Two things to search: the learning rate around 0.002, drawn by factors with `log=True`, and the units from 16 up.
# Dropout can be one fixed number.
#
# </details>


# %%
def suggested_settings(trial) -> dict:
    ### BEGIN SOLUTION
    return {
        "units": trial.suggest_int("units", 16, 64, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.001, 0.01, log=True),
        "dropout": 0.3,
    }
    ### END SOLUTION


# %% tags=["check"]
with check("5. A small budget"):
    trial = optuna.create_study().ask()
    settings = suggested_settings(trial)
    assert settings is not None, "suggested_settings returned nothing yet"
    assert isinstance(settings, dict) and set(settings) == {"units", "learning_rate", "dropout"}, (
        f"it returned {settings!r}; it should be a dictionary with units, learning_rate and dropout"
    )
    assert isinstance(settings["units"], int), "units must be whole numbers: use suggest_int"
    searched = [name for name, asked in trial.distributions.items() if not asked.single()]
    assert len(searched) >= 2, (
        f"you search {len(searched)} settings; ask the trial for at least two, each with a range"
    )
    for name, asked in trial.distributions.items():
        wide = name != "dropout" and getattr(asked, "low", 0) > 0 and asked.high >= 5 * asked.low
        assert not wide or asked.log, (
            f"{name}: from {asked.low} to {asked.high} it is factors that count, and an even draw hardly "
            "tries the small values. Let it draw by factors"
        )

    def objective(trial) -> float:
        asked = suggested_settings(trial)
        keras.utils.set_random_seed(SEED + trial.number)
        network = keras.Sequential(
            [
                keras.Input(shape=(NUM_WORDS,)),
                keras.layers.Dense(asked["units"], activation="relu"),
                keras.layers.Dropout(asked["dropout"]),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        network.compile(
            optimizer=keras.optimizers.Adam(learning_rate=asked["learning_rate"]),
            loss="binary_crossentropy",
        )
        data = training.shuffle(len(training), seed=SEED + trial.number)
        history = network.fit(data, validation_data=validation, epochs=3, verbose=0)
        return min(history.history["val_loss"])

    with TemporaryDirectory() as folder:  # this search is not meant to be kept
        search = Search("exercise", seed=SEED, storage=f"{folder}/search.journal")
        search.run(objective, trials=TRIALS)
        tried = sorted(search.study.trials, key=lambda trial: trial.value)
    best = tried[0].value
    assert best <= 0.34, (
        f"the best of {TRIALS} trials has {best:.3f}; the goal is 0.34. Its settings were {tried[0].params}"
    )
    expect("tuning_exercises.search_best", best, edition)

# %% tags=["nbval-ignore-output"]
for trial in globals().get("tried", []):  # the best first
    print(f"{trial.value:.4f}  {trial.params}")

# %% [markdown]
# How low can you get with the same budget? And would your settings still win with eight epochs? A search finds good
# settings for the epochs that you give it, not for more.

# %% [markdown]
# ## What you learned
#
# 1. In a step of gradient descent, L1 pushes all weights by the same amount, L2 each by a share of itself.
# 2. Underfitting has more than one cause, and a validation loss can be too good to be true. Look at both curves,
#    and at how they bend.
# 3. Early stopping remembers the best epoch, and gives up after some epochs without a better one. It
#    cannot see what comes later: too little patience may miss the best.
# 4. Compare the same yardstick, without the penalty, and the mean of the runs, not the luckiest.
# 5. A search draws from the ranges you give it: put into them what you know already. Where factors count, draw by
#    factors.
