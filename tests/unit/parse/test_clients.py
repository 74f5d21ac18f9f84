"""Clients are addresses or host names, in one form, and nothing else is one."""

import pytest

from hitstream.parse import compile_format, parse
from hitstream.record import Chunk

LINE = '%s - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1%s\n'


def host(client: str, text: str = "common", tail: str = "") -> str | None:
    """Return the client of a hit; None where the line is bad, by its client."""
    hits, bad, _ = parse(Chunk("a.log", 0, (LINE % (client, tail)).encode()), compile_format(text))
    if bad:
        assert bad[0].reason == compile_format(text).fields[0].name
        return None
    return hits.text["host"].texts.decode()[0]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:42911", "192.0.2.1"),
        ("Host.Example.ORG", "host.example.org"),
        ("my_app.my-net", "my_app.my-net"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("::FFFF:0A00:1", "::ffff:10.0.0.1"),
        ("203.0.113.1, 198.51.100.7", "203.0.113.1"),
        ("unknown, 2001:DB8::7 ,10.0.0.1", "2001:db8::7"),
        ("unknown", "unknown"),
    ],
)
def test_a_client_is_kept_in_one_form(written: str, kept: str) -> None:
    assert host(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "2001", "10.0.0", "a:80", "(192.0.2.1)", '"192.0.2.1"', "2025-10-10", "12:00:00", "::1::",
        "2001:db8::1::2", "1:2:3:4:5:6:7:8:9", "[h]", "-a", "a-", ".a", "unix:", "nginx_1|", "-, -", "a/b", "-",
    ],
)  # fmt: skip
def test_what_is_neither_an_address_nor_a_host_name_is_no_client(written: str) -> None:
    assert host(written) is None


def test_ports_that_always_follow_are_taken_off_of_ipv6() -> None:
    text = '%h:%p %l %u %t "%r" %>s %b'
    assert host("2001:db8:ffff::9:443", text) == "2001:db8:ffff::9"
    assert host("192.0.2.1:443", text) == "192.0.2.1"
    assert host("192.0.2.1", text) is None


def test_another_client_is_taken_where_the_first_is_none() -> None:
    text = '%h %l %u %t "%r" %>s %b "%{X-Forwarded-For}i"'
    assert host("10.0.0.1", text, ' "203.0.113.9"') == "10.0.0.1"
    assert host("-", text, ' "203.0.113.9, 10.0.0.1"') == "203.0.113.9"
    assert host("unknown", text, ' "203.0.113.9"') == "203.0.113.9"
    assert host("-", text, ' "-"') is None


@pytest.mark.parametrize(
    ("vhost", "good"),
    [("www.example.com", True), ("www.example.com:443", True), ("[::1]:80", True), ("_", True), ("*.example.com", True),
     ("2001", False), ("203.0.113.1,", False), ("2025-10-10", False), ('"x"', False)],
)  # fmt: skip
def test_a_virtual_host_is_a_name_or_an_address_perhaps_with_a_port(vhost: str, good: bool) -> None:
    line = f"{vhost} " + LINE % ("192.0.2.1", "")
    hits, bad, _ = parse(Chunk("a.log", 0, line.encode()), compile_format("vhost_common"))
    assert len(hits) == good
    assert [line.reason for line in bad] == [] if good else ["%v"]
