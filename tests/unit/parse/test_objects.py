"""Lines of JSON: where each server puts its fields, and that the parser does what the reference does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.errors import ConfigError, DataError
from hitstream.parse import compile_format, detect, parse
from hitstream.parse.reference import parse_reference
from hitstream.record import Chunk
from hitstream.sources.contract import LINE_CAP
from hitstream.testing.objects import objects

CADDY = {
    "level": "info",
    "ts": 1646861401.5241024,
    "logger": "http.log.access",
    "msg": "handled request",
    "request": {
        "remote_ip": "10.0.0.1",
        "remote_port": "41342",
        "client_ip": "192.0.2.7",
        "proto": "HTTP/2.0",
        "method": "GET",
        "host": "example.org",
        "uri": "/a?b=c",
        "headers": {"User-Agent": ["curl/7.82.0"], "Referer": ["https://example.net/"], "Accept": ["*/*"]},
        "tls": {"resumed": False, "version": 772},
    },
    "bytes_read": 0,
    "user_id": "",
    "duration": 0.000929675,
    "size": 10900,
    "status": 200,
    "resp_headers": {"Server": ["Caddy"]},
}
TRAEFIK = {
    "ClientAddr": "192.0.2.7:50242",
    "ClientHost": "192.0.2.7",
    "ClientUsername": "-",
    "DownstreamContentSize": 10900,
    "DownstreamStatus": 200,
    "Duration": 929675,
    "RequestHost": "example.org",
    "RequestMethod": "GET",
    "RequestPath": "/a?b=c",
    "RequestProtocol": "HTTP/2.0",
    "StartUTC": "2022-03-09T21:30:01.524102400Z",
    "level": "info",
    "msg": "",
    "request_Referer": "https://example.net/",
    "request_User-Agent": "curl/7.82.0",
    "time": "2022-03-09T21:30:02Z",
}
NGINX = {
    "time_iso8601": "2022-03-09T22:30:01+01:00",
    "remote_addr": "192.0.2.7",
    "remote_user": "",
    "request": "GET /a?b=c HTTP/2.0",
    "status": "200",
    "body_bytes_sent": "10900",
    "request_time": "0.929",
    "http_referer": "https://example.net/",
    "http_user_agent": "curl/7.82.0",
    "host": "example.org",
}
IN_PARTS = {
    "msec": "1646861401.524",
    "remote_addr": "192.0.2.7",
    "request_method": "GET",
    "request_uri": "/a?b=c",
    "server_protocol": "HTTP/2.0",
    "status": 200,
    "bytes_sent": 10900,
    "request_time": 0.929,
    "http_referrer": "https://example.net/",
    "user_agent": "curl/7.82.0",
    "server_name": "example.org",
}
WHOLE = 1_646_861_401_000_000
SERVERS = [
    ("caddy", CADDY, 524_102, 929, 0),
    ("traefik", TRAEFIK, 524_102, 929, 0),
    ("nginx_json", NGINX, 0, 929_000, 60),
    ("nginx_json", IN_PARTS, 524_000, 929_000, 0),
]
NAMES = ["caddy", "traefik", "nginx_json"]
FORMATS = [*NAMES, "json time_ms=t host=h request=r method=m target=a.b.c protocol=p status=s milliseconds=d"]
FORMATS += ["json time=t host=h target=u status=s bytes=b microseconds=d agent=x|y.z"]
TEXTS = {
    "host": "192.0.2.7",
    "vhost": "example.org",
    "user": None,
    "method": "GET",
    "target": "/a?b=c",
    "protocol": "HTTP/2.0",
    "referrer": "https://example.net/",
    "agent": "curl/7.82.0",
}


def plain(parsed):
    hits = parsed.hits
    arrays = (hits.offset, hits.time, hits.zone, hits.status, hits.bytes, hits.duration)
    text = {name: (column.codes.tolist(), column.texts.decode()) for name, column in hits.text.items()}
    return [(array.dtype, array.tolist()) for array in arrays], text, list(parsed.bad)


def of(data, name="nginx_json", offset=0):
    """Parse with both parsers, which must agree."""
    chunk = Chunk("a.log", offset, data)
    ours, reference = (read(chunk, compile_format(name)) for read in (parse, parse_reference))
    assert plain(ours) == plain(reference)
    return ours


def text(parsed, name):
    column = parsed.hits.text[name]
    texts = [*column.texts.decode(), None]
    return [texts[code] for code in column.codes]


def line(**changed):
    return json.dumps(NGINX | changed).encode() + b"\n"


@pytest.mark.parametrize(("name", "example", "micros", "took", "zone"), SERVERS)
def test_the_fields_of_each_server_are_found(name, example, micros, took, zone):
    data = json.dumps(example).encode() + b"\n"
    assert detect(data * 3).name == name
    parsed = of(data, name)
    hits = parsed.hits
    assert not parsed.bad
    assert (hits.time[0], hits.zone[0]) == (WHOLE + micros, zone)
    assert (hits.status[0], hits.bytes[0], hits.duration[0]) == (200, 10900, took)
    assert {column: text(parsed, column)[0] for column in TEXTS} == TEXTS


@pytest.mark.parametrize("name", FORMATS)
@examples(15)
@given(data=st.data())
def test_both_parsers_agree_on_lines_near_validity(name, data):
    of(data.draw(objects(compile_format(name))), name, data.draw(st.sampled_from([0, 2**40])))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@examples(150)
@given(data=st.data())
def test_both_parsers_agree_on_many_more_lines(name, data):
    of(data.draw(objects(compile_format(name))), name)


@examples(100)
@given(data=st.binary())
def test_both_parsers_agree_on_arbitrary_bytes(data):
    of(data)


def test_every_line_is_a_hit_or_a_bad_line_with_its_place():
    pieces = [line(), b"\n", line(status="2x"), b'{"torn":\n', line(remote_addr=None), line()[:-1]]
    parsed = of(b"".join(pieces), offset=1000)
    starts = [1000 + sum(map(len, pieces[:at])) for at in range(6)]
    assert parsed.hits.offset.tolist() == [starts[0], starts[5]]
    assert [(bad.offset, bad.reason) for bad in parsed.bad] == [
        (starts[1], "JSON"),
        (starts[2], "status"),
        (starts[3], "JSON"),
        (starts[4], "host"),
    ]
    assert parsed.bad[2].data == b'{"torn":'


@pytest.mark.parametrize(
    "value",
    [
        b"NaN",
        b"Infinity",
        b"1e400",
        b"9" * 400,
        b"01",
        b"'a'",
        b'"\\ud800"',
        b"[" * 65 + b"]" * 65,
        b"[" * 5000,
        b'"\x01"',
    ],
)
def test_what_is_not_json_is_a_bad_line(value):
    parsed = of(line()[:-2] + b', "other": ' + value + b"}\n")
    assert [bad.reason for bad in parsed.bad] == ["JSON"]


@pytest.mark.parametrize(
    "value", [b"[" * 63 + b"]" * 63, b'"' + b"[" * 5000 + b'"', b"9" * 30, b"-0", b'"\\ud83d\\ude00"']
)
def test_odd_json_beside_the_fields_does_no_harm(value):
    assert len(of(line()[:-2] + b', "other": ' + value + b"}\n").hits) == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("time_iso8601", "yesterday", "time"),
        ("time_iso8601", "2022-02-30T00:00:00Z", "time"),
        ("time_iso8601", 1e17, "time"),
        ("time_iso8601", -1, "time"),
        ("status", 1000, "status"),
        ("status", True, "status"),
        ("status", 200.0, "status"),
        ("body_bytes_sent", -1, "bytes"),
        ("body_bytes_sent", 10**18, "bytes"),
        ("body_bytes_sent", 1e3, "bytes"),
        ("request_time", -0.5, "seconds"),
        ("request_time", 10**12, "seconds"),
        ("request_time", "1e3", "seconds"),
        ("http_user_agent", 7, "agent"),
        ("http_user_agent", {"a": 1}, "agent"),
        ("request", 5, "request"),
        ("request", None, "target"),
    ],
)
def test_a_value_that_does_not_fit_makes_a_bad_line(field, value, reason):
    assert [bad.reason for bad in of(line(**{field: value})).bad] == [reason]


def test_of_equal_keys_the_last_counts():
    assert of(line()[:-2] + b', "status": 404}\n').hits.status.tolist() == [404]


def test_bytes_that_are_not_utf8_and_escapes_of_nginx_are_texts():
    data = line(request="GET /@ HTTP/1.1")
    parsed = of(data.replace(b"@", b"\xff\xc3\xa9") + data.replace(b"@", b"\\x22\\\\x") + data.replace(b"@", b"\\\xff"))
    assert text(parsed, "target") == ["/\\xff\u00e9", "/\\x22\\x", "/\\\\xff"]


def test_a_request_is_split_as_in_text_formats():
    parsed = of(line(request="") + line(request="-") + line(request="GET / x HTTP/1.1") + line(request="\x16\x03"))
    assert text(parsed, "target") == ["", "-", "/ x", "\x16\x03"]
    assert text(parsed, "method") == ["", "", "GET", ""]


def test_a_line_longer_than_the_cap_is_bad_and_its_start_is_kept():
    parsed = of(line(http_user_agent="x" * LINE_CAP))
    assert [(bad.reason, len(bad.data)) for bad in parsed.bad] == [("line too long", LINE_CAP)]


def test_a_log_of_unknown_json_is_refused_with_the_field_that_is_missing():
    with pytest.raises(DataError, match=r"`\w+` comes nearest.*its field (time|host)"):
        detect(b'{"message": "no hit", "pid": 7}\n' * 3, "a.log")


def test_a_format_says_where_the_fields_of_other_servers_stand():
    row = {"t": 1646861401524, "http": {"ip": "h", "line": "GET /", "code": "404"}, "took": 12}
    parsed = of(
        json.dumps(row).encode(), "json time_ms=t  host=http.ip request=http.line status=http.code milliseconds=took"
    )
    assert (parsed.hits.time[0], parsed.hits.duration[0]) == (WHOLE + 524_000, 12_000)
    assert text(parsed, "target") == ["/"]


def test_the_text_of_a_format_compiles_to_the_same():
    for name in FORMATS:
        program = compile_format(name)
        assert compile_format(program.text) == program
        assert program.name == (name if name in NAMES else "custom")


@pytest.mark.parametrize(
    ("format", "said"),
    [
        ("json", "no time or time_ms"),
        ("json time=t host=h status=s", "no request or target"),
        ("json time=t host=h status=s request=r colour=c", "`colour=c` names no column"),
        ("json time=t host=h status=s request=", "has no path"),
        ("json time=t host=h status=s request=a..b", "has no path"),
        ("json time=t time_ms=t host=h status=s request=r", "more than one of time, time_ms"),
    ],
)
def test_a_format_that_cannot_work_is_refused(format, said):
    with pytest.raises(ConfigError, match=said):
        compile_format(format)
