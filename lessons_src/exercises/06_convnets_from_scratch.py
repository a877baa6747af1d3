# %% [markdown]
# # Exercises: convnets from scratch
#
# *Follow sizes, pool by hand, make a filter of your own, and feed a convnet without a mistake.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 30 minutes, of which one is computing | under 1.5 GB | the photos of lesson 6 | [lesson 6](../06_convnets_from_scratch.ipynb) |
#
# **After these exercises you can**
#
# 1. follow the size of a photo through any stack of layers;
# 2. write max-pooling for any window and stride;
# 3. make a filter that finds a pattern you have chosen;
# 4. build the input of a training: decoded once, shuffled, augmented, and validation left alone;
# 5. build a convnet that takes photos of any size.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. The test photos are not used here at all.

# %% tags=["parameters"]
SEED = 42
IMAGE_SIZE = 48
EPOCHS = 12

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf

from helpers import plots
from helpers.data import cats_vs_dogs
from helpers.feedback import check, expect
from helpers.progress import Progress

# %%
folder, class_names, edition = cats_vs_dogs()
print("classes:", ", ".join(class_names))

# %% [markdown]
# ## Exercise 1: follow the size
#
# A stack of convolutions and poolings is a list of tuples `(k, s, padding)`: the side of the window, the stride, and
# "valid" or "same". A max-pooling of 2 x 2 is `(2, 2, "valid")`. Write a function that takes the side of the
# photo and such a list. It returns the side after the last layer, or 0 if the photo is too small for one of the
# layers.
#
# **Predict before you run.** Blocks of a 3 x 3 convolution (valid) and a pooling: how many of them can a photo of
# 224 x 224 pass?
#
# <details><summary>Hint</summary>
#
# Valid: $\lfloor (n - k) / s \rfloor + 1$. Same: $\lceil n / s \rceil$. In Python `//` rounds down, and
# `-(-n // s)` rounds up. With valid padding, a window that is larger than its input fits nowhere.
#
# </details>


