"""Which lines of a batch are new: what was sent twice is told by its position, wherever it was cut."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hitstream.store.ledger import ReadRange

Part = tuple[int, int]
"""Positions from and up to which bytes of a source go."""
Place = tuple[int, int]
"""Partition and offset of a record in its topic."""
Kept = Mapping[Place, Sequence[Part]]
"""What counts of some records; of those that are not named all of it."""


class Placed(NamedTuple):
    """What a record, or a part of it, held: where it stands in the topic and in its source."""

    place: Place
    range: ReadRange


class ByteRanges:
    """The byte ranges of every source that were read: few, since what touches is one."""

    def __init__(self, ranges: Iterable[ReadRange] = ()) -> None:
        self._ends: dict[str, list[int]] = defaultdict(list)  # start, stop, start, stop …, ascending
        for each in ranges:
            self.add(each.source, each.start, each.stop)

    def add(self, source: str, start: int, stop: int) -> None:
        """Take a range; it may overlap others."""
        ends = self._ends[source]
        first, last = bisect_left(ends, start), bisect_right(ends, stop)
        # An even index stands outside all ranges: then the new one has an end of its own there.
        ends[first:last] = [start] * (first % 2 == 0) + [stop] * (last % 2 == 0)

    def new(self, source: str, start: int, stop: int) -> list[Part]:
        """Return the parts of a range that are in none so far."""
        ends = self._ends.get(source, [])
        first, last = bisect_right(ends, start), bisect_left(ends, stop)
        edges = [start] * (first % 2 == 0) + ends[first:last] + [stop] * (last % 2 == 0)
        parts = zip(edges[::2], edges[1::2], strict=True)
        return [(begin, end) for begin, end in parts if begin < end]

    def repeated(self, batch: Iterable[Placed]) -> Kept:
        """Return what counts of those records of a batch that were sent before, or twice within it.

        The first one of the topic's order counts. It follows from the batch and the batches before it alone, so that
        a batch that is done again comes to the same.
        """
        within = ByteRanges()
        counts: dict[Place, list[Part]] = defaultdict(list)
        shortened: set[Place] = set()
        for place, (source, start, stop, *_) in sorted(batch):
            parts = [part for old in self.new(source, start, stop) for part in within.new(source, *old)]
            counts[place] += parts
            if parts != [(start, stop)] and start < stop:
                shortened.add(place)
            within.add(source, start, stop)
        return {place: counts[place] for place in shortened}
