"""The facts that an ingest tells of itself, and that an audit leaves: what they are, whoever keeps or reads them."""

import os
import shlex
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hitstream.telemetry import Durations


def typed(words: Sequence[str]) -> str:
    """Return the words of a process (`sys.argv`) as a person types them, to start it again."""
    name = Path(words[0]).name
    return shlex.join(["hitstream" if name == "__main__.py" else name, *words[1:]])


class Process(NamedTuple):
    """A process, so that another one that was given its number later is not taken for it."""

    pid: int
    host: str
    started: int | None
    """Clock ticks after the machine's start, where the system tells."""

    @classmethod
    def current(cls) -> "Process":
        """Return this one."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Return one of this machine."""
        return cls(pid, socket.gethostname(), _started(pid))

    def is_running(self) -> bool | None:
        """Tell whether it still runs; None where that cannot be seen from here."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it runs, as another user's
        return self.started is None or _started(self.pid) == self.started


def _started(pid: int) -> int | None:
    """Return when a process started, as proc_pid_stat(5) has it; None where it does not, or the process has ended."""
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else int(fields[19])
    return None


class StageCounters(NamedTuple):
    """What a stage was given, passed on, let go and could not take; see `telemetry.STAGES` for what each counts."""

    received: int = 0
    sent: int = 0
    dropped: int = 0
    errors: int = 0


class Lag(NamedTuple):
    """How much of a source is not yet read, how long it has not been read whole, and what is wrong with it."""

    path: str
    bytes: int
    seconds: float
    problem: str = ""


class Problem(NamedTuple):
    """The error that ended a process: its class, message and hint."""

    kind: str
    message: str
    hint: str


class ArchiveSize(NamedTuple):
    """The files that make up the archive."""

    files: int
    bytes: int
    hits: int


@dataclass(frozen=True)
class Vitals:
    """One ingest's facts. Times are seconds since 1970; counts are of its own run."""

    process: Process
    command: str
    since: float
    beat: float
    """When this was written."""
    archive_seconds: float
    """How long a hit may wait for the archive."""
    ended: float | None = None
    problem: Problem | None = None
    format: str = ""
    lines: int = 0
    bytes: int = 0
    batches: int = 0
    lines_per_second: float = 0.0
    bytes_per_second: float = 0.0
    newest: int | None = None
    unread: int = 0
    """Bytes not yet read of all sources; `lags` names those with the most."""
    sources: int = 0
    lags: tuple[Lag, ...] = ()
    last_commit: float | None = None
    commit_seconds: float = 0.0
    commits: Durations = field(default_factory=Durations)
    archived: float | None = None
    archive: ArchiveSize | None = None
    upkeep: float | None = None
    flows: Mapping[str, StageCounters] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditRecord:
    """What the last audit found."""

    ended: float
    seconds: float
    lines: int
    hits: int
    bad: int
    archived: int
    recounted: int
    skipped: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Tell whether all counts agreed."""
        return not self.differences
