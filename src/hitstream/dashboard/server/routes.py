"""What the server answers besides the pages."""

from fastapi import FastAPI

from hitstream.dashboard.access import login
from hitstream.dashboard.server import api, ops
from hitstream.dashboard.server.services import Services


def add_routes(app: FastAPI, services: Services) -> None:
    """Let an application answer /healthz, /metrics, /api/v1, and let in who may."""
    app.state.services = services
    app.state.access = services.access
    app.include_router(login.ROUTES)
    app.include_router(ops.ROUTES)
    app.mount("/api/v1", api.api(services))
