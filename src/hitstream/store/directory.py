"""A data directory: the one place that knows where things are in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitstream.errors import Fatal
from hitstream.store.contract import Checkpoint, no_checkpoint
from hitstream.store.database import Database
from hitstream.store.delta import DeltaArchive
from hitstream.store.disk import on_disk
from hitstream.store.folder import Folder, LocalFolder
from hitstream.store.ledger import Ledger
from hitstream.store.sqlite import SqliteCells
from hitstream.store.stage import HitStage

if TYPE_CHECKING:
    import pyarrow as pa

DATABASE = "hitstream.sqlite"
ARCHIVE = "archive"
LOCK = "ingest.lock"


class ArchivedHits(NamedTuple):
    """All hits that count: those in Parquet files, and those that are only staged, by batch."""

    files: list[str]
    waiting: "list[tuple[int, pa.Table]]"
    folder: Folder

    @property
    def stage(self) -> "pa.Table":
        """The staged hits of all batches."""
        import pyarrow as pa

        from hitstream.arrow import HIT_SCHEMA

        # Not `empty_table`, which imports pandas wherever that is installed.
        return pa.concat_tables([pa.Table.from_batches([], HIT_SCHEMA), *(hits for _, hits in self.waiting)])


@dataclass(frozen=True)
class DataDirectory:
    """An open data directory."""

    root: Path
    database: Database
    cells: SqliteCells
    ledger: Ledger
    stage: HitStage
    archive: DeltaArchive

    def hits(self) -> ArchivedHits:
        """Return every published hit exactly once, from the archive and the stage."""
        with self.snapshot() as hits:
            return hits

    @contextmanager
    def snapshot(self) -> Iterator[ArchivedHits]:
        """Give all published hits, with everything that is read of the database inside in the same state.

        Not inside `Database.snapshot`, since it may have to take a newer state than the first.
        """
        while True:
            with self.database.snapshot():
                hits = self._hits()
                if hits is not None:
                    yield hits
                    return

    def _hits(self) -> ArchivedHits | None:
        """Return the hits of the present snapshot; None if the archive has gone past it.

        The stage is read first: what leaves it meanwhile is in the archive, whose number says what to skip.
        """
        staged = self.stage.everything()
        files, archived = self.archive.state()
        if archived > self.cells.cut().published:
            return None
        waiting = [batch for batch in staged if batch.batch > archived]
        files += [self.archive.folder.at(file.path) for batch in waiting for file in batch.files]
        tables = [(batch.batch, batch.hits) for batch in waiting if batch.hits is not None]
        return ArchivedHits(files, tables, self.archive.folder)

    def check_archive(self) -> int:
        """Return the last batch the archive has.

        Raises:
            Fatal: archive and database are not of one making, so that going on could lose or double hits.

        """
        archived = self.archive.last_batch()
        expected = self.database.meta("archived") or 0
        if archived < expected:
            raise Fatal(
                f"{self.archive.folder.address} ends at batch {archived}, {self.database.path} wants {expected}.",
                "Put back the archive that belongs to it, or ingest the logs again into a new directory.",
            )
        if not archived and self.archive.files():
            raise Fatal(
                f"{self.archive.folder.address} belongs to another database than {self.database.path}.",
                "Put back the database that belongs to it, or ingest the logs again into a new directory.",
            )
        return archived

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_directory(root: Path | str, *, write: bool, checkpoint: Checkpoint = no_checkpoint) -> DataDirectory:
    """Open a data directory, and with `write` make it where there is none.

    Raises:
        ConfigError: there is none to read, or it cannot be written.
        Fatal: its database is damaged.

    """
    root = Path(root)
    if write:
        with on_disk(root):
            root.mkdir(parents=True, exist_ok=True)
    database = Database(root / DATABASE, write=write)
    archive = DeltaArchive(LocalFolder(root / ARCHIVE), database.meta("application"), checkpoint)
    return DataDirectory(root, database, SqliteCells(database), Ledger(database), HitStage(database), archive)


@contextmanager
def open_reader(root: Path | str) -> Iterator[DataDirectory]:
    """Open a data directory to read from it, while another process may ingest into it."""
    data = open_directory(root, write=False)
    try:
        yield data
    finally:
        data.close()
