"""What questions are answered with. Times are whole seconds since 1970 UTC, ranges have their start and not their end.

`start` and `end` of an answer are the range it speaks of. It is wider than the one asked for where cells are the only
thing to answer from and their buckets do not end there.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hitstream.views.cells import OTHER
from hitstream.views.table import Grain


class Row(NamedTuple):
    """The sums of one key. `visitors` is None where the view has no sketches for the range."""

    key: str
    hits: int
    bytes: int
    errors: int
    visitors: int | None


class Totals(NamedTuple):
    """The sums of a range.

    `lines` and `bad_lines` are None for a part of the hits (a range, a filter), since a bad line has neither time nor
    columns; otherwise lines = hits + bad_lines + directives. `first` and `last` are the seconds of the first and the
    last hit: exact for all hits and where a filter is given, and of a range as closely as its cells tell; None without
    hits.
    `visitors` is None where the cells at the range's edges have no sketches.
    """

    lines: int | None
    hits: int
    bad_lines: int | None
    bytes: int
    errors: int
    visitors: int | None
    visitors_error: float
    first: int | None
    last: int | None
    start: int
    end: int


class SeriesAnswer(NamedTuple):
    """A point a bucket, from `start` on, `step` seconds apart; buckets without hits are zeros.

    `visitors` has None where the view has no sketches at this grain; `visitors_error` is the relative standard error of
    those that are estimated, 0 where all are exact.
    """

    view: str
    grain: Grain
    start: int
    end: int
    step: int
    hits: list[int]
    bytes: list[int]
    errors: list[int]
    visitors: list[int | None]
    visitors_error: float = 0.0


class TopAnswer(NamedTuple):
    """The keys with the most of a measure, ties by key.

    `other` holds what was folded because a bucket had more keys than its bound; None if nothing was, and only then the
    rows are `exact`. `rest` sums the keys that are neither among the rows nor folded, None without any; its visitors
    are unknown, since those of several keys do not add. `keys` is how many keys there are, the folded ones aside.
    `visitors_error` is the relative standard error of the visitors of those rows that are estimated, 0 where all are
    exact.
    """

    view: str
    rows: list[Row]
    other: Row | None
    rest: Row | None
    keys: int
    exact: bool
    visitors_error: float
    start: int
    end: int


def rest(whole: Iterable[int], rows: Sequence[Row]) -> Row | None:
    """Return the sums of the keys that are not among the rows, given hits, bytes and errors of all; None if none."""
    listed = (sum(getattr(row, measure) for row in rows) for measure in ("hits", "bytes", "errors"))
    hits, sent, errors = (total - part for total, part in zip(whole, listed, strict=True))
    return Row(OTHER, hits, sent, errors, None) if hits else None


class Cross(NamedTuple):
    """The sums of keys of one view, the `rows`, by those of another, the `columns`.

    `cells` has for each row one `Row` a column, and one for all that is under none of them.
    """

    view: str
    other: str
    rows: list[str]
    columns: list[str]
    cells: list[tuple[Row, ...]]
    start: int
    end: int


class BySecond(NamedTuple):
    """Hits by class of status and second: `hits[4][0]` are 4xx of the first second, `hits[0]` those of no class."""

    start: int
    end: int
    hits: list[list[int]]


class Visitors(NamedTuple):
    """Distinct visitors and the relative standard error of their number: 0 where it is exact."""

    visitors: int
    error: float
    start: int
    end: int


class HeatMapAnswer(NamedTuple):
    """Hits by weekday (7 rows, Monday first) and hour of the day (24 columns), UTC."""

    hits: list[list[int]]
    start: int
    end: int
