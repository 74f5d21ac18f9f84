"""All that a data directory or a keyspace holds, as plain values: two that read the same lines compare equal."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from hitstream.arrow import HIT_SCHEMA
from hitstream.record import NO_CODE, BadLine
from hitstream.store.cassandra.ledger import CassandraLedger
from hitstream.store.cassandra.store import ClusterStore
from hitstream.store.cells import read_cells
from hitstream.store.contract import Archive, CellStore
from hitstream.store.directory import open_reader
from hitstream.store.ledger import BadCount, Counts, Ledger
from hitstream.views.cells import Cells
from hitstream.views.table import VIEWS

_EVER = 1 << 60

Key = tuple[str, str, int, str | None]
"""(view, grain, bucket, key); None is the folded tail."""


class Contents(NamedTuple):
    """What was made of some lines, however the batches were cut."""

    counts: Counts
    cells: dict[Key, tuple[int, int, int, bytes]]
    """Hits, bytes, errors and the sketch of each cell."""
    hits: pa.Table
    """All hits, archived or staged, by source and position."""
    bad_lines: list[BadLine]
    bad_counts: list[BadCount]


def contents(directory: Path | str) -> Contents:
    """Return what a data directory holds."""
    with open_reader(directory) as data, data.snapshot() as archived:
        tables = [pq.ParquetFile(file).read() for file in archived.files]
        return contents_of(data.cells, data.ledger, [archived.stage, *tables])


def cluster_contents(store: ClusterStore, archive: Archive) -> Contents:
    """Return what a keyspace and its archive hold."""
    tables = [pa.Table.from_batches([], HIT_SCHEMA)]
    for name in archive.files():
        with archive.folder.open(name) as file:
            tables.append(pq.ParquetFile(file).read())
    with store.cells.snapshot():
        return contents_of(store.cells, store.ledger, tables)


def contents_of(store: CellStore, ledger: Ledger | CassandraLedger, tables: list[pa.Table]) -> Contents:
    """Return what a store, a ledger and the tables of an archive hold."""
    cells: dict[Key, tuple[int, int, int, bytes]] = {}
    for view in VIEWS:
        for grain in view.grains:
            cells |= _plain(read_cells(store, view, grain, -_EVER, _EVER))
    hits = pa.concat_tables([_decoded(table) for table in tables])
    by_position = hits.sort_by([("source", "ascending"), ("offset", "ascending")])
    return Contents(ledger.counts(), cells, by_position.combine_chunks(), ledger.bad_lines(), ledger.bad_counts())


def _plain(cells: Cells) -> dict[Key, tuple[int, int, int, bytes]]:
    texts = cells.key.texts.decode()
    starts = cells.starts.tolist()
    columns = (cells.bucket, cells.key.codes, cells.hits, cells.bytes, cells.errors)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        (cells.view, cells.grain, bucket, None if code == NO_CODE else texts[code]): (
            hits,
            sent,
            errors,
            cells.visitors[starts[i] : starts[i + 1]].tobytes(),
        )
        for i, (bucket, code, hits, sent, errors) in enumerate(rows)
    }


def _decoded(hits: pa.Table) -> pa.Table:
    """Return a table of plain strings: which dictionary they came with is no part of what they say."""
    plain = [
        pa.field(field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
        for field in hits.schema
    ]
    return hits.cast(pa.schema(plain))
