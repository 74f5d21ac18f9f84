"""The stream as processes that outlive their command: one that keeps two others running."""

import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitstream import terminal
from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, DataError, Fatal, HitstreamError, Retryable

if TYPE_CHECKING:
    from hitstream.stack.contract import Command

_GRACE: dict[str, float | None] = {"drive": None, "keep": 10.0}
"""The commands of `hitstream cluster` that run beside each other, and how many seconds each has to end at a stop: a
batch is finished, upkeep may be ended at any moment."""
_LOOK = 0.2
_RESTARTS = "restarts.json"
_KINDS: tuple[type[HitstreamError], ...] = (ConfigError, DataError, Fatal)


class ServiceStatus(NamedTuple):
    """How the stream does."""

    state: str
    pid: int | None
    """None where it does not run."""
    batch: int
    lines: int
    """Read by all batches: lines = hits + bad + directives."""
    hits: int
    bad: int
    lines_a_second: float
    """In the last minute."""
    records_behind: int | None
    """Records that Kafka has and no batch yet; None where Kafka does not answer."""
    lines_behind: int | None
    """Their lines, by how many a record held so far."""
    seconds_behind: float | None
    """How long these take at the present rate; None where nothing comes in."""
    last_told: str
    """When the stream last made a batch or said what it waits for, as ISO 8601 has it."""
    problem: str | None
    restarts: dict[str, int]
    """How often each process was started again since the start."""
    last_restart: str | None
    """Which one was last, and why."""


