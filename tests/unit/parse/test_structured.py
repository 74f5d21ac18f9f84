"""Structured lines: where each server puts its fields, and that the parser does what the reference does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.errors import ConfigError
from hitstream.parse import compile_format, detect, parse
from hitstream.parse.reference import parse_reference
from hitstream.record import Chunk
from hitstream.sources.contract import LINE_CAP
from hitstream.testing.structured import structured_logs

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
FORMATS += [
    "json time=t host=h|i target=u status=s bytes=b duration=d microseconds=d agent=x|y.z",
    "console time=^|ts host=h request=r status=s",
    "logfmt time=^|t host=h request=r target=u method=m status=s duration=d agent=a",
    "ltsv time=t host=h request=r status=s seconds=d user=u",
    "ltsv-pipes time=t host=h request=r status=s",
    "ltsv-blanks time=t host=h request=r status=s",
    "logfmt-tabs time=t host=h request=r status=s",
]
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
    of(data.draw(structured_logs(compile_format(name))), name, data.draw(st.sampled_from([0, 2**40])))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@examples(150)
@given(data=st.data())
def test_both_parsers_agree_on_many_more_lines(name, data):
    of(data.draw(structured_logs(compile_format(name))), name)


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
    "rest",
    [
        b', "other": ' + b"[" * 64 + b"]" * 64 + b"}",
        b', "other": "a',
        b"}}",
        b', "other" 1}',
        b'"a":1}',
        b", 1}",
        b'} {"a":1}',
    ],
)
def test_what_is_not_an_object_is_a_bad_line(rest):
    assert [bad.reason for bad in of(line()[:-2] + rest + b"\n").bad] == ["JSON"]


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 63 + b"]" * 63,
        b'"' + b"[" * 5000 + b'"',
        b"9" * 30,
        b"-0",
        b'"\\ud83d\\ude00"',
        b"-",
        b"",
        b"NaN",
        b"01",
        b"0.001, 0.002 : 0.003",
        b'"\x01"',
        b'"\\ud800"',
        b'"\\q"',
        b'{"a": [1, {"status": 7}],}',
        b"[1,,]",
    ],
)
def test_odd_values_beside_the_fields_do_no_harm(value):
    assert len(of(line()[:-2] + b', "other": ' + value + b"}\n").hits) == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("time_iso8601", "yesterday", "time"),
        ("time_iso8601", "2022-02-30T00:00:00Z", "time"),
        ("time_iso8601", 1e99, "time"),
        ("time_iso8601", -1, "time"),
        ("time_iso8601", 1.5, "time"),
        ("status", 1000, "status"),
        ("status", True, "status"),
        ("status", 200.5, "status"),
        ("status", None, "status"),
        ("remote_addr", "-", "host"),
        ("remote_addr", "unknown", "host"),
        ("remote_addr", "stdout F", "host"),
        ("remote_addr", "2001", "host"),
        ("remote_addr", {"ip": "192.0.2.1"}, "host"),
        ("request", None, "request"),
    ],
)
def test_a_needed_value_that_cannot_be_read_makes_a_bad_line(field, value, reason):
    assert [bad.reason for bad in of(line(**{field: value})).bad] == [reason]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("body_bytes_sent", -1),
        ("body_bytes_sent", 10**18),
        ("body_bytes_sent", "1.2kB"),
        ("request_time", -0.5),
        ("request_time", 10**12),
        ("request_time", "0.001, 0.002"),
        ("http_user_agent", True),
        ("http_user_agent", {"a": 1}),
        ("host", "-"),
    ],
)
def test_any_other_value_that_cannot_be_read_is_left_out_of_the_hit(field, value):
    parsed = of(line(**{field: value}))
    missing = {"body_bytes_sent": parsed.hits.bytes[0] == -1, "request_time": parsed.hits.duration[0] == -1}
    missing |= {"http_user_agent": text(parsed, "agent") == [None], "host": text(parsed, "vhost") == [None]}
    assert {name for name, is_missing in missing.items() if is_missing} == {field}


@pytest.mark.parametrize(
    ("written", "client"),
    [
        ("192.0.2.7:41342", "192.0.2.7"),
        ("[2001:DB8:0:0::1]:443", "2001:db8::1"),
        ("2001:db8::0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::FFFF:192.0.2.7", "::ffff:192.0.2.7"),
        ("203.0.113.9, 198.51.100.7", "203.0.113.9"),
        ("unknown, 198.51.100.7", "198.51.100.7"),
        ("Crawler.Example.ORG", "crawler.example.org"),
    ],
)
def test_a_client_is_kept_in_one_form(written, client):
    assert text(of(line(remote_addr=written)), "host") == [client]


def test_clients_that_are_written_in_several_ways_are_one():
    parsed = of(line(remote_addr="2001:db8::1") + line(remote_addr="[2001:DB8::1]:80") + line(remote_addr="::1"))
    assert text(parsed, "host") == ["2001:db8::1", "2001:db8::1", "::1"]
    assert parsed.hits.text["host"].codes.tolist() == [0, 0, 1]


@pytest.mark.parametrize("forwarded", ["-", "", None, "unknown", "stdout F"])
def test_a_key_without_a_client_leaves_it_to_the_next(forwarded):
    row = {"t": 1646861401, "xff": forwarded, "peer": "192.0.2.7", "r": "GET /", "s": 200}
    assert text(of(json.dumps(row).encode(), "json time=t host=xff|peer request=r status=s"), "host") == ["192.0.2.7"]


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (1_646_861_401, 0),
        (1_646_861_401_524, 524_000),
        (1_646_861_401_524_102, 524_102),
        (1_646_861_401_524_102_999, 524_102),
        ("1646861401.524", 524_000),
        (1.6468614015e9, 500_000),
        ("2022-03-09T21:30:01Z", 0),
        ("2022-03-09 21:30:01,524", 524_000),
        ("2022-03-10T03:00:01.524+0530", 524_000),
        ("2022-03-09 22:30:01.5 +0100 CET", 500_000),
        ("[09/Mar/2022:21:30:01 +0000]", 0),
        ("Wed, 09 Mar 2022 21:30:01 GMT", 0),
        ("2022/03/09 21:30:01.524", 524_000),
    ],
)
def test_times_are_read_in_all_their_forms(value, micros):
    assert of(line(time_iso8601=value)).hits.time.tolist() == [WHOLE + micros]


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("1.8956ms", 1895),
        ("0.000116s", 116),
        ("288ms", 288000),
        ("2m3.5s", 123500000),
        ("7 µs", 7),
        ("1h", 36 * 10**8),
        (12, -1),
        ("0.5", -1),
        ("1.5m", -1),
        ("soon", -1),
    ],
)
def test_a_duration_counts_only_with_its_unit(value, micros):
    data = json.dumps({"t": 1646861401, "h": "::1", "r": "GET /", "s": 200, "d": value}).encode()
    assert of(data, "json time=t host=h request=r status=s duration=d").hits.duration.tolist() == [micros]


@pytest.mark.parametrize(
    ("values", "method", "target", "protocol"),
    [
        ({"request": "id=5 of 7", "method": "POST", "uri": "/a"}, "POST", "/a", ""),
        ({"request": "/a", "method": "POST", "protocol": "HTTP/1.1"}, "POST", "/a", "HTTP/1.1"),
        ({"request": "GET /a?b HTTP/1.1", "method": "POST", "uri": "/a"}, "GET", "/a?b", "HTTP/1.1"),
        ({"request": "GET /a", "method": "GET"}, "GET", "/a", ""),
        ({"request": "put http://a/ http/1.1"}, "put", "http://a/", "http/1.1"),
        ({"request": "GET /a"}, "GET", "/a", ""),
        ({"request": "-"}, "", "-", ""),
    ],
)
def test_a_request_is_told_from_a_body_and_from_a_path(values, method, target, protocol):
    row = {"time": 1646861401, "remote_addr": "::1", "status": 200} | values
    parsed = of(json.dumps(row).encode())
    assert [text(parsed, name) for name in ("method", "target", "protocol")] == [[method], [target], [protocol]]


@pytest.mark.parametrize(
    ("url", "vhost"),
    [("https://a.example:8443/b?c", "a.example:8443"), ("http://a.example", "a.example"), ("http:/a", None)],
)
def test_a_full_url_names_the_virtual_host(url, vhost):
    row = {"time": 1646861401, "remote_addr": "::1", "status": 200, "uri": url}
    parsed = of(json.dumps(row).encode())
    assert (text(parsed, "vhost"), text(parsed, "target")) == ([vhost], [url])


def test_nested_keys_and_keys_with_points_are_the_same():
    form = "json time=t host=client.ip request=r status=http.status"
    rest = b'"t": 1646861401, "r": "GET /"}\n'
    data = (
        b'{"client": {"ip": "::1"}, "http": {"status": 200}, '
        + rest
        + b'{"client.ip": "::1", "http.status": 404, '
        + rest
    )
    assert of(data, form).hits.status.tolist() == [200, 404]


LTSV = b"time:09/Mar/2022:21:30:01 +0000\thost:192.0.2.7\treq:GET /a?b=c:d HTTP/1.1\tstatus:200\treqtime:0.929\tua:-"
PIPES = b"time:2022-03-09T21:30:01Z|host:192.0.2.7|req:GET /a?b=c:d HTTP/1.1|status:200|reqtime:0.929|ua:"
BLANKS = b"time:1646861401    host:192.0.2.7  req:GET /a?b=c:d HTTP/1.1  status:200   reqtime:0.929  ua:-"
LOGFMT = b'time=09/Mar/2022:21:30:01 +0000 host=192.0.2.7 req="GET /a?b=c:d HTTP/1.1" status=200 reqtime=0.929 ua=""'
KEYS = "host=host request=req status=status seconds=reqtime agent=ua"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (LTSV, "ltsv time=time"),
        (PIPES, "ltsv-pipes time=time"),
        (BLANKS, "ltsv-blanks time=time"),
        (LOGFMT, "logfmt time=time"),
        (b"2022-03-09T21:30:01Z app[web.1]: at=info " + LOGFMT, "logfmt time=^"),
        (LOGFMT.replace(b'req="GET /a?b=c:d HTTP/1.1"', b"req=GET /a?b=c:d HTTP/1.1"), "logfmt time=time"),
    ],
)
def test_pairs_of_keys_and_values_are_read_however_they_are_parted(data, form):
    parsed = of(data + b"\n", f"{form} {KEYS}")
    assert (parsed.hits.time.tolist(), parsed.hits.duration.tolist()) == ([WHOLE], [929_000])
    assert [text(parsed, name)[0] for name in ("host", "target", "agent")] == ["192.0.2.7", "/a?b=c:d", None]


def test_an_object_behind_a_tab_is_read_with_the_time_before_it():
    data = b'2022-03-09T21:30:01.5Z\tINFO\thandled\t{"ip": "::1", "request": "GET /", "status": 200}\n2022\tno object\n'
    parsed = of(data, "console time=^ host=ip request=request status=status")
    assert (parsed.hits.time.tolist(), [bad.reason for bad in parsed.bad]) == ([WHOLE + 500_000], ["JSON"])


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


def test_a_format_says_where_the_fields_of_other_servers_stand():
    row = {"t": 1646861401524, "http": {"ip": "::1", "line": "GET /", "code": "404"}, "took": 12}
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
        ("json time=t host=h status=s request=", "has no key"),
        ("json time=t host=h status=s request=a..b", "has no key"),
    ],
)
def test_a_format_that_cannot_work_is_refused(format, said):
    with pytest.raises(ConfigError, match=said):
        compile_format(format)
