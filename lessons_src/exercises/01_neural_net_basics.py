# %% [markdown]
# # Exercises: neural net basics
#
# *Choose weights by hand, write two learning rules, and find the output and the step that fit a task.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 40 minutes, of which less than one is computing | under 1 GB | iris flowers; the pictures of lesson 1 | [lesson 1](../01_neural_net_basics.ipynb) |
#
# **After these exercises you can**
#
# 1. choose the weights and the bias of a unit for a logical function;
# 2. write the perceptron rule from memory;
# 3. write the reverse pass of a network, and test it;
# 4. choose the output layer and the loss from the question;
# 5. compare learning rates fairly.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. The test pictures are not used here at all: we only compare.

# %% tags=["parameters"]
SEED = 42
EPOCHS = 5
BATCH_SIZE = 100

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from helpers.data import fashion_mnist
from helpers.feedback import check, expect
from helpers.progress import Progress

# %%
(x_all, y_all), _, edition = fashion_mnist()
x_validation, y_validation = x_all[:1000], y_all[:1000]
x_train, y_train = x_all[5000:10_000], y_all[5000:10_000]
print(f"{len(x_train):,} pictures to learn from, {len(x_validation):,} to validate")

# %% [markdown]
# ## Exercise 1: a unit for NAND
#
# NAND means "not both": off if A and B are on, and on otherwise. Choose the weights `w`, an array of two numbers,
# and the bias `b`, so that `heaviside(x @ w + b)` computes it.
#
# **Predict before you run.** Is NAND linearly separable? Draw the square before you choose.
#
# <details><summary>Hint</summary>
#
# With both inputs off the unit must be on, so the bias is positive. Each input that is on should pull the sum
# down.
#
# </details>


# %%
def heaviside(z: np.ndarray) -> np.ndarray:
    return (z >= 0).astype(int)


x_logic = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
w, b = None, None
### BEGIN SOLUTION
w, b = np.array([-1.0, -1.0]), 1.5
### END SOLUTION

# %% tags=["check"]
with check("1. A unit for NAND"):
    assert w is not None and b is not None, "w and b are not chosen yet; give both a value"
    assert np.shape(w) == (2,), f"w has shape {np.shape(w)}; it should hold two weights, (2,)"
    assert np.size(b) == 1, f"b has {np.size(b)} values; one unit has one bias"
    said = heaviside(x_logic @ np.asarray(w) + b)
    for (a_value, b_value), is_on, should in zip(x_logic, said, (1, 1, 1, 0), strict=True):
        assert is_on == should, (
            f"for A = {a_value} and B = {b_value} your unit gives {is_on}, NAND gives {should}"
        )
    print("NAND:", said)

# %% [markdown]
# From NAND alone one can build every logical function, XOR as well. But not with a single unit.
#
# ## Exercise 2: the perceptron rule
#
# Write a function that looks at *one* example and returns the new weights and the new bias. `x` is the vector of
# inputs, `y` the label, 0 or 1, and `eta` the learning rate.
#
# **Predict before you run.** What does it return if the unit is right?
#
# <details><summary>Hint</summary>
#
# First compute what the unit says, with `heaviside`. The error is the label minus that. Both the weights and the bias
# move by `eta` times the error; the weights also times the input.
#
# </details>


# %%
def update(w: np.ndarray, b: float, x: np.ndarray, y: int, eta: float):
    ### BEGIN SOLUTION
    error = y - heaviside(x @ w + b)
    return w + eta * error * x, b + eta * error
    ### END SOLUTION


