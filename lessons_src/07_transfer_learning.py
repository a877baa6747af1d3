# %% [markdown]
# # Transfer learning: stand on a network that others have trained
#
# *Borrow what a large network learned from a million photos, and teach it your own two classes on a laptop.*
#
# English · [한국어](ko/07_transfer_learning.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | two to five minutes; up to seven on a processor without bfloat16 | under 2.5 GB | the photos of lesson 6, and the weights of VGG16 (60 MB) | [lesson 6](06_convnets_from_scratch.ipynb) |
#
# **After this lesson you can**
#
# 1. say what a pretrained network knows, which of its layers are general and which are specific, and measure it;
# 2. extract features once, train a head on them in seconds, and choose by validation where to cut the network;
# 3. freeze a network, join all parts into one model that takes a photo, save it, and use it;
# 4. fine-tune its top block in five steps, and show why each step is there;
# 5. make a large network fast enough for a CPU with five tricks, and compare models in pairs, on the same photos.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("07_transfer_learning")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. On a GPU, larger photos, more views and more epochs are
# practical.

# %% tags=["parameters"]
SEED = 42
PHOTOS = 500  # of each class, to learn from
IMAGE_SIZE = {"original": 112, "offline": 64}
BATCH_SIZE = 32
HEAD_EPOCHS = 10
FINE_TUNING_EPOCHS = 2
NEW_RATE, LOW_RATE, HIGH_RATE = 3e-4, 2e-5, 1e-2
RUNS = 3  # at least 2, for the spread

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import hardware, plots
from helpers.data import cats_vs_dogs, vgg16_conv_base
from helpers.feedback import expect, show_bands, show_measured
from helpers.progress import Progress

# %% [markdown]
# ## The photos
#
# They are those of lesson 6, in the same three parts. Again the edition decides which two classes there are. It
# also decides the size of the photos here. Those of the offline edition are 64 pixels wide, so a larger size would
# show nothing new. Further down we measure what a smaller size costs.
#
# We keep them as whole numbers from 0 to 255, one byte a number: a quarter of the memory.


