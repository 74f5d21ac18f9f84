"""The one rollup: a batch of hits → the cells of every view at every grain.

Views whose keys come from the same columns of the line form a family. Hits are grouped once a family, at its finest
grain; its views regroup those few groups. Keys and visitors are integers all the way; texts are looked at once each.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hitstream.record import I64, NO_CODE, U64, Column, Hits, Texts
from hitstream.views.cells import Cells
from hitstream.views.columns import DERIVED
from hitstream.views.fold import fold
from hitstream.views.kernels import add, group, number, positions, sketch
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
"""Hits that one rollup takes at a time: (bucket, key, visitor) then always packs into 63 bits."""

KEY_SEPARATOR = "\x1f"
"""Stands between the parts of a key of several columns."""

_ROOT = {row.name: row.source for row in DERIVED}
_GRAINS = tuple(SECONDS)

Measures = tuple[I64, I64, I64]


class _Rows(NamedTuple):
    """The hits as integers: minutes and visitors are numbered, visitors in the order of their hashes."""

    columns: dict[str, Column]
    minute: I64
    minutes: I64
    visitor: I64
    hashes: U64
    measures: Measures


class _Family(NamedTuple):
    """Hits grouped by (bucket, combination), and the distinct (bucket, combination, visitor) among them.

    `rows` has one hit of each combination of the family's columns, to read its keys from.
    """

    rows: I64
    bucket: I64
    combination: I64
    measures: Measures
    seen_bucket: I64
    seen_combination: I64
    seen_visitor: I64


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
            found += [_cells(rows, family, row, grain) for row in present for grain in row.grains]
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
    minute, minutes, _ = number(hits.time // 60_000_000)
    visitor, hashes = _visitors(hits)
    measures = (
        np.ones(len(hits), np.int64),
        np.maximum(hits.bytes, 0),
        (hits.status >= 400).astype(np.int64),
    )
    return _Rows(hits.text | {"status": _status(hits)}, minute, minutes * 60, visitor, hashes, measures)


def _status(hits: Hits) -> Column:
    _, found, _ = number(hits.status.astype(np.int64), 1000)
    code_of = np.empty(int(found.max()) + 1, np.int32)
    code_of[found] = np.arange(len(found))
    return Column(code_of[hits.status], Texts.encode([f"{status:03}" for status in found.tolist()]))


def _visitors(hits: Hits) -> tuple[I64, U64]:
    columns = [hits.text[name] for name in ("host", "agent") if name in hits.text]
    if not columns:
        return np.zeros(len(hits), np.int64), np.zeros(1, np.uint64)
    ids, firsts = _combine(columns)
    hashes = visitor_hashes([(column.texts, column.codes[firsts]) for column in columns])
    ordered, rank = np.unique(hashes, return_inverse=True)
    return rank[ids], ordered


def _combine(columns: list[Column]) -> tuple[I64, I64]:
    """Return (each row's number of its combination of codes, the first row of each combination)."""
    ids, firsts = np.zeros(len(columns[0].codes), np.int64), np.zeros(1, np.int64)
    for column in columns:
        if len(column.texts) > 1 or NO_CODE in column.codes:
            size = len(column.texts) + 1  # NO_CODE is one more
            ids, _, firsts = number(ids * size + (column.codes + 1), len(firsts) * size)
    return ids, firsts


def _family(rows: _Rows, columns: list[str], views: list[View]) -> _Family:
    empty = np.zeros(0, np.int64)
    if columns:
        combination, firsts = _combine([rows.columns[column] for column in columns])
    else:
        combination, firsts = np.zeros(len(rows.minute), np.int64), np.zeros(1, np.int64)
    bucket, starts = _buckets(rows, {grain for row in views for grain in row.grains})
    ids, keys, _ = number(bucket * len(firsts) + combination, len(starts) * len(firsts))
    sums = add(ids, len(keys), rows.measures)
    family = _Family(firsts, starts[keys // len(firsts)], keys % len(firsts), sums, empty, empty, empty)
    counted = {grain for row in views for grain in row.visitors}
    if not counted:
        return family
    bucket, starts = _buckets(rows, counted)
    people = len(rows.hashes)
    _, keys, _ = number((bucket * len(firsts) + combination) * people + rows.visitor)
    pairs = keys // people
    return family._replace(
        seen_bucket=starts[pairs // len(firsts)],
        seen_combination=pairs % len(firsts),
        seen_visitor=keys % people,
    )


def _buckets(rows: _Rows, grains: set[Grain]) -> tuple[I64, I64]:
    """Return (each row's number of its bucket at the finest of the grains, the buckets' starts)."""
    of_minute, starts = group(_start(rows.minutes, min(grains, key=_GRAINS.index)))
    return of_minute[rows.minute], starts


def _start(seconds: I64, grain: Grain) -> I64:
    return seconds - seconds % SECONDS[grain]


def _cells(rows: _Rows, family: _Family, view: View, grain: Grain) -> Cells:
    """Regroup a family by one view's key at one grain."""
    key_of, texts = _keys(rows.columns, family.rows, view)
    kept = key_of[family.combination] != NO_CODE
    bucket, key = _start(family.bucket[kept], grain), key_of[family.combination[kept]]
    ids, starts = group(bucket)
    size = max(len(texts), 1)
    ids, cells = group(ids * size + key, len(starts) * size)
    hits, sent, errors = add(ids, len(cells), tuple(measure[kept] for measure in family.measures))
    sketches = _sketches(rows, family, view, grain, key_of, starts, cells, size)
    column = Column((cells % size).astype(np.int32), texts)
    return fold(
        Cells(view.name, grain, starts[cells // size], column, hits, sent, errors, *sketches),
        view.bound,
        view.sketch,
    )


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


def _sketches(
    rows: _Rows, family: _Family, view: View, grain: Grain, key_of: I64, starts: I64, cells: I64, size: int
) -> tuple[I64, U64]:
    """Return (starts, hashes) of the sketches of `cells`, each a bucket's number * size + its key."""
    if grain not in view.visitors:
        return np.zeros(len(cells) + 1, np.int64), np.zeros(0, np.uint64)
    key = key_of[family.seen_combination]
    kept = key != NO_CODE
    bucket = np.searchsorted(starts, _start(family.seen_bucket[kept], grain))
    cell = positions(bucket * size + key[kept], cells, len(starts) * size)
    counted, found = sketch(cell, family.seen_visitor[kept], (len(cells), len(rows.hashes)), view.sketch)
    return counted, rows.hashes[found]
