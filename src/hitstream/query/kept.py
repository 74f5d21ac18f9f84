"""Cells as answers use them, kept in memory: a question about days that were asked about before unpacks nothing.

Texts of keys become numbers once, so that adding up cells of many buckets is adding up integers.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from hitstream.query.readers import CellReader
from hitstream.record import I64, U64, Column
from hitstream.views.cells import Cells
from hitstream.views.table import SECONDS, Grain, View

LIMIT = 96 << 20
"""Bytes of cells and of keys that are kept, each."""
_BYTES_A_KEY = 150  # of Python's objects, besides the text

FOLDED = 0
"""The number of the folded tail."""


class Part(NamedTuple):
    """Cells, a row each, in any order; buckets and keys may repeat. Keys are numbers of a view's `Keys`."""

    bucket: I64
    key: I64
    hits: I64
    bytes: I64
    errors: I64
    starts: I64
    visitors: U64

    def rows(self, chosen: I64) -> "Part":
        """Return some of the rows."""
        lengths = np.diff(self.starts)[chosen]
        ends = np.cumsum(lengths)
        hashes = np.repeat(self.starts[:-1][chosen] - (ends - lengths), lengths) + np.arange(
            ends[-1] if len(ends) else 0
        )
        columns = (column[chosen] for column in self[:5])
        return Part(*columns, np.concatenate(([0], ends)), self.visitors[hashes])  # type: ignore[call-arg, arg-type]

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(column.nbytes for column in self)


@dataclass
class Keys:
    """The keys of a view, numbered from 1 on as they were met."""

    texts: list[bytes] = field(default_factory=lambda: [b""])
    numbers: dict[bytes, int] = field(default_factory=dict)
    size: int = 0

    def number(self, key: Column) -> I64:
        """Return the number of each row's key."""
        raw, bounds = key.texts.data.tobytes(), key.texts.offsets.tolist()
        known = len(self.texts)
        numbers = self.numbers
        found = [numbers.setdefault(raw[a:b], len(numbers) + 1) for a, b in pairwise(bounds)]
        if len(numbers) >= known:
            self.texts += islice(numbers, known - 1, None)
            self.size += sum(map(len, self.texts[known:])) + _BYTES_A_KEY * (len(self.texts) - known)
        return np.array([*found, FOLDED], np.int64)[key.codes]  # NO_CODE is also the index of the last one


class KeptCells:
    """Reads cells, and keeps what it read of each bucket until its totals differ or memory is short.

    The totals of a bucket name its cells: they only ever grow by hits.
    """

    def __init__(self, reader: CellReader) -> None:
        self._reader = reader
        self._keys: dict[str, Keys] = {}
        self._parts: OrderedDict[tuple[str, Grain, int], tuple[tuple[int, ...], Part]] = OrderedDict()
        self._size = 0

    def keys(self, view: View) -> Keys:
        """Return the keys of a view, numbered as in the parts read last."""
        return self._keys.setdefault(view.name, Keys())

    def forget_if_full(self) -> None:
        """Make room; numbers of keys that were given out before mean nothing afterwards."""
        if sum(keys.size for keys in self._keys.values()) > LIMIT:
            self._keys.clear()
            self._parts.clear()
            self._size = 0

    def read(self, view: View, grain: Grain, start: int, end: int) -> list[Part]:
        """Return the cells with start <= bucket < end (s since 1970)."""
        totals = [tuple(total) for total in self._reader.totals(view, grain, start, end)]
        found: dict[int, Part] = {}
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

    def part(self, view: View, cells: Cells) -> Part:
        """Return cells with their keys as numbers."""
        key = self.keys(view).number(cells.key)
        return Part(cells.bucket, key, cells.hits, cells.bytes, cells.errors, cells.starts, cells.visitors)

    def _split(self, view: View, cells: Cells) -> Iterator[tuple[int, Part]]:
        """Yield the cells of each bucket."""
        whole = self.part(view, cells)
        if (np.diff(whole.bucket) < 0).any():
            whole = whole.rows(np.argsort(whole.bucket, kind="stable"))
        edges = [*np.flatnonzero(np.diff(whole.bucket, prepend=whole.bucket[:1] - 1)).tolist(), len(whole.key)]
        for a, b in pairwise(edges):
            starts = whole.starts[a : b + 1]
            columns = [column[a:b].copy() for column in whole[:5]]
            hashes = whole.visitors[starts[0] : starts[-1]].copy()
            yield int(whole.bucket[a]), Part(*columns, starts - starts[0], hashes)  # type: ignore[call-arg, arg-type]

    def _keep(self, place: tuple[str, Grain, int], total: tuple[int, ...], part: Part) -> None:
        before = self._parts.pop(place, None)
        self._size += part.size - (before[1].size if before else 0)
        self._parts[place] = total, part
        while self._size > LIMIT:
            _, (_, oldest) = self._parts.popitem(last=False)
            self._size -= oldest.size


def joined(parts: Sequence[Part]) -> Part:
    """Put parts one below the other."""
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([0, *(len(part.visitors) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends.tolist(), strict=False)]
    none = np.zeros(0, np.int64)
    columns = (np.concatenate([none, *(part[i] for part in parts)]) for i in range(5))
    visitors = np.concatenate([np.zeros(0, np.uint64), *(part.visitors for part in parts)])
    return Part(*columns, np.concatenate([none, *starts, ends[-1:]]), visitors)  # type: ignore[call-arg]


def _runs(missing: list[tuple[int, ...]], totals: list[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last bucket of each run of missing ones that stand together among all."""
    place = {total[0]: i for i, total in enumerate(totals)}
    at = [place[total[0]] for total in missing]
    breaks = [i for i in range(1, len(at)) if at[i] != at[i - 1] + 1]
    for a, b in zip([0, *breaks], [*breaks, len(at)], strict=True):
        if a < b:
            yield missing[a][0], missing[b - 1][0]
