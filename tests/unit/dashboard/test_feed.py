import asyncio
from collections.abc import Awaitable, Callable

from fake_query import NOON, FakeQuery, StoppedClock

from hitstream.dashboard.feed import Feed
from hitstream.dashboard.panels import PANELS
from hitstream.dashboard.ranges import RANGES
from hitstream.errors import Retryable

DAY, HOUR = RANGES[3], RANGES[1]
SOON = 5.0


def running(query: FakeQuery, act: Callable[[Feed], Awaitable[None]], clock: StoppedClock | None = None) -> None:
    async def run() -> None:
        feed = Feed(query.open, clock or StoppedClock(), PANELS, "DIR")
        ticking = asyncio.create_task(feed.run())
        try:
            await act(feed)
        finally:
            ticking.cancel()
            feed.close()

    asyncio.run(run())


def test_fifty_viewers_of_a_range_are_one_question() -> None:
    query = FakeQuery()

    async def act(feed: Feed) -> None:
        viewers = [feed.join(str(n), DAY) for n in range(50)]
        shown = await asyncio.gather(*(feed.newer(viewer, None, SOON) for viewer in viewers))
        assert len({id(snapshot) for snapshot in shown}) == 1
        first = shown[0]
        assert first is not None
        assert feed.changes(first, None) is feed.changes(first, None)

    running(query, act)
    assert query.asked == 1
    assert (query.opened, query.closed) == (1, 1)


def test_a_new_hit_wakes_the_viewers_and_no_hit_does_not() -> None:
    query = FakeQuery()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await feed.newer(viewer, None, SOON)
        assert await feed.newer(viewer, first, 0.6) is None
        assert query.asked == 1
        query.hits += 1
        second = await feed.newer(viewer, first, SOON)
        assert second is not None and second.answers["totals"]["requests"].number == "11"

    running(query, act)


def test_the_window_moves_on_without_hits() -> None:
    query, clock = FakeQuery(), StoppedClock()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await feed.newer(viewer, None, SOON)
        clock.time = NOON + 3600
        second = await feed.newer(viewer, first, SOON)
        assert second is not None and second.state == "stale"

    running(query, act, clock)


def test_a_viewer_turns_to_another_range() -> None:
    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await feed.newer(viewer, None, SOON)
        assert feed.turn("a", HOUR)
        second = await feed.newer(viewer, first, SOON)
        assert second is not None and second.choice == HOUR
        assert not feed.turn("stranger", HOUR)

    running(FakeQuery(), act)


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
        first = await feed.newer(viewer, None, SOON)
        assert first is not None and first.state == "error" and "locked" in first.message
        query.error = None
        second = await feed.newer(viewer, first, SOON)
        assert second is not None and second.state == "live"

    running(query, act)
    assert query.opened == 2


def test_a_page_without_a_socket_is_answered_too() -> None:
    async def act(feed: Feed) -> None:
        assert (await feed.once(HOUR)).choice == HOUR
        assert (await feed.suited()).name == "all"

    running(FakeQuery(), act)
