"""A bad line is shown with its file, its number there, its field, and the reason in words."""

import gzip
import threading
from pathlib import Path

import pytest

from hitstream.engine.settings import IngestSettings
from hitstream.parse import compile_format, parse
from hitstream.parse.explain import explain
from hitstream.pipeline import Ingestion, explained_bad_lines
from hitstream.record import Chunk
from hitstream.sources.decompress import Limits
from hitstream.sources.line_numbers import line_numbers

GOOD = '192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /%d HTTP/1.1" 200 57\n'
TORN = '192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5x7\n'


def ingest(data: Path, *logs: Path) -> None:
    Ingestion([str(log) for log in logs], data, IngestSettings(workers=1), Limits(), torn="take").run(threading.Event())


def test_a_bad_line_is_found_by_its_file_and_number(tmp_path: Path) -> None:
    first, packed = tmp_path / "access.log", tmp_path / "other.log.gz"
    first.write_text("".join(GOOD % number for number in range(20)) + TORN + GOOD % 1)
    packed.write_bytes(gzip.compress(("#\n" + GOOD % 0 + TORN + GOOD % 5 + TORN).encode()))
    ingest(tmp_path / "data", first, packed)
    rows, total = explained_bad_lines(tmp_path / "data", -1)
    assert total == 3
    assert sorted((Path(row.file).name, row.number) for row in rows) == [
        ("access.log", 21),
        ("other.log.gz", 3),
        ("other.log.gz", 5),
    ]
    assert {row.field for row in rows} == {"%b"}
    assert {row.reason for row in rows} == {"%b must be a whole number of bytes or `-`, but there stands '5x7'"}
    assert {row.line for row in rows} == {TORN.strip()}


def test_a_file_that_is_gone_has_no_numbers(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(GOOD % 0 + TORN)
    ingest(tmp_path / "data", log)
    log.unlink()
    rows, _ = explained_bad_lines(tmp_path / "data", -1)
    assert [(row.file, row.number) for row in rows] == [(str(log), None)]


def test_lines_too_far_into_a_file_have_no_numbers(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(GOOD % 0)
    assert line_numbers([("another source", 0)], [str(log)]) == {}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("common", "2001", "%h must be the address or host name of a client"),
        ("common", GOOD.replace("192.0.2.1", "2001"), "but there stands '2001 - - [10/Oct"),
        ("common", GOOD.replace("Oct", "Okt"), "%t must be a real time like %d/%b/%Y:%H:%M:%S %z, then ']"),
        ("common", "x" * 70_000, "the line is longer than 64 KiB"),
        ("syslog: common", GOOD % 1, "the line has not what carries the others"),
        ("syslog: common", f"Oct 10 13:55:36 web1 nginx: {TORN}", "but there stands '5x7'"),
        (
            "json time=t host=a|b request=r status=s",
            '{"t": 1646861401, "a": "-"}',
            "no client that can be read at a or b",
        ),
        ("json time=t host=a|b request=r status=s", "{", "the line is no JSON object, or is torn"),
        ('[%t] %h "%r" %>s', "x", "the line does not begin with '[['"),
    ],
)
def test_a_reason_says_what_is_wanted_and_what_stands_there(text: str, line: str, said: str) -> None:
    program = compile_format(text)
    bad = list(parse(Chunk("a", 0, line.strip().encode()), program).bad)
    assert said in explain(bad[0].data, bad[0].reason, program)
