"""The totals: a number, what it is called, and a line that puts it into proportion."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.query import Query

FIGURES: dict[str, str] = {
    "requests": "Requests",
    "visitors": "Visitors",
    "sent": "Sent",
    "errors": "Error rate",
    "bad": "Bad lines",
}
"""Name → heading, in their order on the page."""


class Figure(NamedTuple):
    """A number as it is written, and the line below it."""

    number: str
    note: str


Answer = dict[str, Figure]


def frame(panel: Panel) -> "list[Component]":
    """Make the tiles, each with a dash for its number."""
    from dash import html

    return [html.Dl([_tile(panel, name, title) for name, title in FIGURES.items()], className="figures")]


def ask(query: "Query", _panel: Panel, question: Question) -> Answer:
    """Write the sums of the range; bad lines have no time, so theirs are of all lines ever read."""
    totals, counts = question.totals, query.counts()
    error = totals.visitors_error
    return {
        "requests": Figure(text.count(totals.hits), _pace(totals.hits, totals.first, totals.last)),
        "visitors": Figure(
            ("≈ " if error else "") + text.count(totals.visitors or 0),
            f"± {100 * error:.1f} % standard error" if error else "distinct clients",
        ),
        "sent": Figure(text.size(totals.bytes), f"{text.size(totals.bytes // max(totals.hits, 1))} a request"),
        "errors": Figure(text.share(totals.errors, totals.hits), f"{text.count(totals.errors)} answers of 4xx or 5xx"),
        "bad": Figure(text.count(counts.bad), f"of {text.count(counts.lines)} lines read in all"),
    }


def show(panel: Panel, answer: Answer, before: Answer | None) -> Props:
    """Change the numbers that changed."""
    changed = {name: figure for name, figure in answer.items() if not before or before[name] != figure}
    numbers = {f"{panel.name}-{name}": {"children": figure.number} for name, figure in changed.items()}
    notes = {f"{panel.name}-{name}-note": {"children": figure.note} for name, figure in changed.items()}
    return numbers | notes


def _tile(panel: Panel, name: str, title: str) -> "Component":
    from dash import html

    number = html.Dd("\u2013", id=f"{panel.name}-{name}", className="big")
    note = html.Dd("\u00a0", id=f"{panel.name}-{name}-note", className="note")
    return html.Div([html.Dt(title), number, note], className=f"figure figure-{name}")


def _pace(hits: int, first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return "none yet"
    rate = hits / max(last - first, 1)
    return f"{rate:,.1f} a second on average" if rate >= 1 else f"{rate * 60:,.1f} a minute on average"


KIND = Kind(frame, ask, show)
