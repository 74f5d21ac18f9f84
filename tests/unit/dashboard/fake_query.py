"""A query with answers set by hand, as `hitstream.query` gives them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from hitstream.arrow import HIT_SCHEMA
from hitstream.query import Arrived, BySecond, Cross, Filter, Health, Place
from hitstream.query.answers import HeatMapAnswer, Row, SeriesAnswer, TopAnswer, Totals
from hitstream.query.health import Facts, judge
from hitstream.record import BadLine
from hitstream.store.contract import StoreVersion
from hitstream.store.ledger import BadCount
from hitstream.vitals import Vitals

NOON = 1_795_348_800  # 2026-11-22 12:00 UTC


class Counts(NamedTuple):
    lines: int
    hits: int
    bad: int
    bytes: int = 0


def row(key: str, hits: int = 1, sent: int = 0, errors: int = 0) -> Row:
    return Row(key, hits, sent, errors, None)


def series(*hits: int, start: int = NOON - 3600, step: int = 60) -> SeriesAnswer:
    values = list(hits)
    end = start + step * len(values)
    zeros = [0] * len(values)
    return SeriesAnswer("traffic", "minute", start, end, step, values, zeros, list(zeros), [None] * len(values))


def line(at: int, **columns: Any) -> dict[str, Any]:
    """Return a hit of so many seconds before noon."""
    blank = {each.name: None for each in HIT_SCHEMA}
    time = datetime.fromtimestamp(NOON - at, UTC)
    known = {"source": "abcdef0123456789", "offset": 1000 - at, "time": time, "zone": 0, "status": 200, "bytes": 5}
    return blank | known | {"path": "/a", "target": "/a?b", "host": "h.example"} | columns


@dataclass
class FakeQuery:
    """Counts how often it is asked for totals; raises `error` where there is one."""

    many: int = 10
    """Hits there are."""
    bad: int = 0
    reason: str = "%h"
    first: int = NOON - 3600
    last: int = NOON
    visitors_error: float = 0.0
    points: SeriesAnswer = field(default_factory=lambda: series(*range(60)))
    rows: dict[str, list[Row]] = field(default_factory=dict)
    error: Exception | None = None
    asked: int = 0
    day: int = 0
    """The weekday that all hits are of, at noon; Monday is 0."""
    lines: list[dict[str, Any]] = field(default_factory=lambda: [line(at) for at in range(120)])
    """Single hits, the newest first."""
    ahead: list[tuple[int | None, int | None]] = field(default_factory=list)
    """What was read ahead: three pieces make it whole."""
    vitals: Vitals | None = None
    """What its ingest told of itself."""
    opened: int = 0
    closed: int = 0
    looks: int = 0
    """How often it was asked whether there is anything new."""

    def counts(self) -> Counts:
        self.looks += 1
        if self.error:
            raise self.error
        return Counts(self.many + self.bad, self.many, self.bad)

    def span(self) -> tuple[int, int] | None:
        return (self.first, self.last) if self.many else None

    def read_ahead(self, start: int | None = None, end: int | None = None) -> bool:
        if self.error:
            raise self.error
        self.ahead.append((start, end))
        return len(self.ahead) < 3

    def snapshot(self) -> AbstractContextManager[None]:
        return nullcontext()

    def totals(self, start: int | None = None, end: int | None = None, where: Sequence[Filter] = ()) -> Totals:
        if start is not None and self.first <= start and (end or self.last) <= self.last:  # before the last hit: twice
            return Totals(None, 2 * self.many, None, 4096, 2, 6, self.visitors_error, start, start, start, end or 0)
        if not (start or 0) <= self.last < (end or self.last + 1):
            return Totals(None, 0, None, 0, 0, 0, 0.0, None, None, start, end)
        self.asked += 1
        first = self.last if self.many else None
        return Totals(None, self.many, None, 2048, 1, 3, self.visitors_error, first, first, start or 0, end or 0)

    def series(
        self,
        view: str,
        start: int | None = None,
        end: int | None = None,
        grain: str | None = None,
        where: Sequence[Filter] = (),
        key: str | None = None,
    ) -> SeriesAnswer:
        return self.points

    def top(
        self,
        view: str,
        start: int | None = None,
        end: int | None = None,
        k: int = 10,
        by: str = "hits",
        where: Sequence[Filter] = (),
        *,
        exact: bool = False,
    ) -> TopAnswer:
        rows, error = self.rows.get(view, []), 0.0 if exact else self.visitors_error
        return TopAnswer(view, rows[:k], None, None, len(rows), True, error, start or 0, end or 0)

    def hits(
        self,
        start: int,
        end: int,
        where: Sequence[Filter],
        limit: int,
        order: str = "newest",
        beyond: Place | None = None,
    ) -> pa.Table:
        lines = self.lines if order == "newest" else self.lines[::-1]
        if beyond:
            lines = lines[1 + next(at for at, each in enumerate(lines) if each["offset"] == beyond.offset) :]
        return pa.Table.from_pylist(lines[:limit], HIT_SCHEMA)

    def newest(self, now: float, limit: int = 50, where: Sequence[Filter] = ()) -> pa.Table:
        return pa.Table.from_pylist(self.lines[:limit], HIT_SCHEMA)

    def arrived(self, where: Sequence[Filter], before: Arrived | None) -> Arrived:
        return Arrived(len(self.lines) if where else self.many)

    def by_second(self, start: int, end: int, where: Sequence[Filter] = ()) -> BySecond:
        counts = [[0] * (end - start) for _ in range(6)]
        for each in self.lines:
            second = int(each["time"].timestamp())
            if start <= second < end:
                counts[each["status"] // 100][second - start] += 1
        return BySecond(start, end, counts)

    def cross(self, view: str, other: str, rows: list[str], columns: list[str], *asked: Any) -> Cross:
        cells = [tuple(Row(key, 10, 20, 1, 3) for key in (*columns, "")) for _ in rows]
        return Cross(view, other, rows, columns, cells, 0, 0)

    def health(self, now: float) -> Health:
        return judge(Facts(self.counts(), {}, StoreVersion(1, 1, 0), 0, 0, 0, self.vitals, None), now)

    def bad_reasons(self) -> list[BadCount]:
        return [BadCount("source", self.reason, self.bad, 1)] if self.bad else []

    def bad_lines(self, limit: int = -1) -> list[BadLine]:
        return [BadLine("source", 7, self.reason, self.reason.encode())] if self.bad else []

    def heat_map(self, start: int | None = None, end: int | None = None, where: Sequence[Filter] = ()) -> HeatMapAnswer:
        days = [[0] * 24 for _ in range(7)]
        days[self.day][12] = self.many
        return HeatMapAnswer(days, start or 0, end or 0)

    @contextmanager
    def open(self) -> Iterator[Any]:
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1


class StoppedClock:
    def __init__(self, now: float = NOON) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
