"""Random draws that never change: raw PCG64 integers and integer tables.

NumPy promises the raw stream of a bit generator for ever, but not that of `Generator`'s distributions. So
every choice is made here, in integers: no rounding and no version of NumPy decides a byte of the traffic.
"""

from collections.abc import Iterable

import numpy as np
from numpy.random import PCG64
from numpy.typing import NDArray

from hitstream.record import I64, U64


class Dice:
    """A stream of raw 64-bit integers, named by a seed and what it is for."""

    def __init__(self, *seed: int) -> None:
        self._bits = PCG64(list(seed))

    def roll(self, *shape: int) -> U64:
        """Return integers of 64 random bits in the given shape."""
        return np.asarray(self._bits.random_raw(int(np.prod(shape)))).reshape(shape)


def below(raw: U64, limit: int) -> I64:
    """Scale random bits to 0 … limit - 1 (limit up to 2^31), by the upper half of each."""
    return ((raw >> np.uint64(32)) * np.uint64(limit) >> np.uint64(32)).astype(np.int64)


class Wheel:
    """Draws an index with a chance proportional to its weight (whole numbers, sum below 2^31)."""

    def __init__(self, weights: Iterable[int] | NDArray[np.integer]) -> None:
        self._ends = np.cumsum(np.asarray(weights, np.int64))

    def draw(self, raw: U64) -> I64:
        """Turn random bits into indices."""
        return np.searchsorted(self._ends, below(raw, int(self._ends[-1])), side="right")


def power_law(count: int, shift: float, exponent: float, total: int) -> I64:
    """Return weights that fall as (rank + shift)^-exponent (Zipf-Mandelbrot) and sum to about `total`."""
    weights = (np.arange(count) + shift) ** -exponent
    whole: I64 = np.rint(weights * (total / float(weights.sum()))).astype(np.int64)
    return whole
