# %% [markdown]
# # Visualising convnets: what did it look at?
#
# *Open a trained convnet, paint what its filters look for, and show which part of a photo made it decide.*
#
# English · [한국어](ko/08_visualizing_convnets.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | a minute and a half; up to three minutes on a processor without bfloat16 | under 2 GB | one photo of a cat, and photos of two classes that look alike | [lesson 7](07_transfer_learning.ipynb) |
#
# **After this lesson you can**
#
# 1. draw what a layer gives for one photo, and measure how sparse it is;
# 2. paint the pattern that a filter looks for, by climbing from grey noise;
# 3. make a heat map in two lines, derive Grad-CAM, compute it for a model inside a model, and check it by hand;
# 4. put a heat map to the test, beside maps that cannot know the answer;
# 5. say what a heat map does not show.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("08_visualizing_convnets")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. Pictures are made 96 x 96 pixels large, in both editions. Of
# each part of the data we take some at random. On a GPU, you can take all of them, larger pictures and more
# filters.

# %% tags=["parameters"]
SEED = 42
SIDE = 96
PICTURES = {"train": 400, "validation": 100, "test": 200}
COVERED = 60
HEAD_EPOCHS = 40
UPDATES = 5
FILTERS = 5
PATTERN_SIDE = 96
STEPS = 24

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from helpers import hardware, plots
from helpers.data import cat_photo, cats_vs_dogs, vgg16_conv_base
from helpers.feedback import expect, show_bands
from helpers.progress import Progress

# %% [markdown]
# ## The data, looked at
#
# We need a trained convnet, and pictures to show it. The convnet is VGG16 without its dense layers, which you know
# from lesson 7: 13 convolutions in five blocks, trained on more than a million photos. The height and width of its
# input are `None` here: a convolution slides over a picture of any size.
#
# The pictures are the two classes of lessons 6 and 7. The loader says which edition of the data you have.

# %%
base, _ = vgg16_conv_base((None, None, 3))
base.trainable = False
folder, class_names, edition = cats_vs_dogs()

# %%
print("the classes:", " and ".join(class_names))
for layer in base.layers[1:]:
    print(f"{layer.name:13} {layer.output.shape[-1]:3} channels")

# %% [markdown]
# Our first guest is Chelsea, a cat. Her photo ships with the course, so all of us look at the same one. We make it
# smaller: 192 rows, 288 columns.
#
# VGG16 expects its input *prepared*: the colours in the order blue, green, red, and from each the mean of its
# training photos subtracted. So three zeros stand for their mean colour, a warm grey. Keras's function for this
# preparation changes the array that it gets, so we give it a copy.


# %%
def prepare(pictures: np.ndarray) -> np.ndarray:
    return keras.applications.vgg16.preprocess_input(np.array(pictures, "float32"))


chelsea = keras.ops.convert_to_numpy(
    keras.ops.image.resize(cat_photo().astype("float32"), (192, 288), antialias=True)
).clip(0, 255)
prepared = prepare(chelsea[np.newaxis])
print(f"the photo {chelsea.shape}, prepared {prepared.shape}: a batch of one")
a_pixel = np.array([[[[124, 117, 104]]]])  # red, green, blue
print("a warm grey, prepared:", prepare(a_pixel).ravel().round().astype(int))

# %% [markdown]
# ## What each layer sees
#
# A model can have several outputs. Here is one with five: what comes out of the last convolution of each block. It
# shares its layers with `base`, so it costs no memory and needs no training.
#
# What a layer gives for one picture is called its *activations*. Each channel is a map, the *feature map* of lesson
# 6: it is bright where one filter has found its pattern.
#
# **Predict before you run.** From block to block the maps get smaller, and up to block 4 there are more of them. Does
# the total count of numbers grow or shrink?

# %%
LAYERS = ["block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3"]
spy = keras.Model(base.input, {name: base.get_layer(name).output for name in LAYERS})
activations = {name: keras.ops.convert_to_numpy(maps)[0] for name, maps in spy(prepared).items()}
print(f"the photo: {chelsea.size:,} numbers")
for name in LAYERS:
    maps = activations[name]
    print(f"{name}  {maps.shape!s:15} {maps.size:9,} numbers")

# %% [markdown]
# First the count grows, then it shrinks. Now look: at one channel of each layer, the one that is most active by
# the mean over its map. Each is divided by its largest value, so that all have one scale.
#
# **Predict before you run.** In which layer will you lose the cat?

# %%
strongest = [activations[name].mean(axis=(0, 1)).argmax() for name in LAYERS]
alone = [activations[name][:, :, k] for name, k in zip(LAYERS, strongest, strict=True)]
plots.maps(
    [picture / picture.max() for picture in (chelsea.mean(axis=-1), *alone)],
    ["the photo, its brightness", *LAYERS],
    "The photo of a cat, and the most active channel of five layers, each alone. In the first blocks the cat is "
    "there, in the third there are bright spots, in the last two there are only coarse bright patches.",
    columns=3,
)

# %% [markdown]
# In the first block you could nearly redraw the photo from the map. In the last one there are a few blobs. They say
# that *something* is there, and to know what, we need to know the filter.
#
# Now more of them. Each tile is one channel: dark is 0, bright are the highest values of this channel.

# %%
plots.channels(
    activations["block1_conv2"],
    "All 64 channels of block1_conv2: 64 small versions of the photo of the cat, as outlines, as fur, "
    "light on dark and dark on light. None is empty.",
    columns=8,
)

# %%
plots.channels(
    activations["block2_conv2"],
    "All 128 channels of block2_conv2: the cat is still seen in most tiles, as edges in one direction "
    "or as fur.",
    columns=16,
)

# %% [markdown]
# The first block splits the photo into edges and colours. The second one finds short strokes and textures. Nearly
# the whole photo is still there, only sorted.
#
# The upper blocks have 256 and 512 channels, too many to look at. Here are the sixteen of each whose values differ
# most from place to place.


# %%
def liveliest(name: str, count: int = 16) -> np.ndarray:
    channels = np.argsort(-activations[name].std(axis=(0, 1)))[:count]
    return activations[name][:, :, channels]


plots.channels(
    liveliest("block3_conv3"),
    "Sixteen channels of block3_conv3, enlarged: in six of them only the two eyes are bright, others show patches of "
    "fur or stripes in one direction, and in the first one only the border of the photo is bright.",
    columns=8,
)

# %% [markdown]
# Look for channels that have picked out a part: only the eyes, only stripes in one direction, only the fur of the
# forehead. (One has found nothing but the border of the photo, where the zeros of the padding begin.)

# %%
plots.channels(
    liveliest("block4_conv3"),
    "Sixteen channels of block4_conv3, enlarged: in many of them the two eyes are bright, others show the outline of "
    "the face in coarse patches.",
    columns=8,
)

