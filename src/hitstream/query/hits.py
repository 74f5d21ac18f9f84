"""Answers from single hits, by DuckDB inside this process, over Parquet files and the stage."""

# ruff: noqa: S608 - what becomes SQL is ours: constants, rows of VIEWS and integers; all else is a parameter

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from hitstream.query.answers import Row, Series, Top
from hitstream.query.filters import Filter, condition
from hitstream.query.readers import HitFiles, HitReader
from hitstream.record import TEXT_COLUMNS
from hitstream.views.cells import Cells
from hitstream.views.columns import DERIVED
from hitstream.views.rollup import KEY_SEPARATOR, MAX_ROWS, rollup
from hitstream.views.table import SECONDS, Grain, View

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY_LIMIT = "256MB"
THREADS = 2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATTERN = re.compile(r"[*?\[]")
_DAY_OF_FILE = re.compile(r"(?:^|/)day=(\d{4}-\d\d-\d\d)/")
FEW = 1_000_000
"""Hits that are still grouped by key and visitor at once; more take two passes, with a group a key only."""

_READ = "SELECT * FROM read_parquet(${}, hive_partitioning = false)"
SUMS = "count(*) AS hits, coalesce(sum(bytes), 0)::BIGINT AS bytes, count(*) FILTER (status >= 400) AS errors"
_VISITOR = "hash(host, agent) AS visitor"  # of 64 bits: as unlikely to collide as those of the sketches
_KEY_PARTS = {"status": "lpad(status::VARCHAR, 3, '0')"}
"""Key columns that are numbers in a hit and texts in a key."""


class Hits:
    """The archive and the stage, as often as they are asked for."""

    def __init__(self, reader: HitReader) -> None:
        self._reader = reader
        self._alone = RLock()
        self._held: HitFiles | None = None

    @contextmanager
    def snapshot(self) -> "Iterator[HitTable]":
        """Give the hits of one state; cells and hits read inside are of the same."""
        with self._held_fast() as hits, self._ask(hits) as table:
            yield table

    @contextmanager
    def _held_fast(self) -> Iterator[HitFiles]:
        with self._alone:
            if self._held is not None:
                yield self._held
                return
            with self._reader.snapshot() as hits:
                self._held = hits
                try:
                    yield hits
                finally:
                    self._held = None

    @contextmanager
    def table(self) -> "Iterator[HitTable]":
        """Give the hits of one state, without holding up other readers meanwhile."""
        with self._ask(self.files()) as table:
            yield table

    def files(self) -> HitFiles:
        """Return where the hits are now."""
        with self._held_fast() as hits:
            return hits

    @contextmanager
    def _ask(self, hits: HitFiles) -> "Iterator[HitTable]":
        cursor = self._connection.cursor()
        try:
            yield HitTable(cursor, hits)
        finally:
            cursor.close()

    @cached_property
    def _connection(self) -> "duckdb.DuckDBPyConnection":
        return connect()

    def close(self) -> None:
        """Let go of memory and temporary files."""
        if "_connection" in self.__dict__:
            self._connection.close()
            del self._connection


def connect() -> "duckdb.DuckDBPyConnection":
    """Return an empty database in memory; what does not fit goes to the directory for temporary files."""
    import duckdb

    scratch = str(Path(tempfile.gettempdir()) / f"hitstream-{uuid4().hex}")  # made only when it is needed
    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": scratch})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")
    return connection


def verbatim(path: str) -> str:
    """Return a path so that DuckDB takes nothing in it for a pattern."""
    return _PATTERN.sub(r"[\g<0>]", path)


class Range(NamedTuple):
    """The hits that a question is about: a range of time and filters."""

    start: int
    end: int
    where: Sequence[Filter] = ()


