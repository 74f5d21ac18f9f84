"""Filters as SQL that stands alone, for a statement that a person goes on writing."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hitstream.query.filters import Filter, condition

_PARAMETER = re.compile(r"\$(value\d+)\b")


def condition_text(where: Sequence[Filter]) -> str:
    """Return the SQL that holds for the hits that pass all filters, with the values in it; empty for no filters.

    Raises:
        ConfigError: a column, operator or value that is none.
    """
    values: dict[str, Any] = {}
    written = condition(where, values) if where else ""
    return _PARAMETER.sub(lambda found: literal(values[found[1]]), written)


def literal(value: Any) -> str:
    """Return a value as SQL writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
