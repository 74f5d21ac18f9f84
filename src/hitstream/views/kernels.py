"""The kernels of rollup and merge, called with NumPy columns."""

from collections.abc import Sequence

import numpy as np

from hitstream.jit import Kernel
from hitstream.record import I16, I32, I64, NO_CODE, U64, Texts

_MODULE = "hitstream.views.compiled.kernel:"
_number = Kernel(_MODULE + "number", "i8[] i8[] i8[] i4[] i8[]")
_number_directly = Kernel(_MODULE + "number_directly", "i8[] i8[] i8[] i4[]")
_number_minutes = Kernel(_MODULE + "number_minutes", "i8[] i4[] i8[] i4[] i8[]")
_combine = Kernel(_MODULE + "combine", "i4[] i4[] i8 i8[] i8[] i4[] i8[]")
_tally = Kernel(_MODULE + "tally", "i8[] i4[] i4[] i8 i8[] i2[] i4[] i8[] i8[] i8[] i8[] i4[] i8[]")
_add = Kernel(_MODULE + "add", "i8[] i8[] i8[] i8[] i8[] i8[] i8[]")
_hash_texts = Kernel(_MODULE + "hash_texts", "u1[] i4[] i4[] u8[]")
_sort_rows = Kernel(_MODULE + "sort_rows", "i4[] i8[] i4[]")
_meet = Kernel(_MODULE + "meet", "i4[] i4[] i4[] i8[] i4[] i4[] i4[]")
_sketch = Kernel(_MODULE + "sketch", "i4[] i4[] i8[] i8 u8[] i8[] i8[] u8[]")
_unite = Kernel(_MODULE + "unite", "i8[] i8[] i8[] u8[] i8 i8[] u8[] u8[]")

_FIRST_TABLE = 1024
_SMALL = 1 << 16  # keys that a table of all of them is always made for

Measures = tuple[I64, I64, I64]


def numbering(rows: int, bound: int = 0) -> tuple[I32, I64]:
    """Return the table and the state that a kernel numbers the keys of so many rows with.

    With a `bound`, keys are at least 0 and below it; a small one saves hashing.
    """
    if _is_small(bound, rows):
        return np.zeros(bound, np.int32), np.zeros(2, np.int64)
    table = np.empty(max(_FIRST_TABLE, 1 << (4 * rows).bit_length()), np.int32)
    table[:_FIRST_TABLE] = 0  # the rest is cleared as it comes into use
    return table, np.array([0, _FIRST_TABLE - 1])


def _is_small(bound: int, rows: int) -> bool:
    return 0 < bound <= max(_SMALL, 2 * rows)


def group(keys: I64, bound: int = 0) -> tuple[I64, I64]:
    """Return (each row's number of its key, the distinct keys), numbered in ascending order; see `numbering`."""
    rows = len(keys)
    ids, found = np.empty(rows, np.int64), np.empty(rows, np.int64)
    if _is_small(bound, rows):
        count = _number_directly(keys, ids, found, np.zeros(bound, np.int32))
        return ids, found[:count]
    count = _number(keys, ids, found, *numbering(rows))
    order = np.argsort(found[:count])
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    return rank[ids], found[order]


def minutes(times: I64) -> tuple[I32, I64]:
    """Return (each row's number of its minute, the distinct minutes since 1970) of times in microseconds."""
    ids, found = np.empty(len(times), np.int32), np.empty(len(times), np.int64)
    count = _number_minutes(times, ids, found, *numbering(len(times)))
    return ids, found[:count]


def combine(columns: Sequence[tuple[I32, int]]) -> tuple[I32, I64]:
    """Return (each row's number of its combination of codes, the first row of each combination), as they appear.

    A column comes with its number of codes; they begin with 0, and NO_CODE is one more.
    """
    rows = len(columns[0][0])
    ids, firsts = np.zeros(rows, np.int32), np.zeros(1, np.int64)
    for codes, size in columns:
        if size > 1 or NO_CODE in codes:
            state = numbering(rows, len(firsts) * (size + 1))
            first, found = np.empty(rows, np.int64), np.empty(rows, np.int64)
            firsts = first[: _combine(ids, codes, size + 1, found, first, *state)]
    return ids, firsts


def tally(
    bucket: I64, buckets: int, minute: I32, combination: I32, combinations: int, sent: I64, status: I16
) -> tuple[I32, I64, Measures]:
    """Group rows by the bucket of their minute and by their combination.

    Return (the number of each row's cell, the cells as bucket * combinations + combination, their measures).
    """
    rows = len(minute)
    cells = np.empty(rows, np.int32)
    found, hits, bytes_of, errors = (np.empty(rows, np.int64) for _ in range(4))
    count = _tally(
        bucket, minute, combination, combinations, sent, status,
        cells, found, hits, bytes_of, errors, *numbering(rows, buckets * combinations),
    )  # fmt: skip
    return cells, found[:count], (hits[:count], bytes_of[:count], errors[:count])


def add(ids: I64, count: int, measures: Measures) -> Measures:
    """Return each measure summed by number."""
    sums = (np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64))
    _add(ids, *measures, *sums)
    return sums


def hash_texts(texts: Texts, codes: I32, hashes: U64) -> None:
    """Replace each row's hash by the XXH64 of its text, with that hash as the seed; not where the text is missing."""
    _hash_texts(np.ascontiguousarray(texts.data), np.ascontiguousarray(texts.offsets), codes, hashes)


def sort_rows(keys: I32, bound: int) -> I32:
    """Return the rows in ascending order of their keys, which are at least 0 and below `bound`."""
    order = np.empty(len(keys), np.int32)
    _sort_rows(keys, np.zeros(bound + 1, np.int64), order)
    return order


def meet(order: I32, visitor: I32, cells: I32, group_of: I64, groups: int) -> tuple[I32, I32]:
    """Return (group, visitor) of each pair of them among the rows, visitors ascending; a cell has its group."""
    met, people = np.empty(len(order), np.int32), np.empty(len(order), np.int32)
    count = _meet(order, visitor, cells, group_of, np.full(groups, -1, np.int32), met, people)
    return met[:count], people[:count]


def sketch(met: I32, people: I32, cell_of: I64, cells: int, hashes: U64, limit: int) -> tuple[I64, U64]:
    """Return the sketches (starts, hashes) of so many cells, each of the groups whose cell it is; see `meet`."""
    starts, out = np.zeros(cells + 1, np.int64), np.empty(len(met), np.uint64)
    total = _sketch(met, people, cell_of, limit, hashes, np.empty(2 * cells, np.int64), starts, out)
    return starts, out[:total].copy()


def unite(ids: I64, count: int, starts: I64, hashes: U64, limit: int) -> tuple[I64, U64]:
    """Return the sketches (starts, hashes) of `count` cells, each the `limit` smallest of its rows' sketches."""
    order = np.argsort(ids, kind="stable")
    out_starts = np.zeros(count + 1, np.int64)
    out = np.empty(len(hashes), np.uint64)
    total = _unite(order, ids, starts, hashes, limit, out_starts, out, np.empty(len(hashes), np.uint64))
    return out_starts, out[:total]
