"""The reference parser: what `program` says, slowly and obviously. The kernel must give the same."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

import numpy as np

from hitstream.parse.client_rule import PEER
from hitstream.parse.clients import Client, is_vhost, read_client
from hitstream.parse.program import ALWAYS, KEPT_TEXTS, PREFIX, QUERY, TOO_LONG, Field, Kind, Program
from hitstream.parse.structured.columns import ANY_UNIT
from hitstream.parse.structured.reference import parse_structured_line
from hitstream.parse.structured.syntaxes import Value, ValueKind
from hitstream.parse.structured.values import read_duration
from hitstream.parse.unwrap import is_clean, parse_unwrapped
from hitstream.parse.unwrap_reference import unwrap_reference
from hitstream.parse.values import (
    Misfit,
    Values,
    read_bytes,
    read_status,
    read_time,
    split_request,
    time_pattern,
    with_query,
    with_vhost,
)
from hitstream.parse.w3c import escape_doubled_quotes, is_w3c
from hitstream.record import NO_CODE, TEXT_COLUMNS, BadLines, Chunk, Column, Hits, Parsed, Texts
from hitstream.sources.contract import LINE_CAP

_HASH, _BLANK = b"#", b" "
_QUOTE = re.compile(rb'"')
_LOOKS_LIKE_AN_END = re.compile(rb'"(?:[ \t,;|)\]]|\Z)')
_WORD = re.compile(rb"""[^\x00-\x20\x7f"\[\](){},;|]+""")
_METHOD = re.compile(rb"[A-Za-z_-]{1,32}")
_ODD_WORD = re.compile(rb"[\[\]|].*|.*[\[\]|]|.*:.*|-", re.DOTALL)
_QUOTE_OR_ESCAPE = re.compile(rb'\\.|"', re.DOTALL)
_DURATION = re.compile(rb"([0-9]{1,12})(?:\.([0-9]{1,9}))?")


