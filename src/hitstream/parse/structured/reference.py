"""The reference parser of structured lines: slow and obvious. `parser` must give the same."""

from collections.abc import Callable
from typing import TypeVar

from hitstream.parse.client_rule import FORWARDED
from hitstream.parse.clients import client_in
from hitstream.parse.envelopes import split_envelopes
from hitstream.parse.program import TOO_LONG, Field, Program
from hitstream.parse.structured.columns import COLUMN_OF, filled_by
from hitstream.parse.structured.syntaxes import HEAD, SYNTAXES, Syntax, Value, ValueKind, read_pairs, unescape
from hitstream.parse.structured.values import (
    Request,
    is_none,
    read_bytes,
    read_duration,
    read_request,
    read_status,
    read_time,
)
from hitstream.parse.values import Misfit, Values, with_vhost
from hitstream.sources.contract import LINE_CAP

_T = TypeVar("_T")


def syntax_of(program: Program) -> Syntax:
    """Return the syntax of a format's lines."""
    return SYNTAXES[split_envelopes(program.text)[1].split(maxsplit=1)[0]]


def parse_structured_line(line: bytes, program: Program) -> Values:
    """Return the values of a line's columns.

    Raises:
        Misfit: it is a bad line.
    """
    if len(line) > LINE_CAP:
        raise Misfit(TOO_LONG, 0)
    wanted = {path.encode() for field in program.fields for path in field.paths}
    pairs = {
        key: _plain(value)
        for key, value in read_pairs(line, syntax_of(program))
        if key in wanted and (key == HEAD.encode()) == (value.kind is ValueKind.HEAD)
    }
    return with_vhost(_Line(pairs, program).values())


def _plain(value: Value) -> Value:
    return Value(unescape(value.text), ValueKind.TEXT) if value.kind is ValueKind.ESCAPED else value


class _Line:
    """The pairs of a line that its format names."""

    def __init__(self, pairs: dict[bytes, Value], program: Program) -> None:
        self._pairs = pairs
        self._fields = program.fields
        self._clients = program.clients

    def values(self) -> Values:
        """Return the values of all columns."""
        time = self._needed("time", lambda value, field: read_time(value, COLUMN_OF[field.name].unit))
        peer, forwarded = (self._client(column) for column in ("host", FORWARDED))
        if not (peer or forwarded):
            raise Misfit("host", 0)
        request = self._request()
        status = self._needed("status", lambda value, field: read_status(value))
        sent = self._first("bytes", lambda value, field: read_bytes(value))
        took = self._first("duration", lambda value, field: read_duration(value, COLUMN_OF[field.name].unit))
        texts = {name: self._text(name) for name in ("vhost", "user", "referrer", "agent")}
        return {
            "time": time[0],
            "zone": time[1],
            "host": self._clients.choose(peer, forwarded),
            **{name: _decoded(part) for name, part in request._asdict().items()},
            "status": status,
            "bytes": -1 if sent is None else sent,
            "duration": -1 if took is None else took,
            **{name: None if text is None else _decoded(text) for name, text in texts.items()},
        }

    def _request(self) -> Request:
        """Return the request.

        A request line with a protocol counts most, then a target that has a key of its own. `request` is a target
        itself beside a method, else it is split, or all of it is the target.
        """
        line = self._request_line()
        method, target, protocol = (self._text(name) or b"" for name in ("method", "target", "protocol"))
        split = read_request(line) if line is not None else None
        if split and split.protocol:
            return split
        if target:
            return Request(method, target, protocol)
        if line is None or split is None:
            raise Misfit("request", 0)
        if method and method != split.method:
            split = Request(method, line, b"")
        return split._replace(protocol=protocol)

    def _values(self, fills: str) -> list[Value]:
        return [self._pairs[path.encode()] for _, path in self._keys(fills) if path.encode() in self._pairs]

    def _request_line(self) -> bytes | None:
        """Return what stands for the request, if need be the `-` or the empty string of a request that was none."""
        found = [value for value in self._values("request") if value.kind is not ValueKind.WORD or not is_none(value)]
        found.sort(key=is_none)
        return found[0].text if found else None

    def _text(self, fills: str) -> bytes | None:
        return next((value.text for value in self._values(fills) if not is_none(value)), None)

    def _keys(self, fills: str) -> list[tuple[Field, str]]:
        return [
            (field, path)
            for field in self._fields
            for path in field.paths
            if filled_by(path, COLUMN_OF[field.name], self._clients) == fills
        ]

    def _client(self, fills: str) -> str | None:
        found = self._first(fills, lambda value, field: client_in(value.text))
        return _decoded(found) if found else None

    def _first(self, fills: str, read: Callable[[Value, Field], _T | None]) -> _T | None:
        for field, path in self._keys(fills):
            value = self._pairs.get(path.encode())
            if value and not is_none(value) and (found := read(value, field)) is not None:
                return found
        return None

    def _needed(self, fills: str, read: Callable[[Value, Field], _T | None]) -> _T:
        found = self._first(fills, read)
        if found is None:
            raise Misfit(fills, 0)
        return found


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")
