"""Where requests come from: a map of equal tiles, and the first countries as a table beside it."""

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.dashboard.panels.countries import TILES, name

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

_EVERY_COUNTRY = 1000
_FEWEST_COUNTRIES = 5
"""From so many on there is a map: fewer are told by the list alone."""


class WorldAnswer(NamedTuple):
    """Hits by the code of their country, the most frequent first, and all hits of the range."""

    countries: tuple[tuple[str, int], ...]
    whole: int


class Line(NamedTuple):
    """A tile, or a row of the table."""

    code: str
    hits: int
    share: str
    heat: int
    """0 to 100: the square root of its part of the largest, so that small ones are still told apart."""


def frame(panel: Panel) -> "list[Component]":
    """Make an empty map and an empty table."""
    from dash import html

    heads = [html.Th("Country", scope="col")]
    heads += [html.Th(head, scope="col", className="number") for head in ("Requests", "Share")]
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=f"{panel.name}-rows", className="ranking"),
        ]
    )
    beside = html.Div(
        [html.Div(table, className="scroll", tabIndex=0), html.P(id=f"{panel.name}-note", className="note")]
    )
    tiles = html.Div(id=f"{panel.name}-tiles", className="world", **aria(hidden="true"))  # the table says it all
    return [html.Div([tiles, beside], className="atlas")]


def ask(panel: Panel, question: Question) -> WorldAnswer:
    """Ask for every country."""
    rows = question.top(panel, _EVERY_COUNTRY).rows
    return WorldAnswer(tuple((row.key, row.hits) for row in rows), question.totals.hits)


def show(panel: Panel, answer: WorldAnswer, _before: WorldAnswer | None, state: "PageState") -> Props:
    """Draw the tiles and the rows."""
    lines = _lines(answer)
    known = {line.code: line for line in lines}
    mapped = TILES if len(lines) >= _FEWEST_COUNTRIES else ()
    tiles = [_tile(panel, known.get(code) or Line(code, 0, "", 0), state) for code in mapped]
    rows = [_row(panel, line, state) for line in lines]
    return {
        **drawn(f"{panel.name}-tiles", tiles),
        **drawn(f"{panel.name}-rows", rows),
        f"{panel.name}-note": {"children": _note(answer)},
    }


def table(_panel: Panel, answer: WorldAnswer) -> Table:
    """Return every country."""
    return Table(("country", "hits"), list(answer.countries))


def _lines(answer: WorldAnswer) -> list[Line]:
    largest = max((hits for _, hits in answer.countries), default=1)
    return [
        Line(code, hits, text.share(hits, answer.whole), round(100 * sqrt(hits / largest)))
        for code, hits in answer.countries
    ]


def _tile(panel: Panel, line: Line, state: "PageState") -> Node:
    column, row = TILES[line.code]
    place = {"grid-column-start": f"{column}", "grid-row-start": f"{row}", "--heat": f"{line.heat}%"}
    said = f"{name(line.code)}: {text.count(line.hits)} requests" if line.hits else f"{name(line.code)}: none"
    wanted = keys.filters(panel, line.code) if line.hits else ()
    chosen = " chosen" if keys.is_chosen(state, wanted) else ""
    classes = f"tile{'' if line.hits else ' none'}{chosen}"
    return node("div", keys.link(state, wanted, line.code, title=said, klass="", tab="-1"), klass=classes, style=place)


def _row(panel: Panel, line: Line, state: "PageState") -> Node:
    label, title = text.label(name(line.code)), text.title(f"{name(line.code)} ({line.code})")
    bar = round(line.heat**2 / 100, 1)
    return keys.row(state, panel, line.code, label, text.count(line.hits), line.share, bar=bar, title=title)


def _note(answer: WorldAnswer) -> str:
    """Say how many requests come from nowhere that can be told."""
    known = sum(hits for _, hits in answer.countries)
    return f"{text.share(known, answer.whole)} of requests tell their country, by the name of their host"


KIND = PanelType(frame, ask, show, table)
