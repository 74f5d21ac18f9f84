"""The places of a page: its head, its navigation, its controls, and a place for every panel, still empty."""

from typing import TYPE_CHECKING

from hitstream.dashboard import controls
from hitstream.dashboard.drawn import DRAWING, nodes, written
from hitstream.dashboard.markup import aria, data, icon
from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.panels import CHARTS, KINDS
from hitstream.dashboard.panels.contract import Page, Panel

if TYPE_CHECKING:
    from dash.development.base_component import Component

POLL = 500
"""Milliseconds between two looks of the page at whether the server still speaks to it."""
_PHONE = "sm"
"""The width below which the navigation is a drawer."""


def layout(viewer: str, where: str, *, leave: bool = False) -> "Component":
    """Return the page for a new viewer; with a way to `leave` where there is a login."""
    import dash_mantine_components as dmc
    from dash import dcc, html

    plumbing = [
        dcc.Location(id="url", refresh=False),
        dcc.Store(id="viewer", data=viewer),
        *(dcc.Store(id=name) for name in ("pulse", "expected", "shown", "wanted", "place", "paused", "answered")),
        dcc.Interval(id="poll", interval=POLL),
        html.Div(id=DRAWING, hidden=True),
    ]
    gone = html.P(id="gone", className="gone", role="alert", hidden=True)
    message = html.P(id="message", className="message", role="alert")
    said = html.P(id="said", className="said", role="status")
    summary = html.P(id="summary", className="unseen", role="status", **aria(live="polite"))
    main = [gone, controls.bar(), said, message, summary, html.Div(id="content")]
    shell = dmc.AppShell(
        [
            dmc.AppShellHeader(_head(where, leave), className="head"),
            dmc.AppShellNavbar(_navigation(), className="navigation"),
            dmc.AppShellMain(html.Div(main, id="page", className="page", tabIndex=-1, **data(state="loading"))),
        ],
        id="shell",
        header={"height": 48},
        navbar={"width": 176, "breakpoint": _PHONE, "collapsed": {"mobile": True}},
        padding=0,
        transitionDuration=0,
    )
    skip = html.A("Skip to the numbers", href="#page", className="skip")
    theme = {"fontFamily": "inherit", "primaryColor": "blue", "primaryShade": 8, "defaultRadius": "sm"}
    whole: Component = dmc.MantineProvider([skip, shell, *plumbing], defaultColorScheme="auto", theme=theme)
    return whole


def frame(page: Page) -> "list[Component]":
    """Return a page's own part, without any numbers yet."""
    from dash import html

    panels = html.Div([_panel(panel) for panel in page.panels], id="panels", className="panels")
    return [*(page.head() if page.head else ()), panels]


def _head(where: str, leave: bool) -> "list[Component]":
    import dash_mantine_components as dmc
    from dash import html

    burger = dmc.Burger(id="burger", size="sm", hiddenFrom=_PHONE, opened=False, **aria(label="Pages"))
    badge = html.Span(
        [
            html.Span("Connecting", id="freshness", className="when-up"),
            html.Span(["Paused", html.B(id="news")], className="when-paused"),
            html.Span("Reconnecting", className="when-lost"),
        ],
        id="badge",
        className="badge",
        **data(state="loading"),
    )
    pause = html.Button(
        [icon("pause"), html.Span("Pause", id="pause-word")], id="pause", className="button", **aria(pressed="false")
    )
    scheme = html.Button(icon("scheme"), id="scheme", className="button", title="Light, dark, or as the system has it")
    return [
        burger,
        html.H1([icon("mark"), "hitstream"]),
        html.Span(where, className="where", title=where),
        badge,
        html.Div([pause, scheme, *([_leave()] if leave else [])], className="buttons"),
    ]


def _leave() -> "Component":
    from dash import html

    button = html.Button(icon("leave"), className="button", title="Log out", **aria(label="Log out"))
    return html.Form(button, action="/logout", method="post", id="leave")


def _navigation() -> "Component":
    from dash import html

    links = [html.A([icon(page.icon), html.Span(page.title)], href=page.path, id=f"go-{page.name}") for page in PAGES]
    return html.Nav(links, **aria(label="Pages"))


def _panel(panel: Panel) -> "Component":
    from dash import html

    name = panel.name
    heading = html.H2(panel.title, id=f"{name}-title")
    top = html.Div([heading, _menu(panel)], className="panel-head")
    body = html.Div(KINDS[panel.kind].frame(panel), className="panel-body")
    parts = [top, html.P(id=f"{name}-say", className="say"), body]
    plain = nodes(parts)
    return html.Section(
        parts if plain is None else None,
        id=f"{name}-panel",
        className=f"panel {'kind-chart ' if panel.kind in CHARTS else ''}kind-{panel.kind} width-{panel.width}",
        **data(state="loading", **({} if plain is None else {"drawn": written(plain)})),
        **aria(labelledby=f"{name}-title"),
    )


def _menu(panel: Panel) -> "Component":
    """Make the links that export a panel; `page.js` adds what is shown, as the address has it."""
    from dash import html

    where = f"/api/v1/export/{panel.name}"
    links = [html.A(kind.upper(), href=f"{where}.{kind}", download=f"{panel.name}.{kind}") for kind in ("csv", "json")]
    image = html.Button("PNG", className="png", **data(panel=panel.name))
    parts = [*links, image] if panel.kind in CHARTS else links
    head = html.Summary(icon("more"), title=f"Export {panel.title}", **aria(label=f"Export {panel.title}"))
    return html.Details([head, html.Div(parts, className="menu")], className="export")
