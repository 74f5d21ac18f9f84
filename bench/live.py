"""A live dashboard to be measured: a log that grows at a steady rate, and `hitstream run` over it as a process."""

import re
import select
import subprocess
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.measure import ENVIRONMENT, HITSTREAM

STEP = 0.05
"""Seconds between two writes of the log."""
_LINES = 200_000
_STAMP = re.compile(rb"\[[^\]]*\]")


class Log:
    """Generated lines, stamped when they are written; remembers when that was."""

    def __init__(self, path: Path, rate: int) -> None:
        from hitstream.sources.generate import Traffic

        self.path, self._rate = path, rate
        traffic = Traffic(seed=1995, lines=_LINES, days=1, format="combined")
        self._lines = cycle(b"".join(traffic.blocks()).splitlines(keepends=True))
        self._written: list[int] = [0]
        self._at: list[float] = [0.0]
        self._stop = threading.Event()
        path.touch()

    @property
    def written(self) -> int:
        """Return how many lines there are."""
        return self._written[-1]

    def at(self, line: int) -> float:
        """Return when a line was written, s since 1970."""
        return self._at[bisect_left(self._written, line + 1)]

    @contextmanager
    def growing(self) -> Iterator[None]:
        """Write so many lines a second."""
        self._stop.clear()
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _write(self) -> None:
        began, before = time.monotonic(), self.written
        with self.path.open("ab", buffering=0) as file:
            while not self._stop.wait(STEP):
                due = before + int((time.monotonic() - began) * self._rate) - self.written
                stamp = f"[{datetime.now(UTC):%d/%b/%Y:%H:%M:%S +0000}]".encode()
                file.write(b"".join(_STAMP.sub(stamp, line, count=1) for line in islice(self._lines, due)))
                self._at.append(time.time())
                self._written.append(self.written + due)


class Server(NamedTuple):
    """A process that serves."""

    url: str
    process: psutil.Process

    def processor(self) -> float:
        """Return the seconds of processor time that it and its children took."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(each.cpu_times().user + each.cpu_times().system for each in family)


@contextmanager
def serving(*command: str | Path, port: str = "0") -> Iterator[Server]:
    """Run a command of hitstream that serves, on a free port if none is given."""
    child = subprocess.Popen(
        [HITSTREAM, *command, "--port", port], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT
    )
    try:
        yield Server(_announced(child), psutil.Process(child.pid))
    finally:
        child.terminate()
        child.wait(30)


def _announced(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    said = b""
    while select.select([child.stdout], [], [], 60)[0]:
        line = child.stdout.readline()
        if found := re.search(rb"http://\S+", line):
            threading.Thread(target=child.stdout.read, daemon=True).start()  # so that it never waits for a reader
            return found[0].decode()
        said += line
        if not line:
            break
    raise RuntimeError(f"hitstream did not serve: {said.decode()}")
