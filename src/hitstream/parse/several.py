"""Logs of several formats: what the first of them cannot read, the next ones are tried on.

Where the first has an envelope, the others stand inside it that have the same one or name none. All others are tried on
the lines as they came.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from hitstream.parse.client_rule import BY_PEER, split_rule
from hitstream.parse.formats import compile_format, in_envelopes
from hitstream.parse.program import ONLY, TOO_LONG, Program
from hitstream.parse.run import parse_one
from hitstream.parse.unwrap import cut_out, is_clean, parse_unwrapped
from hitstream.parse.w3c import escape_doubled_quotes, is_w3c, sections
from hitstream.record import I64, NO_CODE, BadLines, Chunk, Column, Hits, Parsed, Texts

SEPARATOR = "\n"
"""Stands between the formats in the text of a program of several: no format has a line break in it."""


def one_of(programs: list[Program]) -> Program:
    """Return a program that reads a line by the first of the programs that can."""
    first, *others = programs
    if not others:
        return first
    name = " + ".join(program.name for program in programs)
    text = SEPARATOR.join(program.text for program in programs)
    return replace(first, name=name, text=text, alternatives=tuple(others))


def compile_formats(text: str) -> Program:
    """Compile the text of a program, of one format or of several, as `Program.written` has it.

    Raises:
        ConfigError: see `compile_format`.
    """
    clients, alone = split_rule(text.removeprefix(ONLY))
    program = one_of([compile_format(one) for one in alone.split(SEPARATOR)])
    program = replace(program, given=text.startswith(ONLY))
    return program.read_by(clients) if clients else program


def parse(chunk: Chunk, program: Program) -> Parsed:
    """Parse whole lines: every line becomes a hit, a bad line or a directive, in the order of the lines."""
    first, others = _levels(program)
    if first.envelopes or not is_clean(chunk.data):
        parsed = parse_unwrapped(chunk, first, parse)
    elif is_w3c(first.text):
        return _parse_sections(chunk, first)
    else:
        parsed = parse_one(chunk, first)
        others = (*first.alternatives, *others)
    for other in others:
        if parsed.bad:
            parsed = _tried_again(chunk, parsed, other)
    return parsed


def formats_of(program: Program) -> list[Program]:
    """Return the formats that a program is made of, each alone, with its envelopes."""
    alone = [replace(one, alternatives=()) for one in (program, *program.alternatives)]
    name, text = program.name.partition(" + ")[0], program.text.partition(SEPARATOR)[0]
    first, *others = [replace(alone[0], name=name, text=text), *alone[1:]]
    return [first, *(one if one.envelopes else in_envelopes(one, first.envelopes) for one in others)]


def join_formats(known: Iterable[Program], new: Iterable[Program]) -> Program:
    """Return a program of formats, each alone: those without an envelope first, since else they stood inside one."""
    known = list(known)
    clients = known[0].clients if known else BY_PEER
    every = dict.fromkeys(one.read_by(clients) for one in [*known, *new])
    return one_of(sorted(every, key=lambda one: bool(one.envelopes)))


@lru_cache(maxsize=1024)
def name_of(text: str) -> str:
    """Return the names of the formats of a program, given its text; of those without a name the text itself."""
    formats = formats_of(compile_formats(text))
    return " + ".join(one.name if one.name.rpartition(": ")[2] != "custom" else one.text for one in formats)


def includes(program: Program, other: Program) -> bool:
    """Tell whether a program has all formats of another one."""
    return set(formats_of(program)) >= set(formats_of(other))


@lru_cache(maxsize=64)
def _levels(program: Program) -> tuple[Program, tuple[Program, ...]]:
    """Return a program of the formats that have one envelope, the first one's, and the others."""
    envelope = program.envelopes[:1]
    same = tuple(one for one in program.alternatives if one.envelopes[:1] in ((), envelope))
    others = tuple(one for one in program.alternatives if one not in same)
    return replace(program, alternatives=same), others


