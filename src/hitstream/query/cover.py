"""Which cells answer a range: the coarsest that fit, finer ones at its edges, single hits where none do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hitstream.views.table import SECONDS, Grain

GRAINS: tuple[Grain, ...] = tuple(reversed(SECONDS))
"""Coarsest first."""

Count = Callable[[Grain, int, int], int]
"""Returns how many hits the buckets of a grain with start <= bucket < end hold."""


class RangePart(NamedTuple):
    """A part of a range, and the grain of the cells that cover it; None where only single hits can."""

    grain: Grain | None
    start: int
    end: int
    wider: bool = False
    """Whether it has hits from outside the range that was asked for."""


@dataclass(frozen=True)
class Cover:
    """How to answer a range, from grains that are `usable` and, if `exact`, from single hits where those fall short.

    `count` counts the hits of all kinds, by any grain. A bucket whose hits all lie inside the range is taken
    whole. Where finer cells have expired, their sum falls short of the bucket they are in: that is how it is seen.
    """

    usable: frozenset[Grain]
    exact: bool
    count: Count

    def pieces(self, start: int, end: int, grains: tuple[Grain, ...] = GRAINS) -> list[RangePart]:
        """Return pieces that have every hit of the range once."""
        step = SECONDS[grains[0]]
        first, last = -(-start // step) * step, end // step * step
        if first > last:
            return self._part(start, end, grains)
        pieces = self._part(start, first, grains) if start < first else []
        if first < last:
            pieces += self._whole(first, last, grains)
        return pieces + (self._part(last, end, grains) if last < end else [])

    def _whole(self, start: int, end: int, grains: tuple[Grain, ...]) -> list[RangePart]:
        """Cover whole buckets of the first grain."""
        if grains[0] in self.usable:
            return [RangePart(grains[0], start, end)]
        if len(grains) > 1 and self.count(grains[1], start, end) == self.count(grains[0], start, end):
            return self.pieces(start, end, grains[1:])
        return [RangePart(None, start, end)]

    def _part(self, start: int, end: int, grains: tuple[Grain, ...]) -> list[RangePart]:
        """Cover a part of one bucket of the first grain."""
        grain, finer = grains[0], grains[1:]
        bucket = start // SECONDS[grain] * SECONDS[grain]
        whole = RangePart(grain, bucket, bucket + SECONDS[grain])
        hits = self.count(*whole[:3])  # type: ignore[arg-type]
        if not hits:
            return []
        pieces = [RangePart(None, start, end)]
        if finer:
            step = SECONDS[finer[0]]
            if grain in self.usable and self.count(finer[0], -(-start // step) * step, end // step * step) == hits:
                return [whole]
            if self.usable.intersection(finer) and self.count(finer[0], whole.start, whole.end) == hits:
                pieces = self.pieces(start, end, finer)
        if not self.exact and grain in self.usable and any(piece.grain is None for piece in pieces):
            return [whole._replace(wider=True)]
        return pieces
