# %% [markdown]
# # Neural net basics: from one unit to a network
#
# *Build a network from its smallest part, teach it by hand, and then let Keras sort ten kinds of clothes.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | about a minute | under 1.5 GB | 150 iris flowers; 70,000 small pictures of clothes | a little Python and NumPy; from school, what a slope is |
#
# **After this lesson you can**
#
# 1. compute by hand what a unit and a layer give, and name the shape of every term;
# 2. teach a perceptron, and say when it succeeds and why XOR needs a hidden layer;
# 3. derive the gradients of a small network, check them, and explain why they can vanish;
# 4. choose the output activation and the loss that fit a task;
# 5. build, compile, train, test, save and load a classifier in Keras, and weight rare classes.

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. They belong to the large network at the end.

# %% tags=["parameters"]
SEED = 42
EPOCHS = 30
BATCH_SIZE = 100
LEARNING_RATE = 0.2

# %% [markdown]
# One call fixes the random numbers, so that you and your neighbour see the same results.

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.ticker import MaxNLocator
from sklearn.datasets import load_iris
from sklearn.linear_model import Perceptron
from sklearn.metrics import confusion_matrix, recall_score
from sklearn.model_selection import train_test_split

from helpers import plots
from helpers.data import fashion_mnist, fashion_mnist_label_names
from helpers.feedback import expect, show_bands
from helpers.progress import Progress

# %% [markdown]
# The pictures of clothes for the second half are loaded here, too. The line says which edition of the data
# you have. Both editions hold the same pictures; they only come from different places.

# %%
(x_all, y_all), (x_test, y_test), edition = fashion_mnist()

# %% [markdown]
# ## A neuron, and what we borrow from it
#
# A nerve cell in your brain, a *neuron*, receives short electrical signals from other neurons. Where two
# neurons meet, the signal is made stronger or weaker, or it holds the receiver back. If enough signals
# arrive within a few thousandths of a second, the neuron sends out a signal of its own. One neuron does
# little. Billions of them, each joined to thousands of others, read this sentence.
#
# We borrow three ideas: many simple *units*, *connections* of different strength between them, and
# learning as a change of these strengths. There the likeness ends. A real neuron sends pulses in time,
# our unit gives one number. A brain learns from a few examples, our network from thousands. And nobody
# has found the method by which our networks learn, back-propagation, at work in a brain in this form. Take
# the neuron as the story of where the idea came from, and not as an explanation of why it works.
#
# ## Logic with threshold units
#
# Begin with the simplest unit one can think of. Its inputs are on (1) or off (0). Each arrives through one
# or more connections. The unit is on if at least two *active* connections reach it. A connection may
# also hold back: then it counts as minus one.


# %%
def unit_is_on(inputs: list[int], connections: list[int]) -> int:
    active = sum(value * count for value, count in zip(inputs, connections, strict=True))
    return int(active >= 2)


# %% [markdown]
# **Predict before you run.** Two inputs, A and B. With two connections from A and none from B, the unit just
# repeats A. Which connections would you choose for A AND B? For A OR B? For A AND NOT B?

# %%
CONNECTIONS = {"A": [2, 0], "A AND B": [1, 1], "A OR B": [2, 2], "A AND NOT B": [2, -1]}
TRUTH = {
    "A": lambda a, b: a,
    "A AND B": lambda a, b: a and b,
    "A OR B": lambda a, b: a or b,
    "A AND NOT B": lambda a, b: a and not b,
}
print("A B | " + " | ".join(CONNECTIONS))
for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
    row = {name: unit_is_on([a, b], counts) for name, counts in CONNECTIONS.items()}
    assert all(row[name] == TRUTH[name](a, b) for name in row)
    print(f"{a} {b} | " + " | ".join(f"{value:^{len(name)}}" for name, value in row.items()))

# %% [markdown]
# The first column passes A on: the *identity*. The last one hides a NOT. Let A be always on, and look
# at the lower two rows: the unit is on exactly when B is off.

# %%
for b in (0, 1):
    print(f"B = {b}: NOT B = {unit_is_on([1, b], CONNECTIONS['A AND NOT B'])}")

# %% [markdown]
# With AND, OR and NOT one can build any logical expression, by letting units feed other units, as W. McCulloch
# and W. Pitts showed in 1943. But someone had to choose all connections by hand. Can a unit find its own?
#
# ## A unit with weights
#
# To learn, a unit needs something that can change a little. So we make three steps:
#
# - the inputs may be any numbers, $x_1, \dots, x_n$; we write them as one vector $x$;
# - each input has a *weight*, any number, positive or negative: $w_1, \dots, w_n$, as a vector $w$;
# - the fixed threshold, two, is replaced by a *bias* $b$, which is one more number that can be learned.
#
# The unit adds up its weighted inputs and decides by a *step function*:
#
# $$h(x) = \text{step}(x \cdot w + b), \qquad x \cdot w = x_1 w_1 + \dots + x_n w_n$$
#
# Two step functions are in use. *Heaviside* gives 0 for a negative number and 1 otherwise. *Sign* gives
# -1, 0 or 1.


# %%
def heaviside(z: np.ndarray) -> np.ndarray:
    return (z >= 0).astype(int)


z = np.array([-2.0, -0.1, 0.0, 0.1, 2.0])
print("z         ", z)
print("heaviside ", heaviside(z))
print("sign      ", np.sign(z).astype(int))

# %% [markdown]
# You may also meet the short form $h(x) = \text{step}(x \cdot w)$, without a bias. There, $x$ has one more
# component that is always 1, and its weight is the bias. It is the same thing in other words.
#
# **Predict before you run.** "At least two active connections" becomes $x \cdot w + b \ge 0$ with the
# connections as weights. What is $b$?

# %%
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # all four cases of A and B, one in a row
w, b = np.array([1, 1]), -2
print("A AND B:", heaviside(x @ w + b))
x_with_one = np.column_stack([x, np.ones(4)])
print("without a bias, with an input of 1:", heaviside(x_with_one @ np.array([1, 1, -2])))

# %% [markdown]
# ### Several units side by side are a layer
#
# Put units next to each other, give all of them the same inputs, and you have a *dense layer*. Its weight
# vectors become the columns of one matrix. So a whole layer, for many examples at once, is one line:
#
# $$\text{output} = \phi(XW + b)$$
#
# | term | what it is | shape |
# |---|---|---|
# | $X$ | the inputs: one example in each row | examples × inputs |
# | $W$ | the weights: one unit in each column | inputs × units |
# | $b$ | the biases: one for each unit, added to every row | units |
# | $\phi$ (phi) | the *activation function*, here the step, applied to each number | |
# | output | one example in each row, one unit in each column | examples × units |
#
# In the product $XW$ each row of $X$ meets each column of $W$: multiply them number by number, and add up. So
# each place of $XW$ holds one $x \cdot w$, that of one example and one unit. In NumPy the product is `X @ W`.
#
# **Predict before you run.** Four examples with two inputs go through a layer of three units. What are
# the shapes of $X$, $W$, $b$ and the output?

# %%
W = np.array([[1, 2, 2], [1, 2, -1]])  # columns: AND, OR, A AND NOT B
b = np.array([-2, -2, -2])
output = heaviside(x @ W + b)
print(f"X {x.shape}   W {W.shape}   b {b.shape}   output {output.shape}")
print(output)

