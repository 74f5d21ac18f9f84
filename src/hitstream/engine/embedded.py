"""The embedded tier: reads a source, and keeps its cells, hits and positions in a data directory.

Delivery: exactly once. A batch counts from the one SQLite transaction that holds its blocks, its bad lines, the
positions it was read to, and its hits or the names of the Parquet files that hold them. Batches are made on
worker threads and committed in the order in which they were read.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hitstream.clock import Clock, SystemClock
from hitstream.engine.archiver import recover
from hitstream.engine.batch import rebuild_if_views_changed
from hitstream.engine.committer import Committer
from hitstream.engine.formats import SourceFormats
from hitstream.engine.lock import held
from hitstream.engine.settings import Counters, IngestSettings
from hitstream.engine.work import Work, digest
from hitstream.errors import HitstreamError, raise_all
from hitstream.parse.search import FormatSearch
from hitstream.record import Chunk
from hitstream.sources.contract import IDLE, Source, SourceEvent
from hitstream.sources.identity import SourceState
from hitstream.store.contract import Checkpoint, no_checkpoint
from hitstream.store.directory import LOCK, DataDirectory, open_directory
from hitstream.store.ledger import SourceFormat

OpenSource = Callable[[list[SourceState], int], Source]
"""Opens the source, given how far its files were read before and the most bytes a chunk may hold."""


def ingest(
    directory: Path | str,
    open_source: OpenSource,
    settings: IngestSettings | None = None,
    *,
    log_format: str | None = None,
    clock: Clock | None = None,
    stop: threading.Event | None = None,
    on_commit: Callable[[Counters], None] | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> Counters:
    """Read a source to its end, or until `stop` is set, into a data directory; go on where the last run stopped.

    Args:
        directory: the data directory; made where there is none.
        open_source: opens the source.
        settings: how to work.
        log_format: a name of `FORMATS` or a format string for all sources; else see `SourceFormats`.
        clock: tells the time.
        stop: ends the run after committing what was read.
        on_commit: called after each batch.
        checkpoint: called at each named step; for tests.

    Returns:
        What this run did.

    Raises:
        ConfigError: the directory cannot be written, or the source cannot be opened.
        DataError: none of a source's first lines has a format (nothing of it is committed, the others are), or a
            source is damaged (whole lines before that place are committed).
        Retryable: another process ingests into the directory.
        Fatal: the disk is full, or the data directory is damaged; what was committed stays.
    """
    settings, clock = settings or IngestSettings(), clock or SystemClock()
    root = Path(directory)
    with (
        held(root / LOCK, clock),
        _opened(root, checkpoint) as data,
        ThreadPoolExecutor(settings.workers, "hitstream-work") as pool,
    ):
        recovery = pool.submit(recover, data, clock)  # loads delta-rs meanwhile
        source = open_source(data.ledger.states(), settings.batch_bytes)
        formats = SourceFormats(source, log_format, data.ledger.formats())
        run = _Ingest(data, settings, pool, Committer(data, settings, clock, pool, checkpoint), formats, checkpoint)
        recovery.result()
        rebuild_if_views_changed(data, settings.retention)
        with run.committer.pulse.telling(source):
            run.run(source, stop or threading.Event(), on_commit or (lambda _: None))
        return run.committer.counters


@contextmanager
def _opened(root: Path, checkpoint: Checkpoint) -> Iterator[DataDirectory]:
    data = open_directory(root, write=True, checkpoint=checkpoint)
    try:
        yield data
    finally:
        data.close()


@dataclass
class _Gathered:
    """Pieces of the source that will make a batch."""

    chunks: list[Chunk] = field(default_factory=list)
    states: dict[str, SourceState] = field(default_factory=dict)
    bytes: int = 0
    formats: list[SourceFormat] = field(default_factory=list)

    def add(self, piece: SourceEvent) -> None:
        if piece.chunk is not None:
            self.chunks.append(piece.chunk)
            self.bytes += len(piece.chunk.data)
        if piece.state is not None:
            self.states[piece.state.identity] = piece.state


class _Ingest:
    """One run of `ingest`."""

    def __init__(
        self,
        data: DataDirectory,
        settings: IngestSettings,
        pool: ThreadPoolExecutor,
        committer: Committer,
        formats: SourceFormats,
        checkpoint: Checkpoint,
    ) -> None:
        self._data = data
        self._settings = settings
        self._pool = pool
        self.committer = committer
        self._checkpoint = checkpoint
        self._formats = formats
        self._search = FormatSearch()
        committer.counters.formats = formats.found
        self._pending: deque[tuple[_Gathered, Future[Work]]] = deque()
        self._problems: list[HitstreamError] = []

    def run(self, source: Source, stop: threading.Event, on_commit: Callable[[Counters], None]) -> None:
        """Commit all that the source has, or has until the stop, and archive it."""
        gathered = _Gathered()
        try:
            for piece in self._pieces(source):
                for ready in self._formats.admit(piece):
                    gathered.add(ready)
                if piece == IDLE:
                    self.committer.pulse.caught_up()
                pause = piece == IDLE or stop.is_set()
                if pause or 2 * gathered.bytes >= self._settings.batch_bytes:
                    self._submit(gathered)
                    gathered = _Gathered()
                self._commit_made(0 if pause else self._settings.workers, on_commit)
                if stop.is_set():
                    break
                if pause:
                    self.committer.keep_up()
                    self._formats.pause()
            else:
                self._problems += self._formats.problems()
            self._submit(gathered)
            self._commit_made(0, on_commit)
        except BaseException:
            for _, work in self._pending:
                work.cancel()
            raise
        self.committer.finish()
        raise_all(self._problems)

    def _pieces(self, source: Source) -> Iterator[SourceEvent]:
        """Yield the source's pieces; an error of the source waits until what came before it is committed."""
        try:
            yield from source.read()
        except HitstreamError as problem:
            self._problems.append(problem)

    def _submit(self, gathered: _Gathered) -> None:
        if not (gathered.chunks or gathered.states):
            return
        programs = {chunk.source: self._formats.program(chunk.source) for chunk in gathered.chunks}
        for chunk in gathered.chunks:
            self._formats.follow(chunk)
        gathered.formats = [self._formats.row(source) for source in programs]
        args = gathered.chunks, programs, self._data.archive, self._settings, self.committer.now(), self._search
        self._pending.append((gathered, self._pool.submit(self._make, *args)))

    def _make(self, *args: Any) -> Work:
        work = digest(*args)
        self._checkpoint("files-written")
        return work

    def _commit_made(self, waiting: int, on_commit: Callable[[Counters], None]) -> None:
        """Commit batches in their order until so many, at the most, are still being made."""
        while self._pending and (len(self._pending) > waiting or self._pending[0][1].done()):
            gathered, made = self._pending.popleft()
            work = made.result()
            for source, (position, program) in work.widened.items():
                self._formats.widen(source, position, program)
            formats = [self._formats.latest(row) for row in gathered.formats]
            self.committer.commit(work, gathered.states.values(), formats)
            on_commit(self.committer.counters)
            self.committer.keep_up()
