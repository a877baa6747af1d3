# %% [markdown]
# # Reuters: what is this newswire about?
#
# *Sort short news texts into dozens of topics, some of them common and some very rare.*
#
# English · [한국어](ko/03_reuters_multiclass_classification.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | one to three minutes | under 1.5 GB | newswires from Reuters, each with one topic | [lesson 2](02_imdb_binary_classification.ipynb) |
#
# **After this lesson you can**
#
# 1. write the labels of many classes in two ways, and choose the loss that fits each;
# 2. explain softmax and categorical cross-entropy, and compute both by hand;
# 3. choose the width of a layer so that it is no bottleneck, and show what a bottleneck costs;
# 4. compare a model with honest baselines, and see what accuracy hides when classes are imbalanced;
# 5. read a confusion matrix, and find the most confident mistakes.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("03_reuters_multiclass_classification")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 10_000
EPOCHS = 20
BATCH_SIZE = 512

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import textwrap

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import confusion_matrix, f1_score, recall_score
from sklearn.naive_bayes import MultinomialNB

from helpers import interactive, plots
from helpers.data import reuters, reuters_label_names, reuters_word_index
from helpers.feedback import expect, show_bands
from helpers.progress import Progress
from helpers.text import decode, multi_hot, multi_hot_batches

# %% [markdown]
# ## The data, looked at
#
# In 1987, the news agency Reuters sent these short texts to banks and newspapers by wire. People read them
# and gave each one a topic. As in lesson 2, the loader keeps the 10,000 most frequent words, and there
# are two editions. The next line says which one you have.

# %%
(x_train, y_train), (x_test, y_test), edition = reuters(num_words=NUM_WORDS)
topics = np.array(reuters_label_names())
K = len(topics)
print(f"{len(x_train):,} training newswires, {len(x_test):,} test newswires, {K} topics")

# %% [markdown]
# From here on, $K$ is the number of topics.
#
# The *original* edition is one collection, shuffled and then cut in two. The *offline* edition, known as
# R52, has a published split by date: its test newswires are later than all its training newswires.
# That is the more honest test, because a real model is always used on news that came later.
#
# Here is one newswire. The words are numbered as in lesson 2, so the same helper turns them back. In the offline
# edition the numerals, such as 25, have been taken out of the texts.
#
# **Predict before you run.** Read it. What might its topic be?

# %%
word_index = reuters_word_index()
print(x_train[0][:12])
print(textwrap.fill(decode(x_train[0], word_index)[:400], width=90))

# %%
print(f"label {y_train[0]}: {topics[y_train[0]]}")

# %% [markdown]
# A label is a number from 0 to $K - 1$, and the names are short. These are some you will meet often:
#
# | name | about |
# |---|---|
# | earn | what a company earned |
# | acq | one company buys another (an acquisition) |
# | money-fx | currencies and the money market |
# | interest | interest rates |
# | trade | trade between countries |
# | crude | crude oil |
# | ship | ships and ports |
#
# ### Some topics are common, some are rare
#
# **Predict before you run.** If all topics were equally frequent, how many training newswires would each
# have? How many do you think the largest and the smallest topic have?

# %%
counts = np.bincount(y_train, minlength=K)
print(f"if all were equal: {len(y_train) / K:.0f}")
print(f"largest:  {counts.max():,} ({topics[counts.argmax()]})")
print(f"smallest: {counts.min():,} ({topics[counts.argmin()]})")
print(f"the two largest topics hold {np.sort(counts)[-2:].sum() / len(y_train):.0%} of all")

# %% [markdown]
# Such classes are called *imbalanced*. Here are the numbers of training newswires, topic by topic. On an
# ordinary axis the small topics would vanish, so this axis is logarithmic: each grid line is ten times the one
# to its left.

# %%
plots.class_counts(dict(zip(topics, counts, strict=True)), "newswires")

# %% [markdown]
# The original edition has at least 10 newswires for each topic, training and test together. The offline
# edition keeps every topic that occurs at least once in each half, the training and the test newswires. How
# many rare topics does yours have?

