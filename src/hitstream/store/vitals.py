"""What an ingest tells of itself, and an audit of what it found: two rows of the table `meta`, for readers.

They are facts for operators; no count of hits ever depends on them.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hitstream.store.database import Database
from hitstream.telemetry import DURATIONS

_VITALS = "vitals"
_AUDIT = "audit"

Record = TypeVar("Record")


class Process(NamedTuple):
    """A process, so that another one that was given its number later is not taken for it."""

    pid: int
    host: str
    started: int | None
    """Clock ticks after the machine's start, where the system tells."""

    @classmethod
    def current(cls) -> "Process":
        """Return this one."""
        return cls(os.getpid(), socket.gethostname(), _started(os.getpid()))

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
        return self.started is None or _started(self.pid) in (None, self.started)


def _started(pid: int) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return None


class Flow(NamedTuple):
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


class Durations(NamedTuple):
    """How often something took so long: a count for each of `telemetry.DURATIONS`, and one for what is longer."""

    counts: tuple[int, ...] = (0,) * (len(DURATIONS) + 1)
    total: float = 0.0

    def with_one(self, seconds: float) -> "Durations":
        """Return these and one more."""
        place = sum(seconds > bound for bound in DURATIONS)
        counts = (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :])
        return Durations(counts, self.total + seconds)


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
    flows: Mapping[str, Flow] = field(default_factory=dict)


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


def save_vitals(database: Database, vitals: Vitals) -> None:
    """Keep an ingest's facts in place of those before."""
    database.set_meta(_VITALS, json.dumps(asdict(vitals)))


def read_vitals(database: Database) -> Vitals | None:
    """Return the facts of the ingest that runs or was the last; None where none has told of itself."""
    return _read(database, _VITALS, _vitals)


def save_audit(database: Database, record: AuditRecord) -> None:
    """Keep what an audit found."""
    database.set_meta(_AUDIT, json.dumps(asdict(record)))


def read_audit(database: Database) -> AuditRecord | None:
    """Return what the last audit found; None before the first."""
    return _read(database, _AUDIT, _audit)


def _read(database: Database, key: str, build: Callable[[dict[str, Any]], Record]) -> Record | None:
    text = database.meta(key)
    try:
        return None if text is None else build(json.loads(text))
    except (TypeError, ValueError, KeyError):  # written by another version: the next beat mends it
        return None


def _vitals(plain: dict[str, Any]) -> Vitals:
    problem, archive = plain["problem"], plain["archive"]
    counts, total = plain["commits"]
    built = {
        "process": Process(*plain["process"]),
        "problem": problem and Problem(*problem),
        "lags": tuple(Lag(*lag) for lag in plain["lags"]),
        "commits": Durations(tuple(counts), total),
        "archive": archive and ArchiveSize(*archive),
        "flows": {name: Flow(*flow) for name, flow in plain["flows"].items()},
    }
    return Vitals(**plain | built)


def _audit(plain: dict[str, Any]) -> AuditRecord:
    lists = {name: tuple(plain[name]) for name in ("skipped", "differences")}
    return AuditRecord(**plain | lists)