# %% tags=["check"]
with check("2. The perceptron rule"):
    start = np.array([1.0, -1.0])
    example = np.array([3.0, 1.0])  # the sum is 2, so the unit says 1
    answer = update(start.copy(), 0.0, example, 1, 0.5)
    assert answer is not None, "update returned nothing yet; it should return w and b"
    assert len(answer) == 2, f"update should return two things, w and b, not {len(answer)}"
    assert not np.allclose(answer[0], [-0.5, -1.5]), (
        "the error is the label minus what the unit says, 0 or 1, not minus the sum: use heaviside"
    )
    assert np.array_equal(answer[0], start) and answer[1] == 0, (
        "the unit is right on this example, so nothing should change"
    )
    new_w, new_b = update(start.copy(), 0.0, example, 0, 0.5)  # wrong: it should have said 0
    assert not np.allclose(new_w, [2.5, -0.5]), (
        "your step goes the wrong way: the unit said 1 and should say 0, so the sum must fall"
    )
    assert not np.allclose(new_w, [-2.0, -2.0]), "the step should be eta times as large"
    assert not np.allclose(new_w, [0.5, -1.5]), "the step of a weight is multiplied by its input"
    assert np.allclose(new_w, [-0.5, -1.5]), (
        f"for w = [1, -1], x = [3, 1], y = 0, eta = 0.5 the new w is {new_w}; "
        "it should be [-0.5, -1.5]"
    )
    assert np.isclose(new_b, -0.5), f"the new bias is {new_b}; it moves by eta times the error"
    new_w, new_b = update(np.array([1.0, 0.0]), -3.0, np.array([2.0, 1.0]), 1, 1.0)
    assert np.allclose(new_w, [3.0, 1.0]) and np.isclose(new_b, -2.0), (
        "for w = [1, 0], b = -3, x = [2, 1] the sum is -1, so the unit says 0. With y = 1, eta = 1 the "
        f"new w should be [3, 1] and the new b -2; you got {new_w} and {new_b}"
    )

    iris = load_iris()
    petals, is_setosa = iris.data[:, 2:], (iris.target == 0).astype(int)
    flowers, unseen, labels, unseen_labels = train_test_split(
        petals, is_setosa, test_size=50, stratify=is_setosa, random_state=SEED
    )
    w_iris, b_iris = np.zeros(2), 0.0
    for _ in range(20):
        for flower, label in zip(flowers, labels, strict=True):
            w_iris, b_iris = update(w_iris, b_iris, flower, label, 1.0)
    accuracy = np.mean(heaviside(unseen @ w_iris + b_iris) == unseen_labels)
    expect("basics_exercises.iris_accuracy", accuracy, edition)

# %% [markdown]
# ## Exercise 3: the reverse pass, with ReLU
#
# In lesson 1 the hidden layer used tanh. Here it uses ReLU, and the output has no activation. The loss is half the
# squared error, added up over the outputs and averaged over the examples:
#
# $$H = \max(0, XW_1 + b_1), \qquad \hat y = HW_2 + b_2, \qquad L = \frac{1}{2m} \sum (\hat y - y)^2$$
#
# $m$ is the number of examples, the rows of $X$. Write the four gradients. The slope of $L$ along $\hat y$ is
# $(\hat y - y)/m$.
#
# **Predict before you run.** Which part of the formulas of lesson 1 changes, and which stays?
#
# <details><summary>Hint</summary>
#
# Only the slope of the activation changes: instead of $1 - H^2$ it is 1 where the unit is active and 0 where it is
# not. `(H > 0)` is an array of True and False, which count as 1 and 0.
#
# </details>


# %%
def gradients(X, y, W1, b1, W2, b2):
    H = np.maximum(X @ W1 + b1, 0)
    y_hat = H @ W2 + b2
    ### BEGIN SOLUTION
    delta2 = (y_hat - y) / len(X)
    delta1 = (delta2 @ W2.T) * (H > 0)
    return X.T @ delta1, delta1.sum(axis=0), H.T @ delta2, delta2.sum(axis=0)
    ### END SOLUTION


# %% tags=["check"]
with check("3. The reverse pass, with ReLU"):
    rng = np.random.default_rng(SEED)
    X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    weights = [
        rng.normal(size=(3, 5)),
        rng.normal(size=5),
        rng.normal(size=(5, 2)),
        rng.normal(size=2),
    ]
    variables = [tf.Variable(value) for value in weights]
    with tf.GradientTape() as tape:
        V1, c1, V2, c2 = variables
        loss = tf.reduce_sum((tf.nn.relu(X @ V1 + c1) @ V2 + c2 - y) ** 2) / (2 * len(X))
    right = [slope.numpy() for slope in tape.gradient(loss, variables)]
    answer = gradients(X, y, *weights)
    assert answer is not None, "gradients returned nothing yet; it should return four arrays"
    assert len(answer) == 4, f"you returned {len(answer)} arrays; one for each of W1, b1, W2, b2"
    names = ("W1", "b1", "W2", "b2")
    for name, ours, theirs, weight in zip(names, answer, right, weights, strict=True):
        assert np.shape(ours) == weight.shape, (
            f"the gradient of {name} has shape {np.shape(ours)}; it should be that of {name}, "
            f"{weight.shape}"
        )
        assert not np.allclose(ours, len(X) * theirs), (
            f"the gradient of {name} is {len(X)} times as large as it should be: the loss is a mean over "
            "the examples"
        )
        assert not np.allclose(ours, 2 * theirs), (
            f"the gradient of {name} is twice as large as it should be: the loss has a factor of one half"
        )
        assert not np.allclose(ours, -theirs), f"the gradient of {name} has the wrong sign"
    hidden = np.maximum(X @ weights[0] + weights[1], 0)
    error = (hidden @ weights[2] + weights[3] - y) / len(X)
    for slope, reason in (
        (1.0, "you left out the slope of ReLU: an inactive unit passes no blame on"),
        (1 - hidden**2, "1 - H² is the slope of tanh; this layer uses ReLU"),
    ):
        assert not np.allclose(answer[0], X.T @ (error @ weights[2].T * slope)), reason
    for name, ours, theirs in zip(names, answer, right, strict=True):
        apart = np.abs(ours - theirs).max()
        assert apart < 1e-5, f"the gradient of {name} differs from the tape's by up to {apart:.2g}"
    print("all four agree with the tape to 1e-5")