class Restarts(NamedTuple):
    """What is kept of the processes that were started again, as a small file."""

    counts: dict[str, int]
    last: str | None = None

    @classmethod
    def read(cls, directory: Path) -> "Restarts":
        """Return what is kept in a directory; none where nothing is."""
        try:
            return cls(*json.loads((directory / _RESTARTS).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return cls(dict.fromkeys(_GRACE, 0))

    def save(self, directory: Path) -> None:
        """Keep it, whole or not at all."""
        from hitstream.stack.files import save

        save(directory / _RESTARTS, self)


class Service:
    """The stream of one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def log(self) -> Path:
        """What its processes print."""
        return self.directory / "stream.log"

    def start(self, new_checkpoint: bool, seconds: float) -> None:
        """Start it, and return when it has made a batch, or there is nothing to read.

        Raises:
            HitstreamError: it cannot run, or runs already; nothing is left behind.
            Retryable: it runs, and waits for a server.
        """
        from hitstream.engine.spark.progress import FILE, read
        from hitstream.stack import process

        self._claim()
        (self.directory / FILE).unlink(missing_ok=True)
        begun = process.detach(self.directory, "stream", self.log, _command(new_checkpoint))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = read(self.directory)
            if found and found.state == "runs":
                return
            if found and found.state == "waits":
                raise Retryable(f"The stream waits: {found.problem}", "It goes on trying: `hitstream cluster status`.")
            if (found and found.problem) or not process.main(begun):
                process.stop(self.directory, _LOOK)
                raise self._ended(found.code if found else None, found.problem if found else None)
            time.sleep(_LOOK)
        raise Retryable(f"The stream has not begun after {seconds:g} s, and goes on trying.", f"Look at {self.log}.")

    def own(self, new_checkpoint: bool) -> None:
        """Make this process the one that is known as the stream's: others find it, and it finds what it started.

        Raises:
            ConfigError: another one is.
        """
        from hitstream.stack import process

        begun = process.last_start(self.directory)
        if not begun or begun.token != os.environ.get(process.TOKEN):
            self._claim()
            process.turn_into(self.directory, _command(new_checkpoint))

    def supervise(self, stop: threading.Event, new_checkpoint: bool) -> int:
        """Keep its processes running until stopped; return the exit code."""
        from hitstream.stack.supervisor import supervise

        codes: dict[str, int] = {}
        restarts, alone = Restarts(dict.fromkeys(_GRACE, 0)), threading.Lock()
        restarts.save(self.directory)

        def again(part: str, why: str) -> None:
            nonlocal restarts
            terminal.note(why)
            with alone:
                counts = restarts.counts | {part: restarts.counts[part] + 1}
                restarts = Restarts(counts, f"{datetime.now(UTC).isoformat(timespec='seconds')} {why}")
                restarts.save(self.directory)

        def run(part: str) -> None:
            once = ["--new-checkpoint"] if new_checkpoint and part == "drive" else []
            command = [sys.executable, "-m", "hitstream", "cluster", part]
            codes[part] = supervise(command, stop, partial(again, part), first=once, grace=_GRACE[part])
            stop.set()

        threads = [threading.Thread(target=run, args=(part,)) for part in _GRACE]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return max(codes.values())

    def stop(self, grace: float) -> str:
        """Stop it after the batch in work; return what happened."""
        from hitstream.stack import process

        if not process.last_start(self.directory):
            return f"No stream runs in {self.directory}."
        ended = process.stop(self.directory, grace)
        return "The stream is stopped." if ended else f"The stream did not end within {grace:g} s and was killed."

    def status(self, kafka: str, topic: str) -> ServiceStatus:
        """Say how it does.

        Raises:
            ConfigError: there never was one.
        """
        from hitstream.engine.spark.progress import RATE_SECONDS, read
        from hitstream.stack import process

        found = read(self.directory)
        if found is None:
            raise ConfigError(f"There is no stream in {self.directory}.", "Start one: `hitstream cluster start`.")
        main = process.main(process.last_start(self.directory))
        rate = found.rate if main and SystemClock().now() - found.at <= RATE_SECONDS else 0.0
        behind = _behind(kafka, topic, found.offsets)
        lines = None if behind is None else round(behind * found.lines / max(1, sum(found.offsets.values())))
        return ServiceStatus(
            found.state if main else "ended",
            main.pid if main else None,
            found.batch,
            found.lines,
            found.hits,
            found.bad,
            round(rate, 1),
            behind,
            lines,
            round(lines / rate, 1) if rate and lines is not None else None,
            datetime.fromtimestamp(found.at, UTC).isoformat(timespec="seconds"),
            found.problem,
            *Restarts.read(self.directory),
        )

    def _claim(self) -> None:
        """Make sure that no stream runs, and end what a dead one left behind."""
        from hitstream.stack import process

        self.directory.mkdir(parents=True, exist_ok=True)
        if process.main(process.last_start(self.directory)):
            raise ConfigError(f"A stream runs in {self.directory} already.", "`hitstream cluster stop` ends it.")
        process.stop(self.directory, 0)

    def _ended(self, code: int | None, problem: str | None) -> HitstreamError:
        kind = next((kind for kind in _KINDS if kind.exit_code == code), Retryable)
        return kind(problem or f"The stream ended while it started; see {self.log}.")


def _command(new_checkpoint: bool) -> "Command":
    """Return the command that keeps the stream running."""
    from hitstream.stack.contract import Command

    once = ["--new-checkpoint"] if new_checkpoint else []
    return Command((sys.executable, "-m", "hitstream", "cluster", "start", "--foreground", *once))


def _behind(kafka: str, topic: str, offsets: dict[int, int]) -> int | None:
    from hitstream.kafka import ends

    try:
        found = ends(kafka, topic)
    except HitstreamError:
        return None
    return sum(after - max(first, offsets.get(partition, first)) for partition, (first, after) in found.items())


def stop_on_signals() -> threading.Event:
    """Return what SIGTERM and Ctrl-C set from now on."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def seconds_until(time_of_day: str) -> float:
    """Return how long it is to the next HH:MM, UTC.

    Raises:
        ConfigError: it is no time of day.
    """
    now = datetime.fromtimestamp(SystemClock().now(), UTC)
    try:
        at = datetime.strptime(time_of_day, "%H:%M")
    except ValueError:
        raise ConfigError(f"{time_of_day!r} is no time of day.", "Write it like 03:30; it is UTC.") from None
    following = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if following <= now:
        following += timedelta(days=1)
    return (following - now).total_seconds()
