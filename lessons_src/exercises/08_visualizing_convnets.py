# %% [markdown]
# # Exercises: Visualising convnets
#
# *Compute a heat map, explain five wrong ones and an empty one, cover two places, and wake a sleeping channel.*
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
# 3. find out why a tape finds no slope, and mend the computation instead of the message;
# 4. find the two places of a picture that matter most together;
# 5. make a sleeping channel active, within narrow limits.
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
    answer = heat_map(np.ones((4, 6, 5)), np.ones((4, 6, 5)))
    assert answer is not None, "heat_map returned nothing yet: return an array (height, width)"
    answer = np.asarray(answer, float)
    assert answer.shape == (4, 6), (
        f"you returned the shape {answer.shape}; expected {(4, 6)}: the channels are added up"
    )
    # Two rows, two columns and three channels. The second channel speaks against the class.
    maps = np.array([[[1, 0, 2], [0, 3, 1]], [[2, 1, 0], [0, 0, 6]]], float)
    slopes = np.array([[[3, -2, 1], [0, -1, 0]], [[0, 1, -1], [1, -2, 2]]], float)
    answer = np.asarray(heat_map(maps.copy(), slopes.copy()), float)
    shown = f"for the small maps of this check you returned {answer.round(2).tolist()}"
    assert answer.min() >= 0, f"{shown}: what speaks against the class is to be cut off"
    assert not np.allclose(answer, [[5, 0], [1, 12]]), (
        f"{shown}: you multiplied place by place; a channel has one weight for all its places"
    )
    assert not np.allclose(answer, [[8, 0], [4, 12]]), (
        f"{shown}: you added the slopes of a channel; take the mean"
    )
    assert not np.allclose(answer, [[2, 0.5], [2, 3]]), (
        f"{shown}: the second channel has lost its say. Cut off below 0 only after adding up"
    )
    assert not np.allclose(answer, [[2, 2.5], [1, 3]]), (
        f"{shown}: you took absolute values, so what speaks against the class counts for it"
    )
    assert np.allclose(answer, [[2, 0], [1, 3]]), (
        f"{shown}; the right numbers are 2 and 0, and below them 1 and 3. The weight of a channel is the "
        "mean of its slopes over all places"
    )
    print("largest value of the small map: 3; multiplied place by place it would be 12")

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
# Five people tried to draw the heat map of `left_one` for "cat". All five made a mistake. Each map is divided by its
# largest value.

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
# ## Exercise 3: the network that looked at nothing
#
# Here is a model so small that you can follow it by hand. Its pictures have one channel, with a brightness from 0 to
# 100. `low` has two maps: how bright a place is, and how dark. `high` has two maps as well, after the pooling.

# %%
small_base = keras.Sequential(
    [
        keras.Input(shape=(None, None, 1)),
        keras.layers.Conv2D(2, 1, activation="relu", name="low"),
        keras.layers.MaxPooling2D(name="pool"),
        keras.layers.Conv2D(2, 1, activation="relu", name="high"),
    ],
    name="small_base",
)
small_model = keras.Sequential(
    [
        keras.Input(shape=(None, None, 1)),
        keras.layers.Rescaling(1 / 100),
        small_base,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="relu", name="hidden"),
        keras.layers.Dense(1, name="score"),
    ]
)
for holder, name, weights, biases in (
    (small_base, "low", [[[[1, -1]]]], [0, 1]),
    (small_base, "high", [[[[2, 0], [-1, 1]]]], [0, 0]),
    (small_model, "hidden", [[2, 0], [0, 3]], [0, 0]),
    (small_model, "score", [[2], [-1]], [0]),
):
    holder.get_layer(name).set_weights([np.array(weights, float), np.array(biases, float)])
two_pictures = np.array(
    [[[0, 20, 60, 100], [20, 0, 100, 80]], [[80, 40, 0, 20], [100, 60, 20, 0]]], "float32"
)[..., np.newaxis]

# %% [markdown]
# A colleague wants heat maps of it. Her slopes were `None`, and the line after them stopped. In a forum she found the
# option `unconnected_gradients="zero"`. Now her function runs:


# %%
def colleagues_heat(model: keras.Model, pictures: np.ndarray, layer_name: str) -> np.ndarray:
    base = model.get_layer("small_base")
    look_inside = keras.Model(base.inputs, base.get_layer(layer_name).output)
    x = tf.constant(pictures)
    with tf.GradientTape() as tape:
        tape.watch(x)
        maps = look_inside(x)
        score = model(x)
    slopes = tape.gradient(score, maps, unconnected_gradients="zero")
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)).numpy()


