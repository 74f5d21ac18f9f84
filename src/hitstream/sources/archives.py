"""Archives whose members are logs: tar, plain or compressed, and zip. The members are read one after the other.

What comes of an archive is one source: the lines of its members in their order there, members that are compressed
unpacked. Directories, links and what is no log by its name (see `discover.OTHER_NAMES`) are passed over. A member whose
last line has no newline gets one.
"""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from lzma import LZMAError
from typing import BinaryIO, Protocol, cast

from hitstream.errors import DataError
from hitstream.sources.codecs import MAGIC_BYTES, detect
from hitstream.sources.decompress import Decompressed, Limits, Reader
from hitstream.sources.discover import is_other

_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_ZIP_MAGIC = b"PK\x03\x04"
START_BYTES = 512
"""How many first bytes an archive is told by."""
_BLOCK_BYTES = 8 << 10
"""How much of a member is read at once; of a block that an archive's end cuts off, nothing is."""


class Positioned(Reader, Protocol):
    """What an archive is read from, and how far."""

    @property
    def consumed(self) -> int:
        """Return how many raw bytes were read."""
        ...


def is_tar(start: bytes) -> bool:
    """Tell whether a file starts as a tar archive does."""
    return start[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC)


def is_zip(start: bytes) -> bool:
    """Tell whether a file starts as a zip archive does."""
    return start.startswith(_ZIP_MAGIC)


class Members:
    """The lines of an archive's members as one stream, forward only, with the interface of `Decompressed`."""

    def __init__(self, members: Iterator[Reader], path: str, raw: Positioned, limits: Limits) -> None:
        self._members = members
        self._path = path
        self._raw = raw
        self._limits = limits
        self._member: Reader | None = None
        self._ready = memoryview(b"")
        self._last = b"\n"
        self.position = 0

    @property
    def consumed(self) -> int:
        """Return how many raw bytes were read."""
        return self._raw.consumed

    def readinto(self, view: memoryview) -> int:
        """Fill a part of the view; 0 at the end.

        Raises:
            DataError: the archive or a member is damaged, or it unpacks to more than the limits allow.
        """
        while not self._ready:
            block = self._read()
            if block is None:
                return 0
            self._ready = memoryview(block)
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self.position += count
        limits = self._limits
        if self.position > min(limits.total, max(limits.ratio_after, limits.ratio * self.consumed)):
            raise DataError(
                f"{self._path} unpacks to more than {limits.total} bytes, or {limits.ratio} bytes a byte.",
                "It looks like a decompression bomb; raise the limits if it is not.",
            )
        return count

    def _read(self) -> bytes | None:
        """Return the next bytes of a member, maybe none; None at the end of the last."""
        try:
            if self._member is None:
                self._member = next(self._members, None)
                return b"" if self._member else None
            block = self._member.read(_BLOCK_BYTES)
        except _DAMAGED as error:
            raise DataError(f"{self._path}: the archive is damaged ({error}).", "Get the file again.") from error
        if not block:
            self._member = None
            block = b"" if self._last == b"\n" else b"\n"
        self._last = block[-1:] or self._last
        return block


_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, RuntimeError, ValueError)


def tar_members(raw: Reader, path: str, limits: Limits) -> Iterator[Reader]:
    """Yield the members of a tar archive that are logs.

    Raises:
        DataError: a member is of a kind that holds no log lines.
    """
    with tarfile.open(fileobj=cast(BinaryIO, raw), mode="r|") as archive:
        for member in archive:
            if member.isfile() and not is_other(member.name):
                content = archive.extractfile(member)
                assert content is not None
                yield _unpacked(cast(Reader, content), f"{path}:{member.name}", limits)


def zip_members(raw: BinaryIO, path: str, limits: Limits) -> Iterator[Reader]:
    """Yield the members of a zip archive that are logs.

    Raises:
        DataError: a member is of a kind that holds no log lines.
    """
    with zipfile.ZipFile(raw) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not is_other(member.filename):
                with archive.open(member) as content:
                    yield _unpacked(cast(Reader, content), f"{path}:{member.filename}", limits)


class _Started:
    """A reader whose first bytes were read already."""

    def __init__(self, start: bytes, read: Callable[[int], bytes]) -> None:
        self._start = io.BytesIO(start)
        self._read = read

    def read(self, count: int) -> bytes:
        return self._start.read(count) or self._read(count)


def _unpacked(member: Reader, path: str, limits: Limits) -> Reader:
    start = member.read(MAGIC_BYTES)
    reader = _Started(start, member.read)
    codec = detect(path, start)
    return Decompressed(reader, path, codec, limits) if codec else reader
