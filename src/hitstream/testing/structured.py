"""Hypothesis strategies for structured lines near validity, as `lines` has them for text formats."""

import json
from typing import Any

from hypothesis import strategies as st

from hitstream.parse.program import Field, Kind, Program
from hitstream.parse.structured.reference import syntax_of
from hitstream.parse.structured.syntaxes import Syntax
from hitstream.testing.lines import REQUESTS, WORDS, times

_TEXTS = st.one_of(WORDS, REQUESTS).map(lambda text: text.decode("utf-8", "replace"))
_NUMBERS = st.one_of(
    st.integers(-2, 1000),
    st.sampled_from([10**12, 10**15, 10**17, 10**18 - 1, 10**18, 2**63, 2**64, 10**30, 253_402_300_799]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 2e9),
)
_DIGITS = st.sampled_from(
    ["0", "007", "200", "99", "1234567", "9" * 18, "9" * 19, "1.5", "0.001", "1.", ".5", "1e3", "٣", "1.5E-7", "1e+999"]
)
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    _NUMBERS,
    _DIGITS,
    _TEXTS,
    st.just(""),
    st.just("-"),
    st.just([]),
    st.just({}),
    st.just([[]]),
)
_TIMES = st.one_of(
    *(
        times(time).map(bytes.decode)
        for time in (
            "%Y-%m-%dT%H:%M:%S%z",
            "%Y-%m-%dT%H:%M:%S.%f%z",
            "%d/%b/%Y:%H:%M:%S %z",
            "%d/%b/%Y:%H:%M:%S.%f %z",
            "%Y/%m/%d %H:%M:%S",
            "%Y-%m-%d %H:%M:%S.%f",
            "%s",
            "%s.%f",
            "%Y-%m-%d %H:%M:%S,%f",
            "[%d/%b/%Y:%H:%M:%S %z]",
            "Fri, %d %b %Y %H:%M:%S GMT",
            "%Y-%m-%d %H:%M:%S %z UTC",
        )
    ),
    st.sampled_from(["2016-12-31T23:59:60Z", "2024-01-01T00:00:00+05", "2024-01-01T00:00:00 +0530 IST", "1e9", "1e11"]),
    st.sampled_from([10**8, 10**11, 10**14, 10**17, 1760104536000000123]),
    times("%Y-%m-%dT%H:%M:%S.%f%z", odd=True).map(bytes.decode),
    st.integers(0, 2**33),
    st.floats(0, 2e9),
)
_ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded.upper()),
    st.text("0123456789abF:.[]%-_g", max_size=12),
    st.sampled_from(
        [
            "192.0.2.1:80",
            "[2001:DB8::1]:443",
            "[::1]",
            "fe80::1%eth0",
            "::ffff:192.0.2.1",
            "unknown",
            "UNIX",
            "host.A",
            "1::2::3",
            "1:2:3:4:5:6:7::",
            "1.2.3.4.5",
            "192.0.2.256",
            "01.2.3.4",
            "name:80",
            "a:b",
            "2001",
            "\u0660.1",
        ]
    ),
)
_CLIENTS = st.one_of(_ADDRESSES, st.lists(_ADDRESSES, max_size=3).map(", ".join))
_DURATIONS = st.one_of(
    st.integers(0, 10**9),
    st.floats(0, 100),
    st.sampled_from(
        ["0.001", "12", "1.8956ms", "2m3.5s", "1h", "7 ms", "3\u00b5s", "3\u03bcs", "1.5m", "0.1sx", "1e3ms"]
    ),
    st.lists(
        st.tuples(st.integers(0, 10**10), st.sampled_from(["ns", "us", "ms", "s", "m", "h"])), min_size=1, max_size=3
    ).map(lambda parts: "".join(f"{number}{unit}" for number, unit in parts)),
)
_USUAL: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.one_of(
        _TEXTS, _TEXTS, st.sampled_from(["http://a.example/b?c", "https://x", "https:///", "http://y?z"])
    ),
    Kind.REQUEST: st.one_of(_TEXTS, st.sampled_from(["put / http/1.1", "GET /a", "/a", "a=b", "-"])),
    Kind.TIME: _TIMES,
    Kind.STATUS: st.one_of(st.integers(100, 599), st.sampled_from(["200", "404", "200 OK", "20 OK"])),
    Kind.BYTES: st.one_of(st.integers(0, 10**9), st.sampled_from(["0", "123"])),
    Kind.DURATION: _DURATIONS,
}
_PIECES = st.one_of(
    st.sampled_from(
        [b"NaN", b"1e400", b"\xff", b"\\x22", b"\\ud800", b"\\ud83d\\ude00", b"\\u00e9\\/", b'"', b"\\", b"{", b"}"]
    ),
    st.sampled_from(
        [
            b"[" * 70,
            b'{"a":' * 70,
            b"]" * 70,
            b"01",
            b"\r",
            b"\xef\xbb\xbf",
            b'"status":200,',
            b"9" * 400,
            b"\0",
            b",",
            b"\t{",
            b"=",
            b" a=",
        ]
    ),
)


