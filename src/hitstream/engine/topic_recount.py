"""Counts the lines of a topic again, as far as Kafka still has its records."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hitstream.engine.recount import LineOffsets, Rereader
from hitstream.engine.spark.incoming import ConsumedTopic, Incoming, Lines, schema
from hitstream.errors import Retryable
from hitstream.kafka import client, ends, look
from hitstream.record import Chunk
from hitstream.store.ledger import ReadRange

if TYPE_CHECKING:
    import pyarrow as pa
    from confluent_kafka import Consumer, Message

_SECONDS = 30.0
_AT_ONCE = 500


class TopicRecount(NamedTuple):
    """The lines of a topic that the batches should have."""

    offsets: dict[str, LineOffsets]
    """Where the lines of each source start, each once, ascending."""
    is_whole: bool
    """Whether the topic still has all records, so that every line that was read must be among them."""
    reason: str
    """Why not all were looked at."""


def recount_topic(
    brokers: str, topic: str, consumed: Mapping[int, int], ranges: Mapping[str, Sequence[ReadRange]]
) -> TopicRecount:
    """Read the records below the offsets up to which batches have told that they read, by partition.

    `ranges` has what batches have read of each source, in order. Memory is sixteen bytes a line.

    Raises:
        ConfigError: there is no such topic.
        Retryable: Kafka does not answer.
    """
    if not consumed:
        return TopicRecount({}, False, "no batch has told how far it read")
    firsts, records = _records(brokers, topic, consumed)
    found: dict[str, list[LineOffsets]] = defaultdict(list)
    readers = {source: Rereader(own) for source, own in ranges.items()}
    incoming = Incoming(ConsumedTopic(topic, look(brokers, topic).id, {}))
    for message in records:
        for lines in incoming.lines(_as_batch(message)):
            found[lines.source].append(_read_again(lines, readers.setdefault(lines.source, Rereader([]))))
    gone = sum(firsts.values())
    reason = f"Kafka has deleted {gone:,} of its records, whose lines were not counted again" if gone else ""
    return TopicRecount({source: _each_once(own) for source, own in found.items()}, not gone, reason)


def _read_again(lines: Lines, reader: Rereader) -> LineOffsets:
    """Parse lines with what was kept of their ranges."""
    hits, bad = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start, stop, text in reader.sections(lines.begin, lines.stop):
        part = lines if (start, stop) == (lines.begin, lines.stop) else lines.part(start, stop)
        parsed = reader.parse(Chunk(lines.source, 0, part.data), start, stop, text)
        hits.append(part.at(parsed.hits.offset))
        bad.append(part.at(parsed.bad.start))
    return LineOffsets(lines.at(lines.line_starts()), np.concatenate(hits), np.concatenate(bad))


def _each_once(found: Sequence[LineOffsets]) -> LineOffsets:
    """Return the lines of records, each once though it was sent twice."""
    lines, hits, bad = (np.unique(np.concatenate(column)) for column in list(zip(*found, strict=True))[:3])
    return LineOffsets(lines, hits, bad)


def _as_batch(message: "Message") -> "pa.RecordBatch":
    """Return a record as executors get it."""
    import pyarrow as pa

    headers: Any = message.headers() or ()
    row = {
        "partition": message.partition(),
        "offset": message.offset(),
        "value": message.value(),
        "headers": [{"key": key, "value": value} for key, value in headers],
    }
    return pa.RecordBatch.from_pylist([row], schema=schema())


def _records(brokers: str, topic: str, consumed: Mapping[int, int]) -> "tuple[dict[int, int], Iterator[Message]]":
    """Return the first offset of each partition, and its records from there on."""
    from confluent_kafka import Consumer

    there = ends(brokers, topic)
    edges = {number: there.get(number, (read, read)) for number, read in consumed.items()}
    left = {number: (first, min(consumed[number], after)) for number, (first, after) in edges.items()}
    consumer = Consumer(client(brokers, **{"group.id": "hitstream-audit", "enable.auto.commit": False}))
    return {number: first for number, (first, _) in edges.items()}, _read(
        consumer, brokers, topic, {number: (first, stop) for number, (first, stop) in left.items() if first < stop}
    )


def _read(consumer: "Consumer", brokers: str, topic: str, left: dict[int, tuple[int, int]]) -> "Iterator[Message]":
    from confluent_kafka import TopicPartition

    try:
        consumer.assign([TopicPartition(topic, number, first) for number, (first, _) in left.items()])
        while left:
            first = consumer.poll(_SECONDS)
            if first is None:
                raise Retryable(f"Kafka at {brokers} sends no records of {topic}.", "Look whether it runs.")
            # Without a time-out: `consume` waits for as many as it is asked for, and the last ones are fewer.
            for message in (first, *consumer.consume(_AT_ONCE, 0)):
                number, offset = message.partition(), message.offset()
                if message.error() or number is None or offset is None or number not in left:
                    continue
                if offset < left[number][1]:
                    yield message
                if offset + 1 >= left[number][1]:
                    del left[number]
    finally:
        consumer.close()
