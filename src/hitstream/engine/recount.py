"""Counts the lines of a source again, where it still is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hitstream.errors import HitstreamError
from hitstream.sources.identity import SourceState, heads_agree
from hitstream.sources.tail import Tail
from hitstream.store.ledger import Range


def recount(state: SourceState, ranges: Sequence[Range]) -> tuple[list[int], str]:
    """Return the lines that start in each range, given in order; and, where that cannot be told, why not."""
    edges = np.array([edge for row in ranges for edge in (row.start, row.stop)], np.int64)
    counts = np.zeros(len(edges) + 1, np.int64)
    end = 0
    head = b""
    try:
        if not Path(state.path).exists():
            return [], "no longer there"
        for piece in Tail([state.path], torn="take").read():
            if piece.state is None or piece.state.path != state.path:
                continue
            head = piece.state.head
            if piece.chunk is None or not heads_agree(head, state.head):
                continue
            data = np.frombuffer(piece.chunk.data, np.uint8)
            starts = np.flatnonzero(data[:-1] == ord("\n")) + 1 + piece.chunk.offset
            starts = np.concatenate(([piece.chunk.offset], starts))
            counts += np.bincount(np.searchsorted(edges, starts, "right"), minlength=len(counts))
            end = piece.state.position
    except HitstreamError as problem:
        return [], problem.message
    if not heads_agree(head, state.head):
        return [], "holds another source now"
    if end < state.position:
        return [], "shorter than what was read of it"
    return counts[1::2].tolist(), ""
