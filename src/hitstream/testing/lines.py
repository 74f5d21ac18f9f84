"""Hypothesis strategies for log lines near validity: many are hits, the others fail in every way lines do.

Plug-in authors draw `logs(program)` to hold a parser, a source or a sink against input as odd as real logs.
"""

from functools import lru_cache

from hypothesis import strategies as st

from hitstream.parse.program import Field, Kind, Program
from hitstream.sources.contract import LINE_CAP

Bytes = st.SearchStrategy[bytes]


def _any_of(*texts: bytes) -> Bytes:
    return st.sampled_from(texts)


def _numbers(low: int, high: int, width: int = 1) -> Bytes:
    return st.integers(low, high).map(lambda number: b"%0*d" % (width, number))


def _row(*pieces: Bytes) -> Bytes:
    return st.tuples(*pieces).map(b"".join)


_MARKS = _any_of(
    b'"', b'""', b"  ", b"#", b"\\", b'\\"', b'" ', b'" 200 ', b" ", b"-", b"[", b"]", b"\t", b"\r", b".", b":", b"0"
)
_BYTES = _any_of(b"\0", b"\xff", b"\xc3\xa9", b"\xe2\x82", b"\\xff", b"<script>", b"\x1b[31m", b"=cmd()")
WORDS = _any_of(b"-", b"", b"example.org", b"10.0.0.1", b"2001:db8::1", b"jos\xc3\xa9", b"\xe9", b"\\xe9")
_MIXED = st.lists(st.one_of(WORDS, _MARKS, _BYTES, st.binary(max_size=6)), max_size=5).map(b"".join)
_AGENTS = _any_of(b"Mozilla/5.0 (X11)", b'\\"Bot\\"', b"\\\\", b"http://example.org/?q=a b")
CLIENTS = st.one_of(
    _any_of(b"10.0.0.1", b"h.example.org", b"H", b"2001:db8::1", b"2001:DB8:0:0:0:0:0:1", b"::ffff:10.0.0.1", b"::1"),
    _any_of(b"-", b"unknown", b"10.0.0.1:80", b"[2001:db8::1]:443", b"[::1]", b"fe80::1%eth0", b"2001:db8::1:443"),
    _any_of(b"10.0.0.1, 10.0.0.2", b"unknown, ::1", b"10.0.0.1,h,-", b"-, 10.0.0.1:7", b"10.0.0.1 , ::1"),
)
_ODD_CLIENTS = st.one_of(
    _any_of(b"2001", b"10.0.0.256", b"1.2.3", b"01.2.3.4", b"a:b", b"a:80", b"-a", b"a-", b"1::2::3", b"::1.2.3.4"),
    _any_of(b"[::1", b"[h]", b"[::1]:", b"::1%", b"1:2:3:4:5:6:7:8:9", b":::", b"10.0.0.1,", b"unix:", b"a" * 254, b""),
    st.text("0123456789abcdf:.%[], -", max_size=24).map(str.encode),
)
_VHOSTS = _any_of(b"www.example.org", b"www.example.org:443", b"10.0.0.1:80", b"[::1]:80", b"_", b"*", b"*.a.org", b"-")
_USERS = _any_of(b"-", b"jane", b"Jane Doe", b"EXAMPLE\\Jane", b"jos\xc3\xa9", b"\\x22a b\\x22")
_ODD_USERS = st.one_of(_any_of(b"a - b", b"a: b", b"a  b", b" a", b"[a b", b"a b]", b"a:b", b""), WORDS)
_DIGITS = _any_of(b"0", b"7", b"200", b"4520", b"007", b"123456789012")
_TOO_MANY = _any_of(b"9" * 18, b"9" * 19, b"1" * 13, b"1.0123456789", b"1.", b"")
_FRACTIONS = st.text("0123456789", min_size=1, max_size=9).map(str.encode)

