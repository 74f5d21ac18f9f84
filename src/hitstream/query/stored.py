"""What a store of blocks and a ledger tell, whichever they are, as something to ask."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from hitstream.parse.several import name_of
from hitstream.record import BadLine
from hitstream.store.contract import CellStore
from hitstream.store.ledger import BadCount, Counts, FormatSection, SourceFormat
from hitstream.views.cells import Cells
from hitstream.views.pack import unpack
from hitstream.views.table import SECONDS, Grain, View

MAX_SECTIONS = 200
"""So many sections of sources are told at the most."""


class ReadableLedger(Protocol):
    """The account of lines that a ledger keeps."""

    def counts(self) -> Counts: ...  # noqa: D102
    def bad_lines(self, limit: int = -1) -> Sequence[BadLine]: ...  # noqa: D102
    def bad_counts(self) -> Sequence[BadCount]: ...  # noqa: D102
    def formats(self) -> Sequence[SourceFormat]: ...  # noqa: D102
    def sections(self) -> Sequence[FormatSection]: ...  # noqa: D102


class StoredCells:
    """The `CellReader` of a store and its ledger."""

    def __init__(self, cells: CellStore, ledger: ReadableLedger) -> None:
        self.cells = cells
        self.ledger = ledger

    def snapshot(self) -> AbstractContextManager[object]:
        """Let everything read inside be of one state."""
        return self.cells.snapshot()

    def read(self, view: View, grain: Grain, start: int, end: int) -> Cells:
        """Return the cells with start <= bucket < end; buckets and keys repeat."""
        return unpack(view.name, grain, self.cells.payloads(view.name, grain, start, end))

    def totals(self, view: View, grain: Grain, start: int, end: int) -> Sequence[tuple[int, int, int, int]]:
        """Return (bucket, hits, bytes, errors) of the buckets that have hits."""
        return self.cells.totals(view.name, grain, start, end)

    def span(self) -> tuple[int, int] | None:
        """Return the start of the first bucket and the last second of the last, as fine as they are kept."""
        found: tuple[int, int] | None = None
        for grain in reversed(SECONDS):
            span = self.cells.span("traffic", grain)
            if span is None:
                continue
            first, last = span[0], span[1] + SECONDS[grain] - 1
            if found is not None and first // SECONDS["day"] != found[0] // SECONDS["day"]:
                first = found[0]  # finer cells of the first day have expired
            found = first, last
        return found

    def counts(self) -> Counts:
        """Return what was read of all sources."""
        return self.ledger.counts()

    def bad_lines(self, limit: int = -1) -> Sequence[BadLine]:
        """Return the kept bad lines."""
        return self.ledger.bad_lines(limit)

    def source_formats(self) -> Sequence[SourceFormat]:
        """Return the format of every source."""
        return self.ledger.formats()

    def bad_reasons(self) -> Sequence[BadCount]:
        """Return how many lines did not parse, and why."""
        return self.ledger.bad_counts()

    def sections(self) -> tuple[FormatSection, ...]:
        """Return what was read of each source with each of its formats, which are named, the largest ones alone."""
        rows = sorted(self.ledger.sections(), key=lambda row: -row.lines)[:MAX_SECTIONS]
        return tuple(sorted(row._replace(format=name_of(row.format) if row.format else "") for row in rows))

    def by_reason(self) -> Mapping[str, int]:
        """Return how many lines did not parse for each reason."""
        reasons: dict[str, int] = {}
        for count in self.ledger.bad_counts():
            reasons[count.reason] = reasons.get(count.reason, 0) + count.lines
        return reasons
