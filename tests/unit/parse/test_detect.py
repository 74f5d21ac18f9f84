"""The format of a log is told from its first lines."""

import gzip
import os
from pathlib import Path

import pytest

from hitstream.errors import DataError
from hitstream.parse import FORMATS, compile_format, compile_formats, detect, parse, refuse_if_all_bad
from hitstream.parse.reference import parse_reference
from hitstream.parse.text_formats import Use
from hitstream.record import Chunk, Parsed

SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES") or Path(__file__).parents[3] / "../shared/data")

COMMON = b'10.0.0.1 - jane [01/Jul/1995:00:00:01 -0400] "GET /a HTTP/1.0" 200 6245'
COMBINED = COMMON + b' "http://example.org/" "Mozilla/5.0 (X11)"'
TIMED = COMBINED.replace(b"6245", b"12")
OLD_TIME = b"01/Jul/1995:00:00:01 -0400"
AFTER_USER = COMBINED[COMBINED.index(b"[") :]
LINES = {
    "common": COMMON,
    "combined": COMBINED,
    "vhost_common": b"www.example.org " + COMMON,
    "vhost_combined": b"www.example.org:80 " + COMBINED,
    "vhost_plain_combined": b"www.example.org " + COMBINED,
    "common_number": COMMON + b" 2714",
    "combined_number": COMBINED + b" 2714",
    "icecast": COMBINED.replace(b'"GET /a', b'"SOURCE /a') + b" 2714",
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
    "heroku": b'2022-03-09T21:30:01Z heroku[router]: at=info method=GET path="/" host=a fwd="::1" service=3ms '
    b"status=200",
    "nginx_main_times": COMBINED + b' "-"|0.174|-',
    "nginx_main_ext": COMBINED + b' "-" rt=0.000 ua="-" us="-"',
    "nginx_main_quoted_time": COMBINED + b' "-" "0.072" "pk=-"',
    "nginx_time_first": (COMBINED + b' "-"').replace(b'" 200', b'" 0.003 200'),
    "nginx_status_first": (COMBINED + b' "-"').replace(b'" 200', b'"').replace(b' "GET', b'  200 "GET'),
    "nginx_iso_main_time": (COMBINED + b' "-" 0.034').replace(OLD_TIME, b"2025-01-31T00:00:01.146+00:00"),
    "nginx_iso_main": (COMBINED + b' "-"').replace(OLD_TIME, b"2025-01-31T00:00:01+00:00"),
    "nginx_iso": COMBINED.replace(OLD_TIME, b"2025-01-31T00:00:01Z"),
    "nginx_vhost_last": b'192.0.2.7 [09/Nov/2017:09:05:45 +0000] "GET /x HTTP/1.1" 200 2403 0.000 '
    b'"-" "Bot/1.0" a.example',
    "nginx_forwarded_first": b'"203.0.113.1, 198.51.100.7" www.example.com [10/Oct/2025:13:55:02 +0000] "GET /b"'
    b' 200 88 394 1294 "-" "curl/8" 2.069 "4.23"',
    "ingress_nginx": COMBINED + b" 563 5.102 [web] [] 10.244.0.8:80, 10.244.0.9:80 0, 0 5.0, 0.1 502, 502",
    "npm_proxy": b'[24/Jan/2022:16:51:02 +0000] - 404 404 - GET http a.example "/s" [Client 192.0.2.7] [Length 192] '
    b'[Gzip 3.10] [Sent-to openresty] "Mozilla/5.0 (X11)" "-"',
    "npm_standard": b'[24/Jan/2022:13:40:19 +0000] 444 - GET https 203.0.113.44 "/.env" [Client 198.51.100.81] '
    b'[Length 0] [Gzip -] "Mozilla/5.0" "-"',
    "traefik_clf": COMBINED + b' 162 "web-router@docker" "http://172.17.0.3:80" 22ms',
    "bunkerweb": b"bwapi 10.20.30.4 - 91672fa85fb74c4bf0ac4c572d1e159b - " + AFTER_USER,
    "gandi": b"www.example.com 192.0.2.7 - user1 " + AFTER_USER.replace(b'] "', b'] (0 s) "', 1),
    "quoted_vhost_combined": b'"www.example.org ' + COMBINED + b'"',
    "forwarded_combined": b"10.0.0.9 198.51.100.98, 198.51.100.99 - - " + AFTER_USER,
    "forwarded_brackets_combined": b"10.0.0.9 (198.51.100.98) - - " + AFTER_USER,
    "common_unquoted": COMMON.replace(b'"', b""),
    "caddy_v1": COMMON.replace(b"- jane", b"-"),
    "werkzeug": b'127.0.0.1 - - [09/Dec/2024 16:43:31] "GET /target-api HTTP/1.1" 200 -',
    "rack": b'10.0.2.2 - - [06/Apr/2014 04:03:15] "GET /events HTTP/1.1" 200 - 3611.2000',
    "rack_clf": COMMON.replace(b"- jane", b"- -") + b" 0.0012",
    "combined_web_date": COMBINED.replace(OLD_TIME, b"Tue, 06 Feb 2018 06:31:06 GMT"),
    "morgan_short": b"Tue, 24 Jan 2023 23:29:24 GMT ::1 - GET / HTTP/1.1 200 8121 - 22.995 ms",
    "log4js": b'[2024-03-28T20:47:46.653] [WARN] access - ::ffff:127.0.0.1 - - "GET / HTTP/1.1" 304 - "" "Mozilla/5.0"',
    "uwsgi": b"[pid: 8|app: 0|req: 1/1] 192.0.2.3 () {40 vars in 700 bytes} [Sat Dec  5 12:00:19 2020] GET / => "
    b"generated 13624 bytes in 5064 msecs (HTTP/1.1 200) 3 headers in 238 bytes (1 switches on core 0)",
    "uvicorn_time": b"\x1b[32mINFO\x1b[0m:     2025-04-24 14:24:56,194 | 127.0.0.1:54814 | \x1b[1mPOST /api HTTP/1.1"
    b"\x1b[0m | \x1b[32m200 OK\x1b[0m",
    "logger_seconds": b'2024-04-03 15:30:53,850 - C:\\a\\http.py - INFO - 192.168.1.8 - "GET / 1.1" 404 0.00s',
    "haproxy": b"2001:db8::5:55010 [25/Sep/2025:06:05:27.584] ft_https~ bk_https/abc 0/0/0/72/72 200 7456 - - ---- "
    b'5/4/0/1/0 0/0 {www.example.com|curl} {} "POST /user/ HTTP/1.1"',
    "haproxy_https": b"192.0.2.7:55010 [25/Sep/2025:06:05:27.584] ft~ bk/abc 0/0/0/72/72 200 7456 - - ---- "
    b'5/4/0/1/0 0/0 "GET / HTTP/2.0" 0/0000000000000000/0/0/0 www.example.com/TLSv1.3/TLS_AES_256_GCM_SHA384',
    "haproxy_logasap": b"192.0.2.7:33317 [06/Feb/2009:12:14:14.655] http-in st/srv1 9/10/7/14/+30 200 +243 - - ---- "
    b'3/1/1/1/0 1/0 "GET /image.iso HTTP/1.0"',
    "haproxy_epoch": b'192.0.2.7:51560 1427823941 FE BE/BE 1/0/0/1/2 304 188 - - ---- 1/1/0/1/0 0/0 "GET / HTTP/1.1"',
    "haproxy_time_epoch": b"192.0.2.7:51380 [31/Mar/2015:17:40:14.138] 1427823614 FE BE/BE 1/0/0/1/2 304 188 - - ---- "
    b'2/2/0/1/0 0/0 "GET / HTTP/1.1"',
    "haproxy_pid_first": b"[12990] [1427823428.694] 1/1/0/0/1/0/0 1/0/0/1/2 ---- 192.0.2.7:51233 10.240.95.30:80 "
    b'127.0.0.1:8080 FE - - "GET / HTTP/1.1" 304 BE:BE "-" "" "-" "" req_size=458 resp_size=188',
    "haproxy_own": b'172.20.0.1 [04/Dec/2024 10:49:24.511] 200 +0 "GET / HTTP/1.1" "User-Agent"',
    "squid": b"1286536308.779    180 192.168.0.224 TCP_MISS/200 411 GET http://a.example/ - DIRECT/192.0.2.7 a/b",
    "envoy": b'[2016-04-15T20:17:00.310Z] "POST /api HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" '
    b'"locations" "tcp://10.0.2.1:80"',
    "istio": b'[2020-11-25T21:26:18.409Z] "GET /a HTTP/1.1" 418 - via_upstream - "-" 0 135 3 1 "-" "curl/7" "84961386" '
    b'"httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 - default',
    "gin": b"[GIN] 2025/04/24 - 14:24:56 |\x1b[97;42m 200 \x1b[0m|   45.265\xc2\xb5s |       127.0.0.1 |\x1b[97;44m GET"
    b'     \x1b[0m "/ping"',
    "gin_unquoted": b"[GIN] 2019/04/24 - 14:24:56 | 404 |    1.2s |             ::1 | GET      /ping",
    "gin_zap": b"2024-04-26T16:58:54.903+0800\tINFO\t| 200 |    2.580708ms |  ::1 | GET      /api\t{}",
    "chi": b'2025/04/24 14:24:56 "GET http://localhost:3000/ HTTP/1.1" from [::1]:51234 - 200 4B in 35.083\xc2\xb5s',
    "chi_id": b'2025/04/24 14:24:56 [host/abc-000001] "GET http://h/ HTTP/1.1" from 127.0.0.1:5 - 200 4B in 1ms',
    "actix": b'[2025-04-24T14:24:56Z INFO  actix_web::middleware::logger] 127.0.0.1 "GET / HTTP/1.1" 200 5 "-" "curl" '
    b"0.000213",
    "nginx_rt": COMBINED + b' rt=0.001 uct="0.000" uht="0.001" urt="0.001"',
    "nginx_rt_joined": COMBINED + b'rt=0.001 uct="0.000" uht="0.001" urt="0.001"',
    "tomcat_time_first": b'[28/Apr/2020:02:12:39 +0530] 0:0:0:0:0:0:0:1 "GET / HTTP/1.1" 200 (- ms)',
    "logback": b'2018-11-07T11:57:52.913 [dispatcher-15] INFO  c.d.App - h GET /check 200 2 475\xc2\xb5s "-"',
    "couchdb": b"[notice] 2024-01-20T13:54:06.579985Z n@h <0.176.12> e4f a.example 192.0.2.7 undefined GET /z 404 ok 1",
    "zoraxy": b"2025/05/01 07:57:03 [2025-05-01 07:57:03.150624] [router:host-http] [origin:site1.example] "
    b"[client: 192.168.1.1] [useragent: Mozilla/5.0 (X11)] POST /xmlrpc.php 404",
    "csv_bracket": b"10.128.2.1,[29/Nov/2017:06:58:55,GET /login.php HTTP/1.1,200,,,,",
    "csv_combined": b'"192.0.2.7 - - [Tue Feb 22 19:39:27 UTC 2017] ""GET /a HTTP/1.1"" 304 6936 ""-"" ""Bot/5.0"""',
    "bars": b"2017-01-01 12:55:11.763|192.168.234.81|GET / HTTP/1.1|200|agent",
    "tabs": b'192.0.2.7\t2022-05-27 21:59:36\t"GET /class/145.html HTTP/1.1"\t404\t-',
    "elb": b"2025-05-13T23:39:43.945958Z my-lb 192.0.2.1:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "
    b'"GET https://www.example.com:443/path HTTP/1.1" "curl/8" DHE-RSA-AES128-SHA TLSv1.2',
    "elb_2014": b"2014-02-15T23:39:43.945958Z my-lb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "
    b'"GET http://www.example.com:80/ HTTP/1.1"',
    "s3_batch": b"b659b576cff1e15e a-bucket [10/Oct/2025:13:55:04 +0000] 192.0.2.4 arn:x/Origin Id 63DAF67A2BC0B6C6 "
    b"BATCH.DELETE.OBJECT c.txt - 204 - - 77 - - - - - someID SigV4 - -",
    "squid_combined": COMBINED + b" TCP_MISS:HIER_DIRECT",
    "hypercorn": b"[2026-11-28 19:35:47 +0000] [1132] [INFO] 192.0.2.7:48606 - - [28/Nov/2026:19:35:47 +0000] "
    b'"GET /six 1.1" 200 42 "-" "Mozilla/5.0"',
    "combined_more": COMBINED + b" x y z",
    "vhost_combined_more": b"www.example.org " + COMBINED + b" x y z",
    "common_more": COMMON + b" x y z",
}


