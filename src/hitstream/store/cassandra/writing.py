"""Writing blocks: each in its row, or in pieces where its cells are too large for one."""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from hitstream.clock import Clock
from hitstream.store.cassandra.connection import Connection, Values
from hitstream.store.cassandra.parts import Partition
from hitstream.store.cassandra.schema import PERIODS
from hitstream.store.contract import SPEED
from hitstream.views.cells import Block
from hitstream.views.table import SECONDS, Grain

INLINE_BYTES = 128 << 10
"""Cells that take more stand apart from their block, in pieces."""
PIECE_BYTES = 512 << 10

_DAY = 86400
_SPARE_DAYS = 7
"""Cells expire by themselves so much later than `expire` is to delete them."""
_TOUCH = 'INSERT INTO @periods (grain, "view", period, touched) VALUES (?, ?, ?, ?)'
_NAME = 'INSERT INTO @periods (grain, "view", period) VALUES (?, ?, ?)'


class BlockWriter:
    """Writes rows that expire by retention: `keep_days` by grain, 0 or nothing for ever."""

    def __init__(self, connection: Connection, keep_days: Mapping[Grain, int], clock: Clock) -> None:
        self._connection = connection
        self._keep_days = keep_days
        self._clock = clock

    def write(self, layer: int, batch: int, blocks: Iterable[Block]) -> list[tuple[Grain, Partition]]:
        """Keep blocks of a batch in a layer; return where they are."""
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
        return list(rows)

    def _name_periods(self, layer: int, batch: int, partitions: Iterable[tuple[Grain, Partition]]) -> None:
        named: dict[Grain, list[Values]] = defaultdict(list)
        for grain, partition in partitions:
            named[grain].append((grain, *partition, batch) if layer == SPEED else (grain, *partition))
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
