"""The cluster as something to ask: blocks in Cassandra, and the hits of the same state in the archive on HDFS."""

from collections.abc import Iterator
from contextlib import contextmanager

from hitstream.query.health import Facts
from hitstream.query.query import Query
from hitstream.query.stored import StoredCells
from hitstream.store.cassandra.store import ClusterStore
from hitstream.store.delta import ArchivedUpto, DeltaArchive
from hitstream.store.vitals import read_audit, read_vitals


class ClusterCells(StoredCells):
    """The `CellReader` and `FactReader` of a cluster."""

    def __init__(self, store: ClusterStore) -> None:
        super().__init__(store.cells, store.ledger)
        self._store = store

    def facts(self) -> Facts:
        """Return what is known of the pipeline, all of one state."""
        store = self._store
        with store.cells.snapshot():
            return Facts(
                counts=store.ledger.counts(),
                reasons=self.by_reason(),
                sections=self.sections(),
                cut=store.cells.cut(),
                staged_hits=0,  # hits are in the archive before they count
                staged_bytes=0,
                database_bytes=store.size(),
                vitals=read_vitals(store),
                audit=read_audit(store),
                tier="cluster",
            )


class ClusterHits:
    """The `HitReader` of a cluster."""

    def __init__(self, store: ClusterStore, archive: DeltaArchive) -> None:
        self._cells = store.cells
        self._archive = archive

    @contextmanager
    def snapshot(self) -> Iterator[ArchivedUpto]:
        """Give all hits of the published batches; cells read inside are of the same state."""
        with self._cells.snapshot():
            yield ArchivedUpto(self._archive, self._cells.cut().published)


@contextmanager
def query_cluster(store: ClusterStore, archive: DeltaArchive) -> Iterator[Query]:
    """Ask an open store and its archive, while a stream may write to both."""
    cells = ClusterCells(store)
    query = Query(cells, ClusterHits(store, archive), facts=cells)
    try:
        yield query
    finally:
        query.close()
