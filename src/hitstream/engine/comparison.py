"""Compares the counts of one tier: what was read, the archive and the cells, and names the places where they differ.

Every hit is looked at again: memory is eight bytes a hit and a row a bucket.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from hitstream.engine.batch import hits_of, read_hits
from hitstream.record import I64, Hits
from hitstream.store.cells import read_cells
from hitstream.store.contract import CellStore
from hitstream.store.folder import Folder
from hitstream.store.ledger import BadCount, Counts, ReadRange, SourceRow
from hitstream.views.cells import Cells
from hitstream.views.rollup import rollup
from hitstream.views.table import VIEWS, Grain, view

if TYPE_CHECKING:
    import pyarrow as pa

_DIFFERENCES_NAMED = 100
_EVER = 1 << 60

Sums = dict[int, I64]
"""(hits, bytes, errors) of each bucket."""


class AuditedLedger(Protocol):
    """What a ledger says was read."""

    def ranges(self) -> list[ReadRange]: ...  # noqa: D102
    def counts(self) -> Counts: ...  # noqa: D102
    def bad_counts(self) -> Sequence[BadCount]: ...  # noqa: D102
    def sources(self) -> Sequence[SourceRow]: ...  # noqa: D102


class Archived(Protocol):
    """All hits of the same state."""

    @property
    def files(self) -> list[str]: ...  # noqa: D102
    @property
    def stage(self) -> "pa.Table": ...  # noqa: D102
    @property
    def folder(self) -> Folder: ...  # noqa: D102


@dataclass
class Difference:
    """A place where two counts of the same thing differ."""

    what: str
    where: str
    expected: int
    found: int

    def __str__(self) -> str:
        return f"{self.what}, {self.where}: {self.found} instead of {self.expected}"


@dataclass
class AuditResult:
    """What was counted, and where counts differ."""

    lines: int = 0
    hits: int = 0
    bad: int = 0
    archived: int = 0
    recounted: list[str] = field(default_factory=list)
    """Paths of the sources that were read again."""
    skipped: list[str] = field(default_factory=list)
    """Sources that are not there any more, each with the reason."""
    differences: list[Difference] = field(default_factory=list)
    """The first hundred."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def ok(self) -> bool:
        """Tell whether all counts agree."""
        return not self.differences

    def compare(self, what: str, where: str, expected: int, found: int) -> None:
        """Note a difference if there is one."""
        if expected != found and len(self.differences) < _DIFFERENCES_NAMED:
            self.differences.append(Difference(what, where, expected, found))


Recount = Callable[[list[ReadRange], AuditResult], None]
"""Counts the lines of the ranges again, where they come from."""


class Stored(NamedTuple):
    """What is kept of a view by a grain, from a time on."""

    floor: int
    totals: Sums
    packed: Sums


def compare(cells: CellStore, ledger: AuditedLedger, archived: Archived, recount: Recount) -> AuditResult:
    """Compare all counts; what is read of cells and ledger comes first, since a snapshot of them may not last."""
    result = AuditResult()
    with cells.snapshot():
        ranges = ledger.ranges()
        result.lines, result.hits, result.bad, _ = ledger.counts()
        _check_ranges(ledger, ranges, result)
        stored = {(row.name, grain): _stored(cells, row.name, grain) for row in VIEWS for grain in row.grains}
    recount(ranges, result)
    sums: dict[tuple[str, Grain], Sums] = defaultdict(dict)
    offsets: dict[str, list[I64]] = defaultdict(list)
    for hits in _all_hits(archived):
        offsets[hits.source].append(hits.offset)
        for found in rollup(hits):
            _add(sums[found.view, found.grain], found)
    _check_archive(offsets, ranges, result)
    for (name, grain), (floor, totals, packed) in stored.items():
        _compare_sums(f"cells of {name} by {grain}", sums[name, grain], totals, floor, result)
        _compare_sums(f"packed cells of {name} by {grain}", totals, packed, floor, result)
    return result


