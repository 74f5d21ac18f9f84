"""Lanes: threads that ask, each with a query of its own, so that a slow question holds up none but its neighbours."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from hitstream.errors import ConfigError

if TYPE_CHECKING:
    from hitstream.query import Query

Answer = TypeVar("Answer")


@dataclass(eq=False)
class Lane:
    """A thread that opens a query when it is first asked, and again after a failure."""

    query_factory: "Callable[[], AbstractContextManager[Query]]"
    waiting: int = 0
    """Questions that are asked and not answered yet."""
    _query: "Query | None" = None
    _open: ExitStack = field(default_factory=ExitStack)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "hitstream-query"))

    async def ask(self, question: "Callable[[Query], Answer]") -> Answer:
        """Return what a question is answered with, after those before it; raises what it raises."""
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._asked, question)
        finally:
            self.waiting -= 1

    async def work(self, piece: "Callable[[Query], bool]") -> None:
        """Do piece after piece of some work, as long as one says so; between two of them what is asked is answered."""
        while await asyncio.get_running_loop().run_in_executor(self._thread, self._asked, piece):
            pass

    def close(self) -> None:
        """Close the query and the thread, after the question it is at."""
        self._thread.submit(self._open.close)
        self._thread.shutdown(wait=True, cancel_futures=False)

    def _asked(self, question: "Callable[[Query], Answer]") -> Answer:
        try:
            if self._query is None:
                self._query = self._open.enter_context(self.query_factory())
            return question(self._query)
        except ConfigError:  # the question was wrong, not what it was put to
            raise
        except Exception:
            self._query = None
            self._open.close()
            raise


class Lanes:
    """One lane for questions that cells answer, and some for those that look at single hits."""

    SLOW = 2

    def __init__(self, query_factory: "Callable[[], AbstractContextManager[Query]]") -> None:
        self.quick = Lane(query_factory)
        self._slow = [Lane(query_factory) for _ in range(self.SLOW)]

    def lane(self, slow: bool) -> Lane:
        """Return the lane to ask on: of the slow ones the least busy."""
        return min(self._slow, key=lambda lane: lane.waiting) if slow else self.quick

    def close(self) -> None:
        """Close all lanes."""
        for lane in (self.quick, *self._slow):
            lane.close()
