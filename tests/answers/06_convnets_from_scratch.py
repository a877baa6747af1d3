"""Answers to each exercise, by the number in its check's title.

The check must reject each wrong one and say why: (the code in place of the solution, a piece
of the reason the student must read). Right ones that differ from the solution must pass.
"""


def sides(same: str = "-(-side // s)", valid: str = "(side - k) // s + 1", small: str = "") -> str:
    """Return code that follows the side through the layers."""
    return (
        "    for k, s, padding in layers:\n"
        '        if padding == "same":\n'
        f"            side = {same}\n"
        f"{small}"
        "        else:\n"
        f"            side = {valid}\n"
        "    return side\n"
    )


TOO_SMALL = "        elif side < k:\n            return 0\n"


def read(**changed: str) -> str:
    """Return code that reads one part of the photos."""
    options = {
        "image_size": "(IMAGE_SIZE, IMAGE_SIZE)",
        "label_mode": '"binary"',
        "batch_size": "None",
        "shuffle": "False",
        "verbose": "False",
    } | changed
    written = ", ".join(f"{name}={value}" for name, value in options.items())
    return (
        "    def read(part):\n"
        f"        return keras.utils.image_dataset_from_directory(folder / part, {written})\n"
    )


TRAINING = 'part == "train"'
READY = "cache().shuffle(1000).batch(32).map(change)"
CHANGE = "lambda photos, labels: (augment(photos, training=True), labels)"


def batches(training: str, validation: str = "cache().batch(32)", reading: str = "") -> str:
    """Return code that makes both datasets with these steps after reading."""
    return (
        f"{reading or read()}"
        f"    change = {CHANGE}\n"
        f'    return read("train").{training}, read("validation").{validation}\n'
    )


RIGHT_FAULT = {"A": 3, "B": 5, "C": 2, "D": 1, "E": 6, "F": 4}


def faults(**changed: int) -> str:
    """Return code that names the right faults, but for these panels."""
    return f"fault = {RIGHT_FAULT | changed}\n"


START = (
    'keras.Input((None, None, 3)), L.RandomFlip("horizontal"), '
    "L.RandomTranslation(0.1, 0.1), L.Rescaling(1 / 255)"
)


def network(
    start: str = START,
    filters: str = "(8, 16, 16, 32)",
    block: str = 'L.Conv2D(f, 3, padding="same"), L.BatchNormalization(momentum=0.9), L.ReLU()',
    end: str = 'L.GlobalAveragePooling2D(), L.Dense(1, activation="sigmoid")',
    rate: float = 0.002,
) -> str:
    """Return code that builds a convnet."""
    return (
        "    L = keras.layers\n"
        f"    layers = [{start}]\n"
        f"    for f in {filters}:\n"
        f"        layers += [{block}, L.MaxPooling2D(2)]\n"
        f"    return keras.Sequential([*layers, {end}]), {rate}\n"
    )


