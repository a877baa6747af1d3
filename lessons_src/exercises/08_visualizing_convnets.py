# %% [markdown]
# # Exercises: Visualising convnets
#
# *Write the tools of lesson 8 yourself: each is a few lines.*
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 40 minutes, of which half a minute is computing | under 2 GB | the photo of Chelsea | [lesson 8](../08_visualizing_convnets.ipynb) |
#
# **After these exercises you can**
#
# 1. count the empty channels of a layer;
# 2. write a step of gradient ascent that is equally long for steep and for flat slopes, and survives a slope of 0;
# 3. compute a Grad-CAM heat map from maps and slopes;
# 4. get maps and score out of a nested model;
# 5. find out what matters in a picture without any slope.
#
# Write your code where it says `YOUR CODE HERE`. Then run the check below it: it tells you at once
# whether your answer is right, and if not, why not. You may try as often as you like.

# %% [markdown]
# ## Set up
#
# Run these cells first. The photo has 128 rows and 192 columns here. `see` gives the activations of a layer of VGG16
# for a batch of pictures with RGB values from 0 to 255.

# %% tags=["parameters"]
SEED = 42
STEPS = 10

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import keras
import numpy as np
import tensorflow as tf

from helpers import plots
from helpers.data import cat_photo, vgg16_conv_base
from helpers.feedback import check, expect

# %%
base, edition = vgg16_conv_base((None, None, 3))
base.trainable = False
chelsea = keras.ops.convert_to_numpy(
    keras.ops.image.resize(cat_photo().astype("float32"), (128, 192), antialias=True)
).clip(0, 255)


def see(pictures: np.ndarray, layer_name: str) -> np.ndarray:
    model = keras.Model(base.input, base.get_layer(layer_name).output)
    prepared = keras.applications.vgg16.preprocess_input(np.array(pictures, "float32"))
    return keras.ops.convert_to_numpy(model(prepared))


# %% [markdown]
# ## Exercise 1: empty channels
#
# Write a function that takes the activations of a layer for a *batch* of pictures, with the shape (pictures, height,
# width, channels). Return for each picture the share of its channels that are 0 everywhere: an array of shape
# (pictures,).
#
# **Predict before you run.** We let three pictures through block 5: Chelsea, a grey picture, and noise. Which has the
# most empty channels?
#
# <details><summary>Hint</summary>
#
# After the ReLU nothing is negative. So a channel is empty if its largest value is 0. `maps.max(axis=...)` takes a tuple
# of axes.
#
# </details>


# %%
def empty_share(maps: np.ndarray) -> np.ndarray:
    ### BEGIN SOLUTION
    largest = maps.max(axis=(1, 2))
    return np.mean(largest == 0, axis=1)
    ### END SOLUTION


# %% tags=["check"]
with check("1. Empty channels"):
    some = np.zeros((2, 3, 4, 5), "float32")
    some[0, 0, 0, 1] = some[0, 2, 3, 2] = some[1, 1, 1, 4] = 0.5
    answer = empty_share(some)
    assert answer is not None, "empty_share returned nothing yet: return one share a picture"
    answer = np.asarray(answer, float)
    assert answer.shape == (2,), (
        f"for 2 pictures you returned the shape {answer.shape}; expected one number for each picture"
    )
    assert not np.allclose(answer, [58 / 60, 59 / 60]), (
        "that is the share of zeros; a channel is empty only if it is 0 at every place"
    )
    assert not np.allclose(answer, [0.4, 0.2]), "that is the share of channels that are not empty"
    assert np.allclose(answer, [0.6, 0.8]), (
        f"of five channels the first picture has 3 empty, the second 4; you returned {answer}"
    )
    flat = np.full_like(chelsea, 117.0)
    noisy = np.random.default_rng(SEED).uniform(0, 255, chelsea.shape)
    shares = empty_share(see([chelsea, flat, noisy], "block5_conv3"))
    for name, share in zip(("chelsea", "grey", "noise"), shares, strict=True):
        expect(f"visual_exercises.empty_{name}", share, edition)

