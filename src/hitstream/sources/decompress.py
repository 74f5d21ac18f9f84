"""Streams the content of gzip, bzip2 and zstd files, told by their first bytes, never by their names.

Several members (gzip, bzip2) or frames (zstd) in one file are read as one stream, as their own tools do. Zero
bytes after the last member are padding; anything else there is an error.
"""

import bz2
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from hitstream.errors import DataError
from hitstream.sources.identity import FINGERPRINT_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one file may unpack: to `total` bytes, and past `ratio_after` to `ratio` bytes a byte."""

    total: int = 1 << 40
    ratio: int = 2000
    ratio_after: int = 16 << 20


class Decoder(Protocol):
    """Decodes one member; the interface of `bz2.BZ2Decompressor`."""

    @property
    def eof(self) -> bool:
        """Tell whether the member is complete."""
        ...

    @property
    def needs_input(self) -> bool:
        """Tell whether more input is needed for more output."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Return the input found after the member."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return the next output; may pass `max_length` by what a `Codec.feed` of input can make."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Zstd:
    needs_input = True

    def __init__(self) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._error = zstandard.ZstdError

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return bytes(self._inner.decompress(data))
        except self._error as error:
            raise ValueError(str(error)) from error


class Reader(Protocol):
    """What compressed bytes are read from."""

    def read(self, count: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


class Codec(NamedTuple):
    """A compression: how its members begin, what decodes one, and how many bytes to feed at once."""

    name: str
    magic: re.Pattern[bytes]
    decoder: Callable[[], Decoder]
    feed: int


CODECS = (
    Codec("gzip", re.compile(rb"\x1f\x8b\x08"), _Gzip, 64 << 10),
    Codec("bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", re.DOTALL), bz2.BZ2Decompressor, 64 << 10),
    # a zstd block makes 128 KiB of 4 bytes: 1 KiB in keeps one step below 32 MiB out
    Codec("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), _Zstd, 1 << 10),
)
MAGIC_BYTES = 16

UNREADABLE = {
    b"\xfd7zXZ\x00": ("an xz file", "xz -d"),
    b"PK\x03\x04": ("a zip archive", "unzip"),
    b"\x04\x22\x4d\x18": ("an lz4 file", "lz4 -d"),
    b"\x1f\x9d": ("a compress (.Z) file", "uncompress"),
    b"PAR1": ("a Parquet file", "a Parquet tool"),
    b"SQLite format 3\x00": ("an SQLite database", "a database tool"),
}
"""Files that are certainly no log, by their first bytes: what they are and what opens them."""


def detect(path: str, start: bytes) -> Codec | None:
    """Return the codec of a file by its first `MAGIC_BYTES` or more; None for a plain one.

    Raises:
        DataError: the file is of a kind that holds no log lines.
    """
    for magic, (kind, tool) in UNREADABLE.items():
        if start.startswith(magic):
            raise DataError(f"{path} is {kind}, not a log.", f"Unpack it with {tool}, or leave it out.")
    return next((codec for codec in CODECS if codec.magic.match(start)), None)


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

    def skip(self, position: int) -> bytes | None:
        """Go on to a position; return the last bytes before it, or None if the content ends earlier."""
        scratch = memoryview(bytearray(1 << 20))
        tail = b""
        while self.position < position:
            count = self.readinto(scratch[: position - self.position])
            if count == 0:
                return None
            tail = (tail + bytes(scratch[max(0, count - FINGERPRINT_BYTES) : count]))[-FINGERPRINT_BYTES:]
        return tail

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
            raise self._fault(
                f"unpacks to more than {self._limits.total} bytes", "Raise the limit if that is meant."
            )
        if self._made > max(self._limits.ratio_after, self._limits.ratio * self.consumed):
            raise self._fault(
                f"unpacks to more than {self._limits.ratio} bytes a byte",
                "It looks like a decompression bomb; raise the ratio limit if it is not.",
            )

    def _fault(self, what: str, hint: str) -> DataError:
        where = f"{self._path}:{self.position}"
        return DataError(
            f"{where}: the {self._codec.name} data {what} (compressed byte {self.consumed}).", hint
        )
