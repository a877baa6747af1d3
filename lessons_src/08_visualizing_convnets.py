# %% [markdown]
# # Visualising convnets: what did it look at?
#
# *Open a trained convnet, paint what its filters look for, and show which part of a photo made it decide.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | two minutes; a third more on a processor without bfloat16 | under 2 GB | one photo of a cat, and photos of two classes that look alike | [lesson 7](07_transfer_learning.ipynb) |
#
# **After this lesson you can**
#
# 1. draw every channel of the last layer of each block for one photo, and measure how sparse these layers are;
# 2. paint the pattern that a filter looks for, by climbing from grey noise;
# 3. derive Grad-CAM, compute its heat map for a model that contains another model, and check it by hand;
# 4. put a heat map to the test: with two pictures side by side, with a grey square, and with random weights;
# 5. say what a heat map does not show.

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. Pictures are made 128 x 128 pixels large, in both editions. That
# adds no detail offline, but the heat map gets 8 x 8 cells instead of 4 x 4. Of each part of the data we take some at
# random. On a GPU, all of them and more filters are practical.

# %% tags=["parameters"]
SEED = 42
SIDE = 128
PICTURES = {"train": 400, "validation": 100, "test": 200}
HEAD_EPOCHS = 60
FILTERS = 8
PATTERN_SIDE = 96
STEPS = 30

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
# The pictures are the two classes of lessons 6 and 7. The loader says which edition of the data you have, and so
# which classes. All that follows is true for both editions.

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
# VGG16 expects its input *prepared*: the colours in the order blue, green, red, and from each the mean of its training
# photos subtracted. So three zeros stand for their mean colour, a warm grey. Keras's function for it works in place, so
# we give it a copy.


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
# What a layer gives for one picture is called its *activations*. Each channel is a map, the *feature map* of lesson 6:
# it is bright where one filter has found its pattern.
#
# **Predict before you run.** From block to block the maps get smaller, and there are more of them. Does the number of
# numbers grow or shrink?

# %%
LAYERS = ["block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3"]
spy = keras.Model(base.input, {name: base.get_layer(name).output for name in LAYERS})
activations = {name: keras.ops.convert_to_numpy(maps)[0] for name, maps in spy(prepared).items()}
print(f"the photo: {chelsea.size:,} numbers")
for name in LAYERS:
    maps = activations[name]
    print(f"{name}  {maps.shape!s:15} {maps.size:9,} numbers")

# %% [markdown]
# First it grows, then it shrinks. Before we look at all channels, look at one of each layer: the channel that is
# most active, by the mean over its map. It is drawn over the photo.
#
# **Predict before you run.** In which layer will you lose the cat?

# %%
strongest = {name: activations[name].mean(axis=(0, 1)).argmax() for name in LAYERS}
plots.overlays(
    [chelsea] * 5,
    [activations[name][:, :, strongest[name]] for name in LAYERS],
    LAYERS,
    "Five copies of the photo of a cat. Over each lies the most active channel of one layer: fine "
    "and all over the fur in the first blocks, coarse and on a few places in the last.",
    columns=5,
    beside=False,
    outline=False,
)

# %% [markdown]
# In the first block you could nearly redraw the photo from the map. In the last one there are a few blobs. They no
# longer say what the place looks like. They say that *something* is there, and to know what, we need to know the
# filter.
#
# Now all of them. Each tile is one channel: dark is 0, bright are the highest values of this channel. A plain light
# tile is an *empty* channel, which is 0 everywhere.

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
# The first block splits the photo into edges and colours. The second one finds short strokes and textures. The whole
# photo is still there, only sorted.
#
# In the third block there are so many channels that their tiles become small.

# %%
plots.channels(
    activations["block3_conv3"],
    "All 256 channels of block3_conv3: the cat's outline is seen in some tiles. Many tiles are mostly "
    "dark, with bright spots at the eyes, the whiskers or the fur.",
    columns=32,
)

# %% [markdown]
# Here are sixteen of them, larger: those whose values differ most from place to place. Look for channels that have picked
# out a part: only the eyes, only stripes in one direction, only the fur of the forehead. (One has found nothing but the
# border of the photo, where the zeros of the padding begin.)


# %%
def liveliest(name: str, count: int) -> np.ndarray:
    maps = activations[name]
    return maps[:, :, np.argsort(-maps.std(axis=(0, 1)))[:count]]


plots.channels(
    liveliest("block3_conv3", 16),
    "Sixteen channels of block3_conv3, enlarged: in six of them only the two eyes are bright, others show patches of "
    "fur or stripes in one direction, and in the first one only the border of the photo is bright.",
    columns=8,
)

# %% [markdown]
# In the fourth block the photo can hardly be guessed any more.

# %%
plots.channels(
    activations["block4_conv3"],
    "All 512 channels of block4_conv3: most tiles are dark with a few bright spots, many of them at "
    "the eyes or the nose.",
    columns=32,
)

# %%
plots.channels(
    liveliest("block4_conv3", 8),
    "Eight channels of block4_conv3, enlarged: in five of them the two eyes are bright, others show the outline of "
    "the face in coarse patches.",
    columns=8,
)

# %% [markdown]
# And in the last one, a channel says "here" or "there", or nothing at all.

# %%
plots.channels(
    activations["block5_conv3"],
    "All 512 channels of block5_conv3: coarse tiles with a few bright cells each; some tiles are plain "
    "and light, because the channel is empty.",
    columns=32,
)

# %%
plots.channels(
    liveliest("block5_conv3", 8),
    "Eight channels of block5_conv3, enlarged: coarse bright patches, as large as the face, an ear or the mouth, on a "
    "dark ground.",
    columns=8,
)

