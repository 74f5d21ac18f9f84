"""The bar of controls: range, comparison, zone, filters; each a link of the state, or a form that makes one."""

from typing import TYPE_CHECKING, Any

from hitstream import text
from hitstream.dashboard import time_controls, zones
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria, icon
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import EVERYTHING
from hitstream.dashboard.state import State
from hitstream.query.filters import COLUMNS, MISSING, Filter

if TYPE_CHECKING:
    from dash.development.base_component import Component

_LISTED: dict[str, Any] = {
    "allowDeselect": False,
    "selectFirstOptionOnChange": True,  # Enter takes what the typed text found
    "withScrollArea": False,
    "comboboxProps": {"withinPortal": False},
    "attributes": {"options": {"tabIndex": 0}},  # a list that scrolls is to be reached by the keyboard
}


_HUMAN, _BOT = Filter("bot", "=", MISSING), Filter("bot", "!=", MISSING)
_WHO: dict[str, tuple[str, tuple[Filter, ...]]] = {
    "humans": ("Humans", (_HUMAN,)),
    "bots": ("Bots", (_BOT,)),
    "all": ("All", ()),
}
"""Whose hits are shown, by what their agents say → what it is called, and its filters."""


def bar() -> "Component":
    """Make the bar, for any state."""
    from dash import html

    compare = html.A([icon("compare"), html.Span("Compare")], href="", id="compare", className="button")
    zone = html.A([icon("zone"), html.Span("UTC", id="zone-name")], href="", id="zone", className="button")
    report = html.A(
        [icon("report"), html.Span("Report")],
        href="/api/v1/report.html",
        id="report",
        className="button",
        title="This view as one HTML file that opens anywhere",
        download="report.html",
    )
    first = html.Div([time_controls.choices(), time_controls.steps(), compare, zone], className="row")
    who = [html.A(words, href="", id=f"who-{name}") for name, (words, _) in _WHO.items()]
    clients = html.Div(who, className="segments", role="group", **aria(label="Humans or bots"))
    chips = html.Div([clients, html.Div(id="chips", className="chips"), _add(), report], className="row filters")
    return html.Div([first, chips], className="controls")


def turned(state: State) -> Props:
    """Set the bar to a state."""
    props = time_controls.turned(state)
    compared = state.range != EVERYTHING
    props["compare"] = {
        "href": state.href(compare=not state.compare),
        "className": "button chosen" if state.compare and compared else "button",
        "title": "With the period before" if compared else "All that there is has no period before",
    }
    props["zone"] = {"title": "All times are written in this zone; click for the other"}
    props["zone-name"] = {"children": zones.label(state.zone)}
    for name, (_, wanted) in _WHO.items():
        others = tuple(each for each in state.where if each not in (_HUMAN, _BOT))
        props[f"who-{name}"] = {
            "href": state.href(where=(*others, *wanted)),
            "className": "chosen" if {*wanted} == {*state.where} & {_HUMAN, _BOT} else "",
        }
    return props | drawn("chips", [_chip(state, at) for at in range(len(state.where))])


def _chip(state: State, at: int) -> Node:
    each = state.where[at]
    rest = (*state.where[:at], *state.where[at + 1 :])
    written = each.written
    words = [
        node("b", each.column),
        node("span", each.operator),
        node("span", text.label(str(each.value)), klass="value"),
    ]
    opposite = (*state.where[:at], each.inverted, *state.where[at + 1 :])
    inverted = text.title(each.inverted.written)
    return node(
        "div",
        node("a", *words, href=state.href(where=opposite), klass="invert", title=f"Invert it: {inverted}"),
        node(
            "a",
            node("i", klass="icon icon-remove", aria_hidden="true"),
            href=state.href(where=rest),
            klass="remove",
            title=f"Remove the filter {text.title(written)}",
            aria_label=f"Remove the filter {text.title(written)}",
        ),
        klass="chip",
    )


def _add() -> "Component":
    """Make the form of a filter."""
    import dash_mantine_components as dmc
    from dash import html

    columns = dmc.Select(
        id="filter-column",
        data=sorted(COLUMNS),
        value="status",
        size="xs",
        w=130,
        searchable=True,
        **_LISTED,
        **aria(label="Column"),
    )
    operators = dmc.Select(
        id="filter-operator",
        data=list(COLUMNS["status"].kind.operators),
        value=">=",
        size="xs",
        w=116,
        **_LISTED,
        **aria(label="Operator"),
    )
    value = dmc.TextInput(
        id="filter-value", placeholder="value, or - for none", size="xs", w=220, **aria(label="Value")
    )
    button = dmc.Button("Add", id="filter-add", size="xs")
    form = html.Div([columns, operators, value, button], className="form row", role="dialog", **aria(label="A filter"))
    target = html.Button(
        [icon("add"), "Filter"], id="filter-open", className="button", type="button", **aria(haspopup="dialog")
    )
    popover: Component = dmc.Popover(
        [dmc.PopoverTarget(target), dmc.PopoverDropdown(form)],
        id="filter-form",
        position="bottom-start",
        trapFocus=True,
        returnFocus=True,
        withRoles=False,
        withinPortal=True,
    )
    return popover
