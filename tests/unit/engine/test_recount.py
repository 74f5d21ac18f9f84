"""An audit reads the lines again: hits, bad lines and directives add up to the lines, range by range."""

import pytest

from hitstream.engine.audit import audit
from hitstream.engine.embedded import ingest
from hitstream.engine.settings import IngestSettings
from hitstream.sources.open import open_source
from hitstream.store.directory import open_directory

LINE = '10.0.0.%d - - [01/Jul/1995:00:00:%02d +0000] "GET /%d HTTP/1.0" 200 7 "-" "curl"\n'
W3C = (
    "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2024-01-01 00:00:01 10.0.0.1 GET /a 200\n",
    "#Fields: c-ip date time sc-status cs-uri-stem cs-method\n10.0.0.2 2024-01-01 00:00:02 404 /b GET\n",
)


def combined(count, start=0):
    return "".join(LINE % (number % 250, number % 60, number) for number in range(start, start + count)).encode()


def read(data, log, *, max_bytes=None):
    def opened(states, most):
        return open_source([log], states=states, max_bytes=max_bytes or most)

    return ingest(data, opened, IngestSettings(workers=1))


def change(data, sql, *values):
    opened = open_directory(data, write=True)
    assert opened.database.write(sql, *values) == 1
    opened.close()


@pytest.fixture
def filled(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(combined(20) + b"# a remark\n\n" + b"no request\n" + combined(5))
    read(tmp_path / "data", log)
    assert audit(tmp_path / "data").ok
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("counted", "named"),
    [
        ("lines = lines + 1", "lines in the source"),
        ("bad = bad + 1", "bad lines in the source"),
        ("bad = bad - 1", "directives"),
        ("hits = hits - 1", "hits in the source"),
    ],
)
def test_a_count_that_is_off_by_one_is_named(filled, counted, named):
    change(filled, f"UPDATE ranges SET {counted}")
    assert any(found.what == named for found in audit(filled).differences)


def test_a_source_of_w3c_sections_is_recounted_wherever_it_is_cut(tmp_path):
    log = tmp_path / "ex.log"
    log.write_bytes("".join(W3C * 3).encode())
    for piece in (None, 1 << 17):
        data = tmp_path / f"data-{piece}"
        assert read(data, log, max_bytes=piece).hits == 6
        assert audit(data).ok


def test_each_range_is_recounted_with_its_own_format(tmp_path):
    log, data = tmp_path / "ex.log", tmp_path / "data"
    for number in range(4):
        with log.open("a") as file:
            file.write(W3C[number % 2])
        read(data, log)
    result = audit(data)
    assert result.ok
    assert (result.lines, result.hits, result.bad) == (8, 4, 0)
