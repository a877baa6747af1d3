"""A progress bar for ``fit`` that leaves one line."""

import sys

import keras
from tqdm import tqdm

from helpers.words import say


class Progress(keras.callbacks.Callback):
    """Pass to ``fit`` with ``verbose=0``: a bar while it trains, one line when it is done.

    The line counts epochs and weight updates, so it is the same on every machine; before the
    counts stands the ``label``, what is being trained.
    """

    def __init__(self, label: str = say("trained")) -> None:
        super().__init__()
        self.label = label

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Draw the empty bar."""
        self.before = self._updates()
        total = self.params["epochs"]
        self.bar = tqdm(total=total, unit="epoch", file=sys.stdout, leave=False, ncols=80)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Move the bar by one epoch."""
        self.bar.update()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Replace the bar by the line."""
        self.bar.close()
        updates = self._updates() - self.before
        counts = {"epochs": self.bar.n, "updates": f"{updates:,}"}
        print(say("{label}: {epochs} epochs, {updates} weight updates", label=self.label, **counts))

    def _updates(self) -> int:
        # The optimiser counts each one, also where `steps_per_execution` does many in one go.
        return int(self.model.optimizer.iterations.numpy())
