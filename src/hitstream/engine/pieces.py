"""Cuts chunks to the size that is parsed and rolled up at once."""

from collections.abc import Iterator

import numpy as np

from hitstream.jit import Kernel
from hitstream.record import Chunk

LINES_AT_ONCE = 200_000
"""Lines that are parsed and rolled up together; bounds the memory of a batch of very short lines."""

_count_lines = Kernel("hitstream.parse.compiled.kernel:count_lines", "u1[]")


def pieces(chunk: Chunk) -> Iterator[Chunk]:
    """Cut a chunk of too many lines into several."""
    data = np.frombuffer(chunk.data, np.uint8)
    if _count_lines(data) <= LINES_AT_ONCE:
        yield chunk
        return
    ends = np.flatnonzero(data == ord("\n"))[LINES_AT_ONCE - 1 :: LINES_AT_ONCE] + 1
    view = memoryview(chunk.data)
    start = 0
    for end in [*ends.tolist(), len(data)]:
        if end > start:
            yield Chunk(chunk.source, chunk.offset + start, view[start:end])
        start = end
