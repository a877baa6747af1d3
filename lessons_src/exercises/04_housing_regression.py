# %% [markdown]
# # Exercises: housing, what does a home cost?
#
# *Build each step of an honest score yourself, and see what a dishonest one would give.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 25 minutes, of which one is computing | under 1.5 GB | the house prices of lesson 4 | [lesson 4](../04_housing_regression.ipynb) |
#
# **After these exercises you can**
#
# 1. standardise features without a leak;
# 2. cut rows into folds, and check that the cut is right;
# 3. keep the choice of features inside the fold, and say what happens if you do not;
# 4. write Huber's loss, and train with it on prices that contain mistakes.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. The test sets are not used here at all: we only compare.

# %% tags=["parameters"]
SEED = 42

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np
import tensorflow as tf
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from helpers.data import boston_housing, california_housing
from helpers.feedback import check, expect
from helpers.progress import Progress

# %%
(boston_x, boston_y), _, edition = boston_housing()
(california_x, california_y), _, _ = california_housing(seed=SEED)

# %% [markdown]
# ## Exercise 1: one scale, no leak
#
# Write a function that standardises `training` and `other`, two arrays of shape (rows, features), and
# returns both. The training columns must have mean 0 and standard deviation 1 afterwards. The rows in
# `other` must decide nothing.
#
# One thing is new: a column may have the same value in all training rows. Its standard deviation is 0, and you
# cannot divide by that. Such a column should become 0 in the training rows.
#
# **Predict before you run.** In such a column, what becomes of a row in `other` that has another value?
#
# <details><summary>Hint</summary>
#
# `axis=0` gives one number for each column. `np.where(deviation == 0, 1, deviation)` replaces zeros by ones.
#
# </details>


