# %% [markdown]
# # Neural net basics: from one unit to a network
#
# *Build a network from its smallest part, teach it by hand, and then let Keras sort ten kinds of clothes.*
#
# English · [한국어](ko/01_neural_net_basics.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | two sittings of an hour; one to three minutes of computing | under 1.5 GB | 150 iris flowers; 70,000 small pictures of clothes | a little Python and NumPy; from school, what a slope is |
#
# **After this lesson you can**
#
# 1. compute by hand what a unit and a layer give, and name the shape of every term;
# 2. teach a perceptron, and say when it succeeds and why XOR needs a hidden layer;
# 3. say what a slope and a learning rate do, derive the gradients of a small network, and check them;
# 4. choose the output activation and the loss that fit a task;
# 5. build, compile, train, test, save and load a classifier in Keras, weight rare classes, and say why ten layers may
#    not learn.
#
# There is a mark half-way, where you can stop for today. What most readers can skip stands in an appendix.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("01_neural_net_basics")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. The seed counts for the whole lesson, the other three for the
# networks of the second half.

# %% tags=["parameters"]
SEED = 42
EPOCHS = 30
BATCH_SIZE = 100
LEARNING_RATE = 0.2

# %% [markdown]
# One call fixes the random numbers, so that you and your neighbour see the same results, or nearly the same if your
# processors differ.

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.linear_model import Perceptron
from sklearn.metrics import confusion_matrix, recall_score
from sklearn.model_selection import train_test_split

from helpers import interactive, plots
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
for in_a, in_b in ((0, 0), (0, 1), (1, 0), (1, 1)):
    is_on = {name: unit_is_on([in_a, in_b], counts) for name, counts in CONNECTIONS.items()}
    assert all(is_on[name] == TRUTH[name](in_a, in_b) for name in is_on)
    cells = " | ".join(f"{value:^{len(name)}}" for name, value in is_on.items())
    print(f"{in_a} {in_b} | {cells}")

# %% [markdown]
# The first column passes A on: the *identity*. The last one hides a NOT. Let A be always on, and look
# at the lower two rows: the unit is on exactly when B is off.

# %%
for in_b in (0, 1):
    print(f"B = {in_b}: NOT B = {unit_is_on([1, in_b], CONNECTIONS['A AND NOT B'])}")

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
# Here is the unit as a drawing. Follow the arrows from left to right. $z$ is the sum.


# %%
def draw_network(
    units: dict[str, tuple[float, float]], arrows: dict[tuple[str, str], str], size=(6.2, 2.8)
):
    """Draw units at their places, {name: (x, y)}, and arrows, {(from, to): what stands on it}."""
    drawing, ax = plt.subplots(figsize=size)
    for (start, end), on_it in arrows.items():
        line = {"arrowstyle": "->", "color": plots.GREY, "shrinkA": 22, "shrinkB": 22}
        ax.annotate("", units[end], units[start], arrowprops=line)
        (x1, y1), (x2, y2) = units[start], units[end]
        place = 0.7 * x1 + 0.3 * x2, 0.7 * y1 + 0.3 * y2
        ax.text(*place, on_it, ha="center", va="center", backgroundcolor="white", fontsize=10)
    for name, place in units.items():
        circle = {"boxstyle": "circle,pad=0.5", "facecolor": "white", "edgecolor": plots.BLUE}
        ax.text(*place, name, ha="center", va="center", bbox=circle)
    ax.set(xlim=(-0.5, max(x for x, _ in units.values()) + 0.5), ylim=(-0.5, 2.5))
    ax.axis("off")
    return drawing


a_unit = draw_network(
    {"$x_1$": (0, 2), "$x_2$": (0, 1), "1": (0, 0), "$z$": (1.5, 1), "$h(x)$": (3, 1)},
    {
        ("$x_1$", "$z$"): "times $w_1$",
        ("$x_2$", "$z$"): "times $w_2$",
        ("1", "$z$"): "times $b$",
        ("$z$", "$h(x)$"): "step",
    },
)
plots.described(
    a_unit,
    "Drawing of one unit: arrows lead from the inputs x1, x2 and a constant 1 to the sum z; on them stand "
    "the weights w1, w2 and the bias b. An arrow with the step leads from z to the output h(x).",
)

# %% [markdown]
# Two step functions are in use. *Heaviside* gives 0 for a negative number and 1 otherwise. *Sign* gives
# -1, 0 or 1.


# %%
def heaviside(z: np.ndarray) -> np.ndarray:
    return (z >= 0).astype(int)


five_sums = np.array([-2.0, -0.1, 0.0, 0.1, 2.0])
print("z         ", five_sums)
print("heaviside ", heaviside(five_sums))
print("sign      ", np.sign(five_sums).astype(int))

# %% [markdown]
# You may also meet the short form $h(x) = \text{step}(x \cdot w)$, without a bias. There, the constant 1 of the
# drawing is counted as one more input, and its weight is the bias. It is the same thing in other words.
#
# **Predict before you run.** "At least two active connections" becomes $x \cdot w + b \ge 0$ with the connections as
# weights. What is the smallest $b$ that does it?

# %%
quiz.predict("01.bias", "What is the bias b?")

# %%
cases = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # all four cases of A and B, one in a row
w_and, b_and = np.array([1, 1]), -2
print("A AND B:", heaviside(cases @ w_and + b_and))
cases_and_one = np.column_stack([cases, np.ones(4)])
print("without a bias, with an input of 1:", heaviside(cases_and_one @ np.array([1, 1, -2])))
quiz.predicted("01.bias", b_and)

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
W_logic = np.array([[1, 2, 2], [1, 2, -1]])  # columns: AND, OR, A AND NOT B
b_logic = np.array([-2, -2, -2])
output = heaviside(cases @ W_logic + b_logic)
print(f"X {cases.shape}   W {W_logic.shape}   b {b_logic.shape}   output {output.shape}")
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
# - $x$ is the example: only the weights of inputs that are not 0 change, because only these inputs took part in
#   the mistake;
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
flowers, unseen, flower_labels, unseen_labels = train_test_split(
    petals, is_setosa, test_size=50, stratify=is_setosa, random_state=0
)
print(f"{len(flowers)} flowers to learn from, {flower_labels.sum()} of them setosa")
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


w_iris, b_iris, mistakes = train_perceptron(flowers, flower_labels, epochs=100)
print("mistakes in each epoch:", mistakes)

# %% [markdown]
# Scikit-learn has a `Perceptron` with the same rule. Do both get the unseen flowers right?
#
# **Predict before you run.** Both draw one straight line between setosa and the rest. Is it the same line?

