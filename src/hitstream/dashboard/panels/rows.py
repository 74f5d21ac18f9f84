"""Rows of the archive: the single hits behind all that is shown, page by page.

A page begins beyond a hit, not after so many: what is written meanwhile moves nothing. The place of that hit stands in
the address.
"""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels import hit, opened_hit
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.errors import ConfigError
from hitstream.query import Place

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

CHOICE = "rows"
"""The page's choice that says where the rows begin: `older` or `newer`, and the place of a hit."""


COLUMNS = "columns"
"""The page's choice that says which columns rows have: their names with commas between; empty: all known."""


class RowsAnswer(NamedTuple):
    """Hits, the newest first; whether there are newer and older ones; how many there are in all; one that is opened."""

    hits: tuple[hit.Hit, ...]
    newer: bool
    older: bool
    whole: int
    opened: opened_hit.OpenedHit | None = None


def log(panel: Panel) -> "list[Component]":
    """Make an empty table of hits, and a line below."""
    from dash import html

    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(id=f"{panel.name}-heads"),
            html.Tbody(id=f"{panel.name}-rows"),
        ],
        className="log",
    )
    return [html.Div(table, className="wide", tabIndex=0), html.P(id=f"{panel.name}-note", className="note")]


def frame(panel: Panel) -> "list[Component]":
    """Make an empty table, a menu of its columns, and a place for links to other pages of it."""
    from dash import html

    table, note = log(panel)
    pages = html.Nav(id=f"{panel.name}-pages", className="paging", **aria(label="Pages of rows"))
    columns = html.Details(
        [html.Summary("Columns"), html.Div(id=f"{panel.name}-columns", className="menu")], className="export columns"
    )
    return [columns, table, html.Div([note, pages], className="row paged")]


def ask(panel: Panel, question: Question) -> RowsAnswer:
    """Ask for one row more than is shown, which tells whether there are more."""
    towards, place = begin(question.state.choice(CHOICE))
    order = "oldest" if towards == "newer" else "newest"
    table = question.query.hits(*question.window, question.where, panel.rows + 1, order, place)  # type: ignore[arg-type]
    found, opened = hit.hits(table), opened_hit.ask(question, table)
    shown, more = found[: panel.rows], len(found) > panel.rows
    if towards == "newer":
        return RowsAnswer(shown[::-1], more, True, question.totals.hits, opened)
    return RowsAnswer(shown, place is not None, more, question.totals.hits, opened)


def show(panel: Panel, answer: RowsAnswer, _before: RowsAnswer | None, state: "PageState") -> Props:
    """Draw the rows and the links to those before and after."""
    note = f"{text.count(len(answer.hits))} of {text.count(answer.whole)} requests, the newest first"
    names = hit.columns(answer.hits, state.choice(COLUMNS))
    return {
        **drawn(f"{panel.name}-heads", [hit.heads(names, zones.label(state.zone))]),
        **drawn(f"{panel.name}-rows", _rows(answer, state, names)),
        **drawn(f"{panel.name}-columns", [_column(name, names, state) for name in hit.COLUMNS]),
        **drawn(f"{panel.name}-pages", _links(answer, state)),
        f"{panel.name}-note": {"children": note},
    }


def _rows(answer: RowsAnswer, state: "PageState", names: tuple[str, ...]) -> list[Node]:
    """Draw the hits, and the one that is opened below its row; above all where it is on another page."""
    drawn_rows = [hit.row(each, state, names) for each in answer.hits]
    if answer.opened:
        places = [each.place for each in answer.hits]
        after = places.index(answer.opened.place) + 1 if answer.opened.place in places else 0
        drawn_rows.insert(after, opened_hit.row(answer.opened, state, len(names)))
    return drawn_rows


def _column(name: str, shown: tuple[str, ...], state: "PageState") -> Node:
    """Draw the link that shows a column, or leaves it out."""
    head, is_shown = hit.COLUMNS[name].head, name in shown
    wanted = ",".join(each for each in hit.COLUMNS if (each in shown) != (each == name))
    title = f"Leave out the column {head}" if is_shown else f"Show the column {head}"
    href = state.href(choices=state.chosen(**{COLUMNS: wanted}))
    return node("a", head, href=href, title=title, klass="chosen" if is_shown else "")


def table(_panel: Panel, answer: RowsAnswer) -> Table:
    """Return the hits."""
    return hit.table(answer.hits)


def begin(chosen: str) -> tuple[str, Place | None]:
    """Return which way rows go from which hit, as the address says; from the newest on where it says nothing."""
    towards, _, place = chosen.partition(" ")
    if towards not in ("older", "newer"):
        return "older", None
    try:
        return towards, Place.parse(place)
    except ConfigError:
        return "older", None


def _links(answer: RowsAnswer, state: "PageState") -> list[Node]:
    first, last = answer.hits[:1], answer.hits[-1:]
    return [
        _link(state, "Newest", "" if answer.newer else None),
        _link(state, "Newer", _beyond("newer", first[0]) if answer.newer and first else None),
        _link(state, "Older", _beyond("older", last[0]) if answer.older and last else None),
    ]


def _beyond(towards: str, each: hit.Hit) -> str:
    return f"{towards} {each.place.written}"


def _link(state: "PageState", words: str, begin: str | None) -> Node:
    if begin is None:
        return node("span", words, klass="button off", aria_disabled="true")
    return node("a", words, href=state.href(choices=state.chosen(**{CHOICE: begin})), klass="button")


KIND = PanelType(frame, ask, show, table)
