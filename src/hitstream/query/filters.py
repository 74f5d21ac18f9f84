"""Filters: `status>=400`, `status=4xx`, `host=10.0.0.0/8`, `path begins /api`, `agent contains bot`, `agent=-`.

Columns are a table, and a value becomes a parameter of its own type: neither logs nor filters ever become SQL. A filter
that cannot be understood is refused; none silently keeps all or nothing.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from hitstream.errors import ConfigError
from hitstream.query.networks import IN_NETWORK, Network, network

MISSING = "-"
"""Stands for no value, as it does in a log line; for itself where a text is looked for inside another."""
MAX_LISTED = 1000
"""Values that a filter may list."""

_FILTER = re.compile(
    r"\s*([a-z_]+)(?:\s*(!=|!~|<=|>=|=|<|>|~)|\s+((?:not\s+)?(?:in|contains|begins|matches))(?:\s+|$))(.*)", re.DOTALL
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UTC = 'make_timestamp(epoch_us("time"))'


_PAIRS = (
    *(("=", "!="), ("~", "!~"), ("<", ">="), ("<=", ">")),
    *((word, f"not {word}") for word in ("in", "contains", "begins", "matches")),
)
_INVERSE = dict(_PAIRS) | {after: before for before, after in _PAIRS}


class Filter(NamedTuple):
    """Keeps the hits whose column stands so to the value, given as text or in the column's own type."""

    column: str
    operator: str
    value: str | int

    @property
    def written(self) -> str:
        """The filter as `parse_filter` reads it."""
        space = " " if self.operator[-1].isalpha() else ""
        return f"{self.column}{space}{self.operator}{space}{self.value}"

    @property
    def inverted(self) -> "Filter":
        """The filter that says the opposite; a missing value has no order, so it passes neither `<` nor `>=`."""
        return self._replace(operator=_INVERSE[self.operator])


class ValueTest(NamedTuple):
    """What a value of a column has to be: how it is compared, and with what."""

    comparison: str
    """A key of `_SQL`."""
    value: Any = None


class FilterTests(NamedTuple):
    """A filter keeps what passes one of these tests; negated, what passes none, as a missing value does."""

    anyone: tuple[ValueTest, ...]
    negated: bool


class _Kind(NamedTuple):
    """A type of column: how its values are read, what is wrong where they cannot be, and which operators it has."""

    parse: Callable[[str], object]
    wants: str
    operators: tuple[str, ...]


class _Column(NamedTuple):
    sql: str
    kind: _Kind


_SQL: dict[str, str] = {
    "missing": "{0} IS NULL",
    "equals": "{0} = {1}",
    "below": "{0} < {1}",
    "at most": "{0} <= {1}",
    "above": "{0} > {1}",
    "at least": "{0} >= {1}",
    "between": "{0} BETWEEN {1}[1] AND {1}[2]",
    "in network": f"{IN_NETWORK}({{0}}, {{1}})",
    "contains": "contains({0}, {1})",
    "begins": "starts_with({0}, {1})",
    "matches": "regexp_matches({0}, {1})",
}
"""Comparison → the SQL of a column and a parameter. `matches` is by RE2, here and in `hitstream.query.choice`."""
_OPPOSITE = {"!=": "=", "!~": "~"}
_ORDER = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_TEXTS = {"~": "contains", "begins": "begins", "matches": "matches", "contains": "matches"}
_EQUAL = ("=", "!=")
_LISTS = ("in", "not in")
_WORDS = ("contains", "not contains", "begins", "not begins", "matches", "not matches")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _status(text: str) -> int | range:
    """Read a status, or a class of them such as `4xx`."""
    if re.fullmatch("[1-9]xx", text, re.IGNORECASE):
        return range(100 * int(text[0]), 100 * int(text[0]) + 99)
    return int(text)


def _host(text: str) -> str | Network:
    """Read a name or an address, or a range of addresses such as `10.0.0.0/8`."""
    return network(text) if "/" in text else text


_TEXT = _Kind(str, "a text", (*_EQUAL, "~", "!~", *_LISTS, *_WORDS))
_HOST = _TEXT._replace(parse=_host, wants="a name, an address or a range of addresses such as 10.0.0.0/8")
_NUMBER = _Kind(int, "a whole number", (*_EQUAL, *_ORDER, *_LISTS))
_STATUS = _NUMBER._replace(parse=_status, wants="a whole number or a class such as 4xx")
_TIME = _Kind(_instant, "a time such as 1995-07-01T10:05 (UTC)", (*_EQUAL, *_ORDER))
_DAY = _Kind(date.fromisoformat, "a day such as 1995-07-01", (*_EQUAL, *_ORDER, *_LISTS))
_WEEKDAY = _Kind(
    lambda text: _WEEKDAYS.index(text.lower()[:3]) + 1, "one of " + " ".join(_WEEKDAYS), (*_EQUAL, *_LISTS)
)

_TEXT_COLUMNS = (
    "vhost user method target protocol referrer agent source path extension domain country site browser os device bot"
)
COLUMNS: dict[str, _Column] = {
    "host": _Column('"host"', _HOST),
    **{name: _Column(f'"{name}"', _TEXT) for name in _TEXT_COLUMNS.split()},
    "status": _Column('"status"', _STATUS),
    **{name: _Column(f'"{name}"', _NUMBER) for name in ("bytes", "duration", "zone", "offset")},
    "time": _Column('"time"', _TIME),
    "day": _Column(f"CAST({_UTC} AS DATE)", _DAY),
    "hour": _Column(f"hour({_UTC})", _NUMBER),
    "weekday": _Column(f"isodow({_UTC})", _WEEKDAY),
}
"""What a filter may name: the columns of a hit, the derived ones, and parts of its time (UTC)."""


