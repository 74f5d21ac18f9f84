"""Serves the dashboard on this machine, until a signal says stop."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hitstream.dashboard.guard import LOOPBACK_NAMES
from hitstream.errors import ConfigError, Retryable
from hitstream.ports import holder

if TYPE_CHECKING:
    from fastapi import FastAPI

PORT = 8050
_GRACE = 1
"""Seconds that open connections get to end."""
_LOOK = 0.1
"""Seconds between two looks at whether to stop."""


def serve(
    app: "FastAPI",
    host: str = "127.0.0.1",
    port: int = PORT,
    *,
    announce: Callable[[str], None] = lambda _url: None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; port 0 takes a free one. `announce` is given the page's address.

    Raises:
        ConfigError: the host is not this machine's own, or the port cannot be had.
        Retryable: the port is in use.

    """
    listening = _bind(host, port)
    with listening:
        name = f"[{host}]" if ":" in host else host
        url = f"http://{name}:{listening.getsockname()[1]}/"
        asyncio.run(_serve(app, listening, lambda: announce(url), stop or threading.Event()))


async def _serve(app: "FastAPI", listening: socket.socket, ready: Callable[[], None], stop: threading.Event) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Stops without raising the signal again: stopping is what was asked for."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            with _signals(lambda: self.handle_exit(signal.SIGTERM, None)):
                yield

        async def on_tick(self, counter: int) -> bool:
            return await super().on_tick(counter) or stop.is_set()

    config = uvicorn.Config(
        app, lifespan="on", log_level="warning", timeout_graceful_shutdown=_GRACE, server_header=False
    )
    await Server(config).serve([listening])


@contextmanager
def _signals(act: Callable[[], None]) -> Iterator[None]:
    """Act on SIGINT and SIGTERM; only the main thread may listen to them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, lambda *_: act()) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _bind(host: str, port: int) -> socket.socket:
    """Return a listening socket."""
    if host not in LOOPBACK_NAMES:
        raise ConfigError(
            f"The dashboard has no password yet, so it does not listen on {host}.",
            f"Serve on 127.0.0.1 and reach it from elsewhere by ssh -L {port}:127.0.0.1:{port} THIS-MACHINE, "
            f"then open http://127.0.0.1:{port}/ there.",
        )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise _refused(host, port, error) from error
    return listening


def _refused(host: str, port: int, error: Exception) -> ConfigError | Retryable:
    import errno

    other = "Choose another with --port N, or --port 0 for any free one."
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        by = holder(port)
        return Retryable(f"Port {port} of {host} is in use{f' by {by}' if by else ''}.", other)
    return ConfigError(f"Cannot listen on port {port} of {host}: {error}.", other)
