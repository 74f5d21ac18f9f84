"""How the stream does, as a small file that `hitstream cluster status` reads."""

import json
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from hitstream.clock import Clock
from hitstream.engine.spark.stream import Told
from hitstream.errors import HitstreamError
from hitstream.store.ledger import Counts

FILE = "status.json"
RATE_SECONDS = 60.0
"""How long a rate holds after the last batch."""

State = Literal["starts", "runs", "waits", "ended"]


@dataclass
class StreamStatus:
    """What is kept; times are seconds since 1970."""

    state: State = "starts"
    pid: int = 0
    began: float = 0.0
    at: float = 0.0
    """When it was written last."""
    batch: int = 0
    lines: int = 0
    """Lines of all published batches; lines = hits + bad + directives."""
    hits: int = 0
    bad: int = 0
    rate: float = 0.0
    """Lines a second, over the last minute of batches."""
    offsets: dict[int, int] = field(default_factory=dict)
    """The next offset of each partition that was read from, by this stream and those before it."""
    steps: dict[str, float] = field(default_factory=dict)
    """Seconds that each step of the last batch took."""
    problem: str | None = None
    """What went wrong last, if nothing went well since."""
    code: int = 0
    """The exit code of that problem."""


class Reporter:
    """Keeps the file of one run."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._file = directory / FILE
        self._clock = clock
        self._recent: deque[tuple[float, int]] = deque([(clock.now(), 0)])
        self.progress = StreamStatus(pid=os.getpid(), began=clock.now())
        self.save("starts")

    def go_on(self, batch: int, counts: Counts, offsets: Mapping[int, int]) -> None:
        """Take what the batches so far have read."""
        progress = self.progress
        progress.batch, progress.offsets = batch, dict(offsets)
        progress.lines, progress.hits, progress.bad = counts.lines, counts.hits, counts.bad
        self.save("starts")

    def tell(self, told: Told, steps: dict[str, float]) -> None:
        """Take what the stream tells after a batch."""
        progress = self.progress
        if told.made is None:
            self.save("waits" if told.problem else "runs", told.problem)
            return
        counts = ((0, 0, 0), *(row[3:6] for row in told.made.ranges))
        lines, hits, bad = (sum(column) for column in zip(*counts, strict=True))
        progress.batch, progress.problem, progress.code, progress.steps = told.batch, None, 0, dict(steps)
        progress.lines, progress.hits, progress.bad = progress.lines + lines, progress.hits + hits, progress.bad + bad
        progress.offsets |= told.made.offsets
        progress.rate = self._rate(lines)
        self.save("runs")

    def save(self, state: State, problem: HitstreamError | None = None) -> None:
        """Write the file, whole or not at all."""
        self.progress.state, self.progress.at = state, self._clock.now()
        if problem is not None:
            self.progress.problem, self.progress.code = str(problem), problem.exit_code
        made = self._file.with_name(self._file.name + ".new")
        made.write_text(json.dumps(asdict(self.progress)))
        made.replace(self._file)

    def _rate(self, lines: int) -> float:
        now = self._clock.now()
        self._recent.append((now, lines))
        while len(self._recent) > 2 and now - self._recent[0][0] > RATE_SECONDS:
            self._recent.popleft()
        took = now - self._recent[0][0]
        return sum(lines for _, lines in list(self._recent)[1:]) / took if took else 0.0


def read(directory: Path) -> StreamStatus | None:
    """Return how the stream of a directory does; None where there was none."""
    try:
        values: dict[str, Any] = json.loads((directory / FILE).read_text())
        values["offsets"] = {int(partition): offset for partition, offset in values["offsets"].items()}
        return StreamStatus(**values)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