# %%
perceptron = Perceptron(random_state=0).fit(flowers, flower_labels)
our_accuracy = np.mean(heaviside(unseen @ w_iris + b_iris) == unseen_labels)
print(f"by hand, on unseen flowers: {our_accuracy:.2f}")
expect("basics.iris_accuracy", perceptron.score(unseen, unseen_labels), edition)

# %%
plots.decision_regions(
    {
        "our perceptron": lambda points: heaviside(points @ w_iris + b_iris),
        "scikit-learn's": perceptron.predict,
    },
    petals,
    is_setosa,
    names=("not setosa", "setosa"),
    axes=("petal length (cm)", "petal width (cm)"),
)

# %% [markdown]
# As a rule these are two different lines, and both are right on every flower. The rule stops at the first line that
# makes no mistake. It does not look for the best one.
#
# ### When does it succeed?
#
# If *some* straight line separates the classes, they are called *linearly separable*. Then the rule finds such a
# line after a finite number of mistakes, whatever the order of the examples. This is proven. If no line does, the
# rule never comes to rest. What about the other two species, *versicolor* and *virginica*? If two flowers of
# different species had exactly the same petals, no line, and no other function, could be right on both.

# %%
others = iris.target > 0
for species in (1, 2):
    twins = np.all(petals[iris.target == species] == [4.8, 1.8], axis=1).sum()
    print(f"{iris.target_names[species]}: {twins} with petals of 4.8 by 1.8 cm")

# %% [markdown]
# There are such flowers.
#
# **Predict before you run.** We let the rule try for 100 epochs all the same. What will the numbers of mistakes look
# like?

# %%
*_, mistakes_of_others = train_perceptron(petals[others], iris.target[others] - 1, epochs=100)
print(f"{len(mistakes_of_others)} epochs, fewest mistakes in one: {min(mistakes_of_others)}")
print("the last ten:", mistakes_of_others[-10:])

# %% [markdown]
# It never reaches zero, because it cannot, and it does not settle. Each mistake moves the line, and the new line
# makes other mistakes.
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
xor = np.array([0, 1, 1, 0])  # the labels of the four cases
steps = np.linspace(-2, 2, 41)
candidates = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
sums = cases @ candidates[:, :2].T + candidates[:, 2]
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


print("XOR:", two_layers(cases))
assert np.array_equal(two_layers(cases), xor)

# %% [markdown]
# Here is what one unit and two layers say on the whole plane. On the left, the best single line. On the right,
# two hidden units draw two lines, and the output unit takes the strip between them.

# %%
plots.decision_regions(
    {
        "one unit": lambda points: heaviside(points @ best_line[:2] + best_line[2]),
        "two layers": two_layers,
    },
    cases,
    xor,
    names=("off", "on"),
    axes=("A", "B"),
)

# %% [markdown]
# ### Try it: be the perceptron
#
# Here is one unit with two weights and a bias, and you are the learning rule. Move the sliders until no flower is wrong.
# (The petals are *standardised*: the mean is subtracted, and the rest is divided by the standard deviation, so that
# small weights suffice.) Then choose versicolor and virginica, and see how few errors you can reach. Finally, choose
# XOR: can you beat one error in four?

# %%
standard_petals = (petals - petals.mean(axis=0)) / petals.std(axis=0)
interactive.unit(
    {
        "setosa or not": (standard_petals, is_setosa),
        "versicolor or virginica": (standard_petals[others], iris.target[others] - 1),
        "XOR": (cases, xor),
    }
)

# %% [markdown]
# The two weights turn the line, the bias moves it. Take all three times -1, and the line stays, but its sides change
# places. For setosa there are many lines without an error. For the other two species some errors stay, and for XOR one
# in four always does.
#
# ## The multilayer perceptron
#
# This is a *multilayer perceptron*, MLP for short: an *input layer*, which only passes the numbers on, one
# or more *hidden layers*, whose outputs we do not see, and an *output layer*. Every unit is connected to all
# units of the layer before it. Here is ours. On each arrow stands its weight, and in each unit what it computes.

# %%
xor_drawing = draw_network(
    {"A": (0, 2), "B": (0, 0), "OR": (1.8, 2), "AND": (1.8, 0), "XOR": (3.6, 1)},
    {
        ("A", "OR"): "1",
        ("A", "AND"): "1",
        ("B", "OR"): "1",
        ("B", "AND"): "1",
        ("OR", "XOR"): "1",
        ("AND", "XOR"): "-1",
    },
    size=(6.6, 3.2),
)
ax = xor_drawing.axes[0]
for place, words in (
    ((0, 3), "input layer"),
    ((1.8, 3), "hidden layer"),
    ((3.6, 3), "output layer"),
    ((1.8, 1.35), "bias -0.5"),
    ((1.8, -0.65), "bias -1.5"),
    ((3.6, 0.35), "bias -0.5"),
):
    ax.text(*place, words, ha="center", va="center", color=plots.BLUE)