# %% [markdown]
# Each column is a column of the truth table above.
#
# ## The perceptron: a unit that learns
#
# The perceptron of F. Rosenblatt, from 1957, is one layer of such units, with a rule to learn from examples. Show
# it one example after the other. If it is right, do nothing. If it is wrong, move each weight a little:
#
# $$w \leftarrow w + \eta\,(y - \hat y)\,x, \qquad b \leftarrow b + \eta\,(y - \hat y)$$
#
# - $y$ is the label, 0 or 1, and $\hat y$ ("y hat") is what the unit said, 0 or 1;
# - so $y - \hat y$ is 0 for a right answer, and 1 or -1 for a wrong one;
# - $x$ is the example: only the weights of inputs that took part in the mistake, which are not 0, change;
# - $\eta$ ("eta") is the *learning rate*, how large a step is;
# - the arrow says: the new value is the right-hand side.
#
# The unit said 0 and should have said 1? Then $x \cdot w$ was too small, and adding $\eta x$ to $w$ makes it
# larger for this $x$.
#
# ### Flowers to learn from
#
# The iris data set has 150 flowers of three species. We use the length and width of the petals, in
# centimetres, and ask: is it the species *setosa*, or not? We keep 50 flowers aside, to test on flowers
# that the unit has never seen.

# %%
iris = load_iris()
petals = iris.data[:, 2:]
is_setosa = (iris.target == 0).astype(int)
flowers, unseen, labels, unseen_labels = train_test_split(
    petals, is_setosa, test_size=50, stratify=is_setosa, random_state=SEED
)
print(f"{len(flowers)} flowers to learn from, {labels.sum()} of them setosa")
print(f"{len(unseen)} flowers to test on, {unseen_labels.sum()} of them setosa")

# %% [markdown]
# Here is the rule in code. One pass through all flowers is an *epoch*. We note how many mistakes each
# epoch has, and stop after one without any.


# %%
def train_perceptron(x: np.ndarray, y: np.ndarray, epochs: int, eta: float = 1.0):
    w, b, mistakes = np.zeros(x.shape[1]), 0.0, []
    rng = np.random.default_rng(SEED)
    for _ in range(epochs):
        mistakes.append(0)
        for i in rng.permutation(len(x)):
            error = y[i] - heaviside(x[i] @ w + b)
            w = w + eta * error * x[i]
            b = b + eta * error
            mistakes[-1] += abs(int(error))
        if mistakes[-1] == 0:
            break
    return w, b, mistakes


w, b, mistakes = train_perceptron(flowers, labels, epochs=100)
print("mistakes in each epoch:", mistakes)

# %% [markdown]
# Scikit-learn has a `Perceptron` with the same rule. Do both get the unseen flowers right?
#
# **Predict before you run.** Both draw one straight line between setosa and the rest. Is it the same line?

# %%
perceptron = Perceptron(random_state=SEED).fit(flowers, labels)
by_hand = np.mean(heaviside(unseen @ w + b) == unseen_labels)
print(f"by hand, on unseen flowers: {by_hand:.2f}")
expect("basics.iris_accuracy", perceptron.score(unseen, unseen_labels), edition)

# %%
plots.decision_regions(
    {
        "our perceptron": lambda points: heaviside(points @ w + b),
        "scikit-learn's": perceptron.predict,
    },
    petals,
    is_setosa,
    names=("not setosa", "setosa"),
    axes=("petal length (cm)", "petal width (cm)"),
)

# %% [markdown]
# Two different lines, and both are right on every flower. The rule stops at the first line that makes no
# mistake. It does not look for the best one.
#
# ### When does it succeed?
#
# If *some* straight line separates the classes, they are called *linearly separable*. Then the rule finds
# such a line after a finite number of mistakes, whatever the order of the examples. This is proven. If no
# line does, the rule never comes to rest. The other two species overlap a little.
#
# **Predict before you run.** We let it try for 100 epochs to tell *versicolor* from *virginica*. What will
# the numbers of mistakes look like?

# %%
others = iris.target > 0
_, _, mistakes = train_perceptron(petals[others], iris.target[others] - 1, epochs=100)
print(f"{len(mistakes)} epochs, fewest mistakes in one: {min(mistakes)}")
print("the last ten:", mistakes[-10:])

# %% [markdown]
# It never reaches zero, and it never settles. Each mistake moves the line, and the new line makes other
# mistakes.
#
# ## XOR: what one unit cannot do
#
# XOR, "exclusive or", is on if exactly one of A and B is on. It looks as harmless as AND and OR.
#
# **Predict before you run.** Put the four cases on paper as the corners of a square. Can you draw one
# straight line with the two "on" corners on one side and the two "off" corners on the other?
#
# We try all lines on a fine grid: 41 values for each of the two weights and for the bias.

# %%
xor = np.array([0, 1, 1, 0])  # the labels of the four rows of x
steps = np.linspace(-2, 2, 41)
candidates = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
sums = x @ candidates[:, :2].T + candidates[:, 2]
accuracies = np.mean(heaviside(sums) == xor[:, np.newaxis], axis=0)
lengths = np.linalg.norm(candidates[:, :2], axis=1) + 1e-9
distance = np.abs(sums).min(axis=0) / lengths  # to the nearest point, to choose among the best
best_line = candidates[np.lexsort([distance, accuracies])[-1]]
print(f"{len(candidates):,} lines tried")
expect("basics.xor_one_unit", accuracies.max(), edition)

# %% [markdown]
# Three of four is the best. A finer grid would not help, because no line exists. For XOR we would need
# $b < 0$ (case 0, 0), $w_1 + b \ge 0$ and $w_2 + b \ge 0$ (the two "on" cases). Add these two, and
# $w_1 + w_2 + 2b \ge 0$, so $w_1 + w_2 + b \ge -b > 0$. But the case 1, 1 must be off, and needs
# $w_1 + w_2 + b < 0$.
#
# When M. Minsky and S. Papert published this in 1969, many people gave up on such networks for years. The way out
# is one more layer. "Exactly one of the two" means "A OR B, but not A AND B", and we have units for OR and AND.
#
# **Predict before you run.** Two *hidden* units compute OR and AND. Which weights must the output unit give
# them?


# %%
def two_layers(points: np.ndarray) -> np.ndarray:
    hidden = heaviside(points @ np.array([[1, 1], [1, 1]]) + np.array([-0.5, -1.5]))  # OR, AND
    return heaviside(hidden @ np.array([1, -1]) - 0.5)  # OR, but not AND


print("XOR:", two_layers(x))
expect("basics.xor_two_layers", np.mean(two_layers(x) == xor), edition)

# %% [markdown]
# Here is what each says on the whole plane. On the left, the best single line. On the right, two hidden
# units draw two lines, and the output unit takes the strip between them.

# %%
plots.decision_regions(
    {
        "one unit": lambda points: heaviside(points @ best_line[:2] + best_line[2]),
        "two layers": two_layers,
    },
    x,
    xor,
    names=("off", "on"),
    axes=("A", "B"),
)

# %% [markdown]
# ## The multilayer perceptron
#
# This is a *multilayer perceptron*, MLP for short: an *input layer*, which only passes the numbers on, one
# or more *hidden layers*, whose outputs we do not see, and an *output layer*. Every unit is connected to all
# units of the layer before it.

