"""An ingest's pulse: while it runs it tells readers of itself, at most once a second.

What it tells goes into the transaction of the batch that is due then, or into one of its own where nothing is
committed; the hot path only adds to numbers.
"""

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Protocol

from hitstream.clock import Clock
from hitstream.engine.settings import Counters
from hitstream.errors import HitstreamError
from hitstream.store.directory import DataDirectory
from hitstream.store.vitals import read_vitals, save_vitals
from hitstream.telemetry import STAGES, Durations
from hitstream.vitals import ArchiveSize, Lag, Problem, Process, StageCounters, Vitals, typed

BUSY_SECONDS = 1.0
"""Between two beats while lines come."""
IDLE_SECONDS = 5.0
"""Between two beats while nothing happens."""
RATE_SECONDS = 10.0
"""What a rate is taken over."""
LAGS_TOLD = 50
"""Sources that are told of by name: those with the most unread."""


class FileBacklog(Protocol):
    """How much of a file is not yet read."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def bytes(self) -> int: ...  # noqa: D102
    @property
    def problem(self) -> str: ...  # noqa: D102


class Pulse:
    """Keeps the vitals of one ingest."""

    def __init__(self, data: DataDirectory, clock: Clock, counters: Counters, archive_seconds: float) -> None:
        self._data = data
        self._clock = clock
        self._counters = counters
        self._source: Any = None
        self._behind: dict[str, float] = {}
        self._flows = {stage.name: [0, 0, 0, 0] for stage in STAGES}
        self._commits = Durations()
        now = clock.now()
        self._rates = deque([(now, 0, 0)])
        self._beaten: float | None = None
        before = read_vitals(data.database)
        command = typed(sys.argv)
        self._told = Vitals(
            Process.current(), command, now, now, archive_seconds, archive=before.archive if before else None
        )

    @contextmanager
    def telling(self, source: object) -> Iterator[None]:
        """Beat at the start, and say at the end why it ended. A process that dies says nothing: readers see that."""
        self._source = source
        self.beat()
        try:
            yield
        except Exception as problem:
            with suppress(HitstreamError):  # the one that ended it is the one to raise
                self._end(problem)
            raise
        self._refresh()
        self._end(None)

    def add(self, stage: str, received: int = 0, sent: int = 0, dropped: int = 0, errors: int = 0) -> None:
        """Count what a stage did."""
        flow = self._flows[stage]
        for place, more in enumerate((received, sent, dropped, errors)):
            flow[place] += more

    def committed(self, seconds: float) -> None:
        """Note how long a commit took."""
        self._commits = self._commits.with_one(seconds)
        self._told = replace(self._told, last_commit=self._clock.now(), commit_seconds=seconds, commits=self._commits)

    def archived(self, size: ArchiveSize) -> None:
        """Note the size of the archive after hits were added."""
        self._told = replace(self._told, archived=self._clock.now(), archive=size)

    def tidied(self) -> None:
        """Note that upkeep was done."""
        self._told = replace(self._told, upkeep=self._clock.now())

    def caught_up(self) -> None:
        """Note that all there is was read."""
        self._behind.clear()

    def beat(self) -> None:
        """Tell readers, if it is time to."""
        if self._is_due():
            self._beaten = self._clock.now()
            self._refresh()
            save_vitals(self._data.database, self._told)

    def _is_due(self) -> bool:
        if self._beaten is None:
            return True
        quiet = self._counters.batches == self._told.batches and not self._told.lines_per_second
        age = self._clock.now() - self._beaten
        return not 0 <= age < (IDLE_SECONDS if quiet else BUSY_SECONDS)

    def _refresh(self) -> None:
        now, counters = self._clock.now(), self._counters
        lines, octets = self._rate(now)
        unread = list(getattr(self._source, "unread", ()))
        self._flows["read"][3] = getattr(self._source, "errors", 0)
        self._told = replace(
            self._told,
            beat=now,
            format=", ".join(counters.formats),
            lines=counters.lines,
            bytes=counters.bytes,
            batches=counters.batches,
            lines_per_second=lines,
            bytes_per_second=octets,
            newest=counters.newest,
            unread=sum(file.bytes for file in unread),
            sources=len(unread),
            lags=self._lags(unread, now),
            flows={name: StageCounters(*flow) for name, flow in self._flows.items()},
        )

    def _rate(self, now: float) -> tuple[float, float]:
        """Return lines and bytes per second since the beat that was at least RATE_SECONDS ago."""
        self._rates.append((now, self._counters.lines, self._counters.bytes))
        while len(self._rates) > 2 and now - self._rates[1][0] >= RATE_SECONDS:
            self._rates.popleft()
        then, lines, octets = self._rates[0]
        passed = max(now - then, BUSY_SECONDS)
        return (self._counters.lines - lines) / passed, (self._counters.bytes - octets) / passed

    def _lags(self, unread: list[FileBacklog], now: float) -> tuple[Lag, ...]:
        self._behind = {file.path: self._behind.get(file.path, now) for file in unread if file.bytes}
        most = sorted(unread, key=lambda file: (not file.problem, -file.bytes, file.path))[:LAGS_TOLD]
        return tuple(Lag(file.path, file.bytes, now - self._behind.get(file.path, now), file.problem) for file in most)

    def _end(self, problem: Exception | None) -> None:
        """Say that the run has ended; after a failure, with the numbers of the last beat, which were committed."""
        told = Problem(type(problem).__name__, *_said(problem)) if problem else None
        ended = replace(self._told, ended=self._clock.now(), problem=told, lines_per_second=0.0, bytes_per_second=0.0)
        save_vitals(self._data.database, ended)


def _said(problem: Exception) -> tuple[str, str]:
    return (problem.message, problem.hint) if isinstance(problem, HitstreamError) else (str(problem), "")
