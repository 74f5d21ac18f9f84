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
        ("status=4xx", [1]),
        ("status!=4XX", [0, 2, 3]),
        ("status in 301, 4xx", [1, 3]),
        ("status not in 301,4xx", [0, 2]),
        ("host in a.nasa.gov,10.0.0.0/8", [0, 2]),
        ("host=10.0.0.0/8", [2]),
        ("host!=10.0.0.0/8", [0, 1, 3]),
        ("host=2001:db8::/32", []),
        ("agent in -,{}", [1, 3]),
        ("agent not in -,{}", [0, 2]),
        ("agent contains GOOGLE", [2]),
        ("agent not contains google", [0, 1, 3]),
        ("agent contains (x11)", [0]),
        ("target contains '; drop", [2]),
        ("path begins /a", [0]),
        ("path not begins /a", [1, 2, 3]),
        ("target matches ^/[a-z]+\\.html$", [1]),
        ("agent not matches ^Mozilla|bot", [1, 3]),
        ("agent~-", []),
        ("target~--", [2]),
        ("bytes in 10,-", [0, 1]),
        ("hour in 0,1", [0, 1, 2, 3]),
        ("weekday not in sat,sun", [2, 3]),
        ("day in 1995-07-03", [2, 3]),
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
        ("path~^/api", "reads like a regular expression", "path matches ^/api"),
        ("path~\\.php$", "reads like a regular expression", "path matches"),
        ("path matches [", "not a regular expression", "RE2"),
        ("path matches (?=a)", "not a regular expression", "RE2"),
        ("host=10.0.0.0/33", "not a name, an address", ""),
        ("host=a/b", "not a name, an address", ""),
        ("status>=4xx", "no order", "whole number"),
        ("status=40x", "class such as 4xx", ""),
        ("bytes<-", "no order", ""),
        ("status in", "empty value", "commas"),
        ("status in 404,,500", "empty value", "commas"),
        ("agent contains", "compared with nothing", "-"),
        ("status contains 4", "cannot be compared with 'contains'", "in"),
        ("agent resembles x", "not a filter", "COLUMN OPERATOR VALUE"),
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


@pytest.mark.parametrize(
    "text", ["status>=400", "status in 404, 500", "host not in a,b", "path begins /a b", "agent!~in x"]
)
def test_a_filter_is_written_as_it_is_read(text):
    assert parse_filter(parse_filter(text).written) == parse_filter(text)


def test_addresses_of_version_6_and_those_of_4_in_their_form_are_in_ranges_too():
    hosts = ["2001:db8::7", "2001:0DB8:0::8", "2001:db9::1", "::ffff:10.1.2.3", "10.1.2.3", "10.1.2", None, "a.example"]
    rows = [Hit(START, host, "/", 200, 1, None) for host in hosts]
    query = Query(Memory([rows]), staged(rows))

    def counted(text):
        return query.totals(where=[parse_filter(text)]).hits

    assert [counted(f"host{op}2001:db8::/32") for op in ("=", "!=")] == [2, 6]
    assert [counted(f"host {op} 10.0.0.0/8") for op in ("in", "not in")] == [2, 6]
