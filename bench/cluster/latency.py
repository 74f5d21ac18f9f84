"""From a line written to its cell in Cassandra, through NiFi, Kafka and Spark, at a steady rate."""

import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path

from bench.cluster.stage import LOOK, SERVERS, Stage, servers, stage, watched
from bench.data import nasa
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.store import open_cassandra

RATE, TICKS = 5_000, 50
"""Lines a second, and writes a second."""
SECONDS = 120.0

Seen = list[tuple[float, int]]
"""Moments, and how many lines there were then."""


def run() -> dict[str, object]:
    """Return seconds; the first quarter is left out: it starts Python in NiFi and in the executors."""
    with servers([*SERVERS, "nifi"]) as stack:
        here = stage(stack)
        _, logs = watched(stack, here.environment["HITSTREAM_KAFKA"], here.name)
        here.run("cluster", "start")
        written: Seen = []
        published: Seen = []
        threads = [
            threading.Thread(target=_write, args=(logs / "access.log", written)),
            threading.Thread(target=_watch_topic, args=(here, published)),
        ]
        for thread in threads:
            thread.start()
        counted = _watch_cells(here)
        for thread in threads:
            thread.join()
        steps = here.status()["steps"]
        here.run("cluster", "stop")
    warm = written[len(written) // 4 :]
    return {
        "lines_a_second": RATE,
        "written_to_topic": _told(warm, published),
        "written_to_cell": _told(warm, counted),
        "steps_of_the_last_batch": steps,
    }


def _told(written: Seen, seen: Seen) -> dict[str, float]:
    waits = sorted(seen[bisect_left(seen, lines, key=itemgetter(1))][0] - at for at, lines in written)
    return {f"p{share}_seconds": round(waits[len(waits) * share // 100], 2) for share in (50, 99)}


def _write(log: Path, written: Seen) -> None:
    lines: Sequence[bytes] = nasa().read_bytes().splitlines(keepends=True)
    each, began = RATE // TICKS, time.monotonic()
    with log.open("ab", buffering=0) as file:
        for tick in range(int(SECONDS * TICKS)):
            time.sleep(max(0.0, began + tick / TICKS - time.monotonic()))
            file.write(b"".join(lines[tick * each : (tick + 1) * each]))
            written.append((time.monotonic(), (tick + 1) * each))


def _watch_topic(here: Stage, published: Seen) -> None:
    from confluent_kafka import Consumer, TopicPartition

    options = {"bootstrap.servers": here.environment["HITSTREAM_KAFKA"], "group.id": here.name, "fetch.wait.max.ms": 50}
    consumer = Consumer(options)
    consumer.assign([TopicPartition(here.name, number, 0) for number in (0, 1)])
    lines = 0
    while lines < RATE * SECONDS:
        for message in consumer.consume(100, timeout=LOOK / 2):
            lines += message.value().count(b"\n")
            published.append((time.monotonic(), lines))
    consumer.close()


def _watch_cells(here: Stage) -> Seen:
    counted: Seen = []
    with open_cassandra(CassandraConfig(here.environment["HITSTREAM_CASSANDRA"], here.name), {}) as store:
        batch = store.cells.cut().published
        while not counted or counted[-1][1] < RATE * SECONDS:
            now = store.cells.cut().published
            if now > batch:
                batch = now
                counted.append((time.monotonic(), store.ledger.counts().lines))
            time.sleep(LOOK / 5)
    return counted
