"""Reads a source once and keeps its cells in memory: what a report of some files needs, and nothing on disk."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import numpy as np

from hitstream.engine.formats import SourceFormats
from hitstream.engine.lots import lots, parse_and_search
from hitstream.errors import DataError, raise_all
from hitstream.parse import Program
from hitstream.parse.search import FormatSearch
from hitstream.record import BadLine, Chunk
from hitstream.sources.contract import Source
from hitstream.store.ledger import SourceFormat
from hitstream.views import VIEWS, Cells, Grain, View, derive, merge, rollup
from hitstream.views.merge import empty

WORKERS = 2
_PARTS = 8  # cells of one view and grain that wait before they are merged

ONE_SHOT_VIEWS: tuple[View, ...] = tuple(
    row._replace(visitors=("day",)) if row.name == "traffic" else row._replace(grains=("day",)) for row in VIEWS
)
"""The same views, kept only as finely as a report shows them."""


class LogCounts(NamedTuple):
    """lines = hits + bad + directives."""

    lines: int
    hits: int
    bad: int
    bytes: int


class BadReason(NamedTuple):
    """How many lines of a source were bad for one reason."""

    source: str
    reason: str
    lines: int
    kept: int = 0


class _Work(NamedTuple):
    cells: list[Cells]
    lines: int
    hits: int
    bytes: int
    bad: dict[tuple[str, str], int]
    first: int
    last: int
    widened: dict[str, tuple[int, Program]]


class MemoryCells:
    """The cells of a source, kept in memory; what a `Query` reads."""

    def __init__(self) -> None:
        self._lines = self._hits = self._bytes = 0
        self._bad: dict[tuple[str, str], int] = defaultdict(int)
        self._first: int | None = None
        self._last: int | None = None
        self._parts: dict[tuple[str, Grain], list[Cells]] = defaultdict(list)

    def add(self, work: _Work) -> None:
        """Add the cells of one chunk."""
        self._lines += work.lines
        self._hits += work.hits
        self._bytes += work.bytes
        for reason, lines in work.bad.items():
            self._bad[reason] += lines
        if work.hits:
            self._first = work.first if self._first is None else min(self._first, work.first)
            self._last = work.last if self._last is None else max(self._last, work.last)
        for cells in work.cells:
            parts = self._parts[cells.view, cells.grain]
            parts.append(cells)
            if len(parts) >= _PARTS:
                parts[:] = [merge(parts, _VIEW[cells.view])]

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read is of one state anyway: a summary does not change."""
        return nullcontext()

    def bad_lines(self, limit: int = -1) -> list[BadLine]:
        """Return the bad lines that were kept: none, they are only counted."""
        return []

    def read(self, view: View, grain: Grain, start: int, end: int) -> Cells:
        """Return the merged cells with `start` <= bucket < `end`, in seconds since 1970 UTC."""
        parts = self._parts.get((view.name, grain))
        if not parts:
            return empty(view, grain)
        if len(parts) > 1:
            parts[:] = [merge(parts, _VIEW[view.name])]
        return parts[0].between(start, end)

    def totals(self, view: View, grain: Grain, start: int, end: int) -> list[tuple[int, int, int, int]]:
        """Return (bucket, hits, bytes, errors) of every bucket that has hits, in their order."""
        cells = self.read(view, grain, start, end)
        firsts = np.flatnonzero(np.diff(cells.bucket, prepend=-1))
        if not len(firsts):
            return []
        sums = [np.add.reduceat(measure, firsts).tolist() for measure in (cells.hits, cells.bytes, cells.errors)]
        return list(zip(cells.bucket[firsts].tolist(), *sums, strict=True))

    def span(self) -> tuple[int, int] | None:
        """Return the seconds of the first and of the last hit, None without any."""
        return None if self._first is None or self._last is None else (self._first, self._last)

    def counts(self) -> LogCounts:
        """Return what was read."""
        bad = sum(self._bad.values())
        return LogCounts(self._lines, self._hits, bad, self._bytes)

    def source_formats(self) -> list[SourceFormat]:
        """Return nothing: no line is kept."""
        return []

    def bad_reasons(self) -> list[BadReason]:
        """Return how many lines were bad, by source and reason."""
        return [BadReason(source, reason, lines) for (source, reason), lines in self._bad.items()]


_VIEW = {row.name: row for row in ONE_SHOT_VIEWS}


def summarise(
    source: Source, log_format: str | None = None, *, on_chunk: Callable[[int], None] = lambda _bytes: None
) -> tuple[MemoryCells, dict[str, list[str]]]:
    """Read a source to its end; return its cells, and the paths that were read by the name of their format.

    Args:
        source: what to read.
        log_format: a name of `FORMATS` or a format string; detected for each log where None.
        on_chunk: told how many bytes of lines were handed to a worker.

    Raises:
        ConfigError: the format cannot be compiled, or the source cannot be opened.
        DataError: none of a log's first lines has a format, there is no line, or the source is damaged.
    """
    formats, search = SourceFormats(source, log_format), FormatSearch()
    cells = MemoryCells()
    pending: deque[Future[_Work]] = deque()
    with ThreadPoolExecutor(WORKERS, "hitstream-report") as pool:
        for lot in lots(_chunks(source, formats), formats.program):
            pending.append(pool.submit(_digest, lot, formats.program(lot[0].source), search))
            for chunk in lot:
                formats.follow(chunk)
            if len(pending) > WORKERS:
                _take(pending.popleft().result(), cells, formats)
            on_chunk(sum(len(chunk.data) for chunk in lot))
        while pending:
            _take(pending.popleft().result(), cells, formats)
    if not formats.found:
        raise DataError("There is no line to read.", "Give a log that has been written to.")
    return cells, formats.found


def _take(work: _Work, cells: MemoryCells, formats: SourceFormats) -> None:
    cells.add(work)
    for source, (position, program) in work.widened.items():
        formats.widen(source, position, program)


def _chunks(source: Source, formats: SourceFormats) -> Iterator[Chunk]:
    """Yield the chunks of a source; stop at a log without a format once that is certain."""
    for piece in source.read():
        yield from (ready.chunk for ready in formats.admit(piece) if ready.chunk)
        raise_all(formats.problems(certain=True))
    raise_all(formats.problems())


def _digest(lot: list[Chunk], program: Program, search: FormatSearch) -> _Work:
    (hits, parts), used = parse_and_search(lot, program, search)
    widened = {part.chunk.source: (part.chunk.offset, used) for part in parts if part.format != program.written}
    lines_read = sum(part.lines for part in parts)
    reasons: dict[tuple[str, str], int] = defaultdict(int)
    for part in parts:
        for reason, lines in part.bad.counts().items():
            reasons[part.chunk.source, reason] += lines
    if not len(hits):
        return _Work([], lines_read, 0, 0, reasons, 0, 0, widened)
    sent = int(np.maximum(hits.bytes, 0).sum())
    first, last = (int(time) // 1_000_000 for time in (hits.time.min(), hits.time.max()))
    return _Work(rollup(derive(hits), ONE_SHOT_VIEWS), lines_read, len(hits), sent, reasons, first, last, widened)
