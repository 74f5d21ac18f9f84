"""The archive as a Delta Lake table in a folder, of this machine or of HDFS.

Delivery: exactly once. Files are written first and count only from the table transaction that names them; it
carries (application id, last batch number), and a number the table has is never written again. Files of a
process
that died before its transaction are found by `vacuum`.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hitstream.errors import Fatal, HitstreamError, Retryable
from hitstream.store.contract import Checkpoint, DataFile, no_checkpoint
from hitstream.store.disk import NOT_LOST
from hitstream.store.folder import Folder
from hitstream.store.hdfs import HDFS_OPTIONS
from hitstream.store.parquet import write_days

if TYPE_CHECKING:
    import deltalake
    import pyarrow as pa
    from deltalake.transaction import AddAction, RemoveAction

_SMALL_PART = 0.5
"""Files are small that make less of a joined one."""
_SMALL_FILES = 8
"""So many small files of one day are joined."""
_JOINED_ROWS, _JOINED_BYTES = 120_000, 8 << 20
"""A joined file has so many rows, or bytes on the disk, or a little more. Bounds the memory of joining, which is the
share of one worker of an ingest: some 160 MB, a KB or more for each row of a Combined log."""
_PROPERTIES = {f"delta.{name}RetentionDuration": "interval 1 hours" for name in ("log", "deletedFile")}
"""How long a table remembers its transactions and the files that left it. A stream makes a transaction a second: after
Delta's own month each of them would have to list millions."""


def hit_columns() -> "pa.Schema":
    """Return the columns of hits."""
    from hitstream.arrow import HIT_SCHEMA

    return HIT_SCHEMA


def text_fields(columns: "pa.Schema") -> list[str]:
    """Return the columns that are texts; read them dictionary-encoded."""
    import pyarrow as pa

    return [field.name for field in columns if pa.types.is_dictionary(field.type)]


