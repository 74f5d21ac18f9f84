"""The login: a plain form that works without a script, and the way out."""

import math
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from hitstream.dashboard.access.access import Access
from hitstream.text import length

LOGIN = "/login"
LOGOUT = "/logout"
STYLE = "/login.css"
LONGEST_BODY = 8192

_HERE = Path(__file__).parent
_PAGE = Template((_HERE / "login.html").read_text())
_NO_STORE = {"cache-control": "no-store"}

ROUTES = APIRouter(include_in_schema=False)


@ROUTES.get(LOGIN)
async def form(request: Request, next: str = "/") -> Response:
    """Show the form, or go on where nothing is asked for or a session is shown."""
    if request.scope["known"]:
        return RedirectResponse(inside(next), 303)
    if not _access(request).takes_passwords:
        return _page(next, "No password is set, only tokens for programs. To set one: hitstream password.", 403)
    return _page(next, "")


@ROUTES.post(LOGIN)
async def log_in(request: Request) -> Response:
    """Begin a session, or say that the password is wrong or comes too soon."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            return _page("/", "That is too long for a password.", 413)
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    password, target = given.get("password", [""])[0], given.get("next", ["/"])[0]
    client = request.client.host if request.client else ""
    cookie, wait = await run_in_threadpool(_access(request).log_in, password, client, _is_secure(request))
    if cookie is not None:
        return RedirectResponse(inside(target), 303, {"set-cookie": cookie, **_NO_STORE})
    if wait:
        told = _page(target, f"Too many wrong passwords. Try again in {length(math.ceil(wait))}.", 429)
        told.headers["retry-after"] = str(math.ceil(wait))
        return told
    return _page(target, "That is not the password.", 401)


@ROUTES.post(LOGOUT)
async def log_out(request: Request) -> Response:
    """End the session."""
    headers = dict(request.headers)
    cookie = await run_in_threadpool(_access(request).log_out, headers, _is_secure(request))
    return RedirectResponse(LOGIN, 303, {"set-cookie": cookie, **_NO_STORE} if cookie else _NO_STORE)


@ROUTES.get(STYLE)
async def style() -> Response:
    """Return the form's style sheet."""
    return FileResponse(_HERE / "login.css", headers={"cache-control": "max-age=3600"})


def address(path: str, query: str) -> str:
    """Return the address of the form for who wanted to go there."""
    return f"{LOGIN}?next={quote(path + (f'?{query}' if query else ''), safe='/')}"


def inside(target: str) -> str:
    """Return where to go after the login: a path of this site, whatever was asked for."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\", LOGIN, LOGOUT)) and target.isprintable()
    return quote(target, safe="/?&=%:,;~+-_.!*'()") if is_path else "/"


def _page(target: str, message: str, status: int = 200) -> HTMLResponse:
    filled = _PAGE.substitute(next=escape(inside(target)), message=escape(message), invalid=str(status == 401).lower())
    return HTMLResponse(filled, status, _NO_STORE)


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