WRONG_ANSWERS = {
    1: [
        (sides(small=TOO_SMALL, valid="(side - k + 1) // s"), "then add 1"),
        (sides(small=TOO_SMALL, same="side"), "is rounded up"),
        (sides(small=TOO_SMALL, same="side // s"), "is rounded up"),
        (sides(small=TOO_SMALL, valid="side - k"), "valid padding loses k - 1 pixels"),
        (sides(), "a window of 7 does not fit"),
        (sides(valid="max((side - k) // s + 1, 1)"), "a window of 7 does not fit"),
        (sides(small=TOO_SMALL, valid="(side - k) / s + 1"), "use //"),
    ],
    2: [
        ("diagonal = np.eye(3)\n", "add up to 0"),
        ("diagonal = np.array([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]])\n", "on the falling line"),
        ("diagonal = np.array([[-2, 4, -2]] * 3)\n", "on the rising line"),
        ("diagonal = np.array([[1, 1, -2], [-2, 4, -2], [-2, 1, 1]])\n", "on the upright line"),
        ("diagonal = np.array([[1, -2, -2], [1, 4, 1], [-2, -2, 1]])\n", "on the level line"),
        (
            "diagonal = np.array([[0.2, -0.1, -0.1], [-0.1, 0.2, -0.1], [-0.1, -0.1, 0.2]])\n",
            "at least 2",
        ),
        ("diagonal = np.eye(5) - 0.2\n", "make it (3, 3)"),
    ],
    3: [
        (batches("shuffle(1000).batch(32).map(change)"), "call .cache()"),
        (batches(READY, "batch(32)"), "call .cache()"),
        (
            batches("shuffle(1000).batch(32).map(change).cache()"),
            "changed in the same way in both epochs",
        ),
        (
            batches(READY, "cache().batch(32).map(change)"),
            "validation photos are changed",
        ),
        (batches("cache().shuffle(1000).batch(32)"), "training photos are unchanged"),
        (
            batches(
                "cache().shuffle(1000).batch(32).map(lambda x, y: (augment(x, training=False), y))"
            ),
            "training photos are unchanged",
        ),
        (batches("cache().batch(32).map(change)"), "the same order"),
        (batches("shuffle(1000).cache().batch(32).map(change)"), "the same order"),
        (batches("cache().shuffle(10).batch(32).map(change)"), "sorted by class"),
        (batches("cache().shuffle(120).batch(32).map(change)"), "mixes only a part"),
        (batches("cache().shuffle(1000).batch(100).map(change)"), "not 32"),
        (
            batches(READY, "cache().shuffle(1000).batch(32)"),
            "validation has another order",
        ),
        (  # validation photos of another size
            batches(
                READY, "cache().batch(32)", read(image_size=f"(32, 32) if {TRAINING} else (64, 64)")
            ),
            "a batch of validation photos has shape",
        ),
        (
            batches(
                READY, "cache().batch(32)", read(label_mode=f'"binary" if {TRAINING} else "int"')
            ),
            "the labels of a validation batch",
        ),
        (
            batches("map(lambda x, y: (x / 255, y)).cache().shuffle(1000).batch(32).map(change)"),
            "the numbers of the training photos",
        ),
        (
            batches(READY, "map(lambda x, y: (x / 255, y)).cache().batch(32)"),
            "the numbers of the validation photos",
        ),
    ],
    4: [
        (faults(A=4, F=3), "A is not 4: training"),
        (faults(B=1, D=5), "B is not 1: compare"),
        (faults(C=6, E=2), "C is not 6: in some epochs"),
        (faults(D=6, E=1), "D is not 6: lay its curves"),
        (faults(E=4, F=6), "E is not 4: neither curve"),
        (faults(D=4, F=1), "D is not 4"),
        (faults(F=2, C=4), "C is not 4"),
        ("fault = dict.fromkeys('ABCDEF', 1)\n", "belongs to one panel"),
    ],
    5: [
        (
            network(start="keras.Input((32, 32, 3)), L.Rescaling(1 / 255)"),
            "make it (None, None, 3)",
        ),
        ("    return keras.Sequential()\n", "return two things"),
        (network(end='L.Dense(1, activation="sigmoid")'), "it gives the shape"),
        (network(end="L.GlobalAveragePooling2D(), L.Dense(1)"), "needs a sigmoid"),
        (network(filters="(16, 32, 64)"), "too many"),
        (  # a network that never learns, and one that looks at no neighbours
            network(rate=0.0),
            "it does not even learn these",
        ),
        (
            network(
                start="keras.Input((None, None, 3)), L.Resizing(32, 32), L.Rescaling(1 / 255)",
                filters="()",
                end='L.Flatten(), L.Dense(3, activation="relu"), L.Dense(1, activation="sigmoid")',
            ),
            "lowest validation loss",
        ),
        (  # the lesson's network without its dense layer
            network(filters="(8, 16, 32)", block='L.Conv2D(f, 3, activation="relu")'),
            "lowest validation loss",
        ),
    ],
}

RIGHT_ANSWERS = {
    1: [
        "    import math\n"
        "    for k, s, padding in layers:\n"
        '        room = side if padding == "same" else max(side - k + 1, 0)\n'
        "        side = math.ceil(room / s)\n"
        "    return side\n"
    ],
    2: [
        "diagonal = 3 * (np.eye(3) - 1 / 3)\n",
        "diagonal = np.array([[1, -1, 0], [-1, 2, -1], [0, -1, 1]])\n",
    ],
    3: [  # the layers take silence for "training";
        # batches before the cache, reshuffled one by one; and augmenting single photos
        batches("cache().shuffle(1000).batch(32).map(lambda x, y: (augment(x), y))"),
        batches(
            "unbatch().cache().shuffle(1000).batch(32).map(change)",
            "cache()",
            read(batch_size="32"),
        ),
        f"{read()}"
        "    def one(photo, label):\n"
        "        return augment(photo[None], training=True)[0], label\n"
        '    training = read("train").cache().shuffle(5000).map(one).batch(32).prefetch(1)\n'
        '    return training, read("validation").batch(50).cache()\n',
    ],
    4: ["for panel, number in zip('ABCDEF', (3, 5, 2, 1, 6, 4)):\n    fault[panel] = number\n"],
    5: [  # the functional way
        "    x = inputs = keras.Input((None, None, 3))\n"
        '    x = keras.layers.RandomFlip("horizontal")(x)\n'
        "    x = keras.layers.RandomTranslation(0.15, 0.1)(x)\n"
        "    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(x)\n"
        "    for filters in (8, 16, 20, 24):\n"
        "        x = keras.layers.Conv2D(filters, 3, padding='same', use_bias=False)(x)\n"
        "        x = keras.layers.BatchNormalization(momentum=0.9)(x)\n"
        "        x = keras.layers.MaxPool2D(padding='same')(keras.ops.relu(x))\n"
        "    x = keras.layers.GlobalAveragePooling2D()(x)\n"
        '    return [keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(x)), 0.003]\n'
    ],
}
