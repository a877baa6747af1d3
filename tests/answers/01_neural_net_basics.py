"""Plausible answers to each exercise: wrong ones with the reason due, right ones in other forms.

One entry a blank, by the number in its check's title: (the code in place of the solution,
a piece of the reason the student must read).
"""

FORWARD = "    delta2 = (y_hat - y) / len(X)\n"
BACK = "    delta1 = (delta2 @ W2.T) * (H > 0)\n"
RETURN = "    return X.T @ delta1, delta1.sum(axis=0), H.T @ delta2, delta2.sum(axis=0)\n"
OUTPUTS = {
    "change": '(1, None, "mse")',
    "delivery": '(1, "softplus", "mse")',
    "price": '(1, "softplus", "mae")',
    "spam": '(1, "sigmoid", "binary_crossentropy")',
    "tags": '(12, "sigmoid", "binary_crossentropy")',
    "digit": '(10, "softmax", "sparse_categorical_crossentropy")',
}


def outputs(**other: str) -> str:
    """Return code with the right table, but for the given entries."""
    entries = ", ".join(f'"{task}": {answer}' for task, answer in {**OUTPUTS, **other}.items())
    return f"outputs = {{{entries}}}\n"


def best(curve: str, extreme: str = "min") -> str:
    """Return code that compares the ends of each rate's curve."""
    return (
        f'    scores = {{r: train(fresh_model(r))["{curve}"][-1] for r in candidates}}\n'
        f"    return {extreme}(scores, key=scores.get)\n"
    )


WAY_ROUND = """    inputs = keras.Input(shape=(28, 28))
    signal = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    signal = keras.layers.Dense(100, activation="sigmoid")(signal)
    for _ in range(9):
        more = keras.layers.Dense(100, activation="sigmoid")(signal)
        signal = keras.layers.add([signal, more])
    network = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(signal))
    network.compile("adam", loss="sparse_categorical_crossentropy")
    return network
"""


def rain(activation: str, loss: str) -> str:
    """Return code that chooses the two."""
    return f'rain_activation, rain_loss = "{activation}", "{loss}"\n'


def deep(initializer: str, optimizer: str) -> str:
    """Return code for a plain stack of ten layers."""
    return f"""    network = keras.Sequential([keras.Input(shape=(28, 28))])
    network.add(keras.layers.Rescaling(1 / 255))
    network.add(keras.layers.Flatten())
    for _ in range(10):
        network.add(keras.layers.Dense(100, "sigmoid", kernel_initializer="{initializer}"))
    network.add(keras.layers.Dense(10, activation="softmax"))
    network.compile("{optimizer}", loss="sparse_categorical_crossentropy")
    return network
"""


