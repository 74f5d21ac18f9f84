"""A report as JSON, as `schema.json` beside this file (JSON Schema 2020-12) documents it."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitstream.query.answers import Row, SeriesAnswer, TopAnswer, Totals
    from hitstream.report.contents import Report

SCHEMA = 1


def render(report: "Report") -> str:
    """Return one line of ASCII: what a terminal or a browser could obey is escaped, and reads back unchanged."""
    return json.dumps(document(report), allow_nan=False, separators=(",", ":")) + "\n"


def document(report: "Report") -> dict[str, Any]:
    """Return the report as plain dictionaries and lists."""
    return {
        "schema": SCHEMA,
        "totals": totals(report.totals),
        "views": {name: _view(top) for name, top in report.views.items()},
        "series": {
            **{grain: series(points) for grain, points in report.series.items()},
            **({"week": {"hits": report.week.hits}} if report.week else {}),
        },
    }


def totals(answer: "Totals") -> dict[str, Any]:
    """Return the totals, times as text."""
    return {
        "lines": answer.lines,
        "hits": answer.hits,
        "bad_lines": answer.bad_lines,
        "bytes": answer.bytes,
        "errors": answer.errors,
        "visitors": answer.visitors,
        "visitors_error": answer.visitors_error,
        "first": iso(answer.first),
        "last": iso(answer.last),
    }


def series(points: "SeriesAnswer") -> dict[str, Any]:
    """Return a list a measure; element i belongs to the `step` seconds from `start` + i x `step` on."""
    return {
        "start": iso(points.start),
        "step": points.step,
        "hits": points.hits,
        "bytes": points.bytes,
        "errors": points.errors,
        "visitors": points.visitors,
    }


def iso(seconds: int | None) -> str | None:
    """Return a time in seconds since 1970 as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _view(top: "TopAnswer") -> dict[str, Any]:
    return {
        "rows": [_row(row) for row in top.rows],
        "other": None if top.other is None else _measures(top.other),
        "keys": top.keys,
        "exact": top.exact,
        "visitors_error": top.visitors_error,
    }


def _row(row: "Row") -> dict[str, Any]:
    return {"key": row.key, **_measures(row)}


def _measures(row: "Row") -> dict[str, int | None]:
    return {"hits": row.hits, "bytes": row.bytes, "errors": row.errors, "visitors": row.visitors}
