"""Times whole processes and functions; rounds take turns, so that a drifting machine is fair to both sides."""

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


class Figure(NamedTuple):
    """One measured process: seconds from start to end, and its largest resident set in MB."""

    seconds: float
    megabytes: float


def process(command: Sequence[str | Path]) -> Figure:
    """Run a command to its end."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return Figure(seconds, usage.ru_maxrss / 1024)


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
