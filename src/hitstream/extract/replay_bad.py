"""Sends bad lines again, as after their format was mended.

Delivery: exactly once. A line is sent as one of the source `again:SOURCE`, at the position that it had, by which the
stream drops what it has read before: the command may be given any number of times. What was bad stays on record; what
is bad again is so as a line of that source, and can be sent once more.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hitstream.record import Chunk
from hitstream.sources.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.extract.sender import Sender
    from hitstream.store.delta import DeltaArchive

AGAIN = "again:"
"""What stands before the identity of a source whose lines were sent again."""


def bad_records(
    archive: "DeltaArchive", since: int, reason: str | None, paths: Mapping[str, str], log_format: str | None
) -> Iterator[Record]:
    """Yield the bad lines of a cluster as records.

    Args:
        archive: all bad lines.
        since: those that were read from then on, s since 1970.
        reason: those that failed for it; None for all.
        paths: where sources were read from.
        log_format: what records say of their lines; None to have it told from them.
    """
    from pyarrow import parquet

    for name in archive.files():
        with archive.folder.open(name) as file:
            table = parquet.ParquetFile(file).read()
        yield from _records(table, since, reason, paths, log_format)


def _records(
    table: "pa.Table", since: int, reason: str | None, paths: Mapping[str, str], log_format: str | None
) -> Iterator[Record]:
    for row in table.to_pylist():
        if row["time"].timestamp() >= since and reason in (None, row["reason"]):
            source = row["source"]
            yield Record(Chunk(AGAIN + source, row["offset"], row["line"]), paths.get(source, source), log_format)


def send_again(sender: "Sender", records: Iterator[Record]) -> int:
    """Send records; return how many were acknowledged.

    Raises:
        ConfigError: the topic does not take them.
        Retryable: Kafka does not answer.
    """
    acknowledged: list[None] = []
    for record in records:
        sender.send(record, lambda: acknowledged.append(None))
    sender.settle()
    return len(acknowledged)
