"""Dictionaries of texts that kernels fill: room for them, and the texts they hold in the end."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hitstream.jit import Kernel
from hitstream.record import I32, I64, U8, Texts, cut

_MODULE = "hitstream.parse.compiled.kernel:"
_measure = Kernel(_MODULE + "measure", "i8[] i8 i8")
_gather = Kernel(_MODULE + "gather", "u1[] i8[] i8 i8 u1[] i4[]")
_unify = Kernel(_MODULE + "unify", "u1[] i8[] i4[] u8[] i8[] u8[] i8[] i8[]")
_adopt = Kernel("hitstream.parse.compiled.known:adopt", "u1[] i4[] i4[] u8[] u1[] i8 u8[] i8[] u8[] i8[] i8[]")
_place_again = Kernel("hitstream.parse.compiled.known:place_again", "u8[] i8 u8[] i8")
_FIRST_TABLE = 4096
_FIRST_KNOWN, _FIRST_BYTES = 256, 4096
_AT_A_TIME = 1 << 14
_Item = TypeVar("_Item", bound=np.generic)


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


class GrowingDictionary:
    """Texts that were met, each once: a text keeps its code."""

    def __init__(self) -> None:
        self._used = 0
        self._data = np.empty(_FIRST_BYTES, np.uint8)
        self._table = np.zeros(4 * _FIRST_KNOWN, np.uint64)
        self._masks = np.array([len(self._table) - 1])
        self._hashes = np.empty(_FIRST_KNOWN, np.uint64)
        self._places = np.empty(_FIRST_KNOWN, np.int64)
        self._counts = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return int(self._counts[0])

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return self._data.nbytes + self._table.nbytes + self._hashes.nbytes + self._places.nbytes

    def chosen(self, codes: I64) -> list[bytes]:
        """Return some of the texts."""
        places = self._places[codes]
        starts = places >> 32
        return cut(self._data, starts, starts + (places & 0xFFFFFFFF))

    def codes(self, texts: Texts) -> I32:
        """Return the code of each text; those that are new get the next ones."""
        codes, wanted = np.empty(len(texts), np.int32), np.empty(min(len(texts), _AT_A_TIME), np.uint64)
        data = np.ascontiguousarray(texts.data)
        for first in range(0, len(texts), _AT_A_TIME):  # so that room is made for few that are known already
            offsets = texts.offsets[first : first + _AT_A_TIME + 1]
            self._make_room(len(offsets) - 1, int(offsets[-1] - offsets[0]))
            self._used = _adopt(
                data, offsets, codes[first : first + len(offsets) - 1], wanted, self._data, self._used,
                self._table, self._masks, self._hashes, self._places, self._counts,
            )  # fmt: skip
        return codes

    def _make_room(self, texts: int, size: int) -> None:
        count = len(self)
        self._data = _with_room(self._data, self._used, size)
        self._hashes = _with_room(self._hashes, count, texts)
        self._places = _with_room(self._places, count, texts)
        if len(self._table) <= 2 * len(self._hashes):
            self._table = np.zeros(1 << (2 * len(self._hashes)).bit_length(), np.uint64)
            self._masks[0] = len(self._table) - 1
            _place_again(self._table, len(self._table) - 1, self._hashes, count)


def _with_room(array: NDArray[_Item], used: int, more: int) -> NDArray[_Item]:
    """Return an array with room for more, the used part as it was."""
    if used + more <= len(array):
        return array
    larger = np.empty(2 * (used + more), array.dtype)
    larger[:used] = array[:used]
    return larger
