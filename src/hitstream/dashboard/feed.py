"""The feed: one question a tick for all viewers of a state, however many there are."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.clock import Clock
from hitstream.dashboard.lanes import Lane, Lanes
from hitstream.dashboard.pages import page_named
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import EVERYTHING, is_whole_hours, suited, window
from hitstream.dashboard.shell import turned
from hitstream.dashboard.snapshot import Snapshot, changes, failed, take
from hitstream.dashboard.state import PageState
from hitstream.errors import HitstreamError

if TYPE_CHECKING:
    from hitstream.query import Arrived, Query

TICK = 0.25
"""Seconds between two looks at the data, which cost next to nothing while it stands still."""
RETRY = 2.0
"""Seconds after which a failed question is asked again."""
KEPT = 32
"""Snapshots that are kept after their last viewer has turned away: who comes back sees them at once."""

_log = logging.getLogger(__name__)


class _Mark(NamedTuple):
    """What a snapshot was made from: while it stands, so do all answers."""

    counts: Any
    turn: int
    """Of the clock: a page is asked again from time to time where no line came."""


class _Look(NamedTuple):
    """What a look at the data has found; without a mark it failed."""

    mark: _Mark | None
    snapshot: Snapshot
    came: "Arrived | None"


@dataclass(eq=False)
class Slot:
    """What is asked for some viewers, and the latest answer."""

    asked: PageState
    mark: _Mark | None = None
    snapshot: Snapshot | None = None
    viewers: "set[Viewer]" = field(default_factory=set)
    ticking: "asyncio.Task[None] | None" = None
    came: "Arrived | None" = None
    """What had come when the latest snapshot was made, where the page says so."""
    cost: float = 0.0
    """Seconds that the last question took, without the time it waited for its turn."""
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    changes: dict[tuple[int, int, PageState], Props] = field(default_factory=dict)
    """What was worked out for the latest snapshot, by where a viewer comes from."""

    @property
    def news(self) -> int:
        """A count of hits that came: two of them differ by those that came in between."""
        return self.came.hits if self.came else 0


@dataclass(eq=False)
class Viewer:
    """A page that follows a state."""

    name: str
    state: PageState
    slot: Slot
    told: PageState | None = None
    """The state that the page was turned to; None where everything is to be set anew."""
    shown: Snapshot | None = None
    """What it was sent last; None where it is to be sent everything."""
    paused: bool = False
    held: int = 0
    """The slot's `news` when it was shown last."""
    said: int = 0
    """How much it was told that it holds back."""
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """Makes snapshots of the states that are looked at, and wakes their viewers when there is a new one.

    All of it lives in the server's event loop; questions run in the threads of `Lanes`.
    """

    def __init__(
        self, query_factory: "Callable[[], AbstractContextManager[Query]]", clock: Clock, where: str = ""
    ) -> None:
        """`where` is what the data is called, for messages."""
        self.lanes = Lanes(query_factory)
        self.clock = clock
        self._where = where
        self._viewers: dict[str, Viewer] = {}
        self._slots: OrderedDict[PageState, Slot] = OrderedDict()
        self._serials: Iterator[int] = count(1)

    # -- viewers ---------------------------------------------------------------------------------------------

    def join(self, name: str, state: PageState) -> Viewer:
        """Let a page follow a state from now on."""
        viewer = self._viewers[name] = Viewer(name, state, self._slot(state))
        self._enter(viewer)
        return viewer

    def turn(self, name: str, state: PageState, *, anew: bool = False) -> bool:
        """Let a page follow another state; `anew`, send it everything. Return whether it follows any."""
        viewer = self._viewers.get(name)
        if viewer is None:
            return False
        viewer.slot.viewers.discard(viewer)
        viewer.state, viewer.slot, viewer.shown = state, self._slot(state), None
        viewer.told = None if anew else viewer.told
        self._enter(viewer)
        return True

    def pause(self, name: str, paused: bool) -> None:
        """Hold what is new back from a page, or no longer."""
        viewer = self._viewers.get(name)
        if viewer:
            viewer.paused = paused
            viewer.news.set()

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer, unless its page has joined again."""
        viewer.slot.viewers.discard(viewer)
        if self._viewers.get(viewer.name) is viewer:
            del self._viewers[viewer.name]

    async def newer(self, viewer: Viewer, timeout: float) -> Props | None:
        """Wait for what a viewer has not seen, and return what to set; None when there is nothing for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while True:
                    viewer.news.clear()
                    if props := self._news(viewer):
                        return props
                    await viewer.news.wait()
        return None

    async def once(self, state: PageState, told: PageState | None) -> Props:
        """Return everything for a page that cannot follow, and that was turned to `told` last."""
        slot = self._slot(state)
        await self._look(slot)
        assert slot.snapshot is not None
        return turned(state, told) | self._changes(slot, None, state)

    def _news(self, viewer: Viewer) -> Props:
        snapshot, state = viewer.slot.snapshot, viewer.state
        props: Props = {}
        if viewer.told != state:
            props = turned(state, viewer.told)
            viewer.told = state
        if snapshot is None or snapshot is viewer.shown:
            return props
        if viewer.paused and viewer.shown:
            return props | _held_back(viewer)
        viewer.shown, shown, viewer.held = snapshot, viewer.shown, viewer.slot.news
        return props | _held_back(viewer) | self._changes(viewer.slot, shown, state)

    def _changes(self, slot: Slot, shown: Snapshot | None, state: PageState) -> Props:
        """Return what to set on a page that shows `shown`; worked out once for all viewers."""
        assert slot.snapshot is not None
        key = (slot.snapshot.serial, shown.serial if shown else 0, state)
        if key not in slot.changes:
            slot.changes[key] = changes(slot.snapshot, shown, state)
        return slot.changes[key]

    async def read_ahead(self) -> None:
        """Have the hits of the time that a page opens with in memory before a filter asks for them."""
        try:
            chosen = await self.settled(PageState())
            hits = window(chosen.range or EVERYTHING, self.clock.now())
            await self.lanes.lane(slow=True).work(lambda query: query.read_ahead(*hits))
        except Exception as error:  # whoever asks for them is told what is wrong
            _log.warning("no hits were read ahead: %s", error)

    # -- the data --------------------------------------------------------------------------------------------

    async def settled(self, state: PageState) -> PageState:
        """Return a state with a range, the one that suits the data where none was chosen."""
        if state.range is not None:
            return state
        try:
            span = await self.lanes.quick.ask(lambda query: query.span())
        except Exception:
            span = None  # the first tick will say on the page what is wrong
        return replace(state, range=suited(span, self.clock.now()))

    @property
    def viewers(self) -> int:
        """Return how many pages follow the data."""
        return len(self._viewers)

    async def close(self) -> None:
        """Stop ticking, and close the queries."""
        ticking = [slot.ticking for slot in self._slots.values() if slot.ticking]
        for task in ticking:
            task.cancel()
        await asyncio.gather(*ticking, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, self.lanes.close)

    def _slot(self, state: PageState) -> Slot:
        asked = state.asked
        slot = self._slots.setdefault(asked, Slot(asked))
        self._slots.move_to_end(asked)
        idle = [key for key, each in self._slots.items() if not each.viewers and each is not slot]
        for key in idle[: max(0, len(idle) - KEPT)]:
            del self._slots[key]
        return slot

    def _enter(self, viewer: Viewer) -> None:
        slot = viewer.slot
        slot.viewers.add(viewer)
        viewer.news.set()
        if slot.ticking is None or slot.ticking.done():
            slot.ticking = asyncio.create_task(self._tick(slot))

    async def _tick(self, slot: Slot) -> None:
        """Keep a slot up to date while anybody looks. Its questions never take more than half the time."""
        while slot.viewers:
            failing = await self._look(slot)
            await asyncio.sleep(RETRY if failing else max(TICK, slot.cost))

    async def _look(self, slot: Slot) -> bool:
        """Bring a snapshot up to date; return whether that failed."""
        async with slot.looking:
            try:
                if await self._stands(slot):
                    return False
                found = await self._lane(slot.asked).ask(partial(self._take, slot))
            except Exception as error:
                self._report(error, slot.snapshot)
                self._publish(slot, _Look(None, failed(error, slot.asked, self.clock.now()), slot.came))
                return True
            if found:
                self._publish(slot, found)
            return False

    async def _stands(self, slot: Slot) -> bool:
        """Tell whether the latest answer is still right; the lane of its questions is left to who has some."""
        if slot.mark is None or slot.mark != await self.lanes.quick.ask(partial(self._mark, slot)):
            return False
        slot.cost = 0.0
        return True

    def _mark(self, slot: Slot, query: "Query") -> _Mark:
        return _Mark(query.counts(), int(self.clock.now()) // page_named(slot.asked.page).every)

    def _lane(self, asked: PageState) -> Lane:
        whole = is_whole_hours(window(asked.range or EVERYTHING, self.clock.now(), asked.tz))
        return self.lanes.lane(slow=bool(asked.where) or not whole or page_named(asked.page).slow)

    def _take(self, slot: Slot, query: "Query") -> _Look | None:
        now, began = self.clock.now(), perf_counter()
        page, found = page_named(slot.asked.page), None
        fresh = self._mark(slot, query)
        if fresh != slot.mark:
            snapshot = take(query, slot.asked, now, self._where)
            came = query.arrived(slot.asked.where, slot.came) if page.news else None
            found = _Look(fresh, snapshot, came)
        slot.cost = perf_counter() - began
        return found

    def _publish(self, slot: Slot, look: _Look) -> None:
        slot.mark, slot.came = look.mark, look.came
        if look.mark is None and slot.snapshot is not None and slot.snapshot.message == look.snapshot.message:
            return  # the same failure again
        slot.snapshot = look.snapshot._replace(serial=next(self._serials))
        slot.changes.clear()
        for viewer in slot.viewers:
            viewer.news.set()

    def _report(self, error: Exception, shown: Snapshot | None) -> None:
        if shown is None or shown.state != "error":
            _log.error("no answer: %s", error, exc_info=not isinstance(error, HitstreamError))


def _held_back(viewer: Viewer) -> Props:
    """Return what tells a paused page how much has come since, where that has changed."""
    held = viewer.slot.news - viewer.held
    if held == viewer.said:
        return {}
    viewer.said = held
    return {"news": {"children": f"{text.count(held)} new" if held else ""}}
