"""Recounts sources, archive and cells, and names the places where they differ.

Every hit is looked at again: memory is eight bytes a hit and a row a bucket.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hitstream.clock import Clock, SystemClock
from hitstream.engine.batch import hits_of, read_hits
from hitstream.engine.recount import recount
from hitstream.record import I64, Hits
from hitstream.store.cells import read_cells
from hitstream.store.directory import ArchivedHits, DataDirectory, open_directory, open_reader
from hitstream.store.ledger import Range
from hitstream.store.vitals import save_audit
from hitstream.views.cells import Cells
from hitstream.views.rollup import rollup
from hitstream.views.table import VIEWS, Grain, view
from hitstream.vitals import AuditRecord

_DIFFERENCES_NAMED = 100
_DIFFERENCES_TOLD = 20
_EVER = 1 << 60

Sums = dict[int, I64]
"""(hits, bytes, errors) of each bucket."""


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


def audit(directory: Path | str, clock: Clock | None = None) -> AuditResult:
    """Compare what was read with the sources that are still there, with the archive and with the cells.

    Raises:
        ConfigError: there is no data directory.
        Fatal: it is damaged.
    """
    clock = clock or SystemClock()
    result, began = AuditResult(), clock.now()
    with open_reader(directory) as data, data.snapshot() as archived:
        ranges = data.ledger.ranges()
        result.lines, result.hits, result.bad, _ = data.ledger.counts()
        _check_ranges(data, ranges, result)
        _check_sources(data, ranges, result)
        sums: dict[tuple[str, Grain], Sums] = defaultdict(dict)
        offsets: dict[str, list[I64]] = defaultdict(list)
        for hits in _all_hits(archived):
            offsets[hits.source].append(hits.offset)
            for cells in rollup(hits):
                _add(sums[cells.view, cells.grain], cells)
        _check_archive(offsets, ranges, result)
        _check_cells(data, sums, result)
    result.seconds = max(0.0, clock.now() - began)
    return result


def keep(directory: Path | str, result: AuditResult, clock: Clock | None = None) -> None:
    """Let readers of the data directory see what an audit found.

    Raises:
        ConfigError: it cannot be written.
        Retryable: another process keeps it busy.
    """
    told = [str(difference) for difference in result.differences[:_DIFFERENCES_TOLD]]
    counts = result.lines, result.hits, result.bad, result.archived, len(result.recounted)
    ended = (clock or SystemClock()).now()
    record = AuditRecord(ended, result.seconds, *counts, tuple(result.skipped[:_DIFFERENCES_TOLD]), tuple(told))
    data = open_directory(directory, write=True)
    try:
        save_audit(data.database, record)
    finally:
        data.close()


def _all_hits(archived: ArchivedHits) -> Iterator[Hits]:
    yield from read_hits(archived.folder, archived.files)
    for batch in archived.stage.to_batches():
        yield from hits_of(batch)


def _check_ranges(data: DataDirectory, ranges: list[Range], result: AuditResult) -> None:
    bad: dict[str, int] = defaultdict(int)
    stop: dict[str, int] = {}
    for row in ranges:
        bad[row.source] += row.bad
        result.compare("lines = hits + bad lines", _place(row), row.lines, row.hits + row.bad)
        result.compare("bytes read twice", _place(row), 0, max(0, stop.get(row.source, 0) - row.start))
        stop[row.source] = row.stop
    counted: dict[str, int] = defaultdict(int)
    for count in data.ledger.bad_counts():
        counted[count.source] += count.lines
    for source in sorted(bad.keys() | counted.keys()):
        result.compare("bad lines by reason", f"source {source}", bad[source], counted[source])
    for known in data.ledger.sources():
        where = f"source {known.identity} ({known.path})"
        result.compare("lines read past the position", where, 0, max(0, stop.get(known.identity, 0) - known.position))


def _check_sources(data: DataDirectory, ranges: list[Range], result: AuditResult) -> None:
    for state in data.ledger.states():
        own = [row for row in ranges if row.source == state.identity]
        lines, reason = recount(state, own)
        if reason:
            result.skipped.append(f"{state.path}: {reason}")
            continue
        result.recounted.append(state.path)
        for row, found in zip(own, lines.read, strict=True):
            result.compare("lines in the source", f"{state.path}, {_place(row)}", row.lines, found)
        for row, found in zip(own, lines.after, strict=True):
            result.compare("lines passed over", f"{state.path}, from position {row.stop}", 0, found)


def _check_archive(offsets: dict[str, list[I64]], ranges: list[Range], result: AuditResult) -> None:
    by_source: dict[str, list[Range]] = defaultdict(list)
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
            result.compare("hits in the archive", _place(row), row.hits, count)


def _check_cells(data: DataDirectory, sums: dict[tuple[str, Grain], Sums], result: AuditResult) -> None:
    for name, grain in ((row.name, grain) for row in VIEWS for grain in row.grains):
        floor = data.cells.kept_from(grain, -_EVER)
        stored: Sums = {total.bucket: np.array(total[1:]) for total in data.cells.totals(name, grain, floor, _EVER)}
        _compare_sums(f"cells of {name} by {grain}", sums[name, grain], stored, floor, result)
        packed: Sums = {}
        _add(packed, read_cells(data.cells, view(name), grain, floor, _EVER))
        _compare_sums(f"packed cells of {name} by {grain}", stored, packed, floor, result)


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


def _place(row: Range) -> str:
    return f"source {row.source}, positions {row.start} to {row.stop}"
