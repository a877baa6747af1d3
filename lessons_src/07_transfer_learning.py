# %% [markdown]
# # Transfer learning: stand on a network that others have trained
#
# *Borrow what a large network learned from a million photos, and teach it your own two classes on a laptop.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | two to five minutes; a third more on a processor without bfloat16 | under 2 GB | the photos of lesson 6, and the weights of VGG16 (60 MB) | [lesson 6](06_convnets_from_scratch.ipynb) |
#
# **After this lesson you can**
#
# 1. say what a pretrained network knows, which of its layers are general and which are specific, and measure it;
# 2. extract features once, keep them, and train a head on them in seconds;
# 3. freeze a network, use augmentation with it, and check what is still being trained;
# 4. fine-tune its top block in five steps, and show why each step is there;
# 5. make a large network fast enough for a CPU with five tricks, and measure the gain of each.

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. On a GPU, larger photos, more views and more epochs are
# practical.

# %% tags=["parameters"]
SEED = 42
PHOTOS = 500  # of each class, to learn from
IMAGE_SIZE = {"original": 112, "offline": 64}
VIEWS = 2
BATCH_SIZE = 32
HEAD_EPOCHS = 10
FINE_TUNING_EPOCHS = 2
NEW_RATE, LOW_RATE, HIGH_RATE = 3e-4, 1e-5, 1e-2
RUNS = 3  # at least 2, for the spread
CONVNET_SIZE, CONVNET_EPOCHS = 64, 8

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
from matplotlib.ticker import MaxNLocator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import hardware, plots
from helpers.data import cats_vs_dogs, vgg16_conv_base
from helpers.feedback import expect, show_bands
from helpers.progress import Progress

# %% [markdown]
# ## The photos
#
# They are those of lesson 6, in the same three parts. Again the edition decides which two classes there are, and
# it also decides the size of the photos here. The photos of the offline edition are 64 pixels wide, so there is
# nothing to gain from more. Further down we measure what a smaller size would cost.
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
# ## What we have: a small convnet from scratch
#
# First the bar to beat: the plain network of lesson 6, on the same photos, at its best epoch. As there, they have 64 x 64
# pixels, in both editions. (With augmentation, and with more epochs, it came a little further.) We train it three times,
# with other random weights and another order each, so that we see the spread.


# %% tags=["transfer"]
def build_convnet(side: int) -> keras.Model:
    layers = [keras.Input(shape=(side, side, 3)), keras.layers.Rescaling(1 / 255)]
    for filters in (16, 32, 64):
        layers += [keras.layers.Conv2D(filters, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
    layers += [keras.layers.Flatten(), keras.layers.Dense(64, activation="relu")]
    return keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])


def compiled(model: keras.Model, rate: float) -> keras.Model:
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


# %%
small, small_val = (read(folder / part, CONVNET_SIZE)[0] for part in ("train", "validation"))
accuracy, cost = {}, {}  # on the validation photos, one a run; and the seconds of a run
convnets, best = [], []
started = time.perf_counter()
for seed in range(SEED, SEED + RUNS):
    keras.utils.set_random_seed(seed)
    convnets.append(compiled(build_convnet(CONVNET_SIZE), 0.001))
    history = convnets[-1].fit(
        small,
        labels,
        validation_data=(small_val, labels_val),
        batch_size=BATCH_SIZE,
        epochs=CONVNET_EPOCHS,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(patience=CONVNET_EPOCHS, restore_best_weights=True),
            Progress(f"convnet {len(convnets)}"),
        ],
    )
    curve = history.history
    best.append(curve["val_accuracy"][np.argmin(curve["val_loss"])])
cost["convnet"] = (time.perf_counter() - started) / RUNS
accuracy["convnet"] = np.array(best)
expect("transfer.convnet_validation", accuracy["convnet"].mean(), edition)
del small, small_val

# %% [markdown]
# A thousand photos are few. This network began with random weights and had to find out everything from them: what an edge
# is, what an ear or a collar looks like, and what tells the two classes apart. But edges are the same in all photos of
# the world. Somebody has learned them before.
#
# ## A network that has seen the world
#
# *VGG16* was trained in 2014 on *ImageNet*: 1.2 million photos from the internet, with 1,000 classes, such as
# "tabby cat", "sports car" and "volcano". That took weeks on four graphics cards. Its weights are public. It has two
# parts:
#
# - the **convolutional base**: 13 convolutions of 3 x 3 in five blocks. Each block ends with max-pooling;
# - three dense layers that choose one of the 1,000 classes. We do not want these classes, so we leave this part out.
#
# Reusing a network for another task is *transfer learning*.
#
# **Predict before you run.** The convolutions of block 1 have 64 filters, then 128, 256, 512 and 512. How many parameters
# has the base? You need the formula of lesson 6, (3 x 3 x channels in + 1) x filters. Which block has the most?


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
    print(
        f"block {block}: {parameters[block] / base.count_params():4.0%} of the parameters, ", end=""
    )
    print(f"{count / total:4.0%} of the multiplications")

# %% [markdown]
# Block 5 has half of the parameters, and it needs less than a tenth of the multiplications. Keep this in mind, too.
#
# ### Look inside: the first filters
#
# The filters of the first layer see three colour channels of 3 x 3 pixels, so each of them is itself a tiny picture. Here
# are all 64. (VGG16 wants the channels in the order blue, green, red, so we turn them round to show them.)

# %%
kernel = base.get_layer("block1_conv1").get_weights()[0][:, :, ::-1]  # (3, 3, red green blue, 64)
low, high = kernel.min(axis=(0, 1, 2)), kernel.max(axis=(0, 1, 2))
patches = np.moveaxis((kernel - low) / (high - low), -1, 0)
fig, axes = plt.subplots(4, 16, figsize=(9, 2.5))
for ax, patch in zip(axes.flat, patches, strict=True):
    ax.imshow(patch)
    ax.axis("off")
plots.described(
    fig,
    "The 64 filters of VGG16's first layer as colour pictures of 3 by 3 pixels: light-dark edges in several "
    "directions, single spots, and patches of one colour or from one colour to another.",
)

