"""One SQLite file: opening it, transactions, and what its errors mean."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from hitstream.errors import ConfigError, Fatal, HitstreamError, Retryable
from hitstream.store.contract import FIRST_GENERATION
from hitstream.store.disk import NOT_LOST, on_disk
from hitstream.store.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION, UPGRADES

_BUSY_SECONDS = 30
_PAGE = 16384  # large blocks lie in chains of pages
_WAL_PAGES = 2048  # 32 MB between checkpoints: a bulk batch writes a few
_SYNCHRONOUS = "FULL"  # a commit is on the disk when it returns


class Database:
    """A connection to the file. May be shared by threads; each statement or transaction has it alone."""

    def __init__(self, path: Path, *, write: bool) -> None:
        """Open it; with `write`, create it where there is none.

        Raises:
            ConfigError: there is no database to read, or its directory cannot be written.
            Fatal: the file is damaged, or made by a newer hitstream.
            Retryable: another process keeps it busy.

        """
        self.path = path
        self.version = 0
        self._alone = threading.RLock()
        self._depth = 0
        with explained(path):
            self._connection = _connect(path, write)
            try:
                self._prepare(write)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, write: bool) -> None:
        run = self._connection.execute
        version = self.version = int(run("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION or (version and run("PRAGMA application_id").fetchone()[0] != APPLICATION_ID):
            raise Fatal(
                f"{self.path} has schema {version}, this hitstream knows {SCHEMA_VERSION}.",
                "Use the hitstream that wrote it, or ingest into another directory.",
            )
        if not write:
            if version == 0:
                raise ConfigError(f"{self.path} holds no data yet.", "Run `hitstream ingest` first.")
            return
        run(f"PRAGMA page_size = {_PAGE}")
        run("PRAGMA journal_mode = WAL")
        run(f"PRAGMA synchronous = {_SYNCHRONOUS}")
        run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        run("PRAGMA cache_size = -16000")
        if version < SCHEMA_VERSION:
            self._connection.executescript(SCHEMA)
            with self.transaction():
                self._upgrade(version)
                run(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self.version = SCHEMA_VERSION

    def _upgrade(self, version: int) -> None:
        """Bring the rows of an older version to this one; version 0 is a new file."""
        if version == 0:
            rows = {"application": str(uuid4()), "published": 0, "generation": FIRST_GENERATION, "coverage": 0}
            self.write_many("INSERT OR IGNORE INTO meta VALUES (?, ?)", rows.items())
            self.write(f"PRAGMA application_id = {APPLICATION_ID}")
        for older in range(version or SCHEMA_VERSION, SCHEMA_VERSION):
            for statement in UPGRADES[older]:
                self.write(statement)

    def close(self) -> None:
        """Close the connection."""
        with self._alone, explained(self.path):
            self._connection.close()

    def size(self) -> int:
        """Return the bytes that its files take, what is not yet folded into the first one included."""
        with explained(self.path):
            return sum(file.stat().st_size for file in self.path.parent.glob(self.path.name + "*"))

    def read(self, sql: str, *values: object) -> list[Any]:
        """Return all rows of a query."""
        with self._alone, explained(self.path):
            return self._connection.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> int:
        """Run a statement; return how many rows it changed."""
        with self._alone, explained(self.path):
            return self._connection.execute(sql, values).rowcount

    def write_many(self, sql: str, rows: Iterable[Iterable[Any]]) -> int:
        """Run a statement for every row; return how many rows it changed."""
        with self._alone, explained(self.path):
            return self._connection.executemany(sql, rows).rowcount  # type: ignore[arg-type]

    def meta(self, key: str) -> Any:
        """Return a value of the table `meta`, None where there is none."""
        rows = self.read("SELECT value FROM meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value in the table `meta`."""
        self.write("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all of what happens inside, durably, or nothing."""
        with self._nested("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything inside from one state of the database."""
        with self._nested("BEGIN"):
            yield

    @contextmanager
    def _nested(self, begin: str) -> Iterator[None]:
        with self._alone:
            if self._depth == 0:
                self.write(begin)
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self.write("COMMIT")
            except BaseException:
                if self._depth == 1 and self._connection.in_transaction:
                    self.write("ROLLBACK")
                raise
            finally:
                self._depth -= 1


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into ours."""
    try:
        with on_disk(path):
            yield
    except sqlite3.Error as problem:
        raise _explain(path, problem) from problem


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    if not write and not path.exists():
        raise ConfigError(f"There is no {path}.", "Name the directory of an ingest with --data.")
    mode = "rwc" if write else "ro"
    connect = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    if write:
        return connect
    try:
        connect.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as problem:
        connect.close()
        if not isinstance(problem, sqlite3.OperationalError) or path.with_name(path.name + "-wal").exists():
            raise
        # A closed database on a disk we may not write: no one changes it, and the WAL's index cannot be made.
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
    return connect


def _explain(path: Path, problem: sqlite3.Error) -> HitstreamError:
    name = getattr(problem, "sqlite_errorname", "")
    if name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR"):
        return Fatal(f"Disk full or failing at {path} ({problem}).", NOT_LOST)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Retryable(f"{path} is kept busy by another process.", "Try again later.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ConfigError(
            f"{path} cannot be opened or written ({problem}).", "Choose a directory of your own with --data."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Fatal(
            f"{path} is damaged ({problem}).",
            "Keep a copy of its directory; then ingest the logs again into a new one.",
        )
    return Fatal(f"{path}: {problem}.", "This is a defect of hitstream: please report it.")
