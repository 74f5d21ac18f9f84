"""Cassandra as it is run: what it acknowledged outlives a SIGKILL."""

import uuid
from contextlib import contextmanager

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import WhiteListRoundRobinPolicy

from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@contextmanager
def connected(stack):
    host, port = stack.instance("cassandra").address("cassandra", "cql")
    profile = ExecutionProfile(WhiteListRoundRobinPolicy([host]), request_timeout=PATIENCE_SECONDS)
    cluster = Cluster([host], port, protocol_version=5, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()


@pytest.fixture
def keyspace(stack):
    stack.up(["cassandra"])
    name = f"k{uuid.uuid4().hex}"
    with connected(stack) as session:
        session.execute(
            f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )
        session.execute(f"CREATE TABLE {name}.t (p int, c int, v blob, PRIMARY KEY (p, c))")
    return name


def write(session, keyspace, rows):
    statement = session.prepare(f"INSERT INTO {keyspace}.t (p, c, v) VALUES (?, ?, ?)")
    for done, error in execute_concurrent_with_args(session, statement, rows, concurrency=50):
        assert done, error


def test_every_row_that_cassandra_acknowledged_is_there_after_a_kill(stack, keyspace):
    rows = [(number % 7, number, b"x" * 500) for number in range(2000)]
    with connected(stack) as session:
        write(session, keyspace, rows)
        stack.kill("cassandra")
    assert stack.process("cassandra") is None
    stack.up(["cassandra"])
    with connected(stack) as session:
        found = {(row.p, row.c, row.v) for row in session.execute(f"SELECT p, c, v FROM {keyspace}.t")}
    assert found == set(rows)


def test_a_lightweight_transaction_is_decided_once(stack, keyspace):
    with connected(stack) as session:
        write = f"INSERT INTO {keyspace}.t (p, c, v) VALUES (1, 1, 0x01) IF NOT EXISTS"
        assert [session.execute(write).one().applied for _ in range(2)] == [True, False]


def test_a_block_of_several_mebibytes_is_kept(stack, keyspace):
    block = bytes(range(256)) * (5 << 12)
    with connected(stack) as session:
        write(session, keyspace, [(1, 1, block)])
        assert session.execute(f"SELECT v FROM {keyspace}.t").one().v == block


def test_a_stop_and_a_start_keep_everything(stack, keyspace):
    with connected(stack) as session:
        write(session, keyspace, [(1, 2, b"kept")])
    stack.restart("cassandra")
    with connected(stack) as session:
        assert session.execute(f"SELECT v FROM {keyspace}.t").one().v == b"kept"