print("largest heat:", colleagues_heat(small_model, two_pictures, "low").max())
scores = small_model.predict(two_pictures, verbose=0).ravel()
print("scores of the two pictures:", ", ".join(f"{score:.1f}" for score in scores))

# %% [markdown]
# "The network looks at nothing," she says. Is she right? The two scores differ, so something in the pictures must
# count. Find out why her maps are empty, and write the function anew. (There are two faults. The second one shows
# only when the first one is mended. The last two lines are right.)
#
# **Predict before you run.** Put the line `maps = 2 * maps` between her line for the maps and her line for the score.
# Will the score change?
#
# <details><summary>A nudge</summary>
#
# How often do the pictures go through the base in her function? Which of these times gives the maps, and which gives
# the score? And do they go in with the same numbers each time?
#
# </details>
# <details><summary>The idea</summary>
#
# The maps must lie *on the way* from the pictures to the score. A model from the base's own input can give two things
# at once: the maps, and what the base gives. Send the second one on through the rest of the outer model. And what do
# the pictures meet before they come to the base?
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Let the model that looks inside have two outputs, `[base.get_layer(layer_name).output, *base.outputs]`. In the tape,
# go through `model.layers` in order, with one variable that begins as the pictures. Where the layer is the base, call
# your model in its place. What the variable holds at the end is the score, and the option is needed no more.
#
# </details>


# %%
def mended_heat(model: keras.Model, pictures: np.ndarray, layer_name: str) -> np.ndarray:
    ### BEGIN SOLUTION
    base = model.get_layer("small_base")
    look_inside = keras.Model(base.inputs, [base.get_layer(layer_name).output, *base.outputs])
    x = tf.constant(pictures)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = x
        for layer in model.layers:
            if layer is base:
                maps, score = look_inside(score)
            else:
                score = layer(score)
    slopes = tape.gradient(score, maps)
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)).numpy()
    ### END SOLUTION


# %% tags=["check"]
with check("3. The network that looked at nothing"):
    right = {  # found by hand
        "low": [[[0, 0, 0.05, 0.5], [0, 0, 0.5, 0.275]], [[0.275, 0, 0, 0], [0.5, 0.05, 0, 0]]],
        "high": [[[0, 2.6]], [[1.9, 0]]],
    }
    too_bright = {"low": two_pictures[..., 0], "high": [[[76.5, 400]], [[400, 76.5]]]}
    of_base = [[[0, 0, 0.6, 2], [0, 0, 2, 1.3]], [[1.3, 0, 0, 0], [2, 0.6, 0, 0]]]
    for name, wanted in right.items():
        try:
            answer = mended_heat(small_model, two_pictures.copy(), name)
        except (AttributeError, TypeError, ValueError) as error:
            assert "not connected" not in str(error), (
                "the layers inside are wired to the base's own input, and not to that of the whole model: "
                "begin a model there"
            )
            assert "NoneType" not in str(error), (
                "the tape still gives None: the score was not computed from these maps, but from others"
            )
            raise
        assert answer is not None, "mended_heat returned nothing yet: return the heat maps"
        answer = np.asarray(answer, float)
        shape = np.shape(wanted)
        assert answer.shape == shape, (
            f"for {name!r} you returned the shape {answer.shape}; expected {shape}, a map a picture"
        )
        assert answer.any(), (
            f"the heat maps of {name!r} are still 0 everywhere. The score does not know the maps that you took the "
            "slopes along: they come from a computation of their own"
        )
        assert not np.allclose(answer, too_bright[name], atol=1e-3), (
            f"the heat of {name!r} goes up to {answer.max():g}: your base has got numbers from 0 to 100. What does "
            "the model do with a picture before the base gets it?"
        )
        assert name != "low" or not np.allclose(answer, of_base, atol=1e-3), (
            "you took the slopes along the output of the base, and weighed the maps of 'low' with them"
        )
        assert np.allclose(answer, wanted, atol=1e-3), (
            f"the heat of {name!r} is {answer[0].round(2).tolist()} for the first picture; by hand it is "
            f"{np.round(wanted[0], 2).tolist()}. Does each layer of the model have its turn, once and in order?"
        )
    print("the network looks at the bright side, in both pictures")

# %% [markdown]
# The tape was right all along: `None` was its answer to the question "how does this score change with these maps?",
# and the score had never met them. To call the same layers again is a new computation. The option has changed the
# answer, and not the question. A message that you silence does not tell you any more what is wrong.
#
# ## Exercise 4: two squares at once
#
# To cover a place with a grey square, you need no slope. `covered` covers squares of a picture, as many as you like.
# `falls_alone` covers one after the other, as the lesson does. (The grey is neutral here.) Each `score` is a function:
# it takes a batch of pictures, and returns one number for each.


