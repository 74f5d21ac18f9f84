"""The only wiring: puts sources, engine, stores, queries, reports and the page together for the commands."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, HitstreamError

if TYPE_CHECKING:
    from hitstream.engine.settings import Counters, IngestSettings
    from hitstream.parse import Program
    from hitstream.query import Query
    from hitstream.sources.contract import Source
    from hitstream.sources.decompress import Limits
    from hitstream.sources.generate import Traffic
    from hitstream.sources.tail import Progress

DEMO_DAYS = 3.0
DEMO_RATE = 6.0
"""Lines a second, in the mean, of the traffic that the demo begins with."""


@dataclass
class Ingestion:
    """An ingest of the embedded tier, ready to run."""

    paths: Sequence[str]
    data: Path
    settings: "IngestSettings"
    limits: "Limits"
    log_format: str | None = None
    follow: bool = False
    torn: Literal["wait", "take"] = "wait"

    def run(
        self, stop: threading.Event, on_commit: "Callable[[Counters, Progress | None], None]" = lambda _c, _p: None
    ) -> "Counters":
        """Ingest until the source ends or `stop` is set; tell `on_commit` what is counted and how much is read.

        Raises:
            HitstreamError: see `engine.embedded.ingest`.
        """
        from hitstream.engine.embedded import ingest
        from hitstream.sources.open import open_source

        opened: list[Source] = []

        def open_paths(states: Any, max_bytes: int) -> "Source":
            options = {"states": states, "max_bytes": max_bytes, "limits": self.limits}
            opened.append(open_source(self.paths, follow=self.follow, torn=self.torn, **options))
            return opened[0]

        def committed(counters: "Counters") -> None:
            on_commit(counters, getattr(opened[0], "progress", None))

        return ingest(self.data, open_paths, self.settings, log_format=self.log_format, stop=stop, on_commit=committed)


def summary(
    paths: Sequence[str], log_format: str | None, limits: "Limits", on_chunk: Callable[[int], None] = lambda _bytes: None
) -> "tuple[Query, Program]":
    """Read logs once, keeping nothing; return what answers questions about them, and their format."""
    from hitstream.engine.oneshot import ONE_SHOT_VIEWS, summarise
    from hitstream.query import Query
    from hitstream.sources.open import open_source

    cells, program = summarise(open_source(paths, torn="take", limits=limits), log_format, on_chunk=on_chunk)
    return Query(cells, views=ONE_SHOT_VIEWS), program


@contextmanager
def temporary(ingestion: Ingestion) -> "Iterator[Query]":
    """Ingest logs into a directory that is gone afterwards: for questions that need the single hits."""
    from hitstream.query import open_query

    with tempfile.TemporaryDirectory(prefix="hitstream-") as directory:
        ingestion.data = Path(directory) / "data"
        ingestion.run(threading.Event())
        with open_query(ingestion.data) as query:
            yield query


def serve(data: Path, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Show a data directory until interrupted; tell `on_ready` the page's address.

    Raises:
        ConfigError: the dashboard is not installed, or the address is not a loopback one.
        Retryable: the port is in use.
    """
    try:
        from hitstream.dashboard.serve import serve as serve_page
    except ImportError as error:
        raise ConfigError(
            f"The dashboard is not installed: {error}.", "Install it: pip install 'hitstream[dashboard]'."
        ) from error
    serve_page(data, host=host, port=port, on_ready=on_ready)


def run(arguments: Sequence[str], data: Path, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Follow logs in a process of its own (`hitstream ingest` with these arguments) and show them in this one.

    Raises:
        HitstreamError: the ingest ended with an error (it has said why), or see `serve`.
    """
    from hitstream.dashboard.serve import check

    check(host, port)
    command = [sys.executable, "-m", "hitstream", "ingest", "--follow", *arguments, "--data", str(data)]
    ingest = subprocess.Popen(command, stdin=None)
    ended = threading.Thread(target=_stop_with, args=(ingest,), daemon=True)
    try:
        _wait_for(data, ingest)
        ended.start()
        serve(data, host, port, on_ready)
    finally:
        failed = ingest.poll() not in (None, 0)
        ingest.terminate()
        ingest.wait()
    if failed:
        raise _Ended(ingest.returncode)


class _Ended(HitstreamError):
    """The ingesting process has said what was wrong; there is only its exit code to pass on."""

    def __init__(self, code: int) -> None:
        super().__init__("")
        self.exit_code = code  # type: ignore[misc]


def _stop_with(process: "subprocess.Popen[bytes]") -> None:
    """End this process, as an interrupt would, once the other has ended with an error."""
    import os
    import signal

    if process.wait() > 0:
        os.kill(os.getpid(), signal.SIGINT)


def _wait_for(data: Path, ingest: "subprocess.Popen[bytes]") -> None:
    """Wait until the data directory can be read."""
    from hitstream.store.directory import open_reader

    clock = SystemClock()
    while True:
        if ingest.poll() is not None and ingest.returncode:
            raise _Ended(ingest.returncode)
        try:
            with open_reader(data):
                return
        except HitstreamError:
            clock.sleep(0.05)


def demo_traffic(seed: int) -> "Traffic":
    """Return the traffic of the last days up to now."""
    from datetime import timedelta

    from hitstream.sources.generate import Traffic

    start = datetime.now().astimezone() - timedelta(days=DEMO_DAYS)
    return Traffic(seed=seed, start=start, days=DEMO_DAYS, rate=DEMO_RATE, format="combined")


def write_demo(log: Path, seed: int, rate: float, stop: threading.Event) -> None:
    """Write generated traffic to a log: the last days at once, then new lines as time goes on."""
    from hitstream.sources.generate import Traffic

    with log.open("ab", buffering=0) as file:
        for block in demo_traffic(seed).blocks():
            file.write(block)
        live = Traffic(seed=seed + 1, start=datetime.now().astimezone(), format="combined")
        for block in live.live(SystemClock(), rate):
            if stop.is_set():
                return
            file.write(block)