def _stored(cells: CellStore, name: str, grain: Grain) -> Stored:
    floor = cells.kept_from(grain, -_EVER)
    totals: Sums = {total.bucket: np.array(total[1:]) for total in cells.totals(name, grain, floor, _EVER)}
    packed: Sums = {}
    _add(packed, read_cells(cells, view(name), grain, floor, _EVER))
    return Stored(floor, totals, packed)


def _all_hits(archived: Archived) -> Iterator[Hits]:
    yield from read_hits(archived.folder, archived.files)
    for batch in archived.stage.to_batches():
        yield from hits_of(batch)


def _check_ranges(ledger: AuditedLedger, ranges: list[ReadRange], result: AuditResult) -> None:
    bad: dict[str, int] = defaultdict(int)
    stop: dict[str, int] = {}
    for row in ranges:
        bad[row.source] += row.bad
        result.compare("hits and bad lines beyond the lines", place(row), 0, max(0, row.hits + row.bad - row.lines))
        result.compare("bytes read twice", place(row), 0, max(0, stop.get(row.source, 0) - row.start))
        stop[row.source] = row.stop
    counted: dict[str, int] = defaultdict(int)
    for count in ledger.bad_counts():
        counted[count.source] += count.lines
    for source in sorted(bad.keys() | counted.keys()):
        result.compare("bad lines by reason", f"source {source}", bad[source], counted[source])
    for known in ledger.sources():
        where = f"source {known.identity} ({known.path})"
        result.compare("lines read past the position", where, 0, max(0, stop.get(known.identity, 0) - known.position))


def _check_archive(offsets: dict[str, list[I64]], ranges: list[ReadRange], result: AuditResult) -> None:
    by_source: dict[str, list[ReadRange]] = defaultdict(list)
    for row in ranges:
        by_source[row.source].append(row)
    for source in sorted(by_source.keys() | offsets.keys()):
        found = np.sort(np.concatenate([np.zeros(0, np.int64), *offsets[source]]))
        result.archived += len(found)
        own = by_source[source]
        twice = found[1:][found[1:] == found[:-1]]
        for offset in twice[:_DIFFERENCES_NAMED].tolist():
            result.compare("hits in the archive", f"source {source}, position {offset}", 1, 2)
        starts = np.array([row.start for row in own], np.int64)
        counts = np.bincount(np.searchsorted(starts, found, "right"), minlength=len(own) + 1).tolist()
        result.compare("hits in the archive", f"source {source}, before its first range", 0, counts[0])
        for row, count in zip(own, counts[1:], strict=True):
            result.compare("hits in the archive", place(row), row.hits, count)


def _compare_sums(what: str, expected: Sums, found: Sums, floor: int, result: AuditResult) -> None:
    none = np.zeros(3, np.int64)
    for bucket in sorted(expected.keys() | found.keys()):
        wanted, there = expected.get(bucket, none), found.get(bucket, none)
        if bucket >= floor and (wanted != there).any():
            where = datetime.fromtimestamp(bucket, UTC).isoformat()
            for measure, one, other in zip(("hits", "bytes", "errors"), wanted, there, strict=True):
                result.compare(f"{measure} in {what}", where, int(one), int(other))


def _add(sums: Sums, cells: Cells) -> None:
    """Add the sums of each bucket of cells."""
    if not len(cells):
        return
    firsts = np.flatnonzero(np.diff(cells.bucket, prepend=cells.bucket[0] - 1))
    found = np.add.reduceat(np.stack((cells.hits, cells.bytes, cells.errors), axis=1), firsts, axis=0)
    for bucket, row in zip(cells.bucket[firsts].tolist(), found, strict=True):
        sums[bucket] = sums.get(bucket, 0) + row


def place(row: ReadRange) -> str:
    """Say where a range is."""
    return f"source {row.source}, positions {row.start} to {row.stop}"
