"""`hitstream.open`: a data directory, or the cluster, to ask in Python.

Every answer is one of `query.Query`, which the dashboard and the reports ask too; what is added here is how a person
writes a question (times and filters as text) and reads an answer (Arrow, a table in a notebook, a chart).
"""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from hitstream import pipeline
from hitstream.api.answers import HeatMap, Series, Top
from hitstream.clock import SystemClock
from hitstream.query import Filter, Query, Totals, Visitors, parse_filter, parse_time
from hitstream.query.cells import Measure
from hitstream.record import BadLine
from hitstream.text import account
from hitstream.views.table import Grain

if TYPE_CHECKING:
    import pyarrow as pa

Time = str | int | datetime | date | None
"""Seconds since 1970 UTC; `1995-07-01`, `2015-05-17T10:05` (UTC), `-24h` (ago), `now`; a datetime (UTC where it has no
zone) or date; None leaves the end of a range open."""
Where = str | Filter | Iterable[str | Filter]
"""Filters that all have to hold: `status>=400`, `host~nasa`, `path!=/`; see docs/query.md."""


def open(where: str | Path | None = None) -> "Data":
    """Open a data directory to ask it, while another process may ingest into it.

    Args:
        where: the directory; or the word "cluster", for the cluster that the settings name (a directory of that name is
            Path("cluster")). Where not given, the setting `data` says it.

    Raises:
        ConfigError: it is no data directory.
        Retryable: the cluster does not answer.
        Fatal: its database is damaged.
    """
    return Data(where)


class Data:
    """What `open` gives: a `with` block, or `close`, lets go of it. For one thread at a time.

    Ranges have their start and not their end; without one a question is about everything. Each question raises
    ConfigError for a view, time, filter, measure or grain that is none.
    """

    def __init__(self, where: str | Path | None = None) -> None:
        self.where = pipeline.chosen(where)
        self._opened = ExitStack()
        self._query: Query = self._opened.enter_context(pipeline.asked(self.where))

    def __repr__(self) -> str:
        counts = self._query.counts()
        told = account(counts.lines, counts.hits, counts.bad)
        return f"hitstream.open({str(self.where)!r}): {told}"

    def close(self) -> None:
        """Let go of files, connections and memory."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def totals(self, start: Time = None, end: Time = None, *, where: Where = ()) -> Totals:
        """Return lines, hits, bad lines, bytes, errors and visitors of a range."""
        return self._query.totals(*_range(start, end), _filters(where))

    def series(
        self,
        view: str = "traffic",
        start: Time = None,
        end: Time = None,
        grain: Grain | None = None,
        *,
        where: Where = (),
        key: str | None = None,
    ) -> Series:
        """Return a point a minute, hour or day (without a grain: the finest of 2,000 points), gaps as zeros."""
        return Series(self._query.series(view, *_range(start, end), grain, _filters(where), key), key)

    def top(
        self,
        view: str,
        start: Time = None,
        end: Time = None,
        k: int = 10,
        *,
        by: Measure = "hits",
        where: Where = (),
    ) -> Top:
        """Return the k keys of a view with most hits, bytes, errors or visitors."""
        return Top(self._query.top(view, *_range(start, end), k, by, _filters(where)), by)

    def visitors(self, view: str = "traffic", start: Time = None, end: Time = None, *, where: Where = ()) -> Visitors:
        """Return the distinct visitors of all hits of a view, with the relative standard error of their number."""
        return self._query.visitors(view, *_range(start, end), _filters(where))

    def heat_map(self, start: Time = None, end: Time = None, *, where: Where = ()) -> HeatMap:
        """Return the hits by weekday and hour of the day, UTC."""
        return HeatMap(self._query.heat_map(*_range(start, end), _filters(where)))

    def hits(
        self,
        where: Where = (),
        start: Time = None,
        end: Time = None,
        *,
        limit: int = 1000,
        order: Literal["newest", "oldest"] = "newest",
    ) -> "pa.Table":
        """Return single hits, all columns, at most so many, in the order of their time."""
        return self._query.hits(*_range(start, end), _filters(where), limit, order)

    def sql(self, text: str, limit: int | None = None) -> "pa.Table":
        """Return the rows of a SELECT over the table `hits` and a view of each row of VIEWS; see docs/query.md."""
        return self._query.sql(text, limit)

    def bad_lines(self, limit: int = 100) -> list[BadLine]:
        """Return lines that did not parse, by source and position: those of each source that are kept."""
        return list(self._query.bad_lines(limit))


def _range(start: Time, end: Time) -> tuple[int | None, int | None]:
    return _seconds(start), _seconds(end)


def _seconds(instant: Time) -> int | None:
    if instant is None or isinstance(instant, int):
        return instant
    if isinstance(instant, str):
        return parse_time(instant, SystemClock())
    if not isinstance(instant, datetime):
        instant = datetime.combine(instant, time(), UTC)
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())


def _filters(where: Where) -> tuple[Filter, ...]:
    given: Any = [where] if isinstance(where, (str, Filter)) else where
    return tuple(each if isinstance(each, Filter) else parse_filter(each) for each in given)
