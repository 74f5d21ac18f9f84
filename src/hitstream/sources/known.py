"""The known sources, and which of them a file is."""

import logging
from collections.abc import Iterable, Iterator

from hitstream.sources.content import Content, Fit
from hitstream.sources.copies import compare
from hitstream.sources.decompress import Limits
from hitstream.sources.files import LogFile
from hitstream.sources.identity import SourceState, first_line, heads_agree, identity_of


class KnownSources:
    """Every source ever seen, by identity.

    A file is a known source when its first bytes are that source's, and the bytes before the position too. A
    file that is shorter than what was read is an earlier copy of the source, unless it is the very file that
    the source was read from: then it was truncated and is a new source. So is one that differs from what that file has;
    where that is gone, a copy is taken for granted, and said.
    """

    def __init__(self, states: Iterable[SourceState], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._states: dict[str, SourceState] = {}
        self._ended: dict[tuple[int, int, int, int], str] = {}
        for state in states:
            self.save(state)

    def __iter__(self) -> Iterator[SourceState]:
        return iter(self._states.values())

    def save(self, state: SourceState) -> None:
        """Take the new state of a source."""
        self._states[state.identity] = state
        if state.ended:
            self._ended[*state.key, state.size, state.mtime_ns] = state.identity

    def recognise(self, file: LogFile, content: Content, *, final: bool) -> SourceState | None:
        """Return the source that goes on in this file, maybe a new one; None if there is nothing to read.

        Raises:
            DataError: a compressed file is cut off or damaged before the position.
        """
        if content.final and self._was_read(file):
            return None
        head = content.head()
        line = first_line(head) or (head if final else None)
        if not line:
            return None
        fit, state = self._best_fit(file, content, head, identity_of(line))
        if state is None and file.asked:
            fit, state = Fit.SAME, self._begin(file, head, identity_of(line))
        file.source = state.identity if state else None
        return state if fit is Fit.SAME else None

    def _was_read(self, file: LogFile) -> bool:
        identity = self._ended.get((*file.key, file.status.st_size, file.status.st_mtime_ns))
        file.source = identity or file.source
        return identity is not None

    def _best_fit(self, file: LogFile, content: Content, head: bytes, first: str) -> tuple[Fit, SourceState | None]:
        """Compare with what the file was; if that is over, with every source that has its first line."""
        if file.source is not None:
            state = self._states[file.source]
            fit = self._fit(file, content, head, state)
            if fit:
                return fit, state
            file.leave_source()
        fits = [(self._fit(file, content, head, state), state) for state in self._kin(first)]
        fitting = [(fit, state) for fit, state in fits if fit]
        return max(
            fitting,
            key=lambda one: (one[0], one[1].key == file.key, one[1].position),
            default=(Fit.OTHER, None),
        )

    def _fit(self, file: LogFile, content: Content, head: bytes, state: SourceState) -> Fit:
        if not heads_agree(head, state.head):
            return Fit.OTHER
        fit = content.fit(state.position, state.tail)
        if fit is not Fit.SHORTER:
            return fit
        truncated = state.key == file.key or state.identity in file.left
        return Fit.SHORTER if not truncated and self._is_copy(file, content, state) else Fit.OTHER

    def _is_copy(self, file: LogFile, content: Content, state: SourceState) -> bool:
        found = compare(file, content, state, self._limits)
        if found == "unknown" and file.source != state.identity:
            message = "%s begins as %s did, of which more was read: it is taken for a copy, and nothing of it is read."
            logging.getLogger(__name__).warning(message, file.path, state.path)
        return found != "other"

    def _kin(self, first: str) -> list[SourceState]:
        kin: list[SourceState] = []
        while state := self._states.get(_nth(first, len(kin) + 1)):
            kin.append(state)
        return kin

    def _begin(self, file: LogFile, head: bytes, first: str) -> SourceState:
        state = file.state(_nth(first, len(self._kin(first)) + 1), head)
        self.save(state)
        return state


def _nth(first: str, number: int) -> str:
    return first if number == 1 else f"{first}-{number}"
