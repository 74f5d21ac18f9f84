"""The newest hits, looked at again and again while others come: always those that a look at everything would find."""

from hypothesis import given
from hypothesis import strategies as st
from plain import DAY, START, Hit, Memory, staged

from hitstream.query import Filter, Query
from hitstream.query.hits import HitTable
from hitstream.query.tail import KEPT


def grown(rows, cuts, limit=5, where=()):
    """Return (what each look found, what it should have found), as offsets."""
    query, looks = None, []
    for cut in cuts:
        there = rows[:cut]
        fresh = Query(Memory([there]), staged(there))
        if query is not None:
            fresh._tail = query._tail
        query = fresh
        now = max((row.second for row in there), default=START)
        found = query.newest(now, limit, where)["offset"].to_pylist()
        passing = [(row.second, at) for at, row in enumerate(there) if not where or row.status == 404]
        looks.append((found, [at for _, at in sorted(passing, reverse=True)[:limit]]))
    return looks


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from([200, 404])), max_size=40), st.data())
def test_each_look_finds_the_newest_of_all(steps, data):
    second, rows = START, []
    for step, status in steps:
        second += step
        rows.append(Hit(second, status=status))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=5)))
    where = data.draw(st.sampled_from([(), (Filter("status", "=", "404"),)]))
    for found, wanted in grown(rows, cuts, where=where):
        assert found == wanted


def test_a_line_that_comes_a_little_late_is_found():
    rows = [Hit(START + 100), Hit(START + 200), Hit(START + 185)]
    assert grown(rows, [2, 3]) == [([1, 0], [1, 0]), ([1, 2, 0], [1, 2, 0])]


def test_a_time_to_come_does_not_hide_the_present():
    rows = [Hit(START), Hit(START + 1000 * DAY), Hit(START + 1)]
    query = Query(Memory([rows]), staged(rows))
    assert query.newest(START + 5)["offset"].to_pylist() == [2, 0]


def test_a_later_look_reads_only_what_is_new(monkeypatch):
    asked = []
    hits = HitTable.hits
    monkeypatch.setattr(
        HitTable, "hits", lambda self, part, *rest, **named: asked.append(part) or hits(self, part, *rest, **named)
    )
    rows = [Hit(START + minute * 60) for minute in range(600)]
    assert all(found == wanted for found, wanted in grown(rows, [500, 600]))
    assert asked[1].start > START + 490 * 60


def test_tails_of_many_filters_are_forgotten_in_turn():
    rows = [Hit(START)]
    query = Query(Memory([rows]), staged(rows))
    for size in range(2 * KEPT):
        query.newest(START, 5, [Filter("bytes", "<", str(size))])
    assert len(query._tail._kept) == KEPT