def parse_reference(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines one by one, field by field."""
    if program.envelopes or not is_clean(chunk.data):
        return parse_unwrapped(chunk, program, parse_reference, unwrap_reference)
    hits: list[tuple[int, Values]] = []
    bad: list[tuple[int, int, str]] = []
    directives = 0
    for start, line in text_lines(bytes(chunk.data)):
        if is_directive(line, program):
            directives += 1
            continue
        try:
            hits.append((chunk.offset + start, parse_line(line, program)))
        except Misfit as misfit:
            bad.append((start, start + len(line[:LINE_CAP]), misfit.reason))
    return Parsed(_hits(chunk.source, hits, program), bad_lines(chunk, bad), directives)


def is_directive(line: bytes, program: Program) -> bool:
    """Tell whether a line is no request by what the format itself says: blank, or a remark."""
    if program.is_structured:
        return False
    return not line.rstrip(_BLANK) or (line.startswith(_HASH) and not program.prefix.startswith(_HASH))


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
    """Return the values of a line's columns, read by the first of the program and its alternatives that can.

    Raises:
        Misfit: it is a bad line; the reason is the program's own.
    """
    try:
        return _parse_line(line, program)
    except Misfit as misfit:
        for other in program.alternatives if misfit.reason != TOO_LONG else ():
            with suppress(Misfit):
                return _parse_line(line, other)
        raise


def _parse_line(line: bytes, program: Program) -> Values:
    if program.is_structured:
        return parse_structured_line(line, program)
    if len(line) > LINE_CAP:
        raise Misfit(TOO_LONG, 0)
    line = line.rstrip(_BLANK)
    if is_w3c(program.text):
        line = escape_doubled_quotes(line)
    at = _past(program.prefix, line, 0)
    if at < 0:
        raise Misfit(PREFIX, 0)
    values: Values = {}
    clients: list[tuple[Field, str]] = []
    client_fields = [field for field in program.fields if field.kind is Kind.HOST]
    for index, declared in enumerate(program.fields):
        following = program.fields[index + 1] if index + 1 < len(program.fields) else None
        at, field = _unquoted(line, at, declared, last=following is None)
        if field.kind is Kind.HOST:
            client = _client(line, at, field, sole=len(client_fields) == 1)
            end = client.stop if client else -1
            clients += [(field, _decoded(client.text))] if client and client.text else []
        else:
            end = _end(line, at, field, following)
        found = _VALUES[field.kind](line[at:end], field) if end >= 0 else None
        after = _past(field.until, line, end) if end >= 0 else -1
        if found is None or after < 0 or (following is None and after != len(line)):
            raise Misfit(field.name, at)
        values |= found
        at = after
    if client_fields and not clients:
        raise Misfit(client_fields[0].name, 0)
    if clients:
        clients.sort(key=lambda client: client[0].rank)
        passed_on = program.clients.which != PEER
        peer, forwarded = (
            next((text for field, text in clients if (passed_on and field.forwarded) == wanted), None)
            for wanted in (False, True)
        )
        values["host"] = program.clients.choose(peer, forwarded)
    if QUERY in values:
        values["target"] = with_query(values["target"], values.pop(QUERY))
    return values if program.forward_proxy else with_vhost(values)


def _unquoted(line: bytes, at: int, field: Field, *, last: bool) -> tuple[int, Field]:
    """Return where the value of a field starts, and the field that it is then: one that is quoted where it may be."""
    if not field.quotable or line[at : at + 1] != b'"':
        return at, field
    quoted = replace(field, kind=Kind.SKIP, until=b'"' + field.until)
    if _end_of_quoted(line, at + 1, quoted, last=last) < 0:
        return at, field
    return at + 1, replace(quoted, kind=field.kind, quotable=False)


def _client(line: bytes, at: int, field: Field, *, sole: bool) -> Client | None:
    client = read_client(line, at, port=field.port, sole=sole, named=field.named)
    if not field.lenient:
        return client
    after = _past(field.until, line, client.stop) if client else -1
    if after < 0 or (not field.until and after != len(line)):
        end = _end(line, at, replace(field, kind=Kind.SKIP), None)
        return Client(b"", end) if end >= 0 else None
    return client


def _past(literal: bytes, line: bytes, at: int) -> int:
    """Return where a literal that stands at `at` ends, or -1."""
    found = _literal_pattern(literal).match(line, at)
    return found.end() if found else -1


@lru_cache(maxsize=256)
def _literal_pattern(literal: bytes) -> re.Pattern[bytes]:
    head, blank = literal.removesuffix(_BLANK), literal.endswith(_BLANK)
    pattern = rb" ++".join(map(re.escape, head.split(_BLANK)))
    return re.compile(pattern + (rb"(?: ++|\Z)" if blank else b""))


def _end(line: bytes, at: int, field: Field, following: Field | None) -> int:
    """Return where the value that starts at `at` ends, or -1."""
    if field.kind is Kind.TIME:
        found = time_pattern(field.time).match(line, at)
        return found.end() if found else -1
    if not field.until:
        return len(line)
    if not field.until.startswith(b'"'):
        found = _literal_pattern(field.until).search(line, at)
        return found.start() if found else -1
    if field.kind is Kind.REQUEST and following and following.kind is Kind.STATUS:
        return _end_before_status(line, at, field, following)
    if field.unescaped:
        ends = (found.start() for found in _QUOTE.finditer(line, at))
        return max((end for end in ends if _past(field.until, line, end) >= 0), default=-1)
    return _end_of_quoted(line, at, field, last=following is None)


def _end_of_quoted(line: bytes, at: int, field: Field, *, last: bool) -> int:
    for end in _quotes(_QUOTE_OR_ESCAPE, line, at):
        after = _past(field.until, line, end)
        if after >= 0 and not (last and after != len(line)):
            return end
        if _LOOKS_LIKE_AN_END.match(line, end):
            break
    return -1


def _end_before_status(line: bytes, at: int, request: Field, status: Field) -> int:
    tail = _tail_pattern(status.until)
    for quote in (_QUOTE_OR_ESCAPE, _QUOTE):
        for end in _quotes(quote, line, at):
            after = _past(request.until, line, end)
            if after >= 0 and tail.match(line, after):
                return end
    return -1


@lru_cache(maxsize=64)
def _tail_pattern(status_until: bytes) -> re.Pattern[bytes]:
    if status_until in (b"", _BLANK):
        return re.compile(rb"[0-9]{3}(?:" + (re.escape(status_until) + rb"|\Z)" if status_until else rb"\Z)"))
    return re.compile(b"[0-9]{3}" + re.escape(status_until[:1]))


def _quotes(pattern: re.Pattern[bytes], line: bytes, at: int) -> Iterator[int]:
    return (found.start() for found in pattern.finditer(line, at) if found[0] == b'"')


def _skip(value: bytes, field: Field) -> Values | None:
    return {}


def _text(value: bytes, field: Field) -> Values | None:
    missing = value == b"-" and field.column not in ALWAYS
    return {field.column: None if missing else _decoded(value)}


def _shaped(is_shape: Callable[[bytes], object]) -> Callable[[bytes, Field], Values | None]:
    """Return how to read a value that must have a shape."""

    def read(value: bytes, field: Field) -> Values | None:
        if not is_shape(value):
            return None
        return _text(value, field) if field.column else {}

    return read


def _is_user(value: bytes) -> bool:
    words = value.split(_BLANK)
    return all(words) and (len(words) == 1 or not any(map(_ODD_WORD.fullmatch, words)))


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


def _elapsed(value: bytes, field: Field) -> Values | None:
    if value == b"-":
        return {"duration": -1}
    found = read_duration(Value(value, ValueKind.TEXT), ANY_UNIT)
    return None if found is None else {"duration": found}


_VALUES: dict[Kind, Callable[[bytes, Field], Values | None]] = {
    Kind.SKIP: _skip,
    Kind.TEXT: _text,
    Kind.TIME: read_time,
    Kind.REQUEST: _request,
    Kind.STATUS: read_status,
    Kind.BYTES: read_bytes,
    Kind.DURATION: _duration,
    Kind.ELAPSED: _elapsed,
    Kind.COUNT: lambda value, field: None if read_bytes(value, field) is None else {},
    Kind.HOST: _skip,
    Kind.VHOST: _shaped(is_vhost),
    Kind.WORD: _shaped(_WORD.fullmatch),
    Kind.USER: _shaped(_is_user),
    Kind.METHOD: _shaped(_METHOD.fullmatch),
}


def _hits(source: str, rows: list[tuple[int, Values]], program: Program) -> Hits:
    values = [row for _, row in rows]
    names = [field.column for field in program.fields if field.kind in KEPT_TEXTS and field.column not in ("", QUERY)]
    if program.is_structured:
        names += ["host", "method", "target", "protocol", "vhost"]
    if any(row.get("vhost") for row in values):
        names += ["vhost"]
    if any(field.kind is Kind.REQUEST for field in program.fields):
        names += ["method", "target", "protocol"]
    if program.alternatives:
        names += [name for row in values for name in row if name in TEXT_COLUMNS]
    return Hits(
        source,
        offset=np.array([offset for offset, _ in rows], np.int64),
        time=np.array([row["time"] for row in values], np.int64),
        zone=np.array([row["zone"] for row in values], np.int16),
        status=np.array([row["status"] for row in values], np.int16),
        bytes=np.array([row.get("bytes", -1) for row in values], np.int64),
        duration=np.array([row.get("duration", -1) for row in values], np.int64),
        text={column: text_column([row.get(column) for row in values]) for column in dict.fromkeys(names)},
    )


def text_column(texts: Sequence[str | None]) -> Column:
    """Return a text column of a text a row, None where it is missing."""
    code_of = {text: code for code, text in enumerate(dict.fromkeys(t for t in texts if t is not None))}
    codes = [NO_CODE if text is None else code_of[text] for text in texts]
    return Column(np.array(codes, np.int32), Texts.encode(list(code_of)))
