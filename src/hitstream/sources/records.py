"""Lines as records of a topic, and how their positions travel with them.

A record's value is whole lines of one source, which follow each other there. Its headers say where they stand, as text:
readable with any client, and written just so by the processor in `deploy/nifi/extensions` too.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hitstream.errors import DataError
from hitstream.record import Chunk
from hitstream.sources.parts import before_parts

SOURCE, OFFSET, PATH, FORMAT = "source", "offset", "path", "format"
"""The headers: the source's identity, the position of the first byte (decimal), the path it was read from, and the
format of its lines, which may be missing."""

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
    def of(cls, value: bytes, headers: Mapping[str, bytes]) -> "Record":
        """Return the record that a client received.

        Raises:
            DataError: its headers do not say where the lines stand.
        """
        try:
            chunk = Chunk(headers[SOURCE].decode(), int(headers[OFFSET]), value)
            path = headers[PATH].decode(errors="surrogateescape")
        except (KeyError, ValueError) as error:
            message = f"A record does not say where its lines stand: {error} (its headers: {', '.join(headers)})."
            raise DataError(message, "Write to the topic through NiFi or `hitstream produce` alone.") from error
        return cls(chunk, path, headers[FORMAT].decode() if FORMAT in headers else None)


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
