"""Questions to a server over HTTP, asked directly: a proxy of the environment knows nothing of loopback."""

import json
import urllib.request
from http.client import HTTPException
from typing import Any

from hitstream.errors import Retryable

_SECONDS = 5.0


def ask(url: str, method: str = "GET", body: bytes | None = None) -> bytes:
    """Return the body of the answer.

    Raises:
        OSError: the server does not answer, or says no.
        Retryable: it broke off.
    """
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - the URL of a server of the stack
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=_SECONDS) as answer:
            found: bytes = answer.read()
            return found
    except HTTPException as error:
        raise Retryable(f"{url}: {error!r}") from error


def ask_json(address: tuple[str, int], path: str, method: str = "GET") -> dict[str, Any]:
    """Return the JSON object that a server answers.

    Raises:
        OSError: the server does not answer, or says no.
        Retryable: it answers something else, or broke off.
    """
    url = "http://{}:{}{}".format(*address, path)
    try:
        found: dict[str, Any] = json.loads(ask(url, method))
        return found
    except ValueError as error:
        raise Retryable(f"{url}: no JSON: {error}") from error
