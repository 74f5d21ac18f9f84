"""`Query`: every question that can be asked, and what each is answered from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from hitstream.errors import ConfigError
from hitstream.query.answers import BySecond, Cross, HeatMapAnswer, SeriesAnswer, TopAnswer, Totals, Visitors
from hitstream.query.arrived import Arrived, arrived
from hitstream.query.breakdown import by_second, cross
from hitstream.query.cells import EdgeReader, FromCells, Measure, Plan
from hitstream.query.filters import Filter, condition
from hitstream.query.health import Health, judge
from hitstream.query.hits import HitDatabase, HitFilter, HitTable, Place
from hitstream.query.kept import KeptCells
from hitstream.query.readers import BadReasonCount, CellReader, FactReader, HitReader, LineCounts
from hitstream.query.scan import Scan
from hitstream.query.selection import Selection
from hitstream.query.selections import Selections
from hitstream.query.sql import run
from hitstream.query.tail import NewestHits
from hitstream.record import BadLine
from hitstream.store.ledger import SourceFormat
from hitstream.views.cells import Cells
from hitstream.views.table import SECONDS, VIEWS, Grain, View
from hitstream.views.table import view as view_named

if TYPE_CHECKING:
    from threading import Event

    import pyarrow as pa

POINTS = 2000
"""The most points of a series whose grain is left open."""
MOST_POINTS = 1_000_000
"""The most points of any series."""
SHORT = SECONDS["day"]
"""Seconds up to which one look at single hits, for all questions, beats completing the cells of each view."""

_NO_HITS = "Ask a data directory, which has an archive."
_SINGLE = "This looks at single hits"
_MONDAY = 3  # days to it from 1970-01-01, counted so that Monday is 0: that day was a Thursday


class _Planned(NamedTuple):
    """How cells answer a range, and what reads the cells of its edges."""

    plan: Plan
    edge: EdgeReader


class Query:
    """Asks cells and, where there are some, single hits. Without a range a question is about everything.

    Ranges are in seconds since 1970 UTC, with their start and without their end. Questions with filters (`where`) are
    answered from single hits, others from cells: fastest where a range begins and ends at full hours or days.

    Every question raises ConfigError for a view, range, filter, measure or grain that is none, or that what is there
    cannot answer.
    """

    def __init__(
        self,
        reader: CellReader,
        hits: HitReader | None = None,
        views: tuple[View, ...] = VIEWS,
        facts: FactReader | None = None,
    ) -> None:
        self._reader = reader
        self._facts = facts
        self._hits = HitDatabase(hits) if hits else None
        self._views = views
        self._selections = Selections(views)
        self._tail = NewestHits()
        self._traffic = view_named("traffic", views)
        self._cells = FromCells(reader, KeptCells(reader), self._traffic)

    def close(self) -> None:
        """Let go of memory and temporary files."""
        if self._hits:
            self._hits.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Answer all questions asked inside from one state, whatever is written meanwhile."""
        with self._hits.snapshot() if self._hits else self._reader.snapshot():
            yield

    def read_ahead(self, start: int | None = None, end: int | None = None) -> bool:
        """Read some of the hits of a range into memory, where filters look for them; return whether more are left."""
        if self._hits is None:
            return False
        with self._hits.table() as table:
            return self._selections.read_ahead(table, self._range(start, end))

    def span(self) -> tuple[int, int] | None:
        """Return the seconds of the first and the last hit; as closely as cells tell where single hits are not kept."""
        if self._hits is None:
            return self._reader.span()
        with self._hits.table() as table:
            return table.span()

    def totals(self, start: int | None = None, end: int | None = None, where: Sequence[Filter] = ()) -> Totals:
        """Return the sums over all hits of a range."""
        if not where:
            with self._planned(self._traffic, start, end) as planned:
                answer = planned and self._sums(*planned, whole=start is None and end is None)
            if answer:
                return answer
        asked = self._range(start, end, where)
        with self._filtered(asked) as hits:
            found, sent, errors, people, first, last = hits.sums()
        return Totals(None, found, None, sent, errors, people, 0.0, first, last, asked.start, asked.end)

    def series(
        self,
        view: str = "traffic",
        start: int | None = None,
        end: int | None = None,
        grain: Grain | None = None,
        where: Sequence[Filter] = (),
        key: str | None = None,
    ) -> SeriesAnswer:
        """Return a point a bucket, of all keys of a view or of one; without a grain, the finest of at most POINTS."""
        row = self._view(view)
        with self._reader.snapshot():
            asked = self._range(start, end, where)
            grain = grain or _grain(row, asked)
            asked = _buckets(asked, grain)
            kept = not where and grain in row.grains
            if kept and (self._hits is None or self._cells.is_complete(grain, asked.start, asked.end)):
                return self._cells.series(row, grain, asked.start, asked.end, key)
        with self._filtered(asked, f"{view} is not kept by {grain}") as hits:
            return hits.series(row, grain, key)

    def top(
        self,
        view: str,
        start: int | None = None,
        end: int | None = None,
        k: int = 10,
        by: Measure = "hits",
        where: Sequence[Filter] = (),
        *,
        exact: bool = False,
    ) -> TopAnswer:
        """Return the k keys of a view with most hits, bytes, errors or visitors.

        Visitors that cells only estimate are counted in single hits where they have to be `exact` and hits are kept.
        """
        row = self._view(view)
        if by not in get_args(Measure):
            raise ConfigError(f"There is no measure {by!r}.", "Measures: " + ", ".join(get_args(Measure)) + ".")
        if k < 1:
            raise ConfigError(f"A top list of {k} rows cannot be made.", "Ask for at least one.")
        if not where:
            with self._planned(row, start, end) as planned:
                answer = planned and self._cells.top(row, planned.plan, k, by, planned.edge)
            if answer is not None and not (exact and answer.visitors_error and self._hits):
                return answer
        with self._filtered(self._range(start, end, where), _no_visitors(row)) as hits:
            return hits.top(row, k, by)

    def visitors(
        self,
        view: str = "traffic",
        start: int | None = None,
        end: int | None = None,
        where: Sequence[Filter] = (),
    ) -> Visitors:
        """Return the distinct visitors of all hits of a view."""
        row = self._view(view)
        if not where:
            with self._planned(row, start, end) as planned:
                answer = planned and self._cells.visitors(row, *planned)
            if answer is not None:
                return answer
        asked = self._range(start, end, where)
        with self._filtered(asked, _no_visitors(row)) as hits:
            return Visitors(hits.visitors(row), 0.0, asked.start, asked.end)

    def heat_map(self, start: int | None = None, end: int | None = None, where: Sequence[Filter] = ()) -> HeatMapAnswer:
        """Return the hits by weekday and hour, of whole hours."""
        series = self.series("traffic", start, end, "hour", where)
        rows = [[0] * 24 for _ in range(7)]
        for hour, hits in enumerate(series.hits, series.start // SECONDS["hour"]):
            rows[(hour // 24 + _MONDAY) % 7][hour % 24] += hits
        return HeatMapAnswer(rows, series.start, series.end)

    def hits(
        self,
        start: int | None = None,
        end: int | None = None,
        where: Sequence[Filter] = (),
        limit: int = 100,
        order: Literal["newest", "oldest"] = "newest",
        beyond: Place | None = None,
    ) -> "pa.Table":
        """Return single hits, all columns, in the order of their time; only those that come after a place in it.

        The place of the last hit of an answer gives the next page, whatever is written meanwhile.
        """
        with self._single_hits() as table:
            return table.hits(self._range(start, end, where), limit, order == "newest", beyond)

    def newest(self, now: float, limit: int = 50, where: Sequence[Filter] = ()) -> "pa.Table":
        """Return the newest hits, all columns, none later than a minute from now; asked again, it reads what is new.

        The first time they are of one day: that of the last hit.
        """
        condition(where, {})
        with self._single_hits() as table:
            _, last = self._reader.span() or (0, int(now))
            return self._tail.newest(table, int(now), min(last, int(now) + SECONDS["minute"]), limit, where)

    def arrived(self, where: Sequence[Filter], before: Arrived | None) -> Arrived:
        """Return how many hits that pass have come, given what was returned before, by this query or another."""
        condition(where, {})
        if not where:
            return Arrived(self.counts().hits)
        with self._single_hits() as table:
            return arrived(table, where, before)

    def cross(
        self,
        view: str,
        other: str,
        rows: Sequence[str],
        columns: Sequence[str],
        start: int | None = None,
        end: int | None = None,
        where: Sequence[Filter] = (),
    ) -> Cross:
        """Return the sums of some keys of a view by some keys of another, from single hits."""
        with self._single_hits() as table:
            return cross(table, self._range(start, end, where), (self._view(view), self._view(other)), rows, columns)

    def by_second(self, start: int, end: int, where: Sequence[Filter] = ()) -> BySecond:
        """Return the hits of each second of a short range by class of status."""
        with self._single_hits() as table:
            return by_second(table, self._range(start, end, where))

    def sql(self, text: str, limit: int | None = None, stop: "Event | None" = None) -> "pa.Table":
        """Return the rows of a SELECT over `hits` and the views, unless told to `stop`; see `hitstream.query.sql`."""
        if self._hits is None:
            raise ConfigError("SQL looks at single hits, and none are kept.", _NO_HITS)
        return run(self._hits.files(), self._views, text, limit, stop=stop)

    def health(self, now: float) -> Health:
        """Return how the pipeline stands at a time, s since 1970: by a few rows, no hits are read."""
        if self._facts is None:
            raise ConfigError("No pipeline fills what was read once.", _NO_HITS)
        return judge(self._facts.facts(), now)

    def counts(self) -> LineCounts:
        """Return how many lines were read, and what they were."""
        return self._reader.counts()

    def bad_lines(self, limit: int = -1) -> Sequence[BadLine]:
        """Return the kept bad lines, all or so many, by source and position."""
        return self._reader.bad_lines(limit)

    def source_formats(self) -> Sequence[SourceFormat]:
        """Return the format of every source, and the path it was read from."""
        return self._reader.source_formats()

    def bad_reasons(self) -> Sequence[BadReasonCount]:
        """Return how many lines did not parse, and why."""
        return self._reader.bad_reasons()

    def _view(self, name: str) -> View:
        return view_named(name, self._views)

    def _range(self, start: int | None, end: int | None, where: Sequence[Filter] = ()) -> HitFilter:
        """Return the range that is asked for, open ends at full days."""
        condition(where, {})  # an error of a filter comes before any reading
        day = SECONDS["day"]
        first, last = self._reader.span() or (start or 0, (start or 0) - 1)
        start = first // day * day if start is None else start
        end = max(start, -(-(last + 1) // day) * day) if end is None else end
        if start > end:
            raise ConfigError(f"The range starts at {start} and ends before, at {end} (seconds since 1970).")
        return HitFilter(start, end, where)

    def _sums(self, plan: Plan, edge: EdgeReader, *, whole: bool) -> Totals:
        """Return the sums of cells; of the `whole` also what has no time."""
        found, sent, errors = self._cells.sums(plan, edge)
        union = self._cells.visitors(self._traffic, plan, edge)
        counts = self._reader.counts() if whole else None
        first, last = self._cells.ends(plan.start, plan.end) if found else (None, None)
        visitors, error = (union.visitors, union.error) if union else (None, 0.0)
        lines, bad = (counts.lines, counts.bad) if counts else (None, None)
        if counts and found:
            first, last = self.span() or (first, last)
        return Totals(lines, found, bad, sent, errors, visitors, error, first, last, plan.start, plan.end)

    @contextmanager
    def _planned(self, view: View, start: int | None, end: int | None) -> Iterator[_Planned | None]:
        """Give how cells answer a range, all of one state; None where one look at its single hits is better."""
        with self._reader.snapshot():
            asked = self._range(start, end)
            plan = self._cells.plan(view, asked.start, asked.end, exact=self._hits is not None)
            if not plan.needs_hits:
                yield _Planned(plan, _no_edge)
                return
        if self._hits is None:
            raise ConfigError(f"{view.name} is not kept as finely as this range.", "Choose whole days.")
        if asked.end - asked.start <= SHORT:
            yield None
            return
        with self._hits.snapshot() as table:
            asked = self._range(start, end)
            yield _Planned(self._cells.plan(view, asked.start, asked.end, exact=True), table.cells)

    @contextmanager
    def _filtered(self, asked: HitFilter, why: str = _SINGLE) -> Iterator[Selection | Scan]:
        """Give what answers about the hits of a range that pass filters."""
        with self._single_hits(why) as table, self._selections.find(table, asked) as selection:
            yield selection or Scan(table, asked)

    @contextmanager
    def _single_hits(self, why: str = _SINGLE) -> Iterator[HitTable]:
        if self._hits is None:
            raise ConfigError(f"{why}, and none are kept.", _NO_HITS)
        with self._hits.table() as table:
            yield table


def _no_edge(_view: View, _start: int, _end: int) -> list[Cells]:
    raise AssertionError("the plan has no piece that needs single hits")


def _no_visitors(view: View) -> str:
    return f"{view.name} counts visitors by {', '.join(view.visitors) or 'nothing'} only"


def _grain(view: View, asked: HitFilter) -> Grain:
    fitting = (
        grain for grain in SECONDS if grain in view.grains and asked.end - asked.start <= POINTS * SECONDS[grain]
    )
    return next(fitting, "day")


def _buckets(asked: HitFilter, grain: Grain) -> HitFilter:
    """Return the whole buckets that a range touches."""
    step = SECONDS[grain]
    start, end = asked.start // step * step, -(-asked.end // step) * step
    if end - start > MOST_POINTS * step:
        raise ConfigError(f"A series by {grain} has more than {MOST_POINTS:,} points.", "Ask for a coarser grain.")
    return asked._replace(start=start, end=end)
