"""A Maven repository on loopback that can be told to misbehave."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Repository:
    """Serves `content` by path; `cuts` bytes into a file it breaks off, so many times as the list is long."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.cuts: dict[str, list[int]] = {}
        self.status: dict[str, list[int]] = {}
        self.asked: Counter[str] = Counter()
        self.sent = 0
        self.address = ""


@contextmanager
def serving(repository: Repository) -> Iterator[Repository]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            repository.asked[path] += 1
            if repository.status.get(path):
                return self.send_error(repository.status[path].pop(0))
            if path not in repository.content:
                return self.send_error(404)
            data = repository.content[path]
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = repository.cuts[path].pop(0) if repository.cuts.get(path) else len(data)
            repository.sent += len(data[start:end])  # before who asked can have it all, and look
            self.wfile.write(data[start:end])
            return None

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        repository.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield repository
        finally:
            server.shutdown()
            thread.join()
