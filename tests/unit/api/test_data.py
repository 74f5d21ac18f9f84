"""`hitstream.open`: the answers of `Query`, asked and read as a person would."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import polars
import pyarrow as pa
import pytest

import hitstream
from hitstream.errors import ConfigError
from hitstream.pipeline import Ingestion
from hitstream.query import Filter, open_query
from hitstream.sources.generate import Traffic

FIRST = 804_571_200
"""1995-07-01T00:00 in Florida."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    from threading import Event

    from hitstream.engine.settings import IngestSettings
    from hitstream.sources.decompress import Limits

    root = tmp_path_factory.mktemp("asked")
    log = root / "access.log"
    log.write_bytes(b"".join(Traffic(lines=5_000, days=3, malformed=0.01, format="combined").blocks()))
    Ingestion([str(log)], root / "data", IngestSettings(), Limits()).run(Event())
    return root / "data"


@pytest.fixture
def data(directory):
    with hitstream.open(directory) as opened:
        yield opened


@pytest.fixture
def query(directory):
    with open_query(directory) as opened:
        yield opened


def test_every_answer_is_that_of_the_query_behind_all_pages(data, query):
    assert data.totals() == query.totals()
    assert data.series("status", grain="hour", key="404").found == query.series("status", grain="hour", key="404")
    assert data.top("target", k=3, by="bytes").found == query.top("target", k=3, by="bytes")
    assert data.visitors() == query.visitors()
    assert data.heat_map().found == query.heat_map()
    filters = [Filter("status", ">=", "400"), Filter("host", "~", "a")]
    assert data.hits(["status>=400", "host~a"]).equals(query.hits(where=filters, limit=1000))
    assert data.sql("SELECT count(*) AS n FROM hits").equals(query.sql("SELECT count(*) AS n FROM hits"))
    assert data.bad_lines(3) == list(query.bad_lines(3))


@pytest.mark.parametrize(
    "start",
    [
        FIRST + 86_400,
        "1995-07-02T00:00-04:00",
        datetime(1995, 7, 2, 4),
        datetime(1995, 7, 2, 4, tzinfo=UTC),
        datetime(1995, 7, 2, tzinfo=timezone(timedelta(hours=-4))),
    ],
)
def test_a_time_can_be_written_in_many_ways(data, query, start):
    assert data.totals(start) == query.totals(FIRST + 86_400)


def test_a_date_is_its_midnight_in_utc(data, query):
    assert data.totals(date(1995, 7, 2), date(1995, 7, 3)) == query.totals(804_643_200, 804_729_600)


def test_a_filter_may_be_a_text_a_filter_or_several(data):
    one = data.visitors(where="status=404")
    assert one == data.visitors(where=Filter("status", "=", "404")) == data.visitors(where=["status=404"])


def test_tables_are_arrow_and_others_take_them(data):
    top = data.top("target", k=5)
    assert isinstance(top.arrow, pa.Table)
    assert pa.table(top).equals(top.arrow)
    assert polars.DataFrame(top)["hits"].to_list() == [row.hits for row in top.found.rows]
    assert list(top.arrow.to_pandas()["key"]) == [row.key for row in top.found.rows]
    assert len(top) == 5


def test_a_series_has_a_row_a_bucket_and_a_heat_map_168(data):
    series = data.series(grain="hour")
    assert len(series) == len(series.found.hits)
    times = series.arrow["time"].to_pylist()
    assert times[0] == datetime.fromtimestamp(series.found.start, UTC)
    assert times[1] - times[0] == timedelta(hours=1)
    week = data.heat_map()
    assert len(week) == 168
    assert sum(week.arrow["hits"].to_pylist()) == data.totals().hits


def test_charts_draw_what_the_tables_hold(data):
    top = data.top("target", k=5)
    bars = top.plot("bytes").data[0]
    assert list(bars.x) == [row.bytes for row in top.found.rows]
    assert list(data.series(grain="day").plot().data[0].y) == data.series(grain="day").found.hits
    hours = data.series(grain="hour").plot().data[0]
    assert hours.xperiod == 3_600_000 and hours.xperiodalignment == "middle"  # a bar is where its hour is
    assert hours.customdata[0] == f"{hours.x[1]:%Y-%m-%d %H:%M}"
    assert data.series(grain="minute").plot().data[0].type == "scatter"  # thousands of bars would be one grey area
    assert sum(map(sum, data.heat_map().plot().data[0].z)) == data.totals().hits
    with pytest.raises(ConfigError, match="no measure 'colour'"):
        top.plot("colour")


@pytest.mark.parametrize("wrong", [{"view": "colour"}, {"where": "colour=red"}, {"start": "tomorrowish"}])
def test_a_wrong_question_says_what_there_is(data, wrong):
    with pytest.raises(ConfigError) as raised:
        data.top(**{"view": "target"} | wrong)
    assert raised.value.hint


def test_it_says_what_it_holds(data, directory):
    assert str(directory) in repr(data)
    assert "5,000 lines = 4,954 hits + 46 bad lines" in repr(data)


def test_the_setting_says_what_is_opened_where_nothing_is_given(directory, monkeypatch):
    monkeypatch.setenv("HITSTREAM_DATA", str(directory))
    with hitstream.open() as data:
        assert data.totals().lines == 5_000


def test_a_directory_that_is_none_is_refused_at_once(tmp_path):
    with pytest.raises(ConfigError):
        hitstream.open(tmp_path)


def test_importing_hitstream_loads_nothing_but_itself():
    """Names come with their first use."""
    code = (
        "import sys; before = set(sys.modules); import hitstream;"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)));"
        "print(sorted(name for name in sys.modules if name.startswith('hitstream.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["['hitstream']", "[]"]
