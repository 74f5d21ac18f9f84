"""Sends the lines of a source to a topic.

Delivery: every line at least once, and nothing is sent again but what was not known to be acknowledged when the
process ended. What comes twice has the same positions, by which it is dropped downstream.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hitstream.engine.formats import SourceFormats
from hitstream.errors import HitstreamError, raise_all
from hitstream.extract.positions import ProducerOffsets
from hitstream.extract.sender import Sender
from hitstream.extract.topics import LARGEST_RECORD
from hitstream.sources.contract import IDLE, Source, SourceEvent
from hitstream.sources.identity import SourceState
from hitstream.sources.records import Record, cut

CHUNK_BYTES = LARGEST_RECORD // 2
"""The most bytes of a source that are read at once, so that the longest line fits into a record."""

_SAVE_SECONDS = 1.0


class Sent(NamedTuple):
    """What was acknowledged."""

    lines: int = 0
    records: int = 0
    bytes: int = 0


@dataclass
class _Lot:
    """The records of one piece, on their way, and what may be saved when all of them are acknowledged."""

    state: SourceState | None
    sent: Sent
    waiting: int = 0

    def acknowledge(self) -> None:
        self.waiting -= 1


def produce(
    source: Source,
    sender: Sender,
    positions: ProducerOffsets | None = None,
    *,
    log_format: str | None = None,
    stop: threading.Event | None = None,
    on_sent: Callable[[Sent], None] = lambda _: None,
) -> Sent:
    """Send a source's lines until it ends or `stop` is set; return what was acknowledged.

    Args:
        source: what to read, with chunks of `CHUNK_BYTES` at the most.
        sender: where to.
        positions: what keeps how far it came; None for a source that cannot be resumed.
        log_format: the format of all lines; else see `SourceFormats`.
        stop: ends it; what is not acknowledged then, is sent by the next run.
        on_sent: told from time to time what was acknowledged.

    Raises:
        ConfigError: the topic is not there, or does not take records as large as these.
        DataError: none of a log's first lines has a format, or the source is damaged.
        Retryable: Kafka is away for too long.
    """
    formats = SourceFormats(source, log_format, positions.formats() if positions else ())
    run = _Production(sender, positions, formats, on_sent)
    problems: list[HitstreamError] = []
    stop = stop or threading.Event()
    try:
        for piece in source.read():
            for ready in formats.admit(piece):
                run.send(ready)
            if stop.is_set():
                break
            if piece == IDLE:
                run.settle()
                formats.pause()
        else:
            problems += formats.problems()
    except HitstreamError as problem:
        problems.append(problem)
    run.settle()
    raise_all(problems)
    return run.sent


class _Production:
    """One run of `produce`."""

    def __init__(
        self, sender: Sender, positions: ProducerOffsets | None, formats: SourceFormats, on_sent: Callable[[Sent], None]
    ) -> None:
        self._sender = sender
        self._positions = positions
        self._formats = formats
        self._on_sent = on_sent
        self._lots: deque[_Lot] = deque()
        self._saved = time.monotonic()
        self.sent = Sent()

    def send(self, piece: SourceEvent) -> None:
        """Send a piece's lines, and save what was acknowledged meanwhile."""
        chunk, state = piece
        records: list[Record] = []
        if chunk is not None:
            form = self._formats.row(chunk.source)
            if state and self._positions:
                self._positions.begin(state, chunk.offset, form)
            path = state.path if state else chunk.source
            for part in cut(chunk):
                records.append(Record(part, path, self._formats.row(chunk.source).format))
                self._formats.follow(part)
        data = chunk.data if chunk else b""
        lot = _Lot(state, Sent(bytes(data).count(b"\n"), len(records), len(data)), len(records))
        self._lots.append(lot)
        for record in records:
            if not self._sender.send(record, lot.acknowledge):
                break
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self._save()

    def settle(self) -> None:
        """Wait until all that was sent is acknowledged, and save it."""
        if self._lots:
            try:
                self._sender.settle()
            finally:
                self._save()

    def _save(self) -> None:
        states: dict[str, SourceState] = {}
        while self._lots and not self._lots[0].waiting:
            lot = self._lots.popleft()
            self.sent = Sent(*map(sum, zip(self.sent, lot.sent, strict=True)))
            if lot.state:
                states[lot.state.identity] = lot.state
        if states and self._positions:
            self._positions.save(states.values())
        self._saved = time.monotonic()
        self._on_sent(self.sent)
