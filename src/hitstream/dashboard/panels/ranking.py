"""A ranking: the most frequent keys of a view, a bar behind each row for its magnitude."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import drawn
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question, Table
from hitstream.views.sketch import is_estimated

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import State
    from hitstream.query.answers import Row


class Column(NamedTuple):
    """A number beside a key."""

    title: str
    write: "Callable[[Row, Answer], str]"
    """Writes the number of a row of an answer."""


COLUMNS: dict[str, Column] = {
    "hits": Column("Requests", lambda row, _: text.count(row.hits)),
    "share": Column("Share", lambda row, answer: text.share(row.hits, answer.whole)),
    "bytes": Column("Sent", lambda row, _: text.size(row.bytes)),
    "errors": Column("Errors", lambda row, _: text.count(row.errors)),
    "error_rate": Column("Rate", lambda row, _: text.share(row.errors, row.hits)),
    "visitors": Column("Visitors", lambda row, answer: visitors(row, answer.error)),
}


class Answer(NamedTuple):
    """What a ranking shows."""

    rows: "tuple[Row, ...]"
    whole: int
    """Hits of the range, which shares are of."""
    keys: int
    since: int | None
    """The range starts there, where that is before the time asked for."""
    other: int | None
    """Hits of keys that are not listed at all, None for none."""
    error: float = 0.0
    """The relative standard error of visitors that are estimated; 0 where all are exact."""


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
    return [table, html.P(id=f"{panel.name}-note", className="note")]


def visitors(row: "Row", error: float) -> str:
    """Write the visitors of a row, given the error of those that are estimated."""
    return text.estimate(row.visitors, estimated=is_estimated(row.visitors, error))


def ask(panel: Panel, question: Question, *, exact: bool = False) -> Answer:
    """Ask for the first keys by the panel's measure; keys that have none of it are left out."""
    top = question.top(panel, panel.rows, panel.by, exact=exact)
    start = question.window.start
    since = top.start if start is not None and top.start < start else None
    rows = tuple(row for row in top.rows if getattr(row, panel.by))
    keys = top.keys if len(rows) == panel.rows else len(rows)
    return Answer(rows, question.totals.hits, keys, since, top.other and top.other.hits, top.visitors_error)


def show(panel: Panel, answer: Answer, _before: Answer | None, state: "State") -> Props:
    """Draw the rows."""
    largest = max((getattr(row, panel.by) for row in answer.rows), default=1)
    columns = [COLUMNS[name] for name in panel.columns]
    rows = [
        keys.row(
            state,
            panel,
            row.key,
            text.label(row.key) or "(empty)",
            *(column.write(row, answer) for column in columns),
            bar=round(100 * getattr(row, panel.by) / largest, 1),
        )
        for row in answer.rows
    ]
    return {**drawn(f"{panel.name}-rows", rows), f"{panel.name}-note": {"children": note(panel, answer, state)}}


def table(panel: Panel, answer: Answer) -> Table:
    """Return the rows as they are, without a word folded or cut."""
    columns = (panel.view, "hits", "bytes", "errors", "visitors", "visitors_error")
    return Table(
        columns, [(*row, answer.error if is_estimated(row.visitors, answer.error) else 0.0) for row in answer.rows]
    )


def note(panel: Panel, answer: Answer, state: "State") -> str:
    """Say what a reader would otherwise take for granted."""
    shown = len(answer.rows)
    words = [f"{shown} of {text.count(answer.keys)} {panel.unit}"] if answer.keys > shown else []
    if answer.since is not None:
        words.append(f"since {text.minute(answer.since, state.tz)}")
    if answer.other is not None:
        words.append(f"{text.count(answer.other)} requests for rarer {panel.unit} are not listed")
    return " · ".join(words)


KIND = Kind(frame, ask, show, table)
