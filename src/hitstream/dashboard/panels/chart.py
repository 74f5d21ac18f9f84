"""Traffic over time: requests as bars, errors below on a scale of their own, and the same numbers as a table behind.

The figure holds numbers and times only, no text of a log: Plotly would read markup in it. Its colours come from
the style sheet, so that they follow the system's light or dark without a word from the server.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question
from hitstream.dashboard.panels.rows import body

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.query import Query
    from hitstream.query.answers import Series

POINTS = 400
"""Bars at the most: more are thinner than a pixel on a small screen."""
TABLE_ROWS = 48
_FEWEST = 30
"""Bars at the least: fewer look like a wall."""

_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400)
"""Seconds a bar may last: what a reader can count in."""
_TIME = {
    "type": "date",
    "showgrid": False,
    "tickangle": 0,
    "hoverformat": "%a %-d %b %Y, %H:%M UTC",
    "tickformatstops": [
        {"dtickrange": [None, 43_200_000], "value": "%H:%M\n%-d %b"},
        {"dtickrange": [43_200_001, "M1"], "value": "%-d %b\n%Y"},
        {"dtickrange": ["M1", None], "value": "%b\n%Y"},
    ],
}
_AXES = ("xaxis", "yaxis", "yaxis2")
_COUNT = {"rangemode": "tozero", "tickformat": ",~s"}
_COLOURS = {"hits": "#3b76c9", "errors": "#d55e00"}
"""Only what a bar is before the style sheet has its say."""


class Bars(NamedTuple):
    """What the chart shows: sums of `step` seconds each, from `start` (seconds since 1970 UTC) on."""

    start: int
    step: int
    hits: tuple[int, ...]
    errors: tuple[int, ...]

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
        figure=_figure(),
        responsive=True,
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False},
        className="graph",
    )
    legend = html.Ul(
        [
            html.Li([html.I(className="swatch hits"), html.Span("requests")]),
            html.Li([html.I(className="swatch errors"), html.Span("errors (4xx and 5xx)")]),
            html.Li(id=f"{panel.name}-note", className="note"),
        ],
        className="legend",
    )
    heads = [html.Th(head, scope="col") for head in ("From (UTC)", "Requests", "Errors")]
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(html.Tr([heads[0], *heads[1:]])),
            html.Tbody(id=f"{panel.name}-rows"),
        ]
    )
    behind = html.Details([html.Summary("As a table"), html.Div(table, className="scroll", tabIndex=0)])
    chart = html.Div(
        graph, className="chart", role="img", **aria(label="Requests and errors over time; a table follows")
    )
    return [legend, chart, behind]


def ask(query: "Query", panel: Panel, question: Question) -> Answer:
    """Ask for the finest series there is, and sum it to bars."""
    series = query.series(panel.view, *question.window)
    series = _seen(series, question)
    return Answer(fold(series, POINTS), fold(series, TABLE_ROWS))


def show(panel: Panel, answer: Answer, before: Answer | None) -> Props:
    """Change the bars that changed."""
    bars = answer.bars
    rows = body(_lines(answer.table), _lines(before.table) if before else None, _row)
    return {
        f"{panel.name}-graph": {"figure": _changes(bars, before and before.bars)},
        f"{panel.name}-note": {"children": _note(bars)},
        f"{panel.name}-rows": {"children": rows},
    }


def _seen(series: "Series", question: Question) -> "Series":
    """Leave out what is not there yet; and of everything also what was not there before."""
    first, last = 0, (int(question.now) - series.start) // series.step + 1
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


def _sums(values: list[int], lead: int, each: int) -> tuple[int, ...]:
    padded = [0] * lead + values
    return tuple(sum(padded[at : at + each]) for at in range(0, len(padded), each))


def _figure() -> dict[str, Any]:
    axis = {"visible": False, "fixedrange": True, "zeroline": False, "showline": False, "ticks": "", "automargin": True}
    return {
        "data": [_trace("hits", "requests", "y"), _trace("errors", "errors", "y2")],
        "layout": {
            "bargap": 0,
            "showlegend": False,
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "dragmode": False,
            "margin": {"l": 36, "r": 8, "t": 8, "b": 28},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "size": 12},
            "xaxis": {**axis, **_TIME, "anchor": "y2"},
            "yaxis": {**axis, **_COUNT, "nticks": 5, "domain": [0.3, 1]},
            "yaxis2": {**axis, **_COUNT, "nticks": 3, "domain": [0, 0.2]},
        },
    }


def _trace(name: str, words: str, axis: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "yaxis": axis,
        "x0": 0,
        "dx": 60_000,
        "y": [],
        "offset": 0,
        "width": 60_000,
        "marker": {"color": _COLOURS[name], "line": {"width": 0}},
        "hovertemplate": f"%{{y:,}} {words}<extra></extra>",
    }


def _changes(bars: Bars, before: Bars | None) -> Any:
    """Return a patch: of single bars where the axis stands, else of all bars; never of the whole figure."""
    from dash import Patch

    patch = Patch()
    same = before is not None and before[:2] == bars[:2] and len(before.hits) == len(bars.hits)
    for place, name in enumerate(("hits", "errors")):
        trace, values = patch["data"][place], getattr(bars, name)
        if same:
            for at, (value, old) in enumerate(zip(values, getattr(before, name), strict=True)):
                if value != old:
                    trace["y"][at] = value
        else:
            for key, value in _place(bars).items():
                trace[key] = value
            trace["y"] = list(values)
    if not same:
        patch["layout"]["xaxis"]["range"] = [1000 * bars.start, 1000 * bars.end]
        for axis in _AXES:
            patch["layout"][axis]["visible"] = True
    return patch


def _place(bars: Bars) -> dict[str, int]:
    """Return what puts the bars in their place, in milliseconds."""
    return {"x0": 1000 * bars.start, "dx": 1000 * bars.step, "width": 1000 * bars.step}


def _lines(bars: Bars) -> list[tuple[str, str, str]]:
    starts = range(bars.start, bars.end, bars.step)
    rows = zip(starts, bars.hits, bars.errors, strict=True)
    return [(text.minute(start), text.count(hits), text.count(errors)) for start, hits, errors in rows]


def _row(line: tuple[str, str, str]) -> "Component":
    from dash import html

    numbers = [html.Td(number, className="number") for number in line[1:]]
    return html.Tr([html.Th(line[0], scope="row"), *numbers])


def _note(bars: Bars) -> str:
    peak = max(bars.hits, default=0)
    if not peak:
        return ""
    at = bars.start + bars.step * bars.hits.index(peak)
    return f"per {text.length(bars.step).removeprefix('1 ')} · most {text.count(peak)} at {text.minute(at)}"


KIND = Kind(frame, ask, show)
