"""Runs the parse kernel over a chunk: bytes in, columns and bad lines out."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hitstream.jit import Kernel
from hitstream.parse.client_rule import FORWARDED, PEER
from hitstream.parse.dictionaries import Dictionaries
from hitstream.parse.program import ALWAYS, KEPT_TEXTS, PREFIX, QUERY, TOO_LONG, Field, Kind, Program
from hitstream.parse.text_columns import add_vhosts, choose_clients, paired, utf8_column
from hitstream.parse.values import with_query
from hitstream.record import I32, I64, U8, BadLines, Chunk, Column, Hits, Parsed
from hitstream.sources.contract import LINE_CAP

_MODULE = "hitstream.parse.compiled.kernel:"
count_lines = Kernel(_MODULE + "count_lines", "u1[]")
_scan = Kernel(
    _MODULE + "scan",
    "u1[] i8 i8 u1[] i8[] u1[] i8[] i8 i8 i8[] "
    "i8[] i8[] i2[] i2[] i8[] i8[] i4[] "
    "u8[] i8 i8[] u8[] i8[] i8[] "
    "i8[] i8[] i8[] i8[]",
)
_split_requests = Kernel(_MODULE + "split_requests", "u1[] i8[] i8 i8 i4[] u8[] i8 i8[] u8[] i8[] i8[]")

_REQUEST = "request"
_TEXTS = KEPT_TEXTS | {Kind.REQUEST}
_HAS_PORT, _SOLE, _UNNAMED, _FORWARDED, _LENIENT, _QUOTABLE = 1, 2, 4, 8, 16, 64  # the flags of a row
_UNESCAPED = _QUOTABLE | 128
_REQUEST_PARTS = ("method", "target", "protocol")
_REMEMBERED = 4  # words that the kernel keeps of the time read last
_PERCENT = ord("%")


class _Packed(NamedTuple):
    """A program as the kernel's integer tables."""

    prefix: U8
    rows: I64
    literals: U8
    tokens: I64
    columns: tuple[str, ...]


