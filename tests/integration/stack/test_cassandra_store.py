"""Blocks and the ledger in a real Cassandra."""

import subprocess
import sys
import threading
import uuid

import pytest

from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, Fatal, Retryable
from hitstream.record import BadLine
from hitstream.store.cassandra import writing
from hitstream.store.cassandra.connection import CassandraConfig, Connection
from hitstream.store.cassandra.schema import VERSION, apply
from hitstream.store.cassandra.store import open_cassandra
from hitstream.store.contract import FIRST_GENERATION, StoreVersion, Total
from hitstream.store.ledger import BadCount, BadTally, ReadRange, SourceFormat, SourceRow
from hitstream.testing.cell_store_contract import HOUR, CellStoreContract, block
from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EVER = (-(1 << 40), 1 << 40)
FOLLOWING = FIRST_GENERATION + 1


@pytest.fixture
def address(stack):
    stack.up(["cassandra"])
    return CassandraConfig(stack.address("cassandra", "cql"), f"k{uuid.uuid4().hex}")


@pytest.fixture
def applied(address):
    apply(address, replication=1)
    return address


@pytest.fixture
def opened(applied):
    with open_cassandra(applied, {}, reader_seconds=0) as opened:
        yield opened


@pytest.fixture
def store(opened):
    return opened.cells


@pytest.fixture
def other(applied):
    """The store as another process has it."""
    with open_cassandra(applied, {}, reader_seconds=0) as opened:
        yield opened.cells


class TestCassandraCells(CellStoreContract):
    pass


def publish(store, batch, *blocks):
    store.write(batch, blocks)
    store.publish(batch)


def test_a_number_that_is_published_again_does_not_go_back(store):
    publish(store, 2, block(0, 1))
    store.publish(1)
    assert store.cut().published == 2


def test_a_snapshot_stays_as_it_is(store, other):
    publish(store, 1, block(0, 1))
    with store.snapshot():
        publish(other, 2, block(0, 2))
        other.seal(FIRST_GENERATION, 2, [block(0, 3, b"sealed")])
        assert store.payloads("traffic", "hour", *EVER) == [(0, b"cells of 1")]
    assert store.payloads("traffic", "hour", *EVER) == [(0, b"sealed")]


def test_what_a_reader_may_still_look_at_is_not_deleted(applied, store):
    publish(store, 1, block(0, 1))
    publish(store, 2, block(0, 2))
    store.seal(FIRST_GENERATION, 2, [block(0, 3, b"sealed")])
    with open_cassandra(applied, {}) as patient:
        assert patient.cells.sweep() == 0
    assert store.sweep() == 2
    assert store.payloads("traffic", "hour", *EVER) == [(0, b"sealed")]


def test_what_is_sealed_while_a_generation_is_built_keeps_what_that_one_lacks(store, other):
    for batch in (1, 2):
        publish(store, batch, block(0, batch))
    assert store.begin() == (FOLLOWING, 2)
    publish(other, 3, block(0, 4))
    other.seal(FIRST_GENERATION, 3, [block(0, 7, b"sealed")])
    assert other.sweep() == 2
    store.seal(FOLLOWING, 2, [block(0, 3, b"computed")])
    store.renew()
    store.advance(FOLLOWING, 2)
    assert other.payloads("traffic", "hour", *EVER) == [(0, b"computed"), (0, b"cells of 4")]
    assert other.sweep() == 1
    assert other.payloads("traffic", "hour", *EVER) == [(0, b"computed"), (0, b"cells of 4")]


def test_one_process_at_a_time_builds_a_generation(store, other):
    publish(store, 1, block(0, 1))
    store.begin()
    with pytest.raises(Retryable, match="Another process recomputes"):
        other.begin()
    with pytest.raises(Retryable, match="Another process recomputed"):
        other.advance(FOLLOWING, 1)
    assert other.cut() == StoreVersion(1, FIRST_GENERATION, 0)
    store.advance(FOLLOWING, 1)
    assert other.begin() == (FOLLOWING + 1, 1)


def test_a_builder_that_was_given_up_cannot_let_its_generation_count(store, other):
    publish(store, 1, block(0, 1))
    generation, coverage = store.begin()
    store.seal(generation, coverage, [block(0, 9)])
    store._connection.write("UPDATE @cut SET builder = 'another' WHERE name = 'cut'")
    for step in (store.renew, lambda: store.advance(generation, coverage)):
        with pytest.raises(Retryable):
            step()
    assert other.totals("traffic", "hour", *EVER) == [Total(0, 1, 10, 0)]


