"""How an ingest works, and what it has done."""

import os
from dataclasses import dataclass, field

from hitstream.engine.upkeep import Retention
from hitstream.store.ledger import BAD_LINES_KEPT

_MEMORY_A_BYTE = 12
"""Memory that a byte of a batch in flight takes at the most, with all that is made of it."""
_MEMORY_AT_REST = 256 << 20
"""Memory that the process takes with nothing in flight, two thirds of it the libraries, and what allocators keep."""
_LARGEST_BATCH = 16 << 20
_SMALLEST_BATCH = 1 << 20


@dataclass(frozen=True)
class IngestSettings:
    """How `ingest` works. The defaults are right for one machine of two cores."""

    memory: int = 512 << 20
    """Bytes of memory that the process may take, whatever it reads."""
    workers: int = field(default_factory=lambda: min(4, os.cpu_count() or 1))
    """Threads that make batches."""
    bad_lines_kept: int = BAD_LINES_KEPT
    """Bad lines kept of each source and reason; those beyond are counted."""
    archive_seconds: float = 60
    """How long a hit may be staged before it is moved into the archive."""
    archive_rows: int = 250_000
    """How many hits may be staged in the database before they are moved into the archive."""
    retention: Retention = field(default_factory=Retention)
    direct_rows: int = 20_000
    """From so many hits on, a batch is written as Parquet at once; a smaller one is staged in the database."""
    batch_bytes: int = 0
    """Bytes of lines in a large batch; 0 for as many as the memory allows."""

    def __post_init__(self) -> None:
        if not self.batch_bytes:
            room = (self.memory - _MEMORY_AT_REST) // (_MEMORY_A_BYTE * self.workers)
            object.__setattr__(self, "batch_bytes", max(_SMALLEST_BATCH, min(_LARGEST_BATCH, room)))


@dataclass
class Counters:
    """What an ingest has done so far: lines = hits + bad + directives."""

    lines: int = 0
    hits: int = 0
    bad: int = 0
    bytes: int = 0
    batches: int = 0
    formats: dict[str, list[str]] = field(default_factory=dict)
    """The paths of the sources that were read, by the name of their format (`custom` for one that has none)."""
    newest: int | None = None
    """The latest time of a hit in the data directory, s since 1970, not later than the clock."""
