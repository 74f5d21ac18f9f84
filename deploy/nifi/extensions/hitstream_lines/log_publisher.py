"""Publishes files step by step: records first, then, when all of them are acknowledged, how far it came."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from log_content import Content, Unreadable
from log_records import cut, headers
from log_sources import Source, Sources, digest

STEP_BYTES = 32 << 20
"""Bytes that one step publishes at the most: what is sent again after a failure, and how long a stop waits."""

SETTLE_SECONDS = 1.0
"""How long a file must be quiet to be taken for finished: a compressed one is not read before."""


class NotPublished(Exception):
    """Kafka did not acknowledge every record of a step in time."""


@dataclass
class Step:
    """What a step did: bytes of lines published, and whether the file has more."""

    sent: int = 0
    more: bool = False
    source: str = ""
    position: int = 0


class KafkaTopic:
    """A producer for one topic: idempotent, acknowledged by all replicas, partitions taken in turn."""

    def __init__(self, brokers: str, topic: str, compression: str, seconds: float) -> None:
        """Connect.

        Raises:
            NotPublished: Kafka does not answer, or has no such topic.
        """
        from confluent_kafka import KafkaException, Producer, TopicCollection
        from confluent_kafka.admin import AdminClient

        client = {"bootstrap.servers": brokers, "client.id": "hitstream-nifi", "log_level": 0}
        try:
            admin = AdminClient(client)
            found = admin.describe_topics(TopicCollection([topic]), request_timeout=seconds)[topic].result()
            self._producer = Producer(
                {
                    **client,
                    "enable.idempotence": True,
                    "acks": "all",
                    "message.max.bytes": 2 << 20,
                    "batch.size": 1 << 20,
                    "linger.ms": 20,
                    "queue.buffering.max.kbytes": 48 << 10,
                    "compression.type": compression,
                    "message.timeout.ms": int(seconds * 1000),
                }
            )
        except (KafkaException, ValueError) as error:
            raise NotPublished(f"Kafka at {brokers}, topic {topic}: {error}.") from error
        uuid = found.topic_id
        self.id = f"{uuid.get_most_significant_bits():x}:{uuid.get_least_significant_bits():x}"
        self._topic = topic
        self._partitions = len(found.partitions)
        self._next = 0
        self._errors: list[object] = []

    def send(self, value: bytes, made: list[tuple[str, bytes]]) -> None:
        """Queue a record."""
        while True:
            try:
                self._producer.produce(
                    self._topic, value, headers=made, partition=self._next, on_delivery=self._reported
                )
            except BufferError:
                self._producer.poll(0.2)
            else:
                self._next = (self._next + 1) % self._partitions
                self._producer.poll(0)
                return

    def settle(self) -> None:
        """Wait until every record is acknowledged.

        Raises:
            NotPublished: one is not, and never will be.
        """
        while self._producer.flush(1):
            if self._errors:
                break
        if self._errors:
            raise NotPublished(f"Kafka, topic {self._topic}: {self._errors[0]}.")

    def give_up(self) -> None:
        """See to it that nothing that waits is delivered later."""
        self._producer.purge()
        self._producer.flush(1)

    def _reported(self, error: object, _message: object) -> None:
        if error:
            self._errors.append(error)


class LogPublisher:
    """Publishes log files to a topic, from where each source was.

    Args:
        topic: what sends records.
        keep: keeps texts durably, in place of those before.
        texts: what was kept.
        log_format: what the records say of their format; nothing where empty.
    """

    def __init__(
        self, topic: KafkaTopic, keep: Callable[[list[str]], None], texts: Iterable[str] = (), log_format: str = ""
    ) -> None:
        self._topic = topic
        self._keep = keep
        self._format = log_format
        self._sources = Sources(texts)
        self._looked: dict[tuple[int, int], tuple[int, int, int]] = {}

    def publish(self, path: str) -> Step:
        """Publish the next lines of a file, `STEP_BYTES` at the most.

        Raises:
            FileNotFoundError: there is no such file.
            NotPublished: not every record was acknowledged; the next try begins where this one did.
            Unreadable: it is no log, or damaged; lines before that place are published. Once, until it changes.
        """
        with Content(path) as content:
            self._sources.see(content.key)
            now = time.time()
            fresh = now - content.status.st_mtime < SETTLE_SECONDS
            if self._looked.get(content.key) == content.stamp or (content.final and fresh):
                return Step()
            try:
                step = self._step(content)
            except Unreadable:
                self._looked[content.key] = content.stamp
                raise
            if not (step.more or fresh):  # a file can change again within what its times tell
                self._looked[content.key] = content.stamp
            return step

    def _step(self, content: Content) -> Step:
        found = self._sources.recognise(content)
        if found is None:
            return Step()
        start, before = found
        source, more, problem = start, False, None
        try:
            for source in self._sent(content, start, before):
                more = source.position - start.position >= STEP_BYTES
                if more:
                    break
        except Unreadable as damage:
            problem = damage
        self._topic.settle()
        if content.final and not (more or problem):
            source = source._replace(ended=True)
        if source != start:
            self._save(source)
        if problem:
            raise problem
        return Step(source.position - start.position, more, source.identity, source.position)

    def _sent(self, content: Content, source: Source, before: bytes) -> Iterator[Source]:
        """Send a file's lines piece by piece; yield the source as it is after each."""
        for offset, data, position, tail in content.pieces(source.position, before):
            if self._sources.is_new(source):
                self._save(source)  # which source a file is must not be decided anew
            for at, lines in cut(offset, data):
                self._topic.send(lines, headers(source.identity, at, content.path, self._format))
            source = source._replace(position=position, tail=digest(tail))
            yield source
            if content.was_rewritten(position, tail):
                return  # the rest is not of this source

    def _save(self, source: Source) -> None:
        self._sources.save(source)
        self._keep(self._sources.texts())
