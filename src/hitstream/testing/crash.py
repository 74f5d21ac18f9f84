"""Crashes as data: a source whose lines are followed by a crash, and checkpoints that end the process."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from hitstream.record import Chunk
from hitstream.sources.contract import IDLE, SourceEvent
from hitstream.sources.identity import SourceState


class Crashed(BaseException):
    """Stands for the sudden end of a process: nothing that handles errors may catch it."""


class Event(Enum):
    """What may stand between the lines of a `CrashSource`."""

    CRASH = "crash"
    """The process ends here, the first time that it gets here."""
    PAUSE = "pause"
    """Everything there is now was read."""


CRASH, PAUSE = Event.CRASH, Event.PAUSE

STEPS = (
    "files-written",
    "before-commit",
    "committed",
    "archive-files-written",
    "archive-appended",
    "stage-emptied",
    "compaction-files",
    "compacted",
    "expired",
    "sealed",
)
"""The named steps of an ingest at which a checkpoint is called."""


class CrashSource:
    """A source made of whole lines, pauses and crashes. Open the same object again to go on after a crash."""

    def __init__(self, script: Sequence[bytes | Event], identity: str = "crash-source") -> None:
        self.identity = identity
        self.crashes = 0
        self._script = script
        self._position = 0
        self._left = False

    def open(self, states: Iterable[SourceState], _max_bytes: int = 0) -> "CrashSource":
        """Go on from a saved state, or from the start: what `ingest` opens its source with."""
        self._left = False
        self._position = next((state.position for state in states if state.identity == self.identity), 0)
        return self

    def read(self) -> Iterator[SourceEvent]:
        """Yield pieces; see `Source.read`.

        Raises:
            Crashed: at each CRASH, once.
        """
        offset = seen = 0
        for step in self._script:
            if self._left:
                return
            if step is PAUSE:
                yield IDLE
            elif step is CRASH:
                seen += 1
                if seen > self.crashes:
                    self.crashes = seen
                    raise Crashed
            elif isinstance(step, bytes):
                end = offset + len(step)
                if offset >= self._position:
                    yield SourceEvent(Chunk(self.identity, offset, step), self._state(end))
                offset = end

    def leave(self, _identity: str) -> None:
        """Deliver no more: the script is one source."""
        self._left = True

    def _state(self, position: int) -> SourceState:
        return SourceState(self.identity, self.identity, 0, 0, position, 0, False, position, b"", b"")


class CrashAt:
    """A checkpoint that crashes the nth time a step is reached."""

    def __init__(self, step: str, nth: int = 1) -> None:
        self.step = step
        self.left = nth

    def __call__(self, step: str) -> None:
        """Crash here, or count down to it."""
        if step == self.step:
            self.left -= 1
            if self.left == 0:
                raise Crashed(step)
