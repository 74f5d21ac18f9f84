"""Tables for people to read. Texts of a log are hostile: they are shown, cut and inert, and never read as markup."""

from datetime import datetime
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from hitstream.text import count, label, moment

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20
"""Rows that are shown of a longer table."""
_WIDEST = 60
"""Characters of a column in plain text."""
_NUMERIC = (int, float)
_STYLE = "text-align:{};white-space:pre-wrap;overflow-wrap:anywhere;max-width:40em"


class Shown:
    """A table as a notebook shows it: `hitstream.show(table)` as the last line of a cell."""

    def __init__(self, table: "pa.Table", rows: int) -> None:
        self._table = table
        self._rows = rows

    def __repr__(self) -> str:
        return as_text(self._table, rows=self._rows)

    def _repr_html_(self) -> str:
        return as_html(self._table, rows=self._rows)


def show(table: Any, rows: int = ROWS) -> Shown:
    """Return an Arrow table, or anything that becomes one, as a table to look at: texts inert and cut, the first rows.

    Raises:
        TypeError: it is no table and cannot become one.
    """
    import pyarrow as pa

    return Shown(table if isinstance(table, pa.Table) else pa.table(table), rows)


def as_html(table: "pa.Table", title: str = "", rows: int = ROWS) -> str:
    """Return a table of HTML; formulas (`$...$`), which notebooks would set, stay what they are."""
    numeric = [_is_numeric(table, name) for name in table.column_names]
    body = "".join(
        "<tr>" + "".join(_cell("td", value, right) for value, right in zip(row, numeric, strict=True)) + "</tr>"
        for row in _cells(table, rows)
    )
    head = "".join(_cell("th", label(name), right) for name, right in zip(table.column_names, numeric, strict=True))
    caption = escape("; ".join(filter(None, (label(title), _left_out(table, rows)))))
    return (
        f'<table class="hitstream tex2jax_ignore mathjax_ignore"><caption style="text-align:left">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def as_text(table: "pa.Table", title: str = "", rows: int = ROWS) -> str:
    """Return a table of plain text, columns side by side."""
    numeric = [_is_numeric(table, name) for name in table.column_names]
    lines = [tuple(label(name) for name in table.column_names), *_cells(table, rows)]
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(*lines, strict=True)]
    written = [
        "  ".join(
            f"{text[:width]:{'>' if right else '<'}{width}}"
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join(filter(None, (label(title), *written, _left_out(table, rows))))


def _cells(table: "pa.Table", rows: int) -> list[tuple[str, ...]]:
    columns = [column.to_pylist() for column in table.slice(0, rows).columns]
    return [tuple(map(_written, row)) for row in islice(zip(*columns, strict=True), rows)]


def _written(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return count(value)
    if isinstance(value, datetime):
        return moment(value.timestamp() if value.tzinfo else (value - datetime(1970, 1, 1)).total_seconds())
    return label(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value))


def _is_numeric(table: "pa.Table", name: str) -> bool:
    import pyarrow.types as kinds

    kind = table.schema.field(name).type
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind))


def _left_out(table: "pa.Table", rows: int) -> str:
    return f"the first {count(rows)} of {count(table.num_rows)} rows" if table.num_rows > rows else ""


def _cell(kind: str, text: str, right: bool) -> str:
    return f'<{kind} style="{_STYLE.format("right" if right else "left")}">{escape(text)}</{kind}>'
