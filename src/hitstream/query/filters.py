"""Filters: `status>=400`, `host~nasa`, `path!=/x`, `agent=-`.

Columns are a table, and a value becomes a parameter of its own type: neither logs nor filters ever become SQL.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from hitstream.errors import ConfigError

MISSING = "-"
"""Stands for no value, as it does in a log line."""

_FILTER = re.compile(r"\s*([a-z_]+)\s*(!=|!~|<=|>=|=|<|>|~)(.*)", re.DOTALL)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UTC = 'make_timestamp(epoch_us("time"))'


class Filter(NamedTuple):
    """Keeps the hits whose column stands so to the value, given as text or in the column's own type."""

    column: str
    operator: str
    value: str | int


class _Kind(NamedTuple):
    """A type of column: how its values are read, what is wrong where they cannot be, and which operators it has."""

    parse: Callable[[str], object]
    wants: str
    operators: dict[str, str]


class _Column(NamedTuple):
    sql: str
    kind: _Kind


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


_EQUAL = {"=": "{} = {}", "!=": "{} IS DISTINCT FROM {}"}
_ORDER = _EQUAL | {operator: f"{{}} {operator} {{}}" for operator in ("<", "<=", ">", ">=")}
_CONTAINS = _EQUAL | {"~": "contains({}, {})", "!~": "coalesce(NOT contains({}, {}), true)"}

_TEXT = _Kind(str, "a text", _CONTAINS)
_NUMBER = _Kind(int, "a whole number", _ORDER)
_TIME = _Kind(_instant, "a time such as 1995-07-01T10:05 (UTC)", _ORDER)
_DAY = _Kind(date.fromisoformat, "a day such as 1995-07-01", _ORDER)
_WEEKDAY = _Kind(lambda text: _WEEKDAYS.index(text.lower()[:3]) + 1, "one of " + " ".join(_WEEKDAYS), _EQUAL)

_TEXTS = (
    "vhost host user method target protocol referrer agent source"
    " path extension domain country site browser os device bot"
)
COLUMNS: dict[str, _Column] = {
    **{name: _Column(f'"{name}"', _TEXT) for name in _TEXTS.split()},
    **{name: _Column(f'"{name}"', _NUMBER) for name in ("status", "bytes", "duration", "zone", "offset")},
    "time": _Column('"time"', _TIME),
    "day": _Column(f"CAST({_UTC} AS DATE)", _DAY),
    "hour": _Column(f"hour({_UTC})", _NUMBER),
    "weekday": _Column(f"isodow({_UTC})", _WEEKDAY),
}
"""What a filter may name: the columns of a hit, the derived ones, and parts of its time (UTC)."""


def parse_filter(text: str) -> Filter:
    """Return the filter that a text such as `status>=400` means.

    `=` and `!=` compare, `~` and `!~` look for a text inside, `<` `<=` `>` `>=` order numbers and times; the value `-`
    stands for none.

    Raises:
        ConfigError: it is no filter; the message lists the columns or operators there are.
    """
    found = _FILTER.fullmatch(text)
    if not found:
        raise ConfigError(f"{text!r} is not a filter.", "Write COLUMN OPERATOR VALUE, as in status>=400 or host~nasa.")
    parsed = Filter(found[1], found[2], found[3])
    condition([parsed], {})
    return parsed


def condition(where: Sequence[Filter], values: dict[str, Any]) -> str:
    """Return the SQL that holds for the hits that pass all filters; its parameters are added to `values`.

    Raises:
        ConfigError: a column, operator or value that is none.
    """
    return " AND ".join([_condition(each, values) for each in where]) or "true"


def wanted(each: Filter) -> Any:
    """Return what a filter compares with, in the type of its column; None is a missing value.

    Raises:
        ConfigError: it is no such value.
    """
    return _value(each, COLUMNS[each.column].kind)


def _condition(each: Filter, values: dict[str, Any]) -> str:
    column = COLUMNS.get(each.column)
    if column is None:
        raise ConfigError(f"A hit has no column {each.column!r}.", "Columns: " + ", ".join(COLUMNS) + ".")
    template = column.kind.operators.get(each.operator)
    if template is None:
        raise ConfigError(
            f"{each.column} cannot be compared with {each.operator!r}.",
            "Operators: " + " ".join(column.kind.operators) + ".",
        )
    if str(each.value) == MISSING and each.operator not in ("=", "!="):
        raise ConfigError(
            f"{each.column}{each.operator}{MISSING} holds for no hit: {MISSING} stands for no value.",
            f"Write {each.column}={MISSING} or {each.column}!={MISSING}.",
        )
    if str(each.value) == MISSING and each.operator == "=":
        return f"{column.sql} IS NULL"
    name = f"value{len(values)}"
    values[name] = _value(each, column.kind)
    return "(" + template.format(column.sql, f"${name}") + ")"


def _value(each: Filter, kind: _Kind) -> object:
    text = str(each.value)
    if text == MISSING:
        return None
    try:
        return kind.parse(text)
    except ValueError:
        raise ConfigError(f"{each.column} is compared with {text!r}, which is not {kind.wants}.") from None
