"""The reference parser says what a line is. Lines here are shaped like those of real logs, NASA's first."""

from datetime import UTC, datetime

import pytest

from hitstream.parse import compile_format
from hitstream.parse.reference import parse_reference
from hitstream.parse.values import split_request
from hitstream.record import Chunk, Parsed
from hitstream.sources.contract import LINE_CAP


def parsed(data: bytes, text: str = "common", offset: int = 0) -> Parsed:
    return parse_reference(Chunk("a.log", offset, data), compile_format(text))


def row(result: Parsed, index: int = 0) -> dict[str, object]:
    """Return one hit's columns; a missing text is None."""
    hits = result.hits
    texts = {
        name: None if (code := int(column.codes[index])) < 0 else column.texts.decode()[code]
        for name, column in hits.text.items()
    }
    numbers = ("offset", "time", "zone", "status", "bytes", "duration")
    return texts | {name: int(getattr(hits, name)[index]) for name in numbers}


def common(
    request: bytes = b"GET / HTTP/1.0", time: bytes = b"01/Jul/1995:00:00:01 -0400", tail: bytes = b"200 1"
) -> bytes:
    return b'h.example - - [%s] "%s" %s\n' % (time, request, tail)


def test_a_common_line_is_a_hit_in_columns() -> None:
    result = parsed(common(tail=b"404 -"), offset=7)
    assert not result.bad
    assert row(result) == {
        "host": "h.example", "user": None, "method": "GET", "target": "/", "protocol": "HTTP/1.0",
        "offset": 7, "status": 404, "bytes": -1, "duration": -1, "zone": -240,
        "time": int(datetime(1995, 7, 1, 4, 0, 1, tzinfo=UTC).timestamp()) * 1_000_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("request_line", "parts"),
    [
        (b"GET / HTTP/1.0", ("GET", "/", "HTTP/1.0")),
        (b"GET /a b c HTTP/1.0", ("GET", "/a b c", "HTTP/1.0")),
        (b"GET /ksc.html", ("GET", "/ksc.html", "")),
        (b"GET /a HTTP/V1.0", ("GET", "/a HTTP/V1.0", "")),
        (b"GET  HTTP/1.0", ("GET", " HTTP/1.0", "")),
        (b"GET   HTTP/1.0", ("GET", " ", "HTTP/1.0")),
        (b"GET /a HTTP/1.0 ", ("GET", "/a HTTP/1.0 ", "")),
        (b"GET /a HTTP/2", ("GET", "/a", "HTTP/2")),
        (b"GET /a HTTP/10.25", ("GET", "/a", "HTTP/10.25")),
        (b"GET /a HTTP/1.", ("GET", "/a HTTP/1.", "")),
        (b"GET /a http/1.0", ("GET", "/a http/1.0", "")),
        (b"M-SEARCH * HTTP/1.1", ("M-SEARCH", "*", "HTTP/1.1")),
        (b"a" * 32 + b" /", ("a" * 32, "/", "")),
        (b"a" * 33 + b" /", ("", "a" * 33 + " /", "")),
        (b"GET", ("", "GET", "")),
        (b"GET ", ("", "GET ", "")),
        (b" /", ("", " /", "")),
        (b"-", ("", "-", "")),
        (b"", ("", "", "")),
        (b"G3T / HTTP/1.0", ("", "G3T / HTTP/1.0", "")),
        (b"\x16\x03\x01", ("", "\x16\x03\x01", "")),
        (b"GET /\n HTTP/1.0", ("GET", "/\n", "HTTP/1.0")),
    ],
)
def test_a_request_is_a_method_a_target_and_perhaps_a_protocol(request_line: bytes, parts: tuple[str, ...]) -> None:
    assert tuple(map(bytes.decode, split_request(request_line))) == parts


