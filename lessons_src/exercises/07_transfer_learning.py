# %% [markdown]
# # Exercises: transfer learning
#
# *Freeze, extract, cut and fine-tune with your own code.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 30 minutes, of which one is computing | under 2 GB | some photos of lesson 7, small, and VGG16 | [lesson 7](../07_transfer_learning.ipynb) |
#
# **After these exercises you can**
#
# 1. freeze a network up to any layer, and say how much is left to train;
# 2. run a base once over any number of photos, without losing one;
# 3. choose on validation data where to cut a network;
# 4. build a fine-tuning model, and prove that it trains what it should.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. To be fast, there are only 200 photos to learn from and 200 to validate, with 64 x 64
# pixels. They are prepared for VGG16 already. The test set is not used here at all: we only compare.

# %% tags=["parameters"]
SEED = 42
SIDE = 64
PHOTOS = 200
HEAD_EPOCHS = 15

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np
from keras.ops import convert_to_numpy
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import hardware
from helpers.data import cats_vs_dogs, vgg16_conv_base
from helpers.feedback import check, expect
from helpers.progress import Progress

# %%
folder, class_names, edition = cats_vs_dogs()


def read(part: str) -> tuple[np.ndarray, np.ndarray]:
    files = keras.utils.image_dataset_from_directory(
        folder / part, image_size=(SIDE, SIDE), label_mode="binary", shuffle=False, verbose=False
    )
    batches = list(files.as_numpy_iterator())
    photos, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    some = np.linspace(0, len(photos) - 1, PHOTOS).astype(int)  # half of each class
    return keras.applications.vgg16.preprocess_input(photos[some]), labels[some]


(photos, labels), (photos_val, labels_val) = read("train"), read("validation")

# %%
keras.config.set_dtype_policy(hardware.fast_policy())
base, _ = vgg16_conv_base((SIDE, SIDE, 3))
keras.config.set_dtype_policy("float32")

# %% [markdown]
# ## Exercise 1: freeze up to a layer
#
# Write a function that makes the layer named `first` and all layers after it trainable, and freezes all layers
# before it. It returns how many numbers are left to train. It should work whatever was frozen before.
#
# **Predict before you run.** Three convolutions of 512 filters, each on 512 channels: how many numbers is that?
#
# <details><summary>Hint</summary>
#
# Go through `base.layers` and remember whether you have met the layer. `layer.trainable` may be set for each layer. But
# mind the model itself: where `base.trainable` is `False`, nothing in it is trained. Setting it to `True` sets it for
# all layers, so do that first. Each of `base.trainable_weights` has a `shape`.
#
# </details>


# %%
def train_from(base: keras.Model, first: str) -> int:
    ### BEGIN SOLUTION
    base.trainable = True
    reached = False
    for layer in base.layers:
        reached = reached or layer.name == first
        layer.trainable = reached
    return sum(int(np.prod(weights.shape)) for weights in base.trainable_weights)
    ### END SOLUTION


# %% tags=["check"]
with check("1. Freeze up to a layer"):
    for first, expected in (
        ("block5_conv1", 7_079_424),
        ("block3_conv2", 14_159_360),
        ("block5_conv3", 2_359_808),
        ("block1_conv1", 14_714_688),
    ):
        base.trainable = False
        answer = train_from(base, first)
        assert answer is not None, "train_from returned nothing yet"
        found = {weights.path.split("/")[-2] for weights in base.trainable_weights}
        names = [layer.name for layer in base.layers if layer.weights]
        wanted = set(names[names.index(first) :])
        case = f"with first = {first!r}, "
        assert found, f"{case}nothing is trainable: is base.trainable still False?"
        assert not found - wanted, (
            f"{case}{min(found - wanted)} is still trainable; it comes before"
        )
        assert not wanted - found, f"{case}{min(wanted - found)} is frozen, and should be trained"
        assert answer == expected, (
            f"{case}the right layers are trainable, but you returned {answer:,}, not {expected:,}: "
            "multiply out the shape of each array of weights, and add up"
        )
        print(f"from {first} on: {answer:,} numbers to train")

