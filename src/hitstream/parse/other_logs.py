"""Logs that stand beside access logs and are none: known by the shapes of their lines, and refused by their names."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class OtherLog(NamedTuple):
    """A row of `OTHER_LOGS`: how its lines begin, what it is, what to do."""

    shape: re.Pattern[bytes]
    name: str
    hint: str


_LEAVE_OUT = "It is no access log: leave it out."
OTHER_LOGS: tuple[OtherLog, ...] = (
    OtherLog(
        re.compile(rb'\[[^\]]+\] \S+ (?:(?:TLS|SSL)v[\d.]+|-) \S+ "[^"]*" (?:\d+|-)\Z'),
        "the request log of Apache's mod_ssl (ssl_request_log), which has no status",
        "Its requests are in the access log beside it, too: leave it out.",
    ),
    OtherLog(
        re.compile(rb"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:.]+ \d{4}\] \[[\w:-]+\] "),
        "an error log of Apache",
        _LEAVE_OUT,
    ),
    OtherLog(re.compile(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: "), "an error log of nginx", _LEAVE_OUT),
    OtherLog(
        re.compile(rb"\[\d\d-[A-Z][a-z]{2}-\d{4} [\d:]+ [\w/+-]+\] (?:PHP |NOTICE|WARNING|ERROR)"),
        "an error log of PHP",
        _LEAVE_OUT,
    ),
    OtherLog(re.compile(rb"type=[A-Z_]+ msg=audit\(\d+\.\d+:\d+\): "), "an audit log of the Linux kernel", _LEAVE_OUT),
)


def other_log(lines: Sequence[bytes]) -> OtherLog | None:
    """Return what the lines are where half of them have the shape of a log that is no access log."""
    for row in OTHER_LOGS:
        if 2 * sum(bool(row.shape.match(line.rstrip(b"\r "))) for line in lines) >= len(lines):
            return row
    return None
