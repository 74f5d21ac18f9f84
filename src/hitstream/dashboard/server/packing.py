"""Sends answers packed, and lets browsers keep what never changes.

A script or style sheet is packed once, well, and then answered from memory; one whose address says its version need not
be asked for again. All else is packed quickly, each time; what Dash answers has no type, and is JSON. Nothing that is
packed holds a secret beside what a stranger chose: its size tells nothing.
"""

import asyncio
import gzip
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1024
"""Bytes below which packing does not pay."""
_IN_THREAD = 32 << 10
"""Bytes from which packing would hold up other answers."""
_KEPT = 256
_LARGEST_KEPT = 16 << 20
_FOREVER = b"public, max-age=31536000, immutable"
_SUITES = "/_dash-component-suites/"
"""Files of installed packages: while this process lives they stay the same, whatever their address."""
_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/openmetrics")

_OF_BODY = (b"content-length", b"content-encoding", b"content-type")

Headers = list[tuple[bytes, bytes]]


def _zstd(data: bytes, well: bool) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=12 if well else 3).compress(data)


def _gzip(data: bytes, well: bool) -> bytes:
    return gzip.compress(data, 9 if well else 4, mtime=0)


PACKERS: dict[str, Callable[[bytes, bool], bytes]] = {"zstd": _zstd, "gzip": _gzip}
"""How to pack, by the name that browsers ask by; the best first."""


class _Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


class Packed:
    """ASGI middleware."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._kept: dict[tuple[str, bytes, str], _Answer] = {}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer as the application does, packed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        coding = _coding(scope)
        key = scope["path"], scope["query_string"], coding
        answer = self._kept.get(key)
        if answer is None:
            answer = await self._asked(scope, receive, coding, key)
        elif _has_it(scope, answer):
            answer = _Answer(304, [pair for pair in answer.headers if pair[0] not in _OF_BODY], b"")
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _asked(self, scope: "Scope", receive: "Receive", coding: str, key: tuple[str, bytes, str]) -> _Answer:
        """Return the application's whole answer, packed, and keep it if it stays the same."""
        start: Message = {}
        body = bytearray()

        async def gather(message: "Message") -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(scope, receive, gather)
        headers: Headers = [(name.lower(), value) for name, value in start["headers"]]
        lasting = start["status"] == 200 and _is_lasting(scope, headers)
        kept = lasting or (start["status"] == 200 and scope["path"].startswith(_SUITES))
        if kept:
            headers = _with(headers, b"cache-control", _FOREVER if lasting else b"no-cache")
        answer = await _packed(_Answer(start["status"], headers, bytes(body)), coding, kept)
        if kept and len(self._kept) < _KEPT and len(body) <= _LARGEST_KEPT:
            self._kept[key] = answer
        return answer


def _coding(scope: "Scope") -> str:
    """Return the best packing that a browser takes; empty for none."""
    if scope["method"] == "HEAD":
        return ""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding").decode("latin-1")
    names = {
        part.partition(";")[0].strip().lower() for part in accepted.split(",") if not part.rstrip().endswith(";q=0")
    }
    return next((name for name in PACKERS if name in names), "")


def _has_it(scope: "Scope", answer: _Answer) -> bool:
    """Tell whether the browser has this answer already."""
    tag = dict(answer.headers).get(b"etag")
    return tag is not None and any(tag in value for name, value in scope["headers"] if name == b"if-none-match")


def _is_lasting(scope: "Scope", headers: Headers) -> bool:
    """Tell whether what is at an address never changes: the address says its version."""
    said = dict(headers).get(b"cache-control", b"")
    return b"max-age=31536000" in said or (
        scope["path"].startswith("/assets/") and scope["query_string"].startswith(b"m=")
    )


async def _packed(answer: _Answer, coding: str, well: bool) -> _Answer:
    told = dict(answer.headers)
    kind = told.get(b"content-type", b"").decode("latin-1")
    if (kind and not kind.startswith(_TYPES)) or b"content-encoding" in told:
        return answer
    headers = _with(answer.headers, b"vary", b"accept-encoding")
    if not coding or len(answer.body) < SMALLEST:
        return answer._replace(headers=headers)
    pack = PACKERS[coding]
    if well or len(answer.body) >= _IN_THREAD:
        body = await asyncio.to_thread(pack, answer.body, well)
    else:
        body = pack(answer.body, well)
    headers = _with(headers, b"content-encoding", coding.encode())
    return _Answer(answer.status, _with(headers, b"content-length", str(len(body)).encode()), body)


def _with(headers: Headers, name: bytes, value: bytes) -> Headers:
    return [*(pair for pair in headers if pair[0] != name), (name, value)]
