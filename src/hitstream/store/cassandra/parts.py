"""Reading blocks: first where there are some and which of them count, then the cells of those alone."""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from hitstream.store.cassandra.connection import Connection, Values
from hitstream.store.contract import SPEED
from hitstream.views.cells import Payload
from hitstream.views.table import Grain

_PAGE_BYTES = 8 << 20
"""About what comes in one piece."""
_PAGE_ROWS = 5000

Partition = tuple[str, int]
"""A view and the number of a period; the table says the grain."""
Layer = tuple[str, int, int]
"""View, period and layer."""
Place = tuple[str, int, int, int, int]
"""View, period, layer, bucket and batch."""


class BlockHeader(NamedTuple):
    """A block without its cells, in the order that `visible` wants."""

    bucket: int
    layer: int
    batch: int
    hits: int
    bytes: int
    errors: int
    size: int
    """Bytes of the packed cells."""
    apart: Payload | None
    """By what the pieces are found, where the cells stand apart."""
    pieces: int | None
    written: int
    """When, in microseconds since 1970."""
    view: str
    period: int

    @property
    def partition(self) -> Partition:
        """Return where it is, within its grain."""
        return self.view, self.period

    @property
    def place(self) -> Place:
        """Return its key."""
        return self.view, self.period, self.layer, self.bucket, self.batch


_COLUMNS = 'bucket, layer, "batch", hits, bytes, errors, size, apart, pieces, writetime(hits)'
_OF_PARTITION = ' WHERE "view" = ? AND period = ?'


class Parts:
    """Asks for the blocks of partitions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def periods(self, view: str, grain: Grain) -> list[tuple[int, int]]:
        """Return the periods of a view in their order, each with the last batch that wrote to it."""
        rows = self._connection.read('SELECT period, touched FROM @periods WHERE grain = ? AND "view" = ?', grain, view)
        return [(period, touched or 0) for period, touched in rows]

    def touched(self, grain: Grain) -> dict[Partition, int]:
        """Return all partitions of a grain, each with the last batch that wrote to it."""
        rows = self._connection.read('SELECT "view", period, touched FROM @periods WHERE grain = ?', grain)
        return {(view, period): touched or 0 for view, period, touched in rows}

    def of_generation(self, grain: Grain, partitions: Sequence[Partition], generation: int) -> list[BlockHeader]:
        """Return the blocks of some partitions that readers of a generation have to look at, as `all` does."""
        asked = [(*each, SPEED, generation) for each in partitions]
        return self._read(grain, _OF_PARTITION + " AND layer IN (?, ?)", asked)

    def all(self, grain: Grain, partitions: Iterable[Partition]) -> list[BlockHeader]:
        """Return all blocks of some partitions, of every layer, one partition after the other, by bucket."""
        return self._read(grain, _OF_PARTITION, list(partitions))

    def _read(self, grain: Grain, where: str, asked: Sequence[Values]) -> list[BlockHeader]:
        found = self._connection.read_many(f"SELECT {_COLUMNS} FROM @blocks_{grain}{where}", asked)
        return [
            part
            for each, rows in zip(asked, found, strict=True)
            for part in sorted((BlockHeader(*row, *each[:2]) for row in rows), key=_order)
        ]

    def payloads(self, grain: Grain, chosen: Sequence[BlockHeader], mixed: Container[Layer]) -> list[bytes]:
        """Return the packed cells of some blocks; `mixed` are the layers in which others stand between them.

        Raises:
            KeyError: one has been deleted meanwhile.
        """
        inline = [part for part in chosen if part.apart is None]
        found = self._inline(grain, inline, mixed) | self._apart(part for part in chosen if part.apart is not None)
        return [found[part.place] for part in chosen]

    def _inline(self, grain: Grain, chosen: Sequence[BlockHeader], mixed: Container[Layer]) -> dict[Place, bytes]:
        """Read cells that stand in their rows: whole layers where nothing stands between them, else by bucket."""
        layers: dict[Layer, list[BlockHeader]] = defaultdict(list)
        buckets: dict[tuple[str, int, int, int], list[int]] = defaultdict(list)
        for part in chosen:
            if part.place[:3] in mixed:
                buckets[part.place[:4]].append(part.batch)
            else:
                layers[part.place[:3]].append(part)
        rows = max(1, min(_PAGE_BYTES // max((part.size for part in chosen), default=1), _PAGE_ROWS))
        columns = (
            f'SELECT "view", period, layer, bucket, "batch", cells FROM @blocks_{grain}{_OF_PARTITION} AND layer = ?'
        )
        found = self._connection.read_many(
            columns + " AND bucket >= ? AND bucket <= ?",
            [(*layer, parts[0].bucket, parts[-1].bucket) for layer, parts in layers.items()],
            rows,
        ) + self._connection.read_many(
            columns + ' AND bucket = ? AND "batch" >= ? AND "batch" <= ?',
            [(*bucket, min(batches), max(batches)) for bucket, batches in buckets.items()],
            rows,
        )
        return {tuple(row[:5]): row[5] for answer in found for row in answer}

    def _apart(self, chosen: Iterable[BlockHeader]) -> dict[Place, bytes]:
        """Read cells that stand in pieces."""
        parts = list(chosen)
        asked = [(part.apart, piece) for part in parts for piece in range(part.pieces or 0)]
        found = self._connection.read_many("SELECT cells FROM @pieces WHERE block = ? AND piece = ?", asked, 1)
        pieces = {key: rows[0][0] for key, rows in zip(asked, found, strict=True) if rows}
        whole: dict[Place, bytes] = {}
        for part in parts:
            keys = [(part.apart, piece) for piece in range(part.pieces or 0)]
            if pieces.keys() >= set(keys):
                whole[part.place] = b"".join(pieces[key] for key in keys)
        return whole


def _order(part: BlockHeader) -> tuple[int, int, int]:
    return part.bucket, -part.layer, -part.batch
