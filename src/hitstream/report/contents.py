"""What a report says: every keyed view, the traffic over time and by hour of the week, and the totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hitstream.views.table import SECONDS, VIEWS, Grain, View

if TYPE_CHECKING:
    from hitstream.query import Filter, Query
    from hitstream.query.answers import HeatMap, Series, Top, Totals

ROWS = 1000
"""Rows of a view that a report lists; the rest are summed in `other`."""

OTHER = "(other)"
"""The key of the row that sums the rest."""

_ALL = 1 << 62
"""More rows than a view can have."""

_POINTS = 10_000
"""Buckets beyond which a grain is too fine for the time reported: a week of minutes, or a year of hours. Days
are always there."""


@dataclass(frozen=True, slots=True)
class Report:
    """The answers that make a report, in the order it shows them."""

    totals: "Totals"
    views: dict[str, "Top"]
    series: dict[Grain, "Series"]
    week: "HeatMap"
    where: tuple["Filter", ...] = ()


def contents(
    query: "Query",
    *,
    start: int | None = None,
    end: int | None = None,
    where: Sequence["Filter"] = (),
    rows: int = ROWS,
    views: Sequence[View] = VIEWS,
) -> Report:
    """Ask for everything between two times (seconds since 1970 UTC, the end excluded) that passes the filters."""
    totals = query.totals(start, end, where)
    tops = {view.name: query.top(view.name, start, end, k=_ALL, where=where) for view in views if view.key}
    series: dict[Grain, Series] = {}
    for grain in _grains(totals):
        points = query.series("traffic", start, end, grain=grain, where=where)
        if sum(points.hits) >= totals.hits:  # fewer where cells this fine have expired: no gap may look quiet
            series[grain] = points
    listed = {name: _cut(top, rows) for name, top in tops.items()}
    return Report(totals, listed, series, query.heat_map(start, end, where), tuple(where))


def _cut(top: "Top", rows: int) -> "Top":
    """Move the rows beyond a number to `other`. Its visitors are unknown then: those of several keys do not add."""
    tail = top.rows[rows:]
    if not tail:
        return top
    tail += [top.other] if top.other else []
    hits, sent, errors = (sum(column) for column in zip(*(row[1:4] for row in tail), strict=True))
    other = tail[0]._replace(key=OTHER, hits=hits, bytes=sent, errors=errors, visitors=None)
    return top._replace(rows=top.rows[:rows], other=other)


def _grains(totals: "Totals") -> list[Grain]:
    if totals.first is None or totals.last is None:
        return []
    span = totals.last - totals.first
    return [grain for grain, seconds in SECONDS.items() if grain == "day" or span < seconds * _POINTS]