# %% [markdown]
# Two things happen on the way up. The maps carry less and less of what the photo looks like, and more and more of
# what is in it. And they get darker. The next section puts a number on that.
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
expect("visual.zeros_block1", zeros[0], edition)
expect("visual.zeros_block5", zeros[-1], edition)
expect("visual.empty_block1", share_of_empty(activations["block1_conv2"]), edition)
expect("visual.empty_block5", share_of_empty(activations["block5_conv3"]), edition)

# %% [markdown]
# Why is that so? A filter of the first block asks a question that has an answer nearly everywhere: "is there an edge
# from light to dark?" A filter of the last block asks for something special, perhaps a wheel, a beak, or printed
# letters. Most photos have none of it. The ReLU turns every "no" into a 0. So a sparse layer is a good sign: the answer
# "yes" has become rare, and says a lot.
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
zeros = [share_of_zeros(of_half[name]) for name in LAYERS]
print("more zeros in each block than in the one before:", bool(np.all(np.diff(zeros) > 0)))

# %% [markdown]
# The share of empty channels more than doubles, with the same cat before the same filters. The share of zeros stays
# about the same, and it still grows from block to block. So whoever reports empty channels must say how large the
# picture was. That zeros become more frequent with depth holds for both sizes.
#
# Are the empty channels useless, then? Below, when we show 400 other pictures to the network, we shall see.
#
# ## What does a filter look for?
#
# The photo tells us where a filter finds its pattern. What is the pattern? We let the network paint it.
#
# Training changes the weights, so that the loss falls. Now the weights stay as they are, and we change the *picture*,
# so that one channel becomes more active. Let
#
# - $x$ be the prepared picture, at the start grey with a little noise;
# - $a_k(x)$ be the activation of channel $k$: the mean over the places of its map, before the ReLU;
# - $g$ be the slope of $a_k$ along every pixel of $x$, a picture itself;
# - $\eta$ (eta) be the length of a step.
#
# Then one step is
#
# $$x \leftarrow x + \eta \, \frac{g}{\text{std}(g)}$$
#
# The plus makes it a climb, *gradient ascent*. The division by the standard deviation of $g$ makes all steps equally
# long, whether the slope is steep or flat.
#
# **Why before the ReLU?** Where a ReLU gives 0, its slope is 0. In the last layer many channels are empty, for grey
# noise even more. No slope, no climb. How many channels would never leave the ground?

# %%
noise = np.random.default_rng(SEED).uniform(-20, 20, (1, PATTERN_SIDE, PATTERN_SIDE, 3))
noise_maps = {name: keras.ops.convert_to_numpy(m)[0] for name, m in spy(noise).items()}
expect("visual.stuck_block4", share_of_empty(noise_maps["block4_conv3"]), edition)
expect("visual.stuck_block5", share_of_empty(noise_maps["block5_conv3"]), edition)


# %% [markdown]
# So we take a copy of the layer without its activation. The climb itself is a few lines. Two habits make the patterns
# better. Before each step the picture is shifted a little, and shifted back after it, so that no pixel can become
# special. And the climb begins with a smaller picture, which is enlarged half-way: the coarse shape comes first, and
# these steps are cheaper, too.


# %%
def before_relu(layer_name: str) -> keras.Model:
    layer = base.get_layer(layer_name)
    linear = keras.layers.Conv2D.from_config({**layer.get_config(), "activation": None})
    model = keras.Model(base.input, linear(layer.input))
    linear.set_weights(layer.get_weights())
    return model


def climb(layer_name: str, channels: np.ndarray, steps: int = STEPS, rate: float = 5.0):
    """Paint one picture a channel, all of them in one batch; return them and how they rose."""
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
        return tf.roll(x + rate * g, -shift, axis=(1, 2)), activation

    rng = np.random.default_rng(SEED)
    small = PATTERN_SIDE * 2 // 3
    x = tf.constant(rng.uniform(-20, 20, (len(channels), small, small, 3)), tf.float32)
    rise = []
    for number in range(steps):
        if number == steps // 2:
            x = tf.image.resize(x, (PATTERN_SIDE, PATTERN_SIDE))
        x, activation = step(x, tf.constant(rng.integers(-8, 9, 2), tf.int32))
        rise.append(activation.numpy())
    return x.numpy(), np.array(rise)


# %% [markdown]
# Nothing keeps the numbers between 0 and 255. So to show a pattern we scale it: its mean becomes a middle grey, and
# its standard deviation 50 of 255. And back from blue, green, red to red, green, blue.


# %%
def shown(x: np.ndarray) -> np.ndarray:
    x = x - x.mean(axis=(1, 2, 3), keepdims=True)
    x = 50 * x / (x.std(axis=(1, 2, 3), keepdims=True) + 1e-8) + 128
    return x[..., ::-1].clip(0, 255)


# %% [markdown]
# Watch one climb first, of a channel in the third block.

# %%
watched = np.array([146])
stages = {steps: shown(climb("block3_conv3", watched, steps)[0])[0] for steps in (1, 4, 10, 30)}
fig, axes = plt.subplots(1, 4, figsize=(8.6, 2.36))
for ax, (steps, picture) in zip(axes, stages.items(), strict=True):
    ax.imshow(picture.astype("uint8"))
    ax.set_title(f"{steps} step{'s'[: steps > 1]}", fontsize=10)
    ax.axis("off")
plots.described(
    fig,
    "Four pictures of one climb, after 1, 4, 10 and 30 steps: coloured noise turns into a regular "
    "pattern that fills the picture.",
    photo=True,
)

# %% [markdown]
# Out of noise, the slope alone has painted a pattern that was never in any picture we gave it. Now eight channels of
# each of five layers, spread evenly.
#
# **Predict before you run.** How will the patterns change from the first row to the last?

# %%
patterns, rises = {}, {}
for name in LAYERS:
    channels = np.linspace(0, base.get_layer(name).filters - 1, FILTERS).astype(int)
    x, rises[name] = climb(name, channels)
    patterns[name] = shown(x)

