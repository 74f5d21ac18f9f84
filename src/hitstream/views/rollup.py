"""The one rollup: a batch of hits → the cells of every view at every grain.

Views whose keys come from the same columns of the line form a family. Hits are grouped once a family, at its finest
grain; its views regroup those few groups. Keys and visitors are integers all the way; texts are looked at once each.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hitstream.record import I16, I32, I64, NO_CODE, U64, Column, Hits, Texts
from hitstream.views.cells import Cells
from hitstream.views.columns import DERIVED
from hitstream.views.fold import fold
from hitstream.views.kernels import Measures, add, combine, group, meet, minutes, sketch, sort_rows, tally
from hitstream.views.sketch import visitor_hashes
from hitstream.views.table import SECONDS, VIEWS, Grain, View

FAMILIES: tuple[tuple[str, ...], ...] = (
    (),
    ("status",),
    ("status", "method", "protocol", "target"),
    ("host", "agent"),
    ("referrer",),
    ("vhost",),
    ("user",),
)
"""Columns of the line that are grouped together; a view belongs to the first row that has all it needs."""

MAX_ROWS = 1 << 20
"""Hits that one rollup takes at a time."""

KEY_SEPARATOR = "\x1f"
"""Stands between the parts of a key of several columns."""

_ROOT = {row.name: row.source for row in DERIVED}
_GRAINS = tuple(SECONDS)


class _Rows(NamedTuple):
    """The hits as integers: minutes and visitors are numbered, visitors by their hashes, and so rows in `order`."""

    columns: dict[str, Column]
    minute: I32
    minutes: I64
    visitor: I32
    order: I32
    hashes: U64
    sent: I64
    status: I16


class _Family(NamedTuple):
    """Hits grouped into cells by (bucket, combination), and the visitors of groups of cells.

    `rows` has one hit of each combination of the family's columns, to read its keys from. A group is the cells that
    are the same combination in the same bucket of the finest grain at which visitors are counted; `met` and `people`
    are its distinct visitors, ascending.
    """

    rows: I64
    bucket: I64
    combination: I64
    measures: Measures
    group_of: I64
    groups: int
    met: I32
    people: I32


def rollup(hits: Hits, views: tuple[View, ...] = VIEWS) -> list[Cells]:
    """Return the cells of at most MAX_ROWS hits, derived columns included, for each view and grain that has any."""
    if not len(hits):
        return []
    rows = _rows(hits)
    found: list[Cells] = []
    for columns, members in _plan(views):
        present = [row for row in members if all(column in rows.columns for column in row.key)]
        if present:
            family = _family(rows, [column for column in columns if column in rows.columns], present)
            for row in present:
                keys = _keys(rows.columns, family.rows, row)
                found += [_cells(rows, family, row, grain, *keys) for grain in row.grains]
    return [cells for cells in found if len(cells)]


@lru_cache(maxsize=8)
def _plan(views: tuple[View, ...]) -> list[tuple[tuple[str, ...], list[View]]]:
    """Return each family with its views; a view that fits none makes a family of its own."""
    plan: dict[tuple[str, ...], list[View]] = {}
    for row in views:
        needs = {_ROOT.get(column, column) for column in row.key} | ({"status"} if row.status else set())
        family = next((f for f in FAMILIES if needs <= set(f)), tuple(sorted(needs)))
        plan.setdefault(family, []).append(row)
    return list(plan.items())


def _rows(hits: Hits) -> _Rows:
    minute, starts = minutes(hits.time)
    visitor, hashes = _visitors(hits)
    order = sort_rows(visitor, len(hashes))
    columns = hits.text | {"status": _status(hits)}
    return _Rows(columns, minute, starts * SECONDS["minute"], visitor, order, hashes, hits.bytes, hits.status)


def _status(hits: Hits) -> Column:
    found = np.flatnonzero(np.bincount(hits.status))
    code_of = np.empty(int(found[-1]) + 1, np.int32)
    code_of[found] = np.arange(len(found))
    return Column(code_of[hits.status], Texts.encode([f"{status:03}" for status in found.tolist()]))


def _visitors(hits: Hits) -> tuple[I32, U64]:
    """Return (each row's number of its visitor, their hashes in ascending order)."""
    columns = [hits.text[name] for name in ("host", "agent") if name in hits.text]
    if not columns:
        return np.zeros(len(hits), np.int32), np.zeros(1, np.uint64)
    ids, firsts = _combinations(columns)
    hashes = visitor_hashes([(column.texts, column.codes[firsts]) for column in columns])
    order = np.argsort(hashes)
    ordered = hashes[order]
    distinct = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.cumsum(distinct) - 1
    return rank[ids], ordered[distinct]


def _combinations(columns: list[Column]) -> tuple[I32, I64]:
    """Return (each row's number of its combination of codes, the first row of each combination)."""
    return combine([(column.codes, len(column.texts)) for column in columns])


def _family(rows: _Rows, columns: list[str], views: list[View]) -> _Family:
    if columns:
        ids, firsts = _combinations([rows.columns[column] for column in columns])
    else:
        ids, firsts = np.zeros_like(rows.minute), np.zeros(1, np.int64)
    of_minute, starts = group(_start(rows.minutes, _finest(grain for row in views for grain in row.grains)))
    cells, keys, measures = tally(of_minute, len(starts), rows.minute, ids, len(firsts), rows.sent, rows.status)
    bucket, combination = starts[keys // len(firsts)], keys % len(firsts)
    none = np.zeros(0, np.int32)
    family = _Family(firsts, bucket, combination, measures, np.zeros_like(bucket), 0, none, none)
    counted = [grain for row in views for grain in row.visitors]
    if not counted:
        return family
    of_bucket, starts = group(_start(bucket, _finest(counted)))
    group_of, groups = group(of_bucket * len(firsts) + combination, len(starts) * len(firsts))
    met, people = meet(rows.order, rows.visitor, cells, group_of, len(groups))
    return family._replace(group_of=group_of, groups=len(groups), met=met, people=people)


def _finest(grains: Iterable[Grain]) -> Grain:
    return min(grains, key=_GRAINS.index)


def _start(seconds: I64, grain: Grain) -> I64:
    return seconds - seconds % SECONDS[grain]


def _cells(rows: _Rows, family: _Family, view: View, grain: Grain, key_of: I64, texts: Texts) -> Cells:
    """Regroup a family by one view's key at one grain; a combination has its key code, NO_CODE for none."""
    key, bucket, measures, group_of = key_of[family.combination], family.bucket, family.measures, family.group_of
    kept = key != NO_CODE
    if not kept.all():
        key, bucket, group_of = key[kept], bucket[kept], group_of[kept]
        measures = measures[0][kept], measures[1][kept], measures[2][kept]
    ids, starts = group(_start(bucket, grain))
    size = max(len(texts), 1)
    ids, cells = group(ids * size + key, len(starts) * size)
    sums = add(ids, len(cells), measures)
    sketches = np.zeros(len(cells) + 1, np.int64), np.zeros(0, np.uint64)
    if grain in view.visitors:
        cell_of = np.full(family.groups, -1)
        cell_of[group_of] = ids
        sketches = sketch(family.met, family.people, cell_of, len(cells), rows.hashes, view.sketch)
    column = Column((cells % size).astype(np.int32), texts)
    found = Cells(view.name, grain, starts[cells // size], column, *sums, *sketches)
    return fold(found, view.bound, view.sketch)


def _keys(columns: dict[str, Column], firsts: I64, view: View) -> tuple[I64, Texts]:
    """Return (the key code of each combination, the keys' texts); NO_CODE where the view leaves the hits out."""
    if view.key:
        parts = [columns[name] for name in view.key]
        codes = parts[0].codes[firsts].astype(np.int64)
        texts = parts[0].texts
        if len(parts) > 1:
            codes, texts = _joined(parts, firsts)
    else:
        codes, texts = np.zeros(len(firsts), np.int64), Texts.encode([""])
    if view.status:
        status = columns["status"]
        wanted = [code for code, text in enumerate(status.texts.decode()) if text == f"{view.status:03}"]
        codes = np.where(np.isin(status.codes[firsts], wanted), codes, NO_CODE)
    return codes, texts


def _joined(parts: list[Column], firsts: I64) -> tuple[I64, Texts]:
    texts = [[*part.texts.decode(), None] for part in parts]  # NO_CODE is also the index of the last one
    codes_of = (part.codes[firsts].tolist() for part in parts)
    rows = zip(*([known[code] for code in codes] for known, codes in zip(texts, codes_of, strict=True)), strict=True)
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(KEY_SEPARATOR.join(row), len(code_of)) if None not in row else NO_CODE for row in rows]
    return np.array(codes, np.int64), Texts.encode(list(code_of))
