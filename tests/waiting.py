"""How tests wait: for a condition, however busy the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 900.0
"""Ends a wait for what never happens. No test measures with it: a machine ten times slower passes, too."""
_LOOK_SECONDS = 0.02

Found = TypeVar("Found")


def until(condition: Callable[[], Found], what: str | Callable[[], object] = "it did not happen") -> Found:
    """Return the first value of `condition` that is true.

    `what` says what is missing where none comes, or is asked for it then.

    Raises:
        AssertionError: no value was true for `PATIENCE_SECONDS`.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(_LOOK_SECONDS)
    return found
