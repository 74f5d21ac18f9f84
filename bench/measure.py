"""Times whole processes and functions; rounds take turns, so that a drifting machine is fair to both sides."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROUNDS = 5
HITSTREAM = Path(sys.executable).with_name("hitstream")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""What processes run in: Python compiles its modules once and not at every start, as it does for a user."""


_STARTER = """
import os, sys, time
null = os.open(os.devnull, os.O_WRONLY)
start = time.perf_counter()
to_null = [(os.POSIX_SPAWN_DUP2, null, output) for output in (1, 2)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=to_null)
_, status, usage = os.wait4(child, 0)
print([os.waitstatus_to_exitcode(status), time.perf_counter() - start, usage.ru_maxrss])
"""
"""Runs its arguments, and prints the exit code, the seconds and the largest resident set in KiB."""


class Figure(NamedTuple):
    """One measured process: seconds from start to end, and its largest resident set in MB."""

    seconds: float
    megabytes: float


def process(command: Sequence[str | Path]) -> Figure:
    """Run a command to its end, started by a small process: Linux hands a parent's peak of memory to its children."""
    code, seconds, kilobytes = json.loads(
        subprocess.run(
            [sys.executable, "-ISc", _STARTER, *map(str, command)], env=ENVIRONMENT, capture_output=True, check=True
        ).stdout
    )
    if code:
        raise RuntimeError(f"{command} ended with {code}")
    return Figure(seconds, kilobytes / 1024)


def turns(*measures: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """Return the median of each measure over rounds in which all of them take turns, after one that is not counted."""
    taken: list[list[float]] = [[] for _ in measures]
    for number in range(rounds + 1):
        for measure, figures in zip(measures, taken, strict=True):
            figure = measure()
            if number:
                figures.append(figure)
    return [statistics.median(figures) for figures in taken]


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def warm(path: Path) -> None:
    """Read a file into the page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass
