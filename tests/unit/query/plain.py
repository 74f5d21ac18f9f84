"""Hits as plain rows, the same as cells and as files, and every question answered by counting rows."""

from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hitstream.arrow import HIT_SCHEMA, to_arrow
from hitstream.query.answers import Row
from hitstream.record import NO_CODE, Column, Hits, Texts
from hitstream.store.folder import LocalFolder
from hitstream.views import SECONDS, VIEWS, derive, merge, rollup
from hitstream.views.merge import empty

DAY = 86400
START = 804_556_800  # 1995-07-01


class Hit(NamedTuple):
    second: int
    host: str = "a.example.com"
    target: str = "/"
    status: int = 200
    bytes: int | None = 1
    agent: str | None = None


def text(values):
    known = [value for value in dict.fromkeys(values) if value is not None]
    return Column(np.array([NO_CODE if v is None else known.index(v) for v in values], np.int32), Texts.encode(known))


def columns(rows, source="log"):
    def numbers(values, kind):
        return np.array(values, kind)

    return derive(
        Hits(
            source,
            numbers(range(len(rows)), np.int64),
            numbers([row.second * 1_000_000 for row in rows], np.int64),
            numbers([0] * len(rows), np.int16),
            numbers([row.status for row in rows], np.int16),
            numbers([-1 if row.bytes is None else row.bytes for row in rows], np.int64),
            numbers([-1] * len(rows), np.int64),
            {
                "host": text([row.host for row in rows]),
                "target": text([row.target for row in rows]),
                "agent": text([row.agent for row in rows]),
            },
        )
    )


class Counts(NamedTuple):
    lines: int
    hits: int
    bad: int
    bytes: int


class Memory:
    """Cells of several batches; of each grain the buckets before `floors[grain]` have expired."""

    def __init__(self, batches, floors=None, views=VIEWS):
        self.cells = [cells for rows in batches if rows for cells in rollup(columns(rows), views)]
        self.floors = floors or {}
        self.rows = [row for rows in batches for row in rows]

    def snapshot(self):
        return nullcontext()

    def read(self, view, grain, start, end):
        parts = [cells for cells in self.cells if (cells.view, cells.grain) == (view.name, grain)]
        return (
            merge(parts, view).between(min(max(start, self.floors.get(grain, start)), end), end)
            if parts
            else empty(view, grain)
        )

    def totals(self, view, grain, start, end):
        cells, sums = self.read(view, grain, start, end), {}
        for i, bucket in enumerate(cells.bucket.tolist()):
            before = sums.get(bucket, (0, 0, 0))
            now = (int(cells.hits[i]), int(cells.bytes[i]), int(cells.errors[i]))
            sums[bucket] = tuple(a + b for a, b in zip(before, now, strict=True))
        return [(bucket, *sums[bucket]) for bucket in sorted(sums)]

    def span(self):
        seconds = [row.second for row in self.rows]
        return (min(seconds), max(seconds)) if seconds else None

    def counts(self):
        return Counts(len(self.rows) + 2, len(self.rows), 2, 100 * len(self.rows))

    def bad_lines(self, limit=-1):
        return []

    def bad_reasons(self):
        return []


class Files(NamedTuple):
    files: list
    stage: pa.Table
    folder: LocalFolder = LocalFolder(Path("/"))

    @property
    def waiting(self):
        return [(id(self.stage), self.stage)]

    @contextmanager
    def snapshot(self):
        yield self


def staged(rows):
    return Files([], pa.Table.from_batches([to_arrow(columns(rows))] if rows else [], HIT_SCHEMA))


def archived(rows, directory):
    """Write half of the rows to a file a day; stage the others."""
    by_day = {}
    for row in rows[::2]:
        by_day.setdefault(str(np.datetime64(row.second // DAY, "D")), []).append(row)
    files = []
    for day, part in by_day.items():
        files.append(str(directory / f"day={day}" / "hits.parquet"))
        (directory / f"day={day}").mkdir(parents=True)
        pq.write_table(pa.Table.from_batches([to_arrow(columns(part))]), files[-1])
    return Files(files, staged(rows[1::2]).stage)


def within(rows, start, end):
    return [row for row in rows if start <= row.second < end]


def sums(rows):
    return (
        len(rows),
        sum(row.bytes or 0 for row in rows),
        sum(row.status >= 400 for row in rows),
        len({(row.host, row.agent) for row in rows}),
    )


def top(rows, k, by, key=lambda row: row.target.partition("?")[0]):
    keys = Counter(map(key, rows))
    found = [Row(each, *sums([row for row in rows if key(row) == each])) for each in keys]
    return sorted(found, key=lambda row: (-getattr(row, by), row.key))[:k], len(keys)


def series(rows, start, end, grain):
    step = SECONDS[grain]
    buckets = [sums(within(rows, at, at + step)) for at in range(start, end, step)]
    return [list(measure) for measure in zip(*buckets, strict=True)] if buckets else [[], [], [], []]
