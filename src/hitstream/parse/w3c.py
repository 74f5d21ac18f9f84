"""W3C extended logs: a line `#Fields` says what stands in the lines after it, up to the next such line.

Sources: https://www.w3.org/TR/WD-logfile.html, IIS (https://learn.microsoft.com/iis/), Amazon CloudFront's standard
log, Zeek's http.log (https://docs.zeek.org/), which writes its `#fields` in the same way.
"""

import re
from collections.abc import Iterator

from hitstream.parse.program import QUERY, Field, Kind, Program

_WORD = {" ": "w3c", "\t": "w3c-tabs"}
_SEPARATOR = {word: separator for separator, word in _WORD.items()}
_FIELDS = re.compile(rb"^#[Ff]ields:?[ \t]+(?P<names>[^\r\n]*)\r?$", re.MULTILINE)
_DATA_LINE = re.compile(rb"^[^#\r\n][^\r\n]*", re.MULTILINE)
_IN_QUOTES = re.compile(rb'(?<=[ \t\n])"(?:[^"\r\n]++|"")*+(?P<closed>"(?=[ \t\r\n]|\Z))?+')
_NEVER = b"\0#"
"""The prefix of a program whose fields do not say enough: no line begins so."""

_DOUBLED = b'""'
_SECOND, _MILLISECOND = 1_000_000, 1_000
_TEXTS = {
    "cs-uri-stem": "target",
    "cs-uri": "target",
    "uri": "target",
    "cs-uri-query": QUERY,
    "cs-version": "protocol",
    "cs-protocol-version": "protocol",
    "cs-username": "user",
    "username": "user",
    "cs(user-agent)": "agent",
    "user_agent": "agent",
    "cs(referer)": "referrer",
    "referrer": "referrer",
    "cs(host)": "vhost",
    "cs-host": "vhost",
    "host": "vhost",
}
_KINDS = {
    "c-ip": (Kind.HOST, "host"),
    "id.orig_h": (Kind.HOST, "host"),
    "cs-method": (Kind.METHOD, "method"),
    "method": (Kind.METHOD, "method"),
    "sc-status": (Kind.STATUS, ""),
    "c-status": (Kind.STATUS, ""),
    "status_code": (Kind.STATUS, ""),
    "sc-bytes": (Kind.BYTES, ""),
    "response_body_len": (Kind.BYTES, ""),
} | {name: (Kind.TEXT, column) for name, column in _TEXTS.items()}
_FORWARDED = frozenset({"x-forwarded-for", "cs(x-forwarded-for)", "x-real-ip", "cs(x-real-ip)"})
_DATES = {"date": "time", "date-local": "time-local"}
_NEEDED = {"TIME", "STATUS", "host", "target"}


def is_w3c(text: str) -> bool:
    """Tell whether a format is the fields of a W3C extended log, as `compile_w3c` takes them."""
    return text.split(maxsplit=1)[:1] in [[word] for word in _SEPARATOR]


def compile_w3c(text: str) -> Program:
    """Compile `w3c` (or `w3c-tabs`) and the names of fields: what `#Fields` says, and what stands between values.

    Where the fields lack a client, a time, a status or a target, every line is bad.
    """
    word, *names = text.split()
    fields = list(_fields(names, _SEPARATOR[word].encode()))
    found = {field.column or field.kind.name for field in fields}
    return Program(word, " ".join([word, *names]), b"" if found >= _NEEDED else _NEVER, tuple(fields))


def first_program(sample: bytes) -> Program | None:
    """Return the program of the first `#Fields` of a log; None where there is none."""
    found = _FIELDS.search(sample)
    return _program(found, sample, " ") if found else None


def sections(data: bytes, program: Program) -> Iterator[tuple[int, int, Program]]:
    """Yield where the lines of each program start and end: first those of `program`, up to a `#Fields` of others."""
    start = 0
    for found in _FIELDS.finditer(data):
        following = _program(found, data, _SEPARATOR[program.name]).read_by(program.clients)
        if following != program:
            yield start, found.start(), program
            start, program = found.start(), following
    yield start, len(data), program


def following_program(data: bytes, program: Program) -> Program:
    """Return the program in effect after some lines."""
    if not is_w3c(program.text) or b"#" not in data:
        return program
    *_, (_, _, last) = sections(bytes(data), program)
    return last


def escape_doubled_quotes(data: bytes) -> bytes:
    """Return lines with the quotes in values in quotes, which the standard doubles, behind a backslash as elsewhere.

    No byte moves. What is no whole value in quotes stays as it is.
    """
    return _IN_QUOTES.sub(_escaped, data) if _DOUBLED in data else data


def _escaped(value: re.Match[bytes]) -> bytes:
    text = value[0]
    return b'"' + text[1:-1].replace(_DOUBLED, b'\\"') + b'"' if value["closed"] else text


def _program(found: re.Match[bytes], data: bytes, separator: str) -> Program:
    line = _DATA_LINE.search(data, found.end())
    if line:
        separator = "\t" if b"\t" in line[0] else " "
    return compile_w3c(f"{_WORD[separator]} {found['names'].decode('utf-8', 'backslashreplace')}")


def _fields(names: list[str], separator: bytes) -> Iterator[Field]:
    taken: set[str] = set()
    rest = iter(enumerate(names))
    for index, name in rest:
        until = separator if index < len(names) - 1 else b""
        following = names[index + 1] if index + 1 < len(names) else ""
        if _DATES.get(name) == following:
            next(rest)
            until = separator if index + 2 < len(names) else b""
            yield Field(f"{name} {following}", Kind.TIME, until, time=f"%Y-%m-%d{separator.decode()}%H:%M:%S")
        elif name == "ts":
            yield Field(name, Kind.TIME, until, time="%s.%f", scale=_SECOND)
        elif scale := _unit(name, names):
            yield Field(name, Kind.DURATION, until, scale=scale, quotable=True)
        elif name.lower() in _FORWARDED:
            yield Field(name, Kind.HOST, until, "host", rank=1, forwarded=True, lenient=True, quotable=True)
        else:
            kind, column = _KINDS.get(name.lower(), (Kind.SKIP, ""))
            filled = column or kind.name
            kind, column = (Kind.SKIP, "") if kind is not Kind.SKIP and filled in taken else (kind, column)
            taken.add(filled)
            yield Field(name, kind, until, column, quotable=True)


def _unit(name: str, names: list[str]) -> int:
    """Return the microseconds in one unit of a field that is a time taken, by the server that has such fields."""
    if name == "TimeTakenMS" or (name == "time-taken" and "sc-win32-status" in names):
        return _MILLISECOND
    if name == "time-taken" and ("s-port" in names or "sc-substatus" in names):
        return _MILLISECOND
    return _SECOND if name == "time-taken" and "x-edge-location" in names else 0
