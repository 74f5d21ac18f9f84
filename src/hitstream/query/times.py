"""Instants as people write them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from hitstream.clock import Clock
from hitstream.errors import ConfigError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(rf"(?:last )?(?:({'|'.join(_WEEKDAYS)})|(mon|tues|wednes|thurs|fri|satur|sun)day)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = f"({'|'.join(_MONTHS)})[a-z]*\\.?"
_MAX_DIGITS = 11
"""Digits of seconds since 1970: more are milliseconds."""

_AGO = re.compile(r"-\s*(\d{1,9})\s*([smhdw])|(\d{1,9})\s*([smhdw])[a-z]*\s+ago")
_EPOCH = re.compile(r"@?(\d{9,13})")
_CLOCK = re.compile(
    r"(?P<day>.*?)(?:^|[\sT:,]+)(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)
_WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_DATES: tuple[tuple[re.Pattern[str], Callable[..., tuple[Any, Any, Any]]], ...] = (
    (re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"), lambda year, month, day: (year, month, day)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), lambda year, month, day: (year, month, day)),
    (re.compile(r"(\d{4})-(\d{2})"), lambda year, month: (year, month, 1)),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), lambda day, month, year: (year, month, day)),
    (re.compile(rf"(\d{{1,2}})\.?[\s/-]+{_MONTH}[\s/,-]+(\d{{4}})"), lambda day, month, year: (year, month, day)),
    (re.compile(rf"{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(\d{{4}})"), lambda m, day, year: (year, m, day)),
)
"""Ways to write a date → its year, month and day. `5/6/2015` is none of them: half the world reads it otherwise."""

_HINT = "Write 1995-07-01, 2015-05-17T10:05, yesterday 14:00, 17 May 2015, -24h (ago) or now."


def parse_time(text: str, clock: Clock, zone: tzinfo = UTC) -> int:
    """Return the seconds since 1970 UTC of an instant as people write it.

    `now`; `-24h`, `3d ago` (s, m, h, d, w); a day with or without a time, which is midnight without: `1995-07-01`,
    `17 May 2015 10:05`, `17/May/2015:10:05:03 +0200`, `17.05.2015`, `yesterday 14:00`, `monday` (the last one), `14:00`
    (today); seconds or milliseconds since 1970. A time without an offset is by the clocks of `zone`; the first of two
    that they show alike.

    Raises:
        ConfigError: it is none of these, or a time that clocks leave out.
    """
    given = text.strip()
    words = given.lower()
    if words == "now":
        return int(clock.now())
    if ago := _AGO.fullmatch(words):
        return int(clock.now()) - int(ago[1] or ago[3]) * _SECONDS[ago[2] or ago[4]]
    if epoch := _EPOCH.fullmatch(words):
        return int(epoch[1]) // (1 if len(epoch[1]) <= _MAX_DIGITS else 1000)
    try:
        return _instant(given, clock, zone)
    except (ValueError, OverflowError):
        raise ConfigError(f"{text!r} is not a time.", _HINT) from None


def _instant(text: str, clock: Clock, zone: tzinfo) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _written(text, clock, zone)
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    instant = int(at.timestamp())
    if datetime.fromtimestamp(instant, at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None, microsecond=0):
        raise ConfigError(f"There was no {text} in {zone}: clocks were set forward.", "Choose another time.")
    return instant


def _written(text: str, clock: Clock, zone: tzinfo) -> datetime:
    """Return a day in any of its forms, with its time where there is one.

    Raises:
        ValueError: it is none.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        return _day(text.strip().lower(), clock, zone)
    day = _day(found["day"].strip().lower() or "today", clock, _offset(found["zone"]) if found["zone"] else zone)
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if (hour, minute, second) == (24, 0, 0):
        return day + timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=second)


def _day(words: str, clock: Clock, zone: tzinfo) -> datetime:
    """Return the midnight with which a day begins.

    Raises:
        ValueError: it is no day.
    """
    for pattern, ordered in _DATES:
        if found := pattern.fullmatch(words):
            year, month, day = ordered(*found.groups())
            number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
            return datetime(int(year), number, int(day), tzinfo=zone)
    today = datetime.fromtimestamp(clock.now(), zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if words in _WORDS:
        return today + timedelta(days=_WORDS[words])
    if found := _WEEKDAY.fullmatch(words):
        return today - timedelta(days=(today.weekday() - _WEEKDAYS.index((found[1] or found[2])[:3])) % 7 or 7)
    raise ValueError(words)


def _offset(written: str) -> tzinfo:
    if written.upper() in ("Z", "UTC", "GMT"):
        return UTC
    parsed = datetime.fromisoformat(f"2000-01-01T00:00:00{written}{':00' if len(written) == 3 else ''}").tzinfo
    assert parsed is not None
    return parsed
