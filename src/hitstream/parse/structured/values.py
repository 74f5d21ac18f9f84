"""What a value of a structured line means, read slowly and obviously."""

import re
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from hitstream.parse.program import EARLIEST, LATEST
from hitstream.parse.structured.columns import ANY_UNIT
from hitstream.parse.structured.syntaxes import Value, ValueKind

MAX_NUMBER = 10**18
_EARLIEST_EPOCH_SECONDS = 10**8
_NUMBER = re.compile(rb"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_STATUS = re.compile(rb"([0-9]{1,3})|([0-9]{3}) .*", re.DOTALL)
_BYTES = re.compile(rb"[0-9]{1,18}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCK = (
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?"
    r"(?: ?(?:Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?(?: [A-Z]{1,5})?))?"
)
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})"
_TIMES = tuple(
    re.compile((date + _CLOCK).encode())
    for date in (
        r"(?P<year>\d{4})(?P<mark>[-/])(?P<month>\d\d)(?P=mark)(?P<day>\d\d)[Tt ]",
        rf"(?P<day>\d\d)/{_NAME}/(?P<year>\d{{4}})[: ]",
        rf"[A-Z][a-z]{{2}}, (?P<day>\d\d) {_NAME} (?P<year>\d{{4}}) ",
    )
)
"""Dates as ISO 8601 and its like, as the Common Log Format and as HTTP write them; without an offset they are UTC."""
_UNITS = {"ns": -3, "us": 0, "µs": 0, "μs": 0, "ms": 3, "s": 6}
_LONG_UNITS = {b"m": 60_000_000, b"h": 3_600_000_000}
_ONE_DURATION = re.compile(f"([0-9]+(?:\\.[0-9]+)?) ?({'|'.join(_UNITS)})|([0-9]{{1,9}}) ?([mh])".encode())
_DURATION = re.compile(b"(?:%b)+" % _ONE_DURATION.pattern)
_METHOD = re.compile(rb"([A-Za-z_-]{1,32}) (.+)", re.DOTALL)
_PROTOCOL = re.compile(rb"(.+) (HTTP/[0-9]+(?:\.[0-9]+)?)", re.DOTALL | re.IGNORECASE)


class Request(NamedTuple):
    """The parts of a request line; those that it lacks are empty."""

    method: bytes
    target: bytes
    protocol: bytes


def is_none(value: Value) -> bool:
    """Tell whether what stands there is no value."""
    nothing = (b"", b"-", b"null", b"true", b"false") if value.kind is ValueKind.WORD else (b"", b"-")
    return value.text in nothing


def read_status(value: Value) -> int | None:
    """Return a status of one to three digits, or of three with its phrase behind them, as `200 OK`."""
    found = _STATUS.fullmatch(value.text)
    return int(found[1] or found[2]) if found else None


def read_bytes(value: Value) -> int | None:
    """Return a whole number of at most 18 digits."""
    return int(value.text) if _BYTES.fullmatch(value.text) else None


def read_duration(value: Value, unit: int) -> int | None:
    """Return microseconds, rounded down: of a number in 10^unit microseconds, or of numbers with units (`1m2.5s`)."""
    if _DURATION.fullmatch(value.text):
        total = sum(_part_of_duration(found) for found in _ONE_DURATION.finditer(value.text))
        return total if total < MAX_NUMBER else None
    number = _number(value.text)
    return None if number is None or unit == ANY_UNIT else _whole(number, unit)


def read_time(value: Value, unit: int) -> tuple[int, int] | None:
    """Return (microseconds since 1970 UTC, minutes of its offset from UTC) of a time.

    A number is 10^unit microseconds since 1970, or as its size tells, from 1973 on: below 10^11 seconds, below 10^14
    milliseconds, below 10^17 microseconds, else nanoseconds.
    """
    text = value.text.removeprefix(b"[")
    for pattern in _TIMES:
        if found := pattern.match(text):
            rest = text[found.end() :]
            if rest in (b"", b"]") or (value.kind is ValueKind.HEAD and rest[:1] in (b" ", b"]")):
                return _moment({name: part.decode() for name, part in found.groupdict().items() if part is not None})
    number = _number(text)
    if number is None:
        return None
    if unit == ANY_UNIT:
        if number < _EARLIEST_EPOCH_SECONDS:
            return None
        unit = 6 - 3 * sum(number >= limit for limit in (10**11, 10**14, 10**17))
    instant = _whole(number, unit)
    return None if instant is None or instant > LATEST else (instant, 0)


def read_request(text: bytes) -> Request:
    """Split a request line as text formats do; the protocol may be in small letters."""
    found = _METHOD.fullmatch(text)
    if not found:
        return Request(b"", text, b"")
    method, rest = found.groups()
    ended = _PROTOCOL.fullmatch(rest)
    return Request(method, *ended.groups()) if ended else Request(method, rest, b"")


def _part_of_duration(found: re.Match[bytes]) -> int:
    number, unit, whole, long_unit = found.groups()
    if long_unit:
        return int(whole) * _LONG_UNITS[long_unit]
    return int(Fraction(number.decode()) * Fraction(10) ** _UNITS[unit.decode()])


def _number(text: bytes) -> Fraction | None:
    return Fraction(text.decode()) if _NUMBER.fullmatch(text) else None


def _whole(number: Fraction, unit: int) -> int | None:
    whole = int(number * Fraction(10) ** unit)
    return whole if whole < MAX_NUMBER else None


def _moment(parts: dict[str, str]) -> tuple[int, int] | None:
    zone = 60 * int(parts.get("hours", 0)) + int(parts.get("minutes", 0))
    if int(parts.get("hours", 0)) > 23 or int(parts.get("minutes", 0)) > 59:
        return None
    zone = -zone if parts.get("sign") == "-" else zone
    month = _MONTHS.index(parts["name"]) + 1 if "name" in parts else int(parts["month"])
    second = int(parts["second"])
    try:  # a leap second is the first second of the next minute
        date = datetime(int(parts["year"]), month, int(parts["day"]), int(parts["hour"]), int(parts["minute"]))
    except ValueError:
        return None
    whole = (date - datetime(1970, 1, 1)) // timedelta(microseconds=1) + (second - 60 * zone) * 1_000_000
    instant = whole + int(f"{parts.get('fraction', '0'):0<6}"[:6])
    return (instant, zone) if second <= 60 and EARLIEST <= instant <= LATEST else None
