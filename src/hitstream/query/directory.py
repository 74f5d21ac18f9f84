"""A data directory as something to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hitstream.query.health import Facts
from hitstream.query.query import Query
from hitstream.query.stored import StoredCells
from hitstream.store.directory import DataDirectory, open_reader
from hitstream.store.vitals import read_audit, read_vitals


class DirectoryCells(StoredCells):
    """The `CellReader` and `FactReader` of a data directory."""

    def __init__(self, data: DataDirectory) -> None:
        super().__init__(data.cells, data.ledger)
        self._data = data

    def facts(self) -> Facts:
        """Return what is known of the pipeline, by a few rows of the database."""
        data = self._data
        with data.database.snapshot():
            staged = data.stage.weight()
            return Facts(
                counts=data.ledger.counts(),
                reasons=self.by_reason(),
                sections=self.sections(),
                cut=data.cells.cut(),
                staged_hits=staged[1],
                staged_bytes=staged[2],
                database_bytes=data.database.size(),
                vitals=read_vitals(data.database),
                audit=read_audit(data.database),
            )


@contextmanager
def open_query(root: Path | str) -> Iterator[Query]:
    """Open a data directory to ask it, while another process may ingest into it.

    Raises:
        ConfigError: it is no data directory.
        Fatal: its database is damaged.
    """
    with open_reader(root) as data:
        cells = DirectoryCells(data)
        query = Query(cells, data, facts=cells)
        try:
            yield query
        finally:
            query.close()