# %% [markdown]
# ## Exercise 4: from the question to the output
#
# For each of these questions choose the number of output units, the output activation and the loss. Use Keras's
# names: the activations `None`, `"relu"`, `"sigmoid"`, `"softmax"`, and the losses `"mse"`, `"mae"`,
# `"binary_crossentropy"`, `"categorical_crossentropy"`, `"sparse_categorical_crossentropy"`.
#
# - `"change"`: by how many degrees will it be warmer or colder tomorrow? Outliers are rare.
# - `"rain"`: how many millimetres of rain will fall? It cannot be negative. A few storms must not decide
#   everything.
# - `"spam"`: is this message spam?
# - `"tags"`: which of 12 tags fit this photo? Several may, or none.
# - `"digit"`: which digit from 0 to 9 was written here? The labels are the digits themselves.
#
# <details><summary>Hint</summary>
#
# Look at the two tables in lesson 1. Ask first: is it a quantity or a class? For a quantity: can it be negative, and are there
# outliers? For a class: one of two, several at once, or one of many? And what do the labels look like?
#
# </details>

# %%
outputs = {"change": None, "rain": None, "spam": None, "tags": None, "digit": None}
### BEGIN SOLUTION
outputs = {
    "change": (1, None, "mse"),
    "rain": (1, "relu", "mae"),
    "spam": (1, "sigmoid", "binary_crossentropy"),
    "tags": (12, "sigmoid", "binary_crossentropy"),
    "digit": (10, "softmax", "sparse_categorical_crossentropy"),
}
### END SOLUTION

# %% tags=["check"]
with check("4. From the question to the output"):
    right = {
        "change": (1, {None, "linear"}, {"mse", "mean_squared_error"}),
        "rain": (1, {"relu", "softplus"}, {"mae", "mean_absolute_error", "huber"}),
        "spam": (1, {"sigmoid"}, {"binary_crossentropy"}),
        "tags": (12, {"sigmoid"}, {"binary_crossentropy"}),
        "digit": (10, {"softmax"}, {"sparse_categorical_crossentropy"}),
    }
    why = {
        "change": (
            "one number",
            "it may be negative, too",
            "outliers are rare, so take the table's first choice for quantities",
        ),
        "rain": (
            "one number",
            "it must not be negative",
            "when squared, the error of one storm outweighs all other days",
        ),
        "spam": (
            "yes or no is one number",
            "it is a probability",
            "a yes-or-no question has a loss of its own",
        ),
        "tags": (
            "one for each tag",
            "each tag is a question of its own; softmax would make them compete",
            "it is one yes-or-no question for each tag, so take the loss for those",
        ),
        "digit": (
            "one for each digit",
            "exactly one is right",
            "one of many, with integer labels, has a loss of its own",
        ),
    }
    for task, (units, activations, losses) in right.items():
        assert outputs.get(task) is not None, (
            f"{task!r} has no answer yet: (units, activation, loss)"
        )
        assert len(outputs[task]) == 3, f"{task!r} needs three things: units, activation, loss"
        given = dict(zip(("units", "activation", "loss"), outputs[task], strict=True))
        for (what, value), good, reason in zip(
            given.items(), ({units}, activations, losses), why[task], strict=True
        ):
            value = value.lower() if isinstance(value, str) else value
            assert value in good, f"{task!r}, {what}: {value!r} does not fit; {reason}"
    print("five questions, five outputs")

