# %% [markdown]
# # Reuters: what is this newswire about?
#
# *Sort short news texts into dozens of topics, some of them common and some very rare.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | under a minute | under 1 GB | newswires from Reuters, each with one topic | [lesson 2](02_imdb_binary_classification.ipynb) |
#
# **After this lesson you can**
#
# 1. write the labels of many classes in two ways, and choose the loss that fits each;
# 2. explain softmax and categorical cross-entropy, and compute both by hand;
# 3. choose the width of a layer so that it is no bottleneck, and show what a bottleneck costs;
# 4. compare a model with honest baselines, and see what accuracy hides when classes are imbalanced;
# 5. read a confusion matrix, and find the most confident mistakes.

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

from helpers import plots
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
# Here is one newswire. The words are numbered as in lesson 2, so the same helper turns them back. In the
# offline edition, figures have been taken out of the texts.
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
# Such classes are called *imbalanced*. Here are the training newswires of each topic. On a plain axis the
# small topics would vanish, so this one is logarithmic: each grid line is ten times the one below.

# %%
plots.class_counts(dict(zip(topics, counts, strict=True)), "newswires", log=True)

# %% [markdown]
# The original edition has at least 10 newswires for each topic, training and test together. The offline
# edition keeps every topic that occurs in both halves at all. How many rare topics does yours have?

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


model = build_model()

# %% [markdown]
# **Predict before you run.** How many numbers will it learn?

# %%
by_hand = (NUM_WORDS * 64 + 64) + (64 * 64 + 64) + (64 * K + K)
print(f"by hand: {by_hand:,}   Keras: {model.count_params():,}")
assert by_hand == model.count_params()

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
predicted = model.predict(one_batch, verbose=0)

by_hand = -np.mean(np.log(predicted[np.arange(BATCH_SIZE), its_labels]))
categorical = keras.losses.CategoricalCrossentropy()(one_hot(its_labels, K), predicted)
sparse = keras.losses.SparseCategoricalCrossentropy()(its_labels, predicted)

print("one-hot and integer labels agree to 1e-6:", abs(float(categorical - sparse)) < 1e-6)
print("by hand and Keras agree to 1e-6:", abs(float(by_hand - sparse)) < 1e-6)

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
model = compiled_model()
first = model.fit(
    training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[Progress()]
)

# %%
plots.history(first.history)

# %% [markdown]
# Has the validation loss turned? With the original data it has, about half way. With the smaller offline
# edition an epoch has fewer updates, and the curve may still fall at the right edge. A curve that still
# falls does not tell you where it turns.
#
# So we go on. As you know from lesson 1, a second call of `fit` starts from the weights the model has now.
# We put both histories together.
#
# **Predict before you run.** What will the four curves do in the next 20 epochs?

# %%
second = model.fit(
    training,
    validation_data=validation,
    epochs=EPOCHS,
    verbose=0,
    callbacks=[Progress("trained on")],
)
history = {key: first.history[key] + second.history[key] for key in first.history}
plots.described(
    plots.history(history),
    f"Line charts of loss and accuracy over both trainings, {2 * EPOCHS} epochs in all, for training and "
    "validation data; a dashed line marks the epoch with the lowest validation loss.",
)

# %% [markdown]
# The training loss goes down and down. The validation loss reaches its lowest point at the dashed line and
# rises from there: the model overfits. With the original data this begins early, and the curve climbs
# clearly. Offline it begins later, and the curve only creeps up.
#
# On the right, the validation accuracy moves much less. The model does not get many more answers wrong.
# It gets more sure of its wrong answers, and that is what the loss sees. The next lines check both: by
# which share the loss rises from its lowest point, and that the accuracy falls by a smaller share.

# %%
best_epoch = plots.best_epoch(history)
rise = history["val_loss"][-1] / history["val_loss"][best_epoch - 1] - 1
fall = 1 - history["val_accuracy"][-1] / history["val_accuracy"][best_epoch - 1]
print("the accuracy falls by a smaller share than the loss rises:", fall < rise)
expect("reuters.validation_loss_rise", rise, edition)
expect("reuters.best_epoch", best_epoch, edition)
expect("reuters.validation_accuracy", history["val_accuracy"][best_epoch - 1], edition)

# %% [markdown]
# ## How narrow is too narrow?
#
# We said that a narrow layer is a bottleneck. That is a claim, so let us test it. The same network, the
# same data, the same 20 epochs, but the second hidden layer has 4 units instead of 64.
#
# **Predict before you run.** Only four numbers must tell all topics apart. How far will the validation
# accuracy fall?
#
# We train it three times, each time from other random weights. Why three? You will see.

# %%
narrow_models = [compiled_model(middle_units=4) for _ in range(3)]
narrow = [
    model.fit(
        training,
        validation_data=validation,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[Progress(f"narrow network {number}")],
    ).history["val_accuracy"][-1]
    for number, model in enumerate(narrow_models, start=1)
]
wide = first.history["val_accuracy"][-1]

# %% [markdown]
# A ReLU unit that gives 0 for every newswire has no slope, so its own weights stop changing. It is called *dead*.
# Among 64 units nobody misses one. Among 4? We count the units that are 0 on the whole validation set,
# beside the accuracy of each network.


