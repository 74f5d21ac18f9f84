"""Answers from single hits, by DuckDB inside this process, over Parquet files and the stage."""

# ruff: noqa: S608 - what becomes SQL is ours: constants, rows of VIEWS and integers; all else is a parameter

import re
import tempfile
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from hitstream.errors import ConfigError
from hitstream.query.filters import Filter, condition
from hitstream.query.networks import register
from hitstream.query.readers import HitFiles, HitReader
from hitstream.record import TEXT_COLUMNS
from hitstream.store.folder import Folder
from hitstream.views.cells import Cells
from hitstream.views.columns import DERIVED
from hitstream.views.rollup import KEY_SEPARATOR, MAX_ROWS, rollup
from hitstream.views.table import SECONDS, View

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY_LIMIT = "256MB"
THREADS = 2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATTERN = re.compile(r"[*?\[]")
_DAY_OF_FILE = re.compile(r"(?:^|/)day=(\d{4}-\d\d-\d\d)/")
_READ = "SELECT * FROM read_parquet(${}, hive_partitioning = false)"
SUMS = "count(*) AS hits, coalesce(sum(bytes), 0)::BIGINT AS bytes, count(*) FILTER (status >= 400) AS errors"
_KEY_PARTS = {"status": "lpad(status::VARCHAR, 3, '0')"}
"""Key columns that are numbers in a hit and texts in a key."""


class HitDatabase:
    """The archive and the stage, as often as they are asked for."""

    def __init__(self, reader: HitReader) -> None:
        self._reader = reader
        self._alone = RLock()
        self._held: HitTable | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def snapshot(self) -> "Iterator[HitTable]":
        """Give the hits of one state; cells and hits read inside are of the same."""
        with self._alone:
            if self._held is not None:
                yield self._held
                return
            with self._reader.snapshot() as hits, self._ask(hits) as table:
                self._held = table
                try:
                    yield table
                finally:
                    self._held = None

    @contextmanager
    def table(self) -> "Iterator[HitTable]":
        """Give the hits of one state, without holding up other readers meanwhile."""
        with self._alone:
            if self._held is not None:  # by this thread: another would have to wait
                yield self._held
                return
        with self._ask(self.files()) as table:
            yield table

    def files(self) -> HitFiles:
        """Return where the hits are now."""
        with self.snapshot() as table:
            return table.kept

    @contextmanager
    def _ask(self, hits: HitFiles) -> "Iterator[HitTable]":
        with ExitStack() as opened:
            yield HitTable(hits, lambda: opened.enter_context(closing(self._connected(hits).cursor())))

    def _connected(self, hits: HitFiles) -> "duckdb.DuckDBPyConnection":
        with self._alone:
            if self._connection is None:
                self._connection = connect(hits.folder)
            return self._connection

    def close(self) -> None:
        """Let go of memory and temporary files."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def connect(folder: Folder) -> "duckdb.DuckDBPyConnection":
    """Return an empty database in memory, which can read the files of a folder.

    What does not fit goes to the directory for temporary files.
    """
    import duckdb

    scratch = str(Path(tempfile.gettempdir()) / f"hitstream-{uuid4().hex}")  # made only when it is needed
    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": scratch})
    system = folder.file_system()
    if system is not None:
        connection.register_filesystem(system)
    connection.execute("SET TimeZone = 'UTC'")
    register(connection)
    connection.execute("SET parquet_metadata_cache = true")
    return connection


def verbatim(path: str) -> str:
    """Return a path so that DuckDB takes nothing in it for a pattern."""
    return _PATTERN.sub(r"[\g<0>]", path)


class HitFilter(NamedTuple):
    """The hits that a question is about: a range of time and filters."""

    start: int
    end: int
    where: Sequence[Filter] = ()


class Place(NamedTuple):
    """Where a hit stands among all, by time (microseconds since 1970 UTC) and position."""

    time: int
    source: str
    offset: int

    @property
    def written(self) -> str:
        """The place as an address has it."""
        return f"{self.time} {self.offset} {self.source}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read what was written; raises ConfigError where that is no place."""
        time, offset, source = [*text.split(" ", 2), "", ""][:3]
        if not (time.isdecimal() and offset.isdecimal() and source and max(int(time), int(offset)) < _LAST):
            raise ConfigError(f"{text!r} is not the place of a hit.", "Take it from the page of hits before.")
        return cls(int(time), source, int(offset))


_LAST = 253_402_300_800_000_000  # the year 10000, in microseconds
_OLDER = """"time" <= $place_time AND ("time" < $place_time OR source::VARCHAR < $place_source
OR (source::VARCHAR = $place_source AND "offset" < $place_offset))"""