class DeltaArchive:
    """The `Archive` of both tiers. May be shared by threads; its transactions go one by one.

    Other rows than hits may be archived in the same way: they need `columns` of their own, `source`, `offset` and
    `time` among them.
    """

    def __init__(
        self,
        folder: Folder,
        application: str,
        checkpoint: Checkpoint = no_checkpoint,
        columns: "Callable[[], pa.Schema]" = hit_columns,
    ) -> None:
        self._folder = folder
        self._columns = columns
        self._application = application
        self._checkpoint = checkpoint
        self._alone = threading.RLock()
        self._opened: deltalake.DeltaTable | None = None

    @property
    def folder(self) -> Folder:
        """Where its files are."""
        return self._folder

    def write(self, hits: "pa.Table") -> list[DataFile]:
        """Write hits to files that are on the disk, but not part of the archive."""
        return write_days(self._folder, hits)

    def append(self, files: Sequence[DataFile], batch: int) -> bool:
        """Make the files part of the archive, unless it has this batch."""
        from deltalake import CommitProperties, Transaction

        with self._alone:
            if self.last_batch() >= batch:
                return False
            properties = CommitProperties(app_transactions=[Transaction(self._application, batch)])
            self._commit([_added(file) for file in files], properties)
        return True

    def last_batch(self) -> int:
        """Return the number of the last batch it has; 0 for none."""
        with self._table() as table:
            return 0 if table is None else table.transaction_version(self._application) or 0

    def files(self) -> list[str]:
        """Return the paths of the Parquet files that make up the archive now."""
        return self.state()[0]

    def state(self, upto: int | None = None) -> tuple[list[str], int]:
        """Return the files and the last batch of one version of the table: the newest with no batch after `upto`."""
        files, last = self.version(upto)
        return sorted(self._folder.at(file.path) for file in files), last

    def _version_of(self, table: "deltalake.DeltaTable", upto: int) -> "deltalake.DeltaTable | None":
        """Return the newest version with no batch after one, None where the first has a later one."""
        from deltalake import DeltaTable

        while (table.transaction_version(self._application) or 0) > upto:
            if table.version() == 0:
                return None
            table = DeltaTable(self._folder.address, table.version() - 1, HDFS_OPTIONS)
        return table

    def listing(self) -> list[DataFile]:
        """Return the files that make up the archive now, by day and path."""
        return self.version()[0]

    def version(self, upto: int | None = None) -> tuple[list[DataFile], int]:
        """Return the same with all that is known of the files, by day and path."""
        with self._table() as newest:
            table = newest if newest is None or upto is None else self._version_of(newest, upto)
            if table is None:
                return [], 0
            found, last = table.get_add_actions(flatten=False), table.transaction_version(self._application) or 0
        columns = (found.column(name).to_pylist() for name in ("path", "partition", "size_bytes", "num_records"))
        files = (
            DataFile(unquote(path), str(partition["day"]), size, rows, "")
            for path, partition, size, rows in zip(*columns, strict=True)
        )
        return sorted(files, key=lambda file: (file.day, file.path)), last

    def size(self) -> tuple[int, int, int]:
        """Return how many files make up the archive now, their bytes and their hits."""
        files = self.listing()
        return len(files), sum(file.size for file in files), sum(file.rows for file in files)

    def compact(self) -> int:
        """Join the small files of each day; return how many files that replaced."""
        from hitstream.arrow import let_go

        joined = 0
        for crowds in _together(_crowds(self.listing())):
            joined += self._join(crowds)
            let_go()
        return joined

    def vacuum(self, keep: Iterable[str], older_than: float) -> list[str]:
        """Delete files of no transaction, nor in `keep`, last changed before that time (s since 1970)."""
        known = {*keep, *(file.path for file in self.listing())}
        orphans = [path for path, changed in self._folder.parquet() if path not in known and changed < older_than]
        for path in orphans:
            self._folder.delete(path)
        return orphans

    def _join(self, crowds: list[list[DataFile]]) -> int:
        from deltalake import CommitProperties
        from deltalake.transaction import RemoveAction

        files = [file for crowd in crowds for file in crowd]
        joined = self.write(_read_files(self._folder, [file.path for file in files], self._columns()))
        self._checkpoint("compaction-files")
        now = int(time.time() * 1000)  # Delta's log wants the wall clock; nothing here depends on it
        removed = [RemoveAction(file.path, False, now, file.size, {"day": file.day}) for file in files]
        with self._alone:
            self._commit([_added(file, new=False) for file in joined], CommitProperties(), removed)
        self._checkpoint("compacted")
        for file in files:
            self._folder.touch(file.path)  # readers may still have it open: its age counts from now
        return len(files)

    def _commit(self, added: "list[AddAction]", properties: Any, removed: "Sequence[RemoveAction]" = ()) -> None:
        from deltalake.transaction import create_table_with_add_actions

        schema = _schema(self._columns())
        with self._table() as table:
            if table is None:
                create_table_with_add_actions(
                    self._folder.address, schema, added, partition_by=["day"], configuration=_PROPERTIES,
                    commit_properties=properties, storage_options=HDFS_OPTIONS,
                )  # fmt: skip
            else:
                actions: list[AddAction | RemoveAction] = [*removed, *added]
                table.create_write_transaction(actions, "append", schema, ["day"], commit_properties=properties)

    @contextmanager
    def _table(self) -> "Iterator[deltalake.DeltaTable | None]":
        """Give the table as it is now, None before the first append."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        where = self._folder.address
        with self._alone, self._folder.explained():
            try:
                if self._opened is not None:
                    self._opened.update_incremental()
                elif self._folder.has("_delta_log") and DeltaTable.is_deltatable(where, HDFS_OPTIONS):
                    self._opened = DeltaTable(where, storage_options=HDFS_OPTIONS)
                yield self._opened
            except DeltaError as problem:
                raise _explain(where, problem) from problem


class ArchivedUpto:
    """All hits of the batches up to one; where they are is only looked up when somebody asks."""

    waiting: "Sequence[tuple[Hashable, pa.Table]]" = ()

    def __init__(self, archive: DeltaArchive, upto: int) -> None:
        self._archive = archive
        self._upto = upto

    @cached_property
    def files(self) -> list[str]:
        """Return the URLs of the Parquet files."""
        return self._archive.state(self._upto)[0]

    @property
    def folder(self) -> Folder:
        """Return what opens the files."""
        return self._archive.folder

    @cached_property
    def stage(self) -> "pa.Table":
        """Return no hits: none wait."""
        import pyarrow as pa

        from hitstream.arrow import HIT_SCHEMA

        return pa.Table.from_batches([], HIT_SCHEMA)


def _read_files(folder: Folder, names: Iterable[str], columns: "pa.Schema") -> "pa.Table":
    """Return the rows of Parquet files, text columns dictionary-encoded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = text_fields(columns)
    tables = []
    for name in names:
        with folder.open(name) as file:
            tables.append(pq.ParquetFile(file, read_dictionary=texts).read(use_threads=False))
    tables.sort(key=_first_position)  # files of one source come in order then, and need no sorted copy
    return pa.concat_tables(tables).unify_dictionaries()


