"""What every source is: ordered pieces of whole lines, each with its identity and byte offset."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from hitstream.record import Chunk
from hitstream.sources.identity import SourceState

MAX_BYTES = 16 << 20
"""The most bytes a chunk holds, unless the caller says otherwise."""

LINE_CAP = 64 << 10
"""The longest line a parser takes, in bytes without its newline."""


class SourceEvent(NamedTuple):
    """One step of a source.

    `chunk` holds whole lines; `state` is what to save together with them, so that reading goes on after them.
    A piece with a state alone says that a compressed source was read to its end: save it when convenient.
    A piece with neither (`IDLE`) says that everything there is now was read: a place to commit or to stop.
    """

    chunk: Chunk | None
    state: SourceState | None


IDLE = SourceEvent(None, None)


class Source(Protocol):
    """Ordered, offset-addressed bytes.

    The lines of one identity come in order and without gaps: a chunk starts where the one before it ended,
    except after a line longer than a chunk, of which only the start is delivered (see `sources.lines`).
    The bytes of a chunk belong to the caller and are never written again.
    """

    def read(self) -> Iterator[SourceEvent]:
        """Yield pieces until the source has ended (never, for one that is followed).

        Raises:
            ConfigError: a path cannot be read.
            DataError: the bytes are not what they claim to be; whole lines before that place were delivered.
        """
        ...

    def leave(self, identity: str) -> None:
        """Deliver no more of a source in this run, since its lines cannot be parsed."""
        ...
