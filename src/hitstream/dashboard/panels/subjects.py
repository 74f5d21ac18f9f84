"""What a chart can be about: two numbers over time, and what reads them."""

from collections.abc import Callable
from typing import NamedTuple

from hitstream.dashboard.panels.contract import Question
from hitstream.dashboard.panels.figure import Trace
from hitstream.dashboard.panels.mix import class_filters
from hitstream.dashboard.ranges import Window

_EVERY_CODE = 1000


class Bars(NamedTuple):
    """What the chart shows: sums of `step` seconds each, from `start` (seconds since 1970 UTC) on."""

    start: int
    step: int
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    before: tuple[int, ...] = ()
    """The upper ones of the period before, bar by bar; none where it is not compared."""

    @property
    def end(self) -> int:
        """The end of the last bar."""
        return self.start + self.step * len(self.upper)


class Subject(NamedTuple):
    """What a chart is about: its two traces, and what reads their numbers, as fine as they are kept."""

    upper: Trace
    lower: Trace
    read: Callable[[Question, Window], Bars]


def _traffic(question: Question, window: Window) -> Bars:
    series = question.series
    if window != question.window:
        series = question.query.series("traffic", *window, grain=series.grain, where=question.where)
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


SUBJECTS: dict[str, Subject] = {
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
