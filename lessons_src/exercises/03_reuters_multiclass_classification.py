# %% [markdown]
# # Exercises: Reuters, what is this newswire about?
#
# *Change the width, the depth and the weight of rare topics, and see what each of them does.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 25 minutes, of which one is computing | under 1 GB | the newswires of lesson 3 | [lesson 3](../03_reuters_multiclass_classification.ipynb) |
#
# **After these exercises you can**
#
# 1. build a classifier for any number of classes, and say how wide it must be;
# 2. choose the loss that fits one-hot labels;
# 3. compute macro-F1 by hand, and say why it differs from accuracy;
# 4. give rare classes more weight, and measure what that changes.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. `train` trains a model, notes its accuracy on the validation newswires, and returns
# the topics it predicts for them. The test set is not used here at all: we only compare.

# %% tags=["parameters"]
SEED = 42
NUM_WORDS = 10_000
EPOCHS = 20
FEW_EPOCHS = 5
BATCH_SIZE = 512

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np
from sklearn.metrics import f1_score, recall_score

from helpers.data import reuters, reuters_label_names
from helpers.feedback import check, expect
from helpers.progress import Progress
from helpers.text import multi_hot, multi_hot_batches

# %%
(x_train, y_train), _, edition = reuters(num_words=NUM_WORDS)
K = len(reuters_label_names())
x_validation, x_partial = x_train[:1000], x_train[1000:]
y_validation, y_partial = y_train[:1000], y_train[1000:]
accuracies, f1 = {}, {}
print(f"{K} topics")


