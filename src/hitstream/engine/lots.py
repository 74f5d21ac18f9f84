"""Parses small chunks together: a kernel's call costs as much for ten lines as for a thousand.

A directory may hold thousands of small logs. Their chunks that have one format are parsed and rolled up as one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from hitstream.engine.pieces import LINES_AT_ONCE, join_lines, pieces
from hitstream.parse.program import Program
from hitstream.parse.run import count_lines
from hitstream.parse.search import FormatSearch
from hitstream.parse.several import parse
from hitstream.parse.w3c import is_w3c
from hitstream.record import I64, BadLines, Chunk, Column, Hits, Parsed, Texts

LOT_BYTES = 1 << 20
_SMALL_BYTES = 128 << 10


class PartCounts(NamedTuple):
    """What became of one chunk of a lot: lines = hits + bad lines + directives."""

    chunk: Chunk
    lines: int
    hits: int
    bad: BadLines
    format: str
    """The text of the program that its first line was parsed with."""


class ParsedLot(NamedTuple):
    """The hits of a lot, with a column `source` where it has several chunks, and the counts of each chunk."""

    hits: Hits
    parts: list[PartCounts]


def lots(chunks: Iterable[Chunk], program_of: Callable[[str], Program]) -> Iterator[list[Chunk]]:
    """Yield the chunks in their order, small ones that follow each other and have one program together.

    `program_of` returns the program of a source.
    """
    lot: list[Chunk] = []
    size = lines = 0
    for chunk in chain.from_iterable(map(pieces, chunks)):
        count = count_lines(np.frombuffer(chunk.data, np.uint8))
        fits = size + len(chunk.data) <= LOT_BYTES and lines + count <= LINES_AT_ONCE
        program = program_of(chunk.source)
        # Of some formats what a line is depends on the lines of its own chunk.
        alone = is_w3c(program.text) or any(one.envelopes for one in (program, *program.alternatives))
        small = len(chunk.data) < _SMALL_BYTES and not alone
        if lot and not (small and fits and program_of(chunk.source) == program_of(lot[0].source)):
            yield lot
            lot, size, lines = [], 0, 0
        lot.append(chunk)
        size, lines = size + len(chunk.data), lines + count
    if lot:
        yield lot


def parse_and_search(chunks: Sequence[Chunk], program: Program, search: FormatSearch) -> tuple[ParsedLot, Program]:
    """Parse the chunks of a lot; look for the formats of the lines that fail, and then read these lines, too.

    Returns the program that was used with it. Where it is a wider one, a chunk keeps its format if that makes no
    difference to it: so what is read of a source does not depend on what else is in the lot.
    """
    parsed = parse_lot(chunks, program)
    wider = search.widen(program, [part.bad for part in parsed.parts], sum(part.lines for part in parsed.parts))
    if wider is None:
        return parsed, program
    again = parse_lot(chunks, wider)
    parts = [
        new if new.hits > old.hits else new._replace(format=old.format)
        for old, new in zip(parsed.parts, again.parts, strict=True)
    ]
    return ParsedLot(again.hits, parts), wider


def parse_lot(chunks: Sequence[Chunk], program: Program) -> ParsedLot:
    """Parse the chunks of a lot."""
    if len(chunks) == 1:
        parsed = parse(chunks[0], program)
        return ParsedLot(
            parsed.hits, [PartCounts(chunks[0], parsed.lines, len(parsed.hits), parsed.bad, program.written)]
        )
    joined, starts = join_lines(chunk.data for chunk in chunks)
    parsed = parse(Chunk("", 0, joined), program)
    at = np.searchsorted(starts, parsed.hits.offset, "right") - 1
    offset = parsed.hits.offset - starts[at] + np.array([chunk.offset for chunk in chunks], np.int64)[at]
    sources = list(dict.fromkeys(chunk.source for chunk in chunks))
    code_of = {source: code for code, source in enumerate(sources)}
    codes = np.array([code_of[chunk.source] for chunk in chunks], np.int32)
    source = Column(codes[at], Texts.encode(sources))
    hits = replace(parsed.hits, offset=offset, text=parsed.hits.text | {"source": source})
    return ParsedLot(
        hits, list(_parts(chunks, starts, np.bincount(at, minlength=len(chunks)), parsed, program.written))
    )


def _parts(chunks: Sequence[Chunk], starts: I64, hits: I64, parsed: Parsed, text: str) -> Iterator[PartCounts]:
    bad = parsed.bad
    bounds = np.searchsorted(bad.start, [*starts.tolist(), 1 << 62]).tolist()
    for index, (chunk, start) in enumerate(zip(chunks, starts.tolist(), strict=True)):
        own = slice(bounds[index], bounds[index + 1])
        lines = BadLines(chunk, bad.reasons, bad.start[own] - start, bad.end[own] - start, bad.code[own])
        yield PartCounts(chunk, count_lines(np.frombuffer(chunk.data, np.uint8)), int(hits[index]), lines, text)
