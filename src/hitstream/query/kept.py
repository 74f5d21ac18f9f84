"""Cells as answers use them, kept in memory: a question about days that were asked about before unpacks nothing.

Texts of keys become numbers once, so that adding up cells of many buckets is adding up integers.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hitstream.parse.dictionaries import GrowingDictionary
from hitstream.query.readers import CellReader
from hitstream.record import I64, U64, Column
from hitstream.views.cells import Cells
from hitstream.views.table import SECONDS, Grain, View

LIMIT = 160 << 20
"""Bytes of cells and of keys that are kept, each."""
_LARGE = 50_000
"""Hits from which a bucket is read by itself: that spares a copy of its cells."""

FOLDED = 0
"""The number of the folded tail."""


class CellRows(NamedTuple):
    """Cells, a row each, in any order; buckets and keys may repeat. Keys are numbers of a view's `KeyDictionary`."""

    bucket: I64
    key: I64
    hits: I64
    bytes: I64
    errors: I64
    starts: I64
    visitors: U64

    def rows(self, chosen: I64) -> "CellRows":
        """Return some of the rows."""
        lengths = np.diff(self.starts)[chosen]
        ends = np.cumsum(lengths)
        hashes = np.repeat(self.starts[:-1][chosen] - (ends - lengths), lengths) + np.arange(
            ends[-1] if len(ends) else 0
        )
        columns = (column[chosen] for column in self[:5])
        return CellRows(*columns, np.concatenate(([0], ends)), self.visitors[hashes])  # type: ignore[call-arg, arg-type]

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(column.nbytes for column in self)


class KeyDictionary:
    """The keys of a view, numbered from 1 on as they were met."""

    def __init__(self) -> None:
        self._known = GrowingDictionary()

    def __len__(self) -> int:
        """One more than there are keys: FOLDED is a number too."""
        return len(self._known) + 1

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return self._known.size

    def chosen(self, numbers: I64) -> list[bytes]:
        """Return some keys; the folded tail is none."""
        return self._known.chosen(numbers - 1)

    def number(self, key: Column) -> I64:
        """Return the number of each row's key."""
        codes = np.append(self._known.codes(key.texts), FOLDED - 1)  # NO_CODE is also the index of the last one
        return codes[key.codes].astype(np.int64) + 1


class KeptCells:
    """Reads cells, and keeps what it read of each bucket until its totals differ or memory is short.

    The totals of a bucket name its cells: they only ever grow by hits.
    """

    def __init__(self, reader: CellReader) -> None:
        self._reader = reader
        self._keys: dict[str, KeyDictionary] = {}
        self._parts: OrderedDict[tuple[str, Grain, int], tuple[tuple[int, ...], CellRows]] = OrderedDict()
        self._size = 0

    def keys(self, view: View) -> KeyDictionary:
        """Return the keys of a view, numbered as in the parts read last."""
        return self._keys.setdefault(view.name, KeyDictionary())

    def forget_if_full(self) -> None:
        """Make room; numbers of keys that were given out before mean nothing afterwards."""
        if sum(keys.size for keys in self._keys.values()) > LIMIT:
            self._keys.clear()
            self._parts.clear()
            self._size = 0

    def read(self, view: View, grain: Grain, start: int, end: int) -> list[CellRows]:
        """Return the cells with start <= bucket < end (s since 1970)."""
        totals = [tuple(total) for total in self._reader.totals(view, grain, start, end)]
        found: dict[int, CellRows] = {}
        missing: list[tuple[int, ...]] = []
        for total in totals:
            kept = self._parts.get((view.name, grain, total[0]))
            if kept is not None and kept[0] == total:
                self._parts.move_to_end((view.name, grain, total[0]))
                found[total[0]] = kept[1]
            else:
                missing.append(total)
        for first, last in _runs(missing, totals):
            cells = self._reader.read(view, grain, first, last + SECONDS[grain])
            found |= self._split(view, cells)
        for total in missing:
            self._keep((view.name, grain, total[0]), total, found[total[0]])
        return [found[total[0]] for total in totals]

    def part(self, view: View, cells: Cells) -> CellRows:
        """Return cells with their keys as numbers."""
        key = self.keys(view).number(cells.key)
        return CellRows(cells.bucket, key, cells.hits, cells.bytes, cells.errors, cells.starts, cells.visitors)

    def _split(self, view: View, cells: Cells) -> Iterator[tuple[int, CellRows]]:
        """Yield the cells of each bucket."""
        whole = self.part(view, cells)
        if (np.diff(whole.bucket) < 0).any():
            whole = whole.rows(np.argsort(whole.bucket, kind="stable"))
        edges = [*np.flatnonzero(np.diff(whole.bucket, prepend=whole.bucket[:1] - 1)).tolist(), len(whole.key)]
        if len(edges) == 2:
            yield int(whole.bucket[0]), whole
            return
        for a, b in pairwise(edges):
            starts = whole.starts[a : b + 1]
            columns = [column[a:b].copy() for column in whole[:5]]
            hashes = whole.visitors[starts[0] : starts[-1]].copy()
            yield int(whole.bucket[a]), CellRows(*columns, starts - starts[0], hashes)  # type: ignore[call-arg, arg-type]

    def _keep(self, place: tuple[str, Grain, int], total: tuple[int, ...], part: CellRows) -> None:
        before = self._parts.pop(place, None)
        self._size += part.size - (before[1].size if before else 0)
        self._parts[place] = total, part
        while self._size > LIMIT:
            _, (_, oldest) = self._parts.popitem(last=False)
            self._size -= oldest.size


def joined(parts: Sequence[CellRows]) -> CellRows:
    """Put parts one below the other."""
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([0, *(len(part.visitors) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends.tolist(), strict=False)]
    none = np.zeros(0, np.int64)
    columns = (np.concatenate([none, *(part[i] for part in parts)]) for i in range(5))
    visitors = np.concatenate([np.zeros(0, np.uint64), *(part.visitors for part in parts)])
    return CellRows(*columns, np.concatenate([none, *starts, ends[-1:]]), visitors)  # type: ignore[call-arg]


def _runs(missing: list[tuple[int, ...]], totals: list[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last bucket of each run of missing ones that are small and stand together among all."""
    place = {total[0]: i for i, total in enumerate(totals)}
    at = [place[total[0]] for total in missing]
    small = [total[1] < _LARGE for total in missing]
    breaks = [i for i in range(1, len(at)) if at[i] != at[i - 1] + 1 or not (small[i] and small[i - 1])]
    for a, b in zip([0, *breaks], [*breaks, len(at)], strict=True):
        if a < b:
            yield missing[a][0], missing[b - 1][0]
