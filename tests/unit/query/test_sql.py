import threading

import plain
import pytest
from plain import START, Hit, Memory, staged

from hitstream.errors import ConfigError
from hitstream.query import Query, parse_filter, sql
from hitstream.query.sql_text import condition_text
from hitstream.views import VIEWS

SECRET = "variables of this process"
ROWS = [Hit(START + i, target=f"/{i % 2}", status=404 if i % 4 == 0 else 200) for i in range(8)]


@pytest.fixture
def query(tmp_path):
    return Query(Memory([ROWS]), plain.archived(ROWS, tmp_path / "archive"))


def test_sql_sees_every_hit_and_every_view(query):
    assert query.sql("SELECT count(*) AS n FROM hits").to_pylist() == [{"n": 8}]
    found = query.sql("FROM not_found ORDER BY key").to_pylist()
    assert [(row["key"], row["hits"], row["errors"], row["visitors"]) for row in found] == [("/0", 2, 2, 1)]
    for view in VIEWS:
        assert query.sql(f'SELECT hour, key, hits, bytes, errors, visitors FROM "{view.name}"').num_rows >= 0


def test_the_schema_is_that_of_the_database(query):
    for table, columns in sql.schema(VIEWS).items():
        described = query.sql(f'DESCRIBE "{table}"').to_pylist()
        found = {
            row["column_name"]: row["column_type"].replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
            for row in described
        }
        assert found == columns


@pytest.mark.parametrize(
    "text",
    [
        *("status=4xx", "status in 200,-", "path=/1", "path!=/1", "path begins /1", "host contains O'HARA", "host!=-"),
        *("host=10.0.0.0/8", "host!=10.0.0.0/8", "time>=1995-07-01T00:00:03", "day=1995-07-01", "weekday=sat"),
        *("path~'; DROP TABLE hits; --", "path matches ^/[01]$", "agent=$value0", "hour<1"),
    ],
)
def test_a_filter_written_as_sql_passes_what_the_filter_passes(query, text):
    where = [parse_filter(text), parse_filter("status!=-")]
    found = query.sql(f"SELECT count(*) AS n FROM hits WHERE {condition_text(where)}").to_pylist()
    assert found == [{"n": query.totals(where=where).hits}]
    assert condition_text(()) == ""


def test_times_are_utc(query):
    assert query.sql("SELECT min(time)::VARCHAR AS t FROM hits").to_pylist() == [{"t": "1995-07-01 00:00:00+00"}]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM SECRET",
        "SELECT * FROM plain",
        "SELECT getenv('HOME')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM query('COPY hits TO ''{dir}/stolen''')",
        "COPY hits TO '{dir}/stolen'",
        "COPY (SELECT 1) TO '{dir}/archive/day=1995-07-01/hits.parquet'",
        "EXPORT DATABASE '{dir}/stolen'",
        "ATTACH '{dir}/stolen'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA version",
        "PRAGMA enable_external_access",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET enable_external_access",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW hits",
        "INSERT INTO hits SELECT * FROM hits",
        "WITH x AS (INSERT INTO stage SELECT * FROM stage RETURNING *) SELECT * FROM x",
        "DELETE FROM stage",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY hits TO '{dir}/stolen'",
        "SELECT",
        "SELECT * FROM nothing",
        "",
        "--",
    ],
)
def test_sql_can_do_nothing_but_read_hits(query, tmp_path, text):
    before = sorted((path, path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*"))
    with pytest.raises(ConfigError) as refused:
        query.sql(text.replace("{dir}", str(tmp_path)))
    assert refused.value.hint
    assert sorted((path, path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*")) == before


def test_what_does_not_end_is_interrupted():
    endless = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"
    with pytest.raises(ConfigError, match="longer than"):
        sql.run(staged(ROWS), VIEWS, endless, None, seconds=0.2)


def test_what_is_stopped_ends_at_once():
    stop = threading.Event()
    stop.set()
    endless = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"
    with pytest.raises(ConfigError, match="was stopped"):
        sql.run(staged(ROWS), VIEWS, endless, None, stop=stop)


def test_rows_are_limited(query, monkeypatch):
    assert query.sql("SELECT * FROM range(10)", limit=3).num_rows == 3
    assert query.sql("SELECT 1 WHERE false", limit=3).num_rows == 0
    monkeypatch.setattr(sql, "ROWS", 9)
    assert query.sql("SELECT * FROM range(9)").num_rows == 9
    with pytest.raises(ConfigError, match="more than 9 rows"):
        query.sql("SELECT * FROM range(10)")
