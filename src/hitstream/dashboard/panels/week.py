"""When requests come: weekdays by hours, the more the darker. A cell filters by its weekday and hour."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.query import Filter

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = 24


class WeekAnswer(NamedTuple):
    """Hits by hour of the week, Monday 00:00 UTC first; and the time they are of."""

    hits: tuple[int, ...]
    start: int
    end: int


class Cell(NamedTuple):
    """An hour of the week as the page shows it."""

    at: int
    """Which hour of the week it is in UTC, as filters count."""
    when: str
    hits: int
    heat: int
    """0 to 100, of the busiest."""
    first: bool
    """Whether it is where the tabulator comes to; arrow keys lead on."""


def frame(panel: Panel) -> "list[Component]":
    """Make an empty table."""
    from dash import html

    hours = [html.Th(f"{hour:02}", scope="col") for hour in range(HOURS)]
    table = html.Table(
        [
            html.Caption("Requests by weekday and hour", className="unseen"),
            html.Thead(html.Tr([html.Td(), *hours])),
            html.Tbody(id=f"{panel.name}-rows"),
        ],
        className="week",
    )
    return [html.Div(table, className="wide"), html.P(id=f"{panel.name}-note", className="note")]


def ask(_panel: Panel, question: Question) -> WeekAnswer:
    """Ask for the hits by weekday and hour, of whole hours."""
    found = question.query.heat_map(*question.window, where=question.where)
    return WeekAnswer(tuple(hits for day in found.hits for hits in day), found.start, found.end)


def show(panel: Panel, answer: WeekAnswer, _before: WeekAnswer | None, state: "PageState") -> Props:
    """Draw the weekdays."""
    rows = [
        node("tr", node("th", day, scope="row"), *(_cell(cell, state) for cell in cells))
        for day, cells in zip(DAYS, _days(answer, state), strict=True)
    ]
    return {**drawn(f"{panel.name}-rows", rows), f"{panel.name}-note": {"children": _note(answer, state)}}


def table(_panel: Panel, answer: WeekAnswer) -> Table:
    """Return the hits of every hour of the week that has any, in UTC."""
    cells = [(DAYS[at // HOURS], at % HOURS, hits) for at, hits in enumerate(answer.hits) if hits]
    return Table(("weekday", "hour", "hits"), cells)


def _days(answer: WeekAnswer, state: "PageState") -> list[list[Cell]]:
    """Return the hours of each weekday by the clocks of the zone, where those are whole hours ahead all along."""
    known = _ahead(answer, state)
    ahead, of_zone = known or 0, " UTC" if known is None else ""
    most = max(answer.hits) or 1
    week, busiest = len(answer.hits), answer.hits.index(max(answer.hits))
    days: list[list[Cell]] = []
    for number, day in enumerate(DAYS):
        days.append([])
        for hour in range(HOURS):
            at = (number * HOURS + hour - ahead) % week
            hits = answer.hits[at]
            days[-1].append(Cell(at, f"{day} {hour:02}:00{of_zone}", hits, round(100 * hits / most), at == busiest))
    return days


def _ahead(answer: WeekAnswer, state: "PageState") -> int | None:
    return zones.whole_hours(answer.start, answer.end, state.tz)


def _cell(cell: Cell, state: "PageState") -> Node:
    day, hour = divmod(cell.at, HOURS)
    wanted = (Filter("weekday", "=", DAYS[day].lower()), Filter("hour", "=", str(hour))) if cell.hits else ()
    said = f"{cell.when}, {text.count(cell.hits)} requests"
    number = node("span", text.count(cell.hits), klass="unseen")
    link = keys.link(state, wanted, number, title=said, klass="", tab="0" if cell.first else "-1")
    chosen = "chosen" if keys.is_chosen(state, wanted) else ""
    return node("td", link, style={"--heat": f"{cell.heat}%"}, klass=chosen)


def _note(answer: WeekAnswer, state: "PageState") -> str:
    most = max(answer.hits)
    if not most:
        return ""
    ahead = _ahead(answer, state)
    zone = "UTC" if ahead is None else zones.label(state.zone)
    at = (answer.hits.index(most) + (ahead or 0)) % len(answer.hits)
    return f"{zone} · most {text.count(most)} on {DAYS[at // HOURS]} from {at % HOURS:02}:00"


KIND = PanelType(frame, ask, show, table)
