"""The compressions and encodings that are read, told by the first bytes of a file, never by its name."""

import bz2
import codecs
import lzma
import re
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

from hitstream.errors import DataError

_XZ_MEMORY_BYTES = 128 << 20
"""The most memory that an xz file may make its decoder take; `xz -9` makes it 65 MiB."""


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


class _Xz:
    def __init__(self) -> None:
        self._inner = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return self._inner.decompress(data, max_length)
        except lzma.LZMAError as error:
            raise ValueError(str(error)) from error


class _Utf16:
    """Text of two bytes a character as UTF-8; what is no character becomes U+FFFD. It ends with the file."""

    needs_input = True
    unused_data = b""

    def __init__(self) -> None:
        self._inner = codecs.getincrementaldecoder("utf-16")("replace")
        self.eof = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self.eof = not data
        return self._inner.decode(data, final=self.eof).encode()


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
    Codec("xz", re.compile(rb"\xfd7zXZ\x00", re.DOTALL), _Xz, 64 << 10),
    Codec("UTF-16", re.compile(rb"\xff\xfe|\xfe\xff", re.DOTALL), _Utf16, 64 << 10),
    Codec("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), _Zstd, 1 << 10),
)
MAGIC_BYTES = 16

UNREADABLE = {
    b"PK\x03\x04": ("a zip archive", "unzip"),
    b"\xff\xfe\x00\x00": ("a UTF-32 file", "iconv -f UTF-32"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "7z x"),
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
