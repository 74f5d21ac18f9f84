"""Standard input, or any stream that can be read once."""

import os
import select
import time
import uuid
from collections.abc import Iterator
from typing import BinaryIO

from hitstream.record import Chunk
from hitstream.sources.codecs import MAGIC_BYTES, detect
from hitstream.sources.contract import IDLE, LINE_CAP, MAX_BYTES, SourceEvent
from hitstream.sources.decompress import Decompressed, Limits
from hitstream.sources.lines import LineCutter, check_sizes

WAIT_SECONDS = 0.1
"""How long bytes are gathered before the whole lines among them are handed over."""


class StreamSource:
    """Reads a binary stream to its end, plain or compressed; a `Source`.

    Its identity is new in every run and it cannot be resumed, so its pieces carry no state. Lines are handed
    over as they arrive, then `IDLE`, at least every `WAIT_SECONDS`; a torn last line is taken at the end.

    Raises:
        ConfigError: sizes that do not fit.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        max_bytes: int = MAX_BYTES,
        line_cap: int = LINE_CAP,
        limits: Limits | None = None,
        identity: str | None = None,
    ) -> None:
        check_sizes(max_bytes, line_cap)
        self.identity = identity or f"stdin-{uuid.uuid4().hex[:16]}"
        self._stream = stream
        self._max_bytes = max_bytes
        self._line_cap = line_cap
        self._limits = limits or Limits()
        self._left = False

    def read(self) -> Iterator[SourceEvent]:
        """Yield pieces; see `Source.read`."""
        raw = _Arriving(self._stream)
        while not raw.peek(MAGIC_BYTES):
            yield IDLE
        codec = detect("standard input", raw.start)
        stream = Decompressed(raw, "standard input", codec, self._limits) if codec else raw
        cuts = LineCutter(stream.readinto, max_bytes=self._max_bytes, line_cap=self._line_cap, final=True)
        for cut in cuts:
            if self._left:
                return
            yield IDLE if cut is None else SourceEvent(Chunk(self.identity, cut.offset, cut.data), None)

    def leave(self, _identity: str) -> None:
        """Deliver no more: the stream is one source."""
        self._left = True


class _Arriving:
    """A stream of which reads return what has arrived; None at the end of each `WAIT_SECONDS`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._descriptor = _descriptor(stream)
        self._until: float | None = None
        self.start = b""

    def peek(self, count: int) -> bool:
        """Read on until `start` holds `count` bytes or all there are; False if they have not arrived."""
        scratch = memoryview(bytearray(count))
        while len(self.start) < count:
            arrived = self._arrive(scratch[len(self.start) :])
            if arrived is None:
                return False
            if arrived == 0:
                break
            self.start += scratch[len(self.start) : len(self.start) + arrived]
        return True

    def readinto(self, view: memoryview) -> int | None:
        """Fill a part of the view; None when nothing more has arrived in time, 0 at the end."""
        if not self.start:
            return self._arrive(view)
        count = min(len(view), len(self.start))
        view[:count], self.start = self.start[:count], self.start[count:]
        return count

    def read(self, count: int) -> bytes:
        """Wait for bytes and return them; none at the end."""
        view = memoryview(bytearray(count))
        while (arrived := self.readinto(view)) is None:
            pass
        return bytes(view[:arrived])

    def _arrive(self, view: memoryview) -> int | None:
        if self._descriptor is None:
            block = self._stream.read(len(view))
            view[: len(block)] = block
            return len(block)
        now = time.monotonic()
        if self._until is None:
            self._until = now + WAIT_SECONDS
        if not select.select([self._descriptor], [], [], max(0.0, self._until - now))[0] or now >= self._until:
            self._until = None
            return None
        return os.readv(self._descriptor, [view])


def _descriptor(stream: BinaryIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, AttributeError):
        return None