# %%
in_both_halves = counts + np.bincount(y_test, minlength=K)
print(f"fewest newswires of a topic, in both halves together: {in_both_halves.min()}")
print(f"topics with fewer than 10: {np.sum(in_both_halves < 10)} of {K}")
print(f"topics with fewer than 20 for training: {np.sum(counts < 20)} of {K}")

# %% [markdown]
# A network sees a rare topic a few times only. Remember this when we look at what it gets wrong.
#
# ## From labels to vectors
#
# The texts become multi-hot vectors, as in lesson 2. And the labels? Could the network give one number, the
# label itself? Then topic 3 would lie between 2 and 4, and being wrong by one would be a small mistake. But
# the numbers are only names. So the network gets one output for each topic.
#
# In lesson 1 you saw two kinds of labels that go with such outputs, one-hot labels and integers. Now we
# write them by hand, to see why both give the same loss. First the one-hot labels: a row of places for each
# label, with 1 at the true topic and 0 everywhere else.
#
# **Predict before you run.** What does the label 2 look like, if there are 5 topics?


# %%
def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    rows = np.zeros((len(labels), classes), dtype="float32")
    for row, label in enumerate(labels):
        rows[row, label] = 1
    return rows


print(one_hot(np.array([2, 0, 4]), classes=5))

# %% [markdown]
# Does `to_categorical` of Keras agree with our loop, on all training labels?

# %%
y_one_hot = keras.utils.to_categorical(y_train, K)
print("same:", np.array_equal(one_hot(y_train, K), y_one_hot))
print(f"integer labels: {y_train.shape}   one-hot labels: {y_one_hot.shape}")

# %% [markdown]
# A one-hot label takes $K$ numbers. An integer is enough, if the loss looks up the right place. We will do that
# by hand, too. First we need a model.
#
# ## The model
#
# It is the network of lesson 2 with two changes: more units in the hidden layers, and $K$ outputs.
#
# Why more units? Each layer sees only what the layer before it passes on. What is lost in one layer, no
# later layer can bring back. With 16 units, a newswire must squeeze through 16 numbers, and those must
# still tell dozens of topics apart. A layer that is too narrow is a *bottleneck*. So we take 64 units,
# somewhat more than there are topics. The width of the second layer is a parameter of our function,
# because we will try a real bottleneck later.


# %%
def build_model(middle_units: int = 64) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(shape=(NUM_WORDS,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(middle_units, activation="relu"),
            keras.layers.Dense(K, activation="softmax"),
        ]
    )


untrained = build_model()

# %% [markdown]
# **Predict before you run.** How many numbers will it learn?

# %%
parameters = (NUM_WORDS * 64 + 64) + (64 * 64 + 64) + (64 * K + K)
print(f"by hand: {parameters:,}   Keras: {untrained.count_params():,}")
assert parameters == untrained.count_params()

# %% [markdown]
# ### Softmax: from numbers to probabilities
#
# The last layer first computes $K$ numbers $z_1, \dots, z_K$, one *score* for each topic. They can be any
# numbers, also negative ones. Softmax, which you met in lesson 1, turns them into probabilities:
#
# $$p_k = \frac{e^{z_k}}{e^{z_1} + e^{z_2} + \dots + e^{z_K}}$$
#
# - $z_k$ is the score of topic $k$, and $e^{z_k}$ makes it positive;
# - the sum below the line runs over all topics, so the results sum to 1;
# - $p_k$ is the predicted probability of topic $k$.
#
# **Predict before you run.** Three topics have the scores 2, 1 and 0. By which factor is the first more
# probable than the second? And the second than the third?

# %%
scores = np.array([2.0, 1.0, 0.0])
p = np.exp(scores) / np.exp(scores).sum()
print("probabilities:", p.round(3), " sum:", p.sum().round(6))
print("factors:", (p[0] / p[1]).round(3), (p[1] / p[2]).round(3))

