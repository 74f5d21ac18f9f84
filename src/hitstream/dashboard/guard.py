"""What stands before every request: who may ask (by name, origin, session), for what, and under which headers.

A page elsewhere can make a browser send requests to this machine, and by rebinding its own name even read the
answers. Such requests carry that page's name as `Host`, or its address as `Origin`; both are refused, on the
WebSocket too.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hitstream.dashboard.address import ServerAddress
from hitstream.dashboard.pages import PAGES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hitstream.dashboard.access.access import Access

_PROGRAMS = ("/api/v1/", "/metrics")
_PATHS = ("/_dash-", "/assets/", "/api/v1/")
_PAGES = frozenset(page.path for page in PAGES)
_OPEN = frozenset({"/login", "/logout", "/login.css", "/healthz"})
"""What is answered to anyone who may reach the server; /healthz then says one word only."""
_EXACT = _PAGES | _OPEN | {"/metrics"}

NOT_FOUND = 404
_FIRST_PAGE = {"path": PAGES[0].path, "raw_path": PAGES[0].path.encode()}
"""What is shown instead of a page that there is not: it says so, and has the navigation."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host")

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with none at all, a form's Origin would be "null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

_LOG_IN = {
    "error": {
        "class": "ConfigError",
        "message": "A session or a token is needed.",
        "hint": "Log in at /login, or send Authorization: Bearer TOKEN with what `hitstream token` printed.",
    }
}


class Guard:
    """ASGI middleware. `scripts` are the hashes of the inline scripts that the page may run."""

    def __init__(self, app: "ASGIApp", address: ServerAddress, access: "Access", scripts: Sequence[str] = ()) -> None:
        self._app = app
        self._address = address
        self._access = access
        self._scripts = " ".join(["'self'", *scripts])

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _joined(scope["headers"])
        secure = scope["scheme"] in ("https", "wss")
        status, reason = self._refusal(scope["path"], headers, secure)
        if status == NOT_FOUND and (page := _meant(scope["path"])):
            await _redirect(scope, send, page)
            return
        lost = status == NOT_FOUND and _is_read_by_people(scope, headers)
        if status and not lost:
            await _refuse(scope, send, status, reason)
            return
        known = scope["known"] = self._access.knows(headers, secure)
        if not known and scope["path"] not in _OPEN:
            await _turn_away(scope, send)
            return
        policy = _policy(self._scripts, headers["host"], secure)
        if scope["type"] == "websocket":
            await self._watch(scope, headers, receive, send)
        else:
            answer = _with_headers(send, policy, NOT_FOUND if lost else None)
            await self._app({**scope, **_FIRST_PAGE} if lost else scope, receive, answer)

    def _refusal(self, path: str, headers: Mapping[str, str], secure: bool) -> tuple[int, str]:
        if not self._address.proxies and not self._access.is_asked_for and any(name in headers for name in _FORWARDED):
            return 421, "This came through a proxy, but no password is set: hitstream password, then --behind-proxy."
        scheme = "https" if secure else "http"
        return refusal(path, headers.get("host", ""), headers.get("origin"), scheme, self._address)

    async def _watch(self, scope: "Scope", headers: Mapping[str, str], receive: "Receive", send: "Send") -> None:
        """Let a WebSocket go on for as long as its session lasts."""
        closed = False

        async def lasts() -> bool:
            nonlocal closed
            if not closed and not self._access.knows(headers, scope["scheme"] == "wss"):
                closed = True
                await send({"type": "websocket.close", "code": 4401, "reason": "The session has ended."})
            return not closed

        async def received() -> "Message":
            message = await receive()
            is_heard = message["type"] != "websocket.receive" or await lasts()
            return message if is_heard else {"type": "websocket.disconnect", "code": 4401}

        async def sent(message: "Message") -> None:
            if message["type"] != "websocket.send" or await lasts():
                await send(message)

        await self._app(scope, received, sent)


def refusal(
    path: str, host: str, origin: str | None, scheme: str = "http", address: ServerAddress | None = None
) -> tuple[int, str]:
    """Return the status and the reason to refuse a request with, or (0, "") to let it pass."""
    if not (address or ServerAddress()).answers_to(_name(host)):
        return 421, "This page answers to localhost, 127.0.0.1 and [::1] only; --allowed-hosts adds names."
    if origin is not None and origin != f"{scheme}://{host}":
        return 403, "This page answers to itself only, not to other pages."
    if path not in _EXACT and not path.startswith(_PATHS):
        return NOT_FOUND, "There is no such page."
    return 0, ""


def _joined(pairs: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name; a cookie may come in several, of all others the last counts."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}; {value}" if name == "cookie" and name in headers else value
    return headers


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _policy(scripts: str, host: str, secure: bool) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "worker-src 'self'",
            "style-src 'self'",
            "style-src-elem 'self' 'unsafe-inline'",  # Dash, Mantine and Plotly make style sheets while they run
            "style-src-attr 'none'",
            "img-src 'self' data: blob:",
            f"connect-src 'self' {'wss' if secure else 'ws'}://{host}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _meant(path: str) -> str | None:
    """Return the page that a path with a slash at its end stands for."""
    plain = path.rstrip("/")
    return plain if plain in _PAGES else None


def _is_read_by_people(scope: "Scope", headers: Mapping[str, str]) -> bool:
    return scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")


async def _redirect(scope: "Scope", send: "Send", page: str) -> None:
    query = scope["query_string"].decode("latin-1")
    where = f"{page}?{query}" if query else page
    await _answer(send, 308, "", [(b"location", where.encode("latin-1"))])


def _with_headers(send: "Send", policy: str, status: int | None = None) -> "Send":
    """Return a `send` that adds the headers that keep answers to themselves, and answers with another `status`."""
    added = [(name.encode(), value.encode("latin-1")) for name, value in _HEADERS.items()]
    added.append((b"content-security-policy", policy.encode("latin-1")))

    async def sent(message: "Message") -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *added]
            message["status"] = status or message["status"]
        await send(message)

    return sent


async def _turn_away(scope: "Scope", send: "Send") -> None:
    """Ask who has shown no session: pages by the login, programs in their own words."""
    path = scope["path"]
    if path in _PAGES and scope["type"] == "http":
        from hitstream.dashboard.access.login import address

        where = address(path, scope["query_string"].decode("latin-1"))
        await _answer(send, 303, "", [(b"location", where.encode("latin-1")), (b"cache-control", b"no-store")])
    elif path.startswith(_PROGRAMS):
        kind = [(b"content-type", b"application/json"), (b"www-authenticate", b'Bearer realm="hitstream"')]
        await _answer(send, 401, json.dumps(_LOG_IN), kind)
    else:
        await _refuse(scope, send, 401, "The session has ended: log in again.")


async def _refuse(scope: "Scope", send: "Send", status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status, "reason": reason})
        return
    await _answer(send, status, reason, [(b"content-type", b"text/plain; charset=utf-8")])


async def _answer(send: "Send", status: int, body: str, headers: list[tuple[bytes, bytes]]) -> None:
    send = _with_headers(send, "default-src 'none'; frame-ancestors 'none'")
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
