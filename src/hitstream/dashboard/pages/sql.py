"""SQL: a statement over single hits, what it can ask beside it, and its rows. The statement stands in the address.

The page's numbers do not follow the data: a statement is asked when it is sent, by `assets/sql.js`, of /api/v1/sql.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hitstream.clock import SystemClock
from hitstream.dashboard.drawn import drawn, node
from hitstream.dashboard.markup import aria, data, icon
from hitstream.dashboard.panels.contract import Page, Props
from hitstream.dashboard.ranges import Period, RelativeRange, window
from hitstream.errors import ConfigError
from hitstream.query.sql import schema
from hitstream.query.sql_text import condition_text, literal
from hitstream.views.table import VIEWS

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from hitstream.dashboard.feed import Feed
    from hitstream.dashboard.state import PageState

EXAMPLES = (
    (
        "Hosts with most errors",
        "SELECT host, count(*) AS hits, count(*) FILTER (status >= 400) AS errors\n"
        "FROM hits\nGROUP BY host\nORDER BY errors DESC\nLIMIT 50",
    ),
    (
        "Errors by day and status",
        "SELECT time::DATE AS day, status, count(*) AS hits\n"
        "FROM hits\nWHERE status >= 400\nGROUP BY ALL\nORDER BY day, status",
    ),
    (
        "One path by hour",
        "SELECT hour, hits, bytes, errors\nFROM target\nWHERE key = '/'\nORDER BY hour",
    ),
    (
        "Visitors of the busiest days",
        "SELECT time::DATE AS day, count(DISTINCT (host, agent)) AS visitors, sum(bytes) AS sent\n"
        "FROM hits\nGROUP BY day\nORDER BY visitors DESC\nLIMIT 20",
    ),
    (
        "Slowest targets",
        "SELECT target, count(*) AS hits, round(quantile_cont(duration, 0.95) / 1000) AS p95_ms\n"
        "FROM hits\nWHERE duration IS NOT NULL\nGROUP BY target\nHAVING hits >= 10\nORDER BY p95_ms DESC\nLIMIT 50",
    ),
    ("The newest hits", "SELECT *\nFROM hits\nORDER BY time DESC\nLIMIT 100"),
)

_FROM_THE_LAST_HIT = "time > (SELECT max(time) FROM hits) - INTERVAL"
_UNITS = {"time": "UTC", "zone": "minutes from UTC", "duration": "microseconds", "offset": "byte of the source"}


def _head() -> "list[Component]":
    from dash import dcc, html

    parts = [_statement(), _schema(), _result()]
    return [html.Div(parts, className="sql"), dcc.Store(id="sql-asked"), html.Div(id="sql-sent", hidden=True)]


def _statement() -> "Component":
    from dash import dcc, html

    editor = dcc.Textarea(
        id="sql-editor",
        className="editor code",
        spellCheck=False,
        maxLength=4096,  # of a choice in an address
        placeholder="SELECT target, count(*) AS hits FROM hits GROUP BY target ORDER BY hits DESC LIMIT 20",
    )
    run = html.Button("Run", id="sql-run", className="button primary", type="button", title="Ctrl+Enter")
    stop = html.Button("Stop", id="sql-stop", className="button", type="button", disabled=True)
    said = html.Span(id="sql-said", className="note", role="status")
    examples = [html.A(title, href="", id=f"sql-example-{at}") for at, (title, _) in enumerate(EXAMPLES)]
    return html.Section(
        [
            html.H2(html.Label("Statement", htmlFor="sql-editor")),
            editor,
            html.Div([run, stop, said], className="row"),
            html.Div([html.Span("Examples", className="note"), *examples], className="row examples"),
            html.P(id="sql-carried", className="note carried"),
            html.Details([html.Summary("History"), html.Div(id="sql-history")], className="history"),
        ],
        className="panel sql-statement",
    )


def _schema() -> "Component":
    from dash import html

    tables = schema(VIEWS)
    cells = tables[VIEWS[0].name]
    return html.Section(
        [
            html.H2("What can be asked"),
            html.P(["A row of ", _name("hits"), " is a hit."], className="note"),
            html.Ul([_column(name, kind) for name, kind in tables["hits"].items()]),
            html.P(
                [
                    "A row of a view is an hour of one of its keys: ",
                    *(part for column, kind in cells.items() for part in (_name(column, kind), " ")),
                ],
                className="note",
            ),
            html.Div([_name(name) for name in tables if name != "hits"], className="names"),
        ],
        className="panel sql-schema",
    )


def _column(name: str, kind: str) -> "Component":
    from dash import html

    unit = _UNITS.get(name)
    return html.Li([_name(name), html.Span(kind, className="kind", title=unit), *([html.I(unit)] if unit else [])])


def _name(name: str, kind: str = "") -> "Component":
    from dash import html

    return html.Button(name, className="name code", type="button", title=kind or None, **data(insert=name))


def _result() -> "Component":
    from dash import html

    files = [
        html.A(
            [icon("report"), kind.upper()],
            href=f"/api/v1/export/sql.{kind}",
            download=f"hitstream-sql.{kind}",
            className="button sql-file",
        )
        for kind in ("csv", "json")
    ]
    head = [html.H2("Rows"), html.P(id="sql-note", className="note"), *files]
    return html.Section(
        [
            html.Div(head, className="panel-head"),
            html.P(id="sql-wrong", className="wrong", role="alert"),
            html.P(id="sql-say", className="say"),
            html.Div(id="sql-chart", className="sql-chart"),
            html.Div(id="sql-rows", className="sql-rows"),
        ],
        id="sql-result",
        className="panel sql-result",
        **data(state="empty"),
        **aria(label="Rows"),
    )


def _turn(state: "PageState") -> Props:
    condition = _condition(state)
    links = {
        f"sql-example-{at}": {"href": state.href(choices=state.chosen(query=_narrowed(text, condition)))}
        for at, (_, text) in enumerate(EXAMPLES)
    }
    insert = node("button", condition, klass="name code", data_insert=condition, title="Insert it")
    carried = [node("span", "The time and filters chosen on other pages, which the examples have too: "), insert]
    return {"sql-asked": {"data": state.choice("query")}, **links, **drawn("sql-carried", carried if condition else [])}


def _condition(state: "PageState") -> str:
    """Return the time and the filters of other pages as SQL; empty where all hits are meant."""
    try:
        filters = condition_text(state.where)
    except ConfigError:
        filters = ""
    return " AND ".join(filter(None, (_time(state), filters)))


def _time(state: "PageState") -> str:
    """Return the chosen time as SQL: one that ends now counts from the last hit, as far as pages do."""
    if isinstance(state.range, RelativeRange):
        seconds = state.range.seconds
        return f"{_FROM_THE_LAST_HIT} {seconds} SECOND" if seconds else ""
    if state.range is None:
        return ""
    now = SystemClock().now() if isinstance(state.range, Period) else 0.0
    start, end = (literal(datetime.fromtimestamp(each or 0, UTC)) for each in window(state.range, now, state.tz))
    return f"time >= {start} AND time < {end}"


def _narrowed(statement: str, condition: str) -> str:
    """Return an example over the hits that a condition holds for."""
    if not condition or "FROM hits\n" not in statement:
        return statement
    if "\nWHERE " in statement:
        return statement.replace("\nWHERE ", f"\nWHERE {condition} AND ", 1)
    return statement.replace("FROM hits\n", f"FROM hits\nWHERE {condition}\n", 1)


def _connect(app: "Dash", _feed: "Feed") -> None:
    import dash_ag_grid
    from dash import ClientsideFunction, Input, Output

    dash_ag_grid._js_dist[0]["dynamic"] = True  # a megabyte: this page alone loads it, once there are rows
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "statement"),
        Output("sql-sent", "title"),
        Input("sql-asked", "data"),
        prevent_initial_call=True,
    )


PAGE = Page(
    "sql",
    "/sql",
    "SQL",
    "sql",
    (),
    choices={"query": ()},
    head=_head,
    turn=_turn,
    connect=_connect,
    whole=True,
)
