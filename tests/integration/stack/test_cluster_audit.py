"""`hitstream audit --cluster` names what topic, ledger, archive and cells do not have in common."""

import json
import re
import subprocess
import sys
import urllib.request
import uuid
from typing import NamedTuple

import pytest
from confluent_kafka import Producer

import hitstream
from hitstream.record import Chunk
from hitstream.sources.generate import Traffic
from hitstream.sources.records import Record, cut
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.schema import apply
from hitstream.store.cassandra.store import open_cassandra
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder
from hitstream.store.ledger import SourceFormat
from hitstream.testing.cluster import commit, digested, recompute_views
from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.slow]

LINES = 3_000
PARTITIONS = 2


class Place(NamedTuple):
    """Where a cluster's data is."""

    kafka: str
    topic: str
    hdfs: str
    address: CassandraConfig

    def run(self, *words):
        flags = {
            "--kafka": self.kafka,
            "--topic": self.topic,
            "--hdfs": self.hdfs,
            "--cassandra": self.address.cassandra,
            "--keyspace": self.address.keyspace,
        }
        if words[0] != "audit":
            flags = {name: value for name, value in flags.items() if name not in ("--kafka", "--topic")}
        command = [sys.executable, "-m", "hitstream", *words, "--cluster", *sum(flags.items(), ())]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


@pytest.fixture
def place(stack):
    stack.up(["kafka", "cassandra", "datanode"])
    name = uuid.uuid4().hex
    kafka = stack.address("kafka", "broker")
    made = [sys.executable, "-m", "hitstream", "topics", "apply", "--kafka", kafka, "--topic", name]
    subprocess.run([*made, "--partitions", str(PARTITIONS)], check=True, capture_output=True)
    place = Place(
        kafka,
        name,
        f"hdfs://{stack.address('namenode', 'rpc')}/{name}",
        CassandraConfig(stack.address("cassandra", "cql"), f"k{name}"),
    )
    apply(place.address, replication=1)
    return place


@pytest.fixture
def opened(place):
    with open_cassandra(place.address, {}) as store:
        yield store, DeltaArchive(folder(f"{place.hdfs}/archive"), store.application)


@pytest.fixture
def chunks():
    lines = b"".join(Traffic(seed=4, lines=LINES, days=2, malformed=0.05).blocks()).splitlines(keepends=True)
    first, second = b"".join(lines[: LINES // 2]), b"".join(lines[LINES // 2 :])
    return Chunk("log", 0, first), Chunk("log", len(first), second)


def produce(place, chunk, size):
    """Send a chunk in records; return up to where each partition goes."""
    ends = {}
    producer = Producer({"bootstrap.servers": place.kafka})

    def delivered(error, message):
        assert error is None
        ends[message.partition()] = max(message.offset() + 1, ends.get(message.partition(), 0))

    for number, piece in enumerate(cut(chunk, size)):
        record = Record(piece, "/log")
        producer.produce(
            place.topic, bytes(piece.data), headers=record.headers, partition=number % PARTITIONS, on_delivery=delivered
        )
    assert producer.flush(PATIENCE_SECONDS) == 0
    return ends


@pytest.fixture
def filled(place, opened, chunks):
    """Two batches of all lines, whose records came twice, at other borders."""
    store, archive = opened
    for size in (2_000, 3_000):
        for batch, chunk in enumerate(chunks, 1):
            ends = produce(place, chunk, size)
            if size == 2_000:
                formats = [SourceFormat("log", "/log", "common")]
                commit(store, archive, batch, digested(archive, chunk, "common"), formats)
            store.ledger.save_consumed(place.topic, batch, ends)
        recompute_views(store, archive)
    return store


def test_all_agree_where_nothing_was_lost(place, filled):
    done = place.run("audit")
    assert (done.returncode, "All agree." in done.stderr) == (0, True), done.stderr
    assert f"{LINES:,} lines" in done.stderr
    with open_cassandra(place.address, {}) as store:
        assert store.ledger.consumed(place.topic)


def test_lines_that_no_batch_has_are_named(place, filled, chunks):
    end = chunks[1].offset + len(chunks[1].data)
    lost = Chunk("log", end, chunks[0].data[: chunks[0].data.index(b"\n") + 1])
    filled.ledger.save_consumed(place.topic, 2, produce(place, lost, 2_000))
    done = place.run("audit")
    assert done.returncode == 1
    assert f"lines of the topic passed over, source log, from position {end}: 1 instead of 0" in done.stderr


def test_a_range_that_lost_a_hit_is_named(place, filled):
    """Without reading the lines again, the hit would pass for a directive."""
    connection = filled.connection
    row = connection.read('SELECT lot, "batch", source, start, hits FROM @ranges WHERE lot = 0')[0]
    where = 'WHERE lot = ? AND "batch" = ? AND source = ? AND start = ?'
    connection.write(f"UPDATE @ranges SET hits = ? {where}", row[4] - 1, *row[:4])
    done = place.run("audit")
    assert done.returncode == 1
    assert "hits in the topic" in done.stderr


def test_cells_and_hits_that_are_missing_are_named(place, opened, filled):
    store, _ = opened
    ((view, period),) = store.connection.read('SELECT "view", period FROM @blocks_day LIMIT 1')
    store.connection.write('DELETE FROM @blocks_day WHERE "view" = ? AND period = ?', view, period)
    done = place.run("audit")
    assert done.returncode == 1
    assert f"hits in cells of {view} by day" in done.stderr


def test_the_page_shows_the_cluster(place, filled, tmp_path):
    flags = ("--hdfs", place.hdfs, "--cassandra", place.address.cassandra, "--keyspace", place.address.keyspace)
    command = [sys.executable, "-m", "hitstream", "serve", "--cluster", *flags, "--port", "0", "--data", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://[^ ]+", line)))
        with urllib.request.urlopen(f"{address.rstrip('/')}/api/v1/totals", timeout=PATIENCE_SECONDS) as answer:
            assert json.load(answer)["hits"] == filled.ledger.counts().hits
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def test_every_command_and_python_ask_the_cluster(place, filled, tmp_path, monkeypatch):
    assert "method" in place.run("top", "method").stdout
    assert "bad lines; 2 shown" in place.run("bad", "--limit", "2").stderr
    rows = place.run("query", "SELECT count(*) AS n FROM hits", "--format", "csv").stdout.split()
    assert rows == ["n", str(filled.ledger.counts().hits)]
    address = place.address
    where = {"HDFS": place.hdfs, "CASSANDRA": address.cassandra, "KEYSPACE": address.keyspace}
    for name, value in where.items():
        monkeypatch.setenv(f"HITSTREAM_{name}", value)
    with hitstream.open("cluster") as data:
        assert data.totals().hits == filled.ledger.counts().hits
    report = tmp_path / "report.json"
    done = place.run("report", "--output", str(report))
    assert done.returncode == 0, done.stderr
    assert report.stat().st_size > 1000
