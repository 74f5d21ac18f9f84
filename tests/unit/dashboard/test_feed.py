import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from fake_query import NOON, FakeQuery, StoppedClock

from hitstream.dashboard.drawn import written
from hitstream.dashboard.feed import KEPT, Feed, Viewer
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import EVERYTHING, window
from hitstream.dashboard.state import PageState
from hitstream.errors import Retryable
from waiting import PATIENCE_SECONDS

DAY, HOUR = PageState.parse("/", "?range=24h"), PageState.parse("/", "?range=1h")
FILTERED = PageState.parse("/", "?range=24h&where=status=404")


def running(query: FakeQuery, act: Callable[[Feed], Awaitable[None]], clock: StoppedClock | None = None) -> None:
    async def run() -> None:
        feed = Feed(query.open, clock or StoppedClock(), "DIR")
        try:
            await act(feed)
        finally:
            await feed.close()

    asyncio.run(run())


async def seen_and_nothing_new(query: FakeQuery, feed: Feed, viewer: Viewer) -> bool:
    """Let the feed look at the data twice more; tell whether there is nothing for a viewer then."""
    before = query.looks
    while query.looks < before + 3:  # the first of them may have begun before
        await asyncio.sleep(0.01)
    return await feed.newer(viewer, 0) is None


def test_fifty_viewers_of_a_state_are_one_question_whatever_their_zone() -> None:
    query = FakeQuery()
    zones = ["", "Europe/Berlin"]

    async def act(feed: Feed) -> None:
        viewers = [feed.join(str(n), replace(DAY, zone=zones[n % 2])) for n in range(50)]
        await asyncio.gather(*(settle(feed, viewer) for viewer in viewers))
        asked = query.asked
        query.many += 1
        sent = await asyncio.gather(*(feed.newer(viewer, PATIENCE_SECONDS) for viewer in viewers))
        assert query.asked == 2 * asked
        numbers = [props["totals-requests"] for props in sent if props and "totals-requests" in props]
        assert len(numbers) == 50 and len({id(number) for number in numbers}) == 2

    running(query, act)
    assert (query.opened, query.closed) == (1, 1)


def test_a_new_hit_wakes_the_viewers_and_no_hit_does_not() -> None:
    query = FakeQuery()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await settle(feed, viewer)
        asked = query.asked
        assert await seen_and_nothing_new(query, feed, viewer)
        assert query.asked == asked
        query.many += 1
        props = await feed.newer(viewer, PATIENCE_SECONDS)
        assert props is not None and props["totals-requests"] == {"children": "11"}
        assert "totals-visitors" not in props

    running(query, act)


def test_the_window_moves_on_without_hits() -> None:
    query, clock = FakeQuery(), StoppedClock()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await settle(feed, viewer)
        clock.time = NOON + 3600
        props = await feed.newer(viewer, PATIENCE_SECONDS)
        assert props is not None and props["page"] == {"data-state": "stale"}

    running(query, act, clock)


def test_a_viewer_that_lost_something_is_sent_everything() -> None:
    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await settle(feed, viewer)
        assert feed.turn("a", DAY, anew=True)
        assert set(await settle(feed, viewer)) == set(first)
        assert not feed.turn("stranger", HOUR)

    running(FakeQuery(), act)


def test_a_page_that_turns_elsewhere_is_marked_as_loading_until_the_numbers_are_there() -> None:
    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await settle(feed, viewer)
        feed.turn("a", FILTERED)
        turned = await feed.newer(viewer, PATIENCE_SECONDS)
        assert turned is not None and turned["page"] == {"data-state": "loading"}
        assert len(turned["chips"]["drawn"]) == 1
        assert "totals-requests" not in turned and "content" not in turned
        numbers = await feed.newer(viewer, PATIENCE_SECONDS)
        assert numbers is not None and numbers["page"] == {"data-state": "live"} and "totals-requests" in numbers

    running(FakeQuery(), act)


def test_who_comes_back_sees_the_numbers_at_once() -> None:
    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await settle(feed, viewer)
        feed.turn("a", HOUR)
        await settle(feed, viewer)
        feed.turn("a", DAY)
        props = await feed.newer(viewer, PATIENCE_SECONDS)
        assert props is not None and props["page"] == {"data-state": "live"} and "totals-requests" in props

    running(FakeQuery(), act)


def test_a_paused_page_is_sent_nothing_new_until_it_goes_on() -> None:
    query = FakeQuery()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await settle(feed, viewer)
        feed.pause("a", True)
        query.many += 1
        assert await seen_and_nothing_new(query, feed, viewer)
        feed.pause("a", False)
        props = await feed.newer(viewer, PATIENCE_SECONDS)
        assert props is not None and props["totals-requests"] == {"children": "11"}

    running(query, act)


