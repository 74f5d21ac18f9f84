"""What a report says: every keyed view, the traffic over time and by hour of the week, and the totals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hitstream.views.table import SECONDS, VIEWS, Grain, View

if TYPE_CHECKING:
    from hitstream.query import Filter, Query
    from hitstream.query.answers import HeatMapAnswer, SeriesAnswer, TopAnswer, Totals

DAY = SECONDS["day"]

ROWS = 1000
"""Rows of a view that a report lists; the rest are summed in `other`."""

LONGEST: dict[Grain, int] = {"minute": 7 * DAY, "hour": 400 * DAY, "day": 36_500 * DAY}
"""The longest time in seconds, from the first hit to the last, that a report shows by this grain. The week is shown
where days are: one line with a wrong year must not make a list of a million empty buckets."""


@dataclass(frozen=True, slots=True)
class Report:
    """The answers that make a report, in the order it shows them."""

    totals: "Totals"
    views: dict[str, "TopAnswer"]
    series: dict[Grain, "SeriesAnswer"]
    week: "HeatMapAnswer | None"
    where: tuple["Filter", ...] = ()


def contents(
    query: "Query",
    *,
    start: int | None = None,
    end: int | None = None,
    where: Sequence["Filter"] = (),
    rows: int = ROWS,
    views: Iterable[View] = VIEWS,
) -> Report:
    """Ask for everything between two times (seconds since 1970 UTC, the end excluded) that passes the filters.

    All of it is of one state, so that it adds up while another process ingests.
    """
    with query.snapshot():
        totals = query.totals(start, end, where)
        tops = {view.name: query.top(view.name, start, end, k=rows, where=where) for view in views if view.key}
        series, week = _over_time(query, totals, where)
    return Report(totals, {name: _summed(top) for name, top in tops.items()}, series, week, tuple(where))


def _over_time(
    query: "Query", totals: "Totals", where: Sequence["Filter"]
) -> tuple[dict[Grain, "SeriesAnswer"], "HeatMapAnswer | None"]:
    """Ask for the traffic from the first hit to the last, at the grains that suit."""
    if totals.first is None or totals.last is None:
        return {}, None
    start, end = totals.first, totals.last + 1
    series: dict[Grain, SeriesAnswer] = {}
    for grain in (grain for grain, longest in LONGEST.items() if end - start <= longest):
        points = query.series("traffic", start, end, grain=grain, where=where)
        if sum(points.hits) >= totals.hits:  # fewer where cells this fine have expired: no gap may look quiet
            series[grain] = points
    return series, query.heat_map(start, end, where) if "day" in series else None


def _summed(top: "TopAnswer") -> "TopAnswer":
    """Let `other` sum all that is not listed. Its visitors are unknown then: those of several keys do not add."""
    if top.rest is None:
        return top
    left = [top.rest, top.other] if top.other else [top.rest]
    hits, sent, errors = (sum(column) for column in zip(*(row[1:4] for row in left), strict=True))
    return top._replace(other=top.rest._replace(hits=hits, bytes=sent, errors=errors), rest=None)
