"""Blocks of cells in Cassandra.

Delivery: a batch's blocks may be written any number of times; they are rows keyed by their batch and count from the
moment its number is published. Nothing that counts is ever changed. What does not count any more is deleted by `sweep`,
late enough that readers who began before still find it.
"""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b

from hitstream.clock import Clock, SystemClock
from hitstream.errors import Retryable
from hitstream.store.cassandra.connection import Connection, Values
from hitstream.store.cassandra.cut import CutRow
from hitstream.store.cassandra.parts import Partition, Parts
from hitstream.store.cassandra.schema import PERIODS
from hitstream.store.cassandra.upkeep import Upkeep
from hitstream.store.contract import KEPT_FROM, SPEED, Crowd, Cut, Total, visible
from hitstream.views.cells import Block
from hitstream.views.table import SECONDS, Grain

READER_SECONDS = 300.0
"""How long what a snapshot shows stays there: what has been replaced is deleted so much later."""
INLINE_BYTES = 128 << 10
"""Cells that take more stand apart from their block, in pieces."""
PIECE_BYTES = 512 << 10

_DAY = 86400
_SPARE_DAYS = 7
"""Cells expire by themselves so much later than `expire` is to delete them."""
_TOUCH = 'INSERT INTO @periods (grain, "view", period, touched) VALUES (?, ?, ?, ?)'
_NAME = 'INSERT INTO @periods (grain, "view", period) VALUES (?, ?, ?)'


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
        self._keep_days = keep_days
        self._clock = clock or SystemClock()
        self._reader_seconds = reader_seconds
        self._pinned = threading.local()
        self._parts = Parts(connection)
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

    def cut(self) -> Cut:
        """Return what readers see now.

        Raises:
            Retryable: the snapshot is too old.
        """
        cut: Cut | None = getattr(self._pinned, "cut", None)
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
        cut = self.cut()
        found = self._parts.between(view, grain, start, end, cut)
        return self._parts.payloads(grain, found, list(visible(found, cut)))

    def totals(self, view: str, grain: Grain, start: int, end: int) -> list[Total]:
        """Return the sums of every bucket that has hits, ordered by bucket."""
        cut = self.cut()
        sums: dict[int, Total] = {}
        for part in visible(self._parts.between(view, grain, start, end, cut), cut):
            _, hits, sent, errors = sums.get(part.bucket, (0, 0, 0, 0))
            sums[part.bucket] = Total(part.bucket, hits + part.hits, sent + part.bytes, errors + part.errors)
        return list(sums.values())

    def crowds(self, parts: int) -> list[Crowd]:
        """Return the buckets with at least so many blocks that count."""
        return self._upkeep.crowds(parts)

    def expire(self, grain: Grain, before: int) -> int:
        """Delete the blocks of buckets that start before, and note from when on they are kept."""
        if before <= self.kept_from(grain, before - 1):
            return 0
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
        first, last = (
            next(
                filter(None, (self._buckets(view, grain, period) for period in self._parts.ordered(view, grain, way))),
                [],
            )
            for way in ("ASC", "DESC")
        )
        return (first[0], last[-1]) if first and last else None

    def _buckets(self, view: str, grain: Grain, period: int) -> list[int]:
        length = PERIODS[grain]
        return [total.bucket for total in self.totals(view, grain, period * length, (period + 1) * length)]

    def _insert(self, layer: int, batch: int, blocks: Iterable[Block]) -> None:
        rows: dict[tuple[Grain, Partition], list[Values]] = defaultdict(list)
        pieces: list[Values] = []
        for block in blocks:
            period, left = block.bucket // PERIODS[block.grain], self._left(block)
            apart, count = None, None
            if len(block.payload) > INLINE_BYTES:
                apart = _name(layer, batch, block)
                own = _pieces(block.payload)
                pieces += [(apart, number, piece, left) for number, piece in enumerate(own)]
                count = len(own)
            place = block.view, period, layer, block.bucket, batch
            size, cells = len(block.payload), None if apart else block.payload
            rows[block.grain, (block.view, period)].append(
                (*place, block.hits, block.bytes, block.errors, size, cells, apart, count, left)
            )
        # First what blocks refer to: in the current generation they count at once.
        self._connection.write_each("INSERT INTO @pieces (block, piece, cells) VALUES (?, ?, ?) USING TTL ?", pieces)
        self._name_periods(layer, batch, rows)
        for grain in SECONDS:
            self._connection.write_together(
                f'INSERT INTO @blocks_{grain} ("view", period, layer, bucket, "batch", hits, bytes, errors, size,'
                " cells, apart, pieces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?",
                [own for (its, _), own in rows.items() if its == grain],
            )

    def _name_periods(self, layer: int, batch: int, partitions: Iterable[tuple[Grain, Partition]]) -> None:
        named: dict[Grain, list[Values]] = defaultdict(list)
        for grain, partition in partitions:
            named[grain].append((grain, *partition, batch) if layer == SPEED else (grain, *partition))
            self._upkeep.changed(grain, [partition])
        self._connection.write_together(_TOUCH if layer == SPEED else _NAME, named.values())

    def _left(self, block: Block) -> int:
        """Return in how many seconds a block expires, 0 for never.

        What is too old when it comes belongs to a log of the past, whose newest hit `expire` reckons from.
        """
        days = self._keep_days.get(block.grain, 0)
        end = block.bucket + SECONDS[block.grain] + (days + _SPARE_DAYS) * _DAY
        return max(0, end - int(self._clock.now())) if days else 0


def _name(layer: int, batch: int, block: Block) -> bytes:
    """Return by what the pieces of a block are found: written again they are the same, or others."""
    place = repr((*block[:3], layer, batch)).encode()
    return blake2b(place + b"\n" + block.payload, digest_size=16).digest()


def _pieces(payload: bytes) -> list[bytes]:
    return [payload[first : first + PIECE_BYTES] for first in range(0, len(payload), PIECE_BYTES)]