# %%
def covered(picture: np.ndarray, size: int, *squares: tuple[int, int]) -> np.ndarray:
    """Return a copy of the picture in which these squares, each (row, column), are grey."""
    copy = picture.copy()
    for row, column in squares:
        copy[row * size : (row + 1) * size, column * size : (column + 1) * size] = 117
    return copy


def falls_alone(score, picture: np.ndarray, size: int) -> np.ndarray:
    """Return by how much the score falls when each square is covered alone."""
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    copies = [covered(picture, size, square) for square in np.ndindex(rows, columns)]
    falls = score(picture[np.newaxis])[0] - score(np.array(copies))
    return falls.reshape(rows, columns)


# %% [markdown]
# First the channel of block 5 that Chelsea excites most; its score is the mean of its map. Where covering costs much,
# the map itself should be bright. This is the correlation of the two, over the squares:

# %%
own_map = see([chelsea], "block5_conv3")[0]
channel = int(own_map.mean(axis=(0, 1)).argmax())
falls = falls_alone(
    lambda pictures: see(pictures, "block5_conv3")[..., channel].mean(axis=(1, 2)), chelsea, 32
)
active = own_map[:, :, channel].reshape(4, 2, 6, 2).mean(axis=(1, 3))
expect(
    "visual_exercises.occlusion_agrees",
    np.corrcoef(falls.ravel(), active.ravel())[0, 1],
    edition,
)

# %% [markdown]
# Now another score. Channel `EYES` of block 4 is bright at Chelsea's eyes, and hardly anywhere else. Its score is the
# *largest* value of its map: "is there an eye somewhere?" We take her face alone, 2 x 4 squares of 32 pixels.

# %%
EYES = 168
face = chelsea[4:68, 24:152]


def eyes(pictures: np.ndarray) -> np.ndarray:
    return see(pictures, "block4_conv3")[..., EYES].max(axis=(1, 2))


plots.overlays(
    [face],
    [see([face], "block4_conv3")[0, :, :, EYES]],
    ["the map of the channel"],
    "The face of the cat, and below it the same face with the map of the channel: it is hot at the two eyes.",
    columns=1,
)

# %% [markdown]
# Write `best_pair`: with which two squares covered does the score fall most? Return them as `((row, column), (row,
# column))`, in any order. It should work for any score, any picture and any size.
#
# **Predict before you run.** Which two squares of the face will they be? Are they the two that make it fall most
# alone? Take paper, and think of what the score does when one eye is covered, and the other is not.
#
# <details><summary>A nudge</summary>
#
# Can you know what two squares cost together, if you know what each of them costs alone?
#
# </details>
# <details><summary>The idea</summary>
#
# You cannot. Perhaps either of two squares is enough for the score, or it needs them both. So no square may be
# left out because it costs little alone. Ask for the score of every pair.
#
# </details>
# <details><summary>Nearly the answer</summary>
#
# Make a list of all squares, and from it a list of all pairs in which the first one comes before the second. `covered`
# makes one picture for each pair. Ask for all scores at once, with `np.array(pictures)`, and take the pair with the lowest.
#
# </details>


