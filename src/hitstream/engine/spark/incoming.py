"""What comes from a topic, as whole lines with their positions, whoever wrote it. Nothing in a record is an error.

Records of ours say where their lines stand. Those of other producers are often a line each: as many as follow each
other in a partition are taken together, since a kernel's call costs as much for one line as for thousands.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hitstream.engine.pieces import join_lines, line_starts
from hitstream.engine.spark.positions import Place
from hitstream.errors import DataError
from hitstream.record import I64, BadLines, Chunk
from hitstream.sources.contract import LINE_CAP
from hitstream.sources.otlp import bodies
from hitstream.sources.records import PLAIN_BITS, REFUSED, Record, is_plain, plain_place, plain_record

if TYPE_CHECKING:
    import pyarrow as pa

HEADERS, SIZE, OVERLAP, FORMAT = REFUSED

_RUN_BYTES = 1 << 20
_LARGEST_BYTES = (1 << PLAIN_BITS) - 1


@dataclass(frozen=True)
class Lines:
    """Whole lines of one source, and where they stand.

    Bytes of `data` from `starts[i]` up to the next start stand at `positions[i]` and after it. What was read goes from
    `begin` up to `stop`; of a partition that takes in positions between records, which no byte has.
    """

    place: Place
    """Partition and offset of the first record."""
    source: str
    path: str
    data: bytes | bytearray | memoryview
    starts: I64
    positions: I64
    begin: int
    stop: int
    format: str | None = None
    """The format that the record names."""
    refused: str = ""
    """The reason why they are bad lines, whatever they are."""

    @property
    def is_plain(self) -> bool:
        """Whether they were written by a producer that knows nothing of positions."""
        return plain_record(self.source, self.begin) is not None

    def part(self, begin: int, stop: int) -> "Lines":
        """Return what stands between two positions; bad lines if that begins within a line."""
        lengths = np.diff(self.starts, append=len(self.data))
        first, last = (np.clip(edge - self.positions, 0, lengths) for edge in (begin, stop))
        some = np.flatnonzero(first < last)
        view, edges = memoryview(self.data), zip((self.starts + first)[some], (self.starts + last)[some], strict=True)
        pieces = [view[int(start) : int(end)] for start, end in edges]
        torn = any(start > 0 and view[start - 1] != ord("\n") for start in (self.starts + first)[some[:1]].tolist())
        starts = np.cumsum([0, *map(len, pieces)])[:-1]
        data, positions = b"".join(pieces), (self.positions + first)[some]
        refused = self.refused or OVERLAP * torn
        return replace(self, data=data, starts=starts, positions=positions, begin=begin, stop=stop, refused=refused)

    def as_bad(self, reason: str) -> BadLines:
        """Return all of them as bad lines."""
        starts = self.line_starts()
        ends = np.append(starts[1:], len(self.data) + (bytes(self.data[-1:]) != b"\n"))[: len(starts)] - 1
        ends, codes = np.minimum(ends, starts + LINE_CAP), np.zeros(len(ends), np.int64)
        return BadLines(Chunk(self.source, 0, self.data), (reason,), starts, ends, codes, self.at(starts))

    def line_starts(self) -> I64:
        """Return where in `data` each line starts."""
        return line_starts(np.frombuffer(self.data, np.uint8))

    def at(self, offsets: I64) -> I64:
        """Return the positions of bytes of `data`."""
        stretch = np.searchsorted(self.starts, offsets, "right") - 1
        return self.positions[stretch] + offsets - self.starts[stretch]


def joined(parts: Sequence[Lines]) -> tuple[Lines, I64]:
    """Return lines of one source as one, and where those of each part begin in its data."""
    data, bases = join_lines(part.data for part in parts)
    starts = np.concatenate([part.starts + base for part, base in zip(parts, bases, strict=True)])
    positions = np.concatenate([part.positions for part in parts])
    return replace(parts[0], data=data, starts=starts, positions=positions), bases


class ConsumedTopic(NamedTuple):
    """What is known of the topic that records come from."""

    name: str
    id: str
    consumed: Mapping[int, int]
    """The offsets up to which its partitions were read before."""


def schema() -> "pa.Schema":
    """Return the columns of records, as Spark's Kafka source has them."""
    import pyarrow as pa

    header = pa.struct([("key", pa.string()), ("value", pa.binary())])
    columns = {"partition": pa.int32(), "offset": pa.int64(), "value": pa.binary(), "headers": pa.list_(header)}
    return pa.schema(columns)


