"""Fifty viewers of a dashboard that 1,000 lines a second come to: how long each waits from one change to the next.

Viewers are WebSockets that speak as the page does. python -m bench viewers
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

from bench.live import Log, Server, serving

VIEWERS = 50
RATE = 1000
SECONDS = 60
SETTLE = 15
"""Seconds before it counts, in which pages open."""

ONE = ("/?range=24h",)
MANY = (
    *("/?range=24h", "/?range=1h", "/?range=15m", "/?range=7d", "/?range=all", "/errors?range=24h", "/health"),
    *("/?range=24h&where=status>=400", "/?range=24h&where=method=GET", "/?range=1h&where=extension=gif"),
    *(
        "/errors?range=1h",
        "/?range=24h&compare=previous",
        "/?range=24h&where=host~.edu",
        "/errors?range=24h&where=os=Windows",
    ),
    "/?range=24h&where=status=304",
)
"""Different questions; each is asked by a few viewers."""


def run() -> dict[str, Any]:
    """Return what viewers of one page, and of fifteen, see."""
    return {"one question": measure(ONE), "fifteen questions": measure(MANY)}


def measure(
    paths: Sequence[str], viewers: int = VIEWERS, rate: int = RATE, seconds: float = SECONDS, settle: float = SETTLE
) -> dict[str, Any]:
    """Return seconds between two changes as viewers saw them, and the cores that serving and ingesting took."""
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "access.log", rate)
        with log.growing(), serving("run", log.path, "--format", "combined", "--data", Path(folder) / "data") as server:
            times, cores = asyncio.run(_watch(server, paths, viewers, seconds, settle))
    gaps = sorted(after - before for each in times for before, after in pairwise(each))
    waits = [max((b - a for a, b in pairwise(each)), default=seconds) for each in times]
    return {
        "viewers": viewers,
        "changes a second and viewer, median": round(statistics.median(len(each) / seconds for each in times), 2),
        "s between two changes, p50": round(gaps[len(gaps) // 2], 2),
        "s between two changes, p95": round(gaps[int(len(gaps) * 0.95)], 2),
        "s between two changes, the longest of the unluckiest": round(max(waits), 2),
        "cores": round(cores, 2),
    }


async def _watch(
    server: Server, paths: Sequence[str], viewers: int, seconds: float, settle: float
) -> tuple[list[list[float]], float]:
    """Return when changes came to each viewer, and how many cores were busy meanwhile."""
    output = await asyncio.to_thread(_callback, server.url)
    seen: list[list[float]] = [[] for _ in range(viewers)]
    following = [
        asyncio.create_task(_follow(server.url, paths[at % len(paths)], output, times)) for at, times in enumerate(seen)
    ]
    await asyncio.sleep(settle)
    began, before = time.monotonic(), server.processor()
    await asyncio.sleep(seconds)
    end, cores = time.monotonic(), (server.processor() - before) / seconds
    for task in following:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    return [[began, *(at for at in times if began < at < end), end] for times in seen], cores


def _callback(url: str) -> str:
    """Return the name of the callback that pages follow by."""
    with urlopen(f"{url}_dash-dependencies") as answer:
        return next(each["output"] for each in json.load(answer) if each.get("websocket"))


async def _follow(url: str, path: str, output: str, times: list[float]) -> None:
    """Follow a page, and note when it changes."""
    from websockets.asyncio.client import connect

    viewer, (plain, _, search) = uuid4().hex, path.partition("?")
    values = {("viewer", "data"): viewer, ("url", "pathname"): plain, ("url", "search"): f"?{search}" if search else ""}
    state = [{"id": name, "property": prop, "value": value} for (name, prop), value in values.items()]
    asked = {"output": output, "outputs": [], "inputs": [], "changedPropIds": [], "state": state}
    request = {"type": "callback_request", "requestId": viewer, "rendererId": viewer, "payload": asked}
    place = f"ws{url.removeprefix('http')}_dash-ws-callback"
    async with connect(place, origin=url.rstrip("/"), max_size=None) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps(request))
        async for text in socket:
            told = json.loads(text)
            for message in told if isinstance(told, list) else [told]:
                if message["type"] == "get_props_request":
                    reply = {
                        "type": "get_props_response",
                        "requestId": message["requestId"],
                        "payload": {"data": viewer},
                    }
                    await socket.send(json.dumps(reply))
                elif message["type"] == "set_props" and message["payload"]["componentId"] == "expected":
                    times.append(time.monotonic())
                elif message["type"] == "callback_response":
                    raise RuntimeError(f"The page is followed no more: {text[:500]!r}")
