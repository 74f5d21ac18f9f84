"""What a file looks like that is no access log known here, so that a refusal says what was seen."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_IP = rb"\d{1,3}(?:\.\d{1,3}){3}"
_OWN = (
    "Give the server's own format: --format '...', an Apache LogFormat or nginx log_format as it is; for JSON, "
    "'json host=KEY time=KEY ...'."
)
_LOOKED_AT_BYTES = 500
_ACCESS_LOG = "Give the server's access log."
_LEAVE_OUT = "It is no access log: leave it out."


class LogKind(NamedTuple):
    """A kind of file, told by half of its lines; what it is called, and what to do."""

    title: str
    line: re.Pattern[bytes]
    hint: str
    is_certain: bool = False
    """Whether nothing else has such lines: then a file is refused by its name."""


def _kind(title: str, line: bytes, hint: str) -> LogKind:
    return LogKind(title, re.compile(line), hint)


def _other_log(title: str, line: bytes, hint: str = _LEAVE_OUT) -> LogKind:
    """Return a log that stands beside access logs and is none."""
    return LogKind(title, re.compile(line), hint, is_certain=True)


KINDS: tuple[LogKind, ...] = (
    _kind("binary data", rb"(?s)(?=.*[\x00-\x08\x0e-\x1a\x1c-\x1f]).", "Give a log: text, or packed with gzip."),
    _other_log(
        "the request log of Apache's mod_ssl (ssl_request_log), which has no status",
        rb'\[[^\]]+\] \S+ (?:(?:TLS|SSL)v[\d.]+|-) \S+ "[^"]*" (?:\d+|-)\Z',
        "Its requests are in the access log beside it, too: leave it out.",
    ),
    _other_log("an error log of Apache", rb"\[\w{3} \w{3} [ \d]\d [\d:.]+ \d{4}\] \[[\w.:-]*\]"),
    _other_log("an error log of nginx", rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: "),
    _other_log("an error log of PHP", rb"\[\d\d-[A-Z][a-z]{2}-\d{4} [\d:]+ [\w/+-]+\] (?:PHP |NOTICE|WARNING|ERROR)"),
    _other_log("an audit log of the Linux kernel", rb"type=[A-Z_]+ msg=audit\(\d+\.\d+:\d+\): "),
    _kind(
        "the lines of a W3C extended log (IIS) without their #Fields",
        rb"\d{4}-\d\d-\d\d[ \t]\d\d:\d\d:\d\d[ \t](?=.*[ \t]" + _IP + rb"[ \t])(?=.*[ \t]\d{3}[ \t]|.*[ \t]\d{3}$)\S",
        "Say what stands in them, as the line #Fields does: --format 'w3c date time s-ip cs-method cs-uri-stem ...'.",
    ),
    _kind("XML or HTML", rb"\s*<[?!/\w].*>?\s*$", _ACCESS_LOG),
    _kind(
        "a system log",
        rb"(?:<\d+>)?(?:\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) "
        rb"\S+ [^\s:\[]+(?:\[\d+\])?: ",
        _ACCESS_LOG,
    ),
    _kind(
        "a stack trace",
        rb"\s+at [\w.$<>]+\(|Traceback|\s+File \"|Caused by: |[\w.]+(?:Exception|Error)\b",
        _ACCESS_LOG,
    ),
    _kind(
        "the log of an application",
        rb"\[?\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}[^ ]{0,8} (?:[^ ]{1,60} ){0,3}\[?"
        rb"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL)\b",
        _ACCESS_LOG,
    ),
    _kind("values with commas (CSV)", rb"[^,\"]*(?:\"[^\"]*\"[^,\"]*)?(?:,[^,]*){2,}$", _OWN),
    _kind("values with bars between", rb"[^|]*(?:\|[^|]*){2,}$", _OWN),
    _kind("values with tabs between", rb"[^\t]*(?:\t[^\t]*){2,}$", _OWN),
)
"""The first that half of the lines match is said."""

UNKNOWN_HINT = _OWN


def kind_of(lines: Sequence[bytes]) -> LogKind | None:
    """Return the kind of file that lines are of; None where they are of none known here."""
    for kind in KINDS:
        fitting = sum(bool(kind.line.match(line.rstrip(b"\r "), 0, _LOOKED_AT_BYTES)) for line in lines)
        if 2 * fitting >= len(lines):
            return kind
    return None