# %%
fig, ax = plt.subplots(figsize=(6, 2.8))
layers = {"input layer": 2, "hidden layer": 4, "output layer": 1}
places = [
    [(column, row - (n - 1) / 2) for row in range(n)] for column, n in enumerate(layers.values())
]
for left, right in pairwise(places):
    for start in left:
        for end in right:
            ax.plot(*zip(start, end, strict=True), color=plots.GREY, lw=1, zorder=1)
for (name, _), spots, color in zip(
    layers.items(), places, (plots.GREEN, plots.BLUE, plots.VERMILION), strict=True
):
    ax.scatter(*zip(*spots, strict=True), s=420, color=color, edgecolor="white", zorder=2)
    ax.text(spots[0][0], -2.3, name, ha="center")
ax.set(xlim=(-0.5, 2.5), ylim=(-2.6, 2))
ax.axis("off")
plots.described(
    fig,
    "Diagram of a network: two input units on the left, four hidden units in the middle and one "
    "output unit on the right; a line joins every unit to every unit of the next layer.",
)

# %% [markdown]
# ### Why there must be a bend between the layers
#
# **Predict before you run.** Leave the step out, and let every layer compute just $XW + b$. How much more
# can ten layers do than one?

# %%
rng = np.random.default_rng(SEED)
X = rng.normal(size=(5, 3))
W1, b1 = rng.normal(size=(3, 4)), rng.normal(size=4)
W2, b2 = rng.normal(size=(4, 2)), rng.normal(size=2)
one_after_the_other = (X @ W1 + b1) @ W2 + b2
as_one_layer = X @ (W1 @ W2) + (b1 @ W2 + b2)
print("two linear layers are one linear layer:", np.allclose(one_after_the_other, as_one_layer))
with_a_bend = np.maximum(X @ W1 + b1, 0) @ W2 + b2
print("with a bend between them, still the same:", np.allclose(with_a_bend, as_one_layer))

# %% [markdown]
# No more at all: multiply out, and $(XW_1 + b_1)W_2 + b_2 = X(W_1W_2) + (b_1W_2 + b_2)$. That is again a
# matrix and a bias. However many linear layers you stack, they are one. The bend, any activation that is
# no straight line, is what makes depth worth something.
#
# ## Back-propagation: who is to blame?
#
# The perceptron rule needs the error of the unit that it changes. A hidden unit has no label, so nobody can
# say directly what it should have given. And a step gives no hint: move a weight a little, and mostly
# nothing changes at all.
#
# So we replace the step by a smooth curve. And we do not count mistakes any more. We measure a *loss*: a number
# that says how wrong the network is. Then every weight has a *slope*: how much the loss rises if this weight
# grows a little. All slopes together are the *gradient*. Change each weight a little against its slope, and the
# loss falls. Four steps, again and again:
#
# 1. **forward pass**: compute the output, and keep what each layer gave;
# 2. **error**: measure the loss;
# 3. **reverse pass**: from the last layer back to the first, compute how much each number contributed;
# 4. **update**: move each weight a little against its slope.
#
# ### The gradient by hand
#
# Our network has one hidden layer with tanh, an S-shaped curve from -1 to 1, and one output unit with the sigmoid
# $\sigma(z) = 1/(1+e^{-z})$, which turns any number into a probability:
#
# $$H = \tanh(XW_1 + b_1), \qquad p = \sigma(HW_2 + b_2), \qquad
# L = -\frac1m \sum \big(y \log p + (1-y)\log(1-p)\big)$$
#
# - $X$ holds $m$ examples, and $y$ their labels, 0 or 1;
# - $W_1, b_1, W_2, b_2$ are the weights and biases of the two layers;
# - $H$ is what the hidden layer gives, and $p$ the predicted probabilities;
# - $L$ is the loss, the *cross-entropy*: small if $p$ is near 1 where $y$ is 1, and near 0 where it is 0. The
#   sum runs over the examples.
#
# ($\log$ is the natural logarithm, in NumPy `np.log`.)
#
# Now backwards, with the *chain rule*: if A moves B, and B moves C, the slopes multiply. When B grows twice as fast as
# A, and C three times as fast as B, then C grows six times as fast as A. (You may skip the formulas at first. A check
# below shows that they are right.) Let $\delta_2$ ("delta") be the slope of $L$ along what goes into the
# sigmoid. The slopes of the logarithm and of the sigmoid cancel nicely, and what is left is
#
# $$\delta_2 = \frac{p - y}{m}, \qquad \frac{\partial L}{\partial W_2} = H^\top \delta_2, \qquad
# \frac{\partial L}{\partial b_2} = \text{sum of the rows of } \delta_2$$
#
# The blame goes back through $W_2$, and through the slope of tanh, which is $1 - \tanh^2$, here $1 - H^2$:
#
# $$\delta_1 = (\delta_2 W_2^\top) \odot (1 - H^2), \qquad \frac{\partial L}{\partial W_1} = X^\top \delta_1,
# \qquad \frac{\partial L}{\partial b_1} = \text{sum of the rows of } \delta_1$$
#
# $\partial L / \partial W_2$ is the table of the slopes of $L$ along each number in $W_2$, and so on. $^\top$ turns
# rows into columns, and $\odot$ multiplies number by number. A check that costs nothing: every gradient must have
# the shape of what it belongs to.


# %%
def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def forward(X, W1, b1, W2, b2):
    H = np.tanh(X @ W1 + b1)
    return H, sigmoid(H @ W2 + b2)


def cross_entropy(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def gradients(X, y, W1, b1, W2, b2):
    H, p = forward(X, W1, b1, W2, b2)
    delta2 = (p - y) / len(X)
    delta1 = (delta2 @ W2.T) * (1 - H**2)
    return X.T @ delta1, delta1.sum(axis=0), H.T @ delta2, delta2.sum(axis=0)


# %% [markdown]
# Is it right? TensorFlow is the library below Keras that does the arithmetic. It can also find the slopes of any
# computation that it watches: `tf.GradientTape` records the
# forward pass and then plays it backwards. It knows nothing of our formulas.
#
# **Predict before you run.** What are the shapes of the four gradients, with 8 hidden units?

# %%
rng = np.random.default_rng(SEED)
y = xor[:, np.newaxis].astype(float)
start = [rng.normal(size=(2, 8)), np.zeros(8), rng.normal(size=(8, 1)), np.zeros(1)]

variables = [tf.Variable(value) for value in start]
with tf.GradientTape() as tape:
    V1, c1, V2, c2 = variables
    p = tf.sigmoid(tf.tanh(x.astype(float) @ V1 + c1) @ V2 + c2)
    loss = -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))
by_tape = tape.gradient(loss, variables)

for name, ours, theirs in zip(
    ("W1", "b1", "W2", "b2"), gradients(x, y, *start), by_tape, strict=True
):
    same = np.abs(ours - theirs.numpy()).max() < 1e-5
    print(f"{name}: shape {ours.shape}, by hand and by tape agree to 1e-5: {same}")

# %% [markdown]
# That is all that back-propagation is. Let it learn XOR now: 2,000 times the four steps, with a learning
# rate of 1. Nobody chooses the weights this time. They start as random numbers.

