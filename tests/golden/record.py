"""Writes golden files: runs real servers, sends them requests, and keeps what they log beside what was asked.

    python tests/golden/record.py [--root DIR] [--python PYTHON] [NAME ...]

Each server that is found on the PATH (or below DIR, where Debian packages were unpacked) is started on 127.0.0.1 and
::1, asked, and ended. Golden files are our own traffic. What is expected comes from the side of the client alone, so
that no parser of ours is its own judge.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from servers import SERVERS, Server, places

LOGS = Path(__file__).parent / "logs"
PATIENCE_SECONDS = 20.0
LONG = "/long/" + "abcdefghij" * 150
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Golden/1.0"


class Request(NamedTuple):
    """A request, and the address it comes from."""

    method: str = "GET"
    target: str = "/"
    agent: str | None = BROWSER
    referrer: str | None = None
    protocol: str = "HTTP/1.1"
    body: bytes = b""
    client: str = "127.0.0.1"


REQUESTS = (
    Request(),
    Request(target="/missing"),
    Request(target="/a%20b?x=1&y=%22q%22", referrer="http://www.example.org/from?a=b"),
    Request(target="/~user/;v=1/(x),'y'"),
    Request(target=LONG),
    Request("HEAD"),
    Request("POST", "/form", body=b"name=value"),
    Request(agent='say "hello" \\ back'),
    Request(agent=None),
    Request(protocol="HTTP/1.0", target="/old"),
    Request("OPTIONS", "/options"),
    Request(target="/six", client="::1"),
)
READY = Request(target="/first")
TUNNEL = Request("CONNECT", "127.0.0.1:9")


class _Quiet(BaseHTTPRequestHandler):
    """What proxies ask."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(404 if self.path.endswith("/missing") else 200)
        self.send_header("Content-Length", "42")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"x" * 42)

    do_GET = do_HEAD = do_POST = do_OPTIONS = _answer

    def log_message(self, *_args: object) -> None:
        pass


def main() -> None:
    """Record the servers named, or all that are found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="where Debian packages were unpacked")
    parser.add_argument("--python", default=sys.executable, help="a Python that has gunicorn, uvicorn, ...")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    if given.root:
        lib = given.root / "usr/lib/x86_64-linux-gnu"
        os.environ["PATH"] += os.pathsep + os.pathsep.join(f"{given.root}/usr/{each}" for each in ("sbin", "bin"))
        os.environ["LD_LIBRARY_PATH"] = os.pathsep.join(map(str, (lib, lib / "varnish")))
    LOGS.mkdir(exist_ok=True)
    for server in SERVERS:
        if given.names and server.name not in given.names:
            continue
        program = given.python if server.command[0] == "{python}" else shutil.which(server.command[0])
        try:
            print(server.name, record(server, given) if program else "is not here")
        except OSError as problem:
            print(server.name, "failed:", problem)


def record(server: Server, given: argparse.Namespace) -> str:
    """Run a server, ask it, and write its golden files; return how many lines that were."""
    with ExitStack() as stack, socket.socket() as free:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place.chmod(0o777)
        behind = ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
        stack.callback(behind.shutdown)
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        words = {"dir": str(place), "port": port, "python": given.python, "behind": behind.server_port}
        words |= places(given.root)
        for name, text in server.config.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(text if name.endswith(".py") else text.format(**words))
        _start(stack, server.command, words, place)
        asked = _ask_all(server, (READY,), port, behind.server_port)
        if server.beside:
            _start(stack, server.beside, words, place)
            _until((place / server.log).exists, "logs")
        (place / server.log).touch()
        asked += _ask_all(server, (*REQUESTS, TUNNEL) if server.proxy else REQUESTS, port, behind.server_port)
        log = place / server.log
        _until(lambda: _lines(log, server) >= len(asked), f"logs {len(asked)} lines")
        lines = log.read_bytes()
    (LOGS / f"{server.name}.log").write_bytes(lines.replace(str(place).encode(), b"/srv"))
    (LOGS / f"{server.name}.json").write_text("".join(json.dumps(each) + "\n" for each in asked))
    return f"{len(asked)} lines"


def _start(stack: ExitStack, command: tuple[str, ...], words: dict[str, object], place: Path) -> None:
    files = [stack.enter_context((place / name).open("ab")) for name in ("stdout", "stderr")]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    argv = [each.format(**words) for each in command]
    process = subprocess.Popen(argv, stdout=files[0], stderr=files[1], cwd=place, env=environment)
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _ask_all(server: Server, requests: tuple[Request, ...], port: int, behind: int) -> list[dict[str, object]]:
    asked = []
    for request in requests:
        whole = server.proxy and request.method != "CONNECT"
        target = f"http://127.0.0.1:{behind}{request.target}" if whole else request.target
        began = time.time()
        try:
            status, size, body = _ask_when_there(request._replace(target=target), port)
        except TimeoutError:
            if request.client == "127.0.0.1":
                raise
            continue  # it does not listen there
        row = request._asdict() | {"target": target, "status": status, "size": size, "body_size": body, "time": began}
        del row["body"]
        asked.append(row | {"says": sorted(server.says)})
    return asked


def _ask(request: Request, port: int) -> tuple[int, int, int]:
    """Send a request; return the status, the bytes of the answer, and those of its body."""
    lines = [f"{request.method} {request.target} {request.protocol}", f"Host: www.example.org:{port}"]
    lines += ["Connection: close"] if request.method != "CONNECT" else []
    lines += [f"User-Agent: {request.agent}"] if request.agent else []
    lines += [f"Referer: {request.referrer}"] if request.referrer else []
    lines += [f"Content-Length: {len(request.body)}"] if request.body else []
    with socket.create_connection((request.client, port), PATIENCE_SECONDS) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + request.body)
        answer = b""
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), len(answer), len(body)


def _ask_when_there(request: Request, port: int) -> tuple[int, int, int]:
    """Send a request as soon as the server takes connections: those it refuses, it does not log."""
    found: list[tuple[int, int, int]] = []

    def asked() -> bool:
        with suppress(ConnectionRefusedError):
            found.append(_ask(request, port))
        return bool(found)

    _until(asked, f"answers at {request.client}", PATIENCE_SECONDS if request.client == "127.0.0.1" else 1.0)
    return found[0]


def _lines(log: Path, server: Server) -> int:
    """Return how many lines of a log are of requests: what else a server says there has none of these."""
    text = log.read_bytes() if log.exists() else b""
    return sum(b"Golden" in line or b"HTTP/1" in line or b"127.0.0.1:" in line for line in text.splitlines())


def _until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            raise TimeoutError(f"it is not so after {seconds:.0f} s that it {what}")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
