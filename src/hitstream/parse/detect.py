"""Which format a log has: told from its lines by their shapes, or refused with what was seen."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from hitstream.errors import DataError
from hitstream.parse.detect_envelope import detect_inside
from hitstream.parse.doubts import doubt_of
from hitstream.parse.explain import shown
from hitstream.parse.formats import FORMATS, compile_format
from hitstream.parse.kinds import UNKNOWN_HINT, kind_of
from hitstream.parse.program import Program
from hitstream.parse.reference import parse_line
from hitstream.parse.several import formats_of, name_of, one_of, parse
from hitstream.parse.signs import needs_sign, shown_by
from hitstream.parse.structured.detection import detect_structured, explain_structured
from hitstream.parse.text_formats import Use
from hitstream.parse.unwrap import is_clean, unwrap
from hitstream.parse.values import Misfit
from hitstream.parse.w3c import first_program
from hitstream.record import I64, BadLine, Chunk, Hits, Parsed

SAMPLE_BYTES = 4 << 20
"""How far into a log its format is looked for."""
MOST_ENVELOPES = 2
_SAMPLE_LINES = 400
_STRUCTURED_LINES = 100
_MAX_FORMATS = 5
_MIN_SHARE = 0.02
_MIN_LINES = 2
_SURE_FIELDS = 7
_SAME_FIELDS = 4
_MAX_CUTS = 1000
_SYSTEM_ENVELOPES = ("syslog", "syslog5424")
_MIN_SYSTEM_LINES = 10
_MIN_SYSTEM_SHARE = 0.2
_BARE_QUOTE = re.compile(rb'(?<!\\)"')
_SHOWN_BYTES = 60


def detect(
    sample: bytes,
    where: str = "the log",
    known: Sequence[Program] = (),
    *,
    envelopes: int = MOST_ENVELOPES,
    is_mixed: bool = False,
) -> Program:
    """Return the format that a log has, by the share of its lines that have the shape of the format in every field.

    Of formats that fit equally many lines, the first is taken: of those `known`, then of `FORMATS`. Lines that it
    does not fit are looked at in the same way, so that the program that is returned may be of several formats.

    Args:
        sample: the beginning of the log, up to `SAMPLE_BYTES`. Many lines of it are looked at: the first ones, and
            others from everywhere.
        where: the name of the log in an error.
        known: formats that other logs have.
        envelopes: through how many envelopes the lines are looked for.
        is_mixed: whether most lines may be of programs that are asked nothing, as in a topic of many machines.

    Raises:
        DataError: there is no line, no format fits one, or it is a system log with few requests in it.
    """
    sample = _cleaned(sample)
    declared = first_program(sample)
    if declared and len(parse(Chunk("", 0, sample), declared).hits):
        return declared
    lines = _sampled(sample)
    if not lines:
        raise DataError(f"{where} has no line to tell its format from.", "Say which it has: --format NAME.")
    inside = partial(detect, envelopes=envelopes - 1)
    if envelopes and (found := detect_inside(_joined(lines), where, known, inside)):
        if not is_mixed:
            _refuse_system_log(lines, found, where)
        return found
    structured = detect_structured(lines[:_STRUCTURED_LINES], known)
    signed = shown_by(lines)
    known = [program for program in known if not needs_sign(program) or program.name in signed]
    own = [row.name for row in FORMATS if row.use is Use.SPECIFIC or row.name in signed]
    named = [*known, *map(compile_format, own)]
    specific = [program for program in named if not program.is_structured] + ([structured] if structured else [])
    general = [compile_format(row.name) for row in FORMATS if row.use is Use.GENERAL]
    if structured and 2 * len(fitting := _best(lines, [structured])[1]) >= len(lines):
        others = [line for index, line in enumerate(lines) if index not in fitting]
        return one_of([structured, *_chosen(others, specific, general, structured)])
    chosen = list(_chosen(lines, list(dict.fromkeys(specific)), general))
    if not chosen:
        if (kind := kind_of(lines)) and kind.is_certain:
            raise DataError(f"{where} is {kind.title}.", kind.hint)
        if explained := explain_structured(lines[:_STRUCTURED_LINES]):
            raise DataError(f"{where} {explained[0]}.", explained[1])
        raise _refusal(lines, where)
    program = one_of(chosen)
    return replace(program, doubt=doubt_of(lines, program, specific))


def _refuse_system_log(lines: list[bytes], program: Program, where: str) -> None:
    """Raise where few of the lines of syslog have the format inside: the others would only fill the bad lines."""
    if program.envelopes[0] not in _SYSTEM_ENVELOPES or len(lines) < _MIN_SYSTEM_LINES:
        return
    requests = len(parse(Chunk("", 0, _joined(lines)), program).hits)
    if requests < _MIN_SYSTEM_SHARE * len(lines):
        name = name_of(formats_of(program)[0].text)
        raise DataError(
            f"{where} is a system log: only {requests} of {len(lines)} lines looked at are requests.",
            f"Give the server's access log, or read these requests by --format '{name}'.",
        )


def refuse_if_all_bad(parsed: Parsed, program: Program, where: str) -> None:
    """Stop when a log has no hit at all: it does not have this format. `where` names the log.

    Raises:
        DataError: there are lines and none is a hit; names the field that did not match on the first.
    """
    if parsed.bad and not parsed.hits:
        message = f"{where}: none of the first {parsed.lines} lines has the format `{program.name}`"
        raise DataError(f"{message} ({program.text}): {_misfit(parsed.bad[0], program)}", UNKNOWN_HINT)


def check_first_lines(sample: bytes, program: Program, where: str) -> Program:
    """Return the format if one of a log's lines has it.

    Raises:
        DataError: see `refuse_if_all_bad`.
    """
    refuse_if_all_bad(parse(Chunk("", 0, sample), program), program, where)
    return program


def _cleaned(sample: bytes) -> bytes:
    """Return the lines of a sample as `parse` sees them: without NUL bytes."""
    return sample if is_clean(sample) else bytes(unwrap(sample, "").data)


def _sampled(sample: bytes) -> list[bytes]:
    """Return the first lines and others from everywhere; without a torn last one where there are others."""
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    lines = [line for line in whole.split(b"\n") if line.strip() and not line.startswith(b"#")]
    half = _SAMPLE_LINES // 2
    step = max(1, (len(lines) - half) // half)
    return lines[:half] + lines[half::step][:half]


def _chosen(
    lines: list[bytes], specific: list[Program], general: list[Program], first: Program | None = None
) -> Iterator[Program]:
    """Yield the formats of lines: each fits most of those that the ones before it, of which one is `first`, do not."""
    few = max(_MIN_LINES, _MIN_SHARE * len(lines))
    whole = b""
    for _ in range(_MAX_FORMATS):
        best, fitting = _best(lines, specific)
        if not fitting or (first and len(fitting) < few and _may_be_torn(best, first, whole)):
            break
        yield best
        if not first:
            first, whole = best, min((lines[index] for index in fitting), key=len)
        lines = [line for index, line in enumerate(lines) if index not in fitting]
    best, fitting = _best(lines, general, _without_quotes)
    if len(fitting) >= (few if first else 1):
        yield best


def _may_be_torn(program: Program, first: Program, whole: bytes) -> bool:
    """Tell whether lines of a program may be lines of another one that lost their end, or their beginning.

    They are not where the program has more fields, or where it begins as the other does, so that one server writes
    both, and cannot read `whole`, a line of the other, wherever it is cut.
    """
    if len(program.fields) > len(first.fields) >= _SURE_FIELDS:
        return False
    if program.fields[:_SAME_FIELDS] != first.fields[:_SAME_FIELDS] or not whole:
        return True
    places = range(1, min(len(whole), _MAX_CUTS))
    torn = [*(whole[:at] for at in places), *(whole[-at:] for at in places)]
    return bool(len(parse(Chunk("", 0, _joined(torn)), program).hits))


def _all(hits: Hits) -> I64:
    return hits.offset


def _without_quotes(hits: Hits) -> I64:
    """Return the offsets of hits whose agent has no bare quote: it may be the end of one, and more the rest."""
    if "agent" not in hits.text:
        return hits.offset
    column = hits.text["agent"]
    bare = [bool(_BARE_QUOTE.search(text)) for text in column.texts.split()]
    quoted = np.array([*bare, False])[column.codes]
    return np.compress(~quoted, hits.offset)


def _best(lines: list[bytes], programs: list[Program], sure: Callable[[Hits], I64] = _all) -> tuple[Program, set[int]]:
    """Return the program that most lines fit, the first of equals, and the numbers of these lines.

    `sure` gives the offsets of the hits that count.
    """
    best, fitting = programs[0], set[int]()
    chunk, starts = _chunk(lines)
    for program in programs:
        offsets = sure(parse(chunk, program).hits).tolist() if lines else []
        if len(offsets) > len(fitting):
            best, fitting = program, {starts[offset] for offset in offsets}
            if len(fitting) == len(lines):
                break
    return best, fitting


def _chunk(lines: list[bytes]) -> tuple[Chunk, dict[int, int]]:
    starts, at = dict[int, int](), 0
    for index, line in enumerate(lines):
        starts[at] = index
        at += len(line) + 1
    return Chunk("", 0, _joined(lines)), starts


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _refusal(lines: list[bytes], where: str) -> DataError:
    """Return the error that says what the lines of a log without a format look like."""
    longest = max(lines[:5], key=len)
    one = shown(longest, 3 * _SHOWN_BYTES)
    kind = kind_of(lines)
    looks = f" They look like {kind.title}." if kind else ""
    message = f"{where}: no format known here fits one of {len(lines)} lines.{looks} One of them is {one}."
    return DataError(message, kind.hint if kind else UNKNOWN_HINT)


def _misfit(bad: BadLine, program: Program) -> str:
    """Say which field of the format does not match a bad line, and at what."""
    at = 0
    if not program.envelopes:
        try:
            parse_line(bad.data, program)
        except Misfit as misfit:
            at = misfit.at
    within = f" (the line: {shown(bad.data, _SHOWN_BYTES)})" if at else ""
    there = shown(bad.data[at:], _SHOWN_BYTES)
    return f"at offset {bad.offset + at} its field {bad.reason} does not match {there}{within}."
