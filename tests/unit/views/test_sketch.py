"""Visitors: exact below K, estimated within the stated error from it on, hashed the same for ever."""

from dataclasses import replace

import numpy as np
import pytest
import xxhash
from datasketches import theta_union, update_theta_sketch
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.record import NO_CODE, U64, Column, Texts
from hitstream.testing.hits import hits_of
from hitstream.views import Cells, View, estimate, merge, rollup, standard_error
from hitstream.views.kernels import unite
from hitstream.views.sketch import is_estimated, visitor_hashes

Hashes = st.sets(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=12).map(sorted)


def texts(values: list[str | None]) -> tuple[Texts, np.ndarray]:
    known = list(dict.fromkeys(value for value in values if value is not None))
    codes = [NO_CODE if value is None else known.index(value) for value in values]
    return Texts.encode(known), np.array(codes, np.int32)


def sketch_of(hashes: U64, view: View) -> Cells:
    """Return one cell whose sketch holds the smallest of some hashes."""
    smallest = np.unique(hashes)[: view.sketch]
    one = np.ones(1, np.int64)
    key = Column(np.zeros(1, np.int32), Texts.encode([""]))
    starts = np.array([0, len(smallest)])
    return Cells(view.name, "day", 0 * one, key, one, one, one, starts, smallest)


@examples(60)
@given(
    sketches=st.lists(st.tuples(st.integers(0, 4), Hashes), min_size=1, max_size=12),
    limit=st.integers(1, 8),
)
def test_a_union_holds_the_smallest_hashes_of_all(sketches: list[tuple[int, list[int]]], limit: int) -> None:
    ids = np.array([cell for cell, _ in sketches])
    kept = [hashes[:limit] for _, hashes in sketches]
    starts = np.concatenate(([0], np.cumsum([len(hashes) for hashes in kept])))
    every = np.array([value for hashes in kept for value in hashes], np.uint64)
    found_starts, found = unite(ids, 5, starts, every, limit)
    for cell in range(5):
        expected = sorted(set().union(*(hashes for of, hashes in sketches if of == cell)))[:limit]
        assert found[found_starts[cell] : found_starts[cell + 1]].tolist() == expected


@pytest.mark.parametrize("visitors", [0, 1, 98, 99])
def test_below_k_the_count_is_exact(visitors: int) -> None:
    hashes = np.arange(visitors, dtype=np.uint64)
    assert estimate(np.array([0, visitors]), hashes, 100).tolist() == [visitors]


def test_from_k_on_it_is_estimated_by_the_kth_smallest_hash() -> None:
    hashes = np.arange(1, 101, dtype=np.uint64) * np.uint64(1 << 54)  # the 100th is 100 / 1024 of the range
    assert estimate(np.array([0, 100, 100]), hashes, 100).tolist() == [round(99 * 1024 / 100), 0]


def test_an_estimate_is_never_below_what_the_sketch_has_seen() -> None:
    hashes = np.array([1 << 63, 2**64 - 1], np.uint64)  # the second is nearly all of the range: 1 / 1 is less than 2
    assert estimate(np.array([0, 2]), hashes, 2).tolist() == [2]


def test_what_is_estimated_follows_from_the_error_of_it() -> None:
    error = standard_error(1024)
    assert [is_estimated(visitors, error) for visitors in (None, 0, 1023, 1024, 9999)] == [False] * 3 + [True] * 2
    assert not is_estimated(9999, 0.0)


def test_the_standard_error_is_that_of_k_minimum_values() -> None:
    assert standard_error(1024) == pytest.approx(1 / 1022**0.5)


@pytest.mark.parametrize("k", [1024, 16_384])
def test_the_estimate_agrees_with_apache_datasketches(k: int) -> None:
    """100 000 visitors in ten parts that overlap: both unions within four standard errors of the truth."""
    truth, view = 100_000, View("traffic", "Traffic", sketch=k)
    names = [f"host{i}.example.org" for i in range(truth)]
    hashes = visitor_hashes([(Texts.encode(names), np.arange(truth, dtype=np.int32))])
    parts = [range(start, min(start + 15_000, truth)) for start in range(0, truth, 10_000)]
    ours = merge([sketch_of(hashes[part], view) for part in parts], view)
    union = theta_union(k.bit_length() - 1)
    for part in parts:
        theirs = update_theta_sketch(k.bit_length() - 1)
        for i in part:
            theirs.update(names[i])
        union.update(theirs)
    allowed = 4 * standard_error(k) * truth
    (found,) = estimate(ours.starts, ours.visitors, k).tolist()
    assert abs(found - truth) < allowed
    assert abs(found - union.get_result().get_estimate()) < 2**0.5 * allowed
    assert found != truth, "an estimate of this many is never exact"