def parse_one(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines with a program, its envelopes and alternatives not regarded."""
    if program.is_structured:
        from hitstream.parse.structured.parser import parse_structured

        return parse_structured(chunk, program)
    data = np.frombuffer(chunk.data, np.uint8)
    packed = _pack(program)
    lines = count_lines(data)
    names = packed.columns
    offset, time, sent, took = (np.empty(lines, np.int64) for _ in range(4))
    zone, status = np.empty(lines, np.int16), np.empty(lines, np.int16)
    codes = np.empty(len(names) * max(lines, 1), np.int32)
    found = Dictionaries(len(names), lines)
    bad_start, bad_end, bad_reason = (np.empty(lines, np.int64) for _ in range(3))
    other_counts = np.zeros(2, np.int64)
    hits = _scan(
        data, chunk.offset, LINE_CAP, packed.prefix, packed.rows, packed.literals, packed.tokens, found.size,
        len(names), np.zeros(2 * len(names) + _REMEMBERED, np.int64),
        offset, time, zone, status, sent, took, codes,
        found.table, found.table_size, found.masks, found.hashes, found.places, found.counts,
        bad_start, bad_end, bad_reason, other_counts,
    )  # fmt: skip
    text: dict[str, Column] = {}
    for index, name in enumerate(names):
        column = codes[index * found.size : index * found.size + hits]
        if name == _REQUEST:
            text |= _split(data, found, index, column)
        elif name in ("host", FORWARDED):
            text[name] = Column(column, found.texts(index, data)[0])
        else:
            text[name] = utf8_column(column, *found.texts(index, data))
    if "host" in text or FORWARDED in text:
        text["host"] = choose_clients(text, program.clients)
    if QUERY in text:
        text["target"] = paired(text["target"], text.pop(QUERY), with_query)
    if not program.forward_proxy:
        add_vhosts(text)
    kinds = {field.kind for field in program.fields}
    absent = np.full(hits, -1)
    return Parsed(
        Hits(
            chunk.source,
            offset[:hits],
            time[:hits],
            zone[:hits],
            status[:hits],
            sent[:hits] if Kind.BYTES in kinds else absent,
            took[:hits] if kinds & {Kind.DURATION, Kind.ELAPSED} else absent,
            text,
        ),
        _bad_lines(
            chunk, program, *(found[: int(other_counts[0])].copy() for found in (bad_start, bad_end, bad_reason))
        ),
        int(other_counts[1]),
    )


def _split(data: U8, found: Dictionaries, index: int, requests: I32) -> dict[str, Column]:
    first, count = index * found.size, int(found.counts[index])
    parts = Dictionaries(len(_REQUEST_PARTS), count)
    codes = np.empty(len(_REQUEST_PARTS) * parts.size, np.int32)
    _split_requests(
        data, found.places[first : first + count], count, parts.size, codes,
        parts.table, parts.table_size, parts.masks, parts.hashes, parts.places, parts.counts,
    )  # fmt: skip
    return {
        name: utf8_column(codes[part * parts.size :][:count][requests], *parts.texts(part, data))
        for part, name in enumerate(_REQUEST_PARTS)
    }


def _bad_lines(chunk: Chunk, program: Program, starts: I64, ends: I64, reasons: I64) -> BadLines:
    names = (*(field.name for field in program.fields), TOO_LONG, PREFIX)  # -2 and -1 count from the end
    return BadLines(chunk, names, starts, np.minimum(ends, starts + LINE_CAP), reasons % len(names))


@lru_cache(maxsize=64)
def _pack(program: Program) -> _Packed:
    rows: list[int] = []
    literals, tokens, columns = bytearray(), list[int](), list[str]()
    clients = [field for field in program.fields if field.kind is Kind.HOST]
    for field in program.fields:
        column = _column_of(field, program)
        if column and column not in columns and field.kind in _TEXTS:
            columns.append(column)
        time = _tokens(field.time)
        literals += b'"' * field.quotable
        rows += (field.kind, len(literals), len(field.until), _mark(field, time, program, sole=len(clients) == 1))
        rows.append(columns.index(column) if column and field.kind in _TEXTS else -1)
        rows += (len(tokens), len(time) // 2, _scale(field))
        literals += field.until
        tokens += time
    return _Packed(
        np.frombuffer(program.prefix, np.uint8),
        np.array(rows, np.int64),
        np.frombuffer(bytes(literals), np.uint8),
        np.array(tokens, np.int64),
        tuple(columns),
    )


def _column_of(field: Field, program: Program) -> str:
    if field.kind is Kind.REQUEST:
        return _REQUEST
    return FORWARDED if field.forwarded and program.clients.which != PEER else field.column


def _mark(field: Field, time: list[int], program: Program, *, sole: bool) -> int:
    """Return the fourth number of a field's row."""
    if field.kind is Kind.TIME:
        return _second_at(time)
    if field.kind is Kind.HOST:
        forwarded = _FORWARDED * (_column_of(field, program) == FORWARDED)
        return (
            _HAS_PORT * field.port
            + _SOLE * sole
            + _UNNAMED * (not field.named)
            + forwarded
            + _LENIENT * field.lenient
            + _QUOTABLE * field.quotable
        )
    return int(field.until.startswith(b'"')) + _QUOTABLE * field.quotable + _UNESCAPED * field.unescaped


def _scale(field: Field) -> int:
    """Return the last number of a field's row."""
    if field.kind is Kind.TEXT:
        return int(field.column in ALWAYS)
    return field.rank if field.kind is Kind.HOST else field.scale


def _second_at(tokens: list[int]) -> int:
    """Return where the second's digits stand in every time of a format; -1 where that or the length may vary."""
    at = 0
    letters = [chr(token) for token in tokens[::2]]
    if "S" not in letters or {"f", "s", "e"} & set(letters):
        return -1
    for letter in letters[: letters.index("S")]:
        if letter == "z":
            return -1
        at += {"\0": 1, "b": 3, "Y": 4}.get(letter, 2)
    return at


def _tokens(time: str) -> list[int]:
    """Return (token, byte) pairs: a strftime letter and 0, or 0 and a literal byte."""
    pairs: list[int] = []
    encoded = iter(time.encode())
    for byte in encoded:
        letter = next(encoded) if byte == _PERCENT else 0
        pairs += (letter, 0) if letter not in (0, _PERCENT) else (0, byte)
    return pairs