def test_cells_that_are_too_large_for_a_row_stand_apart(store, monkeypatch):
    monkeypatch.setattr(writing, "INLINE_BYTES", 10)
    monkeypatch.setattr(writing, "PIECE_BYTES", 7)
    large = bytes(range(100))
    publish(store, 1, block(0, 1, large), block(HOUR, 1, b"small"))
    expected = [(0, large), (HOUR, b"small")]
    assert store.payloads("traffic", "hour", *EVER) == expected
    store.write(1, [block(0, 1, large)])
    assert store.payloads("traffic", "hour", *EVER) == expected
    store.seal(FIRST_GENERATION, 1, [block(0, 1, large[::-1])])
    assert store.sweep() == 1
    assert store.payloads("traffic", "hour", *EVER) == [(0, large[::-1]), (HOUR, b"small")]
    assert len(store._connection.read("SELECT piece FROM @pieces")) == 15


def test_a_block_of_many_megabytes_is_kept(store):
    large = uuid.uuid4().bytes * (3 << 20)
    publish(store, 1, block(0, 1, large))
    assert store.payloads("traffic", "hour", *EVER) == [(0, large)]


def test_readers_never_see_half_of_a_batch(store, other):
    """Sixty batches, sealed and swept meanwhile, are read again and again; each adds one hit to each of 40 hours."""
    stop, seen = threading.Event(), []

    def look():
        while not stop.is_set():
            seen.append({total.hits for total in other.totals("traffic", "hour", *EVER)})

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for batch in range(1, 61):
            publish(store, batch, *(block(HOUR * hour, 1) for hour in range(40)))
            if batch % 10 == 0:
                store.seal(FIRST_GENERATION, batch, [block(HOUR * hour, batch) for hour in range(40)])
    finally:
        stop.set()
        reader.join()
    assert seen
    assert all(len(hits) <= 1 for hits in seen)
    assert store.sweep() > 0
    assert {total.hits for total in store.totals("traffic", "hour", *EVER)} == {60}


def test_a_kill_in_the_middle_of_writing_costs_nothing(stack, store):
    """Batches are written as the stream does it, again after each error; the server dies twice meanwhile."""
    done, batches = threading.Event(), 120

    def write():
        for batch in range(1, batches + 1):
            while True:
                try:
                    publish(store, batch, *(block(HOUR * hour, 1, b"x" * 2000) for hour in range(30)))
                    break
                except Retryable:
                    SystemClock().sleep(0.2)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(2):
        stack.kill("cassandra")
        stack.up(["cassandra"])
    writer.join(PATIENCE_SECONDS)
    assert done.is_set()
    assert store.cut().published == batches
    totals = store.totals("traffic", "hour", *EVER)
    assert [total.hits for total in totals] == [batches] * 30
    assert len(store.payloads("traffic", "hour", 0, HOUR)) == batches