# %% [markdown]
# ## Exercise 2: one step up
#
# Write one step of the climb for a batch. `x` are the pictures and `g` the slopes, both tensors of the shape (pictures,
# height, width, 3). Divide each picture's slope by *its own* standard deviation, and go up by `rate` times that.
#
# A picture whose slope is 0 everywhere must stay as it is.
#
# **Predict before you run.** What happens to such a picture if you forget about it?
#
# <details><summary>Hint</summary>
#
# `keras.ops.std(g, axis=(1, 2, 3), keepdims=True)` gives one number for each picture, in a shape that divides `g`. A tiny
# number added to it avoids the division by 0.
#
# </details>


# %%
def step_up(x, g, rate: float):
    ### BEGIN SOLUTION
    size = keras.ops.std(g, axis=(1, 2, 3), keepdims=True)
    return x + rate * g / (size + 1e-8)
    ### END SOLUTION


# %% tags=["check"]
with check("2. One step up"):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 8, 8, 3)).astype("float32")
    g = (rng.normal(size=x.shape) * np.array([1000, 0.001, 0])[:, None, None, None]).astype(
        "float32"
    )
    answer = step_up(tf.constant(x), tf.constant(g), 2.0)
    assert answer is not None, "step_up returned nothing yet: return the new pictures"
    moved = np.asarray(answer) - x
    assert moved.shape == x.shape, (
        f"you returned the shape {moved.shape}; the pictures have {x.shape}"
    )
    assert np.isfinite(moved[2]).all(), (
        "a slope of 0 everywhere gives NaN: it was divided by a deviation of 0"
    )
    assert np.vdot(moved[0], g[0]) > 0, "you went down: against the slope. To climb, add"
    lengths = moved.std(axis=(1, 2, 3))
    assert lengths[0] < 100, "the step is as large as the slope; divide by its standard deviation"
    assert abs(lengths[0] - lengths[1]) < 0.1, (
        f"the pictures move by {lengths[0]:.2g} and {lengths[1]:.2g}; each slope is to be divided by its "
        "own deviation, not by one of the whole batch"
    )
    assert abs(lengths[0] - 2) < 0.1, f"with a rate of 2 the pictures moved by {lengths[0]:.2g}"
    assert not moved[2].any(), "the picture with a slope of 0 has moved"
    layer = keras.Model(base.input, base.get_layer("block2_conv2").output)
    rng, rise = np.random.default_rng(SEED), []
    x = tf.constant(rng.uniform(-20, 20, (1, 48, 48, 3)), tf.float32)
    for _ in range(STEPS + 1):
        with tf.GradientTape() as tape:
            tape.watch(x)
            activation = tf.reduce_mean(layer(x)[..., 36])
        rise.append(float(activation))
        x = step_up(x, tape.gradient(activation, x), 5.0)
    expect("visual_exercises.climb", rise[-1] / rise[0], edition)

# %% [markdown]
# ## Exercise 3: Grad-CAM from maps and slopes
#
# The tape has done its work: `maps` and `slopes` have the shape (height, width, channels), for one picture. Compute the
# heat map, of the shape (height, width): weigh each channel by the mean of its slopes, add up, and keep what is above 0.
#
# **Predict before you run.** Would it be the same to multiply maps and slopes place by place, and add up the channels?
#
# <details><summary>Hint</summary>
#
# The mean over the places gives one weight for each channel. `maps @ weights` adds up the channels.
#
# </details>