def test_a_union_of_parts_is_the_sketch_of_the_whole() -> None:
    view = View("traffic", "Traffic", grains=("hour", "day"), visitors=("hour", "day"), sketch=64)
    rows = [{"time": hour * 3_600_000_000, "host": f"h{i}"} for i in range(500) for hour in (i % 24, i % 5)]
    cells = {part.grain: part for part in rollup(hits_of(rows), (view,))}
    by_day = replace(cells["hour"], bucket=cells["hour"].bucket // 86400 * 86400)
    assert cells["day"].visitors.tolist() == merge([by_day], view).visitors.tolist()


@given(
    rows=st.lists(
        st.tuples(*[st.none() | st.text(st.characters(codec="utf-8"), max_size=40)] * 2), min_size=1, max_size=8
    )
)
def test_a_visitor_is_the_hash_of_its_agent_seeded_with_that_of_its_client(
    rows: list[tuple[str | None, str | None]],
) -> None:
    def expected(client: str | None, agent: str | None) -> int:
        found = 0 if client is None else xxhash.xxh64_intdigest(client.encode(), 0)
        return found if agent is None else xxhash.xxh64_intdigest(agent.encode(), found)

    columns = [texts([row[0] for row in rows]), texts([row[1] for row in rows])]
    assert visitor_hashes(columns).tolist() == [expected(*row) for row in rows]


GOLDEN = {
    ("", None): 0xEF46DB3751D8E999,  # as published with XXH64
    ("a", None): 0xD24EC4F1A98C6E5B,
    ("199.72.81.55", None): 0x7DE3FC458FFC134E,
    ("piweba3y.prodigy.com", None): 0xFE463B47568A87C2,
    ("10.0.0.1", "Mozilla/5.0"): 0x3D641BD489A4E141,
    ("10.0.0.1", ""): 0x292875C1F038BABF,
    (None, "Mozilla/5.0"): 0x5036C1A448FC70DB,
    (None, None): 0,
    ("josé", None): 0xB36B27E24A7EB8D6,
}
"""Stored sketches hold these for ever: a change of a value here makes every stored count of visitors wrong."""


@pytest.mark.parametrize("visitor", GOLDEN, ids=str)
def test_the_hash_of_a_visitor_never_changes(visitor: tuple[str | None, str | None]) -> None:
    columns = [texts([visitor[0]]), texts([visitor[1]])]
    assert hex(visitor_hashes(columns)[0]) == hex(GOLDEN[visitor])


def test_the_rollup_uses_that_hash() -> None:
    rows = [{"time": 0, "host": host, "agent": agent} for host, agent in GOLDEN if host and agent is not None]
    (cells,) = rollup(hits_of(rows), (View("traffic", "Traffic", grains=("day",)),))
    assert cells.visitors.tolist() == sorted(GOLDEN["10.0.0.1", agent] for agent in ("", "Mozilla/5.0"))


def test_hashes_are_spread_evenly() -> None:
    """Chi-square over 64 equal parts of the range: mean 63, standard deviation 11."""
    names = [f"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}" for i in range(20_000)]
    hashes = visitor_hashes([(Texts.encode(names), np.arange(len(names), dtype=np.int32))])
    counts = np.bincount((hashes >> np.uint64(58)).astype(np.int64), minlength=64)
    assert ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 63 + 5 * 11.3


def test_a_column_without_texts_counts_like_one_that_is_not_there() -> None:
    one, none = texts(["a", "b"]), texts([None, None])
    assert visitor_hashes([one, none]).tolist() == visitor_hashes([one]).tolist()
    assert visitor_hashes([none, one]).tolist() == visitor_hashes([one]).tolist()