# %%
def side_after(side: int, layers: list[tuple[int, int, str]]) -> int:
    ### BEGIN SOLUTION
    for k, s, padding in layers:
        if padding == "same":
            side = -(-side // s)
        elif side < k:
            return 0
        else:
            side = (side - k) // s + 1
    return side
    ### END SOLUTION


# %% tags=["check"]
with check("1. Follow the size"):
    block = [(3, 1, "valid"), (2, 2, "valid")]
    for side, layers, wanted, why in (
        (96, [(3, 1, "valid")], 94, "valid padding loses k - 1 pixels"),
        (96, [(3, 1, "same")], 96, "same padding with stride 1 keeps the side"),
        (96, [(5, 2, "valid")], 46, "(96 - 5) / 2 is 45.5: round down, then add 1"),
        (97, [(5, 2, "valid")], 47, "(97 - 5) / 2 is 46, then add 1"),
        (97, [(5, 2, "same")], 49, "97 / 2 with same padding is rounded up"),
        (64, block * 3, 6, "each layer takes the side that the layer before has left"),
        (4, [(7, 1, "valid")], 0, "a window of 7 does not fit into 4 pixels"),
        (1, [(3, 2, "same")], 1, "with same padding every photo is large enough"),
        (21, block * 3, 0, "the photo is too small for one layer, so the answer is 0"),
        (10, [(11, 5, "valid"), (3, 1, "same")], 0, "once it is 0, it stays 0"),
    ):
        answer = side_after(side, list(layers))
        assert answer is not None, "side_after returned nothing yet"
        assert answer == wanted, f"side_after({side}, {layers}) is {answer!r}, not {wanted}: {why}"
        assert isinstance(answer, int | np.integer), (
            f"{answer!r} pixels; use // to get a whole number"
        )
    blocks = max(count for count in range(10) if side_after(224, block * count) > 0)
    print(f"a photo of 224 x 224 passes {blocks} blocks")

# %% [markdown]
# ## Exercise 2: pooling for any window
#
# Write max-pooling for a block of feature maps of shape (height, width, channels), with a window of `size` x `size`
# and any stride. With a stride smaller than the window, the windows overlap. Each channel is pooled by itself.
#
# **Predict before you run.** A map of 7 x 7, windows of 3 x 3, stride 2: what size comes out?
#
# <details><summary>Hint</summary>
#
# Two loops, as in the convolution of the lesson. The window for the output in row `r` begins in row `r * stride`.
# `window.max(axis=(0, 1))` leaves the channels.
#
# </details>


# %%
def max_pool(maps: np.ndarray, size: int, stride: int) -> np.ndarray:
    ### BEGIN SOLUTION
    rows = (maps.shape[0] - size) // stride + 1
    columns = (maps.shape[1] - size) // stride + 1
    pooled = np.zeros((rows, columns, maps.shape[2]))
    for r in range(rows):
        for c in range(columns):
            top, left = r * stride, c * stride
            pooled[r, c] = maps[top : top + size, left : left + size].max(axis=(0, 1))
    return pooled
    ### END SOLUTION


# %% tags=["check"]
with check("2. Pooling for any window"):
    rng = np.random.default_rng(SEED)
    for height, width, size, stride in ((6, 6, 2, 2), (7, 5, 2, 2), (7, 7, 3, 2), (9, 6, 2, 3)):
        maps = rng.normal(size=(height, width, 3)) - 2  # most are negative
        wanted = keras.layers.MaxPooling2D(size, strides=stride)(maps[None].astype("float32"))[0]
        answer = max_pool(maps, size, stride)
        case = f"for maps {maps.shape}, a window of {size} and a stride of {stride} "
        assert answer is not None, "max_pool returned nothing yet"
        answer = np.asarray(answer)
        assert answer.shape != (*wanted.shape[:2],), (
            case + "you lost the channels: pool each by itself"
        )
        assert answer.shape == tuple(wanted.shape), (
            f"{case}the shape is {answer.shape}, not {tuple(wanted.shape)}"
        )
        means = keras.layers.AveragePooling2D(size, strides=stride)(maps[None].astype("float32"))[0]
        assert not np.allclose(answer, means, atol=1e-5), (
            "that is the mean; take the largest number"
        )
        assert not np.allclose(answer, np.maximum(wanted, 0), atol=1e-5), (
            "where all numbers are negative the largest is negative, too, and not 0"
        )
        assert not np.allclose(answer, np.max(wanted, axis=-1, keepdims=True), atol=1e-5), (
            "you took the largest number of all channels together; use window.max(axis=(0, 1))"
        )
        assert np.allclose(answer, wanted, atol=1e-5), (
            f"{case}the shape is right, but not the numbers. Where does each window begin?"
        )
    print("7 x 7, windows of 3 x 3, stride 2:", max_pool(np.zeros((7, 7, 1)), 3, 2).shape[:2])

# %% [markdown]
# ## Exercise 3: a filter of your own
#
# Make a filter of 3 x 3 that finds **diagonal lines that fall**, from the upper left to the lower right, like this: `\`.
# It must meet three conditions. The check lays it on small pictures, adds nothing, and applies ReLU:
#
# - on a falling line the largest output is at least 2;
# - on a rising line (`/`), an upright or a level line the largest output is at most half of the one on the falling line;
# - on an area of one brightness, dark or bright, the output is 0 even before the ReLU.
#
# **Predict before you run.** What must the nine weights add up to, because of the third condition?
#
# <details><summary>Hint</summary>
#
# Write positive weights where the line is, and negative ones beside it. On an area of ones, the output is the sum of all
# weights.
#
# </details>

# %%
diagonal = np.zeros((3, 3))
### BEGIN SOLUTION
diagonal = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
### END SOLUTION

# %% tags=["check"]
with check("3. A filter of your own"):
    kernel = np.asarray(diagonal, float)
    assert kernel.shape == (3, 3), f"the filter has shape {kernel.shape}; make it (3, 3)"
    level = np.zeros((9, 9))
    level[4] = 1
    drawn = {
        "falling line": np.eye(9),
        "rising line": np.eye(9)[::-1],
        "upright line": level.T,
        "level line": level,
        "bright area": np.ones((9, 9)),
    }

    def response(picture):
        windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3))
        return np.maximum((windows * kernel).sum(axis=(2, 3)), 0)

    found = {name: response(picture) for name, picture in drawn.items()}
    assert not np.allclose(kernel, 0), "the filter is all zeros yet: it finds nothing"
    assert np.isclose(kernel.sum(), 0), (
        f"on a bright area the sum is {kernel.sum():g}; let the nine weights add up to 0"
    )
    best = found["falling line"].max()
    assert best >= 2, f"on the falling line the largest output is {best:g}; make it at least 2"
    for name in ("rising line", "upright line", "level line"):
        other = found[name].max()
        assert other <= best / 2, (
            f"on the {name} the largest output is {other:g}, more than half of the {best:g} on the "
            "falling line"
        )
    print("largest outputs:", {name: float(maps.max()) for name, maps in found.items()})

