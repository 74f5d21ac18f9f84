"""Lines as records of a topic: the same bytes as hitstream's own `Record` and `cut`."""

import re
from collections.abc import Iterator

RECORD_BYTES = 64 << 10

_PART = re.compile(rb'\S{20,40} std(?:out|err) P |\{"log":"(?:[^"\\]|\\.)*+(?<!\\n)"', re.DOTALL)
_LINE_BYTES = 128 << 10


def headers(source: str, offset: int, path: str, log_format: str | None) -> list[tuple[str, bytes]]:
    """Return what travels beside the lines."""
    made = [
        ("source", source.encode()),
        ("offset", b"%d" % offset),
        ("path", path.encode(errors="surrogateescape")),
    ]
    return [*made, ("format", log_format.encode())] if log_format else made


def cut(offset: int, data: bytes, size: int = RECORD_BYTES) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, lines): as many lines together as `size` bytes hold, a longer line alone."""
    start = 0
    while start < len(data):
        stop = len(data)
        if start + size < stop:
            stop = before_parts(data, data.rfind(b"\n", start, start + size) + 1, start)
            stop = stop if stop > start else data.find(b"\n", start) + 1 or len(data)
        yield offset + start, data[start:stop]
        start = stop


def before_parts(data: bytes, end: int, start: int = 0) -> int:
    """Return where the parts of a cut line begin with which the lines before `end` end; `end` where there is none."""
    at = end
    while at > start:
        line = data[max(start, at - _LINE_BYTES) : at]
        begin = line.rfind(b"\n", 0, len(line) - 1) + 1
        if not _PART.match(line, begin):
            return at
        at -= len(line) - begin
    return end