ax.set(xlim=(-0.6, 4.2), ylim=(-0.9, 3.2))
plots.described(
    xor_drawing,
    "Drawing of a network: arrows lead from the inputs A and B to the hidden units OR and AND, each with weight 1, "
    "and from these to the output unit XOR, with weights 1 and -1. The biases are -0.5, -1.5 and -0.5.",
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
# ## Gradient descent: which way is down?
#
# The perceptron rule needs the error of the unit that it changes. A hidden unit has no label, so nobody can
# say directly what it should have given. And a step gives no hint: move a weight a little, and mostly
# nothing changes at all.
#
# So from now on a unit gives any number: either the sum itself, or the sum sent through a curve that has a slope.
# And we do not count mistakes any more. We measure a *loss*: a number that says how wrong the network is. Then
# every weight has a *slope*: how fast the loss rises if this weight grows. Change the weight a little against its
# slope, and the loss falls.
#
# ### Nudge one weight
#
# Let us see it with the smallest unit there is: one input, one weight, no bias, no step. A courier rode 2 km and
# needed 7 minutes. Our unit says: minutes = weight × kilometres. Its loss is the square of its error. The weight
# is 3 at the moment, so the unit says 6, and its loss is $(6 - 7)^2 = 1$.
#
# **Predict before you run.** We nudge the weight from 3 to 3.001. Will the loss rise or fall? And how many times as
# much as the weight does it change? (Write a minus if it falls.)

# %%
quiz.predict("01.slope", "How many times as much as the weight does the loss change?")

# %%
KILOMETRES, MINUTES = 2.0, 7.0


def courier_loss(weight):
    return (weight * KILOMETRES - MINUTES) ** 2


rise = courier_loss(3.001) - courier_loss(3.0)
print(f"the loss changes by {rise:.6f}, that is {rise / 0.001:.3f} times the nudge")
quiz.predicted("01.slope", round(rise / 0.001, 3), tolerance=0.1)

# %% [markdown]
# That is a measured slope, nearly -4. Now by thinking. Follow the nudge on its way:
#
# - the weight grows by 0.001, so what the unit says grows by $2 \cdot 0.001$, because the input is 2;
# - the square of an error $r$ has the slope $2r$. The error is $6 - 7 = -1$, so the loss grows by -2 times that.
#
# The factors multiply: $2 \cdot (-2) = -4$. In general, with input $x$, answer $\hat y$ and true value $y$:
#
# $$\text{slope} = x \cdot 2(\hat y - y)$$
#
# To multiply the factors along the way is called the *chain rule*. (We measured -3.996. The loss is a curve, and it
# bends a little even over 0.001. A smaller nudge comes closer.)
#
# ### Roll down the valley
#
# Draw the loss for all weights, and you see a valley. Its bottom is at $7/2 = 3.5$ minutes a kilometre. To get there
# we repeat:
#
# $$w \leftarrow w - \eta \cdot \text{slope}$$
#
# This is *gradient descent*. $\eta$ is the learning rate, as in the perceptron rule.
#
# **Predict before you run.** We start at 2.5 and take ten steps, with three learning rates: 0.01, 0.1 and 0.26.
# Which of them will reach the bottom? Which will not, and why?


# %%
def roll_down(weight: float, rate: float, steps: int = 10) -> np.ndarray:
    path = [weight]
    for _ in range(steps):
        slope = KILOMETRES * 2 * (weight * KILOMETRES - MINUTES)
        weight = weight - rate * slope
        path.append(weight)
    return np.array(path)


RATES = {"too small": 0.01, "right": 0.1, "too large": 0.26}
paths = {name: roll_down(2.5, rate) for name, rate in RATES.items()}
for name, path in paths.items():
    print(f"{RATES[name]:4}, {name:9}: the weight ends at {path[-1]:.2f}")

# %%
all_weights = np.linspace(1, 6, 200)
fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True)
for ax, (name, path) in zip(axes, paths.items(), strict=True):
    ax.plot(all_weights, courier_loss(all_weights), color=plots.GREY)
    ax.plot(path, courier_loss(path), "o-", color=plots.VERMILION, ms=4, lw=1)
    ax.plot(path[0], courier_loss(path[0]), "s", color=plots.BLUE, ms=8)
    ax.set(title=f"{name}: rate {RATES[name]}", xlabel="weight (minutes a kilometre)")
axes[0].set_ylabel("loss (minutes squared)")
plots.described(
    fig,
    "Three panels with the same valley, the loss by weight, and a path of ten steps that starts at a blue square on "
    "the left side. Too small a rate: the dots creep down. Right: they reach the bottom. Too large: they "
    "jump from side to side, higher each time.",
)

# %% [markdown]
# The blue square is the start. With 0.01 the weight goes the right way, but after ten steps it is not there yet. With
# 0.1 it has arrived. With 0.26 each step jumps over the bottom and lands higher than before.
#
# One can say why. Here the slope is $8(w - 3.5)$. So each step is $8\eta$ times the distance to the bottom: 0.08,
# 0.8, or 2.08 of it. A step of more than twice the distance leads away from the bottom. In a large network nobody
# knows the number that is 8 here, so one tries several rates.
#
# ### Try it: roll it yourself
#
# Move the learning rate from 0.01 upwards, and look for four kinds of path: it creeps, it arrives, it swings from side
# to side, it climbs out. Then go back to 0.01 and add *momentum*. It is a share of the last step that each step keeps,
# as a ball keeps its speed:
#
# $$\text{step} \leftarrow \text{momentum} \cdot \text{step} - \eta \cdot \text{slope}, \qquad w \leftarrow w + \text{step}$$
#
# Set 40 steps. With which momentum does it come to rest at the bottom? And what happens with 0.95?

# %%
interactive.valley(KILOMETRES, MINUTES, start=2.5)

# %% [markdown]
# At 0.12 and 0.13 one step is nearly the whole way. From 0.25 on the weight no longer arrives. With a rate of 0.01, 40
# steps are too few without momentum. With a momentum of 0.5, 21 of them are enough, and with 0.95 the weight still
# swings through the bottom. Many optimisers use momentum; you meet it again in lesson 5.
#
# ## Back-propagation: who is to blame?
#
# A network has many weights. All their slopes together are the *gradient*. To nudge each weight on its own would
# cost one computation of the loss for each weight, and the network at the end of this lesson has more than
# 250,000. *Back-propagation* is the chain rule in good order: it gets all slopes in one go backwards. Four steps,
# again and again:
#
# 1. **forward pass**: compute the output, and keep what each layer gave;
# 2. **error**: measure the loss;
# 3. **reverse pass**: from the last layer back to the first, compute how much each number contributed;
# 4. **update**: move each weight a little against its slope.
#
# ### The gradient by hand
#
# Our network has one hidden layer with tanh, an S-shaped curve from -1 to 1, and one output unit with the sigmoid
# $\sigma(z) = 1/(1+e^{-z})$, which turns any number into a probability ($e$ is 2.718..., the base of the natural
# logarithm):
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
# Now backwards, with the chain rule. (You may skip the formulas at first. Two checks below show that they are
# right.) Let $\delta_2$ ("delta") be the slope of $L$ along what goes into the sigmoid. The slopes of the logarithm
# and of the sigmoid cancel nicely, and what is left is
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
# Are the formulas right? Nudge a weight, as before: the first one of $W_1$, by 0.001. The network is one for XOR
# with 8 hidden units, and its weights are random.

# %%
xor_column = xor[:, np.newaxis].astype(float)
start_rng = np.random.default_rng(SEED)
xor_start = [
    start_rng.normal(size=(2, 8)),
    np.zeros(8),
    start_rng.normal(size=(8, 1)),
    np.zeros(1),
]
nudged = [weights.copy() for weights in xor_start]
nudged[0][0, 0] += 0.001
loss_before = cross_entropy(forward(cases, *xor_start)[1], xor_column)
loss_after = cross_entropy(forward(cases, *nudged)[1], xor_column)
print(f"slope, measured:   {(loss_after - loss_before) / 0.001:.4f}")
print(f"slope, by formula: {gradients(cases, xor_column, *xor_start)[0][0, 0]:.4f}")

# %% [markdown]
# The second check tests all weights at once. TensorFlow is the library below Keras that does the arithmetic. It can
# also find the slopes of any computation that it watches: `tf.GradientTape` records the forward pass and then plays
# it backwards. It knows nothing of our formulas.
#
# **Predict before you run.** What are the shapes of the four gradients, with 8 hidden units?

# %%
variables = [tf.Variable(weights) for weights in xor_start]
with tf.GradientTape() as tape:
    V1, c1, V2, c2 = variables
    p = tf.sigmoid(tf.tanh(cases.astype(float) @ V1 + c1) @ V2 + c2)
    taped_loss = -tf.reduce_mean(
        xor_column * tf.math.log(p) + (1 - xor_column) * tf.math.log(1 - p)
    )