def sample(name: str) -> bytes:
    return gzip.decompress((SAMPLES / name).read_bytes())


def parsed(data: bytes, name: str) -> Parsed:
    return parse_reference(Chunk("a.log", 0, data), compile_format(name))


def test_a_line_of_every_format_but_an_equal_one_is_tried_here() -> None:
    tried = {row.name for row in FORMATS if row.use is not Use.GIVEN}
    assert tried - LINES.keys() == {"nginx"}  # nginx writes the lines of combined


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
    assert detect(data).name == "combined + common"
    assert detect(b"junk\n" * 15 + (COMBINED + b"\n") * 2).name == "combined"


def test_a_torn_last_line_does_not_count() -> None:
    assert detect(COMBINED + b"\n" + COMBINED[:60]).name == "combined"


def test_start_up_output_does_not_hide_a_log() -> None:
    assert detect(b"server starting\n" * 50_000 + (COMBINED + b"\n") * 5_000).name == "combined"


def test_a_log_of_two_formats_is_read_by_both() -> None:
    program = detect((COMMON + b"\n") * 30 + (b"www.example.org:80 " + COMBINED + b"\n") * 10)
    assert program.name == "common + vhost_combined"
    assert compile_formats(program.text) == program


def test_a_line_that_only_lost_its_end_gives_no_second_format() -> None:
    assert detect((COMBINED + b"\n") * 30 + COMMON + b"\n" + COMBINED + b"\n").name == "combined"


