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
        sent = await asyncio.gather(*(feed.newer(viewer, SOON) for viewer in viewers))
        assert len({id(props) for props in sent}) == 1

    running(query, act)
    assert query.asked == 1
    assert (query.opened, query.closed) == (1, 1)


def test_a_new_hit_wakes_the_viewers_and_no_hit_does_not() -> None:
    query = FakeQuery()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await feed.newer(viewer, SOON)
        assert await feed.newer(viewer, 0.6) is None
        assert query.asked == 1
        query.hits += 1
        props = await feed.newer(viewer, SOON)
        assert props is not None and props["totals-requests"] == {"children": "11"}
        assert "totals-visitors" not in props

    running(query, act)


def test_the_window_moves_on_without_hits() -> None:
    query, clock = FakeQuery(), StoppedClock()

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        await feed.newer(viewer, SOON)
        clock.time = NOON + 3600
        props = await feed.newer(viewer, SOON)
        assert props is not None and props["page"] == {"data-state": "stale"}

    running(query, act, clock)


def test_a_viewer_that_asks_is_sent_everything_of_the_range_it_wants() -> None:
    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await feed.newer(viewer, SOON)
        assert feed.send_all("a", DAY)
        again = await feed.newer(viewer, SOON)
        assert first is not None and again is not None and set(again) == set(first)
        assert feed.send_all("a", HOUR)
        turned = await feed.newer(viewer, SOON)
        assert turned is not None and turned["range-1h"] == {"className": "chosen"}
        assert not feed.send_all("stranger", HOUR)

    running(FakeQuery(), act)


def test_a_page_that_joined_again_is_not_forgotten_with_its_old_connection() -> None:
    async def act(feed: Feed) -> None:
        old, new = feed.join("a", DAY), feed.join("a", HOUR)
        feed.leave(old)
        assert feed.send_all("a", DAY)
        feed.leave(new)
        assert not feed.send_all("a", DAY)

    running(FakeQuery(), act)


def test_an_error_is_shown_and_heals_when_the_data_is_back() -> None:
    query = FakeQuery(error=Retryable("The database is locked.", "Wait."))

    async def act(feed: Feed) -> None:
        viewer = feed.join("a", DAY)
        first = await feed.newer(viewer, SOON)
        assert first is not None and first["page"] == {"data-state": "error"}
        assert "locked" in first["message"]["children"]
        query.error = None
        second = await feed.newer(viewer, SOON)
        assert second is not None and second["page"] == {"data-state": "live"}

    running(query, act)
    assert query.opened == 2


def test_a_page_without_a_socket_is_answered_too() -> None:
    async def act(feed: Feed) -> None:
        assert (await feed.once(HOUR)).choice == HOUR
        assert (await feed.suited()).name == "all"

    running(FakeQuery(), act)
