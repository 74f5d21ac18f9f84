"""A selection: the hits of a range that pass filters, looked at once for all questions about them."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hitstream.jit import Kernel
from hitstream.query.answers import Row, SeriesAnswer, TopAnswer, rest
from hitstream.query.cells import largest
from hitstream.query.choice import Choice
from hitstream.query.hits import HitFilter
from hitstream.query.layout import OF_VISITORS
from hitstream.query.shelf import KeyColumn, Shelf
from hitstream.record import I32, I64, U8
from hitstream.views.table import SECONDS, Grain, View

_MODULE = "hitstream.query.compiled.kernel:"
_LAYOUT = "i4[] i8 i8 i8[] i8 i8[] u1[] u1[] u1[]"
_tabulate = Kernel(_MODULE + "tabulate", _LAYOUT + " i4[] i8[] i8[] i4[] i4[] i8[] i8[] i8[] i8 i8 i8[] i4[] i8[]")
_trace = Kernel(_MODULE + "trace", _LAYOUT + " i8 i4[] i8 i8 i8 i8[] i4[] i8[]")

THREADS = 2
ALL, EACH, ABSENT = -1, -2, -3
"""Instead of a key: all as one, each apart, and none."""

Result = TypeVar("Result")
_RUN = 4
_SLAB, _FAMILY, _PLACE = 7, 2, 5
_FAR = 1 << 62
_HOUR = SECONDS["hour"]
_MOST_HOURS = 1 << 16
"""The most hours that are counted in the same look as the views: nearly all that filter a page ask for them too."""
_SIDE_BY_SIDE = 1 << 22
"""The most cells of a series for which those of all keys are counted at once."""


class _Table(NamedTuple):
    """What was added up for a view: by key hits, bytes and errors, and visitors."""

    keys: KeyColumn
    sums: I64
    people: I64


@dataclass
class Selection:
    """The hits of some slabs that a range has and that pass its filters. Each thread has its share of the visitors.

    What was added up stands while the shelf grows; what is asked later looks at the shelf as it is then.
    """

    shelf: Shelf
    views: tuple[View, ...]
    names: Sequence[Hashable]
    asked: HitFilter
    _made: tuple[int, "_Passing"] | None = None
    _series: dict[tuple[str, int, int], tuple[I64, I64, int]] = field(default_factory=dict)

    def sums(self) -> tuple[int, int, int, int, int | None, int | None]:
        """Return hits, bytes, errors, visitors, and the seconds of the first and the last hit."""
        _, visits, span = self._added
        hits, sent, errors = visits.sum(axis=0).tolist()
        return hits, sent, errors, int(np.count_nonzero(visits[:, 0])), *(span if hits else (None, None))

    def visitors(self, view: View) -> int:
        """Return how many visitors the hits of a view have."""
        _, people, _ = self._traced(view, max(self.asked.end - self.asked.start, 1), ALL)
        return int(people.sum())

    def top(self, view: View, k: int, by: str) -> TopAnswer:
        """Return the k largest keys."""
        keys, sums, people = self._table(view)
        real = np.flatnonzero(sums[:, 0])
        measure = people if by == "visitors" else sums[:, ("hits", "bytes", "errors").index(by)]
        shown = np.array(largest(real, measure, k, keys.texts.chosen), np.int64)
        texts = [text.decode() for text in keys.texts.chosen(shown)]
        rows = list(map(Row, texts, *sums[shown].T.tolist(), people[shown].tolist()))
        left = rest(sums[real].sum(axis=0).tolist(), rows)
        return TopAnswer(view.name, rows, None, left, len(real), True, 0.0, self.asked.start, self.asked.end)

    def series(self, view: View, grain: Grain, key: str | None) -> SeriesAnswer:
        """Return a series over whole buckets."""
        start, end, step = self.asked.start, self.asked.end, SECONDS[grain]
        points = (end - start) // step
        keys = self.shelf.keys(view)
        code = ALL if key is None else _code(keys, key.encode())
        together = code >= 0 and points * len(keys.texts) <= _SIDE_BY_SIDE
        sums, people, many = self._traced(view, step, EACH if together else code)
        at = slice(code if together else 0, None, many)
        hits, sent, errors = sums[at].T.tolist()
        return SeriesAnswer(view.name, grain, start, end, step, hits, sent, errors, people[at].tolist())

    def _table(self, view: View) -> _Table:
        """Regroup what was added up by the keys of a view."""
        tables, visits, _ = self._added
        if view.name in tables:
            return tables[view.name]
        keys = self.shelf.keys(view)
        if not len(keys.texts):
            return _Table(keys, np.zeros((0, 3), np.int64), np.zeros(0, np.int64))
        keys = KeyColumn(keys.codes[: len(visits)], keys.texts)  # without who came to the shelf since
        came = np.flatnonzero((visits[:, 0] > 0) & (keys.codes >= 0))
        people = np.bincount(keys.codes[came], minlength=len(keys.texts))
        tables[view.name] = _Table(keys, _by_key(keys, visits), people)
        return tables[view.name]

    @cached_property
    def _added(self) -> tuple[dict[str, _Table], I64, list[int]]:
        """Look at all hits once: the tables of the views that are not of visitors, sums by visitor, first and last.

        What all hits come to hour by hour is found on the way.
        """
        shelf, passing = self.shelf, self._passing()
        family_of = shelf.layout.family_of
        views = [view for view in self.views if family_of[view.name] != OF_VISITORS and len(shelf.keys(view).texts)]
        views.sort(key=lambda view: family_of[view.name])
        keys = [shelf.keys(view) for view in views]
        ends = _starts(map(len, passing.families))
        first_code = _starts(len(each.codes) for each in keys)
        first_key = _starts(len(each.texts) for each in keys)
        rows = np.array([first_code[:-1], first_key[:-1]], np.int64).T.reshape(-1)
        codes = np.concatenate([np.zeros(0, np.int32), *(each.codes for each in keys)])
        of_family = [bisect_left(views, family, key=lambda view: family_of[view.name]) for family in range(len(ends))]
        visits = np.zeros((shelf.people, 3), np.int64)
        start, length = self.asked.start, self.asked.end - self.asked.start
        step = _HOUR if start % _HOUR == length % _HOUR == 0 and length <= _HOUR * _MOST_HOURS else max(length, 1)

        def add(first: int, last: int) -> tuple[I64, I64, I64, I64, I64]:
            points, met = np.zeros((length // step, 3), np.int64), np.zeros(length // step, np.int64)
            sums, people = np.zeros((ends[-1], 3), np.int64), np.zeros(first_key[-1], np.int64)
            span = np.array([_FAR, -_FAR])
            _tabulate(
                shelf.runs, first, last, *passing.arguments(of_family), codes, rows, sums.reshape(-1),
                _unseen(ends[-1]), _unseen(first_key[-1]), people, visits.reshape(-1), span,
                start, step, points.reshape(-1), _unseen(len(met)), met,
            )  # fmt: skip
            return sums, people, span, points, met

        sums, people, spans, points, met = zip(*self._shared(add), strict=True)
        total, counted = np.sum(sums, axis=0), np.sum(people, axis=0)
        tables = {
            view.name: _Table(each, _by_key(each, total[ends[family_of[view.name]] :]), counted[a:b])
            for view, each, a, b in zip(views, keys, first_key[:-1], first_key[1:], strict=True)
        }
        for view in self.views:
            if not view.key and not view.status:
                self._series[view.name, step, ALL] = np.sum(points, axis=0), np.sum(met, axis=0), 1
        return tables, visits, [int(min(span[0] for span in spans)), int(max(span[1] for span in spans))]

    def _traced(self, view: View, step: int, which: int) -> tuple[I64, I64, int]:
        """Return (sums, visitors) by bucket and key, and how many keys: one of them, ALL as one, or EACH."""
        place = view.name, step, which
        if place not in self._series:
            keys, family = self.shelf.keys(view), self.shelf.layout.family_of[view.name]
            many = len(keys.texts) if which == EACH else 1
            inside = keys.codes >= 0 if which == ALL else keys.codes == which
            codes = keys.codes if which == EACH else inside.astype(np.int32) - np.int32(1)
            passing = self._passing()
            cells = (self.asked.end - self.asked.start) // step * many

            def add(first: int, last: int) -> tuple[I64, I64]:
                sums, people = np.zeros((cells, 3), np.int64), np.zeros(cells, np.int64)
                _trace(
                    self.shelf.runs, first, last, *passing.arguments(), family, codes, many, self.asked.start, step,
                    sums.reshape(-1), _unseen(cells), people,
                )  # fmt: skip
                return sums, people

            sums, people = zip(*self._shared(add), strict=True)
            self._series[place] = np.sum(sums, axis=0), np.sum(people, axis=0), many
        return self._series[place]

    def _shared(self, work: Callable[[int, int], Result]) -> list[Result]:
        """Let each thread work on its share of the runs; a visitor's runs are all in one."""
        visitor = self.shelf.runs[::_RUN]
        edges = [len(visitor) * share // THREADS for share in range(1, THREADS)]
        edges = [
            0,
            *(int(np.searchsorted(visitor, visitor[edge])) for edge in edges if edge < len(visitor)),
            len(visitor),
        ]
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(work, edges[:-1], edges[1:]))

    def _passing(self) -> "_Passing":
        """Return which rows count, for the shelf as it is."""
        if self._made is None or self._made[0] != len(self.shelf.slabs):
            self._made = len(self.shelf.slabs), self._make_passing()
        return self._made[1]

    def _make_passing(self) -> "_Passing":
        shelf, families = self.shelf, range(len(self.shelf.families))
        chosen = Choice(shelf, self.asked.where)
        masks = {name: chosen.rows(shelf.slabs[name]) for name in self.names}
        rows = np.zeros((len(shelf.slabs), _SLAB + _FAMILY * len(families)), np.int64)
        for name, mask in masks.items():
            slab, place = shelf.slabs[name], shelf.place[name]
            inside = self.asked.start <= slab.base and slab.last < self.asked.end
            limits = [self.asked.start - slab.base, self.asked.end - slab.base, int(inside), slab.base]
            addresses = [_address(array) for array in (slab.time, slab.size, mask)]
            codes = [
                word for family in families for word in (_address(slab.combination[family]), shelf.only[place][family])
            ]
            rows[place] = [*limits, *addresses, *codes]
        erring = (shelf.families[0]["status"] >= 400).astype(np.uint8)
        return _Passing(
            rows, masks, [chosen.combinations(family) for family in families], chosen.combinations(OF_VISITORS), erring
        )


