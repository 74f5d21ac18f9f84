"""Commits batches one after the other, and does between them what keeps a data directory in shape."""

from collections.abc import Iterable
from concurrent.futures import Executor, Future
from itertools import chain

from hitstream.clock import Clock
from hitstream.engine.archiver import archive_stage
from hitstream.engine.pulse import Pulse
from hitstream.engine.settings import Counters, IngestSettings
from hitstream.engine.upkeep import expire, seal_crowds
from hitstream.engine.work import Work
from hitstream.sources.identity import SourceState
from hitstream.store.contract import Checkpoint
from hitstream.store.directory import DataDirectory
from hitstream.store.ledger import SourceFormat
from hitstream.views.table import Grain
from hitstream.vitals import ArchiveSize

_TIDY_BATCHES = 16
_COMPACT_TRANSACTIONS = 8
_STAGED_BATCHES = 512
_EVER = -(1 << 62)


class Committer:
    """The only writer of a data directory."""

    def __init__(
        self,
        data: DataDirectory,
        settings: IngestSettings,
        clock: Clock,
        background: Executor,
        checkpoint: Checkpoint,
    ) -> None:
        self._data = data
        self._settings = settings
        self._clock = clock
        self._background = background
        self._checkpoint = checkpoint
        self.counters = Counters(newest=data.database.meta("newest"))
        self.pulse = Pulse(data, clock, self.counters, settings.archive_seconds)
        self._batch = data.cells.cut().published
        self._staged = [rows for _, rows in data.stage.batches()]
        self._archived_at = clock.now()
        self._untidy = 0
        self._transactions = 0
        self._compaction: Future[int] | None = None

    def commit(self, work: Work, states: Iterable[SourceState], formats: Iterable[SourceFormat] = ()) -> None:
        """Make a batch count, all of it in one transaction."""
        if not work.ranges:
            self._data.ledger.save_states(states)
            return
        data, batch, newest = self._data, self._batch + 1, self._newest_with(work)
        floors = self._oldest_kept(newest)
        kept = [blocks.since(floors.get(blocks.grain, _EVER)) for blocks in work.blocks]
        began = self._clock.now()
        with data.database.transaction():
            data.cells.write(batch, chain.from_iterable(kept))
            data.cells.keep_from(floors)
            data.ledger.save_ranges(batch, work.ranges)
            forgotten = data.ledger.save_bad_lines(work.bad)
            data.ledger.save_states(states)
            data.ledger.save_formats(formats)
            if work.hits:
                data.stage.put(batch, work.hits, work.packed, work.files)
                data.database.set_meta("newest", newest)
            data.cells.publish(batch)
            self._count(work, newest)
            self._measure(work, sum(map(len, kept)), forgotten)
            self.pulse.beat()
            self._checkpoint("before-commit")
        self._checkpoint("committed")
        self.pulse.committed(max(0.0, self._clock.now() - began))
        self._batch = batch

    def keep_up(self) -> None:
        """Archive what has waited long enough; now and then seal and delete what has become due."""
        if (
            self._clock.now() - self._archived_at >= self._settings.archive_seconds
            or sum(self._staged) >= self._settings.archive_rows
            or len(self._staged) >= _STAGED_BATCHES
        ):
            self.archive()
        if self._untidy >= _TIDY_BATCHES:
            self._tidy()
        self.pulse.beat()

    def archive(self) -> None:
        """Move all that is staged into the archive."""
        self._archived_at = self._clock.now()
        if not self._staged:
            return
        _, hits, _ = self._data.stage.weight()
        archive_stage(self._data, self._checkpoint)
        self._staged = []
        self.pulse.add("archive", received=hits, sent=hits)
        self.pulse.archived(ArchiveSize(*self._data.archive.size()))
        self._transactions += 1
        if self._transactions % _COMPACT_TRANSACTIONS == 0 and self._compaction_ended():
            self._compaction = self._background.submit(self._data.archive.compact)

    def finish(self) -> None:
        """Leave nothing staged, crowded or too old."""
        self.archive()
        self._tidy()
        if self._compaction is not None:
            self._compaction.result()

    def _tidy(self) -> None:
        self._untidy = 0
        if self.counters.newest is None:
            return
        expired = expire(self._data.cells, self._oldest_kept(self.counters.newest))
        self._checkpoint("expired")
        sealed = seal_crowds(self._data.cells, self.counters.newest)
        self._checkpoint("sealed")
        self.pulse.add("upkeep", received=sealed, sent=sealed, dropped=expired)
        self.pulse.tidied()

    def _compaction_ended(self) -> bool:
        if self._compaction is None:
            return True
        return self._compaction.done() and self._compaction.result() >= 0

    def now(self) -> int:
        """Return the present second."""
        return int(self._clock.now())

    def _oldest_kept(self, newest: int | None) -> dict[Grain, int]:
        return {} if newest is None else self._settings.retention.floors(newest)

    def _newest_with(self, work: Work) -> int | None:
        """Return the latest time of a hit so far. A hit from the future must not make the present too old."""
        times = [time for time in (work.newest, self.counters.newest) if time is not None]
        return min(max(times), self.now()) if times else None

    def _measure(self, work: Work, blocks: int, forgotten: int) -> None:
        lines, bad = (sum(each) for each in zip(*((row.lines, row.bad) for row in work.ranges), strict=True))
        self.pulse.add("read", received=lines, sent=lines)
        self.pulse.add("parse", received=lines, sent=work.hits, dropped=forgotten, errors=bad)
        self.pulse.add("count", received=work.hits, sent=blocks, dropped=sum(map(len, work.blocks)) - blocks)
        self.pulse.add("commit", received=1, sent=1)

    def _count(self, work: Work, newest: int | None) -> None:
        counters = self.counters
        for each in work.ranges:
            counters.lines += each.lines
            counters.bad += each.bad
            counters.bytes += each.bytes
        counters.hits += work.hits
        counters.batches += 1
        counters.newest = newest
        self._untidy += 1
        if work.hits:
            self._staged.append(0 if work.packed is None else work.hits)
