"""Counts of single hits by two things at once, by DuckDB: by two keys, or by second and class of status."""

# ruff: noqa: S608 - what becomes SQL is ours: constants, rows of VIEWS and integers; all else is a parameter

from collections.abc import Sequence

from hitstream.errors import ConfigError
from hitstream.query.answers import BySecond, Cross, Row
from hitstream.query.hits import SUMS, HitFilter, HitTable, key_sql
from hitstream.query.scan import VISITOR
from hitstream.views.table import View

CLASSES = 6
"""Classes of statuses: 1xx to 5xx by their digit, and 0 for all others."""
MOST_SECONDS = 3600


def cross(
    table: HitTable, asked: HitFilter, views: tuple[View, View], rows: Sequence[str], columns: Sequence[str]
) -> Cross:
    """Sum the hits of each row's key by the keys of another view; those of none of the columns are in the last one."""
    (key, member), (other, in_other) = map(key_sql, views)
    hits, values = table.sql(
        asked, f"{key} AS a, CASE WHEN {in_other} THEN {other} END AS b, status, bytes, {VISITOR}", member
    )
    values |= {"rows": list(rows), "columns": list(columns)}
    listed = "CASE WHEN b IN (SELECT unnest($columns::VARCHAR[])) THEN b END"
    near = f"SELECT a, {listed} AS b, status, bytes, visitor FROM ({hits}) WHERE a IN (SELECT unnest($rows::VARCHAR[]))"
    found = table.rows(f"SELECT a, b, {SUMS}, count(DISTINCT visitor) FROM ({near}) GROUP BY 1, 2", values)
    cells = {(a, b): Row(b or "", *sums) for a, b, *sums in found}
    keys = [*columns, None]
    sums = [tuple(cells.get((row, key), Row(key or "", 0, 0, 0, 0)) for key in keys) for row in rows]
    return Cross(views[0].name, views[1].name, list(rows), list(columns), sums, asked.start, asked.end)


def by_second(table: HitTable, asked: HitFilter) -> BySecond:
    """Count the hits of each second by class.

    Raises:
        ConfigError: the range is longer than MOST_SECONDS.
    """
    length = asked.end - asked.start
    if length > MOST_SECONDS:
        raise ConfigError(f"Seconds of {length:,} s are too many.", f"Ask for {MOST_SECONDS:,} s at the most.")
    columns = f"epoch_us(time) // 1000000 - {asked.start:d} AS second, status // 100 AS class"
    hits, values = table.sql(asked, columns)
    counts = [[0] * length for _ in range(CLASSES)]
    for second, digit, count in table.rows(f"SELECT *, count(*) FROM ({hits}) GROUP BY ALL", values):
        counts[digit if digit < CLASSES else 0][second] += count
    return BySecond(asked.start, asked.end, counts)
