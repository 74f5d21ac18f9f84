"""The rollup gives what a slow, obvious count gives, for every view and grain."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drawing import examples
from hitstream.record import Hits
from hitstream.testing.hits import Row, batches, hits_of
from hitstream.testing.reference_views import as_rows, reference_cells
from hitstream.views import SECONDS, VIEWS, Cells, Grain, View, derive, estimate, rollup
from hitstream.views.rollup import MAX_ROWS

MADE_UP = (
    View("by_user", "Users", ("user",), grains=("minute", "day"), visitors=("minute",)),
    View("kind", "Methods and kinds", ("method", "extension")),
    View("who", "Clients and users", ("host", "user", "status"), visitors=("hour", "day")),
    View("fresh", "Servers with 304", ("vhost",), status=304, visitors=()),
)
HOUR = 3_600_000_000


def assert_counted(hits: Hits, views: tuple[View, ...]) -> None:
    found = {(cells.view, cells.grain): cells for cells in rollup(derive(hits), views)}
    for view in views:
        for grain in SECONDS:
            expected = reference_cells(hits, view, grain) if grain in view.grains else {}
            cells = found.pop((view.name, grain), None)
            if cells is None:
                assert not expected
                continue
            assert_whole(cells)
            rows = as_rows(cells)
            assert [row[:5] for row in rows] == [
                (*key, cell.hits, cell.bytes, cell.errors) for key, cell in sorted(expected.items())
            ]
            assert [len(row[5]) for row in rows] == [len(cell.visitors) for _, cell in sorted(expected.items())]
    assert not found


def assert_whole(cells: Cells) -> None:
    """Hold what `Cells` promises: order, each (bucket, key) once, ascending sketches, exact estimates."""
    keys = list(zip(cells.bucket.tolist(), cells.key.codes.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert len(set(cells.key.texts.split())) == len(cells.key.texts)
    assert cells.starts[0] == 0
    assert cells.starts[-1] == len(cells.visitors)
    sketches = [cells.visitors[a:b].tolist() for a, b in zip(cells.starts, cells.starts[1:], strict=False)]
    assert sketches == [sorted(set(sketch)) for sketch in sketches]
    assert estimate(cells.starts, cells.visitors, 1024).tolist() == [len(sketch) for sketch in sketches]


@examples(40)
@given(found=batches())
@example(found=[])
@example(found=[{"time": -1, "status": 404, "bytes": -1}])
@example(found=[{"time": time, "status": 200, "bytes": 1, "host": "a"} for time in (HOUR, HOUR - 1, 0, -1, -HOUR)])
def test_every_view_and_grain_is_what_a_slow_count_gives(found: list[Row]) -> None:
    assert_counted(hits_of(found), VIEWS)


@examples(25)
@given(found=batches())
def test_a_view_that_is_added_is_counted_like_any_other(found: list[Row]) -> None:
    assert_counted(hits_of(found), (*VIEWS, *MADE_UP))


@examples(15)
@given(found=batches(), chosen=st.sets(st.sampled_from((*VIEWS, *MADE_UP)), min_size=1, max_size=4))
def test_what_a_view_holds_does_not_depend_on_the_others(found: list[Row], chosen: set[View]) -> None:
    assert_counted(hits_of(found), tuple(chosen))


def test_many_hits_are_counted_as_well() -> None:
    """More rows, keys and visitors than the tables of a kernel start with."""
    draw = np.random.default_rng(7)
    found = [
        {"time": int(time), "status": int(status), "bytes": 10, "host": f"h{host}", "target": f"/{target}.gif"}
        for time, status, host, target in zip(
            draw.integers(-2 * HOUR, 2 * HOUR, 5000),
            draw.choice([200, 404], 5000),
            draw.integers(0, 900, 5000),
            draw.integers(0, 3000, 5000),
            strict=True,
        )
    ]
    views = tuple(view for view in VIEWS if view.name in {"traffic", "target", "host", "not_found", "static"})
    assert_counted(hits_of(found), views)


def test_no_hits_have_no_cells() -> None:
    assert rollup(derive(hits_of([]))) == []


def test_a_view_whose_column_the_format_lacks_has_no_cells() -> None:
    found = rollup(derive(hits_of([{"time": 0, "host": "a.example.org"}])))
    assert {cells.view for cells in found} == {"traffic", "status", "host", "domain"}


def test_hits_without_client_and_agent_are_one_visitor() -> None:
    (cells,) = rollup(hits_of([{"time": 0}, {"time": 1}]), (View("traffic", "Traffic", grains=("day",)),))
    assert cells.visitors.tolist() == [0]


def test_the_same_client_with_two_agents_is_two_visitors() -> None:
    rows = [{"time": 0, "host": "a", "agent": agent} for agent in ("x", "y", "x")]
    (cells,) = rollup(hits_of(rows), (View("traffic", "Traffic", grains=("day",)),))
    assert len(cells.visitors) == 2


def test_a_block_holds_no_more_keys_than_the_bound_of_its_view() -> None:
    view = View("host", "Hosts", ("host",), grains=("hour",), visitors=("hour",), bound=2)
    rows = [{"time": 0, "host": host, "bytes": 1} for host in ("a", "b", "b", "c", "c", "d")]
    (cells,) = rollup(hits_of(rows), (view,))
    assert [row[:3] for row in as_rows(cells)] == [(0, None, 2), (0, "b", 2), (0, "c", 2)]


def test_a_sketch_holds_the_smallest_hashes_of_its_visitors() -> None:
    few, all_of_them = (View("traffic", "T", grains=("day",), sketch=k) for k in (8, 4096))
    hits = hits_of([{"time": 0, "host": f"h{i}"} for i in range(300)])
    (sketched,), (exact,) = rollup(hits, (few,)), rollup(hits, (all_of_them,))
    assert len(exact.visitors) == 300
    assert sketched.visitors.tolist() == exact.visitors[:8].tolist()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_of_the_table_is_sound(view: View) -> None:
    grains: list[Grain] = [grain for grain in SECONDS if grain in view.grains]
    assert list(view.grains) == grains, "grains stand from fine to coarse"
    assert "day" in grains, "a range over years is answered by day"
    assert set(view.visitors) <= set(grains)
    assert view.sketch > 2, "the standard error is 1 / sqrt(K - 2)"
    assert view.bound > 0
    assert view.title


def test_names_of_views_are_distinct() -> None:
    assert len({view.name for view in VIEWS}) == len(VIEWS)


def test_bucket_combination_and_visitor_pack_into_63_bits() -> None:
    assert MAX_ROWS**3 < 1 << 63


def test_a_key_of_many_columns_reads_each_text_once() -> None:
    """20 000 combinations of 20 000 texts: decoding them for each would take minutes."""
    view = View("pair", "Pairs", ("target", "method"), grains=("day",), visitors=())
    rows = [{"time": 0, "target": f"/{i}", "method": "GET"} for i in range(20_000)]
    (cells,) = rollup(hits_of(rows), (view._replace(bound=5),))
    assert as_rows(cells)[0][:3] == (0, None, 19_995)