def test_one_line_of_the_same_server_that_is_no_piece_of_the_others_gives_a_second_format() -> None:
    lines = [LINES["s3"]] * 3 + [LINES["s3_batch"]]
    assert detect(b"\n".join(lines) + b"\n").name == "s3 + s3_batch"
    assert detect(b"\n".join([LINES["npm_proxy"]] * 3 + [COMBINED]) + b"\n").name == "npm_proxy"


def test_a_line_that_only_lost_its_beginning_gives_no_second_format() -> None:
    whole = b"www.example.org " + COMBINED + b"\n"
    assert detect(whole * 30 + COMBINED[1:] + b"\n" + whole).name == "vhost_plain_combined"


def test_lines_of_a_text_format_among_json_are_read_too() -> None:
    row = b'{"time": 1646861401, "remote_addr": "192.0.2.1", "request": "GET / HTTP/1.1", "status": 200}\n'
    data = row * 6 + (LINES["envoy"] + b"\n") * 4
    program = detect(data)
    assert len(parse(Chunk("a", 0, data), program).hits) == 10
    assert compile_formats(program.written) == program


def test_a_format_that_leaves_the_rest_out_takes_no_quote_of_the_rest_into_an_agent() -> None:
    assert detect((COMBINED + b'took=0.001 of="0.000" x\n') * 9).name == "common_more"
    assert detect((COMBINED + b' took=0.001 of="0.000" x\n') * 9).name == "combined_more"