def train(
    model: keras.Model, name: str, labels=y_partial, class_weight=None, epochs=EPOCHS
) -> np.ndarray:
    if not model.compiled:
        model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    training = multi_hot_batches(x_partial, labels, NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
    bar = Progress(name)
    model.fit(training, epochs=epochs, verbose=0, class_weight=class_weight, callbacks=[bar])
    probabilities = keras.ops.convert_to_numpy(model(multi_hot(x_validation, NUM_WORDS)))
    predicted = probabilities.argmax(axis=1)
    accuracies[name] = np.mean(predicted == y_validation)
    return predicted


# %% [markdown]
# ## Exercise 1: 32 or 128 units
#
# Write a function that builds the network of lesson 3 with `units` units in each of its two hidden layers.
# How many units does the output layer have, and which activation?
#
# **Predict before you run.** In lesson 3, 4 units in one layer were a bottleneck. Are 32 units a bottleneck,
# too? Will 128 be much better?
#
# <details><summary>Hint</summary>
#
# `K` is the number of topics. The probabilities of a newswire must sum to 1.
#
# </details>


# %%
def build_model(units: int) -> keras.Model:
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=(NUM_WORDS,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(K, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% tags=["check"]
with check("1. 32 or 128 units"):
    for units in (32, 128):
        model = build_model(units)
        assert isinstance(model, keras.Model), (
            f"build_model({units}) gave {model!r}; it should return a keras.Sequential"
        )
        *hidden, output = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        widths = [layer.units for layer in hidden]
        assert widths == [units, units], (
            f"build_model({units}) has hidden layers of {widths} units; make it {[units, units]}"
        )
        used = [layer.activation.__name__ for layer in hidden]
        assert used == ["relu", "relu"], f"the hidden layers use {used}; both should use relu"
        assert output.units == K, f"the output has {output.units} units, but there are {K} topics"
        assert output.activation.__name__ == "softmax", (
            f"the output uses {output.activation.__name__}, which does not make the {K} "
            "probabilities sum to 1. Use softmax"
        )
        name = f"units_{units}"
        train(model, name)
        expect(f"reuters_exercises.{name}", accuracies[name], edition)

# %% [markdown]
# ## Exercise 2: one or three hidden layers, and one-hot labels
#
# Write a function that returns a *compiled* network with any number of hidden layers, 64 units with ReLU
# each. The labels in this exercise are one-hot, so choose the loss that fits them. Use the optimiser
# `rmsprop` and measure the accuracy.
#
# **Predict before you run.** Will three layers beat one?
#
# <details><summary>Hint</summary>
#
# The loss for integer labels has "sparse" in its name, the one for one-hot labels has not. Both belong to
# the *categorical* cross-entropy. The binary one is for yes-or-no questions.
#
# </details>


# %%
def compiled_model(hidden_layers: int) -> keras.Model:
    ### BEGIN SOLUTION
    layers = [keras.Input(shape=(NUM_WORDS,))]
    for _ in range(hidden_layers):
        layers.append(keras.layers.Dense(64, activation="relu"))
    layers.append(keras.layers.Dense(K, activation="softmax"))
    model = keras.Sequential(layers)
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return model
    ### END SOLUTION


# %% tags=["check"]
with check("2. One or three hidden layers"):
    one_hot = keras.utils.to_categorical(y_partial, K)
    for hidden_layers in (1, 3):
        model = compiled_model(hidden_layers)
        assert isinstance(model, keras.Model), (
            f"compiled_model({hidden_layers}) gave {model!r}; it should return a keras.Sequential"
        )
        *hidden, output = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        assert len(hidden) == hidden_layers, (
            f"compiled_model({hidden_layers}) has {len(hidden)} hidden layers before the output layer"
        )
        shapes = {(layer.units, layer.activation.__name__) for layer in hidden}
        assert shapes == {(64, "relu")}, "each hidden layer should have 64 units and relu"
        assert (output.units, output.activation.__name__) == (K, "softmax"), (
            f"the last layer should have {K} units, one a topic, and softmax"
        )
        assert model.compiled, (
            "the model is not compiled: call model.compile(...) before you return it"
        )
        loss = keras.losses.get(model.loss)
        loss = getattr(loss, "name", getattr(loss, "__name__", "another"))
        assert "sparse" not in loss, f"{loss} wants integers, but these labels are one-hot"
        assert loss == "categorical_crossentropy", (
            f"the loss is {loss}; for one of many classes use categorical_crossentropy"
        )
        optimiser = type(model.optimizer).__name__
        assert optimiser == "RMSprop", f"the optimiser is {optimiser}; to compare, keep rmsprop"
        assert "acc" in str(model.get_compile_config()["metrics"]), (
            "accuracy is not measured: pass metrics=['accuracy']"
        )
        name = {1: "one_layer", 3: "three_layers"}[hidden_layers]
        train(model, name, labels=one_hot)
        expect(f"reuters_exercises.{name}", accuracies[name], edition)

# %% [markdown]
# ## Exercise 3: macro-F1 by hand
#
# For one topic, count three numbers:
#
# - *hits*: newswires that have this topic and were put there;
# - *true*: newswires that have this topic;
# - *said*: newswires that were put there, rightly or not.
#
# Precision is hits / said, recall is hits / true. The F1 score is their harmonic mean, and that is
#
# $$F_1 = \frac{2 \cdot \text{hits}}{\text{true} + \text{said}}$$
#
# Write a function that returns macro-F1: the plain mean of $F_1$ over all topics that occur in `truth`.
#
# **Predict before you run.** Ten newswires have topic 0 and two have topic 1. A model always says 0. What
# is its accuracy? And its macro-F1?
#
# <details><summary>Hint</summary>
#
# `np.unique(truth)` gives the topics. `truth == topic` is an array of True and False, `&` combines two of
# them, and `np.sum` counts the True ones.
#
# </details>


# %%
def macro_f1(truth: np.ndarray, predicted: np.ndarray) -> float:
    ### BEGIN SOLUTION
    scores = []
    for topic in np.unique(truth):
        hits = np.sum((truth == topic) & (predicted == topic))
        true, said = np.sum(truth == topic), np.sum(predicted == topic)
        scores.append(2 * hits / (true + said))
    return np.mean(scores)
    ### END SOLUTION


# %% tags=["check"]
with check("3. Macro-F1 by hand"):
    rng = np.random.default_rng(SEED)
    lazy = np.array([0] * 10 + [1] * 2), np.zeros(12, dtype=int)
    mixed = rng.integers(0, 5, 200), rng.integers(0, 7, 200)
    for truth, predicted in (mixed, lazy):
        answer, topics = macro_f1(truth, predicted), np.unique(truth)
        assert answer is not None, "macro_f1 returned nothing yet"
        scores = f1_score(truth, predicted, labels=topics, average=None, zero_division=0)
        recall = recall_score(truth, predicted, labels=topics, average=None, zero_division=0)
        weighted = np.average(scores, weights=[np.sum(truth == topic) for topic in topics])
        for wrong, reason in (
            (np.mean(truth == predicted), "that is the accuracy; compute F1 for each topic first"),
            (recall.mean(), "that is the mean recall; what the model said counts, too"),
            (weighted, "large topics count more in your mean; each topic should count the same"),
        ):
            assert not np.isclose(answer, wrong), reason
        assert np.isclose(answer, scores.mean()), (
            f"you got {float(answer):.4f}, but it is {scores.mean():.4f}, for topics {topics.tolist()}"
        )
    print(f"always 0: accuracy {np.mean(lazy[0] == 0):.3f}, macro-F1 {macro_f1(*lazy):.3f}")

# %% [markdown]
# ## Exercise 4: give rare topics more weight
#
# `fit` takes `class_weight`, a dictionary `{topic: weight}`. The loss of each newswire is multiplied by
# the weight of its topic. Write a function that makes *balanced* weights, so that each topic as a whole has
# the same influence, however many newswires it has:
#
# $$w_k = \frac{n}{K \cdot n_k}$$
#
# Here $n$ is the number of labels, $n_k$ how many of them are topic $k$, and $K$ the number of topics.
#
# The check trains with and without the weights, for `FEW_EPOCHS` epochs only.
#
# **Predict before you run.** What will the weights do to macro-F1? And to the accuracy?
#
# <details><summary>Hint</summary>
#
# `np.bincount(labels, minlength=K)` counts all topics at once. Use plain numbers as the keys: 0, 1, …
#
# </details>


# %%
def balanced_weights(labels: np.ndarray) -> dict[int, float]:
    ### BEGIN SOLUTION
    counts = np.bincount(labels, minlength=K)
    return {topic: len(labels) / (K * count) for topic, count in enumerate(counts)}
    ### END SOLUTION


# %% tags=["check"]
with check("4. Give rare topics more weight"):
    weights = balanced_weights(y_partial)
    assert isinstance(weights, dict), (
        f"balanced_weights gave {type(weights).__name__}; it should return a dict, {{topic: weight}}"
    )
    assert set(weights) == set(range(K)), f"the keys should be the topics, 0 to {K - 1}"
    counts = np.bincount(y_partial, minlength=K)
    influence = np.array([weights[topic] * counts[topic] for topic in range(K)])
    assert weights[int(counts.argmin())] > weights[int(counts.argmax())], (
        "the rarest topic should get the largest weight"
    )
    low, high = int(influence.argmin()), int(influence.argmax())
    assert np.isclose(influence[low], influence[high]), (
        "weight times number of newswires should be the same for all topics; for topic "
        f"{low} it is {influence[low]:.3f}, for topic {high} it is {influence[high]:.3f}"
    )
    assert np.isclose(influence.sum(), len(y_partial)), (
        f"over all newswires the mean weight should be 1; it is {influence.sum() / len(y_partial):.4f}"
    )
    for name, class_weight in (("plain", None), ("weighted", weights)):
        model = keras.Sequential(
            [
                keras.Input(shape=(NUM_WORDS,)),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dense(K, activation="softmax"),
            ]
        )
        predicted = train(model, name, class_weight=class_weight, epochs=FEW_EPOCHS)
        occurring = np.unique(y_validation)
        f1[name] = f1_score(
            y_validation, predicted, labels=occurring, average="macro", zero_division=0
        )
    expect("reuters_exercises.plain_macro_f1", f1["plain"], edition)
    expect("reuters_exercises.macro_f1_gain", f1["weighted"] - f1["plain"], edition)
    expect("reuters_exercises.plain_accuracy", accuracies["plain"], edition)
    expect("reuters_exercises.weighted_accuracy", accuracies["weighted"], edition)
    cost = accuracies["plain"] - accuracies["weighted"]
    expect("reuters_exercises.accuracy_cost", cost, edition)

# %% [markdown]
# The last line is the price, in accuracy: what the rare topics gain, the common ones mostly pay for. And the
# weights teach the network the rare topics *sooner*. How much of the gain is left after 20 epochs? Set
# `FEW_EPOCHS` to 20, run everything again, and see.

# %% [markdown]
# ## What you learned
#
# 1. A classifier for $K$ classes has $K$ outputs with softmax. Once no layer is a bottleneck, width and
#    depth change the accuracy by a few points, far less than the bottleneck did.
# 2. One-hot labels go with `categorical_crossentropy`, integers with the sparse one.
# 3. Macro-F1 counts each topic the same. Always saying the largest topic has a fair accuracy and a poor
#    macro-F1.
# 4. Balanced weights raise macro-F1 early in training, mostly at some cost in accuracy. Whether rare topics
#    should count more is no question of mathematics: say which number you aimed for, and why.
#
# The last line checks the first point: the gap between the best and the worst of the four networks of
# exercises 1 and 2. Compare it with what the bottleneck of lesson 3 cost.

# %% tags=["nbval-ignore-output"]
for name, accuracy in sorted(accuracies.items(), key=lambda item: -item[1]):
    print(f"{name:15} {accuracy:.4f}")
for name, score in f1.items():
    print(f"macro-F1, {name:9} {score:.4f}")
if not accuracies:
    print("No network is trained yet.")

# %%
names = ("units_32", "units_128", "one_layer", "three_layers")
if all(name in accuracies for name in names):
    values = [accuracies[name] for name in names]
    expect("reuters_exercises.gap", max(values) - min(values), edition)
else:
    print("Solve exercises 1 and 2 to see how far apart the networks are.")
