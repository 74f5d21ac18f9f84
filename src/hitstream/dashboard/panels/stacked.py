"""A measure over time, split by the keys of the chosen list: those with most of it, and the rest.

It is a chart (`chart.py`) whose bars are stacks. Visitors of several keys do not add, so those are not split.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels import chart, keys
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.dashboard.panels.figure import (
    Trace,
    change_axes,
    change_units,
    change_values,
    figure,
    stands,
    trace_of_bars,
)
from hitstream.dashboard.panels.ranked import chosen
from hitstream.dashboard.panels.subjects import Bars, subject

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900")
"""One a key, by Okabe and Ito; their yellow is darker here, to be seen on white."""
_REST_COLOUR = "#8a929c"
OTHERS = "(others)"
"""What a file calls the rest."""


class StackedAnswer(NamedTuple):
    """The chart of all keys; the first ones, and their part of each bar. No keys where it is not split."""

    whole: chart.ChartAnswer
    keys: tuple[str, ...] = ()
    parts: tuple[tuple[int, ...], ...] = ()

    @property
    def rest(self) -> tuple[int, ...]:
        """What is of none of the keys, bar by bar."""
        return tuple(
            max(0, all_of - sum(each)) for all_of, *each in zip(self.whole.bars.upper, *self.parts, strict=True)
        )


def frame(panel: Panel) -> "list[Component]":
    """Make an empty legend, chart and table."""
    from dash import html

    empty = figure(subject(panel).upper)
    rest, before = empty["data"]
    parts = [trace_of_bars(Trace("", "", "", colour, ""), "y") for colour in COLOURS]
    empty["data"] = [rest, *parts, before]
    empty["layout"]["barmode"] = "stack"
    return [html.Ul(id=f"{panel.name}-legend", className="legend"), *chart.drawing(panel, empty)]


def ask(panel: Panel, question: Question) -> StackedAnswer:
    """Ask for the whole chart, for the first keys, and for each of them over the same time."""
    whole, of = chart.ask(panel, question), chosen(panel, question.state)
    if not subject(panel, question.state).adds:
        return StackedAnswer(whole)
    rows = question.top(of, max(len(COLOURS), of.rows), of.by).rows[: len(COLOURS)]
    found = tuple(row.key for row in rows if getattr(row, of.by))
    return StackedAnswer(whole, found, tuple(_part(of, key, question, whole.bars) for key in found))


def _part(of: Panel, key: str, question: Question, bars: Bars) -> tuple[int, ...]:
    """Return what a key has of each bar."""
    grain = question.series.grain
    series = question.query.series(of.view, *question.window, grain=grain, where=question.where, key=key)
    sums = [0] * len(bars.upper)
    for at, value in enumerate(getattr(series, of.by)):
        bar = (series.start + at * series.step - bars.start) // bars.step
        if value and 0 <= bar < len(sums):
            sums[bar] += value
    return tuple(sums)


def show(panel: Panel, answer: StackedAnswer, before: StackedAnswer | None, state: "PageState") -> Props:
    """Change the bars that changed, and name the keys."""
    props = chart.show(panel, answer.whole, before and before.whole, state)
    upper = subject(panel, state).upper
    hidden = {f"{panel.name}-{part}" for part in ("words", "swatch", "note")}  # the legend says it
    return {
        **{component: values for component, values in props.items() if component not in hidden},
        **drawn(f"{panel.name}-legend", _legend(panel, answer, upper, state)),
        f"{panel.name}-graph": {"figure": _figure_changes(answer, before, upper, state)},
    }


def _figure_changes(new: StackedAnswer, old: StackedAnswer | None, upper: Trace, state: "PageState") -> Any:
    from dash import Patch

    patch, bars = Patch(), new.whole.bars
    same = old is not None and stands(bars, old.whole.bars)
    change_units(patch, upper, bars, old and old.whole.bars)
    for place, values in enumerate(_values(new)):
        shown = _values(old)[place] if old and same else None
        change_values(patch["data"][place], values, shown, bars, is_line=place > len(COLOURS))
    if old is None or bool(old.keys) != bool(new.keys):
        patch["data"][0]["marker"]["color"] = _REST_COLOUR if new.keys else upper.colour
    if not same:
        change_axes(patch, bars, state.tz, ("xaxis", "yaxis"))
    return patch


def _values(answer: StackedAnswer) -> "list[Sequence[int]]":
    """Return what each trace shows: the rest, each key, the period before."""
    none: Sequence[int] = ()
    missing = [none] * (len(COLOURS) - len(answer.parts))
    return [answer.rest, *answer.parts, *missing, answer.whole.bars.before]


def table(panel: Panel, answer: StackedAnswer) -> Table:
    """Return the bars; where they are split, a row for each bar and key."""
    if not answer.keys or not chart.table(panel, answer.whole).rows:
        return chart.table(panel, answer.whole)
    bars = answer.whole.bars
    starts = range(bars.start, bars.end, bars.step)
    named = [*zip(answer.keys, answer.parts, strict=True), (OTHERS, answer.rest)]
    rows = [(start, bars.step, key, values[at]) for at, start in enumerate(starts) for key, values in named]
    return Table(("start", "seconds", "key", "value"), rows)


def _legend(panel: Panel, answer: StackedAnswer, upper: Trace, state: "PageState") -> list[Node]:
    """Draw a line for each trace, in their order, and what a bar stands for."""
    of = chosen(panel, state)
    first = node("li", _swatch(_REST_COLOUR), node("span", f"all other {of.unit}, and none"))
    if not answer.keys:
        first = node("li", _swatch(upper.colour), node("span", upper.words))
    named = [
        node("li", _swatch(colour), keys.link(state, keys.filters(of, key), text.label(key), title=text.title(key)))
        for key, colour in zip(answer.keys, COLOURS, strict=False)
    ]
    earlier = node("li", node("i", klass="swatch before"), node("span", "the period before"), klass="compared")
    said = chart.note(upper, answer.whole.bars, state)
    unsplit = "" if subject(panel, state).adds else " · visitors of several keys do not add, so they are not split"
    return [first, *named, earlier, node("li", said + unsplit, klass="note")]


def _swatch(colour: str) -> Node:
    return node("i", klass="swatch", style={"background-color": colour})


KIND = PanelType(frame, ask, show, table)