class HitTable:
    """The hits of one state, to be asked."""

    def __init__(self, hits: HitFiles, opened: "Callable[[], duckdb.DuckDBPyConnection]") -> None:
        self.kept = hits
        self._opened = opened

    @cached_property
    def _cursor(self) -> "duckdb.DuckDBPyConnection":
        cursor = self._opened()
        cursor.register("stage", self.kept.stage)
        return cursor

    def span(self) -> tuple[int, int] | None:
        """Return the seconds of the first and the last hit."""
        days = sorted({day for file in self.kept.files if (day := _day(file))})
        edges = {None, *days[:1], *days[-1:]}
        table, values = _union(
            [file for file in self.kept.files if _day(file) in edges], "epoch_us(time) // 1000000 AS second"
        )
        ((first, last),) = self.rows(f"SELECT min(second), max(second) FROM ({table})", values)
        return None if first is None else (first, last)

    def cells(self, view: View, start: int, end: int) -> list[Cells]:
        """Return the cells by day that the hits of a range make, by the rollup that made all others."""
        from hitstream.arrow import DERIVED_COLUMNS, HIT_SCHEMA, from_arrow

        roots = {row.source for row in DERIVED if row.name in view.key}
        needed = {*view.key, *roots, "host", "agent"}
        unused = [name for name in (*TEXT_COLUMNS, *DERIVED_COLUMNS) if name not in needed]
        blanks = ", ".join(["'' AS source", *(f'NULL::VARCHAR AS "{name}"' for name in unused)])
        by_day = view._replace(grains=("day",), visitors=("day",) if view.visitors else (), bound=MAX_ROWS)
        query, values = self.sql(HitFilter(start, end), f"* REPLACE ({blanks})")
        batches = self._cursor.sql(query, params=values).to_arrow_reader(MAX_ROWS)
        return [
            cells
            for batch in batches
            for hits in from_arrow(batch.select(HIT_SCHEMA.names))
            for cells in rollup(hits, (by_day,))
        ]

    def hits(self, asked: HitFilter, limit: int, newest: bool, beyond: Place | None = None) -> "pa.Table":
        """Return so many of the newest or the oldest hits, in that order; where many pass, few days are looked at.

        Of those `beyond` a place only: the older ones, or the newer ones.
        """
        import pyarrow as pa

        order = "DESC" if newest else "ASC"
        member, places = _beyond(beyond, newest)
        found: list[pa.Table] = []
        for part in _stretches(_narrowed(self._clipped(asked), newest, beyond), newest):
            left = limit - sum(table.num_rows for table in found)
            query, values = self.sql(self._near(part, left, newest, member, places), "*", member)
            values |= places
            sort = f'ORDER BY "time" {order}, source {order}, "offset" {order} LIMIT {left:d}'
            found.append(self._cursor.sql(f"{query} {sort}", params=values).to_arrow_table())
            if found[-1].num_rows == left:
                break
        return pa.concat_tables(found)

    def _near(self, part: HitFilter, limit: int, newest: bool, member: str, places: dict[str, Any]) -> HitFilter:
        """Return a range without what is beyond so many hits: their times alone are read to find it."""
        query, values = self.sql(part, '"time"', member)
        first, last = ("DESC", "min") if newest else ("ASC", "max")
        of_these = f'SELECT "time" FROM ({query}) ORDER BY "time" {first} LIMIT {limit:d}'
        ((second,),) = self.rows(f"SELECT epoch_us({last}(time)) // 1000000 FROM ({of_these})", values | places)
        if second is None:
            return part._replace(end=part.start)
        return part._replace(start=max(part.start, second)) if newest else part._replace(end=min(part.end, second + 1))

    def _clipped(self, asked: HitFilter) -> HitFilter:
        """Return a range without what is before or after the days of all hits."""
        import pyarrow.compute as pc

        days = [_start(file) for file in self.kept.files]
        if None in days:
            return asked
        found = [edge for day in days if day is not None for edge in (day, day + SECONDS["day"])]
        if self.kept.stage.num_rows:
            span = pc.min_max(self.kept.stage["time"]).as_py()
            found += [int(span["min"].timestamp()) - 1, int(span["max"].timestamp()) + 1]
        start = max([asked.start, min(found, default=asked.start)])
        return asked._replace(
            start=min(start, asked.end), end=max(start, min(asked.end, max(found, default=asked.end)))
        )

    def sql(self, asked: HitFilter, columns: str, member: str = "true") -> tuple[str, dict[str, Any]]:
        """Return the SQL of the hits that a question is about, and its parameters."""
        inner, edge = in_range(self.kept.files, asked)
        near, values = _union(edge, "*")
        values |= {"start": _EPOCH + timedelta(seconds=asked.start), "end": _EPOCH + timedelta(seconds=asked.end)}
        hits = f'SELECT * FROM ({near}) WHERE "time" >= $start AND "time" < $end'
        if inner:
            hits = f"{_READ.format('inner')} UNION ALL {hits}"
            values["inner"] = [verbatim(file) for file in inner]
        passes = condition(asked.where, values)
        return f"SELECT {columns} FROM ({hits}) WHERE {member} AND {passes}", values

    def read(self, asked: HitFilter, columns: Sequence[str]) -> "pa.Table":
        """Return some columns of the hits that pass, in any order."""
        query, values = self.sql(asked, ", ".join(f'"{name}"' for name in columns))
        return self._cursor.sql(query, params=values).to_arrow_table()

    def count(self, asked: HitFilter) -> int:
        """Return how many hits pass the filters: this reads the columns of the filters alone."""
        query, values = self.sql(asked, "count(*)")
        return int(self.rows(query, values)[0][0])

    def passing(self, batches: "Mapping[Hashable, pa.Table]", where: Sequence[Filter]) -> dict[Hashable, int]:
        """Return how many hits of each batch pass."""
        import pyarrow as pa

        if not batches:
            return {}
        marked = [
            batch.append_column("batch", pa.repeat(pa.scalar(at), batch.num_rows))
            for at, batch in enumerate(batches.values())
        ]
        self._cursor.register("batches", pa.concat_tables(marked))
        values: dict[str, Any] = {}
        found = dict(
            self.rows(f"SELECT batch, count(*) FROM batches WHERE {condition(where, values)} GROUP BY batch", values)
        )
        return {name: found.get(at, 0) for at, name in enumerate(batches)}

    def passing_in(self, files: Collection[str], where: Sequence[Filter]) -> int:
        """Return how many hits of some files pass."""
        if not files:
            return 0
        values: dict[str, Any] = {"files": [verbatim(file) for file in files]}
        passes = condition(where, values)
        return int(self.rows(f"SELECT count(*) FROM ({_READ.format('files')}) WHERE {passes}", values)[0][0])

    def rows(self, query: str, values: dict[str, Any]) -> list[Any]:
        """Return the rows of a query."""
        return self._cursor.execute(query, values).fetchall()


