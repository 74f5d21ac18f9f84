"""What a `Query` reads from: cells, and the single hits. Anything that has these methods can be asked."""

from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from hitstream.record import BadLine
from hitstream.store.folder import Folder
from hitstream.store.ledger import SourceFormat
from hitstream.views.cells import Cells
from hitstream.views.table import Grain, View

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.query.health import Facts


class LineCounts(Protocol):
    """Lines read: lines = hits + bad + directives. `bytes` is the size of the lines."""

    @property
    def lines(self) -> int: ...  # noqa: D102
    @property
    def hits(self) -> int: ...  # noqa: D102
    @property
    def bad(self) -> int: ...  # noqa: D102
    @property
    def bytes(self) -> int: ...  # noqa: D102


class BadReasonCount(Protocol):
    """How many lines of a source did not parse for one reason, and how many of them are kept."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def lines(self) -> int: ...  # noqa: D102
    @property
    def kept(self) -> int: ...  # noqa: D102


class CellReader(Protocol):
    """The cells and the counts of lines. Times are seconds since 1970 UTC."""

    def snapshot(self) -> AbstractContextManager[object]:
        """Let everything read inside be of one state."""
        ...

    def read(self, view: View, grain: Grain, start: int, end: int) -> Cells:
        """Return the cells with start <= bucket < end; buckets and keys may repeat, in any order."""
        ...

    def totals(self, view: View, grain: Grain, start: int, end: int) -> Sequence[tuple[int, int, int, int]]:
        """Return (bucket, hits, bytes, errors) of the buckets that have hits, each once, in order."""
        ...

    def span(self) -> tuple[int, int] | None:
        """Return seconds at or before the first hit, and at or after the last, as closely as cells tell."""
        ...

    def counts(self) -> LineCounts:
        """Return what was read."""
        ...

    def bad_lines(self, limit: int = -1) -> Sequence[BadLine]:
        """Return the kept bad lines, all or so many, ordered by source and position."""
        ...

    def source_formats(self) -> Sequence[SourceFormat]:
        """Return the format of every source, and the path it was read from."""
        ...

    def bad_reasons(self) -> Sequence[BadReasonCount]:
        """Return how many lines did not parse, and why."""
        ...


class FactReader(Protocol):
    """What is known of the pipeline that fills the cells."""

    def facts(self) -> "Facts":
        """Return it, all of one state."""
        ...


class HitFiles(Protocol):
    """Every hit once, in the schema of `hitstream.arrow.HIT_SCHEMA`."""

    @property
    def files(self) -> list[str]:
        """Parquet files; a part `day=YYYY-MM-DD` of a path promises that all its hits are of that day."""
        ...

    @property
    def waiting(self) -> "Sequence[tuple[Hashable, pa.Table]]":
        """The hits in none of them, by batch: what a name stands for never changes."""
        ...

    @property
    def stage(self) -> "pa.Table":
        """The hits of all batches that wait."""
        ...

    @property
    def folder(self) -> Folder:
        """What opens the files."""
        ...


class HitReader(Protocol):
    """The single hits."""

    def snapshot(self) -> AbstractContextManager[HitFiles]:
        """Give all hits; cells read inside are of the same state."""
        ...