# %%
def standardise(training: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ### BEGIN SOLUTION
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    deviation = np.where(deviation == 0, 1, deviation)
    return (training - mean) / deviation, (other - mean) / deviation
    ### END SOLUTION


# %% tags=["check"]
with check("1. One scale, no leak"):
    training = np.array([[1.0, 100, 5], [3, 300, 5], [5, 200, 5], [7, 400, 5]])
    other = np.array([[9.0, 100, 6], [9, 900, 5]])
    with np.errstate(all="ignore"):
        answer = standardise(training.copy(), other.copy())
    assert answer is not None, "standardise returned nothing yet"
    assert len(answer) == 2, f"standardise returned {len(answer)} things; return two arrays"
    ours, theirs = (np.asarray(part) for part in answer)
    assert ours.shape == training.shape and theirs.shape == other.shape, (
        f"the shapes are {ours.shape} and {theirs.shape}; they should stay as they were"
    )
    assert np.isfinite(ours).all() and np.isfinite(theirs).all(), (
        "the third column has the same value in all training rows, and you divide by its "
        "standard deviation, which is 0"
    )
    assert np.allclose(ours.mean(axis=0), 0), (
        f"the training columns have the means {ours.mean(axis=0).round(3).tolist()}, not 0. Take the "
        "mean of each column, over the training rows alone"
    )
    assert np.allclose(ours.std(axis=0), [1, 1, 0]), (
        f"the training columns have the deviations {ours.std(axis=0).round(3).tolist()}, not 1"
    )
    assert not np.allclose(theirs[:, :2].mean(axis=0), 0), (
        "you standardised the other rows with their own mean; use that of the training rows"
    )
    assert np.allclose(theirs[:, :2], (other - training.mean(0))[:, :2] / training.std(0)[:2]), (
        "the other rows should get the mean and the deviation of the training rows"
    )
    assert np.abs(theirs[:, 2]).max() <= 1, (
        f"a difference of 1 in the constant column became {np.abs(theirs[:, 2]).max():g}: do not divide "
        "by (nearly) 0, divide by 1"
    )
    print(f"the third column of the other rows becomes {theirs[:, 2].tolist()}")

# %% [markdown]
# So in a constant column a new row keeps its difference from the training rows, in the column's own unit.
# Divided by a number near 0, the difference would have become huge, and nothing else would have counted.
#
# ## Exercise 2: cut the folds
#
# In the lesson all folds had the same size. In general the number of rows is not a multiple of the number of
# folds. Write a function that returns, for each fold, a pair of integer arrays: the training rows and the
# validation rows. Each row is validated exactly once, and the sizes of the validation blocks differ by one at
# most.
#
# **Predict before you run.** 10 rows and 4 folds: how many rows does each block have?
#
# <details><summary>Hint</summary>
#
# `np.array_split(np.arange(rows), folds)` cuts into nearly equal blocks. `np.setdiff1d(a, b)` returns what is
# in `a` and not in `b`.
#
# </details>


# %%
def fold_rows(rows: int, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    ### BEGIN SOLUTION
    blocks = np.array_split(np.arange(rows), folds)
    return [(np.setdiff1d(np.arange(rows), block), block) for block in blocks]
    ### END SOLUTION


# %% tags=["check"]
with check("2. Cut the folds"):
    for rows, folds in ((10, 4), (12, 3), (len(boston_x), 10)):
        answer = fold_rows(rows, folds)
        assert answer is not None, "fold_rows returned nothing yet"
        assert len(answer) == folds, f"{folds} folds were asked for; you returned {len(answer)}"
        case = f"with {rows} rows and {folds} folds, "
        for training, validation in answer:
            both = np.intersect1d(training, validation)
            assert len(both) == 0, (
                f"{case}row {both[0]} is in a fold's training and in its validation rows: a leak"
            )
            assert len(training) + len(validation) == rows, (
                f"{case}a fold has {len(training)} + {len(validation)} rows; use all {rows}"
            )
        times = np.bincount(np.concatenate([v for _, v in answer]).astype(int), minlength=rows)
        assert (times == 1).all(), (
            f"{case}row {np.argmax(times != 1)} is validated {times[times != 1][0]} times, not once"
        )
        sizes = [len(validation) for _, validation in answer]
        assert max(sizes) - min(sizes) <= 1, f"{case}the blocks have {sizes} rows; make them equal"
    print("10 rows, 4 folds:", [len(validation) for _, validation in fold_rows(10, 4)])

    def ten_fold_mae() -> float:
        errors = []
        for training, validation in fold_rows(len(boston_x), 10):
            line = LinearRegression().fit(boston_x[training], boston_y[training])  # on any scale
            predicted = line.predict(boston_x[validation])
            errors.append(np.abs(predicted - boston_y[validation]).mean())
        return np.mean(errors)

    expect("housing_exercises.ten_fold_mae", ten_fold_mae(), edition)

# %% [markdown]
# ## Exercise 3: a leak that predicts prices from noise
#
# Here is a table of 5,000 features for the tracts of Boston. All are random numbers: nothing in them has to do
# with prices. A colleague proposes this: "Keep the 50 features that correlate most with the price, then
# fit a linear regression, with cross-validation." (The *correlation* of two columns says how well they go
# together on a straight line: 1 or -1 is perfectly, 0 is not at all.) Sounds reasonable?
#
# The function `best_columns` below chooses the features. Write a function that returns the cross-validated
# MAE of this plan, with four folds and **without** a leak: whatever looks at prices must look at training
# prices only.
#
# The check also computes the colleague's number, with the choice made once, on all rows.
#
# **Predict before you run.** The plan has one rival: always say the median price. Will the colleague report a lower
# MAE than that? And you?
#
# <details><summary>Hint</summary>
#
# Inside the loop: choose the columns with the training rows of this fold, fit on these columns, predict the
# validation rows with the same columns. Take the mean of the four MAEs.
#
# </details>

# %%
rng = np.random.default_rng(SEED)
noise = rng.normal(size=(len(boston_x), 5000))


def best_columns(x: np.ndarray, y: np.ndarray, count: int = 50) -> np.ndarray:
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    correlation = scaled.T @ (y - y.mean()) / (len(y) * y.std())
    return np.argsort(-np.abs(correlation))[:count]


# %%
def honest_mae(x: np.ndarray, y: np.ndarray, folds: list) -> float:
    ### BEGIN SOLUTION
    errors = []
    for training, validation in folds:
        columns = best_columns(x[training], y[training])
        model = LinearRegression().fit(x[training][:, columns], y[training])
        predicted = model.predict(x[validation][:, columns])
        errors.append(np.abs(predicted - y[validation]).mean())
    return np.mean(errors)
    ### END SOLUTION


# %% tags=["check"]
with check("3. A leak that predicts prices from noise"):
    quarters = np.array_split(np.arange(len(boston_x)), 4)
    folds = [(np.setdiff1d(np.arange(len(boston_x)), quarter), quarter) for quarter in quarters]

    def plan(choose_rows) -> float:
        errors = []
        for training, validation in folds:
            chosen = choose_rows(training, validation)
            columns = best_columns(noise[chosen], boston_y[chosen])
            model = LinearRegression().fit(noise[training][:, columns], boston_y[training])
            predicted = model.predict(noise[validation][:, columns])
            errors.append(np.abs(predicted - boston_y[validation]).mean())
        return np.mean(errors)

    colleague = plan(lambda training, validation: np.arange(len(boston_y)))
    honest = plan(lambda training, validation: training)
    answer = honest_mae(noise, boston_y, folds)
    assert answer is not None, "honest_mae returned nothing yet"
    assert np.ndim(answer) == 0, "return one number, the mean over the folds"
    assert not np.isclose(answer, colleague), (
        "that is the colleague's number: the columns were chosen with all prices, also those of the "
        "validation rows. Choose them inside the loop, with training rows"
    )
    assert not np.isclose(answer, plan(lambda training, validation: validation)), (
        "you chose the columns with the validation rows: that is the largest leak of all"
    )
    assert np.isclose(answer, honest), (
        f"you got {float(answer):.3f}, but it is {honest:.3f}. Fit on the training rows of each fold, "
        "measure the MAE on its validation rows, and take the mean"
    )
    median = np.abs(boston_y - np.median(boston_y)).mean()
    expect("housing_exercises.median_mae", median, edition)
    expect("housing_exercises.colleague_mae", colleague, edition)
    expect("housing_exercises.honest_mae", honest, edition)

# %% [markdown]
# All three are in thousands of dollars. The colleague's plan seems to beat the median, and it is made of nothing.
# Your number says what the plan is worth: it is worse than the median, because 50 useless features do harm. The
# leak is the difference between the two.
#
# ## Exercise 4: Huber's loss
#
# Write Huber's loss with `keras.ops`. For one error $e$ and a limit $\delta$ it is
#
# $$h(e) = \tfrac12 e^2 \ \text{ if } |e| \le \delta, \qquad h(e) = \delta\,\big(|e| - \tfrac12\delta\big) \ \text{ otherwise}$$
#
# and the loss is the mean of $h$ over the batch. The check compares it with Keras's own, and then trains two
# small networks on California's prices, with mistakes in 5 % of them: one with the squared error, and one
# with your loss.
#
# **Predict before you run.** How many dollars of MAE will your loss save?
#
# <details><summary>Hint</summary>
#
# `ops.where(condition, a, b)` takes from `a` where the condition is true, and from `b` elsewhere. You also need
# `ops.abs`, `ops.square` and `ops.mean`.
#
# </details>

# %%
from keras import ops

DELTA = 1.0


def huber(y_true, y_pred):
    ### BEGIN SOLUTION
    size = ops.abs(y_pred - y_true)
    near, far = 0.5 * ops.square(size), DELTA * (size - 0.5 * DELTA)
    return ops.mean(ops.where(size <= DELTA, near, far))
    ### END SOLUTION


# %% tags=["check"]
with check("4. Huber's loss"):
    truth = np.zeros((6, 1), "float32")
    guess = np.array([[0.0], [0.5], [-0.5], [1.0], [3.0], [-4.0]], "float32")
    answer = huber(truth, guess)
    assert answer is not None, "huber returned nothing yet"
    assert np.size(answer) == 1, f"huber returned {np.size(answer)} numbers; return their mean"
    wanted = float(keras.losses.Huber(delta=DELTA)(truth, guess))
    e = guess - truth
    for wrong, reason in (
        (np.mean(e**2), "that is the mean squared error"),
        (np.mean(np.abs(e)), "that is the mean absolute error"),
        (
            np.mean(np.where(np.abs(e) <= 1, e**2, np.abs(e) - 0.5)),
            "near 0 it is half the squared error",
        ),
        (
            np.mean(np.where(np.abs(e) <= 1, e**2 / 2, np.abs(e))),
            "the two parts should meet at δ: far out, take half of δ away",
        ),
        (
            np.mean(np.where(e <= 1, e**2 / 2, e - 0.5)),
            "an error of -4 is as far out as one of 4: compare its size, not its sign",
        ),
    ):
        assert not np.isclose(float(answer), wrong), reason
    assert np.isclose(float(answer), wanted), f"you got {float(answer):.4f}, not {wanted:.4f}"

    cut = len(california_x) * 4 // 5
    scaler = StandardScaler().fit(california_x[:cut])
    x, x_val = (
        scaler.transform(part).astype("float32")
        for part in (california_x[:cut], california_x[cut:])
    )
    slipped = np.random.default_rng(SEED).random(cut) < 0.05
    y = np.where(slipped, 10 * california_y[:cut], california_y[:cut]).astype("float32")[:, None]
    rows = tf.data.Dataset.from_tensor_slices((x, y)).cache()
    rows = rows.shuffle(cut, seed=SEED).batch(64)
    mae = {}
    for name, loss in (("squared error", "mse"), ("Huber", huber)):
        layers = [keras.layers.Dense(30, activation="relu"), keras.layers.Dense(1)]
        model = keras.Sequential([keras.Input(shape=(8,)), *layers])
        model.compile(optimizer="adam", loss=loss)
        model.fit(rows, epochs=12, verbose=0, callbacks=[Progress(name)])
        predicted = keras.ops.convert_to_numpy(model(x_val))[:, 0]
        mae[name] = np.mean(np.abs(predicted - california_y[cut:]))
    expect("housing_exercises.huber_mae", mae["Huber"], edition)
    expect("housing_exercises.huber_saves", mae["squared error"] - mae["Huber"], edition)

# %% [markdown]
# The unit is 100,000 dollars. So the last line is tens of thousands of dollars, for a loss of three lines.

# %% [markdown]
# ## What you learned
#
# 1. Means and deviations come from the training rows. A constant column needs care.
# 2. Each row is validated once, and is never in the training rows of its own fold. Two short checks prove it.
# 3. Choosing features is learning, too: outside the fold it makes something out of nothing.
# 4. Huber's loss is squared near 0 and straight further out, so a price that is ten times too high cannot
#    spoil the rest.
