"""Serves the dashboard on this machine, until a signal says stop."""

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hitstream.dashboard.address import ServerAddress
from hitstream.errors import ConfigError, Retryable
from hitstream.ports import LOOPBACK_NAMES, holder

if TYPE_CHECKING:
    from fastapi import FastAPI

_GRACE = 1
"""Seconds that open connections get to end."""
_LOOK = 0.1
"""Seconds between two looks at whether to stop."""


def serve(
    app: "FastAPI",
    address: ServerAddress | None = None,
    *,
    is_guarded: bool = False,
    announce: Callable[[str], None] = lambda _url: None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; port 0 takes a free one. `announce` is given the page's address.

    Raises:
        ConfigError: others than this machine could ask and it is not `is_guarded`; or the port or certificate is none.
        Retryable: the port is in use.

    """
    address = address or ServerAddress()
    if not (address.is_private or is_guarded):
        raise _open_to_all(address)
    _check_certificate(address)
    listening = _bind(address.host, address.port)
    with listening:
        name = f"[{address.host}]" if ":" in address.host else address.host
        url = f"{address.scheme}://{name}:{listening.getsockname()[1]}/"
        asyncio.run(_serve(app, address, listening, lambda: announce(url), stop or threading.Event()))


async def _serve(
    app: "FastAPI", address: ServerAddress, listening: socket.socket, ready: Callable[[], None], stop: threading.Event
) -> None:
    import uvicorn

    class DashboardServer(uvicorn.Server):
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
        app,
        lifespan="on",
        log_level="warning",
        timeout_graceful_shutdown=_GRACE,
        server_header=False,
        proxy_headers=bool(address.proxies),
        forwarded_allow_ips=list(address.proxies),
        ssl_certfile=address.cert,
        ssl_keyfile=address.key,
    )
    await DashboardServer(config).serve([listening])


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


def _open_to_all(address: ServerAddress) -> ConfigError:
    what = f"listen on {address.host}" if address.host not in LOOPBACK_NAMES else "answer to other names or proxies"
    port = address.port
    return ConfigError(
        f"No password is set, so the dashboard does not {what}.",
        "Set one: hitstream password (a token for programs: hitstream token NAME). Or serve on 127.0.0.1 and reach it "
        f"from elsewhere by ssh -L {port}:127.0.0.1:{port} THIS-MACHINE, then open http://127.0.0.1:{port}/ there.",
    )


def _check_certificate(address: ServerAddress) -> None:
    if address.cert is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(address.cert, address.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"The certificate {address.cert} or its key {address.key} cannot be used: {error}.",
            "Both are PEM files; the certificate comes first, then those it was signed by.",
        ) from error


def _bind(host: str, port: int) -> socket.socket:
    """Return a listening socket."""
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
