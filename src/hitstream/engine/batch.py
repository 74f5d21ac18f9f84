"""Recomputes all views from the archive, some days at a time, as a new generation of sealed blocks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.clock import Clock, SystemClock
from hitstream.engine.archiver import archive_stage, recover
from hitstream.engine.lock import held
from hitstream.engine.pieces import LINES_AT_ONCE
from hitstream.engine.upkeep import Retention, expire
from hitstream.record import TEXT_COLUMNS, Hits
from hitstream.store.contract import DataFile, no_checkpoint
from hitstream.store.delta import hit_columns, text_fields
from hitstream.store.directory import LOCK, DataDirectory, open_directory
from hitstream.store.folder import Folder
from hitstream.views.cells import Cells
from hitstream.views.columns import derive
from hitstream.views.merge import merge
from hitstream.views.pack import FORM, pack
from hitstream.views.rollup import rollup
from hitstream.views.table import VIEWS, View, view

if TYPE_CHECKING:
    import pyarrow as pa

_PARTS_AT_ONCE = 8
"""Cells of so many pieces of a day are merged at a time; bounds the memory of a large day."""


def rebuild(directory: Path | str, retention: Retention | None = None, clock: Clock | None = None) -> int:
    """Recompute the cells of a data directory from its archive; return of how many hits.

    Readers see the old cells until all new ones are there.

    Raises:
        ConfigError: there is no data directory.
        Retryable: another process ingests into it.
        Fatal: archive and database do not belong together.
    """
    root, clock = Path(directory), clock or SystemClock()
    open_directory(root, write=False).close()
    with held(root / LOCK, clock):
        data = open_directory(root, write=True)
        try:
            recover(data, clock)
            return _rebuild(data, retention or Retention())
        finally:
            data.close()


def rebuild_if_views_changed(data: DataDirectory, retention: Retention) -> None:
    """Recompute the cells if they were made by another table of views."""
    known = data.database.meta("views")
    if known is None:
        data.database.set_meta("views", fingerprint())
    elif known != fingerprint():
        _rebuild(data, retention)


def fingerprint(views: tuple[View, ...] = VIEWS) -> str:
    """Return what changes when views count something else, or blocks take another form."""
    return blake2b(repr((FORM, views)).encode(), digest_size=8).hexdigest()


def recompute(folder: Folder, files: Iterable[str]) -> list[Cells]:
    """Return the cells of all views over the hits of some Parquet files of a folder, merged."""
    return merged(rollup(hits) for hits in read_hits(folder, files))


def merged(rollups: Iterable[list[Cells]]) -> list[Cells]:
    """Merge what `rollup` returned for several pieces."""
    parts: dict[tuple[str, str], list[Cells]] = defaultdict(list)
    for cells in (cells for found in rollups for cells in found):
        group = parts[cells.view, cells.grain]
        group.append(cells)
        if len(group) >= _PARTS_AT_ONCE:
            group[:] = [merge(group, view(cells.view))]
    return [merge(group, view(name)) for (name, _), group in parts.items()]


def read_hits(folder: Folder, files: Iterable[str]) -> Iterator[Hits]:
    """Yield the hits of Parquet files in pieces, those of small files together, derived columns made anew."""
    small: list[pa.Table] = []
    for piece in _read(folder, files):
        if small and sum(map(len, small)) + len(piece) > LINES_AT_ONCE:
            yield from _hits_of(small)
            small = []
        small.append(piece)
    yield from _hits_of(small)


def _read(folder: Folder, files: Iterable[str]) -> "Iterator[pa.Table]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = text_fields(hit_columns())
    for file in files:
        with folder.open(file) as opened:
            parquet = pq.ParquetFile(opened, read_dictionary=texts)
            for batch in parquet.iter_batches(LINES_AT_ONCE, use_threads=False):
                yield pa.Table.from_batches([batch])


def _hits_of(pieces: "list[pa.Table]") -> Iterator[Hits]:
    import pyarrow as pa

    if pieces:
        for batch in pa.concat_tables(pieces).unify_dictionaries().combine_chunks().to_batches():
            yield from hits_of(batch)


def hits_of(batch: "pa.RecordBatch") -> Iterator[Hits]:
    """Yield the hits of each source in a batch of the archive, derived columns made anew."""
    from hitstream.arrow import from_arrow

    for hits in from_arrow(batch):
        line = {name: column for name, column in hits.text.items() if name in TEXT_COLUMNS}
        yield derive(replace(hits, text=line))


def _rebuild(data: DataDirectory, retention: Retention) -> int:
    archive_stage(data, no_checkpoint)
    cut = data.cells.cut()
    generation = cut.generation + 1
    rows = 0
    for files in days_together(data.archive.listing()):
        blocks = [
            block for cells in recompute(data.archive.folder, [file.path for file in files]) for block in pack(cells)
        ]
        data.cells.seal(generation, cut.published, blocks)
        rows += sum(file.rows for file in files)
    with data.database.transaction():
        data.cells.advance(generation, cut.published)
        data.cells.sweep()
        data.database.set_meta("views", fingerprint())
        newest = data.database.meta("newest")
        if newest is not None:
            expire(data.cells, retention.floors(newest))
    return rows


def days_together(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    """Yield files, ordered by day, in lots of whole days that hold few hits, or of a day that holds many."""
    lot: list[DataFile] = []
    rows = 0
    for _, day in groupby(files, key=lambda file: file.day):
        files_of_day = list(day)
        more = sum(file.rows for file in files_of_day)
        if lot and rows + more > LINES_AT_ONCE:
            yield lot
            lot, rows = [], 0
        lot += files_of_day
        rows += more
    if lot:
        yield lot
