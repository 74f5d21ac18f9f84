"""Tells an earlier copy of a log from another log that begins as it does."""

import os
from contextlib import suppress
from typing import Literal

from hitstream.errors import HitstreamError
from hitstream.sources.content import Content, Fit, content_of
from hitstream.sources.decompress import Limits
from hitstream.sources.files import LogFile
from hitstream.sources.identity import SourceState, heads_agree
from hitstream.sources.lines import ReadInto

_BLOCK_BYTES = 1 << 20

Copy = Literal["same", "other", "unknown"]


def compare(file: LogFile, content: Content, state: SourceState, limits: Limits) -> Copy:
    """Compare a file with the one that a source was read from, as far as the shorter goes.

    What was found equal is noted in the file, so that a copy under way is compared once. `unknown` is a file whose
    original is gone.

    Raises:
        DataError: the file is damaged.
    """
    with suppress(OSError, HitstreamError):
        descriptor = os.open(state.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) == state.key:
                original = content_of(descriptor, state.path, limits)
                file.compared, is_over = _common(content, original, file.compared)
                if is_over:
                    return "same"
                # It may have been truncated, even just now: then it is no original of anything.
                return "other" if _is_whole(original, state) else "unknown"
        finally:
            os.close(descriptor)
    return "unknown"


def _is_whole(original: Content, state: SourceState) -> bool:
    return heads_agree(original.head(), state.head) and original.fit(state.position, state.tail) is Fit.SAME


def _common(content: Content, original: Content, start: int) -> tuple[int, bool]:
    """Return how many bytes from the beginning are equal, and whether the content ends there."""
    readers = content.reader(start), original.reader(start)
    while True:
        one, other = (_block(reader) for reader in readers)
        if one != other[: len(one)]:
            return start, False
        start += len(one)
        if len(one) < _BLOCK_BYTES:
            return start, True


def _block(read: ReadInto) -> bytes:
    """Return the next block, a shorter one at the end."""
    block = memoryview(bytearray(_BLOCK_BYTES))
    size = 0
    while size < len(block) and (count := read(block[size:])):
        size += count
    return bytes(block[:size])
