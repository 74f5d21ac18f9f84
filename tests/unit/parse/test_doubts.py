"""A log that has no format is refused with what it looks like; what is not sure about a format is said."""

import re

import pytest

from hitstream.errors import DataError
from hitstream.parse import detect
from hitstream.parse.kinds import KINDS

COMBINED = '10.0.0.1 - - [01/Jul/1995:00:00:01 +0000] "GET /a HTTP/1.0" 200 7 "-" "curl"'
LOOKS = {
    '2024/01/01 00:00:00 [error] 12#12: *1 open() "/x" failed (2: No such file or directory)': "an error log of nginx",
    "[Mon Jan 01 00:00:00.123456 2024] [core:error] [pid 12] [client 10.0.0.1:41] AH1: no": "an error log of Apache",
    "Jan  1 00:00:00 web1 sshd[12]: Failed password for root from 10.0.0.1 port 22 ssh2": "a system log",
    "2024-01-01 00:00:00 10.0.0.9 GET /a.aspx - 80 - 10.0.0.1 Mozilla/5.0 200 0 0 15": "W3C extended log",
    "<event><ip>10.0.0.1</ip></event>": "XML",
    "2024-01-01 00:00:00,123 INFO  [main] org.example.Main - started in 3 s": "the log of an application",
    "\tat org.example.Main.run(Main.java:12)": "a stack trace",
    "2024-01-01,10.0.0.1,/a,200": "CSV",
    "2024-01-01T00:00:00+00:00 | 10.0.0.1 | GET /a HTTP/1.1 | 200 | 12": "bars",
    "10.0.0.1\t/a\t200": "tabs",
    "\x01\x02\x03\x04": "binary data",
    '{"when":"2024-01-01T00:00:00Z","who":"10.0.0.1","page":"/a"}': "looks like JSON with the keys when, who, page",
    "when=2024-01-01T00:00:00Z who=10.0.0.1 page=/a": "looks like key=value with the keys when, who, page",
}


@pytest.mark.parametrize("line", LOOKS)
def test_a_log_of_no_format_is_refused_with_what_it_looks_like(line):
    with pytest.raises(DataError, match=re.escape(LOOKS[line])) as refused:
        detect(f"{line}\n".encode() * 20)
    assert refused.value.hint


@pytest.mark.parametrize("piece", [b"2024-01-01 00:00:00 - | ", b"- ", b"| ", b'"a",', b"\t", b"<", b" at a.", b"1 "])
def test_looking_at_hostile_lines_takes_no_time_to_speak_of(piece):
    """Each pattern looks at few bytes, and goes back over them in few ways."""
    line = (piece * 40_000)[:60_000]
    steps = 0
    for kind in KINDS:
        steps += bool(kind.line.match(line, 0, 500))
    assert steps <= len(KINDS)
    with pytest.raises(DataError):
        detect(line + b"\n")


def test_a_sure_format_is_not_doubted():
    assert detect(f"{COMBINED}\n".encode() * 20).doubt == ""


def test_a_number_without_a_unit_is_said_with_what_else_fits():
    doubt = detect(f"{COMBINED} 1234\n".encode() * 20).doubt
    assert "its unit is not said" in doubt
    assert "--format combined_duration" in doubt
    assert "nginx_time fits as many lines, with another duration" in doubt


def test_a_format_of_few_lines_is_said():
    doubt = detect((f"{COMBINED}\n" * 5 + "no request at all\n" * 20).encode()).doubt
    assert "only 5 of 25 lines looked at have it" in doubt
