"""Which source a file is, and how far it was published: the same answers as hitstream's own sources give.

A source is known by its first bytes and by those before its position, with the inode to decide between equals. So a
file that was renamed, copied or compressed goes on where it was, and one that was truncated is a new source.
"""

import base64
import hashlib
import json
import time
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from log_content import FINGERPRINT_BYTES, Content

OTHER, SHORTER, SAME = range(3)
"""How the bytes before a position compare with a file's."""

MOST_SOURCES = 1000
"""Sources that are remembered; beyond, those are forgotten whose files are gone."""

GONE_SECONDS = 3600.0
"""How long a file must not have been seen to be gone: all there are, are listed every half a minute."""


class Source(NamedTuple):
    """A source: hitstream's `SourceState`, with a digest of the bytes before `position` as its `tail`."""

    identity: str
    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ended: bool
    position: int
    head: bytes
    tail: str

    @property
    def key(self) -> tuple[int, int]:
        """Return the device and inode of the file it was last read from."""
        return self.device, self.inode

    def pack(self) -> str:
        """Return it as a text."""
        row = self._replace(head=base64.b64encode(zlib.compress(self.head)).decode())
        return json.dumps(row, separators=(",", ":"))

    @classmethod
    def unpack(cls, text: str) -> "Source":
        """Return the source of a text."""
        row = cls(*json.loads(text))
        return row._replace(head=zlib.decompress(base64.b64decode(row.head)))


def digest(data: bytes) -> str:
    """Return what tells bytes from others."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def first_line(head: bytes) -> bytes | None:
    """Return the first line with its newline, or all of a long one that the head has; None where it is torn."""
    end = head.find(b"\n") + 1
    if end:
        return head[:end]
    return head if len(head) == FINGERPRINT_BYTES else None


class Sources:
    """Every source that was published."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        rows = list(map(Source.unpack, texts))
        self._sources = {row.identity: row for row in rows}
        self._texts = {row.identity: row.pack() for row in rows}
        self._seen = dict.fromkeys(self._sources, time.monotonic())
        self._was: dict[tuple[int, int], str] = {}
        self._left: dict[tuple[int, int], set[str]] = {}

    def texts(self) -> list[str]:
        """Return the sources as texts; forget those beyond `MOST_SOURCES` that are gone."""
        beyond = len(self._sources) - MOST_SOURCES
        for identity, seen in sorted(self._seen.items(), key=lambda item: item[1])[: max(0, beyond)]:
            if time.monotonic() - seen > GONE_SECONDS:
                del self._sources[identity], self._texts[identity], self._seen[identity]
        return list(self._texts.values())

    def save(self, row: Source) -> None:
        """Take the new state of a source."""
        self._sources[row.identity], self._texts[row.identity] = row, row.pack()
        self._seen[row.identity] = time.monotonic()

    def is_new(self, row: Source) -> bool:
        """Tell whether nothing of a source was saved."""
        return row.identity not in self._sources

    def see(self, key: tuple[int, int]) -> None:
        """Take note that a file is there, which may have nothing new."""
        if self._was.get(key) in self._seen:
            self._seen[self._was[key]] = time.monotonic()

    def recognise(self, content: Content) -> tuple[Source, bytes] | None:
        """Return the source that goes on in an open file, maybe a new one, and the bytes before its position.

        None where there is nothing to read.
        """
        if content.final and any(_is_ended(row, content) for row in self._sources.values()):
            return None
        head = content.head()
        line = first_line(head) or (head if content.final else None)
        if not line:
            return None
        fit, row, tail = self._best_fit(content, head, digest(line))
        if row is None:
            fit, row, tail = SAME, self._begin(content, head, digest(line)), b""
        self._was[content.key] = row.identity
        if fit != SAME:
            return None
        head = row.head if content.final else max(head, row.head, key=len)
        return _at(content, row._replace(head=head)), tail

    def _best_fit(self, content: Content, head: bytes, first: str) -> tuple[int, Source | None, bytes]:
        """Compare with what the file was; if that is over, with every source that has its first line."""
        was = self._sources.get(self._was.pop(content.key, ""))
        if was:
            fit, tail = self._fit(content, head, was)
            if fit:
                return fit, was, tail
            self._left.setdefault(content.key, set()).add(was.identity)
        found = [(*self._fit(content, head, row), row) for row in self._kin(first)]
        fitting = [(fit, row, tail) for fit, tail, row in found if fit]
        return max(
            fitting,
            key=lambda one: (one[0], one[1].key == content.key, one[1].position),
            default=(OTHER, None, b""),
        )

    def _fit(self, content: Content, head: bytes, row: Source) -> tuple[int, bytes]:
        common = min(len(head), len(row.head))
        if head[:common] != row.head[:common]:
            return OTHER, b""
        tail = content.before(row.position)
        if tail is None:
            truncated = row.key == content.key or row.identity in self._left.get(content.key, ())
            return (OTHER if truncated else SHORTER), b""
        return (SAME, tail) if digest(tail) == row.tail else (OTHER, b"")

    def _kin(self, first: str) -> list[Source]:
        kin: list[Source] = []
        while row := self._sources.get(_nth(first, len(kin) + 1)):
            kin.append(row)
        return kin

    def _begin(self, content: Content, head: bytes, first: str) -> Source:
        identity = _nth(first, len(self._kin(first)) + 1)
        return _at(content, Source(identity, "", 0, 0, 0, 0, False, 0, head, digest(b"")))


def _nth(first: str, number: int) -> str:
    return first if number == 1 else f"{first}-{number}"


def _at(content: Content, row: Source) -> Source:
    status = content.status
    file = (content.path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return Source(row.identity, *file, False, *row[7:])


def _is_ended(row: Source, content: Content) -> bool:
    status = content.status
    return row.ended and (*row.key, row.size, row.mtime_ns) == (*content.key, status.st_size, status.st_mtime_ns)
