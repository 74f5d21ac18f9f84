"""Lines as records of a topic, and how their positions travel with them.

A record's value is whole lines of one source, which follow each other there. Its headers say where they stand, as text:
readable with any client, and written just so by the processor in `deploy/nifi/extensions` too.

A record of another producer has no such headers. Then its partition is the source of its lines, and Kafka's offset says
where they stand: see `plain_place`.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hitstream.errors import DataError
from hitstream.record import Chunk
from hitstream.sources.parts import before_parts

SOURCE, OFFSET, PATH, FORMAT = "source", "offset", "path", "format"
"""The headers: the source's identity, the position of the first byte (decimal), the path it was read from, and the
format of its lines as `several.compile_formats` takes it, which may be missing."""

PLAIN_BITS = 24
"""How many bits of a position in a partition say which byte of a record, below those that say which record."""
_RECORDS_BITS = 63 - PLAIN_BITS
_PLAIN = "kafka:"
_MOST_BYTES = 4096
"""Bytes of a header: stores take no key of any length."""

REFUSED = {
    "headers": "the headers of its record do not say where it stands, though they should",
    "size": "its record is larger than 16 MiB",
    "overlap": "by the headers of its record it begins within a line that was read before",
    "format": "the format that its record names cannot be compiled, or none is known that fits it",
}
"""The reasons of lines of a topic that are not parsed, in words."""

RECORD_BYTES = 64 << 10
"""About the bytes of a record: one line a record takes three times as long to read, much larger ones fill no partition
evenly."""


class Record(NamedTuple):
    """Whole lines of one source, and where they come from."""

    chunk: Chunk
    path: str
    format: str | None = None

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """Return what travels beside the lines."""
        headers = [
            (SOURCE, self.chunk.source.encode()),
            (OFFSET, b"%d" % self.chunk.offset),
            (PATH, self.path.encode(errors="surrogateescape")),
        ]
        return headers if self.format is None else [*headers, (FORMAT, self.format.encode())]

    @classmethod
    def of(cls, value: bytes | memoryview, headers: Mapping[str, bytes]) -> "Record":
        """Return the record that a client received, the last of headers of one name counting.

        Raises:
            DataError: its headers do not say where the lines stand, though they should.
        """
        try:
            source, offset = headers[SOURCE].decode(), int(headers[OFFSET])
            log_format = headers[FORMAT].decode() if headers.get(FORMAT) else None
            if not (0 < len(source) <= _MOST_BYTES and 0 <= offset < (1 << 63) - len(value)):
                raise ValueError(f"{source[:99]!r} at {offset}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"The headers of a record do not say where its lines stand: {error}."
            raise DataError(message, "Leave `source` and `offset` out, and they stand where Kafka put them.") from error
        path = (headers.get(PATH) or headers[SOURCE])[:_MOST_BYTES].decode(errors="replace")
        return cls(Chunk(source, offset, value), path, log_format)


def is_plain(headers: Mapping[str, bytes]) -> bool:
    """Tell whether a record was written by a producer that knows nothing of positions."""
    return not (SOURCE in headers and OFFSET in headers)


def plain_place(topic_id: str, partition: int, offset: int) -> tuple[str, int]:
    """Return the source of a plain record's lines, and the position of its first byte; others follow it.

    Topics have ids, so one that was deleted and made again is another source. A source holds 2^39 records, then the
    partition goes on as a further one.
    """
    further, number = divmod(offset, 1 << _RECORDS_BITS)
    source = f"{_PLAIN}{topic_id}/{partition}"
    return f"{source}/{further}" if further else source, number << PLAIN_BITS


def plain_record(source: str, position: int) -> tuple[int, int] | None:
    """Return partition and offset of the record that a position is in; None where its source is no partition."""
    if not source.startswith(_PLAIN):
        return None
    partition, _, further = source.partition("/")[2].partition("/")
    return int(partition), (int(further or 0) << _RECORDS_BITS) + (position >> PLAIN_BITS)


def cut(chunk: Chunk, size: int = RECORD_BYTES) -> Iterator[Chunk]:
    """Yield a chunk's lines in order, as many together as `size` bytes hold, a longer line alone."""
    data, start = memoryview(chunk.data), 0
    whole = bytes(data)
    while start < len(whole):
        stop = len(whole)
        if start + size < stop:
            stop = before_parts(data, whole.rfind(b"\n", start, start + size) + 1, start)
            stop = stop if stop > start else whole.find(b"\n", start) + 1 or len(whole)
        yield Chunk(chunk.source, chunk.offset + start, data[start:stop])
        start = stop


def bad_lines_of(topic: str) -> str:
    """Return the name of the topic that gets the lines of a topic that do not parse."""
    return f"{topic}-bad"