def test_blocks_expire_by_themselves_after_they_were_to_be_deleted(applied):
    with open_cassandra(applied, {"hour": 1}) as opened:
        now = int(opened.cells._clock.now())
        publish(opened.cells, 1, block(now // HOUR * HOUR, 1), block(0, 1))
        rows = opened.connection.read("SELECT bucket, ttl(hits) FROM @blocks_hour")
    left = dict(rows)
    assert left[0] is None
    assert 7 * 86400 < left[now // HOUR * HOUR] <= 8 * 86400 + HOUR


def test_the_first_and_the_last_bucket_are_found(store):
    assert store.span("traffic", "hour") is None
    publish(
        store, 1, block(-400 * HOUR, 1), block(7 * HOUR, 1), block(5000 * HOUR, 1), block(9000 * HOUR, 1, view="host")
    )
    assert store.span("traffic", "hour") == (-400 * HOUR, 5000 * HOUR)


def test_a_keyspace_is_made_once_and_named_where_it_is_missing(address):
    with (
        pytest.raises(ConfigError, match=f"keyspace {address.keyspace}.*hitstream schema apply"),
        open_cassandra(address, {}),
    ):
        pass
    assert apply(address, replication=1) == (0, VERSION)
    assert apply(address, replication=1) == (VERSION, VERSION)
    with open_cassandra(address, {}) as opened:
        application = opened.application
        assert len(application) == 36
        opened.set_meta("schema", VERSION + 1)
    with pytest.raises(Fatal, match=f"schema {VERSION + 1}, this hitstream knows {VERSION}"):
        apply(address, replication=1)
    with pytest.raises(Fatal, match=f"schema {VERSION + 1}"), open_cassandra(address, {}):
        pass


def test_a_keyspace_of_others_is_refused(address):
    connection = Connection(address)
    connection.make(
        f"CREATE KEYSPACE {address.keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    connection.close()
    with pytest.raises(ConfigError, match="hitstream schema apply"), open_cassandra(address, {}):
        pass


def test_a_cassandra_that_is_away_is_named(stack):
    with (
        pytest.raises(Retryable, match=r"127\.0\.0\.1:9 does not answer"),
        open_cassandra(CassandraConfig("127.0.0.1:9", "k"), {}),
    ):
        pass


def tally(cap, *lines):
    tally = BadTally(cap)
    for line in lines:
        tally.counts[line.source, line.reason] += 1
        if len(tally.first[line.source, line.reason]) < cap:
            tally.first[line.source, line.reason].append(line)
    return tally


def bad(source, offset):
    return BadLine(source, offset, "no time", b"line at %d" % offset)


def test_the_ledger_counts_what_is_published_and_a_replay_once(opened):
    ledger, cells = opened.ledger, opened.cells
    first = (
        1,
        [ReadRange("a", 0, 100, 10, 9, 1, 100)],
        tally(2, bad("a", 50)),
        [SourceFormat("a", "/log/a", "common")],
    )
    ledger.save(*first)
    assert ledger.counts() == (0, 0, 0, 0)
    assert ledger.bad_lines() == []
    assert ledger.ranges_before(2) == [ReadRange("a", 0, 100, 10, 9, 1, 100)]
    cells.publish(1)
    lines = [bad("a", 120), bad("a", 130), bad("b", 10)]
    second = (
        2,
        [ReadRange("a", 100, 150, 5, 3, 2, 50), ReadRange("b", 0, 20, 2, 1, 1, 20)],
        tally(2, *lines),
        [SourceFormat("b", "/log/b", "common")],
    )
    for _ in range(2):
        assert ledger.save(*second) == 1
    cells.publish(2)
    ledger.save(*second)
    assert ledger.ranges_before(2) == [ReadRange("a", 0, 100, 10, 9, 1, 100)]
    assert ledger.ranges() == [ReadRange("a", 0, 150, 15, 12, 3, 150), ReadRange("b", 0, 20, 2, 1, 1, 20)]
    assert ledger.counts() == (17, 13, 4, 170)
    assert ledger.bad_counts() == [BadCount("a", "no time", 3, 2), BadCount("b", "no time", 1, 1)]
    assert ledger.bad_lines() == [bad("a", 50), bad("a", 120), bad("b", 10)]
    assert ledger.bad_lines(1) == [bad("a", 50)]
    assert ledger.bad_lines(source="b") == [bad("b", 10)]
    assert ledger.sources() == [SourceRow("a", "/log/a", 150, 15, 12, 3), SourceRow("b", "/log/b", 20, 2, 1, 1)]
    assert ledger.formats() == [SourceFormat("a", "/log/a", "common"), SourceFormat("b", "/log/b", "common")]


def test_how_far_the_topic_was_read_is_told_of_the_published_batches(opened):
    ledger, cells = opened.ledger, opened.cells
    assert ledger.consumed("t") == {}
    ledger.save_consumed("t", 1, {0: 10, 1: 5})
    assert ledger.consumed("t") == {}
    cells.publish(1)
    for _ in range(2):
        ledger.save_consumed("t", 2, {1: 8})
        assert ledger.consumed("t") == {0: 10, 1: 5}
    with cells.snapshot():
        cells.publish(2)
        assert ledger.consumed("t") == {0: 10, 1: 5}
        ledger.save_consumed("t", 3, {0: 11})
        with pytest.raises(Retryable, match="batch 1 to 3"):
            ledger.consumed("t")
    assert ledger.consumed("t") == {0: 10, 1: 8}


def test_what_was_read_long_ago_is_joined_and_still_counted(applied, opened):
    ledger = opened.ledger
    for batch in (1, 2, 700, 1500, 2600, 5000):
        ranges = [ReadRange("a", 10 * batch, 10 * batch + 5, 1, 0, 1, 5), ReadRange("b", batch, batch + 1, 1, 1, 0, 1)]
        ledger.save(batch, ranges, tally(3, bad("a", 10 * batch)), [])
        opened.cells.publish(batch)
        ledger.join()
    expected = ledger.ranges(), ledger.bad_counts()
    assert len(opened.connection.read("SELECT start FROM @ranges")) < 12
    with open_cassandra(applied, {}) as fresh:
        assert (fresh.ledger.ranges(), fresh.ledger.bad_counts()) == expected
        assert fresh.ledger.counts() == (12, 6, 6, 36)
        assert fresh.ledger.bad_counts() == [BadCount("a", "no time", 6, 3)]
        with pytest.raises(Retryable, match="joined with later"):
            fresh.ledger.ranges_before(2)


def test_the_schema_is_made_by_a_command(address):
    def run(*more):
        where = ("--cassandra", address.cassandra, "--keyspace", address.keyspace)
        words = [sys.executable, "-m", "hitstream", "schema", "apply", *where, *more]
        return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

    assert f"brought from schema 0 to {VERSION}" in run().stderr
    assert f"has schema {VERSION} already" in run().stderr
    refused = run("--replication", "0")
    assert (refused.returncode, "--replication" in refused.stderr) == (2, True)
