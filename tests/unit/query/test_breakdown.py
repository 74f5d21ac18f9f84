"""Single hits page by page, and counted by two things at once: as counting rows does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import DAY, START, Hit, Memory, archived, staged, sums

from hitstream.errors import ConfigError
from hitstream.query import Filter, Place, Query

HITS = st.lists(
    st.builds(
        Hit,
        second=st.integers(START - DAY, START + 2 * DAY) | st.just(START + 5),
        host=st.sampled_from(["a.example.com", "b.example.org", "10.0.0.1"]),
        target=st.sampled_from(["/", "/x?q=1", "/y.gif"]),
        status=st.sampled_from([200, 302, 404, 503, 99, 777]),
        bytes=st.none() | st.integers(0, 9),
        agent=st.sampled_from(["x", None]),
    ),
    max_size=40,
)


def place(row):
    return Place(round(row["time"].timestamp() * 1_000_000), row["source"], row["offset"])


def paged(query, size, order, **asked):
    rows, beyond = [], None
    while True:
        page = query.hits(limit=size, order=order, beyond=beyond, **asked).to_pylist()
        rows += page
        if len(page) < size:
            return rows
        beyond = place(page[-1])


@given(HITS, st.integers(1, 7), st.sampled_from(["newest", "oldest"]))
def test_pages_have_every_hit_once_in_order(rows, size, order):
    query = Query(Memory([rows]), staged(rows))
    found = [(each["time"].timestamp(), each["offset"]) for each in paged(query, size, order)]
    whole = [(row.second, at) for at, row in enumerate(rows)]
    assert found == sorted(whole, reverse=order == "newest")


def test_a_page_goes_on_in_files_where_the_stage_ends_and_filters_hold_on_all(tmp_path):
    rows = [Hit(START + 3600 * hour, "a.example.com" if hour % 3 else "b.example.org") for hour in range(72)]
    query = Query(Memory([rows]), archived(rows, tmp_path))
    found = paged(query, 5, "newest", start=START + DAY, end=START + 3 * DAY, where=[Filter("host", "~", "a.")])
    assert [each["time"].timestamp() for each in found] == [
        START + 3600 * hour for hour in reversed(range(24, 72)) if hour % 3
    ]


@given(HITS)
def test_two_keys_at_once_are_what_counting_rows_gives(rows):
    query = Query(Memory([rows]), staged(rows))
    hosts, statuses = ["a.example.com", "10.0.0.1", "nobody"], ["200", "404"]
    found = query.cross("host", "status", hosts, statuses)
    assert (found.rows, found.columns) == (hosts, statuses)
    for host, cells in zip(hosts, found.cells, strict=True):
        of_host = [row for row in rows if row.host == host]
        listed = [[row for row in of_host if str(row.status) == status] for status in statuses]
        others = [row for row in of_host if str(row.status) not in statuses]
        assert [tuple(cell[1:]) for cell in cells] == [sums(part) for part in (*listed, others)]


def test_hits_that_the_second_view_does_not_have_are_among_the_others():
    rows = [Hit(START, "a.example.com"), Hit(START, "10.0.0.1")]
    found = Query(Memory([rows]), staged(rows)).cross("target", "domain", ["/"], ["example.com"], START, START + 1)
    assert [cell.hits for cell in found.cells[0]] == [1, 1]


@given(HITS)
def test_seconds_count_the_hits_of_each_class(rows):
    found = Query(Memory([rows]), staged(rows)).by_second(START, START + 60, [Filter("host", "!=", "10.0.0.1")])
    near = [row for row in rows if START <= row.second < START + 60 and row.host != "10.0.0.1"]
    assert sum(map(sum, found.hits)) == len(near)
    assert found.hits[4][5] == sum(row.status == 404 and row.second == START + 5 for row in near)
    assert sum(found.hits[0]) == sum(row.status in (99, 777) for row in near)


def test_seconds_of_a_long_time_are_refused():
    with pytest.raises(ConfigError, match="too many"):
        Query(Memory([[Hit(START)]]), staged([Hit(START)])).by_second(START, START + DAY)
