"""Dictionaries of texts that kernels fill: room for them, and the texts they hold in the end."""

from collections.abc import Sequence

import numpy as np

from hitstream.jit import Kernel
from hitstream.record import I32, U8, Texts

_MODULE = "hitstream.parse.compiled.kernel:"
_measure = Kernel(_MODULE + "measure", "i8[] i8 i8")
_gather = Kernel(_MODULE + "gather", "u1[] i8[] i8 i8 u1[] i4[]")
_unify = Kernel(_MODULE + "unify", "u1[] i8[] i4[] u8[] i8[] u8[] i8[] i8[]")
_FIRST_TABLE = 4096


class Dictionaries:
    """Room for the distinct texts of several columns, at most `size` a column."""

    def __init__(self, columns: int, size: int) -> None:
        self.size = max(size, 1)
        self.table_size = max(_FIRST_TABLE, 1 << (4 * self.size - 1).bit_length())
        self.table = np.empty(columns * self.table_size, np.uint64)
        self.table.reshape(columns, self.table_size)[:, :_FIRST_TABLE] = 0  # the rest is cleared as it comes into use
        self.masks = np.full(columns, _FIRST_TABLE - 1)
        self.hashes = np.empty(columns * self.size, np.uint64)
        self.places = np.empty(columns * self.size, np.int64)
        self.counts = np.zeros(columns, np.int64)

    def texts(self, column: int, data: U8) -> tuple[Texts, bool]:
        """Copy a column's texts out of `data`; tell whether one has a byte outside ASCII."""
        first, count = column * self.size, int(self.counts[column])
        out = np.empty(_measure(self.places, first, count), np.uint8)
        offsets = np.empty(count + 1, np.int32)
        foreign = _gather(data, self.places, first, count, out, offsets)
        return Texts(out, offsets), bool(foreign)


def unify(parts: Sequence[Texts]) -> tuple[list[I32], Texts]:
    """Return (the code of each part's texts in one dictionary, that dictionary), in order of first appearance."""
    sizes = [len(part) for part in parts]
    data = np.concatenate([part.data for part in parts])
    starts = np.cumsum([0] + [len(part.data) for part in parts])
    bounds = [part.offsets[:-1].astype(np.int64) + start for part, start in zip(parts, starts.tolist(), strict=False)]
    found = Dictionaries(1, sum(sizes))
    codes = np.empty(sum(sizes), np.int32)
    _unify(
        data, np.concatenate([*bounds, starts[-1:]]), codes,
        found.table, found.masks, found.hashes, found.places, found.counts,
    )  # fmt: skip
    return np.split(codes, np.cumsum(sizes)[:-1]), found.texts(0, data)[0]
