"""Says in words why a line is bad: what its format wants there, and what stands there instead."""

from hitstream.parse.envelopes import ENVELOPE
from hitstream.parse.program import PREFIX, TOO_LONG, Field, Kind, Program
from hitstream.parse.reference import parse_line
from hitstream.parse.structured.syntaxes import NOT_JSON
from hitstream.parse.unwrap import NUL_BYTES, inside
from hitstream.parse.unwrap_reference import unwrap_reference
from hitstream.parse.values import Misfit

_SHOWN_BYTES = 40
_WANTED = {
    Kind.SKIP: "anything",
    Kind.TEXT: "a text",
    Kind.TIME: "a real time like {time}",
    Kind.REQUEST: "a request with a status after it",
    Kind.STATUS: "a status of three digits",
    Kind.BYTES: "a whole number of bytes or `-`",
    Kind.DURATION: "a number of a time taken or `-`",
    Kind.HOST: "the address or host name of a client",
    Kind.VHOST: "a virtual host or `-`",
    Kind.WORD: "a single word or `-`",
    Kind.USER: "a user or `-`",
    Kind.METHOD: "a method",
    Kind.COUNT: "a whole number or `-`",
    Kind.ELAPSED: "a time taken with its unit or `-`",
}
_OF_LINES = {
    TOO_LONG: "the line is longer than 64 KiB",
    ENVELOPE: "the line has not what carries the others",
    NUL_BYTES: "the line has a hole of NUL bytes, as a crash leaves it",
    NOT_JSON: "the line is no JSON object, or is torn",
}
_OF_KEYS = {"time": "time", "host": "client", "request": "request", "status": "status"}


def explain(line: bytes, reason: str, program: Program) -> str:
    """Return why a line of a program is bad, given the reason by which it is kept."""
    if reason in _OF_LINES:
        return _OF_LINES[reason]
    if reason == PREFIX:
        return f"the line does not begin with {shown(program.prefix)}"
    if program.is_structured and reason in _OF_KEYS:
        return f"no {_OF_KEYS[reason]} that can be read at {_keys(reason, program)}"
    field = next((field for field in program.fields if field.name == reason), None)
    if field is None:
        return f"the field {reason} does not fit"
    misfit = misfit_of(line, program)
    there = f", but there stands {shown(misfit[0])}" if misfit and misfit[1] == reason else ""
    return f"{reason} must be {_wanted(field)}{there}"


def misfit_of(line: bytes, program: Program) -> tuple[bytes, str] | None:
    """Return what stands where a line does not fit a program, without its envelopes, and the reason."""
    while program.envelopes:
        found = unwrap_reference(line, program.envelopes[0])
        if not len(found.inside):
            return None
        line, program = bytes(found.data)[:-1], inside(program)
    try:
        parse_line(line, program)
    except Misfit as misfit:
        return line[misfit.at :], misfit.reason
    return None


def shown(piece: bytes, most: int = _SHOWN_BYTES) -> str:
    """Show a piece of a hostile line: short, and nothing but printable ASCII."""
    text = repr(piece[:most])[1:]
    return text + "..." if len(piece) > most else text


def _wanted(field: Field) -> str:
    wanted = _WANTED[field.kind].format(time=field.time)
    ends = f", then {shown(field.until)}" if field.until.strip() else ""
    return wanted + ends


def _keys(reason: str, program: Program) -> str:
    names = {reason, "target"} if reason == "request" else {reason, "time_ms"} if reason == "time" else {reason}
    return " or ".join(path for field in program.fields if field.name in names for path in field.paths)
