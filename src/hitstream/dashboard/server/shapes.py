"""What the API's answers look like, and how they are made of those of `query/`. Times are ISO 8601 in UTC."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import TypedDict

from hitstream.query import Place, answers
from hitstream.query import health as judged
from hitstream.query.sql import type_name
from hitstream.record import BadLine
from hitstream.report.as_json import iso
from hitstream.views.table import View

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.query.readers import BadReasonCount
    from hitstream.query.values import ColumnValue

_BATCH = 4096
_LARGEST = 2**53
"""Whole numbers beyond it are written as text: those who read them as floats would read others."""


class ViewJson(TypedDict):
    """A view: its key's columns, the steps it is kept in, those at which visitors are counted."""

    name: str
    title: str
    key: list[str]
    grains: list[str]
    visitors: list[str]


class TotalsJson(TypedDict):
    """Sums; lines and bad lines of everything only. `visitors_error` is relative, 0 where visitors are exact."""

    start: str
    end: str
    lines: int | None
    hits: int
    bad_lines: int | None
    bytes: int
    errors: int
    visitors: int | None
    visitors_error: float
    first: str | None
    last: str | None


class SeriesJson(TypedDict):
    """A point every `step` seconds from `start` on; `visitors_error` is relative, of those that are estimated."""

    view: str
    start: str
    end: str
    step: int
    hits: list[int]
    bytes: list[int]
    errors: list[int]
    visitors: list[int | None]
    visitors_error: float


class Key(TypedDict):
    """The sums of a key."""

    key: str
    hits: int
    bytes: int
    errors: int
    visitors: int | None


class TopJson(TypedDict):
    """The largest of so many `keys`; `other` sums what was folded.

    Rows are `exact` where nothing was folded and no visitors are estimated. `visitors_error` is the relative standard
    error of those that are: their number is K or more, and 1 / visitors_error² = K - 2.
    """

    view: str
    start: str
    end: str
    rows: list[Key]
    other: Key | None
    keys: int
    exact: bool
    visitors_error: float


class SuggestedValue(TypedDict):
    """A value of a column."""

    value: str
    hits: int


class Values(TypedDict):
    """The most frequent values of a column that contain a text."""

    column: str
    values: list[SuggestedValue]


class VisitorsJson(TypedDict):
    """Distinct visitors, and the relative standard error of their number."""

    start: str
    end: str
    visitors: int
    error: float


class HeatMapJson(TypedDict):
    """Hits by weekday (7 rows, Monday first) and hour (24 columns)."""

    start: str
    end: str
    hits: list[list[int]]


class Rows(TypedDict):
    """A table."""

    columns: list[str]
    rows: list[list[Any]]


class PageJson(Rows):
    """Hits in their order; `next` is what `beyond` asks for the page after, None where this one is not full."""

    next: str | None


class Statement(Rows):
    """The first rows of a statement's answer."""

    types: list[str]
    """What SQL calls the types of the columns."""
    cut: bool
    """Whether there are more rows."""
    seconds: float
    """How long it took, without waiting."""


class Bad(TypedDict):
    """A line that did not parse; bytes that are no text are written as escapes."""

    source: str
    offset: int
    reason: str
    line: str


class Reason(TypedDict):
    """How many lines of a source did not parse for one reason, and how many of them are kept."""

    source: str
    reason: str
    lines: int
    kept: int


class BadLinesJson(TypedDict):
    """Bad lines and their reasons."""

    reasons: list[Reason]
    lines: list[Bad]


class StageJson(TypedDict):
    """A stage of the pipeline: ok, late, stopped or failing, and why; its flow since the ingest began."""

    name: str
    state: str
    why: str
    received: int
    sent: int
    dropped: int
    errors: int


class SourceJson(TypedDict):
    """How much of a source is not yet read."""

    path: str
    unread_bytes: int
    seconds: float
    problem: str


class FormatInUse(TypedDict):
    """What was read of a source with one format, from a position on."""

    path: str
    source: str
    start: int
    format: str
    lines: int
    hits: int
    bad: int


class HealthJson(TypedDict):
    """How the pipeline stands."""

    state: str
    reasons: list[str]
    running: bool
    beat_age: float | None
    stages: list[StageJson]
    sources: list[SourceJson]
    formats: list[FormatInUse]
    audit: str
    lines: int
    hits: int
    bad_lines: int
    lines_per_second: float
    bytes_per_second: float
    newest_hit: str | None
    staged_hits: int
    archive_hits: int | None
    archive_bytes: int | None
    database_bytes: int
    batches: int
    recomputed_batches: int