# %% [markdown]
# Edges in all directions, spots, and colours. Nothing here is about cats, or shirts, or volcanoes. Any network for
# any photos needs this. The first layers are **general**.
#
# ### How fast is it?
#
# **Trick 1: a number with fewer digits.** Keras computes with `float32`: each number takes 32 bits. `bfloat16` takes
# 16. It covers the same range, from tiny to huge, but knows only two or three decimal digits. For a
# picture whose pixels are whole numbers from 0 to 255 that is enough. Newer processors multiply such numbers much
# faster. In Keras this is a *dtype policy*, `mixed_bfloat16`: layers compute in 16 bits, while the weights, which must
# change in small steps, stay in 32.
#
# On a processor without such instructions `bfloat16` is slow, and there we stay with `float32`. The helper `fast_policy`
# looks at your processor and chooses. (XLA, the compiler of lesson 4, is no help here. It saves calls between many small
# steps, and the steps of VGG16 are few and large. We measured it on both kinds of processor: it is no faster.)
#
# The function below builds a model from photos to the output of some layers of the base, and `run` feeds it with photos, a
# batch at a time. First comes VGG16's own preparation: blue before red, and minus the mean colour of ImageNet. What comes
# out is kept in 16 bits.


# %% tags=["transfer"]
def extractor(base: keras.Model, layers: list[str]) -> keras.Model:
    """Return a model from photos, from 0 to 255, to the outputs of these layers."""
    photos = keras.Input(base.input_shape[1:])
    prepared = keras.applications.vgg16.preprocess_input(photos)
    model = keras.Model(base.input, [base.get_layer(name).output for name in layers])
    outputs = keras.tree.flatten(model(prepared))  # Keras takes one output out of its list
    return keras.Model(photos, [keras.ops.cast(output, "float16") for output in outputs])


def run(extract: keras.Model, photos: np.ndarray, batch_size: int = 20) -> list[np.ndarray]:
    """Return the outputs for all photos, one array a layer."""
    return keras.tree.flatten(extract.predict(photos, batch_size=batch_size, verbose=0))


# %% [markdown]
# Is the answer of the fast arithmetic still the same? We compare the features of 40 photos: once as Keras does it by
# default, once in the fast way. Their *correlation* says how well the two answers go together: 1 is perfectly, 0 is
# not at all. And we take the time, after a pass to warm up. (Without bfloat16 both are the same, up to luck.)

# %%
plain_base = conv_base(side, "float32")
some = photos[evenly(40)]
seconds, answers = {}, {}
for name, extract in {
    "as Keras does it, float32": extractor(plain_base, ["block5_pool"]),
    f"the fast way, {POLICY}": extractor(base, ["block5_pool"]),
}.items():
    run(extract, some)
    start = time.perf_counter()
    answers[name] = run(extract, some)[0].astype("float32").ravel()
    seconds[name] = (time.perf_counter() - start) / len(some)
a_pass = seconds[name]  # seconds that a photo takes through the base, in the fast way
hardware.free_memory(plain_base)  # TensorFlow would keep it
correlation = np.corrcoef(*answers.values())[0, 1]
print("the features agree, correlation above 0.99:", bool(correlation > 0.99))

# %% tags=["nbval-ignore-output"]
for name, duration in seconds.items():
    print(f"{name:28} {1 / duration:4.0f} photos a second at {side} x {side}")

# %% [markdown]
# ## Case 1: extract features once
#
# The output of the last block is a description of a photo: 512 maps, each for another pattern. We call these numbers
# *features*. Now the base stays as it is, and only a small new network on top learns: the *head*.
#
# **Trick 2: run once what does not change.** If the base stays as it is, then its output for a photo stays the same,
# too. So each photo goes through the base once. We keep the features, and the head trains on these. An epoch
# takes a fraction of a second.
#
# In the same pass we keep more, for later: the output of block 4, and of every second photo that of block 3, which is
# large. Of all five blocks we keep two numbers for each map: the mean over its places, and the share of its places
# that are above 0.

# %%
BLOCKS = [f"block{number}_pool" for number in range(1, 6)]
extract = extractor(base, BLOCKS)
run(extract, some)  # compiles, and warms up
started = time.perf_counter()
features, features_val, means, means_val, active = {}, {}, {}, {}, {}
for kept, average, above, source in (
    (features, means, active, photos),
    (features_val, means_val, {}, photos_val),
):
    parts = []
    for start in range(0, len(source), 100):  # all maps of all photos would fill the memory
        outputs = run(extract, source[start : start + 100])
        averages = [output.mean(axis=(1, 2), dtype="float32") for output in outputs]
        shares = [(output > 0).mean(axis=(1, 2), dtype="float32") for output in outputs]
        parts.append([*averages, *shares, outputs[2][::2], *outputs[3:]])
    joined = [np.concatenate(part) for part in zip(*parts, strict=True)]
    average |= dict(zip(BLOCKS, joined[:5], strict=True))
    above |= dict(zip(BLOCKS, joined[5:10], strict=True))
    kept |= dict(zip(BLOCKS[2:], joined[10:], strict=True))
once = time.perf_counter() - started  # seconds, for all photos and all that we keep
block5 = features["block5_pool"]
del parts, outputs, joined, source
hardware.free_memory()
print(f"features of one photo: {np.prod(block5.shape[1:]):,} numbers in {block5.shape[-1]} maps")

# %% [markdown]
# The head is small: one dense layer of 256 units, dropout of one half against overfitting, and a sigmoid.
#
# What it learns from comes in an array of the shape (views, photos, …). A *view* is the photo itself or a changed copy of
# it. Here there is one, the photo; later there will be more. We call such an array a *pool* of views. (That is a stock to
# draw from. It has nothing to do with max-pooling.) In each epoch each photo occurs once, in a view chosen at random. Keras
# has a class for data that is dealt in a way of one's own, `PyDataset`: it wants to know how many batches there
# are, what is in each of them, and what to do after an epoch.


