"""Files of HDFS: one that knows how much was written, and one for readers of several threads, as DuckDB is one."""

import io
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from hdfs_native import FileReader, FileWriter


class CountedFile(io.RawIOBase):
    """A new file, and how many bytes were written to it."""

    def __init__(self, out: "FileWriter") -> None:
        self._out = out
        self.size = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes, all of them."""
        written = self._out.write(data)
        self.size += written
        return written

    def close(self) -> None:
        """Close the file, once."""
        if not self.closed:
            super().close()
            self._out.close()


class SharedFile(io.RawIOBase):
    """A file that is read by several threads at once, each of which has a position of its own."""

    def __init__(self, reader: "FileReader") -> None:
        self._reader = reader
        self.size = len(reader)
        self._of_thread = threading.local()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return this thread's position."""
        return getattr(self._of_thread, "position", 0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set this thread's position."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self.size}[whence]
        self._of_thread.position = start + offset
        return self.tell()

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes from this thread's position on, all there are where it is negative."""
        start = self.tell()
        left = max(0, self.size - start)
        length = left if size < 0 else min(size, left)
        data = self._reader.read_range(start, length) if length else b""
        self._of_thread.position = start + len(data)
        return data


def file_system(host: str | None, port: int | None, options: Mapping[str, str]) -> "AbstractFileSystem":
    """Return HDFS as fsspec has it, with files that threads may share."""
    from hdfs_native.fsspec import HdfsFileSystem

    class SharedFiles(HdfsFileSystem):
        def _open(self, path: str, *_more: Any, **_options: Any) -> SharedFile:  # all are opened to read
            return SharedFile(self.client.read(self._strip_protocol(path)))

    return SharedFiles(host, port, **options)
