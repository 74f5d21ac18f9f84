"""The last minute second by second: how many requests each had, by class of status, and the same as a table behind."""

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import Node, drawn, node, same
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels import mix
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState
    from hitstream.query import BySecond

LENGTH = 60
"""Seconds that are shown."""
_EACH = 5
"""Seconds of a row of the table."""


class RateAnswer(NamedTuple):
    """Hits by second, and of each by class as `mix.CLASSES` has them; none where none came."""

    start: int
    seconds: tuple[tuple[int, ...], ...]

    @property
    def sums(self) -> list[int]:
        """The hits of each second."""
        return [sum(classes) for classes in self.seconds]


def frame(panel: Panel) -> "list[Component]":
    """Make the number, an empty chart, a legend, and an empty table."""
    from dash import html

    number = html.Div(
        [
            html.B("\u2013", id=f"{panel.name}-mean", className="big"),
            html.Span("requests a second", className="note"),
            html.Span(id=f"{panel.name}-note", className="note"),
        ]
    )
    ends = html.Div([html.Span("60 s ago"), html.Span("now")], className="note ends")
    chart = html.Div([html.Div(id=f"{panel.name}-bars", className="seconds"), ends], **aria(hidden="true"))
    heads = [html.Th(id=f"{panel.name}-zone", scope="col"), html.Th("Requests", scope="col", className="number")]
    heads += [html.Th(words, scope="col", className="number") for words in _HEADS]
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=f"{panel.name}-rows"),
        ],
        className="sheet",
    )
    behind = html.Details([html.Summary("As a table"), html.Div(table, className="scroll", tabIndex=0)])
    return [
        html.Div([number, chart, html.Ul(id=f"{panel.name}-classes", className="legend")], className="rate"),
        behind,
    ]


_HEADS = tuple(f"{digit}xx" if digit else "Other" for digit in mix.CLASSES)


def minute(question: Question) -> "BySecond":
    """Return the hits of the last minute, the second that has just begun included."""
    end = int(question.now) + 1
    return question.once("minute", lambda: question.query.by_second(end - LENGTH, end, question.where))


def ask(_panel: Panel, question: Question) -> RateAnswer:
    """Count the hits of the last minute."""
    found = minute(question)
    if not any(map(any, found.hits)):
        return RateAnswer(0, ())
    classes = [found.hits[int(digit)] for digit in mix.CLASSES if digit]
    others = [a + b for a, b in zip(found.hits[0], found.hits[1], strict=True)]
    return RateAnswer(found.start, tuple(zip(*classes, others, strict=True)))


def show(panel: Panel, answer: RateAnswer, before: RateAnswer | None, state: "PageState") -> Props:
    """Draw the bars that changed and the rows, and write the numbers."""
    sums = answer.sums
    most = max(sums, default=0)
    by_class = [sum(column) for column in zip(*answer.seconds, strict=True)]
    classes = [each for each in zip(mix.CLASSES, by_class, strict=False) if each[1] or each[0]]
    known = set(_timed(before)) if before else set()
    bars = [same(f"{each[0]}") if each in known else _bar(*each, state) for each in _timed(answer)]
    name = f"{panel.name}-bars"
    return {
        f"{panel.name}-mean": {"children": _number(sum(sums) / LENGTH)},
        f"{panel.name}-note": {"children": f"in the last minute · at most {text.count(most)}"},
        f"{panel.name}-zone": {"children": f"From ({zones.label(state.zone)})"},
        name: drawn(name, bars)[name] | {"style": {"--most": f"{most}"}},
        **drawn(f"{panel.name}-classes", [mix.legend(part, state) for part in mix.class_parts(classes)]),
        **drawn(f"{panel.name}-rows", [_row(answer, at, state) for at in range(0, len(sums), _EACH)]),
    }


def table(_panel: Panel, answer: RateAnswer) -> Table:
    """Return a row a second."""
    columns = ("time", "hits", *(head.lower() for head in _HEADS))
    return Table(columns, [(answer.start + at, sum(classes), *classes) for at, classes in enumerate(answer.seconds)])


def _timed(answer: RateAnswer) -> list[tuple[int, tuple[int, ...]]]:
    return [(answer.start + at, classes) for at, classes in enumerate(answer.seconds)]


def _number(rate: float) -> str:
    return text.count(round(rate)) if rate >= 100 else f"{rate:.1f}"


def _clock(second: int, state: "PageState") -> str:
    return text.local(second, state.tz, "%H:%M:%S")


def _bar(start: int, classes: tuple[int, ...], state: "PageState") -> Node:
    """Draw a second: a bar as high as its hits, striped by class; it stays the same while others grow."""
    hits, style = sum(classes), {}
    if hits:
        ends = zip(mix.CLASSES, accumulate(classes), strict=True)
        style = {"--hits": f"{hits}"} | {f"--to-{digit or 'x'}": f"{round(100 * end / hits)}%" for digit, end in ends}
    return node(
        "div",
        style=style,
        title=f"{_clock(start, state)}: {text.count(hits)} requests",
        data_key=f"{start}",
    )


def _row(answer: RateAnswer, at: int, state: "PageState") -> Node:
    sums = [sum(column) for column in zip(*answer.seconds[at : at + _EACH], strict=True)]
    numbers = [node("td", text.count(number), klass="number") for number in (sum(sums), *sums)]
    return node("tr", node("th", _clock(answer.start + at, state), scope="row"), *numbers)


KIND = PanelType(frame, ask, show, table)
