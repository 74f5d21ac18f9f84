"""/api/v1: the questions of `query/`, read-only, as JSON. Its description is at /api/v1/openapi.json.

Parameters are the command line's words. An answer is written in the thread that asked for it, so that a large one holds
up no page.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from fastapi.responses import Response

from hitstream import __version__
from hitstream.dashboard import ranges
from hitstream.dashboard.ranges import Window
from hitstream.dashboard.server import exports, shapes, statements
from hitstream.dashboard.server.parameters import refuse_unknown
from hitstream.dashboard.server.problems import PROBLEMS, explain
from hitstream.dashboard.server.services import Services
from hitstream.dashboard.server.shapes import as_json
from hitstream.errors import ConfigError
from hitstream.query import Filter, Place, parse_filter, parse_time
from hitstream.query import Query as Asked
from hitstream.query.cells import Measure
from hitstream.query.values import MAX_VALUES
from hitstream.query.values import values as column_values
from hitstream.views.table import VIEWS, Grain

MOST_FILTERS = 20
LONGEST = 2048
"""Characters of a filter, a time or a key."""
MOST_KEYS = 10_000
MOST_HITS = 10_000

ROUTES = APIRouter(dependencies=[Depends(refuse_unknown)])


class RequestedHits(NamedTuple):
    """The part of the hits that a question is about."""

    start: int | None
    end: int | None
    where: tuple[Filter, ...]


_Text = Annotated[str, Query(max_length=LONGEST)]


def _part(
    request: Request,
    start: Annotated[
        str | None,
        Query(alias="from", max_length=LONGEST, description="From then on: 1995-07-01, 2015-05-17T10:05, -24h, now."),
    ] = None,
    to: Annotated[str | None, Query(max_length=LONGEST, description="Until before then; written like `from`.")] = None,
    conditions: Annotated[
        list[_Text] | None,
        Query(alias="filter", max_length=MOST_FILTERS, description="Only hits like this: status>=400, host~nasa."),
    ] = None,
    where: Annotated[
        list[_Text] | None, Query(max_length=MOST_FILTERS, description="The same as `filter`, as pages write it.")
    ] = None,
    range: Annotated[
        str | None, Query(max_length=LONGEST, description="Instead of `from` and `to`: 15m, 1h, 24h, 7d, all.")
    ] = None,
) -> RequestedHits:
    clock = request.app.state.services.clock
    filters = tuple(parse_filter(text) for text in (*(conditions or ()), *(where or ())))
    if range is not None:
        return RequestedHits(*_window(range, clock.now(), alone=start is None and to is None), filters)
    first, end = (None if text is None else parse_time(text, clock) for text in (start, to))
    return RequestedHits(first, end, filters)


def _window(name: str, now: float, *, alone: bool) -> Window:
    """Return what a range of that name covers, as on the page.

    Raises:
        ConfigError: there is none, or it is not `alone`.
    """
    found = ranges.named(name)
    if found is None:
        names = ", ".join(each.name for each in ranges.RANGES)
        raise ConfigError(f"There is no range {name!r}.", f"Ranges: {names}. Or give from and to.")
    if not alone:
        raise ConfigError("A range and its ends are given.", "Give range, or from and to.")
    return ranges.window(found, now)


class _Asker:
    """Asks at the desk, and answers with JSON."""

    def __init__(self, request: Request) -> None:
        self.services: Services = request.app.state.services
        self._name = request.scope["route"].path

    async def __call__(self, question: Callable[[Asked], Any]) -> Response:
        written = await self.services.desk.ask(self._name, lambda query: as_json(question(query)))
        return Response(written, media_type="application/json")


Asking = Annotated[_Asker, Depends(_Asker)]
InPart = Annotated[RequestedHits, Depends(_part)]
View = Annotated[str, Query(description="A view; /api/v1/views lists them.", max_length=LONGEST)]


def _answers(shape: Any) -> dict[str, Any]:
    return {"response_model": None, "responses": {200: {"model": shape, "description": "The answer."}}}


@ROUTES.get("/views", **_answers(list[shapes.ViewJson]))
async def views() -> Response:
    """List the views: what can be counted by key."""
    return Response(as_json([shapes.view(row) for row in VIEWS]), media_type="application/json")


@ROUTES.get("/totals", **_answers(shapes.TotalsJson))
async def totals(ask: Asking, part: InPart) -> Response:
    """Sum all hits of a time."""
    return await ask(lambda query: shapes.totals(query.totals(*part)))


@ROUTES.get("/series", **_answers(shapes.SeriesJson))
async def series(
    ask: Asking,
    part: InPart,
    view: View = "traffic",
    grain: Annotated[Grain | None, Query(description="The step; the finest of 2,000 points where not given.")] = None,
    key: Annotated[str | None, Query(max_length=LONGEST, description="Of this key alone.")] = None,
) -> Response:
    """Count over time, a point a step, none left out."""
    return await ask(lambda query: shapes.series(query.series(view, part.start, part.end, grain, part.where, key)))


@ROUTES.get("/top/{view}", **_answers(shapes.TopJson))
async def top(
    ask: Asking,
    part: InPart,
    view: Annotated[str, Path(description="A view; /api/v1/views lists them.", max_length=LONGEST)],
    k: Annotated[int, Query(ge=1, le=MOST_KEYS, description="How many keys.")] = 10,
    by: Annotated[Measure, Query(description="Largest by what.")] = "hits",
) -> Response:
    """List the largest keys of a view."""
    return await ask(lambda query: shapes.top(query.top(view, part.start, part.end, k, by, part.where)))


@ROUTES.get("/values/{column}", **_answers(shapes.Values))
async def values(
    ask: Asking,
    part: InPart,
    column: Annotated[str, Path(description="A column that a view counts, such as path or host.", max_length=LONGEST)],
    like: Annotated[str, Query(max_length=LONGEST, description="A part of the value, in any case.")] = "",
    k: Annotated[int, Query(ge=1, le=MAX_VALUES, description="How many values.")] = 10,
) -> Response:
    """List the most frequent values of a column that contain a text; the 10,000 most frequent are searched."""
    return await ask(lambda query: shapes.column_values(column, column_values(query, column, like, k, *part)))


@ROUTES.get("/visitors", **_answers(shapes.VisitorsJson))
async def visitors(ask: Asking, part: InPart, view: View = "traffic") -> Response:
    """Count the distinct visitors of all hits of a view."""
    return await ask(lambda query: shapes.visitors(query.visitors(view, *part)))


@ROUTES.get("/heat-map", **_answers(shapes.HeatMapJson))
async def heat_map(ask: Asking, part: InPart) -> Response:
    """Count hits by weekday and hour of the day, UTC."""
    return await ask(lambda query: shapes.heat_map(query.heat_map(*part)))


@ROUTES.get("/hits", **_answers(shapes.PageJson))
async def hits(
    ask: Asking,
    part: InPart,
    limit: Annotated[int, Query(ge=1, le=MOST_HITS)] = 100,
    order: Annotated[Literal["newest", "oldest"], Query(description="Which first.")] = "newest",
    beyond: Annotated[
        str | None, Query(max_length=LONGEST, description="Only those after this place in the order: `next` of a page.")
    ] = None,
) -> Response:
    """Return single hits, all columns, a page at a time: what is written meanwhile moves nothing."""
    place = None if beyond is None else Place.parse(beyond)
    return await ask(lambda query: shapes.page(query.hits(*part, limit, order, place), limit))


@ROUTES.get("/bad-lines", **_answers(shapes.BadLinesJson))
async def bad_lines(ask: Asking, limit: Annotated[int, Query(ge=1, le=MOST_HITS)] = 100) -> Response:
    """Return lines that did not parse, and how many there are by reason."""
    return await ask(lambda query: shapes.bad_lines(query.bad_lines(limit), query.bad_reasons()))


@ROUTES.get("/health", **_answers(shapes.HealthJson))
async def health(request: Request) -> Response:
    """Say how the pipeline stands, stage by stage."""
    services: Services = request.app.state.services
    return Response(as_json(shapes.health(await services.health())), media_type="application/json")


def api(services: Services) -> FastAPI:
    """Return the application to be mounted at /api/v1."""
    app = FastAPI(
        title="hitstream",
        version=__version__,
        summary="Questions to a web log, read-only. Times are UTC; a range has its start and not its end.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": "/api/v1"}],
        root_path_in_servers=False,
        responses=PROBLEMS,
    )
    app.state.services = services
    app.include_router(ROUTES)
    app.include_router(statements.ROUTES)
    app.include_router(exports.ROUTES)
    explain(app)

    @app.api_route("/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    async def nothing(path: str) -> Response:
        raise ConfigError(f"There is no /api/v1/{path[:LONGEST]}.", "/api/v1/openapi.json lists what there is.")

    return app