# %%
plots.channels(
    liveliest("block5_conv3"),
    "Sixteen channels of block5_conv3, enlarged: coarse bright patches, as large as the face, an ear or the mouth, on "
    "a dark ground.",
    columns=8,
)

# %% [markdown]
# In the last block a channel says "here" or "there". So the maps carry less and less of what the photo looks like,
# and more and more of what is in it. And they get darker. The next section puts a number on that.
#
# ## Sparsity grows with depth
#
# A layer is *sparse* if most of its numbers are 0. We measure it in two ways:
#
# - the **share of zeros** among all its numbers;
# - the **share of empty channels**, those that are 0 everywhere.
#
# **Predict before you run.** How many of the 512 channels of the last layer found nothing at all in this photo?


# %%
def share_of_zeros(maps: np.ndarray) -> float:
    return float(np.mean(maps == 0))


def share_of_empty(maps: np.ndarray) -> float:
    return float(np.mean(maps.max(axis=(0, 1)) == 0))


# %% tags=["nbval-ignore-output"]
print("layer         zeros  empty channels")
for name in LAYERS:
    maps = activations[name]
    print(f"{name:12} {share_of_zeros(maps):6.1%} {share_of_empty(maps):15.1%}")

# %%
zeros = [share_of_zeros(activations[name]) for name in LAYERS]
print("more zeros in each block than in the one before:", bool(np.all(np.diff(zeros) > 0)))
print("empty channels in the first block:", share_of_empty(activations["block1_conv2"]))
expect("visual.zeros_block1", zeros[0], edition)
expect("visual.zeros_block5", zeros[-1], edition)
expect("visual.empty_block5", share_of_empty(activations["block5_conv3"]), edition)

# %% [markdown]
# You can see this sparsity at a glance. These are all 512 channels of the last layer. Do not look for the cat:
# look how dark it is, and count the plain light tiles. Those are the empty channels.

# %%
plots.channels(
    activations["block5_conv3"],
    "All 512 channels of block5_conv3 as small tiles: nearly all are dark with a few bright cells each; about one in "
    "eleven is plain and light, because the channel is empty.",
    columns=32,
)

# %% [markdown]
# Why is that so? We think it is like this. A filter of the first block asks a question that has an answer nearly
# everywhere: "is there an edge from light to dark?" A filter of the last block asks for something special, perhaps a
# wheel, a beak, or printed letters. Most places of a photo have none of it. The ReLU turns every "no" into a 0. Then
# sparsity is a good sign: the answer "yes" has become rare, and says a lot.
#
# But be careful with the second measure. A map of the last layer has few places, and it is easier to find nothing in
# few places than in many. So part of what we saw may come from the *size* of the maps.
#
# **Predict before you run.** We make Chelsea's photo half as high and half as wide. Which of the two measures will
# change in the last layer, and which will hardly change?

# %%
half = keras.ops.convert_to_numpy(keras.ops.image.resize(chelsea, (96, 144), antialias=True))
of_half = {
    name: keras.ops.convert_to_numpy(m)[0] for name, m in spy(prepare(half[np.newaxis])).items()
}
small_maps = of_half["block5_conv3"]
large_maps = activations["block5_conv3"]
print("maps of the last layer:", small_maps.shape[:2], "instead of", large_maps.shape[:2])
expect("visual.empty_block5_half", share_of_empty(small_maps), edition)
expect("visual.zeros_block5_half", share_of_zeros(small_maps), edition)
zeros_half = [share_of_zeros(of_half[name]) for name in LAYERS]
print("more zeros in each block than in the one before:", bool(np.all(np.diff(zeros_half) > 0)))

# %% [markdown]
# The share of empty channels more than doubles, with the same cat before the same filters. (The cat is half as
# large, too, so not all of it need come from the size of the maps.) The share of zeros stays about the same, and it
# still grows from block to block. So whoever reports empty channels must say how large the picture was. That zeros
# become more frequent with depth holds for both sizes.
#
# An empty channel is not dead. It waits for something that this picture, at this size, does not show it. Next we shall
# see for what.
#
# ## What does a filter look for?
#
# What is the pattern of a filter? We let the network paint it. Training changes the weights, so that the loss falls.
# Now the weights stay as they are, and we change the *picture*, so that one channel becomes more active. Let
#
# - $x$ be the prepared picture, at the start grey with a little noise;
# - $a_k(x)$ be the activation of channel $k$: the mean over the places of its map, before the ReLU;
# - $g$ be the slope of $a_k$ along every pixel of $x$, a picture itself;
# - $\eta$ (eta) be the length of a step, `rate` in the code.
#
# Then one step is
#
# $$x \leftarrow x + \eta \, \frac{g}{\text{std}(g)}$$
#
# The plus makes it a climb, *gradient ascent*. The division by the standard deviation of $g$ makes all steps about
# equally long, whether the slope is steep or flat.
#
# **Why before the ReLU?** Where a ReLU gives 0, its slope is 0. In the last layer many channels are empty. No slope,
# no climb. And the climb begins with grey noise, on a picture that is smaller still than this one. How many channels
# would have no slope there?

# %%
noise = np.random.default_rng(SEED).uniform(-20, 20, (1, PATTERN_SIDE, PATTERN_SIDE, 3))
noise_maps = {name: keras.ops.convert_to_numpy(m)[0] for name, m in spy(noise).items()}
expect("visual.stuck_block5", share_of_empty(noise_maps["block5_conv3"]), edition)


# %% [markdown]
# So we take a copy of the layer without its activation. The climb itself is a few lines. Two habits make the patterns
# better. Before each step the picture is shifted a little, and shifted back after it, so that no pixel can become
# special. And the climb begins with a smaller picture, which is enlarged for the last third of the steps: the coarse
# shape comes first, and these steps are cheaper, too.


# %%
def before_relu(layer_name: str) -> keras.Model:
    layer = base.get_layer(layer_name)
    linear = keras.layers.Conv2D.from_config({**layer.get_config(), "activation": None})
    model = keras.Model(base.input, linear(layer.input))
    linear.set_weights(layer.get_weights())
    return model


def climb(layer_name: str, channels: np.ndarray, rate: float = 5.0) -> list[np.ndarray]:
    """Paint one picture a channel, all of them in one batch; return them after each step."""
    model = before_relu(layer_name)
    chosen = tf.one_hot(channels, model.output.shape[-1])  # picture i is there for channel i

    @tf.function(reduce_retracing=True)
    def step(x, shift):
        x = tf.roll(x, shift, axis=(1, 2))
        with tf.GradientTape() as tape:
            tape.watch(x)
            means = tf.reduce_mean(model(x), axis=(1, 2))  # pictures x channels
            activation = tf.reduce_sum(means * chosen, axis=1)
        g = tape.gradient(activation, x)
        g /= tf.math.reduce_std(g, axis=(1, 2, 3), keepdims=True) + 1e-8
        return tf.roll(x + rate * g, -shift, axis=(1, 2))

    rng = np.random.default_rng(SEED)
    small = PATTERN_SIDE * 2 // 3
    x = tf.constant(rng.uniform(-20, 20, (len(channels), small, small, 3)), tf.float32)
    stages = []
    for number in range(STEPS):
        if number == STEPS * 2 // 3:
            x = tf.image.resize(x, (PATTERN_SIDE, PATTERN_SIDE))
        x = step(x, tf.constant(rng.integers(-8, 9, 2), tf.int32))
        stages.append(x.numpy())
    return stages


