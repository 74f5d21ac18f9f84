r"""How structured lines are cut into keys and values: a table of syntaxes, and its slow and obvious reader.

**JSON** is read as servers write it, which is a little more than RFC 8259 allows. A line is one object, nested at most
`MAX_DEPTH` deep; a comma may follow it. A value is an object, a list, a string or a word; a word is whatever stands
there, so that an unquoted `-`, `0.001, 0.002` or nothing at all costs no line. A word ends before a bracket, a brace or
a quote, in a list at a comma, in an object at a comma before a quote or the end of the object. A comma may stand
before a closing bracket. In a string `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\uXXXX` are escapes; any other
backslash is text, as nginx's `\x22`, and so is half of a surrogate pair.

**console** is a line with blanks and tabs that ends in such an object behind a tab, as zap and Caddy write it.

**Delimited** lines are pieces between separators. A piece `key=value` (or `key:value`) starts with a key of letters,
digits, `_`, `.`, `@` and `-`. A piece that has no key belongs to the value before it. Where strings may be quoted, a
value that starts with a quote ends at the next quote without a backslash before it, or at the end of the line.
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from hitstream.parse.values import Misfit

NOT_JSON = "JSON"
MAX_DEPTH = 64
HEAD = "^"
"""The key of what stands before the first key of a line."""


class ValueKind(IntEnum):
    """How a value is written."""

    NONE = 0
    WORD = 1
    """In JSON without quotes, where `null`, `true` and `false` are no values."""
    TEXT = 2
    ESCAPED = 3
    """A string with a backslash in it."""
    HEAD = 4
    """What stands before the first key."""


class Value(NamedTuple):
    """A value of a line: its bytes, without quotes, and how it is written."""

    text: bytes
    kind: ValueKind


class Syntax(NamedTuple):
    """A row of `SYNTAXES`. A separator is a byte; two blanks are at least two of blanks and tabs."""

    name: str
    title: str
    assign: bytes = b""
    separator: bytes = b""
    quotes: bool = False

    @property
    def is_json(self) -> bool:
        """Tell whether lines hold a JSON object."""
        return not self.assign


_ROWS = (
    Syntax("json", "JSON"),
    Syntax("console", "JSON behind a tab"),
    Syntax("logfmt", "key=value", b"=", b" ", quotes=True),
    Syntax("ltsv", "LTSV", b":", b"\t"),
    Syntax("ltsv-pipes", "key:value|key:value", b":", b"|"),
    Syntax("ltsv-blanks", "key:value with blanks between", b":", b"  "),
    Syntax("logfmt-tabs", "key=value with tabs between", b"=", b"\t", quotes=True),
    Syntax("logfmt-pipes", "key=value|key=value", b"=", b"|", quotes=True),
)
SYNTAXES = {row.name: row for row in _ROWS}

_BLANKS = re.compile(rb"[ \t\r]*")
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LIST_WORD = re.compile(rb'[^"{}\[\],]*')
_WORD = re.compile(rb'(?:[^"{}\[\],]|,(?![ \t\r]*(?:["}]|\Z)))*')
_KEY = rb"[0-9A-Za-z_.@-]+"
_SEPARATORS = {b" ": rb"[ \t]+", b"  ": rb"(?:[ \t]{2,}|\t)", b"\t": rb"\t", b"|": rb"\|"}


def read_pairs(line: bytes, syntax: Syntax) -> Iterator[tuple[bytes, Value]]:
    """Yield the keys of a line, those of nested objects joined by points, and their values.

    Raises:
        Misfit: the line has not this syntax.
    """
    if syntax.name == "console":
        head, _, _ = line.partition(b"\t")
        start = line.find(b"\t{") + 1
        if not start:
            raise Misfit(NOT_JSON, 0)
        yield HEAD.encode(), Value(head, ValueKind.HEAD)
        yield from _JsonReader(line, start).pairs()
    elif syntax.is_json:
        yield from _JsonReader(line, 0).pairs()
    else:
        yield from _delimited_pairs(line, syntax)


class _JsonReader:
    """Reads one object."""

    def __init__(self, line: bytes, start: int) -> None:
        self._line = line
        self._at = start
        self._pairs: list[tuple[bytes, Value]] = []

    def pairs(self) -> list[tuple[bytes, Value]]:
        """Return all pairs of the line."""
        if self._next() != b"{":
            raise Misfit(NOT_JSON, self._at)
        self._object(b"", 1)
        if self._next() == b",":
            self._at += 1
        if self._next():
            raise Misfit(NOT_JSON, self._at)
        return self._pairs

    def _next(self) -> bytes:
        found = _BLANKS.match(self._line, self._at)
        self._at = found.end() if found else self._at
        return self._line[self._at : self._at + 1]

    def _object(self, prefix: bytes | None, depth: int) -> None:
        self._at += 1
        while self._next() != b"}":
            key = self._string()
            if self._next() != b":":
                raise Misfit(NOT_JSON, self._at)
            self._at += 1
            self._value(None if prefix is None else prefix + key, depth, _WORD)
            self._end_of_value(b"}")
        self._at += 1

    def _list(self, path: bytes | None, depth: int) -> None:
        self._at += 1
        while self._next() != b"]":
            self._value(path, depth, _LIST_WORD)
            path = None
            self._end_of_value(b"]")
        self._at += 1

    def _value(self, path: bytes | None, depth: int, word: re.Pattern[bytes]) -> None:
        sign = self._next()
        if not sign or (sign in b"{[" and depth == MAX_DEPTH):
            raise Misfit(NOT_JSON, self._at)
        if sign == b"{":
            self._object(None if path is None else path + b".", depth + 1)
            return
        if sign == b"[":
            self._list(path, depth + 1)
            return
        if sign == b'"':
            text = self._string()
            value = Value(text, ValueKind.ESCAPED if b"\\" in text else ValueKind.TEXT)
        else:
            found = word.match(self._line, self._at)
            self._at = found.end() if found else self._at
            value = Value(found[0].rstrip(b" \t\r") if found else b"", ValueKind.WORD)
        if path is not None:
            self._pairs.append((path, value))

    def _string(self) -> bytes:
        found = _STRING.match(self._line, self._at)
        if not found:
            raise Misfit(NOT_JSON, self._at)
        self._at = found.end()
        return found[1]

    def _end_of_value(self, closing: bytes) -> None:
        sign = self._next()
        if sign == b",":
            self._at += 1
        elif sign != closing:
            raise Misfit(NOT_JSON, self._at)


def _delimited_pairs(line: bytes, syntax: Syntax) -> Iterator[tuple[bytes, Value]]:
    separator = re.compile(_SEPARATORS[syntax.separator])
    key = re.compile(b"(%b)%b" % (_KEY, re.escape(syntax.assign)))
    at = end_of_head = 0
    while at < len(line):
        found = key.match(line, at)
        if not found:
            at, stop = _next_piece(line, at, separator)
            if end_of_head >= 0:
                end_of_head = stop
            continue
        if end_of_head > 0:
            yield HEAD.encode(), Value(line[:end_of_head], ValueKind.HEAD)
        end_of_head = -1
        at = found.end()
        if syntax.quotes and line[at : at + 1] == b'"':
            string = _STRING.match(line, at)
            text = string[1] if string else line[at + 1 :]
            yield found[1], Value(text, ValueKind.ESCAPED if b"\\" in text else ValueKind.TEXT)
            at = _next_piece(line, string.end() if string else len(line), separator)[0]
            continue
        start = at
        at, stop = _next_piece(line, at, separator)
        while at < len(line) and not key.match(line, at):
            at, stop = _next_piece(line, at, separator)
        yield found[1], Value(line[start:stop], ValueKind.TEXT)


def _next_piece(line: bytes, at: int, separator: re.Pattern[bytes]) -> tuple[int, int]:
    """Return where the piece after that at `at` starts, and where that at `at` ends."""
    found = separator.search(line, at)
    return (found.end(), found.start()) if found else (len(line), len(line))


_ESCAPES = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_HEX4 = rb"[0-9A-Fa-f]{4}"
_ESCAPE = re.compile(
    rb"\\u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})|\\u(?![dD][89a-fA-F])(%b)|\\([^u])" % _HEX4,
    re.DOTALL,
)


def unescape(text: bytes) -> bytes:
    """Return a string with its escapes as the characters that they stand for."""
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[bytes]) -> bytes:
    high, low, single, sign = found.groups()
    if sign is not None:
        return _ESCAPES.get(sign, found[0])
    if single is not None:
        return chr(int(single, 16)).encode()
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00).encode()