def test_one_line_with_a_virtual_host_before_it_gives_a_second_format() -> None:
    found = detect((COMBINED + b"\n") * 6 + b"site1.example " + COMBINED + b"\n")
    assert found.name == "combined + vhost_plain_combined"


def test_a_log_of_no_known_format_is_refused_with_what_was_seen() -> None:
    line = b'10.0.0.1 - - [01/Jul/1995:00:00:01 -0400] "GET /\x1b[2J HTTP/1.0" abc 12'
    with pytest.raises(DataError) as refused:
        detect(line + b"\nx\n", "a.log")
    assert refused.value.message.startswith("a.log: no format known here fits one of 2 lines. ")
    assert r"One of them is '10.0.0.1 - - [01/Jul/1995:00:00:01 -0400] \"GET /\x1b[2J HTTP/1.0" in str(
        refused.value
    ).replace('"', r"\"")
    assert "\x1b" not in str(refused.value)
    assert "--format '...'" in refused.value.hint


def test_a_system_log_with_few_requests_is_refused_with_the_format_that_reads_them() -> None:
    notice = b"Mar 31 17:34:31 web haproxy[12918]: Proxy FE started.\n"
    request = b"Mar 31 17:34:36 web haproxy[12919]: " + LINES["haproxy"] + b"\n"
    few = notice * 12 + request * 2
    with pytest.raises(DataError, match=r"a\.log is a system log: only 2 of 14 lines looked at are requests") as caught:
        detect(few, "a.log")
    given = compile_formats("syslog: haproxy")
    assert "--format 'syslog: haproxy'" in caught.value.hint
    assert len(parse(Chunk("a", 0, few), given).hits) == 2
    assert detect(few, is_mixed=True) == given
    assert detect(few + request * 2) == given
    assert detect(notice * 7 + request) == given


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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            b'[10/Oct/2025:13:55:00 +0000] 192.0.2.1 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET / HTTP/1.1" 57',
            "ssl_request_log",
        ),
        (b"[Thu Oct 13 12:24:49.880562 2022] [ssl:warn] [pid 10:tid 14] AH01909: x", "an error log of Apache"),
        (b"2025/10/10 13:55:36 [error] 7#7: *1 open() failed, client: 192.0.2.1", "an error log of nginx"),
        (b"[10-Oct-2025 13:55:36 UTC] PHP Warning:  x in /a.php on line 1", "an error log of PHP"),
        (b"type=USER_LOGIN msg=audit(1760104536.123:45): pid=1 uid=0", "an audit log"),
    ],
)
def test_a_log_that_is_no_access_log_is_refused_by_its_name(line: bytes, said: str) -> None:
    with pytest.raises(DataError) as refused:
        detect((line + b"\n") * 5, "other_log")
    assert f"other_log is {said}" in refused.value.message or said in refused.value.message
    assert "leave it out" in refused.value.hint