# %% tags=["transfer"]
def read(folder, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the photos of a folder, (photos, side, side, 3) from 0 to 255, and their labels."""
    files = keras.utils.image_dataset_from_directory(
        folder,
        image_size=(side, side),
        label_mode="binary",
        batch_size=50,
        shuffle=False,
        verbose=False,
    )
    batches = [(keras.ops.cast(photos, "uint8"), labels) for photos, labels in files]
    photos, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    if len(np.unique(labels)) < 2:
        raise ValueError(f"{folder.name} has no photos of one of {files.class_names}")
    return photos, labels


# %%
folder, class_names, edition = cats_vs_dogs(train=PHOTOS)
side = IMAGE_SIZE[edition]
photos, labels = read(folder / "train", side)
photos_val, labels_val = read(folder / "validation", side)
print(f"to learn from: {len(photos):,} photos, to validate: {len(photos_val)}")
print(f"half of them are of class 1: {labels.mean() == labels_val.mean() == 0.5}")


def evenly(count: int) -> np.ndarray:
    """Return the rows of so many training photos, from both classes."""
    return np.linspace(0, len(photos) - 1, count).astype(int)


# %% [markdown]
# ## The bar to beat
#
# In lesson 6 a small convnet learned from these very photos, from scratch. The bar is the best recipe of that lesson:
# the one that validation chose there. We do not train it again. This is its accuracy on the test photos, as it was
# measured there with several seeds. The test photos of this lesson are the same, so we may compare. (The convnet saw
# them at 64 x 64 pixels. In the offline edition so do we. The original photos are larger here, 112 x 112, and a test
# below says how much a size is worth.)

# %%
show_measured("convnets.best_test_accuracy", edition)

# %% [markdown]
# A thousand photos are few. That network began with random weights, and had to find out everything from these photos:
# what an edge is, what fur or cloth looks like, and what tells the two classes apart. But edges are the same in all
# photos of the world. Somebody has learned them before.
#
# ## A network that has seen the world
#
# *VGG16* was trained in 2014 on *ImageNet*: 1.2 million photos from the internet, with 1,000 classes, such as
# "tabby cat", "sports car" and "volcano". That took weeks on four graphics cards. Its weights are public. It has two
# parts:
#
# - the **convolutional base**: 13 convolutions of 3 x 3 in five blocks. Each block ends with max-pooling;
# - three dense layers that choose one of the 1,000 classes. We do not want these classes, so we leave this part out.
#   (It is also the heavy part: 500 MB, so this course does not bring it. That is why you will not see VGG16 say
#   "tabby cat" here.)
#
# Reusing a network for another task is *transfer learning*.
#
# **Predict before you run.** Blocks 1 and 2 have two convolutions each, blocks 3 to 5 have three. Those of block 1
# have 64 filters, then 128, 256, 512 and 512. How many parameters has the base? You need the formula of lesson 6, (3 x
# 3 x channels in + 1) x filters. Which block has the most?


# %% tags=["transfer"]
def conv_base(side: int, policy: str) -> keras.Model:
    """Return VGG16's convolutional base, whose layers compute as the dtype policy says."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        base, _ = vgg16_conv_base((side, side, 3))
    finally:
        keras.config.set_dtype_policy(before)
    return base


# %%
POLICY = hardware.fast_policy()  # what that means comes below
base = conv_base(side, POLICY)

# %%
parameters = {}
multiplications = {}
channels, width = 3, side
for block, (convolutions, filters) in enumerate(
    [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1
):
    parameters[block] = multiplications[block] = 0
    for _ in range(convolutions):
        parameters[block] += (3 * 3 * channels + 1) * filters
        multiplications[block] += 3 * 3 * channels * filters * width**2
        channels = filters
    width //= 2
    print(f"block {block}: {parameters[block]:>9,} parameters")
print(f"by hand: {sum(parameters.values()):,}   Keras: {base.count_params():,}")
expect("transfer.parameters", base.count_params(), edition)

# %% [markdown]
# Nearly half of them are in the last block, which is good to know: it will be the block that we train. But time goes
# elsewhere. The upper blocks work on small maps, because each pooling halves the sides. So let us also count how
# often each block multiplies.

# %%
total = sum(multiplications.values())
for block, count in multiplications.items():
    share = parameters[block] / base.count_params()
    print(
        f"block {block}: {share:4.0%} of the parameters, {count / total:4.0%} of the multiplications"
    )

# %% [markdown]
# Block 5 has nearly half of the parameters, and it needs less than a tenth of the multiplications. Keep this in
# mind, too.
#
# ### Look inside: the first filters
#
# The filters of the first layer see three colour channels of 3 x 3 pixels, so each of them is itself a tiny picture.
# Here are all 64. (VGG16 wants the channels in the order blue, green, red, so we turn them round to show them.)

# %%
kernel = base.get_layer("block1_conv1").get_weights()[0][:, :, ::-1]  # (3, 3, red green blue, 64)
low, high = kernel.min(axis=(0, 1, 2)), kernel.max(axis=(0, 1, 2))
patches = np.moveaxis((kernel - low) / (high - low), -1, 0)
filters_fig, filter_axes = plt.subplots(4, 16, figsize=(9, 2.5))
for ax, patch in zip(filter_axes.flat, patches, strict=True):
    ax.imshow(patch)
    ax.axis("off")
plots.described(
    filters_fig,
    "The 64 filters of VGG16's first layer as colour pictures of 3 by 3 pixels: light-dark edges in several "
    "directions, single spots, and patches of one colour or from one colour to another.",
)

# %% [markdown]
# Each filter has a scale of its own, from its smallest weight to its largest. You see edges in all directions, spots,
# and colours. Nothing here is about one sort of photo, so it should serve for photos of any sort. The first layers are
# **general**.
#
# ### How fast is it?
#
# **Trick 1: a number with fewer digits.** Keras computes with `float32`: each number takes 32 bits. `bfloat16` takes
# 16. It covers the same range, from tiny to huge, but knows only two or three decimal digits. For a picture whose
# pixels are whole numbers from 0 to 255 that is enough. Newer processors multiply such numbers much faster. In Keras
# this is a *dtype policy*, `mixed_bfloat16`: layers compute in 16 bits, while the weights, which must change in small
# steps, stay in 32.
#
# On a processor without such instructions `bfloat16` is slow, and there we stay with `float32`. The helper
# `fast_policy` looks at your processor and chooses.
#
# The next functions build a model from photos to whatever we want to see of the base. First comes VGG16's own
# preparation: blue before red, and minus the mean colour of ImageNet. A block gives many maps, and we often *average*
# each map over its places, so that one number a channel is left. Lesson 6 called it global average pooling.


# %% tags=["transfer"]
def maps_of(base: keras.Model, block: str):
    return base.get_layer(f"{block}_pool").output


def averaged(maps):
    """Return one number a channel: the mean over the places of its map."""
    return keras.ops.mean(keras.ops.cast(maps, "float32"), axis=(1, 2))


def extractor(base: keras.Model, outputs) -> keras.Model:
    """Return a model from photos, from 0 to 255, to outputs of the base."""
    photos = keras.Input(base.input_shape[1:])
    prepared = keras.applications.vgg16.preprocess_input(photos)
    return keras.Model(photos, keras.Model(base.input, outputs)(prepared))


# %% [markdown]
# Is the answer of the fast arithmetic still the same? We compare the features of 100 photos: once as Keras does it by
# default, once in the fast way. Their *correlation* says how well the two answers go together: 1 is perfectly, 0 is
# not at all. And we take the time, after a pass to warm up. (Without bfloat16 both ways are the same, and their times
# differ by chance alone.)

# %%
plain_base = conv_base(side, "float32")
some = photos[evenly(100)]
pace, answers = {}, {}  # pace: seconds that a photo takes
for name, network in (("float32", plain_base), ("the fast way", base)):
    model = extractor(network, averaged(maps_of(network, "block5")))
    model.predict(some[:20], batch_size=20, verbose=0)
    started = time.perf_counter()
    answers[name] = model.predict(some, batch_size=20, verbose=0).ravel()
    pace[name] = (time.perf_counter() - started) / len(some)
correlation = np.corrcoef(*answers.values())[0, 1]
print("the features agree, correlation above 0.99:", bool(correlation > 0.99))
hardware.free_memory(plain_base)  # from here on all goes the fast way

# %% tags=["nbval-ignore-output"]
for name, duration in pace.items():
    print(f"{name:12} {1 / duration:4.0f} photos a second at {side} x {side}")
print(f"the fast way is {POLICY} here")

# %% [markdown]
# ## Case 1: extract features once
#
# What a block gives for a photo is a description of it: up to 512 maps, each for another pattern. We call these
# numbers *features*. Now the base stays as it is, and only a small new network on top learns: the *head*. This is
# *feature extraction*.
#
# **Trick 2: run once what does not change.** If the base stays as it is, then its output for a photo stays the same,
# too. So each photo goes through the base once. We keep the features, and the head trains on these. An epoch
# takes a fraction of a second.
#
# In this one pass we keep all that the lesson needs, by block: the mean of each map; the share of all places, in all
# maps, that are above 0; and of blocks 3 and 4 the maps themselves, in 16 bits.

# %%
BLOCKS = [f"block{number}" for number in range(1, 6)]
extract = extractor(
    base,
    {
        "mean": {block: averaged(maps_of(base, block)) for block in BLOCKS},
        "above": {
            block: keras.ops.mean(
                keras.ops.cast(maps_of(base, block) > 0, "float32"), axis=(1, 2, 3)
            )
            for block in BLOCKS
        },
        "maps": {
            block: keras.ops.cast(maps_of(base, block), "float16") for block in ("block3", "block4")
        },
    },
)
seconds = {}
started = time.perf_counter()
kept, kept_val = (extract.predict(part, batch_size=20, verbose=0) for part in (photos, photos_val))
seconds["one pass"] = time.perf_counter() - started
for block, means in kept["mean"].items():
    print(f"{block}: {means.shape[1]} numbers a photo")

# %% [markdown]
# ## Which layers are general, and which are specific?
#
# Let us look at two things.
#
# **First: how often does a channel answer?** Each channel looks for one pattern. Where it does not find it, its map
# is exactly 0, because of ReLU. For each block we take the share of places that are above 0, over all channels and
# photos. (We look behind the pooling, where a place is above 0 as soon as one of its four was.)
#
# **Second: how much does a block know about our two classes?** On its means we fit the simplest classifier there
# is, a *logistic regression*: a single unit with a sigmoid. It can use only what the block has already worked out.
# Such a test is called a *linear probe*. (`C` is lesson 5's price of large weights upside down: the smaller `C`,
# the more they cost.) The probe is not quite fair to block 1, which gives 64 numbers, and not 512 as blocks 4 and
# 5 do. Those two may be compared.
#
# **Predict before you run.** How will both change from block 1 to block 5?


# %%
def probed(means: np.ndarray, means_val: np.ndarray) -> float:
    """Return the validation accuracy of a linear probe."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=3000))
    return classifier.fit(means, labels.ravel()).score(means_val, labels_val.ravel())


above = {block: shares.mean() for block, shares in kept["above"].items()}
probe = {block: probed(kept["mean"][block], kept_val["mean"][block]) for block in BLOCKS}

probe_fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3))
numbers = np.arange(1, 6)
left.bar(numbers, 100 * np.array(list(above.values())), color=plots.BLUE)
left.set(xlabel="block", ylabel="places above 0, %", title="how often a channel answers")
right.plot(numbers, list(probe.values()), "o-", color=plots.VERMILION)
right.axhline(0.5, color=plots.GREY, linestyle="--", linewidth=1)
right.text(5, 0.51, "guessing", ha="right", color=plots.GREY)
right.set_title("what a linear probe reaches")
right.set(xlabel="block", ylabel="validation accuracy", xticks=numbers, ylim=(0.48, 1))
plots.described(
    probe_fig,
    "Left: share of the places where a channel answers, by block, largest in block 1 and smallest in block 5. "
    "Right: validation accuracy of a linear probe by block: lowest in block 1, and best in one of the upper blocks.",
)

# %%
expect("transfer.above_block1", above["block1"], edition)
expect("transfer.above_block5", above["block5"], edition)
expect("transfer.probe_block1", probe["block1"], edition)
expect("transfer.probe_block4", probe["block4"], edition)
expect("transfer.probe_block5", probe["block5"], edition)

# %% [markdown]
# Edges and colours are nearly everywhere, so the lower channels answer often: they are **general**. They say least
# about our two classes, though they also had the fewest numbers to say it with. An upper channel waits for
# something rare: it is **specific**.
#
# Specific to what? To ImageNet. More than a hundred of its 1,000 classes are breeds of dogs and cats. Whoever has
# photos of these can take block 5 as if it had been made for them. The less your photos look like ImageNet's, the
# lower is the block whose output you should take. (Size has a say, too: of a photo of 64 x 64 pixels block 5 has
# only 2 x 2 places left.) A probe is a cheap hint, and no more. So we choose between the two upper blocks with
# the real head.
#
# ## The head, and where to put it
#
# The head is small: one dense layer of 256 units, dropout of one half against overfitting, and a sigmoid. Before them
# stands a `Normalization`: each feature minus its mean, divided by its standard deviation, as in lesson 4. That is
# needed, because the features of block 4 are many times as large as those of block 5.
#
# What the head learns from comes in an array of the shape (views, photos, …). A *view* is the photo itself or a
# changed copy of it. Here there is one view, the photo; later there will be two. We call such an array a *pool* of
# views. (That is a stock to draw from. It has nothing to do with max-pooling.) In each epoch each photo occurs once,
# in a view chosen at random. Keras has a class for data that is dealt in a way of your own, `PyDataset`: it wants to
# know how many batches there are, what is in each of them, and what to do after an epoch.


# %% tags=["transfer"]
def new_head(features: np.ndarray) -> keras.Model:
    """Return an untrained head; features are those of the training photos, one row a photo."""
    mean, variance = features.mean(axis=0), features.var(axis=0)
    return keras.Sequential(
        [
            keras.Input(shape=mean.shape),
            # a channel may be silent in all these photos: never divide by 0
            keras.layers.Normalization(mean=mean, variance=variance + 0.01),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, activation="sigmoid"),
        ],
        name="head",
    )


def compiled(model: keras.Model, rate: float) -> keras.Model:
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=4,  # four batches in one go: the same numbers, a little sooner
    )
    return model


class Deal(keras.utils.PyDataset):
    """Deals batches from a pool of the shape (views, photos, …)."""

    def __init__(self, pool: np.ndarray, labels: np.ndarray, seed: int) -> None:
        super().__init__()
        self.pool, self.labels, self.rng = pool, labels, np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.labels) // BATCH_SIZE)  # rounded up

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.order[number * BATCH_SIZE :][:BATCH_SIZE]
        views = self.rng.integers(len(self.pool), size=len(rows))
        return self.pool[views, rows], self.labels[rows]

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.labels))


def held_out(features: np.ndarray, labels: np.ndarray) -> tf.data.Dataset:
    """Return features with their labels in batches; as an array, Keras would copy them each time."""
    return tf.data.Dataset.from_tensor_slices((features, labels)).batch(50)


def train(model, data, validation, epochs: int, name: str) -> dict[str, list[float]]:
    return model.fit(
        data,
        validation_data=validation,
        epochs=epochs,
        verbose=0,
        callbacks=[Progress(name)],
    ).history


# %% [markdown]
# One training proves little. So we train three heads on each block, each with other random weights and in another
# order. The same three seeds serve both blocks.
#
# **Predict before you run.** Which block will win on your photos? Think of what ImageNet is made of.


# %%
def train_heads(pool, validation, name: str) -> tuple[list[keras.Model], list[dict]]:
    """Return the trained heads of all runs, and their curves."""
    trained, curves = [], []
    clock = time.perf_counter()
    for run in range(RUNS):
        keras.utils.set_random_seed(SEED + run)
        trained.append(compiled(new_head(pool.reshape(-1, pool.shape[-1])), NEW_RATE))
        data = Deal(pool, labels, SEED + run)
        curves.append(train(trained[-1], data, validation, HEAD_EPOCHS, f"{name}, run {run + 1}"))
    seconds[name] = (time.perf_counter() - clock) / RUNS
    return trained, curves


heads, head_curves = {}, {}
for block in ("block4", "block5"):
    heads[block], head_curves[block] = train_heads(
        kept["mean"][block][None], held_out(kept_val["mean"][block], labels_val), f"head on {block}"
    )

# %% [markdown]
# With 500 validation photos, accuracy jumps from epoch to epoch. So we smooth the curves as in lesson 4, with an
# exponential moving average, $s_t = 0.5\, s_{t-1} + 0.5\, m_t$. Here $m_t$ is the value measured in epoch $t$, and
# $s_t$ the smoothed one. The measured curves are the thin lines behind. A smoothed curve lags a little: where the
# values rise, it lies below them.


# %%
def smooth(curve: list[float], keep: float = 0.5) -> np.ndarray:
    smoothed = [curve[0]]
    for point in curve[1:]:
        smoothed.append(keep * smoothed[-1] + (1 - keep) * point)
    return np.array(smoothed)


heads_fig, heads_axes = plt.subplots(1, 2, figsize=(7.6, 3.2), sharey=True)
epochs = np.arange(1, HEAD_EPOCHS + 1)
looks = {"block4": (plots.BLUE, "-"), "block5": (plots.VERMILION, "--")}
for ax, key in zip(heads_axes, ("accuracy", "val_accuracy"), strict=True):
    for block, (colour, line) in looks.items():
        for run, curve in enumerate(head_curves[block]):
            ax.plot(epochs, curve[key], color=colour, linewidth=0.6)
            label = f"head on {block}" if run == 0 else None
            ax.plot(epochs, smooth(curve[key]), line, color=colour, label=label)
    ax.set(xlabel="epoch", xticks=epochs[1::2])
heads_axes[0].set(ylabel="accuracy", title="training photos")
heads_axes[1].set(title="validation photos")
heads_axes[0].legend(loc="lower right")
plots.described(
    heads_fig,
    f"Accuracy by epoch of {RUNS} heads on block 4 and {RUNS} on block 5, measured and smoothed. Left, on the training "
    "photos, all rise and rise. Right, on the validation photos, they rise less and less, one block above the other.",
)

# %% [markdown]
# On the training photos the accuracy rises and rises: with so many features for so few photos, the head can learn
# much by heart. On validation the curves rise less and less, and one block lies above the other. As our measure we
# take the mean over the last five epochs.


# %%
def last(curves: list[dict], key: str = "val_accuracy") -> np.ndarray:
    """Return each run's mean over its last five epochs, or fewer if it had fewer."""
    return np.array([np.mean(curve[key][-5:]) for curve in curves])


validated = {block: last(curves) for block, curves in head_curves.items()}
chosen = max(validated, key=lambda block: validated[block].mean())
expect("transfer.head_block4", validated["block4"].mean(), edition)
expect("transfer.head_block5", validated["block5"].mean(), edition)
expect("transfer.gain_of_block5", (validated["block5"] - validated["block4"]).mean(), edition)
print(f"For {class_names[0]} and {class_names[1]} we cut behind {chosen}.")

# %% [markdown]
# The last value is what block 5 gains over block 4, seed by seed: below 0 it loses. The validation photos have
# chosen, and the rest of this lesson goes by their choice: the features of the chosen block are *our* features.
#
# What did the cache save? Without it, all photos go through the base in each epoch.

# %% tags=["nbval-ignore-output"]
with_cache = seconds["one pass"] + seconds[f"head on {chosen}"]
without = HEAD_EPOCHS * seconds["one pass"] + seconds[f"head on {chosen}"]
print(f"the pass, once: {seconds['one pass']:.0f} s; {HEAD_EPOCHS} epochs of a head: ", end="")
print(f"{seconds[f'head on {chosen}']:.1f} s; together {with_cache:.0f} s")
print(f"without the cache {without:.0f} s: {without / with_cache:.0f} times as long")

# %% [markdown]
# ### Trick 3: the smallest size that keeps the result
#
# Half the side is a quarter of the pixels, and so a quarter of the work. What does it cost? We run the base once
# more, on photos of half the side, and put the linear probe on the chosen block. (A side below 32 pixels is refused:
# after five poolings nothing would be left.)
#
# **Predict before you run.** How much of its accuracy will the probe lose: a hundredth, some hundredths, more than a
# tenth, or all that it had above guessing?

# %%
half_base = conv_base(side // 2, POLICY)
half_extract = extractor(half_base, averaged(maps_of(half_base, chosen)))
half, half_val = (
    half_extract.predict(read(folder / part, side // 2)[0], batch_size=20, verbose=0)
    for part in ("train", "validation")
)
expect("transfer.lost_by_half_size", probe[chosen] - probed(half, half_val), edition)

# %% [markdown]
# The line says how much accuracy is lost. This is how to choose a size: go down until validation suffers more than
# you like, then go back one step. Here we keep the full size.
#
# ## Case 2: augmentation, with a frozen base
#
# In lesson 6, each epoch saw the photos mirrored and moved anew. With a borrowed base the textbook way is to put
# everything into one model, augmentation, preparation, base and head, and to *freeze* the base: its weights are used,
# but training does not change them. Let us build that model. It takes photos of any size, as they come from a camera.
#
# **Predict before you run.** Each convolution has an array of weights and one of biases, and so has each of the
# head's two dense layers. How many arrays are trainable before freezing, and how many after? Mind where we have
# cut: block 4 ends with the tenth convolution, block 5 with the thirteenth.

# %% tags=["transfer"]
augmentation = keras.Sequential(
    [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(0.05),  # up to a twentieth of a full turn
        keras.layers.RandomZoom(0.15),
    ],
    name="augmentation",
)


def takes_photos(side: int, lower: keras.Model, upper: keras.Model) -> keras.Model:
    """Join all parts: photos of any size, from 0 to 255, in, probabilities out."""
    photos = keras.Input((None, None, 3))
    views = augmentation(keras.layers.Resizing(side, side)(photos))  # changes them in training only
    prepared = keras.applications.vgg16.preprocess_input(views)
    return keras.Model(photos, upper(lower(prepared)))


# %%
borrowed = keras.Model(base.input, averaged(maps_of(base, chosen)))
full = takes_photos(side, borrowed, heads[chosen][0])
for frozen in (False, True):
    base.trainable = not frozen
    arrays = [weights.shape.num_elements() for weights in full.trainable_weights]
    print(f"frozen: {frozen!s:5}  {len(arrays):2} arrays to train, {sum(arrays):10,} numbers")
assert len(arrays) == 4, "only the head's two dense layers should be left"

# %% [markdown]
# Set `trainable` **before** `compile`, and compile again after every change. Otherwise `fit` may still train what it
# trained before.
#
# Does the whole model give the same as the head alone on the kept features? If so, training the head on kept
# features *is* training the frozen model, as long as nobody augments. With augmentation it is not, and we come to
# that at once.

# %%
ten = evenly(10)
whole = full.predict(photos[ten], verbose=0)
alone = heads[chosen][0].predict(kept["mean"][chosen][ten], verbose=0)
print("same probabilities, to 0.05:", bool(np.abs(whole - alone).max() < 0.05))
assert np.abs(whole - alone).max() < 0.05

# %% [markdown]
# This is a model you can give away: nothing but a photo goes in. We save it as one file, load it as somebody else
# would, and ask it about a validation photo, straight from its file. Its answer is the probability of class 1.

# %% tags=["nbval-ignore-output"]
with TemporaryDirectory() as place:
    full.save(Path(place, "classifier.keras"))
    print(f"the file has {Path(place, 'classifier.keras').stat().st_size / 1e6:.0f} MB")
    loaded = keras.models.load_model(Path(place, "classifier.keras"))


def ask(model: keras.Model, file: Path) -> None:
    photo = keras.utils.img_to_array(keras.utils.load_img(file))
    probability = model.predict(photo[np.newaxis], verbose=0)[0, 0]
    answer = class_names[int(probability > 0.5)]
    print(f"{file.name}, {photo.shape[1]} x {photo.shape[0]} pixels: {answer} ", end="")
    print(f"({class_names[1]} with a probability of {probability:.2f})")


a_file = min((folder / "validation" / class_names[1]).iterdir())
ask(loaded, a_file)

# %%
again = loaded.predict(photos[ten], verbose=0)
print("loaded, it says the same:", bool(np.abs(again - whole).max() < 0.001))

# %% [markdown]
# ### Trick 4: a fixed pool of views
#
# With augmentation each view is new, so the textbook's model sends all photos through the base in every epoch, and
# throws the result away. A CPU needs minutes for that.
#
# Instead we make one random view of each photo, *once*, and run it through the base, once. Together with the photo
# itself it is the pool. Each epoch deals one of the two at random, so the head rarely sees the same combination
# twice. We lose something: there are two views a photo, and not an endless number. We gain time: the base runs once
# for each view, and no longer in every epoch.


# %% tags=["transfer"]
def random_view(photos: np.ndarray) -> np.ndarray:
    batches = [photos[i : i + 20] for i in range(0, len(photos), 20)]
    views = [augmentation(batch.astype("float32"), training=True) for batch in batches]
    return np.concatenate([keras.ops.cast(view, "uint8") for view in views])


# %%
keras.utils.set_random_seed(SEED)
started = time.perf_counter()
views = random_view(photos)
extract_two = extractor(
    base,
    {
        "mean": averaged(maps_of(base, chosen)),
        "maps": keras.ops.cast(maps_of(base, "block4"), "float16"),
    },
)
kept_views = extract_two.predict(views, batch_size=20, verbose=0)
pool = np.stack([kept["mean"][chosen], kept_views["mean"]])
pool4 = np.stack([kept["maps"]["block4"], kept_views["maps"]])  # for later
seconds["views"] = time.perf_counter() - started
print(f"views, photos, features: {pool.shape}")

# %%
five = evenly(5)
plots.photos(
    np.concatenate([photos[five], views[five]]),
    ["photo"] * 5 + ["a view of it"] * 5,
    "Five photos, and below each a random view of it: mirrored or not, turned a little, larger or smaller. Where nothing "
    "is left to show, at the edges, the view repeats the photo as a mirror would.",
)

# %% [markdown]
# (Where a view would show something beyond the edge of its photo, Keras fills in the photo's own mirror image. So do
# not wonder about a second ear or a second sleeve.)

# %%
augmented, augmented_curves = train_heads(
    pool, held_out(kept_val["mean"][chosen], labels_val), "head, views"
)
gap = (last(head_curves[chosen], "accuracy") - validated[chosen]).mean()
augmented_gap = (last(augmented_curves, "accuracy") - last(augmented_curves)).mean()
expect("transfer.gain_of_views", (last(augmented_curves) - validated[chosen]).mean(), edition)
expect("transfer.less_overfitting", gap - augmented_gap, edition)

# %% [markdown]
# The second line says by how much the gap between training and validation has become narrower: it is harder to learn
# two views by heart than one. (As in lesson 6, some of that may be only because the training accuracy is now measured
# on changed photos.) The first line is what the views add on validation: next to nothing. Perhaps the base gives
# nearly the same features for a turned photo as for the photo itself. Then the views hold little that is new for the
# head. Or one more view for each photo is too few. We have not tested which.

# %% tags=["nbval-ignore-output"]
textbook_way = HEAD_EPOCHS * seconds["one pass"] + seconds["head, views"]
our_way = seconds["one pass"] + seconds["views"] + seconds["head, views"]
print(f"all photos through the base in each of {HEAD_EPOCHS} epochs: about {textbook_way:.0f} s")
print(f"the pool, once, and the head: {our_way:.0f} s, {textbook_way / our_way:.1f} times as fast")

# %% [markdown]
# ## Fine-tuning
#
# So far the base was as it came. Now we change its most specific part a little, so that it fits our photos. There are
# five steps:
#
# 1. put a new head on the base;
# 2. freeze the base;
# 3. train the head;
# 4. unfreeze the top block of the base;
# 5. train both together, with a **low** learning rate.
#
# The top block is block 5, so here we include block 5, whatever the validation photos have chosen above. If block 5
# was made for other photos than yours, this is its chance to learn. Steps 1 to 3 are done: we have three trained
# heads on block 5. For the rest there is again something that need not be computed twice.
#
# **Trick 5: cut at the frozen block.** Blocks 1 to 4 stay frozen. So their output is fixed, and we have kept it, for
# both views. Only block 5 and the head need to be computed.
#
# **Predict before you run.** Training takes about three times as many multiplications as a prediction: once forward,
# and twice for the slopes of the inputs and of the weights. The textbook's way computes blocks 1 to 4 forward, too.
# With the shares of the multiplications above: how many times fewer does our way need?

# %%
below = sum(multiplications[number] for number in range(1, 5))
textbook_work, our_work = below + 3 * multiplications[5], 3 * multiplications[5]
print(f"{textbook_work / our_work:.1f} times fewer in each epoch")

# %% [markdown]
# The next function cuts the upper blocks out of the base, as a network of its own. It is a copy, so that each
# experiment starts from the same borrowed weights. The second one puts a copy of a head on it.


# %% tags=["transfer"]
def blocks_after(base: keras.Model, block: str) -> keras.Model:
    """Return a trainable copy of all that comes after a block."""
    names = [layer.name for layer in base.layers]
    after = base.layers[names.index(f"{block}_pool") + 1 :]
    start = keras.Input(shape=maps_of(base, block).shape[1:])
    copy = keras.models.clone_model(keras.Sequential([start, *after]))
    copy.set_weights([weights for layer in after for weights in layer.get_weights()])
    for layer in copy.layers:
        layer.trainable = True
    return copy


def with_head(blocks: keras.Model, head: keras.Model) -> keras.Model:
    own_head = keras.models.clone_model(head)
    own_head.set_weights(head.get_weights())
    average = keras.layers.GlobalAveragePooling2D(dtype="float32")
    return keras.Sequential([keras.Input(blocks.input_shape[1:]), blocks, average, own_head])


# %%
tuned = with_head(blocks_after(base, "block4"), heads["block5"][0])
block5_start = tuned.layers[0].get_weights()
cut = tuned.predict(kept["maps"]["block4"][ten], verbose=0)
uncut = heads["block5"][0].predict(kept["mean"]["block5"][ten], verbose=0)
print("same probabilities as before the cut, to 0.05:", bool(np.abs(cut - uncut).max() < 0.05))
assert np.abs(cut - uncut).max() < 0.05
print(f"block 5 has {parameters[5]:,} parameters; all of them are trained now: ", end="")
print(parameters[5] == sum(w.shape.num_elements() for w in tuned.layers[0].trainable_weights))

# %% [markdown]
# We fine-tune from each of the three heads. The table has the validation accuracy before and after, run by run. And
# we measure how far block 5 has moved: the length of the change of its weights, as a share of their own length.
#
# **Predict before you run.** How far will it move: about 1, 10 or 100 percent?


# %%
validation4 = held_out(kept_val["maps"]["block4"], labels_val)


def fine_tune(head, rate: float, epochs: int, run: int, name: str) -> tuple[dict, float]:
    """Train block 5, from its borrowed weights, and a head; return the curve, and how far it moved."""
    keras.utils.set_random_seed(SEED + run)
    tuned.set_weights([*block5_start, *head.get_weights()])
    data = Deal(pool4, labels, SEED + run)
    curve = train(compiled(tuned, rate), data, validation4, epochs, name)
    hardware.free_memory(tuned.optimizer)  # Adam's two averages of each slope
    steps = zip(tuned.layers[0].get_weights(), block5_start, strict=True)
    change = np.sqrt(sum(np.sum((now - before) ** 2) for now, before in steps))
    return curve, change / np.sqrt(sum(np.sum(before**2) for before in block5_start))


tuned_curves, tuned_moves, tuned_weights = [], [], []
started = time.perf_counter()
for run, head in enumerate(heads["block5"]):
    curve, moved = fine_tune(head, LOW_RATE, FINE_TUNING_EPOCHS, run, f"fine-tuning, run {run + 1}")
    tuned_curves.append(curve)
    tuned_moves.append(moved)
    tuned_weights.append(tuned.get_weights())
seconds["fine-tuned"] = (time.perf_counter() - started) / RUNS

# %% tags=["nbval-ignore-output"]
before_tuning = [curve["val_accuracy"][-1] for curve in head_curves["block5"]]
after_tuning = [curve["val_accuracy"][-1] for curve in tuned_curves]
for run in range(RUNS):
    print(f"run {run + 1}: before {before_tuning[run]:.3f}, after {after_tuning[run]:.3f}")

# %%
expect("transfer.gain_of_tuning", np.mean(after_tuning) - np.mean(before_tuning), edition)
expect("transfer.moved", np.mean(tuned_moves), edition)

# %% [markdown]
# The first line is the gain over the head on the untouched block 5, on validation. (Part of it may come from the
# views, and from more epochs for the head. To know it exactly, train the head alone in the same way.) The second is
# how far block 5 has moved: a percent or two of its own length. That is what *fine* means.
#
# ### The trap of batch normalisation
#
# VGG16 has no `BatchNormalization`, but most newer networks do, and there a trap waits just here. In training, such a
# layer uses the mean and the spread of the batch, and keeps running averages of them for later. While it is frozen,
# it leaves these averages as they are. But the moment you unfreeze the base, it begins to average anew, over your few
# photos, and the borrowed averages are gone.
#
# We show it with a small base, and a learning rate of **0**. So no weight can learn anything, and no answer should
# change. We try two cures. Many books call the base as `base(x, training=False)`. And one can freeze the layers of
# this kind one by one.
#
# **Predict before you run.** In which of the four cases will the answers change nevertheless?

# %%
x_toy = np.random.default_rng(0).normal(5, 2, (64, 3)).astype("float32")
y_toy = (x_toy[:, :1] > 5).astype("float32")
toy_base = keras.Sequential(
    [keras.Input((3,)), keras.layers.Dense(4), keras.layers.BatchNormalization()]
)
toy_start = toy_base.get_weights()
for case, base_learns, normalisation_learns, how in (
    ("frozen, base(x)", False, False, {}),
    ("unfrozen, base(x)", True, True, {}),
    ("unfrozen, base(x, training=False)", True, True, {"training": False}),
    ("unfrozen, but not the normalisation", True, False, {}),
):
    toy_base.set_weights(toy_start)
    toy_base.trainable = base_learns
    toy_base.layers[-1].trainable = normalisation_learns
    toy_photo = keras.Input((3,))
    toy_answer = keras.layers.Dense(1, activation="sigmoid")(toy_base(toy_photo, **how))
    toy = compiled(keras.Model(toy_photo, toy_answer), rate=0.0)
    toy_before = toy.predict(x_toy, verbose=0)
    toy.fit(x_toy, y_toy, epochs=10, verbose=0)
    changed = np.abs(toy.predict(x_toy, verbose=0) - toy_before).max() > 0.001
    print(f"{case:36} the answers have changed: {bool(changed)}")

# %% [markdown]
# The third line is the surprise. The books' cure comes from older versions. In Keras 3, `fit` tells all layers of such a
# model that this is training, and overrules the `training=False`. (In a model whose `call` you write yourself, it does
# work.) So after unfreezing a base, go through its layers, and freeze each `BatchNormalization` again. And test it, as
# we did: with a rate of 0.
#
# ## Why these steps?
#
# You find the five steps in every textbook. We do not want to take them on trust, we want to see that they are
# needed. Three experiments, each with one thing done wrong. The trainings are single runs, so look for large
# effects only.
#
# ### Why does the head come first?
#
# A new head is random. What it says is wrong, and so are the slopes that it sends down into block 5. Two questions.
# How long is their gradient, the vector of all slopes of block 5's weights? And do three random heads agree on its
# direction? The *cosine* of the angle between two vectors tells: 1 is the same direction, 0 is none in common.
#
# We send the same 100 training photos through block 5, once with three random heads, once with our three trained
# ones.
#
# **Predict before you run.** With which heads is the gradient longer, and by which factor? Which three agree more?


# %%
hundred = evenly(100)


def gradient(head: keras.Model) -> np.ndarray:
    """Return the slopes of block 5's weights under this head, as one vector."""
    tuned.set_weights([*block5_start, *head.get_weights()])
    with tf.GradientTape() as tape:
        predicted = tuned(kept["maps"]["block4"][hundred], training=False)
        loss = tf.reduce_mean(keras.losses.binary_crossentropy(labels[hundred], predicted))
    slopes = tape.gradient(loss, tuned.layers[0].trainable_weights)
    return np.concatenate([np.ravel(slope) for slope in slopes])


def length_and_agreement(some_heads: list[keras.Model]) -> tuple[float, float]:
    """Return the median length of the heads' gradients, and the mean cosine of their angles."""
    vectors = [gradient(head) for head in some_heads]
    lengths = [np.linalg.norm(vector) for vector in vectors]
    pairs = [(i, j) for i in range(RUNS) for j in range(i)]
    cosines = [vectors[i] @ vectors[j] / (lengths[i] * lengths[j]) for i, j in pairs]
    return np.median(lengths), np.mean(cosines)


random_heads = []
for run in range(RUNS):
    keras.utils.set_random_seed(SEED + run)
    random_heads.append(new_head(kept["mean"]["block5"]))
random_length, random_agreement = length_and_agreement(random_heads)
trained_length, trained_agreement = length_and_agreement(heads["block5"])
expect("transfer.trained_push", trained_length / random_length, edition)
expect("transfer.random_agreement", random_agreement, edition)
expect("transfer.trained_agreement", trained_agreement, edition)

# %% [markdown]
# The first line compares the lengths: that of the trained heads is shorter than that of the random ones. So a
# random head pushes block 5 harder. (Plain gradient descent would move it that much further. Adam divides by the
# size of the slopes, so here the direction counts more than the length.) And the random heads hardly agree: most of
# what each of them asks of block 5 comes from its own random weights. The trained heads agree much more: all three
# have learned from the photos what to ask for.
#
# Now let us train the head and block 5 together from the first step: a random head, everything else as before.

# %%
random_start = compiled(random_heads[0], LOW_RATE).evaluate(
    held_out(kept_val["mean"]["block5"], labels_val), verbose=0
)[1]
random_curve, random_move = fine_tune(
    random_heads[0], LOW_RATE, FINE_TUNING_EPOCHS, 0, "random head"
)
lost = np.mean(tuned_curves[0]["val_accuracy"]) - np.mean(random_curve["val_accuracy"])
expect("transfer.lost_by_random_head", lost, edition)
expect("transfer.moved_by_random_head", random_move / tuned_moves[0], edition)

# %% [markdown]
# The first line is what the random head has lost in validation accuracy, averaged over the epochs: its network lags
# behind. The second compares how far block 5 has moved (1 is as far as with the trained head): it has moved at least
# about as far, for a head that did not know yet what to ask for. How much of what is lost is damage to block 5, and
# how much is only that the head has not learned enough yet, this experiment cannot say. But a rate that is low enough
# for block 5 may be too low for a new head. Whoever raises it for the head's sake falls into the next trap. The head
# alone would have learned in a few seconds.
#
# ### Why a low rate?
#
# The same trained head, the same block 5, but with a rate of 0.01, hundreds of times as high.
#
# **Predict before you run.** What happens to a network that was right so often? How far will block 5 move?

# %%
wrecked_curve, wrecked_move = fine_tune(heads["block5"][0], HIGH_RATE, 1, 0, "high rate")
expect("transfer.moved_by_high_rate", wrecked_move, edition)
wrecked_accuracy = wrecked_curve["val_accuracy"][-1]

# %% tags=["nbval-ignore-output"]
print(f"validation accuracy: {before_tuning[0]:.3f} before, {wrecked_accuracy:.3f} after one epoch")

# %% [markdown]
# The weights have moved by several times their length, and accuracy is lost: with most seeds nearly all of the lead
# over guessing, with a few a part of it. Is that block 5's fault, or the head's, which no longer fits? Does what block
# 5 gives still tell our two classes apart? The linear probe from above can say. We fit one to the output of block 5 as
# it is now, and compare it with the probe on what it gave before.

# %%
wrecked = keras.Sequential([tuned.layers[0], keras.layers.GlobalAveragePooling2D(dtype="float32")])
now, now_val = (
    np.nan_to_num(wrecked.predict(part["maps"]["block4"], verbose=0)) for part in (kept, kept_val)
)

# %% tags=["nbval-ignore-output"]
print(f"validation accuracy of the probe: {probe['block5']:.3f} before, ", end="")
print(f"{probed(now, now_val):.3f} after one epoch at the high rate")

# %%
why_fig, why_ax = plt.subplots(figsize=(5.6, 3.2))
for name, start, curve, style in (
    ("as it should be", before_tuning[0], tuned_curves[0], {"color": plots.BLUE, "marker": "o"}),
    ("random head", random_start, random_curve, {"color": plots.GREEN, "marker": "s"}),
    ("high rate", before_tuning[0], wrecked_curve, {"color": plots.VERMILION, "marker": "^"}),
):
    points = [start, *curve["val_accuracy"]]
    why_ax.plot(np.arange(len(points)), points, label=name, **style)
why_ax.axhline(0.5, color=plots.GREY, linestyle=":", linewidth=1)
why_ax.set(xlabel="epochs of fine-tuning", ylabel="validation accuracy", ylim=(0.3, 1))
why_ax.set_xticks(range(FINE_TUNING_EPOCHS + 1))
why_ax.legend(loc="lower right")
plots.described(
    why_fig,
    "Validation accuracy by epoch of fine-tuning. As it should be: high from the start to the end. With a random "
    "head: from near guessing, the dotted line at 0.5, upwards. With a high rate: down within one epoch.",
)

# %% [markdown]
# With some seeds the probe can only guess now. With others it still reaches much of what it reached before. That does
# not prove that block 5 has kept what it knew: blocks 1 to 4 are untouched, and even a block of random weights lets
# much of what they found through. (Try it: draw the weights of block 5 anew, and probe again.) What is sure is that
# one epoch has cost the network a part of its lead over guessing, and with most seeds nearly all of it. A pretrained
# network is near a good place. Small steps keep it near.
#
# ### Why only the top block?
#
# Why not two blocks, or all? We cut one block further down, behind block 3, and train blocks 4 and 5. To keep it
# short, both trainings of this experiment see every second photo, without views, for one epoch.
#
# **Predict before you run.** Nearly twice as many parameters: will the result be better? How much longer does it
# take?

# %%
outcomes = {}
for name, block in (("block 5", "block4"), ("blocks 4 and 5", "block3")):
    keras.utils.set_random_seed(SEED)
    model = compiled(with_head(blocks_after(base, block), heads["block5"][0]), LOW_RATE)
    clock = time.perf_counter()
    train(model, Deal(kept["maps"][block][None, ::2], labels[::2], SEED), None, 1, name)
    outcomes[name] = time.perf_counter() - clock, model.count_params()
    outcomes[name] += (
        model.evaluate(held_out(kept_val["maps"][block][::2], labels_val[::2]), verbose=0)[1],
    )
    hardware.free_memory(model)
(_, few_parameters, _), (_, many_parameters, _) = outcomes.values()
print(f"trained parameters: {few_parameters:,} and {many_parameters:,}")

# %% tags=["nbval-ignore-output"]
for name, (duration, _, validated_once) in outcomes.items():
    print(f"{name:15} {duration:5.1f} s, validation accuracy {validated_once:.3f}")

# %% [markdown]
# Many more weights to train, and more time: block 4 works on maps with four times as many places. Is the accuracy
# higher? These are single runs, and a difference of a few hundredths may be chance. With other seeds it came out on
# either side of 0. That is not worth the time.
#
# ## The test, once
#
# All choices are made, on validation photos. Now the test photos, once, for all models. They go through the base
# once, too.
#
# **Predict before you run.** Will the head beat lesson 6's convnet? And will fine-tuning beat the head?

# %%
photos_test, labels_test = read(folder / "test", side)
kept_test = extract_two.predict(photos_test, batch_size=20, verbose=0)


def right(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """Return for each test photo whether the model is right."""
    return (model.predict(x, verbose=0) > 0.5).ravel() == labels_test.ravel()


correct = {  # (runs, photos)
    "head": np.array([right(head, kept_test["mean"]) for head in heads[chosen]]),
    "head, views": np.array([right(head, kept_test["mean"]) for head in augmented]),
}
rows = []
for weights in tuned_weights:
    tuned.set_weights(weights)
    rows.append(right(tuned, kept_test["maps"]))
correct["fine-tuned"] = np.array(rows)
expect("transfer.test_head", correct["head"].mean(), edition)
expect("transfer.test_augmented", correct["head, views"].mean(), edition)
expect("transfer.test_fine_tuned", correct["fine-tuned"].mean(), edition)

# %% [markdown]
# And the price. The seconds are those of one run on your machine, with the pass through the base: whoever
# fine-tunes has to pay for the features and for the head, too. Below stands the bar once more: lesson 6's
# convnet, whose 80,000 or so parameters were all trained.

# %% tags=["nbval-ignore-output"]
price = {
    "head": seconds["one pass"] + seconds[f"head on {chosen}"],
    "head, views": seconds["one pass"] + seconds["views"] + seconds["head, views"],
    "fine-tuned": seconds["one pass"]
    + seconds["views"]
    + seconds["head on block5"]
    + seconds["fine-tuned"],
}
to_train = {name: heads[chosen][0].count_params() for name in price}
to_train["fine-tuned"] = tuned.count_params()
print(f"              test accuracy, {RUNS} runs     time   trained parameters")
for name, rights in correct.items():
    each = rights.mean(axis=1)
    print(f"{name:12}  {each.mean():.3f} ({each.min():.3f} to {each.max():.3f})", end="")
    print(f" {price[name]:7.0f} s {to_train[name]:17,}")
show_measured("convnets.best_test_accuracy", edition)

# %% [markdown]
# Borrowing pays. In all our runs the head was ahead of the best of those convnets, and it learned in seconds.
#
# Which of the three is best? They were all tested on the same photos, so compare them *photo by photo*. Where two
# models are both right, or both wrong, the photo says nothing about which is better. Only the others count. For the
# first runs:

# %% tags=["nbval-ignore-output"]
a, b = correct["head"][0], correct["fine-tuned"][0]
print(f"both right {np.sum(a & b)}, both wrong {np.sum(~a & ~b)}, ", end="")
print(f"only the head right {np.sum(a & ~b)}, only the fine-tuned one {np.sum(~a & b)}")

# %% [markdown]
# For a pair of models, let $d_i$ be the gain on photo $i$: the share of runs in which the second model is right,
# minus that of the first. Its mean over the $n$ photos is the gain in accuracy, and $s / \sqrt{n}$ its standard
# error, with $s$ the standard deviation of the $d_i$. A gain of less than two standard errors may be the luck of the
# photos.


# %%
def gain(model: str) -> tuple[float, float]:
    """Return a model's gain in test accuracy over the head, and two standard errors of it."""
    d = correct[model].mean(axis=0) - correct["head"].mean(axis=0)
    return d.mean(), 2 * d.std(ddof=1) / np.sqrt(len(d))


expect("transfer.gain_augmented", gain("head, views")[0], edition)
expect("transfer.gain_fine_tuned", gain("fine-tuned")[0], edition)

# %%
test_fig, (left, right_ax) = plt.subplots(1, 2, figsize=(7.6, 2.6), sharey=True)
for row, (name, rights) in enumerate(correct.items()):
    each = rights.mean(axis=1)
    left.plot(each, [row] * RUNS, "o", color=plots.BLUE)
    left.plot(each.mean(), row, "|", color=plots.VERMILION, markersize=18, markeredgewidth=2)
    if name != "head":
        mean, twice = gain(name)
        right_ax.errorbar(mean, row, xerr=twice, fmt="o", color=plots.BLUE, capsize=4)
right_ax.axvline(0, color=plots.GREY, linestyle="--", linewidth=1)
left.set(xlabel="test accuracy", yticks=range(3), yticklabels=list(correct))
right_ax.set(xlabel="gain over the head, photo by photo")
left.set_ylim(2.5, -0.5)
plots.described(
    test_fig,
    f"Left: test accuracy of three models, {RUNS} dots each for {RUNS} runs and a line at their mean. Right: the gain of the "
    "two others over the plain head with two standard errors, beside a dashed line at 0.",
)

# %% tags=["nbval-ignore-output"]
for name in ("head, views", "fine-tuned"):
    mean, twice = gain(name)
    verdict = "more than luck" if abs(mean) > twice else "no more than luck"
    print(f"{name:12} {mean:+.3f} +- {twice:.3f}: {verdict}")

# %% [markdown]
# Fine-tuning began from the head on block 5. Where another block is the better one, it has to make up for that first.
# On the offline photos it does not quite: in each of our runs it stayed behind the head on block 4, by at most three
# hundredths. On the original photos block 5 is the better one. There it came out ahead in each run, by about a
# hundredth or less.
#
# Mostly, such gains cannot be told from luck, and then the simplest of the three is the best buy: the head on
# features of one pass. Borrowing is the large step. All that comes after it is a small one, and has to be measured
# like this before you believe in it.
#
# ## Use it, and look at its mistakes
#
# Fine-tuning, too, must end in a model that takes a photo. We join blocks 1 to 4, and the tuned block 5 with its
# head.

# %%
tuned.set_weights(tuned_weights[0])
final = takes_photos(side, keras.Model(base.input, maps_of(base, "block4")), tuned)
pieces = tuned.predict(kept_test["maps"], verbose=0)
joined = final.predict(photos_test[::50], verbose=0)
print("joined, it says the same, to 0.05:", bool(np.abs(joined - pieces[::50]).max() < 0.05))
assert np.abs(joined - pieces[::50]).max() < 0.05

# %% tags=["nbval-ignore-output"]
ask(final, a_file)

# %% [markdown]
# These are the test photos of which the fine-tuned model was surest, and wrong.

# %%
probability = pieces.ravel()
wrong = np.flatnonzero(~correct["fine-tuned"][0])
confidence = np.maximum(probability, 1 - probability)
worst = wrong[np.argsort(-confidence[wrong])][:10]
plots.photos(
    photos_test[worst],
    [f"is {class_names[int(labels_test[i, 0])]}" for i in worst],
    "The ten test photos that the fine-tuned model got wrong with the most confidence, each with its true class.",
)

# %% [markdown]
# Would you have known? Look at each, and say what may have misled the network. Was it the pose, the light, the size,
# or is it hard for you, too? Lesson 8 shows which part of a photo a network looks at.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/07_transfer_learning.ipynb) ask you to freeze up to
# any layer, to mend a broken pipeline, to tell a gain from luck, to fine-tune and prove it, and to make the best
# model of 100 photos. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("07_transfer_learning")

# %% [markdown]
# ## What you learned
#
# 1. The lower layers of a pretrained network find edges and colours, which every photo has. The upper ones answer more
#    rarely. They are useful if your photos are like those that the network learned from. A linear probe gives a hint,
#    and validation chooses where to cut.
# 2. Feature extraction runs the base once, and trains a head in seconds.
# 3. `trainable = False`, set before `compile`, freezes a network. Join augmentation, preparation, base and head into
#    one model: it takes a photo, and can be saved and given away.
# 4. Fine-tuning: a new head, freeze, train the head, unfreeze the top block, train both at a low rate. Random heads
#    push each in its own direction. A high rate can ruin the network in one epoch. In an unfrozen base, batch
#    normalisation averages anew, unless you keep its layers frozen.
# 5. Fewer bits, one pass, the smallest size, a pool of views, and a cut at the frozen block: each saves time in
#    another place. Compare models photo by photo, on the same test photos.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("transfer.", edition)
