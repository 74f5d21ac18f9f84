"""What was read and what became of it: sources and their positions, ranges of lines, bad lines."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from hitstream.record import BadLine, BadLines
from hitstream.sources.identity import SourceState
from hitstream.store.database import Database
from hitstream.store.schema import RANGES_HAVE_FORMATS

BAD_LINES_KEPT = 1000
"""Bad lines kept of each source and reason; those beyond are counted."""
BAD_BYTES_KEPT = 4096
"""Bytes kept of a bad line."""

_READ = "SELECT source, start, stop, lines, hits, bad, stop - start, {} FROM ranges"


class ReadRange(NamedTuple):
    """What was read of a source between two positions: lines = hits + bad + directives."""

    source: str
    start: int
    stop: int
    lines: int
    hits: int
    bad: int
    bytes: int
    """The bytes of the lines: as many as positions, but for records that other producers wrote to a topic."""
    format: str = ""
    """What its first line was parsed with, as `SourceFormat.format`; empty where it was read before that was kept."""


class SourceRow(NamedTuple):
    """A source, how far it was read, and what it held so far."""

    identity: str
    path: str
    position: int
    lines: int
    hits: int
    bad: int


class SourceFormat(NamedTuple):
    """The format that a source's lines are parsed with, and the path it was read from then."""

    source: str
    path: str
    format: str
    """What `several.compile_formats` compiles: LogFormat or log_format strings, one a line."""


class FormatSection(NamedTuple):
    """What was read of a source with the same format, and from which position on."""

    path: str
    source: str
    start: int
    format: str
    """As in a `ReadRange`."""
    lines: int
    hits: int
    bad: int


class BadCount(NamedTuple):
    """How many lines of a source did not parse for one reason, and how many of them are kept."""

    source: str
    reason: str
    lines: int
    kept: int


class Counts(NamedTuple):
    """What was read of all sources: lines = hits + bad + directives; `bytes` of lines, not of responses."""

    lines: int
    hits: int
    bad: int
    bytes: int


@dataclass
class BadTally:
    """Bad lines, counted; of each source and reason the first `cap` are kept, shortened."""

    cap: int = BAD_LINES_KEPT
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], list[BadLine]] = field(default_factory=lambda: defaultdict(list))

    def add(self, lines: BadLines) -> None:
        """Count lines, given in the order of their positions."""
        for reason, count in lines.counts().items():
            key = lines.chunk.source, reason
            room = self.cap - self.counts[key]
            if room > 0:
                kept = lines.first(reason, room)
                self.first[key] += [line._replace(data=line.data[:BAD_BYTES_KEPT]) for line in kept]
            self.counts[key] += count


