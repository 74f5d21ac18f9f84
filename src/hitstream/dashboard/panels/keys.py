"""Keys of a view as links: clicking one filters the whole page by it, clicking it again takes that back."""

from typing import TYPE_CHECKING, Any

from hitstream import text
from hitstream.dashboard.panels.contract import Panel
from hitstream.query import Filter
from hitstream.views.table import view

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import State

LONGEST = 1024
"""Characters of a key that still makes a link: addresses have an end."""


def filters(panel: Panel, key: str) -> tuple[Filter, ...]:
    """Return what the hits of a key have in common; nothing for a key that no filter can name."""
    row = view(panel.view)
    if len(row.key) != 1 or len(key) > LONGEST or not key or key == "-":
        return ()
    status = (Filter("status", "=", str(row.status)),) if row.status else ()
    return (*panel.where, *status, Filter(row.key[0], "=", key))


def is_chosen(state: "State", wanted: tuple[Filter, ...]) -> bool:
    """Return whether a page is filtered by all of these."""
    return bool(wanted) and set(wanted) <= set(state.where)


def link(state: "State", wanted: tuple[Filter, ...], children: Any, title: str = "", name: str = "key") -> "Component":
    """Make a link that adds filters, or takes them away where they are on; plain text where there are none.

    `name` is its class in the style sheet.
    """
    from dash import dcc, html

    if not wanted:
        return html.Span(children, title=title, className=name)
    chosen = is_chosen(state, wanted)
    said = f"{title} (click to show all again)" if chosen else title
    name = f"{name} chosen" if chosen else name
    return dcc.Link(children, href=state.href(where=state.toggled(*wanted)), title=said, className=name)


def soft(state: "State", wanted: tuple[Filter, ...], children: Any, title: str, tab: int = -1) -> "Component":
    """Make such a link of many: not in the order of the tabulator, but `page.js` moves between them by arrow keys."""
    from dash import html

    if not wanted:
        return html.Span(children, title=title)
    return html.A(children, href=state.href(where=state.toggled(*wanted)), title=title, className="soft", tabIndex=tab)


def labelled(state: "State", panel: Panel, key: str, shown: str = "") -> "Component":
    """Make a key's link with the key as text, shortened, and whole in its title."""
    from dash import html

    return link(state, filters(panel, key), html.Span(shown or text.label(key) or "(empty)"), text.title(key))
