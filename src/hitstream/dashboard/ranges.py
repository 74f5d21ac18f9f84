"""Which time a page is about: a range that ends now, a period of the calendar, or a span between two instants."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from hitstream.clock import Clock
from hitstream.errors import ConfigError
from hitstream.query.times import parse_time

MINUTE, HOUR, DAY = 60, 3600, 86400
LONGEST = 200 * 366 * DAY
"""Seconds of the longest span: one typed wrong must not ask for a million empty days."""


class RelativeRange(NamedTuple):
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


RANGES: tuple[RelativeRange, ...] = (
    RelativeRange("15m", "15 min", 15 * MINUTE, "in the last 15 minutes"),
    RelativeRange("1h", "1 hour", HOUR, "in the last hour"),
    RelativeRange("6h", "6 hours", 6 * HOUR, "in the last 6 hours", HOUR),
    RelativeRange("24h", "24 hours", DAY, "in the last 24 hours", HOUR),
    RelativeRange("7d", "7 days", 7 * DAY, "in the last 7 days", HOUR),
    RelativeRange("30d", "30 days", 30 * DAY, "in the last 30 days", HOUR),
    RelativeRange("all", "All", None, "in all"),
)
_A_DAY, EVERYTHING = RANGES[3], RANGES[-1]


class Period(NamedTuple):
    """A day, week or month by the clocks of the page's zone."""

    name: str
    """As in the URL: `?range=name`."""
    label: str
    unit: str
    """A key of `_UNITS`."""
    back: int
    """How many units before the present one."""

    @property
    def words(self) -> str:
        """As in a sentence: "requests ..."."""
        return self.label.lower()


PERIODS: tuple[Period, ...] = (
    Period("today", "Today", "day", 0),
    Period("yesterday", "Yesterday", "day", 1),
    Period("this-week", "This week", "week", 0),
    Period("last-week", "Last week", "week", 1),
    Period("this-month", "This month", "month", 0),
    Period("last-month", "Last month", "month", 1),
)


class Span(NamedTuple):
    """A stretch of time that stands still: seconds since 1970 UTC, start <= second < end."""

    start: int
    end: int

    @property
    def words(self) -> str:
        """As in a sentence: "requests ..."."""
        return "in the chosen time"


Stretch = RelativeRange | Period | Span


class Window(NamedTuple):
    """Seconds since 1970 UTC, start <= second < end; None for open ends."""

    start: int | None
    end: int | None


def named(name: str | None) -> RelativeRange | Period | None:
    """Return the range of that name, or None for an unknown one: a URL is anyone's to write."""
    choices: tuple[RelativeRange | Period, ...] = (*RANGES, *PERIODS)
    return next((choice for choice in choices if choice.name == name), None)


def span(start: str, end: str) -> Span:
    """Return the span between two instants as people write them (`1995-07-01`, `2015-05-17T10:05`; UTC).

    Raises:
        ConfigError: one is no time, or nothing lies between.
    """
    return _checked(parse_time(start, _NEVER), parse_time(end, _NEVER))


def typed(start: str, end: str, clock: Clock, zone: tzinfo) -> Span:
    """Return the span between two instants as people type them, by the clocks of a zone; no end stands for now.

    Raises:
        ConfigError: one is no time, or nothing lies between.
    """
    return _checked(parse_time(start, clock, zone), parse_time(end or "now", clock, zone))


def _checked(start: int, end: int) -> Span:
    if not start < end <= start + LONGEST:
        raise ConfigError("The time chosen has to end after it starts, within 200 years.", "Choose a later end.")
    return Span(start, end)


def instant(second: int) -> str:
    """Return an instant as `span` reads it: to the minute, or to the second where it is not a whole one."""
    written = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
    return written.removesuffix(":00") if written.count(":") == 2 else written


def latest(found: tuple[int, int] | None, now: float) -> float:
    """Return the instant that ranges end at: now, or the last hit of a log that has ended a day ago or longer.

    `found` is the seconds of the first and the last hit.
    """
    return now if found is None or now - found[1] <= DAY else found[1]


