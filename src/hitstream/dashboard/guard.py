"""What stands before every request: who may ask (by name and origin), for what, and under which headers.

A page elsewhere can make a browser send requests to this machine, and by rebinding its own name even read the
answers. Such requests carry that page's name as `Host`, or its address as `Origin`; both are refused, on the
WebSocket too.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hitstream.dashboard.pages import PAGES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_PATHS = ("/_dash-", "/assets/", "/api/v1/")
_EXACT = frozenset({"/healthz", "/metrics", "/_favicon.ico", *(page.path for page in PAGES)})

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware. `scripts` are the hashes of the inline scripts that the page may run."""

    def __init__(self, app: "ASGIApp", scripts: Sequence[str] = ()) -> None:
        self._app = app
        self._scripts = " ".join(["'self'", *scripts])

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status, reason = refusal(scope["path"], headers.get("host", ""), headers.get("origin"))
        if status:
            await _refuse(scope, send, status, reason)
            return

        scope["known"] = True

        async def sent(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._added(headers["host"])]
            await send(message)

        await self._app(scope, receive, sent)

    def _added(self, host: str) -> list[tuple[bytes, bytes]]:
        policy = {"content-security-policy": _policy(self._scripts, host)}
        return [(name.encode(), value.encode("latin-1")) for name, value in (_HEADERS | policy).items()]


def refusal(path: str, host: str, origin: str | None) -> tuple[int, str]:
    """Return the status and the reason to refuse a request with, or (0, "") to let it pass."""
    if _name(host) not in LOOPBACK_NAMES:
        return 421, "This page answers to localhost, 127.0.0.1 and [::1] only."
    if origin is not None and origin != f"http://{host}":
        return 403, "This page answers to itself only, not to other pages."
    if path not in _EXACT and not path.startswith(_PATHS):
        return 404, "There is no such page."
    return 0, ""


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _policy(scripts: str, host: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "worker-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Dash and Plotly bring theirs as inline style sheets
            "img-src 'self' data: blob:",
            f"connect-src 'self' ws://{host}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


async def _refuse(scope: "Scope", send: "Send", status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4403, "reason": reason})
        return
    kind = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": reason.encode()})
