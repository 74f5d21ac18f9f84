"""Lines on their way to Kafka: by `hitstream produce`, and by NiFi from a file of one size and of four times that."""

import statistics
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cluster.stage import servers, watched
from bench.data import nasa
from bench.measure import HITSTREAM, Figure, process, warm
from hitstream.extract.topics import Topic, apply, state
from hitstream.stack.lifecycle import Stack
from hitstream.stack.process import families

ROUNDS = 3
TIMES = 4
_PARTITIONS = 4
_LOOK = 0.25
_QUIET = 3.0
_SECONDS = 600.0


def run() -> dict[str, object]:
    log = nasa()
    lines = log.read_bytes().count(b"\n")
    warm(log)
    with servers(["kafka", "nifi"]) as stack:
        produced = [_produce(stack, log, Path(stack.directory) / f"kept-{number}") for number in range(ROUNDS)]
        published = {f"nifi_{times}x": _publish(stack, log, lines, times) for times in (1, TIMES)}
    seconds = statistics.median(figure.seconds for figure in produced)
    return {
        "lines": lines,
        "produce": {
            "lines_a_second": round(lines / seconds),
            "rss_mb": round(max(figure.megabytes for figure in produced)),
        },
        **published,
    }


def _topic(stack: Stack) -> tuple[str, str]:
    """Return a broker and a new topic."""
    broker, name = stack.environment()["HITSTREAM_KAFKA"], f"bench-{uuid.uuid4().hex}"
    apply(broker, Topic(name, _PARTITIONS, 1, 1.0, "zstd"))
    return broker, name


def _produce(stack: Stack, log: Path, kept: Path) -> Figure:
    broker, topic = _topic(stack)
    return process([HITSTREAM, "produce", log, "--data", kept, "--kafka", broker, "--topic", topic])


def _publish(stack: Stack, log: Path, lines: int, times: int) -> dict[str, object]:
    """Drop a file of so many copies into a directory; return how fast NiFi published it, and what it held."""
    broker, topic = _topic(stack)
    made, logs = watched(stack, broker, topic)
    hidden = logs / ".access.log"
    with hidden.open("wb") as file:
        for _ in range(times):
            file.write(log.read_bytes())
    with _memory(stack) as held:
        begun = time.monotonic()
        hidden.rename(logs / "access.log")
        seconds = _until_quiet(broker, topic) - begun
    made.remove()
    return {"lines_a_second": round(times * lines / seconds), **{name: round(most) for name, most in held.items()}}


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
def _memory(stack: Stack) -> Iterator[dict[str, float]]:
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
