"""What executors do with a batch's records: one pass over the lines, with the kernels of the embedded tier.

Hits become Parquet files on HDFS, which do not count yet; blocks, ranges and the first bad lines go back to the driver.
"""

import pickle
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from hitstream.engine.pieces import pieces
from hitstream.engine.spark.deadletter import DeadLetters
from hitstream.engine.spark.positions import Kept, Place, Placed
from hitstream.engine.upkeep import Retention
from hitstream.engine.work import Gathered
from hitstream.errors import ConfigError, HitstreamError
from hitstream.parse import Program, compile_formats, parse
from hitstream.parse.run import count_lines
from hitstream.record import I64, BadLines, Chunk, Parsed
from hitstream.sources.records import Record
from hitstream.store.bad_archive import bad_archive, table_of
from hitstream.store.contract import DataFile
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder
from hitstream.store.ledger import BAD_LINES_KEPT, BadTally, Range, SourceFormat
from hitstream.views.cells import Block

if TYPE_CHECKING:
    import pyarrow as pa

RESULT = "made binary"
"""The schema of what comes back: a row a task, `Made` or the `HitstreamError` that ended it, pickled."""

_LOT_BYTES = 8 << 20
"""Lines of a source that are parsed together; bounds the memory of a task, and makes kernels worth calling."""
_ROWS_A_FILE = 500_000
"""Hits and bad lines that are written together; bounds the memory of a task (some 110 bytes a hit)."""


@dataclass(frozen=True)
class Instructions:
    """What every task of a batch is told."""

    archive: str
    """Where the archive's folder is."""
    bad_lines: str
    """Where the folder of bad lines is."""
    now: int
    """The present second: hits of the future make nothing too old."""
    retention: Retention = field(default_factory=Retention)
    log_format: str | None = None
    """The format of records that do not name theirs."""
    bad_lines_kept: int = BAD_LINES_KEPT
    dead_letters: tuple[str, str] | None = None
    """Kafka's brokers and the topic that bad lines are sent to; None to send none."""
    kept: Kept = field(default_factory=dict)


@dataclass
class Made:
    """What a task made of its records."""

    placed: list[Placed] = field(default_factory=list)
    formats: set[SourceFormat] = field(default_factory=set)
    bad: BadTally = field(default_factory=BadTally)
    blocks: list[Block] = field(default_factory=list)
    files: list[DataFile] = field(default_factory=list)
    bad_files: list[DataFile] = field(default_factory=list)
    hits: int = 0
    newest: int | None = None


@dataclass
class _Lot:
    """Lines of one source, of several records, on their way to be parsed together."""

    parts: list[tuple[Place, Chunk]] = field(default_factory=list)
    bytes: int = 0

    def add(self, place: Place, chunk: Chunk) -> None:
        self.parts.append((place, chunk))
        self.bytes += len(chunk.data)


def run(batches: "Iterator[pa.RecordBatch]", instructions: Instructions) -> "Iterator[pa.RecordBatch]":
    """Do the pass over the records of a task: partition, offset, value and headers; yield one row, see `RESULT`."""
    import pyarrow as pa

    result: Made | HitstreamError
    try:
        result = _Task(instructions).run(batches)
    except HitstreamError as problem:
        result = problem  # typed, so that the driver knows whether to wait
    yield pa.RecordBatch.from_arrays([pa.array([pickle.dumps(result)], pa.binary())], names=["made"])


