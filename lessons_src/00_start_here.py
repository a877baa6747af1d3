# %% [markdown]
# # Start here
#
# *A map of the course, how to work in it, and a check that your computer is ready.*
#
# English · [한국어](ko/00_start_here.ipynb)
#
# | Time | Memory | Data | You need first |
# |---|---|---|---|
# | a few seconds | little | a short look at two data sets | a little Python |
#
# **After this lesson you can**
#
# 1. find your way through the course;
# 2. run a cell, change it, and get back to the start;
# 3. say which edition of the data you have;
# 4. read the lines that check a result.

# %% [markdown]
# ## A map of the course
#
# The course teaches deep learning with Keras, from a first small network upwards. Each lesson is a
# notebook like this one. It explains one idea at a time, and then shows it at work on real data.
#
# | Lesson | What it is about |
# |---|---|
# | [1. Neural net basics](01_neural_net_basics.ipynb) | what a unit, a layer and a network are, how they learn, and a first classifier |
# | [2. IMDB](02_imdb_binary_classification.ipynb) | a question with two answers: is this film review positive? |
# | [3. Reuters](03_reuters_multiclass_classification.ipynb) | a question with many answers: what is this newswire about? |
# | [4. Housing](04_housing_regression.ipynb) | a quantity instead of a class: what does this house cost? |
# | [5. Tuning](05_model_tuning.ipynb) | models that fit too well: how to hold them back, and how to search for better ones |
# | [6. Convnets](06_convnets_from_scratch.ipynb) | photographs: a network that knows what a picture is |
# | [7. Transfer](07_transfer_learning.ipynb) | few photographs: borrow a network that has learned to see before |
# | [8. Visualising convnets](08_visualizing_convnets.ipynb) | a look inside: what a convnet has learned, and where it looks |
# | [9. Attention](09_mil_attention.ipynb) | one label for a whole group of pictures: which of them decided? |
#
# Take them in order. Each lesson has exercises, in the folder `exercises`, and you will find a worked
# solution for each in the folder `solutions`. Try first, look later: that is where the learning happens.
#
# Every lesson follows the same path. It looks at the data, asks you to predict what will happen, builds
# a model, trains it, tests it on data it has never seen, and looks at its mistakes.
#
# The time at the top of a lesson is what the computer needs to run all of it. Reading and thinking take
# you much longer, and that is time well spent.

# %% [markdown]
# ## How to work
#
# A notebook is made of *cells*. Some hold text, like this one, and some hold Python code. Click on a code
# cell and press `Shift` + `Enter`: the code runs, its result appears below, and the next cell is selected.
#
# Run the cells from top to bottom, because a cell may need what an earlier one has made. Try it here.

# %%
parts = ["a cell", "its result", "the next cell"]
print(" -> ".join(parts))

# %% [markdown]
# Now change a word in the cell above and run it again. You cannot break anything. If you get lost, choose *Kernel* and
# then *Restart Kernel and Run All Cells* in the menu: the computing starts afresh. Your own changes to the text stay;
# `git checkout -- :/notebooks :/lessons_src` in a terminal brings back our version.
#
# Where you see **Predict before you run**, stop and make a guess. A wrong guess teaches you more than a
# result you have only read.

# %% [markdown]
# ## Is your computer ready?
#
# Every lesson makes the same call under *Set up*. It loads Keras, and it fixes the *seed*. Training a network begins
# with random numbers, and a seed makes them the same each time. So what you see is what others see, or nearly so:
# another processor may add in another order. The first start can take some seconds.

# %% tags=["parameters"]
SEED = 42

# %% tags=["nbval-ignore-output"]
from helpers import session

SEED = session.start(seed=SEED)

# %% [markdown]
# The line tells you the versions you have, and whether Keras works on the processor (CPU) or on a
# graphics card (GPU). The course needs no graphics card.
#
# Let us give the machine one small task. This network has one layer that doubles its input.

# %%
import keras
import numpy as np

double = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(2))
print(double(np.array([[21.0]])).numpy())

# %% [markdown]
# If you see `[[42.]]`, Keras works.

# %% [markdown]
# ## Two editions of the data
#
# The lessons use real data. Not everyone has a good connection, so each data set comes in two editions:
#
# | Edition | What it is | Who needs it |
# |---|---|---|
# | original | the classic data of the textbooks, downloaded once | anyone with internet |
# | offline | real data of the same kind, fetched when the course was set up | a classroom without internet |
#
# You do not have to choose. The course takes the original if it can have it, and the offline edition if
# not, and says which one it took. If you want to choose yourself, set the environment variable `COURSE_DATA` to
# `original` or `offline` before you start JupyterLab.

# %%
from helpers.data import imdb, reuters

(x_train, y_train), (x_test, y_test), edition = imdb(num_words=10_000)
print(f"    {len(x_train):,} reviews to train on, {len(x_test):,} to test")

(x_train, y_train), (x_test, y_test), edition = reuters(num_words=10_000)
print(f"    {len(x_train):,} newswires to train on, {len(x_test):,} to test")

# %% [markdown]
# ## Results that are checked
#
# Courses go stale. The text says 71 % where the output shows 61 %, and nobody knows why. Here, each
# important result is measured where it is claimed, and held against a range that we have measured
# before, over several seeds. Most ranges are so wide that less than one result in a thousand falls
# outside by chance. Here is such a result: the number of different topics in the newswires you have.

# %%
from helpers.feedback import expect, show_bands

topics = len(np.unique(np.concatenate([y_train, y_test])))
expect("start.topics", topics, edition)

# %% [markdown]
# The line shows your number, then what we expect, and the edition of the data for which we expect it. A
# count like this one must come out exactly. Most other results have a range. When yours is outside,
# nothing stops: the line says so. If you changed something above, that is the effect of your change.
# That is the point of trying.
#
# Each lesson ends with a table of its results: yours, what is expected, and what the textbook reports,
# where it reports a number. In this lesson it has one row:

# %%
show_bands("start.", edition)

# %% [markdown]
# ## How far you are
#
# Each lesson begins with three questions on what it needs, and ends with questions on what it was about. Some
# predictions can be entered, too. All of it is optional. Your browser notes what you have read, answered and
# predicted, and the check of an exercise notes, in the small file `.course-progress.jsonl` beside this notebook,
# that it is solved. Nothing leaves your computer. Run the cell again to see where you are.

# %%
from helpers import quiz

quiz.progress()

# %% [markdown]
# The button *Delete what this browser has noted* does just that. To delete the file, run this in a new cell:
# `from helpers import journal; journal.delete()`.

# %% [markdown]
# ## What you learned
#
# 1. The lessons build on each other, each with exercises and solutions.
# 2. `Shift` + `Enter` runs a cell. *Restart Kernel and Run All Cells* brings you back to the start.
# 3. The loader says which edition of the data you have.
# 4. A result is held against its range, in the lesson, where you can see it.
#
# Now open [lesson 1](01_neural_net_basics.ipynb), and build a network from its smallest part.