# %%
if np.shape(diagonal) == (3, 3) and np.any(diagonal):
    plots.maps(
        [*drawn.values(), *found.values()],
        [*drawn, *["found"] * len(found)],
        "Five small pictures and below each what the filter finds there: a strong line for the falling "
        "line, and little or nothing for the others.",
        columns=5,
        signed=True,
    )

# %% [markdown]
# ## Exercise 4: the input of a training
#
# Write a function that returns two datasets of batches, for training and for validation.
#
# - Read `folder / "train"` and `folder / "validation"` with `keras.utils.image_dataset_from_directory`, in
#   squares of `IMAGE_SIZE`, with labels as in the lesson (`label_mode="binary"`).
# - Each file is decoded **once**, however many epochs follow.
# - Training: a new order in each epoch over *all* photos, batches of 32. Each photo is changed by `augment`, anew in each
#   epoch.
# - Validation: always the same batches, unchanged.
#
# In the lesson the augmentation was part of the model. Here it is a step of the input:
# `batches.map(lambda photos, labels: (augment(photos, training=True), labels))`. That is useful with a GPU: it
# trains on one batch while the CPU prepares the next.
#
# **Predict before you run.** In which order must `cache`, `shuffle`, `batch` and `map` come?
#
# <details><summary>Hint</summary>
#
# What is always the same goes before the cache, what is random goes after it. Read with `batch_size=None` and
# `shuffle=False`, cache, then `.shuffle(1000)`, then `.batch(32)`, then `.map(...)`.
#
# </details>

# %%
augment = keras.Sequential(
    [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(0.05),
        keras.layers.RandomZoom(0.1),
    ]
)


# %%
def make_batches(folder, augment) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    ### BEGIN SOLUTION
    def read(part):
        return keras.utils.image_dataset_from_directory(
            folder / part,
            image_size=(IMAGE_SIZE, IMAGE_SIZE),
            label_mode="binary",
            batch_size=None,
            shuffle=False,
            verbose=False,
        ).cache()

    training = read("train").shuffle(1000, seed=SEED).batch(32)
    training = training.map(lambda photos, labels: (augment(photos, training=True), labels))
    return training, read("validation").batch(32)
    ### END SOLUTION


# %% [markdown]
# The check works on a small copy, and in place of your `augment` it gives your function one that leaves a mark. After
# the first epoch it removes the files. A function that has decoded all of them does not need the files any more.


# %% tags=["check"]
marks = keras.random.SeedGenerator(SEED)


def leave_mark(photos, training=True):  # as the layers of Keras have it
    """In training, fill the first channel of each photo with a random number over 1,000."""
    if not training:
        return photos
    mark = keras.random.uniform((tf.shape(photos)[0], 1, 1, 1), 1000, 2000, seed=marks)
    return tf.concat([photos[..., :1] * 0 + mark, photos[..., 1:]], axis=-1)


def one_epoch(batches):
    """Return a number that tells the photos apart, marks, labels, shapes, and the largest value."""
    photos, labels = zip(*((x.numpy(), y.numpy()) for x, y in batches), strict=True)
    shapes = photos[0].shape, labels[0].shape
    photos = np.concatenate(photos)
    marks, unmarked = photos[..., 0].mean(axis=(1, 2)), photos[..., 1:].astype(float)
    names = (unmarked**2).sum(axis=(1, 2, 3))
    return names, marks, np.concatenate(labels).ravel(), shapes, unmarked.max()


