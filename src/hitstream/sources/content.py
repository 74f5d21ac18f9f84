"""The content of an open file, plain or compressed, as a tail needs it."""

import os
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from functools import partial
from typing import BinaryIO, Protocol

from hitstream.errors import DataError
from hitstream.sources.archives import START_BYTES as ARCHIVE_START_BYTES
from hitstream.sources.archives import Members, Positioned, is_tar, is_zip, tar_members, zip_members
from hitstream.sources.codecs import Codec, detect
from hitstream.sources.decompress import Decompressed, Limits, UnpackedStream, skip
from hitstream.sources.identity import FINGERPRINT_BYTES
from hitstream.sources.line_ends import START_BYTES, ended_by_returns, returns_as_newlines
from hitstream.sources.lines import ReadInto


class Fit(IntEnum):
    """How the bytes before a position compare with a file's."""

    OTHER = 0
    SHORTER = 1
    SAME = 2


class Content(Protocol):
    """What a file holds."""

    final: bool
    """Whether the end of the file is the end of its content, so that a torn last line is a line."""

    @property
    def consumed(self) -> int:
        """Return how many raw bytes were read."""
        ...

    def head(self) -> bytes:
        """Return the first bytes, at most `FINGERPRINT_BYTES`."""
        ...

    def fit(self, position: int, tail: bytes) -> Fit:
        """Tell whether `tail` stands before `position`."""
        ...

    def reader(self, position: int) -> ReadInto:
        """Return a reader from that position on."""
        ...


class Plain:
    """Bytes as they are, at the end of which more may be written."""

    final = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._returns = ended_by_returns(os.pread(descriptor, START_BYTES, 0))
        self.consumed = 0

    def head(self) -> bytes:
        """Return the first bytes, at most `FINGERPRINT_BYTES`."""
        return self._read(FINGERPRINT_BYTES, 0)

    def fit(self, position: int, tail: bytes) -> Fit:
        """Tell whether `tail` stands before `position`."""
        if os.fstat(self._descriptor).st_size < position:
            return Fit.SHORTER
        return Fit.SAME if self._read(len(tail), position - len(tail)) == tail else Fit.OTHER

    def reader(self, position: int) -> ReadInto:
        """Return a reader from that position on."""
        self.consumed = position

        def readinto(view: memoryview) -> int:
            count = os.preadv(self._descriptor, [view], self.consumed)
            self.consumed += count
            if self._returns:
                returns_as_newlines(view[:count])
            return count

        return readinto

    def _read(self, count: int, position: int) -> bytes:
        found = os.pread(self._descriptor, count, position)
        return found.replace(b"\r", b"\n") if self._returns else found


class Unpacked:
    """What is unpacked or decoded: a compressed file, an archive, UTF-16. Its end is final, as it is written once.

    Should more be added, it is read again up to where it was read before.
    """

    final = True

    def __init__(self, descriptor: int, open_stream: Callable[[BinaryIO], UnpackedStream]) -> None:
        self._raw = os.fdopen(descriptor, "rb", buffering=0, closefd=False)
        self._open = open_stream
        self._stream: UnpackedStream | None = None
        self._returns: bool | None = None

    @property
    def consumed(self) -> int:
        """Return how many raw bytes were read."""
        return self._stream.consumed if self._stream else 0

    def _restart(self) -> UnpackedStream:
        self._raw.seek(0)
        self._stream = self._open(self._raw)
        return self._stream

    def head(self) -> bytes:
        """Return the first bytes, at most `FINGERPRINT_BYTES`.

        Raises:
            DataError: the data is cut off or damaged within the first line.
        """
        start = start_of(self._restart(), START_BYTES)
        self._returns = ended_by_returns(start)
        head = start[:FINGERPRINT_BYTES]
        return head.replace(b"\r", b"\n") if self._returns else head

    def fit(self, position: int, tail: bytes) -> Fit:
        """Tell whether `tail` stands before `position`; unpacks the file up to there.

        Raises:
            DataError: the data is cut off or damaged before the position.
        """
        found = skip(self._restart(), position)
        if found is None:
            return Fit.SHORTER
        if self._returns:
            found = found.replace(b"\r", b"\n")
        return Fit.SAME if found == tail else Fit.OTHER

    def reader(self, position: int) -> ReadInto:
        """Return a reader from that position on; it goes on from where `fit` has unpacked to."""
        if self._stream is None or self._stream.position != position:
            skip(self._restart(), position)
        stream = self._stream
        assert stream is not None
        return partial(_with_newlines, stream) if self._returns else stream.readinto


def _with_newlines(stream: UnpackedStream, view: memoryview) -> int:
    count = stream.readinto(view)
    returns_as_newlines(view[:count])
    return count


def start_of(stream: UnpackedStream, size: int) -> bytes:
    """Return the first bytes of a stream, at most so many.

    Raises:
        DataError: the data is cut off or damaged within the first line.
    """
    start, scratch = b"", memoryview(bytearray(size))
    try:
        while len(start) < size and (count := stream.readinto(scratch[len(start) :])):
            start += scratch[len(start) : len(start) + count]
    except DataError:
        if b"\n" not in start:
            raise
    return start


def content_of(descriptor: int, path: str, limits: Limits) -> Content:
    """Return the content of an open file.

    Raises:
        DataError: the file is of a kind that holds no log lines.
    """
    start = os.pread(descriptor, ARCHIVE_START_BYTES, 0)
    if is_zip(start):
        return Unpacked(descriptor, lambda raw: Members(zip_members(raw, path, limits), path, _Told(raw), limits))
    if is_tar(start):
        return Unpacked(descriptor, lambda raw: _tar(_Told(raw), path, limits))
    codec = detect(path, start)
    return Unpacked(descriptor, partial(_decoded, path, codec, limits)) if codec else Plain(descriptor)


def _decoded(path: str, codec: Codec, limits: Limits, raw: BinaryIO) -> UnpackedStream:
    """Return the content of a compressed file, or of the tar archive that is compressed there."""
    with suppress(DataError):
        if is_tar(start_of(Decompressed(raw, path, codec, limits), ARCHIVE_START_BYTES)):
            raw.seek(0)
            return _tar(Decompressed(raw, path, codec, limits), path, limits)
    raw.seek(0)
    return Decompressed(raw, path, codec, limits)


def _tar(raw: Positioned, path: str, limits: Limits) -> Members:
    return Members(tar_members(raw, path, limits), path, raw, limits)


class _Told:
    """An open file that tells how much was read of it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    @property
    def consumed(self) -> int:
        return self._raw.tell()

    def read(self, count: int, /) -> bytes:
        return self._raw.read(count)