# %% [markdown]
# Nothing keeps the numbers between 0 and 255. So to show a pattern we scale it: its mean becomes a middle grey, and
# its standard deviation 50 of 255. And we put the colours back into the order red, green, blue.


# %%
def shown(x: np.ndarray) -> np.ndarray:
    x = x - x.mean(axis=(1, 2, 3), keepdims=True)
    x = 50 * x / (x.std(axis=(1, 2, 3), keepdims=True) + 1e-8) + 128
    return x[..., ::-1].clip(0, 255)


# %% [markdown]
# Watch one climb first, of a channel in the third block.

# %%
stages = climb("block3_conv3", np.array([146]))
kept = [0, 3, 9, STEPS - 1]
plots.photos(
    [shown(stages[number])[0] for number in kept],
    [f"step {number + 1}" for number in kept],
    "Four pictures of one climb, from the first step to the last: coloured noise turns into a regular pattern that "
    "fills the picture.",
    columns=4,
)

# %% [markdown]
# The slope alone has painted it, out of noise. Now five channels of
# each of five layers: spread evenly over the first four layers, and in the last layer five that were empty for
# Chelsea.
#
# **Predict before you run.** How will the patterns change from the first row to the last?

# %%
chosen_filters = {
    name: np.linspace(0, base.get_layer(name).filters - 1, FILTERS).astype(int) for name in LAYERS
}
empty = np.flatnonzero(activations["block5_conv3"].max(axis=(0, 1)) == 0)
chosen_filters["block5_conv3"] = empty[:FILTERS]  # they found nothing in Chelsea's photo
patterns = {name: shown(climb(name, chosen_filters[name])[-1]) for name in LAYERS}

# %%
plots.photo_table(
    {name.replace("_", "\n"): patterns[name] for name in LAYERS},
    "Five patterns for each of five layers. Block 1: plain colours and fine stripes. Block 2: coloured "
    "stripes and waves. Block 3: scales, feathers, dots and braids. Block 4: ropes, roofs and larger "
    "shapes. Block 5: large parts that look like pieces of objects.",
)

# %% [markdown]
# From colours and stripes, to textures, to shapes, to pieces of things. Nobody has told the network to build such a
# ladder. It is what lesson 6 called the spatial hierarchy, and here you can see it. It is also the reason why lesson
# 7 kept the lower blocks as they are: stripes and textures are useful for nearly any picture.
#
# Do these pictures really excite their channels, or do they just look nice? We give what you see, with its clipped
# colours, back to the network. As a yardstick we take Chelsea's photo.

# %%
own_share = []
for name in LAYERS:
    channels = chosen_filters[name]
    climbed = before_relu(name)
    by_pattern = keras.ops.convert_to_numpy(climbed(prepare(patterns[name]))).mean(axis=(1, 2))
    by_photo = keras.ops.convert_to_numpy(climbed(prepared)).mean(axis=(1, 2))[0]
    own = by_pattern[np.arange(FILTERS), channels]
    own_share.append(np.mean(own > by_photo[channels]))
expect("visual.pattern_beats_photo", np.mean(own_share), edition)

# %% [markdown]
# All of them, or nearly all, excite their channel more than the photo does. (For the last row that says little: we
# chose these channels because the photo leaves them empty.)
#
# ### How much of the picture can a filter see?
#
# The patterns also grow coarser for a plain reason: a unit in a higher layer sees more of the picture. You know the
# *receptive field* and its two rules from lesson 6: its side $r$ grows by $(k - 1)\,d$ with a window of side $k$, and
# the distance $d$ between neighbours grows with the stride.
#
# **Predict before you run.** All convolutions have $k = 3$, all poolings $k = 2$ and the stride 2. (Here $k$ is a
# side, and not the number of a channel.) How far does a unit of block 5 see?

# %%
r = d = 1
fields = {}
for layer in base.layers[1:]:
    k, s = (2, 2) if "pool" in layer.name else (3, 1)
    r, d = r + (k - 1) * d, d * s
    if layer.name in LAYERS:
        fields[layer.name] = r
        print(f"{layer.name}: {r:3} x {r:3} pixels, {d:2} pixels from unit to unit")

# %% [markdown]
# Let us check these sizes with the tape, as in lesson 6. We copy VGG16's layers, with one filter each, all weights
# 1, and mean-pooling. So nothing is cancelled or passed over, and a pixel has a slope other than 0 exactly if the
# unit can see it.


# %%
def plain(layer: keras.Layer) -> keras.Layer:
    if isinstance(layer, keras.layers.MaxPooling2D):
        return keras.layers.AveragePooling2D.from_config(layer.get_config())
    ones = {"filters": 1, "kernel_initializer": "ones"}
    return keras.layers.Conv2D.from_config({**layer.get_config(), **ones})


