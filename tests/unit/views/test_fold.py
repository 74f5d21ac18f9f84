"""Past the bound the tail of a bucket folds into `(other)`: the same tail always, and no hit is lost."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.record import NO_CODE, Column, Texts
from hitstream.testing.hits import hits_of
from hitstream.testing.reference_views import Cell, as_rows
from hitstream.views import OTHER, Cells, View, merge, pack, rollup, unpack
from hitstream.views.fold import fold

K = 4
VIEW = View("target", "Targets", ("target",), grains=("day",), sketch=K, bound=3)
Keys = st.sampled_from([None, "", "/", "/a", "/b", "/é", "/ü", "z", OTHER])
Sums = st.tuples(st.integers(1, 4), st.integers(0, 9), st.integers(0, 2), st.frozensets(st.integers(0, 9)))
Given = dict[tuple[int, str | None], tuple[int, int, int, frozenset[int]]]


def cells_of(found: Given, order: random.Random | None = None) -> Cells:
    """Return cells; `order` shuffles the codes that the keys have, and so the order of the cells."""
    texts = sorted({key for _, key in found if key is not None})
    if order:
        order.shuffle(texts)
    code_of = {text: code for code, text in enumerate(texts)} | {None: NO_CODE}
    rows = sorted((bucket, code_of[key], *sums) for (bucket, key), sums in found.items())
    sketches = [sorted(row[5])[:K] for row in rows]
    bucket, codes, hits, sent, errors = (np.array([row[i] for row in rows], np.int64) for i in range(5))
    return Cells(
        "target",
        "day",
        bucket,
        Column(codes.astype(np.int32), Texts.encode(texts)),
        hits,
        sent,
        errors,
        np.concatenate(([0], np.cumsum([len(sketch) for sketch in sketches]))).astype(np.int64),
        np.array([value for sketch in sketches for value in sketch], np.uint64),
    )


def expected(found: Given, bound: int) -> list[Cell]:
    """Fold slowly: a bucket with more than `bound` cells keeps the keys with most hits, ties by their text."""
    rows: list[Cell] = []
    for bucket in sorted({bucket for bucket, _ in found}):
        cells = {key: sums for (at, key), sums in found.items() if at == bucket}
        real = sorted((key for key in cells if key is not None), key=lambda key: (-cells[key][0], key.encode()))
        tail = [cells[key] for key in [*real[bound:], None] if key in cells]
        for key in real[:bound]:
            rows.append((bucket, key, *cells[key][:3], tuple(sorted(cells[key][3])[:K])))
        if tail:
            people = sorted(set().union(*(sorted(sums[3])[:K] for sums in tail)))[:K]
            rows.append((bucket, None, *(sum(sums[i] for sums in tail) for i in range(3)), tuple(people)))
    return sorted(rows, key=lambda row: (row[0], row[1] is not None, row[1] or ""))


Founds = st.dictionaries(st.tuples(st.sampled_from([-86400, 0, 86400]), Keys), Sums, max_size=24)


@examples(70)
@given(found=Founds, bound=st.integers(1, 8))
def test_the_keys_with_most_hits_stay_and_the_others_fold(found: Given, bound: int) -> None:
    assert as_rows(fold(cells_of(found), bound, K)) == expected(found, bound)


@examples(30)
@given(found=Founds, bound=st.integers(1, 8), order=st.randoms(use_true_random=False))
def test_a_fold_does_not_depend_on_the_order_of_the_cells(found: Given, bound: int, order: random.Random) -> None:
    assert as_rows(fold(cells_of(found, order), bound, K)) == as_rows(fold(cells_of(found), bound, K))


@examples(30)
@given(parts=st.lists(Founds, min_size=1, max_size=4))
def test_sums_survive_any_folding_and_merging(parts: list[Given]) -> None:
    cells = [fold(cells_of(part), VIEW.bound, K) for part in parts]
    merged = merge([merge(cells[:2], VIEW), *cells[2:]], VIEW)
    for measure, name in enumerate(("hits", "bytes", "errors")):
        assert getattr(merged, name).sum() == sum(sums[measure] for part in parts for sums in part.values())
    _, keys = np.unique(merged.bucket[merged.key.codes != NO_CODE], return_counts=True)
    assert (keys <= VIEW.bound).all()


@examples(30)
@given(found=Founds, bound=st.integers(1, 8))
def test_folding_twice_is_folding_once(found: Given, bound: int) -> None:
    once = fold(cells_of(found), bound, K)
    assert as_rows(fold(once, bound, K)) == as_rows(once)


def folded(*targets: str) -> Cells:
    (cells,) = rollup(hits_of([{"time": 0, "target": target, "bytes": 1} for target in targets]), (VIEW,))
    return cells


def test_at_its_bound_a_block_holds_every_key() -> None:
    assert [row[1] for row in as_rows(folded("a", "b", "c"))] == ["a", "b", "c"]


def test_ties_are_broken_by_the_text_of_the_key() -> None:
    assert [row[1:3] for row in as_rows(folded("d", "c", "b", "a", "d"))] == [(None, 1), ("a", 1), ("b", 1), ("d", 2)]


def test_the_folded_tail_of_one_part_merges_with_that_of_another() -> None:
    merged = merge([folded("a", "b", "c", "d"), folded("a", "b", "c", "e", "f")], VIEW)
    assert [row[1:4] for row in as_rows(merged)] == [(None, 3, 3), ("a", 2, 2), ("b", 2, 2), ("c", 2, 2)]


def test_a_key_that_is_called_other_stays_apart_from_the_tail() -> None:
    cells = folded(OTHER, OTHER, "b", "c", "d", "e")
    there_and_back = unpack("target", "day", [(block.bucket, block.payload) for block in pack(cells)])
    for times, found in ((1, cells), (1, there_and_back), (2, merge([cells, there_and_back], VIEW))):
        rows = [(None, 2 * times), (OTHER, 2 * times), ("b", times), ("c", times)]
        assert [row[1:3] for row in as_rows(found)] == rows


@pytest.mark.parametrize("bound", [True, False])
def test_a_merge_folds_only_where_a_block_is_made(bound: bool) -> None:
    keys = [row[1] for row in as_rows(merge([folded("a", "b"), folded("c", "d")], VIEW, bound=bound))]
    assert keys == ([None, "a", "b", "c"] if bound else ["a", "b", "c", "d"])