# %% tags=["transfer"]
def new_head(shape: tuple[int, ...]) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(shape=shape),
            keras.layers.Flatten(),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, activation="sigmoid"),
        ],
        name="head",
    )


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
# Again we train three.
#
# **Predict before you run.** The small convnet had the same photos. Will the borrowed features do better?
# Think of what ImageNet is made of, and of what is on your photos.

# %%
top = features["block5_pool"]


def train_heads(pool, validation, name: str) -> tuple[list[keras.Model], list[dict]]:
    started = time.perf_counter()
    heads, curves = [], []
    for number in range(RUNS):
        keras.utils.set_random_seed(SEED + number)
        head = compiled(new_head(pool.shape[2:]), NEW_RATE)
        data = Deal(pool, labels, SEED + number)
        curves.append(train(head, data, validation, HEAD_EPOCHS, f"{name} {number + 1}"))
        heads.append(head)
    cost[name] = (time.perf_counter() - started) / RUNS
    hardware.free_memory(*(head.optimizer for head in heads))
    return heads, curves


validation5 = held_out(features_val["block5_pool"], labels_val)
heads, head_curves = train_heads(top[None], validation5, "head")

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3))
epochs = np.arange(1, HEAD_EPOCHS + 1)
for key, name, colour in (("", "training", plots.BLUE), ("val_", "validation", plots.VERMILION)):
    for number, curve in enumerate(head_curves):
        label = name if number == 0 else None
        left.plot(epochs, curve[f"{key}accuracy"], color=colour, label=label)
        right.plot(epochs, curve[f"{key}loss"], color=colour)
left.set(xlabel="epoch", ylabel="accuracy")
right.set(xlabel="epoch", ylabel="loss", yscale="log")
for ax in (left, right):
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
left.legend(loc="lower right")
plots.described(
    fig,
    f"Accuracy and loss of {RUNS} heads by epoch: the training accuracy goes towards 1, the validation "
    "accuracy is high after one epoch and changes little from there.",
)

# %% [markdown]
# On validation, the head is good after one epoch, and after a few more it changes little. The training accuracy goes on towards 1: with so many
# features for so few photos, the head learns the rest by heart. The dropout cannot stop that, but the
# validation accuracy does not suffer.


# %%
def last(curves: list[dict], key: str = "val_accuracy") -> np.ndarray:
    """Return each run's mean over its last five epochs, or fewer if it had fewer."""
    return np.array([np.mean(curve[key][-5:]) for curve in curves])


accuracy["head"] = last(head_curves)
expect("transfer.head_validation", accuracy["head"].mean(), edition)
expect("transfer.head_training", last(head_curves, "accuracy").mean(), edition)

# %% [markdown]
# What did the cache save? Without it, all photos go through the base in each epoch.

# %% tags=["nbval-ignore-output"]
all_photos = len(photos) + len(photos_val)
without = HEAD_EPOCHS * all_photos * a_pass + cost["head"]
with_cache = once + cost["head"]
print(f"one pass of {all_photos:,} photos, with all that we keep: {once:.0f} s")
print(f"{HEAD_EPOCHS} epochs of the head on its features: {cost['head']:.1f} s")
print(f"together {with_cache:.0f} s; without the cache it would be {without:.0f} s: ", end="")
print(f"{without / with_cache:.0f} times as long")

# %% [markdown]
# ### Trick 3: the smallest size that keeps the result
#
# Half the side is a quarter of the pixels. How much time does it save, and what does it cost? We run the base once
# more, on photos of half the side. (A side below 32 pixels is refused: after five poolings nothing would be left.)
#
# **Predict before you run.** Will you still recognise them? Will the network?

# %%
half_base = conv_base(side // 2, POLICY)
half_extract = extractor(half_base, ["block5_pool"])
small, small_val = (read(folder / part, side // 2)[0] for part in ("train", "validation"))
run(half_extract, small[:20])  # compiles, and warms up
started = time.perf_counter()
(half,) = run(half_extract, small)
half_pass = (time.perf_counter() - started) / len(small)
(half_val,) = run(half_extract, small_val)
_, half_curves = train_heads(half[None], held_out(half_val, labels_val), "half the side")
accuracy["half the side"] = last(half_curves)
lost = accuracy["head"] - accuracy["half the side"]  # the same seed in each pair
expect("transfer.half_size_validation", accuracy["half the side"].mean(), edition)
expect("transfer.lost_by_half_size", lost.mean(), edition)
del half, half_val, small, small_val
hardware.free_memory(half_base)

# %% tags=["nbval-ignore-output"]
print(f"{side} x {side}: {1000 * a_pass:.0f} ms a photo, {accuracy['head'].mean():.3f}")
mean = accuracy["half the side"].mean()
print(f"{side // 2} x {side // 2}: {1000 * half_pass:.0f} ms a photo, {mean:.3f}")

# %% [markdown]
# It is faster, as the two lines show, and the accuracy falls. Photos of cats and dogs lose a lot. The pictures of the
# offline edition lose less: they were made from pictures of 28 x 28 pixels, so there was not more to see. This is how
# to choose a size: go down until validation suffers more than you like, then go back one step.
#
# ## Which layers are general, and which are specific?
#
# We kept the outputs of all five blocks. Let us look at two things.
#
# **First: how often does a channel answer?** Each channel looks for one pattern. Where it does not find it, its map is
# exactly 0, because of ReLU. For each block we take the share of places where a map is above 0, averaged over all
# channels and photos. (A share of *places*, because the maps of the upper blocks have fewer of them.)
#
# **Second: how much does a block know about our two classes?** We average each map over the photo, so that each channel
# gives one number. On these numbers we fit the simplest classifier there is, a *logistic regression*: a
# single unit with a sigmoid. It can use only what the block has already worked out. Such a test is called a *linear
# probe*.
#
# **Predict before you run.** How will both change from block 1 to block 5?

# %%
answering = {name: values.mean() for name, values in active.items()}
probe = {}
for name in BLOCKS:
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=3000))
    classifier.fit(means[name], labels.ravel())
    probe[name] = classifier.score(means_val[name], labels_val.ravel())

fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3))
blocks = np.arange(1, 6)
left.bar(blocks, 100 * np.array(list(answering.values())), color=plots.BLUE)
left.set(xlabel="block", ylabel="places above 0, %")
right.plot(blocks, list(probe.values()), "o-", color=plots.VERMILION)
right.axhline(0.5, color=plots.GREY, linestyle="--", linewidth=1)
right.text(5, 0.51, "guessing", ha="right", color=plots.GREY)
left.set_title("how often a channel answers")
right.set_title("what a linear probe reaches")
right.set(xlabel="block", ylabel="validation accuracy", xticks=blocks, ylim=(0.48, 1))
plots.described(
    fig,
    "Left: share of the places where a channel answers, by block, largest in block 1 and smallest in block 5. "
    "Right: validation accuracy of a linear probe by block: lowest in block 1, higher in block 4, and in block 5 "
    "it depends on the data.",
)

