"""The first keys of one view by those of another: a table of numbers, darker where they are larger."""

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.dashboard.panels.ranked import MEASURES, chosen
from hitstream.views.table import view

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState
    from hitstream.query import Cross, Row

NONE = "none"
"""Chosen instead of a second view."""
COLUMNS = 7
ROWS = 12


class SplitAnswer(NamedTuple):
    """The sums, None where no second view is chosen."""

    cross: "Cross | None"


def frame(panel: Panel) -> "list[Component]":
    """Make an empty table."""
    from dash import html

    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(id=f"{panel.name}-heads"),
            html.Tbody(id=f"{panel.name}-rows"),
        ],
        className="split",
    )
    return [html.Div(table, className="wide", tabIndex=0), html.P(id=f"{panel.name}-note", className="note")]


def ask(panel: Panel, question: Question) -> SplitAnswer:
    """Ask for the first keys of both views, and for what they have in common."""
    first, second = _both(panel, question.state)
    if second is None:
        return SplitAnswer(None)
    rows, columns = (
        [row.key for row in question.top(each, each.rows, each.by).rows if getattr(row, each.by)]
        for each in (first, second)
    )
    ask = question.query.cross
    return SplitAnswer(ask(first.view, second.view, rows, columns, *question.window, question.where))


def show(panel: Panel, answer: SplitAnswer, _before: SplitAnswer | None, state: "PageState") -> Props:
    """Draw the heads and the cells."""
    first, second = _both(panel, state)
    if answer.cross is None or second is None:
        return {}
    cross = answer.cross
    most = max((getattr(cell, first.by) or 0 for cells in cross.cells for cell in cells), default=0)
    heads = [_head(second, key, state) for key in cross.columns]
    others = node("th", "All else", scope="col", klass="number", title=f"All other {second.unit}, and none")
    rows = [
        node("tr", _head(first, key, state, "row"), *(_cell(first, second, key, cell, most, state) for cell in cells))
        for key, cells in zip(cross.rows, cross.cells, strict=True)
    ]
    return {
        f"{panel.name}-title": {"children": f"{first.title} by {second.title.lower()}"},
        **drawn(f"{panel.name}-heads", [node("tr", node("th", first.title, scope="col"), *heads, others)]),
        **drawn(f"{panel.name}-rows", rows),
        f"{panel.name}-note": {"children": f"{MEASURES[first.by]}; a click on a number filters by both"},
    }


def table(_panel: Panel, answer: SplitAnswer) -> Table:
    """Return a row for each two keys; what is under none of the second ones has `(others)`."""
    cross = answer.cross
    if cross is None:
        return Table(("first", "second"), [])
    columns = [*cross.columns, "(others)"]
    rows = [
        (key, column, *cell[1:])
        for key, cells in zip(cross.rows, cross.cells, strict=True)
        for column, cell in zip(columns, cells, strict=True)
    ]
    return Table((cross.view, f"by_{cross.other}", "hits", "bytes", "errors", "visitors"), rows)


def _both(panel: Panel, state: "PageState") -> tuple[Panel, Panel | None]:
    """Return panels of the chosen views; no second one where none is chosen, or the same."""
    first = chosen(panel, state)._replace(rows=ROWS)
    other = state.choice("split")
    if other in (NONE, first.view):
        return first, None
    title = view(other).title
    return first, first._replace(view=other, title=title, unit=title.lower(), rows=COLUMNS)


def _head(panel: Panel, key: str, state: "PageState", scope: str = "col") -> Node:
    name = keys.link(state, keys.filters(panel, key), text.label(key) or "(empty)", title=text.title(key))
    return node("th", name, scope=scope, klass="number" if scope == "col" else "")


def _cell(first: Panel, second: Panel, key: str, cell: "Row", most: int, state: "PageState") -> Node:
    number = getattr(cell, first.by) or 0
    of_row, of_column = keys.filters(first, key), keys.filters(second, cell.key)
    wanted = (*of_row, *of_column) if number and of_row and of_column else ()
    written = text.size(number) if first.by == "bytes" else text.count(number)
    title = text.title(f"{key} · {cell.key or 'all else'}: {written} {MEASURES[first.by].lower()}")
    klass = "number" if number else "number none"
    klass = f"{klass} chosen" if keys.is_chosen(state, wanted) else klass
    heat = round(100 * sqrt(number / most)) if most else 0
    content = keys.link(state, wanted, written, title=title, klass="")
    return node("td", content, klass=klass, style={"--heat": f"{heat}%"})


KIND = PanelType(frame, ask, show, table)
