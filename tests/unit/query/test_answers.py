"""Answers from cells, from single hits and from both are what counting plain rows gives."""

import plain
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import DAY, START, Files, Hit, Memory, staged, within

from drawing import examples
from hitstream.errors import ConfigError
from hitstream.query import Query, parse_filter
from hitstream.views.sketch import is_estimated
from hitstream.views.table import View

HOSTS = ("a.example.com", "b.example.com", "10.0.0.1", "c.example.co.uk")
TARGETS = ("/", "/a.gif", "/a.gif?x=1", "/missing", "/<script>", "/'; DROP TABLE hits; --", "(other)", "/é")
EVERYTHING = [parse_filter("status!=-")]

seconds = st.one_of(
    st.integers(START, START + 3 * DAY - 1),
    st.integers(0, 3 * 24 - 1).map(lambda hour: START + hour * 3600),
    st.integers(0, 90).map(lambda second: START + DAY - 45 + second),
)
hits = st.builds(
    Hit,
    seconds,
    st.sampled_from(HOSTS),
    st.sampled_from(TARGETS),
    st.sampled_from((200, 304, 404, 500)),
    st.one_of(st.none(), st.integers(0, 1 << 40)),
    st.sampled_from((None, "Mozilla", "curl/8.0")),
)
batches = st.lists(st.lists(hits, max_size=12), min_size=1, max_size=4)
ranges = st.tuples(seconds, seconds).map(sorted)
measures = st.sampled_from(("hits", "bytes", "errors", "visitors"))
floors = st.fixed_dictionaries(
    {"minute": seconds.map(lambda s: s // 60 * 60), "hour": seconds.map(lambda s: s // 3600 * 3600)}
)
few = examples(12)


def rows_of(parts):
    return [row for part in parts for row in part]


@few
@given(batches, ranges, floors)
def test_a_range_with_single_hits_behind_it_is_exact_whatever_has_expired(parts, asked, expired):
    rows = rows_of(parts)
    with_hits = Query(Memory(parts, expired), staged(rows))
    totals = with_hits.totals(*asked)
    expected = plain.sums(within(rows, *asked))
    assert (totals.hits, totals.bytes, totals.errors, totals.visitors) == expected
    assert (totals.start, totals.end, totals.lines, totals.bad_lines) == (*asked, None, None)


@few
@given(batches, ranges, floors)
def test_cells_alone_answer_the_buckets_they_have_and_say_which(parts, asked, expired):
    rows = rows_of(parts)
    totals = Query(Memory(parts, expired)).totals(*asked)
    assert totals.start <= asked[0]
    assert totals.end >= asked[1]
    assert (totals.hits, totals.bytes, totals.errors) == plain.sums(within(rows, totals.start, totals.end))[:3]


@few
@given(batches, ranges, measures, st.integers(1, 9))
def test_top_lists_are_what_counting_rows_gives(parts, asked, by, k):
    rows = rows_of(parts)
    query = Query(Memory(parts), staged(rows))
    top = query.top("target", *asked, k=k, by=by)
    expected, keys = plain.top(within(rows, *asked), k, by)
    assert [row[:4] for row in top.rows] == [row[:4] for row in expected]
    assert all(row.visitors in (None, true.visitors) for row, true in zip(top.rows, expected, strict=True))
    assert (top.keys, top.other, top.exact, top.start, top.end) == (keys, None, True, *asked)
    left = plain.top(within(rows, *asked), keys + 1, by)[0][k:]
    assert (top.rest and top.rest[1:4]) == (tuple(sum(row[at] for row in left) for at in (1, 2, 3)) if left else None)
    filtered = query.top("target", *asked, k=k, by=by, where=EVERYTHING)
    assert (filtered.rows, filtered.rest, filtered.keys) == (expected, top.rest, keys)


@few
@given(batches, ranges, st.sampled_from(("minute", "hour", "day")), floors)
def test_series_have_a_point_a_bucket_and_zeros_in_gaps(parts, asked, grain, expired):
    rows = rows_of(parts)
    asked = (asked[0], min(asked[1], asked[0] + 5 * 3600)) if grain == "minute" else asked
    query = Query(Memory(parts, expired), staged(rows))
    for found in (
        query.series("traffic", *asked, grain=grain),
        query.series("traffic", *asked, grain=grain, where=EVERYTHING),
    ):
        assert found.start <= asked[0] < found.start + found.step
        assert found.end - found.step < asked[1] <= found.end or asked[0] == asked[1]
        assert [found.hits, found.bytes, found.errors, found.visitors] == plain.series(
            rows, found.start, found.end, grain
        )


@few
@given(batches)
def test_a_filter_that_all_hits_pass_changes_no_answer(parts):
    rows = rows_of(parts)
    query = Query(Memory(parts), staged(rows))
    assert query.totals()[5:7] == query.totals(where=EVERYTHING)[5:7]
    assert query.totals()[1:2] == query.totals(where=EVERYTHING)[1:2]
    assert query.heat_map() == query.heat_map(where=EVERYTHING)
    assert query.visitors("not_found") == query.visitors("not_found", where=EVERYTHING)
    for view in ("status", "target", "not_found", "static", "host", "domain", "country", "browser", "bot"):
        assert query.top(view) == query.top(view, where=EVERYTHING)


@few
@given(batches, st.sampled_from(TARGETS))
def test_a_series_of_one_key_counts_that_key(parts, key):
    rows = rows_of(parts)
    query = Query(Memory(parts), staged(rows))
    asked = (START, START + 3 * DAY)
    expected = plain.series([row for row in rows if row.target.partition("?")[0] == key], *asked, "day")
    for where in ((), EVERYTHING):
        found = query.series("target", *asked, grain="day", where=where, key=key)
        assert [found.hits, found.bytes, found.errors, found.visitors] == expected


def test_totals_of_everything_count_bad_lines_too():
    rows = [Hit(START + 5), Hit(START + 4000)]
    totals = Query(Memory([rows]), staged(rows)).totals()
    assert (totals.lines, totals.hits, totals.bad_lines) == (4, 2, 2)
    assert (totals.first, totals.last) == (START + 5, START + 4000)
    assert (totals.start, totals.end) == (START, START + DAY)


def test_nothing_read_is_answered_with_nothing():
    query = Query(Memory([]), staged([]))
    assert query.span() is None
    assert query.totals().hits == 0
    assert query.totals().first is None
    assert query.top("target").rows == []
    assert query.series().hits == []
    assert query.visitors().visitors == 0
    assert sum(map(sum, query.heat_map().hits)) == 0


def test_the_heat_map_begins_on_monday():
    monday = 804_816_000  # 1995-07-04 00:00 was a Tuesday, the day before a Monday
    rows = [Hit(monday - DAY + 7 * 3600), Hit(monday + 3600), Hit(monday + 3601)]
    heat = Query(Memory([rows])).heat_map().hits
    assert (heat[0][7], heat[1][1], sum(map(sum, heat))) == (1, 2, 3)


def test_a_folded_tail_is_shown_and_the_list_is_not_called_exact():
    bounded = (
        View("traffic", "", grains=("minute", "hour", "day"), visitors=("day",)),
        View("host", "", ("host",), bound=2),
    )
    rows = [Hit(START, host) for host in ("a.com", "a.com", "b.com", "b.com", "c.com", "d.com")]
    top = Query(Memory([rows], views=bounded), views=bounded).top("host", k=5)
    assert [row.key for row in top.rows] == ["a.com", "b.com"]
    assert (top.other.hits, top.other.visitors, top.keys, top.exact) == (2, 2, 2, False)


def test_estimated_visitors_come_with_their_error():
    small = tuple(
        view._replace(sketch=16) for view in (View("traffic", "", visitors=("day",)), View("host", "", ("host",)))
    )
    rows = [Hit(START, f"h{i}.example.com") for i in range(400)]
    query = Query(Memory([rows[:200], rows[200:]], views=small), views=small)
    found = query.visitors()
    assert 0 < found.error < 0.3
    assert abs(found.visitors - 400) < 4 * found.error * 400
    assert query.totals().visitors_error == found.error
    assert query.top("host").visitors_error == 0  # of each host there is one


def test_visitors_are_counted_in_single_hits_where_they_have_to_be_exact():
    small = tuple(view._replace(sketch=16) for view in (View("traffic", ""), View("target", "", ("target",))))
    rows = [Hit(START, f"h{i}.example.com", "/a" if i % 2 else "/b") for i in range(400)]
    query = Query(Memory([rows], views=small), staged(rows), views=small)
    estimated, exact = query.top("target", k=2), query.top("target", k=2, exact=True)
    assert all(is_estimated(row.visitors, estimated.visitors_error) for row in estimated.rows)
    assert [row.visitors for row in exact.rows] == [200, 200]
    assert exact.visitors_error == 0


def test_a_series_of_visitors_comes_with_the_error_of_those_that_are_estimated():
    small = (View("traffic", "", grains=("day",), visitors=("day",), sketch=16),)
    rows = [Hit(START, f"h{i}.example.com") for i in range(100)] + [Hit(START + DAY, "a.example.com")]
    series = Query(Memory([rows], views=small), views=small).series(grain="day")
    marked = [is_estimated(each, series.visitors_error) for each in series.visitors]
    assert marked == [True, False]


def test_visitors_of_half_a_day_come_from_single_hits_or_not_at_all():
    rows = [Hit(START + hour * 3600, host) for hour in (1, 13) for host in HOSTS]
    asked = (START, START + 12 * 3600)
    assert Query(Memory([rows])).top("target", *asked).rows[0].visitors is None
    assert Query(Memory([rows]), staged(rows)).visitors("target", *asked).visitors == len(HOSTS)
    with pytest.raises(ConfigError, match="by day only"):
        Query(Memory([rows])).visitors("target", *asked)


def test_a_few_broken_hours_are_answered_by_one_look_at_their_hits():
    rows = [Hit(START + minute * 60 + 7, host) for minute in range(600) for host in HOSTS]
    asked = (START + 90, START + 20_000)  # cells by hour could not tell visitors
    query = Query(Memory([rows]), staged(rows))
    assert query.top("target", *asked).rows[0].visitors == query.totals(*asked).visitors == len(HOSTS)
    assert len(query._selections._kept) == 1


def test_a_day_whose_hits_all_lie_inside_the_range_is_answered_by_its_cell():
    rows = [Hit(START + 3600, host) for host in HOSTS]
    top = Query(Memory([rows])).top("target", START + 600, START + 20_000)
    assert top.rows[0].visitors == len(HOSTS)
    assert (top.start, top.end) == (START + 600, START + 20_000)


def test_files_of_other_days_are_not_opened(tmp_path):
    rows = [Hit(START), Hit(START + 1), Hit(START + DAY), Hit(START + DAY + 1)]
    found = plain.archived(rows, tmp_path)
    gone = Files([*found.files, f"{tmp_path}/day=1996-01-01/gone.parquet"], found.stage)
    query = Query(Memory([rows]), gone)
    assert query.totals(START, START + 2 * DAY, EVERYTHING).hits == 4


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda query: query.top("nothing"), "no view named"),
        (lambda query: query.top("target", by="size"), "no measure"),
        (lambda query: query.top("target", k=0), "0 rows"),
        (lambda query: query.totals(10, 5), "ends before"),
        (lambda query: query.totals(where=[parse_filter("status=200")]), "single hits"),
        (lambda query: query.series("target", grain="minute"), "not kept by minute"),
        (lambda query: query.series("traffic", 0, 10**10, grain="minute"), "points"),
        (lambda query: query.sql("SELECT 1"), "single hits"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(ask, what):
    with pytest.raises(ConfigError, match=what) as refused:
        ask(Query(Memory([[Hit(START)]])))
    assert refused.value.hint or what == "ends before"
