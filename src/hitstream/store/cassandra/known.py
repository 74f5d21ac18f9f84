"""The blocks that count, remembered: a partition is looked at again only after a batch wrote to it.

What counts in a partition follows from the generation and from the batches that wrote there; sealing changes which
blocks say it, not what they say. So what is remembered stays right, but its blocks may be gone: then it is looked at
again.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from hitstream.errors import Retryable
from hitstream.store.cassandra.parts import BlockHeader, Layer, Partition, Parts
from hitstream.store.cassandra.schema import PERIODS
from hitstream.store.contract import StoreVersion, visible
from hitstream.views.table import Grain

LIMIT = 60_000
"""Blocks that are remembered, some 400 bytes each."""

Key = tuple[Grain, Partition]


class CachedPartition(NamedTuple):
    """What counts in a partition."""

    touched: int
    generation: int
    parts: list[BlockHeader]
    mixed: frozenset[Layer]
    """Layers with blocks that do not count."""


class KnownParts:
    """Looks for the blocks that count. May be shared by threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._alone = threading.Lock()
        self._known: OrderedDict[Key, CachedPartition] = OrderedDict()
        self._size = 0
        self._periods: dict[tuple[str, Grain], tuple[StoreVersion, list[tuple[int, int]]]] = {}

    def periods(self, view: str, grain: Grain, cut: StoreVersion) -> list[tuple[int, int]]:
        """Return the periods of a view in their order, each with the last batch that wrote to it."""
        known = self._periods.get((view, grain))
        if known is None or known[0] != cut:
            known = self._periods[view, grain] = cut, self._parts.periods(view, grain)
        return known[1]

    def between(self, view: str, grain: Grain, start: int, end: int, cut: StoreVersion) -> list[BlockHeader]:
        """Return the blocks that count with start <= bucket < end, by bucket."""
        found = self._look(view, grain, start, end, cut)
        return [part for known in found for part in known.parts if start <= part.bucket < end]

    def payloads(self, view: str, grain: Grain, start: int, end: int, cut: StoreVersion) -> list[tuple[int, bytes]]:
        """Return (bucket, packed cells) of the same blocks.

        Raises:
            Retryable: reading took so long that they were replaced.
        """
        remembered: set[int] | None = None
        for _ in range(2):
            found = self._look(view, grain, start, end, cut)
            parts = [part for known in found for part in known.parts if start <= part.bucket < end]
            buckets = {part.bucket for part in parts}
            if remembered is not None and remembered != buckets:
                break
            try:
                cells = self._parts.payloads(grain, parts, frozenset().union(*(known.mixed for known in found)))
                return [(part.bucket, payload) for part, payload in zip(parts, cells, strict=True)]
            except KeyError:
                self._forget(view, grain, parts)
                remembered = buckets
        raise Retryable(f"Cells of {view} by {grain} were replaced or expired while they were read.", "Ask again.")

    def _look(self, view: str, grain: Grain, start: int, end: int, cut: StoreVersion) -> list[CachedPartition]:
        length = PERIODS[grain]
        due = [(period, batch) for period, batch in self.periods(view, grain, cut) if period * length < end]
        touched = {(view, period): batch for period, batch in due if (period + 1) * length > start}
        with self._alone:
            known = {each: self._known.get((grain, each)) for each in touched}
        fresh = self._read(
            grain,
            {
                each: batch
                for each, batch in touched.items()
                if (there := known[each]) is None or there[:2] != (batch, cut.generation)
            },
            cut,
        )
        found = {each: fresh.get(each) or known[each] for each in touched}
        self._keep(grain, found.items(), cut)
        return [there for there in found.values() if there is not None]

    def _read(self, grain: Grain, touched: dict[Partition, int], cut: StoreVersion) -> dict[Partition, CachedPartition]:
        there: dict[Partition, list[BlockHeader]] = {each: [] for each in touched}
        for part in self._parts.of_generation(grain, list(touched), cut.generation):
            there[part.partition].append(part)
        found = {}
        for each, parts in there.items():
            counting = list(visible(parts, cut))
            mixed = frozenset(part.place[:3] for part in set(parts).difference(counting))
            found[each] = CachedPartition(touched[each], cut.generation, counting, mixed)
        return found

    def _keep(self, grain: Grain, found: Iterable[tuple[Partition, CachedPartition | None]], cut: StoreVersion) -> None:
        """Remember what no later cut of the generation shows otherwise, and forget what was not asked for longest."""
        with self._alone:
            for partition, known in found:
                if known is not None and known.touched <= cut.published:
                    self._drop((grain, partition))
                    self._known[grain, partition] = known
                    self._size += len(known.parts)
            while self._size > LIMIT:
                self._drop(next(iter(self._known)))

    def _forget(self, view: str, grain: Grain, parts: Iterable[BlockHeader]) -> None:
        with self._alone:
            self._periods.pop((view, grain), None)
            for partition in {part.partition for part in parts}:
                self._drop((grain, partition))

    def _drop(self, key: Key) -> None:
        known = self._known.pop(key, None)
        self._size -= len(known.parts) if known else 0