# %%
def heat_map(maps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    ### BEGIN SOLUTION
    weights = slopes.mean(axis=(0, 1))
    return np.maximum(maps @ weights, 0)
    ### END SOLUTION


# %% tags=["check"]
with check("3. Grad-CAM from maps and slopes"):
    rng = np.random.default_rng(0)
    maps, slopes = np.maximum(rng.normal(size=(4, 6, 5)), 0), rng.normal(size=(4, 6, 5))
    slopes[:, :, 0] -= 3  # a channel that speaks against the class
    slopes[:, :, 1] += 3  # and one that speaks for it
    answer = heat_map(maps, slopes)
    assert answer is not None, "heat_map returned nothing yet: return an array (height, width)"
    answer = np.asarray(answer, float)
    assert answer.shape == (4, 6), (
        f"you returned the shape {answer.shape}; expected {(4, 6)}: the channels are added up"
    )
    weighted = np.einsum("ijk,k->ij", maps, slopes.sum(axis=(0, 1)) / 24)
    assert not np.allclose(answer, weighted), (
        "the heat map has negative values: what speaks against the class is to be cut off"
    )
    by_place = np.clip((maps * slopes).sum(axis=-1), 0, None)
    assert not np.allclose(answer, by_place), (
        "you multiplied place by place; a channel has one weight for all its places"
    )
    right = np.clip(weighted, 0, None)
    assert not np.allclose(answer, 24 * right), "you added the slopes of a channel; take the mean"
    assert np.allclose(answer, right), (
        f"the largest value should be {right.max():.4f}, yours is {answer.max():.4f}. The weight of a "
        "channel is the mean of its slopes over all places; cut off below 0 only after adding up"
    )
    print(f"largest value {right.max():.2f}; multiplied place by place: {by_place.max():.2f}")

# %% [markdown]
# ## Exercise 4: a model inside a model
#
# Here is a small model with a nested base. Its weights are random: that does not matter for how the parts are
# connected. Write a function that takes the model, a batch of pictures and the name of a layer *inside the base*. Return
# two tensors: the activations of this layer, and the output of the whole model.
#
# Both must come from one computation, so that a tape around your function can find the slope of one along the other.
#
# <details><summary>Hint</summary>
#
# `model.layers[0]` is the base. Build a `keras.Model` from `base.inputs` to two outputs, call it on the pictures, and send
# its second output through the other layers of the model, `model.layers[1:]`.
#
# </details>

# %%
small_base = keras.Sequential(
    [
        keras.Input(shape=(None, None, 3)),
        keras.layers.Conv2D(4, 3, activation="relu", name="low"),
        keras.layers.MaxPooling2D(name="pool"),
        keras.layers.Conv2D(6, 3, activation="relu", name="high"),
        keras.layers.MaxPooling2D(name="last_pool"),
    ],
    name="small_base",
)
small_model = keras.Sequential(
    [
        keras.Input(shape=(None, None, 3)),
        small_base,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(5, activation="tanh"),
        keras.layers.Dense(1),
    ]
)


# %%
def maps_and_score(model: keras.Model, pictures, layer_name: str):
    ### BEGIN SOLUTION
    nested = model.layers[0]
    inner = keras.Model(nested.inputs, [nested.get_layer(layer_name).output, *nested.outputs])
    maps, score = inner(pictures)
    for layer in model.layers[1:]:
        score = layer(score)
    return maps, score
    ### END SOLUTION


# %% tags=["check"]
with check("4. A model inside a model"):
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 20, 16, 3)), tf.float32)
    for name, shape in {"low": (2, 18, 14, 4), "high": (2, 7, 5, 6)}.items():
        with tf.GradientTape() as tape:
            tape.watch(x)
            try:
                answer = maps_and_score(small_model, x, name)
            except ValueError as error:
                assert "not connected" not in str(error), (
                    "the inner layers are wired to the base's own input: start from `base.inputs`"
                )
                raise
        assert answer is not None, "maps_and_score returned nothing yet: return maps and score"
        assert isinstance(answer, (tuple, list)) and len(answer) == 2, (
            "return two things: the maps of the layer and the score"
        )
        maps, score = answer
        assert tuple(maps.shape) == shape, (
            f"the maps of {name!r} have the shape {tuple(maps.shape)}; expected {shape}"
        )
        assert tuple(score.shape) == (2, 1), (
            f"the score has the shape {tuple(score.shape)}; expected (2, 1), which the last layer of the "
            "whole model gives. Did you go through all layers after the base?"
        )
        assert np.allclose(score, small_model(x), atol=1e-5), (
            "the score is not what the model gives for these pictures. Did you go through all layers "
            "after the base, each once and in order?"
        )
        slopes = tape.gradient(score, maps)
        assert slopes is not None, (
            "the score does not depend on these maps: they came from two computations. Build one model "
            "with both outputs"
        )
        low = keras.ops.relu(small_base.get_layer("low")(x))
        expected = (
            low
            if name == "low"
            else small_base.get_layer("high")(small_base.get_layer("pool")(low))
        )
        assert np.allclose(maps, expected, atol=1e-5), f"these are not the activations of {name!r}"

