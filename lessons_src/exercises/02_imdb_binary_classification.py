# %% [markdown]
# # Exercises: IMDB, is this review positive?
#
# *Change one thing at a time in the network of lesson 2, and see what it does.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 20 minutes, of which one is computing | under 1.5 GB | the film reviews of lesson 2 | [lesson 2](../02_imdb_binary_classification.ipynb) |
#
# **After these exercises you can**
#
# 1. build a network of any depth with a loop;
# 2. predict how many parameters it has;
# 3. swap the loss and the activation, and say what to expect.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. `validation_accuracy` trains a compiled model for a few epochs and returns its
# best accuracy on the validation reviews. The test set is not used here at all: we only compare.

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

from helpers.data import imdb
from helpers.feedback import check, expect
from helpers.progress import Progress
from helpers.text import multi_hot_batches

# %%
(x_train, y_train), _, edition = imdb(num_words=NUM_WORDS)
cut = min(10_000, len(x_train) * 2 // 5)
training = multi_hot_batches(x_train[cut:], y_train[cut:], NUM_WORDS, BATCH_SIZE, shuffle_seed=SEED)
validation = multi_hot_batches(x_train[:cut], y_train[:cut], NUM_WORDS, BATCH_SIZE)
accuracies = {}


def validation_accuracy(model: keras.Model, name: str) -> float:
    fresh = keras.models.clone_model(model)  # with new weights, however often you run the check
    loss = model.loss if model.compiled else "binary_crossentropy"
    fresh.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    bar = Progress(name)
    history = fresh.fit(
        training, validation_data=validation, epochs=EPOCHS, verbose=0, callbacks=[bar]
    )
    accuracies[name] = max(history.history["val_accuracy"])
    return accuracies[name]


# %% [markdown]
# ## Exercise 1: one, two or three hidden layers
#
# Write a function that builds the network of lesson 2 with any number of hidden layers: 16 units with
# ReLU each, then one sigmoid unit.
#
# **Predict before you run.** Will three layers beat two? Will one be much worse?
#
# <details><summary>Hint</summary>
#
# Begin with `layers = [keras.Input(shape=(NUM_WORDS,))]`, add the hidden layers in a `for` loop, then
# the output layer, and give the list to `keras.Sequential`.
#
# </details>


# %%
def build_model(hidden_layers: int) -> keras.Model:
    ### BEGIN SOLUTION
    layers = [keras.Input(shape=(NUM_WORDS,))]
    for _ in range(hidden_layers):
        layers.append(keras.layers.Dense(16, activation="relu"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)
    ### END SOLUTION


# %% tags=["check"]
with check("1. One, two or three hidden layers"):
    for hidden_layers in (1, 2, 3):
        model = build_model(hidden_layers)
        assert isinstance(model, keras.Model), (
            f"build_model({hidden_layers}) gave {model!r}; it should return a keras.Sequential"
        )
        *hidden, output = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        assert len(hidden) == hidden_layers, (
            f"build_model({hidden_layers}) has {len(hidden)} hidden layers before the output layer"
        )
        for layer in hidden:
            assert layer.units == 16, f"a hidden layer has {layer.units} units; make it 16"
            assert layer.activation.__name__ == "relu", (
                f"a hidden layer's activation is {layer.activation.__name__}; without a bend, several "
                "layers are no more than one. Use relu"
            )
        assert (output.units, output.activation.__name__) == (1, "sigmoid"), (
            "the last layer should be one unit with a sigmoid, to give a probability"
        )
        name = {1: "one_layer", 2: "two_layers", 3: "three_layers"}[hidden_layers]
        expect(f"imdb_exercises.{name}", validation_accuracy(model, name), edition)

# %% [markdown]
# ## Exercise 2: 32 or 64 units
#
# Wider layers have more parameters. Write a function that returns how many, for the network of lesson 2
# with `units` units in each of its two hidden layers. Compute it: do not ask Keras.
#
# **Predict before you run.** With twice the units, does the network have about twice, or four times as
# many parameters?
#
# <details><summary>Hint</summary>
#
# A dense layer has one weight for each pair of input and unit, and one bias for each unit. Add up three
# layers.
#
# </details>


# %%
def count_parameters(units: int) -> int:
    ### BEGIN SOLUTION
    first = NUM_WORDS * units + units
    second = units * units + units
    output = units + 1
    return first + second + output
    ### END SOLUTION


# %% tags=["check"]
with check("2. 32 or 64 units"):
    for units in (32, 64):
        model = keras.Sequential(
            [
                keras.Input(shape=(NUM_WORDS,)),
                keras.layers.Dense(units, activation="relu"),
                keras.layers.Dense(units, activation="relu"),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        answer, right = count_parameters(units), model.count_params()
        assert answer is not None, "count_parameters returned nothing yet"
        assert answer != right - 2 * units - 1, "you counted the weights; each unit has a bias, too"
        assert answer == right, (
            f"count_parameters({units}) is {answer:,}, which is {abs(right - answer):,} too "
            f"{'few' if answer < right else 'many'}"
        )
        name = f"units_{units}"
        expect(f"imdb_exercises.{name}", validation_accuracy(model, name), edition)

# %% [markdown]
# ## Exercise 3: squared error as the loss
#
# Compile `mse_model` with the mean squared error as its loss, the optimiser `rmsprop`, and the accuracy as a
# metric.
#
# **Predict before you run.** In lesson 2 you saw that the squared error hardly corrects a confident
# mistake. Will it ruin the accuracy?
#
# <details><summary>Hint</summary>
#
# `compile` takes `optimizer=`, `loss=` and `metrics=`. Always write the names: the third argument without
# a name is not `metrics`.
#
# </details>

# %%
mse_model = keras.Sequential(
    [
        keras.Input(shape=(NUM_WORDS,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
### BEGIN SOLUTION
mse_model.compile(optimizer="rmsprop", loss="mse", metrics=["accuracy"])
### END SOLUTION

# %% tags=["check"]
with check("3. Squared error as the loss"):
    assert mse_model.compiled, "mse_model is not compiled yet: call mse_model.compile(...)"
    optimiser = type(mse_model.optimizer).__name__
    assert optimiser == "RMSprop", f"the optimiser is {optimiser}; to compare losses, keep rmsprop"
    loss = keras.losses.get(mse_model.loss)  # "mse", "MSE", a function or an object: all are right
    loss = getattr(loss, "name", getattr(loss, "__name__", "another"))
    assert loss == "mean_squared_error", f"the loss is {loss}; use the mean squared error"
    config = str(mse_model.get_compile_config()["metrics"])
    assert "acc" in config, "accuracy is not measured: pass metrics=['accuracy']"
    name = "squared_error"
    expect(f"imdb_exercises.{name}", validation_accuracy(mse_model, name), edition)

# %% [markdown]
# ## Exercise 4: tanh instead of ReLU
#
# Before ReLU, most networks used the hyperbolic tangent, tanh. Build the network of lesson 2 with tanh in
# both hidden layers, and call it `tanh_model`. What must the output layer keep?
#
# <details><summary>Hint</summary>
#
# tanh gives values from -1 to 1. A probability lies between 0 and 1.
#
# </details>

# %%
tanh_model = None
### BEGIN SOLUTION
tanh_model = keras.Sequential(
    [
        keras.Input(shape=(NUM_WORDS,)),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
### END SOLUTION

# %% tags=["check"]
with check("4. tanh instead of ReLU"):
    assert isinstance(tanh_model, keras.Model), (
        f"tanh_model is {tanh_model!r}; assign a keras.Sequential to it"
    )
    *hidden, output = [
        layer for layer in tanh_model.layers if isinstance(layer, keras.layers.Dense)
    ]
    used = [layer.activation.__name__ for layer in hidden]
    assert used == ["tanh", "tanh"], f"the hidden layers use {used}; both should use tanh"
    assert [layer.units for layer in hidden] == [16, 16], "keep 16 units in both hidden layers"
    assert output.activation.__name__ == "sigmoid", (
        f"the output uses {output.activation.__name__}; a probability needs a sigmoid"
    )
    name = "tanh"
    expect(f"imdb_exercises.{name}", validation_accuracy(tanh_model, name), edition)

# %% [markdown]
# ## What you learned
#
# 1. A list and a loop build a network of any depth.
# 2. Nearly all parameters sit in the first layer, so twice the units give about twice the parameters.
# 3. Depth, width, loss and activation change the accuracy here by very little. All these networks see
#    the same words, and that may be what sets the limit.
#
# Here are your networks, the best first; `two_layers` is the one of lesson 2. The last line checks the last
# point: the gap between the best and the worst of the seven.

# %% tags=["nbval-ignore-output"]
for name, accuracy in sorted(accuracies.items(), key=lambda item: -item[1]):
    print(f"{name:15} {accuracy:.4f}")
if not accuracies:
    print("No network is trained yet.")

# %%
if len(accuracies) == 7:
    expect("imdb_exercises.gap", max(accuracies.values()) - min(accuracies.values()), edition)
else:
    print("Solve all four exercises to see how far apart the networks are.")
