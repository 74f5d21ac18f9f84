"""Parses a whole log at once, into memory: what `hitstream.parse` does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.errors import ConfigError
from hitstream.parse.detect import SAMPLE_BYTES, detect
from hitstream.parse.formats import compile_format
from hitstream.parse.program import Program
from hitstream.parse.search import FormatSearch
from hitstream.parse.several import parse
from hitstream.parse.w3c import following_program
from hitstream.record import BadLine, Chunk
from hitstream.sources.contract import MAX_BYTES

if TYPE_CHECKING:
    import pyarrow as pa


def parse_log(
    log: bytes | bytearray | memoryview | str | Path, format: str | None = None
) -> "tuple[pa.Table, list[BadLine]]":
    """Return the hits of a log as an Arrow table, and its bad lines; each line is one or the other, in their order.

    The table has the columns of a line and its position; `bytes` is the size of the answer and `duration` is in
    microseconds. Texts are dictionary-encoded. A bad line has `source`, `offset`, `reason` (the field that did not
    match) and `data` (its bytes).

    Args:
        log: the bytes of a log, or the path of one; a file may be packed with gzip, bzip2 or zstd.
        format: a name that `hitstream formats` lists, or an Apache LogFormat or nginx log_format string as it is;
            detected where not given.

    Raises:
        ConfigError: the file cannot be read, or the format is none.
        DataError: no format fits one of the first lines, or the file is damaged.
    """
    import pyarrow as pa

    from hitstream.arrow import DERIVED_COLUMNS, HIT_SCHEMA, to_arrow

    program: Program | None = replace(compile_format(format), given=True) if format else None
    search = FormatSearch()
    batches: list[pa.RecordBatch] = []
    bad: list[BadLine] = []
    for chunk in _chunks(log):
        program = program or detect(bytes(memoryview(chunk.data)[:SAMPLE_BYTES]), _named(log))
        parsed = parse(chunk, program)
        if wider := search.widen(program, [parsed.bad], parsed.lines):
            program, parsed = wider, parse(chunk, wider)
        program = following_program(bytes(chunk.data), program)
        batches.append(to_arrow(parsed.hits))
        bad += parsed.bad
    return pa.Table.from_batches(batches, HIT_SCHEMA).drop_columns(list(DERIVED_COLUMNS)).unify_dictionaries(), bad


def _chunks(log: bytes | bytearray | memoryview | str | Path) -> Iterator[Chunk]:
    if not isinstance(log, (str, Path)):
        yield from _pieces(bytes(log))
        return
    from hitstream.sources.open import STDIN, open_source

    if str(log) == STDIN or not Path(log).is_file():
        raise ConfigError(f"{log}: there is no such file.", "Give the path of one log, or its bytes.")
    for piece in open_source([log], torn="take").read():
        if piece.chunk:
            yield piece.chunk


def _pieces(data: bytes) -> Iterator[Chunk]:
    """Cut bytes after a newline, as a file is read."""
    from hitstream.sources.line_ends import START_BYTES, ended_by_returns

    if ended_by_returns(data[:START_BYTES]):
        data = data.replace(b"\r", b"\n")
    start = 0
    while start < len(data):
        newline = data.find(b"\n", start + MAX_BYTES)
        stop = newline + 1 if newline >= 0 else len(data)
        yield Chunk("", start, memoryview(data)[start:stop])
        start = stop


def _named(log: object) -> str:
    return str(log) if isinstance(log, (str, Path)) else "the log"