# %% [markdown]
# ## Exercise 2: run the base once
#
# Write a function that returns the base's output for all photos as one array. Give the base `batch_size` photos at a
# time, because all at once would not fit into memory. Each photo passes exactly once, also those of the last batch,
# which may be smaller. And the base should be in inference mode.
#
# The check gives your function a base that counts, and then trains a head on the features of the real one.
#
# **Predict before you run.** A fifth of the lesson's photos, and (in the original edition) smaller ones: how good can
# the head still be? Guessing gives 0.5.
#
# <details><summary>Hint</summary>
#
# `range(0, len(photos), batch_size)` gives the start of each batch; a slice may go beyond the end. `base(batch,
# training=False)` returns a tensor, `keras.ops.convert_to_numpy` makes it an array, `np.concatenate` joins a list of them.
#
# </details>


# %%
def features_of(base, photos: np.ndarray, batch_size: int) -> np.ndarray:
    ### BEGIN SOLUTION
    parts = []
    for start in range(0, len(photos), batch_size):
        output = base(photos[start : start + batch_size], training=False)
        parts.append(keras.ops.convert_to_numpy(keras.ops.cast(output, "float32")))
    return np.concatenate(parts)
    ### END SOLUTION


# %% tags=["check"]
class CountingBase:
    """Stands for a base: it doubles what it gets, and notes each call."""

    def __init__(self) -> None:
        self.calls, self.training = [], []

    def __call__(self, batch, training=None):
        self.calls.append(len(batch))
        self.training.append(training)
        return keras.ops.convert_to_tensor(batch) * (1.0 if training else 2.0)

    def predict(self, x, batch_size=32, verbose="auto", **_):
        starts = range(0, len(x), batch_size)
        return np.concatenate([np.asarray(self(x[i : i + batch_size], False)) for i in starts])


