"""Where the facts of an ingest and of an audit are kept: two rows of the table `meta`.

They are for operators; no count of hits ever depends on them.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

from hitstream.telemetry import Durations
from hitstream.vitals import ArchiveSize, AuditRecord, Lag, Problem, Process, StageCounters, Vitals

_VITALS = "vitals"
_AUDIT = "audit"

Record = TypeVar("Record")


class Meta(Protocol):
    """What keeps single values."""

    def meta(self, key: str) -> Any: ...  # noqa: D102
    def set_meta(self, key: str, value: object) -> None: ...  # noqa: D102


def save_vitals(store: Meta, vitals: Vitals) -> None:
    """Keep an ingest's facts in place of those before."""
    store.set_meta(_VITALS, json.dumps(asdict(vitals)))


def read_vitals(store: Meta) -> Vitals | None:
    """Return the facts of the ingest that runs or was the last; None where none has told of itself."""
    return _read(store, _VITALS, _vitals)


def save_audit(store: Meta, record: AuditRecord) -> None:
    """Keep what an audit found."""
    store.set_meta(_AUDIT, json.dumps(asdict(record)))


def read_audit(store: Meta) -> AuditRecord | None:
    """Return what the last audit found; None before the first."""
    return _read(store, _AUDIT, _audit)


def _read(store: Meta, key: str, build: Callable[[dict[str, Any]], Record]) -> Record | None:
    text = store.meta(key)
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
        "flows": {name: StageCounters(*flow) for name, flow in plain["flows"].items()},
    }
    return Vitals(**plain | built)


def _audit(plain: dict[str, Any]) -> AuditRecord:
    lists = {name: tuple(plain[name]) for name in ("skipped", "differences")}
    return AuditRecord(**plain | lists)
