"""What watches a server asks it: /healthz and /metrics. Both read a few rows and no hits."""

import logging
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from hitstream.dashboard.server.metrics import Sight, exposition
from hitstream.dashboard.server.services import Services
from hitstream.errors import HitstreamError

ROUTES = APIRouter(include_in_schema=False)

_log = logging.getLogger(__name__)


@ROUTES.get("/healthz")
async def healthz(request: Request) -> Response:
    """Say ok, degraded (something is late or failing) or error (the data cannot be read); why, to who may know."""
    services: Services = request.app.state.services
    try:
        health = await services.health()
    except Exception as problem:
        said = str(problem) if isinstance(problem, HitstreamError) else "The data cannot be read."
        return _answer(request, {"status": "error", "reasons": [said]}, 503)
    status = "degraded" if health.reasons else "ok"
    return _answer(request, {"status": status, "reasons": health.reasons, "lines": health.facts.counts.lines}, 200)


@ROUTES.get("/metrics")
async def metrics(request: Request) -> Response:
    """Return the metrics; without those of the data where it cannot be read."""
    services: Services = request.app.state.services
    try:
        health = await services.health()
    except Exception as problem:
        _log.error("no metrics of the data: %s", problem, exc_info=not isinstance(problem, HitstreamError))
        health = None
    desk = services.desk
    sight = Sight(health, services.viewers(), desk.asked, desk.durations, services.access.logins)
    return Response(exposition(sight), media_type=CONTENT_TYPE_PLAIN_1_0_0)


def _answer(request: Request, said: dict[str, Any], status: int) -> Response:
    """Answer with the status alone to who has not said who they are, where that is asked for."""
    known = request.scope.get("known", False)
    return JSONResponse(said if known else {"status": said["status"]}, status)
