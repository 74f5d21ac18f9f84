"""Takes the envelopes off a chunk with kernels, and puts what is made of the lines inside where they came from."""

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hitstream.jit import Kernel
from hitstream.parse.envelope_shapes import shape_tables
from hitstream.parse.envelopes import BY_NAME, ENVELOPE, Envelope
from hitstream.record import I64, U8, BadLines, Chunk, Parsed
from hitstream.sources.contract import LINE_CAP

if TYPE_CHECKING:
    from collections.abc import Callable

    from hitstream.parse.program import Program

NUL_BYTES = "NUL bytes"
"""The reason of a line with a hole within: two NUL bytes or more."""
BROKEN, BLANK, SLOW = -1, -2, -3

_MODULE = "hitstream.parse.compiled.envelopes:"
_LINES = "u1[] i8[] i8[] i8[] i8[] i8[]"
_OBJECTS = "hitstream.parse.compiled.envelope_objects:"
_unwrap_prefixes = Kernel(_MODULE + "unwrap_prefixes", f"u1[] u1[] i8[] i8[] {_LINES}")
_unwrap_records = Kernel(_MODULE + "unwrap_records", f"u1[] {_LINES}")
_clean_lines = Kernel(_MODULE + "clean_lines", f"u1[] {_LINES}")
_is_clean = Kernel(_MODULE + "is_clean", "u1[]")
_unwrap_objects = Kernel(_OBJECTS + "unwrap_objects", f"u1[] u1[] u1[] u1[] i8 {_LINES}")
_gather = Kernel(_OBJECTS + "gather", "u1[] i8[] i8[] i8[] u1[] i8[]")
_count_lines = Kernel("hitstream.parse.compiled.kernel:count_lines", "u1[]")


class Unwrapped(NamedTuple):
    """The lines inside a chunk: `data` holds them, each with a newline.

    Line i starts in `data` at `inside[i]`, and what carried it stands in the chunk from `start[i]` to `end[i]`. Lines
    whose envelope is broken stand from `bad_start` to `bad_end`, bad for `reason`.
    """

    data: U8
    inside: I64
    start: I64
    end: I64
    bad_start: I64
    bad_end: I64
    reason: str
    directives: int


class _Lines(NamedTuple):
    """What the kernels make of lines: where each stands, where its text does in `out`, its code."""

    out: U8
    start: I64
    end: I64
    text_start: I64
    text_end: I64
    code: I64


def is_clean(data: bytes | bytearray | memoryview) -> bool:
    """Tell whether no line has NUL bytes at its ends or a hole within, a mark of byte order before it, or colours."""
    return bool(_is_clean(np.frombuffer(data, np.uint8)))


def unwrap(data: bytes | bytearray | memoryview, name: str) -> Unwrapped:
    """Take an envelope off the lines of a chunk; without a name, what a crash, an editor or colours left there."""
    array = np.frombuffer(data, np.uint8)
    count = _count_lines(array)
    lines = _Lines(np.empty(len(array) + count, np.uint8), *(np.empty(count, np.int64) for _ in range(5)))
    if not name:
        _clean_lines(array, *lines)
        return _unwrapped(lines, NUL_BYTES)
    row = BY_NAME[name]
    if row.key:
        _unwrap_objects(array, *_keys(row.key), int(row.ends), *lines)
        return _unwrapped(_slow(data, lines, row), ENVELOPE)
    if row.csv:
        _unwrap_records(array, *lines)
    else:
        _unwrap_prefixes(array, *shape_tables(row), *lines)
    return _unwrapped(lines, ENVELOPE)


def parse_unwrapped(
    chunk: Chunk,
    program: "Program",
    parse: "Callable[[Chunk, Program], Parsed]",
    unwrap: "Callable[[bytes | bytearray | memoryview, str], Unwrapped]" = unwrap,
) -> Parsed:
    """Parse the lines inside a chunk: of the first envelope of a program, or of lines that are not clean."""
    name = "" if not is_clean(chunk.data) else program.envelopes[0]
    inner = inside(program) if name else program
    found = unwrap(chunk.data, name)
    parsed = parse(Chunk(chunk.source, 0, found.data.data), inner)
    at = np.searchsorted(found.inside, parsed.hits.offset, "right") - 1
    hits = replace(parsed.hits, offset=chunk.offset + found.start[at])
    return Parsed(hits, _bad_lines(chunk, found, parsed.bad), parsed.directives + found.directives)


