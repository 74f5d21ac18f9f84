"""Sends records to a topic so that each acknowledged one is there once: idempotent, and written by all replicas."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from hitstream.errors import HitstreamError
from hitstream.extract.topics import LARGEST_RECORD
from hitstream.kafka import client, explain, explained, look
from hitstream.sources.records import Record

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message

_SETTINGS = {
    "enable.idempotence": True,
    "acks": "all",
    "message.max.bytes": LARGEST_RECORD,
    "batch.size": 1 << 20,
    "linger.ms": 20,
    "queue.buffering.max.kbytes": 48 << 10,  # waiting records take no more memory than that
}
_GIVE_UP_MS = 120_000
_STEP_SECONDS = 0.2
_STOP_SECONDS = 5.0
"""How long is waited, once it is stopped, for what was sent."""


class Sender:
    """A producer for one topic; takes the partitions in turn, since large records would fill them unevenly.

    Args:
        brokers: Kafka's addresses.
        topic: the topic; it must be there.
        compression: a key of `topics.COMPRESSIONS`.
        patient: whether to wait for a Kafka that went away for as long as it takes, instead of two minutes.
        stop: what is not acknowledged when it is set is given up.
        on_problem: told once of each time that Kafka is away.

    Raises:
        ConfigError: there is no such topic.
        Retryable: Kafka does not answer.
    """

    def __init__(
        self,
        brokers: str,
        topic: str,
        compression: str,
        *,
        patient: bool = False,
        stop: threading.Event | None = None,
        on_problem: Callable[[HitstreamError], None] = lambda _: None,
    ) -> None:
        from confluent_kafka import Producer

        self.topic = look(brokers, topic)
        self._brokers = brokers
        self._next = 0
        self._stop = stop or threading.Event()
        self._on_problem = on_problem
        self._said = False
        self._failure: HitstreamError | None = None
        timeout = 0 if patient else _GIVE_UP_MS
        settings = {**_SETTINGS, "compression.type": compression, "message.timeout.ms": timeout}
        with explained(brokers, topic):
            self._producer = Producer(client(brokers, error_cb=self._away, **settings))

    def send(self, record: Record, acknowledged: Callable[[], None]) -> bool:
        """Queue a record; `acknowledged` is called when it is written. False where it was stopped before.

        Raises:
            HitstreamError: a record before it was refused, or Kafka is away for too long.
        """

        def reported(error: "KafkaError | None", _message: "Message") -> None:
            if error is None:
                self._said = False
                acknowledged()
            elif self._failure is None:
                self._failure = explain(error, self._brokers, self.topic.name)

        partition, self._next = self._next, (self._next + 1) % self.topic.partitions
        value, headers = bytes(record.chunk.data), cast("Any", record.headers)  # the client declares wider pairs
        while not self._stop.is_set():
            try:
                with explained(self._brokers, self.topic.name):
                    self._producer.produce(
                        self.topic.name, value, headers=headers, partition=partition, on_delivery=reported
                    )
            except BufferError:
                self.poll(_STEP_SECONDS)
            else:
                self.poll()
                return True
        return False

    def poll(self, seconds: float = 0.0) -> None:
        """Take note of what was acknowledged, waiting so long for it.

        Raises:
            HitstreamError: see `send`.
        """
        self._producer.poll(seconds)
        if self._failure:
            self._producer.purge()
            raise self._failure

    def settle(self) -> bool:
        """Wait until all is acknowledged; False where it was stopped before.

        Raises:
            HitstreamError: see `send`.
        """
        stopped = 0.0
        while self._producer.flush(_STEP_SECONDS):
            self.poll()
            stopped += _STEP_SECONDS * self._stop.is_set()
            if stopped >= _STOP_SECONDS:
                return False
        self.poll()
        return True

    def _away(self, error: "KafkaError") -> None:
        from confluent_kafka import KafkaError

        if error.code() == KafkaError._ALL_BROKERS_DOWN and not self._said:
            self._said = True
            self._on_problem(explain(error, self._brokers, self.topic.name))
