"""Where an archive's files are: a directory of this machine, or of HDFS.

Names are relative to the folder, with `/`. A file is there whole or not at all for whoever goes by the names that
`create` has returned for: what a process that died left half-written has a name that nobody was told.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from hitstream.errors import ConfigError, Fatal, Retryable
from hitstream.store.disk import on_disk

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from hdfs_native import Client

_SYNCED_AT_ONCE = 8  # a disk writes what several wait for together
HDFS_OPTIONS = {"dfs.client.failover.max.attempts": "4", "dfs.client.failover.sleep.base.millis": "200"}
"""How a client of HDFS is patient: five seconds with a NameNode that is away; without them it is three minutes."""


class Folder(Protocol):
    """A directory, and what an archive does in it."""

    @property
    def address(self) -> str:
        """Its path or URL, as Delta Lake's readers take it."""
        ...

    def at(self, name: str) -> str:
        """Return the path or URL of a file."""
        ...

    def create(self, name: str, write: Callable[[IO[bytes]], None]) -> int:
        """Make a file of what `write` writes, and return its size in bytes. It need not outlive the machine yet."""
        ...

    def sync(self, names: Sequence[str]) -> None:
        """Return when some files are on the disk."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read, given by its name or as `at` returned it."""
        ...

    def parquet(self) -> list[tuple[str, float]]:
        """Return name and time of last change (s since 1970) of all Parquet files of days, by name."""
        ...

    def touch(self, name: str) -> None:
        """Set a file's time of last change to now."""
        ...

    def delete(self, name: str) -> None:
        """Delete a file."""
        ...

    def has(self, name: str) -> bool:
        """Tell whether there is a file or directory."""
        ...

    def file_system(self) -> "AbstractFileSystem | None":
        """Return what DuckDB has to be given before it can read its files; None where it can."""
        ...

    def explained(self) -> AbstractContextManager[None]:
        """Turn errors of the file system into ours."""
        ...


