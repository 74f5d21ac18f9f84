"""Sessions: a host asks for a page, then its images, then further pages, interleaved with all others.

Positions are counted in lines (times `UNIT`), not in seconds: the calendar turns them into time afterwards,
so that a busy hour has more sessions and not hastier ones.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hitstream.record import I64, U64
from hitstream.sources.generate import hosts
from hitstream.sources.generate.agents import AGENTS, PAGE_REFERRER, REFERRERS
from hitstream.sources.generate.calendar import UNIT
from hitstream.sources.generate.draws import Dice, Wheel, below
from hitstream.sources.generate.site import ABSENT, SLOTS, Site, target_of

_MIX = 0x9E3779B97F4A7C15  # the golden ratio: spreads neighbouring numbers over all bits
_STEPS = 1_024
_DRIP_LINES = 4_096
_LONGEST = 150  # pages
_DENSEST = 50  # lines a second: faster traffic has hastier sessions, so that the lines in waiting stay few
_WARM_UP = 300  # seconds in which the sessions begin that are under way at the start
_IMAGE_DELAYS = (0.4, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 7.0)  # seconds from one image to the next, by modem


def _quantiles(scale: float, exponent: float, shift: float, highest: float) -> list[float]:
    """Return the values of a heavy-tailed (Pareto) law at the middle of `_STEPS` equal shares."""
    return [min(shift + scale * ((1 - (step + 0.5) / _STEPS) ** -exponent - 1), highest) for step in range(_STEPS)]


_PAGES = np.array([int(pages) for pages in _quantiles(3.7, 0.62, 1.5, _LONGEST)], np.int64)
"""Pages of a session."""

_PAUSES = np.array(_quantiles(28, 0.6, 4, 1_200))
"""Seconds from one page to the next."""


class Requests(NamedTuple):
    """Requests in the order of their positions; the last two columns are what Combined adds."""

    position: I64
    host: I64
    request: I64
    referrer: I64
    agent: I64

    def pick(self, rows: slice | I64 | NDArray[np.bool_]) -> "Requests":
        """Return some of the rows."""
        return Requests(*(column[rows] for column in self))


class Visits:
    """An endless stream of requests, at a pace of so many lines a second."""

    def __init__(self, seed: int, pace: float) -> None:
        self._dice = Dice(seed, 0)
        self._site = Site()
        self._hosts = Wheel(hosts.weights())
        self._agents = Wheel([weight for _, weight in AGENTS])
        self._referrers = Wheel([weight for _, weight in REFERRERS])
        dense = min(pace, _DENSEST)
        self._pauses = np.rint(_PAUSES * (dense * UNIT)).astype(np.int64)
        self._delays = np.rint(np.array(_IMAGE_DELAYS) * (dense * UNIT)).astype(np.int64)
        self._warm_up = int(dense * _WARM_UP) * UNIT
        self._session = int(float(_PAGES.mean()) * self._site.lines_per_view * UNIT)

    def windows(self, width: int) -> Iterator[Requests]:
        """Yield the requests of one window of positions after the other, in order.

        Positions count from the beginning of their window.
        """
        waiting = _from(0, self._begin(-self._warm_up, self._warm_up))
        while True:
            pending = _join([waiting, self._begin(0, width)])
            yield pending.pick(_order(pending.position, width))
            waiting = _from(width, pending)

    def _begin(self, start: int, width: int) -> Requests:
        """Return all requests of the sessions that begin in a window, session by session."""
        beginnings, host, agent, length, entry = self._dice.roll(5, max(width // self._session, 1))
        pages = _PAGES[below(length, _STEPS)]
        first = np.cumsum(pages) - pages
        choice, pause, cache, delay = self._dice.roll(4, int(pages.sum()))

        page = self._site.draw(choice)
        pauses = self._pauses[below(pause, _STEPS)]
        pauses[first] = 0
        at = np.cumsum(pauses)
        at += np.repeat(start + below(beginnings, width // UNIT) * UNIT - at[first], pages)

        request = self._site.requests(page, cache)
        position = at[:, None] + self._delays[below(delay, len(_IMAGE_DELAYS))][:, None] * np.arange(SLOTS + 1)
        wanted = request != ABSENT
        fetched = wanted.sum(axis=1)

        shown = PAGE_REFERRER + target_of(page)
        referrer = np.repeat(shown[:, None], SLOTS + 1, axis=1)
        referrer[1:, 0] = shown[:-1]
        referrer[first, 0] = self._referrers.draw(entry)
        hosts_drawn = self._hosts.draw(host)
        return Requests(
            position[wanted],
            np.repeat(np.repeat(hosts_drawn, pages), fetched),
            request[wanted],
            referrer[wanted],
            np.repeat(np.repeat(self._agent(hosts_drawn, agent), pages), fetched),
        )

    def _agent(self, host: I64, raw: U64) -> I64:
        """Return the agent of a session: always the same of a host, unless it is a proxy for many."""
        own = (host.astype(np.uint64) * np.uint64(_MIX)) << np.uint64(1)
        return self._agents.draw(np.where(host < hosts.PROXIES, raw, own))


class Drip:
    """Hands out the requests of visits a few lines at a time."""

    def __init__(self, visits: Visits) -> None:
        self._windows = visits.windows(_DRIP_LINES * UNIT)
        self._rows = next(self._windows)
        self._position = 0.0

    def take(self, lines: float) -> Requests:
        """Return the requests of the next so many lines' width of positions: about as many."""
        self._position += lines * UNIT
        parts = []
        while self._position >= _DRIP_LINES * UNIT:
            parts.append(self._rows)
            self._rows = next(self._windows)
            self._position -= _DRIP_LINES * UNIT
        due = int(np.searchsorted(self._rows.position, self._position))
        parts.append(self._rows.pick(slice(due)))
        self._rows = self._rows.pick(slice(due, None))
        return _join(parts)


def _join(parts: list[Requests]) -> Requests:
    """Return the rows of all parts, one part after the other."""
    return Requests(*map(np.concatenate, zip(*parts, strict=True)))


def _from(start: int, requests: Requests) -> Requests:
    """Return the requests from a position on, counted from there."""
    later = requests.pick(requests.position >= start)
    return later._replace(position=later.position - start)


def _order(position: I64, end: int) -> I64:
    """Return the rows before `end` by position, those of one position as they came, on every machine."""
    rows = np.flatnonzero(position < end)
    return rows[np.argsort(position[rows], kind="stable")]