# %%
expect("transfer.answering_block1", answering["block1_pool"], edition)
expect("transfer.answering_block5", answering["block5_pool"], edition)
expect("transfer.probe_block1", probe["block1_pool"], edition)
expect("transfer.probe_block4", probe["block4_pool"], edition)
expect("transfer.probe_block5", probe["block5_pool"], edition)
expect("transfer.gain_of_block5", probe["block5_pool"] - probe["block4_pool"], edition)

# %% [markdown]
# Edges and colours are nearly everywhere, so the lower channels answer often: they are **general**. They say little about
# cats and dogs, and more about shirts, which differ in their edges. An upper channel waits for something rare: it is
# **specific**.
#
# Specific to what? To ImageNet. More than a hundred of its 1,000 classes are breeds of dogs and cats. If your photos show
# those, block 5 is the best block of all, as if it had been made for you. For small grey pictures of shirts it adds
# nothing, and there the probe on block 5 is *worse* than on block 4. The last line above says what block 5 gains
# over block 4: a positive number for cats and dogs, a negative one for shirts. Which of the two do you have?
#
# The rule: the less your photos look like those that the network has learned from, the lower is the block whose output
# you should take. For shirts, then, a head on block 4 would be the better choice. We go on with block 5 in both editions, as
# the textbook does, so that the steps are the same for everybody. If you have shirts, keep in mind what the probe said.
#
# ## Case 2: augmentation, with a frozen base
#
# In lesson 6, each epoch saw the photos mirrored, turned and zoomed anew. With a borrowed base the textbook way is to put
# all into one model, augmentation, base and head, and to *freeze* the base: its weights are used, but training does
# not change them.
#
# **Predict before you run.** The base has 13 convolutions with weights and biases, the head two dense layers. How many
# arrays of weights are trainable before freezing, and how many after?

# %% tags=["transfer"]
augmentation = keras.Sequential(
    [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(0.05),  # up to a twentieth of a full turn
        keras.layers.RandomZoom(0.15),
    ],
    name="augmentation",
)

# %%
full = keras.Sequential([keras.Input(shape=(side, side, 3)), base, heads[0]])
base.trainable = True
print(f"base trainable: {len(full.trainable_weights)} arrays, ", end="")
print(
    f"{sum(w.shape.num_elements() for w in full.trainable_weights) - heads[0].count_params():,} in it"
)
base.trainable = False
print(f"base frozen:    {len(full.trainable_weights)} arrays, all in the head")

# %% [markdown]
# Set `trainable` **before** `compile`, and compile again after every change. Otherwise `fit` may still train what it
# trained before.
#
# Freezing has a second side. Some layers behave differently in training. `BatchNormalization` for example, which many
# newer networks have, uses the mean of the batch in training, and keeps averages of it for later. If a frozen layer did
# that, it would change after all. So a frozen `BatchNormalization` runs in *inference mode*, also during training.
# VGG16 has no such layer. We look at one alone:

# %%
normalise = keras.layers.BatchNormalization()
batch = np.random.default_rng(0).normal(5, 2, (64, 3)).astype("float32")
normalise(batch)  # builds it; its averages are 0 and 1, so it changes nothing yet
for frozen in (False, True):
    normalise.trainable = not frozen
    output = keras.ops.convert_to_numpy(normalise(batch, training=True))
    print(f"frozen: {frozen!s:5}   mean of the output in training: {abs(output.mean()):.1f}")

# %% [markdown]
# Not frozen, it takes the batch's own mean away, and 0 is left. Frozen, it uses the averages it has kept.
#
# Back to our photos. Does the whole model give the same as the head alone on the kept features? If so, both are the same
# network, and training the head on kept features *is* training the frozen model.

# %%
ten = evenly(10)
prepared = keras.applications.vgg16.preprocess_input(photos[ten].astype("float32"))
whole = keras.ops.convert_to_numpy(full(prepared, training=False))
alone = keras.ops.convert_to_numpy(heads[0](top[ten], training=False))
print("same probabilities, to 0.05:", bool(np.abs(whole - alone).max() < 0.05))
one = keras.ops.convert_to_numpy(full(prepared[:1], training=False))
print("a batch of one works, too:", one.shape == (1, 1))

# %% [markdown]
# With augmentation each view is new, so the textbook's model sends all photos through the base in every epoch, and
# throws the result away. A CPU needs minutes for that.
#
# **Trick 4: a fixed pool of views.** We make a few random views of each photo, *once*, and run these through the base,
# once. Together with the photo itself they are the pool. Each epoch deals one view of each photo at random, so the
# head rarely sees the same combination twice. We lose a little: there are only a few views a photo, and not an
# endless number. We gain time: the base runs once for each view, and no longer in every epoch.


# %% tags=["transfer"]
def random_view(photos: np.ndarray) -> np.ndarray:
    batches = [photos[i : i + 20] for i in range(0, len(photos), 20)]
    views = [augmentation(batch.astype("float32"), training=True) for batch in batches]
    return np.concatenate([keras.ops.cast(view, "uint8") for view in views])


# %%
keras.utils.set_random_seed(SEED)
three = photos[evenly(3)]
rows = np.stack([three, *(random_view(three) for _ in range(VIEWS))], axis=1)
plots.photos(
    rows.reshape(-1, side, side, 3),
    (["photo"] + ["a view of it"] * VIEWS) * 3,
    f"Three rows, each with a photo and {VIEWS} random views of it: mirrored, turned a little, larger or smaller.",
    columns=1 + VIEWS,
)

