"""The dashboard on a real port, for as long as a test needs it."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from fake_query import FakeQuery, StoppedClock

from hitstream.dashboard.address import ServerAddress
from hitstream.dashboard.app import Settings, build
from hitstream.dashboard.serve import serve
from waiting import PATIENCE_SECONDS


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


class Site:
    def __init__(self, url: str) -> None:
        self.url = url
        self.place = urlsplit(url).netloc

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.place, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            text = "" if response.status == 101 else response.read().decode()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text)
        finally:
            connection.close()

    def open_socket(self, headers: Mapping[str, str]) -> int:
        """Return the status that a WebSocket's opening request is answered with: 101 if it opens."""
        handshake = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        return self.get("/_dash-ws-callback", handshake | dict(headers)).status


@contextmanager
def served(query: FakeQuery, settings: Settings | None = None) -> Iterator[Site]:
    stop, ready, urls = threading.Event(), threading.Event(), []

    def announce(url: str) -> None:
        urls.append(url)
        ready.set()

    app = build(query.open, StoppedClock(), settings or Settings())
    thread = threading.Thread(
        target=serve, args=(app,), kwargs={"address": ServerAddress(port=0), "announce": announce, "stop": stop}
    )
    thread.start()
    try:
        assert ready.wait(PATIENCE_SECONDS)
        yield Site(urls[0])
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
