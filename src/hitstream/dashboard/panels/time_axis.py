"""Where an instant stands on a chart, and what the axis below says of it.

The axis counts seconds since 1970: Plotly knows no time zones and would read a date by the clocks of the browser, and
by those of a zone an hour of autumn stands for two. So what is dragged over or clicked is an instant as it is, and the
clocks of the page's zone are in texts alone, which are made here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from hitstream import text

MAX_TICKS = 12
"""Ticks that a wide chart has room for; on a small screen the style sheet shows every other."""
_DAY_SECONDS = 86400
_CLOCK_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
"""Seconds between two ticks that a reader can count in; a day is an even number of each."""
_CHANGE_SECONDS = 3 * 3600
"""What clocks are at most set forward or back by."""
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_MONTH_DAYS = 30.44
_CACHED = 32
"""Axes that are kept: another filter moves none."""
_FIRST_MONDAY = 1
"""Proleptic ordinal of a Monday: 0001-01-01."""


class Tick(NamedTuple):
    """A tick and what it says: a clock or a day, and below it the day or the year that begins with it."""

    at: int
    number: int
    """Counted so that midnight, and the first month of a year, are even."""
    upper: str
    lower: str


@lru_cache(_CACHED)
def axis(start: int, end: int, zone: tzinfo) -> dict[str, Any]:
    """Return the properties of an axis from one instant to another, seconds since 1970 UTC, by the clocks of a zone."""
    ticks = [tick for tick in _ticks(start, end, zone) if start <= tick.at <= end]
    if ticks and ticks[0].number % 2:
        ticks = ticks[1:]  # so that every other is an even one
    below = ["", *(tick.lower for tick in ticks)]
    words = [
        f"{tick.upper}<br>{tick.lower}" if tick.lower != above else tick.upper
        for tick, above in zip(ticks, below, strict=False)
    ]
    return {"range": [start, end], "tickvals": [tick.at for tick in ticks], "ticktext": words}


@lru_cache(_CACHED)
def spans(start: int, step: int, count: int, zone: tzinfo) -> tuple[str, ...]:
    """Return what each of so many bars of `step` seconds stands for, as a reader of the zone's clocks says it."""
    starts = range(start, start + step * count, step)
    return tuple(f"{datetime.fromtimestamp(each, zone):%a} {text.between(each, each + step, zone)}" for each in starts)


def middles(start: int, step: int, count: int) -> list[float]:
    """Return where bars stand: Plotly finds the one whose middle is nearest, which is the one under the pointer."""
    return [each + step / 2 for each in range(start, start + step * count, step)]


def _ticks(start: int, end: int, zone: tzinfo) -> Iterator[Tick]:
    room = (end - start) / MAX_TICKS
    for step in _CLOCK_STEPS:
        if step >= room:
            return _by_clock(start, end, zone, step)
    for days in _DAY_STEPS:
        if days * _DAY_SECONDS >= room:
            return _by_day(start, end, zone, days)
    fitting = (each for each in _MONTH_STEPS if each * _MONTH_DAYS * _DAY_SECONDS >= room)
    return _by_month(start, end, zone, next(fitting, _MONTH_STEPS[-1]))


def _by_clock(start: int, end: int, zone: tzinfo, step: int) -> Iterator[Tick]:
    """Give the times of each day that are whole multiples of a step."""
    for midnight in _midnights(start, end, zone):
        near = (max(0, start - _CHANGE_SECONDS - _second(midnight)), end + _CHANGE_SECONDS - _second(midnight))
        for number in range(near[0] // step, min(near[1], _DAY_SECONDS - 1) // step + 1):
            clock = midnight + timedelta(seconds=number * step)
            for at in _instants(clock):
                yield Tick(at, number, f"{clock:%H:%M}", f"{clock.day} {clock:%b}")


def _by_day(start: int, end: int, zone: tzinfo, days: int) -> Iterator[Tick]:
    for midnight in _midnights(start, end, zone):
        number, beside = divmod(midnight.toordinal() - _FIRST_MONDAY, days)
        if not beside:
            yield Tick(_second(midnight), number, f"{midnight.day} {midnight:%b}", f"{midnight.year}")


def _by_month(start: int, end: int, zone: tzinfo, months: int) -> Iterator[Tick]:
    first, last = (datetime.fromtimestamp(each, zone) for each in (start, end))
    for number in range((first.year * 12 + first.month) // months, (last.year * 12 + last.month) // months + 1):
        year, month = divmod(number * months, 12)
        begin = datetime(max(year, 1), month + 1, 1, tzinfo=zone)
        upper, lower = (f"{year}", "") if months >= 12 else (f"{begin:%b}", f"{year}")
        yield Tick(_second(begin), number, upper, lower)


def _midnights(start: int, end: int, zone: tzinfo) -> Iterator[datetime]:
    """Give the midnights of a zone from that before one instant to that before another."""
    midnight = datetime.fromtimestamp(start, zone).replace(hour=0, minute=0, second=0, fold=0)
    while midnight.timestamp() <= end:
        yield midnight
        midnight += timedelta(days=1)


def _second(clock: datetime) -> int:
    return int(clock.timestamp())


def _instants(clock: datetime) -> list[int]:
    """Return when the clocks of its zone show a time: once, or in autumn twice, or in spring never."""
    found = {_second(clock.replace(fold=fold)) for fold in (0, 1)}
    plain = clock.replace(tzinfo=None)
    return sorted(at for at in found if datetime.fromtimestamp(at, clock.tzinfo).replace(tzinfo=None) == plain)
