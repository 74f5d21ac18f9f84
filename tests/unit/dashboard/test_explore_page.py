from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asking import ask, drawn, links, plain, show, words
from fake_query import NOON, FakeQuery, line, row, series

from hitstream.dashboard.forms import added, brushed
from hitstream.dashboard.pages.explore import PAGE, VIEWED
from hitstream.dashboard.panels import chart, stacked
from hitstream.dashboard.panels.figure import figure
from hitstream.dashboard.panels.opened_hit import href
from hitstream.dashboard.panels.rows import begin
from hitstream.dashboard.panels.subjects import MEASURES, Bars
from hitstream.dashboard.ranges import Span
from hitstream.dashboard.state import PageState
from hitstream.query import Filter, Place

BY_NAME = {panel.name: panel for panel in PAGE.panels}
HOSTILE = "<img src=x onerror=window.__xss=1>"


def state(search: str = "") -> PageState:
    return PageState.parse("/explore", f"?range=1h&{search}")


def offsets(answer: Any) -> list[int]:
    return [each.offset for each in answer.hits]


def paged(search: str) -> Any:
    return ask(BY_NAME["rows"], FakeQuery(), PageState.parse("/explore", search))


def follow(answer: Any, words_of_link: str, at: PageState) -> str:
    nodes = drawn(show(BY_NAME["rows"], answer, state=at), "rows-pages")
    return next(node[1]["href"] for node in nodes if words(node) == words_of_link)


def test_rows_go_on_where_the_page_before_ended_and_back_again() -> None:
    first = paged("?range=1h")
    assert offsets(first) == list(range(1000, 950, -1))
    assert (first.newer, first.older) == (False, True)
    second = paged(urlsplit(follow(first, "Older", state())).query)
    assert offsets(second) == list(range(950, 900, -1))
    third = paged(urlsplit(follow(second, "Older", state())).query)
    assert offsets(third) == list(range(900, 880, -1)) and not third.older
    back = paged(urlsplit(follow(third, "Newer", state())).query)
    assert offsets(back) == offsets(second)
    assert "rows=" not in follow(back, "Newest", state())


def test_another_filter_or_time_begins_with_the_newest_rows_again() -> None:
    at = state("rows=older 1 2 abc&view=host")
    assert at.choice("rows") == "older 1 2 abc"
    for changed in (
        at.href(where=(Filter("status", "=", "404"),)),
        at.href(range=None),
        added(at, "host", "=", "a").search,
    ):
        assert parse_qs(urlsplit(changed).query).get("rows") is None
        assert parse_qs(urlsplit(changed).query)["view"] == ["host"]
    assert "rows" not in (brushed({"xaxis.range[0]": 0, "xaxis.range[1]": 60_000}, at) or "rows")


@pytest.mark.parametrize("text", ["", "older", "older x y z", "sideways 1 2 abc", "older 1", "newer -1 2 a"])
def test_a_place_that_is_none_begins_with_the_newest(text: str) -> None:
    assert begin(text) == ("older", None)


def test_the_parts_of_a_row_filter_by_what_they_say_and_stay_text() -> None:
    hostile = line(0, agent=HOSTILE, host="-", status=404, bytes=None)
    answer = ask(BY_NAME["rows"], FakeQuery(lines=[hostile]), state())
    (shown,) = drawn(show(BY_NAME["rows"], answer, state=state()), "rows-rows")
    opens, *others = links(shown)
    assert PageState.parse("/explore", urlsplit(opens["href"]).query).choice("hit") == answer.hits[0].place.written
    wheres = [parse_qs(urlsplit(link["href"]).query)["where"] for link in others]
    assert wheres == [["status=404"], ["path=/a"], [f"agent={HOSTILE}"]]
    assert words(shown) == f"2026-11-22 12:00:00404\u2013/a?b\u2013-\u2013{HOSTILE}abcdef:1000"


def heads(answer: Any, at: PageState) -> list[str]:
    (row_of_heads,) = drawn(show(BY_NAME["rows"], answer, state=at), "rows-heads")
    return [words(head) for head in row_of_heads[2:]]


def test_rows_have_the_columns_that_a_log_has_or_those_that_are_chosen() -> None:
    plain_log = ask(BY_NAME["rows"], FakeQuery(), state())
    assert not {"Virtual host", "User", "Duration"} & {*heads(plain_log, state())}
    full = FakeQuery(lines=[line(0, vhost="www.example", user="ann", duration=1_250_000), line(1)])
    answer = ask(BY_NAME["rows"], full, state())
    assert {"Virtual host", "User", "Duration"} < {*heads(answer, state())}
    first = words(drawn(show(BY_NAME["rows"], answer, state=state()), "rows-rows")[0])
    assert all(each in first for each in ("www.example", "ann", "1.2 s"))
    at = state("columns=position,time,nonsense")
    assert heads(answer, at) == ["Time UTC", "Position"]
    menu = drawn(show(BY_NAME["rows"], answer, state=at), "rows-columns")
    leads_to = {words(each): PageState.parse("/explore", urlsplit(each[1]["href"]).query) for each in menu}
    assert leads_to["Status"].choice("columns") == "time,status,position"
    assert leads_to["Position"].choice("columns") == "time"
    assert heads(answer, state("columns=nonsense")) == heads(answer, state())


