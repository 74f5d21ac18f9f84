"""What connects a page to the feed: pushes over the WebSocket, and a poll where there is none.

A viewer's callback `follow` runs as long as its page is open and sends patches. While it lives, it alone changes
the page. Every second the page looks, without a request, at whether it still hears the server's pulse and whether what
it shows is what it was told to expect; if not, it asks for everything.
"""

import asyncio
import logging
from itertools import count
from typing import TYPE_CHECKING, Any

from hitstream.dashboard.drawn import handed
from hitstream.dashboard.feed import Feed, Viewer
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.shell import place_of
from hitstream.dashboard.state import PageState

if TYPE_CHECKING:
    from dash import Dash

PULSE = 1.0
"""Seconds between two signs of life of the server: a page that misses one looks for the server."""
ROLL_CALL = 30.0
"""Seconds between two signs of life of the page: tabs share a socket, which outlives the tab."""
NO_PAGE = 10.0
"""Seconds that a page may take to answer."""

_log = logging.getLogger(__name__)


def connect(app: "Dash", feed: Feed) -> None:
    """Register the page's callbacks."""
    from dash import ClientsideFunction, Input, Output, State, ctx

    address = State("url", "pathname"), State("url", "search")

    @app.callback(State("viewer", "data"), *address, websocket=True, persistent=True)
    async def follow(viewer: str, path: str | None, search: str | None) -> None:
        if ctx.websocket is None:  # a browser without shared workers: the poll will do
            return
        joined = feed.join(viewer, await feed.settled(PageState.parse(path, search)))
        pushing = asyncio.create_task(push(feed, joined))
        leaving = asyncio.create_task(_roll_call(viewer))
        try:
            await asyncio.wait((pushing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            feed.leave(joined)
            pushing.cancel()
            leaving.cancel()
            await asyncio.gather(pushing, leaving, return_exceptions=True)

    @app.callback(
        Input("url", "pathname"),
        Input("url", "search"),
        Input("wanted", "data"),
        State("viewer", "data"),
        State("place", "data"),
        prevent_initial_call=True,
    )
    async def ask(path: str | None, search: str | None, wanted: int | None, viewer: str, place: Any) -> None:
        state = await feed.settled(PageState.parse(path, search))
        if not feed.turn(viewer, state, anew=ctx.triggered_id == "wanted"):
            told = place_of(place)
            _set(await feed.once(state, told) | {"answered": {"data": wanted}})

    @app.callback(Input("paused", "data"), State("viewer", "data"), prevent_initial_call=True)
    async def pause(paused: bool | None, viewer: str) -> None:
        feed.pause(viewer, bool(paused))

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "silence"),
        Output("wanted", "data"),
        Input("poll", "n_intervals"),
        State("pulse", "data"),
        State("expected", "data"),
        State("shown", "data"),
        State("answered", "data"),
        State("paused", "data"),
        prevent_initial_call=True,
    )


async def push(feed: Feed, viewer: Viewer) -> None:
    """Send a page what is new, and signs of life; return after a failure, which is logged: then the page asks."""
    try:
        for pulse in count():
            props = await feed.newer(viewer, PULSE)
            _set({"pulse": {"data": pulse}, **(props or {})})
    except Exception:
        _log.exception("a page is no longer sent what is new, and has to ask for it")


async def _roll_call(viewer: str) -> None:
    """Return when the page is gone."""
    from dash import ctx

    while await ctx.websocket.get_prop("viewer", "data", timeout=NO_PAGE) == viewer:
        await asyncio.sleep(ROLL_CALL)


def _set(props: Props) -> None:
    from dash import set_props

    for component, values in handed(props).items():
        set_props(component, values)
