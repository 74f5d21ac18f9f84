"""What connects a page to the feed: pushes over the WebSocket, and a poll where there is none.

A viewer's callback `follow` runs as long as its page is open and sends patches. While it lives, it alone changes
the page. Every second the page looks, without a request, at whether it still hears the server's pulse and whether what
it shows is what it was told to expect; if not, it asks for everything.
"""

import asyncio
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from hitstream.dashboard.feed import Feed, Viewer
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import Range, named

if TYPE_CHECKING:
    from dash import Dash

PULSE = 2.0
"""Seconds between two signs of life of the server; the page waits for two of them."""
ROLL_CALL = 30.0
"""Seconds between two signs of life of the page: tabs share a socket, which outlives the tab."""
NO_PAGE = 10.0
"""Seconds that a page may take to answer."""


def connect(app: "Dash", feed: Feed) -> None:
    """Register the page's callbacks."""
    from dash import ClientsideFunction, Input, Output, State, ctx

    @app.callback(State("viewer", "data"), State("url", "search"), websocket=True, persistent=True)
    async def follow(viewer: str, search: str | None) -> None:
        if ctx.websocket is None:  # a browser without shared workers: the poll will do
            return
        joined = feed.join(viewer, await _chosen(feed, search))
        pushing = asyncio.create_task(_push(feed, joined))
        leaving = asyncio.create_task(_roll_call(viewer))
        try:
            await asyncio.wait((pushing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            feed.leave(joined)
            pushing.cancel()
            leaving.cancel()
            await asyncio.gather(pushing, leaving, return_exceptions=True)

    @app.callback(Input("url", "search"), Input("wanted", "data"), State("viewer", "data"), prevent_initial_call=True)
    async def ask(search: str | None, _wanted: int | None, viewer: str) -> None:
        choice = await _chosen(feed, search)
        if not feed.send_all(viewer, choice):
            _set(feed.changes(await feed.once(choice), None))

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("hitstream", "silence"),
        Output("wanted", "data"),
        Input("poll", "n_intervals"),
        State("pulse", "data"),
        State("expected", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )


async def _push(feed: Feed, viewer: Viewer) -> None:
    for pulse in count():
        props = await feed.newer(viewer, PULSE)
        _set({"pulse": {"data": pulse}, **(props or {})})


async def _roll_call(viewer: str) -> None:
    """Return when the page is gone."""
    from dash import ctx

    while await ctx.websocket.get_prop("viewer", "data", timeout=NO_PAGE) == viewer:
        await asyncio.sleep(ROLL_CALL)


async def _chosen(feed: Feed, search: str | None) -> Range:
    name = parse_qs((search or "").removeprefix("?")).get("range", [None])[0]
    return named(name) or await feed.suited()


def _set(props: Props) -> None:
    from dash import set_props

    for component, values in props.items():
        set_props(component, values)
