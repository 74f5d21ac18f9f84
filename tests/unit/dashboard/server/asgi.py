"""One request to an ASGI application, without a socket."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def asked(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    scheme: str = "http",
    client: str = "127.0.0.1",
    known: bool = True,
    gone: asyncio.Event | None = None,
) -> Answer:
    """Return the answer to a request; whoever asks leaves when they are `gone`, by default after it."""
    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in ({"host": "localhost"} | dict(headers or {})).items()
        ],
        "client": (client, 1),
        "server": ("127.0.0.1", 80),
        "known": known,
    }
    sent: list[Any] = []

    read = False

    async def receive() -> Any:
        nonlocal read
        if read:
            await (gone or asyncio.Event()).wait()
            return {"type": "http.disconnect"}
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception:  # a server logs it; the answer was given before
        if not sent:
            raise
    start = sent[0]
    told = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], told, b"".join(each.get("body", b"") for each in sent[1:]))


def ask(app: Any, path: str, **request: Any) -> Answer:
    """Ask, and wait for the answer."""
    return asyncio.run(asked(app, path, **request))
