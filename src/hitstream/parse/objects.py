r"""Formats of logs whose lines are JSON: a table of where each field stands, in place of a text to match.

A format is written `json column=path|path column=path …`: each column of a hit with the paths that may lead to its
value, keys parted by dots; the first that leads to one is taken. `COLUMNS` names the columns.

A line is one JSON object (RFC 8259), at most `DEEPEST` deep, with no number beyond a double's range; of equal keys
the last counts. Before, two things that servers write are mended: a byte that belongs to no valid UTF-8 sequence is
the text `\xhh`, and so is an escape `\xhh`, as nginx writes it without `escape=json`. Any other line is bad for the
reason `JSON`.

An absent key and null are no value, and neither are `""` and `"-"` but in a host, request, method, target or protocol;
of an array its first element counts. A value must be:

| kind | value |
| --- | --- |
| TEXT | a string; host and target must be there, a method or protocol that is not is empty |
| REQUEST | a string, split as in text formats; only where it is absent, method, target and protocol are looked at |
| STATUS | a whole number from 0 to 999, or a string of three digits |
| BYTES | a whole number of at most 18 digits, or a string of such; may be absent |
| DURATION | a number, or a string of digits with or without a fraction; may be absent |
| TIME | seconds since 1970 as a number, rounded to a microsecond, or a string in one of `TIMES` |

A duration is below 10^12 of its units (nanoseconds: 10^15) and is rounded down to a microsecond. Fields are looked at
in the order of `COLUMNS`; the first that does not fit is the reason why a line is bad.
"""

import codecs
import re
from typing import Any, NamedTuple

from hitstream.errors import ConfigError
from hitstream.parse.program import ALWAYS, Field, Kind

NOT_JSON = "JSON"
DEEPEST = 64
TIMES = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S %z",
    "%s",
)
"""Times as strings; each may have a fraction after `%S` or `%s`: a point and one to nine digits."""


class Place(NamedTuple):
    """A column of a hit, as a format names it: `scale` microseconds are `per` of its units."""

    name: str
    kind: Kind
    scale: int = 1
    per: int = 1


COLUMNS: tuple[Place, ...] = (
    Place("time", Kind.TIME, 1_000_000),
    Place("time_ms", Kind.TIME, 1_000),
    Place("host", Kind.TEXT),
    Place("request", Kind.REQUEST),
    Place("method", Kind.TEXT),
    Place("target", Kind.TEXT),
    Place("protocol", Kind.TEXT),
    Place("status", Kind.STATUS),
    Place("bytes", Kind.BYTES),
    Place("seconds", Kind.DURATION, 1_000_000),
    Place("milliseconds", Kind.DURATION, 1_000),
    Place("microseconds", Kind.DURATION),
    Place("nanoseconds", Kind.DURATION, 1, 1_000),
    Place("vhost", Kind.TEXT),
    Place("user", Kind.TEXT),
    Place("referrer", Kind.TEXT),
    Place("agent", Kind.TEXT),
)
"""What the formats may name: text columns of a hit, its request whole or in parts, and its numbers by their units."""

_PLACES = {place.name: place for place in COLUMNS}
_NEEDED = (("time", "time_ms"), ("host",), ("request", "target"), ("status",))
_ONE_OF = (("time", "time_ms"), ("seconds", "milliseconds", "microseconds", "nanoseconds"))
_NO_VALUE = ("", "-")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def is_objects(text: str) -> bool:
    """Tell whether a format is one of JSON lines."""
    return text.split(maxsplit=1)[:1] == ["json"]


def object_fields(text: str) -> tuple[Field, ...]:
    """Return the fields that a format of JSON lines names, in the order of `COLUMNS`.

    Raises:
        ConfigError: a column there is not, one that has no path, or one that is needed and not there.
    """
    given: dict[str, Field] = {}
    for word in text.split()[1:]:
        name, _, paths = word.partition("=")
        if name not in _PLACES:
            raise ConfigError(f"Log format: `{word[:40]}` names no column.", f"Columns: {', '.join(_PLACES)}.")
        ways = tuple(tuple(path.split(".")) for path in paths.split("|"))
        if not all(key for way in ways for key in way):
            raise ConfigError(f"Log format: `{word[:40]}` has no path.", "Write column=key, or column=key.key|key.")
        place = _PLACES[name]
        column = name if place.kind is Kind.TEXT else ""
        given[name] = Field(name, place.kind, b"", column, scale=place.scale, per=place.per, paths=ways)
    for names in _NEEDED:
        if not given.keys() & set(names):
            raise ConfigError(f"Log format: no {' or '.join(names)} in it.", f"Add {names[0]}=PATH.")
    for units in _ONE_OF:
        if len(given.keys() & set(units)) > 1:
            raise ConfigError(f"Log format: more than one of {', '.join(units)}.", "Name the one to keep.")
    return tuple(given[place.name] for place in COLUMNS if place.name in given)


def mended(line: bytes) -> str:
    r"""Return a line in which bytes that are not UTF-8, and escapes `\xhh`, are texts."""
    text = line.decode("utf-8", _AS_TEXT)
    return _ESCAPE.sub(lambda escape: "\\" + escape[0] if escape[1] == "x" else escape[0], text)


def value_of(line: dict[str, Any], field: Field) -> Any:
    """Return the value that a field's paths lead to, None where there is none."""
    for path in field.paths:
        value: Any = line
        for key in path:
            value = value.get(key) if type(value) is dict else None
        if type(value) is list:
            value = value[0] if value else None
        if value is not None and (value not in _NO_VALUE or field.kind is Kind.REQUEST or field.column in ALWAYS):
            return value
    return None


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(f"\\\\x{byte:02x}" for byte in error.object[error.start : error.end]), error.end


_AS_TEXT = "hitstream.bytes-as-text"
codecs.register_error(_AS_TEXT, _escaped)
