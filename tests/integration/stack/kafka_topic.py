"""What is in a topic, as a client of any kind finds it."""

import uuid
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaException, TopicPartition

from hitstream.errors import Retryable
from hitstream.kafka import explain
from hitstream.sources.records import Record
from waiting import PATIENCE_SECONDS, until

AT_ONCE = 500


@contextmanager
def partitions(broker, topic):
    """Give a consumer and the places where the partitions of a topic begin."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": uuid.uuid4().hex, "log_level": 0})
    try:
        numbers = consumer.list_topics(topic, PATIENCE_SECONDS).topics[topic].partitions
        yield consumer, [TopicPartition(topic, number, 0) for number in numbers]
    finally:
        consumer.close()


def end_of(consumer, place):
    """Return the offset after the last record; a broker that has just come up need not lead the partition yet."""

    def ends():
        try:
            return consumer.get_watermark_offsets(place, PATIENCE_SECONDS)
        except KafkaException as problem:
            assert isinstance(explain(problem.args[0], "", ""), Retryable), problem
            return None

    return until(ends)[1]


def count(broker, topic):
    """Return how many records a topic has now."""
    with partitions(broker, topic) as (consumer, places):
        return sum(end_of(consumer, place) for place in places)


def records(broker, topic):
    """Return the lines of a topic now as they were sent, partition by partition."""
    with partitions(broker, topic) as (consumer, places):
        return [
            [Record.of(message.value(), dict(message.headers())) for message in messages(consumer, place)]
            for place in places
        ]


def messages(consumer, place):
    """Yield what a partition has now, from its first record on."""
    consumer.assign([place])
    left = end_of(consumer, place)
    while left:
        for message in consumer.consume(min(left, AT_ONCE), timeout=1):  # it waits for as many as it is asked for
            assert not message.error()
            left -= 1
            yield message


def size(broker, topic):
    """Return how many bytes of lines a topic has now, those that came twice twice."""
    return sum(len(record.chunk.data) for partition in records(broker, topic) for record in partition)


def sources(broker, topic):
    """Return the bytes of each source: nothing is missing, and what came twice is the same."""
    found = {}
    every = [record for partition in records(broker, topic) for record in partition]
    for record in sorted(every, key=lambda record: (record.chunk.source, record.chunk.offset)):
        source = found.setdefault(record.chunk.source, bytearray())
        offset, data = record.chunk.offset, record.chunk.data
        assert offset <= len(source), f"{record.chunk.source} has a hole from {len(source)} to {offset}"
        known = len(source) - offset
        assert source[offset : offset + len(data)] == data[:known], "a position has two contents"
        source += data[max(0, known) :]
    return {identity: bytes(source) for identity, source in found.items()}