class LocalFolder:
    """A `Folder` of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def address(self) -> str:
        """Its path."""
        return str(self.path)

    def at(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.path / name)

    def create(self, name: str, write: Callable[[IO[bytes]], None]) -> int:
        """Make a file."""
        file = self.path / name
        with on_disk(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                with file.open("xb") as out:
                    write(out)
            except OSError:
                file.unlink(missing_ok=True)
                raise
            return file.stat().st_size

    def sync(self, names: Sequence[str]) -> None:
        """Return when some files, and their names in directories that lie in this one, are on the disk."""
        files = [self.path / name for name in names]
        folders = {file.parent for file in files}
        with self.explained(), ThreadPoolExecutor(min(_SYNCED_AT_ONCE, len(files) or 1), "hitstream-sync") as pool:
            list(pool.map(_sync, [*files, *folders, *{folder.parent for folder in folders}]))

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read."""
        with self.explained():
            return (self.path / name).open("rb")

    def parquet(self) -> list[tuple[str, float]]:
        """Return name and time of last change of all Parquet files of days."""
        with self.explained():
            files = sorted(self.path.glob("day=*/*.parquet"))
            return [(file.relative_to(self.path).as_posix(), file.stat().st_mtime) for file in files]

    def touch(self, name: str) -> None:
        """Set a file's time of last change to now."""
        os.utime(self.path / name)

    def delete(self, name: str) -> None:
        """Delete a file."""
        with self.explained():
            (self.path / name).unlink()

    def has(self, name: str) -> bool:
        """Tell whether there is a file or directory."""
        return (self.path / name).exists()

    def file_system(self) -> None:
        """Return nothing: everyone can read files of this machine."""
        return

    def explained(self) -> AbstractContextManager[None]:
        """Turn errors of the file system into ours."""
        return on_disk(self.path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class HdfsFolder:
    """A `Folder` of HDFS, given as `hdfs://HOST:PORT/PATH`. A closed file is on the disks of all its replicas.

    It may be sent to other processes, which connect anew.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._path = urlsplit(self._address).path

    def __reduce__(self) -> tuple[type["HdfsFolder"], tuple[str]]:
        return type(self), (self._address,)

    @property
    def address(self) -> str:
        """Its URL."""
        return self._address

    @cached_property
    def client(self) -> "Client":
        """What speaks to HDFS. Connects when it is used first."""
        from hdfs_native import Client

        parts = urlsplit(self._address)
        return Client(f"{parts.scheme}://{parts.netloc}", HDFS_OPTIONS)

    def file_system(self) -> "AbstractFileSystem":
        """Return HDFS for DuckDB, which reads through fsspec."""
        from hitstream.store.hdfs_files import file_system

        parts = urlsplit(self._address)
        return file_system(parts.hostname, parts.port, HDFS_OPTIONS)

    def at(self, name: str) -> str:
        """Return the URL of a file."""
        return f"{self._address}/{name}"

    def create(self, name: str, write: Callable[[IO[bytes]], None]) -> int:
        """Make a file."""
        from hdfs_native import WriteOptions

        with self.explained():
            out: Any = self.client.create(self._within(name), WriteOptions(create_parent=True))
            with out:
                write(out)
            return int(self.client.get_file_info(self._within(name)).length)

    def sync(self, names: Sequence[str]) -> None:
        """Do nothing: a file was closed, so it is on the disk."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read."""
        with self.explained():
            file: Any = self.client.read(self._within(name.removeprefix(f"{self._address}/")))
            return file  # type: ignore[no-any-return]

    def parquet(self) -> list[tuple[str, float]]:
        """Return name and time of last change of all Parquet files of days."""
        with self.explained():
            if not self.has(""):
                return []
            found = [
                (each.path.removeprefix(self._path + "/"), each.modification_time / 1000)
                for each in self.client.list_status(self._path, True)
                if not each.isdir
            ]
        return sorted(row for row in found if row[0].startswith("day=") and row[0].endswith(".parquet"))

    def names(self, name: str) -> list[str]:
        """Return what stands directly in a directory within, by name; nothing where there is none."""
        with self.explained():
            try:
                found = [each.path.rpartition("/")[2] for each in self.client.list_status(self._within(name), False)]
            except FileNotFoundError:
                return []
        return sorted(found)

    def touch(self, name: str) -> None:
        """Set a file's time of last change to now."""
        import time

        now = int(time.time() * 1000)
        with self.explained():
            self.client.set_times(self._within(name), now, now)

    def delete(self, name: str) -> None:
        """Delete a file, or a directory with all that is in it."""
        with self.explained():
            self.client.delete(self._within(name), True)

    def has(self, name: str) -> bool:
        """Tell whether there is a file or directory."""
        with self.explained():
            try:
                self.client.get_file_info(self._within(name))
            except FileNotFoundError:
                return False
            return True

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn errors of HDFS into ours: most mean that a server of it is away or full, which passes."""
        try:
            yield
        except PermissionError as problem:
            raise ConfigError(f"{self._address} cannot be written: {_first(problem)}", "Ask who keeps it.") from problem
        except FileNotFoundError as problem:
            raise Fatal(f"A file is missing: {_first(problem)}", f"Look what became of {self._address}.") from problem
        except (OSError, RuntimeError) as problem:
            message = f"HDFS does not do what is asked at {self._address}: {_first(problem)}"
            raise Retryable(message, "Look after its NameNode, its DataNodes and their disks.") from problem

    def _within(self, name: str) -> str:
        return f"{self._path}/{name}" if name else self._path or "/"


def folder(address: str | Path) -> Folder:
    """Return the folder at a path, or at a URL of HDFS."""
    return HdfsFolder(str(address)) if str(address).startswith("hdfs:") else LocalFolder(Path(address))


def _first(problem: Exception) -> str:
    """Return the first line of an error of HDFS, which brings the stack of the server along."""
    return str(problem).partition("\n")[0].partition("\\n")[0].rstrip(".") + "."