by_tape = tape.gradient(taped_loss, variables)

for name, ours, theirs in zip(
    ("W1", "b1", "W2", "b2"), gradients(cases, xor_column, *xor_start), by_tape, strict=True
):
    same = np.abs(ours - theirs.numpy()).max() < 1e-5
    print(f"{name}: shape {ours.shape}, by hand and by tape agree to 1e-5: {same}")

# %% [markdown]
# That is all that back-propagation is. Let it learn XOR now: 2,000 times the four steps, with a learning
# rate of 1. Nobody chooses the weights this time.

# %%
xor_weights, xor_losses = [weights.copy() for weights in xor_start], []
for _ in range(2000):
    xor_losses.append(cross_entropy(forward(cases, *xor_weights)[1], xor_column))
    for weights, slopes in zip(
        xor_weights, gradients(cases, xor_column, *xor_weights), strict=True
    ):
        weights -= 1.0 * slopes
learned = forward(cases, *xor_weights)[1].ravel() > 0.5
print("loss falls:", xor_losses[-1] < 0.01 < xor_losses[0])
print("XOR, learned:", learned.astype(int))
assert np.array_equal(learned, xor)

# %%
plots.decision_regions(
    {
        "before learning": lambda points: forward(points, *xor_start)[1].ravel() > 0.5,
        "after 2,000 updates": lambda points: forward(points, *xor_weights)[1].ravel() > 0.5,
    },
    cases,
    xor,
    names=("off", "on"),
    axes=("A", "B"),
)

# %% [markdown]
# The network has found its own way to bend the plane. It need not look like ours, and with another seed it
# looks different again.
#
# ### Why eight hidden units?
#
# Our network with weights by hand had two, and two are enough. Are they enough to *learn* it? One training may
# succeed or fail by chance, so we train 100 networks, each from its own random start. NumPy can do all of them at
# once: every array gets one more dimension, the network. The formulas stay.
#
# **Predict before you run.** How many of 100 networks will learn XOR with 2 hidden units? With 3, 4, 8?


# %%
def share_that_learn(units: int, updates: int = 2000, networks: int = 100) -> float:
    """Train networks for XOR from different starts; return the share that gets all four cases right."""
    rng = np.random.default_rng(SEED)
    W1, b1 = rng.normal(size=(networks, 2, units)), np.zeros((networks, 1, units))
    W2, b2 = rng.normal(size=(networks, units, 1)), np.zeros((networks, 1, 1))
    for _ in range(updates):
        H, p = forward(cases, W1, b1, W2, b2)
        delta2 = (p - xor_column) / 4
        delta1 = (delta2 @ W2.swapaxes(1, 2)) * (1 - H**2)
        W1 -= cases.T @ delta1
        b1 -= delta1.sum(axis=1, keepdims=True)
        W2 -= H.swapaxes(1, 2) @ delta2
        b2 -= delta2.sum(axis=1, keepdims=True)
    said = forward(cases, W1, b1, W2, b2)[1] > 0.5
    return np.mean(np.all(said == xor_column, axis=(1, 2)))


learn_xor = {units: share_that_learn(units) for units in (2, 3, 4, 8)}

# %% tags=["nbval-ignore-output"]
for units, share in learn_xor.items():
    print(f"{units} hidden units: {share:4.0%} {'█' * round(40 * share)}")

# %%
expect("basics.xor_2_units", learn_xor[2], edition)
expect("basics.xor_8_units", learn_xor[8], edition)

# %% [markdown]
# With two units, about half of the networks fail. Are they just slow? Give them five times as many updates.
#
# **Predict before you run.** By how much will the share rise?

# %%
more_patience = share_that_learn(2, updates=10_000) - learn_xor[2]
expect("basics.xor_more_patience", more_patience, edition)

# %% [markdown]
# By next to nothing. They are not slow, they are stuck. With nine weights and biases the loss is a landscape and no
# longer one valley. From where these networks began, downhill leads into a side valley. Its floor is higher, and no
# small step leads out. With spare units there are more ways down, and with eight all or nearly all networks find
# one. Keep the difference in mind: what a network *can* represent, and what it *learns*.
#
# ## Activations
#
# Four activations to begin with. $z$ is what goes in. (In newer networks you also meet smooth relatives of ReLU,
# such as GELU and SiLU, and *leaky ReLU*, which keeps a small slope below 0.)
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
for ax, (name, (curve, its_slope)) in zip(axes.flat, ACTIVATIONS.items(), strict=True):
    ax.plot(z, curve, color=plots.BLUE, label="function")
    ax.plot(z, its_slope, color=plots.VERMILION, linestyle="--", label="slope (derivative)")
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
# On the way back through a network, the blame is multiplied by the slope of the activation, layer after layer. Look
# at the dashed line of the sigmoid: it is 0.25 at most.
#
# **Predict before you run.** What is left of a gradient after ten such multiplications, at best?

# %%
print(f"0.25 to the power of 10: {0.25**10:.1e}")

# %% [markdown]
# A millionth, from the activation alone. (The weights multiply the blame, too, and may make up for some of it.)
# Will such a network learn at all? We try it in the second half, on real pictures. (Appendix A checks the slopes of
# the table, and a relation between tanh and sigmoid.)
#
# ## Which output, which loss?
#
# The hidden layers are a matter of taste and trial. The output layer is not: it follows from the question.
# The loss says what a good answer is. These three tables are worth keeping.
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
# The first two losses do not aim at the same thing. Where one input can have many answers, the MSE is smallest
# for their *mean*, the MAE for their *median*. If it rains on a quarter of all days, the median day has no rain
# at all. A model that cannot tell the days apart then does best, by the MAE, if it always says 0.
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
wide_z = np.linspace(-10, 10, 2001)
for name in ("linear", "relu", "softplus", "tanh", "sigmoid"):
    given = keras.ops.convert_to_numpy(keras.activations.get(name)(wide_z))
    print(f"{name:8} from {given.min():6.2f} to {given.max():5.2f}")

off_by = np.array([1.0] * 9 + [100.0])
print(f"MSE {np.mean(off_by**2):8.2f}")
print(f"MAE {np.mean(off_by):8.2f}")
print(f"Huber {float(keras.losses.Huber()(np.zeros(10), off_by)):6.2f}")

