# %% [markdown]
# # Exercises: Visualising convnets
#
# *Compute a heat map, find out why five others went wrong, open a nested model, cover, and wake a sleeping channel.*
#
# English · [한국어](../ko/exercises/08_visualizing_convnets.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | 45 minutes, of which half a minute is computing | under 2 GB | the photo of Chelsea | [lesson 8](../08_visualizing_convnets.ipynb) |
#
# **After these exercises you can**
#
# 1. compute a Grad-CAM heat map from maps and slopes;
# 2. tell from a wrong heat map what went wrong;
# 3. get maps and score out of a nested model;
# 4. find out what matters in a picture without any slope;
# 5. change a picture so little that nobody sees it, and so well that a channel does.
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
LIMIT = 4.0
GOAL = 100.0

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import hashlib

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
# ## Exercise 1: Grad-CAM from maps and slopes
#
# The tape has done its work: `maps` and `slopes` have the shape (height, width, channels), for one picture. Compute
# the heat map, of the shape (height, width): weigh each channel by the mean of its slopes, add up, and keep what is
# above 0.
#
# **Predict before you run.** Would it be the same to multiply maps and slopes place by place, and add up the
# channels?
#
# <details><summary>A nudge</summary>
#
# How many weights do you need: one for each place, one for each channel, or one for each place of each channel?
#
# </details>
# <details><summary>The idea</summary>
#
# Three steps, in this order: a mean over the places, a weighted sum over the channels, and a cut at 0.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# `array.mean(axis=(0, 1))` leaves one number a channel, and `@` between an array (height, width, channels) and one
# (channels,) adds up over the channels.
#
# </details>


# %%
def heat_map(maps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    ### BEGIN SOLUTION
    weights = slopes.mean(axis=(0, 1))
    return np.maximum(maps @ weights, 0)
    ### END SOLUTION


# %% tags=["check"]
with check("1. Grad-CAM from maps and slopes"):
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
    weighted = np.einsum("ijk,abk->ij", maps, slopes) / 24
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
# ## Exercise 2: five heat maps, five faults
#
# Two small pictures, `left_one` and `right_one`, have gone through a layer with four channels. Above are the maps of
# the first picture, below those of the second. The channels find, in this order: eyes, wheels, edges, and grass. The
# weights of the channels for the class "cat" are 2, -2, 0.5 and 0.


# %%
def blob(row: int, column: int) -> np.ndarray:
    """Return a map of 6 x 8 places that is bright around one of them."""
    rows, columns = np.mgrid[:6, :8]
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 2)


edges = np.zeros((6, 8))
edges[[0, -1]] = edges[:, [0, -1]] = 0.4
grass = np.repeat(np.linspace(0, 1, 6)[:, np.newaxis], 8, axis=1) ** 2
left_one = np.stack([blob(1, 2), blob(4, 6), edges, grass], axis=-1)
right_one = np.stack([blob(2, 6), blob(4, 1), edges, grass], axis=-1)
cat_weights = np.array([2.0, -2.0, 0.5, 0.0])
plots.maps(
    [one[:, :, k] for one in (left_one, right_one) for k in range(4)],
    [
        f"{name}, {k}"
        for name in ("left_one", "right_one")
        for k in ("eyes", "wheels", "edges", "grass")
    ],
    "Eight small maps, four for each of two pictures. In the first picture the eyes are at the upper left and the "
    "wheels at the lower right, in the second the eyes at the right and the wheels at the lower left. The edges are a "
    "frame, and the grass is bright at the bottom.",
    columns=4,
)

# %% [markdown]
# Five people were to draw the heat map of `left_one` for "cat". All five went wrong. Each map is divided by
# its largest value.