class Ledger:
    """Keeps account of lines. Its writing methods belong inside a batch's transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def save_states(self, states: Iterable[SourceState]) -> None:
        """Keep how far sources were read, in place of what was kept of them before."""
        self.database.write_many(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)",
            [(state.identity, state.path, state.position, _pack(state)) for state in states],
        )

    def states(self) -> list[SourceState]:
        """Return how far every source was read."""
        return [_unpack(row[0]) for row in self.database.read("SELECT state FROM sources ORDER BY identity")]

    def save_formats(self, formats: Iterable[SourceFormat]) -> None:
        """Keep the formats of sources, in place of what was kept of them before."""
        self.database.write_many("INSERT OR REPLACE INTO formats VALUES (?, ?, ?)", formats)

    def formats(self) -> list[SourceFormat]:
        """Return the format of every source that was read, the latest last."""
        rows = self.database.read("SELECT source, path, format FROM formats ORDER BY rowid")
        return [SourceFormat(*row) for row in rows]

    def save_ranges(self, batch: int, ranges: Iterable[ReadRange]) -> None:
        """Keep what a batch read."""
        self.database.write_many(
            "INSERT INTO ranges VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(each.source, each.start, each.stop, batch, *each[3:6], each.format) for each in ranges],
        )

    def ranges(self) -> list[ReadRange]:
        """Return what was read, ordered by source and position."""
        text = "format" if self.database.version >= RANGES_HAVE_FORMATS else "''"
        return [ReadRange(*row) for row in self.database.read(f"{_READ.format(text)} ORDER BY source, start")]

    def join_ranges(self, batch: int) -> None:
        """Join ranges of batches up to this one that touch, so that their number stays small."""
        rows = self.database.read(f"{_READ.format('format')} WHERE batch <= ? ORDER BY source, start", batch)
        joined = join(map(ReadRange._make, rows))
        if len(joined) < len(rows):
            with self.database.transaction():
                self.database.write("DELETE FROM ranges WHERE batch <= ?", batch)
                self.save_ranges(batch, joined)

    def save_bad_lines(self, bad: BadTally) -> int:
        """Count bad lines, and keep the first ones of each source and reason; return how many were not kept."""
        forgotten = 0
        for (source, reason), count in bad.counts.items():
            kept = self.database.read("SELECT kept FROM bad_counts WHERE source = ? AND reason = ?", source, reason)
            room = max(0, bad.cap - (kept[0][0] if kept else 0))
            keep = [(line.source, line.offset, line.reason, line.data) for line in bad.first[source, reason][:room]]
            self.database.write_many("INSERT INTO bad_lines VALUES (?, ?, ?, ?)", keep)
            self.database.write(
                "INSERT INTO bad_counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET lines = lines + excluded.lines, kept = kept + excluded.kept",
                source,
                reason,
                count,
                len(keep),
            )
            forgotten += count - len(keep)
        return forgotten

    def bad_lines(self, limit: int = -1, source: str | None = None) -> list[BadLine]:
        """Return the kept bad lines, of one source or all, ordered by source and position."""
        rows = self.database.read(
            "SELECT source, offset, reason, data FROM bad_lines WHERE ? IS NULL OR source = ?"
            " ORDER BY source, offset LIMIT ?",
            source,
            source,
            limit,
        )
        return [BadLine(*row) for row in rows]

    def bad_counts(self) -> list[BadCount]:
        """Return how many lines did not parse, by source and reason, most first."""
        rows = self.database.read(
            "SELECT source, reason, lines, kept FROM bad_counts ORDER BY lines DESC, source, reason"
        )
        return [BadCount(*row) for row in rows]

    def sources(self) -> list[SourceRow]:
        """Return every source that was read, by path."""
        rows = self.database.read(
            "SELECT identity, path, position, total(lines), total(hits), total(bad)"
            " FROM sources LEFT JOIN ranges ON source = identity GROUP BY identity ORDER BY path, identity"
        )
        return [SourceRow(*row[:3], *map(int, row[3:])) for row in rows]

    def sections(self) -> list[FormatSection]:
        """Return what was read of each source with each of its formats, by path and position."""
        text = "format" if self.database.version >= RANGES_HAVE_FORMATS else "''"
        paths = {row.source: row.path for row in self.formats()}
        rows = self.database.read(
            f"SELECT source, min(start), {text}, sum(lines), sum(hits), sum(bad) FROM ranges GROUP BY 1, 3"  # noqa: S608
        )
        return sorted(FormatSection(paths.get(row[0], ""), *row) for row in rows)

    def counts(self) -> Counts:
        """Return what was read of all sources."""
        rows = self.database.read("SELECT total(lines), total(hits), total(bad), total(stop - start) FROM ranges")
        return Counts(*map(int, rows[0]))


def join(ranges: Iterable[ReadRange]) -> list[ReadRange]:
    """Return ranges, ordered by source and position, with those that touch and have one format as one."""
    joined: list[ReadRange] = []
    for row in ranges:
        last = joined[-1] if joined else None
        if last and (last.source, last.stop, last.format) == (row.source, row.start, row.format):
            sums = (a + b for a, b in zip(last[3:7], row[3:7], strict=True))
            joined[-1] = ReadRange._make((row.source, last.start, row.stop, *sums, row.format))
        else:
            joined.append(row)
    return joined


def _pack(state: SourceState) -> str:
    plain = asdict(state)
    return json.dumps({key: value.hex() if isinstance(value, bytes) else value for key, value in plain.items()})


def _unpack(text: str) -> SourceState:
    plain = json.loads(text)
    return SourceState(**plain | {key: bytes.fromhex(plain[key]) for key in ("head", "tail")})
