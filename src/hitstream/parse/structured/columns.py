"""The columns that a format of structured lines may name, and the formats themselves: text to fields."""

import re
from typing import NamedTuple

from hitstream.errors import ConfigError
from hitstream.parse.client_rule import FORWARDED, FORWARDED_NAMES, PEER, ClientRule
from hitstream.parse.program import Field, Kind
from hitstream.parse.structured.syntaxes import SYNTAXES

ANY_UNIT = 99
"""The unit of a time whose size tells it, and of a duration that has its unit beside the number."""


class StructuredColumn(NamedTuple):
    """A column that a format names, what it fills, and the power of ten that makes microseconds of its numbers."""

    name: str
    fills: str
    kind: Kind
    unit: int = ANY_UNIT


COLUMNS: tuple[StructuredColumn, ...] = (
    StructuredColumn("time", "time", Kind.TIME),
    StructuredColumn("time_ms", "time", Kind.TIME, 3),
    StructuredColumn("host", "host", Kind.TEXT),
    StructuredColumn("request", "request", Kind.REQUEST),
    StructuredColumn("method", "method", Kind.TEXT),
    StructuredColumn("target", "target", Kind.TEXT),
    StructuredColumn("protocol", "protocol", Kind.TEXT),
    StructuredColumn("status", "status", Kind.STATUS),
    StructuredColumn("bytes", "bytes", Kind.BYTES),
    StructuredColumn("duration", "duration", Kind.DURATION),
    StructuredColumn("seconds", "duration", Kind.DURATION, 6),
    StructuredColumn("milliseconds", "duration", Kind.DURATION, 3),
    StructuredColumn("microseconds", "duration", Kind.DURATION, 0),
    StructuredColumn("nanoseconds", "duration", Kind.DURATION, -3),
    StructuredColumn("vhost", "vhost", Kind.TEXT),
    StructuredColumn("user", "user", Kind.TEXT),
    StructuredColumn("referrer", "referrer", Kind.TEXT),
    StructuredColumn("agent", "agent", Kind.TEXT),
)
COLUMN_OF = {column.name: column for column in COLUMNS}
_NEEDED = (("time", "time_ms"), ("host",), ("request", "target"), ("status",))


def filled_by(path: str, column: StructuredColumn, clients: ClientRule) -> str:
    """Return the column that a key of a format fills, by the rule of clients `FORWARDED` for what proxies pass on."""
    name = re.sub("[^a-z]", "", path.lower())
    forwarded = name.endswith(FORWARDED_NAMES) or name == "fwd"
    return FORWARDED if column.fills == "host" and forwarded and clients.which != PEER else column.fills


def is_structured(text: str) -> bool:
    """Tell whether a format is one of structured lines."""
    return any(word in SYNTAXES for word in text.split(maxsplit=1)[:1])


def structured_fields(text: str) -> tuple[Field, ...]:
    """Return the fields that a format of structured lines names, in the order of `COLUMNS`.

    Raises:
        ConfigError: a column that there is not, one that has no key, or one that is needed and not there.
    """
    given: dict[str, Field] = {}
    for word in text.split()[1:]:
        name, _, keys = word.partition("=")
        if name not in COLUMN_OF:
            raise ConfigError(f"Log format: `{word[:40]}` names no column.", f"Columns: {', '.join(COLUMN_OF)}.")
        paths = tuple(keys.split("|"))
        if not all(part for path in paths for part in path.split(".")):
            raise ConfigError(f"Log format: `{word[:40]}` has no key.", "Write column=key, or column=key.key|key.")
        column = COLUMN_OF[name]
        given[name] = Field(name, column.kind, b"", name if column.kind is Kind.TEXT else "", paths=paths)
    for names in _NEEDED:
        if not given.keys() & set(names):
            raise ConfigError(f"Log format: no {' or '.join(names)} in it.", f"Add {names[0]}=KEY.")
    return tuple(given[column.name] for column in COLUMNS if column.name in given)
