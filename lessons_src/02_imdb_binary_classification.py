# %% [markdown]
# # IMDB: is this review positive?
#
# *Teach a small network to tell a good film review from a bad one, by the words it contains.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | half a minute | under 1.5 GB | film reviews from IMDB, half of them positive | [lesson 1](01_neural_net_basics.ipynb) |
#
# **After this lesson you can**
#
# 1. turn a review into a vector of zeros and ones, and say what that costs in memory;
# 2. build a network for a yes-or-no question, and explain each part of it;
# 3. read training curves, and find the epoch where overfitting begins;
# 4. measure a model once, on data it has never seen;
# 5. look at its most confident mistakes, and learn from them.

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
import textwrap

import keras
import matplotlib.pyplot as plt
import numpy as np

from helpers import plots
from helpers.data import imdb, imdb_word_index
from helpers.feedback import expect, show_bands
from helpers.progress import Progress
from helpers.text import decode, multi_hot, multi_hot_batches

# %% [markdown]
# ## The data, looked at
#
# People wrote these reviews on the Internet Movie Database (IMDB). Each one has a label: 1 if its
# author liked the film, 0 if not. The loader keeps about 10,000 words, the most frequent ones: from a
# word that it meets once or twice, a network can learn nothing.
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
# Nearly all are the small words that hold any English text together. Then come the words of films. (In
# the original edition you also see `br`. It is no word, but what is left of the mark for a line break on
# a web page.) Now we can go back from numbers to words. Rare words show as "…".

# %%
print(textwrap.fill(decode(x_train[0], word_index)[:400], width=90))

# %% [markdown]
# Punctuation and capital letters are gone. Can you still tell whether the author liked the film? The
# network will see even less, as you will find out below.
#
# How long are the reviews?

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


model = build_model()

# %% [markdown]
# **Predict before you run.** How many parameters has this network? Count weights and biases layer by layer,
# as in lesson 1.

# %%
by_hand = (NUM_WORDS * 16 + 16) + (16 * 16 + 16) + (16 * 1 + 1)
print(f"by hand: {by_hand:,}   Keras: {model.count_params():,}")
assert by_hand == model.count_params()

# %% [markdown]
# Nearly all of them sit in the first layer, one for each word and unit.
#
# Is a layer of Keras really no more than $\text{relu}(XW + b)$? Let us compute the first one by hand, and
# compare.

# %%
W, b = model.layers[0].get_weights()
x = one_batch.astype("float32")
by_hand = np.maximum(x @ W + b, 0)
by_keras = keras.ops.convert_to_numpy(model.layers[0](x))
print(f"x {x.shape}   W {W.shape}   b {b.shape}   output {by_hand.shape}")
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
print("p       cross-entropy  its slope    squared error  its slope")
for p in (0.999, 0.6, 0.1, 0.001):
    cross_entropy, squared = -np.log(p), (1 - p) ** 2
    slopes = p - 1, 2 * (p - 1) * p * (1 - p)
    print(f"{p:<7} {cross_entropy:13.3f} {slopes[0]:10.3f} {squared:16.3f} {slopes[1]:10.3f}")

# %% [markdown]
# Cross-entropy pulls hardest where the model is most wrong. The squared error has almost no slope
# there: a model that is surely wrong stays surely wrong for a long time. That is why a probability is
# trained with cross-entropy.
#
# `compile` puts together the loss, the optimiser and the metrics, as in lesson 1. The optimiser is new.
# `SGD` has one learning rate for all weights. `rmsprop` adapts the step for each weight, and is a good
# first choice.


# %%
def compiled_model() -> keras.Model:
    model = build_model()
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# %% [markdown]
# ## Train, and watch
#
# How long should we train? The training reviews cannot tell: a network can learn them by heart. So, as in
# lesson 1, we set a part of them aside for validation. The test set stays untouched until the very end.

