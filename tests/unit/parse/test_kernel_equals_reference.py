"""The kernel and the reference parser give the same hits and the same bad lines, whatever the bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.parse import FORMATS, compile_format
from hitstream.parse.reference import parse_reference
from hitstream.parse.several import one_of, parse
from hitstream.parse.structured.columns import is_structured
from hitstream.record import Chunk, Parsed
from hitstream.testing.lines import logs, long_lines

_QUOTED = '"%r" %>s %b "%{Referer}i" %D'
TEXTS = [
    *(row.name for row in FORMATS if not is_structured(row.text)),
    '$msec $host "$request_method $uri$is_args$args $server_protocol" $status $remote_addr $request_time',
    '{"at":"$time_iso8601","from":"$remote_addr","request":"$request","status":$status,"took":"$request_time"}',
    f"[%{{%d/%b/%Y:%H:%M:%S}}t.%{{msec_frac}}t %{{%z}}t] %a {_QUOTED}",
    f"%{{%F %T}}t %h {_QUOTED}",
    f"%{{%e.%m.%y %R}}t|%h|{_QUOTED}",
    f"%{{100%% %Y%m%d%H%M%z}}t|%h {_QUOTED}",
    f"%{{sec}}t.%{{usec_frac}}t %h {_QUOTED}",
    f"%{{msec}}t %h {_QUOTED}",
    f"%{{usec}}t %h {_QUOTED}",
    "%h\\t%t\\t%r\\t%>s\\t%b\\t%{ms}T",
    'end: %h %t "%r" %u "%>s" "%b" "%{ms}T" %{Referer}i.',
    '%h %t %>s "%r"',
    '%h %t "%r" %>s',
    "w3c date time c-ip cs-method cs-uri-stem cs-uri-query sc-status sc-bytes time-taken sc-win32-status",
    "w3c-tabs date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status time-taken",
    '%a %{X-Forwarded-For}i [%t] %u "%r" %>s',
    '%h:%p %t "%r" %>s "%{X-Forwarded-For}i"',
]


def plain(parsed: Parsed) -> dict[str, object]:
    """Return everything that a parser gives, as Python values and their types."""
    hits = parsed.hits
    arrays = (hits.offset, hits.time, hits.zone, hits.status, hits.bytes, hits.duration)
    text = {
        name: (column.codes.dtype, column.codes.tolist(), column.texts.decode()) for name, column in hits.text.items()
    }
    return {
        "source": hits.source,
        "arrays": [(array.dtype, array.tolist()) for array in arrays],
        "text": text,
        "bad": list(parsed.bad),
        "directives": parsed.directives,
    }


def assert_same(data: bytes, text: str, offset: int = 0) -> None:
    program = compile_format(text)
    chunk = Chunk("a.log", offset, data)
    assert plain(parse(chunk, program)) == plain(parse_reference(chunk, program))


@pytest.mark.parametrize("text", TEXTS)
@examples(15)
@given(data=st.data())
def test_both_parsers_agree_on_lines_near_validity(text: str, data: st.DataObject) -> None:
    assert_same(data.draw(logs(compile_format(text))), text, data.draw(st.sampled_from([0, 2**40])))


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS)
@examples(150)
@given(data=st.data())
def test_both_parsers_agree_on_many_more_lines(text: str, data: st.DataObject) -> None:
    assert_same(data.draw(logs(compile_format(text))), text)


@pytest.mark.parametrize("text", ["common", "combined"])
@examples(20)
@given(data=st.data())
def test_both_parsers_agree_on_lines_about_as_long_as_the_cap(text: str, data: st.DataObject) -> None:
    line = data.draw(long_lines(compile_format(text)))
    assert_same(line + b"\r\n" + line, text)


@pytest.mark.parametrize("names", [("common", "combined"), ("combined", "tabs", "alb"), ("squid", "common_more")])
@examples(15)
@given(data=st.data())
def test_both_parsers_agree_on_logs_of_several_formats(names: tuple[str, ...], data: st.DataObject) -> None:
    programs = [compile_format(name) for name in names]
    lines = data.draw(st.lists(st.sampled_from(programs).flatmap(logs), max_size=6))
    chunk, program = Chunk("a.log", 7, b"\n".join(lines)), one_of(programs)
    assert plain(parse(chunk, program)) == plain(parse_reference(chunk, program))


@examples(100)
@given(data=st.binary())
def test_both_parsers_agree_on_arbitrary_bytes(data: bytes) -> None:
    assert_same(data, "combined")


@pytest.mark.parametrize("empty", [b"", b"\n", b"\r\n", b"\n\n", b"\r"])
def test_both_parsers_agree_on_nothing(empty: bytes) -> None:
    assert_same(empty, "common")


@pytest.mark.parametrize("year", ["0000", "0001", "0004", "1900", "1999", "2000", "9999"])
def test_both_parsers_agree_at_the_edges_of_time(year: str) -> None:
    dates = [
        f"{day}/{month}/{year}"
        for month in ("Jan", "Feb", "Apr", "Dec")
        for day in ("00", "01", "28", "29", "30", "31")
    ]
    clocks = ["00:00:00", "23:59:59", "24:00:00", "23:60:00", "23:59:60"]
    zones = ["+0000", "+0001", "-0001", "-23:59", "+2359", "Z", "+2400"]
    times = [f"{date}:{clock} {zone}" for date in dates for clock in clocks for zone in zones]
    assert_same("".join(f'h - - [{time}] "GET /" 200 -\n' for time in times).encode(), "common")


@pytest.mark.parametrize("scale", ["sec", "msec", "usec"])
def test_both_parsers_agree_at_the_last_instant(scale: str) -> None:
    last = 253_402_300_800 * {"sec": 1, "msec": 1_000, "usec": 1_000_000}[scale]
    numbers = [0, last - 1, last, last + 1, 2**63 // 1_000_000, 2**63 // 1_000, 10**18 - 1, 10**18]
    assert_same("".join(f'{number} h "GET /" 200\n' for number in numbers).encode(), f'%{{{scale}}}t %h "%r" %>s')
