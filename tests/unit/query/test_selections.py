"""Filtered questions: from hits in memory, from hits that DuckDB has read, and by scans, all say the same."""

import shutil
from contextlib import contextmanager

import plain
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import DAY, START, Files, Hit, Memory, archived, staged, within
from test_answers import HOSTS, TARGETS, batches, measures, ranges, rows_of

from drawing import examples
from hitstream.arrow import to_arrow
from hitstream.query import Query, parse_filter, selection, selections
from hitstream.query.scan import Scan
from hitstream.query.selection import Selection
from hitstream.views.table import VIEWS, View

FILTERS = (
    *(f"{column}{operator}404" for column in ("status", "bytes") for operator in ("=", "!=", "<", "<=", ">", ">=")),
    *(f"host{operator}{host}" for host in HOSTS for operator in ("=", "!=")),
    *(f"path{operator}{path}" for path in TARGETS for operator in ("=", "!=")),
    *(f"{column}{operator}-" for column in ("bytes", "agent", "site", "domain", "status") for operator in ("=", "!=")),
    *("host~example", "host!~example", "agent~Moz", "agent!~Moz", "agent!~-", "domain!~co", "referrer~x", "path~'"),
    *(
        "country=GB",
        "extension=gif",
        "browser!=Mozilla",
        "bot=-",
        "method=GET",
        "vhost=-",
        "bytes in 404,-",
        "status not in -,500",
    ),
    *("time>=1995-07-02T00:00", "time<1995-07-01T12:00+02:00", "time!=1995-07-01", "day=1995-07-02", "day>1995-07-01"),
    *("status=4xx", "status!=5xx", "status in 200,4xx", "host=10.0.0.0/8", "host!=10.0.0.0/8", "host in a,10.0.0.0/8"),
    *("host contains EXAMPLE", "agent not contains moz", "path begins /a", "path not begins /", "agent matches ^M"),
    *("path not matches [0-9]+$", "agent in -,Mozilla", "weekday in sat,sun", "hour not in 0,1", "target begins /"),
    *("hour=0", "hour>=12", "weekday=sat", "weekday!=sun", "target~?", "source=log", "zone!=0", "duration=-"),
)
WAYS = ({"LIMIT": 1 << 30}, {"LIMIT": -1}, {"LIMIT": -1, "FEW": -1})
"""How many hits fit into memory, and how many DuckDB may read: from slabs, from what DuckDB read, by scans."""

filters = st.lists(st.sampled_from(FILTERS).map(parse_filter), min_size=1, max_size=3)


def answers(query, asked, where, by):
    return [
        query.totals(*asked, where),
        query.heat_map(*asked, where),
        *(query.visitors(view, *asked, where=where) for view in ("traffic", "not_found", "host")),
        *(query.top(view.name, *asked, k=3, by=by, where=where) for view in VIEWS),
        *(query.series(view, *asked, "hour", where) for view in ("traffic", "target", "host")),
        *(query.series("status", *asked, "day", where, key) for key in ("404", "200", "nothing")),
        query.series("host", *asked, "day", where, HOSTS[0]),
    ]


@examples(5)
@given(batches, ranges, filters, measures)
def test_all_ways_to_answer_say_the_same(parts, asked, where, by):
    rows = rows_of(parts)
    found = []
    for way in WAYS:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in way.items():
                patch.setattr(selections, name, value)
            found.append(answers(Query(Memory(parts), staged(rows)), asked, where, by))
    assert found[0] == found[1]
    assert found[0] == found[2]


@pytest.mark.parametrize(("way", "kind"), list(zip(WAYS, (Selection, Selection, Scan), strict=True)))
def test_the_ways_are_what_they_are_called(way, kind, monkeypatch):
    for name, value in way.items():
        monkeypatch.setattr(selections, name, value)
    query = Query(Memory([[Hit(START)]]), staged([Hit(START)]))
    asked = query._range(None, None, [parse_filter("status=200")])
    with query._filtered(asked) as hits:
        assert isinstance(hits, kind)


@examples(15)
@given(batches, ranges)
def test_filters_that_all_hits_pass_count_every_row(parts, asked):
    rows = rows_of(parts)
    totals = Query(Memory(parts), staged(rows)).totals(*asked, [parse_filter("status!=-")])
    assert (totals.hits, totals.bytes, totals.errors, totals.visitors) == plain.sums(within(rows, *asked))


class Growing:
    """Hits that change between questions."""

    def __init__(self, now):
        self.now = now

    @contextmanager
    def snapshot(self):
        yield self.now


def test_a_selection_follows_what_is_new_and_what_is_moved(tmp_path):
    rows = [Hit(START + 1000 * i, HOSTS[i % 4], TARGETS[i % 5], (200, 404)[i % 2]) for i in range(200)]
    where = [parse_filter("status=404")]
    data = Growing(archived(rows[:100], tmp_path / "first"))
    query = Query(Memory([rows]), data)
    states = (
        archived(rows[:100], tmp_path / "again"),
        Files(data.now.files, staged(rows[1:150:2]).stage),
        Files(data.now.files, staged(rows[1:200:2]).stage),
        archived(rows, tmp_path / "moved"),
        staged(rows[:50]),
    )
    for state in (data.now, *states):
        data.now = state
        asked = (START, START + 3 * DAY)
        assert answers(query, asked, where, "hits") == answers(Query(Memory([rows]), state), asked, where, "hits")