# %% [markdown]
# Both times the factor is $e \approx 2.718$: only the differences between scores count. With two topics,
# softmax is just the sigmoid of lesson 1, applied to the difference of the two scores.
#
# **Predict before you run.** What does the formula give for the scores 1,002, 1,001 and 1,000? And for these scores
# minus the largest of them?

# %%
large = scores + 1000
with np.errstate(all="ignore"):  # NumPy would warn, rightly
    print("as it stands:     ", np.exp(large) / np.exp(large).sum())
large -= large.max()
print("minus the largest:", (np.exp(large) / np.exp(large).sum()).round(3))

# %% [markdown]
# $e^{1002}$ is more than a computer can hold, and infinity divided by infinity is not a number (`nan`). Since only differences
# count, every library takes the largest score away first. Then the largest power is $e^0 = 1$.
#
# ### Try it: the temperature
#
# Adding a number to all scores changes nothing. Multiplying does. Often one divides all scores by a number $T$, the
# *temperature*, before the softmax. Language models have such a dial, too. Leave the scores as they are, and move the
# temperature: give the first topic more than 0.99. Then make all three nearly equal. Does the order of the topics
# ever change?

# %%
interactive.softmax(scores, ["topic 1", "topic 2", "topic 3"])

# %% [markdown]
# A low temperature makes softmax sure: near 0 the first topic takes all. A high one makes it undecided: every topic
# comes near one third. The order stays, because all differences shrink or grow alike. So the temperature does not
# change the accuracy. It changes how sure the model sounds.
#
# ### Categorical cross-entropy
#
# How wrong are $K$ probabilities? Let $y_k$ be the one-hot label: 1 for the true topic, 0 for the others.
#
# $$\text{loss} = -\big(y_1 \log p_1 + y_2 \log p_2 + \dots + y_K \log p_K\big) = -\log p_{\text{true}}$$
#
# All terms but one are multiplied by 0. What remains is $p_{\text{true}}$, the probability that the model
# gave to the true topic. The loss of a batch is the mean over its newswires.
#
# So the sum over the one-hot vector is a detour: it is enough to look up one probability. That is what the
# sparse loss does with integer labels. Here are three ways to the loss of our untrained model: the look-up
# by hand, and the two losses of Keras.

# %%
batches = multi_hot_batches(x_train, y_train, NUM_WORDS, BATCH_SIZE)
one_batch, its_labels = next(batches.as_numpy_iterator())
at_first = untrained.predict(one_batch, verbose=0)

looked_up = -np.mean(np.log(at_first[np.arange(BATCH_SIZE), its_labels]))
categorical = keras.losses.CategoricalCrossentropy()(one_hot(its_labels, K), at_first)
sparse = keras.losses.SparseCategoricalCrossentropy()(its_labels, at_first)

print("one-hot and integer labels agree to 1e-6:", abs(float(categorical - sparse)) < 1e-6)
print("by hand and Keras agree to 1e-6:", abs(float(looked_up - sparse)) < 1e-6)

# %% [markdown]
# Same maths, same numbers. As in lesson 1 we keep the integers, and so the loss is
# `sparse_categorical_crossentropy`. With one-hot labels it would be `categorical_crossentropy`.
#
# **Predict before you run.** The untrained model knows nothing, so it gives about the same probability to
# every topic. How large is its loss?

# %%
print(f"log K = log {K} = {np.log(K):.3f}")
expect("reuters.untrained_loss", sparse, edition)

# %% [markdown]
# About $-\log(1/K) = \log K$. This is a handy check of any classifier: if the first loss is far from it,
# the labels or the outputs are not what you think.


# %%
def compiled_model(middle_units: int = 64) -> keras.Model:
    model = build_model(middle_units)
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% [markdown]
# ## Train, and watch
#
# There are fewer newswires than film reviews, so we set fewer aside for validation: 1,000. All choices
# below are made on them. The test set waits.