def _value(field: Field) -> st.SearchStrategy[Any]:
    usual = _CLIENTS if field.name == "host" else _USUAL[field.kind]
    listed = st.one_of(usual, usual, usual, usual.map(lambda value: [value, "second"]))
    return st.integers(0, 19).flatmap(lambda choice: _ODD if choice == 19 else listed)


def _placed(line: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        line = line.setdefault(key, {})
        if not isinstance(line, dict):
            return
    line[keys[-1]] = value


@st.composite
def _pairs(draw: st.DrawFn, program: Program) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for field in program.fields:
        usual, *others = draw(st.permutations(field.paths)) if draw(st.integers(0, 4)) == 4 else field.paths
        chosen = draw(st.sampled_from([(usual,)] * 8 + [(), (usual, *others[:1])]))
        pairs += [(path, draw(_value(field))) for path in chosen]
    return pairs


def _delimited(pairs: list[tuple[str, Any]], syntax: Syntax, blank: str) -> str:
    assign, separator = syntax.assign.decode(), syntax.separator.decode() + blank
    written = []
    for key, value in pairs:
        text = value if isinstance(value, str) else json.dumps(value)
        quoted = syntax.quotes and (" " in text or text.startswith('"'))
        written.append(
            text + separator if key == "^" else f"{key}{assign}{json.dumps(text) if quoted else text}{separator}"
        )
    return "".join(sorted(written, key=lambda piece: assign in piece))


@st.composite
def likely_structured_lines(draw: st.DrawFn, program: Program) -> bytes:
    """Lines made as a format of structured lines says, without a line end; many are hits."""
    pairs, syntax = draw(_pairs(program)), syntax_of(program)
    if not syntax.is_json:
        return _delimited(pairs, syntax, draw(st.sampled_from(["", "", "", " ", "x "]))).encode(errors="replace")
    line: dict[str, Any] = {"level": "info"}
    for path, value in pairs:
        _placed(line, path.split(".") if draw(st.integers(0, 3)) else [path], value)
    head = "2024-01-01T10:00:00.5Z\tINFO\t" if syntax.name == "console" else ""
    return (head + json.dumps(line, ensure_ascii=draw(st.booleans()))).encode()


@st.composite
def structured_logs(draw: st.DrawFn, program: Program, max_lines: int = 8) -> bytes:
    """Whole logs of such lines, some of them with odd bytes in them, and of arbitrary ones."""
    lines = []
    for _ in range(draw(st.integers(0, max_lines))):
        line = draw(likely_structured_lines(program))
        if draw(st.integers(0, 3)) == 3:
            at = draw(st.integers(0, len(line)))
            line = line[:at] + draw(st.one_of(_PIECES, st.binary(max_size=4))) + line[at + draw(st.integers(0, 2)) :]
        lines.append(draw(st.sampled_from([line, line, line, b"[1]", b"", b"7"])).replace(b"\n", b""))
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + draw(st.sampled_from([b"", b"\n"]))