# %%
started = time.perf_counter()
extract_top = extractor(base, ["block4_pool", "block5_pool"])
pool4 = np.empty((1 + VIEWS, *features["block4_pool"].shape), "float16")
pool5 = np.empty((1 + VIEWS, *top.shape), "float16")
pool4[0], pool5[0] = features["block4_pool"], top
features["block4_pool"] = pool4[0]  # the same numbers need not be in memory twice
for view in range(1, 1 + VIEWS):
    pool4[view], pool5[view] = run(extract_top, random_view(photos))
pool_seconds = time.perf_counter() - started
print(f"views, photos: {pool5.shape[:2]}; from block 4 in memory: {pool4.nbytes / 1e6:.0f} MB")

# %%
augmented, augmented_curves = train_heads(pool5, validation5, "augmented")
del pool5
accuracy["augmented"] = last(augmented_curves)

# %% [markdown]
# The validation curves jump from epoch to epoch, by more than the models differ. So we smooth them, as in lesson 4, with
# an exponential moving average, $s_t = 0.5\, s_{t-1} + 0.5\, m_t$. Here $m_t$ is the value measured in epoch $t$, and $s_t$
# the smoothed one. We keep a half and not 0.8: a smoothed curve lags behind the measured one, and ten epochs leave it
# little time to catch up.


# %%
def smooth(curve: list[float], keep: float = 0.5) -> np.ndarray:
    smoothed = [curve[0]]
    for point in curve[1:]:
        smoothed.append(keep * smoothed[-1] + (1 - keep) * point)
    return np.array(smoothed)


fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.2), sharey=True)
epochs = np.arange(1, HEAD_EPOCHS + 1)
for key, name, colour in (
    ("accuracy", "training", plots.BLUE),
    ("val_accuracy", "validation", plots.VERMILION),
):
    for number, curve in enumerate(augmented_curves):
        label = f"{name}, run by run" if number == 0 else None
        left.plot(epochs, curve[key], color=colour, linewidth=1, label=label)
        right.plot(epochs, smooth(curve[key]), color=colour, linewidth=1)
left.set(xlabel="epoch", ylabel="accuracy", title="as measured")
right.set(xlabel="epoch", title="smoothed")
for ax in (left, right):
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
left.legend(loc="lower right")
plots.described(
    fig,
    f"Training and validation accuracy of {RUNS} heads trained on augmented views, by epoch. Left as "
    "measured, jumping; right smoothed: training rises slowly, validation stays flat.",
)

# %%
gap = last(head_curves, "accuracy") - accuracy["head"]
augmented_gap = last(augmented_curves, "accuracy") - accuracy["augmented"]
expect("transfer.augmented_validation", accuracy["augmented"].mean(), edition)
expect("transfer.gain_of_views", (accuracy["augmented"] - accuracy["head"]).mean(), edition)
expect("transfer.less_overfitting", gap.mean() - augmented_gap.mean(), edition)

# %% [markdown]
# The gap between training and validation is a little smaller: it is harder to learn several views by heart than one.
# (As in lesson 6, some of that is only because the training accuracy is now measured on changed photos.) On validation
# there is no clear gain: the middle line says what the views add. With cats and dogs it is about 0, and with the shirts
# of the offline edition the views even did a little harm, with every seed that we tried. The base has seen a million photos from all sides, so it knows already that a turned
# ear is an ear, and our views can teach it little.

# %% tags=["nbval-ignore-output"]
textbook_way = HEAD_EPOCHS * all_photos * a_pass + cost["augmented"]
with_pool = once + pool_seconds + cost["augmented"]
print(f"all photos through the base in each of {HEAD_EPOCHS} epochs: about {textbook_way:.0f} s")
print(
    f"the pool, once, and the head: {with_pool:.0f} s, {textbook_way / with_pool:.1f} times as fast"
)

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
# Steps 1 to 3 are done: we have augmented heads. For the rest there is again something that need not be computed
# twice.
#
# **Trick 5: cut at the frozen block.** The blocks 1 to 4 stay frozen. So their output is fixed, and we have kept it,
# for all views. Only block 5 and the head need to be computed.
#
# **Predict before you run.** Training takes about three times as many multiplications as a prediction: once forward, and
# twice for the slopes of the inputs and of the weights. The textbook's way computes blocks 1 to 4 forward, too. With the
# shares of the multiplications above: how many times fewer does our way need?

# %%
lower = sum(multiplications[block] for block in range(1, 5))
textbook_work, our_work = lower + 3 * multiplications[5], 3 * multiplications[5]
print(f"{textbook_work / our_work:.1f} times fewer in each epoch")

# %% [markdown]
# The next function cuts the upper blocks out of the base, as a network of its own. It is a copy, so that each experiment
# starts from the same borrowed weights.


# %% tags=["transfer"]
def blocks_after(base: keras.Model, cut: str) -> keras.Model:
    """Return a trainable copy of all that comes after the layer named `cut`."""
    names = [layer.name for layer in base.layers]
    after = base.layers[names.index(cut) + 1 :]
    start = keras.Input(shape=base.get_layer(cut).output.shape[1:])
    copy = keras.models.clone_model(keras.Sequential([start, *after]))
    copy.set_weights([weights for layer in after for weights in layer.get_weights()])
    for layer in copy.layers:
        layer.trainable = True
    return copy


def with_head(blocks: keras.Model, head: keras.Model) -> keras.Model:
    own_head = keras.models.clone_model(head)
    own_head.set_weights(head.get_weights())
    return keras.Sequential([keras.Input(shape=blocks.input_shape[1:]), blocks, own_head])


# %%
tuned = with_head(blocks_after(base, "block4_pool"), heads[0])
cut = keras.ops.convert_to_numpy(tuned(features["block4_pool"][ten], training=False))
print("same probabilities as before the cut, to 0.05:", bool(np.abs(cut - alone).max() < 0.05))
print(f"block 5 has {parameters[5]:,} parameters; all of them are trained now: ", end="")
print(parameters[5] == tuned.count_params() - heads[0].count_params())

