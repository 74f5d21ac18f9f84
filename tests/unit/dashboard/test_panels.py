import json

import pytest
from asking import A_DAY, EVERYTHING, ask, drawn, ids, links, plain, show, words
from fake_query import NOON, FakeQuery, line, row, series
from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.drawn import Node, node
from hitstream.dashboard.drawn import drawn as draw
from hitstream.dashboard.page import frame, layout
from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.panels import KINDS, Panel
from hitstream.dashboard.panels.contract import Page
from hitstream.dashboard.panels.countries import NAMES, TILES
from hitstream.dashboard.panels.ranking import COLUMNS
from hitstream.dashboard.state import PageState
from hitstream.query import Filter
from hitstream.query.answers import Row
from hitstream.views.table import VIEWS

PANELS = [panel for page in PAGES for panel in page.panels]
BY_NAME = {panel.name: panel for panel in PANELS}
RANKINGS = [panel for panel in PANELS if panel.kind == "ranking"]
HOSTILE = "<img src=x onerror=window.__xss=1>\x1b[2J\u202e" + "a" * 3000


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_a_panel_shows_a_view_that_is_kept_by_a_kind_there_is(panel: Panel) -> None:
    assert panel.view in {"", *(view.name for view in VIEWS)}
    assert panel.kind in KINDS
    assert set(panel.columns) <= set(COLUMNS)