# %% [markdown]
# Nearly all of the MSE comes from one example. Lesson 4 tries this on real prices.
#
# ## Half-time
#
# This is a good place to stop for today. You know what a network is and how it learns. What follows is done with Keras
# and real data. When you come back, run the first code cell of the page and the cells under "Set up" again, and go on
# from here. Only Appendix A also needs other cells of the first half.
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
# equally frequent, so guessing is right in one case of ten. Here is the first picture of each class.

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
some_pictures = x_train[:1000]
divided = keras.layers.Rescaling(1 / 255)(some_pictures).numpy()
print("the layer divides by 255:", np.allclose(divided, some_pictures / 255, atol=1e-6))
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
counted = [784 * 300 + 300, 300 * 100 + 100, 100 * 10 + 10]
print(" + ".join(f"{count:,}" for count in counted), f"= {sum(counted):,}")
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
wide_weights, wide_biases = wide.get_weights()
print(f"weights {wide_weights.shape}, biases {wide_biases.shape}")
print("all biases are 0:", not wide_biases.any(), "  all weights are 0:", not wide_weights.any())
limit = np.sqrt(6 / (784 + 300))
print(f"weights within ±{limit:.3f}: {np.abs(wide_weights).max() <= limit}")

# %% [markdown]
# Biases may start at 0. Weights may not: if all units of a layer were the same at the start, their weights to the
# next layer included, they would get the same gradients, and stay the same for ever. So they are random, between
# plus and minus $\sqrt{6/(\text{inputs} + \text{units})}$. This *initializer*, `glorot_uniform`, is Keras's default.
# We keep it here, for two hidden layers. Below, with ten hidden layers, it will matter which initializer you take.
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
some_labels = y_train[:1000]
before_training = model.predict(some_pictures, verbose=0)
one_hot = keras.utils.to_categorical(some_labels, 10)
print("label", some_labels[0], "as one-hot:", one_hot[0].astype(int))
sparse = float(keras.losses.SparseCategoricalCrossentropy()(some_labels, before_training))
dense = float(keras.losses.CategoricalCrossentropy()(one_hot, before_training))
print("same to 1e-6:", abs(sparse - dense) < 1e-6)

# %% [markdown]
# The same number. Integers are shorter, so we keep them.
#
# **The optimiser.** `SGD` is the plain update of the courier: weights minus learning rate times slope. It does not
# look at all pictures before each update. It takes a *batch*, a random handful of them, and estimates the slopes
# on these. That is why it is called "stochastic gradient descent": *stochastic* means that chance plays a part.
#
# An optimiser may be given as a string or as an object. The string is short, but takes the default learning rate,
# and that one number often matters more than any other.

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
# The last argument of the next call is about speed alone: Keras does 55 updates in one go before it comes back
# to Python. They are the same updates.

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
# The training accuracy rises far above the validation accuracy. Much of what the model learns late is of use for these
# 55,000 pictures, and not for others.
#
# That is *overfitting*: to learn what is true of the training examples only. It has three signs, and the course will
# use them again and again:
#
# 1. a **gap** between the two curves. Nearly every model has one, and by itself it does no harm;
# 2. a **turn**: the validation loss stops falling and rises. From there, by this measure, training on does harm;
# 3. **overconfidence**: the model gets surer, of its wrong answers as well. The loss counts how sure a wrong answer
#    is, and the accuracy does not. So the loss may turn while the accuracy stays where it is.
#
# Here you see the first sign. Further below, under "Stop in time", you will see all three, and measure the last two.

# %%
validation_accuracy = history.history["val_accuracy"][-1]
expect("basics.validation_accuracy", validation_accuracy, edition)
expect("basics.gap", history.history["accuracy"][-1] - validation_accuracy, edition)

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
    model.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=20,
    )
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
small = small_model()
small_history = small.fit(
    x_train[:10_000],
    y_train[:10_000],
    batch_size=BATCH_SIZE,
    epochs=6,
    validation_data=(x_validation, y_validation),
    validation_batch_size=1000,
    verbose=0,
    callbacks=[Progress(), at_the_end],
).history

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
# How far is the curve from the crosses, on average over epochs 1 to 5? At a cross, the shifted curve is half-way
# between two of its points, so its height there is their mean. The line says which share of the gap is left after
# the shift.

# %%
crosses = np.array(at_the_end.losses[:5])
shifted = (training_loss[:-1] + training_loss[1:]) / 2
reported_gap, shifted_gap = np.abs(training_loss[:5] - crosses), np.abs(shifted - crosses)
expect("basics.lag_left", shifted_gap.mean() / reported_gap.mean(), edition)
print("most of it is in the first epoch:", shifted_gap[0] > shifted_gap[1:].sum())

# %% [markdown]
# The shift removes a large part of the gap. The rest is mostly in the first epoch, where the loss falls along a
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

misled = small_model()
split = {"batch_size": BATCH_SIZE, "validation_split": 0.1, "verbose": 0}
once = misled.fit(sorted_x, sorted_y, epochs=5, callbacks=[Progress()], **split).history
loss_on_last_rows, _ = misled.evaluate(sorted_x[-200:], sorted_y[-200:], verbose=0)
print("classes in the last 200 rows:", np.unique(sorted_y[-200:]).tolist())
print(
    "its loss is that of the last rows:",
    np.isclose(loss_on_last_rows, once["val_loss"][-1], rtol=1e-4),
)
expect("basics.sorted_split_accuracy", once["val_accuracy"][-1], edition)

# %% [markdown]
# Ankle boots only. Among the 1,800 pictures that the model learns from, there are just two of them. So shuffle
# first, or split by hand as we did.
#
# The second thing: `fit` does not begin anew. A second call goes on with the weights that the model has.
#
# **Predict before you run.** The training loss of the first call fell for five epochs. Where will that of the
# second call begin?

# %%
again = misled.fit(
    sorted_x, sorted_y, epochs=5, callbacks=[Progress("trained on")], **split
).history
print("it begins below where the first began:", again["loss"][0] < once["loss"][0])
print("it begins below where the first ended:", again["loss"][0] < once["loss"][-1])
print("epochs in the second history:", len(again["loss"]))

# %% [markdown]
# So running a `fit` cell twice trains twice as long, while the history shows half of it. For a fresh start,
# build the model again.
#
# ## Ten layers: gradients that vanish
#
# Our network has two hidden layers. More layers can represent more. Do they also learn? In the first half you saw a
# warning: on the way back, each layer multiplies the blame by the slope of its activation, and that of the sigmoid
# is 0.25 at most.
#
# We build networks with ten hidden layers of 100 units and measure two things. First, before any training: how large
# is the gradient of the weights in each layer? Then, after three epochs on 10,000 pictures: what have they learned?
# There are three activations, and ReLU comes with two starts: Keras's default, and `he_normal`, which draws larger
# weights.
#
# **Predict before you run.** Guessing gives 0.1. Which of the four will be no better? Which will be best?


