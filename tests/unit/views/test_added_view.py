"""A row added to the table of views shows up everywhere: rolled up, stored, merged and answered."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import pytest

from hitstream.errors import ConfigError
from hitstream.query import Query
from hitstream.record import BadLine
from hitstream.testing.hits import Row, hits_of
from hitstream.testing.reference_views import KEY_SEPARATOR, as_rows
from hitstream.views import VIEWS, Block, Cells, Grain, View, derive, merge, pack, rollup, unpack

DAY = 86400
ADDED = (
    View("by_user", "Users", ("user",)),
    View("kind", "Kinds by method", ("method", "extension"), grains=("day",), visitors=()),
)
TABLE = (*VIEWS, *ADDED)


class Blocks:
    """A `CellReader` of packed blocks."""

    def __init__(self, *batches: list[Row]) -> None:
        self._blocks: dict[tuple[str, Grain], list[Block]] = defaultdict(list)
        for batch in batches:
            for cells in rollup(derive(hits_of(batch)), TABLE):
                self._blocks[cells.view, cells.grain] += pack(cells)

    def snapshot(self) -> AbstractContextManager[object]:
        return nullcontext()

    def read(self, view: View, grain: Grain, start: int, end: int) -> Cells:
        blocks = self._blocks[view.name, grain]
        return unpack(view.name, grain, [(b.bucket, b.payload) for b in blocks if start <= b.bucket < end])

    def totals(self, view: View, grain: Grain, start: int, end: int) -> Sequence[tuple[int, int, int, int]]:
        sums: dict[int, tuple[int, int, int]] = {}
        for block in self._blocks[view.name, grain]:
            if start <= block.bucket < end:
                hits, sent, errors = sums.get(block.bucket, (0, 0, 0))
                sums[block.bucket] = hits + block.hits, sent + block.bytes, errors + block.errors
        return [(bucket, *sums[bucket]) for bucket in sorted(sums)]

    def span(self) -> tuple[int, int] | None:
        buckets = [block.bucket for block in self._blocks["traffic", "day"]]
        return (min(buckets), max(buckets) + DAY - 1) if buckets else None

    def bad_lines(self, limit: int = -1) -> Sequence[BadLine]:
        return []


def hit(user: str | None, method: str, target: str, day: int = 0) -> Row:
    named = {} if user is None else {"user": user}
    return {"time": day * DAY * 1_000_000, "host": "h", "method": method, "target": target, "bytes": 10} | named


FIRST = [hit("ada", "GET", "/a.gif"), hit("bob", "GET", "/b.gif?x"), hit(None, "GET", "/c.css")]
SECOND = [hit("ada", "POST", "/a.gif"), hit("ada", "GET", "/page", day=2)]


def test_a_key_of_several_columns_is_rolled_up_packed_and_merged() -> None:
    parts = [cells for batch in (FIRST, SECOND) for cells in rollup(derive(hits_of(batch)), ADDED[1:])]
    stored = [unpack("kind", "day", [(b.bucket, b.payload) for b in pack(cells)]) for cells in parts]
    rows = [row[:4] for row in as_rows(merge(stored, ADDED[1]))]
    joined = KEY_SEPARATOR.join
    assert rows == [
        (0, joined(("GET", "css")), 1, 10),
        (0, joined(("GET", "gif")), 2, 20),
        (0, joined(("POST", "gif")), 1, 10),
    ]


def test_a_query_answers_it() -> None:
    query = Query(Blocks(FIRST, SECOND), views=TABLE)
    users = query.top("by_user")
    assert [row[:3] for row in users.rows] == [("ada", 3, 30), ("bob", 1, 10)]
    assert [row.visitors for row in users.rows] == [1, 1]
    assert users.exact
    kinds = query.top("kind", 0, DAY, k=1)
    assert [(row.key, row.hits, row.visitors) for row in kinds.rows] == [(KEY_SEPARATOR.join(("GET", "gif")), 2, None)]
    assert kinds.keys == 3
    assert query.series("by_user", 0, 3 * DAY, "day", key="ada").hits == [2, 0, 1]


def test_a_query_of_another_table_does_not_know_it() -> None:
    with pytest.raises(ConfigError, match="by_user") as caught:
        Query(Blocks(FIRST)).top("by_user")
    assert "traffic" in caught.value.hint