# %% [markdown]
# What does it save on the clock? We time one update with a batch of photos in both ways. The learning rate is 0, so that
# nothing changes yet.


# %%
def seconds_an_update(model: keras.Model, batch: np.ndarray) -> float:
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.0), loss="binary_crossentropy")
    model.train_on_batch(batch, labels[sixteen])  # compiles, and warms up
    started = time.perf_counter()
    for _ in range(2):
        model.train_on_batch(batch, labels[sixteen])
    return (time.perf_counter() - started) / 2


sixteen = evenly(16)
base.trainable = True
for layer in base.layers:
    layer.trainable = layer.name.startswith("block5")
prepared = keras.applications.vgg16.preprocess_input(photos[sixteen].astype("float32"))
end_to_end = seconds_an_update(full, prepared)
after_the_cut = seconds_an_update(tuned, features["block4_pool"][sixteen])
base.trainable = False
del full, prepared, photos, photos_val
hardware.free_memory()

# %% tags=["nbval-ignore-output"]
print(f"end to end {end_to_end:.2f} s, after the cut {after_the_cut:.2f} s an update: ", end="")
print(f"{end_to_end / after_the_cut:.1f} times as fast")

# %% [markdown]
# The clock shows less than the count. Each update also reads and writes all the weights of block 5, however few and small
# the photos are. The larger the photos, the nearer the gain comes to the count.
#
# Steps 4 and 5, in three runs, each with its own head. One network serves them all, to save memory: it gets the borrowed
# weights back before each run, its optimiser is set back to its start, and the weights that come out go to the disk.

# %%
validation4 = held_out(features_val["block4_pool"], labels_val)
block5_start = blocks_after(base, "block4_pool").get_weights()
compiled(tuned, LOW_RATE).optimizer.build(tuned.trainable_variables)


on_disk = TemporaryDirectory()


def fine_tune(head, rate: float, epochs: int, seed: int, name: str) -> tuple[Path, dict, float]:
    """Return the file of the weights, the curves, and how far block 5 has moved."""
    keras.utils.set_random_seed(seed)
    tuned.set_weights([*block5_start, *head.get_weights()])
    for variable in tuned.optimizer.variables:
        variable.assign(keras.ops.zeros_like(variable))  # as Adam begins
    tuned.optimizer.learning_rate = rate
    curve = train(tuned, Deal(pool4, labels, seed), validation4, epochs, name)
    file = Path(on_disk.name) / f"{name}.npz"
    np.savez(file, *tuned.get_weights())
    return file, curve, moved(tuned.layers[0].get_weights())


def moved(block5: list[np.ndarray]) -> float:
    """Return by which share of its length the vector of block 5's weights has moved."""
    pairs = list(zip(block5, block5_start, strict=True))
    distance = sum(np.sum((now - then) ** 2) for now, then in pairs)
    return float(np.sqrt(distance / sum(np.sum(then**2) for _, then in pairs)))


started = time.perf_counter()
tuned_runs = [
    fine_tune(head, LOW_RATE, FINE_TUNING_EPOCHS, SEED + run, f"fine-tuned {run + 1}")
    for run, head in enumerate(augmented)
]
cost["fine-tuned"] = (time.perf_counter() - started) / RUNS
tuned_files, tuned_curves, tuned_moves = zip(*tuned_runs, strict=True)

# %%
accuracy["fine-tuned"] = last(tuned_curves)
expect("transfer.tuned_validation", accuracy["fine-tuned"].mean(), edition)
expect("transfer.moved", np.mean(tuned_moves), edition)

# %% [markdown]
# The weights of block 5 have moved by a small share of their length. This is what *fine* means.
#
# ## Why these steps?
#
# You find the five steps in every textbook. We do not want to believe them, we want to see them. Three experiments,
# each with one thing done wrong. They are single runs, so look for large effects only.
#
# ### Why does the head come first?
#
# A new head is random. What it says is wrong, and so are the slopes that it sends down into block 5. Two questions. How
# long is their gradient, the vector of all slopes of block 5's weights? And do three random heads agree on its direction?
# The *cosine* of the angle between two vectors tells: 1 is the same direction, 0 is none in common.
#
# We send the same 100 or so validation photos through block 5, once with three random heads, once with our three trained
# ones.
#
# **Predict before you run.** With which heads is the gradient longer, and by which factor? Which three agree more?


# %%
def gradient(head: keras.Model) -> np.ndarray:
    """Return the slopes of block 5's weights under this head, as one vector."""
    tuned.set_weights([*block5_start, *head.get_weights()])
    with tf.GradientTape() as tape:
        predicted = tuned(features_val["block4_pool"][::5], training=False)
        loss = tf.reduce_mean(keras.losses.binary_crossentropy(labels_val[::5], predicted))
    slopes = tape.gradient(loss, tuned.layers[0].trainable_weights)
    return np.concatenate([np.ravel(slope) for slope in slopes])


def length_and_agreement(heads: list[keras.Model]) -> tuple[float, float]:
    """Return the median length of the heads' gradients, and the mean cosine of their angles."""
    vectors = [gradient(head) for head in heads]
    lengths = [np.linalg.norm(vector) for vector in vectors]
    pairs = [(i, j) for i in range(RUNS) for j in range(i)]
    cosines = [vectors[i] @ vectors[j] / (lengths[i] * lengths[j]) for i, j in pairs]
    return np.median(lengths), np.mean(cosines)


random_heads = []
for seed in range(SEED, SEED + RUNS):
    keras.utils.set_random_seed(seed)
    random_heads.append(new_head(top.shape[1:]))
random_length, random_agreement = length_and_agreement(random_heads)
trained_length, trained_agreement = length_and_agreement(augmented)
expect("transfer.trained_push", trained_length / random_length, edition)
expect("transfer.random_agreement", random_agreement, edition)
expect("transfer.trained_agreement", trained_agreement, edition)

