"""Which format the logs of a directory have, for a publisher that does not look at lines."""

from pathlib import Path

from hitstream.engine.formats import SourceFormats
from hitstream.errors import ConfigError, DataError
from hitstream.parse.detect import SAMPLE_BYTES
from hitstream.sources.tail import Tail


def format_of(directory: Path) -> str | None:
    """Return the format string of a directory's logs, told from their first lines.

    None where the directory cannot be seen from here or has no log yet, and where its logs have several formats.
    """
    formats: set[str] = set()
    try:
        source = Tail([directory], torn="take", max_bytes=SAMPLE_BYTES // 16)
        told = SourceFormats(source)
        for piece in source.read():
            for ready in told.admit(piece):
                if ready.chunk:
                    formats.add(told.row(ready.chunk.source).format)
            if piece.chunk:
                source.leave(piece.chunk.source)
    except (ConfigError, DataError):
        return None
    return formats.pop() if len(formats) == 1 and not told.problems() else None