# %%
weights, losses = [value.copy() for value in start], []
for _ in range(2000):
    losses.append(cross_entropy(forward(x, *weights)[1], y))
    for value, slope in zip(weights, gradients(x, y, *weights), strict=True):
        value -= 1.0 * slope
learned = forward(x, *weights)[1].ravel()
print("loss falls:", losses[-1] < 0.01 < losses[0])
print("XOR, learned:", (learned > 0.5).astype(int))
assert np.array_equal(learned > 0.5, xor)

# %%
plots.decision_regions(
    {
        "before learning": lambda points: forward(points, *start)[1].ravel() > 0.5,
        "after 2,000 updates": lambda points: forward(points, *weights)[1].ravel() > 0.5,
    },
    x,
    xor,
    names=("off", "on"),
    axes=("A", "B"),
)

# %% [markdown]
# The network has found its own way to bend the plane. It need not look like ours, and with another seed it
# looks different again.
#
# ## Activations
#
# Four activations to begin with. $z$ is what goes in. (In newer networks you also meet smooth relatives of ReLU, such as GELU
# and SiLU, and *leaky ReLU*, which keeps a small slope below 0.)
#
# | name | formula | gives | its slope |
# |---|---|---|---|
# | sigmoid | $\sigma(z) = 1/(1 + e^{-z})$ | 0 to 1 | $\sigma(z)\,(1 - \sigma(z))$, at most 0.25 |
# | tanh | $(e^z - e^{-z})/(e^z + e^{-z})$ | -1 to 1 | $1 - \tanh^2(z)$, at most 1 |
# | ReLU | $\max(0, z)$ | 0 and more | 0 on the left, 1 on the right |
# | softplus | $\log(1 + e^z)$ | above 0 | $\sigma(z)$ |

# %%
z = np.linspace(-5, 5, 401)
ACTIVATIONS = {
    "sigmoid": (sigmoid(z), sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh(z), 1 - np.tanh(z) ** 2),
    "ReLU": (np.maximum(0, z), (z > 0).astype(float)),
    "softplus": (np.log1p(np.exp(z)), sigmoid(z)),
}
fig, axes = plt.subplots(2, 2, figsize=(7.6, 5.2), sharex=True)
for ax, (name, (value, slope)) in zip(axes.flat, ACTIVATIONS.items(), strict=True):
    ax.plot(z, value, color=plots.BLUE, label="function")
    ax.plot(z, slope, color=plots.VERMILION, linestyle="--", label="slope (derivative)")
    ax.set(title=name, ylim=(-1.2, 2.2), ylabel="value")
for ax in axes[1]:
    ax.set_xlabel("z")
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
plots.described(
    fig,
    "Four panels, each with an activation function and its slope from -5 to 5: sigmoid rises from 0 "
    "to 1 with a low hump as slope; tanh rises from -1 to 1 with a hump up to 1; ReLU is 0, then "
    "a straight line, its slope jumps from 0 to 1; softplus is a smooth ReLU whose slope is the sigmoid.",
)

# %% [markdown]
# Check the slopes with the tape, and two more facts: tanh is a stretched and shifted sigmoid,
# $\tanh(z) = 2\sigma(2z) - 1$, and it matters where the twos stand.
#
# **Predict before you run.** ReLU has a corner at 0 and so no slope there. Which number will TensorFlow use?

# %%
point = tf.Variable(z)
for name, function in zip(
    ACTIVATIONS, (tf.sigmoid, tf.tanh, tf.nn.relu, tf.math.softplus), strict=True
):
    with tf.GradientTape() as tape:
        value = function(point)
    agree = np.allclose(tape.gradient(value, point).numpy(), ACTIVATIONS[name][1], atol=1e-9)
    print(f"{name:8} slope as in the table: {agree}")

corner = tf.Variable(0.0)
with tf.GradientTape() as tape:
    value = tf.nn.relu(corner)
print("slope of ReLU at 0:", tape.gradient(value, corner).numpy())
print("tanh(z) = 2 sigmoid(2z) - 1:", np.allclose(np.tanh(z), 2 * sigmoid(2 * z) - 1, atol=1e-12))
print("tanh(z) = 2 sigmoid(z) - 1: ", np.allclose(np.tanh(z), 2 * sigmoid(z) - 1, atol=1e-12))

# %% [markdown]
# ### Gradients that vanish
#
# On the way back, the blame is multiplied by the slope of the activation, layer after layer. The slope of
# the sigmoid is at most 0.25.
#
# **Predict before you run.** What is left of a gradient after ten such multiplications, at best?

# %%
print(f"0.25 to the power of 10: {0.25**10:.1e}")

# %% [markdown]
# Weights count, too, so let us measure. Ten hidden layers of 100 units, random weights, random data, one
# forward and one reverse pass: how large is the gradient of the weights in each layer?


# %%
def gradient_sizes(activation: str, initializer: str) -> np.ndarray:
    layer = {"units": 100, "activation": activation, "kernel_initializer": initializer}
    model = keras.Sequential(
        [keras.Input(shape=(100,))]
        + [keras.layers.Dense(**layer) for _ in range(10)]
        + [keras.layers.Dense(1)]
    )
    rng = np.random.default_rng(SEED)
    inputs, targets = rng.normal(size=(200, 100)), rng.normal(size=(200, 1))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(inputs) - targets) ** 2)
    slopes = tape.gradient(loss, [layer.kernel.value for layer in model.layers[:10]])
    return np.array([np.abs(slope.numpy()).mean() for slope in slopes])


sizes = {
    "sigmoid": gradient_sizes("sigmoid", "glorot_uniform"),
    "tanh": gradient_sizes("tanh", "glorot_uniform"),
    "ReLU": gradient_sizes("relu", "he_normal"),
}

# %% tags=["nbval-ignore-output"]
print("layer  " + "  ".join(f"{name:>8}" for name in sizes))
for layer in range(10):
    print(f"{layer + 1:5}  " + "  ".join(f"{sizes[name][layer]:8.1e}" for name in sizes))

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.4))
for (name, values), marker in zip(sizes.items(), "so^", strict=True):
    ax.plot(np.arange(1, 11), values, marker=marker, label=name)
ax.set(yscale="log", xlabel="layer, 1 is next to the input", ylabel="mean |gradient| (log scale)")
ax.xaxis.set_major_locator(MaxNLocator(integer=True))
ax.legend(loc="lower right")
plots.described(
    fig,
    "Line chart of the mean size of the gradient in each of ten layers, on a logarithmic axis: with "
    "sigmoid it falls steeply towards the input, with tanh and ReLU it changes much less.",
)

# %% [markdown]
# With sigmoid, the layers next to the input hardly feel the error. Their slopes are tens of thousands of times
# smaller than those of the last one, or worse. The next lines check it: by how many powers of ten the gradient
# of layer 10 is larger than that of layer 1.

# %%
for name in sizes:
    powers = np.log10(sizes[name][-1] / sizes[name][0])
    expect(f"basics.vanishing_{name.lower()}", powers, edition)

# %% [markdown]
# This is why hidden layers no longer use the sigmoid. ReLU is the usual choice today: it is quick to compute, and
# its slope stays 1 however large $z$ is, where the slope of tanh becomes small. With this start, tanh
# does well, too. The start matters as well: `he_normal` draws the random weights just large enough for ReLU. Keras's
# default, `glorot_uniform`, was made for tanh.

