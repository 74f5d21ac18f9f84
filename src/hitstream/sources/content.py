"""The content of an open file, plain or compressed, as a tail needs it."""

import os
from enum import IntEnum
from functools import partial
from typing import Protocol

from hitstream.errors import DataError
from hitstream.sources.codecs import MAGIC_BYTES, Codec, detect
from hitstream.sources.decompress import Decompressed, Limits
from hitstream.sources.identity import FINGERPRINT_BYTES
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
        self.consumed = 0

    def head(self) -> bytes:
        """Return the first bytes, at most `FINGERPRINT_BYTES`."""
        return os.pread(self._descriptor, FINGERPRINT_BYTES, 0)

    def fit(self, position: int, tail: bytes) -> Fit:
        """Tell whether `tail` stands before `position`."""
        if os.fstat(self._descriptor).st_size < position:
            return Fit.SHORTER
        found = os.pread(self._descriptor, len(tail), position - len(tail))
        return Fit.SAME if found == tail else Fit.OTHER

    def reader(self, position: int) -> ReadInto:
        """Return a reader from that position on."""
        self.consumed = position

        def readinto(view: memoryview) -> int:
            count = os.preadv(self._descriptor, [view], self.consumed)
            self.consumed += count
            return count

        return readinto


class Compressed:
    """A gzip, bzip2 or zstd file. It is written once, so its end is final."""

    final = True

    def __init__(self, descriptor: int, path: str, codec: Codec, limits: Limits) -> None:
        self._raw = os.fdopen(descriptor, "rb", buffering=0, closefd=False)
        self._open = partial(Decompressed, self._raw, path, codec, limits)
        self._stream: Decompressed | None = None

    @property
    def consumed(self) -> int:
        """Return how many raw bytes were read."""
        return self._stream.consumed if self._stream else 0

    def _restart(self) -> Decompressed:
        self._raw.seek(0)
        self._stream = self._open()
        return self._stream

    def head(self) -> bytes:
        """Return the first bytes, at most `FINGERPRINT_BYTES`.

        Raises:
            DataError: the data is cut off or damaged within the first line.
        """
        stream, head = self._restart(), b""
        scratch = memoryview(bytearray(FINGERPRINT_BYTES))
        try:
            while len(head) < FINGERPRINT_BYTES and (count := stream.readinto(scratch[len(head) :])):
                head += scratch[len(head) : len(head) + count]
        except DataError:
            if b"\n" not in head:
                raise
        return head

    def fit(self, position: int, tail: bytes) -> Fit:
        """Tell whether `tail` stands before `position`; unpacks the file up to there.

        Raises:
            DataError: the data is cut off or damaged before the position.
        """
        found = self._restart().skip(position)
        if found is None:
            return Fit.SHORTER
        return Fit.SAME if found == tail else Fit.OTHER

    def reader(self, position: int) -> ReadInto:
        """Return a reader from that position on; it goes on from where `fit` has unpacked to."""
        if self._stream is None or self._stream.position != position:
            self._restart().skip(position)
        assert self._stream is not None
        return self._stream.readinto


def content_of(descriptor: int, path: str, limits: Limits) -> Content:
    """Return the content of an open file.

    Raises:
        DataError: the file is of a kind that holds no log lines.
    """
    codec = detect(path, os.pread(descriptor, MAGIC_BYTES, 0))
    return Compressed(descriptor, path, codec, limits) if codec else Plain(descriptor)
