"""What pushes to a page."""

import asyncio
import logging

import pytest
from asking import A_DAY
from fake_query import FakeQuery, StoppedClock

from hitstream.dashboard.feed import Feed, Viewer
from hitstream.dashboard.live import push
from hitstream.dashboard.panels.contract import Props


class Failing(Feed):
    async def newer(self, viewer: Viewer, timeout: float) -> Props | None:
        raise ValueError("what came cannot be shown")


def test_a_push_that_fails_ends_and_is_logged_with_what_was_wrong(caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> None:
        feed = Failing(FakeQuery().open, StoppedClock())
        try:
            await asyncio.wait_for(push(feed, feed.join("a", A_DAY)), 10)
        finally:
            await feed.close()

    asyncio.run(act())
    (record,) = [each for each in caplog.records if each.name == "hitstream.dashboard.live"]
    assert record.levelno == logging.ERROR
    assert "no longer sent" in record.message and "what came cannot be shown" in caplog.text
