"""What a page does when a form of its controls is sent, or a stretch of a chart is dragged over: it goes elsewhere."""

from typing import TYPE_CHECKING, Any

from hitstream.dashboard.feed import Feed
from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.panels import CHARTS
from hitstream.dashboard.ranges import DAY, HOUR, MINUTE, Span, typed
from hitstream.dashboard.state import PageState
from hitstream.errors import ConfigError
from hitstream.query import Filter, parse_filter
from hitstream.query.filters import COLUMNS

if TYPE_CHECKING:
    from dash import Dash


def connect(app: "Dash", feed: Feed) -> None:
    """Register the forms' callbacks."""
    from dash import ClientsideFunction, Input, Output, State, no_update

    address = State("url", "pathname"), State("url", "search")
    search = Output("url", "search", allow_duplicate=True)
    once = {"prevent_initial_call": True}

    @app.callback(
        Output("filter-operator", "data"),
        Output("filter-operator", "value"),
        Input("filter-column", "value"),
        State("filter-operator", "value"),
        **once,
    )
    def operators(column: str, operator: str) -> tuple[list[str], str]:
        found = list(COLUMNS[column].kind.operators) if column in COLUMNS else []
        return found, operator if operator in found else next(iter(found), "")

    @app.callback(
        search,
        Output("filter-value", "error"),
        Output("filter-form", "opened"),
        Input("filter-add", "n_clicks"),
        State("filter-column", "value"),
        State("filter-operator", "value"),
        State("filter-value", "value"),
        State("filter-edited", "data"),
        *address,
        **once,
    )
    def add(_clicks: Any, column: str, operator: str, value: str, changed: str | None, path: str, at: str) -> Any:
        try:
            wanted = added(PageState.parse(path, at), column, operator, value or "", changed)
        except ConfigError as error:
            return no_update, f"{error.message} {error.hint}".strip(), True
        return wanted.search, "", False

    @app.callback(
        search,
        Output("between-error", "children"),
        Output("between-form", "opened"),
        Input("between-show", "n_clicks"),
        State("from", "value"),
        State("to", "value"),
        *address,
        **once,
    )
    def between(_clicks: Any, start: str | None, end: str | None, path: str, at: str) -> Any:
        state = PageState.parse(path, at)
        try:
            return _at(state, typed(start or "", end or "", feed.clock, state.tz)), "", False
        except ConfigError as error:
            return no_update, str(error), True

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "days"),
        Output("from", "value"),
        Output("to", "value"),
        Input("calendar", "value"),
        **once,
    )

    for panel in (panel for page in PAGES for panel in page.panels if panel.kind in CHARTS):
        graph = f"{panel.name}-graph"
        app.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction("hitstream", "bar"),
            Output(graph, "relayoutData"),
            Input(graph, "clickData"),
            State(graph, "figure"),
            **once,
        )

        @app.callback(search, Input(graph, "relayoutData"), *address, **once)
        def brush(changed: dict[str, Any] | None, path: str, at: str) -> Any:
            wanted = brushed(changed or {}, PageState.parse(path, at))
            return no_update if wanted is None else wanted

    for name, inputs, output in (
        ("zone", Input("url", "search"), Output("zone", "href")),
        ("scheme", Input("scheme", "n_clicks"), Output("scheme", "aria-label")),
    ):
        app.clientside_callback(ClientsideFunction("hitstream", name), output, inputs)  # type: ignore[no-untyped-call]
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "pause"),
        Output("paused", "data"),
        Output("pause", "aria-pressed"),
        Output("pause-word", "children"),
        Input("pause", "n_clicks"),
        **once,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "title"), Input("place", "data"), **once
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "drawer"), Output("shell", "navbar"), Input("burger", "opened"), **once
    )


def added(state: PageState, column: str, operator: str, value: str, instead: str | None = None) -> PageState:
    """Return a state with one more filter, or with one `instead` of another that is written so.

    Raises:
        ConfigError: it is none; the message says why.
    """
    if column not in COLUMNS or not operator:
        raise ConfigError("A column is missing.", "Choose one from the list.")
    if not value:
        raise ConfigError("A value is missing.", "Write - for no value.")
    wanted = parse_filter(Filter(column, operator, value).written)
    before = next((each for each in (*state.where, *state.off) if each.written == instead), None)
    if before:
        return state.replaced(before, wanted)
    return state.changed(where=(*(each for each in state.where if each != wanted), wanted))


def brushed(changed: dict[str, Any], state: PageState) -> str | None:
    """Return the address of the stretch that was dragged over, in seconds since 1970 UTC as the axis counts them.

    None for anything else that Plotly tells of.
    """
    try:
        first, last = (float(changed[f"xaxis.range[{end}]"]) for end in (0, 1))
        step = HOUR if last - first > DAY / 2 else MINUTE  # whole hours are answered from cells, and nobody drags finer
        start = int(first // step) * step
        return _at(state, Span(start, max(int(-(-last // step)) * step, start + step)))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _at(state: PageState, wanted: Span) -> str:
    return state.changed(range=wanted).search
