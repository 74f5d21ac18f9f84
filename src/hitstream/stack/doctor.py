"""What the stack finds on this machine, and what it misses."""

import shutil
from pathlib import Path

from hitstream.errors import ConfigError
from hitstream.ports import holder, is_free
from hitstream.stack import jars, java, state
from hitstream.stack.lifecycle import Stack
from hitstream.text import size

_ROOM = 4 << 30
_OVERHEAD = 200
"""MiB that a JVM takes besides its heap."""
Check = tuple[str, str, str]
"""What was looked at; ok, missing (a server will fail) or absent (it will be fetched, or another is taken); detail."""


def checks(stack: Stack) -> list[Check]:
    """Look at Java, jars, memory, disk and ports."""
    return [*javas(stack), *_jars(stack), _memory(stack), _disk(stack.directory), *_ports(stack)]


def javas(stack: Stack) -> list[Check]:
    """Look at Java."""
    jdks = java.found()
    rows: list[Check] = []
    for server in stack.servers.values():
        try:
            jdk = java.choose(server, jdks)
            rows.append(
                (f"Java of {server.name}", "ok", f"{jdk.version} in {jdk.home}; {java.needed(server.java)} will do")
            )
        except ConfigError as error:
            rows.append((f"Java of {server.name}", "missing", str(error)))
    return rows


def _jars(stack: Stack) -> list[Check]:
    rows: list[Check] = []
    for part in dict.fromkeys(part for server in stack.servers.values() for part in server.parts):
        missing = stack.jars.missing([part])
        detail = f"{len(jars.of(part))} in {stack.jars.directory}"
        if missing:
            detail = f"{len(missing)} of {len(jars.of(part))} to fetch: {size(sum(jar.size for jar in missing))}"
        rows.append((f"jars of {part}", "absent" if missing else "ok", detail))
    return rows


def _memory(stack: Stack) -> Check:
    import psutil

    profile = (state.load(stack.directory) or state.StackState()).profile
    needed = sum(server.sizes[profile].heap + _OVERHEAD for server in stack.servers.values()) << 20
    free = psutil.virtual_memory().available
    detail = f"{size(free)} free; profile {profile} takes about {size(needed)}"
    return "memory", "ok" if free > needed else "missing", detail


def _disk(directory: Path) -> Check:
    place = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(place).free
    return "disk", "ok" if free > _ROOM else "missing", f"{size(free)} free at {place}"


def _ports(stack: Stack) -> list[Check]:
    rows: list[Check] = []
    remembered = state.load(stack.directory)
    for name, server in stack.servers.items():
        if stack.process(name):
            rows.append((f"ports of {name}", "ok", "it runs"))
            continue
        numbers = remembered.ports.get(name, server.ports) if remembered else server.ports
        busy = [f"{number} ({holder(number) or 'unknown'})" for number in numbers.values() if not is_free(number)]
        wrong = "missing" if remembered else "absent"
        detail = f"in use: {', '.join(busy)}" if busy else ", ".join(map(str, numbers.values()))
        rows.append((f"ports of {name}", wrong if busy else "ok", detail))
    return rows