# %% tags=["nbval-ignore-output"]
def dead_units(model: keras.Model) -> int:
    first_layer, second_layer, _ = model.layers
    output = second_layer(first_layer(multi_hot(x_validation, NUM_WORDS)))
    return int(np.sum(keras.ops.convert_to_numpy(output).max(axis=0) == 0))


print("middle layer  validation accuracy  dead units")
print(f"{64:12} {wide:20.3f}")
for accuracy, narrow_model in zip(narrow, narrow_models, strict=True):
    print(f"{4:12} {accuracy:20.3f} {dead_units(narrow_model):11}")

# %% [markdown]
# Even the luckiest narrow network stays behind the wide one. The second line checks by how much.

# %%
expect("reuters.narrow_best_accuracy", max(narrow), edition)
expect("reuters.bottleneck_cost", wide - max(narrow), edition)

# %% [markdown]
# **A story about checking.** The notebook that this part of the course goes back to says in its text that
# the bottleneck network reaches an accuracy of 0.71. The output printed beside that sentence shows 0.61.
# Which is right?
#
# We measured. With the original data, both happen. Networks whose four units all stay alive come out near
# the first number. Networks with dead units come out near the second, or far below. So a single run of
# this experiment says little, and a sentence about it that nobody compares with the output says nothing
# at all. That is why this lesson trains three, and why a claim in this course stands beside a line that
# checks it.
#
# ## Train again, then test once
#
# As in lesson 2: fresh weights, all training newswires, the number of epochs we found.

# %% tags=["nbval-ignore-output"]
model = compiled_model()
all_training = multi_hot_batches(x_train, y_train, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
_ = model.fit(all_training, epochs=best_epoch, verbose=0, callbacks=[Progress("trained again")])

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
test_loss, test_accuracy = model.evaluate(testing, verbose=0)
print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")

# %%
expect("reuters.test_accuracy", test_accuracy, edition)
expect("reuters.gain_over_majority", test_accuracy - majority, edition)

# %% [markdown]
# Far above every guess. Compare it with the validation accuracy: it lies lower. Part of that
# may be chance, since an accuracy measured on 1,000 newswires is known to about two hundredths only. Part
# is that we chose the epoch on the validation set. And in the offline edition the test news is *later*
# news, about other events.
#
# ## Look at the predictions
#
# For each newswire the model gives $K$ probabilities.
#
# **Predict before you run.** What is the shape of all predictions for the test set? What does each row sum
# to?

# %%
probability = model.predict(testing, verbose=0)
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
# ### Which topics are mixed up?
#
# Here is the confusion matrix again, as in lesson 1: a row for each true topic, a column for what the model
# said, right answers on the diagonal. All topics would make an unreadable table, so we take the eight
# largest and put the rest together as "other".
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
# share many words, and crude oil travels by ship. In the last row, many small topics are mistaken for
# large ones.
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
ax.scatter(counts, recall, color=plots.BLUE, alpha=0.7)
for topic in largest[:2]:
    point = counts[topic], recall[topic]
    ax.annotate(topics[topic], point, xytext=(4, -15), textcoords="offset points", ha="right")
ax.set(xscale="log", ylim=(-0.05, 1.05))
ax.set(xlabel="training newswires of the topic (log scale)", ylabel="recall on the test set")
plots.described(
    fig,
    "Scatter plot with one point a topic: recall on the test set against the number of training "
    "newswires. Large topics lie at the top right, small ones are spread down to the bottom left.",
)

# %% [markdown]
# They do. The next line checks it: the mean recall of topics with at least 100 training newswires, minus
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
# Far below the accuracy. In the exercises you will try to raise it.
#
# ## Look at the mistakes
#
# Where was the model surest, and wrong?

# %%
wrong = np.flatnonzero(predicted != y_test)
confidence = probability.max(axis=1)
worst = wrong[np.argsort(-confidence[wrong])][:5]
plots.confident_mistakes(
    texts=[decode(x_test[i], word_index) for i in worst],
    said=topics[predicted[worst]],
    confidence=confidence[worst],
    truth=topics[y_test[worst]],
)

# %% [markdown]
# Read them as an editor would. Often the topic that the model says fits, too: a company that buys another
# also reports what it earned, and a fall of the dollar is news about currencies *and* trade. The label
# names only one topic. And now and then the label is plainly odd: then the mistake is not the model's.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/03_reuters_multiclass_classification.ipynb)
# ask you to change the width and the number of layers, and to give rare topics more weight. Each answer
# is checked at once.

# %% [markdown]
# ## What you learned
#
# 1. Labels of many classes are one-hot vectors with `categorical_crossentropy`, or integers with
#    `sparse_categorical_crossentropy`. The numbers are the same.
# 2. Softmax turns $K$ scores into probabilities that sum to 1. The loss is $-\log$ of the probability of
#    the true class, about $\log K$ before training.
# 3. A layer passes on only what fits through it. With 4 units in the middle, accuracy falls, and luck
#    decides how far: run such an experiment more than once.
# 4. The baseline to beat is the best simple guess. With imbalanced classes that is the majority, and
#    accuracy hides how rare classes fare: recall for each class and macro-F1 show it.
# 5. The confusion matrix shows which classes are mixed up, and confident mistakes show why: often a
#    text has more than one topic.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("reuters.", edition)
