"""Builds the dashboard: an ASGI application that needs nothing but a way to open a query."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from hitstream.clock import Clock
from hitstream.dashboard.access.access import Access
from hitstream.dashboard.address import ServerAddress
from hitstream.dashboard.feed import Feed
from hitstream.dashboard.pages import PAGES

if TYPE_CHECKING:
    from fastapi import FastAPI

    from hitstream.dashboard.server.services import Services
    from hitstream.query import Query

ASSETS = Path(__file__).parent / "assets"

_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">{%css%}
</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>
"""


@dataclass(frozen=True)
class Settings:
    """What can be set about a dashboard."""

    where: str = ""
    """The data's directory, as commands name it."""
    address: ServerAddress = field(default_factory=ServerAddress)
    access: Access | None = None
    """Who may ask; None for all who can reach this machine's loopback."""
    title: str = ""
    """What the data is called on the page; empty for its directory."""


def build(query_factory: "Callable[[], AbstractContextManager[Query]]", clock: Clock, settings: Settings) -> "FastAPI":
    """Return the application. It opens queries in threads of their own, and reads hits ahead, once it is started."""
    from dash import Dash
    from fastapi import FastAPI
    from plotly.io import json as plotly_json

    from hitstream.dashboard import forms, live
    from hitstream.dashboard.guard import Guard
    from hitstream.dashboard.page import layout
    from hitstream.dashboard.server.desk import Desk
    from hitstream.dashboard.server.packing import Packed
    from hitstream.dashboard.server.routes import add_routes
    from hitstream.dashboard.server.services import Services

    feed = Feed(query_factory, clock, settings.where)
    access = settings.access or Access(None, clock)
    services = Services(Desk(query_factory), clock, access, viewers=lambda: feed.viewers)
    server = FastAPI(lifespan=_lifespan(feed, services), docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(server, services)
    # With orjson, Plotly asks a pandas that another thread may be importing, pyarrow say, for names it has not got yet.
    plotly_json.config.default_engine = "json"
    app = Dash(
        "hitstream.dashboard",
        server=server,  # type: ignore[arg-type]
        title=escape(f"hitstream · {settings.where}" if settings.where else "hitstream"),  # Dash does not
        update_title=None,  # type: ignore[arg-type]
        index_string=_INDEX,
        assets_folder=str(ASSETS),
        suppress_callback_exceptions=True,
        add_log_handler=False,
    )
    app.layout = lambda: layout(uuid4().hex, settings.title or settings.where, leave=access.takes_passwords)
    for each in (live.connect, forms.connect, *(page.connect for page in PAGES if page.connect)):
        each(app, feed)
    # Dash does this at the first request of its own: a page asked for before, the Overview aside, came without scripts
    app._setup_server()  # type: ignore[no-untyped-call]
    server.add_middleware(Packed)
    server.add_middleware(Guard, address=settings.address, access=access, scripts=app.csp_hashes())
    return server


def _lifespan(feed: Feed, services: "Services") -> Callable[["FastAPI"], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_server: "FastAPI") -> AsyncIterator[None]:
        ahead = asyncio.create_task(feed.read_ahead())
        try:
            yield
        finally:
            ahead.cancel()
            await feed.close()
            await services.close()

    return lifespan
