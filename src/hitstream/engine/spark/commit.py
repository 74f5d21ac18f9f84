"""Commits batches of the stream, each in steps that may be done again.

Delivery: exactly once. Batch N is the same records whenever it is done, since Spark's checkpoint says which; what of
them was read before follows from the ranges of the batches before N. It counts from `publish`, the last step. A
process that dies before that leaves rows and files that the next try writes again, or that count for nobody:

1. the archive and the table of all bad lines take their files as transaction N, unless they have N already;
2. ranges, bad lines and blocks are written as rows keyed by N;
3. N is published.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hitstream.clock import Clock
from hitstream.engine.batch import fingerprint
from hitstream.engine.spark.gather import Batch
from hitstream.engine.spark.positions import ByteRanges
from hitstream.engine.spark.settings import StreamSettings
from hitstream.errors import ConfigError, Fatal
from hitstream.store.bad_archive import bad_archive
from hitstream.store.contract import Checkpoint
from hitstream.store.delta import DeltaArchive
from hitstream.store.ledger import join

if TYPE_CHECKING:
    from hitstream.store.cassandra.store import ClusterStore

STEPS = ("made", "archived", "ledger-written", "blocks-written", "published")
"""The named steps of a batch at which the checkpoint is called, in order."""
NEWEST = "newest"
"""The key of `meta` that says when the latest hit was, s since 1970."""
VIEWS_KEY = "views"
"""The key of `meta` that says by which table of views the cells were made."""


@dataclass
class StreamCommitter:
    """The only writer of a keyspace's speed layer and of its archive's batches."""

    store: "ClusterStore"
    archive: DeltaArchive
    settings: StreamSettings
    clock: Clock
    checkpoint: Checkpoint
    bad_archive: DeltaArchive = field(init=False)
    positions: ByteRanges = field(init=False)
    published: int = field(init=False)
    newest: int | None = field(init=False)
    consumed: dict[int, int] = field(init=False)
    """The offsets up to which the batches have read the topic's partitions."""
    steps: dict[str, float] = field(default_factory=dict)
    """Seconds that each step of the last batch took."""

    def __post_init__(self) -> None:
        """Read how far the batches went.

        Raises:
            ConfigError: the cells were made by another table of views.
            Fatal: archive and keyspace do not belong together.
        """
        self._check_views()
        self.bad_archive = bad_archive(self.settings.bad_lines, self.store.application)
        self.published = self.store.cells.cut().published
        self.positions = ByteRanges(self.store.ledger.ranges_before(self.published + 1))
        self.consumed = self.store.ledger.consumed(self.settings.topic)
        newest = self.store.meta(NEWEST)
        self.newest = None if newest is None else int(newest)
        archived = self.archive.last_batch()
        foreign = not archived and self.archive.files()
        if foreign or (not archived and self.store.ledger.counts().hits):
            raise Fatal(
                f"The archive {self.archive.folder.address} and the keyspace {self.store.connection.address.keyspace}"
                " do not belong together.",
                "Put back the one that is missing, or name another --keyspace and another path in --hdfs.",
            )

    def _check_views(self) -> None:
        known = self.store.meta(VIEWS_KEY)
        if known is None:
            self.store.set_meta(VIEWS_KEY, fingerprint())
        elif known != fingerprint():
            message = f"The cells in {self.store.connection.address.keyspace} were made by another table of views."
            raise ConfigError(message, "Recompute them from the archive, then start: `hitstream cluster batch`.")

    def commit(self, number: int, batch: Batch) -> None:
        """Make a batch count. Done again, after whatever happened, it changes nothing that counts."""
        newest = self._newest_with(batch)
        floors = {} if newest is None else self.settings.retention.floors(newest)
        blocks = [block for block in batch.blocks if block.bucket >= floors.get(block.grain, block.bucket)]
        self.checkpoint("made")
        self._timed("archive", lambda: self._archive(number, batch))
        self.checkpoint("archived")
        self._timed("ledger", lambda: self.store.ledger.save(number, join(batch.ranges), batch.bad, batch.formats))
        self.checkpoint("ledger-written")
        self._timed("blocks", lambda: self.store.cells.write(number, blocks))
        if len(blocks) < len(batch.blocks):
            self.store.cells.keep_from(floors)
        self.store.ledger.save_consumed(self.settings.topic, number, batch.offsets)
        if newest != self.newest:
            self.store.set_meta(NEWEST, newest)
        self.checkpoint("blocks-written")
        self._timed("publish", lambda: self.store.cells.publish(number))
        self.checkpoint("published")
        self.published, self.newest = number, newest
        for partition, after in batch.offsets.items():
            self.consumed[partition] = max(after, self.consumed.get(partition, 0))
        for each in batch.ranges:
            self.positions.add(each.source, each.start, each.stop)

    def _archive(self, number: int, batch: Batch) -> None:
        tables = [(self.archive, batch.files), (self.bad_archive, batch.bad_files)]
        with ThreadPoolExecutor(len(tables), "hitstream-archive") as pool:  # either is mostly waited for
            list(pool.map(lambda row: row[0].append(row[1], number), [row for row in tables if row[1]]))

    def _timed(self, step: str, do: Callable[[], object]) -> None:
        began = self.clock.now()
        do()
        self.steps[step] = self.clock.now() - began

    def _newest_with(self, batch: Batch) -> int | None:
        """Return the latest time of a hit so far. A hit from the future must not make the present too old."""
        times = [time for time in (batch.newest, self.newest) if time is not None]
        return min(max(times), int(self.clock.now())) if times else None
