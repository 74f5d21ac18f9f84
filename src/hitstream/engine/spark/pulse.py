"""The stream's pulse: while it runs it tells readers of itself through the keyspace, as an ingest does its directory.

Where Cassandra is away nothing is told, and that is what readers see.
"""

import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from hitstream.clock import Clock
from hitstream.engine.pulse import BUSY_SECONDS, IDLE_SECONDS, RATE_SECONDS
from hitstream.engine.spark.stream import Told
from hitstream.errors import HitstreamError
from hitstream.store.vitals import save_vitals
from hitstream.telemetry import STAGES
from hitstream.vitals import Lag, Problem, Process, StageCounters, Vitals, typed

if TYPE_CHECKING:
    from hitstream.engine.spark.gather import Batch
    from hitstream.store.cassandra.store import ClusterStore


class StreamPulse:
    """Keeps the vitals of one run of the stream."""

    def __init__(self, store: "ClusterStore", topic: str, clock: Clock) -> None:
        self._store = store
        self._topic = topic
        self._clock = clock
        self._alone = threading.Lock()
        self._ended = threading.Event()
        self._beaten = 0.0
        self._recent = deque([(clock.now(), 0, 0)])
        now = clock.now()
        command = typed(sys.argv[:2])
        flows = {stage.name: StageCounters() for stage in STAGES}
        self._told = Vitals(Process.current(), command, now, now, 0.0, sources=1, flows=flows)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Beat until the end, and say then why it came."""
        beating = threading.Thread(target=self._beat, name="hitstream-pulse", daemon=True)
        beating.start()
        problem = None
        try:
            yield
        except HitstreamError as error:
            problem = Problem(type(error).__name__, error.message, error.hint)
            raise
        finally:
            self._ended.set()
            beating.join()
            told = replace(self._told, ended=self._clock.now(), problem=problem, lines_per_second=0.0)
            self._save(replace(told, bytes_per_second=0.0))

    def tell(self, told: Told, steps: Mapping[str, float]) -> None:
        """Take what the stream tells after a batch, or when it has to wait."""
        with self._alone:
            waits = str(told.problem) if told.problem else ""
            self._told = replace(self._told, lags=(Lag(self._topic, 0, 0.0, waits),))
            if told.made is not None:
                self._count(told.made, sum(steps.values()))
        if self._clock.now() - self._beaten >= BUSY_SECONDS:
            self._save(self._told)

    def _count(self, made: "Batch", seconds: float) -> None:
        counts = ((0, 0, 0), *((row.lines, row.bad, row.bytes) for row in made.ranges))
        lines, bad, size = (sum(column) for column in zip(*counts, strict=True))
        before, now = self._told, self._clock.now()
        self._recent.append((now, before.lines + lines, before.bytes + size))
        done = {
            "read": StageCounters(lines, lines),
            "parse": StageCounters(lines, made.hits, 0, bad),
            "count": StageCounters(made.hits, len(made.blocks)),
            "commit": StageCounters(1, 1),
            "archive": StageCounters(made.hits, made.hits),
        }
        self._told = replace(
            before,
            format=", ".join(sorted({row.format for row in made.formats})) or before.format,
            lines=before.lines + lines,
            bytes=before.bytes + size,
            batches=before.batches + 1,
            newest=max((each for each in (before.newest, made.newest) if each is not None), default=None),
            last_commit=now,
            commit_seconds=seconds,
            commits=before.commits.with_one(seconds),
            archived=now,
            flows={name: _sum(flow, done.get(name, StageCounters())) for name, flow in before.flows.items()},
        )

    def _beat(self) -> None:
        self._save(self._told)
        while not self._ended.wait(IDLE_SECONDS):
            self._save(self._told)

    def _save(self, told: Vitals) -> None:
        with self._alone, suppress(HitstreamError):
            now = self._beaten = self._clock.now()
            told = replace(told, beat=now)
            if told.ended is None:
                lines, octets = self._rate(now)
                told = replace(told, lines_per_second=lines, bytes_per_second=octets)
            save_vitals(self._store, told)

    def _rate(self, now: float) -> tuple[float, float]:
        """Return lines and bytes a second since the batch that was at least RATE_SECONDS ago."""
        while len(self._recent) > 1 and now - self._recent[1][0] >= RATE_SECONDS:
            self._recent.popleft()
        then, lines, octets = self._recent[0]
        passed = max(now - then, BUSY_SECONDS)
        return (self._told.lines - lines) / passed, (self._told.bytes - octets) / passed


def _sum(one: StageCounters, other: StageCounters) -> StageCounters:
    return StageCounters(*(a + b for a, b in zip(one, other, strict=True)))
