"""The formats of the sources that were read so far, found again by what a new log may have to do with them."""

from collections import defaultdict
from collections.abc import Iterable

from hitstream.parse.shapes import shape_of
from hitstream.sources.discover import former_paths
from hitstream.store.ledger import SourceFormat

_SHAPED_LINES = 10


class KnownFormats:
    """A format for each source, the latest last. Every look-up takes as long with one source as with thousands."""

    def __init__(self, rows: Iterable[SourceFormat]) -> None:
        self._rows: dict[str, SourceFormat] = {}
        self._texts: dict[str, None] = {}
        self._at: dict[str, dict[str, None]] = defaultdict(dict)
        self._rotated_from: dict[str, dict[str, None]] = defaultdict(dict)
        for row in rows:
            self.save(row)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, source: str) -> SourceFormat | None:
        """Return the format of a source, None if it was not read."""
        return self._rows.get(source)

    def latest(self) -> SourceFormat | None:
        """Return the format saved last, None if there is none."""
        return next(reversed(self._rows.values()), None)

    def save(self, row: SourceFormat) -> None:
        """Keep the format of a source, as the latest, in place of what it had."""
        if before := self._rows.pop(row.source, None):
            self._at[before.path].pop(row.source, None)
            for path in former_paths(before.path):
                self._rotated_from[path].pop(row.source, None)
        self._rows[row.source] = row
        self._texts.pop(row.format, None)
        self._texts[row.format] = None
        self._at[row.path][row.source] = None
        for path in former_paths(row.path):
            self._rotated_from[path][row.source] = None

    def texts(self) -> list[str]:
        """Return each format once, the latest first."""
        return list(reversed(self._texts))

    def near(self, path: str) -> list[str]:
        """Return the formats of the logs that a log is a rotation of, and of those that are rotations of it."""
        sources = dict.fromkeys(source for former in former_paths(path) for source in self._at.get(former, ()))
        sources |= self._rotated_from.get(path, {})
        return list(dict.fromkeys(self._rows[source].format for source in reversed(sources)))


def shapes_of(first: bytes) -> set[bytes]:
    """Return the shapes of a log's first few lines."""
    lines = first.split(b"\n", _SHAPED_LINES)[:_SHAPED_LINES]
    return {shape_of(line) for line in lines if line}