with check("2. Run the base once"):
    for count, batch_size in ((10, 4), (8, 4), (3, 8), (1, 1)):
        counting = CountingBase()
        few = np.random.default_rng(count).normal(size=(count, 2, 2, 3)).astype("float32")
        answer = features_of(counting, few, batch_size)
        case = f"with {count} photos and a batch size of {batch_size}, "
        assert answer is not None, "features_of returned nothing yet"
        assert not isinstance(answer, (list, tuple)), (
            "you returned a list of batches: join them to one array with np.concatenate"
        )
        assert max(counting.calls, default=0) <= batch_size, (
            f"{case}the base got {max(counting.calls)} photos at once"
        )
        assert sum(counting.calls) >= count, (
            f"{case}only {sum(counting.calls)} photos went through the base: the last batch is missing"
        )
        assert sum(counting.calls) == count, (
            f"{case}{sum(counting.calls)} photos went through the base; each should pass once"
        )
        assert not any(training is None for training in counting.training), (
            "say training=False, so that the base is in inference mode"
        )
        assert not any(counting.training), "training=True is not inference mode"
        assert np.shape(answer) == few.shape, (
            f"{case}the result has shape {np.shape(answer)}, not {few.shape}: join the batches to one array"
        )
        assert np.allclose(answer, 2 * few), (
            f"{case}the features are not in the order of the photos"
        )
    features, features_val = (features_of(base, part, 50) for part in (photos, photos_val))
    head = keras.Sequential(
        [
            keras.Input(shape=features.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(learning_rate=3e-4),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    history = head.fit(
        features,
        labels,
        validation_data=(features_val, labels_val),
        epochs=HEAD_EPOCHS,
        verbose=0,
        callbacks=[Progress("head")],
    ).history
    expect("transfer_exercises.head", np.mean(history["val_accuracy"][-5:]), edition)

# %% [markdown]
# ## Exercise 3: where to cut
#
# `outputs` holds, for each block, a pair of arrays: one of the training photos, one of the validation photos. In both, a
# photo has one number for each channel. Write a function that fits a linear probe to each block and returns the name of
# the best block, and its accuracy. Best on which photos?
#
# `new_probe()` gives you a fresh probe, with `fit(x, y)` and `score(x, y)`, which is the accuracy.
#
# **Predict before you run.** Which block will win on your photos?
#
# <details><summary>Hint</summary>
#
# Keep a dictionary `{name: score}`. `max(scores, key=scores.get)` is the name with the largest score.
#
# </details>


# %%
def new_probe():
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=3000))


blocks = [f"block{number}_pool" for number in range(1, 6)]
averages = [keras.ops.mean(base.get_layer(name).output, axis=(1, 2)) for name in blocks]
look_inside = keras.Model(base.input, averages)
inside, inside_val = (look_inside.predict(part, verbose=0) for part in (photos, photos_val))
outputs = {
    name: (train.astype("float32"), validation.astype("float32"))
    for name, train, validation in zip(blocks, inside, inside_val, strict=True)
}


# %%
def best_block(outputs: dict, labels: np.ndarray, labels_val: np.ndarray) -> tuple[str, float]:
    ### BEGIN SOLUTION
    scores = {}
    for name, (train, validation) in outputs.items():
        probe = new_probe().fit(train, labels)
        scores[name] = probe.score(validation, labels_val)
    best = max(scores, key=scores.get)
    return best, scores[best]
    ### END SOLUTION


# %% tags=["check"]
winner = "no block yet"
with check("3. Where to cut"):
    rng = np.random.default_rng(SEED)
    truth, truth_val = rng.integers(0, 2, 60), rng.integers(0, 2, 60)

    def numbers(y, signal, columns):
        return signal * y[:, None] + rng.normal(size=(len(y), columns))

    made_up = {
        "low": (numbers(truth, 0.3, 5), numbers(truth_val, 0.3, 5)),
        "middle": (numbers(truth, 0.9, 5), numbers(truth_val, 0.9, 5)),
        "learns by heart": (numbers(truth, 0.1, 400), numbers(truth_val, 0.1, 400)),
    }
    scores = {
        name: new_probe().fit(x, truth).score(v, truth_val) for name, (x, v) in made_up.items()
    }
    answer = best_block(made_up, truth, truth_val)
    assert answer is not None, "best_block returned nothing yet"
    assert isinstance(answer, tuple) and len(answer) == 2, (
        "return two things: the name of the block, and its accuracy"
    )
    name, score = answer
    assert name in made_up, f"you returned the name {name!r}; the blocks are {', '.join(made_up)}"
    assert name != "learns by heart", (
        "you chose a block with 400 random numbers: it is best on the photos that the probe has "
        "learned from. Choose on the validation photos"
    )
    assert name == "middle", f"you chose {name!r}, which is not the best on the validation photos"
    assert np.isclose(score, scores["middle"]), (
        f"the right block, but its accuracy is {scores['middle']:.3f}, and you returned {score:.3f}: "
        "fit on the training photos, score on the validation photos"
    )
    winner, score = best_block(outputs, labels.ravel(), labels_val.ravel())
    expect("transfer_exercises.best_block", score, edition)

# %% tags=["nbval-ignore-output"]
print("best on your photos:", winner)

# %% [markdown]
# ## Exercise 4: fine-tune, and prove it
#
# Write a function that puts a head, already trained, on the base and returns one compiled model for step 5 of
# fine-tuning in lesson 7: block 5 and the head are trained, at a rate of 0.00001, with Adam and binary cross-entropy; the
# blocks 1 to 4 are frozen. You may use your answer to exercise 1.
#
# Use `base` and `head` themselves, not copies of them: the check looks at their weights. It trains the model for one
# batch, and looks which of them have moved, and how far.
#
# **Predict before you run.** Adam's first step moves each weight by about the learning rate. A typical weight of
# block 5 is about 0.01. By which share will it move?
#
# <details><summary>Hint</summary>
#
# Freeze first, then `keras.Sequential([base, head])`, then `compile` with
# `keras.optimizers.Adam(learning_rate=...)`.
#
# </details>


# %%
def fine_tuning_model(base: keras.Model, head: keras.Model) -> keras.Model:
    ### BEGIN SOLUTION
    train_from(base, "block5_conv1")
    model = keras.Sequential([keras.Input(shape=base.input_shape[1:]), base, head])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-5),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model
    ### END SOLUTION


