"""Blocks of cells in SQLite.

Delivery: each method is one transaction, or part of the one around it (`Database.transaction`), so that a
batch's blocks, bad lines, positions and hits are there together or not at all.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

from hitstream.store.contract import KEPT_FROM, SPEED, Crowd, StoreVersion, Total, visible
from hitstream.store.database import Database
from hitstream.views.cells import Block
from hitstream.views.table import Grain

_PARTS = (
    "FROM blocks WHERE view = ? AND grain = ? AND bucket >= ? AND bucket < ? ORDER BY bucket, layer DESC, batch DESC"
)


class SqliteCells:
    """The embedded tier's `CellStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def snapshot(self) -> AbstractContextManager[None]:
        """Let everything read inside be of one state."""
        return self.database.snapshot()

    def cut(self) -> StoreVersion:
        """Return what readers see now."""
        values = dict(
            self.database.read("SELECT key, value FROM meta WHERE key IN ('published', 'generation', 'coverage')")
        )
        return StoreVersion(**values)

    def write(self, batch: int, blocks: Iterable[Block]) -> None:
        """Keep the speed blocks of a batch."""
        self._insert(SPEED, batch, blocks)

    def publish(self, batch: int) -> None:
        """Let the blocks of a batch count."""
        self.database.write("UPDATE meta SET value = max(value, ?) WHERE key = 'published'", batch)

    def seal(self, generation: int, batch: int, blocks: Iterable[Block]) -> None:
        """Keep blocks that cover all batches up to this one, and delete what they replace."""
        blocks = list(blocks)
        with self.database.transaction():
            self._insert(generation, batch, blocks)
            if generation == self.cut().generation:
                self.database.write_many(
                    "DELETE FROM blocks WHERE view = ? AND grain = ? AND bucket = ?"
                    " AND (layer = ? AND batch <= ?"
                    " OR layer = ? AND batch < ?)",
                    ((*block[:3], SPEED, batch, generation, batch) for block in blocks),
                )

    def advance(self, generation: int, coverage: int) -> None:
        """Let a generation count in place of the one before."""
        with self.database.transaction():
            self.database.set_meta("generation", generation)
            self.database.set_meta("coverage", coverage)

    def sweep(self) -> int:
        """Delete the blocks of other generations, and the speed blocks that the current one covers."""
        with self.database.transaction():
            _, generation, coverage = self.cut()
            return self.database.write(
                "DELETE FROM blocks WHERE layer NOT IN (?, ?) OR batch <= ? AND layer = ? OR batch < ? AND layer = ?",
                SPEED,
                generation,
                coverage,
                SPEED,
                coverage,
                generation,
            )

    def payloads(self, view: str, grain: Grain, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return (bucket, packed cells) of every block that counts, ordered by bucket."""
        with self.database.snapshot():
            cut = self.cut()
            parts = self.database.read("SELECT bucket, layer, batch, cells " + _PARTS, view, grain, start, end)
        return [(part[0], part[3]) for part in visible(parts, cut)]

    def totals(self, view: str, grain: Grain, start: int, end: int) -> list[Total]:
        """Return the sums of every bucket that has hits, ordered by bucket."""
        with self.database.snapshot():
            cut = self.cut()
            parts = self.database.read(
                "SELECT bucket, layer, batch, hits, bytes, errors " + _PARTS, view, grain, start, end
            )
        sums: dict[int, Total] = {}
        for bucket, _, _, hits, sent, errors in visible(parts, cut):
            before = sums.get(bucket)
            if before is not None:
                hits, sent, errors = hits + before.hits, sent + before.bytes, errors + before.errors  # noqa: PLW2901
            sums[bucket] = Total(bucket, hits, sent, errors)
        return list(sums.values())

    def crowds(self, parts: int) -> list[Crowd]:
        """Return the buckets with at least so many blocks."""
        # The inner query reads the index alone; only of crowded buckets are the blocks looked at.
        rows = self.database.read(
            "SELECT view, grain, bucket, count(*), sum(iif(layer = 0, 0, length(cells))),"
            " sum(iif(layer = 0, length(cells), 0)) FROM (SELECT view, grain, bucket FROM blocks"
            " GROUP BY view, grain, bucket HAVING count(*) >= ?) JOIN blocks USING (view, grain, bucket)"
            " GROUP BY view, grain, bucket ORDER BY view, grain, bucket",
            parts,
        )
        return [Crowd(*row) for row in rows]

    def expire(self, grain: Grain, before: int) -> int:
        """Delete the blocks of buckets that start before, and note from when on they are kept."""
        with self.database.transaction():
            self.keep_from({grain: before})
            return self.database.write("DELETE FROM blocks WHERE grain = ? AND bucket < ?", grain, before)

    def keep_from(self, floors: Mapping[Grain, int]) -> None:
        """Note from when on the blocks of each grain are kept."""
        for grain, floor in floors.items():
            self.database.set_meta(KEPT_FROM + grain, floor)

    def kept_from(self, grain: Grain, ever: int) -> int:
        """Return from when on the blocks of a grain are kept, `ever` where none were deleted."""
        floor = self.database.meta(KEPT_FROM + grain)
        return ever if floor is None else int(floor)

    def span(self, view: str, grain: Grain) -> tuple[int, int] | None:
        """Return the starts of the first and the last bucket, None where there is no block."""
        # min and max apart: each is then one step in the index.
        ((first, last),) = self.database.read(
            "SELECT (SELECT min(bucket) FROM blocks WHERE view = ? AND grain = ?),"
            " (SELECT max(bucket) FROM blocks WHERE view = ? AND grain = ?)",
            *(view, grain) * 2,
        )
        return None if first is None else (first, last)

    def _insert(self, layer: int, batch: int, blocks: Iterable[Block]) -> None:
        self.database.write_many(
            f"INSERT OR IGNORE INTO blocks VALUES (?, ?, ?, {layer:d}, {batch:d}, ?, ?, ?, ?)",  # noqa: S608
            blocks,
        )
