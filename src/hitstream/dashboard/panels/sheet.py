"""A sheet: a plain table of what is asked, drawn row by row. What it says follows from a `Sheet`."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

Cell = str | tuple[str, str] | Node
"""A text, a text and its title, or a node."""


class Sheet(NamedTuple):
    """What a sheet asks for and how it writes it."""

    ask: Callable[[Panel, Question], Iterable[tuple[Any, ...]]]
    """Returns the rows: plain, comparable values, as they are exported."""
    write: "Callable[[tuple[Any, ...]], Sequence[Cell]]"
    """Writes a row: a cell for each head."""
    heads: tuple[str, ...]
    numbers: tuple[str, ...]
    """Those of the heads that stand above numbers."""
    columns: tuple[str, ...]
    """What an export calls the values of a row."""


def kind(sheet: Sheet) -> PanelType:
    """Return the kind of panels that show a sheet."""
    return PanelType(
        partial(_frame, sheet),
        lambda panel, question: tuple(sheet.ask(panel, question)),
        partial(_show, sheet),
        lambda _, answer: Table(sheet.columns, list(answer)),
    )


def _frame(sheet: Sheet, panel: Panel) -> "list[Component]":
    from dash import html

    heads = [html.Th(head, scope="col", className=_class(sheet, head)) for head in sheet.heads]
    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=f"{panel.name}-rows"),
        ],
        className="sheet",
    )
    return [html.Div(table, className="wide", tabIndex=0)]


def _show(sheet: Sheet, panel: Panel, answer: Any, _before: Any, _state: "PageState") -> Props:
    return drawn(f"{panel.name}-rows", [_row(sheet, sheet.write(row)) for row in answer])


def _row(sheet: Sheet, cells: Sequence[Cell]) -> Node:
    made = []
    for at, (head, cell) in enumerate(zip(sheet.heads, cells, strict=True)):
        content, title = cell if isinstance(cell, tuple) else (cell, "")
        tag, scope = ("td", "") if at else ("th", "row")
        made.append(
            node(tag, content, scope=scope, title=title, klass=_class(sheet, head), data_head=head if at else "")
        )
    return node("tr", *made)


def _class(sheet: Sheet, head: str) -> str:
    return "number" if head in sheet.numbers else f"is-{head.lower().replace(' ', '-')}"