# %%
def ten_layers(activation: str, initializer: str) -> keras.Model:
    hidden = {"units": 100, "activation": activation, "kernel_initializer": initializer}
    deep = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Rescaling(1 / 255)])
    deep.add(keras.layers.Flatten())
    for _ in range(10):
        deep.add(keras.layers.Dense(**hidden))
    deep.add(keras.layers.Dense(10, activation="softmax"))
    deep.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.05),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=50,
    )
    return deep


def gradient_sizes(deep: keras.Model) -> np.ndarray:
    """Return the mean size of the gradient in each hidden layer, on 1,000 pictures."""
    with tf.GradientTape() as tape:
        loss = keras.losses.SparseCategoricalCrossentropy()(some_labels, deep(some_pictures))
    slopes = tape.gradient(loss, [layer.kernel.value for layer in deep.layers[2:12]])
    return np.array([np.abs(slope.numpy()).mean() for slope in slopes])


STARTS = {
    "sigmoid": ("sigmoid", "glorot_uniform"),
    "tanh": ("tanh", "glorot_uniform"),
    "ReLU": ("relu", "glorot_uniform"),
    "ReLU, He": ("relu", "he_normal"),
}
deep_models = {name: ten_layers(*start) for name, start in STARTS.items()}
sizes = {name: gradient_sizes(deep) for name, deep in deep_models.items()}
deep_accuracy = {}
for name, deep in deep_models.items():
    deep_accuracy[name] = deep.fit(
        x_train[:10_000],
        y_train[:10_000],
        batch_size=BATCH_SIZE,
        epochs=3,
        validation_data=(x_validation, y_validation),
        validation_batch_size=1000,
        verbose=0,
        callbacks=[Progress(name)],
    ).history["val_accuracy"]

# %% tags=["nbval-ignore-output"]
print("gradient in layer       1         10   validation accuracy")
for name, by_layer in sizes.items():
    ends = f"{by_layer[0]:.1e}   {by_layer[-1]:.1e}"
    print(f"{name:16}  {ends}   {deep_accuracy[name][-1]:.3f}")

# %%
deep_fig, (size_ax, accuracy_ax) = plt.subplots(1, 2, figsize=(9, 3.6))
for (name, by_layer), marker in zip(sizes.items(), "so^v", strict=True):
    size_ax.plot(np.arange(1, 11), by_layer, marker=marker, ms=5, label=name)
    accuracy_ax.plot([1, 2, 3], deep_accuracy[name], marker=marker, ms=5)
size_ax.set(yscale="log", xlabel="layer, 1 is next to the input", ylabel="mean |gradient| (log)")
size_ax.set_title("before training")
accuracy_ax.axhline(0.1, color=plots.GREY, ls=":")
accuracy_ax.text(1, 0.12, "guessing", color=plots.GREY)
accuracy_ax.set(ylim=(0, 1), xlabel="epoch", ylabel="validation accuracy", title="training")
accuracy_ax.set_xticks([1, 2, 3])
deep_fig.legend(loc="outside upper center", ncols=4)
plots.described(
    deep_fig,
    "Left: mean size of the gradient in ten layers, on a logarithmic axis; with sigmoid it falls steeply "
    "towards the input, with tanh and ReLU it changes much less. Right: validation accuracy in three "
    "epochs; sigmoid stays at guessing, tanh and ReLU with He's start are highest, ReLU with the default lies "
    "between.",
)

# %% [markdown]
# The first line says by how many powers of ten the sigmoid's gradient in layer 10 is larger than that in layer 1.
# Then come two validation accuracies after three epochs. The last line says how far ReLU with He's start is ahead of
# ReLU with the default, on average over the epochs.

# %%
expect("basics.vanishing_sigmoid", np.log10(sizes["sigmoid"][-1] / sizes["sigmoid"][0]), edition)
expect("basics.deep_sigmoid", deep_accuracy["sigmoid"][-1], edition)
expect("basics.deep_tanh", deep_accuracy["tanh"][-1], edition)
gain_of_he = np.mean(deep_accuracy["ReLU, He"]) - np.mean(deep_accuracy["ReLU"])
expect("basics.deep_gain_of_he", gain_of_he, edition)
assert sizes["ReLU, He"][0] > 4 * sizes["ReLU"][0]

# %% [markdown]
# In three epochs, ten sigmoid layers learn nothing. The layers next to the input hardly feel the error. (In
# exercise 7 you let the gradient through by other means, and the same layers do learn.) This is the main reason why
# hidden layers seldom use the sigmoid today. The slope of tanh is 1 near 0, that of ReLU is 1 however large $z$ is.
#
# And why does the start matter? ReLU sets about half of the sums to 0. So from one layer of 100 units to the next about
# half of the signal's variance is lost, if the weights are drawn as Glorot's rule says, which was derived for
# activations like tanh. Halved nine times, a five-hundredth is left. He's rule doubles the variance of the weights to
# make up for it: the gradient in layer 1 is more than four times as large then. Our network for clothes has only two
# hidden layers, so we leave Keras's default there. The deeper a network, the more its start matters.
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
picked = np.concatenate(
    [np.flatnonzero(y_train == label)[:n] for label, n in zip(CLASSES, COUNTS, strict=True)]
)
x_unequal, y_unequal = x_train[picked], np.repeat(np.arange(3), COUNTS)
of_these = np.isin(y_validation, CLASSES)
x_check, y_check = x_validation[of_these], np.searchsorted(CLASSES, y_validation[of_these])
print("pictures to learn from:", np.bincount(y_unequal).tolist())
print("pictures to check on:  ", np.bincount(y_check).tolist())

# %% [markdown]
# `fit` takes `class_weight`: a dictionary that says how much a mistake on each class counts. *Balanced* weights
# give every class the same influence in total: the number of pictures, divided by the number of classes and by
# the size of the class.
#
# **Predict before you run.** What will the weights do to the recall of shirts? And to that of the other two?
#
# One training proves little, so we do three with weights and three without, each pair from the same start. The
# learning rate falls as above, so that the last few updates do not decide.

# %%
balanced = {label: float(COUNTS.sum() / (3 * n)) for label, n in enumerate(COUNTS)}
print({str(names[CLASSES[label]]): round(weight, 2) for label, weight in balanced.items()})

falling = keras.optimizers.schedules.CosineDecay(0.05, decay_steps=20 * 21)  # 20 epochs
recalls = {"plain": [], "weighted": []}
for repeat in range(3):
    same_start = small_model(classes=3).get_weights()
    for name, class_weight in (("plain", None), ("weighted", balanced)):
        learner = small_model(classes=3, learning_rate=falling)
        learner.set_weights(same_start)
        learner.fit(
            x_unequal,
            y_unequal,
            batch_size=BATCH_SIZE,
            epochs=20,
            class_weight=class_weight,
            verbose=0,
            callbacks=[Progress(f"{repeat + 1}, {name}")],
        )
        answers = learner.predict(x_check, verbose=0).argmax(axis=1)
        recalls[name].append(recall_score(y_check, answers, average=None))

