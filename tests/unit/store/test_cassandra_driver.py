"""What the client of Cassandra does when an answer does not come, and what is said of it."""

import pytest
from cassandra import (
    AuthenticationFailed,
    ConsistencyLevel,
    InvalidRequest,
    OperationTimedOut,
    Unavailable,
    WriteTimeout,
)
from cassandra.cluster import NoHostAvailable
from cassandra.policies import RetryPolicy

from hitstream.errors import ConfigError, Fatal, Retryable
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.driver import explained, retry_policy


def decided(what, tried):
    policy, level = retry_policy(), ConsistencyLevel.LOCAL_QUORUM
    return getattr(policy, what)("a statement", consistency=level, retry_num=tried, write_type="BATCH", error=None)


@pytest.mark.parametrize("what", ["on_read_timeout", "on_write_timeout"])
def test_what_timed_out_is_sent_again_a_few_times(what):
    assert decided(what, 0) == (RetryPolicy.RETRY, ConsistencyLevel.LOCAL_QUORUM)
    assert decided(what, 9) == (RetryPolicy.RETHROW, None)


@pytest.mark.parametrize("what", ["on_unavailable", "on_request_error"])
def test_another_node_is_asked_where_one_is_away(what):
    assert decided(what, 0) == (RetryPolicy.RETRY_NEXT_HOST, ConsistencyLevel.LOCAL_QUORUM)
    assert decided(what, 9) == (RetryPolicy.RETHROW, None)


@pytest.mark.parametrize(
    ("problem", "kind", "words"),
    [
        (WriteTimeout("late", write_type=0), Retryable, "does not answer"),
        (Unavailable("few"), Retryable, "does not answer"),
        (OperationTimedOut(), Retryable, "does not answer"),
        (ConnectionResetError("gone"), Retryable, "does not answer"),
        (NoHostAvailable("none", {"a": OSError("refused")}), Retryable, "does not answer"),
        (NoHostAvailable("none", {"a": AuthenticationFailed("who?")}), ConfigError, "lets nobody in"),
        (InvalidRequest("Keyspace 'k' does not exist"), ConfigError, "hitstream schema apply"),
        (InvalidRequest("unconfigured table meta"), ConfigError, "hitstream schema apply"),
        (InvalidRequest("Undefined column name"), Fatal, "Undefined column"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_errors_say_how_to_recover(problem, kind, words):
    with pytest.raises(kind) as said, explained("10.0.0.1:9042", "k"):
        raise problem
    assert words in str(said.value)
    assert "10.0.0.1:9042" in str(said.value)


def test_addresses_have_a_port_and_keyspaces_a_plain_name():
    assert CassandraConfig("a, b:1", "hitstream").points == [("a", 9042), ("b", 1)]
    for cassandra, keyspace, consistency in (
        ("a:x", "k", "ONE"),
        ("", "k", "ONE"),
        ("a", "K", "ONE"),
        ("a", "k; DROP KEYSPACE k", "ONE"),
        ("a", "k", "SOME"),
    ):
        with pytest.raises(ConfigError):
            CassandraConfig(cassandra, keyspace, consistency)
