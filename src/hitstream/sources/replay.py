"""Plays recorded lines again as if they were written now, at a chosen speed."""

import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hitstream.clock import Clock, SystemClock
from hitstream.errors import ConfigError, DataError
from hitstream.record import I64, U8, Chunk
from hitstream.sources.contract import IDLE, Source, SourceEvent

STEP_SECONDS = 0.1
"""The longest wait before control goes back to the caller."""

_MONTHS = np.frombuffer(b"JanFebMarAprMayJunJulAugSepOctNovDec", np.uint8).reshape(12, 3)
_SIGNS = {0: b"[", 3: b"/", 7: b"/", 12: b":", 15: b":", 18: b":", 21: b" ", 27: b"]"}
_DIGITS = (1, 2, 8, 9, 10, 11, 13, 14, 16, 17, 19, 20, 23, 24, 25, 26)
_WIDTH = 28


class Times(NamedTuple):
    """The times of a chunk, one for each line that has one.

    `line` is the number of the line in the chunk, `at` the index of the bracket, `local` the seconds since
    1970 as the line's own clock shows them, `zone` the seconds by which that clock is ahead of UTC.
    """

    line: I64
    at: I64
    local: I64
    zone: I64


class Replay:
    """Re-times the lines of a source: the first is now, the others as much later as they were; a `Source`.

    The first `[dd/Mon/yyyy:HH:MM:SS +zzzz]` of a line is its time; lines without one go with the line before.
    At speed 60 an hour passes in a minute and the lines show when they were played. At speed 0 nothing waits,
    and the lines keep their distances. All lines become one new source, which cannot be resumed.

    Args:
        source: makes the source to play, anew for every loop.
        speed: seconds of the record in one second; 0 as fast as possible.
        loop: whether to begin again at the end.
        clock: tells the time and waits.

    Raises:
        ConfigError: a negative speed.
    """

    def __init__(
        self,
        source: Callable[[], Source],
        *,
        speed: float = 1.0,
        loop: bool = False,
        clock: Clock | None = None,
    ) -> None:
        if speed < 0:
            raise ConfigError(f"A speed of {speed:g} would play backwards.", "Give 0 (no waiting) or more.")
        self.identity = f"replay-{uuid.uuid4().hex[:16]}"
        self._source = source
        self._speed = speed
        self._loop = loop
        self._clock = clock or SystemClock()
        self._offset = 0
        self._left = False

    def read(self) -> Iterator[SourceEvent]:
        """Yield pieces, each when its lines are due; see `Source.read`.

        Raises:
            DataError: a chunk has no line with a time.
        """
        while True:
            played = self._offset
            yield from self._play()
            if not self._loop or self._left or played == self._offset:
                return

    def leave(self, _identity: str) -> None:
        """Deliver no more: what is played is one source."""
        self._left = True

    def _play(self) -> Iterator[SourceEvent]:
        start = self._clock.now()
        first: int | None = None
        latest = 0.0
        for chunk, _ in self._source().read():
            if self._left:
                return
            if chunk is None:
                yield IDLE
                continue
            data = np.frombuffer(bytearray(chunk.data), np.uint8)
            ends = np.append(np.flatnonzero(data[:-1] == ord("\n")), len(data) - 1) + 1
            times = find_times(data, ends)
            if len(times.at) == 0:
                raise DataError(
                    f"{chunk.source}:{chunk.offset}: no line has a [01/Jul/1995:00:00:01 -0400].",
                    "Only logs with a bracketed time can be replayed.",
                )
            utc = times.local - times.zone
            first = int(utc[0]) if first is None else first
            since = (utc - first) / (self._speed or 1.0)
            write_times(data, times, np.floor(start + since).astype(np.int64) + times.zone)
            due = _due(len(ends), times.line, since, latest)
            latest = float(due[-1])
            yield from self._emit(data.data, ends, start + due)

    def _emit(self, data: memoryview, ends: I64, due: NDArray[np.float64]) -> Iterator[SourceEvent]:
        """Yield the lines that are due, and wait for the others."""
        sent = done = 0
        while sent < len(ends):
            now = self._clock.now()
            ready = int(np.searchsorted(due, now, "right")) if self._speed else len(ends)
            if ready <= sent:
                yield IDLE
                self._clock.sleep(min(STEP_SECONDS, float(due[sent]) - now))
                continue
            piece = data[done : ends[ready - 1]]
            yield SourceEvent(Chunk(self.identity, self._offset, piece), None)
            self._offset += len(piece)
            sent, done = ready, int(ends[ready - 1])


def find_times(data: U8, ends: I64) -> Times:
    """Find the first bracketed time of each line; `ends` are the indices after the lines."""
    at = np.flatnonzero(data[: max(0, len(data) - _WIDTH + 1)] == ord("["))
    for place, sign in _SIGNS.items():
        at = at[data[at + place] == ord(sign)]
    for place in _DIGITS:
        at = at[(data[at + place] - ord("0")) < 10]  # unsigned: bytes below "0" wrap around
    at = at[(data[at + 22] == ord("+")) | (data[at + 22] == ord("-"))]
    month = np.argmax((data[at[:, None] + np.arange(4, 7)][:, None, :] == _MONTHS).all(axis=2), axis=1)
    named = (data[at[:, None] + np.arange(4, 7)] == _MONTHS[month]).all(axis=1)
    line = np.searchsorted(ends, at, "right")
    line, first = np.unique(np.where(named, line, len(ends)), return_index=True)
    line, first = line[line < len(ends)], first[line < len(ends)]
    at, month = at[first], month[first]
    return Times(line, at, _seconds(data, at, month), _zone(data, at))


def write_times(data: U8, times: Times, local: I64) -> None:
    """Write other local seconds in the places of some times."""
    days, rest = np.divmod(local, 86400)
    date = days.astype("datetime64[D]")
    months = date.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    year = months.astype(np.int64) // 12 + 1970
    _write(data, times.at + 1, (date - months).astype(np.int64) + 1, 2)
    data[times.at[:, None] + np.arange(4, 7)] = _MONTHS[month]
    _write(data, times.at + 8, year, 4)
    for place, value in ((13, rest // 3600), (16, rest // 60 % 60), (19, rest % 60)):
        _write(data, times.at + place, value, 2)


def _due(lines: int, timed: I64, since: NDArray[np.float64], latest: float) -> NDArray[np.float64]:
    """Return when each line is due after the start: never before the line above it."""
    due = np.full(lines, latest)
    due[timed] = since
    return np.maximum.accumulate(np.maximum(due, latest))


def _seconds(data: U8, at: I64, month: I64) -> I64:
    year, day = _number(data, at + 8, 4), _number(data, at + 1, 2)
    months = ((year - 1970) * 12 + month).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    hour, minute, second = (_number(data, at + place, 2) for place in (13, 16, 19))
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _zone(data: U8, at: I64) -> I64:
    ahead = (_number(data, at + 23, 2) * 60 + _number(data, at + 25, 2)) * 60
    return np.where(data[at + 22] == ord("-"), -ahead, ahead)


def _number(data: U8, at: I64, width: int) -> I64:
    value = np.zeros(len(at), np.int64)
    for place in range(width):
        value = value * 10 + (data[at + place] - ord("0"))
    return value


def _write(data: U8, at: I64, value: I64, width: int) -> None:
    for place in reversed(range(width)):
        value, digit = np.divmod(value, 10)
        data[at + place] = digit + ord("0")
