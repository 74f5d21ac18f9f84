"""The compressions that are read, told by the first bytes of a file, never by its name."""

import bz2
import re
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

from hitstream.errors import DataError


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
