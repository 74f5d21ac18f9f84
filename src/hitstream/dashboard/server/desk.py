"""The desk: where programs ask, beside the pages, and cannot hold them up.

Each question runs in one of a few threads with a query of its own; SQL statements, which may take a minute, have
threads for themselves. Too many at once are turned away, and one that takes too long is answered so. Its thread goes on
to the end of it and only then takes the next; a statement ends as soon as nobody waits for it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from hitstream.dashboard.lanes import Lane
from hitstream.errors import HitstreamError, Retryable
from hitstream.telemetry import Durations

if TYPE_CHECKING:
    from hitstream.query import Query

LANES = 2
"""Questions that are worked on at once; as many statements besides."""
MOST_WAITING = 16
"""Questions that are worked on or wait; as many statements besides."""
SECONDS = 30.0
"""How long an answer may take, the wait included."""

Answer = TypeVar("Answer")


class Desk:
    """Takes questions, counts them, and says how long answers took."""

    def __init__(
        self,
        query_factory: "Callable[[], AbstractContextManager[Query]]",
        *,
        waiting: int = MOST_WAITING,
        seconds: float = SECONDS,
    ) -> None:
        self.facts = Lane(query_factory)
        """For what needs a few rows only, and must be answered while all else waits."""
        self._lanes, self._statements = ([Lane(query_factory) for _ in range(LANES)] for _ in range(2))
        self._waiting = waiting
        self._seconds = seconds
        self.asked: Counter[tuple[str, str]] = Counter()
        """Questions by name and outcome: `ok`, or the class of the error."""
        self.durations = Durations()

    async def ask(self, name: str, question: "Callable[[Query], Answer]", *, seconds: float | None = None) -> Answer:
        """Return the answer, which may take `seconds` if it is not to take the usual; raises what the query raises.

        Raises:
            Retryable: too many questions wait, or this one takes too long.
        """
        return await self._counted(name, self._answer(self._lanes, question, seconds or self._seconds))

    async def state(self, name: str, statement: "Callable[[Query, Event], Answer]", *, seconds: float) -> Answer:
        """Return the answer to a statement, which ends soon after its event is set: when nobody waits for it any more.

        Raises:
            Retryable: too many statements wait, or this one takes too long.
        """
        stop = Event()
        try:
            return await self._counted(
                name, self._answer(self._statements, lambda query: statement(query, stop), seconds)
            )
        finally:
            stop.set()

    async def _counted(self, name: str, answering: "Coroutine[None, None, Answer]") -> Answer:
        loop = asyncio.get_running_loop()
        began, outcome = loop.time(), "ok"
        try:
            return await answering
        except BaseException as problem:
            outcome = _outcome(problem)
            raise
        finally:
            self.asked[name, outcome] += 1
            self.durations = self.durations.with_one(loop.time() - began)

    async def _answer(self, lanes: list[Lane], question: "Callable[[Query], Answer]", seconds: float) -> Answer:
        if sum(lane.waiting for lane in lanes) >= self._waiting:
            raise Retryable("Too many questions wait for their answers.", "Ask again in a second, or fewer at a time.")
        given_up = False

        def unless_given_up(query: "Query") -> Answer:
            if given_up:
                raise Retryable("Nobody waits for this answer any more.")
            return question(query)

        lane = min(lanes, key=lambda lane: lane.waiting)
        working = asyncio.ensure_future(lane.ask(unless_given_up))
        try:
            await asyncio.wait((working,), timeout=seconds)
        finally:
            given_up = not working.done()
            if given_up:
                working.add_done_callback(lambda task: task.exception())  # nobody else will look at it
        if given_up:
            raise Retryable(f"The answer takes longer than {seconds:g} s.", "Ask for a shorter time.")
        return working.result()

    def close(self) -> None:
        """Close all queries, after the questions they are at."""
        for lane in (self.facts, *self._lanes, *self._statements):
            lane.close()


def _outcome(problem: BaseException) -> str:
    if isinstance(problem, asyncio.CancelledError):
        return "given_up"
    return type(problem).__name__ if isinstance(problem, HitstreamError) else "Fatal"
