"""Questions to a server over HTTP, asked directly: a proxy of the environment knows nothing of loopback."""

import json
import urllib.request
from typing import Any

_SECONDS = 5.0


def ask(address: tuple[str, int], path: str, method: str = "GET", body: bytes | None = None) -> bytes:
    """Return the body of the answer.

    Raises:
        OSError: the server does not answer, or says no.
    """
    return follow("http://{}:{}{}".format(*address, path), method, body)


def ask_json(address: tuple[str, int], path: str, method: str = "GET") -> dict[str, Any]:
    """Return the answer's body, which is a JSON object.

    Raises:
        OSError: the server does not answer, or says no.
    """
    found: dict[str, Any] = json.loads(ask(address, path, method))
    return found


def follow(url: str, method: str = "GET", body: bytes | None = None) -> bytes:
    """Return what a whole URL answers.

    Raises:
        OSError: the server does not answer, or says no.
    """
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - the URL of a server of the stack
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=_SECONDS) as answer:
        found: bytes = answer.read()
        return found
