"""The format of a log is told from its first lines."""

import gzip
import os
from pathlib import Path

import pytest

from hitstream.errors import DataError
from hitstream.parse import FORMATS, compile_format, detect, refuse_if_all_bad
from hitstream.parse.reference import parse_reference
from hitstream.record import Chunk, Parsed

SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES") or Path(__file__).parents[3] / "../shared/data")

COMMON = b'10.0.0.1 - jane [01/Jul/1995:00:00:01 -0400] "GET /a HTTP/1.0" 200 6245'
COMBINED = COMMON + b' "http://example.org/" "Mozilla/5.0 (X11)"'
TIMED = COMBINED.replace(b"6245", b"12")
LINES = {
    "common": COMMON,
    "combined": COMBINED,
    "vhost_common": b"www.example.org " + COMMON,
    "vhost_combined": b"www.example.org:80 " + COMBINED,
    "vhost_plain_combined": b"www.example.org " + COMBINED,
    "common_duration": COMMON + b" 2714",
    "combined_duration": COMBINED + b" 2714",
    "combinedio": COMBINED + b" 340 6500",
    "nginx_main": COMBINED + b' "10.9.8.7, 10.0.0.2"',
    "nginx_time": COMBINED + b" 0.003",
    "nginx_main_time": COMBINED + b' "-" 0.003',
    "s3": b"79a5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a5 3E57427F3EXAMPLE REST.GET.VERSIONING - "
    b'"GET /bucket?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lz SigV4 ECDHE AuthHeader host TLSv1.2',
    "cloudfront": b"2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111.example.net\t/index.html\t200\t-\t"
    b"Mozilla/5.0%20(X11)\t-\t-\tHit\tabc==\td111.example.net\thttps\t23\t0.001\t-\tTLSv1.2\t-\tHit\tHTTP/2.0",
    "alb": b"http 2018-07-02T22:23:00.186641Z app/my/50dc 192.0.2.1:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
    b'"GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:x "Root=1-58" "-" "-" 0 '
    b'2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
    "caddy": b'{"ts":1646861401.5,"request":{"remote_ip":"::1","method":"GET","uri":"/"},"status":200}',
    "traefik": b'{"StartUTC":"2022-03-09T21:30:01.5Z","ClientHost":"::1","RequestPath":"/","DownstreamStatus":200}',
    "caddy_console": b"2022/03/09 21:30:01.5\tINFO\thttp.log.access\thandled\t"
    b'{"request":{"remote_ip":"::1","method":"GET","uri":"/"},"status":200}',
    "nginx_json": b'{"time_local":"09/Mar/2022:21:30:01 +0000","remote_addr":"::1","request":"GET /","status":200}',
    "cloudflare": b'{"EdgeStartTimestamp":1646861401,"ClientIP":"::1","ClientRequestURI":"/","EdgeResponseStatus":200}',
    "gcp": b'{"timestamp":"2022-03-09T21:30:01Z","httpRequest":{"remoteIp":"::1",'
    b'"requestUrl":"http://a/","status":200}}',
    "envoy_json": b'{"start_time":"2022-03-09T21:30:01Z","downstream_remote_address":"[::1]:1","path":"/",'
    b'"response_code":200,"duration":3}',
    "ecs": b'{"@timestamp":"2022-03-09T21:30:01Z","client":{"ip":"::1"},"url.path":"/",'
    b'"http.response.status_code":200}',
    "kong": b'{"started_at":1646861401000,"client_ip":"::1","request":{"uri":"/"},"response":{"status":200},'
    b'"latencies":{"request":3}}',
    "fluentd": b'{"time":"2022-03-09T21:30:01Z","host":"::1","path":"/","code":200}',
    "ltsv": b"time:09/Mar/2022:21:30:01 +0000\thost:::1\treq:GET / HTTP/1.1\tstatus:200",
    "trafficserver": b"timestamp:1646861401.5\thost:::1\treq:GET / HTTP/1.1\ts1:200",
    "heroku": b"2022-03-09T21:30:01Z heroku[router]: method=GET path=/ host=a fwd=::1 service=3ms status=200",
}


