"""Traffic over time: requests as bars, errors below on a scale of their own, and the same numbers as a table behind.

Dragging over a stretch chooses it for the whole page; so does a row of the table. The figure (`figure.py`) holds
numbers and times only, no text of a log: Plotly would read markup in it.
"""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question, Table
from hitstream.dashboard.panels.figure import figure, figure_changes
from hitstream.dashboard.ranges import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component

    from hitstream.dashboard.state import State
    from hitstream.query.answers import Series

POINTS = 400
"""Bars at the most: more are thinner than a pixel on a small screen."""
TABLE_ROWS = 48
_FEWEST = 30
"""Bars at the least: fewer look like a wall."""

_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400)
"""Seconds a bar may last: what a reader can count in."""


class Bars(NamedTuple):
    """What the chart shows: sums of `step` seconds each, from `start` (seconds since 1970 UTC) on."""

    start: int
    step: int
    hits: tuple[int, ...]
    errors: tuple[int, ...]
    before: tuple[int, ...] = ()
    """The hits of the period before, bar by bar; none where it is not compared."""

    @property
    def end(self) -> int:
        """The end of the last bar."""
        return self.start + self.step * len(self.hits)


class Answer(NamedTuple):
    """The chart, and the table behind it."""

    bars: Bars
    table: Bars


def frame(panel: Panel) -> "list[Component]":
    """Make an empty chart and its table."""
    from dash import dcc, html

    graph = dcc.Graph(
        id=f"{panel.name}-graph",
        figure=figure(),
        responsive=True,
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False},
        className="graph",
    )
    legend = html.Ul(
        [
            html.Li([html.I(className="swatch hits"), html.Span("requests")]),
            html.Li([html.I(className="swatch errors"), html.Span("errors (4xx and 5xx)")]),
            html.Li([html.I(className="swatch before"), html.Span("requests before")], className="compared"),
            html.Li(id=f"{panel.name}-note", className="note"),
        ],
        className="legend",
    )
    heads = [html.Th(id=f"{panel.name}-zone", scope="col")]
    heads += [html.Th(head, scope="col", className="number") for head in ("Requests", "Errors")]
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=f"{panel.name}-rows"),
        ]
    )
    behind = html.Details([html.Summary("As a table"), html.Div(table, className="scroll", tabIndex=0)])
    chart = html.Div(
        graph, className="chart", role="img", **aria(label="Requests and errors over time; a table follows")
    )
    return [legend, chart, behind]


def ask(_panel: Panel, question: Question) -> Answer:
    """Take the finest series there is, and sum it to bars."""
    series = _seen(question.series, question)
    bars = fold(series, POINTS)
    start, end = question.window
    if question.state.compare and start is not None and end is not None:
        grain = question.series.grain
        old = question.query.series("traffic", 2 * start - end, start, grain=grain, where=question.where)
        bars = bars._replace(before=_before(old, question.series, bars))
    return Answer(bars, fold(series, TABLE_ROWS))


def show(panel: Panel, answer: Answer, before: Answer | None, state: "State") -> Props:
    """Change the bars that changed."""
    bars = answer.bars
    return {
        **drawn(f"{panel.name}-rows", [_row(line, answer.table, state) for line in _lines(answer.table)]),
        f"{panel.name}-graph": {"figure": figure_changes(bars, before and before.bars, state.tz)},
        f"{panel.name}-note": {"children": _note(bars, state)},
        f"{panel.name}-zone": {"children": f"From ({zones.label(state.zone)})"},
    }


def table(_panel: Panel, answer: Answer) -> Table:
    """Return the bars."""
    return Table(
        ("start", "seconds", "hits", "errors"),
        [(start, answer.bars.step, hits, errors) for start, hits, errors in _lines(answer.bars)]
        if any(answer.bars.hits)
        else [],
    )


def _seen(series: "Series", question: Question) -> "Series":
    """Leave out what is not there yet; and of everything also what was not there before."""
    first, last = 0, max(1, (int(question.now) - series.start) // series.step + 1)
    if question.window.start is None:
        filled = [at for at, hits in enumerate(series.hits) if hits] or [0]
        last = filled[-1] + 1
        first = max(0, min(filled[0], last - _FEWEST))
    part = slice(first, last)
    start = series.start + first * series.step
    return series._replace(start=start, hits=series.hits[part], errors=series.errors[part])


def fold(series: "Series", points: int) -> Bars:
    """Sum a series to so many bars at the most, each of a length one can count in, whole from its start."""
    length = len(series.hits) * series.step
    fitting = (step for step in _STEPS if step % series.step == 0 and length <= step * points)
    step = next(fitting, -(-length // (points * series.step)) * series.step)
    start = series.start // step * step
    lead, each = (series.start - start) // series.step, step // series.step
    return Bars(start, step, _sums(series.hits, lead, each), _sums(series.errors, lead, each))


def _before(old: "Series", new: "Series", bars: Bars) -> tuple[int, ...]:
    """Return the hits of the period before, so much earlier than the bars as the periods are apart."""
    lead, each = (new.start - bars.start) // new.step, bars.step // new.step
    return _sums(old.hits, lead, each)[: len(bars.hits)]


def _sums(values: "Sequence[int]", lead: int, each: int) -> tuple[int, ...]:
    padded = [0] * lead + list(values)
    return tuple(sum(padded[at : at + each]) for at in range(0, len(padded), each))


def _lines(bars: Bars) -> list[tuple[int, int, int]]:
    return list(zip(range(bars.start, bars.end, bars.step), bars.hits, bars.errors, strict=True))


def _row(line: tuple[int, int, int], bars: Bars, state: "State") -> Node:
    start, *numbers = line
    href = state.href(range=Span(start, start + bars.step))
    when = node("a", text.minute(start, state.tz), href=href, title="Show this time alone", klass="key")
    return node(
        "tr", node("th", when, scope="row"), *(node("td", text.count(number), klass="number") for number in numbers)
    )


def _note(bars: Bars, state: "State") -> str:
    peak = max(bars.hits, default=0)
    if not peak:
        return ""
    at = bars.start + bars.step * bars.hits.index(peak)
    every = text.length(bars.step).removeprefix("1 ")
    return f"per {every} · most {text.count(peak)} at {text.minute(at, state.tz)}"


KIND = Kind(frame, ask, show, table)