# %%
given = {  # tenths
    "A": """
         4  9 14  9  4  2  2  2
         5 12 20 12  3  0  0  2
         4  7 12  7  1  2  3  0
         2  2  3  2  1  7 12  5
         2  0  0  0  3 12 20 10
         2  2  2  2  0  5 10  5
    """,
    "B": """
         0  0  0  0  0  0  0  0
         0  0  0  0  0  1  1  1
         2  0  0  0  2  3  4  4
         7  6  4  6  7  9 10  9
        13 13 13 13 13 16 18 16
        20 20 20 20 20 22 23 22
    """,
    "C": """
         1  2  3  2  1  1  1  1
         1  2  3  2  0  0  0  1
         2  1  2  1  1  1  1  2
         2  1  1  1  1  2  2  3
         3  2  2  2  2  3  4  4
         4  4  4  4  4  4  5  4
    """,
    "D": """
         0  0  0  0  0  0  0  0
         0  0  0  0  0  0  0  0
         0  0  0  0  0  2  3  0
         0  0  0  0  1  7 12  5
         0  0  0  0  3 12 20 10
         0  0  0  0  0  5 10  5
    """,
    "E": """
         2  2  2  2  2  4  5  4
         2  0  0  0  2  7 12  9
         0  0  0  0  3 12 20 14
         0  0  0  0  2  7 12  9
         0  0  0  0  0  2  3  4
         0  0  0  0  2  2  2  2
    """,
}
wrong_maps = {
    name: np.array(text.split(), float).reshape(6, 8) / 10 for name, text in given.items()
}
plots.maps(
    [wrong / wrong.max() for wrong in wrong_maps.values()],
    list(wrong_maps),
    "Five small heat maps. A: two hot places, upper left and lower right. B: the bottom is hot, and the lower right. "
    "C: a little of everything, with a bright bottom. D: one hot place, lower right. E: one hot place at the right, and "
    "a faint frame.",
    columns=5,
)

# %% [markdown]
# Give each map one of these numbers:
#
# 1. the heat for the other class;
# 2. the maps of the other picture;
# 3. the ReLU replaced by the absolute value;
# 4. the weights given to the wrong channels;
# 5. no weights at all: the mean over the channels.
#
# <details><summary>A nudge</summary>
#
# What should the right map show? Compute it: it is one line. Then ask of each wrong map what is there that should not
# be, and what is missing.
#
# </details>
# <details><summary>The idea</summary>
#
# Grass has the weight 0. So where grass is hot, the weights are not those of "cat". Wheels speak against "cat": a map
# that is hot there has lost a sign. And one map has the eyes where the first picture has none.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Do each fault on purpose, one line of NumPy each, and compare with the five maps: for instance
# `np.maximum(left_one @ -cat_weights, 0)` for the other class.
#
# </details>

# %%
fault = {"A": None, "B": None, "C": None, "D": None, "E": None}
### BEGIN SOLUTION
fault = {"A": 3, "B": 4, "C": 5, "D": 1, "E": 2}
### END SOLUTION

# %% tags=["check"]
with check("2. Five heat maps, five faults"):
    assert list(fault) == list("ABCDE"), "fault should have the keys A, B, C, D and E"
    assert None not in fault.values(), "fault has no number yet for some of the maps"
    assert sorted(fault.values()) == [1, 2, 3, 4, 5], (
        "each of the numbers 1 to 5 belongs to one map"
    )
    look_at = {
        "A": "it is hot at two places. Which of them should be 0, and why is it not?",
        "B": "it is hot where the grass is. Which weight should the grass have, and which one has it got?",
        "C": "eyes, wheels, edges and grass, all are in it. Does any of them count more than another?",
        "D": "it is hot at one place only. Which channel is bright there, and what does it speak for?",
        "E": "it is hot at one place only. Look for that place among the eight maps above.",
    }
    marks = {
        "A": "0ff3",
        "B": "c92c",
        "C": "d6ed",
        "D": "07e4",
        "E": "a377",
    }  # of the right numbers
    for letter, number in fault.items():
        mark = hashlib.sha256(f"lesson 8, {letter}: {number}".encode()).hexdigest()[:4]
        assert mark == marks[letter], f"{letter} is not {number}: {look_at[letter]}"
    print("all five found")