# %% [markdown]
# The first line compares the lengths: that of the trained heads is a fraction of that of the random ones. So a random
# head pushes block 5 several times as hard. And the random heads hardly agree. Most of what each of them asks of block 5
# comes from its own random weights. The trained heads have more in common: the photos.
#
# Now let us train both together from the first step: a random head, everything else as before.

# %%
random_start = compiled(random_heads[0], LOW_RATE).evaluate(validation5, verbose=0)[1]
_, random_curve, random_move = fine_tune(
    random_heads[0], LOW_RATE, FINE_TUNING_EPOCHS, SEED, "random head"
)
random_first, random_last = random_curve["val_accuracy"][0], random_curve["val_accuracy"][-1]
lost = tuned_curves[0]["val_accuracy"][-1] - random_last
expect("transfer.random_head_first_epoch", random_first, edition)
expect("transfer.lost_by_random_head", lost, edition)
expect("transfer.moved_by_random_head", random_move / tuned_moves[0], edition)

# %% [markdown]
# A rate that is low enough for block 5 is too low for a new head. After the same number of expensive epochs it is still
# behind, and block 5 has moved further, for a head that did not know yet what to ask for. (The last line says how many
# times as far.) Whoever raises the rate for the head's sake falls into the next trap. The head alone would have
# learned it in a few seconds.
#
# ### Why a low rate?
#
# The same trained head, the same block 5, but with a rate of 0.01, a thousand times as high.
#
# **Predict before you run.** What happens to a network that was right so often? How far will block 5 move?

# %%
_, wrecked_curve, wrecked_move = fine_tune(augmented[0], HIGH_RATE, 1, SEED, "high rate")
features["block4_pool"] = pool4[0].copy()
del pool4  # no longer needed: only the photos themselves are
expect("transfer.moved_by_high_rate", wrecked_move, edition)

# %% [markdown]
# The weights have moved by several times their length: nothing of the borrowed block 5 is left in them. Does what it gives
# still tell our two classes apart? The linear probe from above can say. We fit one to the output of block 5 as it is
# now, and compare it with the probe on what it gave before.

# %%
now, now_val = (
    tuned.layers[0].predict(part["block4_pool"], batch_size=20, verbose=0).astype("float32")
    for part in (features, features_val)
)
now, now_val = (np.nan_to_num(maps.mean(axis=(1, 2))) for maps in (now, now_val))
classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=3000))
classifier.fit(now, labels.ravel())
forgotten = probe["block5_pool"] - classifier.score(now_val, labels_val.ravel())
expect("transfer.lost_by_high_rate", forgotten, edition)
del now, now_val
hardware.free_memory(tuned.optimizer)  # Adam's averages are not needed any more
compiled(tuned, LOW_RATE)

# %%
fig, ax = plt.subplots(figsize=(5.6, 3.2))
before = augmented_curves[0]["val_accuracy"][-1]
for name, start, curve, style in (
    ("as it should be", before, tuned_curves[0], {"color": plots.BLUE, "marker": "o"}),
    ("random head", random_start, random_curve, {"color": plots.GREEN, "marker": "s"}),
    ("high rate", before, wrecked_curve, {"color": plots.VERMILION, "marker": "^"}),
):
    points = [start, *curve["val_accuracy"]]
    ax.plot(np.arange(len(points)), points, label=name, **style)
ax.set(xlabel="epochs of fine-tuning", ylabel="validation accuracy", ylim=(0.3, 1))
ax.set_xticks(range(FINE_TUNING_EPOCHS + 1))
ax.legend(loc="lower right")
plots.described(
    fig,
    "Validation accuracy by epoch of fine-tuning. As it should be: high from the start to the end. With a "
    "random head: from about guessing up, but still below. With a high rate: down after one epoch.",
)

# %% [markdown]
# The line above the figure says what the probe has lost. For cats and dogs it is much of what there was: one epoch was
# enough to forget what took weeks to learn. For shirts there was less to forget, as we saw above, and the loss depends
# on luck: in one run it is next to nothing, in another a good part. Either way, what you borrowed is gone. A pretrained
# network is near a good place. Small steps keep it near.
#
# ### Why only the top block?
#
# Why not two blocks, or all? We cut one block further down, at block 3, and train blocks 4 and 5. To keep it
# short, both halves of this experiment see every second photo, without augmentation, for one epoch.
#
# **Predict before you run.** Twice as many parameters: will the result be better? How much longer does it take?

# %%
del validation4
hardware.free_memory(*random_heads)
outcomes = {}
for name, cut in (("block 5", "block4_pool"), ("blocks 4 and 5", "block3_pool")):
    keras.utils.set_random_seed(SEED)
    half, half_val = features.pop(cut), features_val.pop(cut)
    if len(half) == len(labels):  # of block 3 we kept no more than half
        half, half_val = half[::2].copy(), half_val[::2].copy()
    model = compiled(with_head(blocks_after(base, cut), augmented[0]), LOW_RATE)
    started = time.perf_counter()
    train(model, Deal(half[None], labels[::2], SEED), None, 1, name)
    outcomes[name] = time.perf_counter() - started, model.count_params()
    outcomes[name] += (model.evaluate(held_out(half_val, labels_val[::2]), verbose=0)[1],)
    hardware.free_memory(model)  # two such networks, with Adam's averages, would be too large
del half, half_val, features, features_val
hardware.free_memory()

# %%
(_, few_parameters, one_block), (_, many_parameters, two_blocks) = outcomes.values()
print(f"trained parameters: {few_parameters:,} and {many_parameters:,}")
expect("transfer.gain_of_two_blocks", two_blocks - one_block, edition)

# %% tags=["nbval-ignore-output"]
for name, (duration, _, validated) in outcomes.items():
    print(f"{name:15} {duration:5.1f} s, validation accuracy {validated:.3f}")

# %% [markdown]
# Many more weights to train, more time, and in so short an experiment no gain that stands out from the luck of so few photos. That
# is no proof, but it fits what we saw above: the lower blocks are general, so there is less in them to correct for
# our photos.

# %% [markdown]
# ## The test, once
#
# All choices are made, on validation photos. Now the test photos, once, for all four models. They go through the base once,
# too.