def test_questions_about_the_same_hits_read_them_once(tmp_path):
    rows = [Hit(START + i, status=(200, 404)[i % 2]) for i in range(9)]
    query = Query(Memory([rows]), archived(rows, tmp_path / "hits"))
    asked = (START, START + DAY)
    found = query.totals(*asked, [parse_filter("status=404")])
    shutil.rmtree(tmp_path / "hits")
    assert query.top("target", *asked, where=[parse_filter("status=404")]).rows[0].hits == found.hits == 4
    assert query.totals(*asked, [parse_filter("host!=-")]).hits == 9  # other filters look at the same memory


def test_hits_are_read_ahead_a_few_at_a_time_and_a_filter_finds_all_of_them(tmp_path, monkeypatch):
    days = [archived([Hit(START + day * DAY + i) for i in range(20)], tmp_path / str(day)) for day in range(4)]
    query = Query(Memory([]), Files([file for day in days for file in day.files], staged([Hit(START)]).stage))
    monkeypatch.setattr(selections, "AHEAD", 15)
    asked = (START, START + 4 * DAY)
    read = []
    while query.read_ahead(*asked):
        read.append(query._selections._shelf.rows)
    assert read == [10, 20, 30]
    for day in range(4):
        shutil.rmtree(tmp_path / str(day))
    assert query.totals(*asked, [parse_filter("host!=-")]).hits == 41
    assert not query.read_ahead(*asked)


def test_of_more_hits_than_memory_holds_none_is_read_ahead_and_no_more_files_are_looked_at_than_it_takes(
    tmp_path, monkeypatch
):
    days = [archived([Hit(START + day * DAY + i) for i in range(20)], tmp_path / str(day)) for day in range(4)]
    monkeypatch.setattr(selections, "LIMIT", 25 * selections.BYTES_A_HIT)
    files = [file for day in days for file in day.files]
    query = Query(Memory([]), Files(files, staged([]).stage))
    assert not query.read_ahead(START, START + 4 * DAY)
    assert query._selections._shelf.rows == 0 and len(query._selections._rows) < len(files)
    assert not query.read_ahead(START, START + DAY) and query._selections._shelf.rows == 10


@examples(5)
@given(batches, st.lists(st.sampled_from(FILTERS[-20:]).map(parse_filter), min_size=1, max_size=2))
def test_the_hours_of_all_hits_are_found_by_the_look_at_them_that_finds_all_else(parts, where):
    rows, asked = rows_of(parts), (START, START + 2 * DAY)
    alone = Query(Memory(parts), staged(rows)).series("traffic", *asked, "hour", where)
    with pytest.MonkeyPatch.context() as patch:
        query = Query(Memory(parts), staged(rows))
        totals = query.totals(*asked, where)
        patch.setattr(selection, "_trace", None)
        series = query.series("traffic", *asked, "hour", where)
    assert series == alone
    assert (sum(series.hits), sum(series.bytes), sum(series.errors)) == (totals.hits, totals.bytes, totals.errors)


def test_memory_is_bounded_and_what_is_asked_is_answered_all_the_same(tmp_path, monkeypatch):
    days = [archived([Hit(START + day * DAY + i) for i in range(20)], tmp_path / str(day)) for day in range(4)]
    data = Files([file for day in days for file in day.files], staged([]).stage)
    monkeypatch.setattr(selections, "LIMIT", 25 * selections.BYTES_A_HIT)
    query = Query(Memory([]), data)
    for _ in range(2):
        for day in range(4):
            asked = START + day * DAY, START + (day + 1) * DAY
            assert query.totals(*asked, [parse_filter("status=200")]).hits == 10
            assert 0 < query._selections._shelf.bytes <= selections.LIMIT


def test_times_with_fractions_are_compared_by_the_fraction():
    columns = plain.columns([Hit(START), Hit(START)])
    columns.time[1] += 500_000
    query = Query(Memory([]), Files([], pa.Table.from_batches([to_arrow(columns)])))
    asked = (START, START + DAY)
    assert query.totals(*asked, [parse_filter("time>1995-07-01T00:00:00")]).hits == 1
    assert query.totals(*asked, [parse_filter("time<=1995-07-01T00:00:00.4")]).hits == 1
    assert query.totals(*asked, [parse_filter("host!=-")]).hits == 2


def test_views_of_several_columns_and_of_other_families_are_answered(monkeypatch):
    views = (
        View("traffic", "", grains=("minute", "hour", "day"), visitors=("day",)),
        View("pair", "", ("host", "path")),
        View("kind", "", ("method", "status")),
        View("who", "", ("host", "agent"), status=404),
    )
    rows = [
        Hit(START + i, HOSTS[i % 3], TARGETS[i % 2], (200, 404)[i % 2], agent=(None, "x")[i % 5 > 1]) for i in range(60)
    ]
    where = [parse_filter("status!=-")]
    found = []
    for way in WAYS:
        for name, value in way.items():
            monkeypatch.setattr(selections, name, value)
        query = Query(Memory([rows], views=views), staged(rows), views)
        found.append([query.top(view.name, where=where) for view in views])
    assert found[0] == found[1] == found[2]
    assert len(found[0][1].rows) == 6