@pytest.mark.parametrize(
    ("request_line", "target"),
    [
        (b'GET /a"b HTTP/1.0', '/a"b'),
        (b'GET /a"b" HTTP/1.0', '/a"b"'),
        (b'GET /a\\" 200 HTTP/1.0', '/a\\" 200'),
        (b'GET /a" 20 HTTP/1.0', '/a" 20'),
        (b'GET /a" 2000 HTTP/1.0', '/a" 2000'),
        (b"GET /a\\ HTTP/1.0", "/a\\"),
        (b"GET /a\\", "/a\\"),
        (b"GET /a\xff\xc3\xa9\xe2\x82 HTTP/1.0", "/a\\xff\u00e9\\xe2\\x82"),
        (b"GET /\xed\xa0\x80 HTTP/1.0", "/\\xed\\xa0\\x80"),
        (b"GET /\0 HTTP/1.0", "/\0"),
    ],
)
def test_odd_targets_are_kept_as_sent(request_line: bytes, target: str) -> None:
    result = parsed(common(request_line))
    assert not result.bad
    assert row(result)["target"] == target


def test_the_first_quote_before_a_status_ends_the_request() -> None:
    (bad,) = parsed(common(b'GET /a" 200 x HTTP/1.0')).bad
    assert bad.reason == "%b"


@pytest.mark.parametrize(
    ("time", "utc", "zone"),
    [
        (b"29/Feb/2000:23:59:59 +0000", "2000-02-29T23:59:59", 0),
        (b"01/Jan/1970:00:00:00 +0530", "1969-12-31T18:30:00", 330),
        (b"01/Jan/1970:00:00:00 -23:59", "1970-01-01T23:59:00", -1439),
        (b"01/Jan/1970:00:00:00 Z", "1970-01-01T00:00:00", 0),
        (b"31/Dec/2016:23:59:60 +0000", "2017-01-01T00:00:00", 0),
        (b"06/Nov/1994:08:49:37 GMT", "1994-11-06T08:49:37", 0),
        (b"06/Nov/1994:08:49:37 UTC", "1994-11-06T08:49:37", 0),
        (b"01/Jan/0001:00:00:00 +0000", "0001-01-01T00:00:00", 0),
        (b"31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59", 0),
    ],
)
def test_a_time_becomes_utc_and_keeps_its_offset(time: bytes, utc: str, zone: int) -> None:
    found = row(parsed(common(time=time)))
    assert found["time"] == round(datetime.fromisoformat(utc + "+00:00").timestamp()) * 1_000_000
    assert found["zone"] == zone


@pytest.mark.parametrize(
    "time",
    [
        b"29/Feb/1995:00:00:00 +0000", b"29/Feb/1900:00:00:00 +0000", b"31/Apr/1995:00:00:00 +0000",
        b"00/Jan/1995:00:00:00 +0000", b"32/Jan/1995:00:00:00 +0000", b"01/jan/1995:00:00:00 +0000",
        b"01/Xyz/1995:00:00:00 +0000", b"01/Jan/0000:00:00:00 +0000", b"1/Jan/1995:00:00:00 +0000",
        b"01/Jan/1995:24:00:00 +0000", b"01/Jan/1995:00:60:00 +0000", b"01/Jan/1995:00:00:61 +0000",
        b"01/Jan/1995:00:00:00 +2400", b"01/Jan/1995:00:00:00 +0060", b"01/Jan/1995:00:00:00 0000",
        b"01/Jan/1995:00:00:00 z", b"01/Jan/1995:00:00:00", b"01/Jan/1995:00:00:00 +0000 ", b"",
        b"01/Jan/0001:00:00:00 +0001", b"31/Dec/9999:23:59:59 -0001", b"\xd9\xa01/Jan/1995:00:00:00 +0000",
    ],
)  # fmt: skip
def test_a_time_that_is_no_instant_makes_a_bad_line(time: bytes) -> None:
    (bad,) = parsed(common(time=time)).bad
    assert bad.reason == "%t"


