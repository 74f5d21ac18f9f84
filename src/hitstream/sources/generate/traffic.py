"""Traffic: the public face of the generator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from hitstream.clock import Clock
from hitstream.errors import ConfigError
from hitstream.sources.generate import published
from hitstream.sources.generate.calendar import DAY, MEAN_WEIGHT, UNIT, Calendar, Timeline
from hitstream.sources.generate.lines import LineWriter
from hitstream.sources.generate.visits import Drip, Visits

KENNEDY = timezone(timedelta(hours=-4))
"""The local time of the log."""

START = datetime(1995, 7, 1, tzinfo=KENNEDY)
HURRICANE_ERIN = (
    datetime(1995, 8, 1, 14, 52, 1, tzinfo=KENNEDY),
    datetime(1995, 8, 3, 4, 36, 13, tzinfo=KENNEDY),
)
"""The outage of the log: the server was off."""

FORMATS = ("common", "combined")

_BLOCK_LINES = 65_536
_BLOCK_DAYS = 7  # slow traffic comes in smaller blocks, so that the calendar of a block stays small
_SMALLEST_BLOCK = 256  # lines
_LONGEST_TICK = 1.0  # seconds; what a sleeping machine missed is not made up for


@dataclass(frozen=True)
class Traffic:
    """Seeded access-log traffic in the likeness of the NASA log of 1995; equal arguments give equal bytes.

    `lines` is how many, `days` how long, `rate` lines a second in the mean: any two, or lines or days alone,
    at the pace of the log then. Without any it is the log's own 62 days. `start` must have a time zone; lines
    are in its offset. `malformed` is the share of lines (0 to 1) that no parser accepts: each replaces a good
    line, all others stay as they are. In the `outage`, from its first second to before its last, no line is
    written.

    Raises ConfigError where the arguments contradict each other.
    """

    seed: int = 1995
    start: datetime = START
    lines: int | None = None
    days: float | None = None
    rate: float | None = None
    malformed: float = 0.0
    outage: tuple[datetime, datetime] | None = None
    format: str = "common"

    def __post_init__(self) -> None:
        """Refuse what cannot be carried out."""
        for holds, what, hint in self._demands():
            if not holds:
                raise ConfigError(f"generate: {what}.", hint)

    def blocks(self) -> Iterator[bytes]:
        """Yield all lines in the order of time, in blocks of whole lines; memory stays flat at any length."""
        lines, weight = self._plan()
        timeline = Timeline(self._calendar(), self._first_second)
        writer = self._writer()
        window = int(min(max(_BLOCK_DAYS * DAY * MEAN_WEIGHT / weight, _SMALLEST_BLOCK), _BLOCK_LINES, lines))
        written = 0
        visits = Visits(self.seed, MEAN_WEIGHT / weight).windows(window * UNIT)
        while written < lines:
            requests = next(visits)
            block = requests.pick(slice(lines - written))
            count = len(block.position)
            # The window is stretched to as many lines as it turned out to have, so that the sum is exact.
            cut = count < len(requests.position)
            width = int(requests.position[count]) + 1 if cut else window * UNIT
            position = written * UNIT + block.position * (count * UNIT) // width
            if count:
                yield writer.write(block, timeline.seconds((position * (weight / UNIT)).astype(np.int64)))
            written += count

    def live(self, clock: Clock, rate: float, tick: float = 0.1) -> Iterator[bytes]:
        """Yield, every `tick` seconds and for ever, the lines that are due, stamped now.

        `rate` is lines a second in the mean over a week; hours, weekdays and bursts shape it as in the log. A
        block is empty when nothing is due, so that the caller can stop at any tick. The `lines`, `days` and
        `rate` of the traffic do not matter here.
        """
        calendar, writer, drip = self._calendar(), self._writer(), Drip(Visits(self.seed, rate))
        before = clock.now()
        day, weights = -1, np.zeros(0, np.int64)
        while True:
            clock.sleep(tick)
            now = clock.now()
            second = int(now) + self._zone_seconds
            if second // DAY != day:
                day = second // DAY
                weights = calendar.day(day)
            elapsed = min(max(now - before, 0.0), _LONGEST_TICK)
            before = now
            due = drip.take(elapsed * rate * int(weights[second % DAY]) / MEAN_WEIGHT)
            yield writer.write(due, np.full(len(due.position), second))

    @property
    def _zone_seconds(self) -> int:
        offset = self.start.utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    @property
    def _first_second(self) -> int:
        return int(self.start.timestamp()) + self._zone_seconds

    def _calendar(self) -> Calendar:
        if self.outage is None:
            return Calendar(self.seed, None)
        start, end = (int(moment.timestamp()) + self._zone_seconds for moment in self.outage)
        return Calendar(self.seed, (start, end))

    def _writer(self) -> LineWriter:
        return LineWriter(self.seed, self._zone_seconds // 60, self.malformed, self.format == "combined")

    def _plan(self) -> tuple[int, float]:
        """Return how many lines to write, and the weight of the calendar that each uses up."""
        lines, days = self.lines, self.days
        if lines is not None and self.rate is not None:
            days = lines / self.rate / DAY
        elif lines is None and days is None:
            days = published.DAYS
        if days is None:
            return lines or 0, float(UNIT)
        end = self._first_second + max(round(days * DAY), 1)
        total = self._calendar().total(self._first_second, end)
        if total == 0:
            raise ConfigError("generate: the outage covers the whole time.", "Shorten it, or generate more days.")
        if lines is None:
            lines = round(total / UNIT if self.rate is None else self.rate * days * DAY)
        return lines, total / max(lines, 1)

    def _demands(self) -> Iterator[tuple[bool, str, str]]:
        """Yield what must hold, what is wrong otherwise, and what to do about it."""
        given = [value for value in (self.lines, self.days, self.rate) if value is not None]
        moments = (self.start, *(self.outage or ()))
        yield len(given) < 3, "lines, days and rate are all given", "Give two of them: the third follows."
        yield self.rate is None or len(given) == 2, "a rate alone has no end", "Give lines or days as well."
        yield (
            min(given, default=1) > 0,
            "lines, days and rate must be above zero",
            "Leave out what is not needed.",
        )
        yield 0 <= self.malformed <= 1, f"malformed is {self.malformed}", "Give a share from 0 to 1."
        yield self.format in FORMATS, f"no format {self.format!r}", f"Choose one of {', '.join(FORMATS)}."
        yield (
            all(moment.tzinfo is not None for moment in moments),
            "a time without a zone",
            "Give start and outage an offset, such as -04:00.",
        )
        yield (
            self.outage is None or self.outage[0] < self.outage[1],
            "the outage ends before it begins",
            "Swap it.",
        )
