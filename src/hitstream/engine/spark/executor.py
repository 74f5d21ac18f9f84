"""What executors do with a batch's records: one pass over the lines, with the kernels of the embedded tier.

Hits become Parquet files on HDFS, which do not count yet; blocks, ranges and the first bad lines go back to the driver.
"""

import pickle
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from hitstream.engine.spark.deadletter import DeadLetters
from hitstream.engine.spark.incoming import FORMAT, ConsumedTopic, Incoming, Lines, joined
from hitstream.engine.spark.positions import Kept, Place, Placed
from hitstream.engine.upkeep import Retention
from hitstream.engine.work import Gathered
from hitstream.errors import ConfigError, HitstreamError
from hitstream.parse import Program, compile_formats, parse
from hitstream.parse.detect import SAMPLE_BYTES
from hitstream.parse.program import ONLY
from hitstream.parse.run import count_lines
from hitstream.parse.search import FormatSearch
from hitstream.parse.several import formats_of, includes, join_formats
from hitstream.parse.w3c import following_program, is_w3c
from hitstream.record import I64, BadLines, Chunk
from hitstream.store.bad_archive import bad_archive, table_of
from hitstream.store.contract import DataFile
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder
from hitstream.store.ledger import BAD_LINES_KEPT, BadTally, ReadRange, SourceFormat
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

    topic: ConsumedTopic
    archive: str
    """Where the archive's folder is."""
    bad_lines: str
    """Where the folder of bad lines is."""
    now: int
    """The present second: hits of the future make nothing too old."""
    retention: Retention = field(default_factory=Retention)
    log_format: str | None = None
    """The format of records that do not name theirs."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Those of sources, told from their lines: where records name none, empty if none fits, which makes them bad lines;
    else with more than they name."""
    bad_lines_kept: int = BAD_LINES_KEPT
    dead_letters: tuple[str, str] | None = None
    """Kafka's brokers and the topic that bad lines are sent to; None to send none."""
    kept: Kept = field(default_factory=dict)
    is_search: bool = False
    """Whether the formats of lines that fail are looked for; else `formats` says all there are."""


@dataclass
class Sample:
    """The first lines of a source whose format is not known."""

    place: Place
    path: str
    data: bytearray = field(default_factory=bytearray)

    def take(self, lines: Lines) -> None:
        """Take more lines of it, as far as there is room."""
        self.data += memoryview(lines.data)[: max(0, SAMPLE_BYTES - len(self.data))]


