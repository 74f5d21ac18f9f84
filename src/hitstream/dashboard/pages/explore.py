"""Any measure of any view, over time and by key, and the single hits behind."""

from typing import TYPE_CHECKING, Any

from hitstream import text
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels import opened_hit, ranked, rows, split
from hitstream.dashboard.panels.contract import Page, Panel, Props
from hitstream.views.table import VIEWS

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from hitstream.dashboard.feed import Feed
    from hitstream.dashboard.state import PageState

VIEWED = {view.name: view.title for view in VIEWS if view.key and not view.status}
"""The views that can be chosen: a filter can name each of their keys, and no filter is hidden in them."""
_FIRST = "target"
_PICKERS = {"view": "By", "split": "And by"}
"""Choices that are picked from a list → what stands before."""


def _head() -> "list[Component]":
    import dash_mantine_components as dmc
    from dash import html

    measures = [html.A(words, href="", id=f"measure-{name}") for name, words in ranked.MEASURES.items()]
    group = html.Div(measures, className="segments", role="group", **aria(label="Measure"))
    pickers = [_picker(name, words) for name, words in _PICKERS.items()]
    find = dmc.TextInput(
        id="find-key",
        placeholder="find in this list",
        debounce=True,  # sent by Enter, or where one goes on
        size="xs",
        w=170,
        **aria(label="Find in the list"),
    )
    return [html.Div([group, *pickers, find], className="row explore")]


def _picker(name: str, words: str) -> "Component":
    import dash_mantine_components as dmc
    from dash import html

    options = [{"value": each, "label": title} for each, title in VIEWED.items()]
    none = [{"value": split.NONE, "label": "Nothing else"}] if name == "split" else []
    select = dmc.Select(
        id=f"pick-{name}",
        data=[*none, *options],
        searchable=True,
        allowDeselect=False,
        selectFirstOptionOnChange=True,
        size="xs",
        w=170,
        comboboxProps={"withinPortal": False},
        **aria(label=words),
    )
    return html.Div([html.Span(words, className="quiet", **aria(hidden="true")), select], className="pick")


def _turn(state: "PageState") -> Props:
    props: Props = {
        f"measure-{name}": {
            "href": state.href(choices=state.chosen(measure=name, first="")),
            "className": "chosen" if state.choice("measure") == name else "",
        }
        for name in ranked.MEASURES
    }
    props |= {f"pick-{name}": {"value": state.choice(name)} for name in _PICKERS}
    return props | {"find-key": {"value": state.choice(ranked.FIND)}}


def _connect(app: "Dash", _feed: "Feed") -> None:
    from dash import Input, Output, State, no_update

    for name in _PICKERS:

        @app.callback(
            Output("url", "search", allow_duplicate=True),
            Input(f"pick-{name}", "value"),
            State("url", "pathname"),
            State("url", "search"),
            prevent_initial_call=True,
        )
        def pick(value: str | None, path: str, search: str, name: str = name) -> Any:
            from hitstream.dashboard.state import PageState

            shown = PageState.parse(path, search)
            if shown.page != PAGE.name or not value or value == shown.choice(name):
                return no_update
            return shown.changed(choices=shown.chosen(**{name: value, ranked.FIRST: ""})).search

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("find-key", "value"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def find(value: str | None, path: str, search: str) -> Any:
        from hitstream.dashboard.state import PageState

        shown, wanted = PageState.parse(path, search), (value or "").strip()
        if shown.page != PAGE.name or wanted == shown.choice(ranked.FIND):
            return no_update
        return shown.changed(choices=shown.chosen(**{ranked.FIND: wanted, ranked.FIRST: ""})).search


def _summary(answers: dict[str, Any], state: "PageState") -> str:
    ranking, measure = answers["ranked"], state.choice("measure")
    first = f", most of {text.label(ranking.rows[0].key)}" if ranking.rows else ""
    return f"{VIEWED[state.choice('view')]} by {measure}: {text.count(ranking.whole)} requests{first}"


PAGE = Page(
    "explore",
    "/explore",
    "Explore",
    "explore",
    (
        Panel(
            "course",
            "Over time",
            "",
            "stacked",
            12,
            empty="None in this time. Choose another measure, or a longer time.",
        ),
        Panel("ranked", "Keys", "", "ranked", 12, rows=20, empty="None in this time. Choose another list or measure."),
        Panel("split", "By another", "", "split", 12, empty="To split these numbers, choose a second list above."),
        Panel("rows", "Rows of the archive", "", "rows", 12, rows=50),
    ),
    choices={
        "measure": tuple(ranked.MEASURES),
        "view": (_FIRST, *(name for name in VIEWED if name != _FIRST)),
        "split": (split.NONE, *VIEWED),
        "keys": ranked.STEPS,
        ranked.FIND: (),
        ranked.FIRST: (),
        rows.CHOICE: (),
        rows.COLUMNS: (),
        opened_hit.CHOICE: (),
    },
    fleeting=frozenset({rows.CHOICE, opened_hit.CHOICE, ranked.FIRST, "keys"}),
    slow=True,
    head=_head,
    turn=_turn,
    connect=_connect,
    summary=_summary,
)
