"""Counts the lines of a source again, where it still is."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hitstream.errors import HitstreamError
from hitstream.sources.identity import SourceState, heads_agree
from hitstream.sources.tail import Tail
from hitstream.store.ledger import Range


class Recount(NamedTuple):
    """Lines that start in each range, and lines that start after it and before the next or the position."""

    read: list[int]
    after: list[int]


_NONE = Recount([], [])


def recount(state: SourceState, ranges: Sequence[Range]) -> tuple[Recount, str]:
    """Count the lines of a source, whose ranges are in order; where that cannot be done, say why not."""
    edges = np.array([edge for row in ranges for edge in (row.start, row.stop)], np.int64)
    counts = np.zeros(len(edges) + 1, np.int64)
    end, head = 0, b""
    try:
        if not Path(state.path).exists():
            return _NONE, "no longer there"
        for chunk, now in Tail([state.path], torn="take").read():
            if now is None or now.path != state.path:
                continue
            head = now.head
            if chunk is not None and heads_agree(head, state.head):
                data = np.frombuffer(chunk.data, np.uint8)
                starts = np.append(0, np.flatnonzero(data[:-1] == ord("\n")) + 1) + chunk.offset
                read = starts[starts < state.position]
                counts += np.bincount(np.searchsorted(edges, read, "right"), minlength=len(counts))
                end = now.position
    except HitstreamError as problem:
        return _NONE, problem.message
    if not heads_agree(head, state.head):
        return _NONE, "holds another source now"
    if end < state.position:
        return _NONE, "shorter than what was read of it"
    return Recount(counts[1::2].tolist(), counts[2::2].tolist()), ""
