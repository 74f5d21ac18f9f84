"""The numbers of lines of which the positions are known: found by reading the files again, as they were read."""

from collections.abc import Iterable

from hitstream.errors import HitstreamError
from hitstream.sources.open import open_source

LOOK_BYTES = 1 << 30
"""How much is read at the most, packed files as they are unpacked: a number that takes longer is left out."""

Place = tuple[str, int]
"""A source's identity, and the offset of a line's first byte."""


def line_numbers(places: Iterable[Place], paths: Iterable[str], look_bytes: int = LOOK_BYTES) -> dict[Place, int]:
    """Return the number, from 1, of each line that starts at one of some places in one of some files.

    A file that is gone, or is another by now, has none.
    """
    wanted: dict[str, list[int]] = {}
    for source, offset in sorted(set(places)):
        wanted.setdefault(source, []).append(offset)
    found: dict[Place, int] = {}
    for path in dict.fromkeys(paths):
        try:
            look_bytes -= _count(path, wanted, found, look_bytes)
        except (HitstreamError, OSError):
            continue
    return found


def _count(path: str, wanted: dict[str, list[int]], found: dict[Place, int], look_bytes: int) -> int:
    """Find the numbers of lines of one file; return how much was read."""
    lines = read = 0
    source = open_source([path], torn="take")
    for piece in source.read():
        chunk = piece.chunk
        if chunk is None:
            continue
        offsets = wanted.get(chunk.source, [])
        if not offsets or offsets[-1] < chunk.offset or read > look_bytes:
            source.leave(chunk.source)
            break
        data = bytes(chunk.data)
        for offset in offsets:
            if 0 <= offset - chunk.offset < len(data):
                found[chunk.source, offset] = lines + data.count(b"\n", 0, offset - chunk.offset) + 1
        lines += data.count(b"\n")
        read += len(data)
    return read
