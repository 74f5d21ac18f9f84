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


class LogKind(NamedTuple):
    """A kind of file, told by most of its lines; what it is called, and what to do."""

    title: str
    line: re.Pattern[bytes]
    hint: str


def _kind(title: str, line: bytes, hint: str) -> LogKind:
    return LogKind(title, re.compile(line), hint)


KINDS: tuple[LogKind, ...] = (
    _kind("binary data", rb"(?s)(?=.*[\x00-\x08\x0e-\x1a\x1c-\x1f]).", "Give a log: text, or packed with gzip."),
    _kind("nginx's error log", rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: ", _ACCESS_LOG),
    _kind("Apache's error log", rb"\[\w{3} \w{3} [ \d]\d [\d:.]+ \d{4}\] \[[\w.:-]*\]", _ACCESS_LOG),
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
        if 2 * sum(bool(kind.line.match(line, 0, _LOOKED_AT_BYTES)) for line in lines) > len(lines):
            return kind
    return None
