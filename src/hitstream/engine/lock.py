"""One process at a time writes to a data directory."""

import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hitstream.clock import Clock
from hitstream.errors import Retryable
from hitstream.store.database import explained
from hitstream.vitals import typed


@contextmanager
def held(path: Path, clock: Clock) -> Iterator[None]:
    """Hold the lock file while inside; it says who holds it. The lock ends with its process, however that ends.

    Raises:
        Retryable: another process holds it; the message names that process.
        ConfigError: the file cannot be written.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Retryable(
                f"Another process writes to {path.parent}: {_holder(path)}.",
                "Stop it first, or choose another directory with --data.",
            ) from None
        with explained(path):
            file.truncate(0)
            file.write(json.dumps(_myself(clock)))
            file.flush()
        yield


def _myself(clock: Clock) -> dict[str, str | int]:
    since = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")
    command = typed(sys.argv)
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command}


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text())
        return "`{command}`, process {pid} on {host} since {since}".format_map(holder)
    except (ValueError, KeyError, OSError):
        return "it has not said its name yet"