# %% [markdown]
# ## Which output, which loss?
#
# The hidden layers are a matter of taste and trial. The output layer is not: it follows from the question.
# The loss says what a good answer is. These two tables are worth keeping.
#
# **Regression**, the answer is a quantity: one output unit for each number to predict.
#
# | the target can be | output activation |
# |---|---|
# | any number | none |
# | zero or more | softplus; with ReLU the unit may get stuck at 0 |
# | from -1 to 1 | tanh |
# | from 0 to 1 | sigmoid |
#
# | loss | what it does | take it when |
# |---|---|---|
# | mean squared error (MSE) | a mistake twice as large counts four times | first choice |
# | mean absolute error (MAE) | a mistake twice as large counts twice | the data has many *outliers*, values far away from all others |
# | Huber | MSE for small mistakes, MAE for large ones | between the two |
#
# The two first ones do not aim at the same. Where one input can have many answers, the MSE is smallest for their *mean*, the MAE
# for their *median*. If it rains on a quarter of all days, the median day has no rain at all. A model that cannot tell the days
# apart then does best, by the MAE, if it always says 0.
#
# **Classification**, the answer is a class:
#
# | question | example | output units | activation | loss |
# |---|---|---|---|---|
# | binary: yes or no | is this review positive? | 1 | sigmoid | binary cross-entropy |
# | multilabel: several yes-or-no questions at once | which things are in this photo? | one for each label | sigmoid | binary cross-entropy |
# | multiclass: exactly one of many | which garment is this? | one for each class | softmax | categorical cross-entropy |
#
# *Softmax* turns any numbers into probabilities that sum to 1; lesson 3 takes it apart. Do the activations
# keep their ranges? And what does a single outlier do to each loss?
#
# **Predict before you run.** Nine predictions are off by 1, and one is off by 100. How large are MSE and MAE?

# %%
z = np.linspace(-10, 10, 2001)
for name in ("linear", "relu", "softplus", "tanh", "sigmoid"):
    values = keras.ops.convert_to_numpy(keras.activations.get(name)(z))
    print(f"{name:8} from {values.min():6.2f} to {values.max():5.2f}")
off_by = np.array([1.0] * 9 + [100.0])
for name in ("MeanSquaredError", "MeanAbsoluteError", "Huber"):
    print(f"{name:17} {float(getattr(keras.losses, name)()(0 * off_by, off_by)):8.2f}")

# %% [markdown]
# Nearly all of the MSE comes from one example. Lesson 4 tries this on real prices.
#
# ## Fashion-MNIST: the data, looked at
#
# Now to a real task: 70,000 pictures of clothes, from the catalogue of a shop. We loaded them at the top.
# 60,000 are for training, and 10,000 for the test at the very end.

# %%
names = np.array(fashion_mnist_label_names())
print(f"training {x_all.shape} {x_all.dtype}   test {x_test.shape} {x_test.dtype}")
print(f"labels {y_all.shape}, from {y_all.min()} to {y_all.max()}")
print("pictures of each class:", np.bincount(y_all).tolist())

# %% [markdown]
# Each picture has 28 × 28 points, *pixels*, each a whole number from 0 (empty) to 255. The classes are
# equally frequent, so guessing gives 0.1. Here is the first picture of each class.

# %%
first = [np.flatnonzero(y_all == label)[0] for label in range(10)]
plots.pictures(
    x_all[first],
    [f"{label}: {name}" for label, name in enumerate(names)],
    alt=f"Ten small grey pictures of clothes, one a class: {', '.join(names)}.",
)

# %% [markdown]
# **Predict before you run.** Which two of these classes will be hardest to tell apart?
#
# Write your guess down. The answer comes near the end.
#
# ### Split and scale
#
# The first 5,000 training pictures become the *validation* set: we watch the model on them, and learn from
# the other 55,000.
#
# The random weights at the start expect numbers around 0 to 1, so the pixels are divided by 255. One can divide
# the arrays. We let the model do it, with a `Rescaling` layer: whoever uses the model later cannot forget it,
# and the pictures stay as they came, at one byte a pixel.
#
# **Predict before you run.** After the division each number needs 4 bytes, as `float32`. How many megabytes would
# the 55,000 pictures take? And how many do they take now?

# %%
x_validation, x_train = x_all[:5000], x_all[5000:]
y_validation, y_train = y_all[:5000], y_all[5000:]
print(f"training {x_train.shape}, validation {x_validation.shape}")
print(f"as they came: {x_train.nbytes / 1e6:.0f} MB, divided: {4 * x_train.nbytes / 1e6:.0f} MB")
some = x_train[:1000]
divided = keras.layers.Rescaling(1 / 255)(some).numpy()
print("the layer divides by 255:", np.allclose(divided, some / 255, atol=1e-6))
print(f"numbers from {divided.min():.0f} to {divided.max():.0f}")

# %% [markdown]
# ## The model, written in two ways
#
# A `Sequential` model is a stack of layers. The first way is a list. `Rescaling` divides, and `Flatten` lays the
# 28 rows of a picture end to end, 784 numbers. Both learn nothing. Then come three dense layers, and by our
# table the last one has 10 units with softmax. Names are optional, but make a model easier to talk about.

# %%
model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(300, activation="relu", name="wide"),
        keras.layers.Dense(100, activation="relu", name="narrow"),
        keras.layers.Dense(10, activation="softmax", name="classes"),
    ]
)

# %% [markdown]
# The second way adds one layer after the other. It is handy in a loop.

# %%
same_model = keras.Sequential()
same_model.add(keras.Input(shape=(28, 28)))
same_model.add(keras.layers.Rescaling(1 / 255))
same_model.add(keras.layers.Flatten())
for units in (300, 100):
    same_model.add(keras.layers.Dense(units, activation="relu"))
same_model.add(keras.layers.Dense(10, activation="softmax"))
shapes = [[w.shape for w in m.get_weights()] for m in (model, same_model)]
print("same shapes:", shapes[0] == shapes[1])

# %% [markdown]
# **Predict before you run.** How many numbers, *parameters*, has each dense layer? It has one weight for each
# pair of input and unit, and one bias for each unit.

# %%
by_hand = [784 * 300 + 300, 300 * 100 + 100, 100 * 10 + 10]
print(" + ".join(f"{count:,}" for count in by_hand), f"= {sum(by_hand):,}")
expect("basics.parameters", model.count_params(), edition)

# %%
model.summary(print_fn=print)  # plain text, as legible on a dark page as on a light one

# %% [markdown]
# More than 250,000 numbers, learned from 55,000 pictures.
#
# A layer can be picked by its position or by its name, and `get_weights` gives its weights and biases as
# NumPy arrays.
#
# **Predict before you run.** What are the shapes of the two arrays of the layer `wide`? What is in them before any
# training?

# %%
print("layers:", [layer.name for layer in model.layers])
wide = model.layers[2]
print("by position and by name the same layer:", wide is model.get_layer("wide"))
W, b = wide.get_weights()
print(f"weights {W.shape}, biases {b.shape}")
print("all biases are 0:", not b.any(), "  all weights are 0:", not W.any())
limit = np.sqrt(6 / (784 + 300))
print(f"weights within ±{limit:.3f}: {np.abs(W).max() <= limit}")

