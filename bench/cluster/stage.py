"""What the parts share: real servers, a stream of its own with its topic, keyspace and folder, and CPU time by part."""

import json
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import HITSTREAM
from hitstream.extract.nifi.address import Nifi
from hitstream.extract.nifi.flow import flow
from hitstream.extract.nifi.server import NifiFlow
from hitstream.extract.topics import Topic, apply
from hitstream.sources.records import bad_lines_of
from hitstream.stack.fetch import cache
from hitstream.stack.lifecycle import Stack, Wishes
from hitstream.stack.process import families, last_start

SERVERS = ("kafka", "cassandra", "namenode", "datanode", "spark-master", "spark-worker")
SECONDS = 3600.0
LOOK = 0.1


@dataclass
class Stage:
    """A running stack and the names of one stream on it."""

    stack: Stack
    name: str

    @property
    def data(self) -> Path:
        """Where the stream keeps its log and its status."""
        return Path(self.stack.directory).absolute() / f"stream-{self.name}"

    @property
    def environment(self) -> dict[str, str]:
        """What its commands run in."""
        found = self.stack.environment()
        own = {
            "TOPIC": self.name,
            "KEYSPACE": self.name,
            "CLUSTER_DATA": str(self.data),
            "PRODUCE_DATA": f"{self.data}-sent",
        }
        named = {f"HITSTREAM_{key}": value for key, value in own.items()}
        return {**os.environ, **found, **named, "HITSTREAM_HDFS": f"{found['HITSTREAM_HDFS']}/{self.name}"}

    def run(self, *arguments: str | Path) -> float:
        """Run a command of hitstream to its end; return the seconds it took."""
        began = time.perf_counter()
        subprocess.run([HITSTREAM, *arguments], env=self.environment, check=True, capture_output=True)
        return time.perf_counter() - began

    def status(self) -> dict[str, object]:
        """Return what the stream tells of itself."""
        found: dict[str, object] = json.loads((self.data / "status.json").read_text())
        return found

    def wait_for_lines(self, lines: int) -> None:
        """Wait until the stream has counted so many lines since it began."""
        end = time.monotonic() + SECONDS
        while int(str(self.status()["lines"])) < lines:
            assert time.monotonic() < end, self.status()
            time.sleep(LOOK)

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds that each server, and the stream, has used, its children that live included."""
        starts = {name: last_start(self.stack.home(name)) for name in SERVERS} | {"driver": last_start(self.data)}
        found = families(start for start in starts.values() if start)
        return {
            name: sum(sum(process.cpu_times()[:2]) for process in found[start.token])
            for name, start in starts.items()
            if start
        }


def spent(before: Mapping[str, float], after: Mapping[str, float], lines: int) -> dict[str, float]:
    """Return the CPU seconds a million lines of each part, and of all."""
    each = {name: round((after[name] - before[name]) * 1e6 / lines, 2) for name in after if name in before}
    return each | {"all": round(sum(each.values()), 2)}


@contextmanager
def servers(names: Sequence[str] = SERVERS) -> Iterator[Stack]:
    """Give a stack of the normal profile."""
    with tempfile.TemporaryDirectory(prefix="hitstream-bench-") as directory:
        stack = Stack(Path(directory), cache(None, offline=True), said=lambda _: None)
        try:
            stack.up(list(names), Wishes(profile="normal"))
            yield stack
        finally:
            stack.down()


def watched(stack: Stack, broker: str, topic: str) -> tuple[NifiFlow, Path]:
    """Return a flow of NiFi that runs, and the directory that it publishes."""
    logs = Path(stack.directory) / f"logs-{topic}"
    logs.mkdir()
    made = NifiFlow(Nifi(stack.environment()["HITSTREAM_NIFI"]), flow(topic))
    made.deploy({"directory": str(logs), "brokers": broker, "topic": topic, "format": "common", "compression": "zstd"})
    made.start()
    return made, logs


def stage(stack: Stack, partitions: int = 2) -> Stage:
    """Return a new stream on a stack, not started: its topics and its keyspace are there."""
    made = Stage(stack, f"b{uuid.uuid4().hex[:12]}")
    broker = stack.environment()["HITSTREAM_KAFKA"]
    for topic in (made.name, bad_lines_of(made.name)):
        apply(broker, Topic(topic, partitions, 1, 1.0, "zstd"))
    made.run("schema", "apply")
    return made
