"""Hits that count already, on their way to the archive.

A small batch is kept packed in the database. A large one is written as Parquet files at once, and its row
only
names them: nothing is written twice, and the transaction stays the one commit point of both.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hitstream.store.contract import DataFile
from hitstream.store.database import Database

if TYPE_CHECKING:
    import pyarrow as pa


class Staged(NamedTuple):
    """A batch's hits: a table, or the files that hold them."""

    batch: int
    rows: int
    hits: "pa.Table | None"
    files: list[DataFile]


class HitStage:
    """The staged batches of a database, in order."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._unpacked: dict[int, pa.Table] = {}

    def put(self, batch: int, rows: int, packed: bytes | None, files: Sequence[DataFile]) -> None:
        """Keep a batch's hits, as `pack` made them or as names of files. Part of the batch's transaction."""
        self.database.write(
            "INSERT INTO stage VALUES (?, ?, ?, ?)", batch, rows, packed, json.dumps(files) if files else None
        )

    def batches(self) -> list[tuple[int, int]]:
        """Return (batch, packed rows) of what is staged, in order; a batch in files has no packed rows."""
        return self.database.read("SELECT batch, iif(hits IS NULL, 0, rows) FROM stage ORDER BY batch")

    def weight(self) -> tuple[int, int, int]:
        """Return the batches and hits that are staged, and the bytes that the packed ones take."""
        rows = self.database.read("SELECT count(*), total(rows), total(length(hits)) FROM stage")
        batches, hits, octets = map(int, rows[0])
        return batches, hits, octets

    def read(self, after: int = 0, up_to: int | None = None) -> list[Staged]:
        """Return the batches with after < batch <= up_to, in order."""
        rows = self.database.read(
            "SELECT batch, rows, hits, files FROM stage WHERE batch > ? AND batch <= ifnull(?, batch) ORDER BY batch",
            after,
            up_to,
        )
        return [
            Staged(batch, count, None if packed is None else unpack(packed), _files(files))
            for batch, count, packed, files in rows
        ]

    def everything(self) -> list[Staged]:
        """Return all batches, in order; those that were unpacked the last time are not unpacked again."""
        rows = self.database.read("SELECT batch, rows, hits IS NOT NULL, files FROM stage ORDER BY batch")
        known = self._unpacked
        last = max(known, default=0)  # batches only come in order
        new = self.database.read("SELECT batch, hits FROM stage WHERE batch > ? AND hits IS NOT NULL", last)
        known = known | {batch: unpack(packed) for batch, packed in new}
        self._unpacked = {batch: known[batch] for batch, _, is_packed, _ in rows if is_packed}
        return [Staged(batch, count, self._unpacked.get(batch), _files(files)) for batch, count, _, files in rows]

    def files(self) -> list[DataFile]:
        """Return the Parquet files that staged batches name."""
        rows = self.database.read("SELECT files FROM stage WHERE files IS NOT NULL ORDER BY batch")
        return [file for row in rows for file in _files(row[0])]

    def drop(self, up_to: int) -> None:
        """Forget the batches that the archive has."""
        self.database.write("DELETE FROM stage WHERE batch <= ?", up_to)


def _files(text: str | None) -> list[DataFile]:
    return [DataFile(*file) for file in json.loads(text or "[]")]


def pack(hits: "pa.Table") -> bytes:
    """Return hits as an Arrow IPC stream, dictionaries kept, zstd."""
    import pyarrow as pa

    out = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False, unify_dictionaries=True)
    with pa.ipc.new_stream(out, hits.schema, options=options) as writer:
        writer.write_table(hits)
    return bytes(out.getvalue())


def unpack(packed: bytes) -> "pa.Table":
    """Return what was packed."""
    import pyarrow as pa

    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()
