"""What is kept of cells never shows: answers are those of a reader that is asked afresh."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import DAY, START, Hit, Memory

from hitstream.query import Query, kept
from hitstream.record import NO_CODE, Column, Texts
from hitstream.views import view


def rows(day, hosts, hits=1):
    return [Hit(START + day * DAY + i, host) for host in hosts for i in range(hits)]


class Watched(Memory):
    reads = 0

    def read(self, *asked):
        self.reads += 1
        return super().read(*asked)


class Cells(Watched):
    """Counts only what a question reads, not what `totals` reads."""

    def totals(self, *asked):
        before = self.reads
        try:
            return super().totals(*asked)
        finally:
            self.reads = before


def test_a_bucket_is_read_again_only_when_it_has_grown():
    old, new = rows(0, ["a.com", "b.com"]), rows(1, ["b.com", "c.com"])
    memory = Cells([old])
    query = Query(memory)
    assert [row.key for row in query.top("host").rows] == ["a.com", "b.com"]
    assert memory.reads == 1
    query.top("host")
    assert memory.reads == 1
    later = Cells([old, new])
    memory.cells, memory.rows = later.cells, later.rows
    assert query.top("host") == Query(later).top("host")
    assert memory.reads == 2
    latest = Cells([old, new, rows(1, ["d.com"], 5)])
    memory.cells, memory.rows = latest.cells, latest.rows
    assert query.top("host").rows[0][:2] == ("d.com", 5)
    assert memory.reads == 3


@pytest.mark.parametrize("limit", [1, 300, 2000])
def test_answers_stay_right_when_memory_is_short(monkeypatch, limit):
    monkeypatch.setattr(kept, "LIMIT", limit)
    batches = [rows(day, [f"h{day}-{i}.com" for i in range(9)], day + 1) for day in range(3)]
    query, views = Query(Memory(batches)), ("host", "domain", "target")
    for asked in [(None, None), (START + DAY, START + 2 * DAY), (START, START + 3 * DAY)] * 2:
        for name in views:
            assert query.top(name, *asked) == Query(Memory(batches)).top(name, *asked)
            assert query.visitors(name, *asked) == Query(Memory(batches)).visitors(name, *asked)


def test_what_is_kept_has_a_bound(monkeypatch):
    monkeypatch.setattr(kept, "LIMIT", 4000)
    memory = Memory([rows(day, [f"h{i}.com" for i in range(20)]) for day in range(9)])
    cells = kept.KeptCells(memory)
    for day in range(9):
        cells.read(view("host"), "day", START + day * DAY, START + (day + 1) * DAY)
        assert sum(part.size for _, part in cells._parts.values()) == cells._size <= 4000


def test_the_most_visited_are_found_among_keys_with_few_and_with_many_visitors():
    crowd = [Hit(START, f"h{i}.com", f"/{i % 7}") for i in range(70)]
    loop = [Hit(START, "loop.com", f"/loop{i}") for i in range(200) for _ in range(30)]
    top = Query(Memory([crowd + loop])).top("target", k=8, by="visitors")
    assert [(row.key, row.visitors) for row in top.rows[:7]] == [(f"/{i}", 10) for i in range(7)]
    assert (top.rows[7].key, top.rows[7].visitors, top.rows[7].hits) == ("/loop0", 1, 30)


@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=9)), max_size=400), max_size=5))
def test_keys_keep_their_numbers_however_many_come(parts):
    keys, numbers = kept.KeyDictionary(), {}
    for part in parts:
        texts = [text for text in dict.fromkeys(part) if text is not None]
        codes = np.array([NO_CODE if text is None else texts.index(text) for text in part], np.int32)
        found = keys.number(Column(codes, Texts.encode(texts)))
        known = [0 if text is None else numbers.setdefault(text, len(numbers) + 1) for text in part]
        assert sorted(set(found.tolist()) - {0}) == sorted(set(known) - {0})
        real = [text for text in part if text is not None]
        assert [text.decode() for text in keys.chosen(found[found != kept.FOLDED])] == real
    assert len(keys) == len(numbers) + 1
