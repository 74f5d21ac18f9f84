import plain
import pytest
from plain import START, Hit, Memory, staged

from hitstream.errors import ConfigError
from hitstream.query import Filter, Query, parse_filter

ROWS = [
    Hit(START, "a.nasa.gov", "/a.gif?x=1", 200, 10, "Mozilla/5.0 (X11)"),
    Hit(START + 3600, "b.example.co.uk", "/index.html", 404, None, None),
    Hit(START + 2 * 86400 + 61, "10.0.0.1", "/'; DROP TABLE stage; --", 500, 7, "Googlebot/2.1"),
    Hit(START + 2 * 86400 + 61, "$value0", "/$start", 301, 0, "{}"),
]


def passing(*filters):
    found = Query(Memory([ROWS]), staged(ROWS)).hits(where=[parse_filter(text) for text in filters], order="oldest")
    return [ROWS[offset] for offset in found["offset"].to_pylist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status>=400", [1, 2]),
        ("status=404", [1]),
        ("status!=404", [0, 2, 3]),
        ("bytes=-", [1]),
        ("bytes<10", [2, 3]),
        ("bytes!=-", [0, 2, 3]),
        ("host~nasa", [0]),
        ("host!~nasa", [1, 2, 3]),
        ("agent=-", [1]),
        ("agent!~Google", [0, 1, 3]),
        ("path=/a.gif", [0]),
        ("target=/a.gif", []),
        ("target=/'; DROP TABLE stage; --", [2]),
        ("target~$start", [3]),
        ("host=$value0", [3]),
        ("agent={}", [3]),
        ("extension=gif", [0]),
        ("domain=example.co.uk", [1]),
        ("country=GB", [1]),
        ("site=-", [0, 1, 2, 3]),
        ("browser!=-", [0, 3]),
        ("bot=Googlebot", [2]),
        ("time>=1995-07-01T01:00", [1, 2, 3]),
        ("time<=1995-07-01T02:00+02:00", [0]),
        ("day=1995-07-03", [2, 3]),
        ("hour=1", [1]),
        ("weekday=mon", [2, 3]),
        ("weekday!=Monday", [0, 1]),
        ("source=log", [0, 1, 2, 3]),
        ("offset>1", [2, 3]),
        ("zone=0", [0, 1, 2, 3]),
        ("duration=-", [0, 1, 2, 3]),
    ],
)
def test_a_filter_keeps_what_it_says(text, expected):
    assert passing(text) == [ROWS[i] for i in expected]


def test_filters_all_have_to_hold():
    assert passing("status>=400", "host~example") == [ROWS[1]]


def test_a_filter_may_be_given_its_value_in_its_own_type():
    found = Query(Memory([ROWS]), staged(ROWS)).totals(where=[Filter("status", ">=", 400)])
    assert (found.hits, found.errors, found.lines) == (2, 2, None)
    assert (found.first, found.last) == (START + 3600, START + 2 * 86400 + 61)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("status", "not a filter", "COLUMN OPERATOR VALUE"),
        ("1=1; --", "not a filter", "COLUMN OPERATOR VALUE"),
        ("colour=red", "no column 'colour'", "host"),
        ("status~4", "cannot be compared with '~'", ">="),
        ("host>a", "cannot be compared with '>'", "!~"),
        ("status=four", "whole number", ""),
        ("time>yesterday", "not a time", ""),
        ("day=1995-13-01", "not a day", ""),
        ("weekday=holiday", "not one of mon", ""),
    ],
)
def test_what_is_no_filter_is_refused_by_name(text, what, hint):
    with pytest.raises(ConfigError) as refused:
        parse_filter(text)
    assert what in refused.value.message
    assert hint in refused.value.hint


def test_hits_are_answered_from_files_and_stage_alike(tmp_path):
    query = Query(Memory([ROWS]), plain.archived(ROWS, tmp_path / "it's [1]*"))
    assert query.totals(where=[parse_filter("status!=-")])[1] == len(ROWS)
    newest = query.hits(limit=3)
    assert newest.num_rows == 3
    assert newest["host"].to_pylist()[2] == "b.example.co.uk"
    assert query.sql("SELECT count(*) AS n FROM hits")["n"].to_pylist() == [len(ROWS)]


def test_of_the_newest_hits_only_the_newest_days_are_read(tmp_path):
    rows = [Hit(START + day * 86400 + i) for day in range(9) for i in range(4)]
    data = plain.archived(rows, tmp_path)
    gone = data._replace(files=[f"{tmp_path}/day=1995-06-01/gone.parquet", *data.files])
    times = [START + 8 * 86400 + i for i in range(4)] + [START + 7 * 86400 + 3]
    newest = Query(Memory([rows]), gone).hits(START - 90 * 86400, START + 900 * 86400, limit=5)
    assert [time.timestamp() for time in newest["time"].to_pylist()] == sorted(times, reverse=True)
    for order, expected in (("newest", rows[::-1]), ("oldest", rows)):
        found = Query(Memory([rows]), data).hits(limit=30, order=order)
        assert [time.timestamp() for time in found["time"].to_pylist()] == [row.second for row in expected[:30]]
    assert Query(Memory([]), plain.staged([])).hits().num_rows == 0
