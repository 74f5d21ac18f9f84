"""SQL: /api/v1/sql, and its whole answer as a file. Whoever stops waiting for an answer stops the statement.

/api/v1/sql?query=SELECT count(*) FROM hits
/api/v1/export/sql.csv?query=SELECT * FROM hits
"""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Event
from time import perf_counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from hitstream.dashboard.server import exports, shapes
from hitstream.dashboard.server.parameters import refuse_unknown
from hitstream.dashboard.server.services import Services
from hitstream.dashboard.server.shapes import as_json
from hitstream.errors import Retryable
from hitstream.query import Query as Asked
from hitstream.query.sql import SECONDS

LONGEST = 20_000
"""Characters of a statement."""
MOST_ROWS = 100_000
"""Rows of an answer; a file has all of them."""
PATIENCE = SECONDS + 30
"""Seconds until an answer, with the wait for statements before it."""

ROUTES = APIRouter()

_SHAPE: dict[str, Any] = {
    "response_model": None,
    "responses": {200: {"model": shapes.Statement, "description": "The answer."}},
}
_FILE: dict[str, Any] = {"responses": {200: {"content": {exports.MEDIA[kind]: {} for kind in ("csv", "json")}}}}
_Text = Annotated[str, Query(max_length=LONGEST, description="A SELECT on `hits`, in DuckDB's SQL.")]
_Format = Literal["json", "csv"]


@ROUTES.get("/sql", dependencies=[Depends(refuse_unknown)], **_SHAPE)
async def sql(
    request: Request,
    query: _Text,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1000,
    format: _Format = "json",
) -> Response:
    """Ask the single hits with read-only SQL. What is `cut` has more rows than asked for."""

    def answer(asked: Asked, stop: Event) -> bytes:
        began = perf_counter()
        table = asked.sql(query, limit + 1, stop)
        if format == "csv":
            return exports.csv_of(table.column_names, shapes.values(table.slice(0, limit)))
        return as_json(shapes.statement(table, limit, perf_counter() - began))

    return Response(await _stated(request, "/sql", answer), media_type=exports.MEDIA[format])


@ROUTES.post("/sql", **_SHAPE)
async def sql_posted(
    request: Request,
    query: Annotated[str, Body(max_length=LONGEST)],
    limit: Annotated[int, Body(ge=1, le=MOST_ROWS)] = 1000,
    format: Annotated[_Format, Body()] = "json",
) -> Response:
    """Ask the same with a statement too long for an address: {"query": "SELECT ...", "limit": 1000}."""
    return await sql(request, query, limit, format)


@ROUTES.get("/export/sql.{format}", **_FILE)
async def export(request: Request, query: _Text, format: _Format) -> Response:
    """Return all rows of an answer, of which there may be a million. It takes the address of the page: all of it."""

    def answer(asked: Asked, stop: Event) -> bytes:
        table = asked.sql(query, stop=stop)
        if format == "csv":
            return exports.csv_of(table.column_names, shapes.values(table))
        return as_json(shapes.rows(table))

    return exports.file(await _stated(request, "/export/sql", answer), "hitstream-sql", format)


async def _stated(request: Request, name: str, answer: Callable[[Asked, Event], bytes]) -> bytes:
    services: Services = request.app.state.services
    return await _while_awaited(request, services.desk.state(name, answer, seconds=PATIENCE))


async def _while_awaited(request: Request, answering: Coroutine[None, None, bytes]) -> bytes:
    """Return an answer; give up once the request's other end is gone."""
    working = asyncio.ensure_future(answering)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Retryable("Nobody waits for this answer any more.")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
