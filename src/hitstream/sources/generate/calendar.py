"""When it is busy: the weight of every second, with the day's and the week's shape, bursts and an outage."""

from datetime import date, timedelta

import numpy as np

from hitstream.record import I64
from hitstream.sources.generate import published
from hitstream.sources.generate.draws import Dice, below

DAY = 86_400
HOUR = 3_600
UNIT = 4_096
"""Weight of one request of the log: small enough that a second's share is a whole number."""

MEAN_WEIGHT = UNIT * sum(published.WEEKDAYS) / 7 / DAY
"""Weight of a second in the mean over a week."""

_EPOCH = date(1970, 1, 1)
_BURSTS_PER_HOUR = 0.06
_BURST_SECONDS = (60, 600)
_BURST_FACTOR = (2, 8)


class Calendar:
    """Weights by local second since 1970. The outage, from its first to its last second, weighs nothing."""

    def __init__(self, seed: int, outage: tuple[int, int] | None) -> None:
        self._seed = seed
        self._outage = outage

    def day(self, number: int) -> I64:
        """Return the weight of each second of a day, numbered from 1970-01-01."""
        burst = _bursts(Dice(self._seed, 1, number))
        hours = np.array(published.HOURS, np.int64) * (UNIT * _requests(number)) // sum(published.HOURS)
        # A burst takes from the rest of its hour, so that hours keep their published share.
        weights: I64 = (burst * (hours // burst.sum(axis=1))[:, None]).reshape(-1)
        if self._outage:
            start, end = (min(max(second - number * DAY, 0), DAY) for second in self._outage)
            weights[start:end] = 0
        return weights

    def total(self, start: int, end: int) -> int:
        """Return the weight of the seconds from start to before end."""
        return sum(int(self._part(day, start, end).sum()) for day in range(start // DAY, -(-end // DAY)))

    def _part(self, day: int, start: int, end: int) -> I64:
        return self.day(day)[max(start - day * DAY, 0) : max(end - day * DAY, 0)]


class Timeline:
    """Turns growing weights, counted from a first second on, into the seconds where they fall."""

    def __init__(self, calendar: Calendar, start: int) -> None:
        self._calendar = calendar
        self._day = start // DAY
        self._start = start
        self._ends = np.zeros(0, np.int64)
        self._reach = 0
        self._extend()

    def seconds(self, weights: I64) -> I64:
        """Return the second of each weight; ascending, and not below those of the call before."""
        self._forget(int(weights[0]))
        while self._reach <= weights[-1]:
            self._extend()
        return self._start + np.searchsorted(self._ends, weights, side="right")

    def _extend(self) -> None:
        ends = self._reach + np.cumsum(self._calendar.day(self._day))
        if not len(self._ends):
            skipped = self._start - self._day * DAY
            ends = ends[skipped:] - (ends[skipped - 1] if skipped else 0)
        self._ends = np.concatenate([self._ends, ends])
        self._reach = int(self._ends[-1])
        self._day += 1

    def _forget(self, weight: int) -> None:
        past = int(np.searchsorted(self._ends, weight, side="right"))
        self._ends = self._ends[past:]
        self._start += past


def _bursts(dice: Dice) -> I64:
    """Return a factor for each second of a day, a row an hour: mostly 1, in a burst more."""
    factors = np.ones((24, HOUR), np.int64)
    chance, start, length, factor = dice.roll(4, 24)
    starts = below(start, HOUR - _BURST_SECONDS[1])
    lengths = _BURST_SECONDS[0] + below(length, _BURST_SECONDS[1] - _BURST_SECONDS[0])
    sizes = _BURST_FACTOR[0] + below(factor, _BURST_FACTOR[1] - _BURST_FACTOR[0])
    for hour in np.flatnonzero(below(chance, 10_000) < 10_000 * _BURSTS_PER_HOUR):
        factors[hour, starts[hour] : starts[hour] + lengths[hour]] = sizes[hour]
    return factors


def _requests(number: int) -> int:
    """Return the requests of a day: as published, or usual for its weekday."""
    day = _EPOCH + timedelta(days=number)
    counts = published.DAY_COUNTS.get((day.year, day.month), ())
    known = counts[day.day - 1] if day.day <= len(counts) else None
    return known or published.WEEKDAYS[day.weekday()]