# %%
def best_pair(score, picture: np.ndarray, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    ### BEGIN SOLUTION
    squares = list(np.ndindex(picture.shape[0] // size, picture.shape[1] // size))
    pairs = [(one, other) for one in squares for other in squares if one < other]
    scores = score(np.array([covered(picture, size, *pair) for pair in pairs]))
    return pairs[int(np.argmin(scores))]
    ### END SOLUTION


# %% tags=["check"]
def seen(pictures):
    """Return which of the 2 x 3 squares of 4 x 4 pixels can be seen, shape (pictures, 2, 3)."""
    pixels = np.asarray(pictures)[..., 0].reshape(-1, 2, 4, 3, 4)
    return (pixels == 200).all(axis=(2, 4)).astype(float)


def needs_both(pictures):
    s = seen(pictures)
    return 10 * s[:, 0, 1] * s[:, 1, 2] + s[:, 1, 2] + 3 * s[:, 1, 0]


def either_will_do(pictures):
    s = seen(pictures)
    return 10 * np.maximum(s[:, 0, 0], s[:, 1, 1]) + 3 * s[:, 0, 2] + 2 * s[:, 1, 0]


def much_against(pictures):
    return (seen(pictures) * [[-4, 6, -3], [-1, -5, -2]]).sum(axis=(1, 2))


def two_squares(answer, picture, size):
    """Return a well-formed answer as a sorted list of two squares."""
    assert answer is not None, "best_pair returned nothing yet: return two squares"
    well_formed = hasattr(answer, "__len__") and len(answer) == 2
    assert well_formed and all(np.shape(square) == (2,) for square in answer), (
        f"you returned {answer!r}; return two squares, ((row, column), (row, column))"
    )
    pair = sorted(tuple(int(number) for number in square) for square in answer)
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    for row, column in pair:
        assert 0 <= row < rows and 0 <= column < columns, (
            f"there is no square {(row, column)} in {rows} rows and {columns} columns, counted from 0; "
            "a square is (row, column)"
        )
    assert pair[0] != pair[1], f"you chose {pair[0]} twice; cover two different squares"
    return pair


with check("4. Two squares at once"):
    for score, most, tempting, why in (
        (
            needs_both,
            14,
            [(0, 1), (1, 2)],
            "they cost 10 and 11 alone, and 11 together: this score needs both, so when one is covered, the "
            "other has nothing more to take. The two that cost most alone need not be the best pair",
        ),
        (
            either_will_do,
            10,
            [(0, 2), (1, 0)],
            "together they cost 5. Of two other squares this score needs only one: each costs nothing alone, "
            "and both cost 10. So do not begin with what costs most alone",
        ),
        (
            much_against,
            5,
            [(0, 0), (1, 1)],
            "this score rises by 9 when they are covered, and a rise is no cost. Look for the lowest score",
        ),
    ):
        small = np.full((8, 12, 3), 200.0)
        pair = two_squares(best_pair(score, small, 4), small, 4)
        assert (small == 200).all(), "your function changed the picture itself: work on a copy"
        cost = (score(small[np.newaxis]) - score(covered(small, 4, *pair)[np.newaxis])).item()
        if pair != tempting:
            why = f"together they cost {cost:g}, and two others cost {most}. Which pair leaves the lowest score?"
        assert cost == most, f"for {score.__name__} you chose {pair[0]} and {pair[1]}: {why}"
    chosen = two_squares(best_pair(eyes, face, 32), face, 32)
    alone, whole = falls_alone(eyes, face, 32), eyes(face[np.newaxis])[0]
    rivals = [np.unravel_index(place, alone.shape) for place in np.argsort(-alone, axis=None)[:2]]
    both, rival = (
        whole - eyes(covered(face, 32, *pair)[np.newaxis])[0] for pair in (chosen, rivals)
    )
    assert both >= rival, (
        f"on the face you chose {chosen[0]} and {chosen[1]}, and the two that cost most alone cost more"
    )
    for square in chosen:
        print(f"{square} alone costs {alone[square] / whole:.0%} of the score")
    print(f"both together: {both / whole:.0%}; the two that cost most alone: {rival / whole:.0%}")
    shown_pairs = rivals, chosen

# %%
plots.photos(
    [face, *(covered(face, 32, *pair) for pair in globals().get("shown_pairs", ((), ())))],
    ["the face", "the two that cost\nmost alone", "your pair"],
    "The face of the cat three times. Once exercise 4 is solved, two squares are grey in the second picture, those that "
    "cost most alone, and in the third one the pair that was found.",
    columns=3,
)

# %% [markdown]
# One eye at a time, and the score hardly moves: the other one stands in for it. So a map of single squares has nearly
# nothing to show, although both eyes matter more than all the rest. "Covering it costs nothing" does not mean that
# the network does not look there.
# %% [markdown]
# ## Exercise 5: wake a sleeping channel (there is more than one good answer)
#
# The channel `SLEEPER` of block 5 is empty for Chelsea: it finds nothing in her photo. Change the photo so that the
# channel finds much, but change it only a little: no number may move by more than `LIMIT` of 255. Reach `GOAL`. It is
# for the mean over the map *after* the ReLU. (In this exercise the photo is smaller, 96 x 144 pixels: `tiny`.)
#
# `uphill` gives you two things for a picture with RGB values: the mean of the channel *before* the ReLU, and its slope
# along every number of the picture. The mean after the ReLU is never smaller.
#
# **Predict before you run.** The goal is nearly what Chelsea's most active channel of block 5 has at this size of the
# photo, about 114. Can a channel that sleeps get there?

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
# 3. A tape says `None` where a score does not depend on the maps. Two computations with the same layers are still two.
#    Find where they part, and do not silence the message.
# 4. Covering asks the model directly, and needs no slope. But one square at a time misses what has a stand-in: each of
#    two places may cost little alone, and both together nearly all.
# 5. A climb within narrow limits finds what no eye sees. What excites a channel need not look like anything.
