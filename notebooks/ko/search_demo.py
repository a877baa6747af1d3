
import sys
import time

from helpers.search import Search


def objective(trial):
    guess = trial.suggest_float("guess", -10, 10)
    time.sleep(0.1)
    return (guess - 2) ** 2


Search("demo", seed=1).run(objective, trials=int(sys.argv[1]))
