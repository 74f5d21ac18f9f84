"""Answers from cells: no single hit is looked at, except at an edge that no grain of the view fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from hitstream.query.answers import Row, SeriesAnswer, TopAnswer, Visitors, rest
from hitstream.query.cover import GRAINS, Cover, RangePart
from hitstream.query.kept import FOLDED, CellRows, KeptCells, KeyDictionary, joined
from hitstream.query.readers import CellReader
from hitstream.record import I64, U64, Column, Texts
from hitstream.views.cells import OTHER, Cells
from hitstream.views.kernels import add, unite
from hitstream.views.sketch import estimate, standard_error
from hitstream.views.table import SECONDS, Grain, View

_Text = bytes  # by another name, where `bytes` is a measure

Measure = Literal["hits", "bytes", "errors", "visitors"]

EdgeReader = Callable[[View, int, int], list[Cells]]
"""Returns the cells by day that the single hits with start <= time < end make."""


class Plan(NamedTuple):
    """How a range is covered, and the range that is covered in fact."""

    pieces: list[RangePart]
    start: int
    end: int

    @property
    def needs_hits(self) -> bool:
        """Whether a piece can only be answered from single hits."""
        return any(piece.grain is None for piece in self.pieces)


@dataclass(frozen=True)
class FromCells:
    """Asks a reader of cells; `traffic` is the view that counts all hits at every grain."""

    reader: CellReader
    kept: KeptCells
    traffic: View

    def plan(self, view: View, start: int, end: int, *, exact: bool) -> Plan:
        """Return how to answer a range; without `exact`, widened to the buckets there are."""
        pieces = Cover(frozenset(view.grains), exact, self._count).pieces(start, end)
        wider = [piece for piece in pieces if piece.wider]
        return Plan(pieces, min([start, *(p.start for p in wider)]), max([end, *(p.end for p in wider)]))

    def sums(self, plan: Plan, edge: EdgeReader) -> tuple[int, int, int]:
        """Return hits, bytes and errors of a range."""
        found = np.zeros(3, np.int64)
        for piece in plan.pieces:
            if piece.grain is None:
                for cells in edge(self.traffic, piece.start, piece.end):
                    found += [cells.hits.sum(), cells.bytes.sum(), cells.errors.sum()]
            else:
                rows = self.reader.totals(self.traffic, piece.grain, piece.start, piece.end)
                found += np.array([row[1:] for row in rows], np.int64).reshape(-1, 3).sum(axis=0)
        hits, sent, errors = found.tolist()
        return hits, sent, errors

    def visitors(self, view: View, plan: Plan, edge: EdgeReader) -> Visitors | None:
        """Return the distinct visitors of a range, None where its cells do not tell."""
        if not _has_sketches(view, plan.pieces):
            return None
        parts = self._gather(view, plan, edge)
        united = _smallest(np.concatenate([np.zeros(0, np.uint64), *(part.visitors for part in parts)]), view.sketch)
        hits = sum(int(part.hits.sum()) for part in parts)
        people = min(int(estimate(np.array([0, len(united)]), united, view.sketch)[0]), hits)
        return Visitors(people, _error(np.array([len(united)]), view), plan.start, plan.end)

    def top(self, view: View, plan: Plan, k: int, by: Measure, edge: EdgeReader) -> TopAnswer | None:
        """Return the k largest keys of a range; None if it asks for visitors that its cells do not tell."""
        told = _has_sketches(view, plan.pieces)
        if by == "visitors" and not told:
            return None
        keys = _ByKey.of(self._gather(view, plan, edge), self.kept.keys(view), view)
        shown = keys.most_visited(k) if by == "visitors" else keys.largest(getattr(keys, by), k)
        folded = [FOLDED] if keys.hits[FOLDED] else []
        people, error = keys.people([*shown, *folded]) if told else ([None] * (len(shown) + 1), 0.0)
        rows = keys.rows(shown, people)
        other = Row(OTHER, *keys.sums(FOLDED), people[-1]) if folded else None
        count = int(np.count_nonzero(keys.hits)) - len(folded)
        whole = (int(measure[FOLDED + 1 :].sum()) for measure in (keys.hits, keys.bytes, keys.errors))
        return TopAnswer(view.name, rows, other, rest(whole, rows), count, not folded, error, plan.start, plan.end)

    def series(self, view: View, grain: Grain, start: int, end: int, key: str | None) -> SeriesAnswer:
        """Return a series over whole buckets: `start` and `end` are multiples of the grain."""
        step = SECONDS[grain]
        points = (end - start) // step
        counted: list[int | None] = [None] * points
        error = 0.0
        if key is None and grain not in view.visitors:
            rows = self.reader.totals(view, grain, start, end)
            table = np.array(rows, np.int64).reshape(-1, 4)
            sums = np.zeros((3, points), np.int64)
            sums[:, (table[:, 0] - start) // step] = table[:, 1:].T
        else:
            self.kept.forget_if_full()
            cells = joined(self.kept.read(view, grain, start, end))
            if key is not None:
                (number,) = self.kept.keys(view).number(Column(np.zeros(1, np.int32), Texts.encode([key])))
                cells = cells.rows(np.flatnonzero(cells.key == number))
            at = (cells.bucket - start) // step
            sums = np.array(add(at, points, (cells.hits, cells.bytes, cells.errors)))
            if grain in view.visitors:
                united = unite(at, points, cells.starts, cells.visitors, view.sketch)
                counted = list(np.minimum(estimate(*united, view.sketch), sums[0]).tolist())
                error = _error(np.diff(united[0]), view)
        hits, sent, errors = sums.tolist()
        return SeriesAnswer(view.name, grain, start, end, step, hits, sent, errors, counted, error)

    def ends(self, start: int, end: int) -> tuple[int, int]:
        """Return seconds at or before the first hit of a range that has one, and at or after its last."""
        first, last = (start, end), (start, end)
        for grain in GRAINS:
            step = SECONDS[grain]
            head = self.reader.totals(self.traffic, grain, first[0] // step * step, first[1])
            tail = self.reader.totals(self.traffic, grain, last[0] // step * step, last[1])
            first = (head[0][0], head[0][0] + step) if head else first
            last = (tail[-1][0], tail[-1][0] + step) if tail else last
        return max(start, first[0]), min(end, last[1]) - 1

    def is_complete(self, grain: Grain, start: int, end: int) -> bool:
        """Return whether buckets of this grain still have all hits that the days of a range have."""
        day = SECONDS["day"]
        first, last = start // day * day, -(-end // day) * day
        return grain == "day" or self._count(grain, first, last) == self._count("day", first, last)

    def _count(self, grain: Grain, start: int, end: int) -> int:
        return sum(row[1] for row in self.reader.totals(self.traffic, grain, start, end)) if start < end else 0

    def _gather(self, view: View, plan: Plan, edge: EdgeReader) -> list[CellRows]:
        """Return the cells of a range."""
        self.kept.forget_if_full()
        parts: list[CellRows] = []
        for piece in plan.pieces:
            if piece.grain is None:
                parts += [self.kept.part(view, cells) for cells in edge(view, piece.start, piece.end)]
            else:
                parts += self.kept.read(view, piece.grain, piece.start, piece.end)
        return parts


@dataclass(frozen=True)
class _ByKey:
    """Sums by the number of the key, and the cells they were made from."""

    cells: list[CellRows]
    keys: KeyDictionary
    view: View
    hits: I64
    bytes: I64
    errors: I64

    @classmethod
    def of(cls, cells: list[CellRows], keys: KeyDictionary, view: View) -> "_ByKey":
        none = np.zeros(0, np.int64)
        key, hits, sent, errors = (np.concatenate([none, *(part[i] for part in cells)]) for i in range(1, 5))
        return cls(cells, keys, view, *add(key, len(keys), (hits, sent, errors)))

    def largest(self, measure: I64, k: int) -> list[int]:
        """Return the keys with the k largest values, ties by their text; the folded tail is none."""
        real = np.flatnonzero(self.hits)
        return largest(real[real != FOLDED], measure, k, self.keys.chosen)

    def most_visited(self, k: int) -> list[int]:
        """Return the keys with the most visitors. A key has no more than hits: few sketches need to be united."""
        people = np.zeros(len(self.keys), np.int64)
        best: list[int] = []
        for tried in (8 * k, len(self.keys)):
            keys = self.largest(self.hits, tried)
            people[keys] = self.people(keys)[0]
            best = self.largest(people, k)
            if len(keys) < tried or people[best[-1]] > self.hits[keys[-1]]:
                break
        return best

    def people(self, keys: list[int]) -> tuple[list[int], float]:
        """Return the visitors of each key, and their standard error if any is estimated."""
        place = np.full(len(self.keys), -1)
        place[keys] = np.arange(len(keys))
        cells = joined([part.rows(np.flatnonzero(place[part.key] >= 0)) for part in self.cells])
        starts, hashes = unite(place[cells.key], len(keys), cells.starts, cells.visitors, self.view.sketch)
        # An estimate may say more than there are hits, which there are not.
        people = np.minimum(estimate(starts, hashes, self.view.sketch), self.hits[keys])
        return people.tolist(), _error(np.diff(starts), self.view)

    def rows(self, keys: list[int], people: Sequence[int | None]) -> list[Row]:
        """Return a row for each of these keys; people may be of more."""
        at = np.array(keys, np.int64)
        texts = [text.decode() for text in self.keys.chosen(at)]
        return list(
            map(Row, texts, *(measure[at].tolist() for measure in (self.hits, self.bytes, self.errors)), people)
        )

    def sums(self, key: int) -> tuple[int, int, int]:
        """Return hits, bytes and errors of a key."""
        return int(self.hits[key]), int(self.bytes[key]), int(self.errors[key])


def largest(keys: I64, measure: I64, k: int, texts: Callable[[I64], list[_Text]]) -> list[int]:
    """Return the k of these keys with the largest values, ties by their text."""
    if len(keys) > k:
        least = np.partition(measure[keys], len(keys) - k)[len(keys) - k]
        keys = keys[measure[keys] >= least]
    ordered = sorted(zip((-measure[keys]).tolist(), texts(keys), keys.tolist(), strict=True))
    return [key for _, _, key in ordered[:k]]


def _has_sketches(view: View, pieces: Sequence[RangePart]) -> bool:
    return bool(view.visitors) and {piece.grain or "day" for piece in pieces} <= set(view.visitors)


def _error(sizes: I64, view: View) -> float:
    """Return the standard error of the visitors that sketches of such sizes tell: 0 where none is estimated."""
    return standard_error(view.sketch) if (sizes >= view.sketch).any() else 0.0


def _smallest(hashes: U64, limit: int) -> U64:
    """Return the smallest distinct hashes, so many at the most."""
    taken = 4 * limit
    while taken < len(hashes):
        found = _distinct(np.partition(hashes, taken)[:taken])
        if len(found) >= limit:
            return found[:limit]
        taken *= 4
    return _distinct(hashes)[:limit]


def _distinct(hashes: U64) -> U64:
    """Return what `np.unique` would, without the masked arrays that it imports."""
    ordered = np.sort(hashes)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered
