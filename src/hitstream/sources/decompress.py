"""Streams the content of gzip, bzip2, xz and zstd files, and of UTF-16.

Several members (gzip, bzip2) or frames (zstd) in one file are read as one stream, as their own tools do. Zero
bytes after the last member are padding; anything else there is an error.
"""

import zlib
from dataclasses import dataclass
from typing import Protocol

from hitstream.errors import DataError
from hitstream.sources.codecs import MAGIC_BYTES, Codec
from hitstream.sources.identity import FINGERPRINT_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one file may unpack: to `total` bytes, and past `ratio_after` to `ratio` bytes a byte."""

    total: int = 1 << 40
    ratio: int = 2000
    ratio_after: int = 16 << 20


class Reader(Protocol):
    """What compressed bytes are read from."""

    def read(self, count: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


class Decompressed:
    """The content of a compressed stream, forward only.

    `position` counts the bytes handed out, `consumed` those read from `raw`.
    """

    def __init__(self, raw: Reader, path: str, codec: Codec, limits: Limits) -> None:
        self._raw = raw
        self._path = path
        self._codec = codec
        self._limits = limits
        self._decoder = codec.decoder()
        self._input = memoryview(b"")
        self._ready = memoryview(b"")
        self._made = 0
        self.position = 0
        self.consumed = 0

    def readinto(self, view: memoryview) -> int:
        """Fill a part of the view; 0 at the end.

        Raises:
            DataError: truncated or damaged data, junk after it, or a limit passed.
        """
        while not self._ready:
            if self._decoder.eof and not self._next_member():
                return 0
            self._decode(len(view))
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self.position += count
        return count

    def read(self, count: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        view = memoryview(bytearray(count))
        return bytes(view[: self.readinto(view)])

    def _decode(self, room: int) -> None:
        data = self._feed() if self._decoder.needs_input else b""
        starved = self._decoder.needs_input and not data
        try:
            made = self._decoder.decompress(data, room)
        except (zlib.error, OSError, ValueError) as error:
            raise self._fault(
                f"is damaged ({error})", "Get the file again, or recover what its tool can read."
            ) from error
        if starved and not made and not self._decoder.eof:
            raise self._fault("is cut off", "Complete the file and repeat: reading goes on where it stopped.")
        self._ready = memoryview(made)
        self._made += len(made)
        self._check_limits()

    def _feed(self) -> bytes:
        if not self._input:
            block = self._raw.read(64 << 10)
            self.consumed += len(block)
            self._input = memoryview(block)
        data, self._input = self._input[: self._codec.feed], self._input[self._codec.feed :]
        return bytes(data)

    def _next_member(self) -> bool:
        """Start the member that follows, if one does."""
        rest = self._decoder.unused_data + bytes(self._input)
        if len(rest) < MAGIC_BYTES:
            block = self._raw.read(64 << 10)
            self.consumed += len(block)
            rest += block
        if self._codec.magic.match(rest):
            self._input, self._decoder = memoryview(rest), self._codec.decoder()
            return True
        while rest:
            if rest.strip(b"\0"):
                raise self._fault("is followed by other bytes", "Cut them off, or leave the file out.")
            rest = self._raw.read(64 << 10)
            self.consumed += len(rest)
        return False

    def _check_limits(self) -> None:
        if self._made > self._limits.total:
            raise self._fault(f"unpacks to more than {self._limits.total} bytes", "Raise the limit if that is meant.")
        if self._made > max(self._limits.ratio_after, self._limits.ratio * self.consumed):
            raise self._fault(
                f"unpacks to more than {self._limits.ratio} bytes a byte",
                "It looks like a decompression bomb; raise the ratio limit if it is not.",
            )

    def _fault(self, what: str, hint: str) -> DataError:
        where = f"{self._path}:{self.position} (compressed byte {self.consumed})"
        return DataError(f"{where}: the {self._codec.name} data {what}.", hint)


class UnpackedStream(Protocol):
    """Unpacked content, forward only."""

    position: int

    @property
    def consumed(self) -> int:
        """Return how many raw bytes were read."""
        ...

    def readinto(self, view: memoryview) -> int:
        """Fill a part of the view; 0 at the end."""
        ...


def skip(stream: UnpackedStream, position: int) -> bytes | None:
    """Go on to a position; return the last bytes before it, or None if the content ends earlier."""
    scratch = memoryview(bytearray(1 << 20))
    tail = b""
    while stream.position < position:
        count = stream.readinto(scratch[: position - stream.position])
        if count == 0:
            return None
        tail = (tail + bytes(scratch[max(0, count - FINGERPRINT_BYTES) : count]))[-FINGERPRINT_BYTES:]
    return tail
