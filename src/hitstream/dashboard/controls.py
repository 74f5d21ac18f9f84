"""The bar of controls: range, comparison, zone, filters; each a link of the state, or a form that makes one."""

from typing import TYPE_CHECKING

from hitstream.dashboard import filter_controls, time_controls, zones
from hitstream.dashboard.markup import aria, icon
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import EVERYTHING
from hitstream.dashboard.state import PageState
from hitstream.query.filters import MISSING, Filter

if TYPE_CHECKING:
    from dash.development.base_component import Component

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
    chips = html.Div([clients, *filter_controls.bar(), report], className="row filters")
    return html.Div([first, chips], className="controls")


def turned(state: PageState) -> Props:
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
    return props | filter_controls.turned(state)