# %% [markdown]
# Biases may start at 0. Weights may not: if all units of a layer were the same at the start, their weights to the next layer
# included, they would get the same gradients, and stay the same for ever. So they are random, between plus and minus
# $\sqrt{6/(\text{inputs} + \text{units})}$ (`glorot_uniform`).
#
# ## Compile: loss, optimiser, metrics
#
# `compile` adds three things: the loss, the *optimiser*, which turns slopes into updates, and *metrics*, which
# we only read. Ours is the *accuracy*, the share of right answers.
#
# **The loss.** For one of many classes it is the categorical cross-entropy, $-\log$ of the probability that
# the model gives to the true class. There are two spellings. `sparse_categorical_crossentropy` wants integer
# labels such as 9. `categorical_crossentropy` wants *one-hot* labels: ten places, a 1 at the true class, 0
# elsewhere. Are they the same?

# %%
their_labels = y_train[:1000]
probability = model.predict(some, verbose=0)
one_hot = keras.utils.to_categorical(their_labels, 10)
print("label", their_labels[0], "as one-hot:", one_hot[0].astype(int))
sparse = float(keras.losses.SparseCategoricalCrossentropy()(their_labels, probability))
dense = float(keras.losses.CategoricalCrossentropy()(one_hot, probability))
print("same to 1e-6:", abs(sparse - dense) < 1e-6)

# %% [markdown]
# The same number. Integers are shorter, so we keep them.
#
# **The optimiser.** `SGD` is the plain update from above: weights minus learning rate times slope. It does not
# look at all pictures before each update. It takes a *batch*, a random handful of them, and estimates the slopes
# on these. That is why it is called "stochastic gradient descent": *stochastic* means that chance plays a part.
#
# An optimiser may be given as a string or as an object. The string is short, but takes the default learning
# rate, and that one number matters more than any other.

# %%
for how, optimizer in {
    "string": "sgd",
    "object": keras.optimizers.SGD(learning_rate=LEARNING_RATE),
}.items():
    same_model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    print(f"{how}: learning rate {float(same_model.optimizer.learning_rate):g}")

# %% [markdown]
# Large steps are good at the beginning, when everything is wrong. Small ones are good at the end, to settle.
# A *schedule* does both. Ours falls from our learning rate to 0 along half a cosine wave.
#
# **Predict before you run.** Each batch gives one update. How many updates are 30 epochs with batches of 100?

# %%
updates = len(x_train) // BATCH_SIZE * EPOCHS
schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, decay_steps=updates)
print(f"{len(x_train) // BATCH_SIZE} updates an epoch, {updates:,} in {EPOCHS} epochs")
for share in (0, 0.25, 0.5, 0.75, 1):
    print(f"after {share:4.0%} of them the learning rate is {float(schedule(share * updates)):.3f}")

# %% [markdown]
# The last argument is about speed alone: do 55 updates in one go before coming back to Python. They are the
# same updates.

# %%
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=schedule),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
    steps_per_execution=55,
)

# %% [markdown]
# ## Fit, and watch

# %%
history = model.fit(
    x_train,
    y_train,
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    validation_data=(x_validation, y_validation),
    verbose=0,
    callbacks=[Progress()],
)

# %% [markdown]
# What `fit` returns is a `History`. Its attribute `history` is a dictionary of lists, one number for each epoch.

# %%
print({name: len(values) for name, values in history.history.items()})
plots.history(history.history)

# %% [markdown]
# The training accuracy goes on rising, and the validation accuracy levels off. The gap is what the model has
# learned about these 55,000 pictures that is of no use for others. It is the first sign of *overfitting*. Training on does harm
# only when the validation loss *turns* and rises, as in lesson 2. Here we see the gap alone.

# %%
expect("basics.training_accuracy", history.history["accuracy"][-1], edition)
expect("basics.validation_accuracy", history.history["val_accuracy"][-1], edition)

# %% [markdown]
# ### Why the training curve lags behind
#
# In the first epoch the validation loss is *lower* than the training loss, as the next line checks. Is the model
# better on pictures that it has never seen?

# %%
print("lower:", history.history["val_loss"][0] < history.history["loss"][0])

# %% [markdown]
# Hardly. The validation loss is measured once, at the end of the epoch. The training loss is an average over the
# whole epoch, while the model still improves. So it belongs to the *middle* of the epoch, half an epoch earlier.
# Shift the training curve left by half an epoch, and the two can be compared.
#
# Is that true? We train a small network on 10,000 pictures. A *callback*, which Keras calls after each epoch,
# measures the training loss once more, at the *end* of the epoch.


