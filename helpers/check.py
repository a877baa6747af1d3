"""Tell a student at once whether an answer is right, and if not, why not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def check(title: str) -> Iterator[None]:
    """Run assertions about an answer and print one line instead of a traceback.

    Use it as ``with check("1. Count the weights"):`` around plain ``assert condition,
    "what to do"`` statements. With ``COURSE_STRICT=1``, as in the build and in grading, a
    wrong answer is an error.

    Args:
        title: the exercise's number and name, put on the line.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get("COURSE_STRICT") == "1":
            raise
        reason = str(error)
        if not isinstance(error, AssertionError):
            reason = f"your code stopped with {type(error).__name__}: {reason}"
        print(f"✘ {title}: {reason or 'this is not the right answer yet.'}")
    else:
        print(f"✔ {title}")
