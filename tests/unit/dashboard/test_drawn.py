"""What is put onto a page past Dash, and what Dash is told of."""

import json
import re
from typing import Any

import pytest
from asking import EVERYTHING, elements, plain
from dash import Patch, dcc, html
from fake_query import NOON, FakeQuery

from hitstream.dashboard import drawn as drawing_module
from hitstream.dashboard.app import ASSETS
from hitstream.dashboard.drawn import Node, drawn, handed, node, nodes
from hitstream.dashboard.page import frame
from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.panels import CHARTS
from hitstream.dashboard.panels.contract import Page
from hitstream.dashboard.shell import turned
from hitstream.dashboard.snapshot import changes, take
from hitstream.query import parse_filter

SCRIPT = (ASSETS / "drawn.js").read_text()


def drawing(props: Any) -> Any:
    return json.loads(handed(props)["drawing"]["data-drawing"])[1]


def test_a_filter_changes_a_page_by_a_few_properties_of_dash_and_not_by_one_for_each_number() -> None:
    state = EVERYTHING.changed(where=(parse_filter("status=404"),))
    shot = take(FakeQuery(), state.asked, NOON, "")  # type: ignore[arg-type]
    told = turned(state, EVERYTHING) | changes(shot, None, state)
    assert len(told) > 100
    assert sorted(handed(told)) == ["drawing", "expected", "place", "shown", "traffic-graph"]


def test_texts_attributes_and_nodes_are_drawn_and_all_else_is_for_dash() -> None:
    props = {
        "a": {"children": "text", "className": "key", "aria-label": "A", "data-state": "ok", "data": 3},
        "b": {"children": [html.B("component")]},
        "c": {"figure": Patch(), "title": "", "style": {"--bar": "3%"}},
        **drawn("d", [node("b", "5")]),
    }
    others = handed(props)
    assert {name: list(values) for name, values in others.items() if name != "drawing"} == {
        "a": ["data"],
        "b": ["children"],
        "c": ["figure"],
    }
    assert list(others)[-1] == "drawing"  # what it draws is in what the others make
    assert drawing(props) == {
        "a": {"text": "text", "class": "key", "aria-label": "A", "data-state": "ok"},
        "c": {"title": "", "style": {"--bar": "3%"}},
        "d": {"drawn": [["b", {}, "5"]]},
    }


def test_the_same_drawing_is_told_anew_each_time() -> None:
    props = {"a": {"children": "text"}}
    assert handed(props) != handed(props)
    assert handed({"shown": {"data": 1}}) == {"shown": {"data": 1}}


def test_nodes_are_written_once_for_all_pages_that_are_sent_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(drawing_module, "written", lambda value: seen.append(value) or json.dumps(value))  # type: ignore[func-returns-value]
    props = drawn("d", [node("b", "5")])
    assert drawing(props) == drawing(props) == {"d": {"drawn": [["b", {}, "5"]]}}
    assert [each for each in seen if isinstance(each, list)] == [[["b", {}, "5"]]]


def test_plain_elements_become_nodes_and_others_do_not() -> None:
    table = html.Table([html.Caption("Rows", className="unseen"), html.Tbody(id="rows", **{"aria-label": "R"})])
    assert nodes(["now", table]) == [
        "now",
        ["table", {}, ["caption", {"class": "unseen"}, "Rows"], ["tbody", {"id": "rows", "aria-label": "R"}]],
    ]
    assert nodes(html.Div([html.P("a"), html.Div(dcc.Graph())])) is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_browser_draws_every_tag_and_attribute_of_every_panel(page: Page) -> None:
    tags, names = (
        set(re.findall(r'"([^"]+)"', SCRIPT.split(f"const {name} ")[1].split(";\n")[0])) for name in ("TAGS", "NAMES")
    )
    for made in _drawn(plain(frame(page))):
        assert made[0] in tags
        assert made[1].keys() - {"style"} <= names


def test_only_a_page_with_charts_has_panels_made_of_components() -> None:
    made = {
        panel["props"]["id"]
        for page in PAGES
        for panel in _sections(plain(frame(page)))
        if "data-drawn" not in panel["props"]
    }
    assert made == {f"{panel.name}-panel" for page in PAGES for panel in page.panels if panel.kind in CHARTS}


def _sections(parts: Any) -> list[Any]:
    return next(part["props"]["children"] for part in parts if part["props"].get("id") == "panels")


def _drawn(parts: Any) -> list[Node]:
    written = [panel["props"].get("data-drawn", "[]") for panel in _sections(parts)]
    return [found for each in written for found in elements(json.loads(each))]