def test_a_row_opens_to_all_that_the_archive_has_of_its_line() -> None:
    query = FakeQuery(lines=[line(at, agent=HOSTILE) for at in range(3)])
    place = ask(BY_NAME["rows"], query, state()).hits[1].place
    at = state(f"hit={place.written}")
    props = show(BY_NAME["rows"], ask(BY_NAME["rows"], query, at), state=at)
    opened = drawn(props, "rows-rows")[2]
    assert opened[1]["class"] == "whole-hit" and len(drawn(props, "rows-rows")) == 4
    assert HOSTILE in words(opened) and "host" + "h.example" in words(opened)
    assert f"begins at byte {place.offset} of source {place.source}" in words(opened)
    close = next(each for each in links(opened) if each["class"] == "more")
    assert PageState.parse("/explore", urlsplit(close["href"]).query).choice("hit") == ""
    elsewhere = state(f"hit={place._replace(offset=5).written}")
    assert len(drawn(show(BY_NAME["rows"], ask(BY_NAME["rows"], query, elsewhere), state=elsewhere), "rows-rows")) == 3


def test_a_row_of_what_comes_now_opens_where_all_rows_are() -> None:
    place = Place(NOON * 1_000_000 + 5, "abc", 7)
    path, _, search = href(place, PageState.parse("/live", "?where=host=a")).partition("?")
    there = PageState.parse(path, search)
    assert there.choice("hit") == place.written and there.range == Span(NOON, NOON + 60)
    assert there.where == (Filter("host", "=", "a"),)


def test_rows_are_exported_with_their_time_and_position() -> None:
    from hitstream.dashboard.panels import KINDS

    table = KINDS["rows"].table(BY_NAME["rows"], ask(BY_NAME["rows"], FakeQuery(), state()))
    assert (table.columns[0], table.columns[-2:]) == ("time", ("source", "offset"))
    assert table.rows[0][0] == NOON and table.rows[0][-1] == 1000


def test_keys_are_those_of_the_chosen_view_by_the_chosen_measure() -> None:
    query = FakeQuery(rows={"host": [row("a", 1, sent=2048), row("b", 9, sent=512), row("c", 5)]})
    at = state("view=host&measure=bytes")
    answer = ask(BY_NAME["ranked"], query, at)
    props = show(BY_NAME["ranked"], answer, state=at)
    assert props["ranked-title"] == {"children": "Client hosts by bytes"}
    lines = drawn(props, "ranked-rows")
    assert [words(line) for line in lines] == ["a110.0 %2.0 KiB00.0 %", "b990.0 %512 B00.0 %"]
    assert [line[1]["style"] for line in lines] == [{"--bar": "100.0%"}, {"--bar": "25.0%"}]
    by_errors = next(link for link in links(drawn(props, "ranked-heads")[0]) if link["title"] == "Order by errors")
    assert PageState.parse("/explore", urlsplit(by_errors["href"]).query).choice("measure") == "errors"


def test_visitors_have_a_column_where_they_are_counted() -> None:
    shown = show(BY_NAME["ranked"], ask(BY_NAME["ranked"], FakeQuery(), state()), state=state())
    assert "Visitors" not in words(drawn(shown, "ranked-heads")[0])
    query = FakeQuery(rows={"target": [row("/a", 5)._replace(visitors=3)]})
    shown = show(BY_NAME["ranked"], ask(BY_NAME["ranked"], query, state()), state=state())
    assert (
        words(drawn(shown, "ranked-heads")[0]).endswith("Visitors") and words(drawn(shown, "ranked-rows")[0])[-1] == "3"
    )


def test_a_comparison_says_how_each_key_changed() -> None:
    class Before(FakeQuery):
        def top(self, view: str, start: int | None = None, *rest: Any, **named: Any) -> Any:
            found = super().top(view, start, *rest, **named)
            old = [row("a", 4)] if (start or 0) < self.first else [row("a", 8), row("b", 2)]
            return found._replace(rows=old)

    at = state("compare=previous")
    query = Before(first=NOON - 3600, points=series(*[1] * 60))
    query.span = lambda: (0, NOON)  # type: ignore[method-assign]
    answer = ask(BY_NAME["ranked"], query, at)
    lines = drawn(show(BY_NAME["ranked"], answer, state=at), "ranked-rows")
    assert [words(line[-1]) for line in lines] == ["+100 %", "new"]