WRONG_ANSWERS = {
    1: [
        ("w, b = np.array([1, 1]), -2\n", "for A = 0 and B = 0 your unit gives 0"),  # AND
        ("w, b = np.array([-1, -1]), 2\n", "for A = 1 and B = 1 your unit gives 1"),  # 0 is on
        ("w, b = np.array([-1, -1]), 0.5\n", "for A = 0 and B = 1 your unit gives 0"),  # NOR
        ("w, b = np.array([[-1, -1]]), 1.5\n", "w has shape (1, 2)"),
        ("w = np.array([-1, -1])\n", "not chosen yet"),
    ],
    2: [
        (  # the wrong way round
            "    error = heaviside(x @ w + b) - y\n"
            "    return w + eta * error * x, b + eta * error\n",
            "goes the wrong way",
        ),
        (  # no learning rate
            "    error = y - heaviside(x @ w + b)\n    return w + error * x, b + error\n",
            "eta times as large",
        ),
        (  # no input
            "    error = y - heaviside(x @ w + b)\n    return w + eta * error, b + eta * error\n",
            "multiplied by its input",
        ),
        (  # forgets the bias
            "    error = y - heaviside(x @ w + b)\n    return w + eta * error * x, b\n",
            "the new bias is 0.0",
        ),
        (  # learns from right answers, too
            "    return w + eta * (2 * y - 1) * x, b + eta * (2 * y - 1)\n",
            "nothing should change",
        ),
        ("    return w + eta * (y - heaviside(x @ w + b)) * x,\n", "not 1"),
        (  # no step function: the rule of a linear unit
            "    error = y - (x @ w + b)\n    return w + eta * error * x, b + eta * error\n",
            "not minus the sum",
        ),
        (  # only one of the two kinds of mistake
            "    step = eta * (heaviside(x @ w + b) != y)\n    return w - step * x, b - step\n",
            "so the unit says 0",
        ),
        (  # the sum without the bias
            "    error = y - heaviside(x @ w)\n    return w + eta * error * x, b + eta * error\n",
            "so the unit says 0",
        ),
        (  # a learning rate of its own
            "    step = 0.5 * (y - heaviside(x @ w + b))\n    return w + step * x, b + step\n",
            "you got [2.  0.5] and -2.5",
        ),
    ],
    3: [
        (FORWARD + "    delta1 = (delta2 @ W2.T) * (1 - H**2)\n" + RETURN, "the slope of tanh"),
        (FORWARD + "    delta1 = delta2 @ W2.T\n" + RETURN, "left out the slope of ReLU"),
        (FORWARD.replace(" / len(X)", "") + BACK + RETURN, "6 times as large"),
        (FORWARD.replace("(y_hat - y)", "2 * (y_hat - y)") + BACK + RETURN, "twice as large"),
        (FORWARD.replace("(y_hat - y)", "(y - y_hat)") + BACK + RETURN, "wrong sign"),
        (FORWARD + BACK + RETURN.replace("delta2.sum(axis=0)", "delta2"), "has shape (6, 2)"),
        (FORWARD + BACK + RETURN.replace("H.T @ delta2", "W2 * delta2.sum(axis=0)"), "differs"),
        (FORWARD + BACK + "    return X.T @ delta1, H.T @ delta2\n", "returned 2 arrays"),
    ],
    4: [
        (outputs(change='(1, "relu", "mse")'), "it may get colder"),
        (outputs(change='(1, "sigmoid", "mse")'), "never gives more than 1"),
        (outputs(delivery='(1, None, "mse")'), "must not be negative"),
        (outputs(delivery='(1, "relu", "mse")'), "is stuck"),  # never negative, but with a trap
        (outputs(delivery='(1, "softplus", "mae")'), "the best answer is 15, and the mean is 24"),
        (outputs(price='(1, "softplus", "mse")'), "a collector decides"),
        (outputs(price='(1, "relu", "mae")'), "is stuck"),
        (outputs(spam='(1, "sigmoid", "mse")'), "a sure mistake should cost more"),
        (outputs(spam='(2, "softmax", "binary_crossentropy")'), "2 output units do not fit"),
        (outputs(spam='(1, "softmax", "binary_crossentropy")'), "the same for every message"),
        (outputs(spam='(1, None, "binary_crossentropy")'), "no probabilities"),
        (outputs(tags='(12, "sigmoid", "categorical_crossentropy")'), "should cost more"),
        (outputs(tags='(12, "softmax", "categorical_crossentropy")'), "makes the tags compete"),
        (outputs(digit='(10, "softmax", "categorical_crossentropy")'), "does not take labels"),
        (outputs(digit='(10, "sigmoid", "binary_crossentropy")'), "should sum to 1"),
        (outputs(digit='(1, None, "mse")'), "1 output units do not fit"),
        (outputs(spam='"sigmoid"'), "needs three things"),
        (outputs(spam="None"), "has no answer yet"),
    ],
    5: [
        ("    return max(candidates)\n", "you trained the rates []"),
        (  # returns the loss
            '    return min(train(fresh_model(rate))["val_loss"][-1] for rate in candidates)\n',
            "return the rate, not its loss",
        ),
        (best("val_accuracy"), "is the worst"),  # the lowest accuracy instead of the lowest loss
        (best("val_loss", "max"), "is the worst"),
        (best("val_accuracy", "max"), "the highest accuracy"),
        (best("loss"), "the best on the training data"),
        (best("accuracy", "max"), "the best on the training data"),
        (best("val_loss").replace("train(", "min(train(").replace("[-1]", ")"), "an earlier epoch"),
        (  # the rates of the exercise, whatever was asked
            best("val_loss").replace("candidates", "CANDIDATES"),
            "train a fresh model for each",
        ),
        (best("val_loss").replace("return", "best ="), "returned nothing yet"),
        (  # one model for all: it goes on from the weights it has
            "    model = fresh_model(candidates[0])\n"
            '    losses = {rate: train(model)["val_loss"][-1] for rate in candidates}\n'
            "    return min(losses, key=losses.get)\n",
            "train a fresh model for each",
        ),
    ],
    6: [
        (rain("relu", "mse"), "it says 0 on every day, for ever"),  # only one fault is mended
        (rain("softplus", "mae"), "what does your loss aim at"),  # only the other one
        (rain("softplus", "huber"), "what does your loss aim at"),
        (rain("sigmoid", "mse"), "its mean forecast is"),
        ('rain_activation, rain_loss = None, "mse"\n', "it forecasts -"),
    ],
    7: [
        (deep("glorot_uniform", "adam"), "guessing gives 0.10"),
        (deep("he_normal", "adam"), "guessing gives 0.10"),
        (deep("glorot_uniform", "adam").replace('"sigmoid"', '"relu"'), "it has 0 layers"),
        (deep("glorot_uniform", "adam").replace("range(10)", "range(3)"), "it has 3 layers"),
        (deep("glorot_uniform", "adam").replace("return", "made ="), "it gave None"),
    ],
}

RIGHT_ANSWERS = {
    1: ["w, b = [-2, -2], 3\n", "w, b = np.array([-0.4, -0.6]), np.array([0.9])\n"],
    2: [
        "    if heaviside(x @ w + b) != y:\n"
        "        sign = 1 if y == 1 else -1\n"
        "        w, b = w + sign * eta * x, b + sign * eta\n"
        "    return w, b\n"
    ],
    3: [  # as a sum over the examples, one at a time
        "    slopes = [np.zeros_like(weight) for weight in (W1, b1, W2, b2)]\n"
        "    for row in range(len(X)):\n"
        "        d2 = (y_hat[row] - y[row]) / len(X)\n"
        "        d1 = np.where(H[row] > 0, W2 @ d2, 0)\n"
        "        parts = np.outer(X[row], d1), d1, np.outer(H[row], d2), d2\n"
        "        for slope, part in zip(slopes, parts):\n"
        "            slope += part\n"
        "    return slopes\n"
    ],
    4: [
        outputs(change='[1, "linear", "mean_squared_error"]', price='(1, "softplus", "Huber")'),
        outputs(delivery='(1, "exponential", "MSE")', change='(1, None, "mae")'),
    ],
    5: [
        "    best, lowest = None, float('inf')\n"
        "    for rate in reversed(candidates):\n"
        '        loss = train(fresh_model(rate))["val_loss"][-1]\n'
        "        if loss < lowest:\n"
        "            best, lowest = rate, loss\n"
        "    return best\n"
    ],
    6: [rain("softplus", "poisson"), rain("exponential", "mean_squared_error")],
    7: [WAY_ROUND],
}
