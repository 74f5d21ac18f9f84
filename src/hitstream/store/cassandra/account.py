"""What batches up to one read, added up: read once, and from then on only what is new."""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar
from zlib import crc32

from hitstream.errors import Retryable
from hitstream.store.cassandra.connection import Connection, Values
from hitstream.store.ledger import BadCount, Counts, ReadRange, join

LOT = 256
"""Batches whose rows are one partition."""
SHARDS = 16
"""Partitions that joined rows are spread over."""
JOINED = "joined"
"""The key of `meta` that says up to which batch the rows are joined, and were before."""

_RANGE = "source, start, stop, lines, hits, bad, bytes, format"
_BAD = "source, reason, lines, kept"

Row = TypeVar("Row")


class LedgerSummary(NamedTuple):
    """What was read by the batches up to one."""

    upto: int
    ranges: dict[str, list[ReadRange]]
    """By source: ordered, those that touch as one."""
    bad: dict[tuple[str, str], BadCount]

    def with_more(self, upto: int, ranges: Iterable[ReadRange], bad: Iterable[BadCount]) -> "LedgerSummary":
        """Return it with what later batches read."""
        new: dict[str, list[ReadRange]] = defaultdict(list)
        for row in ranges:
            new[row.source].append(row)
        joined = {source: join(sorted(self.ranges.get(source, []) + rows)) for source, rows in new.items()}
        counts = dict(self.bad)
        for count in bad:
            key = count.source, count.reason
            _, _, lines, kept = counts.get(key, (*key, 0, 0))
            counts[key] = BadCount(*key, lines + count.lines, kept + count.kept)
        return LedgerSummary(upto, self.ranges | joined, counts)

    def all_ranges(self) -> list[ReadRange]:
        """Return the ranges, ordered by source and position."""
        return [row for source in sorted(self.ranges) for row in self.ranges[source]]

    def counts(self) -> Counts:
        """Return the sums."""
        rows = [(row.lines, row.hits, row.bad, row.bytes) for own in self.ranges.values() for row in own]
        return Counts(*map(sum, zip(*rows, strict=True))) if rows else Counts(0, 0, 0, 0)


class Books:
    """Reads and joins what the batches left: a row of a range or a count is keyed by its batch."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def account(self, upto: int, known: LedgerSummary | None = None) -> LedgerSummary:
        """Return what the batches up to one read, from what is known of fewer batches on.

        Raises:
            Retryable: those batches are joined with later ones already.
        """
        joined, _ = self._joined()
        if joined > upto:
            raise Retryable(f"What was read up to batch {upto} is joined with later batches.", "Ask again.")
        if known is None or not joined <= known.upto <= upto:
            known = self._load(joined)
        asked = [(lot, known.upto, upto) for lot in range((known.upto + 1) // LOT, upto // LOT + 1)]
        where = 'WHERE lot = ? AND "batch" > ? AND "batch" <= ?'
        ranges = self._connection.read_many(f"SELECT {_RANGE} FROM @ranges {where}", asked)
        bad = self._connection.read_many(f"SELECT {_BAD} FROM @bad_counts {where}", asked)
        return known.with_more(upto, _rows(_range, ranges), _rows(BadCount, bad))

    def join(self, account: LedgerSummary) -> None:
        """Keep an account, so that nobody has to read the rows of its batches again.

        The one before stays, with the rows between: who has begun to read still finds what it looks for.
        """
        last, before = self._joined()
        if account.upto <= last:
            return
        self._connection.write_each(
            f"INSERT INTO @joined_ranges (upto, shard, {_RANGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(account.upto, _shard(row.source), *row) for row in account.all_ranges()],
        )
        self._connection.write_each(
            f"INSERT INTO @joined_bad_counts (upto, shard, {_BAD}) VALUES (?, ?, ?, ?, ?, ?)",
            [(account.upto, _shard(row.source), *row) for row in account.bad.values()],
        )
        self._forget(before, last)
        self._connection.set_meta(JOINED, f"{account.upto} {last}")

    def _joined(self) -> tuple[int, int]:
        """Return up to which batch the rows are joined, and were before."""
        last, before = (self._connection.meta(JOINED) or "0 0").split()
        return int(last), int(before)

    def _forget(self, account: int, batches: int) -> None:
        """Delete an account, and the rows after it in lots that end before another."""
        lots = [(lot,) for lot in range(account // LOT, batches // LOT)]
        shards = [(account, shard) for shard in range(SHARDS)] if account else []
        for table in ("ranges", "bad_counts"):
            self._connection.write_each(f"DELETE FROM @{table} WHERE lot = ?", lots)
            self._connection.write_each(f"DELETE FROM @joined_{table} WHERE upto = ? AND shard = ?", shards)

    def _load(self, upto: int) -> LedgerSummary:
        asked = [(upto, shard) for shard in range(SHARDS)] if upto else []
        where = "WHERE upto = ? AND shard = ?"
        ranges = self._connection.read_many(f"SELECT {_RANGE} FROM @joined_ranges {where}", asked)
        bad = self._connection.read_many(f"SELECT {_BAD} FROM @joined_bad_counts {where}", asked)
        return LedgerSummary(upto, {}, {}).with_more(upto, _rows(_range, ranges), _rows(BadCount, bad))


def _range(
    source: str, start: int, stop: int, lines: int, hits: int, bad: int, octets: int | None, text: str | None
) -> ReadRange:
    """Return a row; those of older versions have as many bytes as positions, and no format."""
    return ReadRange(source, start, stop, lines, hits, bad, stop - start if octets is None else octets, text or "")


def _rows(kind: Callable[..., Row], answers: Iterable[list[Values]]) -> Iterator[Row]:
    return (kind(*row) for answer in answers for row in answer)


def _shard(source: str) -> int:
    return crc32(source.encode()) % SHARDS
