"""Lines that are made, not read."""

import uuid
from collections.abc import Iterable, Iterator

from hitstream.record import Chunk
from hitstream.sources.contract import IDLE, SourceEvent


class GeneratedSource:
    """Blocks of whole lines as one new source, which cannot be resumed; a `Source`.

    An empty block says that nothing is due now.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.identity = f"generate-{uuid.uuid4().hex[:16]}"
        self._blocks = blocks
        self._left = False

    def read(self) -> Iterator[SourceEvent]:
        """Yield pieces; see `Source.read`."""
        offset = 0
        for block in self._blocks:
            if self._left:
                return
            yield SourceEvent(Chunk(self.identity, offset, block), None) if block else IDLE
            offset += len(block)

    def leave(self, _identity: str) -> None:
        """Deliver no more: the blocks are one source."""
        self._left = True
