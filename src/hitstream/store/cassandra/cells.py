"""Blocks of cells in Cassandra.

Delivery: a batch's blocks may be written any number of times; they are rows keyed by their batch and count from the
moment its number is published. Nothing that counts is ever changed. What does not count any more is deleted by `sweep`,
late enough that readers who began before still find it.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from hitstream.clock import Clock, SystemClock
from hitstream.errors import Retryable
from hitstream.store.cassandra.connection import Connection
from hitstream.store.cassandra.cut import CutRow
from hitstream.store.cassandra.known import KnownParts
from hitstream.store.cassandra.parts import Parts
from hitstream.store.cassandra.schema import PERIODS
from hitstream.store.cassandra.upkeep import Upkeep
from hitstream.store.cassandra.writing import BlockWriter
from hitstream.store.contract import KEPT_FROM, SPEED, Crowd, StoreVersion, Total
from hitstream.views.cells import Block
from hitstream.views.table import Grain

READER_SECONDS = 300.0
"""How long what a snapshot shows stays there: what has been replaced is deleted so much later."""


class CassandraCells:
    """The cluster tier's `CellStore`. May be shared by threads."""

    def __init__(
        self,
        connection: Connection,
        keep_days: Mapping[Grain, int],
        clock: Clock | None = None,
        reader_seconds: float = READER_SECONDS,
    ) -> None:
        """Open it; `keep_days` says how long the cells of a grain are kept, 0 or nothing for ever."""
        self._connection = connection
        self._clock = clock or SystemClock()
        self._reader_seconds = reader_seconds
        self._pinned = threading.local()
        self._writer = BlockWriter(connection, keep_days, self._clock)
        self._known = KnownParts(Parts(connection))
        self.row = CutRow(connection)
        self._upkeep = Upkeep(connection, self.row, self._clock, reader_seconds)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything this thread reads inside be of one state; not for longer than `READER_SECONDS`."""
        if getattr(self._pinned, "cut", None) is not None:
            yield
            return
        self._pinned.since, self._pinned.cut = self._clock.now(), self.row.read()
        try:
            yield
        finally:
            self._pinned.cut = None

    def cut(self) -> StoreVersion:
        """Return what readers see now.

        Raises:
            Retryable: the snapshot is too old.
        """
        cut: StoreVersion | None = getattr(self._pinned, "cut", None)
        if cut is None:
            return self.row.read()
        if self._reader_seconds and self._clock.now() - self._pinned.since > self._reader_seconds:
            raise Retryable(
                f"Reading one state took longer than {self._reader_seconds:g} s.", "Ask for less at a time."
            )
        return cut

    def write(self, batch: int, blocks: Iterable[Block]) -> None:
        """Keep the speed blocks of a batch."""
        self._insert(SPEED, batch, blocks)

    def publish(self, batch: int) -> None:
        """Let the blocks of a batch count."""
        self.row.publish(batch)

    def seal(self, generation: int, batch: int, blocks: Iterable[Block]) -> None:
        """Keep blocks that cover all batches up to this one. `sweep` deletes what they replace.

        Any process may at any time, several too: what a sealed block holds follows from its place. Those of a
        generation that is being built belong between `begin` and `advance`.
        """
        self._insert(generation, batch, blocks)

    def begin(self) -> tuple[int, int]:
        """Begin a generation; return its number and the batch up to which it must cover all.

        Until `advance`, what is sealed meanwhile keeps the blocks of later batches: they will be needed.

        Raises:
            Retryable: another process builds one.
        """
        return self.row.begin()[:2]

    def renew(self) -> None:
        """Say that the generation is still being built; due every minute.

        Raises:
            Retryable: this process was not heard of for too long, and its generation can count no more.
        """
        self.row.renew()

    def advance(self, generation: int, coverage: int) -> None:
        """Let a generation count in place of the one before, by one lightweight transaction.

        Raises:
            Retryable: another process builds one, or has built a later one.
        """
        self.row.advance(generation, coverage)

    def sweep(self) -> int:
        """Delete blocks that can never count again, once no reader may look at them."""
        return self._upkeep.sweep()

    def payloads(self, view: str, grain: Grain, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return (bucket, packed cells) of every block that counts, ordered by bucket."""
        return self._known.payloads(view, grain, start, end, self.cut())

    def totals(self, view: str, grain: Grain, start: int, end: int) -> list[Total]:
        """Return the sums of every bucket that has hits, ordered by bucket."""
        sums: dict[int, Total] = {}
        for part in self._known.between(view, grain, start, end, self.cut()):
            _, hits, sent, errors = sums.get(part.bucket, (0, 0, 0, 0))
            sums[part.bucket] = Total(part.bucket, hits + part.hits, sent + part.bytes, errors + part.errors)
        return list(sums.values())

    def crowds(self, parts: int) -> list[Crowd]:
        """Return the buckets with at least so many blocks that count."""
        return self._upkeep.crowds(parts)

    def expire(self, grain: Grain, before: int) -> int:
        """Delete the blocks of buckets that start before, and note from when on they are kept."""
        self.keep_from({grain: before})
        return self._upkeep.expire(grain, before)

    def keep_from(self, floors: Mapping[Grain, int]) -> None:
        """Note from when on the blocks of each grain are kept."""
        for grain, floor in floors.items():
            self._connection.set_meta(KEPT_FROM + grain, floor)

    def kept_from(self, grain: Grain, ever: int) -> int:
        """Return from when on the blocks of a grain are kept, `ever` where none were deleted."""
        floor = self._connection.meta(KEPT_FROM + grain)
        return ever if floor is None else int(floor)

    def span(self, view: str, grain: Grain) -> tuple[int, int] | None:
        """Return the starts of the first and the last bucket, None where there is no block."""
        periods = [period for period, _ in self._known.periods(view, grain, self.cut())]
        first = next(filter(None, (self._buckets(view, grain, period) for period in periods)), [])
        last = next(filter(None, (self._buckets(view, grain, period) for period in reversed(periods))), [])
        return (first[0], last[-1]) if first and last else None

    def _buckets(self, view: str, grain: Grain, period: int) -> list[int]:
        length = PERIODS[grain]
        parts = self._known.between(view, grain, period * length, (period + 1) * length, self.cut())
        return [part.bucket for part in parts]

    def _insert(self, layer: int, batch: int, blocks: Iterable[Block]) -> None:
        for grain, partition in self._writer.write(layer, batch, blocks):
            self._upkeep.changed(grain, [partition])