# %%
photos_test, labels_test = read(folder / "test", side)
test4, test5 = run(extract_top, photos_test)
small_test, _ = read(folder / "test", CONVNET_SIZE)


def score(model: keras.Model, x: np.ndarray) -> float:
    return model.evaluate(held_out(x, labels_test), verbose=0)[1]


def load(file: Path) -> None:
    with np.load(file) as kept:
        tuned.set_weights([kept[name] for name in kept.files])


def tuned_score(file: Path) -> float:
    load(file)
    return score(tuned, test4)


test_accuracy = {
    "convnet": np.array([score(model, small_test) for model in convnets]),
    "head": np.array([score(model, test5) for model in heads]),
    "augmented": np.array([score(model, test5) for model in augmented]),
    "fine-tuned": np.array([tuned_score(file) for file in tuned_files]),
}
for name, values in test_accuracy.items():
    expect(f"transfer.test_{name.replace('-', '_')}", values.mean(), edition)
expect("transfer.borrowing", (test_accuracy["head"] - test_accuracy["convnet"]).mean(), edition)
for name in ("augmented", "fine-tuned"):
    gain = (test_accuracy[name] - test_accuracy["head"]).mean()
    expect(f"transfer.gain_{name.replace('-', '_')}", gain, edition)

# %% [markdown]
# And the price. The seconds are those of one run on your machine, with its share of the pass through the base: whoever
# fine-tunes has to pay for the features and for the head, too.

# %% tags=["nbval-ignore-output"]
cost_of = {
    "convnet": cost["convnet"],
    "head": once + cost["head"],
    "augmented": once + pool_seconds + cost["augmented"],
    "fine-tuned": once + pool_seconds + cost["augmented"] + cost["fine-tuned"],
}
trained = {
    "convnet": convnets[0].count_params(),
    "head": heads[0].count_params(),
    "augmented": augmented[0].count_params(),
    "fine-tuned": tuned.count_params(),
}
print(f"                  test accuracy, {RUNS} runs     time   trained parameters")
for name, values in test_accuracy.items():
    print(f"{name:12} {values.mean():.3f}, spread {values.std(ddof=1):.3f} ", end="")
    print(f"({values.min():.3f}-{values.max():.3f}) {cost_of[name]:6.0f} s {trained[name]:14,}")

# %%
fig, ax = plt.subplots(figsize=(6.8, 2.9))
for row, values in enumerate(test_accuracy.values()):
    mean = values.mean()
    luck = np.sqrt(mean * (1 - mean) / len(labels_test))
    ax.plot([mean - luck, mean + luck], [row, row], color=plots.GREY, linewidth=3)
    ax.plot([mean] * 2, [row - 0.3, row + 0.3], color=plots.VERMILION, linewidth=2)
    ax.plot(values, row + np.linspace(-0.15, 0.15, RUNS), "o", color=plots.BLUE, markersize=5)
ax.set(xlabel=f"test accuracy on {len(labels_test)} photos", yticks=range(4))
ax.set_yticklabels(test_accuracy)
ax.invert_yaxis()
plots.described(
    fig,
    "Test accuracy of four models: a small convnet, a head on features, a head with augmentation, and the "
    f"fine-tuned network. {RUNS} dots each for {RUNS} runs, a line at their mean, and a grey bar for the luck of "
    "the test photos.",
)

# %% [markdown]
# How to read it. The dots are the runs, and there is a second luck, that of the test photos. The grey bar shows it: the
# standard error of lesson 6, $\sqrt{a\,(1 - a) / n}$, with $a$ the accuracy and $n$ the number of test photos. The last two
# lines of the check are what augmentation and fine-tuning have gained or lost against the plain head: no more than
# such luck. So
# the three models that borrow are about equal here, and the simplest of them is the best buy.
#
# Where do they stand beside the convnet? The third line from below says what borrowing has gained, and it depends on the
# photos. If they look like ImageNet's, it is no contest, and the convnet is far behind. For small grey pictures of
# clothes, most of VGG16's knowledge is of no use, and the small network is about as good. Borrow from somebody who
# has seen things like yours.
#
# ## Look at the mistakes
#
# The test photos of which the first fine-tuned model was surest, and wrong.

# %%
load(tuned_files[0])
on_disk.cleanup()
probability = tuned.predict(held_out(test4, labels_test), verbose=0).ravel()
wrong = np.flatnonzero((probability > 0.5) != labels_test.ravel())
confidence = np.maximum(probability, 1 - probability)
worst = wrong[np.argsort(-confidence[wrong])][:10]
plots.photos(
    photos_test[worst],
    [f"is {class_names[int(labels_test[i, 0])]}" for i in worst],
    "The ten test photos that the fine-tuned model got wrong with the most confidence, each with its true class.",
)

# %% [markdown]
# Would you have known? Look at each, and say what may have misled the network. Was it the pose, the light, the size, or is
# it hard for you, too? Lesson 8 shows which part of a photo a network looks at.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/07_transfer_learning.ipynb) ask you to count and freeze
# weights, to run a base once, to choose where to cut, and to fine-tune. Each answer is checked at once.

# %% [markdown]
# ## What you learned
#
# 1. The lower layers of a pretrained network find edges and colours, which every photo has. The upper ones answer to
#    fewer photos, and they are as useful as your photos are like those it learned from. A linear probe measures that.
# 2. Feature extraction runs the base once, and trains a head in seconds.
# 3. `trainable = False`, set before `compile`, freezes a network. A frozen `BatchNormalization` also runs in inference
#    mode; once you unfreeze it, call the base with `training=False`, or it averages anew. A fixed pool of views brings augmentation without running the base again.
# 4. Fine-tuning: a new head, freeze, train the head, unfreeze the top block, train both at a low rate. Random heads push
#    hard, each in its own direction. A high rate throws the borrowed weights away. More blocks cost time, for no gain that
#    we could see.
# 5. Fewer bits, one pass, the smallest size, a pool of views, and a cut at the frozen block: each saves time at another
#    place. Time what you gain: the clock often shows less than the count.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("transfer.", edition)
