"""What the server answers besides the pages."""

from fastapi import FastAPI

from hitstream.dashboard.server import api, ops
from hitstream.dashboard.server.services import Services


def add_routes(app: FastAPI, services: Services) -> None:
    """Let an application answer /healthz, /metrics and /api/v1."""
    app.state.services = services
    app.include_router(ops.ROUTES)
    app.mount("/api/v1", api.api(services))
