"""The feed: one question a tick for all viewers of a range, however many there are."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hitstream.clock import Clock
from hitstream.dashboard.panels.contract import Panel, Props
from hitstream.dashboard.ranges import Range, suited
from hitstream.dashboard.snapshot import Snapshot, changes, failed, take
from hitstream.errors import HitstreamError

if TYPE_CHECKING:
    from hitstream.query import Query

Answer = TypeVar("Answer")

TICK = 0.25
"""Seconds between two looks at the data, which cost next to nothing while it stands still."""
RETRY = 2.0
"""Seconds after which a failed question is asked again."""

_log = logging.getLogger(__name__)


class _Mark(NamedTuple):
    """What a snapshot was made from: while it stands, so do all answers."""

    counts: Any
    minute: int


@dataclass(eq=False)
class Viewer:
    """A page that follows a range."""

    name: str
    choice: Range
    shown: Snapshot | None = None
    """What it was sent last; None where it is to be sent everything."""


@dataclass
class Feed:
    """Makes snapshots of the ranges that are looked at, and wakes their viewers when there is a new one.

    All of it lives in the server's event loop; questions run in one thread of their own, which also opens and
    closes the query.
    """

    query_factory: "Callable[[], AbstractContextManager[Query]]"
    clock: Clock
    panels: Sequence[Panel]
    where: str
    """What the data is called, for messages."""
    _viewers: dict[str, Viewer] = field(default_factory=dict)
    _current: dict[Range, tuple[_Mark | None, Snapshot]] = field(default_factory=dict)
    _serials: Iterator[int] = field(default_factory=lambda: count(1))
    _fresh: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "hitstream-query"))
    _open: ExitStack = field(default_factory=ExitStack)
    _query: "Query | None" = None
    _changes: dict[tuple[int, int], Props] = field(default_factory=dict)

    # -- viewers ---------------------------------------------------------------------------------------------

    def join(self, name: str, choice: Range) -> Viewer:
        """Let a page follow a range from now on."""
        viewer = self._viewers[name] = Viewer(name, choice)
        self._wanted.set()
        self._wake()
        return viewer

    def send_all(self, name: str, choice: Range) -> bool:
        """Let a page be sent all of this range; return whether it follows any."""
        viewer = self._viewers.get(name)
        if viewer is None:
            return False
        viewer.choice, viewer.shown = choice, None
        self._wake()
        return True

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer, unless its page has joined again."""
        if self._viewers.get(viewer.name) is viewer:
            del self._viewers[viewer.name]

    async def newer(self, viewer: Viewer, timeout: float) -> Props | None:
        """Wait for what a viewer has not seen, and return what to set; None when there is nothing for so long."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    _, snapshot = self._current.get(viewer.choice, (None, None))
                    if snapshot is not None and snapshot is not viewer.shown:
                        props, viewer.shown = self.changes(snapshot, viewer.shown), snapshot
                        return props
                    await self._fresh.wait()
        except TimeoutError:
            return None

    async def once(self, choice: Range) -> Snapshot:
        """Return the snapshot of a range to a viewer that cannot follow it."""
        await self._look([choice])
        return self._current[choice][1]

    def changes(self, new: Snapshot, old: Snapshot | None) -> Props:
        """Return what to set on a page that shows `old`; worked out once for all viewers."""
        key = (id(new), id(old))
        if key not in self._changes:
            self._changes[key] = changes(new, old, self.panels)
        return self._changes[key]

    # -- the data --------------------------------------------------------------------------------------------

    async def suited(self) -> Range:
        """Return the range that suits the data."""
        try:
            return suited(await self._ask(lambda query: query.span()), self.clock.now())
        except Exception:
            return suited(None, self.clock.now())  # the first tick will say on the page what is wrong

    async def lines(self) -> int:
        """Return how many lines were read; raises what `query` raises."""
        return int((await self._ask(lambda query: query.counts())).lines)

    async def run(self) -> None:
        """Tick until cancelled. A question never takes more than half the time."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            began = loop.time()
            failing = await self._look(list({viewer.choice for viewer in self._viewers.values()}))
            if not self._viewers:
                self._wanted.clear()
            await asyncio.sleep(RETRY if failing else max(TICK, loop.time() - began))

    def close(self) -> None:
        """Close the query and its thread."""
        self._thread.submit(self._open.close)
        self._thread.shutdown(wait=True)

    async def _look(self, choices: Sequence[Range]) -> bool:
        """Bring the snapshots of these ranges up to date; return whether that failed."""
        failing = False
        for choice in choices:
            mark, shown = self._current.get(choice, (None, None))
            found: tuple[_Mark | None, Snapshot] | None
            try:
                found = await self._ask(partial(self._take, choice, mark))
            except Exception as error:
                self._report(error, shown)
                failing, found = True, (None, failed(error, choice, self.clock.now()))
            if found and (shown is None or found[0] != mark or found[1].message != shown.message):
                self._current[choice] = found[0], found[1]._replace(serial=next(self._serials))
                self._changes.clear()
                self._wake()
        return failing

    def _take(self, choice: Range, mark: _Mark | None, query: "Query") -> tuple[_Mark, Snapshot] | None:
        now = self.clock.now()
        fresh = _Mark(query.counts(), int(now) // 60)
        return None if fresh == mark else (fresh, take(query, self.panels, choice, now, self.where))

    async def _ask(self, question: "Callable[[Query], Answer]") -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._asked, question)

    def _asked(self, question: "Callable[[Query], Answer]") -> Answer:
        try:
            if self._query is None:
                self._query = self._open.enter_context(self.query_factory())
            return question(self._query)
        except Exception:
            self._query = None
            self._open.close()
            raise

    def _report(self, error: Exception, shown: Snapshot | None) -> None:
        if shown is None or shown.state != "error":
            _log.error("no answer: %s", error, exc_info=not isinstance(error, HitstreamError))

    def _wake(self) -> None:
        self._fresh.set()
        self._fresh = asyncio.Event()
