# %% [markdown]
# # Exercises: IMDB, is this review positive?
#
# *Change one thing at a time in the network of lesson 2, and see what it does.*
#
# English · [한국어](../ko/exercises/02_imdb_binary_classification.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 35 minutes, of which one is computing | under 1.5 GB | the film reviews of lesson 2 | [lesson 2](../02_imdb_binary_classification.ipynb) |
#
# **After these exercises you can**
#
# 1. build a network of any depth, width and activation with one function;
# 2. predict how many parameters it has, and which change costs most;
# 3. compute how hard a loss pushes a model, and say when that matters;
# 4. find out from two numbers what is wrong with a training;
# 5. choose the words that matter, and say why neither the most frequent nor the most one-sided ones are enough.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. `validation_accuracy` compiles a fresh copy of a model, trains it for a few epochs and returns
# its best accuracy on the validation reviews. Each copy begins with the seed `SEED`. The order of the reviews goes on
# from one training to the next, so a check that you run twice may give a little more or less. The test set is not used
# here at all: we only compare.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 10_000
EPOCHS = 8
BATCH_SIZE = 512

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np

from helpers.data import imdb
from helpers.feedback import check, expect
from helpers.progress import Progress
from helpers.text import multi_hot, multi_hot_batches

# %%
(x_train, y_train), _, edition = imdb(num_words=NUM_WORDS)
cut = min(10_000, len(x_train) * 2 // 5)
x_partial, y_partial = x_train[cut:], y_train[cut:]
x_validation, y_validation = x_train[:cut], y_train[:cut]
training = multi_hot_batches(x_partial, y_partial, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
validation = multi_hot_batches(x_validation, y_validation, NUM_WORDS, BATCH_SIZE)
SIX = {  # networks to compare: hidden layers, units in each, activation
    "one_layer": (1, 16, "relu"),
    "two_layers": (2, 16, "relu"),
    "three_layers": (3, 16, "relu"),
    "units_32": (2, 32, "relu"),
    "units_64": (2, 64, "relu"),
    "tanh": (2, 16, "tanh"),
}
accuracies = {}


def validation_accuracy(model: keras.Model, name: str, loss: str = "binary_crossentropy") -> float:
    keras.utils.set_random_seed(SEED)
    fresh = keras.models.clone_model(model)  # with new weights
    fresh.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    bar = Progress(name)
    history = fresh.fit(
        training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[bar]
    )
    accuracies[name] = max(history.history["val_accuracy"])
    return accuracies[name]


# %% [markdown]
# ## Exercise 1: one function for many networks
#
# Write a function that builds the network of lesson 2 with any number of hidden layers, any number of units in each,
# and any activation, given to the dense layer itself; then one sigmoid unit. The check trains six of them: one and
# three layers, 32 and 64 units, tanh instead of ReLU, and the one of the lesson.
#
# **Predict before you run.** Which of the six will be best, and by how much?
#
# <details><summary>A nudge</summary>
#
# `keras.Sequential` takes a list, and a list can be made in a loop.
#
# </details>
# <details><summary>The idea</summary>
#
# The list has three parts: the input, as many equal layers as are asked for, and the output. Only the middle part
# depends on what is given.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Begin a list with `keras.Input(shape=(NUM_WORDS,))`. In `for _ in range(hidden_layers)` append a dense layer with the
# units and the activation that were asked for. Then append the output, and hand the list to `keras.Sequential`.
#
# </details>


# %%
def build_model(hidden_layers: int, units: int, activation: str) -> keras.Model:
    ### BEGIN SOLUTION
    layers = [keras.Input(shape=(NUM_WORDS,))]
    for _ in range(hidden_layers):
        layers.append(keras.layers.Dense(units, activation=activation))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)
    ### END SOLUTION


# %% tags=["check"]
with check("1. One function for many networks"):
    networks = {name: build_model(*asked) for name, asked in SIX.items()}
    for name, asked in SIX.items():
        network = networks[name]
        call = f"build_model{asked}"
        assert isinstance(network, keras.Model), (
            f"{call} gave {network!r}; it should return a keras.Sequential"
        )
        dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
        *hidden, output = dense
        assert len(hidden) == asked[0], f"{call} has {len(hidden)} hidden layers before the output"
        for layer in hidden:
            found = layer.units, layer.activation.__name__
            assert found == asked[1:], (
                f"a hidden layer of {call} has {found[0]} units and {found[1]}"
            )
        found = output.units, output.activation.__name__
        assert found == (1, "sigmoid"), (
            f"the last layer of {call} has {found[0]} units and {found[1]}; what gives a probability?"
        )
    for name, network in networks.items():
        expect(f"imdb_exercises.{name}", validation_accuracy(network, name), edition)

# %% [markdown]
# ## Exercise 2: what does a layer cost?
#
# Write a function that returns how many parameters such a network has. Compute it: do not ask Keras.
#
# **Predict before you run.** Which adds more parameters to the network of lesson 2: eight more hidden layers, or one
# more unit in each of the two it has?
#
# <details><summary>A nudge</summary>
#
# Draw the network, and write at each arrow how many numbers arrive and how many leave.
#
# </details>
# <details><summary>The idea</summary>
#
# A dense layer has a weight for each pair of input and unit, and a bias for each unit. Only the first hidden layer
# sees the words.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Three terms: from the words to the first hidden layer, from each hidden layer to the next, and from the last one to
# the output. How many steps are there from one hidden layer to the next?
#
# </details>


# %%
def count_parameters(hidden_layers: int, units: int) -> int:
    ### BEGIN SOLUTION
    first = NUM_WORDS * units + units
    others = (hidden_layers - 1) * (units * units + units)
    output = units + 1
    return first + others + output
    ### END SOLUTION


# %% tags=["check"]
with check("2. What does a layer cost?"):
    # For 10,000 words; each word more or less is a weight more or less for each unit of the first layer.
    of_10_000 = {(2, 16): 160_305, (1, 64): 640_129, (3, 5): 50_071}
    of_10_000 |= {(10, 16): 162_481, (2, 17): 170_341}
    for asked, number in of_10_000.items():
        answer, right = count_parameters(*asked), number + (NUM_WORDS - 10_000) * asked[1]
        biases = asked[0] * asked[1] + 1
        assert answer is not None, "count_parameters returned nothing yet"
        assert answer != right - biases, "you counted the weights; each unit has a bias, too"
        assert answer == right, (
            f"count_parameters{asked} is {answer:,}, which is {abs(right - answer):,} too "
            f"{'few' if answer < right else 'many'}"
        )
    lesson = count_parameters(2, 16)
    print(f"eight more layers: {count_parameters(10, 16) - lesson:,} more")
    print(f"one more unit in each of the two: {count_parameters(2, 17) - lesson:,} more")

# %% [markdown]
# ## Exercise 3: how hard does a loss push?
#
# Lesson 2 says how steep two losses are along $z$, the sum that goes into the sigmoid: $p - y$ for the cross-entropy,
# and $2(p - y)\,p\,(1 - p)$ for the squared error. A colleague wants a third one that is easier to explain: the
# *absolute error* $|p - y|$, by how much a probability was wrong. How hard would that push?
#
# Write a function that returns its slope along $z$, one number for each example. `p` holds the probabilities that a
# model gives, and `y` the labels, 0 or 1. NumPy is enough.
#
# **Predict before you run.** A model is certain, and wrong: $p$ is 0.999 and $y$ is 0. How many times as hard as each of
# the other two does the cross-entropy push? And at the start of a training, where $p$ is 0.5? Then the check trains the
# network of lesson 2 with the squared error. Will its accuracy be much worse?
#
# <details><summary>A nudge</summary>
#
# Between $z$ and the loss stands $p$. Take two steps: how does $p$ change with $z$, and how does the loss change with
# $p$?
#
# </details>
# <details><summary>The idea</summary>
#
# The slope of a chain is the product of its slopes. One of the two is the same for every loss: the slope of the
# sigmoid, which lesson 1 writes with nothing but the sigmoid's own value. For the other, draw $|p - y|$ for $p$ from
# 0 to 1: once with $y = 0$, once with $y = 1$.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# The sigmoid's slope is $p\,(1 - p)$. Along $p$, the absolute error is a straight line that rises where the label is
# 0, and falls where it is 1. `np.where` or `np.sign` can say that for all examples at once.
#
# </details>


# %%
def slope_along_z(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the slope of the absolute error along z, for each example."""
    ### BEGIN SOLUTION
    return np.sign(p - y) * p * (1 - p)
    ### END SOLUTION


# %% tags=["check"]
with check("3. How hard does a loss push?"):
    z, y = np.linspace(-6, 6, 26), np.tile([0, 1], 13)

    def probabilities(sums):
        return 1 / (1 + np.exp(-sums))

    answer = slope_along_z(probabilities(z), y)
    assert answer is not None, "slope_along_z returned nothing yet; it should return an array"
    assert np.shape(answer) == z.shape, (
        f"the answer has shape {np.shape(answer)}; return one number for each example, {z.shape}"
    )
    small = 1e-5  # nudge z, and see what the loss does
    below, above = probabilities(z - small), probabilities(z + small)
    steepness = (above - below) / (2 * small)
    right = (np.abs(above - y) - np.abs(below - y)) / (2 * small)
    assert not np.allclose(answer, -right), "the slope has the wrong sign: it is downhill"
    assert not np.allclose(answer, steepness), (
        "your slope is above 0 for each example; where the label is 1, a larger z makes the error smaller"
    )
    assert not np.allclose(answer, right / steepness, rtol=1e-3), (
        "the slope is taken along p; training moves z, and p does not follow it everywhere alike"
    )
    apart = np.abs(answer - right).max()
    assert apart < 1e-6, f"the slope is off by up to {apart:.2g}; nudge z a little, and compare"
    for p in (0.999, 0.5):
        squared, absolute = 2 * p * p * (1 - p), slope_along_z(np.array([p]), np.array([0]))[0]
        print(
            f"p = {p}, y = 0: cross-entropy pushes {p / squared:.0f} times as hard as the squared "
            f"error, and {p / absolute:.0f} times as hard as the absolute error"
        )
    hidden = [keras.layers.Dense(16, activation="relu") for _ in range(2)]
    output = keras.layers.Dense(1, activation="sigmoid")
    network = keras.Sequential([keras.Input(shape=(NUM_WORDS,)), *hidden, output])
    name = "squared_error"
    expect(f"imdb_exercises.{name}", validation_accuracy(network, name, "mse"), edition)

# %% [markdown]
# Where a model is certain and wrong, the squared error hardly pushes, and the absolute error half as hard as that.
# Near one half, where this network begins, both push half as hard as the cross-entropy, and `rmsprop` divides each
# slope by its usual size anyway. That may be why the squared error makes next to no difference here. You cannot know
# that beforehand, and with cross-entropy you need not know. (The colleague's loss is called `"mae"` in Keras.
# `validation_accuracy` takes it as its third argument.)
#
# ## Exercise 4: what went wrong here?
#
# A colleague has written a function that shuffles the reviews and cuts them in two parts. The network learns. And yet:


# %%
def colleagues_parts(reviews, labels):
    """Return the reviews and labels to learn from, then those to validate."""
    order = np.random.default_rng(SEED).permutation(len(reviews))
    reviews = reviews[order]
    half, quarter = len(reviews) // 2, len(reviews) // 4
    return (reviews[:half], labels[:half]), (reviews[quarter:], labels[quarter:])


def accuracies_with(parts) -> tuple[float, float]:
    """Train a small network on the first part; return its accuracy there, and on the second."""
    keras.utils.set_random_seed(SEED)
    layers = [
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    network = keras.Sequential([keras.Input(shape=(NUM_WORDS,)), *layers])
    network.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    to_learn, to_validate = (multi_hot_batches(*part, NUM_WORDS, BATCH_SIZE) for part in parts)
    history = network.fit(to_learn, validation_data=to_validate, epochs=15, verbose=0).history
    return history["accuracy"][-1], history["val_accuracy"][-1]


some, their_labels = x_partial[:6000].copy(), y_partial[:6000].copy()
learned, validated = accuracies_with(colleagues_parts(some, their_labels))
expect("imdb_exercises.colleague_training", learned, edition)
expect("imdb_exercises.colleague_validation", validated, edition)

# %% [markdown]
# On the part to learn from, the network is good. On the other part it is far from the 0.85 that so many reviews can
# give, and nearer to guessing. Can that be overfitting alone? What happened? Find out what is wrong with the function,
# and write it anew. Shuffle as it does.
#
# (Beware. When you have mended one fault, look at the result once more: it may be too good to be true.)
#
# <details><summary>A nudge</summary>
#
# Take three reviews and three labels that you can recognise, such as the numbers 0, 1 and 2, and follow them through the
# function.
#
# </details>
# <details><summary>The idea</summary>
#
# Two questions. Does each review still have its own label? And is there a review in both parts?
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Give reviews and labels the same order. Then cut at one place: the second part begins where the first one ends.
#
# </details>


# %%
def mended_parts(reviews, labels):
    ### BEGIN SOLUTION
    order = np.random.default_rng(SEED).permutation(len(reviews))
    reviews, labels = reviews[order], labels[order]
    half = len(reviews) // 2
    return (reviews[:half], labels[:half]), (reviews[half:], labels[half:])
    ### END SOLUTION


# %% tags=["check"]
with check("4. What went wrong here?"):
    numbers = np.arange(1000)
    answer = mended_parts(numbers, 2 * numbers)
    assert answer is not None, "mended_parts returned nothing yet"
    try:
        (x_learn, y_learn), (x_check, y_check) = answer
    except (TypeError, ValueError) as error:
        raise AssertionError("return two parts, each a pair of reviews and labels") from error
    x_learn, y_learn, x_check, y_check = map(np.asarray, (x_learn, y_learn, x_check, y_check))
    torn = np.mean([*(y_learn != 2 * x_learn), *(y_check != 2 * x_check)])
    assert torn == 0, f"{torn:.0%} of the reviews have the label of another review"
    both = len(np.intersect1d(x_learn, x_check))
    assert both == 0, f"{both} of 1000 reviews are in both parts: the network has seen them before"
    lost = 1000 - len(np.union1d(x_learn, x_check))
    assert lost == 0, f"{lost} of 1000 reviews are in neither part"
    assert not np.array_equal(x_learn, np.sort(x_learn)), "the reviews are not shuffled any more"
    learned, validated = accuracies_with(mended_parts(some, their_labels))
    expect("imdb_exercises.mended_validation", validated, edition)

# %% [markdown]
# ## Exercise 5: a hundred words (there is more than one good answer)
#
# The network looks at 10,000 words. What could it do with a hundred? Write a function that chooses them, from the training
# reviews and their labels alone. One unit without hidden layers is then trained on just these words. Reach an accuracy of at least
# 0.78 on the validation reviews.
#
# The first idea is to take the most frequent words. This is what they give:


# %%
def accuracy_with(words) -> float:
    """Train one unit that sees only these words; return its accuracy on the validation reviews."""
    keras.utils.set_random_seed(SEED)
    unit = keras.Sequential(
        [keras.Input(shape=(len(words),)), keras.layers.Dense(1, activation="sigmoid")]
    )
    rate = keras.optimizers.RMSprop(0.01)
    unit.compile(optimizer=rate, loss="binary_crossentropy", metrics=["accuracy"])
    shown, shown_later = (multi_hot(x, NUM_WORDS)[:, words] for x in (x_partial, x_validation))
    unit.fit(shown, y_partial, batch_size=BATCH_SIZE, epochs=12, verbose=0)
    return unit.evaluate(shown_later, y_validation, batch_size=BATCH_SIZE, verbose=0)[1]


def most_frequent(reviews, labels, count: int) -> np.ndarray:
    occurs = np.bincount(np.concatenate([np.unique(r) for r in reviews]), minlength=NUM_WORDS)
    return np.argsort(-occurs)[:count]


frequent = accuracy_with(most_frequent(x_partial, y_partial, 100))
expect("imdb_exercises.most_frequent_words", frequent, edition)

# %% [markdown]
# **Predict before you run.** The second idea is to take the words with the strongest votes, for or against: divide the
# larger of a word's two shares, among the positive and the negative reviews, by the smaller, and take the largest
# quotients. Will they be better? Write this idea in the blank first: the check tells you its accuracy.
#
# <details><summary>A nudge</summary>
#
# Look at the hundred words with the strongest votes. In how many reviews does such a word occur?
#
# </details>
# <details><summary>The idea</summary>
#
# A word helps if it is one-sided *and* occurs often. A product, or a difference, has both in it.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Let $p$ and $q$ be the shares of the positive and of the negative reviews with the word. The difference $p - q$ is
# large only for words that are frequent on one side. Statistics divides it by how much it would vary by chance alone,
# which is proportional to $\sqrt{f\,(1 - f)}$ with $f$ the mean of $p$ and $q$. Take the words for which the result is
# furthest from 0.
#
# </details>


# %%
def choose_words(reviews, labels, count: int) -> np.ndarray:
    """Return the numbers of the words to look at, shape (count,)."""

    ### BEGIN SOLUTION
    def share(part):
        occurs = np.bincount(np.concatenate([np.unique(r) for r in part]), minlength=NUM_WORDS)
        return (occurs + 1) / (len(part) + 2)

    p, q = share(reviews[labels == 1]), share(reviews[labels == 0])
    f = (p + q) / 2
    return np.argsort(-np.abs(p - q) / np.sqrt(f * (1 - f)))[:count]
    ### END SOLUTION


# %% tags=["check"]
with check("5. A hundred words"):
    words = choose_words(x_partial, y_partial, 100)
    assert words is not None, "choose_words returned nothing yet"
    words = np.asarray(words)
    assert len(np.unique(words)) == 100, (
        f"these are {len(np.unique(words))} different words, not 100"
    )
    hundred = accuracy_with(words)
    assert hundred >= 0.78, (
        f"the accuracy is {hundred:.3f}; the goal is 0.78, and the most frequent words give {frequent:.3f}"
    )
    print("a hundred words reach at least 0.78")

# %% [markdown]
# How far can you get? With a thousand words? Try `accuracy_with(choose_words(x_partial, y_partial, 1000))`, and
# compare with the networks of exercise 1. (Theirs is the best of eight epochs, this one the last of twelve.)

# %% [markdown]
# ## What you learned
#
# 1. One function with a loop builds a whole family of networks.
# 2. Nearly all parameters sit in the first layer: one unit more there costs more than many small layers.
# 3. Depth, width, activation, and even the loss, change the accuracy here by very little. All these networks see
#    the same words, and that is probably what sets the limit: lesson 2 shows that one unit is as good.
# 4. A good training beside a validation near guessing is a warning: labels may not belong to their examples. One
#    that is too good is another: examples may be in both parts. Follow a few examples by hand.
# 5. A word helps if it is one-sided and frequent. A hundred good ones carry most of what ten thousand do.
#
# Here are your networks, the best first; `two_layers` is the one of lesson 2. The last line checks point 3:
# the gap between the best and the worst of the seven.

# %% tags=["nbval-ignore-output"]
for name, accuracy in sorted(accuracies.items(), key=lambda item: -item[1]):
    print(f"{name:15} {accuracy:.4f}")
if not accuracies:
    print("No network is trained yet.")

# %%
seven = [accuracies[name] for name in (*SIX, "squared_error") if name in accuracies]
if len(seven) == 7:
    expect("imdb_exercises.gap", max(seven) - min(seven), edition)
else:
    print("Solve exercises 1 and 3 to see how far apart the networks are.")