def as_json(value: Any) -> bytes:
    """Write a value so that nothing in it can be obeyed: as ASCII, all else escaped."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def view(row: View) -> ViewJson:
    """Describe a view."""
    return ViewJson(
        name=row.name, title=row.title, key=list(row.key), grains=list(row.grains), visitors=list(row.visitors)
    )


def totals(answer: answers.Totals) -> TotalsJson:
    """Write totals."""
    ends = {name: None if (at := getattr(answer, name)) is None else iso(at) for name in ("first", "last")}
    return cast("TotalsJson", _within(answer) | ends)


def series(answer: answers.SeriesAnswer) -> SeriesJson:
    """Write a series."""
    plain = _within(answer)
    del plain["grain"]
    return cast("SeriesJson", plain)


def top(answer: answers.TopAnswer) -> TopJson:
    """Write a top list."""
    keys: dict[str, Any] = {"rows": [_key(row) for row in answer.rows], "other": answer.other and _key(answer.other)}
    keys["exact"] = answer.exact and not answer.visitors_error
    return cast("TopJson", _within(answer) | keys)


def column_values(column: str, found: "Sequence[ColumnValue]") -> Values:
    """Write values of a column."""
    return {"column": column, "values": [{"value": each.value, "hits": each.hits} for each in found]}


def visitors(answer: answers.Visitors) -> VisitorsJson:
    """Write visitors."""
    return cast("VisitorsJson", _within(answer))


def heat_map(answer: answers.HeatMapAnswer) -> HeatMapJson:
    """Write a heat map."""
    return cast("HeatMapJson", _within(answer))


def rows(table: "pa.Table") -> Rows:
    """Write a table; what JSON has no word for becomes text."""
    return Rows(columns=table.column_names, rows=list(values(table)))


def page(table: "pa.Table", limit: int) -> PageJson:
    """Write a page of so many hits at most."""
    return PageJson(**rows(table), next=_place_of(table) if table.num_rows == limit else None)


def _place_of(table: "pa.Table") -> str:
    """Write the place of the last hit."""
    time, source, offset = (table.column(name)[-1] for name in ("time", "source", "offset"))
    return Place(time.value, source.as_py(), offset.as_py()).written


def values(table: "pa.Table") -> Iterator[list[Any]]:
    """Yield the rows of a table, a few thousand at a time in memory."""
    for batch in table.to_batches(max_chunksize=_BATCH):
        columns = ([_plain(value) for value in column.to_pylist()] for column in batch.columns)
        yield from map(list, zip(*columns, strict=True))


def statement(table: "pa.Table", limit: int, seconds: float) -> Statement:
    """Write the first rows of an answer that has up to one more."""
    shown = rows(table.slice(0, limit))
    types = [type_name(kind) for kind in table.schema.types]
    return Statement(**shown, types=types, cut=table.num_rows > limit, seconds=round(seconds, 4))


def bad_lines(lines: Sequence[BadLine], reasons: "Sequence[BadReasonCount]") -> BadLinesJson:
    """Write bad lines."""
    told = [Reason(source=x.source, reason=x.reason, lines=x.lines, kept=x.kept) for x in reasons]
    kept = [Bad(source=x.source, offset=x.offset, reason=x.reason, line=_text(x.data)) for x in lines]
    return BadLinesJson(reasons=told, lines=kept)


def health(answer: judged.Health) -> HealthJson:
    """Write how the pipeline stands."""
    facts, vitals = answer.facts, answer.facts.vitals
    archive = vitals.archive if vitals else None
    return HealthJson(
        state=answer.state,
        reasons=list(answer.reasons),
        running=answer.running,
        beat_age=answer.beat_age,
        stages=[_stage(stage) for stage in answer.stages],
        sources=[
            SourceJson(path=x.path, unread_bytes=x.bytes, seconds=x.seconds, problem=x.problem)
            for x in (vitals.lags if vitals else ())
        ],
        formats=[cast("FormatInUse", row._asdict()) for row in facts.sections],
        audit=answer.audit[1],
        lines=facts.counts.lines,
        hits=facts.counts.hits,
        bad_lines=facts.counts.bad,
        lines_per_second=answer.rate[0],
        bytes_per_second=answer.rate[1],
        newest_hit=iso(vitals.newest) if vitals and vitals.newest is not None else None,
        staged_hits=facts.staged_hits,
        archive_hits=archive.hits if archive else None,
        archive_bytes=archive.bytes if archive else None,
        database_bytes=facts.database_bytes,
        batches=facts.cut.published,
        recomputed_batches=facts.cut.coverage,
    )


def _stage(stage: judged.StageHealth) -> StageJson:
    return cast("StageJson", {"name": stage.name, "state": stage.state, "why": stage.why, **stage.flow._asdict()})


def _within(answer: Any) -> dict[str, Any]:
    return answer._asdict() | {"start": iso(answer.start), "end": iso(answer.end)}  # type: ignore[no-any-return]


def _key(row: answers.Row) -> Key:
    return cast("Key", row._asdict())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    write = next((write for kinds, write in _WORDS if isinstance(value, kinds)), str)
    return write(value)


def _number(value: Decimal) -> int | str:
    return _whole(int(value)) if value == value.to_integral_value() else str(value)


def _whole(value: int) -> int | str:
    return value if abs(value) <= _LARGEST else str(value)


_WORDS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((type(None), bool, str), lambda value: value),
    ((int,), _whole),
    ((float,), lambda value: value if math.isfinite(value) else None),
    ((Decimal,), _number),
    ((bytes,), _text),
    ((date, datetime), lambda value: value.isoformat()),
)
