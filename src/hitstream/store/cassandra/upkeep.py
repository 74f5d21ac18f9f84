"""Upkeep of blocks: which buckets have many, and which blocks can never count again.

It looks at whole partitions, and remembers those in which nothing happened since it looked.
"""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from hitstream.clock import Clock
from hitstream.store.cassandra.connection import Connection
from hitstream.store.cassandra.cut import CutRow, VersionState
from hitstream.store.cassandra.parts import BlockHeader, Partition, Parts
from hitstream.store.cassandra.schema import PERIODS
from hitstream.store.contract import SPEED, Crowd, StoreVersion, visible
from hitstream.views.table import SECONDS, Grain

_PARTITIONS_AT_ONCE = 64

Bucket = tuple[str, int, int, int, int]
"""View, period, layer, bucket, and the batch up to which its blocks go."""


class Upkeep:
    """Knows what has changed since it looked last."""

    def __init__(self, connection: Connection, cut: CutRow, clock: Clock, reader_seconds: float) -> None:
        self._connection = connection
        self._parts = Parts(connection)
        self._cut = cut
        self._clock = clock
        self._reader_seconds = reader_seconds
        self._crowds: dict[tuple[Grain, Partition], tuple[tuple[int, int, int], list[Crowd]]] = {}
        self._clean: dict[tuple[Grain, Partition], tuple[int, int]] = {}

    def changed(self, grain: Grain, partitions: Iterable[Partition]) -> None:
        """Look at some partitions again."""
        for partition in partitions:
            self._crowds.pop((grain, partition), None)
            self._clean.pop((grain, partition), None)

    def crowds(self, parts: int) -> list[Crowd]:
        """Return the buckets with at least so many blocks that count."""
        return sorted(crowd for grain in SECONDS for crowd in self._crowds_of(grain, parts))

    def _crowds_of(self, grain: Grain, parts: int) -> Iterator[Crowd]:
        cut, touched = self._cut.read(), self._parts.touched(grain)
        known = {partition: self._crowds.get((grain, partition)) for partition in touched}
        states = {partition: (batch, cut.generation, parts) for partition, batch in touched.items()}
        due = [partition for partition, found in known.items() if not found or found[0] != states[partition]]
        for partition, found in self._look(grain, due):
            crowds = [crowd for crowd in _crowds(grain, found, cut) if crowd.parts >= parts]
            yield from crowds
            if touched[partition] <= cut.published:
                self._crowds[grain, partition] = states[partition], crowds
        for partition in touched.keys() - set(due):
            yield from self._crowds[grain, partition][1]

    def sweep(self) -> int:
        """Delete what no reader looks at any more; return how many blocks."""
        return sum(self._sweep(grain) for grain in SECONDS)

    def _sweep(self, grain: Grain) -> int:
        generation, touched = self._cut.read().generation, self._parts.touched(grain)
        due = [each for each, batch in touched.items() if self._clean.get((grain, each)) != (batch, generation)]
        deleted = 0
        for partition, found in self._look(grain, due):
            state = self._cut.state()  # after the look: whoever builds a generation now covers what was sealed then
            dead = list(_dead(found, state, self._clock.now() - self._reader_seconds))
            self.delete(grain, dead)
            deleted += len(dead)
            left = len(found) - len(dead)
            if left == len(list(visible(found, state.cut))) and state.cut.generation == generation:
                self._clean[grain, partition] = touched[partition], generation
        return deleted

    def delete(self, grain: Grain, dead: Iterable[BlockHeader]) -> None:
        """Delete blocks, each with all older ones of its bucket and layer."""
        last: dict[Bucket, int] = defaultdict(int)
        pieces: list[tuple[bytes, int]] = []
        for part in dead:
            last[part.place[:4]] = max(last[part.place[:4]], part.batch)  # type: ignore[index]
            pieces += [(part.apart, piece) for piece in range(part.pieces or 0) if part.apart]
        self._connection.write_each(
            f'DELETE FROM @blocks_{grain} WHERE "view" = ? AND period = ? AND layer = ? AND bucket = ?'
            ' AND "batch" <= ?',
            [(*bucket, batch) for bucket, batch in last.items()],
        )
        self._connection.write_each("DELETE FROM @pieces WHERE block = ? AND piece = ?", pieces)

    def expire(self, grain: Grain, before: int) -> int:
        """Delete the blocks of buckets that start before; return how many."""
        last = before // PERIODS[grain]
        due = [partition for partition in self._parts.touched(grain) if partition[1] <= last]
        deleted = 0
        for partition, found in self._look(grain, due):
            dead = [part for part in found if part.bucket < before]
            self.delete(grain, dead)
            deleted += len(dead)
            if partition[1] < last:
                self._connection.write(
                    'DELETE FROM @periods WHERE grain = ? AND "view" = ? AND period = ?', grain, *partition
                )
        self.changed(grain, due)
        return deleted

    def _look(self, grain: Grain, partitions: list[Partition]) -> Iterator[tuple[Partition, list[BlockHeader]]]:
        """Yield partitions that have blocks, each with all of them."""
        waiting = iter(partitions)
        while lot := list(islice(waiting, _PARTITIONS_AT_ONCE)):
            found: dict[Partition, list[BlockHeader]] = {partition: [] for partition in lot}
            for part in self._parts.all(grain, lot):
                found[part.partition].append(part)
            yield from found.items()


def _crowds(grain: Grain, parts: list[BlockHeader], cut: StoreVersion) -> Iterator[Crowd]:
    for bucket, group in groupby(visible(parts, cut), key=lambda part: part.bucket):
        own = list(group)
        speed = sum(part.size for part in own if part.layer == SPEED)
        yield Crowd(own[0].view, grain, bucket, len(own), sum(part.size for part in own) - speed, speed)


def _dead(parts: list[BlockHeader], state: VersionState, since: float) -> Iterator[BlockHeader]:
    """Yield the blocks of a partition that no reader needs who began after a time (s since 1970)."""
    _, generation, coverage = state.cut
    settled = state.advanced <= since
    sealed: dict[int, int] = {}
    for part in parts:
        if part.layer == generation and settled and part.written / 1e6 <= since:
            sealed.setdefault(part.bucket, part.batch)  # the newest comes first
    for part in parts:
        covered = sealed.get(part.bucket, 0)
        if part.layer == SPEED:
            needed = state.floor is not None and part.batch > state.floor
            dead = (settled and part.batch <= coverage) or (part.batch <= covered and not needed)
        elif part.layer == generation:
            dead = part.batch < covered
        elif part.layer < generation:
            dead = settled
        else:
            dead = state.floor is None  # of a generation that was given up
        if dead:
            yield part