with check("4. The input of a training"), TemporaryDirectory() as place:
    few = Path(place)
    for part, count in (("train", 60), ("validation", 40)):
        for name in class_names:
            (few / part / name).mkdir(parents=True)
            for file in sorted((folder / part / name).glob("*.jpg"))[:count]:
                shutil.copy(file, few / part / name)
    answer = make_batches(few, leave_mark)
    assert answer is not None, "make_batches returned nothing yet"
    assert isinstance(answer, tuple | list) and len(answer) == 2, "return two datasets"
    training, validation = answer
    first, first_val = one_epoch(training), one_epoch(validation)
    for part, epoch in (("training", first), ("validation", first_val)):
        photos, labels = epoch[3]
        assert photos[1:] == (IMAGE_SIZE, IMAGE_SIZE, 3), (
            f"a batch of {part} photos has shape {photos}; "
            f"expected (photos, {IMAGE_SIZE}, {IMAGE_SIZE}, 3)"
        )
        assert labels[1:] == (1,), (
            f'the labels of a {part} batch have shape {labels}; label_mode="binary" gives one column'
        )
        assert epoch[4] > 2, (
            f"leave the numbers of the {part} photos from 0 to 255; the model rescales them"
        )
    shutil.rmtree(few)
    try:
        second, second_val = one_epoch(training), one_epoch(validation)
    except tf.errors.OpError as error:
        raise AssertionError(
            "the second epoch wants to read the files again: call .cache() on the decoded photos, of "
            "both parts"
        ) from error
    assert (len(first[0]), len(first_val[0])) == (120, 80), (
        f"an epoch has {len(first[0])} training and {len(first_val[0])} validation photos, but there "
        "are 120 and 80 files"
    )
    count = first[3][0][0]
    assert count == 32, f"the first training batch has {count} photos, not 32"
    assert first_val[1].max() <= 255 and second_val[1].max() <= 255, (
        "validation photos are changed: augment those for training only"
    )
    assert first[1].min() >= 1000, (
        "training photos are unchanged: map them through augment, with training=True"
    )
    assert np.array_equal(first_val[0], second_val[0]), "validation has another order each epoch"
    by_photo = [epoch[1][np.argsort(epoch[0])] for epoch in (first, second)]
    assert not np.allclose(*by_photo), (
        "each photo is changed in the same way in both epochs: augment after the cache"
    )
    assert len(np.unique(first[1].round(3))) > 100, "each photo should have a change of its own"
    assert not np.array_equal(first[0], second[0]), (
        "both epochs have the same order: shuffle after the cache"
    )
    assert 0.15 < first[2][:32].mean() < 0.85, (
        f"the first batch is {first[2][:32].mean():.0%} {class_names[1]}: the files come sorted by "
        "class, so shuffle over all of them"
    )
    all_photos, _ = make_batches(folder, leave_mark)
    share = float(next(iter(all_photos))[1].numpy().mean())
    assert 0.15 < share < 0.85, (
        f"with the whole folder, the first batch is {share:.0%} {class_names[1]}: your shuffle mixes "
        "only a part of the photos at a time"
    )
    print("training: decoded once, shuffled and changed anew; validation: left alone")

# %% [markdown]
# ## Exercise 5: photos of any size
#
# The convnet of the lesson takes photos of one size only. The convolutions do not mind, but the dense layer after
# `Flatten` has a weight for each of its inputs, and their number follows from the size. `GlobalAveragePooling2D` is another
# way to get from maps to a row of numbers: it takes the mean of each map. 64 maps of any size give 64 numbers.
#
# Write a function that builds this network: `keras.Input` with the shape `(None, None, 3)`, where `None` means "any";
# `Rescaling(1 / 255)`; three blocks as in the lesson, with 16, 32 and 64 filters of 3 x 3, ReLU, and max-pooling;
# global average pooling; one sigmoid unit. You need not compile it.
#
# The check trains it at one size, and then tries it on larger photos.
#
# **Predict before you run.** The network of the lesson had 171,169 parameters. How many does this one have?
#
# <details><summary>Hint</summary>
#
# Copy the layers from the lesson. In place of `Flatten`, `Dropout` and the dense layer of 64 units, put
# `GlobalAveragePooling2D()`.
#
# </details>


# %%
def build_for_any_size() -> keras.Model:
    ### BEGIN SOLUTION
    layers = [keras.Input(shape=(None, None, 3)), keras.layers.Rescaling(1 / 255)]
    for filters in (16, 32, 64):
        layers.append(keras.layers.Conv2D(filters, 3, activation="relu"))
        layers.append(keras.layers.MaxPooling2D(2))
    layers.append(keras.layers.GlobalAveragePooling2D())
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)
    ### END SOLUTION


# %% tags=["check"]
def photos_of(part: str, side: int) -> tf.data.Dataset:
    return keras.utils.image_dataset_from_directory(
        folder / part,
        image_size=(side, side),
        label_mode="binary",
        batch_size=None,
        shuffle=False,
        verbose=False,
    )


