"""A directory of HDFS, for an archive's files."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from hitstream.errors import ConfigError, Fatal, Retryable

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from hdfs_native import Client

    from hitstream.store.hdfs_files import CountedFile

_LOOK_SECONDS = 0.005
HDFS_OPTIONS = {"dfs.client.failover.max.attempts": "4", "dfs.client.failover.sleep.base.millis": "200"}
"""How a client of HDFS is patient: five seconds with a NameNode that is away; without them it is three minutes."""


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

        from hitstream.store.hdfs_files import CountedFile

        with self.explained():
            out = CountedFile(self.client.create(self._within(name), WriteOptions(create_parent=True)))
            try:
                write(cast("IO[bytes]", out))
            except BaseException:
                out.close()
                raise
            self._close(name, out)
        return out.size

    def _close(self, name: str, out: "CountedFile") -> None:
        """Close a file; return when it is on the disks, and everyone who opens it reads all of it.

        The client asks the NameNode to close it, mostly a moment before the DataNode has reported the last block, and
        then waits half a second before it asks again. From that report on the file is whole, whatever becomes of the
        client.
        """
        pool = ThreadPoolExecutor(1, "hitstream-close")
        closing = pool.submit(out.close)
        pool.shutdown(wait=False)
        while not closing.done():
            if len(self.client.read(self._within(name))) == out.size:
                return
            wait([closing], _LOOK_SECONDS)
        closing.result()

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


def _first(problem: Exception) -> str:
    """Return the first line of an error of HDFS, which brings the stack of the server along."""
    return str(problem).partition("\n")[0].partition("\\n")[0].rstrip(".") + "."
