"""Lines that fail are given the format that they have, where that is beyond doubt; else they stay bad lines."""

from dataclasses import replace

import pytest

from hitstream.parse import compile_format, compile_formats, detect, parse
from hitstream.parse.search import MANY_BAD_LINES, MAX_VAIN_SEARCHES, FormatSearch
from hitstream.parse.several import formats_of
from hitstream.record import Chunk

COMMON = b'10.0.0.%d - - [01/Jul/1995:00:00:01 +0000] "GET /%d HTTP/1.0" 200 7123'


def common(count, start=0):
    return b"".join(COMMON % (number % 250, number) + b"\n" for number in range(start, start + count))


def combined(count, start=0):
    return common(count, start).replace(b"\n", b' "-" "curl/8"\n')


def vhost(count, start=0):
    return b"".join(b"www.example.org:80 " + line + b"\n" for line in combined(count, start).splitlines())


def syslog(count, start=0):
    return b"".join(b"<190>Jul 01 00:00:01 web1 nginx: " + line + b"\n" for line in combined(count, start).splitlines())


def caddy(count):
    return b"".join(
        b'{"level":"info","ts":1585597114.7687502,"logger":"http.log.access","msg":"handled request","request":'
        b'{"remote_addr":"10.0.0.%d:41342","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/%d","headers":'
        b'{"User-Agent":["curl/7.82.0"]}},"duration":0.000929675,"size":10900,"status":200}\n' % (number, number)
        for number in range(count)
    )


def widened(first, then, search=None):
    """Return what is read of `then` with what `first` has and what is found for it: hits, bad lines, the formats."""
    program = detect(first)
    parsed = parse(Chunk("log", 0, then), program)
    wider = (search or FormatSearch()).widen(program, [parsed.bad], parsed.lines)
    if wider is None:
        return len(parsed.hits), len(parsed.bad), [program.name]
    parsed = parse(Chunk("log", 0, then), wider)
    assert len(parsed.hits) + len(parsed.bad) + parsed.directives == then.count(b"\n")
    return len(parsed.hits), len(parsed.bad), [one.name for one in formats_of(wider)]


@pytest.mark.parametrize(
    ("first", "then", "names"),
    [
        (combined(9), vhost(1), ["combined", "vhost_combined"]),
        (combined(9), combined(500) + vhost(1), ["combined", "vhost_combined"]),
        (common(9), combined(1), ["common", "combined"]),
        (combined(9), syslog(2), ["combined", "syslog: combined"]),
        (syslog(9), combined(2), ["combined", "syslog: combined"]),
        (combined(9), caddy(5), ["combined", "caddy"]),
        (combined(9), common(5), ["combined", "common"]),
        (vhost(9), combined(5) + common(5), ["vhost_combined", "combined", "common"]),
    ],
)
def test_all_lines_are_read_by_formats_that_are_found(first, then, names):
    hits, bad, found = widened(first, then)
    assert (hits, bad) == (then.count(b"\n"), 0)
    assert sorted(found) == sorted(names)


def test_a_wider_program_is_the_same_when_compiled_from_its_text():
    for first, then in ((syslog(9), combined(2)), (combined(9), syslog(2) + vhost(2)), (syslog(9), vhost(3))):
        program = detect(first)
        parsed = parse(Chunk("log", 0, then), program)
        wider = FormatSearch().widen(program, [parsed.bad], parsed.lines)
        again = compile_formats(wider.text)
        assert [one.text for one in formats_of(again)] == [one.text for one in formats_of(wider)]
        assert (
            parse(Chunk("log", 0, then), again).hits.offset.tolist()
            == parse(Chunk("log", 0, then), wider).hits.offset.tolist()
        )


@pytest.mark.parametrize("cut", range(1, len(COMMON % (1, 1)) + 12))
def test_a_line_that_was_torn_off_stays_bad(cut):
    """Its size may have lost digits: as a line of `common` it would be read wrong."""
    torn = combined(1)[:cut] + b"\n"
    assert widened(combined(9), combined(50) + torn)[2] == ["combined"]
    assert widened(combined(9), torn)[2] == ["combined"]


def test_some_torn_lines_among_very_many_are_no_format():
    torn = common(1)
    assert widened(combined(9), (combined(100) + torn) * 5)[:2] == (500, 5)


def test_requests_among_many_other_lines_of_syslog_are_found():
    tag = b"<190>Jul 01 00:00:01 web1 nginx: "
    notices = b"".join(tag + b"[" * number + b" started\n" for number in range(1, 30))
    assert widened(combined(20), notices + syslog(2)) == (2, 29, ["combined", "syslog: combined"])


def test_a_given_format_stays_the_only_one():
    program = replace(compile_format("combined"), given=True)
    parsed = parse(Chunk("log", 0, vhost(100)), program)
    assert FormatSearch().widen(program, [parsed.bad], parsed.lines) is None


def test_junk_is_not_looked_at_again_and_again(monkeypatch):
    searched = []
    monkeypatch.setattr(
        "hitstream.parse.search.detect",
        lambda sample, detect=detect, **options: searched.append(sample) or detect(sample, **options),
    )
    search = FormatSearch()
    for _ in range(20):
        widened(combined(9), combined(50) + b"no request at all\n", search)
    assert len(searched) == 1
    for number in range(2 * MAX_VAIN_SEARCHES):
        widened(combined(9), combined(50) + b"(" * number + b"\n", search)
    assert len(searched) == MAX_VAIN_SEARCHES
    assert widened(combined(9), combined(50) + vhost(MANY_BAD_LINES), search)[1] == 0


def test_new_lines_are_found_among_much_junk():
    junk = b"".join(b"no request %d\n" % number for number in range(20_000))
    hits, bad, _ = widened(combined(9), junk + vhost(400))
    assert (hits, bad) == (400, 20_000)
