"""A server without pages, to be asked without a socket."""

from fastapi import FastAPI

from hitstream.clock import SystemClock
from hitstream.dashboard.access.access import Access
from hitstream.dashboard.server.desk import Desk
from hitstream.dashboard.server.routes import add_routes
from hitstream.dashboard.server.services import Services
from hitstream.query import open_query


def serving(root, **options):
    """Return an application and what it works with."""
    app = FastAPI(openapi_url=None)
    services = Services(
        Desk(lambda: open_query(root), **options), SystemClock(), Access(None, SystemClock()), viewers=lambda: 7
    )
    add_routes(app, services)
    return app, services
