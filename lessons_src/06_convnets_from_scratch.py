# %% [markdown]
# # Convnets from scratch: which of two is in the photo?
#
# *Compute a convolution by hand, build a small convnet from it, and make a thousand photos go a long way.*
#
# English · [한국어](ko/06_convnets_from_scratch.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | two to five minutes | under 2 GB | 2,000 pictures of two classes that look alike | [lesson 5](05_model_tuning.ipynb) |
#
# **After this lesson you can**
#
# 1. say what a convnet knows about pictures before it has seen one, and show by two controls that it matters;
# 2. compute a convolution and max-pooling by hand, learn a filter in ten steps, and predict the size of every output;
# 3. find damaged image files, and turn folders of files into batches that are decoded only once;
# 4. build a small convnet, count its parameters, and watch it overfit;
# 5. tell what augmentation does from what dropout does, over several seeds, and look at the filters, the feature
#    maps and the mistakes of a network.

# %% [markdown]
# Three questions first: do you have what this lesson needs?

# %%
from helpers import quiz

quiz.ready("06_convnets_from_scratch")

# %% [markdown]
# ## Set up
#
# These are the numbers you may want to change later. On a GPU, larger photos and more of them are practical.

# %% tags=["parameters"]
SEED = 42
PHOTOS = 500
IMAGE_SIZE = 64
BATCH_SIZE = 32
EPOCHS = {"dense": 8, "shuffled": 8, "plain": 13, "dropout": 16, "augmentation": 20, "both": 20}
RUNS = 3

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %%
import hashlib
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from PIL import Image
from scipy import stats

from helpers import interactive, plots
from helpers.data import cat_photo, cats_vs_dogs
from helpers.feedback import expect, show_bands
from helpers.image_files import check_images
from helpers.progress import Progress

# %% [markdown]
# ## A picture is a block of numbers
#
# A grey picture is a matrix: one number for each point, or *pixel*. A colour photo has three numbers a pixel, for
# red, green and blue. They are its three *channels*. So a photo is a block of the shape (height, width, channels).

# %%
cat = cat_photo()
print(f"{cat.shape} {cat.dtype}, from {cat.min()} to {cat.max()}")
print("the pixel in row 150 and column 200 (red, green, blue):", cat[150, 200])

# %% [markdown]
# In lesson 1 we flattened such a block to one long row and gave it to dense layers. That worked for small grey pictures
# of clothes. Now we want photos.
#
# **Predict before you run.** A dense layer of 64 units looks at a small colour photo of 96 x 96 pixels. How many
# weights does it have?

# %%
print(f"{96 * 96 * 3 * 64:,} weights")

# %% [markdown]
# That is a lot for one layer, but it is not the worst. A dense layer does not know that this is a *picture*. It has
# one weight for each input number, and it does not care which number stands beside which.
#
# To see what that means, we shuffle the pixels of the photo. Whoever shuffles the rows of the weight matrix in the same
# way gets the same result:

# %%
small_cat = cat[::2, ::2]  # every second pixel is enough for us
pixels = small_cat.reshape(-1, 3)
order = np.random.default_rng(0).permutation(len(pixels))

weights = np.random.default_rng(1).normal(size=(len(pixels), 3))
print("same sum:", np.isclose(np.sum(pixels * weights), np.sum(pixels[order] * weights[order])))

plots.photos(
    [small_cat, pixels[order].reshape(small_cat.shape)],
    ["a photo", "its pixels, shuffled"],
    "Two pictures: a photo of a cat, and the same pixels in a random order, which looks like noise.",
)

# %% [markdown]
# If all photos were shuffled in this one way, a dense network could learn them exactly as well as before. You could
# not. You use two things that you know about pictures, and a dense network does not:
#
# - **Patterns are local.** What makes an eye is a few pixels that lie close together. So a unit need not look at
#   the whole photo at once.
# - **A pattern means the same wherever it is.** An eye at the left is as much an eye as one at the right. Whoever has
#   learned it at one place should know it at all places. This is *translation invariance*; a translation is a shift.
#
# A *convolutional* network, or *convnet*, has both built in. And it adds a third thing: patterns are made of smaller
# patterns. Edges make an ear, ears and eyes make a face. This is the *spatial hierarchy*.

# %% [markdown]
# ## A convolution by hand
#
# Take a small square of weights, for instance 3 x 3. It is called a *filter*, or *kernel*. Lay it on the upper left
# corner of the picture. Multiply each weight by the number below it, and add up. That is the first output. Then
# move the filter by one pixel and do it again, until it has been everywhere. The outputs form a new, smaller
# picture: the *feature map*. It says where the filter has found its pattern.
#
# $$y_{r,c} = \sum_{i=0}^{k-1} \sum_{j=0}^{k-1} w_{i,j} \; x_{r+i,\,c+j}$$
#
# - $x_{r,c}$ is the pixel in row $r$ and column $c$ of the picture;
# - $w_{i,j}$ is the weight in row $i$ and column $j$ of the filter, which has $k$ rows and $k$ columns;
# - $y_{r,c}$ is the output for the filter's place in row $r$ and column $c$. All are counted from 0.
#
# In NumPy it is two loops:


