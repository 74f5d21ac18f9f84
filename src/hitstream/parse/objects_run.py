"""Parses lines of JSON with orjson; `objects` says how.

Readers of whole blocks (Arrow's, DuckDB's) either fail at one bad line or let through what is not JSON, so lines are
read one by one, each with its own position.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import orjson

from hitstream.parse.objects import DEEPEST, NOT_JSON, TIMES, mended
from hitstream.parse.program import ALWAYS, LATEST, TOO_LONG, Field, Kind, Program
from hitstream.parse.reference import bad_lines, text_column, text_lines
from hitstream.parse.values import read_time, split_request
from hitstream.record import Chunk, Hits, Parsed
from hitstream.sources.contract import LINE_CAP

_REMEMBERED = 1 << 16
_PARTS = ("method", "target", "protocol")
_EMPTY = ("method", "protocol")
_NEVER_MISSING = ("host", "target")
_STATUS = re.compile(r"[0-9]{3}")
_BYTES = re.compile(r"[0-9]{1,18}")
_DURATION = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9}))?")
_FRACTION = re.compile(r"([0-9]{1,9})( ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?")

Get = Callable[[dict[str, Any]], Any]
Read = Callable[[Any], Any]
Row = list[Any]


class _Unfit(Exception):
    """A value does not fit."""


class _Rows:
    """Makes rows of the objects of one format: time, zone, status, bytes, duration, then the format's text columns."""

    def __init__(self, program: Program) -> None:
        texts = [field.column for field in program.fields if field.kind is Kind.TEXT]
        whole = any(field.kind is Kind.REQUEST for field in program.fields)
        self.texts = tuple(dict.fromkeys([*texts, *(_PARTS if whole else ())]))
        self._fields = [
            (field.name, _getter(field), _READERS[field.kind](field), self._slot(field), field.column in _PARTS)
            for field in program.fields
        ]
        self._target = self._slot_of("target")
        self._parts = [self._slot_of(name) for name in _PARTS] if whole else []
        self._empty: Row = [None, 0, None, -1, -1, *("" if name in _EMPTY else None for name in self.texts)]

    def _slot_of(self, column: str) -> int:
        return _FIRST_TEXT + self.texts.index(column)

    def _slot(self, field: Field) -> int:
        return self._slot_of(field.column) if field.kind is Kind.TEXT else _SLOTS.get(field.kind, -1)

    def read(self, parsed: dict[str, Any]) -> Row | str:
        """Return the row of an object, or the name of the field that does not fit."""
        row = self._empty.copy()
        split = False
        for name, get, read, slot, is_part in self._fields:
            if split and is_part:
                continue
            try:
                value = read(get(parsed))
            except _Unfit:
                return name
            if slot > 0:
                row[slot] = value
            elif slot == 0:
                row[0], row[1] = value
            elif value is not None:
                split = True
                for part, text in zip(self._parts, value, strict=True):
                    row[part] = text
        return row if row[self._target] is not None else "request"


