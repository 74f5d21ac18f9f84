"""W3C extended logs say themselves what their lines hold, and may say so anew at any line."""

import pytest

from hitstream.parse import compile_format, detect, parse, parse_log
from hitstream.parse.w3c import following_program
from hitstream.record import Chunk

LONG = b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status sc-substatus time-taken\n"
SHORT = b"#Fields: date time c-ip sc-status cs-method cs-uri-stem\n"
HEAD = b"#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
ONE = b"2025-10-10 00:00:13 10.0.0.8 GET /foo a=1 80 192.0.2.1 200 0 373\n"
OTHER = b"2025-10-10 01:00:13 192.0.2.3 404 GET /baz\n"
CLOUDFRONT = (
    b"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    b"time-taken\n"
    b"2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.7\tGET\td1.example\t/index.html\t200\t0.113\n"
)


def test_every_section_is_read_by_its_own_fields() -> None:
    table, bad = parse_log(HEAD + LONG + ONE + HEAD + SHORT + OTHER + HEAD + LONG + ONE)
    assert not bad
    assert table["host"].to_pylist() == ["192.0.2.1", "192.0.2.3", "192.0.2.1"]
    assert table["target"].to_pylist() == ["/foo?a=1", "/baz", "/foo?a=1"]
    assert table["status"].to_pylist() == [200, 404, 200]
    assert table["duration"].to_pylist() == [373_000, None, 373_000]


def test_lines_of_fields_are_directives_and_all_lines_add_up() -> None:
    data = HEAD + LONG + ONE + b"\nno line\n" + HEAD + SHORT + OTHER
    parsed = parse(Chunk("a", 0, data), detect(data))
    assert (len(parsed.hits), len(parsed.bad), parsed.directives) == (2, 1, 7)
    assert parsed.lines == data.count(b"\n")
    assert [line.data for line in parsed.bad] == [b"no line"]


def test_fields_stay_in_effect_for_the_chunks_after_them() -> None:
    program = detect(LONG + ONE)
    after = following_program(ONE + SHORT + OTHER, program)
    hits, bad, _ = parse(Chunk("a", 500, OTHER), compile_format(after.text))
    assert hits.text["host"].texts.decode() == ["192.0.2.3"]
    assert hits.offset.tolist() == [500]
    assert not bad
    assert following_program(OTHER, after) == after


@pytest.mark.parametrize("ends", [b"\r\n", b"\r"])
def test_line_ends_may_be_those_of_other_systems(ends: bytes) -> None:
    table, bad = parse_log((HEAD + LONG + ONE * 2).replace(b"\n", ends))
    assert (len(table), bad) == (2, [])


def test_values_may_be_apart_by_tabs_and_seconds_are_known_by_the_server() -> None:
    table, _ = parse_log(CLOUDFRONT)
    assert (
        table.to_pylist()[0] | {"host": "192.0.2.7", "vhost": "d1.example", "bytes": 392, "duration": 113_000}
        == (table.to_pylist()[0])
    )


def test_a_time_taken_of_an_unknown_server_is_left_out() -> None:
    fields = b"#Fields: date time c-ip cs-uri sc-status time-taken\n"
    table, _ = parse_log(fields + b"2025-10-10 01:00:13 192.0.2.3 /a 200 7\n")
    assert table["duration"].to_pylist() == [None]


def test_lines_under_fields_without_a_client_are_bad() -> None:
    table, bad = parse_log(
        LONG + ONE + b"#Fields: date time sc-status cs-uri-stem\n" + b"2025-10-10 01:00:13 200 /a\n" * 2
    )
    assert (len(table), len(bad)) == (1, 2)


def test_a_value_may_be_in_quotes_with_blanks_in_it() -> None:
    table, bad = parse_log(
        b"#Fields:   date-local time-local   s-ip cs-method cs-uri-stem cs(Cookie) c-ip cs(User-Agent) cs(Host) "
        b"sc-status sc-substatus TimeTakenMS\n"
        b'2012-08-15 17:00:00.363 192.0.2.7 GET /a "x=1; y=(z)" "203.0.113.44" "Mozilla/5.0 (Linux; A 4)" "a.example" '
        b"200 0 109\n"
        b'2012-08-15 17:00:01 192.0.2.7 GET /b "torn 203.0.113.45 curl/8 - 200 0 7\n'
    )
    assert not bad
    rows = table.to_pylist()
    assert [(row["host"], row["agent"], row["vhost"], row["duration"]) for row in rows] == [
        ("203.0.113.44", "Mozilla/5.0 (Linux; A 4)", "a.example", 109_000),
        ("203.0.113.45", "curl/8", None, 7_000),
    ]


@pytest.mark.parametrize("separator", [b" ", b"\t"])
@pytest.mark.parametrize(
    ("agent", "read"),
    [
        (b'" ""garbage"" w/ spaces "', ' \\"garbage\\" w/ spaces '),
        (b'"""b"" 1"', '\\"b\\" 1'),
        (b'"a, ""b"""', 'a, \\"b\\"'),
        (b'""', ""),
        (b'""""', '\\"'),
        (b'a""b', 'a""b'),
    ],
)
def test_two_quotes_in_a_value_in_quotes_are_one_of_it(separator: bytes, agent: bytes, read: str) -> None:
    fields = b"#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status\n"
    line = separator.join([b"2025-10-10", b"01:00:13", b"192.0.2.3", b"GET", b"/a", agent, b"404"]) + b"\n"
    table, bad = parse_log(fields + line)
    assert not bad
    assert (table["agent"].to_pylist(), table["status"].to_pylist()) == ([read], [404])


def test_a_bad_line_with_doubled_quotes_is_kept_as_it_came() -> None:
    line = b'2025-10-10 01:00:13 192.0.2.3 "a ""b""" /baz'
    _, bad = parse_log(SHORT + OTHER + line + b"\n")
    assert [one.data for one in bad] == [line]


@pytest.mark.parametrize("piece", [b' "x ""x', b' "', b'""', b' ""'])
def test_a_hostile_line_of_quotes_takes_no_time_to_speak_of(piece: bytes) -> None:
    line = piece * (60_000 // len(piece)) + b"\n"
    _, bad = parse_log(SHORT + OTHER + line * 20)
    assert len(bad) == 20
