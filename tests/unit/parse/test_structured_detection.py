"""Structured logs that nobody gave a format for: their keys tell it, or are named where they do not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.errors import DataError
from hitstream.parse import compile_format, detect, parse
from hitstream.record import Chunk
from hitstream.testing.structured import structured_logs

WHOLE = 1_646_861_401_000_000
ISO = "2022-03-09T21:30:01Z"


def read(*rows):
    """Return the format and the hits of a log, as a dictionary for each."""
    data = b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
    program = detect(data)
    hits = parse(Chunk("a.log", 0, data), program).hits
    columns = {
        name: [[*column.texts.decode(), None][code] for code in column.codes] for name, column in hits.text.items()
    }
    columns |= {"time": hits.time.tolist(), "status": hits.status.tolist()}
    columns |= {"bytes": hits.bytes.tolist(), "duration": hits.duration.tolist()}
    return program, [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


APP = {"timestamp": ISO, "ip": "192.0.2.7", "method": "GET", "url": "/a", "status": 200, "responseTime": 109}
ELK = {
    "@timestamp": ISO, "host": "10.0.0.37", "clientip": "192.0.2.7", "size": 156, "responsetime": 0.091,
    "upstreamtime": "0.091", "http_host": "a.example", "url": "/a", "method": "POST",
    "status": "200", "request": "a=b c",
}  # fmt: skip
PINO = {
    "level": 30, "time": 1646861401000, "pid": 7, "hostname": "box", "msg": "request completed", "responseTime": 12,
    "req": {"id": 1, "method": "GET", "url": "/a", "remoteAddress": "::ffff:192.0.2.7",
    "headers": {"user-agent": "curl"}},
    "res": {"statusCode": 200, "headers": {"content-length": "5"}},
}  # fmt: skip
OTEL_NEW = {
    "timestamp": ISO, "attributes": {"client.address": "192.0.2.7", "http.request.method": "GET", "url.path": "/a",
    "http.response.status_code": 200, "user_agent.original": "curl"},
}  # fmt: skip
OTEL_OLD = {
    "timestamp": ISO, "http.client_ip": "192.0.2.7", "http.method": "GET", "http.target": "/a", "http.status_code": 200,
    "http.user_agent": "curl",
}  # fmt: skip
ENVOY = {
    "start_time": ISO, "downstream_remote_address": "192.0.2.7:5", "method": "GET", "path": "/a", "response_code": 200,
    "response_flags": "-", "duration": 7, "bytes_sent": 5, "user_agent": "curl",
    "protocol": "HTTP/2", "authority": "a.example",
}  # fmt: skip
ISTIO = {f"{key}": value for key, value in ENVOY.items() if key != "authority"} | {":authority": "a.example"}
LOGRAGE = {
    "method": "GET", "path": "/a", "format": "html", "controller": "home", "action": "index", "status": 200,
    "duration": 58.33, "view": 40.43, "db": 15.26, "ip": "192.0.2.7", "time": ISO,
}  # fmt: skip
GITLAB = {"time": ISO, "remote_ip": "192.0.2.7", "method": "GET", "path": "/a", "status": 200, "duration_s": 0.25}
ECHO = {
    "time": ISO, "remote_ip": "192.0.2.7", "host": "a.example", "method": "GET", "uri": "/a", "user_agent": "curl",
    "status": 200, "latency": 12345, "latency_human": "12.345\u00b5s", "bytes_in": 0, "bytes_out": 5,
}  # fmt: skip
AZURE = {"time": ISO, "properties": {"clientIp": "192.0.2.7", "httpMethod": "GET", "requestUri": "https://a.example:443/a",
    "httpStatusCode": "200", "responseBytes": "5", "timeTaken": "0.25", "userAgent": "curl"}}  # fmt: skip
GORM = {
    "ts": 1646861401.0,
    "client_ip": "192.0.2.7",
    "method": "GET",
    "path": "/a",
    "status": 200,
    "latency": "1.8956ms",
}
UNITLESS = {"time": ISO, "client_ip": "192.0.2.7", "method": "GET", "path": "/a", "status": 200, "duration": 12}
FLUENTD = {"host": "192.0.2.7", "user": None, "method": "GET", "path": "/a", "code": 200, "size": 5, "time": ISO}
ALP = {
    "time": ISO, "host": "192.0.2.7", "port": "5", "method": "GET", "uri": "/a", "status": "200", "body_bytes": "5",
    "ua": "curl", "request_time": "0.250", "response_time": "0.240",
}  # fmt: skip
CAMEL = {
    "clientIp": "192.0.2.7", "httpHost": "a.example", "timestamp": ISO, "method": "GET", "url": "/a", "status": 200,
    "bodyBytesSent": 5, "requestTime": "0.250",
}  # fmt: skip
OWN_TIME = {"time_ngx": "09/Mar/2022:21:30:01 +0000", "remote_addr": "192.0.2.7", "path": "/a", "status": 200}
GROK = {
    "path": "/var/log/httpd/access_log", "verb": "GET", "request": "/a", "response": "200", "clientip": "192.0.2.7",
    "timestamp": "09/Mar/2022:21:30:01 +0000", "@timestamp": "2022-03-10T00:00:00Z", "bytes": "5",
}  # fmt: skip
NAMED_CLIENT = APP | {"client": "mobile-app", "status": 1, "statusCode": 200}
SECONDS = APP | {"responseTime": 0.109}
UVICORN = {"asctime": "2022-03-09 21:30:01,000", "client_addr": "192.0.2.7:5", "request_line": "GET /a HTTP/1.1"} | {
    "status_code": "200 OK"
}
GUNICORN = {"time": ISO, "remote_ip": "192.0.2.7", "method": "GET", "path": "/a", "status": "200", "duration_in_ms": 7}
LOGBACK = {
    "@timestamp": ISO, "method": "GET", "status_code": 200, "requested_url": "GET /a HTTP/1.1", "requested_uri": "/a",
    "remote_host": "192.0.2.7", "content_length": 5, "elapsed_time": 7,
}  # fmt: skip
TOMCAT = {
    "host": "192.0.2.7", "logicalUserName": "-", "user": "-", "time": "[09/Mar/2022:21:30:01 +0000]", "size": "5",
    "request": "GET /a HTTP/1.1", "statusCode": "200",
}  # fmt: skip
SURICATA = {"timestamp": "2022-03-09T21:30:01.000000+0000", "src_ip": "192.0.2.7", "proto": "TCP"} | {
    "http": {"hostname": "a.example", "url": "/a", "http_user_agent": "curl", "status": 200, "length": 5}
}
GATEWAY = {
    "ip": "192.0.2.7", "requestTime": "09/Mar/2022:21:30:01 +0000", "httpMethod": "GET", "path": "/a", "status": "200",
    "protocol": "HTTP/1.1", "responseLength": "5",
}  # fmt: skip
CLOUDFLARE = {
    "ClientIP": "192.0.2.7", "ClientRequestMethod": "GET", "ClientRequestURI": "/a", "EdgeResponseStatus": 200,
    "EdgeStartTimestamp": 1646861401000000000, "EdgeResponseBytes": 5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (APP, {"duration": 109_000}),
        (ELK, {"duration": 91_000, "vhost": "a.example", "method": "POST"}),
        (PINO, {"duration": 12_000, "host": "::ffff:192.0.2.7", "agent": "curl", "bytes": 5}),
        (OTEL_NEW, {"agent": "curl"}),
        (OTEL_OLD, {"agent": "curl"}),
        (ENVOY, {"duration": 7_000, "vhost": "a.example", "agent": "curl", "protocol": "HTTP/2"}),
        (ISTIO, {"duration": 7_000, "vhost": "a.example"}),
        (LOGRAGE, {"duration": 58_330}),
        (GITLAB, {"duration": 250_000}),
        (ECHO, {"duration": 12, "vhost": "a.example", "bytes": 5}),
        (AZURE, {"target": "https://a.example:443/a", "duration": 250_000, "vhost": "a.example:443"}),
        (GORM, {"duration": 1_895}),
        (UNITLESS, {"duration": -1}),
        (FLUENTD, {"bytes": 5}),
        (CLOUDFLARE, {"bytes": 5}),
        (UVICORN, {"method": "GET"}),
        (GUNICORN, {"duration": 7_000}),
        (LOGBACK, {"duration": 7_000, "protocol": "HTTP/1.1"}),
        (TOMCAT, {"bytes": 5, "user": None, "vhost": None}),
        (SURICATA, {"bytes": 5, "vhost": "a.example", "protocol": "", "agent": "curl"}),
        (GATEWAY, {"bytes": 5, "protocol": "HTTP/1.1", "duration": -1}),
        (GROK, {"bytes": 5, "method": "GET"}),
        (NAMED_CLIENT, {"duration": 109_000}),
        (SECONDS, {"duration": -1}),
        (ALP, {"bytes": 5, "duration": 250_000, "vhost": None, "agent": "curl"}),
        (CAMEL, {"bytes": 5, "duration": 250_000, "vhost": "a.example"}),
        (OWN_TIME, {"duration": -1}),
    ],
)
def test_the_keys_of_a_log_tell_its_format(row, wanted):
    hit = {"time": WHOLE, "host": "192.0.2.7", "target": "/a", "status": 200} | wanted
    _, hits = read(row, row)
    assert [{name: found[name] for name in hit} for found in hits] == [hit, hit]


@pytest.mark.parametrize(
    "row",
    [
        {"host": "192.0.2.7", "time": ISO, "method": "GET", "path": "/a", "status": 200},
        {"host": "web1", "time": ISO, "method": "GET", "path": "/a", "code": 200},
        {"client": "mobile-app", "time": ISO, "request": "GET /a HTTP/1.1", "status": 200},
    ],
)
def test_a_server_or_a_name_is_no_client(row):
    with pytest.raises(DataError, match="no host among them"):
        read(row)


def test_a_log_that_lacks_a_client_is_refused_with_its_keys_and_a_format_to_try():
    with pytest.raises(DataError, match="looks like JSON with the keys time, method, path, status") as caught:
        read(*[{"time": ISO, "method": "GET", "path": "/a", "status": 200}] * 3)
    assert caught.value.hint == "Try --format 'json time=time host=KEY method=method target=path status=status'."


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"time:09/Mar/2022:21:30:01 +0000\thost:192.0.2.7\treq:GET /a HTTP/1.1\tstatus:200\tsize:5", "ltsv"),
        (b"time:2022-03-09T21:30:01Z|remote_addr:192.0.2.7|method:GET|uri:/a|status:200", "custom"),
        (b"host:192.0.2.7      epoch:1646861401      req:GET /a HTTP/1.0      status:200", "custom"),
        (b'time="2022-03-09T21:30:01Z" level=info remote_ip=192.0.2.7 method=GET path=/a status=200', "custom"),
        (b"2022-03-09T21:30:01Z heroku[router]: at=info method=GET path=\"/a\" host=a fwd=\"192.0.2.7\" "
         b"connect=2ms service=288ms status=200 bytes=5", "heroku"),
        (b'2022/03/09 21:30:01.000\tINFO\thttp.log.access\thandled request\t{"request": {"remote_ip": "192.0.2.7", '
         b'"method": "GET", "uri": "/a"}, "duration": 0.1, "status": 200}', "caddy_console"),
    ],
)  # fmt: skip
def test_lines_of_keys_and_values_are_detected(line, name):
    program, hits = read(line, line)
    assert program.name == name
    assert [(hit["time"], hit["host"], hit["target"], hit["status"]) for hit in hits] == [
        (WHOLE, "192.0.2.7", "/a", 200)
    ] * 2


def test_a_log_of_text_with_a_few_structured_lines_stays_one_of_text():
    text = b'192.0.2.7 - - [09/Mar/2022:21:30:01 +0000] "GET /a?b=c&d=e HTTP/1.1" 200 5 "-" "a=b c=d"'
    program, hits = read(text, text, text, APP)
    assert (program.name, len(hits)) == ("combined", 3)


def test_a_format_that_another_log_has_is_taken_again():
    program, _ = read(APP)
    assert detect(json.dumps(APP).encode() + b"\n", "b.log", [program]) is program


def test_structured_lines_are_read_in_envelopes():
    program, hits = read(b"2025-12-31T17:37:40.493035218+01:00 stdout F " + json.dumps(ENVOY).encode())
    assert (program.name, hits[0]["time"], hits[0]["duration"]) == ("cri: envoy_json", WHOLE, 7_000)


@pytest.mark.parametrize("key", ["", ".", "a..b", "a b", "a|b", "a=b", "\u3000", "\x0b", "'", "^"])
def test_keys_that_a_format_cannot_name_do_no_harm(key):
    program, hits = read(APP | {key: "192.0.2.8", f"ip.{key}": 1, f"{key}.time": 1})
    assert (program.name, len(hits)) == ("custom", 1)


@pytest.mark.parametrize("name", ["nginx_json", "caddy", "heroku", "ltsv"])
@examples(50)
@given(data=st.data())
def test_whatever_a_log_has_is_detected_or_refused(name, data):
    log = data.draw(structured_logs(compile_format(name)))
    try:
        program = detect(log)
    except DataError as error:
        assert error.hint
    else:
        assert len(parse(Chunk("a.log", 0, log), program).hits) > 0


def test_a_key_without_a_value_in_the_first_lines_is_kept_for_those_to_come():
    program, _ = read(APP | {"referer": "", "userAgent": None})
    log = json.dumps(APP | {"referer": "http://a.example/", "userAgent": "curl"}).encode()
    text = parse(Chunk("a.log", 0, log), program).hits.text
    assert (text["referrer"].texts.decode(), text["agent"].texts.decode()) == (["http://a.example/"], ["curl"])
