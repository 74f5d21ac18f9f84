"""Envelopes: what they carry is read, where it stood, and the kernels do what the reference says."""

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hitstream.arrow import to_arrow
from hitstream.parse import compile_format, detect, parse
from hitstream.parse.envelopes import BY_NAME, ENVELOPE, ENVELOPES
from hitstream.parse.reference import parse_reference
from hitstream.parse.unwrap import NUL_BYTES, unwrap
from hitstream.parse.unwrap_reference import unwrap_reference
from hitstream.record import Chunk

LINE = '192.0.2.7 - kim [10/Oct/2025:13:55:36 +0000] "GET /a?b=\\x22c HTTP/1.1" 200 57 "-" "curl/8.5.0"'
ISO = "2025-10-10T13:55:36.123456789Z"
QUOTED = LINE.replace('"', '""')
CARRIED = {
    "syslog5424": [
        f"<190>1 {ISO} web1 nginx 812 - - {LINE}",
        f'<190>1 {ISO} web1 nginx 812 - [meta a="b"][x y="z"] {LINE}',
        f"<190>1 {ISO} web1 nginx - - - \ufeff{LINE}",
        f"302 <158>1 2025-10-10T13:55:36+00:00 host app web.1 - {LINE}",
    ],
    "heroku": [f"2025-10-10T13:55:36.691793+00:00 app[web.1]: {LINE}"],
    "syslog": [
        f"Oct 10 13:55:36 web1 nginx: {LINE}",
        f"Oct  1 13:55:36.123456 2001:db8::1 nginx[812]: {LINE}",
        f"<190>Oct 10 13:55:36 nginx: {LINE}",
        f"<190>Oct 10 13:55:36 web1 nginx: {LINE}",
        f"2025-10-10T13:55:36.123456+02:00 web1 nginx[812]: {LINE}",
        f"2025-10-10T13:55:36+0000 web1 nginx[812]: {LINE}",
        f"Fri 2025-10-10 13:55:36 UTC web1 nginx[812]: {LINE}",
        f"1760104536.123456 web1 docker/nginx[812]: {LINE}",
        f"[ 1234.567890] web1 nginx[812]: {LINE}",
    ],
    "cri": [f"{ISO} stdout F {LINE}", f"2025-10-10T13:55:36.1+02:00 stderr F {LINE}"],
    "compose": [
        f"nginx_1  | {LINE}",
        f"nginx-1  | {ISO} {LINE}",
        f"\x1b[36mnginx_1  |\x1b[0m {LINE}",
        f"\x1b[38;5;12mnginx-1  | \x1b[0m{LINE}",
    ],
    "kubectl": [f"[pod/nginx-7c5ddbdf54-abcde/nginx] {LINE}", f"[pod/nginx-0/nginx] {ISO} {LINE}"],
    "stern": [f"nginx-7c5ddbdf54-abcde nginx {LINE}"],
    "logger": [
        f"INFO:werkzeug:{LINE}",
        f"2023-08-21 20:36:43,208 - werkzeug - INFO - {LINE}",
        f"[2023-08-21 20:36:43,208] INFO in werkzeug: {LINE}",
        f"2023-08-21 20:36:43,208 [INFO] werkzeug: {LINE}",
        f"2023-08-21 20:36:43.208 INFO:     {LINE}",
        f"[2023-08-21T20:36:43] [WARNING] {LINE}",
    ],
    "grep": [f"/var/log/nginx/access.log:{LINE}", f"access.log.1:{LINE}"],
    "cloudwatch": [f"{ISO} ecs/web/0123456789abcdef {LINE}"],
    "timestamp": [f"{ISO} {LINE}"],
    "docker": [json.dumps({"log": LINE + "\n", "stream": "stdout", "time": ISO})],
    "journal-json": [json.dumps({"__CURSOR": "s=1;i=2", "MESSAGE": LINE, "_PID": "812", "PRIORITY": "6"})],
    "json-log": [json.dumps({"date": 1760104536.5, "log": LINE, "kubernetes": {"labels": {"a": ["b", 1, None]}}})],
    "json-message": [
        json.dumps({"@timestamp": ISO, "host": {"name": "web1"}, "log": {"offset": 1, "file": {}}, "message": LINE}),
        json.dumps({"file": "/var/log/access.log", "message": LINE, "source_type": "file"}, ensure_ascii=False),
    ],
    "connect": [json.dumps({"schema": {"type": "string", "optional": False}, "payload": LINE})],
    "json-msg": [json.dumps({"level": "info", "msg": LINE})],
    "csv": [f'2025-10-10 13:55:36,"web, 1",x,"{QUOTED}"', f'"{QUOTED}"'],
}
OF_ONE = [(name, line) for name, lines in CARRIED.items() for line in lines]


def rows(parsed):
    return to_arrow(parsed.hits).to_pylist()


def equal(one, other):
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("name", "line"), OF_ONE)
def test_a_carried_line_is_read_as_it_would_be_alone_at_the_place_of_what_carried_it(name, line):
    data = b"no envelope\n" + line.encode() + b"\r\n\n" + line.encode()
    wanted = parse(Chunk("a", 1000, LINE.encode()), compile_format("combined"))
    for run in (parse, parse_reference):
        parsed = run(Chunk("a", 1000, data), compile_format(f"{name}: combined"))
        at = [1012, 1012 + len(line.encode()) + 3]
        assert rows(parsed) == [{**rows(wanted)[0], "offset": offset} for offset in at]
        assert [(bad.offset, bad.reason, bad.data) for bad in parsed.bad] == [(1000, ENVELOPE, b"no envelope")]
        assert parsed.lines == 4


