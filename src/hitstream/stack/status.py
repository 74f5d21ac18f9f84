"""How the servers of a stack are: what `status` shows."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from hitstream.stack import process
from hitstream.stack.lifecycle import Stack, answer


class ServerStatus(NamedTuple):
    """One server."""

    name: str
    state: str
    """up, starting, silent (runs longer than its patience without an answer), died, down."""
    version: str | None
    pid: int | None
    ports: Mapping[str, int]
    heap: int
    """MiB it may take."""
    memory: int | None
    """MiB that it and its children hold now (RSS)."""
    uptime: float | None
    """Seconds."""
    log: str


def statuses(stack: Stack) -> list[ServerStatus]:
    """Look at every server of a stack.

    Raises:
        ConfigError: there is no stack in the directory.
    """
    remembered = stack.remembered()
    starts = {name: process.last_start(stack.home(name)) for name in stack.servers}
    families = process.families(begun for begun in starts.values() if begun)

    def look(name: str) -> ServerStatus:
        instance, begun = stack.instance(name, remembered), starts[name]
        row = ServerStatus(
            name, "down", None, None, instance.ports[name], instance.size.heap, None, None, str(instance.log)
        )
        if not begun:
            return row
        if not process.main(begun):
            return row._replace(state="died")
        uptime = time.time() - begun.since
        memory = process.memory(families[begun.token]) >> 20
        row = row._replace(pid=begun.pid, memory=memory, uptime=uptime)
        if version := answer(instance)[0]:
            return row._replace(state="up", version=version)
        return row._replace(state="starting" if uptime < instance.server.patience else "silent")

    with ThreadPoolExecutor(max(len(starts), 1)) as pool:
        return list(pool.map(look, starts))
