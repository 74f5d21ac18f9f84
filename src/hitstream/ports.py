"""Hosts that are this machine; whether a port is free, and who listens on it.

The latter by Linux's /proc (`man 5 proc`: net/tcp, pid/fd).
"""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hitstream.text import shortened, visible

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PROC = Path("/proc")
_LISTEN = "0A"
_LONGEST = 60


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on a TCP port now; connections that linger there do not count."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


def holder(port: int, proc: Path = PROC) -> str | None:
    """Return the name and process id of who listens on a TCP port of this machine, None where it cannot be told."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    for process in sorted(proc.glob("[0-9]*")) if sockets else ():
        with suppress(OSError):
            if any(_target(fd) in sockets for fd in (process / "fd").iterdir()):
                return f"{_command(process)} (process {process.name})"
    return None


def _listening(port: int, proc: Path) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _target(fd: Path) -> str:
    try:
        return str(fd.readlink())
    except OSError:
        return ""  # closed meanwhile


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return shortened(visible(" ".join(words).strip()), _LONGEST) or "a process"
