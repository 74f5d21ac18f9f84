"""Recounts sources, archive and cells of a tier, and names the places where they differ."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.clock import Clock, SystemClock
from hitstream.engine.comparison import AuditResult, compare, place
from hitstream.engine.recount import Counts, counts_between, edges_of, recount
from hitstream.engine.topic_recount import recount_topic
from hitstream.store.delta import ArchivedUpto, DeltaArchive
from hitstream.store.directory import DataDirectory, open_directory, open_reader
from hitstream.store.ledger import ReadRange
from hitstream.store.vitals import save_audit
from hitstream.vitals import AuditRecord

if TYPE_CHECKING:
    from hitstream.store.cassandra.store import ClusterStore

_DIFFERENCES_TOLD = 20


def audit(directory: Path | str, clock: Clock | None = None) -> AuditResult:
    """Compare what was read with the sources that are still there, with the archive and with the cells.

    Raises:
        ConfigError: there is no data directory.
        Fatal: it is damaged.
    """
    clock = clock or SystemClock()
    began = clock.now()
    with open_reader(directory) as data, data.snapshot() as archived:
        result = compare(data.cells, data.ledger, archived, partial(_check_sources, data))
    result.seconds = max(0.0, clock.now() - began)
    return result


def audit_cluster(
    store: "ClusterStore", archive: DeltaArchive, kafka: str, topic: str, clock: Clock | None = None
) -> AuditResult:
    """Compare what was read with the records that the topic still has, with the archive and with the cells; keep that.

    Raises:
        HitstreamError: a server is away.
    """
    clock = clock or SystemClock()
    began = clock.now()
    with store.cells.snapshot():
        archived = ArchivedUpto(archive, store.cells.cut().published)
        consumed = store.ledger.consumed(topic)
        result = compare(store.cells, store.ledger, archived, partial(_check_topic, kafka, topic, consumed))
    result.seconds = max(0.0, clock.now() - began)
    save_audit(store, _record(result, clock))
    return result


def keep(directory: Path | str, result: AuditResult, clock: Clock | None = None) -> None:
    """Let readers of the data directory see what an audit found.

    Raises:
        ConfigError: it cannot be written.
        Retryable: another process keeps it busy.
    """
    data = open_directory(directory, write=True)
    try:
        save_audit(data.database, _record(result, clock or SystemClock()))
    finally:
        data.close()


def _record(result: AuditResult, clock: Clock) -> AuditRecord:
    told = [str(difference) for difference in result.differences[:_DIFFERENCES_TOLD]]
    counts = result.lines, result.hits, result.bad, result.archived, len(result.recounted)
    skipped = tuple(result.skipped[:_DIFFERENCES_TOLD])
    return AuditRecord(clock.now(), result.seconds, *counts, skipped, tuple(told))


def _check_sources(data: DataDirectory, ranges: list[ReadRange], result: AuditResult) -> None:
    for state in data.ledger.states():
        own = [row for row in ranges if row.source == state.identity]
        lines, reason = recount(state, own)
        if reason:
            result.skipped.append(f"{state.path}: {reason}")
            continue
        result.recounted.append(state.path)
        for row, found in zip(own, lines.read, strict=True):
            _compare_range("in the source", f"{state.path}, {place(row)}", row, found, result)
        _compare_directives(f"the source {state.path}", own, lines.read, lines.directives, result)
        for row, after in zip(own, lines.after, strict=True):
            result.compare("lines passed over", f"{state.path}, from position {row.stop}", 0, after)


def _check_topic(
    kafka: str, topic: str, consumed: Mapping[int, int], ranges: list[ReadRange], result: AuditResult
) -> None:
    by_source: dict[str, list[ReadRange]] = defaultdict(list)
    for row in ranges:
        by_source[row.source].append(row)
    found = recount_topic(kafka, topic, consumed, by_source)
    if found.reason:
        result.skipped.append(f"topic {topic}: {found.reason}")
    for source, starts in sorted(found.offsets.items()):
        result.recounted.append(f"{topic}: {source}")
        own = by_source.get(source, [])
        counts = counts_between(edges_of(own), starts)
        for row, counted in zip(own, zip(*counts[:, 1::2].tolist(), strict=True), strict=True):
            if found.is_whole or counted[0] >= row.lines:
                _compare_range("in the topic", place(row), row, counted, result)
        for stop, lines in zip([0, *(row.stop for row in own)], counts[0, ::2].tolist(), strict=True):
            result.compare("lines of the topic passed over", f"source {source}, from position {stop}", 0, lines)
    if found.is_whole:
        for source in sorted(by_source.keys() - found.offsets.keys()):
            result.compare("lines in the topic", f"source {source}", sum(row.lines for row in by_source[source]), 0)


def _compare_range(where: str, at: str, row: ReadRange, found: Counts, result: AuditResult) -> None:
    """Compare what a range should hold with what was read of it again; hits too where its format was kept."""
    lines, hits, bad = found
    result.compare(f"lines {where}", at, row.lines, lines)
    if row.format:
        result.compare(f"hits {where}", at, row.hits, hits)
        result.compare(f"bad lines {where}", at, row.bad, bad)


def _compare_directives(
    where: str, ranges: Sequence[ReadRange], found: Sequence[Counts], directives: int, result: AuditResult
) -> None:
    """Compare the lines that are neither hits nor bad with those that the parser says are directives."""
    known = [row.lines - row.hits - row.bad for row in ranges if row.format]
    if len(known) == len(found):
        result.compare("directives", where, sum(known), directives)
