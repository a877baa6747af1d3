"""One process of a search, as in lesson 5; it writes down what it finishes.

python worker.py FOLDER [FINISHED]    it hangs in the trial after so many finished ones

``COURSE_SEARCH`` names the storage, ``WAIT_S`` how long to wait for a server that is away. When
there is a file FOLDER/stop, the next trial is stopped as by hand.
"""

import json
import os
import sys
import time
from pathlib import Path

from helpers import database
from helpers.search import Search

database.WAIT_S = float(os.environ.get("WAIT_S") or database.WAIT_S)


def main(folder: Path, hang_after: int = -1) -> None:
    """Take part in the search until it is stopped."""
    finished = 0

    def objective(trial):
        nonlocal finished
        if (folder / "stop").exists():
            raise KeyboardInterrupt
        guess = trial.suggest_float("guess", -10, 10)
        trial.report(guess, 0)
        if finished == hang_after:
            print(f"hangs in trial {trial.number}")
            time.sleep(10_000)
        time.sleep(0.05)
        finished += 1
        with (folder / "finished").open("a") as file:
            file.write(json.dumps([trial.number, (guess - 2) ** 2]) + "\n")
        return (guess - 2) ** 2

    try:
        Search("demo", seed=1).run(objective, trials=10_000)
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