# %% [markdown]
# ## Exercise 5: cover place after place
#
# Slopes need a model that can be looked into. To cover a place with a grey square, you need not look inside. Write a
# function that covers one square of `size` x `size` pixels after the other, and returns by how much the score *falls*
# each time. The squares do not overlap. For a picture of 128 x 192 pixels and a size of 32 the answer has the shape
# (4, 6).
#
# `score` is a function: it takes a batch of pictures, and returns one number for each. The picture itself must stay as
# it is.
#
# **Predict before you run.** We ask for the channel of block 5 that Chelsea excites most. Which places will matter?
#
# <details><summary>Hint</summary>
#
# Two loops, over the rows and the columns of squares. In each, work on `picture.copy()`. Collect the copies, and ask for all
# scores at once.
#
# </details>


# %%
def occlusion_map(score, picture: np.ndarray, size: int, grey: float = 117.0) -> np.ndarray:
    ### BEGIN SOLUTION
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    copies = []
    for row in range(rows):
        for column in range(columns):
            copy = picture.copy()
            copy[row * size : (row + 1) * size, column * size : (column + 1) * size] = grey
            copies.append(copy)
    falls = score(picture[np.newaxis])[0] - score(np.array(copies))
    return falls.reshape(rows, columns)
    ### END SOLUTION


# %% tags=["check"]
with check("5. Cover place after place"):

    def red_corner(pictures):
        return np.asarray(pictures)[:, :4, 4:8, 0].mean(axis=(1, 2))  # upper row, second column

    picture = np.full((8, 12, 3), 200.0)
    answer = occlusion_map(red_corner, picture, 4, grey=100.0)
    assert answer is not None, "occlusion_map returned nothing yet: return an array of falls"
    answer = np.asarray(answer, float)
    assert answer.shape == (2, 3), (
        f"for 8 x 12 pixels and a size of 4 you returned the shape {answer.shape}; expected (2, 3)"
    )
    assert (picture == 200).all(), "your function changed the picture itself: work on a copy"
    expected = np.zeros((2, 3))
    expected[0, 1] = 100.0
    assert not np.allclose(answer, -expected), (
        "the score fell by 100, and you returned -100: take the score before minus the score after"
    )
    assert not np.allclose(answer, 200 - expected), (
        "those are the scores; return how much they fell"
    )
    assert np.count_nonzero(np.abs(answer) > 1e-6) <= 1, (
        "covering one square should change the score, and several did. Does each copy have one square?"
    )
    assert np.allclose(answer, expected), (
        f"only the square in row 0 and column 1 matters here, by 100; you returned {answer.tolist()}"
    )
    own_map = see([chelsea], "block5_conv3")[0]
    channel = int(own_map.mean(axis=(0, 1)).argmax())
    falls = occlusion_map(
        lambda pictures: see(pictures, "block5_conv3")[..., channel].mean(axis=(1, 2)), chelsea, 32
    )
    active = own_map[:, :, channel].reshape(4, 2, 6, 2).mean(axis=(1, 3))
    expect(
        "visual_exercises.occlusion_agrees",
        np.corrcoef(falls.ravel(), active.ravel())[0, 1],
        edition,
    )

# %% [markdown]
# Your map over the photo, when exercise 5 is solved. It was found without a look inside.

# %%
try:
    found = np.maximum(falls, 0)
except NameError:
    found = np.zeros((4, 6))
plots.overlays(
    [chelsea],
    [found],
    ["where covering costs most"],
    "The photo of the cat, and below it the same photo with the map of exercise 5.",
    columns=1,
)

# %% [markdown]
# ## What you learned
#
# 1. A channel is empty if its largest value is 0. A picture without anything in it leaves most channels empty.
# 2. Divide each picture's slope by its own deviation, and add a tiny number, so that no slope can break the step.
# 3. Grad-CAM is one mean, one weighted sum, and one ReLU, in this order.
# 4. For a nested base, start at the base's own input, and walk through the rest of the outer model.
# 5. Covering asks the model directly, and works for any model. It costs one prediction for each place.
