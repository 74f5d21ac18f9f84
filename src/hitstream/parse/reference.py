"""The reference parser: what `program` says, slowly and obviously. The kernel must give the same."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from hitstream.parse.program import ALWAYS, PREFIX, TOO_LONG, Field, Kind, Program
from hitstream.parse.structured.reference import parse_structured_line
from hitstream.parse.unwrap import is_clean, parse_unwrapped
from hitstream.parse.unwrap_reference import unwrap_reference
from hitstream.parse.values import Misfit, Values, read_bytes, read_status, read_time, split_request, time_pattern
from hitstream.record import NO_CODE, BadLines, Chunk, Column, Hits, Parsed, Texts
from hitstream.sources.contract import LINE_CAP

_QUOTE = re.compile(rb'"')
_QUOTE_OR_ESCAPE = re.compile(rb'\\.|"', re.DOTALL)
_DURATION = re.compile(rb"([0-9]{1,12})(?:\.([0-9]{1,9}))?")


def parse_reference(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines one by one, field by field."""
    if program.envelopes or not is_clean(chunk.data):
        return parse_unwrapped(chunk, program, parse_reference, unwrap_reference)
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
    if program.is_structured:
        return parse_structured_line(line, program)
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
        found = time_pattern(field.time).match(line, at)
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


def _duration(value: bytes, field: Field) -> Values | None:
    found = _DURATION.fullmatch(value)
    if value == b"-":
        return {"duration": -1}
    if not found or (found[2] and field.scale == 1):
        return None
    part = found[2] or b"0"
    return {"duration": int(found[1]) * field.scale + int(part) * field.scale // 10 ** len(part)}


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
    if program.is_structured:
        names += ["host", "method", "target", "protocol", "vhost"]
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