@lru_cache(maxsize=64)
def inside(program: "Program") -> "Program":
    """Return the program of what the first envelope of a program carries."""
    first, *others = program.envelopes
    name, text = (written.removeprefix(f"{first}: ") for written in (program.name, program.text))
    alternatives = tuple(inside(one) if one.envelopes else one for one in program.alternatives)
    return replace(program, name=name, text=text, envelopes=tuple(others), alternatives=alternatives)


def cut_out(data: bytes | bytearray | memoryview, start: I64, end: I64) -> tuple[U8, I64]:
    """Return some lines of a chunk, given without their ends, as lines of their own, and where each starts in them."""
    with_cr = np.append(np.frombuffer(data, np.uint8), np.uint8(ord("\r")))  # one CR belongs to the end of a line
    first, stop = (np.full(2 * len(start), len(data) + edge, np.int64) for edge in (0, 1))
    first[::2], stop[::2] = start, end
    last = np.zeros(len(first), np.int64)
    last[1::2] = 1
    out, starts = np.empty(int((end - start).sum()) + len(first), np.uint8), np.empty(len(start), np.int64)
    _gather(with_cr, first, stop, last, out, starts)
    return out, starts


def _bad_lines(chunk: Chunk, found: Unwrapped, bad: BadLines) -> BadLines:
    """Return the bad lines inside and those whose envelope is broken, as the lines that came."""
    at = np.searchsorted(found.inside, bad.start, "right") - 1
    start = np.concatenate([found.start[at], found.bad_start])
    end = np.concatenate([found.end[at], found.bad_end])
    code = np.concatenate([bad.code, np.full(len(found.bad_start), len(bad.reasons))])
    order = np.argsort(start, kind="stable")
    capped = np.minimum(end, start + LINE_CAP)
    return BadLines(chunk, (*bad.reasons, found.reason), start[order], capped[order], code[order])


def _unwrapped(lines: _Lines, reason: str) -> Unwrapped:
    broken, whole = lines.code == BROKEN, lines.code >= 0
    directives = int(np.count_nonzero(lines.code == BLANK))
    bad = lines.start[broken], lines.end[broken], reason
    own = np.flatnonzero(whole)
    starts = lines.text_start[own]
    if not (lines.code[own] & 1).any() and (np.diff(starts) > 0).all():
        used = int(lines.text_end[own[-1]]) + 1 if len(own) else 0
        return Unwrapped(lines.out[:used], starts, lines.start[own], lines.end[own], *bad, directives)
    order, first = _joined(own, lines.code)
    last = np.append(first[1:], 1)
    size = int((lines.text_end[order] - lines.text_start[order]).sum()) + int(last.sum())
    out, inside = np.empty(size, np.uint8), np.empty(int(last.sum()), np.int64)
    _gather(lines.out, lines.text_start[order], lines.text_end[order], last, out, inside)
    began = order[first == 1]
    directives += len(order) - len(began)
    return Unwrapped(out, inside, lines.start[began], lines.end[began], *bad, directives)


def _joined(own: I64, codes: I64) -> tuple[I64, I64]:
    """Return the lines with those that go on with another after it, and 1 for each that begins a text, 0 for others."""
    parts: list[list[int]] = []
    waiting: dict[int, list[int]] = {}
    for line, code in zip(own.tolist(), codes[own].tolist(), strict=True):
        stream, is_part = divmod(code, 2)
        if stream in waiting:
            waiting[stream].append(line)
        else:
            parts.append([line])
            waiting[stream] = parts[-1]
        if not is_part:
            del waiting[stream]
    order = np.array([line for part in parts for line in part], np.int64)
    first = np.array([int(line == part[0]) for part in parts for line in part], np.int64)
    return order, first


def _slow(data: bytes | bytearray | memoryview, lines: _Lines, row: Envelope) -> _Lines:
    """Let Python read the objects that the kernel leaves to it."""
    slow = np.flatnonzero(lines.code == SLOW)
    if not len(slow):
        return lines
    from hitstream.parse.unwrap_reference import object_text

    view, at = memoryview(data), len(lines.out)
    texts: list[bytes] = []
    for line in slow.tolist():
        text, lines.code[line] = object_text(bytes(view[lines.start[line] : lines.end[line]]), row)
        lines.text_start[line], lines.text_end[line] = at, at + len(text)
        if lines.code[line] >= 0:
            texts.append(text)
            at += len(text)
    if not texts:
        return lines
    return lines._replace(out=np.concatenate([lines.out, np.frombuffer(b"".join(texts), np.uint8)]))


@lru_cache(maxsize=64)
def _keys(key: str) -> tuple[U8, U8, U8]:
    key_bytes, stream, second = (np.frombuffer(text, np.uint8) for text in (key.encode(), b"stream", b"stderr"))
    return key_bytes, stream, second
