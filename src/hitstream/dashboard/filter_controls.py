"""The controls of filters: a chip for each, and a form that makes one or changes it."""

from typing import TYPE_CHECKING, Any

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria, data, icon
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.state import PageState
from hitstream.query.filters import COLUMNS, Filter
from hitstream.query.values import COUNTED

if TYPE_CHECKING:
    from dash.development.base_component import Component

_LISTED: dict[str, Any] = {
    "withScrollArea": False,
    "comboboxProps": {"withinPortal": False},
    "attributes": {"options": {"tabIndex": 0}},  # a list that scrolls is to be reached by the keyboard
}
_CHOSEN: dict[str, Any] = _LISTED | {
    "allowDeselect": False,
    "selectFirstOptionOnChange": True,  # Enter takes what the typed text found
    "searchable": True,
    "size": "xs",
}
_SUGGESTED = 12
"""Values that are suggested at once."""


def bar() -> "list[Component]":
    """Make the place of the chips, and the form."""
    from dash import dcc, html

    return [html.Div(id="chips", className="chips"), _form(), dcc.Store(id="filter-edited")]


def turned(state: PageState) -> Props:
    """Draw the chips of a state: those that are applied, then those that are switched off."""
    return drawn("chips", [_chip(state, each) for each in (*state.where, *state.off)])


def _chip(state: PageState, each: Filter) -> Node:
    written, inverse = text.title(each.written), text.title(each.inverted.written)
    words = [
        node("b", each.column),
        node("span", each.operator),
        node("span", text.label(str(each.value)), klass="value"),
    ]
    on = each in state.where
    kept = {name: tuple(other for other in getattr(state, name) if other != each) for name in ("where", "off")}
    links = (
        ("switch", state.switched(each), f"Switch {'off' if on else 'on'}: {written}"),
        ("invert", state.replaced(each, each.inverted), f"Invert it: {inverse}"),
        ("remove", state.changed(**kept), f"Remove the filter {written}"),
    )
    switch, *others = [_link(name, leads_to.href(), title) for name, leads_to, title in links]
    edit = node(
        "button",
        *words,
        klass="edit",
        title=f"Change {written}",
        data_filter=each.written,
        data_column=each.column,
        data_operator=each.operator,
        data_value=str(each.value),
    )
    return node("div", switch, edit, *others, klass="chip" if on else "chip off")


def _link(name: str, href: str, title: str) -> Node:
    picture = node("i", klass=f"icon icon-{name}", aria_hidden="true")
    return node("a", picture, href=href, klass=name, title=title, aria_label=title)


def _form() -> "Component":
    """Make the form of a filter. `filters.js` fills it in, and suggests values of the columns in its `data-counted`."""
    import dash_mantine_components as dmc
    from dash import html

    columns = dmc.Select(
        id="filter-column", data=sorted(COLUMNS), value="status", w=130, **_CHOSEN, **aria(label="Column")
    )
    operators = dmc.Select(
        id="filter-operator",
        data=list(COLUMNS["status"].kind.operators),
        value=">=",
        w=116,
        **_CHOSEN,
        **aria(label="Operator"),
    )
    value = dmc.Autocomplete(
        id="filter-value",
        placeholder="value, or - for none",
        limit=_SUGGESTED,
        size="xs",
        w=220,
        **_LISTED,
        **aria(label="Value"),
    )
    button = dmc.Button("Add", id="filter-add", size="xs")
    form = html.Div(
        [columns, operators, value, button],
        className="form row",
        role="dialog",
        **aria(label="A filter"),
        **data(counted=" ".join(COUNTED)),
    )
    target = html.Button(
        [icon("add"), "Filter"], id="filter-open", className="button", type="button", **aria(haspopup="dialog")
    )
    popover: Component = dmc.Popover(
        [dmc.PopoverTarget(target), dmc.PopoverDropdown(form)],
        id="filter-form",
        keepMounted=True,  # a chip fills it in before it opens
        position="bottom-start",
        trapFocus=True,
        returnFocus=True,
        withRoles=False,
        withinPortal=True,
    )
    return popover
