"""The parser of structured lines: runs the kernel over a chunk."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hitstream.jit import Kernel
from hitstream.parse.client_rule import FORWARDED
from hitstream.parse.dictionaries import Dictionaries
from hitstream.parse.program import TOO_LONG, Program
from hitstream.parse.structured.columns import COLUMN_OF, filled_by
from hitstream.parse.structured.reference import syntax_of
from hitstream.parse.structured.syntaxes import HEAD, MAX_DEPTH, NOT_JSON, Syntax
from hitstream.parse.text_columns import add_vhosts, choose_clients, utf8_column
from hitstream.record import I16, I64, U8, BadLines, Chunk, Hits, Parsed
from hitstream.sources.contract import LINE_CAP

_MODULE = "hitstream.parse.compiled.structured:"
_scan = Kernel(
    _MODULE + "scan_structured",
    "u1[] i8 i8 i8 i8[] i8 u1[] i2[] i8 i8[] i8[] i8[] i8[] "
    "i8[] i8[] i8[] i8[] i8 "
    "i8[] i8[] i2[] i2[] i8[] i8[] i4[] "
    "u8[] i8 i8[] u8[] i8[] i8[] "
    "i8[] i8[] i8[] i8[]",
)
_count_lines = Kernel("hitstream.parse.compiled.kernel:count_lines", "u1[]")
_ORDER = [
    "time",
    "host",
    "request",
    "method",
    "target",
    "protocol",
    "status",
    "bytes",
    "duration",
    "vhost",
    "user",
    "referrer",
    "agent",
    FORWARDED,
]
_TEXTS = ["host", "method", "target", "protocol", "vhost", "user", "referrer", "agent", FORWARDED]
_OPTIONAL = ("user", "referrer", "agent")
_REASONS = ("time", "host", "request", "status", NOT_JSON, TOO_LONG)
_BACKSLASH = ord("\\")
_JSON, _CONSOLE, _DELIMITED = range(3)


class _Automaton(NamedTuple):
    """Which keys are wanted, as the kernel's tables (see `compiled.structured_pairs`)."""

    classes: U8
    transitions: I16
    width: int
    accepts: I64


class _Tables(NamedTuple):
    """A format as the kernel's tables."""

    syntax: I64
    head_slot: int
    automaton: _Automaton
    entries: I64
    ranges: I64
    slots: int


def parse_structured(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines: every line becomes a hit or a bad line, in the order of the lines."""
    data = np.frombuffer(chunk.data, np.uint8)
    size, lines = len(data), _count_lines(data)
    data = _with_room_for_escapes(data)
    tables = _tables(program)
    offset, time, sent, took = (np.empty(lines, np.int64) for _ in range(4))
    zone, status = np.empty(lines, np.int16), np.empty(lines, np.int16)
    found = Dictionaries(len(_TEXTS), lines)
    codes = np.empty(len(_TEXTS) * found.size, np.int32)
    bad_start, bad_end, bad_reason = (np.empty(lines, np.int64) for _ in range(3))
    bad_count = np.zeros(1, np.int64)
    starts, stops, kinds = (np.zeros(tables.slots, np.int64) for _ in range(3))
    hits = _scan(
        data, size, chunk.offset, LINE_CAP, tables.syntax, tables.head_slot, *tables.automaton,
        np.zeros(MAX_DEPTH, np.int64), tables.entries, tables.ranges,
        starts, stops, kinds, np.zeros(2 * len(_TEXTS), np.int64), found.size,
        offset, time, zone, status, sent, took, codes,
        found.table, found.table_size, found.masks, found.hashes, found.places, found.counts,
        bad_start, bad_end, bad_reason, bad_count,
    )  # fmt: skip
    named = {field.name for field in program.fields}
    text = {
        name: utf8_column(codes[index * found.size :][:hits], *found.texts(index, data))
        for index, name in enumerate(_TEXTS)
        if name in named or name not in _OPTIONAL
    }
    if not len(text[FORWARDED].texts):
        del text[FORWARDED]
    text["host"] = choose_clients(text, program.clients)
    add_vhosts(text)
    bad = slice(0, int(bad_count[0]))
    return Parsed(
        Hits(chunk.source, offset[:hits], time[:hits], zone[:hits], status[:hits], sent[:hits], took[:hits], text),
        BadLines(
            chunk,
            _REASONS,
            bad_start[bad].copy(),
            np.minimum(bad_end[bad], bad_start[bad] + LINE_CAP),
            bad_reason[bad].copy(),
        ),
    )


def _with_room_for_escapes(data: U8) -> U8:
    """Return the data with as much room behind it as all strings with escapes may need without them."""
    if not (data == _BACKSLASH).any():
        return data
    larger = np.empty(2 * len(data), np.uint8)
    larger[: len(data)] = data
    return larger


@lru_cache(maxsize=64)
def _tables(program: Program) -> _Tables:
    slots: dict[str, int] = {}
    entries: list[int] = []
    ranges = [0]
    for fills in _ORDER:
        for field in program.fields:
            column = COLUMN_OF[field.name]
            for path in field.paths:
                if filled_by(path, column, program.clients) == fills:
                    entries += (slots.setdefault(path, len(slots)), column.unit)
        ranges.append(len(entries) // 2)
    return _Tables(
        _packed_syntax(syntax_of(program)),
        slots.get(HEAD, -1),
        _automaton({path: slot for path, slot in slots.items() if path != HEAD}),
        np.array(entries, np.int64),
        np.array(ranges, np.int64),
        len(slots),
    )


def _packed_syntax(syntax: Syntax) -> I64:
    if syntax.is_json:
        return np.array([_CONSOLE if syntax.name == "console" else _JSON, 0, 0, 0, 0])
    blanks = syntax.separator.count(b" ")
    return np.array([_DELIMITED, syntax.assign[0], syntax.separator[0], blanks, int(syntax.quotes)])


def _automaton(slots: dict[str, int]) -> _Automaton:
    """Return the automaton of keys: state 0 leads nowhere, state 1 is the start, class 0 has all other bytes."""
    states: list[dict[int, int]] = [{}, {}]
    accepts = [-1, -1]
    for path, slot in slots.items():
        state = 1
        for byte in path.encode():
            if byte not in states[state]:
                states[state][byte] = len(states)
                states.append({})
                accepts.append(-1)
            state = states[state][byte]
        accepts[state] = slot
    alphabet = sorted({byte for state in states for byte in state})
    classes = np.zeros(256, np.uint8)
    classes[alphabet] = range(1, len(alphabet) + 1)
    transitions = np.zeros((len(states), len(alphabet) + 1), np.int16)
    for number, onward in enumerate(states):
        for byte, following in onward.items():
            transitions[number, classes[byte]] = following
    return _Automaton(classes, transitions.ravel(), len(alphabet) + 1, np.array(accepts))