def test_a_key_that_may_have_been_among_the_rarest_before_is_not_called_new() -> None:
    class Folded(FakeQuery):
        def top(self, view: str, start: int | None = None, *rest: Any, **named: Any) -> Any:
            found = super().top(view, start, *rest, **named)
            old = (start or 0) < self.first
            return found._replace(rows=[row("a", 4)] if old else [row("a", 8), row("b", 2)], other=row("", 9))

    query = Folded(first=NOON - 3600, points=series(*[1] * 60))
    query.span = lambda: (0, NOON)  # type: ignore[method-assign]
    at = state("compare=previous")
    lines = drawn(show(BY_NAME["ranked"], ask(BY_NAME["ranked"], query, at), state=at), "ranked-rows")
    assert [words(line[-1]) for line in lines] == ["+100 %", "\u2013"]


def test_all_keys_can_be_paged_through_and_searched() -> None:
    query = FakeQuery(rows={"target": [row(f"/{number}", 1000 - number) for number in range(130)]})

    def shown(search: str) -> tuple[list[str], str, dict[str, PageState]]:
        at = PageState.parse("/explore", search)
        props = show(BY_NAME["ranked"], ask(BY_NAME["ranked"], query, at), state=at)
        note = drawn(props, "ranked-note")
        leads_to = {words(each): PageState.parse("/explore", urlsplit(each[1]["href"]).query) for each in note[1:]}
        return [words(line[2]) for line in drawn(props, "ranked-rows")], words(note[0]), leads_to

    keys, note, leads_to = shown("?range=1h")
    assert keys == [f"/{number}" for number in range(20)] and note == "20 of 130 requested targets"
    keys, note, leads_to = shown(leads_to["Next 20"].search)
    assert keys == [f"/{number}" for number in range(20, 40)] and note == "21\u201340 of 130 requested targets"
    assert leads_to["Previous 20"].choice("first") == "" and leads_to["Show 100"].choice("keys") == "100"
    keys, note, leads_to = shown("?range=1h&first=120")
    assert len(keys) == 10 and "Next 20" not in leads_to
    keys, note, _ = shown("?range=1h&find=/12")
    assert keys == ["/12", *(f"/{number}" for number in range(120, 130))]
    assert note == "11 of 11 requested targets with \u201c/12\u201d"
    assert shown("?range=1h&first=-1")[0] == shown("?range=1h&first=99999999999999999")[0] == shown("?range=1h")[0]


def test_a_list_leads_to_all_of_its_keys() -> None:
    from hitstream.dashboard.pages.errors import PAGE as ERRORS

    panel = next(panel for panel in ERRORS.panels if panel.name == "lost")
    at = PageState.parse("/errors", "?range=1h&where=host=a")
    query = FakeQuery(rows={"not_found": [row(f"/{number}") for number in range(40)]})
    (note,) = drawn(show(panel, ask(panel, query, at), state=at), "lost-note")
    path, _, search = note[1]["href"].partition("?")
    there = PageState.parse(path, search)
    assert (there.page, there.choice("view"), there.range) == ("explore", "target", at.range)
    assert there.where == (Filter("host", "=", "a"), Filter("status", "=", "404"))


def test_a_second_list_splits_the_first_and_a_number_filters_by_both() -> None:
    query = FakeQuery(rows={"target": [row("/a", 8), row("/b", 2)], "status": [row("200", 9), row("404", 1)]})
    at = state("split=status&measure=errors")
    query.rows = {name: [each._replace(errors=1) for each in rows] for name, rows in query.rows.items()}
    props = show(BY_NAME["split"], ask(BY_NAME["split"], query, at), state=at)
    assert words(drawn(props, "split-heads")[0]) == "Requested targets200404All else"
    lines = drawn(props, "split-rows")
    assert [words(line) for line in lines] == ["/a111", "/b111"]
    cell = links(lines[1])[2]
    assert PageState.parse("/explore", urlsplit(cell["href"]).query).where == (
        Filter("path", "=", "/b"),
        Filter("status", "=", "404"),
    )


@pytest.mark.parametrize("search", ["", "split=none", "split=target", "view=host&split=host"])
def test_without_a_second_list_the_page_says_how_to_choose_one(search: str) -> None:
    from hitstream.dashboard.panels import KINDS

    answer = ask(BY_NAME["split"], FakeQuery(rows={"target": [row("/a")]}), state(search))
    assert KINDS["split"].table(BY_NAME["split"], answer).rows == []
    assert show(BY_NAME["split"], answer, state=state(search)) == {}


