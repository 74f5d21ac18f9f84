"""What was read and what became of it, batch by batch: the rows a replay of a batch writes are the same ones.

What batches after the published one have left counts for nobody but their own replay.
"""

import json
import threading
from collections.abc import Iterable, Mapping

from hitstream.errors import Retryable
from hitstream.record import BadLine
from hitstream.store.cassandra.account import LOT, Books, LedgerSummary
from hitstream.store.cassandra.cells import CassandraCells
from hitstream.store.cassandra.connection import Connection
from hitstream.store.ledger import BadCount, BadTally, Counts, FormatSection, ReadRange, SourceFormat, SourceRow

_CONSUMED = "consumed "
"""The key of `meta` that says how far a topic was read (this and the topic's name)."""
_JOINED_BEHIND = 4 * LOT
"""So many batches before the published one are not joined: readers of an earlier cut ask for them."""


class CassandraLedger:
    """Keeps account of lines. May be shared by threads."""

    def __init__(self, connection: Connection, cells: CassandraCells) -> None:
        self._connection = connection
        self._cells = cells
        self._books = Books(connection)
        self._alone = threading.Lock()
        self._account: LedgerSummary | None = None

    def save(self, batch: int, ranges: Iterable[ReadRange], bad: BadTally, formats: Iterable[SourceFormat]) -> int:
        """Keep what a batch read, before it is published; return how many bad lines were counted but not kept.

        Of each source and reason the first bad lines are kept, as many as `bad.cap` with those of the batches before.
        """
        lot, before = batch // LOT, self._upto(batch - 1).bad
        self._connection.write_together(
            'INSERT INTO @ranges (lot, "batch", source, start, stop, lines, hits, bad, bytes, format)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [[(lot, batch, *row) for row in ranges]],
        )
        counts, lines = [], []
        for key, count in bad.counts.items():
            room = bad.cap - before[key].kept if key in before else bad.cap
            keep = bad.first[key][: max(0, room)]
            lines += [(line.source, line.offset, batch, line.reason, line.data) for line in keep]
            counts.append((lot, batch, *key, count, len(keep)))
        insert = 'INSERT INTO @bad_lines (source, offset, "batch", reason, data) VALUES (?, ?, ?, ?, ?)'
        self._connection.write_each(insert, lines)
        self._connection.write_together(
            'INSERT INTO @bad_counts (lot, "batch", source, reason, lines, kept) VALUES (?, ?, ?, ?, ?, ?)', [counts]
        )
        self._connection.write_each("INSERT INTO @sources (source, path, format) VALUES (?, ?, ?)", formats)
        return bad.counts.total() - len(lines)

    def save_consumed(self, topic: str, batch: int, ends: Mapping[int, int]) -> None:
        """Keep up to which offsets of a topic's partitions a batch reads, before it is published."""
        last, known, before = self._consumed(topic)
        before = before if last == batch else known
        kept = before | {number: max(end, before.get(number, 0)) for number, end in ends.items()}
        self._connection.set_meta(_CONSUMED + topic, json.dumps([batch, [*kept.items()], [*before.items()]]))

    def consumed(self, topic: str) -> dict[int, int]:
        """Return up to which offsets of a topic's partitions the published batches have read.

        Raises:
            Retryable: later batches than a reader's snapshot shows were published meanwhile.
        """
        published = self._cells.cut().published
        last, known, before = self._consumed(topic)
        if last > published + 1:
            raise Retryable(f"The stream went on from batch {published} to {last} meanwhile.", "Ask again.")
        return known if last <= published else before

    def _consumed(self, topic: str) -> tuple[int, dict[int, int], dict[int, int]]:
        """Return the last batch that told, up to where it read, and up to where the one before did."""
        last, known, before = json.loads(self._connection.meta(_CONSUMED + topic) or "[0, [], []]")
        return last, dict(known), dict(before)

    def ranges_before(self, batch: int) -> list[ReadRange]:
        """Return what batches before one have read, those ranges that touch as one, by source and position."""
        return self._upto(batch - 1).all_ranges()

    def ranges(self) -> list[ReadRange]:
        """Return what was read, those ranges that touch as one, ordered by source and position."""
        return self.ranges_before(self._cells.cut().published + 1)

    def join(self) -> None:
        """Join the ranges and counts of batches that are long published, so that they are read as few."""
        upto = self._cells.cut().published - _JOINED_BEHIND
        if upto > 0:
            self._books.join(self._books.account(upto))

    def bad_lines(self, limit: int = -1, source: str | None = None) -> list[BadLine]:
        """Return the kept bad lines, of one source or all, ordered by source and position."""
        sources = [source] if source else sorted({count.source for count in self.bad_counts()})
        published = self._cells.cut().published
        found: list[BadLine] = []
        for each in sources:
            rows = self._connection.read(
                'SELECT "batch", source, offset, reason, data FROM @bad_lines WHERE source = ?', each
            )
            found += [BadLine(*row) for batch, *row in rows if batch <= published]
            if 0 <= limit <= len(found):
                return found[:limit]
        return found

    def bad_counts(self) -> list[BadCount]:
        """Return how many lines did not parse, by source and reason, most first."""
        counts = self._published().bad.values()
        return sorted(counts, key=lambda count: (-count.lines, count.source, count.reason))

    def formats(self) -> list[SourceFormat]:
        """Return the format of every source that was read."""
        rows = self._connection.read("SELECT source, path, format FROM @sources")
        return sorted(SourceFormat(*row) for row in rows)

    def sources(self) -> list[SourceRow]:
        """Return every source that was read, by path."""
        paths = {row.source: row.path for row in self.formats()}
        rows = []
        for source, ranges in self._published().ranges.items():
            sums = (sum(column) for column in list(zip(*ranges, strict=True))[3:6])
            rows.append(SourceRow(source, paths.get(source, ""), max(row.stop for row in ranges), *sums))
        return sorted(rows, key=lambda row: (row.path, row.identity))

    def sections(self) -> list[FormatSection]:
        """Return what was read of each source with each of its formats, by path and position."""
        paths = {row.source: row.path for row in self.formats()}
        found: dict[tuple[str, str], FormatSection] = {}
        for row in self._published().all_ranges():
            first = FormatSection(paths.get(row.source, ""), row.source, row.start, row.format, 0, 0, 0)
            known = found.get((row.source, row.format), first)
            sums = known.lines + row.lines, known.hits + row.hits, known.bad + row.bad
            found[row.source, row.format] = FormatSection(*known[:4], *sums)
        return sorted(found.values())

    def counts(self) -> Counts:
        """Return what was read of all sources."""
        return self._published().counts()

    def _published(self) -> LedgerSummary:
        return self._upto(self._cells.cut().published)

    def _upto(self, batch: int) -> LedgerSummary:
        """Return what the batches up to one read; what was read before is not read again."""
        with self._alone:
            known = self._account
            if known is None or known.upto != batch:
                self._account = self._books.account(batch, known)
            assert self._account is not None
            return self._account
