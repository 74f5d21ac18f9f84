"""Reads log files as they are written, rotated, truncated, compressed and renamed, every line once.

How it knows a file: by its first bytes and the bytes before the position (`SourceState`), with the inode to
decide between equals; never by its path. What follows from that:

* Rename and create: the file is finished under its new name, lines written to it after the rename included.
* Copy and truncate: the copy is recognised; lines that were not read before the truncation are read from it.
* Truncate and rewrite: the new content is a new source, even with the same first lines or when it is larger.
* Compressed or moved: recognised by its unpacked bytes; reading goes on at the position.
* A copy of a known file is the same source: what it has in common with it is not read again.

What no reader can close: a line written between the copy and the truncation of copytruncate, or before a
truncation without a copy, is lost unless it was read in that moment.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from hitstream.clock import Clock, SystemClock
from hitstream.errors import HitstreamError, raise_all
from hitstream.record import Chunk
from hitstream.sources.content import Content, Fit
from hitstream.sources.contract import IDLE, LINE_CAP, MAX_BYTES, SourceEvent
from hitstream.sources.decompress import Limits
from hitstream.sources.files import LogFile
from hitstream.sources.identity import SourceState
from hitstream.sources.known import KnownSources
from hitstream.sources.lines import LineCutter, check_sizes
from hitstream.sources.watch import LINGER_SECONDS, Watch

POLL_SECONDS = 0.15
SETTLE_SECONDS = 1.0
"""How long a compressed file must be quiet before it is read while following: it may still be written."""


class ReadProgress(NamedTuple):
    """Raw bytes read, and raw bytes there are, in all files found so far."""

    done: int
    total: int


class SourceBacklog(NamedTuple):
    """Raw bytes of a file that were there at the last look and are not yet read, and what is wrong with it."""

    path: str
    bytes: int
    problem: str


def log_problem(problem: HitstreamError) -> None:
    """Write a problem to the log."""
    logging.getLogger(__name__).warning("%s", problem)


class Tail:
    """Reads files, directories and globs, once or for ever; a `Source`.

    Args:
        paths: files, directories (see `discover.LOG_NAMES`) and globs (`**` goes through directories).
        states: what was saved of earlier runs; reading goes on from there.
        follow: whether to go on when all is read; each round then ends with `IDLE` and a wait of `poll`.
        torn: whether a last line without newline waits for it, or is taken since the files are final.
        max_bytes: the most bytes a chunk holds.
        line_cap: how much of a line longer than `max_bytes` is delivered.
        limits: how far compressed files may unpack.
        clock: tells the time and waits between rounds.
        poll: seconds between rounds.
        linger: seconds a file without a watched name must be quiet before it is dropped, its torn line
            taken.
        on_problem: told of each file that cannot be read while following. A run that does not follow reads
            all the other files first, then raises the first problem.

    Raises:
        ConfigError: a path that means no file, or sizes that do not fit.
    """

    def __init__(
        self,
        paths: Iterable[str | Path],
        *,
        states: Iterable[SourceState] = (),
        follow: bool = False,
        torn: Literal["wait", "take"] = "wait",
        max_bytes: int = MAX_BYTES,
        line_cap: int = LINE_CAP,
        limits: Limits | None = None,
        clock: Clock | None = None,
        poll: float = POLL_SECONDS,
        linger: float = LINGER_SECONDS,
        on_problem: Callable[[HitstreamError], None] = log_problem,
    ) -> None:
        check_sizes(max_bytes, line_cap)
        self._limits = limits or Limits()
        self._known = KnownSources(states, self._limits)
        self._watch = Watch(paths, self._known, hold=follow, linger=linger)
        self._follow = follow
        self._take_torn = torn == "take"
        self._max_bytes = max_bytes
        self._line_cap = line_cap
        self._clock = clock or SystemClock()
        self._poll = poll
        self._on_problem = on_problem
        self._moved = False
        self._problems: list[HitstreamError] = []
        self._left: set[str] = set()
        self.errors = 0
        """How often a file could not be read, the same failure of the same file once."""

    @property
    def progress(self) -> ReadProgress:
        """Return how far the files found so far are read."""
        files = self._watch.files
        return ReadProgress(sum(file.consumed for file in files), sum(file.status.st_size for file in files))

    @property
    def unread(self) -> list[SourceBacklog]:
        """Return what is not yet read of each file found so far."""
        return [
            SourceBacklog(file.path, max(0, file.status.st_size - file.consumed), file.problem)
            for file in self._watch.files
        ]

    def read(self) -> Iterator[SourceEvent]:
        """Yield pieces; see `Source.read`."""
        try:
            while True:
                self._moved = False
                for file in self._watch.look(self._clock.now()):
                    yield from self._visit(file)
                if self._follow:
                    yield IDLE
                    self._clock.sleep(self._poll)
                elif not self._moved:
                    break
        finally:
            self._watch.close()
        raise_all(self._problems)

    def leave(self, identity: str) -> None:
        """Deliver no more of a source in this run."""
        self._left.add(identity)

    def _open(self, file: LogFile) -> bool:
        try:
            opened = file.open()
        except HitstreamError as problem:
            self._report(file, problem)
            return False
        self._moved |= not opened
        return opened

    def _visit(self, file: LogFile) -> Iterator[SourceEvent]:
        if not (file.changed or file.final) or not self._open(file):
            return
        try:
            yield from self._look(file)
        except HitstreamError as problem:
            self._report(file, problem)
        finally:
            if not file.held:
                file.close()

    def _look(self, file: LogFile) -> Iterator[SourceEvent]:
        content = file.content(self._limits)
        if self._follow and content.final and self._clock.now() - file.quiet_since < SETTLE_SECONDS:
            return
        file.mark_looked()
        final = content.final or self._take_torn or file.final
        state = self._known.recognise(file, content, final=final)
        if state is not None and state.identity not in self._left:
            yield from self._read(file, content, state, final)
        file.consumed = file.status.st_size

    def _read(self, file: LogFile, content: Content, state: SourceState, final: bool) -> Iterator[SourceEvent]:
        cuts = LineCutter(
            content.reader(state.position),
            position=state.position,
            tail=state.tail,
            max_bytes=self._max_bytes,
            line_cap=self._line_cap,
            final=final,
        )
        head = state.head if content.final else max(content.head(), state.head, key=len)
        state = file.state(state.identity, head, state.position, state.tail)
        state = replace(state, waiting_ns=self._watch.oldest_waiting(file))
        for cut in cuts:
            assert cut is not None
            state = replace(state, position=cut.end, tail=cut.tail)
            self._known.save(state)
            self._watch.note_read(file)
            file.consumed = content.consumed
            yield SourceEvent(Chunk(state.identity, cut.offset, cut.data), state)
            if state.identity in self._left:
                return
            if not content.final and (cut.end >= file.status.st_size or content.fit(cut.end, cut.tail) is not Fit.SAME):
                return  # the rest, or what it was truncated to, is for the next round
        if content.final:
            state = replace(state, ended=True)
            self._known.save(state)
            yield SourceEvent(None, state)

    def _report(self, file: LogFile, problem: HitstreamError) -> None:
        if str(problem) == file.problem:
            return
        file.problem = str(problem)
        self.errors += 1
        if self._follow:
            self._on_problem(problem)
        else:
            self._problems.append(problem)
