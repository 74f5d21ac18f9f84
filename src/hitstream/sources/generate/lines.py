"""Writes requests as lines: fragments from tables, joined."""

from datetime import UTC, datetime

import numpy as np

from hitstream.record import I64
from hitstream.sources.generate import hosts, site
from hitstream.sources.generate.agents import AGENTS, PAGE_REFERRER, REFERRERS, SITE
from hitstream.sources.generate.damage import spoil
from hitstream.sources.generate.draws import Dice, below
from hitstream.sources.generate.fragments import Fragments, Pieces
from hitstream.sources.generate.visits import Requests

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE = 60


class LineWriter:
    """Turns requests and their seconds into bytes: whole lines, a share of them malformed."""

    def __init__(self, seed: int, zone_minutes: int, malformed: float, combined: bool) -> None:
        sign = "-" if zone_minutes < 0 else "+"
        zone = f"{sign}{abs(zone_minutes) // 60:02d}{abs(zone_minutes) % 60:02d}"
        end = b"" if combined else b"\n"
        self._hosts = Fragments(hosts.COUNT, lambda host: f"{hosts.name(host)} - - [".encode())
        self._seconds = Fragments(_MINUTE, lambda second: f":{second:02d} {zone}] ".encode())
        self._requests = Fragments(site.REQUESTS, lambda request: site.text(request) + end)
        self._referrers = Fragments(PAGE_REFERRER + site.TARGETS, _referrer)
        self._agents = Fragments(len(AGENTS), lambda agent: f'"{AGENTS[agent][0]}"\n'.encode())
        self._combined = combined
        self._dice = Dice(seed, 2)
        self._malformed = malformed

    def write(self, requests: Requests, seconds: I64) -> bytes:
        """Return a line for each request at its local second since 1970."""
        columns = [
            self._hosts.take(requests.host),
            _minutes(seconds // _MINUTE),
            self._seconds.take(seconds % _MINUTE),
            self._requests.take(requests.request),
        ]
        if self._combined:
            columns += [self._referrers.take(requests.referrer), self._agents.take(requests.agent)]
        lines = np.column_stack(columns)
        if self._malformed:
            self._spoil(lines)
        return b"".join(lines.ravel().tolist())

    def _spoil(self, lines: Pieces) -> None:
        chance, kind = self._dice.roll(2, len(lines))
        rows = np.flatnonzero(below(chance, 2**31) < self._malformed * 2**31)
        spoilt = np.empty(len(rows), object)
        spoilt[:] = [
            spoil(b"".join(line)[:-1], bits) + b"\n"
            for line, bits in zip(lines[rows].tolist(), kind[rows].tolist(), strict=True)
        ]
        lines[rows] = b""
        lines[rows, 0] = spoilt


def _minutes(minutes: I64) -> Pieces:
    """Return the day, hour and minute of each line; ascending, so a run of equal ones is written once."""
    starts = np.flatnonzero(np.diff(minutes, prepend=minutes[:1] - 1))
    stamps = np.empty(len(starts), object)
    stamps[:] = [_stamp(minute) for minute in minutes[starts].tolist()]
    return np.repeat(stamps, np.diff(starts, append=len(minutes)))


def _stamp(minute: int) -> bytes:
    """Return a minute as logs write it, in English whatever the locale."""
    time = datetime.fromtimestamp(minute * _MINUTE, UTC)
    month = _MONTHS[time.month - 1]
    return f"{time.day:02d}/{month}/{time.year:04d}:{time.hour:02d}:{time.minute:02d}".encode()


def _referrer(number: int) -> bytes:
    if number < PAGE_REFERRER:
        return f' "{REFERRERS[number][0]}" '.encode()
    return b' "%s%s" ' % (SITE.encode(), site.path(number - PAGE_REFERRER))