def test_visitors_over_time_are_never_added_up() -> None:
    class Visited(FakeQuery):
        def series(self, view: str, start: Any, end: Any, grain: Any = None, *rest: Any, **named: Any) -> Any:
            step = {"minute": 60, "hour": 3600, None: 60}[grain]
            points = 1440 * 60 // step
            found = series(*[9] * points, start=NOON // 3600 * 3600 - 86400, step=step)
            return found._replace(grain=grain or "minute", visitors=[3] * points)

    answer = ask(BY_NAME["course"], Visited(), PageState.parse("/explore", "?range=24h&measure=visitors"))
    assert answer.whole.bars.step == 3600 and set(answer.whole.bars.upper) == {3}
    assert answer.whole.table == answer.whole.bars
    assert answer.keys == ()  # nor are those of one key and of another


def test_the_chart_is_called_what_it_shows_and_bytes_have_their_unit() -> None:
    at = state("measure=bytes")
    query = FakeQuery()
    query.points = query.points._replace(bytes=[5 * 1024**2] * len(query.points.hits))
    answer = ask(BY_NAME["course"], query, at)
    props = show(BY_NAME["course"], answer, state=at)
    assert words(drawn(props, "course-legend")[0]) == "bytes sent"
    patched = {
        tuple(each["location"]): each["params"].get("value")
        for each in plain(props["course-graph"]["figure"])["operations"]
    }
    assert patched["layout", "yaxis"]["ticktext"] == ["0 B", "1.0 MiB", "2.0 MiB", "3.0 MiB", "4.0 MiB", "5.0 MiB"]
    assert all("yaxis2" not in place for place in patched)
    assert (
        patched["layout", "margin", "l"] > figure(*MEASURES["hits"].traces)["layout"]["margin"]["l"]
    )  # bytes take more room


class Split(FakeQuery):
    """Nine keys, /1 with one hit a minute, /2 with two, and so on; and as many hits without a key."""

    def series(self, *asked: Any, key: str | None = None, **named: Any) -> Any:
        each = sum(range(1, 10)) + 5 if key is None else int(key[1:])
        return series(*[each] * 60)


def test_the_chart_is_split_by_the_first_seven_keys_and_the_rest() -> None:
    query = Split(rows={"target": [row(f"/{number}", 60 * number) for number in range(9, 0, -1)]})
    answer = ask(BY_NAME["course"], query, state())
    assert answer.keys == ("/9", "/8", "/7", "/6", "/5", "/4", "/3")
    assert [sum(part) for part in answer.parts] == [60 * number for number in range(9, 2, -1)]
    assert set(answer.rest) == {1 + 2 + 5}
    props = show(BY_NAME["course"], answer, state=state())
    legend = drawn(props, "course-legend")
    assert words(legend[0]) == "all other requested targets, and none"
    assert [words(each) for each in legend[1:8]] == list(answer.keys)
    assert PageState.parse("/explore", urlsplit(links(legend[1])[0]["href"]).query).where == (
        Filter("path", "=", "/9"),
    )
    assert "/9" not in str(plain(props["course-graph"]["figure"]))  # Plotly would read markup in a text of a log


def test_a_hit_more_changes_one_bar_of_a_stack_and_nothing_else() -> None:
    bars = chart.ChartAnswer(Bars(NOON, 60, (5, 5)), Bars(NOON, 60, (5, 5)))
    old = stacked.StackedAnswer(bars, ("/a",), ((1, 2),))
    more = chart.ChartAnswer(Bars(NOON, 60, (5, 6)), Bars(NOON, 60, (5, 6)))
    new = stacked.StackedAnswer(more, ("/a",), ((1, 3),))
    patch = show(BY_NAME["course"], new, old, state())["course-graph"]["figure"]
    assert [each["location"] for each in plain(patch)["operations"]] == [["data", 1, "y", 1]]


def test_a_chart_that_is_split_is_exported_by_key() -> None:
    from hitstream.dashboard.panels import KINDS

    query = Split(rows={"target": [row("/2", 120), row("/1", 60)]})
    table = KINDS["stacked"].table(BY_NAME["course"], ask(BY_NAME["course"], query, state()))
    assert table.columns == ("start", "seconds", "key", "value")
    assert [each[2:] for each in table.rows[:3]] == [("/2", 2), ("/1", 1), ("(others)", 47)]


def test_plotly_draws_a_chart_once_and_not_again_to_fit_what_it_has_measured() -> None:
    layout = figure(*MEASURES["bytes"].traces)["layout"]
    assert not any(axis.get("automargin") for name, axis in layout.items() if "axis" in name)


def test_every_view_that_can_be_chosen_has_keys_that_filters_name() -> None:
    from hitstream.dashboard.panels.keys import filters
    from hitstream.views.table import VIEWS

    assert set(VIEWED) == {view.name for view in VIEWS} - {"traffic", "not_found"}
    assert all(filters(BY_NAME["ranked"]._replace(view=name), "x") for name in VIEWED)
