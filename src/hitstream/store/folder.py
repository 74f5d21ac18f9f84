"""Where an archive's files are: a directory of this machine, or of HDFS.

Names are relative to the folder, with `/`. A file is there whole or not at all for whoever goes by the names that
`create` has returned for: what a process that died left half-written has a name that nobody was told.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from hitstream.store.disk import on_disk
from hitstream.store.hdfs import HdfsFolder

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SYNCED_AT_ONCE = 8  # a disk writes what several wait for together


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


def folder(address: str | Path) -> Folder:
    """Return the folder at a path, or at a URL of HDFS."""
    return HdfsFolder(str(address)) if str(address).startswith("hdfs:") else LocalFolder(Path(address))
