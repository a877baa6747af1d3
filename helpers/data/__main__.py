"""Show which data is ready, and fetch the offline edition: ``python -m helpers.data``."""

import os
import sys

from helpers.data.cache import cache_dir, data_set
from helpers.data.sources import SOURCES, DataError, Source


def main() -> None:
    """Fetch what is missing of the offline edition, then print a table of what is ready.

    One data set that cannot be had does not hold up the others. The exit status is 1 if a data
    set is ready in no edition, and the last lines say why and name the ways out.
    """
    os.environ["COURSE_DATA"] = "offline"
    editions = {name: data_set(name).ready() for name in SOURCES}
    missing = [name for name in SOURCES if "offline" not in editions[name]]
    fetched, failures = [], []
    for name in missing:
        print(f"Fetching {name}: {_coming_from(SOURCES[name])} …", flush=True)
        try:
            data_set(name).load()
            fetched.append(name)
            editions[name] = data_set(name).ready()
        except DataError as error:
            if editions[name]:
                print(f"The offline edition of {name} cannot be had; its original is ready.")
            else:
                print(f"{name} cannot be had; see below.")
                failures.append(str(error))
    width = max(map(len, SOURCES))
    print(f"{'data':{width}}  {'ready editions':17}  please cite")
    for name, source in SOURCES.items():
        print(f"{name:{width}}  {', '.join(editions[name]) or 'none':17}  {source.citation}")
    done = f"fetched {', '.join(fetched) or 'nothing'}"
    print(f"{done if missing else 'nothing to do, all data is ready'} in {cache_dir()}", flush=True)
    if failures:
        sys.exit("\n\n" + "\n\n".join(failures))


def _coming_from(source: Source) -> str:
    if source.made_from:
        return f"pictures of {source.made_from}"
    if not source.same_in_both:
        return str(source.offline)
    if client := source.offline.missing_client:
        return f"the original download, because {client} is not installed here"
    return f"{source.offline}, or the original download"


if __name__ == "__main__":
    main()
