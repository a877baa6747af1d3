# %% [markdown]
# # IMDB: is this review positive?
#
# *Teach a small network to tell a good film review from a bad one, by the words it contains.*
#
# English · [한국어](ko/02_imdb_binary_classification.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | under a minute | under 1.5 GB | film reviews from IMDB, half of them positive | [lesson 1](01_neural_net_basics.ipynb) |
#
# **After this lesson you can**
#
# 1. turn a review into a vector of zeros and ones, and say what that costs in memory;
# 2. build a network for a yes-or-no question, and explain each part of it;
# 3. read training curves, and find the epoch where the validation loss turns;
# 4. compare a network with simpler models, and measure it once, on data it has never seen;
# 5. say which words decide, look at the most confident mistakes, and name what the model cannot see.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("02_imdb_binary_classification")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. Everything below follows from them.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 10_000
EPOCHS = 20
BATCH_SIZE = 512

# %% [markdown]
# One call fixes the random numbers, so that you and your neighbour see the same results.

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import re
import textwrap

import keras
import matplotlib.pyplot as plt
import numpy as np

from helpers import interactive, plots
from helpers.data import imdb, imdb_word_index
from helpers.feedback import expect, show_bands
from helpers.progress import Progress
from helpers.text import decode, multi_hot, multi_hot_batches

# %% [markdown]
# ## The data, looked at
#
# People wrote these reviews on the Internet Movie Database (IMDB). Each one has a label: 1 if its author liked the
# film, 0 if not. The loader keeps about 10,000 words, the most frequent ones. Of a rarer word there are few examples
# to learn from, and each word more costs memory.
#
# The course knows two editions of this data. The *original* is the classic one, 25,000 reviews to
# train on and 25,000 to test. The *offline* one is smaller and needs no internet. The next line says
# which one you have. All that follows is true for both.

# %%
(x_train, y_train), (x_test, y_test), edition = imdb(num_words=NUM_WORDS)

# %%
print(f"{len(x_train):,} training reviews, {np.mean(y_train):.0%} of them positive")
print(f"{len(x_test):,} test reviews, {np.mean(y_test):.0%} of them positive")

# %% [markdown]
# Half positive, half negative: whoever always answers "positive" is right half of the time. Keep that
# number in mind. A model is worth something only if it beats 0.5.
#
# What is one review? Not a text, but a list of numbers.

# %%
x_train[0][:12]

# %% [markdown]
# Each number stands for a word. Words are numbered by how often they occur: the most frequent word
# has rank 1, the next rank 2, and so on. The numbers 0, 1 and 2 are kept for special marks, and
# 3 is not used. So a word's number is its rank plus 3.
#
# | number | meaning |
# |---|---|
# | 0 | padding, an empty place |
# | 1 | start of the review |
# | 2 | a word that is not among the most frequent ones |
# | 3 | not used |
# | rank + 3 | the word with this rank |
#
# **Predict before you run.** Which ten words are the most frequent in film reviews? Is "film" one of
# them?

# %%
word_index = imdb_word_index()
most_frequent = sorted(word_index, key=word_index.get)[:20]
print(" ".join(most_frequent[:10]))
print(" ".join(most_frequent[10:]))

# %% [markdown]
# Nearly all are the small words that hold any English text together. Then come the words of films. (If you see `br`:
# it is no word, but what is left of the mark for a line break on a web page.) Now we can go back from numbers to
# words. Rare words show as "…".

# %%
print(textwrap.fill(decode(x_train[0], word_index)[:400], width=90))

# %% [markdown]
# Capital letters are gone, and so is all punctuation but the apostrophe. Can you still tell whether the author liked
# the film? The network will see even less, as you will find out below.
#
# How long are the reviews? (The mark at the beginning of each counts as a word here.)

# %%
lengths = np.array([len(review) for review in x_train])
print(f"shortest {lengths.min()}, median {np.median(lengths):.0f}, longest {lengths.max()} words")

