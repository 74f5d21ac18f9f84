"""Answers from single hits, each by a scan of its own: where there are too many to be kept in memory."""

# ruff: noqa: S608 - what becomes SQL is ours: constants, rows of VIEWS and integers; all else is a parameter

from dataclasses import dataclass
from typing import Any

from hitstream.query.answers import Row, SeriesAnswer, TopAnswer, rest
from hitstream.query.hits import SUMS, HitFilter, HitTable, key_sql
from hitstream.views.table import SECONDS, Grain, View

FEW = 1_000_000
"""Hits that are still grouped by key and visitor at once; more take two passes, with a group a key only."""

_WHOLE = "count(*) OVER (), " + ", ".join(
    f"(sum({measure}) OVER ())::BIGINT" for measure in ("hits", "bytes", "errors")
)
"""How many keys there are, and what they sum to."""
VISITOR = "hash(host, agent) AS visitor"  # of 64 bits: as unlikely to collide as those of the sketches


@dataclass(frozen=True)
class Scan:
    """The hits of a range that pass filters."""

    table: HitTable
    asked: HitFilter

    def sums(self) -> tuple[int, int, int, int, int | None, int | None]:
        """Return hits, bytes, errors, visitors, and the seconds of the first and the last hit."""
        table, values = self.table.sql(self.asked, f"*, {VISITOR}, epoch_us(time) // 1000000 AS second")
        sums = self.table.rows(f"SELECT {SUMS}, min(second), max(second) FROM ({table})", values)[0]
        visitors = self.table.rows(f"SELECT count(*) FROM (SELECT DISTINCT visitor FROM ({table}))", values)[0][0]
        return (*sums[:3], visitors, *sums[3:])

    def visitors(self, view: View) -> int:
        """Return how many visitors the hits of a view have."""
        table, values = self._keyed(view)
        return int(self.table.rows(f"SELECT count(*) FROM (SELECT DISTINCT visitor FROM ({table}))", values)[0][0])

    def top(self, view: View, k: int, by: str) -> TopAnswer:
        """Return the k largest keys."""
        table, values = self._keyed(view)
        order = f"ORDER BY {by} DESC, key LIMIT {k:d}"
        if by == "visitors" or self.table.count(self.asked) <= FEW:
            found = self.table.rows(f"SELECT *, {_WHOLE} FROM ({_by_visitor(table)}) {order}", values)
        else:
            sums = f"SELECT key, {SUMS} FROM ({table}) GROUP BY key"
            found = self.table.rows(f"SELECT *, NULL, {_WHOLE} FROM ({sums}) {order}", values)
            chosen = f"SELECT * FROM ({table}) WHERE key IN (SELECT unnest($keys::VARCHAR[]))"
            visitors = dict(self.table.rows(_visitors_by("key", chosen), values | {"keys": [row[0] for row in found]}))
            found = [(*row[:4], visitors[row[0]], *row[5:]) for row in found]
        rows = [Row(*row[:5]) for row in found]
        keys, *whole = found[0][5:] if found else (0, 0, 0, 0)
        return TopAnswer(view.name, rows, None, rest(whole, rows), keys, True, 0.0, self.asked.start, self.asked.end)

    def series(self, view: View, grain: Grain, key: str | None) -> SeriesAnswer:
        """Return a series over whole buckets."""
        step = SECONDS[grain]
        point = f"(epoch_us(time) // 1000000 - {self.asked.start:d}) // {step:d} AS point"
        table, values = self._keyed(view, point)
        if key is not None:
            table, values = f"SELECT * FROM ({table}) WHERE key = $key", values | {"key": key}
        columns: list[list[int]] = [[0] * ((self.asked.end - self.asked.start) // step) for _ in range(4)]
        sums = f"SELECT point, {SUMS} FROM ({table}) GROUP BY point"
        for bucket, *measures in self.table.rows(
            f"FROM ({sums}) JOIN ({_visitors_by('point', table)}) USING (point)", values
        ):
            for column, measure in zip(columns, measures, strict=True):
                column[bucket] = measure
        hits, sent, errors, visitors = columns
        return SeriesAnswer(view.name, grain, self.asked.start, self.asked.end, step, hits, sent, errors, [*visitors])

    def _keyed(self, view: View, also: str = "NULL") -> tuple[str, dict[str, Any]]:
        """Return the SQL of the hits that belong to a view, with their key, and its parameters."""
        key, member = key_sql(view)
        return self.table.sql(self.asked, f"{key} AS key, status, bytes, {VISITOR}, {also}", member)


def _visitors_by(column: str, table: str) -> str:
    """Return the SQL of how many visitors each value of a column has."""
    people = f"SELECT DISTINCT {column}, visitor FROM ({table})"
    return f"SELECT {column}, count(*) AS visitors FROM ({people}) GROUP BY {column}"


def _by_visitor(table: str) -> str:
    """Return the SQL of each key's sums and visitors in one pass: a group for each visitor of each key."""
    each = f"SELECT key, visitor, {SUMS} FROM ({table}) GROUP BY ALL"
    sums = ", ".join(f"sum({measure})::BIGINT AS {measure}" for measure in ("hits", "bytes", "errors"))
    return f"SELECT key, {sums}, count(*) AS visitors FROM ({each}) GROUP BY key"
