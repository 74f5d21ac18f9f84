"""Which format a log has: told from its first lines, or refused with the field that did not match."""

from collections.abc import Sequence
from functools import partial

from hitstream.errors import DataError
from hitstream.parse.detect_envelope import detect_inside
from hitstream.parse.formats import FORMATS, compile_format
from hitstream.parse.program import Kind, Program
from hitstream.parse.reference import parse_line, parse_reference
from hitstream.parse.structured.detection import detect_structured, explain_structured
from hitstream.parse.unwrap import is_clean, unwrap
from hitstream.parse.values import Misfit
from hitstream.record import BadLine, Chunk, Parsed

SAMPLE_BYTES = 64 * 1024
SAMPLE_LINES = 100
MOST_ENVELOPES = 2
_FIRST_LINES = 10
_SHOWN = 60
_HINT = (
    "Give the server's own format: --format '...', an Apache LogFormat or nginx log_format as it is; for JSON, "
    "'json host=KEY time=KEY ...'."
)


def detect(
    sample: bytes, where: str = "the log", known: Sequence[Program] = (), *, envelopes: int = MOST_ENVELOPES
) -> Program:
    """Return the format that parses most of a log's first lines, of those `known` and those of `FORMATS`.

    Of formats that parse equally many, the one that keeps more fields is taken, and of those the first known or in
    the table. `sample` is the beginning of the log; looked at are its first `SAMPLE_LINES` whole lines within
    `SAMPLE_BYTES`. `where` names the log in the error. Lines that an envelope carries are looked at
    inside first, through so many `envelopes`.

    Raises:
        DataError: there is no line, or no format parses one.
    """
    lines = _first_lines(sample)
    if not any(lines):
        raise DataError(f"{where} has no line to tell its format from.", "Say which it has: --format NAME.")
    if envelopes and (found := detect_inside(_joined(lines), where, known, partial(detect, envelopes=envelopes - 1))):
        return found
    structured = detect_structured(lines, known)
    if structured and 2 * len(_parsed(lines, structured).hits) >= len(lines):
        return structured
    compiled = [*known, *(compile_format(row.name) for row in FORMATS)]
    programs = [program for program in dict.fromkeys(compiled) if not program.is_structured]
    programs += [structured] if structured else []
    likely = [program for program, parsed in _tried(lines[:_FIRST_LINES], programs) if parsed.hits]
    best, parsed = _best(lines, likely or programs)
    if 2 * len(parsed.hits) < parsed.lines:  # the first few lines may not be like the others
        best, parsed = _best(lines, programs)
    if not parsed.hits:
        if explained := explain_structured(lines):
            raise DataError(f"{where} {explained[0]}.", explained[1])
        nearest, parsed = max(_tried(lines[:1], programs), key=lambda pair: _reached(*pair))
        message = f"{where}: no known format fits one of the first {len(lines)} lines. `{nearest.name}` comes"
        raise DataError(f"{message} nearest, but {_misfit(parsed.bad[0], nearest)}", _HINT)
    return best


def refuse_if_all_bad(parsed: Parsed, program: Program, where: str) -> None:
    """Stop when all of a log's first lines are bad: it does not have this format. `where` names the log.

    Raises:
        DataError: there are lines and none is a hit; names the field that did not match on the first.
    """
    if parsed.bad and not parsed.hits:
        message = f"{where}: none of the first {parsed.lines} lines has the format `{program.name}`"
        raise DataError(f"{message} ({program.text}): {_misfit(parsed.bad[0], program)}", _HINT)


def check_first_lines(sample: bytes, program: Program, where: str) -> Program:
    """Return the format if one of a log's first lines has it.

    Raises:
        DataError: see `refuse_if_all_bad`.
    """
    refuse_if_all_bad(_parsed(_first_lines(sample), program), program, where)
    return program


def _first_lines(sample: bytes) -> list[bytes]:
    """Return the first lines, without a torn last one where there are others."""
    if not is_clean(sample):
        sample = bytes(unwrap(sample, "").data)
    lines = sample[:SAMPLE_BYTES].split(b"\n")
    return (lines[:-1] or list(filter(None, lines)))[:SAMPLE_LINES]


def _tried(lines: list[bytes], programs: list[Program]) -> list[tuple[Program, Parsed]]:
    return [(program, _parsed(lines, program)) for program in programs]


def _parsed(lines: list[bytes], program: Program) -> Parsed:
    return parse_reference(Chunk("", 0, _joined(lines)), program)


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _best(lines: list[bytes], programs: list[Program]) -> tuple[Program, Parsed]:
    return max(_tried(lines, programs), key=lambda pair: (len(pair[1].hits), _kept(pair[0])))


def _kept(program: Program) -> int:
    return sum(field.kind is not Kind.SKIP for field in program.fields)


def _reached(program: Program, parsed: Parsed) -> float:
    """Return which part of the format's fields fits a bad line."""
    names = [field.name for field in program.fields]
    reason = parsed.bad[0].reason
    return names.index(reason) / len(names) if reason in names else 0


def _misfit(bad: BadLine, program: Program) -> str:
    """Say which field of the format does not match a bad line, and at what."""
    at = 0
    if not program.envelopes:
        try:
            parse_line(bad.data, program)
        except Misfit as misfit:
            at = misfit.at
    within = f" (the line: {_shown(bad.data)})" if at else ""
    return f"at offset {bad.offset + at} its field {bad.reason} does not match {_shown(bad.data[at:])}{within}."


def _shown(piece: bytes) -> str:
    """Show a piece of a hostile line: short, and nothing but printable ASCII."""
    shown = repr(piece[:_SHOWN])[1:]
    return shown + "..." if len(piece) > _SHOWN else shown
