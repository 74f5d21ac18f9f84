"""Files of what a page shows: the numbers of a panel, and a report. They take the page's own address.

    /api/v1/export/targets.csv?range=24h&where=status>=400
    /api/v1/report.html?from=1995-07-01&to=1995-07-02

What is not understood is refused here, and not left out as on the page: a file outlives the words beside it.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.panels import KINDS, Panel
from hitstream.dashboard.panels.contract import Page, Question, Table
from hitstream.dashboard.ranges import suited
from hitstream.dashboard.server.parameters import unknown
from hitstream.dashboard.server.services import Services
from hitstream.dashboard.server.shapes import as_json
from hitstream.dashboard.state import PageState
from hitstream.errors import ConfigError
from hitstream.query import Query
from hitstream.report import as_csv, as_html
from hitstream.report import as_json as report_as_json
from hitstream.report.as_json import iso
from hitstream.report.contents import Report, contents
from hitstream.text import listed

ROWS = 10_000
"""Rows of a panel in a file; the page shows the first few of them."""
REPORT_SECONDS = 120.0
"""How long a report may take: it asks for every view."""

_TIMES = ("time", "start", "first", "last")
"""Columns of `Table` that are seconds since 1970."""
_STATE = ("range", "from", "to", "where", "off", "compare", "zone")
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8"}
_REPORTS: dict[str, Callable[[Report], str]] = {
    "html": as_html.render,
    "json": report_as_json.render,
    "csv": as_csv.render,
}

ROUTES = APIRouter()


@ROUTES.get("/export/{panel}.{format}", responses={200: {"content": {MEDIA["csv"]: {}, MEDIA["json"]: {}}}})
async def export(
    request: Request,
    panel: Annotated[str, Path(description="A panel's name, as in the export links of the page.")],
    format: Literal["csv", "json"],
) -> Response:
    """Return the numbers of a panel, for the time and filters that the rest of the page's address says."""
    page, shown = _panel(panel)
    state, now = _state(request, page), _services(request).clock.now()

    def write(query: Query) -> bytes:
        settled = _settled(state, query, now)
        question = Question(query, settled, now)
        more = shown._replace(rows=ROWS)
        table = KINDS[shown.kind].table(more, KINDS[shown.kind].ask(more, question))
        return _as_csv(table) if format == "csv" else _as_json(shown, question, table)

    written = await _services(request).desk.ask("/export", write)
    return file(written, f"hitstream-{shown.name}", format)


@ROUTES.get("/report.{format}", responses={200: {"content": {media: {} for media in MEDIA.values()}}})
async def report(request: Request, format: Literal["html", "json", "csv"]) -> Response:
    """Return a report of the time and filters that the rest of the page's address says."""
    state, now = _state(request, None), _services(request).clock.now()

    def write(query: Query) -> bytes:
        settled = _settled(state, query, now)
        start, end = Question(query, settled, now).window
        return _REPORTS[format](contents(query, start=start, end=end, where=settled.where)).encode()

    written = await _services(request).desk.ask("/report", write, seconds=REPORT_SECONDS)
    return file(written, "hitstream-report", format)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _panel(name: str) -> tuple[Page, Panel]:
    found = {panel.name: (page, panel) for page in PAGES for panel in page.panels}
    if name not in found:
        raise ConfigError(f"There is no panel {name[:100]!r}.", "Panels: " + ", ".join(sorted(found)) + ".")
    return found[name]


def _state(request: Request, page: Page | None) -> PageState:
    """Return what an address says; `filter` is another word for `where`.

    A report takes the address of any page, whose own choices do not matter to it.
    """
    known = {*_STATE, *(name for each in ([page] if page else PAGES) for name in each.choices)}
    given = [("where" if name == "filter" else name, value) for name, value in parse_qsl(request.url.query)]
    for name, _ in given:
        if name not in known:
            raise unknown(name, sorted({*known, "filter"}))
    parts = [(name, value) for name, value in given if page or name in _STATE]
    state = PageState.parse(page.path if page else "/", urlencode(parts))
    if state.dropped:
        raise ConfigError(f"Not understood: {listed(state.dropped)}", "docs/query.md says how to write it.")
    return state


def _settled(state: PageState, query: Query, now: float) -> PageState:
    """Return a state with the range that the page would choose where none is given."""
    return state if state.range is not None else replace(state, range=suited(query.span(), now))


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write a table with a line of its columns' names; no cell is one that a spreadsheet would evaluate."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in (columns, *rows))
    return text.getvalue().encode()


def _as_csv(table: Table) -> bytes:
    rows = ([_plain(name, value) for name, value in zip(table.columns, row, strict=True)] for row in table.rows)
    return csv_of(table.columns, rows)


def _cell(value: Any) -> Any:
    return as_csv.inert(value) if isinstance(value, str) else value


def _as_json(panel: Panel, question: Question, table: Table) -> bytes:
    start, end = question.window
    rows = [[_plain(name, value) for name, value in zip(table.columns, row, strict=True)] for row in table.rows]
    said = {"panel": panel.name, "title": panel.title, "start": iso(start), "end": iso(end)}
    return as_json(said | {"columns": table.columns, "rows": rows})


def _plain(column: str, value: Any) -> Any:
    return iso(value) if column in _TIMES else value


def file(written: bytes, name: str, kind: str) -> Response:
    """Answer with a file to be kept: shown in its place, a report would be part of this site."""
    disposition = {"content-disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(written, headers=disposition, media_type=MEDIA[kind])