plain_base = keras.models.clone_model(base, clone_function=plain)
x = tf.ones((1, 256, 256, 3))
for name, side in fields.items():
    see = keras.Model(plain_base.input, plain_base.get_layer(name).output)
    with tf.GradientTape() as tape:
        tape.watch(x)
        maps = see(x)
        unit = maps[0, maps.shape[1] // 2, maps.shape[2] // 2, 0]  # one in the middle
    touched = tape.gradient(unit, x).numpy()[0].any(axis=-1)
    sides = touched.any(axis=1).sum(), touched.any(axis=0).sum()
    print(f"{name}: {sides[0]:3} x {sides[1]:3} pixels have a slope")
    assert sides == (side, side) and touched.sum() == side**2

# %% [markdown]
# A unit of block 5 sees further than our patterns are wide. So its patterns are cut-outs, and a larger `PATTERN_SIDE`
# gives richer ones. Keep the number of block 4 in mind.
#
# ## A model to explain
#
# Until now we have asked what the network *sees*. From now on we ask why it *decides*. For that we need a decision:
# which of our two classes is in the picture?
#
# As in lesson 7 we run the base once over the pictures, keep what comes out, and train a small head on it. Our model
# has three parts:
#
# - the *trunk*: VGG16 up to the last convolution of block 4. Lesson 7 says that block 5 is not the best place to stop
#   for all photos. Here there is one more reason: the maps are twice as fine. A picture gets 12 x 12 cells, and after
#   the last convolution of block 5 it would get 6 x 6;
# - *global average pooling* (GAP): each of the 512 maps is replaced by its mean over all places;
# - the *head*: one dense unit without activation. It adds up these 512 means, each with its weight, and a bias.
#
# Its output is the *score* $S$, the number before the sigmoid. A positive score means class 1, a negative one class
# 0, and the probability of class 1 is $\sigma(S)$, with the sigmoid $\sigma$ of lesson 1.
#
# For most of what follows we need no slopes. So we take trick 1 of lesson 7: a copy of the trunk that computes in
# `bfloat16` if your processor is fast at it, and in `float32` if not.


# %%
def pictures_of(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a random choice of pictures, RGB values from 0 to 255, and their labels, 0 or 1."""
    files = keras.utils.image_dataset_from_directory(
        folder / part,
        label_mode="binary",
        image_size=(SIDE, SIDE),
        crop_to_aspect_ratio=True,  # cut off what is too long, rather than squeeze it
        batch_size=PICTURES[part],
        shuffle=True,
        seed=SEED,
        verbose=0,
    )
    some, classes = next(iter(files))
    return some.numpy().clip(0, 255).astype("uint8"), classes.numpy().ravel().astype(int)


keras.config.set_dtype_policy(hardware.fast_policy())
fast_base, _ = vgg16_conv_base((None, None, 3))
keras.config.set_dtype_policy("float32")
fast_trunk = keras.Model(fast_base.input, fast_base.get_layer("block4_conv3").output)


def maps_of(prepared_pictures: np.ndarray) -> np.ndarray:
    """Return what the trunk gives, shape (pictures, rows, columns, 512)."""
    return fast_trunk.predict(prepared_pictures, batch_size=20, verbose=0).astype("float32")


# %%
pictures, labels, means = {}, {}, {}
for part in PICTURES:
    pictures[part], labels[part] = pictures_of(part)
    maps_of_part = maps_of(prepare(pictures[part]))
    means[part] = maps_of_part.mean(axis=(1, 2))
maps_test = maps_of_part  # of the last part; those of the others are no longer needed

# %%
for part in PICTURES:
    print(f"{part:10} {means[part].shape}, both classes: {set(labels[part]) == {0, 1}}")

# %% [markdown]
# Now the head. `EarlyStopping` from lesson 1 watches the validation loss. All 400 pictures, of 512 numbers each, fit
# into one batch, and we call five updates an epoch. The weights start at 0. With one unit this is allowed, because
# there are no two units that could stay the same. And it matters for what we want: whatever no picture corrects stays
# at 0, and not at some random number. We come back to this at the end.
#
# Keras calls a score before the sigmoid a *logit*. `from_logits=True` tells the loss to apply the sigmoid itself.


# %%
def trained_head(rows: slice, label: str, start="zeros") -> keras.layers.Dense:
    x, y = means["train"][rows], labels["train"][rows, np.newaxis]
    training = tf.data.Dataset.from_tensors((x, y)).repeat(UPDATES)
    held_out = (means["validation"], labels["validation"][:, np.newaxis])
    validation = tf.data.Dataset.from_tensors(held_out)
    trained = keras.layers.Dense(1, kernel_initializer=start, name="score")
    head_model = keras.Sequential([keras.Input(shape=(512,)), trained])
    head_model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0, name="accuracy")],
        steps_per_execution=UPDATES,  # all updates of an epoch in one call
    )
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    histories[label] = head_model.fit(
        training,
        validation_data=validation,
        epochs=HEAD_EPOCHS,
        verbose=0,
        callbacks=[stop, Progress(label)],
    ).history
    return trained


histories = {}

# %% tags=["nbval-ignore-output"]
head = trained_head(slice(None), "head")
w = keras.ops.convert_to_numpy(head.kernel)[:, 0]
b = keras.ops.convert_to_numpy(head.bias)[0]

# %%
plots.history(histories["head"])

# %% [markdown]
# The head is chosen, so this is the moment for the test pictures. They are used once to measure how often the model
# is right. After that we only ask why.

# %%
test_scores = means["test"] @ w + b
said, truth = (test_scores > 0).astype(int), labels["test"]
expect("visual.test_accuracy", np.mean(said == truth), edition)

# %% [markdown]
# ## A heat map in two lines
#
# Which places of the picture have made this score? For our model the answer is short. Let
#
# - $A^k_{ij}$ be the activation of channel $k$ at row $i$ and column $j$ of the trunk's maps;
# - $Z$ be the number of places, rows times columns;
# - $w_k$ be the head's weight for channel $k$, and $b$ its bias.
#
# The score is the weighted sum of the means. A mean is a sum over places, and sums may be exchanged:
#
# $$S = b + \sum_k w_k \, \frac1Z \sum_{ij} A^k_{ij} = b + \frac1Z \sum_{ij} M_{ij}
# \qquad \text{with} \qquad M_{ij} = \sum_k w_k A^k_{ij}$$
#
# So the score is the mean of a map $M$, plus the bias. We call $M$ the *evidence*: where it is above 0, the place
# speaks for class 1, and where it is below 0, for class 0. This is *CAM*, class activation mapping (B. Zhou and
# others, 2016). The *heat map* for a class is the part that speaks for it.
#
# **Predict before you run.** Which part of the picture will be hot?


# %% tags=["grad-cam"]
def heat_for(evidence: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return what speaks for a class, 0 or 1 for each picture, and 0 where nothing does."""
    signs = np.where(classes == 1, 1, -1)[:, np.newaxis, np.newaxis]
    return np.maximum(signs * evidence, 0)


# %%
evidence = maps_test @ w
heat = heat_for(evidence, said)
is_the_score = np.allclose(evidence.mean(axis=(1, 2)) + b, test_scores, atol=1e-3)
print("mean of the evidence plus bias is the score:", is_the_score)
assert is_the_score

# %% [markdown]
# Here are six test pictures that the model gets right, three of each class: those where it is surest. Above is the
# picture, below it the heat map for the class that the model names, enlarged to the size of the picture. The white
# line runs where the heat is half of its largest value.

# %%
right = said == truth
surest = np.argsort(-np.abs(test_scores))
of_each = [[i for i in surest if right[i] and said[i] == c][:3] for c in (0, 1)]
shown_right = of_each[0] + of_each[1]
plots.overlays(
    pictures["test"][shown_right],
    heat[shown_right],
    [class_names[said[i]] for i in shown_right],
    f"Six test pictures that the model gets right, three of the class {class_names[0]} and three of "
    f"the class {class_names[1]}; below each the same picture with its heat map.",
)

# %% [markdown]
# Say in words what lies where the map is hot: the thing itself, or something around it? Nobody has told the model
# where the thing is. It had pictures and labels, and no word about *where*.
#
# ### Look at the mistakes
#
# Now the pictures where the model is surest and wrong. The heat map is for the class that it names, wrongly. It
# answers: what misled you?

# %%
wrong = [i for i in surest if not right[i]][:6]
plots.overlays(
    pictures["test"][wrong],
    heat[wrong],
    [f"said {class_names[said[i]]}\nis {class_names[truth[i]]}" for i in wrong],
    "Test pictures that the model gets wrong, the surest first; below each the same picture with the "
    "heat map for the class that the model named.",
)

# %% [markdown]
# Look at each, and ask: does the heat lie on the thing itself, or on what is around it? Heat beside the thing is a
# reason to look closer, and no proof that the background has decided. A cell of block 4 sees a square of 92 pixels,
# nearly the whole picture. Only covering a place can tell, and that comes further down.
#
# It is worth looking. S. Lapuschkin and others (2016) drew heat maps for a classifier of photos, one without a deep
# network, that was good at horses. The heat lay in a corner: many photos of horses came from one collection and bore
# its copyright notice. The classifier had learned to read, so to speak.
#
# ### Chelsea, and a question that may have no answer
#
# Chelsea is in no part of our data, and her photo has another size. The model takes it anyway: the trunk slides, and
# GAP makes 512 means out of maps of any size.
#
# **Predict before you run.** What will your model say about her? Is the answer among its two classes at all?

# %%
maps_chelsea = maps_of(prepared)
chelsea_score = (maps_chelsea.mean(axis=(1, 2)) @ w + b).item()
guess = np.array([int(chelsea_score > 0)])
plots.overlays(
    [chelsea],
    heat_for(maps_chelsea @ w, guess),
    [f"said {class_names[guess[0]]}"],
    "The photo of the cat, and below it the same photo with the heat map for the class that the model "
    "named.",
    columns=1,
)

# %%
CHELSEA = {
    "original": "She is a cat, and 'cat' is one of the two answers.",
    "offline": "She is neither a shirt nor a T-shirt. The model has found one all the same.",
}
print(CHELSEA[edition])

# %% [markdown]
# A model of two classes has two answers, and "neither" is not among them. **A heat map can always be drawn.** It says
# what speaks for an answer. It does not say that the answer, or the question, makes sense.
#
# ## Grad-CAM: the same for any model
#
# CAM needs GAP and one dense unit. What about a head with hidden layers, or a lower layer of the trunk? There we need
# to know how much channel $k$ matters. Change one of its activations a little, and see how the score changes: that is
# the slope $\partial S / \partial A^k_{ij}$. The weight of the channel is the mean of its slopes:
#
# $$\alpha_k = \frac1Z \sum_{ij} \frac{\partial S}{\partial A^k_{ij}}$$
#
# and the heat map for class 1 is
#
# $$L_{ij} = \text{ReLU}\Big(\sum_k \alpha_k A^k_{ij}\Big)$$
#
# For class 0 take $-S$ instead of $S$: what speaks for one speaks against the other. That is Grad-CAM,
# "gradient-weighted class activation mapping" (R. Selvaraju and others, 2017). It asks for no special architecture
# and no training.
#
# Why the score, and not the probability? The sigmoid is flat where the model is sure. Its slope is $p(1-p)$, where $p$
# is the probability.
#
# **Predict before you run.** With a score of 20, how large is the slope of the probability, in `float32`?

# %%
p = keras.ops.convert_to_numpy(keras.ops.sigmoid(np.float32(20)))
print("slope of the probability at a score of 20:", p * (1 - p))
print("slope of the score itself: 1.0")

# %% [markdown]
# The surest decisions would have no explanation at all.
#
# ### The trap: a model inside a model
#
# We put the whole model together. The trunk is *nested*: a model that is a layer of another model.

# %%
trunk = keras.Model(base.input, base.get_layer("block4_conv3").output, name="trunk")
model = keras.Sequential(
    [keras.Input(shape=(None, None, 3)), trunk, keras.layers.GlobalAveragePooling2D(), head]
)
print([layer.name for layer in model.layers])
few = prepare(pictures["validation"][:4])
whole = keras.ops.convert_to_numpy(model(few))[:, 0]
stored = means["validation"][:4] @ w + b
are_the_same = np.allclose(whole, stored, rtol=0.05, atol=0.1)
print("the same scores, but for the rounding:", are_the_same)
assert are_the_same

# %% [markdown]
# We need the maps *and* the score in one computation. With a flat model one asks for both, as we did for `spy`. Try
# it with the nested one.

# %%
inside = trunk.get_layer("block3_conv3").output
try:
    keras.Model(model.inputs, [inside, model.outputs[0]])
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# What happened? The trunk was built first, with an input of its own. When it became a layer of `model`, it was
# *called* on the input of `model`. Its inner layers are still wired to the trunk's own input, and from the input of
# `model` there is no way to them.
#
# The way out has two steps. A model from the *trunk's* input gives both the maps and the trunk's output. Then call
# all that the outer model calls, in the same order, but this model in place of the trunk. Keras does that for us:
# `clone_model` walks through a model's calls, and asks us at each what to do. It walks through *all* of them: layers
# such as `Rescaling`, and plain operations such as `x / 255`, which are in no list of layers.
#
# Which one is the nested model? The one that holds the layers we ask for. A flat model holds them itself.


# %% tags=["grad-cam"]
def with_maps(model: keras.Model, layer_names: list[str]) -> keras.Model:
    """Return a model with the same weights that gives the named layers' maps, then the score.

    Raises:
        ValueError: no model holds them all, neither this one nor a model that it calls once.
    """
    outer = keras.Model(model.inputs, model.outputs)  # a Sequential, too, is a graph of calls
    models = [part for part in (outer, *outer.layers) if isinstance(part, keras.Model)]
    names = {part.name: [layer.name for layer in part.layers] for part in models}
    holder = next((part for part in models if set(layer_names) <= set(names[part.name])), None)
    if holder is None:
        raise ValueError(f"layer_names is {layer_names}; expected layers of one of these: {names}")
    maps = [holder.get_layer(name).output for name in layer_names]
    if holder is outer:
        return keras.Model(model.inputs, [*maps, *model.outputs])
    inner = keras.Model(holder.inputs, [*maps, *holder.outputs])
    found = []

    def call(layer, *inputs, **options):
        if layer is not holder:
            return layer(*inputs, **options)
        *maps, output = inner(*inputs, **options)
        found.extend(maps)
        return output

    same = keras.models.clone_model(outer, clone_function=lambda layer: layer, call_function=call)
    if len(found) > len(maps):
        raise ValueError(f"{model.name} calls {holder.name} more than once; expected one call")
    return keras.Model(same.inputs, [*found, *same.outputs])


# %% [markdown]
# Now the evidence itself, the weighted sum *before* the ReLU. As above, it speaks for class 1 where it is above 0,
# and `heat_for` makes a heat map of it. Our function takes several layers at once. And `training=False` switches
# off all that is random, such as flips and dropout.


# %% tags=["grad-cam"]
def grad_cam(
    model: keras.Model, prepared: np.ndarray, layer_names: list[str], batch: int = 10
) -> dict[str, np.ndarray]:
    """Return for each layer the sum of its maps, weighted by their slopes, before the ReLU.

    The model gives one score a picture, and the layers are its own or those of one model inside
    it. The result is ``{name: sums}``, each of shape (pictures, rows, columns).

    Raises:
        ValueError: several scores, no pictures, too small ones; else as ``with_maps``.
    """
    if len(prepared) == 0:
        raise ValueError("there are no pictures; expected at least one")
    shapes = [tuple(output.shape[1:]) for output in model.outputs]
    if shapes != [(1,)]:
        raise ValueError(f"{model.name} gives {shapes} a picture; expected one score, [(1,)]")
    both = with_maps(model, layer_names)
    try:
        both.compute_output_shape(prepared.shape)
    except ValueError as error:
        shape = prepared.shape[1:]
        raise ValueError(f"pictures of {shape} are too small for {model.name}") from error

    @tf.function(reduce_retracing=True)
    def weighted_sums(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            *maps, score = both(x, training=False)
        slopes = tape.gradient(score, maps)
        weights = [tf.reduce_mean(slope, axis=(1, 2), keepdims=True) for slope in slopes]
        return [tf.reduce_sum(w * a, axis=-1) for w, a in zip(weights, maps, strict=True)]

    sums = [
        weighted_sums(tf.constant(prepared[start : start + batch], tf.float32))
        for start in range(0, len(prepared), batch)
    ]
    return {
        name: np.concatenate([part[i].numpy() for part in sums])
        for i, name in enumerate(layer_names)
    }


# %% [markdown]
# ### Check it by hand
#
# At the last layer of the trunk we know the answer. GAP divides by $Z$, and the head multiplies by $w_k$. So every
# slope of channel $k$ is $w_k / Z$, and so is their mean.
#
# **Predict before you run.** What is then the relation between Grad-CAM and CAM?

# %%
A = keras.ops.convert_to_numpy(trunk(few))
by_hand = A @ w / (A.shape[1] * A.shape[2])
by_tape = grad_cam(model, few, ["block4_conv3"])["block4_conv3"]
print(f"maps {A.shape}, weights {w.shape}, evidence {by_hand.shape}")
off = np.abs(by_hand - by_tape).max() / np.abs(by_hand).max()
print("by hand and by tape agree to 1e-4 of the largest value:", bool(off < 1e-4))
assert off < 1e-4
is_the_sum = np.allclose(by_tape.sum(axis=(1, 2)) + b, whole, rtol=1e-3, atol=1e-2)
print("their sum plus bias is the score:", is_the_sum)
assert is_the_sum

# %% [markdown]
# No tape, and the same map. For GAP and one dense unit Grad-CAM *is* CAM, divided by $Z$. What Grad-CAM adds is that
# it works for any head and for any layer. (There it is no longer a complete account of the score: one weight a
# channel is an average over slopes.)
#
# ## Put the heat map to the test
#
# A heat map looks convincing. That is its danger: the eye finds a reason for any pattern. So we put it to three
# tests, and it could fail each of them. And beside it we test two maps that cannot know the answer. They are our
# *controls*:
#
# - the **class-blind** map: the mean over the 512 channels. It is hot where the trunk finds *something*, and knows
#   neither the classes nor the head;
# - the map of a **shuffled head**: the same 512 weights, given to the wrong channels.
#
# If a control does as well as our map in a test, then the test has not shown what our map knows.
#
# ### First test: two pictures side by side
#
# Put a picture of each class side by side. Now we *know* where the evidence for each class should be: in its own half.
# The trunk takes a picture of twice the width as well.
#
# We count which share of the heat for a class lies in the half of this class. First on validation pictures, for two
# layers, because there is a choice to make.
#
# **Predict before you run.** The maps of block 3 are twice as fine again. Is more of their heat in the class's own
# half?


# %%
def side_by_side(part: str, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of twice the width, and in which half class 1 is (0 left, 1 right)."""
    rng = np.random.default_rng(SEED)
    zeros = rng.permutation(np.flatnonzero(labels[part] == 0))[:pairs]
    ones = rng.permutation(np.flatnonzero(labels[part] == 1))[:pairs]
    halves = rng.integers(0, 2, min(len(zeros), len(ones)))
    wide = [
        np.concatenate([pictures[part][i], pictures[part][j]][:: 1 if half else -1], axis=1)
        for i, j, half in zip(zeros, ones, halves, strict=False)
    ]
    return np.array(wide), halves


def own_half(evidence: np.ndarray, half_of_one: np.ndarray) -> np.ndarray:
    """Return the share of each class's heat in its own half, shape (2, pictures)."""
    shares = []
    for c in (0, 1):
        hot = heat_for(evidence, np.full(len(evidence), c))
        left, both = hot[:, :, : hot.shape[2] // 2].sum(axis=(1, 2)), hot.sum(axis=(1, 2))
        in_left = np.where(both > 0, left / np.maximum(both, 1e-9), 0.5)  # no heat: chance
        shares.append(np.where(half_of_one == c, 1 - in_left, in_left))
    return np.array(shares)


wide_val, half_val = side_by_side("validation", 30)
evidence_val = grad_cam(model, prepare(wide_val), ["block3_conv3", "block4_conv3"], batch=5)
by_layer = {name: own_half(evidence_val[name], half_val).mean() for name in evidence_val}

# %%
expect("visual.own_half_block3", by_layer["block3_conv3"], edition)
expect("visual.own_half_block4", by_layer["block4_conv3"], edition)

# %% [markdown]
# By chance the share is one half. The finer maps are not the better ones here. One reason may be that in block 3 a
# channel means "stripes" or "dots", which occur in both halves, and that one weight for the whole channel cannot
# tell them apart. Another is that at block 3 the weights are only means of slopes. So we trust block 4 more, and
# stay with it.
#
# Now test pictures, once with our head and twenty times with a shuffled one. For the class-blind map we need no
# computation: it is the same map for both questions. What lies in the own half of one class lies in the wrong
# half for the other. Its mean is one half, whatever the pictures are.

# %%
wide_test, half_test = side_by_side("test", 40)
maps_wide = maps_of(prepare(wide_test))
evidence_wide = maps_wide @ w
shares = own_half(evidence_wide, half_test)
shuffled_heads = [np.random.default_rng(SEED + n).permutation(w) for n in range(20)]
of_shuffled = [own_half(maps_wide @ other, half_test).mean() for other in shuffled_heads]
expect("visual.own_half", shares.mean(), edition)
expect("visual.own_half_shuffled", np.mean(of_shuffled), edition)
expect("visual.points_to_own_half", np.mean(shares > 0.5), edition)

# %% [markdown]
# The first number is the mean share for our head, the second that for shuffled heads. The third says how often more
# than half of the heat is in the class's own half.
#
# Here are two of the forty pairs. Above is a typical one, which is in the middle when they are sorted by the share
# in each class's own half. Below is the worst of all. The first line of each title says what is where.

# %%
order = np.argsort(-shares.mean(axis=0))
some = np.repeat(order[[len(order) // 2, -1]], 2)
asked = np.array([0, 1, 0, 1])
truths = [" | ".join(class_names[:: 1 if half_test[i] else -1]) for i in some]
plots.overlays(
    wide_test[some],
    heat_for(evidence_wide[some], asked),
    [f"{pair}\nheat for {class_names[c]}" for pair, c in zip(truths, asked, strict=True)],
    f"Two pairs of pictures side by side, one of the class {class_names[0]} and one of the class "
    f"{class_names[1]}: a typical pair above, the worst pair below. For each pair, the heat for the first "
    "class at the left, and for the second at the right.",
    columns=2,
)

# %% [markdown]
# It is the same model, the same picture and the same maps. Only the question has changed, "why this class?" or "why
# that one?". That the heat moves is no surprise: a place that speaks for one class cannot speak for the other, not
# even with a shuffled head. The test is whether it moves to the class's own half. In the worst pair the model may
# simply be wrong about one of the two: then the heat map shows its mistake.
#
# ### Second test: cover it
#
# If the hot place is the reason, then the model must lose confidence when we cover it. We divide the picture into
# nine squares of 32 x 32 pixels, and cover each in turn with grey: 0, after preparation. Each time we note how much
# the probability of the named class falls. So we know what *every* square costs, and can look up for any map what
# its hottest square costs.
#
# **Predict before you run.** Can covering a square make the model *surer*?

# %%
SQUARE = SIDE // 3
signs = np.where(said == 1, 1, -1)[:COVERED]  # so that a high score speaks for the named class


def probability(scores: np.ndarray) -> np.ndarray:
    """Return the probability of the class that was named."""
    return 1 / (1 + np.exp(-signs * scores))


subjects = prepare(pictures["test"][:COVERED])
before = probability(test_scores[:COVERED])
falls = np.empty((COVERED, 9))
for number, (row, column) in enumerate(np.ndindex(3, 3)):
    covered = subjects.copy()
    covered[:, row * SQUARE :, column * SQUARE :][:, :SQUARE, :SQUARE] = 0
    changed = np.argwhere((covered != subjects).any(axis=(0, 3)))
    assert (changed // SQUARE == (row, column)).all()  # this square, and no other
    falls[:, number] = before - probability(maps_of(covered).mean(axis=(1, 2)) @ w + b)


# %%
def hottest(maps: np.ndarray) -> np.ndarray:
    """Return for each map which of the nine squares is the hottest on average, 0 to 8."""
    cells = maps.shape[1] // 3
    squares = maps.reshape(len(maps), 3, cells, 3, cells).mean(axis=(2, 4))
    return squares.reshape(len(maps), 9).argmax(axis=1)


each = np.arange(COVERED)
toward = signs[:, np.newaxis, np.newaxis]  # evidence for the named class is above 0
maps_covered = maps_test[:COVERED]
choices = {
    "our map": [hottest(toward * (maps_covered @ w))],
    "class-blind": [hottest(maps_covered.mean(axis=-1))],
    "shuffled head": [hottest(toward * (maps_covered @ other)) for other in shuffled_heads],
    "our map, coldest": [hottest(-toward * (maps_covered @ w))],
}
costs = {name: np.array([falls[each, one] for one in chosen]) for name, chosen in choices.items()}

# %% [markdown]
# First one picture: the one where it works best.

# %%
hot, cold = choices["our map"][0], choices["our map, coldest"][0]
best = int(np.argmax(falls[each, hot] - falls[each, cold]))
views, view_titles = [pictures["test"][best]], [f"not covered\nprobability {before[best]:.2f}"]
for title, number in (("hottest square", hot[best]), ("coldest square", cold[best])):
    row, column = divmod(number, 3)
    view = pictures["test"][best].copy()
    view[row * SQUARE :, column * SQUARE :][:SQUARE, :SQUARE] = (124, 117, 104)
    views.append(view)
    view_titles.append(f"{title}\nprobability {before[best] - falls[best, number]:.2f}")
plots.overlays(
    views,
    [heat[best], *[np.zeros(heat[best].shape)] * 2],
    view_titles,
    "A test picture with its heat map, and the same picture twice with a grey square: on the hottest place and on the "
    "coldest. The titles give the probability of the class.",
    columns=3,
    beside=False,
)

# %% [markdown]
# One picture proves nothing, so here are all that we covered, the first 60 test pictures, with the controls. The dots
# of the third row are from the first of the shuffled heads.

# %%
cost_fig, cost_ax = plt.subplots(figsize=(6.8, 3))
colours = (plots.VERMILION, plots.BLUE, plots.GREY, plots.BLUE)
scatter = np.random.default_rng(SEED).uniform(-0.2, 0.2, COVERED)  # so that fewer dots hide
for place, (name, colour) in enumerate(zip(costs, colours, strict=True)):
    cost_ax.plot(costs[name][0], place + scatter, "o", color=colour, markersize=2.5)
    cost_ax.plot(costs[name].mean(), place, "D", color="black", markersize=8)
cost_ax.axvline(falls.mean(), color="black", ls="--", lw=1, label="mean of all nine squares")
cost_ax.set_yticks(range(len(costs)), list(costs))
cost_ax.set(xlabel="fall of the probability of the named class", ylim=(len(costs) - 0.5, -0.5))
cost_fig.legend(loc="outside upper center")
plots.described(
    cost_fig,
    "Dots for the test pictures: how much the probability falls when the square is covered that a map has chosen. A "
    "black diamond marks each mean. It is furthest to the right for the hottest square of our map, further left "
    "for both controls, and left of the dashed mean of all squares for our map's coldest square.",
)

# %%
expect("visual.fall_hottest", costs["our map"].mean(), edition)
expect("visual.fall_random", falls.mean(), edition)
expect("visual.fall_blind", costs["class-blind"].mean(), edition)
expect("visual.fall_shuffled", costs["shuffled head"].mean(), edition)
expect("visual.fall_coldest", costs["our map, coldest"].mean(), edition)


# %%
def beaten(cost: np.ndarray) -> float:
    """Return the share of a picture's other squares that cost less than the chosen one."""
    return np.mean((cost[..., np.newaxis] > falls).sum(axis=-1) / 8)


expect("visual.beaten_by_hottest", beaten(costs["our map"]), edition)
expect("visual.beaten_by_blind", beaten(costs["class-blind"]), edition)
expect("visual.beaten_by_shuffled", beaten(costs["shuffled head"]), edition)

# %% [markdown]
# Two judges, then. The first is chance, the dashed line: covering a square at random costs that much, and it costs
# more than a random other square in half of the cases. The second are the controls. A control may beat chance: the
# class-blind map finds *something*, and something is often a part of the thing. But our map's hottest square costs
# clearly more than those of both controls, and its coldest one least of all. (Left of 0 the model has become
# surer.) All three use the same maps of the same trunk. What makes the difference is the weights, each on its own
# channel, and that is what the head has learned.
#
# And now the limits. Look at the dots: in many pictures our hottest square costs hardly anything. Evidence may lie
# at several places, of which we cover one. And a grey square is itself something new in the picture. What we have
# shown holds on average, for this model, these pictures and squares of this size.
#
# ### Third test: break the model
#
# If a map shows what the model has learned, then it must change when we destroy what the model has learned. That
# sounds trivial. J. Adebayo and others tried it in 2018, and some well-known methods failed: their maps hardly
# changed when the weights were random, and looked much like what an edge detector gives.
#
# We destroy two things: the weights of the head, which we shuffle, and the weights of block 4, which we draw anew.
#
# As a yardstick we train two more heads, each on one half of the training pictures. They have learned the same from
# different examples, so their maps should agree. And we train these two once more, but start them at small random
# weights, as one does with hidden layers.
#
# To compare two maps we take the hottest quarter of the cells in each, and ask what share they have in common. By
# chance it is a quarter. We use the evidence before the ReLU, so that no two cells are equal.
#
# **Predict before you run.** What shares do you expect: for two heads, for two heads from a random start, for a
# shuffled head, for a broken block?

# %% tags=["nbval-ignore-output"]
middle = PICTURES["train"] // 2
kernels = {"trained": w} | {f"shuffled {n}": other for n, other in enumerate(shuffled_heads)}
for start in ("zeros", "random"):
    for number, rows in enumerate((slice(middle), slice(middle, None)), start=1):
        small_weights = keras.initializers.RandomNormal(stddev=0.01, seed=SEED + number)
        half_head = trained_head(
            rows, f"half {number}, {start}", small_weights if start == "random" else "zeros"
        )
        kernels[f"{start} {number}"] = keras.ops.convert_to_numpy(half_head.kernel)[:, 0]

# %%
broken = keras.models.clone_model(trunk)
broken.set_weights(trunk.get_weights())
drawn = keras.initializers.HeNormal(seed=SEED)
for name in ("block4_conv1", "block4_conv2", "block4_conv3"):
    kernel, bias = broken.get_layer(name).get_weights()
    kernel = keras.ops.convert_to_numpy(drawn(kernel.shape))
    broken.get_layer(name).set_weights([kernel, np.zeros_like(bias)])

compared = 40
evidence_of = {name: maps_test[:compared] @ kernel for name, kernel in kernels.items()}
evidence_of["broken"] = broken.predict(subjects[:compared], batch_size=20, verbose=0) @ w


def common_quarter(one: str, other: str) -> float:
    quarter = evidence_of[one][0].size // 4
    hot_cells = [
        np.argsort(-(toward[:compared] * evidence_of[name]).reshape(compared, -1))[:, :quarter]
        for name in (one, other)
    ]
    return np.mean([len(np.intersect1d(a, b)) / quarter for a, b in zip(*hot_cells, strict=True)])


# %%
expect("visual.common_two_heads", common_quarter("zeros 1", "zeros 2"), edition)
expect("visual.common_random_starts", common_quarter("random 1", "random 2"), edition)
of_all = [common_quarter("trained", name) for name in kernels if name.startswith("shuffled")]
expect("visual.common_shuffled", np.mean(of_all), edition)
expect("visual.common_broken", common_quarter("trained", "broken"), edition)

# %%
subject = int(np.argmax(before[:compared]))
kinds = {
    "trained": "trained",
    "zeros 1": "one half",
    "zeros 2": "other half",
    "random 1": "one half,\nrandom start",
    "random 2": "other half,\nrandom start",
    "shuffled 0": "head\nshuffled",
    "broken": "block 4\nbroken",
}
plots.overlays(
    [pictures["test"][subject]] * len(kinds),
    [heat_for(evidence_of[name][[subject]], said[[subject]])[0] for name in kinds],
    list(kinds.values()),
    "One test picture with seven heat maps: of the trained head, of two heads trained on different pictures, of two "
    "heads from random starts, of a shuffled head, and of a broken block.",
    columns=4,
    beside=False,
)

# %% [markdown]
# Heads that learned to answer the same question from different pictures agree far more than chance. A shuffled
# head and a broken block leave about as much as chance. So our heat maps show what was learned.
#
# Now look at the second number. Two heads that started at random agree less, although they saw the same pictures as
# the first two. A head has 512 weights, and each half has 200 pictures. In plain gradient descent every correction
# is a sum over these pictures, so it moves the weights in at most 200 of 512 directions, and in all others the
# random start stays as it was. Adam scales each weight's step by itself, so for our heads this holds only roughly.
# But after a short training they, too, may carry much of their random start, and it shows in the map, as noise. And
# which are better at their task? This is how much more validation accuracy the heads have that started at 0 (below
# 0: less):


# %%
def accuracy_of(start: str) -> float:
    """Return the mean validation accuracy of the two heads, each at its best epoch."""
    runs = [histories[f"half {number}, {start}"] for number in (1, 2)]
    return np.mean([run["val_accuracy"][np.argmin(run["val_loss"])] for run in runs])


expect("visual.random_start_cost", accuracy_of("zeros") - accuracy_of("random"), edition)

# %% [markdown]
# That is little, on few pictures, and it may have either sign, while the maps lose much of what they had in common. So
# models can be right about equally often, and give quite different reasons. An accuracy does not tell you whether an
# explanation can be trusted. Train twice, and compare the maps.
#
# ## What a heat map does not show
#
# - **Where, not what.** A hot eye or a hot collar does not say whether its shape mattered, its colour, or the shadow
#   beside it.
# - **Coarse.** A cell of our maps is 8 pixels wide, and sees much more than that. The fine white line is drawn by the
#   enlargement.
# - **For one answer.** It says what speaks for the class. It does not say how sure the model is: each map is scaled by
#   its own largest value.
# - **No proof.** Covering the place is the stronger test, because it changes the input and looks at the output. And
#   without controls even that says little.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/08_visualizing_convnets.ipynb) ask you to write Grad-CAM, to
# find out what went wrong with five heat maps and why a sixth one is empty, to cover two places at once, and to wake a
# sleeping channel. Each answer is checked at once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("08_visualizing_convnets")

# %% [markdown]
# ## What you learned
#
# 1. A second model with the same layers gives the activations of any layer. With depth the zeros become more
#    frequent. We think that deep filters ask for rarer things. The share of empty channels also depends on the size
#    of the picture.
# 2. Gradient ascent changes the picture instead of the weights. The patterns go from colours and stripes through
#    textures to pieces of things. Climb before the ReLU, or many channels have no slope.
# 3. With GAP and one dense unit, the score is the mean of a map: CAM. Grad-CAM gives each channel the mean of its slopes
#    as its weight, and works for any head. For a nested model, start from the inner model's own input.
# 4. A heat map must pass tests that it could fail, and beat maps that cannot know the answer: a class-blind one and that
#    of a shuffled head.
# 5. It says where the evidence for one answer lies. It does not say what it is, how sure the model is, or whether the
#    question makes sense.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("visual.", edition)