def _beyond(place: Place | None, newest: bool) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the hits beyond a place, and its parameters."""
    if place is None:
        return "true", {}
    values = {"time": _EPOCH + timedelta(microseconds=place.time), "source": place.source, "offset": place.offset}
    named = {f"place_{name}": value for name, value in values.items()}
    return f"({_OLDER if newest else _OLDER.replace('<', '>')})", named


def _narrowed(asked: HitFilter, newest: bool, place: Place | None) -> HitFilter:
    """Return what a range has beyond a place, to the second."""
    if place is None:
        return asked
    second = place.time // 1_000_000
    if newest:
        return asked._replace(end=max(asked.start, min(asked.end, second + 1)))
    return asked._replace(start=min(asked.end, max(asked.start, second)))


def key_sql(view: View) -> tuple[str, str]:
    """Return the SQL of a hit's key in a view, and of whether the hit is in the view."""
    parts = [_KEY_PARTS.get(name, f'"{name}"') for name in view.key]
    member = [f"{part} IS NOT NULL" for part in parts] + ([f"status = {view.status:d}"] if view.status else [])
    return f" || chr({ord(KEY_SEPARATOR)}) || ".join(parts) or "''", " AND ".join(member) or "true"


def _union(files: list[str], columns: str) -> tuple[str, dict[str, Any]]:
    stage = f"SELECT {columns} FROM stage"
    if not files:
        return stage, {}
    parquet = f"SELECT {columns} FROM ({_READ.format('files')})"
    return f"{parquet} UNION ALL {stage}", {"files": [verbatim(file) for file in files]}


def in_range(files: list[str], asked: HitFilter) -> tuple[list[str], list[str]]:
    """Return the files whose hits are all in a range, so that no time has to be read, and those that may have some."""
    inner, edge = [], []
    for file in files:
        start = _start(file)
        if start is None:
            edge.append(file)
        elif asked.start <= start and start + SECONDS["day"] <= asked.end:
            inner.append(file)
        elif asked.start < start + SECONDS["day"] and start < asked.end:
            edge.append(file)
    return inner, edge


def _stretches(asked: HitFilter, newest: bool) -> Iterator[HitFilter]:
    """Yield a range in pieces, from its end or its start on: a day first, then twice as much each time."""
    day, length = SECONDS["day"], SECONDS["day"]
    start, end = asked.start, asked.end
    while end - start > length:
        if newest:
            middle = max(-(-end // day) * day - length, start)
            yield asked._replace(start=middle, end=end)
            end = middle
        else:
            middle = min(start // day * day + length, end)
            yield asked._replace(start=start, end=middle)
            start = middle
        length *= 2
    yield asked._replace(start=start, end=end)


@lru_cache(maxsize=1 << 16)  # each of a page's questions asks it of each file
def _start(file: str) -> int | None:
    """Return the start of the day that all hits of a file are of."""
    day = _day(file)
    return int(datetime.fromisoformat(f"{day}T00:00Z").timestamp()) if day else None


def _day(file: str) -> str | None:
    found = _DAY_OF_FILE.search(file)
    return found[1] if found else None