class _Task:
    def __init__(self, instructions: Instructions) -> None:
        self._told = instructions
        self._archive = DeltaArchive(folder(instructions.archive), "")
        self._bad_archive = bad_archive(instructions.bad_lines, "")
        self._made = Made(bad=BadTally(instructions.bad_lines_kept))
        self._gathered = Gathered()
        self._rows = 0
        self._bad: list[pa.Table] = []
        self._letters = DeadLetters(*instructions.dead_letters) if instructions.dead_letters else None

    def run(self, batches: "Iterator[pa.RecordBatch]") -> Made:
        lots: dict[SourceFormat, _Lot] = defaultdict(_Lot)
        for batch in batches:
            for place, record in _records(batch):
                self._gather(lots, place, record)
        for source, lot in lots.items():
            self._parse(source, lot)
        made = self._made
        made.newest = self._gathered.newest
        with ThreadPoolExecutor(1, "hitstream-files") as pool:
            writing = pool.submit(self._write)  # a file that is closed is waited for: cells are packed meanwhile
            made.blocks = [*chain.from_iterable(self._gathered.blocks(self._told.retention, self._told.now))]
            if self._letters:
                self._letters.flush()
            writing.result()
        return made

    def _gather(self, lots: dict[SourceFormat, _Lot], place: Place, record: Record) -> None:
        log_format = record.format or self._told.log_format
        if log_format is None:
            message = f"Lines of {record.path} came without the name of their format."
            raise ConfigError(message, "Say it: hitstream cluster start --format FORMAT.")
        source = SourceFormat(record.chunk.source, record.path, log_format)
        for chunk in _parts(record.chunk, place, self._told.kept):
            lot = lots[source]
            lot.add(place, chunk)
            if lot.bytes >= _LOT_BYTES:
                self._parse(source, lots.pop(source))

    def _parse(self, source: SourceFormat, lot: _Lot) -> None:
        self._made.formats.add(source)
        program = _program(source.format)
        for lines, parts in _joined(source.source, lot):
            parsed = parse(lines, program)
            starts = np.array([start for start, _, _ in parts], np.int64)
            offsets = np.array([chunk.offset for _, _, chunk in parts], np.int64)
            at = np.searchsorted(starts, parsed.hits.offset, "right") - 1
            hits = replace(parsed.hits, offset=parsed.hits.offset - starts[at] + offsets[at])
            self._account(parsed, parts, np.bincount(at, minlength=len(parts)), starts)
            self._gathered.add(hits)
            self._made.hits += len(hits)
            self._rows += len(hits)
            if self._rows >= _ROWS_A_FILE:
                self._write()

    def _account(self, parsed: Parsed, parts: "list[tuple[int, Place, Chunk]]", hits: I64, starts: I64) -> None:
        at = np.searchsorted(starts, parsed.bad.start, "right") - 1
        for number, (start, place, chunk) in enumerate(parts):
            own = np.flatnonzero(at == number) if len(at) else at
            if len(own):
                bad = parsed.bad
                lines = BadLines(chunk, bad.reasons, bad.start[own] - start, bad.end[own] - start, bad.code[own])
                self._made.bad.add(lines)
                self._bad.append(table_of(lines, self._told.now))
                self._rows += len(lines)
                if self._letters:
                    self._letters.send(lines)
            stop = chunk.offset + len(chunk.data)
            counted = int(hits[number])
            lines_read = int(count_lines(np.frombuffer(chunk.data, np.uint8)))
            row = Range(chunk.source, chunk.offset, stop, lines_read, counted, len(own))
            self._made.placed.append(Placed(place, row))

    def _write(self) -> None:
        import pyarrow as pa

        tables, self._gathered.tables, self._rows = self._gathered.tables, [], 0
        bad, self._bad = self._bad, []
        with ThreadPoolExecutor(1, "hitstream-bad-lines") as pool:  # either file is mostly waited for
            writing = pool.submit(self._bad_archive.write, pa.concat_tables(bad).unify_dictionaries()) if bad else None
            if tables:
                self._made.files += self._archive.write(pa.concat_tables(tables))
            if writing:
                self._made.bad_files += writing.result()


def _records(batch: "pa.RecordBatch") -> Iterator[tuple[Place, Record]]:
    partitions, offsets = batch.column("partition").to_pylist(), batch.column("offset").to_pylist()
    for place, value, headers in zip(
        zip(partitions, offsets, strict=True), batch.column("value"), batch.column("headers").to_pylist(), strict=True
    ):
        named: dict[str, Any] = {header["key"]: header["value"] for header in headers or ()}
        yield place, Record.of(value.as_buffer(), named)


def _parts(chunk: Chunk, place: Place, kept: Kept) -> Iterator[Chunk]:
    """Yield what counts of a record."""
    if place not in kept:
        yield chunk
        return
    data = memoryview(chunk.data)
    for start, stop in kept[place]:
        yield Chunk(chunk.source, start, data[start - chunk.offset : stop - chunk.offset])


def _joined(source: str, lot: _Lot) -> "Iterator[tuple[Chunk, list[tuple[int, Place, Chunk]]]]":
    """Yield chunks that are parsed at once, each with (start in it, place, chunk) of the parts it is made of."""
    parts = [(place, piece) for place, chunk in lot.parts for piece in pieces(chunk)]
    joined, places = bytearray(), list[tuple[int, Place, Chunk]]()
    for place, chunk in parts:
        if joined and len(joined) + len(chunk.data) > _LOT_BYTES + (1 << 20):
            yield Chunk(source, 0, joined), places
            joined, places = bytearray(), []
        places.append((len(joined), place, chunk))
        joined += chunk.data
        if joined and joined[-1] != ord("\n"):
            joined += b"\n"  # the last line of a source that has ended without one
    yield Chunk(source, 0, joined), places


@lru_cache(maxsize=64)
def _program(log_format: str) -> Program:
    return compile_formats(log_format)
