"""Processes of the stack: tools that run to their end, and servers that outlive their command.

Every start gets a token of its own, kept in the server's directory and in the environment of the process, which its
children inherit. A process is the stack's if its environment has the token: so neither a recycled process id nor a
changed clock can make a stranger look like a server, and children that a dead server left behind are found.
"""

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitstream.errors import Fatal, explained
from hitstream.stack.contract import Command, Instance, Profile
from hitstream.stack.files import save

if TYPE_CHECKING:
    from psutil import Process

TOKEN = "HITSTREAM_STACK_TOKEN"  # noqa: S105 - the name of a variable
TOOL_SECONDS = 300
_LOOK = 0.05
_RECORD = "process.json"
_DETACHED = 'out=$1; shift; "$@" </dev/null >"$out" 2>&1 & echo $!'
"""A shell that ends at once: the server becomes nobody's child, whom nobody has to wait for, and deaf to Ctrl-C."""


class Start(NamedTuple):
    """What is kept of the start of a server."""

    token: str
    pid: int | None
    """None from just before the start to just after it."""
    since: float
    """Seconds since 1970-01-01 UTC."""
    java: str = ""
    """Home of its JDK."""
    profile: Profile = "normal"
    """The profile that it was started in."""


def complete(instance: Instance, command: Command) -> str:
    """Run a tool of a server to its end, in the server's directory; return what it printed.

    Raises:
        Fatal: it failed, or did not end; the message holds its last lines.
    """
    try:
        done = subprocess.run(
            command.arguments,
            env={**os.environ, **command.environment},
            cwd=instance.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TOOL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Fatal(f"Preparing {instance.server.name} did not end in {TOOL_SECONDS} s.") from error
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-5:])
        raise Fatal(f"Preparing {instance.server.name} failed with {done.returncode}:\n{last}")
    return done.stdout


def start(instance: Instance, command: Command) -> Start:
    """Start a server that outlives this process; it prints to logs/NAME.out, the one before it to NAME.out.1."""
    facts = {"java": str(instance.java), "profile": instance.profile}
    return detach(instance.home, instance.server.name, output(instance), command, **facts)


def detach(home: Path, name: str, out: Path, command: Command, **facts: str) -> Start:
    """Start a process that outlives this one, in the directory that keeps who it is, printing to a file of its own."""
    if out.exists():
        out.replace(out.with_name(out.name + ".1"))
    begun = _keep(home, None, **facts)
    done = subprocess.run(
        ["/bin/sh", "-c", _DETACHED, name, str(out), *command.arguments],
        env={**os.environ, **command.environment, TOKEN: begun.token},
        cwd=home,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        check=True,
    )
    return _keep(home, int(done.stdout), begun.token, **facts)


def become(instance: Instance, command: Command) -> None:
    """Turn this process into the server, as a container wants it; does not return."""
    turn_into(instance.home, command, java=str(instance.java), profile=instance.profile)


def turn_into(home: Path, command: Command, **facts: str) -> None:
    """Turn this process into another, in the directory that keeps who it is; does not return."""
    begun = _keep(home, os.getpid(), **facts)
    os.chdir(home)
    environment = {**os.environ, **command.environment, TOKEN: begun.token}
    os.execve(command.arguments[0], command.arguments, environment)  # noqa: S606 - no shell is wanted


def output(instance: Instance) -> Path:
    """Return the file of what a server prints."""
    return instance.log.with_suffix(".out")


def last_start(home: Path) -> Start | None:
    """Return what is kept of a server's last start; None where it was stopped since, or never started."""
    try:
        return Start(**json.loads((home / _RECORD).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def main(begun: Start | None) -> "Process | None":
    """Return the server's process if it runs."""
    import psutil

    if not begun or not begun.pid:
        return None
    try:
        process = psutil.Process(begun.pid)
        return process if _has(process, begun.token) else None
    except psutil.Error:
        return None


def families(begun: Iterable[Start]) -> dict[str, list["Process"]]:
    """Return the processes of each token: servers, and children that may have lost them."""
    import psutil

    found: dict[str, list[Process]] = {start.token: [] for start in begun}
    for process in psutil.process_iter():
        try:
            token = process.environ().get(TOKEN)
            if token in found and process.status() != psutil.STATUS_ZOMBIE:
                found[token].append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or it ended meanwhile
    return found


def memory(family: Iterable["Process"]) -> int:
    """Return the bytes of memory that some processes hold; pages they share count once for each."""
    import psutil

    held = 0
    for process in family:
        with suppress(psutil.Error):
            held += process.memory_info().rss
    return held


def stop(home: Path, grace: float) -> bool:
    """End a server and what it left behind: SIGTERM, after `grace` seconds SIGKILL; tell whether SIGTERM was enough."""
    if not (begun := last_start(home)):
        return True
    ended = True
    if process := main(begun):
        _signal(process, signal.SIGTERM)
        ended = _gone(process, grace)
    while left := families([begun])[begun.token]:
        for other in left:
            _signal(other, signal.SIGKILL)
            _gone(other, TOOL_SECONDS)
    with explained(home):
        (home / _RECORD).unlink(missing_ok=True)
    return ended


def kill(home: Path) -> bool:
    """End a server by SIGKILL, as a fault would, and nothing that it started; tell whether it ran."""
    begun = last_start(home)
    if not begun or not (process := main(begun)):
        return False
    _signal(process, signal.SIGKILL)
    return _gone(process, TOOL_SECONDS)


def _gone(process: "Process", seconds: float) -> bool:
    """Wait until a process holds nothing any more: its last thread may outlive its first, with all ports and files."""
    import psutil

    def holds() -> bool:
        with suppress(psutil.Error):
            return bool(
                process.is_running() and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
            )
        return False

    until = time.monotonic() + seconds
    while holds():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)
    return True


def _keep(home: Path, pid: int | None, token: str | None = None, **facts: str) -> Start:
    begun = Start(token or uuid.uuid4().hex, pid, time.time(), **facts)  # type: ignore[arg-type]
    save(home / _RECORD, begun._asdict())
    return begun


def _has(process: "Process", token: str) -> bool:
    return bool(process.environ().get(TOKEN) == token and process.status() != "zombie")


def _signal(process: "Process", number: int) -> None:
    import psutil

    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
