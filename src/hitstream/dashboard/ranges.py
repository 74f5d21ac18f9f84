"""Which time a page is about: a row of `RANGES`, which ends now, or a span between two instants."""

from datetime import UTC, datetime
from typing import NamedTuple

from hitstream.clock import Clock
from hitstream.errors import ConfigError
from hitstream.query.times import parse_time

MINUTE, HOUR, DAY = 60, 3600, 86400
LONGEST = 200 * 366 * DAY
"""Seconds of the longest span: one typed wrong must not ask for a million empty days."""


class Range(NamedTuple):
    """A stretch of time that ends now."""

    name: str
    """As in the URL: `?range=name`."""
    label: str
    """As on the page."""
    seconds: int | None
    """How long; None for everything there is."""
    words: str
    """As in a sentence: "requests ..."."""
    whole: int = MINUTE
    """It starts and ends at whole multiples of so many seconds, those it is in the midst of included. Whole hours
    are answered from cells alone; only the short ranges are worth a look at single hits."""


RANGES: tuple[Range, ...] = (
    Range("15m", "15 min", 15 * MINUTE, "in the last 15 minutes"),
    Range("1h", "1 hour", HOUR, "in the last hour"),
    Range("6h", "6 hours", 6 * HOUR, "in the last 6 hours", HOUR),
    Range("24h", "24 hours", DAY, "in the last 24 hours", HOUR),
    Range("7d", "7 days", 7 * DAY, "in the last 7 days", HOUR),
    Range("30d", "30 days", 30 * DAY, "in the last 30 days", HOUR),
    Range("all", "All", None, "in all"),
)
_A_DAY, EVERYTHING = RANGES[3], RANGES[-1]


class Span(NamedTuple):
    """A stretch of time that stands still: seconds since 1970 UTC, start <= second < end."""

    start: int
    end: int

    @property
    def words(self) -> str:
        """As in a sentence: "requests ..."."""
        return "in the chosen time"


Stretch = Range | Span


class Window(NamedTuple):
    """Seconds since 1970 UTC, start <= second < end; None for open ends."""

    start: int | None
    end: int | None


def named(name: str | None) -> Range | None:
    """Return the range of that name, or None for an unknown one: a URL is anyone's to write."""
    return next((choice for choice in RANGES if choice.name == name), None)


def span(start: str, end: str) -> Span:
    """Return the span between two instants as people write them (`1995-07-01`, `2015-05-17T10:05`; UTC).

    Raises:
        ConfigError: one is no time, or nothing lies between.
    """
    first, last = parse_time(start, _NEVER), parse_time(end, _NEVER)
    if not first < last <= first + LONGEST:
        raise ConfigError("The time chosen has to end after it starts, within 200 years.", "Choose a later end.")
    return Span(first, last)


def instant(second: int) -> str:
    """Return an instant as `span` reads it: to the minute, or to the second where it is not a whole one."""
    written = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
    return written.removesuffix(":00") if written.count(":") == 2 else written


def window(choice: Stretch, now: float) -> Window:
    """Return what a range covers, the current minute or hour included."""
    if isinstance(choice, Span):
        return Window(*choice)
    if choice.seconds is None:
        return Window(None, None)
    end = (int(now) // choice.whole + 1) * choice.whole
    return Window((int(now) - choice.seconds) // choice.whole * choice.whole, end)


def is_whole_hours(asked: Window) -> bool:
    """Return whether cells alone answer for a time: nearly all views are kept by the hour."""
    return all(end is None or end % HOUR == 0 for end in asked)


def previous(asked: Window, now: float) -> Window | None:
    """Return the period of equal length before; of one that is not over only as much as has passed of it."""
    start, end = asked
    if start is None or end is None:
        return None
    passed = min(end, -(-int(now + 1) // MINUTE) * MINUTE) - start
    return Window(2 * start - end, 2 * start - end + passed) if passed > 0 else Window(2 * start - end, start)


def suited(found: tuple[int, int] | None, now: float) -> Range:
    """Choose a range for data from found[0] to found[1]: a day, where it has that and goes on."""
    if found is None or now - found[1] > DAY or now - found[0] < DAY:
        return EVERYTHING
    return _A_DAY


class _Never(Clock):
    """There is no now in an instant that is kept."""

    def now(self) -> float:
        raise ConfigError("A time in an address does not move.", "Write 1995-07-01 or 2015-05-17T10:05 (UTC).")

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError


_NEVER = _Never()
