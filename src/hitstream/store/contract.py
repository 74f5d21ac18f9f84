"""What every store of blocks and every archive of hits does; `hitstream.testing` holds them to it.

Blocks are immutable. A block's place is (view, grain, bucket, layer, batch): writing the same place again
changes nothing. `SPEED` is the layer of the blocks that batches bring; every other layer is a generation of
sealed blocks. What a reader sees of a bucket follows from the store's `StoreVersion` alone, by `visible`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from hitstream.views.cells import Block
from hitstream.views.table import Grain

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.store.folder import Folder

SPEED = 0
FIRST_GENERATION = 1
KEPT_FROM = "kept from "
"""The key of `meta` that says from when on the blocks of a grain are kept (this and the grain's name)."""

Checkpoint = Callable[[str], None]
"""Called at each named step of a commit. Tests let it end the process there; it does nothing otherwise."""


def no_checkpoint(_step: str) -> None:
    """Go on."""


class StoreVersion(NamedTuple):
    """What a reader may see: one consistent state of a store."""

    published: int
    """The highest batch number whose blocks count; 0 before the first batch."""
    generation: int
    """The layer whose sealed blocks count."""
    coverage: int
    """The batch number up to which that generation was recomputed from the archive: speed blocks up to it do
    not count."""


class Total(NamedTuple):
    """The sums of one bucket over all keys."""

    bucket: int
    hits: int
    bytes: int
    errors: int


class Crowd(NamedTuple):
    """A bucket of several parts, with the bytes its sealed and its speed blocks take."""

    view: str
    grain: Grain
    bucket: int
    parts: int
    sealed_bytes: int
    speed_bytes: int


Part = TypeVar("Part", bound=tuple[Any, ...])


def visible(parts: Iterable[Part], cut: StoreVersion) -> Iterator[Part]:
    """Choose the blocks that count.

    A part starts with (bucket, layer, batch). Parts come ordered by bucket, and within it by layer and
    batch, both descending. Of a bucket count the newest published sealed block of the cut's generation, and
    the published speed blocks of later batches than it covers.
    """
    bucket, floor = None, 0
    for part in parts:
        if part[0] != bucket:
            bucket, floor = part[0], cut.coverage
            sealed = False
        layer, batch = part[1], part[2]
        if batch > cut.published:
            continue
        if layer == SPEED:
            if batch > floor:
                yield part
        elif layer == cut.generation and not sealed and batch >= floor:
            floor, sealed = batch, True
            yield part


class CellStore(Protocol):
    """Keeps blocks, and shows those of published batches."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Let everything read inside be of one state."""
        ...

    def cut(self) -> StoreVersion:
        """Return what readers see now."""
        ...

    def write(self, batch: int, blocks: Iterable[Block]) -> None:
        """Keep the speed blocks of a batch. They do not count before `publish`."""
        ...

    def publish(self, batch: int) -> None:
        """Let the blocks of a batch count, all at once. Lower batches have been published before."""
        ...

    def seal(self, generation: int, batch: int, blocks: Iterable[Block]) -> None:
        """Keep blocks that cover all batches up to this published one, each in its bucket.

        In the current generation they replace what they cover at once. Blocks of the next generation do not count
        before `advance`; until then the store must keep the speed blocks of later batches, or nothing may be sealed.
        """
        ...

    def advance(self, generation: int, coverage: int) -> None:
        """Let a generation that covers the batches up to `coverage` count, all at once."""
        ...

    def sweep(self) -> int:
        """Delete blocks that can never count again; return how many."""
        ...

    def payloads(self, view: str, grain: Grain, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return (bucket, packed cells) of the blocks that count with start <= bucket < end, by bucket."""
        ...

    def totals(self, view: str, grain: Grain, start: int, end: int) -> list[Total]:
        """Return the sums of every bucket that has hits with start <= bucket < end, ordered by bucket."""
        ...

    def crowds(self, parts: int) -> list[Crowd]:
        """Return the buckets with at least so many blocks, ordered by view, grain and bucket."""
        ...

    def expire(self, grain: Grain, before: int) -> int:
        """Delete the blocks of buckets that start before, and note it; return how many."""
        ...

    def span(self, view: str, grain: Grain) -> tuple[int, int] | None:
        """Return the starts of the first and the last bucket, None where there is no block."""
        ...

    def kept_from(self, grain: Grain, ever: int) -> int:
        """Return from when on the blocks of a grain are kept, `ever` where none were deleted."""
        ...


class DataFile(NamedTuple):
    """A Parquet file of hits of one day, written but not yet part of the archive."""

    path: str
    """Relative to the archive's directory, with `/`."""
    day: str
    """YYYY-MM-DD, UTC."""
    size: int
    rows: int
    stats: str
    """Delta's statistics: JSON with numRecords, minValues, maxValues."""


class Archive(Protocol):
    """The master dataset: every hit with its position, exactly once, in Parquet files by day."""

    def write(self, hits: "pa.Table") -> list[DataFile]:
        """Write hits to files, a day a file, rows by (source, offset), and return when they are on the disk.

        Readers see none of them before `append`.
        """
        ...

    def append(self, files: Sequence[DataFile], batch: int) -> bool:
        """Make the files part of the archive as the one transaction that brings it up to this batch.

        Returns:
            Whether it did: False, and nothing changes, where the archive has this batch already.

        """
        ...

    def last_batch(self) -> int:
        """Return the number of the last batch it has; 0 for none."""
        ...

    def files(self) -> list[str]:
        """Return the paths or URLs of the Parquet files that make up the archive now."""
        ...

    def compact(self) -> int:
        """Join the small files of each day, hits and last batch unchanged; return how many were replaced."""
        ...

    def vacuum(self, keep: Iterable[str], older_than: float) -> list[str]:
        """Delete files of no transaction, nor in `keep`, last changed before that time (s since 1970)."""
        ...

    @property
    def folder(self) -> "Folder":
        """Where its files are."""
        ...
