"""Keys of a view as links: clicking one filters the whole page by it, clicking it again takes that back."""

from typing import TYPE_CHECKING

from hitstream import text
from hitstream.dashboard.drawn import Node, node
from hitstream.dashboard.panels.contract import Panel
from hitstream.query import Filter
from hitstream.views.table import view

if TYPE_CHECKING:
    from hitstream.dashboard.state import PageState

LONGEST = 1024
"""Characters of a key that still makes a link: addresses have an end."""


def filters(panel: Panel, key: str) -> tuple[Filter, ...]:
    """Return what the hits of a key have in common; nothing for a key that no filter can name."""
    row = view(panel.view)
    if len(row.key) != 1 or len(key) > LONGEST or not key or key == "-":
        return ()
    status = (Filter("status", "=", str(row.status)),) if row.status else ()
    return (*panel.where, *status, Filter(row.key[0], "=", key))


def is_chosen(state: "PageState", wanted: tuple[Filter, ...]) -> bool:
    """Return whether a page is filtered by all of these."""
    return bool(wanted) and set(wanted) <= set(state.where)


def link(
    state: "PageState",
    wanted: tuple[Filter, ...],
    *children: Node | str,
    title: str = "",
    klass: str = "key",
    tab: str = "",
) -> Node:
    """Make a link that adds filters, or takes them away where they are on; plain text where there are none.

    A `tab` of -1 leaves it out of the order of the tabulator: the same link is elsewhere, or arrow keys lead there.
    """
    if not wanted:
        return node("span", *children, title=title, klass=klass)
    chosen = is_chosen(state, wanted)
    said = f"{title} (click to show all again)" if chosen else title
    klass = f"{klass} chosen" if chosen else klass
    href = state.href(where=state.toggled(*wanted))
    return node("a", *children, href=href, title=said, klass=klass, tabindex=tab)


def row(
    state: "PageState", panel: Panel, key: str, label: str, *numbers: str, bar: float | None = None, title: str = ""
) -> Node:
    """Make a table row of a key and its numbers, with a bar behind it (percent of the widest)."""
    wanted = filters(panel, key)
    name = link(state, wanted, label, title=title or text.title(key))
    cells = [node("td", number, klass="number") for number in numbers]
    style = None if bar is None else {"--bar": f"{bar}%"}
    return node(
        "tr", node("th", name, scope="row"), *cells, style=style, klass="chosen" if is_chosen(state, wanted) else ""
    )
