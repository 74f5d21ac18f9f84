"""A stream of its own on the servers of the tests: a topic, a keyspace, a folder of HDFS, and what was sent there."""

import random
import threading
import uuid

from confluent_kafka import Producer
from deltalake import DeltaTable

from hitstream.clock import SystemClock
from hitstream.engine.embedded import ingest
from hitstream.engine.spark.commit import StreamCommitter
from hitstream.engine.spark.recompute import rebuild
from hitstream.engine.spark.settings import StreamSettings
from hitstream.engine.spark.stream import Stream, prepare
from hitstream.extract.topics import Topic, apply
from hitstream.pipeline import Stores
from hitstream.record import Chunk
from hitstream.sources.open import open_source
from hitstream.sources.records import Record, bad_lines_of, cut
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.schema import apply as apply_schema
from hitstream.store.contract import no_checkpoint
from hitstream.store.directory import open_reader
from hitstream.testing.contents import cluster_contents, contents
from waiting import PATIENCE_SECONDS

SERVERS = ["kafka", "cassandra", "datanode", "spark-worker"]
PARTITIONS = 2


class Laboratory:
    def __init__(self, stack, batch_records=16):
        self.stack = stack
        name = f"t{uuid.uuid4().hex[:12]}"
        self.settings = StreamSettings(
            stack.address("kafka", "broker"), name, f"spark://{stack.address('spark-master', 'rpc')}",
            f"hdfs://{stack.address('namenode', 'rpc')}/{name}", batch_records=batch_records,
        )  # fmt: skip
        for topic in (name, bad_lines_of(name)):
            apply(self.settings.kafka, Topic(topic, PARTITIONS, 1, 7, "zstd"))
        self.address = CassandraConfig(stack.address("cassandra", "cql"), name)
        apply_schema(self.address, 1)

    def send(self, records):
        """Send records to partitions in turn, all acknowledged on return."""
        producer = Producer({"bootstrap.servers": self.settings.kafka, "enable.idempotence": True})
        for number, record in enumerate(records):
            value, partition = bytes(record.chunk.data), number % PARTITIONS
            producer.produce(self.settings.topic, value, headers=record.headers, partition=partition)
        assert producer.flush(PATIENCE_SECONDS) == 0

    def opened(self):
        stores = Stores(self.settings.hdfs, self.address.cassandra, self.address.keyspace, self.address.consistency)
        return stores.opened()

    def contents(self):
        with self.opened() as (store, archive):
            return cluster_contents(store, archive)

    def bad_lines(self):
        """Return source, offset, reason and bytes of all bad lines on HDFS, as anybody reads them."""
        table = DeltaTable(self.settings.bad_lines).to_pyarrow_table(columns=["source", "offset", "reason", "line"])
        return list(zip(*table.to_pydict().values(), strict=True))

    def run(self, session, until, checkpoint=no_checkpoint, **options):
        """Stream until `until(committer)` after a batch, or an error; return the committer."""
        stop = threading.Event()
        with self.opened() as (store, archive):
            committer = StreamCommitter(store, archive, self.settings, SystemClock(), checkpoint)
            new = options.pop("new_checkpoint", False)
            base, where = prepare(self.settings, committer.published, archive.last_batch(), new)

            def tell(told):
                if told.problem is None and until(committer):
                    stop.set()

            late = threading.Timer(PATIENCE_SECONDS, stop.set)
            late.start()
            try:
                Stream(session, committer, base, stop, tell).run(where)
            finally:
                late.cancel()
            assert until(committer), f"not there after {PATIENCE_SECONDS} s: batch {committer.published}"
            return committer

    def rebuild(self, session):
        """Recompute all cells from the archive; return of how many hits, and up to which batch."""
        with self.opened() as (store, archive):
            return rebuild(session, store, archive, self.settings.retention)

    def run_to_end(self, session, lines, checkpoint=no_checkpoint, **options):
        """Stream until so many lines are counted."""
        return self.run(session, lambda made: made.store.ledger.counts().lines >= lines, checkpoint, **options)


class Embedded:
    """What the embedded tier makes of some logs, and their lines as records."""

    def __init__(self, directory, logs):
        for name, data in logs.items():
            (directory / name).write_bytes(data)
        paths = [str(directory / name) for name in logs]
        ingest(directory / "data", lambda states, size: open_source(paths, states=states, max_bytes=size, torn="take"))
        self.contents = contents(directory / "data")
        with open_reader(directory / "data") as data:
            rows = {row.path.rpartition("/")[2]: row for row in data.ledger.formats()}
        self.sources = {name: (rows[name], logs[name]) for name in logs}

    def records(self, size=16000, logs=None):
        """Return all lines, in records of about so many bytes."""
        return [
            Record(chunk, row.path, row.format)
            for name, (row, data) in self.sources.items()
            if logs is None or name in logs
            for chunk in cut(Chunk(row.source, 0, data), size)
        ]


def junk(data, seed, share=0.05):
    """Return lines of which some are not log lines any more."""
    random.seed(seed)
    lines = data.splitlines(keepends=True)
    return b"".join(b"no line of a log\n" if random.random() < share else line for line in lines)


def shuffled(records, seed):
    return random.Random(seed).sample(records, len(records))
