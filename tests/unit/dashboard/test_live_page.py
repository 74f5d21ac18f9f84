import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asking import ask, drawn, links, show, words
from fake_query import NOON, FakeQuery, StoppedClock, line

from hitstream.dashboard.feed import Feed, Viewer
from hitstream.dashboard.pages.live import PAGE
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.snapshot import changes, take
from hitstream.dashboard.state import PageState
from waiting import PATIENCE_SECONDS

BY_NAME = {panel.name: panel for panel in PAGE.panels}
STATE = PageState.parse("/live", "")


def test_all_times_chosen_elsewhere_are_one_question_and_filters_are_not() -> None:
    there = [
        PageState.parse("/live", search).asked for search in ("", "?range=7d&compare=previous", "?zone=Asia/Tokyo")
    ]
    assert there == [STATE.asked] * 3
    assert PageState.parse("/live", "?where=status=404").asked != STATE.asked
    assert PageState.parse("/health", "?range=7d&where=status=404").asked == PageState.parse("/health", "").asked


def test_a_look_sends_the_rows_that_are_new_and_names_the_others() -> None:
    old = ask(BY_NAME["tail"], FakeQuery(lines=[line(at) for at in range(5, 60)]), STATE)
    new = ask(BY_NAME["tail"], FakeQuery(lines=[line(at) for at in range(3, 60)]), STATE)
    first, second = (drawn(show(BY_NAME["tail"], new, before, STATE), "tail-rows") for before in (None, old))
    assert len(first) == len(second) == 50
    assert second[:2] == first[:2]
    assert second[2:] == [["", {"data-key": f"abcdef0123456789 {1000 - at}"}] for at in range(5, 53)]
    assert words(first[0]).startswith("2026-11-22 11:59:57200")


def test_where_more_come_than_are_shown_the_page_says_so() -> None:
    quick = [line(second) | {"offset": at} for second in (0, 1) for at in range(80)]
    shown = show(BY_NAME["tail"], ask(BY_NAME["tail"], FakeQuery(lines=quick), STATE), state=STATE)
    assert shown["tail-note"]["children"].startswith("Showing 50 of 80/s")
    assert len(drawn(shown, "tail-rows")) == 50


def test_seconds_are_bars_of_their_classes_and_rows_of_five() -> None:
    lines = [line(0, status=200), line(1, status=503), line(1, status=404), line(1, status=100)]
    answer = ask(BY_NAME["rate"], FakeQuery(lines=lines), STATE)
    assert answer.sums[-2:] == [3, 1] and len(answer.seconds) == 60
    props = show(BY_NAME["rate"], answer, state=STATE)
    bars = drawn(props, "rate-bars")
    assert props["rate-bars"]["style"] == {"--most": "3"}
    assert bars[-2][1]["style"] == {
        "--hits": "3",
        "--to-2": "0%",
        "--to-3": "0%",
        "--to-4": "33%",
        "--to-5": "67%",
        "--to-x": "100%",
    }
    assert bars[-1][1]["title"] == "12:00:00: 1 requests" and "style" not in bars[0][1]
    assert [words(each) for each in drawn(props, "rate-classes")][2] == "4xx client error125.0 %"
    rows = drawn(props, "rate-rows")
    assert len(rows) == 12 and words(rows[-1]) == "11:59:56410111"
    href = links(drawn(props, "rate-classes")[2])[0]["href"]
    assert parse_qs(urlsplit(href).query)["where"] == ["status=4xx"]


def test_a_second_that_stands_is_not_drawn_again() -> None:
    lines = [line(at) for at in range(30)]
    old = ask(BY_NAME["rate"], FakeQuery(lines=lines[2:]), STATE, NOON)
    new = ask(BY_NAME["rate"], FakeQuery(lines=lines), STATE, NOON)
    bars = drawn(show(BY_NAME["rate"], new, old, STATE), "rate-bars")
    assert [bar[0] for bar in bars] == [""] * 58 + ["div"] * 2


def test_a_minute_without_requests_says_what_to_do_and_stands_still() -> None:
    query = FakeQuery(lines=[line(600)])
    first, second = (take(query, STATE, NOON + later, "here") for later in (0, 1))  # type: ignore[arg-type]
    assert first.words["rate"].text.startswith("No request in the last 60 seconds. Health says")
    assert set(changes(second, first, STATE)) == {"shown", "expected"}


def test_screen_readers_are_told_of_the_last_minute() -> None:
    snapshot = take(FakeQuery(lines=[line(1), line(2, status=404)]), STATE, NOON, "here")  # type: ignore[arg-type]
    assert (
        changes(snapshot, None, STATE)["summary"]["children"]
        == "2 requests in the last minute, 1 of them errors. Live."
    )


def following(query: FakeQuery, state: PageState, act: Any) -> None:
    async def run() -> None:
        feed = Feed(query.open, StoppedClock(), "here")
        try:
            await act(feed, feed.join("a", state))
        finally:
            await feed.close()

    asyncio.run(run())


async def settle(feed: Feed, viewer: Viewer) -> Props:
    sent: Props = {}
    while "shown" not in sent:
        sent |= await feed.newer(viewer, PATIENCE_SECONDS) or {}
    return sent


def test_a_paused_page_says_how_many_came_meanwhile_and_then_shows_them() -> None:
    query = FakeQuery()

    async def act(feed: Feed, viewer: Viewer) -> None:
        await settle(feed, viewer)
        feed.pause("a", True)
        for many in (3, 10):
            query.lines = [line(0, offset=2000 + query.many), *query.lines]
            query.many += many
            held = await feed.newer(viewer, PATIENCE_SECONDS)
            assert held == {"news": {"children": f"{query.many - 10} new"}}
        feed.pause("a", False)
        sent = await settle(feed, viewer)
        assert sent["news"] == {"children": ""} and "tail-rows" in sent

    following(query, STATE, act)


def test_with_filters_only_those_that_pass_are_counted() -> None:
    query = FakeQuery(lines=[line(1)])

    async def act(feed: Feed, viewer: Viewer) -> None:
        await settle(feed, viewer)
        feed.pause("a", True)
        query.lines = [line(0), line(0, offset=7), *query.lines]
        query.many += 50  # last: it is what a look sees
        assert await feed.newer(viewer, PATIENCE_SECONDS) == {"news": {"children": "2 new"}}

    following(query, replace(STATE, where=PageState.parse("/", "?where=host~a").where), act)