def window(choice: Stretch, now: float, zone: tzinfo = UTC) -> Window:
    """Return what a range covers, the current minute or hour included."""
    if isinstance(choice, Span):
        return Window(*choice)
    if isinstance(choice, Period):
        begin = _shifted(_UNITS[choice.unit](now, zone), choice.unit, -choice.back)
        return Window(_second(begin), _second(_shifted(begin, choice.unit, 1)))
    if choice.seconds is None:
        return Window(None, None)
    end = (int(now) // choice.whole + 1) * choice.whole
    return Window((int(now) - choice.seconds) // choice.whole * choice.whole, end)


def is_whole_hours(asked: Window) -> bool:
    """Return whether cells alone answer for a time: nearly all views are kept by the hour."""
    return all(end is None or end % HOUR == 0 for end in asked)


def moved(choice: Stretch, now: float, zone: tzinfo = UTC, steps: int = -1) -> Window | None:
    """Return the window of a range moved by so many of its own lengths: a day, a month, 24 hours exactly.

    None where it has open ends. Whole days by the clocks of the zone move by days, be they of 23 or of 25 hours.
    """
    start, end = window(choice, now, zone)
    if start is None or end is None:
        return None
    if isinstance(choice, RelativeRange):
        shift = steps * (choice.seconds or 0)
        return Window(start + shift, end + shift)
    first, last = (datetime.fromtimestamp(each, zone) for each in (start, end))
    unit, count = choice.unit if isinstance(choice, Period) else "day", 1
    if isinstance(choice, Span):
        if _is_midnight(first) != _is_midnight(last) or not _is_midnight(first):
            return Window(start + steps * (end - start), end + steps * (end - start))
        unit, count = _calendar(first, last)
    return Window(*(_second(_shifted(each, unit, steps * count)) for each in (first, last)))


def stepped(choice: Stretch, now: float, zone: tzinfo, steps: int) -> Span | None:
    """Return the span that lies so many ranges before or after, exactly as long as its name says."""
    asked = moved(choice, now, zone, steps)
    if asked is None or asked.start is None or asked.end is None:
        return None
    seconds = choice.seconds if isinstance(choice, RelativeRange) else None
    return Span(asked.start if seconds is None else asked.end - seconds, asked.end)


def previous(choice: Stretch, now: float, zone: tzinfo = UTC) -> Window | None:
    """Return the period before; of one that is not over only as much as has passed of it."""
    (start, end), before = window(choice, now, zone), moved(choice, now, zone)
    if start is None or end is None or before is None or before.start is None or before.end is None:
        return None
    passed = -(-int(now + 1) // MINUTE) * MINUTE - start
    return Window(before.start, min(before.end, before.start + passed) if passed > 0 else before.end)


def widened(asked: Window) -> Span | None:
    """Return twice as long a time around the same middle; None where there is none, or no longer one."""
    start, end = asked
    if start is None or end is None or 2 * (end - start) > LONGEST:
        return None
    half = max((end - start) // 2 // MINUTE, 1) * MINUTE
    return Span(start - half, end + half)


def suited(found: tuple[int, int] | None, now: float) -> RelativeRange:
    """Choose a range for data from found[0] to found[1]: a day, where it has that and goes on."""
    if found is None or latest(found, now) != now or now - found[0] < DAY:
        return EVERYTHING
    return _A_DAY


def _midnight(now: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _monday(now: float, zone: tzinfo) -> datetime:
    midnight = _midnight(now, zone)
    return midnight - timedelta(days=midnight.weekday())


_UNITS: dict[str, Callable[[float, tzinfo], datetime]] = {
    "day": _midnight,
    "week": _monday,
    "month": lambda now, zone: _midnight(now, zone).replace(day=1),
}
"""Unit → when the present one begins."""


def _shifted(at: datetime, unit: str, count: int) -> datetime:
    """Return the same clock time so many days, weeks or months later."""
    if unit != "month":
        return at + timedelta(days=count * (7 if unit == "week" else 1))
    year, month = divmod(at.year * 12 + at.month - 1 + count, 12)
    return at.replace(year=year, month=month + 1)


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second) == (0, 0, 0)


def _calendar(first: datetime, last: datetime) -> tuple[str, int]:
    """Return how many months lie between two midnights, or days where they begin none."""
    if first.day == last.day == 1:
        return "month", (last.year - first.year) * 12 + last.month - first.month
    return "day", (last.date() - first.date()).days


def _second(at: datetime) -> int:
    return int(at.timestamp())


class _Never(Clock):
    """There is no now in an instant that is kept."""

    def now(self) -> float:
        raise ConfigError("A time in an address does not move.", "Write 1995-07-01 or 2015-05-17T10:05 (UTC).")

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError


_NEVER = _Never()