# %%
x_validation, x_partial = x_train[:1000], x_train[1000:]
y_validation, y_partial = y_train[:1000], y_train[1000:]
training = multi_hot_batches(x_partial, y_partial, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
validation = multi_hot_batches(x_validation, y_validation, NUM_WORDS, BATCH_SIZE)
print(f"{len(x_partial):,} newswires to learn from, {len(x_validation):,} to validate")
print(f"{len(training)} weight updates an epoch")

# %%
network = compiled_model()
first = network.fit(
    training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[Progress()]
)


def sureness_when_wrong(model: keras.Model) -> float:
    """Return the mean probability of the topics that a model says wrongly, on validation data."""
    said = model.predict(validation, verbose=0)
    return said.max(axis=1)[said.argmax(axis=1) != y_validation].mean()


sure_before = sureness_when_wrong(network)

# %%
plots.history(first.history)

# %% [markdown]
# Has the validation loss turned? The fewer newswires there are, the fewer updates an epoch has, and the curve may
# still fall at the right edge. A curve that still falls does not tell you where it turns.
#
# So we go on. As you know from lesson 1, a second call of `fit` starts from the weights the model has now.
# We put both histories together.
#
# **Predict before you run.** What will the four curves do in the next 20 epochs?

# %%
second = network.fit(
    training,
    validation_data=validation,
    epochs=EPOCHS,
    verbose=0,
    callbacks=[Progress("trained on")],
)
history = {key: first.history[key] + second.history[key] for key in first.history}
both_trainings = plots.history(history)
both_trainings.axes[0].set_ylim(0, 1.5 * max(history["val_loss"][5:]))  # the first epochs are off
plots.described(
    both_trainings,
    f"Line charts of loss and accuracy over both trainings, {2 * EPOCHS} epochs in all, for training and "
    "validation data; a dashed line marks the epoch with the lowest validation loss.",
)

# %% [markdown]
# The training loss goes down and down. The validation loss reaches its lowest point at the dashed line and
# rises from there: as in lesson 2, that turn is where overfitting begins to do harm. (The first epochs are above the
# left panel's edge, so that you see the rest.)
#
# On the right, the validation accuracy moves much less. The model does not get many more answers wrong. It gets more
# sure of its wrong answers, and that is what the loss sees. The next lines check it. The first says whether the
# accuracy falls by a smaller share than the loss rises from its lowest point. The second is the share by which the
# loss rises. Then come the mean probability that the model gives to its wrong answers after the first training, and by
# how much the second training raises this probability. (If your first training ended before the turn, a part of this
# rise came before it. By itself, more confidence does no harm: the loss turns when what it adds to the loss of the
# wrong answers is more than what it takes from that of the right ones.)

# %%
best_epoch = plots.best_epoch(history)
rise = history["val_loss"][-1] / history["val_loss"][best_epoch - 1] - 1
fall = 1 - history["val_accuracy"][-1] / history["val_accuracy"][best_epoch - 1]
print("the accuracy falls by a smaller share than the loss rises:", fall < rise)
expect("reuters.validation_loss_rise", rise, edition)
sure_after = sureness_when_wrong(network)
expect("reuters.sure_when_wrong", sure_before, edition)
expect("reuters.surer_when_wrong", sure_after - sure_before, edition)
expect("reuters.best_epoch", best_epoch, edition)
expect("reuters.validation_accuracy", history["val_accuracy"][best_epoch - 1], edition)

# %% [markdown]
# ### Would something simpler do?
#
# As in lesson 2 we ask two simpler models, on the validation newswires: naive Bayes, which only counts, here as
# scikit-learn has it; and a softmax without hidden layers. (Naive Bayes adds `alpha` to each count, so that no word
# makes a topic impossible. The usual 1 is too much for topics with a handful of newswires. We have tried a few values,
# on these same validation newswires. That can only favour it.)
#
# **Predict before you run.** In lesson 2, one unit was as good as the network. And here, with dozens of topics?

# %%
counted = MultinomialNB(alpha=0.1).fit(multi_hot(x_partial, NUM_WORDS), y_partial)
bayes = counted.score(multi_hot(x_validation, NUM_WORDS), y_validation)

no_hidden = keras.Sequential(
    [keras.Input(shape=(NUM_WORDS,)), keras.layers.Dense(K, activation="softmax")]
)
no_hidden.compile(
    optimizer=keras.optimizers.RMSprop(0.01),  # as in lesson 2, larger steps
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
one_layer = no_hidden.fit(
    training,
    validation_data=validation,
    epochs=EPOCHS // 2,
    verbose=0,
    callbacks=[Progress("no hidden layers")],
).history["val_accuracy"][-1]
reached = history["val_accuracy"][best_epoch - 1]
expect("reuters.naive_bayes", bayes, edition)
expect("reuters.no_hidden_layers", one_layer, edition)
expect("reuters.gain_of_hidden_layers", reached - one_layer, edition)

# %% [markdown]
# Counting stays behind, by one to four hundredths in all our runs. Without hidden layers, learning gives about what
# the network gives: the last line is the difference. On 1,000 newswires the standard error of lesson 2 is about a
# hundredth, so a difference of one or two hundredths is no more than a hint.
#
# ## How narrow is too narrow?
#
# We said that a narrow layer is a bottleneck. That is a claim, so let us test it. The same network, the
# same data, the same number of epochs, but the second hidden layer has 4 units instead of 64. We train two, from
# different random weights.
#
# **Predict before you run.** Only four numbers must tell all topics apart. How far will the accuracy fall, on the
# validation newswires, and on those it learns from?

# %%
narrow_networks = [compiled_model(middle_units=4) for _ in range(2)]


def trained_on(number: int, epochs: int, title: str) -> np.ndarray:
    """Train a narrow network on; return its accuracy by epoch, in training and in validation."""
    bar = Progress(f"narrow network {number + 1}, {title}")
    curves = narrow_networks[number].fit(
        training, validation_data=validation, epochs=epochs, verbose=0, callbacks=[bar]
    )
    return np.array([curves.history["accuracy"], curves.history["val_accuracy"]])


begun = np.array([trained_on(number, EPOCHS, "as the wide one") for number in range(2)])
wide = np.array([first.history["accuracy"], first.history["val_accuracy"]])
expect("reuters.narrow_training", begun[:, 0, -1].mean(), edition)
expect("reuters.narrow_validation", begun[:, 1, -1].mean(), edition)

# %% [markdown]
# Much lower than the wide network, on both. Have we measured how much fits through four units? The low *training*
# accuracy should make you suspicious: it may only say that the training is not finished. So we train on, for twice as
# many epochs again. The steps begin larger and fall to 0, along the cosine of lesson 1, and with them the training
# comes to an end.
#
# **Predict before you run.** Which of the two accuracies will rise, and how far?

# %%
falling = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=2 * EPOCHS * len(training))
for narrow_network in narrow_networks:
    narrow_network.compile(
        optimizer=keras.optimizers.RMSprop(falling),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
went_on = np.array([trained_on(number, 2 * EPOCHS, "trained on") for number in range(2)])
narrow = np.concatenate([begun, went_on], axis=2)  # (network, training or validation, epoch)
last_rise = narrow[:, 0, -1] - narrow[:, 0, -1 - EPOCHS // 2]
expect("reuters.narrow_training_finished", narrow[:, 0, -1].mean(), edition)
expect("reuters.narrow_last_rise", last_rise.mean(), edition)
expect("reuters.bottleneck_cost", wide[1, -1] - narrow[:, 1, -1].mean(), edition)

# %% tags=["nbval-ignore-output"]
print("middle layer                training accuracy    validation accuracy")
print(f"64 units, {EPOCHS} epochs {wide[0, -1]:23.3f} {wide[1, -1]:22.3f}")
for title, by_epoch in ((f"4 units, {EPOCHS} epochs ", begun), ("4 units, trained on ", narrow)):
    for training_accuracy, validation_accuracy in by_epoch[:, :, -1]:
        print(f"{title} {training_accuracy:22.3f} {validation_accuracy:22.3f}")

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for part, (name, colour) in enumerate((("training", plots.BLUE), ("validation", plots.VERMILION))):
    ax.plot(np.arange(1, 3 * EPOCHS + 1), narrow[:, part].T, color=colour, lw=1.5)
    ax.plot([], [], color=colour, label=f"4 units, {name}")  # one entry for both networks
    ax.axhline(wide[part, -1], color=colour, ls="--", lw=1, label=f"64 units, {name}")
ax.axvline(EPOCHS, color=plots.GREY, ls=":")
ax.set(xlabel="epoch", ylabel="accuracy", ylim=(0.3, 1.01))
ax.legend(loc="lower right", ncols=2)
plots.described(
    fig,
    "Lines for the accuracy by epoch of two networks with 4 units in the middle, in training and in validation, and "
    "dashed lines for what 64 units had reached at the dotted line. Trained on, the narrow networks come near to the "
    "wide one in training, and stay behind in validation.",
)

# %% [markdown]
# The dotted line is where the wide network was stopped. Behind it the steps are ten times as large at first. The
# narrow networks may fall, then rise steeply, and in the end hardly at all. (The axis begins at 0.3; in the first
# epochs a narrow network may lie below.) The second line of the check is the rise of the training accuracy in the last
# ten epochs. The steps end at 0, so the curve must become flat. Does that hide an unfinished training? We tried longer
# ones, with one network in each edition. In training, some came closer still to the wide network. In validation, none
# ended better by more than a hundredth. So four numbers can tell most of the training newswires apart: most of the
# lost training accuracy was only unfinished training. On *new* newswires less of the lost accuracy comes back. What is
# still missing there is the last line of the check, and that is the cost of the bottleneck. (If your narrow networks
# did better on new newswires somewhere in the middle, a part of the cost is overfitting.)
#
# **A story about checking.** The notebook that this part of the course goes back to says in its text that the
# bottleneck network reaches an accuracy of 0.71. The output printed beside that sentence shows 0.61. Which is right?
# The text does not say how many networks were trained, so nobody can tell. And neither measures what the text wanted
# to know, because the training was not finished. A number in a text that nobody compares with the output says nothing.
# That is why a claim in this course stands beside a line that checks it, and why you should ask of every number what
# else could have caused it.
#
# ## Train again, then test once
#
# As in lesson 2: fresh weights, all training newswires, the number of epochs we found.

# %%
final = compiled_model()
all_training = multi_hot_batches(x_train, y_train, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
_ = final.fit(all_training, epochs=best_epoch, verbose=0, callbacks=[Progress("trained again")])

# %% [markdown]
# ### What would guessing give?
#
# With two equally frequent classes, guessing gives 0.5. What is it here? Three ways to guess:
#
# - **any topic**, each with the same chance;
# - **shuffled labels**: keep the true labels of the test set, but deal them out at random. Common topics
#   are then guessed often, rare ones seldom;
# - **the majority**: always say the topic that is largest in the training set.
#
# **Predict before you run.** Which of the three is best, and how good is it?

# %%
rng = np.random.default_rng(SEED)
shuffled = np.mean([np.mean(rng.permutation(y_test) == y_test) for _ in range(1000)])
majority = np.mean(y_test == counts.argmax())
print(f"any topic       {1 / K:.3f}")
print(f"shuffled labels {shuffled:.3f}  (mean of 1,000 shuffles)")
print(f"majority        {majority:.3f}  (always {topics[counts.argmax()]})")

# %% [markdown]
# The second number can be computed without a single shuffle. Let $q_k$ be the share of topic $k$. A
# newswire has topic $k$ with probability $q_k$, and is dealt topic $k$ with probability $q_k$. Both
# together happen with $q_k^2$, and the hits of all topics add up.

# %%
q = np.bincount(y_test, minlength=K) / len(y_test)
print(f"sum of squared shares: {np.sum(q**2):.3f}")
expect("reuters.shuffled_baseline", shuffled, edition)

# %% [markdown]
# A simple guess to compare with is called a *baseline*. A model has to beat the *best* one, and that is the majority.
# Now the test, once.

# %% tags=["nbval-ignore-output"]
testing = multi_hot_batches(x_test, y_test, NUM_WORDS, BATCH_SIZE)
test_loss, test_accuracy = final.evaluate(testing, verbose=0)
print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")

# %%
expect("reuters.test_accuracy", test_accuracy, edition)
expect("reuters.gain_over_majority", test_accuracy - majority, edition)

# %% [markdown]
# Far above every guess. Compare it with the validation accuracy: the test accuracy is lower. Part of that may be
# chance, and part may come from choosing the epoch on the validation set. And in the offline edition the test news is
# *later* news, about other events.
#
# ## Look at the predictions
#
# For each newswire the model gives $K$ probabilities.
#
# **Predict before you run.** What is the shape of all predictions for the test set? What does each row sum
# to?

# %%
probability = final.predict(testing, verbose=0)
print("shape:", probability.shape)
print("every row sums to 1:", np.allclose(probability.sum(axis=1), 1, atol=1e-5))

# %% [markdown]
# The answer is the topic with the largest probability, the argmax of the row, as in lesson 1. Here are the
# largest probabilities of the test newswire that the model is least sure of.

# %% tags=["nbval-ignore-output"]
predicted = probability.argmax(axis=1)
unsure = probability.max(axis=1).argmin()
for topic in np.argsort(-probability[unsure])[:5]:
    print(f"{topics[topic]:16} {probability[unsure, topic]:.4f}")
print(f"argmax: {topics[predicted[unsure]]}, truth: {topics[y_test[unsure]]}")

# %% [markdown]
# An editor who gets a list of three topics to choose from is often helped enough. So one also counts how often the
# truth is among the three topics with the largest probabilities: the *top-3 accuracy*.

# %%
top_three = np.argsort(-probability, axis=1)[:, :3]
expect("reuters.top_3_accuracy", (top_three == y_test[:, None]).any(axis=1).mean(), edition)

# %% [markdown]
# ### Which topics are mixed up?
#
# Here is the confusion matrix again, as in lesson 1: a row for each true topic, a column for what the model
# said, right answers on the diagonal. All topics would make an unreadable table, so we take the eight
# largest and put the rest together as "other". (So the last cell of the diagonal also holds the newswires of one small
# topic that were taken for another small topic.)
#
# **Predict before you run.** Which two of these topics should be hardest to tell apart?

# %%
largest = np.argsort(-counts, kind="stable")[:8]
names = [*topics[largest], "other"]
group = np.full(K, 8)  # the number of each topic's row: 8 is "other"
group[largest] = np.arange(8)
plots.confusion_matrix(confusion_matrix(group[y_test], group[predicted]), names)

# %% [markdown]
# The bright diagonal is the good news. Off the diagonal, look for pairs: currencies and interest rates
# share many words, and crude oil travels by ship. In the last row, many newswires about small topics are taken
# for newswires about large ones.
#
# ### What accuracy hides
#
# In lesson 1 you measured the recall of each class: the share of its examples that the model finds. Here it
# is for each topic, against how many training newswires the topic has.
#
# **Predict before you run.** Do rare topics suffer?

# %%
recall = recall_score(y_test, predicted, labels=np.arange(K), average=None, zero_division=0)

fig, ax = plt.subplots(figsize=(6.5, 3.6))
in_test = np.bincount(y_test, minlength=K)
ax.scatter(counts, recall, s=12 + 2 * in_test**0.75, color=plots.BLUE, alpha=0.7)
for topic in largest[:2]:
    point = counts[topic], recall[topic]
    ax.annotate(topics[topic], point, xytext=(0, -28), textcoords="offset points", ha="center")
ax.set(xscale="log", ylim=(-0.05, 1.05))
ax.set(xlabel="training newswires of the topic (log scale)", ylabel="recall on the test set")
plots.described(
    fig,
    "Scatter plot with one point a topic: recall on the test set against the number of training "
    "newswires; the larger the point, the more test newswires. Large topics lie at the top right, small ones are spread "
    "down to the bottom left.",
)

# %% [markdown]
# They do. (The larger a point, the more test newswires the topic has. A small point at 0 or 1 may stand for a single
# newswire.) The next line checks it: the mean recall of topics with at least 100 training newswires, minus
# that of topics with fewer than 20.
#
# Accuracy hides this, because it counts newswires and rare topics have few. A fairer number for them is
# *macro-F1*. The F1 score of a topic combines its recall with its *precision*, the share of right answers
# among the newswires the model put there. Macro-F1 is the plain mean over all topics, so that each topic
# counts the same.

# %%
expect("reuters.recall_gap", recall[counts >= 100].mean() - recall[counts < 20].mean(), edition)
macro_f1 = f1_score(y_test, predicted, labels=np.arange(K), average="macro", zero_division=0)
expect("reuters.macro_f1", macro_f1, edition)

# %% [markdown]
# Macro-F1 is far below the accuracy. In the exercises you will try to raise it.
#
# ## Look at the mistakes
#
# Where was the model surest, and wrong? As in lesson 2 we take out each word in turn, and look at what that does
# to the difference between two scores: that of the topic the model said, and that of the true one.


# %%
def effects(text: np.ndarray, said: int, truth: int) -> np.ndarray:
    """Return for each place of a text how much its word speaks for one topic against another."""
    words, place = np.unique(text, return_inverse=True)
    rows = np.repeat(multi_hot([text], NUM_WORDS), len(words) + 1, axis=0)
    rows[np.arange(len(words)), words] = 0  # the last row stays whole
    log_p = np.log(np.maximum(final.predict(rows, verbose=0), 1e-30))
    lead = log_p[:, said] - log_p[:, truth]  # a difference of scores: the rest of softmax cancels
    return (lead[-1] - lead[:-1])[place]


# %% tags=["nbval-ignore-output"]
wrong = np.flatnonzero(predicted != y_test)
confidence = probability.max(axis=1)
surest = wrong[np.argsort(-confidence[wrong])][:4]
word_at = {rank + 3: word for word, rank in word_index.items()}
plots.weighted_words(
    [[word_at.get(i, "…") for i in x_test[row][1:100]] for row in surest],
    [effects(x_test[row], predicted[row], y_test[row])[1:100] for row in surest],
    [
        f"said {topics[predicted[row]]} ({confidence[row]:.4f}), is {topics[y_test[row]]}"
        for row in surest
    ],
    sides=("speaks for the topic it said", "speaks for the true topic"),
)

# %% [markdown]
# (Only the first 99 words of a newswire are shown. The model read all of it.) Read them as an editor would. Does the
# topic that the model says fit, too? A company that buys another may also report what it earned, and a fall of the
# dollar is news about currencies *and* trade, but a label names only one topic. Or is the label plainly odd? Then the
# mistake is not the model's.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/03_reuters_multiclass_classification.ipynb) ask you
# to change the width and the number of layers, to compute macro-F1 by hand, to find out why a network that learned
# well is judged as if it had learned nothing, and to help the rare topics. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("03_reuters_multiclass_classification")

# %% [markdown]
# ## What you learned
#
# 1. Labels of many classes are one-hot vectors with `categorical_crossentropy`, or integers with
#    `sparse_categorical_crossentropy`. The numbers are the same.
# 2. Softmax turns $K$ scores into probabilities that sum to 1. The loss is $-\log$ of the probability of
#    the true class, about $\log K$ before training.
# 3. A layer passes on only what fits through it. Before you say what a bottleneck costs, look at the training
#    accuracy, and finish the training: here four units come to know most training newswires, and stay behind on new
#    ones.
# 4. The baseline to beat is the best simple guess. With imbalanced classes that is the majority, and
#    accuracy hides how rare classes fare: recall for each class and macro-F1 show it.
# 5. The confusion matrix shows which classes are mixed up, top-3 accuracy says how often the truth is near, and the
#    most confident mistakes show which words misled.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("reuters.", edition)
