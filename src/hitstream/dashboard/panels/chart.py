"""One or two numbers over time: one as bars, one below on a scale of its own, and the same as a table behind.

What they are follows from the panel's view (requests and errors, or the errors of clients and of the server), or from
the measure that is chosen.

Dragging over a stretch chooses it for the whole page; so does a row of the table. The figure (`figure.py`) holds
numbers and times only, no text of a log: Plotly would read markup in it.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.dashboard.panels.figure import Trace, figure, figure_changes
from hitstream.dashboard.panels.subjects import POINTS, Bars, subject
from hitstream.dashboard.ranges import Span
from hitstream.views.sketch import is_estimated
from hitstream.views.table import SECONDS, Grain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

TABLE_ROWS = 48
_FEWEST = 30
"""Bars at the least: fewer look like a wall."""

_GRAINS: "dict[int, Grain]" = {seconds: grain for grain, seconds in SECONDS.items()}
_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400)
"""Seconds a bar may last: what a reader can count in."""


class ChartAnswer(NamedTuple):
    """The chart, and the table behind it."""

    bars: Bars
    table: Bars


def frame(panel: Panel) -> "list[Component]":
    """Make an empty chart and its table."""
    from dash import html

    traces = subject(panel).traces
    legend = [
        html.Li([html.I(id=f"{panel.name}-swatch"), html.Span(id=f"{panel.name}-words")]),
        *(html.Li([html.I(className=f"swatch {each.swatch}"), html.Span(each.words)]) for each in traces[1:]),
        html.Li([html.I(className="swatch before"), html.Span("the period before")], className="compared"),
        html.Li(id=f"{panel.name}-note", className="note"),
    ]
    return [html.Ul(legend, className="legend"), *drawing(panel, figure(*traces))]


def drawing(panel: Panel, empty: dict[str, Any]) -> "list[Component]":
    """Make an empty figure, and the table behind it."""
    from dash import dcc, html

    traces = subject(panel).traces
    graph = dcc.Graph(
        id=f"{panel.name}-graph",
        figure=empty,
        responsive=True,
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False},
        className="graph",
    )
    heads = [html.Th(id=f"{panel.name}-zone", scope="col")]
    heads += [
        html.Th(each.name.capitalize(), scope="col", className="number", id=f"{panel.name}-head-{at}")
        for at, each in enumerate(traces)
    ]
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=f"{panel.name}-rows"),
        ]
    )
    behind = html.Details([html.Summary("As a table"), html.Div(table, className="scroll", tabIndex=0)])
    chart = html.Div(graph, className="chart", id=f"{panel.name}-chart", role="img", **aria(label=panel.title))
    return [chart, behind]


def ask(panel: Panel, question: Question) -> ChartAnswer:
    """Take the finest bars there are, and sum them to fewer."""
    of, whole = subject(panel, question.state), question.window
    finest = of.read(question, whole)
    seen = _seen(finest, question)
    bars = fold(seen, POINTS) if of.adds else seen
    before = question.whole_before if question.state.compare else None
    if before is not None:
        bars = bars._replace(before=_before(of.read(question, before), finest, bars))
    return ChartAnswer(bars, fold(seen, TABLE_ROWS) if of.adds else seen)


def show(panel: Panel, answer: ChartAnswer, before: ChartAnswer | None, state: "PageState") -> Props:
    """Change the bars that changed."""
    bars, traces = answer.bars, subject(panel, state).traces
    upper = traces[0]
    label = f"{' and '.join(each.name for each in traces)} over time; a table follows".capitalize()
    said = {
        f"{panel.name}-words": {"children": upper.words},
        f"{panel.name}-swatch": {"className": f"swatch {upper.swatch}"},
        f"{panel.name}-head-0": {"children": upper.name.capitalize()},
        f"{panel.name}-chart": {"className": f"chart of-{upper.swatch}", **aria(label=label)},
        f"{panel.name}-zone": {"children": f"From ({zones.label(state.zone)})"},
    }
    return {
        **drawn(f"{panel.name}-rows", [_row(line, answer.table, state) for line in _lines(answer.table)]),
        f"{panel.name}-graph": {"figure": figure_changes(bars, before and before.bars, state.tz, upper)},
        f"{panel.name}-note": {"children": note(upper, bars, state)},
        **({} if before else said),
    }


def table(panel: Panel, answer: ChartAnswer) -> Table:
    """Return the bars."""
    bars, traces = answer.bars, subject(panel).traces
    columns = ("start", "seconds", *(each.column for each in traces)) if panel.view else ("start", "seconds", "value")
    return Table(
        columns,
        [(start, bars.step, *numbers) for start, *numbers in _lines(bars)] if any((*bars.upper, *bars.lower)) else [],
    )


def _seen(bars: Bars, question: Question) -> Bars:
    """Leave out what is not there yet; and of everything also what was not there before the first request.

    A log that has ended stands in the middle, where it is short.
    """
    first, last = question.begun(question.series_by(_GRAINS[bars.step]))
    missing = max(0, _FEWEST - (last - first))
    ended = question.window.start is None and question.latest != question.now
    before = min(first, missing // 2 if ended else missing)
    nothing = (0,) * (missing - before if ended else 0)
    first -= before
    upper, lower = (each[first:last] + nothing if each else each for each in (bars.upper, bars.lower))
    return Bars(bars.start + first * bars.step, bars.step, upper, lower, error=bars.error)


def fold(bars: Bars, points: int) -> Bars:
    """Sum bars to so many at the most, each of a length one can count in, whole from its start."""
    length = bars.end - bars.start
    fitting = (step for step in _STEPS if step % bars.step == 0 and length <= step * points)
    step = next(fitting, -(-length // (points * bars.step)) * bars.step)
    start = bars.start // step * step
    lead, each = (bars.start - start) // bars.step, step // bars.step
    return Bars(start, step, _sums(bars.upper, lead, each), _sums(bars.lower, lead, each))


def _before(old: Bars, new: Bars, bars: Bars) -> tuple[int, ...]:
    """Return the upper ones of the period before, so much earlier than the bars as the periods are apart."""
    lead, each = (new.start - bars.start) // new.step, bars.step // new.step
    return _sums(old.upper, lead, each)[: len(bars.upper)]


def _sums(values: "Sequence[int]", lead: int, each: int) -> tuple[int, ...]:
    if not values:
        return ()
    padded = [0] * lead + list(values)
    return tuple(sum(padded[at : at + each]) for at in range(0, len(padded), each))


def _lines(bars: Bars) -> list[tuple[int, ...]]:
    numbers = [each for each in (bars.upper, bars.lower) if each]
    return list(zip(range(bars.start, bars.end, bars.step), *numbers, strict=True))


def _row(line: tuple[int, ...], bars: Bars, state: "PageState") -> Node:
    start, *numbers = line
    href = state.href(range=Span(start, start + bars.step))
    when = node("a", text.minute(start, state.tz), href=href, title="Show this time alone", klass="key")
    return node(
        "tr", node("th", when, scope="row"), *(node("td", _number(number, bars), klass="number") for number in numbers)
    )


def _number(number: int, bars: Bars) -> str:
    return text.estimate(number, estimated=is_estimated(number, bars.error))


def note(of: Trace, bars: Bars, state: "PageState") -> str:
    """Say what a bar stands for, and where there is most."""
    peak = max(bars.upper, default=0)
    if not peak:
        return ""
    at = bars.start + bars.step * bars.upper.index(peak)
    every = text.length(bars.step).removeprefix("1 ")
    if zones.offset(bars.start, state.tz) % bars.step:
        every += " by the clock of UTC"  # as numbers are kept
    most = text.size(peak) if of.octets else _number(peak, bars)
    return f"per {every} · most {of.name}: {most} at {text.minute(at, state.tz)}"


KIND = PanelType(frame, ask, show, table)
