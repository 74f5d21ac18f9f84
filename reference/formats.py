"""Every log format and envelope that is known by name: how it is found, what is read of it, what it is."""

from hitstream.parse.envelopes import ENVELOPES
from hitstream.parse.formats import FORMATS, compile_format
from hitstream.parse.program import QUERY, Kind, Program
from hitstream.parse.structured.columns import COLUMN_OF
from hitstream.parse.text_formats import Format, Use
from reference.tables import code, table

_HEAD = """# Every log format

The formats that `hitstream formats` lists, with what is read of each. How they are found, and what to do where none
fits, is in [log formats](../formats.md) and [my log is not read](../not-read.md). This page is made from the code.

"""
_ORDER = (
    *("time", "host", "vhost", "user", "method", "target", "protocol", "status", "bytes", "duration", "referrer"),
    "agent",
)
_BY_KIND = {
    Kind.TIME: ("time",),
    Kind.REQUEST: ("method", "target", "protocol"),
    Kind.STATUS: ("status",),
    Kind.BYTES: ("bytes",),
    Kind.DURATION: ("duration",),
    Kind.ELAPSED: ("duration",),
}
_FOUND = {
    Use.SPECIFIC: "detected",
    Use.SIGNED: "detected, where lines show its server",
    Use.GENERAL: "detected, where no other fits",
    Use.GIVEN: "by name",
}


def page() -> str:
    """Return docs/reference/formats.md."""
    rows = [(f"[`{row.name}`](#{row.name})", row.title, _FOUND[row.use]) for row in FORMATS]
    carried = [(code(row.name), row.title) for row in ENVELOPES]
    return (
        _HEAD
        + table(("name", "what it is", "how it is found"), rows)
        + "\nAnd what may carry their lines, written before a format as `syslog: combined`:\n\n"
        + table(("name", "what carries a line"), carried)
        + "".join(map(_section, FORMATS))
    )


def _section(row: Format) -> str:
    program = compile_format(row.name)
    read, left_out = _columns(program), _left_out(program)
    parts = [
        f"\n## `{row.name}`\n",
        f"{row.title[0].upper()}{row.title[1:]}; {_FOUND[row.use]}.\n",
        f"Read are {', '.join(code(name) for name in read)}.{left_out}\n",
        f"```text\n{_shown(row.text)}\n```\n",
    ]
    if row.hint:
        parts.insert(3, row.hint + "\n")
    return "\n".join(parts)


def _columns(program: Program) -> list[str]:
    found: set[str] = set()
    for field in program.fields:
        if program.is_structured:
            fills = COLUMN_OF[field.name].fills
            found |= {"method", "target", "protocol"} if fills == "request" else {fills}
        else:
            found |= {*_BY_KIND.get(field.kind, ()), *({field.column} - {"", QUERY})}
    return [name for name in _ORDER if name in found]


def _left_out(program: Program) -> str:
    count = 0 if program.is_structured else sum(_is_left_out(program, index) for index in range(len(program.fields)))
    return f" {count} more field{'s are' if count > 1 else ' is'} checked or read over." if count else ""


def _is_left_out(program: Program, index: int) -> bool:
    field = program.fields[index]
    return field.kind not in _BY_KIND and not field.column


def _shown(text: str) -> str:
    """Return a format on lines that a page has room for; the words of structured ones stand on lines of their own."""
    return text.replace(" ", "\n  ") if text.split("=", 1)[0].endswith(" time") else text