@pytest.mark.parametrize(
    ("format_of_time", "time", "micros"),
    [
        ("%{sec}t", b"1", 1_000_000),
        ("%{msec}t", b"1500", 1_500_000),
        ("%{usec}t", b"1500", 1_500),
        ("%{sec}t.%{msec_frac}t", b"1.25", 1_250_000),
        ("%{sec}t.%{usec_frac}t", b"1.123456789", 1_123_456),
        ("%{sec}t", b"253402300799", 253_402_300_799_000_000),
        ("%{sec}t", b"253402300800", None),
        ("%{sec}t", b"999999999999999999", None),
        ("%{usec}t", b"999999999999999999", None),
        ("%{sec}t", b"-1", None),
        ("%{sec}t.%{usec_frac}t", b"1.1234567890", None),
        ("%{sec}t.%{usec_frac}t", b"1.", None),
        ("%{%F %T}t", b"1970-01-01 00:00:09", 9_000_000),
        ("%{%F %T}t", b"1970-01-01 00:00:09.25", 9_250_000),
        ("%{%F %T}t", b"1970-01-01 00:00:09.", None),
        ("%{%F %T}t", b"1970-01-01 00:00:09.0123456789", None),
        ("%{%F %R}t", b"1970-01-01 00:01", 60_000_000),
        ("%{%e.%m.%y %R}t", b" 2.01.70 00:00", 86_400_000_000),
        ("%{%e.%m.%y %R}t", b"2.01.70 00:00", 86_400_000_000),
        ("%{%d.%m.%y %R}t", b" 2.01.70 00:00", None),
        ("%{%d.%m.%y %R}t", b"01.01.68 00:00", 3_092_601_600_000_000),
        ("%{%d.%m.%y %R}t", b"01.01.69 00:00", -31_536_000_000_000),
    ],
)
def test_times_of_other_formats_are_read(format_of_time: str, time: bytes, micros: int | None) -> None:
    result = parsed(time + b' h "GET /" 200', f'{format_of_time} %h "%r" %>s')
    assert [int(at) for at in result.hits.time] == ([] if micros is None else [micros])


