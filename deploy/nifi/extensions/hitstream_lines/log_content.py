"""The content of a log file, plain or compressed, in the same pieces of whole lines as hitstream's own sources."""

import bz2
import gzip
import os
import zlib
from collections.abc import Iterator

from log_records import before_parts

PIECE_BYTES = 1 << 20
LINE_CAP = 64 << 10
FINGERPRINT_BYTES = 1024
MOST_UNPACKED = 1 << 40
MOST_RATIO = 2000
RATIO_AFTER = 16 << 20

OPENERS = {b"\x1f\x8b\x08": gzip.open, b"BZh": bz2.open}
"""How a compressed file begins → what opens it."""

UNREADABLE = {
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\xfd7zXZ\x00": "an xz file",
    b"PK\x03\x04": "a zip archive",
    b"\x04\x22\x4d\x18": "an lz4 file",
    b"\xff\xfe": "a UTF-16 file",
    b"\xfe\xff": "a UTF-16 file",
    b"\x1f\x9d": "a compress (.Z) file",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\x00": "an SQLite database",
}
"""How files begin that are not read → what they are."""

_DAMAGE = (EOFError, OSError, zlib.error)


class Unreadable(Exception):
    """A file that cannot be read as a log."""


class Content:
    """An open file: its unpacked bytes. `final` tells whether its end is final, so that a torn last line is a line."""

    def __init__(self, path: str) -> None:
        """Open it.

        Raises:
            FileNotFoundError: there is no such file.
            Unreadable: it may not be read, or is no log.
        """
        self.path = path
        try:
            self._raw = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - closed by `close`
        except PermissionError as error:
            raise Unreadable(f"{path} cannot be read: permission denied.") from error
        self.status = os.fstat(self._raw.fileno())
        start = self._raw.read(16)
        for magic, kind in UNREADABLE.items():
            if start.startswith(magic):
                self._raw.close()
                raise Unreadable(f"{path} is {kind}, not a log: unpack it, or leave it out.")
        opener = next((opener for magic, opener in OPENERS.items() if start.startswith(magic)), None)
        self.final = opener is not None
        self._raw.seek(0)
        self._stream = opener(self._raw) if opener else self._raw
        self._take = self._stream.read1 if opener else self._raw.read

    def __enter__(self) -> "Content":
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    @property
    def key(self) -> tuple[int, int]:
        """Return the device and inode."""
        return self.status.st_dev, self.status.st_ino

    @property
    def stamp(self) -> tuple[int, int, int]:
        """Return what differs when the file was changed."""
        return self.status.st_size, self.status.st_mtime_ns, self.status.st_ctime_ns

    def head(self) -> bytes:
        """Return the first bytes, at most `FINGERPRINT_BYTES`."""
        self._stream.seek(0)
        data, damage = self._read(FINGERPRINT_BYTES)
        if damage and b"\n" not in data:
            raise damage
        return data

    def before(self, position: int) -> bytes | None:
        """Return the bytes before a position, at most `FINGERPRINT_BYTES`; None where the content is shorter."""
        start = max(0, position - FINGERPRINT_BYTES)
        if not self.final:
            data, damage = os.pread(self._raw.fileno(), position - start, start), None
        else:
            self._stream.seek(start)
            data, damage = self._read(position - start)
        if damage:
            raise damage
        return data if len(data) == position - start else None

    def was_rewritten(self, position: int, tail: bytes) -> bool:
        """Tell whether other bytes stand before a position by now: the rest is not of the same source."""
        return not self.final and self.before(position) != tail

    def pieces(self, position: int, tail: bytes) -> Iterator[tuple[int, bytes, int, bytes]]:
        """Yield (offset, whole lines, the position after them, the bytes before that) from a position on.

        `tail` are the bytes before it. A torn last line is taken where the end is final. Of a line that fills a piece
        only the start is taken, and a newline, so that a parser sees one line that is too long. What is written to a
        plain file after it was opened is for the next time. All as in hitstream's `LineCutter`.

        Raises:
            Unreadable: it is damaged; the whole lines before that place were yielded.
        """
        self._stream.seek(position)
        buffer, long, ended, damage = b"", None, False, None
        while not ended:
            buffer, ended, damage = self._fill(buffer, position)
            at_end = ended and self.final and not damage
            if long:
                end = buffer.find(b"\n") + 1
                lines, whole = long, end or at_end
                end = end or len(buffer)
            else:
                end = len(buffer) if at_end else before_parts(buffer, buffer.rfind(b"\n") + 1)
                lines, whole = (position, buffer[:end]), end
                if not end and len(buffer) == PIECE_BYTES and not buffer.strip(b"\0"):
                    whole, end = False, len(buffer)  # a hole that a crash has left
                elif not end and len(buffer) == PIECE_BYTES:
                    long, end = (position, buffer[: LINE_CAP + 1] + b"\n"), len(buffer)
            tail = (tail + buffer[max(0, end - FINGERPRINT_BYTES) : end])[-FINGERPRINT_BYTES:]
            position, buffer = position + end, buffer[end:]
            if whole:
                yield *lines, position, tail
                long = None
        if damage:
            raise damage

    def _fill(self, buffer: bytes, position: int) -> tuple[bytes, bool, Unreadable | None]:
        """Read after what was carried over; return it, whether that is all there is, and what is wrong after it."""
        room = PIECE_BYTES - len(buffer)
        if not self.final:
            room = max(0, min(room, self.status.st_size - position - len(buffer)))
        data, damage = self._read(room)
        return buffer + data, damage is not None or len(data) < room or room == 0, damage

    def _read(self, count: int) -> tuple[bytes, Unreadable | None]:
        """Return so many bytes or all there are, and the damage that ends them before."""
        data = bytearray()
        try:
            while len(data) < count and (taken := self._take(count - len(data))):
                data += taken
        except _DAMAGE as error:
            return bytes(data), Unreadable(f"{self.path}: it is cut off or damaged ({error}).")
        made, consumed = self._stream.tell(), self._raw.tell()
        if self.final and made > min(MOST_UNPACKED, max(RATIO_AFTER, MOST_RATIO * consumed)):
            return bytes(data), Unreadable(f"{self.path} unpacks to more than is allowed: it looks like a bomb.")
        return bytes(data), None
