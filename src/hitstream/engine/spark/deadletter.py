"""Bad lines as records of a topic of their own, with where they stood and the field that failed.

Delivery: at least once. Each is acknowledged before its batch is archived, and a batch that is done again sends them
again, with the same key and headers: who reads them tells repetitions by the key, and so does a compacted topic.
"""

from typing import Any

from hitstream.errors import Retryable
from hitstream.kafka import client
from hitstream.record import BadLines
from hitstream.sources.records import OFFSET, SOURCE, plain_record

REASON = "reason"
"""The header that names the field."""
PARTITION, RECORD = "partition", "record"
"""The headers of a line of another producer's record: which one it was, by its offset."""

_FLUSH_SECONDS = 30.0
_SETTINGS = {
    "enable.idempotence": True,
    "linger.ms": 20,
    "compression.type": "lz4",
    "delivery.timeout.ms": int(_FLUSH_SECONDS * 1000),
}


class DeadLetters:
    """Sends bad lines. Used by one task, then flushed."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._topic = topic
        self._brokers = brokers
        self._producer: Any = None
        self._problem: str | None = None

    def send(self, lines: BadLines) -> None:
        """Send lines of one source.

        Raises:
            Retryable: Kafka does not take them.
        """
        from confluent_kafka import Producer

        if self._producer is None:
            self._producer = Producer(client(self._brokers, **_SETTINGS))
        for source, offset, reason, data in lines:
            headers = [(SOURCE, source.encode()), (OFFSET, b"%d" % offset), (REASON, reason.encode())]
            if record := plain_record(source, offset):
                headers += zip((PARTITION, RECORD), (b"%d" % number for number in record), strict=True)
            self._produce(f"{source}:{offset}".encode(), data, headers)

    def flush(self) -> None:
        """Return when all are acknowledged.

        Raises:
            Retryable: some are not.
        """
        if self._producer is not None:
            left = self._producer.flush(_FLUSH_SECONDS)
            if left or self._problem:
                raise Retryable(f"Kafka at {self._brokers} does not take bad lines: {self._problem or 'no answer'}.")

    def _produce(self, key: bytes, data: bytes, headers: list[tuple[str, bytes]]) -> None:
        while True:
            try:
                self._producer.produce(self._topic, data, key, headers=headers, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return
            if self._problem:
                self.flush()

    def _delivered(self, problem: Any, _message: Any) -> None:
        if problem is not None:
            self._problem = problem.str()
