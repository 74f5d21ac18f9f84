"""Kafka to archive and cells: how many lines a second, how long a line takes, and the usual way beside it."""

import os
import statistics
import threading
import time
from pathlib import Path

from bench.cluster.stage import LOOK, Stage, servers, spent, stage
from bench.data import nasa
from hitstream.record import Chunk
from hitstream.sources.records import Record, cut
from hitstream.stack.lifecycle import Stack

COPIES = int(os.environ.get("BENCH_COPIES", "3"))
"""How often the NASA log of July 1995 is streamed, as so many logs: 1.9 million lines each."""
RATE = 5_000
"""Lines a second of the latency run."""
RATE_SECONDS = float(os.environ.get("BENCH_RATE_SECONDS", "120"))
USUAL_LINES = 100_000
_TICK = 0.1


def run() -> dict[str, object]:
    with servers() as stack:
        return {
            "throughput": throughput(stack, COPIES),
            "latency": latency(stack),
            "usual_way": usual_way(stack, USUAL_LINES),
        }


def throughput(stack: Stack, copies: int) -> dict[str, object]:
    """Stream what the topic holds already; the first batch, which starts Python and links kernels, is not counted."""
    here = stage(stack)
    logs = [_copy(Path(stack.directory), number) for number in range(copies)]
    lines = sum(log.read_bytes().count(b"\n") for log in logs)
    here.run("produce", *logs, "--format", "common")
    started = here.run("cluster", "start")
    here.wait_for_lines(1)
    before, began, first = here.cpu(), time.monotonic(), int(str(here.status()["lines"]))
    here.wait_for_lines(lines)
    seconds, counted = time.monotonic() - began, lines - first
    figures: dict[str, object] = {
        "lines": lines,
        "lines_a_second": round(counted / seconds),
        "cpu_seconds_a_million_lines": spent(before, here.cpu(), counted),
        "seconds_to_start": round(started, 1),
        "steps_of_the_last_batch": here.status()["steps"],
    }
    here.run("cluster", "stop")
    figures["batch"] = recomputation(here, lines)
    return figures


def recomputation(here: Stage, lines: int) -> dict[str, object]:
    """Recompute all cells, session and executors included."""
    seconds = here.run("cluster", "batch")
    return {"seconds": round(seconds, 1), "hits_a_second": round(lines / seconds)}


def latency(stack: Stack) -> dict[str, object]:
    """Send lines at a steady rate; return how long they took until their cells could be read in Cassandra."""
    from hitstream.store.cassandra.connection import Address
    from hitstream.store.cassandra.store import open_cassandra

    here = stage(stack)
    data = nasa().read_bytes()
    sent: list[tuple[float, int]] = []
    ended = threading.Event()
    here.run("cluster", "start")
    sender = threading.Thread(target=_send, args=(here, data, sent, ended))
    seen: list[tuple[float, int]] = []
    with open_cassandra(Address(here.environment["HITSTREAM_CASSANDRA"], here.name), {}) as store:
        sender.start()
        published, counted = store.cells.cut().published, 0
        while not ended.is_set() or counted < sent[-1][1]:
            now = store.cells.cut().published
            if now > published:
                published, counted = now, store.ledger.counts().lines
                seen.append((time.monotonic(), counted))
            time.sleep(LOOK / 5)
    steps = here.status()["steps"]
    here.run("cluster", "stop")
    warm = sent[len(sent) // 4 :]  # the first quarter starts Python in the executors
    times = sorted(next(at for at, lines in seen if lines >= lines_sent) - when for when, lines_sent in warm)
    return {
        "p50_seconds": round(statistics.median(times), 2),
        "p99_seconds": round(times[int(len(times) * 0.99)], 2),
        "steps_of_the_last_batch": steps,
    }


def _send(here: Stage, data: bytes, sent: list[tuple[float, int]], ended: threading.Event) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": here.environment["HITSTREAM_KAFKA"], "linger.ms": 5})
    began, at, lines = time.monotonic(), 0, 0
    while time.monotonic() - began < RATE_SECONDS:
        wanted = int((time.monotonic() - began) * RATE)
        stop = at
        for _ in range(wanted - lines):
            stop = data.index(b"\n", stop) + 1
        for number, chunk in enumerate(cut(Chunk("latency", at, data[at:stop]), 32 << 10)):
            record = Record(chunk, "latency.log", "common")
            producer.produce(here.name, bytes(chunk.data), headers=record.headers, partition=number % 2)
        lines, at = wanted, stop
        sent.append((time.monotonic(), lines))
        producer.poll(0)
        time.sleep(_TICK)
    producer.flush()
    ended.set()


def _copy(directory: Path, number: int) -> Path:
    """Return a log of the same lines but for its first: a log is known by that."""
    copy = directory / f"copy-{number}.log"
    copy.write_bytes(b"copy%d.example" % number + nasa().read_bytes())
    return copy


def usual_way(stack: Stack, lines: int) -> dict[str, object]:
    """Parse with seven `regexp_extract`, and write a row a request; session and executors' start not counted."""
    from bench.cluster.usual import stream_rows

    here = stage(stack)
    log = Path(stack.directory) / "usual.log"
    log.write_bytes(b"".join(nasa().read_bytes().splitlines(keepends=True)[:lines]))
    here.run("produce", log, "--format", "common")
    os.environ |= {name: value for name, value in here.environment.items() if name.startswith(("SPARK", "PYSPARK"))}
    seconds = stream_rows(here.environment, here.name, lines)
    return {"lines": lines, "lines_a_second": round(lines / seconds)}