def parse_objects(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines: every line becomes a hit or a bad line, in the order of the lines."""
    rows = _Rows(program)
    offsets: list[int] = []
    hits: list[tuple[Any, ...]] = []
    bad: list[tuple[int, int, str]] = []
    for start, line in text_lines(bytes(chunk.data)):
        parsed = _loaded(line) if len(line) <= LINE_CAP else TOO_LONG
        found = rows.read(parsed) if type(parsed) is dict else parsed or NOT_JSON
        if type(found) is list:
            offsets.append(chunk.offset + start)
            hits.append(tuple(found))
        else:
            bad.append((start, start + min(len(line), LINE_CAP), str(found)))
    return Parsed(_hits(chunk.source, offsets, hits, rows.texts), bad_lines(chunk, bad))


def _hits(source: str, offsets: list[int], rows: list[tuple[Any, ...]], texts: tuple[str, ...]) -> Hits:
    columns = list(zip(*rows, strict=True)) or [()] * (_FIRST_TEXT + len(texts))
    kinds = (np.int64, np.int16, np.int16, np.int64, np.int64)
    time, zone, status, sent, took = (np.array(column, kind) for column, kind in zip(columns, kinds, strict=False))
    text = {name: text_column(column) for name, column in zip(texts, columns[_FIRST_TEXT:], strict=True)}
    return Hits(source, np.array(offsets, np.int64), time, zone, status, sent, took, text)


def _loaded(line: bytes) -> dict[str, Any] | None:
    """Return the object that a line is, None if it is none."""
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            parsed = orjson.loads(mended(line))
        except orjson.JSONDecodeError:
            return None
    if type(parsed) is not dict or (line.count(b"[") + line.count(b"{") > DEEPEST and _depth(parsed) > DEEPEST):
        return None
    return parsed


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if type(each) in (dict, list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if type(each) is dict else each)]
    return depth


def _getter(field: Field) -> Get:
    """Return what gets a field's value out of an object, None where there is none."""
    keeps_all = field.kind is Kind.REQUEST or field.column in ALWAYS
    paths = [(path[0], path[1:]) for path in field.paths]

    def get(parsed: dict[str, Any]) -> Any:
        for key, rest in paths:
            value = parsed.get(key)
            for inner in rest:
                value = value.get(inner) if type(value) is dict else None
            if type(value) is list:
                value = value[0] if value else None
            if value is not None and (keeps_all or (value != "" and value != "-")):  # noqa: PLR1714 (the quick way)
                return value
        return None

    return get


def _text(field: Field) -> Read:
    needed, missing = field.column in _NEVER_MISSING, "" if field.column in _EMPTY else None

    def read(value: Any) -> str | None:
        if type(value) is str:
            return value
        if value is not None or needed:
            raise _Unfit
        return missing

    return read


def _request(_field: Field) -> Read:
    return lambda value: None if value is None else _split(value) if type(value) is str else _unfit()


def _unfit() -> Any:
    raise _Unfit


@lru_cache(maxsize=_REMEMBERED)
def _split(request: str) -> tuple[str, ...]:
    return tuple(part.decode() for part in split_request(request.encode()))


def _status(_field: Field) -> Read:
    def read(value: Any) -> int:
        if type(value) is str and _STATUS.fullmatch(value):
            return int(value)
        return value if type(value) is int and 0 <= value <= 999 else _unfit()

    return read


def _bytes(_field: Field) -> Read:
    def read(value: Any) -> int:
        if value is None:
            return -1
        if type(value) is str and _BYTES.fullmatch(value):
            return int(value)
        return value if type(value) is int and 0 <= value < 10**18 else _unfit()

    return read


def _duration(field: Field) -> Read:
    scale, per, limit = field.scale, field.per, 10**12 * field.per

    def read(value: Any) -> int:
        if value is None:
            return -1
        if type(value) is str:
            found = _DURATION.fullmatch(value)
            if not found or int(found[1]) >= limit:
                raise _Unfit
            part = found[2] or ""
            return int(int(found[1] + part) * scale // (per * 10 ** len(part)))
        if type(value) not in (int, float) or not 0 <= value < limit:
            raise _Unfit
        exact = type(value) is int
        return int(value * scale // per if exact else value * scale / per)

    return read


def _time(field: Field) -> Read:
    scale = field.scale

    def read(value: Any) -> tuple[int, int]:
        if type(value) is str:
            instant, zone = _time_of_text(value, scale)
        elif type(value) in (int, float) and 0 <= value < 10**18:
            instant, zone = round(value * scale), 0
        else:
            raise _Unfit
        return (instant, zone) if instant <= LATEST else _unfit()

    return read


def _time_of_text(text: str, scale: int) -> tuple[int, int]:
    """Read a time; the part without its fraction is mostly one that was read shortly before."""
    head, point, tail = text.partition(".")
    if not point:
        return _whole_time(text, scale)
    found = _FRACTION.fullmatch(tail)
    if not found:
        raise _Unfit
    instant, zone = _whole_time(head + (found[2] or ""), scale)
    return instant + int(f"{found[1]:0<6}"[:6]), zone


@lru_cache(maxsize=_REMEMBERED)
def _whole_time(text: str, scale: int) -> tuple[int, int]:
    for time in TIMES:
        values = read_time(text.encode(), Field("", Kind.TIME, b"", "", time, scale))
        if values is not None:
            return values["time"], values["zone"]
    raise _Unfit


_READERS: dict[Kind, Callable[[Field], Read]] = {
    Kind.TEXT: _text,
    Kind.TIME: _time,
    Kind.REQUEST: _request,
    Kind.STATUS: _status,
    Kind.BYTES: _bytes,
    Kind.DURATION: _duration,
}
_SLOTS = {Kind.TIME: 0, Kind.STATUS: 2, Kind.BYTES: 3, Kind.DURATION: 4}
_FIRST_TEXT = 5
