"""Show which data is ready, and fetch the offline edition: ``python -m helpers.data``."""

import os
import sys

from helpers.data.errors import DataError
from helpers.data.registry import SOURCES
from helpers.data.store import cache_dir, load, ready


def main() -> None:
    """Fetch what is missing of the offline edition, then print a table of what is ready."""
    os.environ["COURSE_DATA"] = "offline"
    editions = {name: ready(name) for name in SOURCES}
    missing = [name for name in SOURCES if "offline" not in editions[name]]
    fetched = []
    for name in missing:
        print(f"Fetching {name}: {SOURCES[name].offline.origin} …", flush=True)
        try:
            load(name)
        except DataError as error:
            if "original" not in editions[name]:
                sys.exit(str(error))
            print(f"The offline edition of {name} cannot be had; its original is ready.")
            continue
        fetched.append(name)
        editions[name] = ready(name)
    width = max(map(len, SOURCES))
    print(f"{'data':{width}}  {'ready editions':17}  please cite")
    for name, source in SOURCES.items():
        print(f"{name:{width}}  {', '.join(editions[name]):17}  {source.citation}")
    done = "nothing to do, all data is ready"
    if missing:
        done = f"fetched {', '.join(fetched) or 'nothing'}"
    print(f"{done} in {cache_dir()}")


if __name__ == "__main__":
    main()
