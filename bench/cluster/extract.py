"""Lines on their way to Kafka: by `hitstream produce`, and by NiFi from a file of one size and of four times that."""

import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.data import nasa
from bench.measure import HITSTREAM, Figure, process, warm
from hitstream.extract.nifi.flow import flow
from hitstream.extract.nifi.server import Flow
from hitstream.extract.topics import Topic, apply, state
from hitstream.stack.fetch import cache
from hitstream.stack.lifecycle import Stack, Wishes
from hitstream.stack.process import families

ROUNDS = 3
TIMES = 4
RATE, TICKS, WRITE_SECONDS = 5000, 50, 20
"""Lines a second, writes a second, and for how many seconds."""
_PARTITIONS = 4
_LOOK = 0.25
_QUIET = 3.0
_SECONDS = 600.0


def run() -> dict[str, object]:
    log = nasa()
    lines = log.read_bytes().count(b"\n")
    warm(log)
    with _stack() as stack:
        produced = [_produce(stack, log, Path(stack.directory) / f"kept-{number}") for number in range(ROUNDS)]
        published = {f"nifi_{times}x": _publish(stack, log, lines, times) for times in (1, TIMES)}
        waits = _waits(stack)
    seconds = statistics.median(figure.seconds for figure in produced)
    return {
        "lines": lines,
        "produce": {
            "lines_a_second": round(lines / seconds),
            "rss_mb": round(max(figure.megabytes for figure in produced)),
        },
        **published,
        "nifi_waits": waits,
    }


@contextmanager
def _stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="hitstream-bench-") as directory:
        stack = Stack(Path(directory), cache(None, offline=True), said=lambda _: None)
        try:
            stack.up(["kafka", "nifi"], Wishes(profile="normal"))
            yield stack
        finally:
            stack.down()


def _address(stack: Stack, server: str, port: str) -> str:
    return "{}:{}".format(*stack.instance(server).address(server, port))


def _topic(stack: Stack) -> tuple[str, str]:
    """Return a broker and a new topic."""
    broker, name = _address(stack, "kafka", "broker"), f"bench-{uuid.uuid4().hex}"
    apply(broker, Topic(name, _PARTITIONS, 1, 1.0, "zstd"))
    return broker, name


def _produce(stack: Stack, log: Path, kept: Path) -> Figure:
    broker, topic = _topic(stack)
    return process([HITSTREAM, "produce", log, "--data", kept, "--kafka", broker, "--topic", topic])


def _publish(stack: Stack, log: Path, lines: int, times: int) -> dict[str, object]:
    """Drop a file of so many copies into a directory; return how fast NiFi published it, and what it held."""
    broker, topic = _topic(stack)
    made, logs = _flow(stack, broker, topic)
    hidden = logs / ".access.log"
    with hidden.open("wb") as file:
        for _ in range(times):
            file.write(log.read_bytes())
    with _watched(stack) as held:
        begun = time.monotonic()
        hidden.rename(logs / "access.log")
        seconds = _until_quiet(broker, topic) - begun
    made.remove()
    return {"lines_a_second": round(times * lines / seconds), **{name: round(most) for name, most in held.items()}}


def _flow(stack: Stack, broker: str, topic: str) -> tuple[Flow, Path]:
    """Return a flow that runs, and the directory that it publishes."""
    logs = Path(stack.directory) / f"logs-{topic}"
    logs.mkdir()
    made = Flow(f"http://{_address(stack, 'nifi', 'http')}/nifi", flow(topic))
    made.deploy({"directory": str(logs), "brokers": broker, "topic": topic, "format": "common", "compression": "zstd"})
    made.start()
    return made, logs


def _waits(stack: Stack) -> dict[str, float]:
    """Write lines that say when they were written; return how many seconds later they were read from the topic."""
    broker, topic = _topic(stack)
    made, logs = _flow(stack, broker, topic)
    writer = threading.Thread(target=_write, args=(logs / "access.log",))
    writer.start()
    waits: list[float] = []
    for value in _values(broker, topic):
        now = time.time()
        waits += [now - float(line) for line in value.split()]
        if len(waits) == RATE * WRITE_SECONDS:
            break
    writer.join()
    made.remove()
    cuts = statistics.quantiles(waits, n=100)
    return {"lines_a_second": RATE, "p50_s": round(cuts[49], 3), "p99_s": round(cuts[98], 3)}


def _write(log: Path) -> None:
    begun = time.monotonic()
    with log.open("ab", buffering=0) as file:
        for tick in range(TICKS * WRITE_SECONDS):
            time.sleep(max(0.0, begun + tick / TICKS - time.monotonic()))
            file.write(b"%.6f\n" % time.time() * (RATE // TICKS))


def _values(broker: str, topic: str) -> Iterator[bytes]:
    """Yield the values of a topic as they come."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": broker, "group.id": topic, "fetch.wait.max.ms": 50})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(_PARTITIONS)])
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            for message in consumer.consume(100, timeout=0.05):
                yield message.value()
        raise AssertionError("not all lines came")
    finally:
        consumer.close()


def _until_quiet(broker: str, topic: str) -> float:
    """Wait until a topic has records and gets no more; return when the last ones came."""
    records, last = 0, time.monotonic()
    end = last + _SECONDS
    while not records or time.monotonic() - last < _QUIET:
        assert time.monotonic() < end, "nothing comes"
        now = state(broker, topic).records
        if now > records:
            records, last = now, time.monotonic()
        time.sleep(_LOOK)
    return last


@contextmanager
def _watched(stack: Stack) -> Iterator[dict[str, float]]:
    """Give the most memory (MB) that NiFi's JVM and its Python processes held meanwhile."""
    most = {"nifi_rss_mb": 0.0, "python_rss_mb": 0.0}
    ended = threading.Event()
    begun = stack.process("nifi")
    family = families([begun])[begun.token]

    def look() -> None:
        while not ended.wait(_LOOK):
            java = sum(each.memory_info().rss for each in family if each.pid == begun.pid)
            python = sum(each.memory_info().rss for each in family if each.pid != begun.pid)
            for name, held in (("nifi_rss_mb", java), ("python_rss_mb", python)):
                most[name] = max(most[name], held / (1 << 20))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()
