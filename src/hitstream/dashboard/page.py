"""The page: its head with the range selector, and a place for every panel, still empty."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hitstream.dashboard.markup import aria, data
from hitstream.dashboard.panels import KINDS
from hitstream.dashboard.panels.contract import Panel
from hitstream.dashboard.ranges import RANGES

if TYPE_CHECKING:
    from dash.development.base_component import Component

POLL = 1000
"""Milliseconds between two looks of the page at whether the server still speaks to it."""


def layout(panels: Sequence[Panel], viewer: str, where: str) -> "Component":
    """Return the page for a new viewer."""
    from dash import dcc, html

    plumbing = [
        dcc.Location(id="url", refresh=False),
        dcc.Store(id="viewer", data=viewer),
        dcc.Store(id="pulse"),
        dcc.Store(id="expected"),
        dcc.Store(id="shown"),
        dcc.Store(id="wanted"),
        dcc.Interval(id="poll", interval=POLL),
    ]
    main = html.Main([_panel(panel) for panel in panels], id="panels", className="panels")
    message = html.P(id="message", className="message", role="alert")
    summary = html.P(id="summary", className="unseen", role="status", **aria(live="polite"))
    page = html.Div([_head(where), message, summary, main], id="page", className="page", **data(state="loading"))
    return html.Div([page, *plumbing])


def _head(where: str) -> "Component":
    from dash import dcc, html

    links = [
        dcc.Link(choice.label, href=f"?range={choice.name}", id=f"range-{choice.name}", className="")
        for choice in RANGES
    ]
    badge = html.Span("Connecting", id="badge", className="badge")
    return html.Header(
        [
            html.H1("hitstream"),
            html.Span(where, className="where", title=where),
            badge,
            html.Nav(links, className="ranges", **aria(label="Time range")),
            html.Span("UTC", className="zone", title="All times are UTC"),
        ]
    )


def _panel(panel: Panel) -> "Component":
    from dash import html

    heading = html.H2(panel.title, id=f"{panel.name}-title")
    return html.Section(
        [heading, *KINDS[panel.kind].frame(panel)],
        id=f"panel-{panel.name}",
        className=f"panel kind-{panel.kind} width-{panel.width}",
        **aria(labelledby=f"{panel.name}-title"),
    )