# %% [markdown]
# Four of the five are hot at a place where something is, and would look convincing over a photo. C is the most
# dangerous one: it is the class-blind map of the lesson. It never looks absurd, and it knows nothing of cats.
# %% [markdown]
# ## Exercise 3: a model inside a model
#
# Here is a small model with a nested base. Its weights are random: that does not matter for how the parts are
# connected. Write a function that takes the model, a batch of pictures and the name of a layer *inside the base*.
# Return two tensors: the activations of this layer, and the output of the whole model.
#
# Both must come from one computation, so that a tape around your function can find the slope of one along the other.
#
# <details><summary>A nudge</summary>
#
# Which input are the inner layers wired to: that of the whole model, or that of the base?
#
# </details>
# <details><summary>The idea</summary>
#
# `model.layers[0]` is the base. A model from the base's own input can have two outputs. What happens to the second
# one in the whole model? Do the same.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# With `nested = model.layers[0]`: build a `keras.Model` from `nested.inputs` to a list, the output of its layer,
# then its own. Call it on the pictures, and send its second output through `model.layers[1:]`, one after the other.
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
with check("3. A model inside a model"):
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 20, 16, 3)), tf.float32)
    for name, shape in {"low": (2, 18, 14, 4), "high": (2, 7, 5, 6)}.items():
        with tf.GradientTape() as tape:
            tape.watch(x)
            try:
                answer = maps_and_score(small_model, x, name)
            except ValueError as error:
                assert "not connected" not in str(error), (
                    "the inner layers are wired to the base's own input: start from `model.layers[0].inputs`"
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
# ## Exercise 4: cover place after place
#
# Slopes need a model that can be looked into. To cover a place with a grey square, you need not look inside. Write a
# function that covers one square of `size` x `size` pixels after the other, and returns by how much the score *falls*
# each time. The squares do not overlap. For a picture of 128 x 192 pixels and a size of 32 the answer has the shape
# (4, 6).
#
# `score` is a function: it takes a batch of pictures, and returns one number for each. The picture itself must stay
# as it is.
#
# **Predict before you run.** We ask for the channel of block 5 that Chelsea excites most. Which places will matter?
#
# <details><summary>A nudge</summary>
#
# How many pictures do you have to show to `score`? What must each of them start from?
#
# </details>
# <details><summary>The idea</summary>
#
# Two loops, over the rows and the columns of squares. In each, work on `picture.copy()`. Collect the copies, and ask
# for all scores at once.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# The square in row 1 and column 2 is `copy[size : 2 * size, 2 * size : 3 * size]`. A fall is the score of the whole
# picture minus that of the copy, and `reshape` puts the falls into rows and columns.
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
with check("4. Cover place after place"):

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
# Your map over the photo, when exercise 4 is solved. It was found without a single slope.

# %%
try:
    found = np.maximum(falls, 0)
except NameError:
    found = np.zeros((4, 6))
plots.overlays(
    [chelsea],
    [found],
    ["where covering costs most"],
    "The photo of the cat, and below it the same photo with the map of exercise 4.",
    columns=1,
)

# %% [markdown]
# ## Exercise 5: wake a sleeping channel (there is more than one good answer)
#
# The channel `SLEEPER` of block 5 is empty for Chelsea: it finds nothing in her photo. Change the photo so that the
# channel finds much, but change it so little that nobody sees it: no number may move by more than `LIMIT` of 255.
# Reach an activation of `GOAL`, the mean over the map after the ReLU.
#
# `uphill` gives you two things for a picture with RGB values: the mean of the channel *before* the ReLU, and its
# slope along every number of the picture.
#
# **Predict before you run.** The goal is nearly what Chelsea's most active channel of block 5 has at this size of the
# photo, about 114. Can a channel that sleeps get there without anyone seeing it?

# %%
tiny = keras.ops.convert_to_numpy(keras.ops.image.resize(chelsea, (96, 144), antialias=True))
tiny = tiny.clip(0, 255)
SLEEPER = int(np.flatnonzero(see([tiny], "block5_conv3")[0].max(axis=(0, 1)) == 0)[0])
last = base.get_layer("block5_conv3")
linear = keras.layers.Conv2D.from_config({**last.get_config(), "activation": None})
before_relu = keras.Model(base.input, linear(last.input))
linear.set_weights(last.get_weights())


def uphill(picture: np.ndarray) -> tuple[float, np.ndarray]:
    x = tf.constant(keras.applications.vgg16.preprocess_input(np.array([picture], "float32")))
    with tf.GradientTape() as tape:
        tape.watch(x)
        mean = tf.reduce_mean(before_relu(x)[..., SLEEPER])
    slope = tape.gradient(mean, x).numpy()[0]
    return float(mean), slope[..., ::-1]  # from blue, green, red back to red, green, blue


# %% [markdown]
# <details><summary>A nudge</summary>
#
# It is a climb, as in the lesson. What is new is the limit. After a step, how do you get back inside?
#
# </details>
# <details><summary>The idea</summary>
#
# Many small steps up. After each, cut the picture to what is allowed: between the photo minus the limit and the photo
# plus the limit, and between 0 and 255.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# `np.clip(picture, low, high)` takes arrays as bounds. And if all numbers may move equally far, the best use of a
# step is that all of them move: take the *sign* of the slope.
#
# </details>


# %%
def woken(photo: np.ndarray, limit: float) -> np.ndarray:
    """Return the photo with the channel awake; no number has moved by more than the limit."""
    ### BEGIN SOLUTION
    picture = photo.copy()
    for _ in range(12):
        _, slope = uphill(picture)
        picture = np.clip(picture + limit / 4 * np.sign(slope), photo - limit, photo + limit)
        picture = picture.clip(0, 255)
    return picture
    ### END SOLUTION


# %% tags=["check"]
with check("5. Wake a sleeping channel"):
    original = tiny.copy()
    changed = woken(tiny, LIMIT)
    assert changed is not None, "woken returned nothing yet: return the changed photo"
    changed = np.asarray(changed, float)
    assert changed.shape == tiny.shape, (
        f"you returned the shape {changed.shape}; the photo has {tiny.shape}"
    )
    assert np.array_equal(tiny, original), "your function changed the photo itself: work on a copy"
    assert np.isfinite(changed).all() and changed.min() >= 0 and changed.max() <= 255, (
        "some numbers are outside 0 to 255: no such picture exists"
    )
    furthest = np.abs(changed - tiny).max()
    assert furthest <= LIMIT + 1e-3, f"a number moved by {furthest:.1f}; the limit is {LIMIT}"
    reached = float(see([changed], "block5_conv3")[0, :, :, SLEEPER].mean())
    assert reached > 0, "the channel sleeps on: its map is still 0 everywhere. Did you go up?"
    assert reached >= GOAL, (
        f"the channel is awake, with a mean of {reached:.1f}; the goal is {GOAL:.0f}. Take more steps, or better ones"
    )
    print("the channel is awake, and the goal reached")
    accepted = changed

# %% [markdown]
# The photo, your picture, and what you have changed, twenty times as strong.

# %%
mine = globals().get("accepted", tiny)
plots.photos(
    [tiny, mine, (128 + 20 * (mine - tiny)).clip(0, 255)],
    ["the photo", "yours", "the difference, 20 times"],
    "Three pictures: the photo of the cat, the changed photo, which looks the same, and the difference made twenty times "
    "as strong, a coloured pattern once exercise 5 is solved and plain grey before.",
    columns=3,
)

# %% [markdown]
# Such a picture is called an *adversarial example*. For you it is the same photo, and for the channel it is full of
# what it looks for. Keep it in mind when someone says that a channel "means" eyes, or wheels: it means them in
# pictures like those of its training.

# %% [markdown]
# ## What you learned
#
# 1. Grad-CAM is one mean, one weighted sum, and one ReLU, in this order.
# 2. A wrong heat map still looks like a heat map. Know beforehand what the right one must show, and what it must not.
# 3. For a nested base, start at the base's own input, and walk through the rest of the outer model.
# 4. Covering asks the model directly, and works for any model. It costs one prediction for each place.
# 5. A climb within narrow limits finds what no eye sees. What excites a channel need not look like anything.
