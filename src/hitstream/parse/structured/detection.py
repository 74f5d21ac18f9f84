"""Which syntax and which keys a structured log has: told from its lines, or said what its keys lack."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hitstream.parse.clients import is_address
from hitstream.parse.program import Program
from hitstream.parse.structured.columns import ANY_UNIT, COLUMNS, structured_fields
from hitstream.parse.structured.formats import STRUCTURED_FORMATS
from hitstream.parse.structured.keys import (
    NEEDED,
    SYNONYMS,
    client_is_host,
    columns_of,
    duration_column,
    has_own_unit,
    plain_name,
)
from hitstream.parse.structured.reference import parse_structured_line, syntax_of
from hitstream.parse.structured.syntaxes import HEAD, SYNTAXES, Syntax, Value, ValueKind, read_pairs, unescape
from hitstream.parse.structured.values import is_none, read_bytes, read_duration, read_status, read_time
from hitstream.parse.values import Misfit

_FEWEST_KEYS = 3
_MAY_COME_LATER = frozenset({"bytes", "vhost", "user", "referrer", "agent"})
"""Columns whose keys are kept although the first lines have nothing there."""
_LOG_FILE = re.compile(rb"^/var/log/|[._]log$")
_MOST_PATHS = 4
_SHOWN_KEYS = 24

Pairs = dict[str, Value]


class Structured(NamedTuple):
    """What a log's lines show: their syntax, and for each line with keys its pairs."""

    syntax: Syntax
    lines: list[bytes]
    pairs: list[Pairs]

    @property
    def keys(self) -> list[str]:
        """Return the keys in the order in which they come, without those of a few lines alone."""
        counts = Counter(key for pairs in self.pairs for key in pairs)
        return [key for key in counts if 10 * counts[key] >= len(self.pairs)]

    def values(self, key: str) -> list[Value]:
        """Return the values that a key has, without what is none."""
        return [pairs[key] for pairs in self.pairs if key in pairs and not is_none(pairs[key])]


def detect_structured(lines: Sequence[bytes], known: Sequence[Program] = ()) -> Program | None:
    """Return the format of structured lines that most of a log's first lines have, None where they have none.

    One of those `known`, or else a format that has a name, is taken where it finds as much as the mapping that is made
    from the keys.
    """
    best: tuple[int, int] = (0, 0)
    chosen: Program | None = None
    for seen in _syntaxes_of(lines):
        named = [Program(row.name, row.text, b"", structured_fields(row.text)) for row in STRUCTURED_FORMATS]
        given = [program for program in known if program.is_structured and not program.envelopes]
        programs = [program for program in [*given, *named] if syntax_of(program) == seen.syntax]
        mapping = _mapping(seen)
        if not _missing(mapping):
            text = _text(seen.syntax, mapping)
            programs.append(Program("custom", text, b"", structured_fields(text)))
        for program in programs:
            found = _found(seen.lines, program)
            if found > best:
                best, chosen = found, program
    return chosen


def explain_structured(lines: Sequence[bytes]) -> tuple[str, str] | None:
    """Return why structured lines are no access log, and what to try; None where the lines are not structured."""
    for seen in _syntaxes_of(lines):
        if 2 * len(seen.pairs) < len(lines) or len(seen.keys) < _FEWEST_KEYS:
            continue
        mapping = _mapping(seen)
        missing = _missing(mapping)
        keys = ", ".join(_printable(key) for key in seen.keys[:_SHOWN_KEYS]) + (
            ", ..." * (len(seen.keys) > _SHOWN_KEYS)
        )
        lacks = f"no {', no '.join(missing)} among them" if missing else "but no line has all that a hit needs"
        text = _text(seen.syntax, mapping | {name: ["KEY"] for name in missing})
        return f"looks like {seen.syntax.title} with the keys {keys}; {lacks}", f"Try --format '{_printable(text)}'."
    return None


def _syntaxes_of(lines: Sequence[bytes]) -> list[Structured]:
    """Return the syntaxes that lines may have, that of most lines first."""
    found = []
    for syntax in SYNTAXES.values():
        seen = Structured(syntax, [], [])
        for line in lines:
            pairs = _pairs(line, syntax)
            if len(pairs) >= _FEWEST_KEYS:
                seen.lines.append(line)
                seen.pairs.append(pairs)
        if seen.pairs:
            found.append(seen)
    return sorted(found, key=lambda seen: -sum(map(len, seen.pairs)))


