"""What errors of Kafka's client mean: what passes by itself is waited for, and the rest is somebody's to mend."""

import pytest
from confluent_kafka import KafkaError

from hitstream.errors import ConfigError, Retryable
from hitstream.kafka import explain


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("_ALL_BROKERS_DOWN", Retryable),
        ("_TRANSPORT", Retryable),
        ("LEADER_NOT_AVAILABLE", Retryable),
        ("NOT_LEADER_FOR_PARTITION", Retryable),
        ("UNKNOWN_LEADER_EPOCH", Retryable),
        ("UNKNOWN_TOPIC_OR_PART", ConfigError),
        ("MSG_SIZE_TOO_LARGE", ConfigError),
        ("TOPIC_AUTHORIZATION_FAILED", ConfigError),
    ],
)
def test_an_error_is_of_the_kind_that_says_whether_waiting_helps(name, kind):
    problem = explain(KafkaError(getattr(KafkaError, name)), "broker:9092", "access-log")
    assert type(problem) is kind
    assert "broker:9092" in problem.message or "access-log" in problem.message
