"""Cuts chunks to the size that is parsed and rolled up at once, and joins small ones."""

from collections.abc import Iterable, Iterator

import numpy as np

from hitstream.parse.run import count_lines
from hitstream.record import I64, U8, Chunk
from hitstream.sources.parts import before_parts

LINES_AT_ONCE = 200_000
"""Lines that are parsed and rolled up together; bounds the memory of a batch of very short lines."""

_WINDOW = 1 << 20  # an index of every newline of a chunk would take eight times the chunk


def pieces(chunk: Chunk) -> Iterator[Chunk]:
    """Cut a chunk of too many lines into several."""
    data = np.frombuffer(chunk.data, np.uint8)
    if count_lines(data) <= LINES_AT_ONCE:
        yield chunk
        return
    view = memoryview(chunk.data)
    start = 0
    while start < len(data):
        stop = before_parts(view, _after_lines(data, start, LINES_AT_ONCE), start)
        yield Chunk(chunk.source, chunk.offset + start, view[start:stop])
        start = stop


def join_lines(parts: Iterable[bytes | bytearray | memoryview]) -> tuple[bytearray, I64]:
    """Return whole lines of several parts as one, and where each part begins in it."""
    joined, starts = bytearray(), []
    for part in parts:
        starts.append(len(joined))
        joined += part
        if joined and joined[-1] != ord("\n"):
            joined += b"\n"  # the last line of a source, or of a record, may lack it
    return joined, np.array(starts, np.int64)


def line_starts(data: U8) -> I64:
    """Return where each line starts."""
    return np.append(0, np.flatnonzero(data[:-1] == ord("\n")) + 1)[: len(data)]


def _after_lines(data: U8, start: int, lines: int) -> int:
    """Return where so many lines from `start` on end, or all there are."""
    for at in range(start, len(data), _WINDOW):
        newlines = np.flatnonzero(data[at : at + _WINDOW] == ord("\n"))
        if len(newlines) >= lines:
            return at + int(newlines[lines - 1]) + 1
        lines -= len(newlines)
    return len(data)
