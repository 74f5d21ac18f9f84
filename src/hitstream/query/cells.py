"""Answers from cells: no single hit is looked at, except at an edge that no grain of the view fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from hitstream.query.answers import Row, Series, Top, Visitors
from hitstream.query.cover import GRAINS, Cover, Piece
from hitstream.query.readers import CellReader
from hitstream.record import I64, NO_CODE, Column, Texts
from hitstream.views.cells import OTHER, Cells
from hitstream.views.merge import empty, merge
from hitstream.views.sketch import estimate, standard_error
from hitstream.views.table import SECONDS, Grain, View

Measure = Literal["hits", "bytes", "errors", "visitors"]

EdgeReader = Callable[[View, int, int], list[Cells]]
"""Returns the cells by day that the single hits with start <= time < end make."""


class Plan(NamedTuple):
    """How a range is covered, and the range that is covered in fact."""

    pieces: list[Piece]
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
        cells = _keyless(self._gather(view, plan, edge), view)
        count = int(_people(cells, view).sum())
        return Visitors(count, _error(cells, view, [*range(len(cells))]), plan.start, plan.end)

    def top(self, view: View, plan: Plan, k: int, by: Measure, edge: EdgeReader) -> Top | None:
        """Return the k largest keys of a range; None if it asks for visitors that its cells do not tell."""
        told = _has_sketches(view, plan.pieces)
        if by == "visitors" and not told:
            return None
        cells = self._gather(view, plan, edge, sketches=told)
        counts = _people(cells, view) if told else None
        shown = _largest(counts if by == "visitors" and counts is not None else getattr(cells, by), cells.key, k)
        folded = np.flatnonzero(cells.key.codes == NO_CODE).tolist()
        rows = [_row(cells, i, counts) for i in (*shown, *folded)]
        other = rows.pop() if folded else None
        error = _error(cells, view, [*shown, *folded])
        return Top(view.name, rows, other, len(cells) - len(folded), not folded, error, plan.start, plan.end)

    def series(self, view: View, grain: Grain, start: int, end: int, key: str | None) -> Series:
        """Return a series over whole buckets: `start` and `end` are multiples of the grain."""
        step = SECONDS[grain]
        sums = np.zeros((3, (end - start) // step), np.int64)
        counted: list[int | None] = [None] * sums.shape[1]
        if key is None and grain not in view.visitors:
            rows = self.reader.totals(view, grain, start, end)
            table = np.array(rows, np.int64).reshape(-1, 4)
            sums[:, (table[:, 0] - start) // step] = table[:, 1:].T
        else:
            cells = self.reader.read(view, grain, start, end)
            merged = _keyless(cells if key is None else _only(cells, key), view)
            at = (merged.bucket - start) // step
            sums[:, at] = merged.hits, merged.bytes, merged.errors
            if grain in view.visitors:
                found = np.zeros(sums.shape[1], np.int64)
                found[at] = _people(merged, view)
                counted = list(found.tolist())
        hits, sent, errors = sums.tolist()
        return Series(view.name, grain, start, end, step, hits, sent, errors, counted)

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

    def _gather(self, view: View, plan: Plan, edge: EdgeReader, *, sketches: bool = True) -> Cells:
        """Return the cells of a range, merged into one bucket, each key once."""
        parts: list[Cells] = []
        for piece in plan.pieces:
            if piece.grain is None:
                parts += edge(view, piece.start, piece.end)
            else:
                parts.append(self.reader.read(view, piece.grain, piece.start, piece.end))
        if not sketches:
            parts = [_without_sketches(part) for part in parts]
        parts = [replace(part, bucket=np.zeros_like(part.bucket)) for part in parts]
        return merge(parts, view, bound=False) if parts else empty(view, "day")


def _has_sketches(view: View, pieces: Sequence[Piece]) -> bool:
    return bool(view.visitors) and {piece.grain or "day" for piece in pieces} <= set(view.visitors)


def _without_sketches(cells: Cells) -> Cells:
    return replace(cells, starts=np.zeros(len(cells) + 1, np.int64), visitors=np.zeros(0, np.uint64))


def _keyless(cells: Cells, view: View) -> Cells:
    """Merge the keys of each bucket."""
    key = Column(np.zeros(len(cells), np.int32), Texts.encode([""]))
    return merge([replace(cells, key=key)], view, bound=False)


def _only(cells: Cells, key: str) -> Cells:
    """Return the cells of one key."""
    wanted, texts = key.encode(), cells.key.texts
    alike = np.flatnonzero(np.diff(texts.offsets) == len(wanted)).tolist()
    codes = [code for code in alike if _raw(texts, code) == wanted]
    rows = np.flatnonzero(np.isin(cells.key.codes, codes))
    lengths = np.diff(cells.starts)
    kept = np.repeat(np.isin(np.arange(len(cells)), rows), lengths)
    return replace(
        cells,
        bucket=cells.bucket[rows],
        key=Column(cells.key.codes[rows], texts),
        hits=cells.hits[rows],
        bytes=cells.bytes[rows],
        errors=cells.errors[rows],
        starts=np.concatenate(([0], np.cumsum(lengths[rows]))),
        visitors=cells.visitors[kept],
    )


def _people(cells: Cells, view: View) -> I64:
    """Return the visitors of each cell; an estimate may say more than there are hits, which there are not."""
    return np.minimum(estimate(cells.starts, cells.visitors, view.sketch), cells.hits)


def _error(cells: Cells, view: View, rows: list[int]) -> float:
    """Return the standard error of the visitors of some cells: 0 where none is estimated."""
    estimated = (np.diff(cells.starts)[rows] >= view.sketch).any()
    return standard_error(view.sketch) if estimated else 0.0


def _largest(measure: I64, key: Column, k: int) -> list[int]:
    """Return which cells have the k largest values, ties by the key's text, the folded tail left out."""
    real = np.flatnonzero(key.codes != NO_CODE)
    if len(real) > k:
        least = np.partition(measure[real], len(real) - k)[len(real) - k]
        real = real[measure[real] >= least]
    values, codes = measure.tolist(), key.codes.tolist()
    return sorted(real.tolist(), key=lambda i: (-values[i], _raw(key.texts, codes[i])))[:k]


def _row(cells: Cells, i: int, visitors: I64 | None) -> Row:
    code = int(cells.key.codes[i])
    key = OTHER if code == NO_CODE else _raw(cells.key.texts, code).decode()
    return Row(
        key,
        int(cells.hits[i]),
        int(cells.bytes[i]),
        int(cells.errors[i]),
        None if visitors is None else int(visitors[i]),
    )


def _raw(texts: Texts, code: int) -> bytes:
    return texts.data[texts.offsets[code] : texts.offsets[code + 1]].tobytes()