# %% tags=["nbval-ignore-output"]
print(f"{'recall of':9}  " + "  ".join(names[CLASSES]))
for name, runs in recalls.items():
    for pullover, coat, shirt in runs:
        print(f"{name:9}  {pullover:8.2f}  {coat:4.2f}  {shirt:5.2f}")

# %%
plain, weighted = np.mean(recalls["plain"], axis=0), np.mean(recalls["weighted"], axis=0)
expect("basics.rare_recall_plain", plain[2], edition)
expect("basics.rare_recall_weighted", weighted[2], edition)
expect("basics.common_recall_cost", plain[:2].mean() - weighted[:2].mean(), edition)
lowest_with = min(shirt for *_, shirt in recalls["weighted"])
highest_without = max(shirt for *_, shirt in recalls["plain"])
print("shirts: the worst with weights beats the best without:", lowest_with > highest_without)

# %% [markdown]
# Without weights the model misses most of the shirts. With them it finds most, and pays with pullovers and coats.
# All three trainings agree, as the last line shows. Whether the trade is worth it depends on what a missed shirt
# costs.
#
# `sample_weight` is finer: one weight for each *example*, say because you trust some labels more. Appendix B shows
# how to have both at once.
#
# ## Stop in time, and keep the best
#
# How many epochs are enough? Two callbacks answer while the model trains. `EarlyStopping` ends the training when
# the validation loss has not improved for `patience` epochs. `ModelCheckpoint` writes the model into a file
# each time it is the best so far. A file that ends in `.keras` holds the layers, the weights and the state of the
# optimiser.
#
# We try them on 1,000 pictures, where overfitting comes soon. The limit of 100 epochs is far more than needed.

