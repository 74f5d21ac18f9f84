"""Lines as records of a topic: the same bytes as hitstream's own `Record` and `cut`."""

from collections.abc import Iterator

RECORD_BYTES = 64 << 10


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
            stop = data.rfind(b"\n", start, start + size) + 1 or data.find(b"\n", start) + 1 or len(data)
        yield offset + start, data[start:stop]
        start = stop
