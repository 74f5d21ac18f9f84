"""Cells add up to the same, however the hits were split and in whatever order the parts come."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.testing.hits import Row, batches, hits_of
from hitstream.testing.reference_views import Cell, as_rows
from hitstream.views import SECONDS, VIEWS, Cells, Grain, View, derive, merge, pack, rollup, unpack
from hitstream.views.merge import empty
from hitstream.views.table import ALL

SMALL = (
    View("traffic", "Traffic", grains=ALL, visitors=ALL, sketch=3),
    View("target", "Targets", ("path",), grains=ALL, visitors=ALL, sketch=4),
    View("pair", "Pairs", ("method", "status")),
)
"""Views whose sketches are full at once."""

Split = tuple[list[Row], list[int]]


@st.composite
def splits(draw: st.DrawFn, parts: int = 3) -> Split:
    """Hits, and for each the number of its part: parts interleave, and may be empty."""
    found = draw(batches())
    return found, draw(st.lists(st.integers(0, parts - 1), min_size=len(found), max_size=len(found)))


def rolled(found: list[Row], views: Sequence[View]) -> dict[tuple[str, Grain], Cells]:
    return {(cells.view, cells.grain): cells for cells in rollup(derive(hits_of(found)), tuple(views))}


def parts_of(split: Split, views: Sequence[View], parts: int = 3) -> list[dict[tuple[str, Grain], Cells]]:
    found, number = split
    return [rolled([row for row, n in zip(found, number, strict=True) if n == part], views) for part in range(parts)]


def stored(cells: Cells) -> Cells:
    """Return cells after a way through a store, blocks in reverse."""
    blocks = pack(cells)[::-1]
    return unpack(cells.view, cells.grain, [(block.bucket, block.payload) for block in blocks])


def same(left: Cells, right: Cells) -> bool:
    return (left.view, left.grain, as_rows(left)) == (right.view, right.grain, as_rows(right))


@examples(25)
@given(split=splits())
def test_parts_add_up_to_the_whole_through_a_store_and_without(split: Split) -> None:
    views = (*VIEWS, *(view._replace(name=f"small_{view.name}") for view in SMALL))
    whole, parts = rolled(split[0], views), parts_of(split, views)
    for view in views:
        for grain in view.grains:
            there = [part[view.name, grain] for part in parts if (view.name, grain) in part]
            if not there:
                assert (view.name, grain) not in whole
                continue
            expected = as_rows(whole[view.name, grain])
            assert as_rows(merge(there, view)) == expected
            assert as_rows(merge([stored(cells) for cells in there], view)) == expected


@examples(25)
@given(split=splits(), view=st.sampled_from(SMALL), grain=st.sampled_from(list(SECONDS)))
def test_merge_is_associative_and_commutative_and_has_an_identity(split: Split, view: View, grain: Grain) -> None:
    none = empty(view, "day") if grain not in view.grains else empty(view, grain)
    a, b, c = (part.get((view.name, none.grain), none) for part in parts_of(split, [view]))
    together = merge([a, b, c], view)
    assert same(together, merge([merge([a, b], view), c], view))
    assert same(together, merge([a, merge([b, c], view)], view))
    assert same(together, merge([c, b, a], view))
    assert same(together, merge([none, together], view))
    assert same(together, merge([together, none], view))
    assert same(together, merge([together], view))


@examples(25)
@given(found=batches(), view=st.sampled_from(SMALL[:2]), finer=st.sampled_from(["minute", "hour"]))
def test_finer_cells_at_coarser_times_merge_to_coarser_cells(found: list[Row], view: View, finer: Grain) -> None:
    cells = rolled(found, [view])
    for grain in ("hour", "day"):
        if (view.name, finer) in cells:
            fine = cells[view.name, finer]
            coarse = replace(fine, grain=grain, bucket=fine.bucket - fine.bucket % SECONDS[grain])
            assert same(merge([coarse], view), cells[view.name, grain])


@examples(25)
@given(found=batches(), view=st.sampled_from(SMALL))
def test_cells_moved_to_one_time_merge_to_the_rollup_of_the_hits_at_that_time(found: list[Row], view: View) -> None:
    days = rolled(found, [view]).get((view.name, "day"))
    if days is None:
        return
    first = int(days.bucket.min())
    at_once = rolled([row | {"time": first * 1_000_000} for row in found], [view])[view.name, "day"]
    moved = replace(days, bucket=np.full_like(days.bucket, first))
    assert same(merge([moved], view), at_once)


def test_merging_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merge([], SMALL[0])


def test_nothing_and_nothing_is_nothing() -> None:
    none = empty(SMALL[0], "hour")
    assert same(merge([none, none], SMALL[0]), none)


def test_cells_that_repeat_within_a_part_are_added() -> None:
    view = View("host", "Hosts", ("host",), grains=("day",))
    (cells,) = rollup(hits_of([{"time": 0, "host": "a", "bytes": 3}, {"time": 0, "host": "b", "bytes": 4}]), (view,))
    twice = stored(cells)
    repeated = reduce(lambda left, right: merge([left, right], view), [twice, twice, cells])
    assert [row[:4] for row in as_rows(repeated)] == [(0, "a", 3, 9), (0, "b", 3, 12)]


def test_merged_cells_stand_in_the_order_of_their_buckets() -> None:
    view = View("traffic", "Traffic", grains=("hour",))
    late, early = (rolled([{"time": time}], [view])["traffic", "hour"] for time in (7_200_000_000, -1))
    assert merge([late, early], view).bucket.tolist() == [-3600, 7200]


@examples(25)
@given(found=batches(), start=st.integers(-3, 3), width=st.integers(0, 3))
def test_cells_between_two_times_are_those_whose_bucket_is(found: list[Row], start: int, width: int) -> None:
    start, end = start * 86400, (start + width) * 86400
    for cells in rolled(found, SMALL).values():
        part = cells.between(start, end)
        assert as_rows(part) == [row for row in as_rows(cells) if start <= row[0] < end]
        assert as_rows(stored(part)) == as_rows(part) if len(part) else list(pack(part)) == []


def test_sums_past_32_bits_stay_exact() -> None:
    view = View("traffic", "Traffic", grains=("day",))
    (cells,) = rollup(hits_of([{"time": 0, "bytes": 1 << 61}]), (view,))
    assert as_rows(merge([cells] * 3, view))[0][:4] == (0, "", 3, 3 << 61)


def test_keys_of_many_parts_share_a_dictionary() -> None:
    view = View("host", "Hosts", ("host",), grains=("day",), visitors=())
    parts = [rolled([{"time": 0, "host": f"h{i % 50}"}], [view])["host", "day"] for i in range(200)]
    merged = merge(parts, view)
    assert len(merged.key.texts) == 50
    expected: list[Cell] = [(0, f"h{i}", 4, 0, 0, ()) for i in range(50)]
    assert as_rows(merged) == sorted(expected, key=lambda row: str(row[1]))


def test_parts_are_left_as_they_were() -> None:
    view = SMALL[1]
    cells = rolled([{"time": 0, "target": "/a", "host": "x"}, {"time": 1, "target": "/b", "host": "y"}], [view])
    part = cells["target", "day"]
    before = as_rows(replace(part, hits=part.hits.copy(), visitors=part.visitors.copy()))
    merge([part, part], view)
    assert as_rows(part) == before
    assert part.starts.dtype == np.int64