def parse_filter(text: str) -> Filter:
    """Return the filter that a text such as `status>=400` means.

    `=` and `!=` compare, `in` with each value of a list; `~` looks for a text inside, `contains` too, upper and lower
    case alike, `begins` at the start, `matches` for a regular expression (RE2); `!` or `not` before these means the
    opposite. `<` `<=` `>` `>=` order numbers and times. The value `-` stands for none. `status` knows classes (`4xx`),
    `host` ranges of addresses (`10.0.0.0/8`).

    Raises:
        ConfigError: it is no filter; the message lists the columns or operators there are.
    """
    found = _FILTER.fullmatch(text)
    if not found:
        raise ConfigError(f"{text!r} is not a filter.", "Write COLUMN OPERATOR VALUE, as in status>=400 or host~nasa.")
    parsed = Filter(found[1], found[2] or " ".join(found[3].split()), found[4])
    tests(parsed)
    return parsed


def condition(where: Sequence[Filter], values: dict[str, Any]) -> str:
    """Return the SQL that holds for the hits that pass all filters; its parameters are added to `values`.

    Raises:
        ConfigError: a column, operator or value that is none.
    """
    return " AND ".join([_condition(each, values) for each in where]) or "true"


def tests(each: Filter) -> FilterTests:
    """Return what a filter means, with its values in the types of its column.

    Raises:
        ConfigError: a column, operator or value that is none.
    """
    column = COLUMNS.get(each.column)
    if column is None:
        raise ConfigError(f"A hit has no column {each.column!r}.", "Columns: " + ", ".join(COLUMNS) + ".")
    if each.operator not in column.kind.operators:
        raise ConfigError(
            f"{each.column} cannot be compared with {each.operator!r}.",
            "Operators: " + ", ".join(column.kind.operators) + ".",
        )
    positive = _OPPOSITE.get(each.operator, each.operator.removeprefix("not "))
    return FilterTests(tuple(_tests(each, positive, column.kind)), positive != each.operator)


def _tests(each: Filter, operator: str, kind: _Kind) -> list[ValueTest]:
    value = str(each.value)
    if operator in _TEXTS:
        return [ValueTest(_TEXTS[operator], _text(each, operator, value))]
    if operator in _ORDER:
        return [ValueTest(_ORDER[operator], _ordered(each, kind, value))]
    listed = [part.strip() for part in value.split(",")] if operator == "in" else [value]
    if operator == "in" and ("" in listed or len(listed) > MAX_LISTED):
        raise ConfigError(
            f"{each.column} is compared with an empty value, or with more than {MAX_LISTED:,}.",
            "Write in and values with commas between, as in status in 404,500.",
        )
    return [_equal(each, kind, part) for part in listed]


def _equal(each: Filter, kind: _Kind, text: str) -> ValueTest:
    if text == MISSING:
        return ValueTest("missing")
    value = _parsed(each, kind, text)
    if isinstance(value, range):
        return ValueTest("between", [value.start, value.stop])
    return ValueTest("in network" if isinstance(value, Network) else "equals", value)


def _ordered(each: Filter, kind: _Kind, text: str) -> object:
    value = None if text == MISSING else _parsed(each, kind, text)
    if value is None or isinstance(value, range):
        raise ConfigError(f"{each.column} is ordered against {text!r}, which has no order.", f"Write {kind.wants}.")
    return value


def _text(each: Filter, operator: str, text: str) -> str:
    """Return a text to look for, or the regular expression that finds it."""
    if operator == "~" and (text.startswith("^") or text.endswith("$") or ".*" in text):
        raise ConfigError(
            f"~ looks for {text!r} as it stands, which reads like a regular expression.",
            f"Write {each.column} matches {text}; or {each.column} begins and the text.",
        )
    if not text:
        raise ConfigError(f"{each.column} is compared with nothing.", "Write - for no value.")
    if operator == "contains":
        return f"(?i){re.escape(text)}"
    if operator == "matches":
        _check(text)
    return text


def _check(expression: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), expression)
    except pa.ArrowInvalid as error:
        said = str(error).rpartition(": ")[2]
        raise ConfigError(f"{expression!r} is not a regular expression: {said}.", "Its syntax is RE2's.") from None


def _parsed(each: Filter, kind: _Kind, text: str) -> object:
    try:
        return kind.parse(text)
    except ValueError:
        raise ConfigError(f"{each.column} is compared with {text!r}, which is not {kind.wants}.") from None


def _condition(each: Filter, values: dict[str, Any]) -> str:
    found = tests(each)
    column = COLUMNS[each.column].sql
    parts = []
    for test in found.anyone:
        name = f"value{len(values)}"
        if test.comparison != "missing":
            values[name] = str(test.value) if isinstance(test.value, Network) else test.value
        parts.append(_SQL[test.comparison].format(column, f"${name}"))
    anyone = f"({' OR '.join(parts)})"
    return f"NOT coalesce({anyone}, false)" if found.negated else anyone