def _first_position(hits: "pa.Table") -> tuple[str, int]:
    """Return the source and offset of the first row of a file, which has its rows in that order."""
    return hits["source"][0].as_py(), hits["offset"][0].as_py()


def _crowds(files: list[DataFile]) -> Iterator[list[DataFile]]:
    """Yield groups of small files of one day that belong together."""
    by_day: dict[str, list[DataFile]] = defaultdict(list)
    for file in files:
        if _part(file) < _SMALL_PART:
            by_day[file.day].append(file)
    for small in by_day.values():
        if len(small) < _SMALL_FILES:
            continue
        group: list[DataFile] = []
        for file in sorted(small, key=lambda file: file.rows):
            group.append(file)
            if sum(map(_part, group)) >= 1:
                yield group
                group = []
        if len(group) > 1:
            yield group


def _together(crowds: Iterable[list[DataFile]]) -> Iterator[list[list[DataFile]]]:
    """Yield groups in lots that are joined in one transaction: a log of thousands of days makes as many groups."""
    lot: list[list[DataFile]] = []
    for crowd in crowds:
        lot.append(crowd)
        if sum(_part(file) for each in lot for file in each) >= 1:
            yield lot
            lot = []
    if lot:
        yield lot


def _part(file: DataFile) -> float:
    """Return how much of a joined file a file makes."""
    return max(file.rows / _JOINED_ROWS, file.size / _JOINED_BYTES)


def _schema(columns: "pa.Schema") -> Any:
    """Return a table's schema: its columns, texts as strings, and the day."""
    import pyarrow as pa
    from deltalake import Schema

    texts = text_fields(columns)
    plain = [
        pa.field(field.name, pa.string() if field.name in texts else field.type, field.nullable) for field in columns
    ]
    return Schema.from_arrow(pa.schema([*plain, pa.field("day", pa.date32())]))


def _added(file: DataFile, *, new: bool = True) -> "AddAction":
    from deltalake.transaction import AddAction

    return AddAction(file.path, file.size, {"day": file.day}, int(time.time() * 1000), new, file.stats)


def _explain(where: str, problem: Exception) -> HitstreamError:
    if "No space left" in str(problem) or "os error 28" in str(problem):
        return Fatal(f"Disk full at {where}.", NOT_LOST)
    if "HdfsObjectStore" in str(problem):
        message = f"HDFS does not do what is asked at {where}: {' '.join(str(problem).split())[:400]}."
        return Retryable(message, "Look after its NameNode, its DataNodes and their disks.")
    return Fatal(f"The archive {where} cannot be read or written ({problem}).", "Check its `_delta_log`.")