def _pairs(line: bytes, syntax: Syntax) -> Pairs:
    pairs: Pairs = {}
    try:
        for key, value in read_pairs(line, syntax):
            text = unescape(value.text) if value.kind is ValueKind.ESCAPED else value.text
            pairs[key.decode("utf-8", "backslashreplace")] = Value(text, value.kind)
    except Misfit:
        return {}
    return {key: value for key, value in pairs.items() if _can_be_named(key)}


def _can_be_named(key: str) -> bool:
    """Tell whether a format can name a key."""
    return key.split() == [key] and not set(key) & set("|=") and all(key.split("."))


def _mapping(seen: Structured) -> dict[str, list[str]]:
    """Return the keys of each column that a log has, best first, of those that hold what the column must."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    keys = frozenset(seen.keys)
    for key in seen.keys:
        values = seen.values(key)
        candidates = list(columns_of(key))
        if key == HEAD:
            candidates = [("time", len(SYNONYMS["time"]))]
        whole = all(value.text.isdigit() for value in values)
        if taken := duration_column(key, keys, whole=whole):
            candidates.append((taken, 0 if has_own_unit(taken, key) else 1))
        for column, rank in candidates:
            if any(_holds(column, value) for value in values) or (not values and column in _MAY_COME_LATER):
                ranked.setdefault(column, []).append((rank, key))
    _take_host_as_client(seen, ranked)
    if "time" not in ranked:
        ranked["time"] = [(0, key) for key in seen.keys if _is_date(key, seen)]
    return {
        column.name: [key for _, key in sorted(ranked[column.name], key=_preference)[:_MOST_PATHS]]
        for column in COLUMNS
        if ranked.get(column.name)
    }


def _preference(found: tuple[int, str]) -> tuple[int, bool, str]:
    """Put `@timestamp` behind `timestamp`: shippers set it to when they read the line where they know no better."""
    rank, key = found
    return rank, key.startswith("@"), key


def _take_host_as_client(seen: Structured, ranked: dict[str, list[tuple[int, str]]]) -> None:
    """Let `host` be the client, not the virtual host, in LTSV and its like where all its values are addresses."""
    values = seen.values("host")
    labels = seen.syntax.name.startswith("ltsv") or client_is_host(frozenset(seen.keys))
    if "host" in ranked or not labels or not all(is_address(value.text) for value in values):
        return
    if values:
        ranked["host"] = [(0, "host")]
        ranked["vhost"] = [found for found in ranked.get("vhost", []) if found[1] != "host"]


def _is_date(key: str, seen: Structured) -> bool:
    """Tell whether a key is named like a time, and has dates as values: no number will do."""
    values = seen.values(key)
    named = "time" in plain_name(key) or "date" in plain_name(key)
    return (
        named
        and bool(values)
        and all(b":" in value.text and read_time(value, ANY_UNIT) is not None for value in values)
    )


def _holds(column: str, value: Value) -> bool:
    """Tell whether a value is one of a column's."""
    read = _READERS.get(column)
    return read is None or read(value)


_READERS: dict[str, Callable[[Value], bool]] = {
    "time": lambda value: read_time(value, ANY_UNIT) is not None,
    "host": lambda value: is_address(value.text),
    "protocol": lambda value: value.text[:5].upper() == b"HTTP/",
    "target": lambda value: not _LOG_FILE.search(value.text),
    "status": lambda value: 100 <= (read_status(value) or 0) < 600,
    "bytes": lambda value: read_bytes(value) is not None,
    "duration": lambda value: read_duration(value, ANY_UNIT) is not None,
} | dict.fromkeys(
    ("seconds", "milliseconds", "microseconds", "nanoseconds"), lambda value: read_duration(value, 0) is not None
)


def _missing(mapping: dict[str, list[str]]) -> list[str]:
    return [name for name in NEEDED if name not in mapping and not (name == "request" and "target" in mapping)]


def _text(syntax: Syntax, mapping: dict[str, list[str]]) -> str:
    named = [f"{column.name}={'|'.join(mapping[column.name])}" for column in COLUMNS if column.name in mapping]
    return " ".join([syntax.name, *named])


def _found(lines: list[bytes], program: Program) -> tuple[int, int]:
    """Return how many lines are hits, and how many values they have."""
    hits = values = 0
    for line in lines:
        try:
            found = parse_structured_line(line, program)
        except Misfit:
            continue
        if not is_address(found["host"].encode()):  # a name may be that of the server, or no host at all
            continue
        hits += 1
        values += sum(value not in (None, "", -1) for value in found.values())
    return hits, values


def _printable(text: str) -> str:
    return ascii(text)[1:-1]