# %% [markdown]
# ## Exercise 5: which learning rate?
#
# `fresh_model` gives a new, untrained model with the learning rate you pass, always with the same random weights. Write
# a function that trains one for each candidate, with `train`, and returns the rate whose *validation* loss is the lowest
# after the last epoch.
#
# **Predict before you run.** The candidates are 0.001, 0.1 and 10. What goes wrong with the first? And with the last?
#
# <details><summary>Hint</summary>
#
# `train(fresh_model(rate))` returns the dictionary of curves. `["val_loss"][-1]` is what you compare. `min` with a `key`,
# or a dictionary of results, finds the best.
#
# </details>

# %%
CANDIDATES = (0.001, 0.1, 10.0)
accuracies = {}


def fresh_model(learning_rate: float) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate=learning_rate)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model: keras.Model) -> dict[str, list[float]]:
    rate = round(float(model.optimizer.learning_rate), 6)
    history = model.fit(
        x_train,
        y_train,
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        validation_data=(x_validation, y_validation),
        verbose=0,
        callbacks=[Progress(f"rate {rate:g}")],
    ).history
    accuracies[rate] = history["val_accuracy"][-1]
    return history


# %%
def best_rate(candidates) -> float:
    ### BEGIN SOLUTION
    losses = {rate: train(fresh_model(rate))["val_loss"][-1] for rate in candidates}
    return min(losses, key=losses.get)
    ### END SOLUTION


# %% tags=["check"]
with check("5. Which learning rate?"):
    made_up = {  # (loss, validation loss, validation accuracy) after two epochs; 0.04 is right
        0.01: ([0.9, 0.1], [0.8, 0.6], [0.6, 0.7]),
        0.02: ([0.9, 0.5], [0.3, 0.7], [0.6, 0.7]),
        0.04: ([0.9, 0.5], [0.8, 0.4], [0.6, 0.7]),
        0.08: ([0.9, 0.5], [0.8, 0.5], [0.6, 0.9]),
        0.16: ([0.9, 0.8], [0.8, 0.9], [0.6, 0.5]),
    }
    why_not = {
        0.01: "is the best on the training data; compare the loss on the validation data, 'val_loss'",
        0.02: "was good after an earlier epoch; compare the loss after the last one, [-1]",
        0.08: "has the highest accuracy; compare the validation loss, and take the lowest",
        0.16: "is the worst; choose the one with the lowest validation loss",
    }
    tried = []

    def pretend(model: keras.Model) -> dict[str, list[float]]:
        tried.append(round(float(model.optimizer.learning_rate), 6))
        loss, val_loss, val_accuracy = made_up.get(tried[-1], made_up[0.16])
        accuracy = [1 - value for value in loss]
        return dict(loss=loss, accuracy=accuracy, val_loss=val_loss, val_accuracy=val_accuracy)

    # First your rule alone, on curves that we made up: with real ones several rules name the same rate.
    train, really_train = pretend, train
    try:
        chosen = best_rate(tuple(made_up))
    finally:
        train = really_train
    assert chosen is not None, "best_rate returned nothing yet; it should return one of the rates"
    assert set(tried) == set(made_up), (
        f"with the candidates {sorted(made_up)} you trained the rates {sorted(tried)}; train a fresh "
        "model for each candidate"
    )
    assert chosen in made_up, f"best_rate returned {chosen!r}; return the rate, not its loss"
    assert chosen == 0.04, f"of five made-up rates you chose one that {why_not[chosen]}"

    accuracies.clear()
    print("the best of the three rates:", best_rate(CANDIDATES))
    expect("basics_exercises.rate_too_small", accuracies[0.001], edition)
    expect("basics_exercises.rate_good", accuracies[0.1], edition)
    expect("basics_exercises.rate_too_large", accuracies[10.0], edition)

# %% [markdown]
# With steps that are too small, five epochs are not enough to get anywhere near. With steps that are too large, each one
# jumps over the valley, and the network guesses. Between them lie factors of a hundred: try rates by factors, not by
# small additions.

# %% [markdown]
# ## What you learned
#
# 1. A unit computes a logical function if a straight line separates its cases, and the bias says where the line is.
# 2. The perceptron moves its weights by learning rate times error times input, and not at all when it is right.
# 3. Here only the slope of the hidden activation changed: half the squared error with a linear output has the
#    same $\delta_2$ as cross-entropy with a sigmoid. A tape, or a second computation, shows whether a gradient
#    is right.
# 4. Quantity or class, range, outliers, one or several: the answers name the output layer and the loss.
# 5. Learning rates are compared from the same start, on validation data, by factors.