# %%
def small_model(classes: int = 10, units: int = 50, learning_rate=0.05) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate=learning_rate)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class LossAtTheEnd(keras.callbacks.Callback):
    """Measure the training loss again after each epoch."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.losses = x, y, []

    def on_epoch_end(self, epoch, logs=None):
        loss, _ = self.model.evaluate(self.x, self.y, batch_size=1000, verbose=0)
        self.losses.append(loss)


at_the_end = LossAtTheEnd(x_train[:10_000], y_train[:10_000])
small_history = (
    small_model()
    .fit(
        x_train[:10_000],
        y_train[:10_000],
        batch_size=BATCH_SIZE,
        epochs=6,
        validation_data=(x_validation, y_validation),
        validation_batch_size=1000,
        verbose=0,
        callbacks=[Progress(), at_the_end],
    )
    .history
)

# %% [markdown]
# **Predict before you run.** The crosses are the training loss at the end of each epoch. Will the reported curve run
# above them, below them, or through them? And the shifted curve?

# %%
epochs = np.arange(1, 7)
training_loss = np.array(small_history["loss"])
fig, axes = plt.subplots(1, 2, figsize=(8, 3.5), sharey=True)
titles = {0: "as Keras reports it", 0.5: "training shifted by half an epoch"}
for ax, (shift, title) in zip(axes, titles.items(), strict=True):
    ax.plot(epochs - shift, training_loss, "o-", color=plots.BLUE, label="training")
    ax.plot(epochs, small_history["val_loss"], "s-", color=plots.VERMILION, label="validation")
    ax.plot(epochs, at_the_end.losses, "kx", ms=9, mew=2, label="training, measured at the end")
    ax.set(title=title, xlabel="epoch", xlim=(0.3, 6.2), ylabel="loss")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
plots.described(
    fig,
    "Two line charts of the loss in six epochs, with a cross where the training loss is at the end of "
    "each epoch. As reported, the training curve lies above the crosses. Shifted left by half an "
    "epoch, it passes much closer to them.",
)

# %% [markdown]
# How far is the curve from the crosses, on average over epochs 1 to 5? First as reported, then shifted. At a cross, the
# shifted curve is half-way between two of its points, so its height there is their mean.

# %%
crosses = np.array(at_the_end.losses[:5])
shifted = (training_loss[:-1] + training_loss[1:]) / 2
reported_gap, shifted_gap = np.abs(training_loss[:5] - crosses), np.abs(shifted - crosses)
expect("basics.lag_as_reported", reported_gap.mean(), edition)
expect("basics.lag_shifted", shifted_gap.mean(), edition)
print("less than half is left:", shifted_gap.mean() < reported_gap.mean() / 2)
print("most of that is in the first epoch:", shifted_gap[0] > shifted_gap[1:].sum())

# %% [markdown]
# The shift removes more than half of the gap. The rest is mostly in the first epoch, where the loss falls along a
# steep curve, and no straight line between two points follows it.
#
# ### Two things to know about `fit`
#
# Instead of `validation_data` you may give `validation_split`, the share of the data to set aside. It takes
# the *last* rows, before any shuffling. That is a trap if the rows are sorted.
#
# **Predict before you run.** We take 2,000 pictures, sorted by class, and set the last tenth aside. Which
# classes are in that tenth? What will the validation accuracy be?

# %%
order = np.argsort(y_train[:2000], kind="stable")
sorted_x, sorted_y = x_train[:2000][order], y_train[:2000][order]

small = small_model()
split = {"batch_size": BATCH_SIZE, "validation_split": 0.1, "verbose": 0}
once = small.fit(sorted_x, sorted_y, epochs=5, callbacks=[Progress()], **split).history
loss_on_last_rows, _ = small.evaluate(sorted_x[-200:], sorted_y[-200:], verbose=0)
print("classes in the last 200 rows:", np.unique(sorted_y[-200:]).tolist())
print(
    "its loss is that of the last rows:",
    np.isclose(loss_on_last_rows, once["val_loss"][-1], rtol=1e-4),
)
expect("basics.sorted_split_accuracy", once["val_accuracy"][-1], edition)

# %% [markdown]
# Ankle boots only, and the model has not seen a single boot to learn from. So shuffle first, or split by hand as
# we did.
#
# The second thing: `fit` does not begin anew. A second call goes on with the weights that the model has.
#
# **Predict before you run.** The training loss of the first call fell for five epochs. Where will that of the
# second call begin?

# %%
again = small.fit(sorted_x, sorted_y, epochs=5, callbacks=[Progress("trained on")], **split).history
print("it begins below where the first began:", again["loss"][0] < once["loss"][0])
print("it begins below where the first ended:", again["loss"][0] < once["loss"][-1])
print("epochs in the second history:", len(again["loss"]))

# %% [markdown]
# So running a `fit` cell twice trains twice as long, while the history shows half of it. For a fresh start,
# build the model again.
#
# ## When one class is rare
#
# Our ten classes are equally frequent. Real ones seldom are. So let us make three of them unequal on purpose: 1,000
# pullovers, 1,000 coats, and only 100 shirts. All three look alike. What counts is the *recall* of each class:
# the share of its pictures that the model finds. We measure it on all validation pictures of these classes,
# where the three are about equally frequent.

# %%
CLASSES = [names.tolist().index(name) for name in ("Pullover", "Coat", "Shirt")]
COUNTS = np.array([1000, 1000, 100])
rows = np.concatenate(
    [np.flatnonzero(y_train == label)[:n] for label, n in zip(CLASSES, COUNTS, strict=True)]
)
x_unequal, y_unequal = x_train[rows], np.repeat(np.arange(3), COUNTS)
of_these = np.isin(y_validation, CLASSES)
x_check, y_check = x_validation[of_these], np.searchsorted(CLASSES, y_validation[of_these])
for what, labels in (("learn from", y_unequal), ("check on", y_check)):
    print(f"pictures to {what}: {np.bincount(labels).tolist()}")

# %% [markdown]
# `fit` takes `class_weight`: a dictionary that says how much a mistake on each class counts. *Balanced* weights
# give every class the same influence in total: the number of pictures, divided by the number of classes and by
# the size of the class.
#
# **Predict before you run.** What will the weights do to the recall of shirts? And to that of the other two?
#
# One training could be luck, so we do three with and three without, each pair from the same start. The learning
# rate falls as above, so that the last few updates do not decide.

# %%
balanced = {label: float(COUNTS.sum() / (3 * n)) for label, n in enumerate(COUNTS)}
print({str(names[CLASSES[label]]): round(weight, 2) for label, weight in balanced.items()})

falling = keras.optimizers.schedules.CosineDecay(0.05, decay_steps=20 * 21)  # 20 epochs
recalls = {"plain": [], "weighted": []}
for repeat in range(3):
    start = small_model(classes=3).get_weights()
    for name, class_weight in (("plain", None), ("weighted", balanced)):
        small = small_model(classes=3, learning_rate=falling)
        small.set_weights(start)
        small.fit(
            x_unequal,
            y_unequal,
            batch_size=BATCH_SIZE,
            epochs=20,
            class_weight=class_weight,
            verbose=0,
            callbacks=[Progress(f"{repeat + 1}, {name}")],
        )
        said = small.predict(x_check, verbose=0).argmax(axis=1)
        recalls[name].append(recall_score(y_check, said, average=None))

# %% tags=["nbval-ignore-output"]
for name, rows in recalls.items():
    for row in rows:
        shown = "  ".join(f"{names[c]} {r:.2f}" for c, r in zip(CLASSES, row, strict=True))
        print(f"{name:9} {shown}")

# %%
plain, weighted = np.mean(recalls["plain"], axis=0), np.mean(recalls["weighted"], axis=0)
expect("basics.rare_recall_plain", plain[2], edition)
expect("basics.rare_recall_weighted", weighted[2], edition)
expect("basics.common_recall_cost", plain[:2].mean() - weighted[:2].mean(), edition)
worst, best = min(row[2] for row in recalls["weighted"]), max(row[2] for row in recalls["plain"])
print("shirts: the worst training with weights beats the best without:", worst > best)

# %% [markdown]
# Without weights the model misses most of the shirts. With them it finds most, and pays with pullovers and coats.
# It is no luck of one training, as the last line shows. Whether the trade is worth it depends on what a missed shirt
# costs.
#
# `sample_weight` is finer: one weight for each *example*, say because you trust some labels more. The two kinds
# multiply: an example of weight 3 in a class of weight 2 counts six times. Older versions of Keras multiplied them
# for you. Keras 3 refuses both at once and leaves the product to you.
#
# **Predict before you run.** Each example's loss is multiplied by its class's weight and by its own. Does Keras come to
# the same mean if we pass the product of the two as `sample_weight`? And if we pass their sum?

# %%
two_for_shirts = {0: 1.0, 1: 1.0, 2: 2.0}
by_class = np.array([two_for_shirts[label] for label in y_unequal])
by_example = np.random.default_rng(SEED).choice([1.0, 3.0], size=len(y_unequal))
try:
    small.fit(
        x_unequal, y_unequal, class_weight=two_for_shirts, sample_weight=by_example, verbose=0
    )
except ValueError as error:
    print("Keras says:", error)


def first_loss(**weights) -> float:
    """The loss of one batch of all examples, from the same weights each time."""
    small.set_weights(start)
    return float(small.train_on_batch(x_unequal, y_unequal, **weights)[0])


loss_of_each = keras.losses.SparseCategoricalCrossentropy(reduction=None)
small.set_weights(start)
each = loss_of_each(y_unequal, small.predict(x_unequal, verbose=0)).numpy()


by_keras = first_loss(class_weight=two_for_shirts), first_loss(sample_weight=by_class)
print("class_weight is one weight an example:", np.isclose(*by_keras, rtol=1e-5))
both = np.mean(each * by_class * by_example)
product, total = by_class * by_example, by_class + by_example
print("both, as a product:", np.isclose(first_loss(sample_weight=product), both, rtol=1e-5))
print("both, as a sum:    ", np.isclose(first_loss(sample_weight=total), both, rtol=1e-5))

# %% [markdown]
# ## Stop in time, and keep the best
#
# How many epochs are enough? Two callbacks answer while the model trains. `EarlyStopping` ends the training when
# the validation loss has not improved for `patience` epochs. `ModelCheckpoint` writes the model into a file
# each time it is the best so far. A file that ends in `.keras` holds the layers, the weights and the state of the
# optimiser.
#
# We try them on 2,000 pictures, where overfitting comes soon. The limit of 100 epochs is far more than needed.

# %% tags=["nbval-ignore-output"]
folder = TemporaryDirectory()
checkpoint = str(Path(folder.name) / "best.keras")
small = small_model(units=300)
stopped = small.fit(
    x_train[:2000],
    y_train[:2000],
    batch_size=20,
    epochs=100,
    validation_data=(x_validation, y_validation),
    validation_batch_size=1000,
    verbose=0,
    callbacks=[
        keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(checkpoint, monitor="val_loss", save_best_only=True),
        Progress(),
    ],
).history
best_epoch = plots.best_epoch(stopped)
print(f"stopped after {len(stopped['loss'])} epochs; the best was epoch {best_epoch}")

# %% [markdown]
# **Predict before you run.** With `restore_best_weights=True` the model goes back to its best epoch. Does the
# file hold the same model?

# %%
print("five epochs after the best:", len(stopped["loss"]) - best_epoch == 5)
from_file = keras.models.load_model(checkpoint)
best_loss, _ = from_file.evaluate(x_validation, y_validation, verbose=0)
print("the file holds the best epoch:", np.isclose(best_loss, min(stopped["val_loss"]), rtol=1e-4))
same = np.array_equal(from_file.predict(some, verbose=0), small.predict(some, verbose=0))
print("the restored model predicts the same:", same)

# %% [markdown]
# ## Test once
#
# Back to our large model. Everything has been decided: layers, learning rate, epochs. Now the 10,000 test pictures,
# for the first and only time. If we changed something afterwards and tested again, the better of the two results
# would be better partly by luck. So never tune on the test set.

# %% tags=["nbval-ignore-output"]
test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")

# %%
expect("basics.test_accuracy", test_accuracy, edition)
expect("basics.test_loss", test_loss, edition)

# %% [markdown]
# About nine in ten, and a little less than on the validation pictures. Two causes are possible: we chose the learning rate with those in
# view, or the test pictures are a little harder. How could you tell? Train a model that nobody has tuned, and see whether
# the gap stays.
#
# ## Look at the predictions
#
# `predict` gives ten probabilities for each picture. The class is the place of the largest, the *argmax*.
#
# **Predict before you run.** What is the shape of the result for three pictures?

# %%
probability = model.predict(x_test, verbose=0)
predicted = probability.argmax(axis=1)
print("three pictures:", probability[:3].shape)
print("every row sums to 1:", np.allclose(probability.sum(axis=1), 1, atol=1e-5))
print("the first three are:", ", ".join(names[predicted[:3]]))
print("and should be:      ", ", ".join(names[y_test[:3]]))

# %%
fig, axes = plt.subplots(2, 3, figsize=(9, 5), height_ratios=[1, 1.4])
for (picture_ax, bar_ax), picture, row in zip(axes.T, x_test, probability, strict=False):
    picture_ax.imshow(picture, cmap="gray_r")
    picture_ax.axis("off")
    bar_ax.barh(names, row, color=plots.BLUE)
    bar_ax.set(xlim=(0, 1), xlabel="probability")
    bar_ax.invert_yaxis()
    bar_ax.grid(False, axis="y")
for bar_ax in axes[1, 1:]:
    bar_ax.set_yticklabels([])
plots.described(
    fig,
    "Three test pictures, an ankle boot, a pullover and a pair of trousers; below each a bar chart of "
    "the ten probabilities, where one bar is nearly as long as the axis.",
)

# %% [markdown]
# ## Look at the mistakes
#
# A *confusion matrix* counts, for each true class (row), what the model said (column). Right answers are on the
# diagonal. Which two classes are mixed up most?

# %%
matrix = confusion_matrix(y_test, predicted)
plots.confusion_matrix(matrix, names)

# %%
recall = recall_score(y_test, predicted, average=None)
hardest = recall.argmin()
mistaken_for = np.argsort(-np.where(np.arange(10) == hardest, 0, matrix[hardest]))[:3]
print(f"hardest to find: {names[hardest]}, taken for {', '.join(sorted(names[mistaken_for]))}")
expect("basics.shirt_recall", recall[hardest], edition)

shoes = np.isin(names, ("Sandal", "Sneaker", "Ankle boot"))
off_diagonal = matrix - np.diag(np.diag(matrix))
to_other_shoes = off_diagonal[np.ix_(shoes, shoes)].sum() / off_diagonal[shoes].sum()
expect("basics.shoes_for_shoes", to_other_shoes, edition)

# %% [markdown]
# A shirt that is missed is mostly taken for something else that one wears on the upper body. A shoe that is missed is
# nearly always taken for another shoe: the last line checks the share. What the model confuses looks alike to us, too.
#
# And here are the pictures where it was surest, and wrong. Above each: what it said, and what the label says.

# %%
wrong = np.flatnonzero(predicted != y_test)
worst = wrong[np.argsort(-probability.max(axis=1)[wrong])][:10]
plots.pictures(
    x_test[worst],
    [f"said {names[predicted[i]]}\nis {names[y_test[i]]}" for i in worst],
    alt="Ten test pictures on which the model is surest and wrong; above each, the class that "
    "it said and the true class.",
)

# %% [markdown]
# Would you have got them all right? Some labels look doubtful, and at 28 × 28 pixels some garments cannot be told
# apart.
#
# ## Save the model, and load it again
#
# A trained model is work you do not want to do twice. One file, and any program with Keras can use it.

# %%
file = Path(folder.name) / "clothes.keras"
model.save(file)
loaded = keras.models.load_model(file)
print("same predictions:", np.array_equal(loaded.predict(x_test, verbose=0), probability))
folder.cleanup()

# %% [markdown]
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/01_neural_net_basics.ipynb) ask you to build a unit
# for NAND, to teach a perceptron, to write the reverse pass, to choose output layers, and to find a learning rate
# that works. Each answer is checked at once.

# %% [markdown]
# ## What you learned
#
# 1. A unit is a weighted sum, a bias and an activation. A layer is many of them, $\phi(XW + b)$: examples × inputs
#    times inputs × units, plus one bias for each unit.
# 2. A perceptron learns from its mistakes, and finds a line if one exists. For XOR none does. A hidden layer draws two
#    lines, and the bend between the layers is what makes this possible.
# 3. Back-propagation is the chain rule from the last layer to the first. Each layer multiplies by the slope of its
#    activation: with ten sigmoid layers almost nothing is left, with ReLU enough to learn from.
# 4. The question decides the output: no activation for any quantity, sigmoid for yes or no, softmax for one of
#    many. The loss goes with it.
# 5. `Sequential`, `compile`, `fit`, `evaluate`, `predict`, `save`: six calls make a classifier. `validation_split`
#    takes the last rows, the training curve lags by half an epoch, and class weights trade recall between classes.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number. Both editions hold the same pictures, so their ranges are close:

# %%
show_bands("basics.", edition)
