"""Fills a cluster's stores without Spark: what the stream and the recomputation leave, made in this process."""

from collections.abc import Iterable
from itertools import chain

from hitstream.engine.batch import recompute
from hitstream.engine.settings import IngestSettings
from hitstream.engine.upkeep import Retention
from hitstream.engine.work import Work, digest
from hitstream.parse import compile_format
from hitstream.parse.search import FormatSearch
from hitstream.record import Chunk
from hitstream.store.cassandra.store import ClusterStore
from hitstream.store.delta import DeltaArchive
from hitstream.store.ledger import SourceFormat
from hitstream.store.stage import unpack
from hitstream.views.pack import pack

EVER = Retention(0, 0, 0)
_NOW = 1 << 40


def digested(archive: DeltaArchive, chunk: Chunk, log_format: str) -> Work:
    """Return what a batch of one chunk holds; its hits are in files that are not part of the archive yet."""
    settings = IngestSettings(retention=EVER, direct_rows=0)
    work = digest([chunk], {chunk.source: compile_format(log_format)}, archive, settings, _NOW, FormatSearch())
    if work.packed is not None:
        work.files = archive.write(unpack(work.packed))
    return work


def commit(store: ClusterStore, archive: DeltaArchive, batch: int, work: Work, formats: Iterable[SourceFormat]) -> None:
    """Let a batch count, in the steps of the stream."""
    archive.append(work.files, batch)
    store.ledger.save(batch, work.ranges, work.bad, formats)
    store.cells.write(batch, chain.from_iterable(work.blocks))
    store.cells.publish(batch)


def recompute_views(store: ClusterStore, archive: DeltaArchive) -> tuple[int, int]:
    """Make a generation of all that is published, and let it count; return its number and coverage."""
    generation, coverage = store.cells.begin()
    files, _ = archive.state(coverage)
    blocks = [block for cells in recompute(archive.folder, files) for block in pack(cells)]
    store.cells.seal(generation, coverage, blocks)
    store.cells.advance(generation, coverage)
    return generation, coverage