# %% tags=["nbval-ignore-output"]
folder = TemporaryDirectory()
checkpoint = str(Path(folder.name) / "best.keras")
few = small_model(units=300, learning_rate=0.1)
to_few = {
    "x": x_train[:1000],
    "y": y_train[:1000],
    "batch_size": 20,
    "validation_data": (x_validation, y_validation),
    "validation_batch_size": 1000,
    "verbose": 0,
}
stopped = few.fit(
    **to_few,
    epochs=100,
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
best_loss, best_accuracy = from_file.evaluate(x_validation, y_validation, verbose=0)
print("the file holds the best epoch:", np.isclose(best_loss, min(stopped["val_loss"]), rtol=1e-4))
in_file, restored = (m.predict(some_pictures, verbose=0) for m in (from_file, few))
print("the restored model predicts the same:", np.array_equal(in_file, restored))

# %% [markdown]
# What did we miss? Let us train on, for 40 epochs, from the epoch that `EarlyStopping` kept.
#
# **Predict before you run.** What will the validation loss do? And the validation accuracy?

# %%
few.set_weights(from_file.get_weights())  # however often you run this cell
went_on = few.fit(**to_few, epochs=40, callbacks=[Progress("trained on")]).history
whole = {key: stopped[key][:best_epoch] + went_on[key] for key in stopped}
plots.described(
    plots.history(whole),
    "Loss and accuracy by epoch, up to the best epoch and on from there: in training the loss falls towards 0, in "
    "validation it turns after the dashed line; the gap in accuracy widens.",
)

# %% [markdown]
# The gap widens, and in the end the validation loss is well above its lowest point, the dashed line. That point
# need not be where we stopped: the loss jumps, and a patience of five may end the training before a better epoch
# comes. More patience finds it, and costs time.
#
# Here are the two losses, at the epoch that `EarlyStopping` kept, and in the end.

# %% tags=["nbval-ignore-output"]
print(
    f"validation loss: {best_loss:.3f} where it was kept, {went_on['val_loss'][-1]:.3f} in the end"
)

# %% [markdown]
# To measure the third sign, we take the wrong answers and ask how sure the model is of them, on average. Each line
# is the change from the epoch that `EarlyStopping` kept to the last one.


# %%
def sureness_when_wrong(classifier: keras.Model) -> float:
    given = classifier.predict(x_validation, verbose=0)
    return given.max(axis=1)[given.argmax(axis=1) != y_validation].mean()


surer = sureness_when_wrong(few) - sureness_when_wrong(from_file)
expect("basics.overfit_accuracy_change", went_on["val_accuracy"][-1] - best_accuracy, edition)
expect("basics.overfit_surer_when_wrong", surer, edition)

# %% [markdown]
# In nearly all our runs the loss was higher in the end, the accuracy about the same or higher: the model hardly makes
# more mistakes, but it makes them with more confidence. Whether that does harm depends on what you need. If only the
# class counts, the loss is too strict. If you act on the probabilities, stop at the turn. (In one of our runs the
# patience had kept an epoch that was much less accurate than the last one. There going on lowered the loss, too. Your
# two losses show which case is yours.)
#
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
# About nine in ten, and a little less than on the validation pictures. Two causes are possible. We chose the
# learning rate with the validation pictures in view, so they may flatter us. Or the test pictures are a little
# harder. How could you tell? Switch the first cause off: take models that nobody has tuned, such as the small one
# above and the ten layers with tanh.
#
# **Predict before you run.** By how much will they be better on the validation pictures than on the test pictures?

# %%
untuned_gaps = [
    untuned.evaluate(x_validation, y_validation, batch_size=1000, verbose=0)[1]
    - untuned.evaluate(x_test, y_test, batch_size=1000, verbose=0)[1]
    for untuned in (small, deep_models["tanh"])
]
expect("basics.harder_test", np.mean(untuned_gaps), edition)

# %% [markdown]
# The gap is there again, and even larger, although nobody has chosen these two models by their results on the
# validation pictures. So the test pictures are a little harder. (And as we chose nothing by their test results either,
# we may look at them.)
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

# %% [markdown]
# Here are the first two of them, and the test picture of which the model is least sure.

# %%
shown = [0, 1, probability.max(axis=1).argmin()]
fig, axes = plt.subplots(2, 3, figsize=(9, 5), height_ratios=[1, 1.4])
for i, picture_ax, bar_ax in zip(shown, axes[0], axes[1], strict=True):
    picture_ax.imshow(x_test[i], cmap="gray_r")
    picture_ax.set_title(f"is {names[y_test[i]]}")
    picture_ax.axis("off")
    bar_ax.barh(names, probability[i], color=plots.BLUE)
    bar_ax.set(xlim=(0, 1), xlabel="probability")
    bar_ax.invert_yaxis()
    bar_ax.grid(False, axis="y")
for bar_ax in axes[1, 1:]:
    bar_ax.set_yticklabels([])
plots.described(
    fig,
    "Three test pictures, an ankle boot, a pullover, and the one of which the model is least sure; below each a bar "
    "chart of the ten probabilities. Under the first two, one bar is nearly as long as the axis. Under "
    "the third, no bar is half as long.",
)

# %% [markdown]
# A class alone hides this difference. Ask for the probabilities, and you see when a person, too, should look at
# the picture.
#
# ## Look at the mistakes
#
# A *confusion matrix* counts, for each true class (row), what the model said (column). Right answers are on the
# diagonal. Which two classes are mixed up most?

# %%
matrix = confusion_matrix(y_test, predicted)
plots.confusion_matrix(matrix, names)

# %%
mixed_up = np.triu(matrix + matrix.T, k=1)  # in both directions
one, other = np.unravel_index(mixed_up.argmax(), mixed_up.shape)
print(f"mixed up most: {names[one]} and {names[other]}")
expect("basics.hardest_pair", mixed_up[one, other], edition)

# %% tags=["nbval-ignore-output"]
print(f"is {names[one]}, said {names[other]}: {matrix[one, other]}")
print(f"is {names[other]}, said {names[one]}: {matrix[other, one]}")

# %% [markdown]
# Was it your guess? And what about shoes? The next line is a share: of the shoes that are missed, how many are taken
# for another kind of shoe?

# %%
shoes = np.isin(names, ("Sandal", "Sneaker", "Ankle boot"))
off_diagonal = matrix - np.diag(np.diag(matrix))
to_other_shoes = off_diagonal[np.ix_(shoes, shoes)].sum() / off_diagonal[shoes].sum()
expect("basics.shoes_for_shoes", to_other_shoes, edition)

# %% [markdown]
# Nearly all. What the model confuses looks alike to us, too.
#
# And here are the pictures where the model was surest, and wrong. Above each: what it said, and what the label
# says.

# %%
wrong = np.flatnonzero(predicted != y_test)
surest = wrong[np.argsort(-probability.max(axis=1)[wrong])][:10]
plots.pictures(
    x_test[surest],
    [f"said {names[predicted[i]]}\nis {names[y_test[i]]}" for i in surest],
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
# for NAND, to teach a perceptron, to write the reverse pass, to choose output layers and a learning rate, to find
# out why a forecast always says "no rain", and to make ten sigmoid layers learn after all. Each answer is checked at
# once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("01_neural_net_basics")

# %% [markdown]
# ## What you learned
#
# 1. A unit is a weighted sum, a bias and an activation. A layer is many of them, $\phi(XW + b)$: examples × inputs
#    times inputs × units, plus one bias for each unit.
# 2. A perceptron learns from its mistakes, and finds a line if one exists. For XOR none does. A hidden layer draws
#    two lines, and the bend between the layers is what makes this possible. Spare units help to *find* them.
# 3. A slope says how fast the loss rises with a weight. Gradient descent steps against it: too small a rate creeps,
#    too large a rate climbs out. Back-propagation is the chain rule from the last layer to the first.
# 4. The question decides the output: no activation for any quantity, sigmoid for yes or no, softmax for one of many.
#    The loss goes with it.
# 5. `Sequential`, `compile`, `fit`, `evaluate`, `predict`, `save`: six calls make a classifier. Overfitting shows as
#    a gap, a turn and overconfidence. Class weights trade recall between classes. In ten sigmoid layers gradients
#    vanish; ReLU with He's start, or tanh, keeps them.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number. Both editions hold the same pictures, so their ranges are close:

# %%
show_bands("basics.", edition)

# %% [markdown]
# ## Appendix A: slopes, checked
#
# Are the slopes in the table of activations right? The tape can tell. And two more facts: tanh is a stretched and
# shifted sigmoid, $\tanh(z) = 2\sigma(2z) - 1$, and it matters where the twos stand.
#
# **Predict before you run.** ReLU has a corner at 0 and so no slope there. Which number will TensorFlow use?

# %%
at_z = tf.Variable(z)
for name, function in zip(
    ACTIVATIONS, (tf.sigmoid, tf.tanh, tf.nn.relu, tf.math.softplus), strict=True
):
    with tf.GradientTape() as tape:
        outcome = function(at_z)
    agree = np.allclose(tape.gradient(outcome, at_z).numpy(), ACTIVATIONS[name][1], atol=1e-9)
    print(f"{name:8} slope as in the table: {agree}")

corner = tf.Variable(0.0)
with tf.GradientTape() as tape:
    outcome = tf.nn.relu(corner)
print("slope of ReLU at 0:", tape.gradient(outcome, corner).numpy())
print("tanh(z) = 2 sigmoid(2z) - 1:", np.allclose(np.tanh(z), 2 * sigmoid(2 * z) - 1, atol=1e-12))
print("tanh(z) = 2 sigmoid(z) - 1: ", np.allclose(np.tanh(z), 2 * sigmoid(z) - 1, atol=1e-12))

# %% [markdown]
# ## Appendix B: a weight for each class and for each example
#
# Weights of classes and weights of examples multiply: an example of weight 3 in a class of weight 2 counts six
# times. Older versions of Keras multiplied them for you. Keras 3 refuses both at once and leaves the product to you.
#
# **Predict before you run.** Each example's loss is multiplied by its class's weight and by its own. Does Keras come
# to the same mean if we pass the product of the two as `sample_weight`? And if we pass their sum?

# %%
twice_for_shirts = {0: 1.0, 1: 1.0, 2: 2.0}
by_class = np.array([twice_for_shirts[label] for label in y_unequal])
by_example = np.random.default_rng(SEED).choice([1.0, 3.0], size=len(y_unequal))
doubly = small_model(classes=3)
untrained = doubly.get_weights()
try:
    doubly.fit(
        x_unequal, y_unequal, class_weight=twice_for_shirts, sample_weight=by_example, verbose=0
    )
except ValueError as error:
    print("Keras says:", error)


def first_loss(**weights) -> float:
    """Return the loss of one batch of all examples, from the same weights each time."""
    doubly.set_weights(untrained)
    return float(doubly.train_on_batch(x_unequal, y_unequal, **weights)[0])


loss_of_each = keras.losses.SparseCategoricalCrossentropy(reduction=None)
doubly.set_weights(untrained)
each = loss_of_each(y_unequal, doubly.predict(x_unequal, verbose=0)).numpy()

by_keras = first_loss(class_weight=twice_for_shirts), first_loss(sample_weight=by_class)
print("class_weight is one weight an example:", np.isclose(*by_keras, rtol=1e-5))
both = np.mean(each * by_class * by_example)
product, total = by_class * by_example, by_class + by_example
print("both, as a product:", np.isclose(first_loss(sample_weight=product), both, rtol=1e-5))
print("both, as a sum:    ", np.isclose(first_loss(sample_weight=total), both, rtol=1e-5))
