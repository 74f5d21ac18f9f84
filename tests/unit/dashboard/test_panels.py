import json
from typing import Any

import pytest
from dash._utils import to_json
from fake_query import NOON, FakeQuery, row

from hitstream.dashboard.page import layout
from hitstream.dashboard.panels import KINDS, PANELS
from hitstream.dashboard.panels.contract import Panel, Question
from hitstream.dashboard.panels.ranking import COLUMNS
from hitstream.dashboard.ranges import RANGES, window
from hitstream.views.table import VIEWS

RANKINGS = [panel for panel in PANELS if panel.kind == "ranking"]
HOSTILE = "<img src=x onerror=window.__xss=1>\x1b[2J\u202e" + "a" * 3000


def answer(panel: Panel, query: FakeQuery) -> Any:
    choice = RANGES[3]
    asked = window(choice, NOON)
    return KINDS[panel.kind].ask(query, panel, Question(choice, asked, NOON, query.totals(*asked)))  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    return json.loads(to_json(value) or "")


def ids(component: Any) -> set[str]:
    found = {component["props"]["id"]} if "id" in component.get("props", {}) else set()
    children = component.get("props", {}).get("children") or []
    for child in children if isinstance(children, list) else [children]:
        found |= ids(child) if isinstance(child, dict) else set()
    return found


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_a_panel_shows_a_view_that_is_kept_by_a_kind_there_is(panel: Panel) -> None:
    assert panel.view in {view.name for view in VIEWS}
    assert panel.kind in KINDS
    assert set(panel.columns) <= set(COLUMNS)


def test_rows_of_panels_fill_the_twelve_columns() -> None:
    assert sum(panel.width for panel in PANELS) % 12 == 0


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_what_a_panel_sets_is_on_the_page(panel: Panel) -> None:
    page = ids(plain(layout(PANELS, "viewer", "here")))
    query = FakeQuery(rows={panel.view: [row("200", 5), row("404", 1)]})
    props = KINDS[panel.kind].show(panel, answer(panel, query), None)
    assert set(props) <= page


def test_a_panel_added_to_the_table_is_on_the_page_and_is_asked_for() -> None:
    agents = Panel("agents", "Browsers", "browser", "ranking", width=4, columns=("hits",), unit="browsers")
    assert {"panel-agents", "agents-rows"} <= ids(plain(layout((*PANELS, agents), "viewer", "here")))
    assert answer(agents, FakeQuery(rows={"browser": [row("Mosaic", 3)]})).lines[0].label == "Mosaic"


def test_the_largest_key_has_the_longest_bar() -> None:
    lines = answer(RANKINGS[0], FakeQuery(rows={"target": [row("/a", 200), row("/b", 50)]})).lines
    assert [line.bar for line in lines] == [100.0, 25.0]


def test_only_rows_that_changed_are_sent() -> None:
    panel = RANKINGS[0]
    before = answer(panel, FakeQuery(rows={panel.view: [row("/a", 9), row("/b", 5)]}))
    after = answer(panel, FakeQuery(rows={panel.view: [row("/a", 9), row("/b", 6)]}))
    patch = plain(KINDS["ranking"].show(panel, after, before)[f"{panel.name}-rows"]["children"])
    assert [operation["location"] for operation in patch["operations"]] == [[1]]


def test_an_empty_ranking_says_so_and_a_cut_one_says_how_much_is_missing() -> None:
    panel = RANKINGS[0]
    empty = KINDS["ranking"].show(panel, answer(panel, FakeQuery()), None)
    assert empty[f"{panel.name}-empty"]["hidden"] is False
    many = answer(panel, FakeQuery(rows={panel.view: [row(f"/{i}", 50 - i) for i in range(40)]}))
    assert many.note == "10 of 40 targets"


@pytest.mark.parametrize("panel", RANKINGS, ids=lambda panel: panel.name)
def test_hostile_keys_become_text_nodes_and_titles_only(panel: Panel) -> None:
    query = FakeQuery(rows={panel.view: [row(HOSTILE, 5)]})
    rows = plain(KINDS["ranking"].show(panel, answer(panel, query), None)[f"{panel.name}-rows"]["children"])
    key = rows[0]["props"]["children"][0]
    assert key["props"]["children"]["type"] == "Span"
    assert key["props"]["children"]["props"]["children"].startswith("<img src=x onerror=window.__xss=1>\\x1b[2J\\u202e")
    assert len(key["props"]["title"]) == 2048
    assert "\x1b" not in json.dumps(rows) and "dangerously" not in json.dumps(rows)


def test_the_status_mix_sums_codes_to_classes_and_keeps_those_of_no_class() -> None:
    panel = next(panel for panel in PANELS if panel.kind == "mix")
    mix = answer(panel, FakeQuery(rows={"status": [row("200", 90), row("404", 6), row("403", 3), row("777", 1)]}))
    assert [(part.digit, part.hits) for part in mix.classes] == [
        ("2", "90"),
        ("3", "0"),
        ("4", "9"),
        ("5", "0"),
        ("", "1"),
    ]
    assert [(part.name, part.words) for part in mix.codes][1] == ("404", "Not Found")


def test_estimated_visitors_are_said_to_be() -> None:
    panel = PANELS[0]
    assert answer(panel, FakeQuery()).get("visitors") == ("3", "distinct clients")
    assert answer(panel, FakeQuery(visitors_error=0.008))["visitors"] == ("≈ 3", "± 0.8 % standard error")