def sample(name: str) -> bytes:
    return gzip.decompress((SAMPLES / name).read_bytes())


def parsed(data: bytes, name: str) -> Parsed:
    return parse_reference(Chunk("a.log", 0, data), compile_format(name))


def test_a_line_of_every_format_but_an_equal_one_is_tried_here() -> None:
    assert {row.name for row in FORMATS} - LINES.keys() == {"nginx"}  # nginx writes the lines of combined


@pytest.mark.parametrize("name", LINES)
def test_a_format_is_told_from_its_lines(name: str) -> None:
    assert detect(LINES[name] + b"\n").name == name
    assert detect(LINES[name]).name == name


@pytest.mark.parametrize(
    ("name", "format_name", "lines", "bad"),
    [
        ("nasa-jul95-first-hour.log.gz", "common", 8_281, []),
        ("apache-combined-2015.log.gz", "combined", 10_000, [(2_111_246, "%{User-Agent}i")]),
    ],
)
def test_a_real_log_is_detected_and_every_line_accounted_for(name, format_name, lines, bad) -> None:
    data = sample(name)
    program = detect(data)
    assert program.name == format_name
    result = parse_reference(Chunk(name, 0, data), program)
    assert result.lines == lines == data.count(b"\n")
    assert [(line.offset, line.reason) for line in result.bad] == bad


def test_most_lines_decide_even_when_the_first_ones_are_odd() -> None:
    data = b"\n".join([b"#Version: 1.0", *[COMMON] * 12, *[COMBINED] * 20, b"torn"])
    assert detect(data).name == "combined"
    assert detect(b"junk\n" * 15 + (COMBINED + b"\n") * 2).name == "combined"


def test_a_torn_last_line_does_not_count() -> None:
    assert detect(COMMON + b"\n" + COMBINED + b"\n" + COMBINED[:-1]).name == "combined"


def test_a_log_of_no_known_format_is_refused_with_the_field_that_failed() -> None:
    line = b'10.0.0.1 - - [01/Jul/1995:00:00:01 -0400] "GET /\x1b[31m HTTP/1.0" abc 12'
    with pytest.raises(DataError) as refused:
        detect(line + b"\nx\n", "a.log")
    assert refused.value.message.startswith("a.log: no known format fits one of the first 2 lines. `common` comes")
    assert r"at offset 43 its field %r does not match 'GET /\x1b[31m HTTP/1.0" in refused.value.message
    assert "\x1b" not in str(refused.value)
    assert "--format '...'" in refused.value.hint


def test_a_long_hostile_line_is_shown_in_part() -> None:
    with pytest.raises(DataError) as refused:
        detect(b"\xff\0" * 1000 + b"\n")
    assert len(str(refused.value)) < 1000
    assert str(refused.value).isascii()


@pytest.mark.parametrize("empty", [b"", b"torn"])
def test_a_log_without_a_line_of_a_format_is_refused(empty: bytes) -> None:
    with pytest.raises(DataError):
        detect(empty)


def test_a_given_format_is_refused_when_no_line_has_it() -> None:
    program = compile_format("combined")
    with pytest.raises(DataError) as refused:
        refuse_if_all_bad(parsed((COMMON + b"\n") * 3, "combined"), program, "a.log")
    message = refused.value.message
    assert message.startswith("a.log: none of the first 3 lines has the format `combined`")
    assert "its field %b does not match '6245'" in message


def test_a_format_that_one_line_has_is_kept() -> None:
    program = compile_format("combined")
    refuse_if_all_bad(parsed(COMMON + b"\n" + COMBINED, "combined"), program, "a.log")
    refuse_if_all_bad(parsed(b"", "combined"), program, "a.log")