def _parse_sections(chunk: Chunk, program: Program) -> Parsed:
    """Parse a W3C extended log, each section with its program."""
    data = bytes(chunk.data)
    result: Parsed | None = None
    for start, stop, own in sections(data, program):
        section = escape_doubled_quotes(data[start:stop])
        parsed = parse_one(Chunk(chunk.source, chunk.offset + start, section), own)
        bad = BadLines(chunk, parsed.bad.reasons, parsed.bad.start + start, parsed.bad.end + start, parsed.bad.code)
        parsed = Parsed(parsed.hits, bad, parsed.directives)
        result = parsed if result is None else _both(chunk, result, parsed)
    assert result is not None, "there is always a section"
    return result


def _both(chunk: Chunk, first: Parsed, second: Parsed) -> Parsed:
    """Return what two pieces of a chunk are parsed to, as one."""
    bad, more = first.bad, second.bad
    joined = BadLines(
        chunk,
        (*bad.reasons, *more.reasons),
        np.concatenate((bad.start, more.start)),
        np.concatenate((bad.end, more.end)),
        np.concatenate((bad.code, more.code + len(bad.reasons))),
    )
    return Parsed(_in_order(first.hits, second.hits), joined, first.directives + second.directives)


def _tried_again(chunk: Chunk, parsed: Parsed, program: Program) -> Parsed:
    """Return what is parsed when the bad lines are read with another program."""
    bad = parsed.bad
    open_lines = np.flatnonzero(np.array([reason != TOO_LONG for reason in bad.reasons], bool)[bad.code])
    lines, starts = cut_out(chunk.data, bad.start[open_lines], bad.end[open_lines])
    again = parse(Chunk(chunk.source, 0, lines.data), program)
    if not len(again.hits):
        return parsed
    rows = open_lines[np.searchsorted(starts, again.hits.offset)]
    moved = replace(again.hits, offset=bad.start[rows] + chunk.offset)
    still = np.ones(len(bad), bool)
    still[rows] = False
    remaining = BadLines(bad.chunk, bad.reasons, bad.start[still], bad.end[still], bad.code[still])
    return Parsed(_in_order(parsed.hits, moved), remaining, parsed.directives)


def _in_order(first: Hits, second: Hits) -> Hits:
    """Return the hits of both, in the order of their lines."""
    if not len(first):
        empty = Column(np.full(len(second), NO_CODE, np.int32), Texts.encode([]))
        return replace(second, text=dict.fromkeys(first.text, empty) | second.text)
    order = np.argsort(np.concatenate((first.offset, second.offset)))

    def both(name: str) -> I64:
        joined: I64 = np.concatenate((getattr(first, name), getattr(second, name)))[order]
        return joined

    names = dict.fromkeys((*first.text, *second.text))
    numbers = {name: both(name) for name in ("offset", "time", "zone", "status", "bytes", "duration")}
    return Hits(first.source, **numbers, text={name: _column(first, second, name, order) for name in names})  # type: ignore[arg-type]


def _column(first: Hits, second: Hits, name: str, order: I64) -> Column:
    codes: list[I64] = []
    texts: list[str] = []
    for hits in (first, second):
        column = hits.text.get(name)
        found = column.codes.astype(np.int64) if column else np.full(len(hits), NO_CODE)
        codes.append(np.where(found >= 0, found + len(texts), NO_CODE))
        texts += column.texts.decode() if column else []
    joined = np.concatenate(codes)[order]
    known, places = np.unique(joined[joined >= 0], return_index=True)
    in_order = known[np.argsort(places)].tolist()  # texts are distinct, and stand in the order of their appearance
    code_of = {text: code for code, text in enumerate(dict.fromkeys(texts[code] for code in in_order))}
    recoded = np.array([*(code_of.get(text, NO_CODE) for text in texts), NO_CODE], np.int32)
    return Column(recoded[joined], Texts.encode(list(code_of)))
