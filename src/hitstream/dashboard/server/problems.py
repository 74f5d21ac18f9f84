"""How the API says what is wrong: {"error": {"class", "message", "hint"}}, with the status of the class."""

import json
import logging
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from hitstream.errors import ConfigError, DataError, Fatal, HitstreamError, Retryable
from hitstream.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

Error = TypedDict("Error", {"class": str, "message": str, "hint": str})


class ProblemDetails(TypedDict):
    """What was wrong, and what to do next."""

    error: Error


STATUS: dict[type[HitstreamError], int] = {ConfigError: 400, DataError: 422, Retryable: 503, Fatal: 500}
"""The status that an error is answered with."""

_WORDS = {
    400: "The question cannot be asked so.",
    401: "A session or a token is needed.",
    422: "What was read is damaged.",
    500: "Stop and repair.",
    503: "Ask again later.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDetails, "description": words} for status, words in _WORDS.items()
}
"""For the description of the API."""

_RETRY_SECONDS = "1"

_log = logging.getLogger(__name__)


def explain(app: FastAPI) -> None:
    """Let an application answer errors so."""
    app.add_exception_handler(HitstreamError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def problem(status: int, kind: str, message: str, hint: str = "") -> Response:
    """Return the answer that says what is wrong."""
    said: ProblemDetails = {"error": {"class": kind, "message": message, "hint": hint}}
    headers = {"retry-after": _RETRY_SECONDS} if status == STATUS[Retryable] else None
    return Response(json.dumps(said), status, headers, "application/json")


async def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HitstreamError)
    status = next((STATUS[kind] for kind in STATUS if isinstance(error, kind)), STATUS[Fatal])
    return problem(status, type(error).__name__, error.message, error.hint)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong: Sequence[Any] = error.errors()
    message = listed(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in wrong)
    return problem(STATUS[ConfigError], "ConfigError", message, "/api/v1/openapi.json says what each parameter may be.")


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, "ConfigError", str(error.detail), "/api/v1/openapi.json lists what there is.")


async def _unexpected(_request: Request, error: Exception) -> Response:
    _log.error("a question failed", exc_info=error)
    return problem(STATUS[Fatal], "Fatal", "The question failed; the server's log says why.", "Please report it.")