@pytest.mark.parametrize(("name", "line"), OF_ONE)
def test_an_envelope_is_told_with_the_format_inside(name, line):
    program = detect(b"Attaching to nginx\n" + (line + "\n").encode() * 12)
    assert program.name == f"{name}: combined"
    assert compile_format(program.text) == program


def test_every_envelope_has_samples():
    assert CARRIED.keys() == {row.name for row in ENVELOPES}


def test_envelopes_nest():
    line = json.dumps({"message": f"Oct 10 13:55:36 web1 nginx: {LINE}"}).encode()
    program = detect((line + b"\n") * 3)
    assert program.name == "json-message: syslog: combined"
    assert len(parse(Chunk("a", 0, line), program).hits) == 1


def test_what_is_inside_may_be_structured():
    fields = {"time": 1760104536, "remote_addr": "192.0.2.7", "request": "GET / HTTP/1.1", "status": 200}
    line = f"{ISO} stdout F {json.dumps(fields)}\n".encode()
    program = detect(line * 12)
    assert program.name == "cri: nginx_json"
    for run in (parse, parse_reference):
        assert [row["host"] for row in rows(run(Chunk("a", 0, line), compile_format(program.text)))] == ["192.0.2.7"]


def test_lines_that_only_look_carried_are_read_as_they_are():
    line = f"web-1.example.com {LINE}\n".encode()
    assert not detect(line * 12).envelopes


CRI = f"""\
{ISO} stdout P {LINE[:20]}
{ISO} stderr F {LINE.replace("192", "198")}
{ISO} stdout P {LINE[20:50]}
{ISO} stdout F {LINE[50:]}
{ISO} stderr P {LINE}
{ISO} stdout F {LINE}
"""
PARTS = [LINE[:20], LINE[20:50], LINE[50:] + "\n"]
DOCKER = "".join(json.dumps({"log": part, "stream": "stdout"}) + "\n" for part in [*PARTS, LINE + "\n"])


@pytest.mark.parametrize(
    ("name", "data", "numbers", "directives"), [("cri", CRI, [0, 1, 4, 5], 2), ("docker", DOCKER, [0, 3], 2)]
)
def test_parts_of_a_line_are_joined_and_stand_at_the_first(name, data, numbers, directives):
    starts = [0, *np.cumsum([len(line) for line in data.splitlines(keepends=True)]).tolist()]
    for run in (parse, parse_reference):
        parsed = run(Chunk("a", 0, data.encode()), compile_format(f"{name}: combined"))
        assert parsed.hits.offset.tolist() == [starts[number] for number in numbers]
        assert parsed.directives == directives
        assert parsed.lines == len(data.splitlines())
        assert not parsed.bad


def test_a_bad_line_is_kept_as_it_came():
    data = b'{"log":"x\\n"}\n{"log":5}\n'
    parsed = parse(Chunk("a", 7, data), compile_format("docker: combined"))
    found = [(bad.offset, bad.reason, bad.data) for bad in parsed.bad]
    assert found == [(7, "%l", b'{"log":"x\\n"}'), (21, ENVELOPE, b'{"log":5}')]


@pytest.mark.parametrize("hole", [1, 96, 5000])
def test_nul_bytes_before_and_after_a_line_and_marks_of_byte_order_are_no_part_of_it(hole):
    nul, line = b"\0" * hole, LINE.encode()
    data = b"\xef\xbb\xbf" + line + b"\n" + nul + line + nul + b"\n\xef\xbb\xbf" + line + b"\n"
    alone = rows(parse(Chunk("a", 0, line), compile_format("combined")))[0]
    for run in (parse, parse_reference):
        found = rows(run(Chunk("a", 0, data), compile_format("combined")))
        offsets = [0, len(line) + 4 + hole, 2 * len(line) + 5 + 2 * hole]
        assert found == [{**alone, "offset": offset} for offset in offsets]


def test_nul_bytes_within_a_line_make_it_a_bad_one():
    torn = LINE[:40].encode() + b"\0" * 9 + LINE.encode()
    (bad,) = parse(Chunk("a", 0, torn), compile_format("combined")).bad
    assert (bad.reason, bad.data) == (NUL_BYTES, torn)


PIECES = st.sampled_from(
    [b"\n", b"\r\n", b"\0", b" ", b'"', b'""', b",", b"\\", b"\\n", b"\\u00e9", b"\\ud83d\\ude00", b"\\udc80", b"\xff"]
    + [
        b'{"log":"',
        b'{"message":"x',
        b'"}',
        b'"stream":"stderr"',
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"-1.5e3",
        b"null",
        b"NaN",
    ]
    + [b"\xef\xbb\xbf", b"01", b"true", b"- ", b"\x1b[0m", b"| ", b"access.log:"]
    + [line.encode() for _, line in OF_ONE]
    + [line.encode()[: len(line) // 3] for _, line in OF_ONE]
)


@pytest.mark.parametrize("name", ["", *BY_NAME])
@given(data=st.one_of(st.lists(PIECES, max_size=12).map(b"".join), st.binary(max_size=200)))
@example(data=CRI.encode())
@example(data=DOCKER.encode())
@example(data=b'{"log":"a","log":"b\\n"}\n{"log":"a\\n","log":1}\n{"l\\u006fg":"x\\n"}\n{"log":"\\n"}')
@example(data=b'{"message":"a\\nb"}\n{"message":"a\\n\\n"}\n{"message":""}\n{"message":"a"} \n{"message":"a"},\n[]')
def test_kernels_take_envelopes_off_as_the_reference_does(name, data):
    equal(unwrap(data, name), unwrap_reference(data, name))
