"""The reference parser: what `program` says, slowly and obviously. The kernel must give the same."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from hitstream.parse.program import (
    ALWAYS,
    EARLIEST,
    LATEST,
    PREFIX,
    TOO_LONG,
    Field,
    Kind,
    Program,
)
from hitstream.record import NO_CODE, BadLines, Chunk, Column, Hits, Parsed, Texts
from hitstream.sources.contract import LINE_CAP

_REQUESTS = (
    re.compile(rb"(?P<method>[A-Za-z_-]{1,32}) (?P<target>.+) (?P<protocol>HTTP/[0-9]+(?:\.[0-9]+)?)", re.DOTALL),
    re.compile(rb"(?P<method>[A-Za-z_-]{1,32}) (?P<target>.+)(?P<protocol>)", re.DOTALL),
    re.compile(rb"(?P<method>)(?P<target>.*)(?P<protocol>)", re.DOTALL),
)
_QUOTE = re.compile(rb'"')
_QUOTE_OR_ESCAPE = re.compile(rb'\\.|"', re.DOTALL)
_STATUS = re.compile(rb"[0-9]{3}")
_BYTES = re.compile(rb"[0-9]{1,18}")
_DURATION = re.compile(rb"([0-9]{1,12})(?:\.([0-9]{1,9}))?")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOKENS = {
    "%d": r"(?P<day>[0-9]{2})",
    "%e": r"(?P<day>[ 0-9][0-9])",
    "%m": r"(?P<month>[0-9]{2})",
    "%b": rf"(?P<name>{'|'.join(_MONTHS)})",
    "%Y": r"(?P<year>[0-9]{4})",
    "%y": r"(?P<short>[0-9]{2})",
    "%H": r"(?P<hour>[0-9]{2})",
    "%M": r"(?P<minute>[0-9]{2})",
    "%S": r"(?P<second>[0-9]{2})",
    "%z": r"(?:Z|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):?(?P<minutes>[0-5][0-9]))",
    "%f": r"(?P<fraction>[0-9]{1,9}+)(?![0-9])",
    "%s": r"(?P<epoch>[0-9]{1,18}+)(?![0-9])",
    "%%": "%",
}
_EPOCH = datetime(1970, 1, 1)

Values = dict[str, Any]


class Misfit(Exception):
    """A line does not fit: the reason (mostly a field's name), and where in the line that field starts."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason, at)
        self.reason = reason
        self.at = at


def parse_reference(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines one by one, field by field."""
    hits: list[tuple[int, Values]] = []
    bad: list[tuple[int, int, str]] = []
    for start, line in text_lines(bytes(chunk.data)):
        try:
            hits.append((chunk.offset + start, parse_line(line, program)))
        except Misfit as misfit:
            bad.append((start, start + len(line[:LINE_CAP]), misfit.reason))
    return Parsed(_hits(chunk.source, hits, program), bad_lines(chunk, bad))


def bad_lines(chunk: Chunk, found: list[tuple[int, int, str]]) -> BadLines:
    """Return the bad lines of a chunk, given where each starts and ends in it, and its reason."""
    reasons = tuple(dict.fromkeys(reason for _, _, reason in found))
    rows = np.array([(start, end, reasons.index(reason)) for start, end, reason in found], np.int64).reshape(-1, 3)
    return BadLines(chunk, reasons, *rows.T)


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


def text_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each line without its line end, and where it starts."""
    start = 0
    for line in data.removesuffix(b"\n").split(b"\n") if data else ():
        yield start, line.removesuffix(b"\r")
        start += len(line) + 1


def parse_line(line: bytes, program: Program) -> Values:
    """Return the values of a line's columns.

    Raises:
        Misfit: it is a bad line.
    """
    if program.of_objects:
        from hitstream.parse.objects_reference import parse_object

        return parse_object(line, program)
    if len(line) > LINE_CAP:
        raise Misfit(TOO_LONG, 0)
    if not line.startswith(program.prefix):
        raise Misfit(PREFIX, 0)
    values: Values = {}
    at = len(program.prefix)
    for index, field in enumerate(program.fields):
        following = program.fields[index + 1] if index + 1 < len(program.fields) else None
        end = _end(line, at, field, following)
        after = end + len(field.until)
        found = _VALUES[field.kind](line[at:end], field) if end >= 0 else None
        if found is None or (following is None and after != len(line)):
            raise Misfit(field.name, at)
        values |= found
        at = after
    return values


def _end(line: bytes, at: int, field: Field, following: Field | None) -> int:
    """Return where the value that starts at `at` ends, or -1."""
    if field.kind is Kind.TIME:
        found = _time_pattern(field.time).match(line, at)
        return found.end() if found and line.startswith(field.until, found.end()) else -1
    if not field.until:
        return len(line)
    if not field.until.startswith(b'"'):
        return line.find(field.until, at)
    if field.kind is Kind.REQUEST and following and following.kind is Kind.STATUS:
        return _end_before_status(line, at, field, following)
    end = next(_quotes(_QUOTE_OR_ESCAPE, line, at), -1)
    return end if end >= 0 and line.startswith(field.until, end) else -1


def _end_before_status(line: bytes, at: int, request: Field, status: Field) -> int:
    tail = _tail_pattern(request.until, status.until)
    for quote in (_QUOTE_OR_ESCAPE, _QUOTE):
        for end in _quotes(quote, line, at):
            if tail.match(line, end):
                return end
    return -1


@lru_cache(maxsize=64)
def _tail_pattern(request_until: bytes, status_until: bytes) -> re.Pattern[bytes]:
    first = re.escape(status_until[:1]) or rb"\Z"
    return re.compile(re.escape(request_until) + b"[0-9]{3}" + first)


def _quotes(pattern: re.Pattern[bytes], line: bytes, at: int) -> Iterator[int]:
    return (found.start() for found in pattern.finditer(line, at) if found[0] == b'"')


def _skip(value: bytes, field: Field) -> Values | None:
    return {}


def _text(value: bytes, field: Field) -> Values | None:
    missing = value == b"-" and field.column not in ALWAYS
    return {field.column: None if missing else _decoded(value)}


def _request(value: bytes, field: Field) -> Values | None:
    return dict(zip(("method", "target", "protocol"), map(_decoded, split_request(value)), strict=True))


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def read_status(value: bytes, field: Field) -> Values | None:
    """Return the value of a status, None if it is none."""
    return {"status": int(value)} if _STATUS.fullmatch(value) else None


def read_bytes(value: bytes, field: Field) -> Values | None:
    """Return the value of a number of bytes, None if it is none."""
    if value == b"-":
        return {"bytes": -1}
    return {"bytes": int(value)} if _BYTES.fullmatch(value) else None


def _duration(value: bytes, field: Field) -> Values | None:
    found = _DURATION.fullmatch(value)
    if value == b"-":
        return {"duration": -1}
    if not found or (found[2] and field.scale == 1):
        return None
    part = found[2] or b"0"
    return {"duration": int(found[1]) * field.scale + int(part) * field.scale // 10 ** len(part)}


def read_time(value: bytes, field: Field) -> Values | None:
    """Return the instant and the offset of a time, None if it is none."""
    found = _time_pattern(field.time).fullmatch(value)
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


def _calendar(parts: dict[str, str]) -> int:
    """Return the microseconds since 1970 of a date and time, its offset not regarded."""
    year = int(parts["year"]) if "year" in parts else 1969 + (int(parts["short"]) - 69) % 100
    month = _MONTHS.index(parts["name"]) + 1 if "name" in parts else int(parts["month"])
    hour, minute, second = (int(parts.get(part, 0)) for part in ("hour", "minute", "second"))
    moment = datetime(year, month, int(parts["day"]), hour, minute, second)
    return (moment - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=64)
def _time_pattern(time: str) -> re.Pattern[bytes]:
    pieces = re.findall(r"%.|[^%]+", time, re.DOTALL)
    return re.compile("".join(_TOKENS.get(piece) or re.escape(piece) for piece in pieces).encode())


_VALUES: dict[Kind, Callable[[bytes, Field], Values | None]] = {
    Kind.SKIP: _skip,
    Kind.TEXT: _text,
    Kind.TIME: read_time,
    Kind.REQUEST: _request,
    Kind.STATUS: read_status,
    Kind.BYTES: read_bytes,
    Kind.DURATION: _duration,
}


def _hits(source: str, rows: list[tuple[int, Values]], program: Program) -> Hits:
    values = [row for _, row in rows]
    names = [field.column for field in program.fields if field.kind is Kind.TEXT]
    if any(field.kind is Kind.REQUEST for field in program.fields):
        names += ["method", "target", "protocol"]
    return Hits(
        source,
        offset=np.array([offset for offset, _ in rows], np.int64),
        time=np.array([row["time"] for row in values], np.int64),
        zone=np.array([row["zone"] for row in values], np.int16),
        status=np.array([row["status"] for row in values], np.int16),
        bytes=np.array([row.get("bytes", -1) for row in values], np.int64),
        duration=np.array([row.get("duration", -1) for row in values], np.int64),
        text={column: text_column([row[column] for row in values]) for column in dict.fromkeys(names)},
    )


def text_column(texts: Sequence[str | None]) -> Column:
    """Return a text column of a text a row, None where it is missing."""
    code_of = {text: code for code, text in enumerate(dict.fromkeys(t for t in texts if t is not None))}
    codes = [NO_CODE if text is None else code_of[text] for text in texts]
    return Column(np.array(codes, np.int32), Texts.encode(list(code_of)))
