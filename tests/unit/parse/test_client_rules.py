"""A rule says which of several addresses is the client: the same in both parsers and every kind of format."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.errors import ConfigError
from hitstream.parse import compile_format, compile_formats, detect, parse
from hitstream.parse.client_rule import with_rule
from hitstream.parse.reference import parse_reference
from hitstream.parse.several import one_of
from hitstream.record import Chunk
from hitstream.testing.lines import CLIENTS, logs

TRUSTED = "10.0.0.0/8,2001:db8::/32"
RULES = ["", "client=first: ", "client=last: ", f"client=behind({TRUSTED}): "]
TEXT = "nginx_main"
JSON = "json time=time host=peer|xff request=request status=status"
W3C = "w3c date time c-ip cs-method cs-uri-stem sc-status x-forwarded-for"


def text_line(peer: str, forwarded: str) -> str:
    return f'{peer} - - [01/Jul/2025:00:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "curl" "{forwarded}"'


def json_line(peer: str, forwarded: str) -> str:
    keys = {"time": "2025-07-01T00:00:01Z", "peer": peer, "xff": forwarded, "request": "GET / HTTP/1.1", "status": 200}
    return json.dumps(keys)


def w3c_line(peer: str, forwarded: str) -> str:
    return f"2025-07-01 00:00:01 {peer} GET / 200 {forwarded.replace(', ', ',+')}"


KINDS = {TEXT: text_line, JSON: json_line, W3C: w3c_line}


def clients(data: str, text: str) -> list[str]:
    hits, bad, _ = parse(Chunk("a.log", 0, data.encode()), compile_formats(text))
    assert not bad, list(bad)
    column = hits.text["host"]
    return [column.texts.decode()[code] for code in column.codes]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("peer", "forwarded", "of_peer", "first", "last", "behind"),
    [
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "10.0.0.1", "203.0.113.9", "10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9", "10.0.0.1", "203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "-", "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1"),
        ("192.0.2.5", "203.0.113.9, 10.0.0.2", "192.0.2.5", "203.0.113.9", "10.0.0.2", "192.0.2.5"),
        ("-", "203.0.113.9, 10.0.0.2", "203.0.113.9", "203.0.113.9", "10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.1", "10.0.0.3", "10.0.0.2", "10.0.0.3"),
        ("2001:DB8::1", "2001:db9::7, [2001:db8::2]:443", "2001:db8::1", "2001:db9::7", "2001:db8::2", "2001:db9::7"),
        ("10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.1", "203.0.113.9", "10.0.0.2", "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.7", "::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_a_rule_says_who_the_client_is(
    kind: str, peer: str, forwarded: str, of_peer: str, first: str, last: str, behind: str
) -> None:
    line = KINDS[kind](peer, forwarded)
    assert [clients(line, rule + kind)[0] for rule in RULES] == [of_peer, first, last, behind]


@pytest.mark.parametrize("rule", RULES)
def test_what_a_client_sends_as_header_costs_no_line_of_a_w3c_log(rule: str) -> None:
    lines = "\n".join(w3c_line("192.0.2.5", value) for value in ("'or+1=1", "1.2.3.4;x", "%00", "-"))
    assert set(clients(lines, rule + W3C)) == {"192.0.2.5"}


@pytest.mark.parametrize(
    "written",
    ['"203.0.113.9, 10.0.0.1"', "(203.0.113.9, 10.0.0.1)", "[203.0.113.9, 10.0.0.1]", "203.0.113.9 ,10.0.0.1"],
)
def test_a_list_in_quotes_brackets_or_parentheses_is_a_list(written: str) -> None:
    assert clients(json_line("-", written), "client=first: " + JSON) == ["203.0.113.9"]
    assert clients(json_line("-", written), "client=last: " + JSON) == ["10.0.0.1"]


def test_a_socket_is_no_client_where_proxies_passed_one_on() -> None:
    assert clients(text_line("unix:", "203.0.113.9"), TEXT) == ["203.0.113.9"]
    assert clients(text_line("Unknown", "203.0.113.9"), TEXT) == ["203.0.113.9"]


def test_the_address_of_the_proxy_protocol_is_one_that_is_passed_on() -> None:
    text = '$remote_addr $proxy_protocol_addr [$time_local] "$request" $status'
    line = '10.0.0.1 203.0.113.9 [01/Jul/2025:00:00:01 +0000] "GET / HTTP/1.1" 200'
    assert [clients(line, rule + text)[0] for rule in RULES] == ["10.0.0.1", *["203.0.113.9"] * 3]


def plain(parsed: Any) -> Any:
    hits = parsed.hits
    texts = {
        name: [[*column.texts.decode(), None][code] for code in column.codes] for name, column in hits.text.items()
    }
    return hits.offset.tolist(), texts, list(parsed.bad), parsed.directives


_ITEMS = st.one_of(
    CLIENTS.map(lambda text: text.decode("utf-8", "replace")),
    st.sampled_from(["10.0.0.7", "10.1.1.1:80", "unix:", "UNKNOWN", "null", "a:80", "[2001:db8::1]", "1.2.3", "é"]),
)
_LISTS = st.lists(_ITEMS, max_size=4).map(", ".join)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
@examples(25)
@given(pairs=st.lists(st.tuples(_LISTS, _LISTS), min_size=1, max_size=6))
def test_both_parsers_agree_on_every_rule(rule: str, kind: str, pairs: list[tuple[str, str]]) -> None:
    chunk = Chunk("a.log", 0, "\n".join(KINDS[kind](*pair) for pair in pairs).encode())
    program = compile_formats(rule + kind)
    assert plain(parse(chunk, program)) == plain(parse_reference(chunk, program))


@pytest.mark.parametrize("rule", RULES)
@examples(25)
@given(data=st.data())
def test_both_parsers_agree_on_formats_with_several_clients(rule: str, data: st.DataObject) -> None:
    program = compile_format(rule + '%h %{c}a %{X-Forwarded-For}i (%{X-Real-IP}i) %t "%r" %>s')
    chunk = Chunk("a.log", 0, data.draw(logs(program)))
    assert plain(parse(chunk, program)) == plain(parse_reference(chunk, program))


def test_a_rule_is_written_before_all_that_a_format_is_made_of() -> None:
    rule = f"client=behind({TRUSTED}): "
    program = compile_formats(rule + "syslog: combined\ncommon")
    assert compile_formats(program.written) == program
    assert program.written.startswith(rule + "syslog: ")
    assert program.read_by(compile_format("common").clients) == one_of(
        [compile_format("syslog: combined"), compile_format("common")]
    )


def test_a_rule_goes_on_in_the_next_section_of_a_w3c_log() -> None:
    fields = W3C.removeprefix("w3c ")
    data = f"#Fields: {fields} s-port\n{w3c_line('10.0.0.1', '203.0.113.9')} 80\n"
    assert clients(data, "client=last: " + W3C) == ["203.0.113.9"]


def test_networks_alone_mean_the_address_behind_them() -> None:
    assert with_rule("combined", None, "10.0.0.0/8 192.0.2.7") == "client=behind(10.0.0.0/8,192.0.2.7/32): combined"
    assert with_rule(None, "last", "") == "client=last: "
    assert with_rule("combined", None, "") == "combined"


@pytest.mark.parametrize(
    ("which", "trusted", "said"),
    [("middle", "", "no rule 'middle'"), ("behind", "", "--trusted-proxies"), ("behind", "10.0.0.0/40", "no network")],
)
def test_a_rule_that_cannot_work_is_refused(which: str, trusted: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        with_rule(None, which, trusted)
    assert said in f"{error.value} {error.value.hint}"


def test_detection_reads_a_log_whose_peers_are_sockets() -> None:
    sample = "\n".join(text_line("unix:", f"203.0.113.{number}") for number in range(9)) + "\n"
    assert detect(sample.encode()).name == "nginx_main"
