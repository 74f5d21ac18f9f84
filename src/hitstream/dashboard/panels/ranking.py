"""A ranking: the most frequent keys of a view, a bar behind each row for its magnitude."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question
from hitstream.dashboard.panels.rows import body

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.query import Query
    from hitstream.query.answers import Row, Top


class Column(NamedTuple):
    """A number beside a key."""

    title: str
    write: "Callable[[Row], str]"


COLUMNS: dict[str, Column] = {
    "hits": Column("Requests", lambda row: text.count(row.hits)),
    "bytes": Column("Sent", lambda row: text.size(row.bytes)),
}


class Line(NamedTuple):
    """A row as it stands on the page."""

    label: str
    title: str
    numbers: tuple[str, ...]
    bar: float
    """Percent of the largest."""


class Answer(NamedTuple):
    """What a ranking shows."""

    lines: tuple[Line, ...]
    note: str


def frame(panel: Panel) -> "list[Component]":
    """Make an empty table with its head."""
    from dash import html

    numbers = [html.Th(COLUMNS[name].title, scope="col", className="number") for name in panel.columns]
    head = html.Tr([html.Th(panel.unit.capitalize(), scope="col"), *numbers])
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(head),
            html.Tbody(id=f"{panel.name}-rows", className="ranking"),
        ]
    )
    empty = html.P(panel.empty, id=f"{panel.name}-empty", className="empty", hidden=True)
    return [table, empty, html.P(id=f"{panel.name}-note", className="note")]


def ask(query: "Query", panel: Panel, question: Question) -> Answer:
    """Ask for the first keys by hits."""
    top = query.top(panel.view, *question.window, k=panel.rows)
    largest = max((row.hits for row in top.rows), default=1)
    return Answer(tuple(_line(panel, row, largest) for row in top.rows), _note(panel, top, question))


def show(panel: Panel, answer: Answer, before: Answer | None) -> Props:
    """Change the rows that changed."""
    rows = body(answer.lines, before.lines if before else None, _row)
    return {
        f"{panel.name}-rows": {"children": rows},
        f"{panel.name}-empty": {"hidden": bool(answer.lines)},
        f"{panel.name}-note": {"children": answer.note},
    }


def _line(panel: Panel, row: "Row", largest: int) -> Line:
    numbers = tuple(COLUMNS[name].write(row) for name in panel.columns)
    return Line(text.label(row.key), text.title(row.key), numbers, round(100 * row.hits / largest, 1))


def _note(panel: Panel, top: "Top", question: Question) -> str:
    """Say what a reader would otherwise take for granted."""
    words = [f"{len(top.rows)} of {text.count(top.keys)} {panel.unit}"] if top.keys > len(top.rows) else []
    if question.window.start is not None and top.start < question.window.start:
        words.append(f"since {text.minute(top.start)}")
    if top.other is not None:
        words.append(f"{text.count(top.other.hits)} requests for rarer {panel.unit} are not listed")
    return " · ".join(words)


def _row(line: Line) -> "Component":
    from dash import html

    key = html.Th(html.Span(line.label), title=line.title, scope="row")
    numbers = [html.Td(number, className="number") for number in line.numbers]
    return html.Tr([key, *numbers], style={"--bar": f"{line.bar}%"})


KIND = Kind(frame, ask, show)
