"""Cuts a stream of bytes into chunks of whole lines, without looking at single lines."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from hitstream.errors import ConfigError, DataError
from hitstream.sources.identity import FINGERPRINT_BYTES
from hitstream.sources.parts import before_parts

ReadInto = Callable[[memoryview], int | None]
"""Fills a part of the view and returns how much: 0 at the end of the stream, None when nothing has come."""

_WINDOW = 64 << 10


class LineChunk(NamedTuple):
    """Whole lines: where they start, where the next line starts, and the last bytes before that."""

    offset: int
    data: memoryview
    end: int
    tail: bytes


class LineCutter:
    """Iterates over the cuts of a stream that starts at `position`, `tail` being the bytes before it.

    None instead of a cut says that the stream has nothing more just now. A torn last line is delivered when
    the stream is `final`, and left unread otherwise. Of a line longer than `max_bytes` only the first
    `line_cap + 1` bytes and a newline are delivered, alone in their cut, so that a parser sees one line that
    is too long; the next cut starts after the real line's end. Errors of the stream are raised after the
    whole lines before them. A cut does not end between the parts of a line (see `parts`). A hole of NUL bytes
    that is as large as a chunk is passed over.
    """

    def __init__(
        self,
        readinto: ReadInto,
        *,
        position: int = 0,
        tail: bytes = b"",
        max_bytes: int,
        line_cap: int,
        final: bool,
    ) -> None:
        self._readinto = readinto
        self._position = position
        self._tail = tail
        self._max_bytes = max_bytes
        self._line_cap = line_cap
        self._final = final
        self._buffer = memoryview(b"")
        self._carry = memoryview(b"")
        self._long: tuple[int, bytes] | None = None
        self._paused = False
        self._ended = False
        self._problem: DataError | None = None

    def __iter__(self) -> Iterator[LineChunk | None]:
        while not self._ended:
            self._fill()
            yield from self._cuts()
            if self._paused:
                yield None
        if self._problem is not None:
            raise self._problem

    def _fill(self) -> None:
        """Read after what was carried over, until a chunk is full or the stream pauses, ends or fails."""
        buffer = np.empty(self._max_bytes, np.uint8).data
        filled = len(self._carry)
        buffer[:filled] = self._carry
        count: int | None = 1
        try:
            while count and filled < len(buffer):
                count = self._readinto(buffer[filled:])
                filled += count or 0
            self._paused, self._ended = count is None, count == 0
        except DataError as problem:
            self._paused, self._ended, self._problem = False, True, problem
        self._buffer = buffer[:filled]

    def _cuts(self) -> Iterator[LineChunk]:
        at_end = self._ended and self._final and self._problem is None
        if self._long is not None:
            end = _after_first_newline(self._buffer)
            if not end and not at_end:
                self._consume(len(self._buffer))
                return
            yield self._long_cut(end or len(self._buffer))
        end = len(self._buffer) if at_end else before_parts(self._buffer, _after_last_newline(self._buffer))
        if end:
            offset, data = self._position, self._consume(end)
            yield LineChunk(offset, data, self._position, self._tail)
        elif len(self._buffer) == self._max_bytes and not np.frombuffer(self._buffer, np.uint8).any():
            self._consume(self._max_bytes)  # a hole that a crash has left: no part of the line after it
        elif len(self._buffer) == self._max_bytes:
            self._long = self._position, bytes(self._buffer[: self._line_cap + 1]) + b"\n"
            self._consume(self._max_bytes)
        self._carry = self._buffer

    def _long_cut(self, end: int) -> LineChunk:
        assert self._long is not None
        (offset, start), self._long = self._long, None
        self._consume(end)
        return LineChunk(offset, memoryview(start), self._position, self._tail)

    def _consume(self, count: int) -> memoryview:
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        self._carry = self._buffer
        self._position += count
        self._tail = (self._tail + bytes(data[-FINGERPRINT_BYTES:]))[-FINGERPRINT_BYTES:]
        return data


def check_sizes(max_bytes: int, line_cap: int) -> None:
    """Refuse a chunk that could not hold the longest line.

    Raises:
        ConfigError: `line_cap` is not between 1 and `max_bytes - 2`.
    """
    if not 0 < line_cap <= max_bytes - 2:
        raise ConfigError(
            f"A line cap of {line_cap} bytes does not fit into chunks of {max_bytes} bytes.",
            "Choose a line cap of at least 1 byte, and chunks at least 2 bytes larger.",
        )


def _after_last_newline(view: memoryview) -> int:
    """Return the index after the last newline, 0 if there is none."""
    for end in range(len(view), 0, -_WINDOW):
        start = max(0, end - _WINDOW)
        found = bytes(view[start:end]).rfind(b"\n")
        if found >= 0:
            return start + found + 1
    return 0


def _after_first_newline(view: memoryview) -> int:
    """Return the index after the first newline, 0 if there is none."""
    for start in range(0, len(view), _WINDOW):
        found = bytes(view[start : start + _WINDOW]).find(b"\n")
        if found >= 0:
            return start + found + 1
    return 0
