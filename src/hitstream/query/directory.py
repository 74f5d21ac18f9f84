"""A data directory as something to ask."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from hitstream.query.health import Facts
from hitstream.query.query import Query
from hitstream.record import BadLine
from hitstream.store.directory import DataDirectory, open_reader
from hitstream.store.ledger import BadCount, Counts
from hitstream.store.vitals import read_audit, read_vitals
from hitstream.views.cells import Cells
from hitstream.views.pack import unpack
from hitstream.views.table import SECONDS, Grain, View


class DirectoryCells:
    """The `CellReader` of a data directory."""

    def __init__(self, data: DataDirectory) -> None:
        self._data = data

    def snapshot(self) -> AbstractContextManager[object]:
        """Let everything read inside be of one state."""
        return self._data.database.snapshot()

    def read(self, view: View, grain: Grain, start: int, end: int) -> Cells:
        """Return the cells with start <= bucket < end; buckets and keys repeat."""
        return unpack(view.name, grain, self._data.cells.payloads(view.name, grain, start, end))

    def totals(self, view: View, grain: Grain, start: int, end: int) -> Sequence[tuple[int, int, int, int]]:
        """Return (bucket, hits, bytes, errors) of the buckets that have hits."""
        return self._data.cells.totals(view.name, grain, start, end)

    def span(self) -> tuple[int, int] | None:
        """Return the start of the first bucket and the last second of the last, as fine as they are kept."""
        found: tuple[int, int] | None = None
        for grain in reversed(SECONDS):
            span = self._data.cells.span("traffic", grain)
            if span is None:
                continue
            first, last = span[0], span[1] + SECONDS[grain] - 1
            if found is not None and first // SECONDS["day"] != found[0] // SECONDS["day"]:
                first = found[0]  # finer cells of the first day have expired
            found = first, last
        return found

    def facts(self) -> Facts:
        """Return what is known of the pipeline, by a few rows of the database."""
        data = self._data
        with data.database.snapshot():
            staged = data.stage.weight()
            return Facts(
                counts=data.ledger.counts(),
                reasons=_by_reason(data.ledger.bad_counts()),
                cut=data.cells.cut(),
                staged_hits=staged[1],
                staged_bytes=staged[2],
                database_bytes=data.database.size(),
                vitals=read_vitals(data.database),
                audit=read_audit(data.database),
            )

    def counts(self) -> Counts:
        """Return what was read of all sources."""
        return self._data.ledger.counts()

    def bad_lines(self, limit: int = -1) -> Sequence[BadLine]:
        """Return the kept bad lines."""
        return self._data.ledger.bad_lines(limit)

    def bad_reasons(self) -> Sequence[BadCount]:
        """Return how many lines did not parse, and why."""
        return self._data.ledger.bad_counts()


def _by_reason(counts: Sequence[BadCount]) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for count in counts:
        reasons[count.reason] = reasons.get(count.reason, 0) + count.lines
    return reasons


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