# %% [markdown]
# ## From lists to vectors
#
# A dense layer multiplies its input by a matrix of weights. That matrix has a fixed size, so every
# input must have the same length. Our reviews do not. There are two ways out.
#
# **The first way: padding.** Cut long reviews, and fill short ones with zeros, until all have the same
# length. Word order is kept. The numbers themselves mean nothing, though: word 300 is not three times
# word 100. So an *Embedding* layer comes first and swaps each number for a small vector that is
# learned. Here it is on two short reviews.

# %%
two_short_reviews = [[1, 14, 22, 16], [1, 194, 1153, 194, 78, 228, 5]]
padded = keras.utils.pad_sequences(two_short_reviews, maxlen=6, padding="post", truncating="post")
print(padded)
embedded = keras.layers.Embedding(input_dim=NUM_WORDS, output_dim=4)(padded)
print(f"{padded.shape} numbers become {tuple(embedded.shape)}: a vector of 4 for every word")

# %% [markdown]
# **The second way: multi-hot vectors.** Make a vector with one place for each word of the vocabulary.
# Write 1 where the word occurs in the review, and 0 everywhere else. Order is lost, and so is how often
# a word occurs. What stays is the answer to 10,000 yes-or-no questions: is this word in the review?
#
# It needs only a loop. Here is a vocabulary of 8 words and a "review" that says word 5 twice.

# %%
tiny_review = [3, 5, 5, 7]
tiny_vector = np.zeros(8, dtype="uint8")
for word in tiny_review:
    tiny_vector[word] = 1
print(tiny_vector)

# %% [markdown]
# The helper `multi_hot` does the same for many reviews at once. Does it agree with the loop?

# %%
print("same:", np.array_equal(multi_hot([np.array(tiny_review)], num_words=8)[0], tiny_vector))
first_thousand = multi_hot(x_train[:1000], NUM_WORDS)
print(f"shape {first_thousand.shape}, share of ones {first_thousand.mean():.4f}")

# %% [markdown]
# About one place in a hundred holds a 1. The rest are zeros, and zeros take memory, too.
#
# **Predict before you run.** NumPy makes `float64` arrays by default: 8 bytes a number. How many
# megabytes would the whole training set take? And how many as `uint8`, 1 byte a number? How many if
# all reviews are padded to 256 words? And if we just keep the word numbers of each review?

# %%
for dtype in ("float64", "float32", "uint8"):
    thousand = multi_hot(x_train[:1000], NUM_WORDS, dtype=dtype).nbytes
    print(f"{dtype:8} {thousand / 1000 * len(x_train) / 1e6:8,.0f} MB")
padded_to_256 = keras.utils.pad_sequences(x_train, maxlen=256)
print(f"{'padded':8} {padded_to_256.nbytes / 1e6:8,.0f} MB")
print(f"{'as is':8} {sum(review.nbytes for review in x_train) / 1e6:8,.0f} MB")

# %% [markdown]
# The matrix of the textbooks, in `float64`, is the largest object by far. It is also needless: training
# looks at a few hundred reviews at a time. So we keep the lists, and let `multi_hot_batches` make the
# vectors of one batch when that batch is due. The numbers the network sees are the same.

# %%
batches = multi_hot_batches(x_train, y_train, NUM_WORDS, BATCH_SIZE)
one_batch, its_labels = next(batches.as_numpy_iterator())
print("same:", np.array_equal(one_batch, multi_hot(x_train[:BATCH_SIZE], NUM_WORDS)))
print(f"one batch: {one_batch.shape} {one_batch.dtype}, {one_batch.nbytes / 1e6:.1f} MB")

# %% [markdown]
# ## The model
#
# Two hidden layers of 16 units each, and then one output unit. You know units, layers and activations
# from lesson 1. Here is what they mean for words.
#
# The input $x$ of the first layer is a review: a vector of 10,000 zeros and ones. Each unit there has one
# weight for each word, and $x \cdot w$ is simply the sum of the weights of the words that occur. So each
# word has a vote, and the unit adds up the votes. Sixteen units are sixteen different elections.