class _Passing(NamedTuple):
    """What says to a kernel which rows count."""

    slabs: I64
    masks: dict[Hashable, U8 | None]
    """Kept as long as their addresses are."""
    families: list[U8]
    visitors: U8
    erring: U8

    def arguments(self, views: Sequence[int] = ()) -> tuple[I64, int, I64, U8, U8, U8]:
        """Return the arguments of a kernel; `views` is where those of each family begin, and their end."""
        offsets = _starts(map(len, self.families))
        families = np.zeros((len(self.families), _PLACE), np.int64)
        families[:, 0] = np.arange(len(self.families))
        families[:, 1] = offsets[:-1]
        families[:, 2] = [not mask.all() for mask in self.families]
        if views:
            families[:, 3], families[:, 4] = views[:-1], views[1:]
        allowed = np.concatenate(self.families)
        return self.slabs.reshape(-1), self.slabs.shape[1], families.reshape(-1), allowed, self.visitors, self.erring


def _by_key(keys: KeyColumn, rows: I64) -> I64:
    """Add up rows of hits, bytes and errors by key."""
    sums = np.zeros((len(keys.texts) + 1, 3), np.int64)  # NO_CODE is also the index of the last one
    for measure in range(3):
        np.add.at(sums[:, measure], keys.codes, rows[: len(keys.codes), measure])
    return sums[:-1]


def _code(keys: KeyColumn, wanted: bytes) -> int:
    return next((code for code, text in enumerate(keys.texts.split()) if text == wanted), ABSENT)


def _starts(sizes: Iterable[int]) -> list[int]:
    return [0, *accumulate(sizes)]


def _unseen(size: int) -> I32:
    return np.full(size, -1, np.int32)


def _address(array: NDArray[Any] | None) -> int:
    return 0 if array is None else int(array.__array_interface__["data"][0])