@dataclass
class Made:
    """What a task made of its records."""

    samples: dict[str, Sample] = field(default_factory=dict)
    """By source; where there are some, nothing else was made."""
    offsets: dict[int, int] = field(default_factory=dict)
    """The next offset of each partition."""
    records: int = 0
    bytes: int = 0
    placed: list[Placed] = field(default_factory=list)
    formats: dict[str, SourceFormat] = field(default_factory=dict)
    """By source: what its next lines have."""
    widened: dict[str, str] = field(default_factory=dict)
    """By source, the formats of its lines where those it was known to have are not all."""
    bad: BadTally = field(default_factory=BadTally)
    blocks: list[Block] = field(default_factory=list)
    files: list[DataFile] = field(default_factory=list)
    bad_files: list[DataFile] = field(default_factory=list)
    hits: int = 0
    newest: int | None = None


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
        self._formats = dict(instructions.formats)
        self._waiting: Counter[SourceFormat] = Counter()
        self._search = FormatSearch() if instructions.is_search else None
        self._letters = DeadLetters(*instructions.dead_letters) if instructions.dead_letters else None

    def run(self, batches: "Iterator[pa.RecordBatch]") -> Made:
        lots: dict[SourceFormat, list[Lines]] = defaultdict(list)
        incoming, made = Incoming(self._told.topic), self._made
        for batch in batches:
            for lines in incoming.lines(batch):
                for part in _parts(lines, self._told.kept):
                    self._gather(lots, part)
        made.offsets, made.records, made.bytes = incoming.offsets, incoming.records, incoming.bytes
        if made.samples:
            return made
        for source, lot in lots.items():
            self._parse(source, lot)
        made.newest = self._gathered.newest
        with ThreadPoolExecutor(1, "hitstream-files") as pool:
            writing = pool.submit(self._write)  # a file that is closed is waited for: cells are packed meanwhile
            made.blocks = [*chain.from_iterable(self._gathered.blocks(self._told.retention, self._told.now))]
            if self._letters:
                self._letters.flush()
            writing.result()
        return made

    def _gather(self, lots: dict[SourceFormat, list[Lines]], lines: Lines) -> None:
        log_format = self._format(lines)
        if log_format is None and not lines.refused:
            self._made.samples.setdefault(lines.source, Sample(lines.place, lines.path)).take(lines)
        if self._made.samples:
            return  # the pass is done again, once the driver knows all formats
        if lines.refused or not log_format or not _compiles(log_format):
            self._refuse(lines)
            return
        source = SourceFormat(lines.source, lines.path, log_format)
        lots[source].append(lines)
        self._waiting[source] += len(lines.data)
        if self._waiting[source] >= _LOT_BYTES:
            self._parse(source, lots.pop(source))
            del self._waiting[source]

    def _format(self, lines: Lines) -> str | None:
        """Return the text of their formats: what the record says or a user gave, with what was found of the source."""
        named = lines.format
        if named is None and self._told.log_format is not None:
            named = ONLY + self._told.log_format
        known = self._formats.get(lines.source)
        if named is None:
            return known
        wider = known and _compiles(named) and includes(_program(known), _program(named))
        return known if wider else named

    def _parse(self, source: SourceFormat, lot: list[Lines]) -> None:
        """Parse lines of one source together."""
        lines, bases = joined(lot)
        program = _program(source.format)
        chunk = Chunk(source.source, 0, lines.data)
        parsed = parse(chunk, program)
        if self._search and (wider := self._search.widen(program, [parsed.bad], parsed.lines)):
            self._note_widened(source.source, wider)
            program, parsed = wider, parse(chunk, wider)  # what it reads is no dead letter
        hits, bad = parsed.hits, parsed.bad
        self._place(lot, _counts(hits.offset, bases), _counts(bad.start, bases), program.written)
        self._keep_bad(replace(bad, positions=lines.at(bad.start)))
        self._gathered.add(replace(hits, offset=lines.at(hits.offset)))
        if lot[0].is_plain and is_w3c(program.text):  # else each record says for itself what its lines have
            self._formats[source.source] = following_program(bytes(lines.data), program).written
        following = self._formats.get(source.source) if lot[0].is_plain else None
        self._made.formats[source.source] = source._replace(format=following or source.format)
        self._made.hits += len(hits)
        self._rows += len(hits)
        if self._rows >= _ROWS_A_FILE:
            self._write()

    def _note_widened(self, source: str, wider: Program) -> None:
        known = self._made.widened.get(source)
        new = join_formats(formats_of(_program(known)), formats_of(wider)) if known else wider
        self._made.widened[source] = new.written

    def _refuse(self, lines: Lines) -> None:
        """Take lines that are not parsed as bad ones."""
        bad = lines.as_bad(lines.refused or FORMAT)
        known = self._formats.get(lines.source) or ""
        self._made.formats.setdefault(lines.source, SourceFormat(lines.source, lines.path, known))
        self._place([lines], [0], [len(bad)])
        self._keep_bad(bad)

    def _place(self, lot: list[Lines], hits: Sequence[int], bad: Sequence[int], text: str = "") -> None:
        """Note what became of lines, given how many of each part are hits and bad, and what they were parsed with."""
        for part, good, wrong in zip(lot, hits, bad, strict=True):
            count = int(count_lines(np.frombuffer(part.data, np.uint8)))
            row = ReadRange(part.source, part.begin, part.stop, count, good, wrong, len(part.data), text)
            self._made.placed.append(Placed(part.place, row))

    def _keep_bad(self, lines: BadLines) -> None:
        if not lines:
            return
        self._made.bad.add(lines)
        self._bad.append(table_of(lines, self._told.now))
        self._rows += len(lines)
        if self._letters:
            self._letters.send(lines)

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


def _parts(lines: Lines, kept: Kept) -> Iterator[Lines]:
    """Yield what counts of lines."""
    if lines.place not in kept:
        yield lines
        return
    for begin, stop in kept[lines.place]:
        yield lines.part(begin, stop)


def _counts(offsets: I64, bases: I64) -> list[int]:
    """Return how many of some offsets are from each base on, up to the next."""
    counts: list[int] = np.bincount(np.searchsorted(bases, offsets, "right") - 1, minlength=len(bases)).tolist()
    return counts


def _compiles(log_format: str) -> bool:
    try:
        _program(log_format)
    except ConfigError:
        return False
    return True


@lru_cache(maxsize=64)
def _program(log_format: str) -> Program:
    return compile_formats(log_format)