def test_a_slow_filter_does_not_hold_up_the_others() -> None:
    go_on = threading.Event()

    class Slow(FakeQuery):
        def totals(self, *args: object, where: object = (), **more: object) -> object:  # type: ignore[override]
            if where:
                assert go_on.wait(PATIENCE_SECONDS)
            return super().totals(*args, **more)  # type: ignore[arg-type]

    query = Slow()

    async def act(feed: Feed) -> None:
        slow, quick = feed.join("slow", FILTERED), feed.join("quick", DAY)
        await feed.newer(slow, PATIENCE_SECONDS)
        await settle(feed, quick)
        query.many += 1
        props = await feed.newer(quick, PATIENCE_SECONDS)
        assert props is not None and props["totals-requests"] == {"children": "11"}
        assert slow.slot.snapshot is None
        go_on.set()
        assert (await settle(feed, slow))["totals-requests"] == {"children": "11"}

    running(query, act)


def test_states_that_nobody_looks_at_are_forgotten() -> None:
    async def act(feed: Feed) -> None:
        for n in range(2 * KEPT):
            viewer = feed.join("a", PageState.parse("/", f"?range=24h&where=bytes={n}"))
            feed.leave(viewer)
        assert len(feed._slots) <= KEPT + 1

    running(FakeQuery(), act)


async def settle(feed: Feed, viewer: Viewer) -> Props:
    """Return all that is sent until the numbers are there."""
    sent: Props = {}
    while "shown" not in sent:
        sent |= await feed.newer(viewer, PATIENCE_SECONDS) or {}
    return sent


def test_a_page_that_joined_again_is_not_forgotten_with_its_old_connection() -> None:
    async def act(feed: Feed) -> None:
        old, new = feed.join("a", DAY), feed.join("a", HOUR)
        feed.leave(old)
        assert feed.turn("a", DAY)
        feed.leave(new)
        assert not feed.turn("a", DAY)

    running(FakeQuery(), act)


def test_an_error_is_shown_and_heals_when_the_data_is_back() -> None:
    query = FakeQuery(error=Retryable("The database is locked.", "Wait."))

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await settle(feed, viewer)
        assert first["page"] == {"data-state": "error"}
        assert "locked" in written(first["message"]["drawn"])
        query.error = None
        second = await feed.newer(viewer, PATIENCE_SECONDS)
        assert second is not None and second["page"] == {"data-state": "live"}

    running(query, act)
    assert query.opened == 2


def test_a_page_without_a_socket_is_answered_too() -> None:
    async def act(feed: Feed) -> None:
        state = await feed.settled(PageState.parse("/", ""))
        assert state.range is not None and state.range == PageState.parse("/", "?range=all").range
        first = await feed.once(state, None)
        assert {"content", "totals-requests", "range-all"} <= set(first)
        again = await feed.once(state, state)
        assert "content" not in again and "totals-requests" in again

    running(FakeQuery(), act)


def test_the_hits_of_the_time_that_a_page_opens_with_are_read_ahead_piece_by_piece() -> None:
    query = FakeQuery(last=NOON - 60)

    async def act(feed: Feed) -> None:
        await feed.read_ahead()
        viewer = feed.join("a", await feed.settled(PageState()))
        await settle(feed, viewer)
        assert query.ahead == [window(viewer.state.range or EVERYTHING, NOON)] * 3

    running(query, act)


def test_a_look_at_data_that_stands_still_is_not_in_the_way_of_a_filter() -> None:
    query, clock = FakeQuery(), StoppedClock()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", FILTERED)
        await settle(feed, viewer)
        asked: list[bool] = []
        feed.lanes.lane = lambda slow: asked.append(slow) or feed.lanes.quick  # type: ignore[method-assign,func-returns-value]
        assert await seen_and_nothing_new(query, feed, viewer)
        assert asked == []
        query.many += 1
        assert await feed.newer(viewer, PATIENCE_SECONDS)
        assert asked == [True]

    running(query, act, clock)


def test_what_is_asked_while_hits_are_read_ahead_waits_for_a_piece_and_not_for_all() -> None:
    class Endless(FakeQuery):
        def read_ahead(self, start: int | None = None, end: int | None = None) -> bool:
            return True

    async def act(feed: Feed) -> None:
        ahead = asyncio.create_task(feed.read_ahead())
        assert (await settle(feed, feed.join("a", FILTERED)))["totals-requests"] == {"children": "10"}
        ahead.cancel()

    running(Endless(), act)


def test_hits_that_cannot_be_read_ahead_are_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    running(FakeQuery(error=Retryable("The archive is away.")), lambda feed: feed.read_ahead())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "The archive is away." in caplog.text