# %%
plots.photo_table(
    {name.replace("_", "\n"): patterns[name] for name in LAYERS},
    "Eight patterns for each of five layers. Block 1: plain colours and fine stripes. Block 2: coloured "
    "stripes and waves. Block 3: scales, feathers, dots and braids. Block 4: ropes, roofs and larger "
    "shapes. Block 5: large parts that look like pieces of objects.",
)

# %% [markdown]
# From colours and stripes, to textures, to shapes, to pieces of things. Nobody has told the network to build such a
# ladder. It is what lesson 6 called the spatial hierarchy, and here you can see it. It is also the reason why lesson 7
# kept the lower blocks as they are: stripes and textures are useful for nearly any picture.
#
# Do these pictures really excite their channels, or do they just look nice? We give what you see, with its clipped
# colours, back to the network. As a yardstick we take Chelsea's photo.

# %%
own_share = []
for name in LAYERS:
    channels = np.linspace(0, base.get_layer(name).filters - 1, FILTERS).astype(int)
    climbed = before_relu(name)
    by_pattern = keras.ops.convert_to_numpy(climbed(prepare(patterns[name]))).mean(axis=(1, 2))
    by_photo = keras.ops.convert_to_numpy(climbed(prepared)).mean(axis=(1, 2))[0]
    own = by_pattern[np.arange(FILTERS), channels]
    own_share.append(np.mean(own > by_photo[channels]))
expect("visual.pattern_beats_photo", np.mean(own_share), edition)

# %% [markdown]
# Nearly all of them excite their channel more than the photo does.
#
# ### How much of the picture can a filter see?
#
# The patterns also grow coarser for a plain reason: a unit in a higher layer sees more of the picture. You know the
# *receptive field* and its two rules from lesson 6: its side $r$ grows by $(k - 1)\,d$ with a window of side $k$, and
# the distance $d$ between neighbours grows with the stride.
#
# **Predict before you run.** All convolutions have $k = 3$, all poolings $k = 2$ and the stride 2. How far does a unit of
# block 5 see?

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
# Check them with the tape, as in lesson 6. We copy VGG16's layers, with one filter each, all weights 1, and mean-pooling.
# So nothing is cancelled or passed over, and a pixel has a slope other than 0 exactly if the unit can see it.


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
# gives richer ones.
#
# ## A model to explain
#
# Until now we have asked what the network *sees*. From now on we ask why it *decides*. For that we need a decision:
# which of our two classes is in the picture?
#
# As in lesson 7 we run the base once over the pictures, keep what comes out, and train a small head on it. The head is
# as simple as can be, which will help us:
#
# - *global average pooling* (GAP) replaces each of the 512 maps by its mean over all places;
# - one dense unit without activation adds up these 512 means, each with its weight, and a bias.
#
# Its output is the *score* $S$, the number before the sigmoid. A positive score means class 1, a negative one class 0,
# and the probability of class 1 is $\sigma(S)$, with the sigmoid $\sigma$ of lesson 1.
#
# For this pass we need no slopes and no exact digits. So we take trick 1 of lesson 7: a second copy of the base, with the
# same weights, that computes in `bfloat16` if your processor is fast at it, and in `float32` if not. It also notes the
# largest value on each map of the last convolution.