# %% tags=["by_hand"]
def convolve(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    k = len(kernel)
    rows, columns = picture.shape[0] - k + 1, picture.shape[1] - k + 1
    feature_map = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            feature_map[r, c] = np.sum(kernel * picture[r : r + k, c : c + k])
    return feature_map


# %% [markdown]
# Our first picture has 7 x 7 pixels, with a bright bar on dark ground. The filter has -1 at its left and 1 at its right.
#
# **Predict before you run.** Where will the feature map be large? Where negative? What is its size?

# %%
bar = np.zeros((7, 7))
bar[1:6, 2:5] = 1
rising = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
found = convolve(bar, rising)
plots.number_grids(
    [bar, rising, found],
    ["picture", "filter", "feature map"],
    "Three grids of numbers: a picture of 7 by 7 with a bright bar, a filter of 3 by 3, and the feature map "
    "of 5 by 5. The feature map is 3 where the bar begins, 0 inside, and -3 where it ends. A frame shows the "
    "window that gave the framed output.",
    windows=[(2, 1, 3, 3), None, (2, 1, 1, 1)],
)

# %% [markdown]
# Check the framed output: the frame in the picture holds three rows of 0, 1, 1. Each row gives
# $-1 \cdot 0 + 0 \cdot 1 + 1 \cdot 1 = 1$. The sum is 3. So the filter finds places where it gets brighter from left
# to right. Where it gets darker it gives -3, and where nothing changes, 0. (In the first and the last row only two of
# the window's three rows meet the bar. So there it is 2 and -2.)
#
# (In mathematics a convolution first gives the filter half a turn. A network learns its filters, so it would just
# learn them turned. Nobody bothers.)
#
# Now the cat, in grey. Three filters, made by hand.

# %%
grey = small_cat.mean(axis=2) / 255
filters = {
    "brighter to the right": rising,
    "brighter downwards": rising.T,
    "mean of 3 x 3": np.full((3, 3), 1 / 9),
}
feature_maps = {name: convolve(grey, kernel) for name, kernel in filters.items()}
plots.maps(
    list(feature_maps.values()),
    list(feature_maps),
    "Three feature maps of the cat on one scale, red above 0 and blue below: upright edges such as the sides of the "
    "ears, level edges such as the eyelids, and a blurred cat.",
    columns=3,
    signed=True,
)

# %% [markdown]
# All three are on one scale: white is 0, red is positive, blue is negative. The first filter shows upright edges, the
# second one level edges. The third one blurs: its numbers are brightnesses, so none is below 0.
#
# **Predict before you run.** We cut 20 columns off at the left of the photo, so everything moves 20 pixels to the
# left. What happens to the feature map?

# %%
moved = convolve(grey[:, 20:], rising)
print("moved in the same way:", np.allclose(moved, feature_maps["brighter to the right"][:, 20:]))

# %% [markdown]
# It moves along. The same filter looks everywhere, so what it knows, it knows everywhere. (Strictly speaking, a map that
# moves with the photo is called *equivariant*. An answer that does not change at all is called invariant. A network
# gets there step by step, as later layers forget the exact place.)
#
# ### A filter can be learned
#
# In the past, experts made such filters by hand. A convnet *learns* them. Can that work? Suppose we have a picture and
# the feature map that we want, but not the filter. We begin with nine zeros and do what lesson 1 did with one weight:
#
# - the **error** at a place is the map that we get minus the map that we want;
# - each weight was multiplied with one pixel of every window. So its **slope** is twice the mean of error times pixel;
# - each weight goes one step downhill. The learning rate is 0.3.
#
# The picture is pure noise, in which no pixel says anything about its neighbour. So no weight can take the blame for
# another.
#
# **Predict before you run.** How many steps will it take until the nine weights are right to one decimal?

# %%
noise = np.random.default_rng(2).normal(size=(64, 64))
wanted = convolve(noise, rising)
windows = np.lib.stride_tricks.sliding_window_view(noise, (3, 3))  # (62, 62, 3, 3)
learned = np.zeros((3, 3))
for step in range(1, 11):
    error = convolve(noise, learned) - wanted
    slope = 2 * np.mean(error[:, :, None, None] * windows, axis=(0, 1))
    learned -= 0.3 * slope
    right = np.array_equal(learned.round(1), rising)
    print(f"step {step:2}: mean squared error {np.mean(error**2):.3f}   all nine right: {right}")
assert right

# %%
plots.number_grids(
    [rising, learned.round(1) + 0.0],  # + 0.0 makes -0.0 a plain 0
    ["to find", "learned"],
    "Two grids of three by three numbers, the filter to find and the one that was learned: the same numbers, "
    "minus 1 in the left column, 0 in the middle, 1 in the right column.",
)

# %% [markdown]
# Fewer than ten. A convnet learns its filters in the same way. But nobody tells it which map to make. All it gets
# is the right answer for the whole photo, and the slopes come down to the filters through all later layers.
#
# ## Many filters, three channels
#
# One filter finds one pattern. So a convolution *layer* has many, and each gives a feature map of its own. All maps
# together are again a block, (height, width, filters), with the maps as its channels. And on a photo with three channels
# each filter is a block, too: 3 x 3 pixels times 3 channels. Each filter also has a bias. At the end comes ReLU, as
# always.
#
# Let us write that and compare it with Keras's layer. Its weights have the shape
# (filter height, filter width, channels in, channels out).


# %% tags=["by_hand"]
def convolution_layer(picture: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    k = len(kernel)
    rows, columns = picture.shape[0] - k + 1, picture.shape[1] - k + 1
    output = np.zeros((rows, columns, kernel.shape[-1]))
    for r in range(rows):
        for c in range(columns):
            window = picture[r : r + k, c : c + k, :, None]  # one more axis, for the filters
            output[r, c] = np.sum(kernel * window, axis=(0, 1, 2)) + bias
    return np.maximum(output, 0)  # ReLU


# %%
layer = keras.layers.Conv2D(16, 3, activation="relu", bias_initializer="random_normal")
photo = (small_cat[40:80, 60:100] / 255).astype("float32")
by_keras = keras.ops.convert_to_numpy(layer(photo[None]))[0]  # Keras wants a batch, here of one
kernel, bias = layer.get_weights()
by_hand = convolution_layer(photo, kernel, bias)
print(f"photo {photo.shape}   filters {kernel.shape}   output {by_hand.shape}")
print("same to 1e-5:", np.allclose(by_hand, by_keras, atol=1e-5))

# %% [markdown]
# **Predict before you run.** How many parameters has this layer? And how many on a photo of 96 x 96 pixels, where the
# dense layer needed over a million?

# %%
print(
    f"by hand: {(3 * 3 * 3 + 1) * 16}   Keras: {layer.count_params()}, whatever the size of the photo"
)
assert layer.count_params() == (3 * 3 * 3 + 1) * 16

# %% [markdown]
# ## How large is the output?
#
# You need this arithmetic whenever you build a convnet. Three things decide it.
#
# **Padding.** The middle of a 3 x 3 filter cannot stand on the outermost pixels, so the output loses a pixel at each
# edge. Keras calls that `"valid"`. With `"same"` the picture first gets a frame of zeros, just wide enough for the
# output to be as large as the picture.

# %%
corner = np.arange(1, 17).reshape(4, 4)
framed = np.pad(corner, 1)
mean_of_nine = np.full((3, 3), 1 / 9)
plots.number_grids(
    [
        corner,
        convolve(corner, mean_of_nine).round(1),
        framed,
        convolve(framed, mean_of_nine).round(1),
    ],
    ["picture", "valid", "picture in a frame", "same"],
    "Four grids of numbers: a picture of 4 by 4; the mean of each 3 by 3 window, which leaves 2 by 2; the "
    "picture in a frame of zeros, 6 by 6; and the means over that, 4 by 4, too small along the edges.",
)

# %% [markdown]
# The frame has its price: along the edges the zeros count as if they were part of the picture. (Each grid has
# colours of its own, so compare the numbers.)
#
# **Stride.** The filter need not move by one pixel. With a *stride* of 2 it moves by two, in both directions, and the
# output has about half as many rows and columns. With valid padding it is every second output of stride 1:

# %%
every_second = feature_maps["brighter to the right"][::2, ::2]
grey_batch = grey[None, :, :, None].astype("float32")  # one photo, one channel
one_filter = rising[:, :, None, None].astype("float32")
by_keras = keras.ops.conv(grey_batch, one_filter, strides=2, padding="valid")[0, :, :, 0]
print("same to 1e-5:", np.allclose(every_second, by_keras, atol=1e-5))

# %% [markdown]
# **The formula.** Let $n$ be the side of the picture, $k$ that of the filter, and $s$ the stride. The side of the
# output is
#
# $$\text{valid: } \left\lfloor \frac{n - k}{s} \right\rfloor + 1 \qquad
# \text{same: } \left\lceil \frac{n}{s} \right\rceil$$
#
# Here $\lfloor \; \rfloor$ means rounded down, and $\lceil \; \rceil$ rounded up. Why? The filter's first place is at 0
# and its last at $n - k$ at most. With "same", the frame makes room for a place at each $s$-th pixel.
#
# **Predict before you run.** A photo of 96 x 96 and a filter of 5 x 5. What comes out with valid and stride 1? With
# valid and stride 2? With same and stride 2?


# %% tags=["by_hand"]
def output_side(n: int, k: int, s: int = 1, padding: str = "valid") -> int:
    return (n - k) // s + 1 if padding == "valid" else -(-n // s)  # -(-a // b) rounds up


# %%
print(output_side(96, 5), output_side(96, 5, 2), output_side(96, 5, 2, "same"))

# %% [markdown]
# We do not want to take the formula on trust. So we let Keras compute real convolutions of many kinds.

# %%
agree = total = 0
for n in range(5, 17):
    picture = np.zeros((1, n, n, 1), "float32")
    for k in range(1, 6):
        for s in (1, 2, 3):
            for padding in ("valid", "same"):
                output = keras.ops.conv(picture, np.zeros((k, k, 1, 1), "float32"), s, padding)
                agree += output.shape[1:3] == (output_side(n, k, s, padding),) * 2
                total += 1
print(f"{agree} of {total} sizes agree")
assert agree == total

# %% [markdown]
# ### Try it: the convolution explorer
#
# Point at a place of the output: the frame shows its window, and the line below shows every product of the sum. Then
# three tasks. Which places does the output have with "same" padding, and not with "valid"? Which of them does a stride
# of 2 keep? And write a kernel of your own: one that gives back the picture as it is, and one that moves it by one
# pixel.

# %%
interactive.convolution(bar, filters)

# %% [markdown]
# "Same" adds the outermost places, whose windows reach into the zeros. A stride of 2 keeps every second row and column,
# the outermost ones included. With "same" padding, a kernel with a single 1 in its middle gives back the picture, and a
# kernel with its 1 beside the middle moves the picture.
#
# ## Max-pooling: keep the strongest
#
# After a convolution, the feature map says for each place how well the pattern fits there. For "is there an eye?" we
# do not need to know the place to the pixel. *Max-pooling* cuts the map into windows of 2 x 2 and keeps the largest
# number of each. Nothing is learned here.
#
# **Predict before you run.** A map of 5 x 5 pooled by 2 x 2: how large is the output?


# %% tags=["by_hand"]
def max_pool(feature_map: np.ndarray) -> np.ndarray:
    rows, columns = feature_map.shape[0] // 2, feature_map.shape[1] // 2
    windows = feature_map[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2)
    return windows.max(axis=(1, 3))


# %%
some_map = np.array(
    [[1, 0, 2, 3, 9], [4, 6, 0, 1, 8], [0, 0, 1, 2, 7], [0, 5, 0, 0, 6], [9, 8, 7, 6, 5]]
)
plots.number_grids(
    [some_map, max_pool(some_map)],
    ["feature map", "pooled"],
    "A feature map of 5 by 5 numbers and the pooled map of 2 by 2: the largest number of each window. A "
    "frame shows one window and its maximum. The last row and column are left over.",
    windows=[(0, 2, 2, 2), (0, 1, 1, 1)],
)

# %%
pooling = keras.layers.MaxPooling2D(2)
agree = 0
for n in range(2, 18):
    values = np.random.default_rng(n).normal(size=(n, n)).astype("float32")
    pooled = keras.ops.convert_to_numpy(pooling(values[None, :, :, None]))[0, :, :, 0]
    agree += pooled.shape == (n // 2, n // 2) and np.array_equal(pooled, max_pool(values))
print(f"{agree} of 16 sizes: same size and same numbers as by hand")

# %% [markdown]
# The size follows from the formula for "valid" with $k = 2$ and $s = 2$, which is $n / 2$ rounded down. A last row
# or column that is left over is dropped.
#
# Why pool? Three reasons.
#
# - The next layer has a quarter of the numbers to look at, so everything is faster.
# - A small shift of the photo changes the pooled map less. That is one more step from "the pattern is *here*" to "the
#   pattern is *there somewhere*".
# - The next filter sees more of the photo. That is the hierarchy, and we come to it below.
#
# We measure the second one: by how much do the edges of the cat change when the photo moves by one pixel, before and
# after pooling?

# %%
edges = np.maximum(feature_maps["brighter to the right"], 0)


def change_by_shift(steps: int) -> float:
    before, after = edges[:, :-1], edges[:, 1:]
    for _ in range(steps):
        before, after = max_pool(before), max_pool(after)
    return np.abs(before - after).sum() / before.sum()


for steps in (0, 1, 2, 3):
    print(f"pooled {steps} times: a shift by one pixel changes {change_by_shift(steps):.0%}")

# %% [markdown]
# ## The photos
#
# Enough theory. The loader gives us a folder of picture files, in three parts: to learn from, to validate, and to test.
# In each part is one folder for each class. The edition decides which two classes these are, and the cell names them.

# %%
folder, class_names, edition = cats_vs_dogs(train=PHOTOS)
for part in ("train", "validation", "test"):
    counts = [len(list((folder / part / name).glob("*.jpg"))) for name in class_names]
    print(f"{part:10} {counts[0]} {class_names[0]} and {counts[1]} {class_names[1]} photos")

WHAT = {
    "original": "Photographs of cats and dogs, of all sizes, as people took them.",
    "offline": "Shirts and T-shirts of lesson 1, each in a size, a tint and a place of its own, laid by our "
    "loader on pieces of seven photographs. No garment and no piece is in two parts.",
}
print(WHAT[edition])

# %%
examples = [
    sorted((folder / "train" / name).glob("*.jpg"))[number]
    for number in range(5)
    for name in class_names
]
plots.photos(
    [np.asarray(Image.open(file)) for file in examples],
    [file.parent.name for file in examples],
    f"Ten training photos, of the classes {' and '.join(class_names)} in turn.",
)

# %% [markdown]
# The thing to find is sometimes large and sometimes small, and it may be anywhere. All around it is something that does
# not matter. This is what makes a picture harder than the centred clothes of lesson 1. Both classes are equally
# frequent, so guessing gives 0.5.
#
# One check before we go on. If a file were in two parts, the test would be a lie.

# %%
files = list(folder.rglob("*.jpg"))
different = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
print(f"{len(files):,} files, {len(different):,} of them different")

# %% [markdown]
# ### Damaged files
#
# Photos from the real world come with surprises: a download that broke off, a web page saved under the name of a photo, a
# scan in grey. We damage some files on purpose, on a copy, and see what happens.

# %%
workshop = TemporaryDirectory()
copy = Path(workshop.name)
for name in class_names:
    (copy / name).mkdir()
    for file in sorted((folder / "train" / name).glob("*.jpg"))[:20]:
        (copy / name / file.name).write_bytes(file.read_bytes())

first, second = (sorted((copy / name).glob("*.jpg")) for name in class_names)
first[11].write_bytes(first[11].read_bytes()[:900])  # a download that broke off
first[14].write_text("<html>Please log in to the hotel's network</html>")
first[18].write_bytes(b"")  # the disk was full
Image.open(second[2]).convert("L").save(second[2])  # grey: one channel
Image.open(second[7]).convert("CMYK").save(second[7])  # four channels, as printers use them

# %% [markdown]
# **Predict before you run.** `keras.utils.image_dataset_from_directory` finds the files of each class and reads them in
# batches. Will it skip the damaged files, or stop?

# %%
arguments = {
    "image_size": (IMAGE_SIZE, IMAGE_SIZE),
    "batch_size": 8,
    "shuffle": False,
    "verbose": False,
}
batches = 0
try:
    for _ in keras.utils.image_dataset_from_directory(copy, **arguments):
        batches += 1
except tf.errors.InvalidArgumentError as error:
    print(f"stopped after {batches} of 5 batches with {type(error).__name__}")

# %% [markdown]
# It stops, and in real life that would be in the middle of the night, in the middle of a training. So we look at all
# files *before*. The helper `check_images` really decodes each file. It returns those that are not a whole RGB
# image, and says why.

# %%
unusable = check_images(copy)
print(f"{len(unusable)} of {sum(1 for _ in copy.rglob('*.jpg'))} files are of no use:")
for name, reason in unusable.items():
    print(f"  {name}: {reason}")

# %% [markdown]
# All five, and no other. Would each of them have stopped the training?


# %%
def can_be_decoded(file: Path) -> bool:
    try:
        tf.io.decode_image(file.read_bytes(), channels=3)
    except tf.errors.InvalidArgumentError:
        return False
    return True


for name, reason in unusable.items():
    print(f"{reason}: TensorFlow {'reads' if can_be_decoded(copy / name) else 'stops'}")

# %% [markdown]
# The grey one and the one for printers (CMYK) can be read. We do not want them either. Imagine that all photos of one class
# were grey: the network would learn how the photos were made, and not what they show.
#
# We remove them, and count what is left.

# %%
for name in unusable:
    (copy / name).unlink()
data = keras.utils.image_dataset_from_directory(copy, **arguments)
print(f"{sum(len(labels) for _, labels in data)} photos read, of {len(data.class_names)} classes")
workshop.cleanup()

# %% [markdown]
# Never throw away files in silence: say how many, and which. Our loader does so. When it finds unusable files among the
# photos, it skips them and names them.
#
# ### From files to batches
#
# `image_dataset_from_directory` does four steps for each file: it reads the bytes, *decodes* the JPEG to numbers from
# 0 to 255, *resizes* it, because all photos of a batch need one size, and makes it `float32`. Photos that are not
# square are squeezed, and photos that are too small are enlarged. The label is 0 or 1, in the alphabetical order of
# the folders.
#
# All photos become squares of `IMAGE_SIZE` pixels. Half the side means a quarter of the pixels, and so of the work. So
# one wants the smallest size that keeps the result. Lesson 7 measures what a smaller one costs.


# %%
def read(part: str, side: int = IMAGE_SIZE) -> tf.data.Dataset:
    return keras.utils.image_dataset_from_directory(
        folder / part,
        image_size=(side, side),
        label_mode="binary",
        batch_size=None,  # single photos: we make the batches after the cache
        shuffle=False,
        verbose=False,
    )


assert tuple(read("train").class_names) == class_names
photo, label = next(iter(read("train")))
print(f"one photo: {photo.dtype.name}, square: {photo.shape == (IMAGE_SIZE, IMAGE_SIZE, 3)}")
print(f"label {int(label[0])}, which means {class_names[int(label[0])]}")

# %% [markdown]
# Each epoch needs all photos again. To decode them again would be a waste, because the result is always the same. So
# we decode once and keep the numbers in memory: that is what `cache` does. **Predict before you run.** How much faster
# is it to go through the photos the second time?

# %%
training_photos = read("train").cache()


def seconds_for_one_pass(data: tf.data.Dataset) -> float:
    start = time.perf_counter()
    for _ in data.batch(BATCH_SIZE):
        pass
    return time.perf_counter() - start


decoding = seconds_for_one_pass(training_photos)  # the first pass fills the cache
from_cache = min(seconds_for_one_pass(training_photos) for _ in range(3))

# %% tags=["nbval-ignore-output"]
megabytes = 2 * PHOTOS * IMAGE_SIZE**2 * 3 * 4 / 1e6
print(
    f"decoding {decoding:.2f} s, from the cache {from_cache:.2f} s, for {megabytes:.0f} MB of memory"
)
print(f"in 20 epochs that saves {20 * (decoding - from_cache):.0f} s")

# %% [markdown]
# The order of the steps matters. **What is always the same goes before the cache, what is random goes after it.** If we
# shuffled before the cache, each epoch would come in the same order. And if we changed photos at random before the
# cache, as we do further down, each epoch would see the same "random" changes.
#
# The files come sorted by class, so we shuffle all of them, and not only a few at a time.


# %%
def dealt(photos: tf.data.Dataset, seed: int) -> tf.data.Dataset:
    return photos.shuffle(2 * PHOTOS, seed=seed).batch(BATCH_SIZE)


images, labels = next(iter(dealt(training_photos, SEED)))
print(f"{images.shape[0]} photos a batch, both classes in it: {len(np.unique(labels)) == 2}")

# %% [markdown]
# ## The model
#
# Three blocks of a convolution and a pooling, with more and more filters on smaller and smaller maps. This is the
# usual shape of a convnet. Then the last maps are flattened, and two dense layers decide. `Rescaling` divides by
# 255, so that the network sees numbers from 0 to 1. It is part of the model, so nobody can forget it.
#
# (`augment` and `dropout` come later. A dropout of 0 does nothing.)


# %% tags=["convnet"]
def compiled(layers: list[keras.layers.Layer], rate: float = 0.001) -> keras.Model:
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def build_convnet(side: int, augment: bool = False, dropout: float = 0.0) -> keras.Model:
    layers = [keras.Input(shape=(side, side, 3))]
    layers += augmentation() if augment else []
    layers.append(keras.layers.Rescaling(1 / 255))
    for filters in (8, 16, 32):
        layers.append(keras.layers.Conv2D(filters, 3, activation="relu"))
        layers.append(keras.layers.MaxPooling2D(2))
    layers += [keras.layers.Flatten(), keras.layers.Dropout(dropout)]
    layers.append(keras.layers.Dense(64, activation="relu"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return compiled(layers)


# %% [markdown]
# **Predict before you run.** What are the sizes of the six outputs, from the first convolution to the last pooling?
# Use the formulas. And which layer has the most parameters?

# %%
model = build_convnet(IMAGE_SIZE)
n, channels, total = IMAGE_SIZE, 3, 0
print("layer          by hand        Keras          parameters")
for layer in model.layers:
    kind = type(layer).__name__
    if kind == "Conv2D":
        parameters = (3 * 3 * channels + 1) * layer.filters
        n, channels = output_side(n, 3), layer.filters
    elif kind == "MaxPooling2D":
        parameters, n = 0, output_side(n, 2, 2)
    else:
        continue
    total += parameters
    shape = f"{n} x {n} x {channels}"
    keras_shape = " x ".join(map(str, layer.output.shape[1:]))
    print(f"{kind:14} {shape:14} {keras_shape:14} {parameters:10,}")
    assert shape == keras_shape
inputs = n * n * channels
dense = (inputs + 1) * 64, (64 + 1) * 1
print(f"Dense          {'64':14} {'64':14} {dense[0]:10,}")
print(f"Dense          {'1':14} {'1':14} {dense[1]:10,}")
print(f"all of them by hand: {total + sum(dense):,}   Keras: {model.count_params():,}")
assert total + sum(dense) == model.count_params()

# %% [markdown]
# Here is the network, drawn to scale: each square is a map, and each stack is the output of a layer.

# %%
fig, ax = plt.subplots(figsize=(9, 2.6))
stacks = [("photo", IMAGE_SIZE, 3)]
for layer in model.layers:
    if type(layer).__name__ in ("Conv2D", "MaxPooling2D"):
        stacks.append((type(layer).__name__, *layer.output.shape[2:]))
left = 0
for kind, map_side, depth in stacks:
    colour = {"Conv2D": plots.BLUE, "MaxPooling2D": plots.VERMILION}.get(kind, plots.GREY)
    for number in range(depth):
        corner = (left + number, number - map_side / 2)
        square = Rectangle(corner, map_side, map_side, facecolor=colour, edgecolor="white", lw=0.4)
        ax.add_patch(square)
    ax.text(left, -44, f"{kind}\n{map_side} x {map_side} x {depth}", va="top", fontsize=8)
    left += max(map_side + depth, 44) + 10
for units in (64, 1):  # the dense layers, a unit a pixel
    ax.add_patch(Rectangle((left, -units / 2), 3, units, facecolor=plots.GREEN))
    ax.text(left, -44, f"Dense\n{units}", va="top", fontsize=8)
    left += 34
ax.set(xlim=(-2, left), ylim=(-66, 52), aspect="equal")
ax.axis("off")
plots.described(
    fig,
    "The convnet drawn to scale: the photo as 3 large squares, then stacks of squares that become smaller and deeper, "
    "blue after each convolution and red after each pooling, and finally two bars for the dense layers.",
)

# %% [markdown]
# The maps get smaller and the stacks deeper: fewer places, more patterns. Nearly all parameters are in the first dense
# layer, because it has a weight for each place of each map.
#
# **Predict before you run.** How many parameters would that layer have if nobody pooled? And if we replaced `Flatten`
# and this layer by *global average pooling*, which keeps one number of each map, its mean?

# %%
unpooled = (IMAGE_SIZE - 3 * 2) ** 2 * 32  # each convolution takes a pixel at each edge
print(f"without pooling: {(unpooled + 1) * 64:,} instead of {dense[0]:,}")
averaged = keras.Sequential([keras.layers.GlobalAveragePooling2D()])
end = model.layers[-5].output.shape[1:]  # of the last pooling
maps_at_the_end = np.random.default_rng(3).normal(size=(1, *end)).astype("float32")
means = keras.ops.convert_to_numpy(averaged(maps_at_the_end))
print(f"with global average pooling: none, and {means.shape[1]} numbers go on to the last unit")
assert np.allclose(means, maps_at_the_end.mean(axis=(1, 2)), atol=1e-6)

# %% [markdown]
# Global average pooling has no weights, it takes maps of any size, and it forgets all places. You use it in the
# exercises, and lesson 8 builds on it.

# %% [markdown]
# The arithmetic also says how small a photo may be at all. **Predict before you run.** What if the photos had
# 21 x 21 pixels? Go through the three blocks: 21, 19, 9, …

# %%
for small_side in (22, 21):
    try:
        build_convnet(small_side)
        print(f"{small_side} x {small_side}: fine")
    except ValueError as error:
        reason = "would be zero or negative" in str(error)
        print(f"{small_side} x {small_side}: ValueError, an output size would be zero: {reason}")

# %% [markdown]
# ### What does one number see?
#
# A number in the first feature map sees 3 x 3 pixels. After pooling, a filter of 3 x 3 sees more, because its
# neighbours lie two pixels apart. What a number sees is called its *receptive field*. Let $r$ be its side, and $d$
# the distance in pixels between neighbours. At first both are 1. A layer with a window of side $k$ and stride $s$ makes
#
# $$r \leftarrow r + (k - 1)\, d \qquad d \leftarrow d \cdot s$$
#
# **Predict before you run.** How many pixels wide is the receptive field after all three blocks?

# %%
r = d = 1
for block in range(1, 4):
    for k, s in ((3, 1), (2, 2)):  # a convolution, a pooling
        r, d = r + (k - 1) * d, d * s
    print(
        f"after block {block}: a number sees {r} x {r} pixels, its neighbour lies {d} pixels away"
    )

# %% [markdown]
# Is it true? A slope can tell. We build the same layers with all weights 1 and with mean-pooling, so that no pixel is
# cancelled or passed over. Then we ask which pixels have any influence on one number: those whose slope is not 0.

# %%
stack = [keras.Input(shape=(64, 64, 1))]
for _ in range(3):
    stack += [
        keras.layers.Conv2D(1, 3, kernel_initializer="ones"),
        keras.layers.AveragePooling2D(2),
    ]
probe = keras.Sequential(stack)
picture = tf.Variable(tf.zeros((1, 64, 64, 1)))
with tf.GradientTape() as tape:
    one_number = probe(picture)[0, 1, 2, 0]
rows, columns = np.nonzero(tape.gradient(one_number, picture)[0, :, :, 0])
print(
    f"rows {rows.min()} to {rows.max()}, that is {np.ptp(rows) + 1} x {np.ptp(columns) + 1} pixels"
)
assert np.ptp(rows) + 1 == r

# %% [markdown]
# So the first layer can see edges, the second one can combine edges into corners and curves, and so on. In the last
# block each number sees a square as large as the line above says. No layer was told to build a hierarchy. The sizes
# make it possible, and training does the rest.
#
# It is no accident that this is also the smallest side that works: to give one number, the network needs what one
# number sees.
#
# ## Train, and watch it overfit
#
# As in lesson 5 we train with several seeds: one run proves little. Each run keeps the weights of the epoch with
# the lowest validation loss, as if it had been stopped early. Nevertheless we let each run go on to the end, to
# see the whole curve.


# %%
SEEDS = [SEED + 1000 * run for run in range(RUNS)]
validation_photos = read("validation").cache()
models, histories = {}, {}


def train(name: str, build, training=training_photos, validation=validation_photos) -> None:
    """Train a network that `build` makes, once a seed."""
    models[name], histories[name] = [], []
    for run, seed in enumerate(SEEDS, start=1):
        keras.utils.set_random_seed(seed)
        model = build()
        history = model.fit(
            dealt(training, seed),
            validation_data=validation.batch(100),
            epochs=EPOCHS[name],
            verbose=0,
            callbacks=[
                keras.callbacks.EarlyStopping(patience=EPOCHS[name], restore_best_weights=True),
                Progress(f"{name}, run {run}"),
            ],
        )
        models[name].append(model)
        histories[name].append(history.history)


train("plain", lambda: build_convnet(IMAGE_SIZE))


# %%
def curves(name: str, metric: str) -> np.ndarray:
    return np.array([history[metric] for history in histories[name]])  # (runs, epochs)


def draw(ax: plt.Axes, name: str, metric: str) -> None:
    epochs = np.arange(1, curves(name, metric).shape[1] + 1)
    training = ax.plot(epochs, curves(name, metric).T, color=plots.BLUE)
    validated = ax.plot(epochs, curves(name, f"val_{metric}").T, color=plots.VERMILION, ls="--")
    training[0].set_label("training")
    validated[0].set_label("validation")
    ax.set(xlabel="epoch", ylabel=metric)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.5))
for ax, metric in zip(axes, ("loss", "accuracy"), strict=True):
    draw(ax, "plain", metric)
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
plots.described(
    fig,
    "Loss and accuracy of the plain convnet by epoch, one line a run. In training, the loss falls and the "
    "accuracy rises all the way. In validation, the loss turns and climbs, and the accuracy stays behind.",
)

# %% [markdown]
# You know this picture from lesson 2. A thousand photos are few, and the network begins to learn them by heart. We
# put it in numbers, as means over the runs: the epoch with the lowest validation loss, how much higher that loss is after
# the last epoch, and by how much the accuracy in training is then above that in validation.

# %%
lowest = {"plain": curves("plain", "val_loss").min(axis=1)}
best_epochs = curves("plain", "val_loss").argmin(axis=1) + 1
gap = {"plain": (curves("plain", "accuracy") - curves("plain", "val_accuracy"))[:, -1].mean()}
expect("convnets.plain_best_epoch", best_epochs.mean(), edition)
expect(
    "convnets.plain_rise", (curves("plain", "val_loss")[:, -1] - lowest["plain"]).mean(), edition
)
expect("convnets.plain_gap", gap["plain"], edition)

# %% [markdown]
# ### Does it need a convnet?
#
# We said that a convnet knows two things about pictures, and a dense network does not. That was a claim. Here are two
# *controls*: trainings in which this knowledge is missing. If they did as well, the claim would be refuted.
#
# - **A dense network** on the same photos: one hidden layer with 64 units. It gets a lower learning rate: of 0.001,
#   0.0003 and 0.0001, the one with the lowest validation loss. (At 0.001 all its units may die, and then it only
#   guesses.)
# - **The same convnet on shuffled pixels**: all photos, also those for validation, with their pixels in the one random
#   order of the beginning. Nothing is lost, but neighbours are no longer neighbours.
#
# (Both get eight epochs. We tried ten and twelve: after the eighth, their validation loss hardly falls any
# more.)
#
# **Predict before you run.** Which of the three will be best? How far will the other two get below 0.693, the loss
# of guessing?


# %%
def build_dense() -> keras.Model:
    layers = [keras.Input(shape=(IMAGE_SIZE, IMAGE_SIZE, 3)), keras.layers.Rescaling(1 / 255)]
    layers += [keras.layers.Flatten(), keras.layers.Dense(64, activation="relu")]
    return compiled([*layers, keras.layers.Dense(1, activation="sigmoid")], rate=0.0001)


new_places = np.random.default_rng(0).permutation(IMAGE_SIZE**2)


def shuffled(photo: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    pixels = tf.gather(tf.reshape(photo, (-1, 3)), new_places)
    return tf.reshape(pixels, photo.shape), label


training_shuffled = training_photos.map(shuffled).cache()
validation_shuffled = validation_photos.map(shuffled).cache()

train("dense", build_dense)
train("shuffled", lambda: build_convnet(IMAGE_SIZE), training_shuffled, validation_shuffled)


# %%
def compared(values: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Mean paired difference and half the width of its 95 % interval."""
    d = values - reference
    t = stats.t.ppf(0.975, len(d) - 1)
    return d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))


# %% tags=["nbval-ignore-output"]
for name in ("dense", "shuffled"):
    lowest[name] = curves(name, "val_loss").min(axis=1)
print("lowest validation loss   each run             mean   against the convnet")
for name in ("plain", "dense", "shuffled"):
    each = "  ".join(f"{value:.3f}" for value in lowest[name])
    mean, half = compared(lowest[name], lowest["plain"])
    against = "" if name == "plain" else f"   {mean:+.3f} +- {half:.3f}"
    print(f"{name:24} {each}  {lowest[name].mean():.3f}{against}")
print(f"guessing 0.5 for all: {np.log(2):.3f}")

# %%
expect("convnets.loss_above_by_dense", (lowest["dense"] - lowest["plain"]).mean(), edition)
expect("convnets.loss_above_by_shuffling", (lowest["shuffled"] - lowest["plain"]).mean(), edition)

# %% [markdown]
# Both controls end with a higher loss than the convnet, by what the two lines say. The shuffled photos hold the same
# numbers as the photos themselves, and the network, the number of its weights and its recipe are the same, too. (It
# only gets fewer epochs.) Yet on shuffled photos the convnet stays near the loss of guessing. So what helped was not
# the number of weights: it was that neighbours belong together. (Was it that patterns are local, or that they mean the
# same everywhere? These controls do not say: both are gone at once.) The dense network never knew that, and it falls
# behind, too.
#
# (This is the comparison of lesson 5: the mean of the differences $d$ with the same seed, and half the width of its 95
# % interval, $h = t \cdot s / \sqrt{n}$. Here $d$, $s$ and $n$ are the mean of the differences, their standard
# deviation and the number of runs, and not the distance, the stride and the side from above. With $n = 3$ runs, $t$ is
# 4.3: three runs can only show large differences.)

# %% [markdown]
# ## Augmentation: more photos out of the same ones
#
# The best cure for overfitting is more data, as you saw in lesson 5. We have no more photos, but we know something about
# them: a photo that is mirrored, or moved by a few pixels, still shows the same thing. So we change each photo a little
# at random, each time it is used. The network never sees exactly the same photo twice. This is *data augmentation*.
#
# In Keras the changes are layers:


# %% tags=["convnet"]
def augmentation() -> list[keras.layers.Layer]:
    return [
        keras.layers.RandomFlip("horizontal"),  # mirrors half of the photos
        keras.layers.RandomTranslation(0.1, 0.1),  # moves by up to a tenth, up or down and sideways
    ]


# %% [markdown]
# **Predict before you run.** One photo goes through these layers nine times. Would you still know what it is?

# %%
augment = keras.Sequential(augmentation())
photo = next(iter(training_photos))[0]
changed = [augment(photo[None], training=True)[0] for _ in range(9)]
plots.photos(
    [np.clip(keras.ops.convert_to_numpy(image), 0, 255) for image in (photo, *changed)],
    ["the file", *["changed"] * 9],
    "One training photo, and the same photo changed at random nine times: mirrored or not, and moved by a few "
    "pixels.",
)

# %% [markdown]
# What comes in at the edges is a reflection of the photo.
#
# You must know your data to choose. Mirroring a cat gives a cat, but mirroring the digit 2 gives no digit. A change that
# turns the truth into something else is no augmentation. There are more layers of this kind: `RandomRotation` and
# `RandomZoom` are common, and lesson 7 uses them.
#
# **Never augment the validation and the test photos.** They stand for what the network will meet later, and that
# comes as it is. Changed at random, they would give a harder test, and another one each time.
#
# How do we make sure of that? The layers are part of the model, and like dropout they do something in training only.
# `fit` tells the model `training=True` for the training batches. `predict`, `evaluate`, and `fit` when it validates
# tell it `training=False`. Only when you call a model yourself must you say it, too. If you say nothing, these layers
# act as in training, and dropout acts as in prediction.
#
# **Predict before you run.** We ask a network with these layers twice about the same photos. Are the answers the same?
# And with `training=True`?

# %%
asked = build_convnet(IMAGE_SIZE, augment=True)
some_photos = images[:8]
for training in (False, True):
    answers = [keras.ops.convert_to_numpy(asked(some_photos, training=training)) for _ in range(2)]
    print(f"training={training}: twice the same is {np.array_equal(*answers)}")
plain = keras.Sequential(asked.layers[2:])  # the same network without its first two layers
answers = [network.predict(some_photos, verbose=0) for network in (asked, plain)]
print("with and without the layers, predict gives the same:", np.allclose(*answers))

# %% [markdown]
# (Older books use `ImageDataGenerator` for this, a class that read, scaled and augmented files in one. It is
# history: Keras keeps it for old programs only.)
#
# ### Two cures, four recipes
#
# We know a second cure: dropout. Before the first dense layer, half of the numbers are dropped. If we switched on both at
# once, we could not say which of them helped. So we train all four combinations: neither, only dropout, only
# augmentation, both. What is learned with a cure is learned more slowly, so these get more epochs. That is fair:
# the plain network had its lowest loss well before its last epoch.
#
# **Predict before you run.** Which one will have the lowest validation loss? Will the two cures add up?

# %%
train("dropout", lambda: build_convnet(IMAGE_SIZE, dropout=0.5))
train("augmentation", lambda: build_convnet(IMAGE_SIZE, augment=True))
train("both", lambda: build_convnet(IMAGE_SIZE, augment=True, dropout=0.5))
RECIPES = ("plain", "dropout", "augmentation", "both")

# %%
fig, axes = plt.subplots(1, 4, figsize=(9, 3.2), sharey=True)
for ax, name in zip(axes, RECIPES, strict=True):
    draw(ax, name, "loss")
    ax.set(title=name, ylabel="loss" if name == "plain" else "")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
plots.described(
    fig,
    "Training and validation loss by epoch for four recipes, one line a run. Plain: the training loss falls far below the "
    "validation loss, which turns and climbs. With augmentation: both curves fall slowly and stay close together.",
)

# %% [markdown]
# How far do the curves part? The line below is the gap in accuracy, training minus validation, over the last five
# epochs with augmentation. (Mind that the training accuracy is measured on changed photos. And it is a mean over the
# whole epoch, while the network still learns. Both can lower it.)

# %%
gap["augmentation"] = (curves("augmentation", "accuracy") - curves("augmentation", "val_accuracy"))[
    :, -5:
].mean()
expect("convnets.augmented_gap", gap["augmentation"], edition)

# %% [markdown]
# But a smaller gap is not yet a better network. **Is the lowest validation loss lower?** With four recipes there are four
# comparisons: each cure alone, and each beside the other. We always compare the runs with the same seed.

# %%
for name in RECIPES:
    lowest[name] = curves(name, "val_loss").min(axis=1)
saved = {
    "dropout, alone": (lowest["plain"], lowest["dropout"]),
    "dropout, beside augmentation": (lowest["augmentation"], lowest["both"]),
    "augmentation, alone": (lowest["plain"], lowest["augmentation"]),
    "augmentation, beside dropout": (lowest["dropout"], lowest["both"]),
}

# %% tags=["nbval-ignore-output"]
print("lowest validation loss    each run              mean   spread")
for name in RECIPES:
    each = "  ".join(f"{value:.3f}" for value in lowest[name])
    print(f"{name:25} {each}  {lowest[name].mean():6.3f}  {lowest[name].std(ddof=1):7.3f}")
print("\nloss saved by             mean")
for name, (without, with_it) in saved.items():
    mean, half = compared(without, with_it)
    print(f"{name:30} {mean:+.3f} +- {half:.3f}")

# %%
dropout_saves = (lowest["augmentation"] - lowest["both"]).mean()
expect("convnets.dropout_beside_augmentation", dropout_saves, edition)
chosen = min(RECIPES, key=lambda name: lowest[name].mean())

# %% tags=["nbval-ignore-output"]
print(f"the recipe with the lowest validation loss: {chosen}")

# %% [markdown]
# In our table augmentation saves more than dropout does alone. But the two do not add up. Beside augmentation, dropout
# saves nothing that stands out from the spread; with most seeds it even costs a little. Look at the curves again. With
# augmentation, training and validation stay much closer together. So there is less overfitting left to cure, while
# dropout still makes learning harder. That would explain it, but we have not tested it.
#
# Did we only stop too early? With augmentation the lowest loss comes in one of the last epochs: these networks are not
# finished. We let the two recipes with augmentation run for 40 epochs, with three seeds. They came further, and still
# dropout saved nothing. Change `EPOCHS` if you want to see it. It takes twice the time.
#
# More medicine is not more health. Had we only tried "plain" and "both", we would have seen the pair help, with most
# seeds, and would have praised dropout for what augmentation did.
#
# With three runs, an interval is wide, and yours may reach across 0. We ran the whole lesson with other seeds, too: the
# mean that augmentation saved was above 0 each time.
#
# ## Test once
#
# All is decided: `chosen` is the recipe with the lowest mean validation loss, and each network has the weights of its best
# epoch. Now the test photos, once, for the convnet as it was, for the chosen recipe, and for both controls.
#
# How sure can an accuracy be that was measured on so few photos? You know the answer from lesson 2: if the true
# accuracy is $a$, then a test of $n$ photos gives a number that is off by about
#
# $$\sqrt{\frac{a\,(1 - a)}{n}}$$
#
# by chance alone, because just these photos were drawn: the *standard error*. All our networks take the same test
# photos, so in the difference between two of them a part of this chance cancels.

# %%
testing = read("test").cache()
y_test = np.array([label[0] for _, label in testing], int)
probability = {
    name: np.array([model.predict(photos.batch(100), verbose=0)[:, 0] for model in models[name]])
    for name, photos in {
        "dense": testing,
        "shuffled": testing.map(shuffled),
        "plain": testing,
        chosen: testing,
    }.items()
}
accuracy = {name: ((p > 0.5) == y_test).mean(axis=1) for name, p in probability.items()}

# %% tags=["nbval-ignore-output"]
print("test accuracy      each run              mean   spread  standard error")
for name, values in accuracy.items():
    each = "  ".join(f"{value:.3f}" for value in values)
    luck = np.sqrt(values.mean() * (1 - values.mean()) / len(y_test))
    print(f"{name:18} {each}  {values.mean():6.3f}  {values.std(ddof=1):7.3f}  {luck:14.3f}")
mean, half = compared(accuracy[chosen], accuracy["plain"])
print(f"{chosen} minus plain: {mean:+.3f} +- {half:.3f}")

# %%
expect("convnets.plain_test_accuracy", accuracy["plain"].mean(), edition)
expect("convnets.gain_over_dense", (accuracy["plain"] - accuracy["dense"]).mean(), edition)
expect("convnets.gain_over_shuffled", (accuracy["plain"] - accuracy["shuffled"]).mean(), edition)
expect("convnets.best_test_accuracy", accuracy[chosen].mean(), edition)
expect("convnets.test_gain", (accuracy[chosen] - accuracy["plain"]).mean(), edition)

# %% [markdown]
# The convnet is ahead of both controls, by the two gains in the lines above. On shuffled pixels it has lost most or
# all of its lead over guessing. The dense network may come a part of the way: look at your table. So on these photos
# the claim from the beginning of the lesson has passed a test that it could have failed. The last line is what the
# chosen recipe has gained on top. It is mostly smaller, and three runs alone can hardly prove it. Over all seeds that
# we tried it was above 0.
#
# ## Look at the mistakes
#
# We take the first network of the chosen recipe. Which class does it take for the other?

# %%
sure_of_second = probability[chosen][0]
said = (sure_of_second > 0.5).astype(int)
counts = np.zeros((2, 2), int)
np.add.at(counts, (y_test, said), 1)
plots.confusion_matrix(counts, class_names)

# %% [markdown]
# And here are the ten test photos where the network was most sure, and wrong. Above each is what it said, with
# the probability it gave to that.

# %%
confidence = np.where(said == 1, sure_of_second, 1 - sure_of_second)
wrong = np.flatnonzero(said != y_test)
worst = wrong[np.argsort(-confidence[wrong])][:10]
test_files = read("test").file_paths
plots.photos(
    [np.asarray(Image.open(test_files[i])) for i in worst],
    [f"{class_names[said[i]]} ({confidence[i]:.2f})" for i in worst],
    "The ten test photos that the network got wrong with the highest confidence. Above each is the class that it "
    "said, with the probability.",
)

# %% [markdown]
# Go through them one by one and ask: what could have misled it? Is the thing small, cut off, or in an odd position?
# Does something in the background look like a part of it? Would you have known? Some are hard for people, too.
# Others are easy for us. For these, a first suspect is that the network has seen too few photos like them.
#
# ## Look inside
#
# These are the 8 filters of the first layer. Each has three channels, which we add up: that is what the filter does to a
# grey photo. All are on one scale: white is a weight of 0, red is positive, blue is negative.

# %%
network = models[chosen][0]
convolutions = [layer for layer in network.layers if type(layer).__name__ == "Conv2D"]
first_filters = keras.ops.convert_to_numpy(convolutions[0].kernel).sum(axis=2)  # over the channels
plots.maps(
    list(np.moveaxis(first_filters, -1, 0)),
    [f"{number}" for number in range(1, 9)],
    "The 8 filters of the first convolution as small pictures of 3 by 3 weights on one scale. Some are red on one "
    "side and blue on the other, some have nearly one colour, some show no order.",
    columns=8,
    signed=True,
)

# %% [markdown]
# And this is what they find in one test photo: first the photo, then its 8 feature maps, each after ReLU, all on one scale.
#
# **Predict before you run.** Pick a filter above that is red on one side and blue on the other. What will its map
# show? And one that is red, or blue, nearly everywhere?

# %%
look_inside = keras.Model(network.inputs, [layer.output for layer in convolutions])
test_photo = next(iter(read("test")))[0]
maps = [keras.ops.convert_to_numpy(m)[0] for m in look_inside(test_photo[None], training=False)]
plots.photos(
    [test_photo.numpy()], ["the photo"], "One test photo, whose feature maps follow below."
)

# %%
plots.maps(
    list(np.moveaxis(maps[0], -1, 0)),
    [f"{number}" for number in range(1, 9)],
    "The 8 feature maps of the first convolution for the test photo above, on one scale. Some show edges of one "
    "direction, some show bright areas, and some are nearly dark.",
    columns=8,
)

# %% [markdown]
# Edges, bright parts, dark parts: the thing is still easy to see. Does a map show a whole area where you expected
# its edges? Then think of the colours. The sum over the channels hides them, but the photo has them. A map that is
# dark all over belongs to a filter that finds nothing here. Now the 16 strongest of the 32 maps of the last
# convolution.

# %%
strongest = np.argsort(-maps[-1].mean(axis=(0, 1)))[:16]
plots.maps(
    list(np.moveaxis(maps[-1][:, :, strongest], -1, 0)),
    [f"{number + 1}" for number in strongest],
    "16 feature maps of the last convolution for the same photo, on one scale: coarse patches, most of them dark with a "
    "few bright cells.",
    columns=8,
)

# %% [markdown]
# These look less and less like the photo. Each says where something that this network cares about was found. Where
# it is dark, it was not found. Lesson 8 goes further into this.
#
# What could take us further? More photos, as in lesson 5. Or a network that has learned to see on other photos
# before: that is lesson 7.
#
# ## Exercises
#
# Now it is your turn: [the exercises of this lesson](exercises/06_convnets_from_scratch.ipynb). Each answer is checked at
# once.

# %% [markdown]
# ## Ask yourself
#
# Answer before you look back. A wrong answer tells you what is mixed up, and where to read again.

# %%
quiz.after("06_convnets_from_scratch")

# %% [markdown]
# ## What you learned
#
# 1. A convnet knows that patterns are local, that they mean the same everywhere, and that they are made of smaller
#    patterns. A dense network does not even know which pixels are neighbours. On our photos it stays behind the
#    convnet, and so does a convnet on shuffled pixels.
# 2. A filter is laid everywhere, multiplied and added up, and it can be learned. The output's side is
#    $\lfloor (n - k) / s \rfloor + 1$ with valid padding, $\lceil n / s \rceil$ with same, and half, rounded down,
#    after pooling.
# 3. Look for damaged files before you train, and say how many you skip and which. Decode once, cache, and put all that is
#    random after the cache.
# 4. A small convnet needs few parameters in its convolutions. On a thousand photos it begins to overfit after seven to
#    ten epochs.
# 5. Augmentation changes training photos only, in ways that leave the truth as it is. To know which of two cures
#    helps, train all four combinations, with several seeds. First filters find edges and brightness, later maps are
#    coarse, and confident mistakes say where to look for what is missing.
#
# These are the results of this lesson: yours, the range expected for your edition of the data, and what the
# textbook reports, where it reports a number:

# %%
show_bands("convnets.", edition)
