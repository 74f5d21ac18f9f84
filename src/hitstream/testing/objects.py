"""Hypothesis strategies for lines of JSON near validity, as `lines` has them for text formats."""

import json
from typing import Any

from hypothesis import strategies as st

from hitstream.parse.program import Field, Kind, Program
from hitstream.testing.lines import REQUESTS, WORDS, times

_TEXTS = st.one_of(WORDS, REQUESTS).map(lambda text: text.decode("utf-8", "replace"))
_NUMBERS = st.one_of(
    st.integers(-2, 1000),
    st.sampled_from([10**12, 10**15, 10**17, 10**18 - 1, 10**18, 2**63, 2**64, 10**30, 253_402_300_799]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 2e9),
)
_DIGITS = st.sampled_from(
    ["0", "007", "200", "99", "1234567", "9" * 18, "9" * 19, "1.5", "0.001", "1.", ".5", "1e3", "٣"]
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
        )
    ),
    times("%Y-%m-%dT%H:%M:%S.%f%z", odd=True).map(bytes.decode),
    st.integers(0, 2**33),
    st.floats(0, 2e9),
)
_USUAL: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: _TEXTS,
    Kind.REQUEST: _TEXTS,
    Kind.TIME: _TIMES,
    Kind.STATUS: st.one_of(st.integers(100, 599), st.sampled_from(["200", "404"])),
    Kind.BYTES: st.one_of(st.integers(0, 10**9), st.sampled_from(["0", "123"])),
    Kind.DURATION: st.one_of(st.integers(0, 10**9), st.floats(0, 100), st.sampled_from(["0.001", "12"])),
}
_PIECES = st.one_of(
    st.sampled_from(
        [b"NaN", b"1e400", b"-Infinity", b"\xff", b"\\x22", b"\\ud800", b"\\u0000", b'"', b"\\", b"{", b"}"]
    ),
    st.sampled_from(
        [b"[" * 70, b'{"a":' * 70, b"]" * 70, b"01", b"\r", b"\xef\xbb\xbf", b'"status":200,', b"9" * 400, b"\0"]
    ),
)


def _value(field: Field) -> st.SearchStrategy[Any]:
    usual = _USUAL[field.kind]
    listed = st.one_of(usual, usual, usual, usual.map(lambda value: [value, "second"]))
    return st.integers(0, 19).flatmap(lambda choice: _ODD if choice == 19 else listed)


def _placed(line: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        line = line.setdefault(key, {})
        if not isinstance(line, dict):
            return
    line[path[-1]] = value


@st.composite
def likely_objects(draw: st.DrawFn, program: Program) -> bytes:
    """Lines made as a format of JSON says, without a line end; many are hits."""
    line: dict[str, Any] = {"level": "info"}
    for field in program.fields:
        usual, *others = draw(st.permutations(field.paths)) if draw(st.integers(0, 4)) == 4 else field.paths
        chosen = draw(st.sampled_from([(usual,)] * 8 + [(), (usual, *others[:1])]))
        for path in chosen:
            _placed(line, path, draw(_value(field)))
    return json.dumps(line, ensure_ascii=draw(st.booleans())).encode()


@st.composite
def objects(draw: st.DrawFn, program: Program, max_lines: int = 8) -> bytes:
    """Whole logs of such lines, some of them with odd bytes in them, and of arbitrary ones."""
    lines = []
    for _ in range(draw(st.integers(0, max_lines))):
        line = draw(likely_objects(program))
        if draw(st.integers(0, 3)) == 3:
            at = draw(st.integers(0, len(line)))
            line = line[:at] + draw(st.one_of(_PIECES, st.binary(max_size=4))) + line[at + draw(st.integers(0, 2)) :]
        lines.append(draw(st.sampled_from([line, line, line, b"[1]", b"", b"7"])).replace(b"\n", b""))
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + draw(st.sampled_from([b"", b"\n"]))