@pytest.mark.parametrize(
    ("unit", "value", "micros"),
    [
        ("%D", b"15", 15),
        ("%D", b"-", -1),
        ("%D", b"1.5", None),
        ("%{ms}T", b"1.5", 1_500),
        ("%T", b"0.1234567", 123_456),
        ("%T", b"1.", None),
        ("%T", b".5", None),
        ("%T", b"999999999999.999999999", 999_999_999_999_999_999),
        ("%T", b"1234567890123", None),
        ("%T", b"0.1234567890", None),
        ("%T", b"", None),
    ],
)
def test_durations_are_microseconds_rounded_down(unit: str, value: bytes, micros: int | None) -> None:
    result = parsed(common(tail=b"200 1 " + value), f'%h %l %u %t "%r" %>s %b {unit}')
    assert [int(took) for took in result.hits.duration] == ([] if micros is None else [micros])
    assert [bad.reason for bad in result.bad] == ([unit] if micros is None else [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2001 - - [", "%h"),
        (b"h", "%l"),
        (b'h - a - b [01/Jul/1995:00:00:01 -0400] "GET /" 200 1', "%u"),
        (b'h | a [01/Jul/1995:00:00:01 -0400] "GET /" 200 1', "%l"),
        (b"h - - 01/Jul/1995:00:00:01 -0400", "%u"),
        (b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 20 1', "%r"),
        (b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200', "%b"),
        (b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 ', "%b"),
        (b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1 2', "%b"),
        (b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 -1', "%b"),
        (b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1234567890123456789', "%b"),
    ],
)
def test_a_bad_line_names_the_first_field_that_does_not_fit(line: bytes, reason: str) -> None:
    (bad,) = parsed(line + b"\n", offset=3).bad
    assert bad == ("a.log", 3, reason, line)


def test_more_blanks_are_as_good_as_one_and_trailing_ones_as_none() -> None:
    spaced = parsed(b'h  -   -  [01/Jul/1995:00:00:01 -0400]  "GET /a  b HTTP/1.0"  200  1  \r\n')
    plain = parsed(b'h - - [01/Jul/1995:00:00:01 -0400] "GET /a  b HTTP/1.0" 200 1\n')
    assert row(spaced) == row(plain)
    assert row(plain)["target"] == "/a  b"


def test_blank_lines_and_remarks_are_directives() -> None:
    result = parsed(b"\n  \n#Version: 1.0\n\r\n" + common() + b"x\n")
    assert (result.directives, len(result.hits), len(result.bad), result.lines) == (4, 1, 1, 6)
    assert parsed(b'#h [01/Jul/1995:00:00:01 -0400] "GET /" 200', '#%h %t "%r" %>s').directives == 0


def test_a_line_without_the_prefix_is_bad_by_its_prefix() -> None:
    assert parsed(b"h", '[%h] %t "%r" %>s').bad[0].reason == "prefix"


def test_a_quoted_field_ends_at_the_first_quote_that_looks_like_an_end() -> None:
    line = common().removesuffix(b"\n")
    good = parsed(line + rb' "http://a\"b" "\\"', "combined")
    assert (row(good)["referrer"], row(good)["agent"]) == (r"http://a\"b", r"\\")
    unescaped = parsed(line + rb' "a"b" "x"y"z""', "combined")
    assert (row(unescaped)["referrer"], row(unescaped)["agent"]) == ('a"b', 'x"y"z"')
    assert parsed(line + rb' "a" x" "x"', "combined").bad[0].reason == "%{Referer}i"
    assert parsed(line + rb' "a" "x" "y"', "combined").bad[0].reason == "%{User-Agent}i"
    assert parsed(line + rb' "a" "x\"', "combined").bad[0].reason == "%{User-Agent}i"


def test_a_dash_is_a_missing_text_but_not_as_part_of_a_request() -> None:
    found = row(parsed(b'h - [01/Jul/1995:00:00:01 -0400] - - - 200 "-"', '%h %u %t %m %U %H %>s "%{Referer}i"'))
    assert [found[name] for name in ("method", "target", "protocol")] == ["-"] * 3
    assert found["user"] is found["referrer"] is None


def test_an_empty_text_is_a_text() -> None:
    assert row(parsed(common(tail=b'200 1 "" ""'), "combined"))["referrer"] == ""


def test_texts_are_distinct_and_stand_in_order_of_appearance() -> None:
    data = b"".join(common(b"GET " + target) for target in (b"/b", b"/a", b"/\xff", b"/\\xff", b"/b"))
    column = parsed(b"x\n" + data).hits.text["target"]
    assert column.texts.decode() == ["/b", "/a", "/\\xff"]
    assert column.codes.tolist() == [0, 1, 2, 2, 0]


def test_a_line_ends_in_lf_or_crlf_or_with_the_log() -> None:
    line = common().removesuffix(b"\n")
    result = parsed(line + b"\r\n" + line + b"\n" + line + b"\r")
    assert result.hits.offset.tolist() == [0, len(line) + 2, 2 * len(line) + 3]
    assert parsed(line + b"\r\r\n").bad[0].data == line + b"\r"


def test_nothing_is_no_line() -> None:
    assert parsed(b"").lines == 0


def test_a_line_beyond_the_cap_is_bad_and_kept_in_part() -> None:
    fits = common(b"GET /" + b"a" * (LINE_CAP - len(common(b"GET /")) + 1))
    assert len(fits) == LINE_CAP + 1
    assert len(parsed(fits[:-1] + b"\r\n").hits) == 1
    (bad,) = parsed(b"x" + fits).bad
    assert (bad.reason, len(bad.data)) == ("line too long", LINE_CAP)