_METHODS = _any_of(b"GET", b"POST", b"HEAD", b"M-SEARCH", b"VERSION_CONTROL", b"G3T", b"", b"a" * 32, b"a" * 33)
_TARGETS = st.one_of(_any_of(b"/", b"/a b?c=d", b'/x"y', b'/x\\"y', b"*", b" ", b"HTTP/1.0"), _MIXED)
_PROTOCOLS = _any_of(b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2", b"HTTP/V1.0", b"HTTP/1.", b"")
REQUESTS = st.one_of(
    _row(_METHODS, st.just(b" "), _TARGETS, st.just(b" "), _PROTOCOLS),
    _row(_METHODS, st.just(b" "), _TARGETS),
    _MIXED,
)
_VALUES: dict[Kind, Bytes] = {
    Kind.HOST: CLIENTS,
    Kind.VHOST: _VHOSTS,
    Kind.WORD: _any_of(b"-", b"jane", b"a.b@c"),
    Kind.USER: _USERS,
    Kind.METHOD: _METHODS,
    Kind.SKIP: WORDS,
    Kind.TEXT: WORDS,
    Kind.REQUEST: REQUESTS,
    Kind.STATUS: _numbers(100, 599),
    Kind.BYTES: st.one_of(st.just(b"-"), _DIGITS),
    Kind.COUNT: st.one_of(st.just(b"-"), _DIGITS),
    Kind.DURATION: st.one_of(st.just(b"-"), _DIGITS),
    Kind.ELAPSED: _any_of(b"45.265\xc2\xb5s", b"1m2.5s", b"12 ms", b"0s", b"-"),
}
_ODD_VALUES: dict[Kind, Bytes] = {
    Kind.HOST: _ODD_CLIENTS,
    Kind.VHOST: _ODD_CLIENTS,
    Kind.USER: _ODD_USERS,
    Kind.STATUS: _numbers(0, 1100),
    Kind.BYTES: _TOO_MANY,
    Kind.COUNT: _TOO_MANY,
    Kind.DURATION: st.one_of(_TOO_MANY, _row(_DIGITS, st.just(b"."), _FRACTIONS)),
    Kind.ELAPSED: st.text("0123456789.nums hm\u00b5-", max_size=12).map(str.encode),
}

_TIMES: dict[str, Bytes] = {
    "%d": _numbers(1, 28, 2),
    "%e": st.integers(1, 28).map(lambda day: b"%2d" % day),
    "%m": _numbers(1, 12, 2),
    "%b": _any_of(*b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()),
    "%Y": _numbers(1, 9999, 4),
    "%y": _numbers(0, 99, 2),
    "%H": _numbers(0, 23, 2),
    "%M": _numbers(0, 59, 2),
    "%S": _numbers(0, 59, 2),
    "%z": st.one_of(
        st.just(b"Z"), _row(_any_of(b"+", b"-"), _numbers(0, 23, 2), _any_of(b"", b":"), _numbers(0, 59, 2))
    ),
    "%f": _FRACTIONS,
    "%s": _numbers(0, 2**33),
    "%%": st.just(b"%"),
}
_ODD_TIMES: dict[str, Bytes] = {
    "%d": _any_of(b"00", b"29", b"30", b"31", b"32", b" 1", b"1"),
    "%e": _any_of(b"00", b" 0", b"01", b"31", b"1 "),
    "%m": _any_of(b"00", b"02", b"13"),
    "%b": _any_of(b"Feb", b"jan", b"JAN", b"Xyz", b"July"),
    "%Y": _any_of(b"0000", b"0001", b"1900", b"2000", b"2024", b"9999", b"10000"),
    "%y": _any_of(b"68", b"69", b"1995"),
    "%H": _any_of(b"24", b"99"),
    "%M": _any_of(b"60", b"99"),
    "%S": _any_of(b"60", b"99"),
    "%z": _any_of(b"+2400", b"+0060", b"-23:59", b"+2359", b"z", b"0000", b"+000", b"+:000", b"+00:0"),
    "%f": _any_of(b"", b"0123456789", b"999999999"),
    "%s": st.integers(10**11, 10**19).map(b"%d".__mod__),
}


@lru_cache(maxsize=64)
def times(time: str, odd: bool = False) -> Bytes:
    """Times in the format of a TIME field; if `odd`, parts are at the edge of their range or beyond."""
    pieces: list[Bytes] = []
    while time:
        token = time[: 2 if time[:2] in _TIMES else 1]
        usual = _TIMES.get(token, st.just(token.encode()))
        pieces.append(st.one_of(usual, _ODD_TIMES[token]) if odd and token in _ODD_TIMES else usual)
        time = time[len(token) :]
    return _row(*pieces)


def values(field: Field) -> Bytes:
    """Values of a field: nine of ten as they should be."""
    if field.kind is Kind.TIME:
        usual, odd = times(field.time), times(field.time, odd=True)
    else:
        usual, odd = _VALUES[field.kind], _ODD_VALUES.get(field.kind, _MIXED)
    if field.until.startswith(b'"') and usual is WORDS:
        usual = st.one_of(WORDS, _AGENTS)
    found = st.integers(0, 9).flatmap(lambda choice: odd if choice == 9 else usual)
    return st.one_of(found, _row(st.just(b'"'), found, st.just(b'"'))) if field.quotable else found


@lru_cache(maxsize=64)
def likely_lines(program: Program) -> Bytes:
    """Lines made as the format says, without a line end; many are hits."""
    pieces: list[Bytes] = [st.just(program.prefix)]
    for field in program.fields:
        pieces += (values(field), st.just(field.until))
    return _row(*pieces)


@st.composite
def mutated_lines(draw: st.DrawFn, program: Program) -> bytes:
    """Likely lines, of which a piece is cut out and odd bytes are put in its place."""
    line = draw(likely_lines(program))
    start = draw(st.integers(0, len(line)))
    cut = draw(st.sampled_from([0, 0, 1, 2, len(line)]))
    return line[:start] + draw(st.one_of(_MARKS, _BYTES, _MIXED)) + line[start + cut :]


@st.composite
def long_lines(draw: st.DrawFn, program: Program) -> bytes:
    """Likely lines that are filled up to about the longest that is parsed."""
    line = draw(likely_lines(program))
    at = draw(st.integers(0, len(line)))
    filling = draw(_any_of(b"x", b"\\", b'"', b" ", b"9", b"\xff"))
    return line[:at] + filling * (LINE_CAP + draw(st.integers(-1, 2)) - len(line)) + line[at:]


@lru_cache(maxsize=64)
def lines(program: Program) -> Bytes:
    """Lines of all sorts, without a line end: likely, mutated, arbitrary."""
    likely, mutated = likely_lines(program), mutated_lines(program)
    sorts = st.one_of(likely, likely, likely, mutated, mutated, _MIXED, st.binary())
    return sorts.map(lambda line: line.replace(b"\n", b""))


@st.composite
def logs(draw: st.DrawFn, program: Program, max_lines: int = 12) -> bytes:
    """Whole logs: lines that end in LF or CRLF, the last one now and then in neither."""
    ended = _row(lines(program), _any_of(b"\n", b"\n", b"\r\n", b"\r\r\n"))
    log = b"".join(draw(st.lists(ended, max_size=max_lines)))
    return log + draw(st.one_of(st.just(b""), lines(program), st.just(b"\r")))
