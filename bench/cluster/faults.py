"""Faults under load: SIGKILL of each part of a stream at random instants, and whether every line then counts once.

`python -m bench.cluster.faults [ROUNDS]` prints the table of docs/reliability.md.
"""

import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import psutil

from bench.cluster.stage import Stage, servers, stage
from bench.data import nasa
from hitstream.record import Chunk
from hitstream.sources.records import Record, cut
from hitstream.stack.lifecycle import Stack
from hitstream.stack.process import complete, families, last_start

LINES = 400_000
_SPREAD_SECONDS = 40.0
"""How long the lines of a round take to be sent; the fault falls into the middle half of it."""
_SECONDS = 900.0
_ADMIN = "org.apache.hadoop.hdfs.tools.DFSAdmin"


def _server(name: str) -> Callable[[Stage], None]:
    """Return what kills a server, and starts it again a moment later."""

    def fault(here: Stage) -> None:
        here.stack.kill(name)
        time.sleep(random.uniform(0, 5))
        here.stack.up([name])

    return fault


def _process(*words: str) -> Callable[[Stage], None]:
    """Return what kills a process of the stream or of an executor, found by words of its command line."""

    def fault(here: Stage) -> None:
        starts = [last_start(here.data), last_start(here.stack.home("spark-worker"))]
        found = families(start for start in starts if start)
        victims = [each for family in found.values() for each in family if all(word in _line(each) for word in words)]
        random.choice(victims).send_signal(signal.SIGKILL)

    return fault


def _full(here: Stage) -> None:
    """Give the stream's folder on HDFS no more room, and some a moment later."""
    address = urlsplit(here.environment["HITSTREAM_HDFS"])
    namenode = here.stack.instance("namenode")
    for order in (["-setSpaceQuota", "1"], ["-clrSpaceQuota"]):
        complete(namenode, namenode.jvm(_ADMIN, "-fs", f"{address.scheme}://{address.netloc}", *order, address.path))
        time.sleep(random.uniform(5, 15))


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


FAULTS: dict[str, Sequence[Callable[[Stage], None]]] = {
    "Kafka": (_server("kafka"),),
    "Cassandra": (_server("cassandra"),),
    "NameNode": (_server("namenode"),),
    "DataNode": (_server("datanode"),),
    "Spark worker": (_server("spark-worker"),),
    "Spark master": (_server("spark-master"),),
    "driver": (_process("cluster", "drive"),),
    "executor": (_process("CoarseGrainedExecutorBackend"),),
    "Python worker": (_process("pyspark.daemon"),),
    "Cassandra and DataNode": (_server("cassandra"), _server("datanode")),
    "nothing; HDFS is full for some seconds": (_full,),
    "driver and Kafka": (_process("cluster", "drive"), _server("kafka")),
}


def run_one(stack: Stack, faults: Sequence[Callable[[Stage], None]]) -> tuple[int, float]:
    """Return how many lines were lost or doubled, and the seconds from the fault until everything counted."""
    from hitstream.store.cassandra.connection import CassandraConfig
    from hitstream.store.cassandra.store import open_cassandra
    from hitstream.store.delta import DeltaArchive
    from hitstream.store.folder import folder

    here = stage(stack)
    data = b"".join(nasa().read_bytes().splitlines(keepends=True)[:LINES])
    here.run("cluster", "start")
    sender = threading.Thread(target=_send, args=(here, data))
    sender.start()
    time.sleep(random.uniform(_SPREAD_SECONDS / 4, 3 * _SPREAD_SECONDS / 4))
    assert sender.is_alive(), "the fault came after the load"
    began = time.monotonic()
    for fault in faults:
        fault(here)
    sender.join()
    environment = here.environment
    with open_cassandra(CassandraConfig(environment["HITSTREAM_CASSANDRA"], here.name), {}) as store:
        _wait(lambda: store.ledger.counts().lines >= LINES, here)
        seconds = time.monotonic() - began
        here.run("cluster", "stop")
        counts = store.ledger.counts()
        cells = sum(total.hits for total in store.cells.totals("traffic", "day", -(1 << 40), 1 << 40))
        archive = DeltaArchive(folder(environment["HITSTREAM_HDFS"] + "/archive"), store.application)
        archived = archive.size()[2]
    wrong = abs(counts.lines - LINES) + abs(counts.hits - cells) + abs(counts.hits - archived)
    return wrong + abs(counts.lines - counts.hits - counts.bad), seconds


def _wait(done: Callable[[], bool], here: Stage) -> None:
    end = time.monotonic() + _SECONDS
    while not done():
        assert time.monotonic() < end, here.status()
        time.sleep(0.5)


def _send(here: Stage, data: bytes) -> None:
    """Send all lines at a steady rate, once, whatever happens to the broker."""
    from confluent_kafka import Producer

    options = {"enable.idempotence": True, "message.timeout.ms": int(_SECONDS * 1000), "log_level": 0}
    producer = Producer({"bootstrap.servers": here.environment["HITSTREAM_KAFKA"], **options})
    chunks = list(cut(Chunk("fault", 0, data), 32 << 10))
    began = time.monotonic()
    for number, chunk in enumerate(chunks):
        record = Record(chunk, "fault.log", "common")
        producer.produce(here.name, bytes(chunk.data), headers=record.headers, partition=number % 2)
        while (left := began + (number + 1) * _SPREAD_SECONDS / len(chunks) - time.monotonic()) > 0:
            producer.poll(left)  # ends with the first answer
    assert producer.flush(_SECONDS) == 0


def main(rounds: int, names: Sequence[str]) -> None:
    print("| killed | runs | lines lost or doubled | until all counted again |\n| --- | --- | --- | --- |")
    with servers() as stack:
        for name in names:
            found = [run_one(stack, FAULTS[name]) for _ in range(rounds)]
            waits = ", ".join(f"{seconds:.0f} s" for _, seconds in found)
            print(f"| {name} | {rounds} | {sum(wrong for wrong, _ in found)} | {waits} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or list(FAULTS))
