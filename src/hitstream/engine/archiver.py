"""Moves staged hits into the archive, in larger pieces than the batches they came in."""

from collections.abc import Iterator

from hitstream.clock import Clock
from hitstream.store.contract import Checkpoint
from hitstream.store.directory import DataDirectory

ROWS_AT_ONCE = 250_000
"""Packed rows that are unpacked and written together; bounds the memory of archiving (some 110 bytes a row)."""

ORPHAN_SECONDS = 3600
"""How old a file must be that belongs to nothing, before it is deleted: readers may still have it open."""


def recover(data: DataDirectory, clock: Clock) -> None:
    """Bring the stage up to what the archive has, and delete what processes that died left behind.

    Raises:
        Fatal: archive and database do not belong together.
    """
    _forget(data, data.check_archive())
    data.archive.vacuum((file.path for file in data.stage.files()), clock.now() - ORPHAN_SECONDS)


def archive_stage(data: DataDirectory, checkpoint: Checkpoint) -> None:
    """Move all that is staged into the archive, each piece exactly once."""
    after = 0
    for last in _pieces(data.stage.batches()):
        staged = data.stage.read(after, last)
        files = [file for batch in staged for file in batch.files]
        tables = [batch.hits for batch in staged if batch.hits is not None]
        if tables:
            import pyarrow as pa

            from hitstream.arrow import let_go

            let_go()  # a batch of many days leaves much of it in pieces
            files += data.archive.write(pa.concat_tables(tables))
            del staged, tables
            let_go()
        checkpoint("archive-files-written")
        data.archive.append(files, last)
        checkpoint("archive-appended")
        _forget(data, last)
        checkpoint("stage-emptied")
        after = last


def _forget(data: DataDirectory, archived: int) -> None:
    with data.database.transaction():
        data.stage.drop(archived)
        data.ledger.join_ranges(archived)
        data.database.set_meta("archived", archived)


def _pieces(batches: list[tuple[int, int]]) -> Iterator[int]:
    """Yield the last batch of each piece, given (batch, packed rows)."""
    rows = last = 0
    for batch, packed in batches:
        if rows and rows + packed > ROWS_AT_ONCE:
            yield last
            rows = 0
        rows, last = rows + packed, batch
    if last:
        yield last
