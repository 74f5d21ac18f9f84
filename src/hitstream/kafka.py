"""The cluster's Kafka: how its clients are set up, what a topic is there, and what its errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream.errors import ConfigError, Fatal, HitstreamError, Retryable

if TYPE_CHECKING:
    from confluent_kafka import KafkaError
    from confluent_kafka.admin import AdminClient

ANSWER_SECONDS = 20.0
"""How long Kafka may take to answer a question."""

_AWAY = "_ALL_BROKERS_DOWN _TRANSPORT _RESOLVE _TIMED_OUT _MSG_TIMED_OUT REQUEST_TIMED_OUT LEADER_NOT_AVAILABLE"
_COMES_UP = (
    "NOT_LEADER_FOR_PARTITION FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH OFFSET_NOT_AVAILABLE REPLICA_NOT_AVAILABLE"
    " BROKER_NOT_AVAILABLE NOT_CONTROLLER NETWORK_EXCEPTION KAFKA_STORAGE_ERROR"
)
_NO_TOPIC = "UNKNOWN_TOPIC_OR_PART _UNKNOWN_TOPIC _UNKNOWN_PARTITION"
_TOO_LARGE = "MSG_SIZE_TOO_LARGE RECORD_LIST_TOO_LARGE"


class TopicInKafka(NamedTuple):
    """A topic as it is: a topic that was deleted and made again has another id."""

    name: str
    id: str
    partitions: int
    replication: int


def client(brokers: str, **more: Any) -> dict[str, Any]:
    """Return the settings of a client; what librdkafka would print comes as errors instead."""
    return {"bootstrap.servers": brokers, "client.id": "hitstream", "log_level": 0, **more}


def admin(brokers: str) -> "AdminClient":
    """Return a client that looks after topics.

    Raises:
        ConfigError: confluent-kafka is not installed.
    """
    try:
        from confluent_kafka.admin import AdminClient
    except ImportError as error:
        raise ConfigError(
            f"Kafka's client is not installed: {error}.", "Install it: pip install 'hitstream[cluster]'."
        ) from error
    return AdminClient(client(brokers))


def look(brokers: str, topic: str) -> TopicInKafka:
    """Return what Kafka says of a topic.

    Raises:
        ConfigError: there is no such topic, or no such name can be.
        Retryable: Kafka does not answer.
    """
    from confluent_kafka import TopicCollection

    client = admin(brokers)  # its answers end with it
    with explained(brokers, topic):
        found = client.describe_topics(TopicCollection([topic]), request_timeout=ANSWER_SECONDS)[topic].result()
    uuid = found.topic_id
    halves = (uuid.get_most_significant_bits(), uuid.get_least_significant_bits())
    identity = "".join(f"{half & (1 << 64) - 1:016x}" for half in halves)
    return TopicInKafka(topic, identity, len(found.partitions), len(found.partitions[0].replicas))


def ends(brokers: str, topic: str) -> dict[int, tuple[int, int]]:
    """Return the first and the next offset of each partition of a topic.

    Raises:
        ConfigError: there is no such topic.
        Retryable: Kafka does not answer.
    """
    from confluent_kafka import Consumer, KafkaException, TopicPartition

    consumer: Any = Consumer(client(brokers, **{"group.id": "hitstream-look"}))
    try:
        with explained(brokers, topic):
            found = consumer.list_topics(topic, ANSWER_SECONDS).topics[topic]
            if found.error is not None:
                raise KafkaException(found.error)
            places = {number: TopicPartition(topic, number) for number in found.partitions}
            return {number: consumer.get_watermark_offsets(at, ANSWER_SECONDS) for number, at in places.items()}
    finally:
        consumer.close()


@contextmanager
def explained(brokers: str, topic: str) -> Iterator[None]:
    """Turn errors of Kafka's client into ours."""
    from confluent_kafka import KafkaException

    try:
        yield
    except KafkaException as problem:
        raise explain(problem.args[0], brokers, topic) from problem
    except ValueError as problem:
        raise ConfigError(f"Kafka's client does not take this: {problem}.", "Look at --kafka and --topic.") from problem


def explain(error: "KafkaError", brokers: str, topic: str) -> HitstreamError:
    """Say what an error of Kafka's client means."""
    name = error.name()
    if name in _AWAY.split():
        return Retryable(
            f"Kafka at {brokers} does not answer ({error.str()}).",
            "Start it (`hitstream stack up --only kafka`), or name its brokers with --kafka.",
        )
    if name in _COMES_UP.split():
        message = f"Kafka at {brokers} has not all of topic {topic} yet ({error.str()})."
        return Retryable(message, "A broker comes up, or leaders change: try again in a moment.")
    if name in _NO_TOPIC.split():
        return ConfigError(f"Kafka at {brokers} has no topic {topic}.", "Make it: `hitstream topics apply`.")
    if name in _TOO_LARGE.split():
        return ConfigError(
            f"Topic {topic} takes no record as large as these lines are ({error.str()}).",
            "Let it take larger ones: `hitstream topics apply`.",
        )
    kind = Fatal if error.fatal() else ConfigError
    return kind(f"Kafka at {brokers} refuses, for topic {topic}: {error.str()} ({name}).")
