"""All that a data directory holds, as plain values: two that read the same lines compare equal."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from hitstream.record import NO_CODE, BadLine
from hitstream.store.cells import read_cells
from hitstream.store.directory import open_reader
from hitstream.store.ledger import BadCount, Counts
from hitstream.views.cells import Cells
from hitstream.views.table import VIEWS

_EVER = 1 << 60

Key = tuple[str, str, int, str | None]
"""(view, grain, bucket, key); None is the folded tail."""


class Contents(NamedTuple):
    """What a data directory holds, however its batches were cut."""

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
        cells: dict[Key, tuple[int, int, int, bytes]] = {}
        for view in VIEWS:
            for grain in view.grains:
                cells |= _plain(read_cells(data.cells, view, grain, -_EVER, _EVER))
        tables = [_decoded(pq.ParquetFile(file).read()) for file in archived.files]
        hits = pa.concat_tables([_decoded(archived.stage), *tables])
        by_position = hits.sort_by([("source", "ascending"), ("offset", "ascending")])
        ledger = data.ledger
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
