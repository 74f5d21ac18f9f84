"""Reads the lines of ranges again, where they still are: how many there are, and which are hits, bad or directives."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hitstream.engine.pieces import line_starts
from hitstream.errors import HitstreamError
from hitstream.parse.program import Program
from hitstream.parse.several import compile_formats, parse
from hitstream.parse.w3c import following_program
from hitstream.record import I64, Chunk, Parsed
from hitstream.sources.identity import SourceState, heads_agree
from hitstream.sources.tail import Tail
from hitstream.store.ledger import ReadRange, join

Counts = tuple[int, int, int]
"""Lines, hits among them, and bad lines."""


class LineOffsets(NamedTuple):
    """Where lines start, and those that are hits and bad; of ranges that do not say their format, the lines alone."""

    lines: I64
    hits: I64
    bad: I64
    directives: int = 0
    """How many of the lines the parser says are directives."""


class Recount(NamedTuple):
    """The lines that start in each range, and after it and before the next or the position; all directives."""

    read: list[Counts]
    after: list[int]
    directives: int = 0


_NONE = Recount([], [])
_NO_OFFSETS = np.zeros(0, np.int64)


class Rereader:
    """Parses the lines of a source again, each with the format that its range was parsed with."""

    def __init__(self, ranges: Sequence[ReadRange]) -> None:
        """Take the ranges of the source in their order."""
        self._sections = join(ranges)
        self._starts = [row.start for row in self._sections]
        self._next: tuple[int, Program | None] = -1, None

    def read(self, chunk: Chunk) -> LineOffsets:
        """Parse whole lines."""
        data = np.frombuffer(chunk.data, np.uint8)
        if not len(data):
            return LineOffsets(_NO_OFFSETS, _NO_OFFSETS, _NO_OFFSETS)
        lines = line_starts(data) + chunk.offset
        hits, bad, directives = [_NO_OFFSETS], [_NO_OFFSETS], 0
        view = memoryview(chunk.data)
        for start, stop, text in self.sections(chunk.offset, chunk.offset + len(data)):
            part = Chunk(chunk.source, start, view[start - chunk.offset : stop - chunk.offset])
            parsed = self.parse(part, start, stop, text)
            hits.append(parsed.hits.offset)
            bad.append(parsed.bad.start + start)
            directives += parsed.directives
        return LineOffsets(lines, np.concatenate(hits), np.concatenate(bad), directives)

    def sections(self, begin: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield (start, stop, text) of what has one format between two positions."""
        first = max(0, int(np.searchsorted(self._starts, begin, "right")) - 1)
        for row in self._sections[first:]:
            if row.start >= end:
                break
            start, stop = max(row.start, begin), min(row.stop, end)
            if start < stop and row.format:
                yield start, stop, row.format

    def parse(self, chunk: Chunk, start: int, stop: int, text: str) -> Parsed:
        """Parse lines between two positions; a directive in those right before them may have changed their format."""
        position, following = self._next
        goes_on = following is not None and start == position and start not in self._starts
        program = following if following and goes_on else compile_formats(text)
        self._next = stop, following_program(bytes(chunk.data), program)
        return parse(chunk, program)


def counts_between(edges: I64, offsets: LineOffsets) -> I64:
    """Return lines, hits and bad lines (rows) before the first edge, between each edge and the next, and after."""
    return np.stack(
        [np.bincount(np.searchsorted(edges, each, "right"), minlength=len(edges) + 1) for each in offsets[:3]]
    )


def edges_of(ranges: Sequence[ReadRange]) -> I64:
    """Return where ranges, in their order, start and stop."""
    return np.array([edge for row in ranges for edge in (row.start, row.stop)], np.int64)


def recount(state: SourceState, ranges: Sequence[ReadRange]) -> tuple[Recount, str]:
    """Read the lines of a source, whose ranges are in order; where that cannot be done, say why not."""
    edges, lines = edges_of(ranges), Rereader(ranges)
    counts = np.zeros((3, len(edges) + 1), np.int64)
    end, head, directives = 0, b"", 0
    try:
        if not Path(state.path).exists():
            return _NONE, "no longer there"
        for chunk, now in Tail([state.path], torn="take").read():
            if now is None or now.path != state.path:
                continue
            head = now.head
            if chunk is not None and heads_agree(head, state.head):
                found = lines.read(chunk)
                found = found._replace(lines=found.lines[found.lines < state.position])
                counts += counts_between(edges, found)
                directives += found.directives
                end = now.position
    except HitstreamError as problem:
        return _NONE, problem.message
    if not heads_agree(head, state.head):
        return _NONE, "holds another source now"
    if end < state.position:
        return _NONE, "shorter than what was read of it"
    return Recount(list(zip(*counts[:, 1::2].tolist(), strict=True)), counts[0, 2::2].tolist(), directives), ""