accuracy = {}
with check("5. Photos of any size"):
    model = build_for_any_size()
    assert isinstance(model, keras.Model), (
        f"build_for_any_size gave {model!r}; it should return a keras.Sequential"
    )
    kinds = [type(layer).__name__ for layer in model.layers]
    assert "Flatten" not in kinds, "Flatten needs one fixed size; use GlobalAveragePooling2D"
    assert tuple(model.input_shape) == (None, None, None, 3), (
        f"the input shape is {model.input_shape[1:]}; make it (None, None, 3)"
    )
    assert "GlobalAveragePooling2D" in kinds, (
        f"the layers are {', '.join(kinds)}; GlobalAveragePooling2D is missing"
    )
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [16, 32, 64], (
        f"the convolutions have {[layer.filters for layer in convolutions]} filters, not [16, 32, 64]"
    )
    assert all(layer.activation.__name__ == "relu" for layer in convolutions), (
        "each convolution needs ReLU: without a bend, several layers are no more than one"
    )
    assert kinds.count("MaxPooling2D") == 3, (
        f"there are {kinds.count('MaxPooling2D')} MaxPooling2D layers; each of the three blocks ends with one"
    )
    pools = [layer for layer in model.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    assert all(layer.pool_size == layer.strides == (2, 2) for layer in pools), (
        "each pooling takes 2 x 2 pixels, and windows do not overlap: MaxPooling2D(2)"
    )
    assert all(layer.padding == "valid" for layer in pools), (
        'a pooling has padding="same"; leave it out, as in the lesson'
    )
    scales = [(layer.scale, layer.offset) for layer in model.layers if hasattr(layer, "scale")]
    assert len(scales) == 1 and np.allclose(scales[0], (1 / 255, 0)), (
        "the photos have numbers from 0 to 255: one Rescaling(1 / 255) should bring them to 0 to 1"
    )
    shape = tuple(model(np.zeros((1, 60, 80, 3), "float32"), training=False).shape)
    assert shape == (1, 1), f"for one photo it gives the shape {shape}, not (1, 1)"
    output = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][-1]
    assert output.activation.__name__ == "sigmoid", (
        f"the output uses {output.activation.__name__}; a probability needs a sigmoid"
    )
    assert model.count_params() == 23_649, (
        f"it has {model.count_params():,} parameters, and should have 23,649"
    )
    print(f"{model.count_params():,} parameters")
    fresh = keras.models.clone_model(model)  # with new weights, however often you run the check
    optimizer = keras.optimizers.Adam(learning_rate=0.002)
    fresh.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    training = photos_of("train", IMAGE_SIZE).cache().shuffle(1000, seed=SEED).batch(32)
    fresh.fit(training, epochs=EPOCHS, verbose=0, callbacks=[Progress("any size")])
    for side in (IMAGE_SIZE, IMAGE_SIZE * 4 // 3):
        data = photos_of("validation", side).batch(100)
        accuracy[side] = fresh.evaluate(data, verbose=0, return_dict=True)["accuracy"]
        name = "accuracy" if side == IMAGE_SIZE else "accuracy_larger"
        expect(f"convnets_exercises.{name}", accuracy[side], edition)
    learned, larger = accuracy.values()
    expect("convnets_exercises.lost_on_larger", learned - larger, edition)

# %% tags=["nbval-ignore-output"]
for side, value in accuracy.items():
    print(f"{side} x {side}: validation accuracy {value:.3f}")

# %% [markdown]
# It takes photos that are a third larger than those it has learned from. Compare the two accuracies. If the second is
# lower, here is a reason: its filters were learned at one size, and what they look for is now larger than what they
# have learned. If the two are within a few hundredths, it may be luck.

# %% [markdown]
# ## What you learned
#
# 1. Sizes follow from three numbers for each layer. A photo that is too small for one of the layers is too small for
#    the whole network.
# 2. Pooling takes the largest of each window, each channel by itself. Windows may overlap.
# 3. The weights of a filter draw what it looks for. If they add up to 0, it gives 0 on areas of one brightness.
# 4. Decode, cache, shuffle, batch, augment: what is random comes last, and validation gets none of it.
# 5. Global average pooling takes the place of the largest layer, and has no weights. With it, a convnet takes photos of
#    any size.
