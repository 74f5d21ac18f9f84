"""A report as one tidy table: a row a key of a view, the same columns throughout."""

import csv
import io
from typing import TYPE_CHECKING

from hitstream.text import visible
from hitstream.views.cells import OTHER

if TYPE_CHECKING:
    from hitstream.query.answers import Row
    from hitstream.report.contents import Report

COLUMNS = ("view", "key", "hits", "bytes", "errors", "visitors")
_FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""How a cell starts that spreadsheets evaluate (OWASP, CSV injection); the last four are the full-width forms."""


def render(report: "Report") -> str:
    """Return the table, RFC 4180 with newlines as the ends of its rows; the view `traffic` is the totals."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    totals = report.totals
    table.writerow(("traffic", "", totals.hits, totals.bytes, totals.errors, totals.visitors))
    for name, top in report.views.items():
        table.writerows(_cells(name, inert(row.key), row) for row in top.rows)
        if top.other is not None:
            table.writerow(_cells(name, OTHER, top.other))
    return text.getvalue()


def inert(key: str) -> str:
    """Return a key that no program evaluates: visible, with an apostrophe before what would start a formula."""
    return visible("'" + key if key.startswith(_FORMULA) else key)


def _cells(view: str, key: str, row: "Row") -> tuple[str | int | None, ...]:
    return view, key, row.hits, row.bytes, row.errors, row.visitors
