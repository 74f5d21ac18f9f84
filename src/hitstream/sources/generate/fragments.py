"""Tables of byte strings that are written when they are first asked for."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hitstream.record import I64

Pieces = NDArray[np.object_]
"""A column of byte strings, a row a line."""


class Fragments:
    """The part of a line that a number stands for.

    Most of 400,000 hosts never appear in a short log: each is named on first use and then kept.
    """

    def __init__(self, count: int, write: Callable[[int], bytes]) -> None:
        self._pieces: Pieces = np.empty(count, object)
        self._written = np.zeros(count, np.bool_)
        self._write = write

    def take(self, numbers: I64) -> Pieces:
        """Return the fragment of each number."""
        missing = numbers[~self._written[numbers]]
        for number in np.unique(missing).tolist():
            self._pieces[number] = self._write(number)
        self._written[missing] = True
        return self._pieces[numbers]