class HitTable:
    """The hits of one state, to be asked."""

    def __init__(self, cursor: "duckdb.DuckDBPyConnection", hits: HitFiles) -> None:
        self._cursor = cursor
        self._files = hits.files
        cursor.register("stage", hits.stage)

    def sums(self, asked: Range) -> tuple[int, int, int, int, int | None, int | None]:
        """Return hits, bytes, errors, visitors, and the seconds of the first and the last hit."""
        table, values = self._table(asked, f"*, {_VISITOR}, epoch_us(time) // 1000000 AS second")
        sums = self._rows(f"SELECT {SUMS}, min(second), max(second) FROM ({table})", values)[0]
        visitors = self._rows(f"SELECT count(*) FROM (SELECT DISTINCT visitor FROM ({table}))", values)[0][0]
        return (*sums[:3], visitors, *sums[3:])

    def span(self) -> tuple[int, int] | None:
        """Return the seconds of the first and the last hit."""
        days = sorted({day for file in self._files if (day := _day(file))})
        edges = {None, *days[:1], *days[-1:]}
        table, values = _union(
            [file for file in self._files if _day(file) in edges], "epoch_us(time) // 1000000 AS second"
        )
        ((first, last),) = self._rows(f"SELECT min(second), max(second) FROM ({table})", values)
        return None if first is None else (first, last)

    def visitors(self, view: View, asked: Range) -> int:
        """Return how many visitors the hits of a view have."""
        table, values = self._keyed(view, asked)
        return int(self._rows(f"SELECT count(*) FROM (SELECT DISTINCT visitor FROM ({table}))", values)[0][0])

    def top(self, view: View, asked: Range, k: int, by: str) -> Top:
        """Return the k largest keys."""
        table, values = self._keyed(view, asked)
        order = f"ORDER BY {by} DESC, key LIMIT {k:d}"
        if by == "visitors" or self._are_few(asked):
            found = self._rows(f"SELECT *, count(*) OVER () FROM ({_by_visitor(table)}) {order}", values)
        else:
            sums = f"SELECT key, {SUMS} FROM ({table}) GROUP BY key"
            found = self._rows(f"SELECT *, NULL, count(*) OVER () FROM ({sums}) {order}", values)
            chosen = f"SELECT * FROM ({table}) WHERE key IN (SELECT unnest($keys::VARCHAR[]))"
            visitors = dict(self._rows(_visitors_by("key", chosen), values | {"keys": [row[0] for row in found]}))
            found = [(*row[:4], visitors[row[0]], row[5]) for row in found]
        rows = [Row(*row[:5]) for row in found]
        return Top(view.name, rows, None, found[0][5] if found else 0, True, 0.0, asked.start, asked.end)

    def series(self, view: View, grain: Grain, asked: Range, key: str | None) -> Series:
        """Return a series over whole buckets."""
        step = SECONDS[grain]
        point = f"(epoch_us(time) // 1000000 - {asked.start:d}) // {step:d} AS point"
        table, values = self._keyed(view, asked, point)
        if key is not None:
            table, values = f"SELECT * FROM ({table}) WHERE key = $key", values | {"key": key}
        columns: list[list[int]] = [[0] * ((asked.end - asked.start) // step) for _ in range(4)]
        sums = f"SELECT point, {SUMS} FROM ({table}) GROUP BY point"
        for bucket, *measures in self._rows(
            f"FROM ({sums}) JOIN ({_visitors_by('point', table)}) USING (point)", values
        ):
            for column, measure in zip(columns, measures, strict=True):
                column[bucket] = measure
        hits, sent, errors, visitors = columns
        return Series(view.name, grain, asked.start, asked.end, step, hits, sent, errors, [*visitors])

    def cells(self, view: View, start: int, end: int) -> list[Cells]:
        """Return the cells by day that the hits of a range make, by the rollup that made all others."""
        from hitstream.arrow import DERIVED_COLUMNS, HIT_SCHEMA, from_arrow

        roots = {row.source for row in DERIVED if row.name in view.key}
        needed = {*view.key, *roots, "host", "agent"}
        unused = [name for name in (*TEXT_COLUMNS, *DERIVED_COLUMNS) if name not in needed]
        blanks = ", ".join(["'' AS source", *(f'NULL::VARCHAR AS "{name}"' for name in unused)])
        by_day = view._replace(grains=("day",), visitors=("day",) if view.visitors else (), bound=MAX_ROWS)
        query, values = self._table(Range(start, end), f"* REPLACE ({blanks})")
        batches = self._cursor.sql(query, params=values).to_arrow_reader(MAX_ROWS)
        return [
            cells
            for batch in batches
            for hits in from_arrow(batch.select(HIT_SCHEMA.names))
            for cells in rollup(hits, (by_day,))
        ]

    def hits(self, asked: Range, limit: int, newest: bool) -> "pa.Table":
        """Return so many of the newest or the oldest hits, in that order."""
        order = "DESC" if newest else "ASC"
        query, values = self._table(asked, "*")
        sort = f'ORDER BY "time" {order}, source {order}, "offset" {order} LIMIT {limit:d}'
        return self._cursor.sql(f"{query} {sort}", params=values).to_arrow_table()

    def _keyed(self, view: View, asked: Range, also: str = "NULL") -> tuple[str, dict[str, Any]]:
        """Return the SQL of the hits that belong to a view, with their key, and its parameters."""
        key, member = key_sql(view)
        return self._table(asked, f"{key} AS key, status, bytes, {_VISITOR}, {also}", member)

    def _table(self, asked: Range, columns: str, member: str = "true") -> tuple[str, dict[str, Any]]:
        """Return the SQL of the hits that a question is about, and its parameters."""
        inner, edge = _by_time(self._files, asked)
        near, values = _union(edge, "*")
        values |= {"start": _EPOCH + timedelta(seconds=asked.start), "end": _EPOCH + timedelta(seconds=asked.end)}
        hits = f'SELECT * FROM ({near}) WHERE "time" >= $start AND "time" < $end'
        if inner:
            hits = f"{_READ.format('inner')} UNION ALL {hits}"
            values["inner"] = [verbatim(file) for file in inner]
        passes = condition(asked.where, values)
        return f"SELECT {columns} FROM ({hits}) WHERE {member} AND {passes}", values

    def _are_few(self, asked: Range) -> bool:
        """Return whether few hits pass the filters: this reads the columns of the filters alone."""
        query, values = self._table(asked, "count(*)")
        return bool(self._rows(query, values)[0][0] <= FEW)

    def _rows(self, query: str, values: dict[str, Any]) -> list[Any]:
        return self._cursor.execute(query, values).fetchall()


def key_sql(view: View) -> tuple[str, str]:
    """Return the SQL of a hit's key in a view, and of whether the hit is in the view."""
    parts = [_KEY_PARTS.get(name, f'"{name}"') for name in view.key]
    member = [f"{part} IS NOT NULL" for part in parts] + ([f"status = {view.status:d}"] if view.status else [])
    return f" || chr({ord(KEY_SEPARATOR)}) || ".join(parts) or "''", " AND ".join(member) or "true"


def _visitors_by(column: str, table: str) -> str:
    """Return the SQL of how many visitors each value of a column has."""
    people = f"SELECT DISTINCT {column}, visitor FROM ({table})"
    return f"SELECT {column}, count(*) AS visitors FROM ({people}) GROUP BY {column}"


def _by_visitor(table: str) -> str:
    """Return the SQL of each key's sums and visitors in one pass: a group for each visitor of each key."""
    each = f"SELECT key, visitor, {SUMS} FROM ({table}) GROUP BY ALL"
    sums = ", ".join(f"sum({measure})::BIGINT AS {measure}" for measure in ("hits", "bytes", "errors"))
    return f"SELECT key, {sums}, count(*) AS visitors FROM ({each}) GROUP BY key"


def _union(files: list[str], columns: str) -> tuple[str, dict[str, Any]]:
    stage = f"SELECT {columns} FROM stage"
    if not files:
        return stage, {}
    parquet = f"SELECT {columns} FROM ({_READ.format('files')})"
    return f"{parquet} UNION ALL {stage}", {"files": [verbatim(file) for file in files]}


def _by_time(files: list[str], asked: Range) -> tuple[list[str], list[str]]:
    """Return the files whose hits are all in a range, so that no time has to be read, and those that may have some."""
    inner, edge = [], []
    for file in files:
        day = _day(file)
        start = int(datetime.fromisoformat(f"{day}T00:00Z").timestamp()) if day else None
        if start is None:
            edge.append(file)
        elif asked.start <= start and start + SECONDS["day"] <= asked.end:
            inner.append(file)
        elif asked.start < start + SECONDS["day"] and start < asked.end:
            edge.append(file)
    return inner, edge


def _day(file: str) -> str | None:
    found = _DAY_OF_FILE.search(file)
    return found[1] if found else None