# %%
def build_model() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(shape=(NUM_WORDS,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


untrained = build_model()

# %% [markdown]
# **Predict before you run.** How many parameters has this network? Count weights and biases layer by layer,
# as in lesson 1.

# %%
quiz.predict("02.parameters", "How many has it?", unit="parameters")

# %%
parameters = (NUM_WORDS * 16 + 16) + (16 * 16 + 16) + (16 * 1 + 1)
print(f"by hand: {parameters:,}   Keras: {untrained.count_params():,}")
assert parameters == untrained.count_params()
quiz.predicted("02.parameters", parameters, unit="parameters")

# %% [markdown]
# Nearly all of them sit in the first layer, one for each word and unit.
#
# Is a layer of Keras really no more than $\text{relu}(XW + b)$? Let us compute the first one by hand, and
# compare.

# %%
W, b = untrained.layers[0].get_weights()
X = one_batch.astype("float32")
by_hand = np.maximum(X @ W + b, 0)
by_keras = keras.ops.convert_to_numpy(untrained.layers[0](X))
print(f"X {X.shape}   W {W.shape}   b {b.shape}   output {by_hand.shape}")
print("same to five decimals:", np.allclose(by_hand, by_keras, atol=1e-5))

# %% [markdown]
# Why ReLU in the hidden layers? In lesson 1 you saw that there must be a bend between two layers. ReLU is
# the simplest one. And its slope is 1 wherever the unit is active, so the gradient does not shrink there.
#
# The last layer has one unit with the sigmoid, $\sigma(z) = 1 / (1 + e^{-z})$, as in the table of lesson 1
# for questions with two answers. We read what it gives as the probability that the review is positive.
#
# ### The loss: how wrong is a probability?
#
# Let $y$ be the label (0 or 1) and $p$ the predicted probability. Two candidates:
#
# $$\text{cross-entropy} = -\big(y \log p + (1 - y) \log(1 - p)\big) \qquad
# \text{squared error} = (y - p)^2$$
#
# What matters for learning is the slope, because it says how strongly a mistake moves the weights. Let
# $z$ be the number that goes into the sigmoid. The slope of the loss along $z$ is $p - y$ for
# cross-entropy, and $2(p - y)\,p\,(1 - p)$ for the squared error.
#
# **Predict before you run.** A review is positive, $y = 1$, but the model is sure it is negative:
# $p = 0.001$. Which loss corrects it more strongly?

# %%
z = np.linspace(-8, 8, 200)
p = 1 / (1 + np.exp(-z))
loss_fig, loss_axes = plt.subplots(1, 2, figsize=(8.4, 3.2))
for ax, title, cross_entropy, squared in (
    (loss_axes[0], "the loss", -np.log(p), (1 - p) ** 2),
    (loss_axes[1], "its slope along z", p - 1, 2 * (p - 1) * p * (1 - p)),
):
    ax.plot(z, cross_entropy, color=plots.BLUE, label="cross-entropy")
    ax.plot(z, squared, color=plots.VERMILION, linestyle="--", label="squared error")
    ax.set(title=title, xlabel="z, the number before the sigmoid; the label is 1")
loss_axes[0].legend()
plots.described(
    loss_fig,
    "Two panels over the number before the sigmoid, from -8, certain and wrong, to 8, certain and right. Left: "
    "cross-entropy rises in a straight line to 8 on the wrong side, the squared error levels off at 1. Right: the slope of "
    "cross-entropy is -1 on the wrong side, that of the squared error is nearly 0 there.",
)

# %% [markdown]
# At the left end the model is certain, and wrong. There cross-entropy pulls with its full slope of -1. The squared
# error is flat: it hardly pulls at all. In the middle, where a new model begins, both pull.
#
# So the squared error should fail only for a model that is *surely wrong*: certain, and wrong. We can make one: the
# bias of the output unit begins at -8. Then the model gives every review a probability of about 0.0003. We train with
# plain SGD, as in lesson 1, so that nothing but the slope decides how large a step is.
#
# **Predict before you run.** Half of the reviews are positive. What is the mean probability after two epochs with
# the squared error, from each start? And will cross-entropy free itself from the wrong one?

# %%
n_validation = min(10_000, len(x_train) * 2 // 5)
x_validation, x_partial = x_train[:n_validation], x_train[n_validation:]
y_validation, y_partial = y_train[:n_validation], y_train[n_validation:]
training = multi_hot_batches(x_partial, y_partial, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
validation = multi_hot_batches(x_validation, y_validation, NUM_WORDS, BATCH_SIZE)

mean_probability = {}
for loss in ("binary_crossentropy", "mean_squared_error"):
    for start, bias in (("unsure", 0), ("surely wrong", -8)):
        beginner = build_model()
        beginner.layers[-1].bias.assign([bias])
        beginner.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss=loss)
        label = f"{loss}, {start}"
        beginner.fit(training, epochs=2, verbose=0, callbacks=[Progress(label)])
        mean_probability[label] = beginner.predict(validation, verbose=0).mean()
recovered = mean_probability["binary_crossentropy, surely wrong"]
stuck = mean_probability["mean_squared_error, surely wrong"]
expect("imdb.stuck", stuck, edition)
expect("imdb.squared_unsure", mean_probability["mean_squared_error, unsure"], edition)
print("cross-entropy is at more than ten times the first line:", recovered > 10 * stuck)
assert recovered > 10 * stuck

# %% [markdown]
# From the wrong start, the squared error has not moved: it is still at less than one in a thousand. Cross-entropy
# is on its way. (How far it comes in two epochs differs much from seed to seed.) From a start near one half the
# mean says little: half of the reviews are positive, so it stays near one half whether the network learns or not.
# There the squared error has a slope, and exercise 3 lets you see how far it comes. Nobody knows beforehand where a
# model will be certain and wrong during its training. That is one good reason to train a probability with
# cross-entropy.
#
# (`training` holds the reviews to learn from, and `validation` others, set aside. The reason comes below.)
#
# `compile` puts together the loss, the optimiser and the metrics, as in lesson 1. The optimiser is new.
# `SGD` has one learning rate for all weights. `rmsprop` divides each step by the usual size of each weight's
# slope, so that the weights of rare words, which seldom have a slope, take steps of a useful size, too.


# %%
def compiled_model() -> keras.Model:
    model = build_model()
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# %% [markdown]
# ## Train, and watch
#
# How long should we train? The training reviews cannot tell: a network can learn them by heart. So, as in
# lesson 1, we have set a part of them aside for validation. The test set stays untouched until the very end.

# %%
print(f"{len(x_partial):,} reviews to learn from, {len(x_validation):,} to validate")

# %% [markdown]
# **Predict before you run.** Each batch changes the weights once. How often do they change in 20 epochs?

# %%
quiz.predict("02.updates", "How often in 20 epochs?", unit="updates")

# %%
updates_per_epoch = int(np.ceil(len(x_partial) / BATCH_SIZE))
print(f"{updates_per_epoch} updates an epoch, {updates_per_epoch * EPOCHS} in {EPOCHS} epochs")
quiz.predicted("02.updates", updates_per_epoch * EPOCHS, unit="updates")

# %% [markdown]
# Now train. The line under the cell counts the updates, so you can check your answer.

# %%
network = compiled_model()
history = network.fit(
    training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[Progress()]
)

# %% [markdown]
# Two pictures tell the story. On the left is the loss, on the right the accuracy, after each epoch.
# Look at the gap between the two curves.

# %%
plots.history(history.history)

# %% [markdown]
# On the training reviews, the model gets better and better, almost to perfection. On the validation reviews, the
# loss turns after a few epochs and climbs. From the dashed line on, by this measure, what the model still learns
# from its own reviews is of no use for others. Look at the right panel, too: there the curve moves much less.
#
# Of the three signs of overfitting from lesson 1, you can see two here: the *gap* between the curves, and the
# *turn* of the validation loss. The gap says that a model fits its own examples better than others, which nearly
# every model does. The turn says that, by this measure, training on does harm. So when we ask how long to train, we
# look for the turn.
#
# When does it come? The first of the next lines checks yours. (Counted in weight updates rather than epochs, the two
# editions are closer together: the offline one is smaller, so its epochs have fewer updates.)

# %%
best_epoch = plots.best_epoch(history.history)
expect("imdb.best_epoch", best_epoch, edition)
expect("imdb.validation_accuracy", history.history["val_accuracy"][best_epoch - 1], edition)
expect("imdb.final_training_accuracy", history.history["accuracy"][-1], edition)

# %% [markdown]
# ## Was the network worth it?
#
# Before we trust a network, we ask what something simpler reaches on the same reviews. Three candidates:
#
# - **guessing**: one half;
# - **counting**, without any training. For each word, in which share of the positive and of the negative reviews does it
#   occur? The logarithm of the quotient of the two shares is the word's vote, and a review's votes are added up. This
#   is *naive Bayes*, naive because it treats words as if each came alone;
# - **no hidden layers**: one sigmoid unit. Words vote, too, but their votes are *learned*, together.
#
# **Predict before you run.** How far behind the network will they be?


# %%
def share_with(reviews) -> np.ndarray:
    """Return for each word in which share of the reviews it occurs; 1 is added, so none is 0."""
    occurs = np.bincount(np.concatenate([np.unique(r) for r in reviews]), minlength=NUM_WORDS)
    return (occurs + 1) / (len(reviews) + 2)


votes = np.log(share_with(x_partial[y_partial == 1]) / share_with(x_partial[y_partial == 0]))
count_score = np.array([votes[np.unique(review)].sum() for review in x_validation])
counting = np.mean((count_score > 0) == y_validation)

# %%
no_hidden = keras.Sequential(
    [keras.Input(shape=(NUM_WORDS,)), keras.layers.Dense(1, activation="sigmoid")]
)
no_hidden.compile(
    optimizer=keras.optimizers.RMSprop(0.003),  # a single unit may take larger steps
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
bar = Progress("no hidden layers")
unit_history = no_hidden.fit(
    training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[bar]
)

# %%
network_best = history.history["val_accuracy"][best_epoch - 1]
unit_best = unit_history.history["val_accuracy"][plots.best_epoch(unit_history.history) - 1]
expect("imdb.counting", counting, edition)
expect("imdb.no_hidden_layers", unit_best, edition)
expect("imdb.gain_of_hidden_layers", network_best - unit_best, edition)

# %% [markdown]
# A surprise, and a common one. Counting alone comes within a few hundredths. And the unit without hidden layers is as
# good as the network. The third line is the difference. How large could it be by chance alone, because just these
# reviews were drawn? The standard error of an accuracy $a$ that was measured on $n$ examples is
# $\sqrt{a\,(1 - a) / n}$:

# %%
luck = np.sqrt(unit_best * (1 - unit_best) / n_validation)
print(f"standard error, to three decimals: {luck:.3f}")

# %% [markdown]
# By chance alone a difference of up to about twice the standard error is common, and ours is not larger. So nobody can
# call one of the two better. (Both were judged on the same reviews, so their difference varies somewhat less than
# this. Lesson 5 compares in pairs.) Hidden layers *could* learn that two words together mean something different from
# each alone. On these reviews, that has not paid. For most questions in the lessons to come it will. You only know
# when you have tried without hidden layers.
#
# ### Which words decide?
#
# The simple model has an advantage: it can be read. Each word has one weight, its vote.
#
# **Predict before you run.** Which words have the strongest votes? Is there one that is no opinion at all?

# %% tags=["nbval-ignore-output"]
word_at = {rank + 3: word for word, rank in word_index.items()}
weight_of = keras.ops.convert_to_numpy(no_hidden.layers[-1].kernel)[:, 0]
order = np.argsort(weight_of)
for title, strongest in (("against", order[:15]), ("for", order[::-1][:15])):
    print(textwrap.fill(f"{title}: {', '.join(word_at[i] for i in strongest)}", width=90))

# %% [markdown]
# Most are what you would have written yourself. But look for numbers such as "7" and "8", or "4": authors write "8 out of
# 10" into their text, and the label was made from just such points. The answer leaks into the question. A model uses
# whatever helps, even what you did not intend. Look inside before you trust what it has learned.
#
# ## Train again, then test once
#
# Now we know how long to train. So we start from fresh weights, give the model *all* training reviews,
# the validation part included, and stop at that epoch. More reviews make more batches: the same number of epochs has
# more weight updates now. We keep the epochs, as most people do: each review is seen as often as before.

# %%
final = compiled_model()
all_training = multi_hot_batches(x_train, y_train, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
_ = final.fit(all_training, epochs=best_epoch, verbose=0, callbacks=[Progress("trained again")])

# %% [markdown]
# The test set has waited for this moment. As in lesson 1, we use it once, and change nothing afterwards.

# %% tags=["nbval-ignore-output"]
testing = multi_hot_batches(x_test, y_test, NUM_WORDS, BATCH_SIZE)
test_loss, test_accuracy = final.evaluate(testing, verbose=0)
print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")

# %%
expect("imdb.test_accuracy", test_accuracy, edition)
expect("imdb.test_loss", test_loss, edition)

# %% [markdown]
# Guessing gives 0.5. To know which words occur, but neither how often nor in which order, is enough for nearly nine right
# answers in ten.
#
# ## Look at the predictions
#
# For each review the model gives a probability. Is it sure of itself?

# %%
probability = final.predict(testing, verbose=0).ravel()

fig, ax = plt.subplots()
bins = np.linspace(0, 1, 21)
ax.hist(probability[y_test == 0], bins, label="negative reviews", color=plots.VERMILION)
ax.hist(
    probability[y_test == 1],
    bins,
    label="positive reviews",
    color=plots.BLUE,
    histtype="step",
    lw=2,
)
ax.set(xlabel="predicted probability of a positive review", ylabel="test reviews")
ax.legend()
plots.described(
    fig,
    "Histogram of the predicted probability for negative and positive test reviews: the highest bars of "
    "the negative ones are near 0, those of the positive ones near 1, and many of both lie between.",
)

# %% [markdown]
# The highest bars are at the two ends: there the model is sure, and mostly right. The negative reviews at
# the right end, and the positive ones at the left, are the confident mistakes. And between the ends lie more reviews
# than one might think. How many? And does confidence mean anything?

# %%
predicted = (probability > 0.5).astype(int)
confidence = np.where(predicted == 1, probability, 1 - probability)
sure = confidence >= 0.9
expect("imdb.share_unsure", np.mean(~sure), edition)
expect("imdb.accuracy_when_sure", np.mean(predicted[sure] == y_test[sure]), edition)
expect("imdb.accuracy_when_unsure", np.mean(predicted[~sure] == y_test[~sure]), edition)

# %% [markdown]
# It does: where the model gives one answer at least 0.9, it is right far more often. A real product would pass the
# unsure ones to a person. The first line says what share that would be.
#
# ### Try it: where to cut?
#
# Up to now the answer was "positive" from 0.5 on. It need not be 0.5. Two shares tell what another *cut-off* does:
#
# - **precision**: of the reviews called positive, how many are positive?
# - **recall**, which you know from lesson 1: of the positive reviews, how many are called positive?
#
# A cinema wants to print reviews on its posters, and at most 5 in 100 of them may be negative. Move the cut-off: where
# must it be, and which share of the positive reviews is lost that way? Then find 95 in 100 of the positive ones.

# %%
interactive.threshold(probability, y_test)

# %% [markdown]
# Upwards, precision rises and recall falls; downwards it is the other way round. You can have more of one for less of
# the other, and which you want depends on what a mistake costs. Accuracy changes little around the middle, so it cannot
# tell you. (Here we only look. To *choose* a cut-off, use the validation reviews.)
#
# ## Look at the mistakes
#
# The most instructive reviews are those where the model was surest, and wrong. We take two of each kind. To
# see *why* the model said what it said, we ask it again, once for each word of the review, with that word taken out. If $z$,
# the number before the sigmoid, falls, the word speaks for "positive". The more $z$ falls, the more strongly the word
# speaks.


# %%
def scores(rows: np.ndarray) -> np.ndarray:
    """Return z for each row: what the last unit adds up, before its sigmoid."""
    hidden = rows.astype("float32")
    for layer in final.layers[:-1]:
        hidden = layer(hidden)
    w, bias = final.layers[-1].get_weights()
    return (keras.ops.convert_to_numpy(hidden) @ w + bias)[:, 0]


def effects(review: np.ndarray) -> np.ndarray:
    """Return for each place of a review by how much z falls when its word is taken out."""
    words, place = np.unique(review, return_inverse=True)
    rows = np.repeat(multi_hot([review], NUM_WORDS), len(words) + 1, axis=0)
    rows[np.arange(len(words)), words] = 0  # the last row stays whole
    z = scores(rows)
    return (z[-1] - z[:-1])[place]


# %% tags=["nbval-ignore-output"]
wrong = np.flatnonzero(predicted != y_test)
surest = wrong[np.argsort(-confidence[wrong])]
chosen = [i for said in (1, 0) for i in [i for i in surest if predicted[i] == said][:2]]
answers = np.array(["negative", "positive"])
plots.weighted_words(
    [[word_at.get(i, "…") for i in x_test[row][1:120]] for row in chosen],
    [effects(x_test[row])[1:120] for row in chosen],
    [
        f"said {answers[predicted[row]]} ({confidence[row]:.4f}), is {answers[y_test[row]]}"
        for row in chosen
    ],
    sides=("speaks for positive", "speaks for negative"),
)

# %% [markdown]
# (Only the first 119 words of a review are shown. The model read all of it.) Read them as their author meant them, and
# then as the model read them: the marked words above all. Do the authors praise one thing in a film they dislike? Do
# they tell what *other* people think? Do they mean the opposite of what they write? Or is the label itself odd?
# Whatever you find, the model saw a bag of words, and added up.
#
# So what about the word "not"? A person turns the meaning of the next word round. Try it, with a review of four words.
#
# **Predict before you run.** "good" against "not good", and "bad" against "not bad": in which direction will "not" move
# the answer in each?


# %%
def rows_of(texts: list[str]) -> np.ndarray:
    """Return the multi-hot rows of texts that you wrote; unknown words are left out."""
    number_of = {word: rank + 3 for word, rank in word_index.items() if rank + 3 < NUM_WORDS}
    found = [re.findall(r"[a-z0-9']+", text.lower()) for text in texts]
    known = [[number_of[word] for word in words if word in number_of] for words in found]
    return multi_hot([np.array([1, *numbers]) for numbers in known], NUM_WORDS)


sentences = [
    "this film is good",
    "this film is not good",
    "this film is bad",
    "this film is not bad",
]
good, not_good, bad, not_bad = scores(rows_of(sentences))
expect("imdb.not_before_good", not_good - good, edition)
expect("imdb.not_before_bad", not_bad - bad, edition)
assert good > bad

# %% tags=["nbval-ignore-output"]
for text, score in zip(sentences, scores(rows_of(sentences)), strict=True):
    print(f"{text:24} {1 / (1 + np.exp(-score)):.2f}")

# %% [markdown]
# In both sentences "not" is one more vote against: it makes "good" worse, and "bad" worse, too. A vector of words
# cannot know that "not" stands before "bad". For that, word order is needed.
#
# Now write a review of your own, and try to fool the model.

# %% tags=["nbval-ignore-output"]
MY_REVIEW = "I expected a masterpiece. What I saw was anything but."
mine = 1 / (1 + np.exp(-scores(rows_of([MY_REVIEW]))[0]))
print(f"{mine:.2f} for positive: {MY_REVIEW}")

# %% [markdown]
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/02_imdb_binary_classification.ipynb) ask you to change
# the number of layers, their size and the activation, to compute how hard a loss pushes, to find out what went wrong
# in a training, and to manage with only a hundred words. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("02_imdb_binary_classification")

# %% [markdown]
# ## What you learned
#
# 1. A review becomes a multi-hot vector: one place for each word, 1 if it occurs. As a whole `float64`
#    matrix that is a gigabyte or two; a batch at a time it is a few megabytes.
# 2. A yes-or-no question takes one sigmoid unit at the end, and binary cross-entropy as the loss. Hidden layers, where
#    there are any, take ReLU.
# 3. Training loss goes on falling while validation loss turns. Where it turns, training on begins to do harm, by
#    this measure.
# 4. Try simpler models on the same data first: here one unit does as well as the network. Choose on validation data, train
#    again on everything, and use the test set once.
# 5. Probabilities say how sure a model is. Taking words out shows which ones decide, even those that should not. A bag
#    of words cannot see what "not" does.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("imdb.", edition)
