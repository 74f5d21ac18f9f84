"""Brings a file from where it is published, and goes on where a download was cut."""

import time
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError

from hitstream.errors import Retryable

_PIECE = 1 << 18
_SECONDS = 30.0
"""Without a byte, after which a connection counts as broken."""
_TRIES = 4
_PAUSE = 0.5
"""Seconds before the second try; twice as long before each further one."""
_AGAIN = "What came so far is kept: run the same command again, and it goes on from there."


class IncompleteDownload(Exception):
    """A download ended before its end; it may go on from there."""


def bring(address: str, partial: Path, told: Callable[[int, int], None], size: int | None = None) -> None:
    """Download into `partial`, from its end on where it is there, until all has come.

    Args:
        address: http, https or file.
        partial: where it goes.
        told: is told how many of how many bytes are there.
        size: bytes of the whole, where they are known; else the server says.

    Raises:
        HTTPError: the server refuses, and asking again is of no use.
        Retryable: it cannot be reached, or breaks off again and again.
    """
    for attempt in range(_TRIES):
        try:
            return _go_on(address, partial, told, size)
        except (IncompleteDownload, URLError, HTTPException, TimeoutError, ConnectionError) as error:
            if isinstance(error, HTTPError):
                error.close()
                if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
            if attempt + 1 == _TRIES:
                raise Retryable(f"{address} cannot be fetched: {error}.", _AGAIN) from error
        time.sleep(_PAUSE * 2**attempt)
    return None


def _go_on(address: str, partial: Path, told: Callable[[int, int], None], size: int | None) -> None:
    there = partial.stat().st_size if partial.exists() else 0
    if size is not None and there >= size:
        there = 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={there}-"} if there else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the user's address, also file:
        if answer.status != HTTPStatus.PARTIAL_CONTENT:
            there = 0
        whole = size if size is not None else there + int(answer.headers.get("Content-Length", 0))
        with partial.open("ab" if there else "wb") as file:
            while piece := answer.read(_PIECE):
                file.write(piece)
                there += len(piece)
                told(there, max(there, whole))
    if there < whole:
        raise IncompleteDownload(f"it ended after {there:,} of {whole:,} bytes")
