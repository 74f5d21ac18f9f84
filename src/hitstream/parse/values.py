"""What a value of a line means, read slowly and obviously: a request, a status, bytes, a time."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from hitstream.parse.clients import is_vhost
from hitstream.parse.program import EARLIEST, LATEST, Field

_REQUESTS = (
    re.compile(rb"(?P<method>[A-Za-z_-]{1,32}) (?P<target>.+) (?P<protocol>HTTP/[0-9]+(?:\.[0-9]+)?)", re.DOTALL),
    re.compile(rb"(?P<method>[A-Za-z_-]{1,32}) (?P<target>.+)(?P<protocol>)", re.DOTALL),
    re.compile(rb"(?P<method>)(?P<target>.*)(?P<protocol>)", re.DOTALL),
)
_URL = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://(?P<host>[^/?#]+)(?P<rest>.*)", re.DOTALL)
_STATUS = re.compile(rb"[0-9]{3}")
_BYTES = re.compile(rb"[0-9]{1,18}")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOKENS = {
    "%d": r"(?P<day>[0-9]{2})",
    "%e": r"(?P<day>[0-9]{1,2}+| [0-9])",
    "%m": r"(?P<month>[0-9]{2})",
    "%b": rf"(?P<name>{'|'.join(_MONTHS)})",
    "%Y": r"(?P<year>[0-9]{4})",
    "%y": r"(?P<short>[0-9]{2})",
    "%H": r"(?P<hour>[0-9]{2})",
    "%M": r"(?P<minute>[0-9]{2})",
    "%S": r"(?P<second>[0-9]{2})",
    "%z": r"(?:Z|GMT|UTC|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):?(?P<minutes>[0-5][0-9]))",
    "%f": r"(?P<fraction>[0-9]{1,9}+)(?![0-9])",
    "%s": r"(?P<epoch>[0-9]{1,18}+)(?![0-9])",
    "%%": "%",
}
_OPTIONAL_FRACTION = r"(?:\.(?P<fraction>[0-9]{1,9}+)(?![0-9]))?+"
_LEAP_SECOND = 60
_EPOCH = datetime(1970, 1, 1)

Values = dict[str, Any]
"""Values of columns, by name."""


class Misfit(Exception):
    """A line does not fit: the reason (mostly a field's name), and where in the line that field starts."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason, at)
        self.reason = reason
        self.at = at


def split_request(request: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the method, target and protocol of a request line.

    A method is 1 to 32 letters, `-` and `_`, and ends at the first blank; a protocol is `HTTP/` and a
    version, after the last blank; the target is what is between, as sent, and not empty. Without a protocol,
    the target is all after the method. Anything else is a target as a whole, method and protocol empty.
    """
    for pattern in _REQUESTS:
        if found := pattern.fullmatch(request):
            return found["method"], found["target"], found["protocol"]
    raise AssertionError("the last pattern takes anything")


def with_query(target: str | None, query: str | None) -> str:
    """Return a target and its query as one; the query may have its `?` or not, and may be missing."""
    target = target or ""
    if not query:
        return target
    return target + ("" if query.startswith("?") else "?") + query


def split_url(target: str) -> tuple[str | None, str]:
    """Return the host of a full URL and the target behind it; None and the target where it is no such URL."""
    found = _URL.fullmatch(target)
    if not found or not is_vhost(found["host"].encode()):
        return None, target
    return found["host"], found["rest"] if found["rest"].startswith("/") else "/" + found["rest"]


def with_vhost(values: Values) -> Values:
    """Return the values of a line whose target may be a full URL: its host is the virtual host where there is none."""
    host, _ = split_url(values["target"])
    return values if host is None or values.get("vhost") else values | {"vhost": host}


def read_status(value: bytes, field: Field) -> Values | None:
    """Return the value of a status, None if it is none."""
    return {"status": int(value)} if _STATUS.fullmatch(value) else None


def read_bytes(value: bytes, field: Field) -> Values | None:
    """Return the value of a number of bytes, None if it is none."""
    if value == b"-":
        return {"bytes": -1}
    return {"bytes": int(value)} if _BYTES.fullmatch(value) else None


def read_time(value: bytes, field: Field) -> Values | None:
    """Return the instant and the offset of a time, None if it is none."""
    found = time_pattern(field.time).fullmatch(value)
    if not found:
        return None
    parts = {name: text.decode() for name, text in found.groupdict().items() if text is not None}
    zone = 60 * int(parts.get("hours", 0)) + int(parts.get("minutes", 0))
    zone = -zone if parts.get("sign") == "-" else zone
    try:
        whole = int(parts["epoch"]) * field.scale if "epoch" in parts else _calendar(parts) - zone * 60_000_000
    except ValueError:
        return None
    instant = whole + int(f"{parts.get('fraction', '0'):0<6}"[:6])
    return {"time": instant, "zone": zone} if EARLIEST <= instant <= LATEST else None


@lru_cache(maxsize=64)
def time_pattern(time: str) -> re.Pattern[bytes]:
    """Return what a time in a format looks like, each part of it a group."""
    pieces = re.findall(r"%.|[^%]+", time, re.DOTALL)
    patterns = [_TOKENS.get(piece) or re.escape(piece) for piece in pieces]
    if "%f" not in pieces:
        patterns = [pattern + _OPTIONAL_FRACTION * (pattern == _TOKENS["%S"]) for pattern in patterns]
    return re.compile("".join(patterns).encode())


def _calendar(parts: dict[str, str]) -> int:
    """Return the microseconds since 1970 of a date and time, its offset not regarded."""
    year = int(parts["year"]) if "year" in parts else 1969 + (int(parts["short"]) - 69) % 100
    month = _MONTHS.index(parts["name"]) + 1 if "name" in parts else int(parts["month"])
    hour, minute, second = (int(parts.get(part, 0)) for part in ("hour", "minute", "second"))
    if second > _LEAP_SECOND:
        raise ValueError(second)
    moment = datetime(year, month, int(parts["day"]), hour, minute) - _EPOCH
    return moment // timedelta(microseconds=1) + second * 1_000_000
