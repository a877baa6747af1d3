"""Show which data is ready, and fetch the offline edition: ``python -m helpers.data``."""

import os
import sys

from helpers.data.errors import DataError
from helpers.data.registry import SOURCES
from helpers.data.stock import load, ready
from helpers.data.store import cache_dir


def main() -> None:
    """Fetch what is missing of the offline edition, then print a table of what is ready.

    One data set that cannot be had does not hold up the others. The exit status is 1 if a data
    set is ready in no edition, and the last lines say why and name the ways out.
    """
    os.environ["COURSE_DATA"] = "offline"
    editions = {name: ready(name) for name in SOURCES}
    missing = [name for name in SOURCES if "offline" not in editions[name]]
    fetched, failures = [], []
    for name in missing:
        other = ", or the original download" if SOURCES[name].same_in_both else ""
        print(f"Fetching {name}: {SOURCES[name].offline.origin}{other} …", flush=True)
        try:
            load(name)
        except DataError as error:
            if editions[name]:
                print(f"The offline edition of {name} cannot be had; its original is ready.")
            else:
                print(f"{name} cannot be had; see below.")
                failures.append(str(error))
            continue
        fetched.append(name)
        editions[name] = ready(name)
    width = max(map(len, SOURCES))
    print(f"{'data':{width}}  {'ready editions':17}  please cite")
    for name, source in SOURCES.items():
        shown = ", ".join(editions[name]) or "none"
        print(f"{name:{width}}  {shown:17}  {source.citation}")
    done = "nothing to do, all data is ready"
    if missing:
        done = f"fetched {', '.join(fetched) or 'nothing'}"
    print(f"{done} in {cache_dir()}", flush=True)
    if failures:
        sys.exit("\n\n" + "\n\n".join(failures))


if __name__ == "__main__":
    main()
