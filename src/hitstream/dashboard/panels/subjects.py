"""What a chart can be about: one or two numbers over time, and what reads them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hitstream.dashboard.panels.contract import Panel, Question
from hitstream.dashboard.panels.figure import Trace
from hitstream.dashboard.panels.mix import class_filters
from hitstream.dashboard.ranges import Window
from hitstream.views.table import SECONDS, Grain

if TYPE_CHECKING:
    from hitstream.dashboard.state import PageState
    from hitstream.query import SeriesAnswer

POINTS = 400
"""Bars at the most: more are thinner than a pixel on a small screen."""
_EVERY_CODE = 1000


class Bars(NamedTuple):
    """What the chart shows: sums of `step` seconds each, from `start` (seconds since 1970 UTC) on."""

    start: int
    step: int
    upper: tuple[int, ...]
    lower: tuple[int, ...] = ()
    """None where the chart has one number only."""
    before: tuple[int, ...] = ()
    """The upper ones of the period before, bar by bar; none where it is not compared."""
    error: float = 0.0
    """The relative standard error of visitors that are estimated; 0 where all are exact."""

    @property
    def end(self) -> int:
        """The end of the last bar."""
        return self.start + self.step * len(self.upper)


class Subject(NamedTuple):
    """What a chart is about: its traces, and what reads their numbers, as fine as they are kept."""

    upper: Trace
    lower: Trace | None
    read: Callable[[Question, Window], Bars]
    adds: bool = True
    """Whether numbers of several bars can be added: visitors cannot."""

    @property
    def traces(self) -> tuple[Trace, ...]:
        """Those there are."""
        return (self.upper,) if self.lower is None else (self.upper, self.lower)


def _read(question: Question, window: Window, grain: Grain | None = None) -> "SeriesAnswer":
    """Return the traffic of a time by a grain, or as finely as that of the whole page."""
    grain = grain or question.series.grain
    if window == question.window:
        return question.series_by(grain)
    return question.query.series("traffic", *window, grain=grain, where=question.where)


def _traffic(question: Question, window: Window) -> Bars:
    series = _read(question, window)
    return Bars(series.start, series.step, tuple(series.hits), tuple(series.errors))


def _errors(question: Question, window: Window) -> Bars:
    whole = _traffic(question, window)
    client, server = (_of_class(question, window, digit, len(whole.upper)) for digit in "45")
    return whole._replace(upper=client, lower=server)


def _of_class(question: Question, window: Window, digit: str, points: int) -> tuple[int, ...]:
    """Return the hits of a class of statuses: by code from cells, with filters from hits."""
    ask, grain, where = question.query.series, question.series.grain, question.where
    if where:
        return tuple(ask("traffic", *window, grain=grain, where=(*where, *class_filters(digit))).hits)
    top = question.once(("codes", window), lambda: question.query.top("status", *window, k=_EVERY_CODE))
    codes = [row.key for row in top.rows if len(row.key) == 3 and row.key.startswith(digit)]
    parts = [ask("status", *window, grain=grain, key=code).hits for code in codes]
    return tuple(sum(each) for each in zip([0] * points, *parts, strict=True))


def _measured(measure: str) -> Callable[[Question, Window], Bars]:
    def read(question: Question, window: Window) -> Bars:
        series = _read(question, window)
        return Bars(series.start, series.step, tuple(getattr(series, measure)))

    return read


def _visitors(question: Question, window: Window) -> Bars:
    """Return visitors of bars so long that none need to be added."""
    whole = question.series
    length = len(range(*question.begun(whole))) * whole.step
    day: Grain = "day"
    grain = next((each for each in SECONDS if max(length / POINTS, whole.step) <= SECONDS[each]), day)
    series = _read(question, window, grain)
    return Bars(series.start, series.step, tuple(each or 0 for each in series.visitors), error=series.visitors_error)


_SUBJECTS: dict[str, Subject] = {
    "traffic": Subject(
        Trace("requests", "requests", "hits", "#4a7ebb", "hits"),
        Trace("errors", "errors (4xx and 5xx)", "errors", "#d55e00", "errors"),
        _traffic,
    ),
    "status": Subject(
        Trace("client errors", "client errors (4xx)", "status-4", "#e69f00", "client_errors"),
        Trace("server errors", "server errors (5xx)", "status-5", "#d55e00", "server_errors"),
        _errors,
    ),
}
"""What is charted of a view."""
MEASURES: dict[str, Subject] = {
    "hits": Subject(Trace("requests", "requests", "hits", "#4a7ebb", "hits"), None, _measured("hits")),
    "bytes": Subject(Trace("bytes", "bytes sent", "hits", "#4a7ebb", "bytes", octets=True), None, _measured("bytes")),
    "errors": Subject(
        Trace("errors", "errors (4xx and 5xx)", "errors", "#d55e00", "errors"), None, _measured("errors")
    ),
    "visitors": Subject(Trace("visitors", "visitors", "hits", "#4a7ebb", "visitors"), None, _visitors, adds=False),
}
"""What is charted of a chosen measure."""


def subject(panel: Panel, state: "PageState | None" = None) -> Subject:
    """Return what a panel charts: its view, or the measure that is chosen."""
    return _SUBJECTS.get(panel.view) or MEASURES[state.choice("measure") if state else next(iter(MEASURES))]
