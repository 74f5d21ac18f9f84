"""Targets stay as they were sent; a full URL gives the virtual host and the path, too."""

import json

import pytest

from hitstream.parse import compile_format, parse
from hitstream.parse.reference import parse_reference
from hitstream.record import Chunk
from hitstream.views.columns import path

LINE = '192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "%s HTTP/1.1" 200 57'
SQUID = "1286536308.779    180 192.168.0.224 TCP_MISS/200 411 GET %s - DIRECT/192.0.2.7 a/b"


def read(line: str, text: str) -> tuple[str | None, str | None]:
    """Return virtual host and target of a line, the same by kernel and reference."""
    found = []
    for run in (parse, parse_reference):
        hits, bad, _ = run(Chunk("a.log", 0, line.encode()), compile_format(text))
        assert not bad
        columns = [hits.text.get(name) for name in ("vhost", "target")]
        found.append(tuple([*c.texts.decode(), None][c.codes[0]] if c else None for c in columns))
    assert found[0] == found[1]
    return found[0]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("target", "vhost", "behind"),
    [
        ("http://www.example.com/page?x=1", "www.example.com", "/page?x=1"),
        ("https://shop.example.com:8080", "shop.example.com:8080", "/"),
        ("HTTP://[2001:db8::1]:80/a%20b", "[2001:db8::1]:80", "/a%20b"),
        ("http://192.0.2.9?q", "192.0.2.9", "/?q"),
        ("http://user:word@host/a", None, "http://user:word@host/a"),
        ("http:///a", None, "http:///a"),
        ("http://<script>/a", None, "http://<script>/a"),
        ("/go?to=http://a.example/", None, "/go?to=http://a.example/"),
        ("*", None, "*"),
    ],
)
def test_the_host_of_a_full_url_is_the_virtual_host(target: str, vhost: str | None, behind: str) -> None:
    keys = {"time": 1646861401, "remote_addr": "::1", "status": 200, "request": f"GET {target} HTTP/1.1"}
    assert read(LINE % f"GET {target}", "common") == (vhost, target)
    assert read(SQUID % target, "squid") == (None, target)
    assert read(json.dumps(keys), "nginx_json") == (vhost, target)
    assert path(target) == behind.partition("?")[0]


def test_the_host_that_a_forward_proxy_asked_is_no_virtual_host() -> None:
    assert read(SQUID % "http://a.example/b", "squid") == (None, "http://a.example/b")
    line = LINE % "GET http://a.example/b" + ' "-" "x" TCP_MISS:HIER_DIRECT'
    assert read(line, "squid_combined") == (None, "http://a.example/b")


def test_a_tunnel_stays_as_it_was_asked_for() -> None:
    assert read(LINE % "CONNECT a.example:443", "common") == (None, "a.example:443")


def test_a_virtual_host_that_the_log_names_counts_more() -> None:
    line = LINE % "GET http://b.example/x"
    assert read("a.example " + line, "vhost_common") == ("a.example", "http://b.example/x")
    assert read("- " + line, "vhost_common") == ("b.example", "http://b.example/x")


def test_the_hosts_of_many_targets_go_to_their_own_lines() -> None:
    lines = [LINE % f"GET {target}" for target in ("/a", "http://h/a", "/b", "http://g/b", "http://h/c")]
    for run in (parse, parse_reference):
        hits, _, _ = run(Chunk("a.log", 0, "\n".join(lines).encode()), compile_format("common"))
        vhost, target = hits.text["vhost"], hits.text["target"]
        assert [[*vhost.texts.decode(), None][code] for code in vhost.codes] == [None, "h", None, "g", "h"]
        assert [target.texts.decode()[code] for code in target.codes] == [
            "/a",
            "http://h/a",
            "/b",
            "http://g/b",
            "http://h/c",
        ]
