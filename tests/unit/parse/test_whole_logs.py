"""`hitstream.parse`: a whole log, of bytes or of a file."""

import gzip
import subprocess
import sys

import pytest

import hitstream
from hitstream.errors import ConfigError, DataError
from hitstream.parse import whole
from hitstream.sources.generate import Traffic

LOG = b"".join(Traffic(lines=3_000, days=1, malformed=0.02, format="combined").blocks())
LINE = b'a.example - - [01/Jul/1995:00:00:01 -0400] "GET /x?y=1 HTTP/1.0" 200 10\n'


def test_every_line_is_a_hit_or_a_bad_line_at_its_position():
    table, bad = hitstream.parse(LOG)
    assert (table.num_rows, len(bad)) == (2_934, 66)
    starts = [0]
    for line in LOG.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    assert sorted([*table["offset"].to_pylist(), *(line.offset for line in bad)]) == starts[:-1]
    assert all(LOG[line.offset :].startswith(line.data) for line in bad)


def test_the_table_has_the_columns_of_the_line():
    (row,) = hitstream.parse(LINE)[0].to_pylist()
    assert (row["host"], row["method"], row["target"], row["status"], row["bytes"]) == (
        "a.example", "GET", "/x?y=1", 200, 10,
    )  # fmt: skip
    assert row["agent"] is None
    assert "browser" not in row


def test_a_file_says_the_same_as_its_bytes_packed_or_not(tmp_path):
    (tmp_path / "plain.log").write_bytes(LOG)
    (tmp_path / "packed.log.gz").write_bytes(gzip.compress(LOG))
    wanted, bad = hitstream.parse(LOG)
    for name in ("plain.log", "packed.log.gz"):
        for path in (tmp_path / name, str(tmp_path / name)):
            table, found = hitstream.parse(path)
            assert table.drop_columns("source").equals(wanted.drop_columns("source"))
            assert [line[1:] for line in found] == [line[1:] for line in bad]


def test_pieces_of_a_large_log_are_cut_after_a_newline(monkeypatch):
    wanted, bad = hitstream.parse(LOG)
    monkeypatch.setattr(whole, "MAX_BYTES", 1_000)
    table, found = hitstream.parse(LOG)
    assert table.to_pylist() == wanted.to_pylist()
    assert found == bad


def test_a_format_can_be_given_and_its_text_too():
    table, _ = hitstream.parse(LINE, "common")
    assert table.equals(hitstream.parse(LINE, '%h %l %u %t "%r" %>s %b')[0])
    with pytest.raises(ConfigError):
        hitstream.parse(LINE, "%Q")


def test_what_no_format_fits_is_refused():
    with pytest.raises(DataError, match="the log"):
        hitstream.parse(b"nothing like a log\n")


def test_no_lines_are_no_hits():
    table, bad = hitstream.parse(b"")
    assert (table.num_rows, bad) == (0, [])


@pytest.mark.parametrize("name", ["missing.log", "-", "."])
def test_what_is_no_file_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no such file"):
        hitstream.parse(name)


def test_the_name_is_the_package_and_can_be_called_whoever_came_first():
    for first in ("hitstream", "hitstream.parse", "hitstream.engine.embedded"):
        code = (
            f"import {first}, hitstream; table, bad = hitstream.parse({LINE!r}); print(table.num_rows);"
            "from hitstream.parse import compile_format; print(hitstream.parse.compile_format is compile_format)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["1", "True"]
