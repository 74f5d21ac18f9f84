"""A data directory that was ingested answers as the rows of its log do."""

import pytest

from hitstream.engine.embedded import ingest
from hitstream.errors import ConfigError
from hitstream.query import open_query, parse_filter
from hitstream.sources.open import open_source

LINES = [
    f'{host} - - [{day:02}/Jul/1995:{hour:02}:00:01 +0000] "GET /{target} HTTP/1.0" {status} 10'
    for day in (1, 2, 3)
    for hour in (0, 12, 23)
    for host, target, status in (("a.com", "", 200), ("b.com", "x.gif", 200), ("a.com", "=cmd()", 404))
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    log = root / "access.log"
    log.write_text("\n".join([*LINES, "junk", ""]))
    ingest(root / "data", lambda states, size: open_source([log], states=states, max_bytes=size))
    return root / "data"


def test_totals_are_those_of_the_log(directory):
    with open_query(directory) as query:
        totals = query.totals()
        assert (totals.lines, totals.hits, totals.bad_lines) == (len(LINES) + 1, len(LINES), 1)
        assert (totals.bytes, totals.errors, totals.visitors) == (10 * len(LINES), 9, 2)
        assert query.span() == (totals.first, totals.last) == (804_556_801, 804_556_801 + 2 * 86400 + 23 * 3600)
        assert query.counts().bad == 1
        assert [line.data for line in query.bad_lines()] == [b"junk"]
        assert [reason.lines for reason in query.bad_reasons()] == [1]


def test_cells_and_single_hits_agree(directory):
    everything = [parse_filter("status!=-")]
    with open_query(directory) as query:
        assert query.top("target") == query.top("target", where=everything)
        assert query.series() == query.series(where=everything)
        assert query.top("not_found").rows[0][:2] == ("/=cmd()", 9)
        assert query.hits(limit=1, order="oldest")["host"].to_pylist() == ["a.com"]
        assert query.sql("SELECT sum(hits)::INT AS n FROM traffic").to_pylist() == [{"n": len(LINES)}]


def test_what_is_no_data_directory_is_named(tmp_path):
    with pytest.raises(ConfigError, match=str(tmp_path)), open_query(tmp_path):
        pass