# %%
n_validation = min(10_000, len(x_train) * 2 // 5)
x_validation, x_partial = x_train[:n_validation], x_train[n_validation:]
y_validation, y_partial = y_train[:n_validation], y_train[n_validation:]
print(f"{len(x_partial):,} reviews to learn from, {len(x_validation):,} to validate")

# %% [markdown]
# **Predict before you run.** Each batch changes the weights once. How often do they change in 20 epochs?

# %%
updates_per_epoch = int(np.ceil(len(x_partial) / BATCH_SIZE))
print(f"{updates_per_epoch} updates an epoch, {updates_per_epoch * EPOCHS} in {EPOCHS} epochs")

# %% [markdown]
# Now train. The line under the cell counts the updates, so you can check your answer.

# %%
training = multi_hot_batches(x_partial, y_partial, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
validation = multi_hot_batches(x_validation, y_validation, NUM_WORDS, BATCH_SIZE)

model = compiled_model()
history = model.fit(
    training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[Progress()]
)

# %% [markdown]
# Two pictures tell the story. On the left is the loss, on the right the accuracy, after each epoch.
# Look at the gap between the two curves.

# %%
plots.history(history.history)

# %% [markdown]
# On the training reviews, the model gets better and better, almost to perfection. On the validation
# reviews, the loss turns after a few epochs and climbs. From the dashed line on, the model no longer
# learns what makes a review positive. It learns these reviews by heart: it overfits, and not as mildly as
# in lesson 1.
#
# When does the turn come? Mostly a little later with the offline edition: it is smaller, so an epoch has
# fewer updates. The first of the next lines checks yours.

# %%
best_epoch = plots.best_epoch(history.history)
expect("imdb.best_epoch", best_epoch, edition)
expect("imdb.validation_accuracy", history.history["val_accuracy"][best_epoch - 1], edition)
expect("imdb.final_training_accuracy", history.history["accuracy"][-1], edition)

# %% [markdown]
# ## Train again, then test once
#
# Now we know how long to train. So we start from fresh weights, give the model *all* training reviews,
# the validation part included, and stop at that epoch.

# %% tags=["nbval-ignore-output"]
model = compiled_model()
all_training = multi_hot_batches(x_train, y_train, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
_ = model.fit(all_training, epochs=best_epoch, verbose=0, callbacks=[Progress("trained again")])

# %% [markdown]
# The test set has waited for this moment. As in lesson 1, we use it once, and change nothing afterwards.

# %% tags=["nbval-ignore-output"]
testing = multi_hot_batches(x_test, y_test, NUM_WORDS, BATCH_SIZE)
test_loss, test_accuracy = model.evaluate(testing, verbose=0)
print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")

# %%
expect("imdb.test_accuracy", test_accuracy, edition)
expect("imdb.test_loss", test_loss, edition)

# %% [markdown]
# Guessing gives 0.5. Counting which words occur, and nothing else, brings us close to nine right
# answers in ten.
#
# ## Look at the predictions
#
# For each review the model gives a probability. Is it sure of itself?

# %%
probability = model.predict(testing, verbose=0).ravel()

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
    "Histogram of the predicted probability for negative and positive test reviews: most negative "
    "ones lie near 0, most positive ones near 1, few between.",
)

# %% [markdown]
# Many reviews lie at one of the two ends: the model is sure, and mostly right. The negative reviews at
# the right end, and the positive ones at the left, are the confident mistakes.
#
# Does confidence mean anything? Let us compare the reviews where the model is sure, at least 0.9 for
# one of the two answers, with those where it is not.

# %%
predicted = (probability > 0.5).astype(int)
confidence = np.where(predicted == 1, probability, 1 - probability)
sure = confidence >= 0.9
accuracy_sure = np.mean(predicted[sure] == y_test[sure])
accuracy_unsure = np.mean(predicted[~sure] == y_test[~sure])
expect("imdb.accuracy_when_sure", accuracy_sure, edition)
expect("imdb.accuracy_when_unsure", accuracy_unsure, edition)

# %% [markdown]
# Yes: where the model is sure it is right far more often. A real product would pass the unsure ones to
# a person.
#
# ## Look at the mistakes
#
# The most instructive reviews are those where the model was surest, and wrong.

# %%
wrong = np.flatnonzero(predicted != y_test)
worst = wrong[np.argsort(-confidence[wrong])][:5]
names = np.array(["negative", "positive"])
plots.confident_mistakes(
    texts=[decode(x_test[i], word_index) for i in worst],
    said=names[predicted[worst]],
    confidence=confidence[worst],
    truth=names[y_test[worst]],
)

# %% [markdown]
# Each row is a review, each bar how sure the model was. Here is the first one at greater length.

# %% tags=["nbval-ignore-output"]
print(textwrap.fill(decode(x_test[worst[0]], word_index)[:700], width=90))

# %% [markdown]
# Read a few and you will see a pattern. Some authors praise one thing in a film they dislike, or tell
# what *other* people think. Some mean the opposite of what they write. And some labels are simply odd.
# A vector of words cannot know that "not" stands before "good". For that, word order is needed.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/02_imdb_binary_classification.ipynb) ask
# you to change the number of layers, their size, the loss and the activation. Each answer is checked at
# once.

# %% [markdown]
# ## What you learned
#
# 1. A review becomes a multi-hot vector: one place for each word, 1 if it occurs. As a whole `float64`
#    matrix that is a gigabyte or two; a batch at a time it is a few megabytes.
# 2. A yes-or-no question takes hidden layers with ReLU, one sigmoid unit at the end, and binary
#    cross-entropy as the loss.
# 3. Training loss falls for ever. Validation loss turns, and where it turns, overfitting begins.
# 4. Choose on validation data, train again on everything, and use the test set once.
# 5. Probabilities say how sure a model is, and confident mistakes show what it cannot see.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("imdb.", edition)
