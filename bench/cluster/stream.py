"""Kafka to archive and cells: how many lines a second, and the usual way beside it."""

import os
import time
from pathlib import Path

from bench.cluster.stage import Stage, servers, spent, stage
from bench.data import nasa
from hitstream.stack.lifecycle import Stack

COPIES = tuple(int(each) for each in os.environ.get("BENCH_COPIES", "1,3,10").split(","))
"""How often the NASA log of July 1995 is streamed, as so many logs of 1.9 million lines; each a stream of its own."""
USUAL_LINES = 100_000


def run() -> dict[str, object]:
    with servers() as stack:
        return {
            "throughput": [throughput(stack, copies) for copies in COPIES],
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