# %% tags=["check"]
with check("4. Fine-tune, and prove it"):
    own_base = keras.models.clone_model(base)  # so that the check leaves yours as it is
    own_base.set_weights(base.get_weights())
    own_base.trainable = True
    small_head = keras.Sequential(
        [
            keras.Input(shape=own_base.output_shape[1:]),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    small_head.layers[-1].set_weights([np.full((512, 1), 0.01), np.zeros(1)])
    before = {weights.path: convert_to_numpy(weights) for weights in own_base.weights}
    head_before = small_head.layers[-1].get_weights()[0]
    model = fine_tuning_model(own_base, small_head)
    assert isinstance(model, keras.Model), f"fine_tuning_model gave {model!r}; return the model"
    assert model.compiled, "the model is not compiled yet"
    rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
    assert np.isclose(rate, 1e-5), f"the learning rate is {rate:g}; a low one is asked for, 0.00001"
    assert isinstance(model.optimizer, keras.optimizers.Adam), "use Adam as the optimiser"
    assert "binary_crossentropy" in str(getattr(model.loss, "name", model.loss)).lower(), (
        f"the loss is {model.loss!r}; two classes take binary_crossentropy"
    )
    assert model.output_shape == (None, 1), (
        f"the model's output has shape {model.output_shape}; put the head on the base"
    )
    assert not getattr(model.loss, "from_logits", False), (
        "the head ends with a sigmoid, so its outputs are probabilities: leave out from_logits"
    )
    held = {id(weights) for weights in model.variables}
    assert all(id(weights) in held for weights in [*own_base.variables, *small_head.variables]), (
        "your model does not hold the base and the head themselves: put them into it, not copies"
    )
    rows = np.arange(0, len(photos), len(photos) // 16)[:16]
    wanted = small_head(own_base(photos[rows], training=False), training=False)
    assert np.allclose(model(photos[rows], training=False), wanted, atol=0.01), (
        "the model does not give what the head gives on the base's output: put the head, and nothing "
        "else, on the base"
    )
    model.train_on_batch(photos[rows], labels[rows])
    moved = {
        path: np.abs(convert_to_numpy(weights) - before[path]).mean()
        for path, weights in ((weights.path, weights) for weights in own_base.weights)
    }
    lower = {path: by for path, by in moved.items() if "block5" not in path}
    upper = {path: by for path, by in moved.items() if "block5" in path}
    assert max(lower.values()) == 0, (
        f"{max(lower, key=lower.get)} has moved: the blocks 1 to 4 should be frozen"
    )
    assert min(upper.values()) > 0, (
        f"{min(upper, key=upper.get)} has not moved: block 5 should be trained"
    )
    assert not np.array_equal(small_head.layers[-1].get_weights()[0], head_before), (
        "the head has not moved: it should be trained, too"
    )
    size = np.mean([np.abs(before[path]).mean() for path in upper if "kernel" in path])
    share = np.mean([by for path, by in upper.items() if "kernel" in path]) / size
    expect("transfer_exercises.moved_by_one_step", share, edition)

# %% [markdown]
# About a thousandth in one step: that is why fine-tuning with a hundred steps leaves the network near the place where it
# began.

# %% [markdown]
# ## What you learned
#
# 1. `trainable` can be set layer by layer, and counting the trainable weights shows whether it was done right.
# 2. Running a base once is a loop over batches, with care for the last one and for inference mode.
# 3. Where to cut is a choice, and choices are made on validation photos.
# 4. One step of training shows what is trained, and how far it moves.
