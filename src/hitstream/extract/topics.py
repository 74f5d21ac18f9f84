"""The topics of the cluster tier: what they must be, and how Kafka's are brought there."""

from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream.errors import ConfigError
from hitstream.kafka import ANSWER_SECONDS, TopicInKafka, admin, ends, explained, look

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

COMPRESSIONS = {"zstd": "zstd", "lz4": "lz4", "gzip": "gzip", "snappy": "snappy", "none": "uncompressed"}
"""What producers compress records with → what a topic calls it."""

LARGEST_RECORD = 2 << 20
"""The most bytes that a topic takes at once. The longest line that is delivered whole is half of that."""

_DAY_MS = 86_400_000


class Topic(NamedTuple):
    """A topic as it is wanted."""

    name: str
    partitions: int
    replication: int
    retention_days: float
    """Days for which records are kept, read or not; negative for ever."""
    compression: str
    """A key of `COMPRESSIONS`."""

    @property
    def settings(self) -> dict[str, str]:
        """Return what Kafka keeps of a topic beside its partitions, by Kafka's names."""
        retention = -1 if self.retention_days < 0 else int(self.retention_days * _DAY_MS)
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(retention),
            "compression.type": COMPRESSIONS[self.compression],
            "max.message.bytes": str(LARGEST_RECORD),
            "min.insync.replicas": str(max(1, self.replication - 1)),
        }


class TopicState(NamedTuple):
    """A topic as it is."""

    topic: str
    partitions: int
    replication: int
    retention_days: float
    compression: str
    records: int
    """The records that are kept now."""


def apply(brokers: str, wanted: Topic) -> list[str]:
    """Make a topic, or change it to what is wanted; return what was done, nothing where it is so already.

    Raises:
        ConfigError: what is wanted cannot be, or cannot be made of what is there.
        Retryable: Kafka does not answer.
    """
    _check(wanted)
    client = admin(brokers)
    with explained(brokers, wanted.name):
        if wanted.name not in client.list_topics(timeout=ANSWER_SECONDS).topics:
            _create(client, wanted)
            return [f"made, with {wanted.partitions} partitions"]
        found = look(brokers, wanted.name)
        _check_change(wanted, found)
        return _widen(client, wanted, found) + _alter(client, wanted)


def state(brokers: str, topic: str) -> TopicState:
    """Return what a topic is now.

    Raises:
        ConfigError: there is no such topic.
        Retryable: Kafka does not answer.
    """
    found, client = look(brokers, topic), admin(brokers)
    with explained(brokers, topic):
        settings = _settings(client, topic)
        records = sum(after - first for first, after in ends(brokers, topic).values())
    retention = int(settings["retention.ms"])
    names = {theirs: ours for ours, theirs in COMPRESSIONS.items()}
    compression = names.get(settings["compression.type"], settings["compression.type"])
    return TopicState(
        topic, found.partitions, found.replication, retention / _DAY_MS if retention > 0 else -1, compression, records
    )


def _check(wanted: Topic) -> None:
    if wanted.partitions < 1 or wanted.replication < 1:
        raise ConfigError(f"Topic {wanted.name} needs at least one partition and one copy of it.")
    if wanted.compression not in COMPRESSIONS:
        raise ConfigError(
            f"There is no compression {wanted.compression!r}.", f"Choose one of {', '.join(COMPRESSIONS)}."
        )
    if wanted.retention_days == 0:
        raise ConfigError(f"Topic {wanted.name} would keep nothing.", "Give days to keep records, or -1 for ever.")


def _check_change(wanted: Topic, found: TopicInKafka) -> None:
    if wanted.partitions < found.partitions:
        raise ConfigError(
            f"Topic {wanted.name} has {found.partitions} partitions, and Kafka cannot take any away.",
            f"Ask for {found.partitions} or more, or choose another --topic.",
        )
    if wanted.replication != found.replication:
        raise ConfigError(
            f"Topic {wanted.name} has {found.replication} copies of each partition, not {wanted.replication}.",
            "Move its partitions with Kafka's kafka-reassign-partitions, or choose another --topic.",
        )


def _create(client: "AdminClient", wanted: Topic) -> None:
    from confluent_kafka.admin import NewTopic

    new = NewTopic(wanted.name, wanted.partitions, wanted.replication, config=wanted.settings)
    client.create_topics([new], operation_timeout=ANSWER_SECONDS)[wanted.name].result()


def _widen(client: "AdminClient", wanted: Topic, found: TopicInKafka) -> list[str]:
    from confluent_kafka.admin import NewPartitions

    if wanted.partitions == found.partitions:
        return []
    wider = NewPartitions(wanted.name, wanted.partitions)
    client.create_partitions([wider], operation_timeout=ANSWER_SECONDS)[wanted.name].result()
    return [f"partitions: {found.partitions} → {wanted.partitions}"]


def _alter(client: "AdminClient", wanted: Topic) -> list[str]:
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

    there = _settings(client, wanted.name)
    changed = {name: value for name, value in wanted.settings.items() if there[name] != value}
    if changed:
        entries = [ConfigEntry(*row, incremental_operation=AlterConfigOpType.SET) for row in changed.items()]
        resource = ConfigResource(ConfigResource.Type.TOPIC, wanted.name, incremental_configs=entries)
        client.incremental_alter_configs([resource])[resource].result()
    return [f"{name}: {there[name]} → {value}" for name, value in changed.items()]


def _settings(client: "AdminClient", topic: str) -> dict[str, str]:
    from confluent_kafka.admin import ConfigResource

    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    entries: dict[str, Any] = client.describe_configs([resource])[resource].result()
    return {name: str(entry.value) for name, entry in entries.items()}