def test_panels_have_names_of_their_own() -> None:
    assert len({panel.name for panel in PANELS}) == len(PANELS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rows_of_panels_fill_the_twelve_columns(page: Page) -> None:
    beside_two_rows = [panel.width for panel in page.panels if panel.kind == "world"]
    assert sum([panel.width for panel in page.panels] + beside_two_rows) % 12 == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_panels_set_is_on_their_page(page: Page) -> None:
    there, state = ids(plain(frame(page))), PageState.parse(page.path, "?range=24h")
    for panel in page.panels:
        query = FakeQuery(rows={panel.view: [row("200", 5), row("404", 1)]})
        assert set(show(panel, ask(panel, query, state), state=state)) <= there
        assert {f"{panel.name}-panel", f"{panel.name}-say"} <= there


def test_what_the_shell_sets_is_in_the_layout() -> None:
    from hitstream.dashboard.shell import turned

    assert set(turned(A_DAY, None)) <= ids(plain(layout("viewer", "here")))


def test_the_largest_key_has_the_longest_bar() -> None:
    panel = BY_NAME["targets"]
    rows = drawn(show(panel, ask(panel, FakeQuery(rows={"target": [row("/a", 200), row("/b", 50)]}))), "targets-rows")
    assert [row[1]["style"] for row in rows] == [{"--bar": "100.0%"}, {"--bar": "25.0%"}]


def test_a_cut_ranking_says_how_much_is_missing() -> None:
    panel = RANKINGS[0]
    many = ask(panel, FakeQuery(rows={panel.view: [row(f"/{i}", 50 - i) for i in range(40)]}))
    (note,) = drawn(show(panel, many), f"{panel.name}-note")
    assert words(note) == "10 of 40 targets"


def test_a_key_leads_to_its_filter_and_back() -> None:
    panel = next(panel for panel in RANKINGS if panel.name == "not_found")
    answer = ask(panel, FakeQuery(rows={"not_found": [row("/a b&c", 3)]}))

    def link(state: PageState) -> PageState:
        path, _, search = links(drawn(show(panel, answer, state=state), "not_found-rows")[0])[0]["href"].partition("?")
        return PageState.parse(path, search)

    chosen = link(A_DAY)
    assert chosen.where == (Filter("status", "=", "404"), Filter("path", "=", "/a b&c"))
    assert link(chosen) == A_DAY


@pytest.mark.parametrize("panel", RANKINGS, ids=lambda panel: panel.name)
def test_hostile_keys_become_text_nodes_and_titles_only(panel: Panel) -> None:
    query = FakeQuery(rows={panel.view: [row(HOSTILE, 5), row(HOSTILE[:100], 4)]})
    rows = drawn(show(panel, ask(panel, query)), f"{panel.name}-rows")
    for each in rows:
        assert words(each[2]).startswith("<img src=x onerror=window.__xss=1>\\x1b[2J\\u202e")
        key = each[2][2]
        assert len(key[1]["title"]) <= 2048
        assert key[1].get("href", "/").startswith("/") and "<" not in key[1].get("href", "")
    assert "\x1b" not in json.dumps(rows)


def test_the_status_mix_sums_codes_to_classes_and_keeps_those_of_no_class() -> None:
    panel = next(panel for panel in PANELS if panel.kind == "mix")
    mix = ask(panel, FakeQuery(rows={"status": [row("200", 90), row("404", 6), row("403", 3), row("777", 1)]}))
    assert mix.classes == (("2", 90), ("3", 0), ("4", 9), ("5", 0), ("", 1))
    assert words(drawn(show(panel, mix), "status-rows")[1]) == "404Not Found6"


def test_estimated_visitors_are_said_to_be() -> None:
    panel = PANELS[0]
    assert ask(panel, FakeQuery())["visitors"][1:3] == ("3", "distinct clients")
    assert ask(panel, FakeQuery(visitors_error=0.008))["visitors"][1:3] == ("≈ 3", "± 0.8 % standard error")


def test_a_ranking_marks_the_visitors_that_are_estimated_and_counts_them_where_it_can() -> None:
    rows = {"target": [Row("/", 9000, 0, 0, 5000), Row("/a", 9, 0, 0, 7)]}
    query = FakeQuery(rows=rows, visitors_error=1 / 1022**0.5)
    ranked = BY_NAME["ranked"]

    def shown(search: str) -> str:
        state = PageState.parse("/explore", search)
        return str([words(each) for each in drawn(show(ranked, ask(ranked, query, state), state=state), "ranked-rows")])

    assert "≈ 5,000" in shown("?range=all") and "≈ 7" not in shown("?range=all")
    assert "≈" not in shown("?range=all&measure=visitors")
    assert "≈" not in shown("?range=all&split=method")  # beside numbers that are exact


def cells(panel: Panel, state: PageState) -> dict[str, str]:
    """Return the link of each cell of the hours of the week that has one, by its title."""
    shown = show(panel, ask(panel, FakeQuery(day=0), state), state=state)
    return {link["title"]: link["href"] for row in drawn(shown, "week-rows") for link in links(row)}


def test_an_hour_of_the_week_is_shown_by_the_clocks_of_the_zone_and_filters_by_utc() -> None:
    href = {
        zone: cells(BY_NAME["week"], PageState.parse("/", f"?from=2026-11-01&to=2026-11-20&zone={zone}"))
        for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kolkata")
    }
    assert list(href["UTC"]) == ["Mon 12:00, 10 requests"]
    assert list(href["Asia/Tokyo"]) == ["Mon 21:00, 10 requests"]
    # Half hours, and clocks that are put back meanwhile, do not fit whole hours: they stay with UTC, and say so.
    assert list(href["Asia/Kolkata"]) == list(href["America/Los_Angeles"]) == ["Mon 12:00 UTC, 10 requests"]
    for found in href.values():
        (link,) = found.values()
        assert PageState.parse("/", link.partition("?")[2]).where == (
            Filter("weekday", "=", "mon"),
            Filter("hour", "=", "12"),
        )


def test_every_country_has_a_name_and_nearly_every_one_a_tile_of_its_own() -> None:
    assert len(NAMES) == 249
    assert set(TILES) <= set(NAMES) and len(NAMES) - len(TILES) <= 10
    assert len(set(TILES.values())) == len(TILES)


def test_a_country_is_a_tile_and_a_row_and_one_of_no_name_a_row() -> None:
    panel = BY_NAME["countries"]
    rare = [row(code, 1) for code in ("FR", "AT", "IT", "ZZ")]
    shown = show(panel, ask(panel, FakeQuery(many=16, rows={"country": [row("DE", 4), *rare]})))
    tiles = drawn(shown, "countries-tiles")
    titles = [link["title"] for tile in tiles for link in links(tile)]
    assert {*titles} == {"Germany: 4 requests", "France: 1 requests", "Austria: 1 requests", "Italy: 1 requests"}
    lines = [words(line) for line in drawn(shown, "countries-rows")]
    assert (lines[0], lines[-1]) == ("Germany425.0 %", "ZZ16.2 %")
    assert shown["countries-note"]["children"].startswith("50.0 %")


def test_a_few_countries_are_told_by_the_list_alone() -> None:
    panel = BY_NAME["countries"]
    shown = show(panel, ask(panel, FakeQuery(rows={"country": [row(code) for code in ("DE", "FR", "AT", "IT")]})))
    assert drawn(shown, "countries-tiles") == [] and len(drawn(shown, "countries-rows")) == 4


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_no_text_of_a_log_is_more_than_text_on_any_panel(panel: Panel) -> None:
    keys = [row(HOSTILE, 5), row(HOSTILE[:60], 4)]
    texts = dict.fromkeys(("host", "path", "target", "method", "referrer", "agent"), HOSTILE)
    query = FakeQuery(rows={view.name: keys for view in VIEWS}, lines=[line(0, **texts)])
    page = next(page for page in PAGES if panel in page.panels)
    state = PageState.parse(page.path, "?range=24h" + "&split=host" * ("split" in page.choices))
    props = show(panel, ask(panel, query, state), state=state)
    assert "dangerously" not in json.dumps(plain(props)) and "\x1b" not in repr(props)
    for values in props.values():
        for name, value in values.items():
            assert name in ("aria-label", "children", "drawn", "className", "style", "figure")
            assert name == "drawn" or "window.__xss" not in json.dumps(plain(value))


NODES = st.recursive(
    st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3).map(lambda children: node("span", *children, title="t", klass="")),
    max_leaves=8,
)


@given(st.lists(NODES.filter(lambda made: isinstance(made, list)), max_size=4))
def test_drawn_nodes_are_json_of_tags_attributes_and_texts(nodes: list[Node]) -> None:
    assert drawn(draw("x", nodes), "x") == nodes
    assert all(made[:2] == ["span", {"title": "t"}] for made in nodes)


def test_a_change_is_told_only_against_a_period_that_the_log_covers() -> None:
    def change(first: int, state: PageState) -> str:
        figures = ask(BY_NAME["totals"], FakeQuery(first=first), state)
        return str(figures["requests"].change)

    state = PageState.parse("/", "?from=2026-11-22T11:30&to=2026-11-22T12:30")
    assert change(NOON - 3600, state) == ""
    assert change(NOON - 2 * 3600, state) == "-50 %".replace("-", "\u2212")


def test_a_course_of_everything_ends_with_the_last_hit_and_not_with_its_day() -> None:
    query = FakeQuery(points=series(0, 4, 2, *[0] * 30, step=3600), first=NOON - 9000)
    course = ask(BY_NAME["totals"], query, EVERYTHING)["requests"].course
    assert course == (1.0, 0.5)
