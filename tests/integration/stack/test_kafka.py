"""Kafka as it is run: what it acknowledged outlives a SIGKILL."""

import uuid

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from kafka_topic import end_of

from hitstream.stack.fetch import cache
from hitstream.stack.lifecycle import Stack
from hitstream.stack.servers import kafka
from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture
def topic(broker):
    name = f"topic-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([NewTopic(name, 1)])[name].result(PATIENCE_SECONDS)
    return name


def produce(broker, topic, values, **settings):
    producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True, "acks": "all", **settings})
    failed = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: failed.append(error) if error else None)
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert failed == []
    return producer


def consume(broker, topic, **settings):
    """Return the values of a topic of one partition, to its end."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": uuid.uuid4().hex, **settings})
    try:
        place = TopicPartition(topic, 0, 0)
        consumer.assign([place])
        end = end_of(consumer, place)
        values = []
        while consumer.position([place])[0].offset < end:
            for message in consumer.consume(500, timeout=1):
                assert not message.error()
                values.append(message.value())
        return values
    finally:
        consumer.close()


def test_what_kafka_acknowledged_is_there_once_after_a_kill(stack, broker, topic):
    before = [b"%06d" % number for number in range(5000)]
    produce(broker, topic, before)
    stack.kill("kafka")
    assert stack.process("kafka") is None
    stack.up(["kafka"])
    after = [b"after"]
    produce(broker, topic, after)
    assert consume(broker, topic) == before + after


def test_transactions_work_on_one_broker(broker, topic):
    producer = Producer({"bootstrap.servers": broker, "transactional.id": topic})
    producer.init_transactions(PATIENCE_SECONDS)
    for value, end in ((b"kept", producer.commit_transaction), (b"dropped", producer.abort_transaction)):
        producer.begin_transaction()
        producer.produce(topic, value)
        producer.flush(PATIENCE_SECONDS)
        end(PATIENCE_SECONDS)
    assert consume(broker, topic, **{"isolation.level": "read_committed"}) == [b"kept"]


def test_a_misspelt_topic_is_not_made(broker):
    listed = AdminClient({"bootstrap.servers": broker}).list_topics("no-such-topic", timeout=PATIENCE_SECONDS)
    assert listed.topics["no-such-topic"].error is not None


def test_a_stop_and_a_start_keep_everything(stack, broker, topic):
    produce(broker, topic, [b"one", b"two"])
    stack.restart("kafka")
    assert consume(broker, topic) == [b"one", b"two"]


def test_it_starts_with_an_identity_that_looks_like_an_option(tmp_path, monkeypatch, small):
    monkeypatch.setattr(kafka, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" * 16))
    own = Stack(tmp_path, cache(None, offline=True), said=print)
    try:
        own.up(["kafka"], small())
        assert "cluster.id=-" in (own.home("kafka") / "data" / "meta.properties").read_text()
    finally:
        own.down()
