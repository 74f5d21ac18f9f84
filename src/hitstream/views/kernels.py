"""The kernels of rollup and merge, called with NumPy columns."""

import numpy as np

from hitstream.jit import Kernel
from hitstream.record import I64, U64

_MODULE = "hitstream.views.compiled.kernel:"
_number = Kernel(_MODULE + "number", "i8[] i8[] i8[] i8[] i4[] i8")
_number_directly = Kernel(_MODULE + "number_directly", "i8[] i8[] i8[] i8[] i4[]")
_add = Kernel(_MODULE + "add", "i8[] i8[] i8[] i8[] i8[] i8[] i8[]")
_sketch = Kernel(_MODULE + "sketch", "i8[] i8[] i8 i8[] i8[] i8[] i8[]")
_unite = Kernel(_MODULE + "unite", "i8[] i8[] i8[] u8[] i8 i8[] u8[] u8[]")

_FIRST_TABLE = 1024
_SMALL = 1 << 16  # keys that a table of all of them is always made for


def number(keys: I64, bound: int = 0) -> tuple[I64, I64, I64]:
    """Return (each row's number of its key, the distinct keys in order of appearance, their first rows).

    With a `bound`, keys are at least 0 and below it; a small one saves the hashing.
    """
    rows = len(keys)
    ids, found, firsts = (np.empty(rows, np.int64) for _ in range(3))
    if 0 < bound <= max(_SMALL, 2 * rows):
        count = _number_directly(keys, ids, found, firsts, np.zeros(bound, np.int32))
    else:
        size = max(_FIRST_TABLE, 1 << (4 * rows).bit_length())
        count = _number(keys, ids, found, firsts, np.zeros(size, np.int32), _FIRST_TABLE - 1)
    return ids, found[:count], firsts[:count]


def group(keys: I64, bound: int = 0) -> tuple[I64, I64]:
    """Return (each row's number of its key, the distinct keys), numbered in ascending order; see `number`."""
    ids, found, _ = number(keys, bound)
    order = np.argsort(found)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[ids], found[order]


def positions(keys: I64, among: I64, bound: int) -> I64:
    """Return where each key stands in `among`, which is ascending, below `bound`, and has them all."""
    if bound > max(_SMALL, 2 * len(keys)):
        return np.searchsorted(among, keys)
    place = np.empty(bound, np.int64)
    place[among] = np.arange(len(among))
    return place[keys]


def add(ids: I64, count: int, measures: tuple[I64, I64, I64]) -> tuple[I64, I64, I64]:
    """Return each measure summed by number."""
    sums = (np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64))
    _add(ids, *measures, *sums)
    return sums


def sketch(cells: I64, visitors: I64, sizes: tuple[int, int], limit: int) -> tuple[I64, I64]:
    """Return (starts, visitors): the `limit` smallest distinct visitors of each cell; `sizes` are their numbers."""
    starts, out = np.zeros(sizes[0] + 1, np.int64), np.empty(len(cells), np.int64)
    room, order = np.zeros(max(sizes) + 1, np.int64), np.empty(len(cells), np.int64)
    total = _sketch(cells, visitors, limit, room, order, starts, out)
    return starts, out[:total]


def unite(ids: I64, count: int, starts: I64, hashes: U64, limit: int) -> tuple[I64, U64]:
    """Return the sketches (starts, hashes) of `count` cells, each the `limit` smallest of its rows' sketches."""
    order = np.argsort(ids, kind="stable")
    out_starts = np.zeros(count + 1, np.int64)
    out = np.empty(len(hashes), np.uint64)
    total = _unite(order, ids, starts, hashes, limit, out_starts, out, np.empty(len(hashes), np.uint64))
    return out_starts, out[:total]