class _Plain(NamedTuple):
    """A record without a position of its own."""

    offset: int
    value: memoryview
    refused: str = ""


class Incoming:
    """The records of a task, in the order of each partition."""

    def __init__(self, topic: ConsumedTopic) -> None:
        self._topic = topic
        self._stops: dict[str, int] = {}
        self.offsets: dict[int, int] = {}
        """The next offset of each partition."""
        self.records = 0
        self.bytes = 0

    def lines(self, batch: "pa.RecordBatch") -> Iterator[Lines]:
        """Yield the lines of records: partition, offset, value and headers."""
        partitions, offsets = batch.column("partition").to_pylist(), batch.column("offset").to_pylist()
        self.records, self.bytes = self.records + batch.num_rows, self.bytes + batch.column("value").nbytes
        self.offsets.update(zip(partitions, (offset + 1 for offset in offsets), strict=True))
        plain: dict[int, list[_Plain]] = defaultdict(list)
        headers = batch.column("headers").to_pylist()
        for place, value, own in zip(
            zip(partitions, offsets, strict=True), batch.column("value"), headers, strict=True
        ):
            data = memoryview(value.as_buffer() if value.is_valid else b"")
            record = _record(data, {header["key"]: header["value"] for header in own or ()})
            if isinstance(record, Record):
                yield _positioned(place, record)
            else:
                plain[place[0]].append(_Plain(place[1], *_carried(data, record)))
        for partition, records in plain.items():
            for source, run in self._runs(partition, records):
                yield self._together(partition, source, run)

    def _runs(self, partition: int, records: Iterable[_Plain]) -> Iterator[tuple[str, list[_Plain]]]:
        """Yield a source and its records, as many as are parsed at once."""
        run: list[_Plain] = []
        size, before = 0, ("", "")
        for record in records:
            source, _ = plain_place(self._topic.id, partition, record.offset)
            if run and ((source, record.refused) != before or size + len(record.value) > _RUN_BYTES):
                yield before[0], run
                run, size = [], 0
            run.append(record)
            size, before = size + len(record.value) + 1, (source, record.refused)
        if run:
            yield before[0], run

    def _together(self, partition: int, source: str, run: Sequence[_Plain]) -> Lines:
        """Return records that follow each other, which begin where those before them ended."""
        data, starts = join_lines(record.value[:_LARGEST_BYTES] for record in run)
        positions = np.array([plain_place(self._topic.id, partition, each.offset)[1] for each in run], np.int64)
        begin, stop = self._before(source, partition, int(positions[0])), int(positions[-1]) + (1 << PLAIN_BITS)
        self._stops[source] = stop
        place, path = (partition, run[0].offset), f"{self._topic.name}/{partition}"
        where = starts, positions, begin, stop
        return Lines(place, source, path, data, *where, None, run[0].refused)

    def _before(self, source: str, partition: int, position: int) -> int:
        """Return up to where a partition was read before a position, so that what touches is one range."""
        consumed, read = plain_place(self._topic.id, partition, self._topic.consumed.get(partition, 0))
        known = self._stops.get(source, read if consumed == source else position)
        return min(known, position)


def _record(value: memoryview, headers: Mapping[str, bytes]) -> Record | str:
    """Return a record that says where it stands; else the reason why its lines are refused, empty if they are not."""
    if is_plain(headers):
        return ""
    try:
        return Record.of(value, headers)
    except DataError:
        return HEADERS


def _carried(value: memoryview, refused: str) -> tuple[memoryview, str]:
    """Return the lines that a value holds, and why they are refused."""
    if len(value) > _LARGEST_BYTES:
        return value, refused or SIZE
    found = bodies(value)
    return (value if found is None else memoryview(b"\n".join(found))), refused


def _positioned(place: Place, record: Record) -> Lines:
    (source, offset, data), path, log_format = record
    where = np.zeros(1, np.int64), np.array([offset], np.int64), offset, offset + len(data)
    return Lines(place, source, path, data, *where, log_format)