# %%
def pictures_of(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a random choice of pictures, RGB values from 0 to 255, and their labels."""
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
    pictures, labels = next(iter(files))
    return pictures.numpy().clip(0, 255).astype("uint8"), labels.numpy()


keras.config.set_dtype_policy(hardware.fast_policy())
fast_base, _ = vgg16_conv_base((SIDE, SIDE, 3))
keras.config.set_dtype_policy("float32")
fast = keras.Model(
    fast_base.input,
    [
        keras.layers.GlobalMaxPooling2D()(fast_base.get_layer("block5_conv3").output),
        keras.layers.GlobalAveragePooling2D()(fast_base.output),
    ],
)


def largest_and_means(pictures: np.ndarray) -> list[np.ndarray]:
    """Return two arrays (pictures, 512): of block5_conv3 the largest value, after GAP the mean."""
    return fast.predict(prepare(pictures), batch_size=20, verbose=0)


# %%
pictures, labels, largest, means = {}, {}, {}, {}
for part in PICTURES:
    pictures[part], labels[part] = pictures_of(part)
    largest[part], means[part] = largest_and_means(pictures[part])
del pictures["train"]

# %%
for part in PICTURES:
    print(f"{part:10} {means[part].shape}, both classes: {set(labels[part].ravel()) == {0, 1}}")

# %% [markdown]
# On the way we have noted which channels of the last layer were ever active. So now we can answer the question from
# above: the channels that were empty for Chelsea, are they dead? Here is the share of them that found something in at
# least one of the training pictures.

# %%
empty_for_chelsea = activations["block5_conv3"].max(axis=(0, 1)) == 0
ever_active = largest["train"].max(axis=0) > 0
expect("visual.empty_ones_revived", ever_active[empty_for_chelsea].mean(), edition)

# %% [markdown]
# Not dead, but waiting for something that Chelsea does not have.
#
# Now the head. `EarlyStopping` from lesson 1 watches the validation loss. Its weights start at 0. With one unit this is
# allowed, because there are no two units that could stay the same. And it matters for what we want: whatever no picture
# corrects stays at 0, and not at some random number. We come back to this at the end.
#
# Keras calls a score before the sigmoid a *logit*. `from_logits=True` tells the loss to apply the sigmoid itself.


# %%
def trained_head(rows: slice, label: str, start: str = "zeros") -> keras.layers.Dense:
    x, y = means["train"][rows], labels["train"][rows]
    training = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(len(x)).batch(32)
    validation = tf.data.Dataset.from_tensors((means["validation"], labels["validation"])).cache()
    head = keras.layers.Dense(1, kernel_initializer=start, name="score")
    model = keras.Sequential([keras.Input(shape=(512,)), head])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0, name="accuracy")],
        steps_per_execution=len(training),  # all updates of an epoch in one call
    )
    stop = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    histories[label] = model.fit(
        training,
        validation_data=validation,
        epochs=HEAD_EPOCHS,
        verbose=0,
        callbacks=[stop, Progress(label)],
    ).history
    return head


histories = {}

# %% tags=["nbval-ignore-output"]
head = trained_head(slice(None), "head")

# %%
plots.history(histories["head"])

# %% [markdown]
# Now we put the whole model together: the base, the pooling, the head. The base is *nested*: a model that is a layer
# of another model.
#
# Does the assembled model give the same scores as the head gave with the stored means? It should,
# apart from the rounding of `bfloat16`.

# %%
model = keras.Sequential(
    [keras.Input(shape=(None, None, 3)), base, keras.layers.GlobalAveragePooling2D(), head]
)
print([layer.name for layer in model.layers])
few = prepare(pictures["validation"][:4])
whole = keras.ops.convert_to_numpy(model(few))
stored = keras.ops.convert_to_numpy(head(means["validation"][:4]))
print("the same scores, to a tenth:", np.allclose(whole, stored, atol=0.1))

# %% [markdown]
# The head is chosen, so this is the moment for the test pictures. They are used once to measure how often the model is
# right. After that we only ask why.

# %%
test_scores = keras.ops.convert_to_numpy(head(means["test"])).ravel()
said, truth = (test_scores > 0).astype(int), labels["test"].ravel().astype(int)
expect("visual.test_accuracy", np.mean(said == truth), edition)

# %% [markdown]
# With so few pictures, such a share is uncertain. The standard error of lessons 6 and 7 says by how much.
# We have even fewer validation pictures. For asking why, it will do.

# %% [markdown]
# ## Grad-CAM: where is the evidence?
#
# We want a map of the picture that is bright where the model found its reasons. Take the maps of one convolution, for
# one picture:
#
# - $A^k_{ij}$ is the activation of channel $k$ at row $i$ and column $j$;
# - $Z$ is the number of places, rows times columns;
# - $S_c$ is the score for the class $c$ that we ask about. Our model has one score for two classes: $S_1 = S$ for
#   class 1, and $S_0 = -S$ for class 0, because what speaks for one speaks against the other.
#
# How much does channel $k$ matter for the class? Change one activation a little, and see how the score changes. That
# is the slope $\partial S_c / \partial A^k_{ij}$. The weight of the channel is the mean of its slopes:
#
# $$\alpha^c_k = \frac1Z \sum_i \sum_j \frac{\partial S_c}{\partial A^k_{ij}}$$
#
# The heat map adds up the maps of all channels, each with its weight, and keeps what speaks *for* the class:
#
# $$L^c_{ij} = \text{ReLU}\Big(\sum_k \alpha^c_k A^k_{ij}\Big)$$
#
# That is Grad-CAM, "gradient-weighted class activation mapping" (R. Selvaraju and others, 2017). It asks for no special
# architecture and no training.
#
# Why the score, and not the probability? The sigmoid is flat where the model is sure. Its slope is $p(1-p)$.
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
# We need the maps *and* the score in one computation. With a flat model one asks for both, as we did for `spy`. Try it
# with the nested one.

# %%
inside = base.get_layer("block5_conv3").output
try:
    keras.Model(model.inputs, [inside, model.outputs[0]])
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# What happened? The base was built first, with an input of its own. When it became a layer of `model`, it was *called*
# on the input of `model`. Its inner layers are still wired to the base's own input, and from the input of `model` there
# is no way to them.
#
# The way out has two steps. A model from the *base's* input gives both the maps and the base's output. Then call all
# that the outer model calls, in the same order, but this model in place of the base. Keras does that for us:
# `clone_model` walks through a model's calls, and asks us at each what to do. It walks through *all* of them: layers
# such as `Rescaling`, and plain operations such as `x / 255`, which are in no list of layers.
#
# Which one is the nested model? The one that holds the layers we ask for. There could be another, for example a
# `Sequential` of random flips before the base. A flat model holds them itself: then one model is enough.


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
# Now the map itself. `evidence` returns the weighted sum *before* the ReLU, for class 1. Above 0 it speaks for class 1,
# below 0 for class 0. So one computation serves both classes. It takes several layers at once, too. And
# `training=False` switches off all that is random, such as flips and dropout.


# %% tags=["grad-cam"]
def evidence(
    model: keras.Model, prepared: np.ndarray, layer_names: list[str], batch: int = 10
) -> dict[str, np.ndarray]:
    """Return for each layer the sum of its maps, weighted by their slopes, before the ReLU.

    Args:
        model: gives one score a picture; made of layers and operations in any order.
        prepared: pictures as the model takes them, shape (pictures, height, width, 3).
        layer_names: layers of the model, or all of one model inside it.
        batch: how many pictures to compute at once.

    Returns:
        ``{name: sums}``, each of shape (pictures, rows, columns).

    Raises:
        ValueError: the model gives something else than one score, as ``with_maps``, or there are
            no pictures, or pictures so small that nothing is left of them.
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
# The heat map for a class is what speaks for it.


# %% tags=["grad-cam"]
def grad_cam(model, prepared: np.ndarray, classes: np.ndarray, layer_name: str) -> np.ndarray:
    """Return one heat map a picture, shape (pictures, rows, columns), for the class asked about.

    Args:
        model, prepared: as for ``evidence``.
        classes: 0 or 1 for each picture.
        layer_name: the layer whose maps are used.

    Raises:
        ValueError: not a 0 or 1 for each picture; else as ``evidence``.
    """
    classes = np.asarray(classes)
    if classes.shape != (len(prepared),) or not np.isin(classes, (0, 1)).all():
        raise ValueError(
            f"classes is {classes}; expected 0 or 1 for each of {len(prepared)} pictures"
        )
    signs = np.where(classes == 1, 1, -1)[:, np.newaxis, np.newaxis]
    return np.maximum(signs * evidence(model, prepared, [layer_name])[layer_name], 0)


# %% [markdown]
# ### Check it by hand
#
# For one picture, in NumPy, without the tape. How does the score depend on the maps of the last convolution? Between
# them lie max-pooling, GAP and the dense unit with the weights $w_k$:
#
# - GAP gives every place after the pooling the slope $w_k / Z'$, where $Z'$ is the number of these places;
# - max-pooling hands each slope on to the largest of its four inputs, and 0 to the other three. The *sum* of the slopes
#   stays the same.
#
# So the slopes of channel $k$ add up to $w_k$, before and after the pooling, and their mean is $\alpha_k = w_k / Z$.
# Here there are 8 rows and 8 columns, so $Z$ is 64.
#
# **Predict before you run.** Will the heat map by hand and that of `grad_cam` agree?

# %%
one = few[:1]
to_maps = keras.Model(base.input, base.get_layer("block5_conv3").output)
A = keras.ops.convert_to_numpy(to_maps(one))[0]
w = keras.ops.convert_to_numpy(head.kernel)[:, 0]
its_class = int(whole[0, 0] > 0)
sign = 1 if its_class == 1 else -1
by_hand = np.maximum(sign * (A @ w) / (A.shape[0] * A.shape[1]), 0)
by_tape = grad_cam(model, one, [its_class], "block5_conv3")[0]
print(f"maps {A.shape}, weights {w.shape}, heat map {by_hand.shape}")
off = np.abs(by_hand - by_tape).max() / by_hand.max()
print("by hand and by tape agree to 1e-4 of the largest value:", bool(off < 1e-4))
assert off < 1e-4

# %% [markdown]
# No tape, and the same map. For a head like ours the slopes are known beforehand: they are the weights of the head.
# This older recipe is *CAM*, class activation mapping (B. Zhou and others, 2016):
#
# $$M_{ij} = \sum_k w_k A^k_{ij}$$
#
# So for GAP and one dense layer Grad-CAM *is* CAM, divided by $Z$. What Grad-CAM adds is that it works for any head,
# and for any layer.
#
# One more check, at the layer right before GAP, `block5_pool`. There the map before the ReLU is a complete account: the
# sum over all places, plus the bias $b$ of the head, must be the score, because
# $S = b + \sum_k w_k \frac1{Z'} \sum_{ij} A^k_{ij}$.

# %%
at_pool = evidence(model, few, ["block5_pool"])["block5_pool"]
cam = keras.ops.convert_to_numpy(base(few)) @ w
places = at_pool[0].size
off = np.abs(at_pool - cam / places).max() / np.abs(at_pool).max()
print(f"maps of {at_pool.shape[1:]}: Grad-CAM is CAM divided by {places}, to 1e-4: {off < 1e-4}")
b = keras.ops.convert_to_numpy(head.bias)[0]
account = at_pool.sum(axis=(1, 2)) + b
print("evidence plus bias is the score:", np.allclose(account, whole[:, 0], rtol=1e-4, atol=1e-3))

# %% [markdown]
# ### Look
#
# Here are six test pictures that the model gets right, three of each class: those where it is surest. Above is the
# picture, below it the heat map for the class that the model names. It is enlarged to the size of the picture. The
# white line runs where the heat is half of its largest value.
#
# The maps are those of the last convolution, `block5_conv3`. This is the common choice. Further down we put it to the
# test.
#
# **Predict before you run.** Which part of the picture will be hot?

# %%
test = prepare(pictures["test"])
heat = grad_cam(model, test, said, "block5_conv3")
right = said == truth
surest = np.argsort(-np.abs(test_scores))
of_each = [[i for i in surest if right[i] and said[i] == c][:3] for c in (0, 1)]
chosen = of_each[0] + of_each[1]
plots.overlays(
    pictures["test"][chosen],
    heat[chosen],
    [class_names[said[i]] for i in chosen],
    f"Six test pictures that the model gets right, three of the class {class_names[0]} and three of "
    f"the class {class_names[1]}; below each the same picture with its heat map.",
)

# %% [markdown]
# With cats and dogs, it is mostly the head: eyes, nose, muzzle. With clothes, compare the two classes, and say in words what
# lies where the map is hot. Nobody has told the model about heads or collars. It had pictures and labels, and no word about
# *where*.
#
# ### Look at the mistakes
#
# Now the pictures where the model is surest and wrong. The heat map is for the class that it names, wrongly. It answers:
# what misled you?

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
# Look at each, and ask: does the heat lie on the thing itself, or beside it? Beside it does not prove that the background has
# decided: each cell of the last convolution sees a square much larger than its own place, as you worked out in lesson 6. Only covering
# a place can tell, and that comes further down. But a hot place in the background is a reason to look. With heat maps of other kinds people have found
# a classifier that knew horses by the photographer's note in the corner of the photo, and networks that knew an illness by
# the mark that one hospital puts on its X-rays.
#
# ### Chelsea, and a question that has no answer
#
# Chelsea is in no part of our data, and her photo has another size. The model takes it anyway.
#
# **Predict before you run.** What will your model say? If your classes are cats and dogs, that is easy. And if they
# are clothes?

# %%
score = float(keras.ops.convert_to_numpy(model(prepared))[0, 0])
guess = int(score > 0)
chelsea_heat = grad_cam(model, prepared, [guess], "block5_conv3")
plots.overlays(
    [chelsea],
    chelsea_heat,
    [f"said {class_names[guess]}"],
    "The photo of the cat, and below it the same photo with the heat map for the class that the model "
    "named.",
    columns=1,
)

# %% [markdown]
# A model of two classes has two answers, and "neither" is not among them. If it knows cats, it finds one, by forehead,
# eyes and muzzle. If it knows only clothes, it finds some garment in the fur. **A heat map can always be drawn.** It says
# what speaks for an answer. It does not say that the answer, or the question, makes sense.
#
# How much of the heat lies on her face? We drew a box around it by hand, from forehead to chin: rows 10 to 190 and
# columns 60 to 235. If the heat were spread evenly, its share in the box would be that of the area.

# %% tags=["nbval-ignore-output"]
box = np.zeros(chelsea.shape[:2], bool)
box[10:190, 60:235] = True
enlarged = tf.image.resize(chelsea_heat[..., np.newaxis], box.shape).numpy()[0, ..., 0]
on_face = enlarged[box].sum() / enlarged.sum()
print(f"the box has {box.mean():.0%} of the area and {on_face:.0%} of the heat")
assert "cat" not in class_names or on_face > box.mean()

# %% [markdown]
# With cats and dogs, most of the heat is on her face, more than the share of the area. With clothes, the number means
# nothing: other training pictures give another one.
#
# ## Put the heat map to the test
#
# A heat map looks convincing. That is its danger: the eye finds a reason for any pattern. So we test it, in three ways
# that could go wrong.
#
# ### First test: two pictures side by side
#
# Put a picture of each class side by side. Now we *know* where the evidence for each class is: in its own half. The
# convolutions take a picture of twice the width, and GAP takes maps of any size, so the model needs no change.
#
# We count which share of the heat for a class lies in the half of this class. By chance it is one half. And we ask for
# four layers at once. Until now we took the last convolution, because this is common. Would another layer be better?
# That is a question about a choice, so we ask it of validation pictures.
#
# **Predict before you run.** The maps of lower layers are finer. Are they better?


# %%
def side_by_side(part: str, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of twice the width, and in which half class 1 is (0 left, 1 right)."""
    rng = np.random.default_rng(SEED)
    zeros = rng.permutation(np.flatnonzero(labels[part] == 0))[:pairs]
    ones = rng.permutation(np.flatnonzero(labels[part] == 1))[:pairs]
    half_of_one = rng.integers(0, 2, min(len(zeros), len(ones)))
    wide = [
        np.concatenate([pictures[part][i], pictures[part][j]][:: 1 if half else -1], axis=1)
        for i, j, half in zip(zeros, ones, half_of_one, strict=False)
    ]
    return np.array(wide), half_of_one


def own_half(signed: np.ndarray, half_of_one: np.ndarray) -> np.ndarray:
    """Return the share of each class's heat in its own half, shape (2, pictures)."""
    shares = []
    for class_number, sign in ((0, -1), (1, 1)):
        heat = np.maximum(sign * signed, 0)
        total = heat.sum(axis=(1, 2))
        in_right = heat[:, :, heat.shape[2] // 2 :].sum(axis=(1, 2)) / np.where(total > 0, total, 1)
        in_right[total == 0] = 0.5  # no heat at all: no better than chance
        goes_right = half_of_one == class_number
        shares.append(np.where(goes_right, in_right, 1 - in_right))
    return np.array(shares)


wide_val, half_val = side_by_side("validation", 20)
candidates = ["block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"]
signed_val = evidence(model, prepare(wide_val), candidates, batch=5)
by_layer = {name: own_half(signed_val[name], half_val).mean() for name in candidates}

# %% tags=["nbval-ignore-output"]
print("layer         cells     heat in its own half")
for name, share in by_layer.items():
    print(f"{name:12} {signed_val[name].shape[1:]!s:8} {share:16.0%}")

# %%
expect("visual.own_half_block3", by_layer["block3_conv3"], edition)
expect("visual.own_half_block5", by_layer["block5_conv3"], edition)
expect("visual.own_half_pool", by_layer["block5_pool"], edition)

# %% [markdown]
# Fine is not the same as right. In block 3 a channel means "stripes" or "dots", and these occur in both halves. One
# weight for the whole channel cannot tell them apart. In block 5 a channel means something special, and so its map can
# be trusted more. The price is a coarse map. `block5_pool` does as well or a little better, but its map has only a
# quarter of the cells. So we stay with `block5_conv3`, the last convolution.
#
# Now on test pictures, and with a look at some.

# %%
wide, half_of_one = side_by_side("test", 40)
signed = evidence(model, prepare(wide), ["block5_conv3"], batch=5)["block5_conv3"]
shares = own_half(signed, half_of_one)
expect("visual.own_half", shares.mean(), edition)
expect("visual.points_to_own_half", np.mean(shares > 0.5), edition)

# %% [markdown]
# The first number is the mean share, the second is how often it is more than one half. By chance both would be 0.5.
#
# Here are two of the forty pairs. At the left is a typical one, which is in the middle when they are sorted by the share
# in the own half. At the right is the worst of all. The first line of each title says what is where.

# %%
order = np.argsort(-shares.mean(axis=0))
some = np.repeat(order[[len(order) // 2, -1]], 2)
truths = [" | ".join(class_names[:: 1 if half_of_one[i] else -1]) for i in some]
plots.overlays(
    wide[some],
    [np.maximum(sign * signed[i], 0) for i, sign in zip(some, (-1, 1, -1, 1), strict=True)],
    [f"{pair}\nheat for {class_names[c]}" for pair, c in zip(truths, (0, 1, 0, 1), strict=True)],
    f"Two pairs of pictures side by side, one of the class {class_names[0]} and one of the class "
    f"{class_names[1]}. For each pair, once the heat for the one class and once for the other.",
    columns=4,
)

# %% [markdown]
# In the worst pair the model may simply be wrong about one of the two: then the heat map shows its mistake.
#
# It is the same model, the same picture and the same maps. Only the question has changed, "why this class?" or "why
# that one?", and the heat moves to the other side.
#
# ### Second test: cover it
#
# If the hot place is the reason, then the model must lose confidence when we cover it. If any other place of the same
# size does as well, the heat map is worth nothing.
#
# We cover 48 x 48 pixels, a seventh of the picture, with middle grey: once the hottest square, once the coldest, once
# a random one. Each time we note how much the probability of the named class falls.
#
# **Predict before you run.** Can covering a place make the model *surer*?

# %%
COVER = 3  # cells of the heat map, 16 pixels each


def mean_of_squares(heat: np.ndarray) -> np.ndarray:
    """Return the mean heat of every square of COVER x COVER cells."""
    windows = np.lib.stride_tricks.sliding_window_view(heat, (COVER, COVER), axis=(1, 2))
    return windows.mean(axis=(3, 4))


def covered(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return copies of the pictures with a grey square each; its corner is given in cells."""
    images = images.copy()
    for image, row, column in zip(images, 16 * rows, 16 * columns, strict=True):
        image[row : row + 16 * COVER, column : column + 16 * COVER] = 128
    return images


squares = mean_of_squares(heat)
flat = squares.reshape(len(heat), -1)
rng = np.random.default_rng(SEED)
flat = flat + 1e-9 * rng.random(flat.shape)  # of several squares without any heat, one at random
spots = {
    "hottest": flat.argmax(axis=1),
    "random": rng.integers(0, flat.shape[1], len(flat)),
    "coldest": flat.argmin(axis=1),
}

# %%
signs = np.where(said == 1, 1, -1)


def probability(scores: np.ndarray) -> np.ndarray:
    """Return the probability of the class that was named."""
    return 1 / (1 + np.exp(-signs * scores))


before = probability(test_scores)
after, squared = {}, {}
for name, spot in spots.items():
    squared[name] = covered(pictures["test"], *np.unravel_index(spot, squares.shape[1:]))
    _, squared_means = largest_and_means(squared[name])
    after[name] = probability(keras.ops.convert_to_numpy(head(squared_means)).ravel())

# %%
falls = {name: before - after[name] for name in spots}
shown_one = int(np.argmax(falls["hottest"] - np.abs(falls["coldest"])))
images = [pictures["test"][shown_one], *(squared[name][shown_one] for name in spots)]
values = [before[shown_one], *(after[name][shown_one] for name in spots)]
titles = ["not covered", *(f"{name} square" for name in spots)]
plots.overlays(
    images,
    [heat[shown_one], *[np.zeros((8, 8))] * 3],
    [f"{title}\nprobability {value:.2f}" for title, value in zip(titles, values, strict=True)],
    "A test picture with its heat map, and the same picture three times with a grey square: on the "
    "hottest place, on a random one, on the coldest one. The titles give the probability of the class.",
    columns=4,
    beside=False,
)

# %% [markdown]
# That was the picture where it works best: much lost at the hot place, nothing at the cold one. One picture proves
# nothing, so here are all test pictures.

# %%
fig, ax = plt.subplots(figsize=(6.4, 2.6))
colours = (plots.VERMILION, plots.GREY, plots.BLUE)
for place, (name, colour) in enumerate(zip(falls, colours, strict=True)):
    scatter = place + rng.uniform(-0.2, 0.2, len(before))  # so that fewer dots hide each other
    ax.plot(falls[name], scatter, "o", color=colour, markersize=2.5)
    ax.plot(falls[name].mean(), place, "D", color="black", markersize=8)
ax.axvline(0, color="black", linewidth=0.8)
ax.set_yticks(range(3), [f"{name} square" for name in falls])
ax.set(xlabel="fall of the probability of the named class", ylim=(2.5, -0.5))
plots.described(
    fig,
    "Dots for all test pictures: how much the probability falls when the hottest, a random and the "
    "coldest square is covered. A black diamond marks each mean: largest for the hottest square, "
    "smaller for a random one, smallest for the coldest.",
)

# %%
expect("visual.fall_hottest", falls["hottest"].mean(), edition)
expect("visual.fall_random", falls["random"].mean(), edition)
expect("visual.fall_coldest", falls["coldest"].mean(), edition)
expect("visual.hottest_beats_coldest", np.mean(falls["hottest"] > falls["coldest"]), edition)
expect("visual.hottest_beats_random", np.mean(falls["hottest"] > falls["random"]), edition)

# %% [markdown]
# On average the hot place costs much, and the cold one little or nothing. A random one, which sometimes hits and
# mostly misses, costs something in between.
#
# The random square is the judge: the last two lines are the shares of pictures in which the hottest square costs more
# than another one. A map of pure chance would win against a random square in half of the pictures. Ours wins more
# often, but not always. (And mind what this does not show: a map that only finds *something*, whatever the class, would win in more than
# half, too.) Look at the dots: in some pictures the hottest square costs nothing, and some squares make the
# model even surer. Evidence often lies at several places, and a grey square is itself something new in the picture.
#
# ### Third test: break the model
#
# If a map shows what the model has learned, then it must change when we destroy what the model has learned. That
# sounds trivial. J. Adebayo and others tried it in 2018, and some well-known methods failed: their maps stayed the same
# with random weights, because they only drew the edges of the picture.
#
# We destroy two things: the weights of the head, which we shuffle, and the weights of the last block, which we draw
# anew.
#
# As a yardstick we train two more heads, each on one half of the training pictures. They have learned the same from
# different examples, so their maps should agree. And we train these two once more, but start them at random weights, as
# Keras does by default.
#
# To compare two maps we take the hottest quarter of the cells in each, and ask what share they have in common. By
# chance it is a quarter. We use the weighted sum before the ReLU, so that no two cells are equal.
#
# **Predict before you run.** What shares do you expect: for two heads, for two heads from a random start, for a shuffled
# head, for a broken block?

# %% tags=["nbval-ignore-output"]
middle = len(labels["train"]) // 2
kernels = {"trained": w, "shuffled": np.random.default_rng(SEED).permutation(w)}
for start in ("zeros", "glorot_uniform"):
    for number, rows in enumerate((slice(middle), slice(middle, None)), start=1):
        half_head = trained_head(rows, f"half {number}, {start}", start)
        kernels[f"{start} {number}"] = keras.ops.convert_to_numpy(half_head.kernel)[:, 0]

# %% [markdown]
# For these heads we need no tape: as we have shown, the map is the sum of the last maps, weighted by the head. For the
# broken block we do.


# %%
def common_quarter(ones: np.ndarray, others: np.ndarray) -> float:
    quarter = ones[0].size // 4
    hot = [np.argsort(-maps.reshape(len(maps), -1))[:, :quarter] for maps in (ones, others)]
    return np.mean([len(np.intersect1d(a, b)) / quarter for a, b in zip(*hot, strict=True)])


subjects = test[:40]
toward_named = signs[:40, np.newaxis, np.newaxis]
A = to_maps.predict(subjects, batch_size=20, verbose=0)
maps_of = {name: toward_named * (A @ kernel) for name, kernel in kernels.items()}

broken_base = keras.models.clone_model(base)
broken_base.set_weights(base.get_weights())
drawn = keras.initializers.HeNormal(seed=SEED)
for name in ("block5_conv1", "block5_conv2", "block5_conv3"):
    kernel, bias = broken_base.get_layer(name).get_weights()
    kernel = keras.ops.convert_to_numpy(drawn(kernel.shape))
    broken_base.get_layer(name).set_weights([kernel, np.zeros_like(bias)])
broken = keras.Sequential(
    [keras.Input(shape=(None, None, 3)), broken_base, keras.layers.GlobalAveragePooling2D(), head]
)
maps_of["broken"] = toward_named * evidence(broken, subjects, ["block5_conv3"])["block5_conv3"]

# %%
common = {}
for name, one, other in (
    ("two_heads", "zeros 1", "zeros 2"),
    ("random_starts", "glorot_uniform 1", "glorot_uniform 2"),
    ("shuffled", "trained", "shuffled"),
    ("broken", "trained", "broken"),
):
    common[name] = common_quarter(maps_of[one], maps_of[other])
    expect(f"visual.common_{name}", common[name], edition)
expect("visual.lost_by_random_starts", common["two_heads"] - common["random_starts"], edition)

# %%
subject = int(np.argmax(before[:40]))
kinds = {
    "trained": "trained",
    "zeros 1": "trained on\none half",
    "zeros 2": "trained on\nthe other half",
    "glorot_uniform 1": "one half,\nrandom start",
    "shuffled": "head\nshuffled",
    "broken": "last block\nbroken",
}
plots.overlays(
    [pictures["test"][subject]] * len(kinds),
    [np.maximum(maps_of[name][subject], 0) for name in kinds],
    list(kinds.values()),
    "One test picture with six heat maps: of the trained head, of two heads trained on different "
    "pictures, of a head from a random start, of a shuffled head, and of a broken last block. The "
    "first three are alike.",
    beside=False,
)

# %% [markdown]
# Heads that learned the same question from different pictures point to much the same places. A shuffled head and a
# broken block leave little more than chance. So our heat maps show what was learned.
#
# Now look at the second number. Two heads that started at random agree less, although they saw the same pictures as
# the first two: the last number is the difference. A head has 512 weights, and each half has 200 pictures. In plain gradient descent every correction is a
# sum over these pictures, so it moves the weights in at most 200 of 512 directions. (Adam is not quite plain, but alike.)
# In all other directions the random start stays as it was, and it stays in the map, as noise. (The lines above may say
# that these heads trained to the last epoch and did not stop early. Then a part of the difference may be that they were
# not finished. But no number of epochs reaches the other directions.) How much worse are these heads at their task? By
# this much of the validation accuracy:


# %%
def accuracy_of(start: str) -> float:
    """Return the mean validation accuracy of the two heads, each at its best epoch."""
    runs = [histories[f"half {number}, {start}"] for number in (1, 2)]
    return np.mean([run["val_accuracy"][np.argmin(run["val_loss"])] for run in runs])


expect("visual.random_start_cost", accuracy_of("zeros") - accuracy_of("glorot_uniform"), edition)

# %% [markdown]
# Some hundredths, or somewhat more: most answers stay right, while the maps lose much of what they had in common. So two
# models can both be right most of the time, and give quite different reasons. An accuracy does not tell you whether an
# explanation can be trusted. Train twice, and compare the maps.
#
# ## What a heat map does not show
#
# - **Where, not what.** A hot eye does not say whether its shape mattered, its colour, or the shadow beside it.
# - **Coarse.** A cell of our maps is 16 pixels wide, and sees much more than that. The fine white line is drawn by the
#   enlargement.
# - **For one answer.** It says what speaks for the class. It does not say how sure the model is: each map is scaled by
#   its own largest value.
# - **No proof.** It is an average over slopes. Covering the place is the stronger test, because it changes the input
#   and looks at the output.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/08_visualizing_convnets.ipynb) ask you to measure
# sparsity, to write a step of the climb, to compute Grad-CAM from maps and slopes, to open a nested model, and to find
# the evidence by covering place after place. Each answer is checked at once.

# %% [markdown]
# ## What you learned
#
# 1. A second model with the same layers gives the activations of any layer. With depth the zeros become more frequent,
#    because deep filters ask for rare things. The share of empty channels also depends on the size of the picture.
# 2. Gradient ascent changes the picture instead of the weights. The patterns go from colours and stripes over textures
#    to pieces of things. Climb before the ReLU, or many channels have no slope.
# 3. Grad-CAM weighs each map by the mean slope of the score. For a nested base, start from the base's own input. With
#    GAP and one dense layer it is CAM, and the weights are those of the head.
# 4. A heat map must pass tests that it could fail: the right half of two pictures, a greater fall where it is hot,
#    another map for a broken model.
# 5. It says where the evidence for one answer lies. It does not say what it is, how sure the model is, or whether the
#    question makes sense.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("visual.", edition)
