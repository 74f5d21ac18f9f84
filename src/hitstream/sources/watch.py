"""The files that a tail watches, from scan to scan."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from hitstream.errors import ConfigError
from hitstream.sources.discover import Found, Paths, former_paths
from hitstream.sources.files import LogFile
from hitstream.sources.identity import SourceState

LINGER_SECONDS = 300.0
"""How long a file that was renamed away or deleted must be quiet before it is dropped."""

LEEWAY_NS = 2_000_000_000
"""How much older than the newest known content of its log a rotated file may be that was never read.

A file that was compressed a moment ago waits until it is quiet, and one whose name changes between two looks is found
at the next: meanwhile newer lines are read, and a process may be killed then. What waits for longer is known by
`SourceState.waiting_ns`.
"""

HELD_FILES = 128
"""How many files, the latest changed, are held open while following."""


class Watch:
    """Finds files anew on every look, and stays with those that it holds when their names go away.

    Raises:
        ConfigError: a path means no file, and none was read from there before.
    """

    def __init__(self, paths: Iterable[str | Path], known: Iterable[SourceState], *, hold: bool, linger: float) -> None:
        states = list(known)
        self._paths = Paths(paths)
        self._paths.check(state.path for state in states)
        self._hold = hold
        self._linger = linger
        self._started = False
        self._files: dict[tuple[int, int], LogFile] = {}
        self._rotated: dict[str, list[LogFile]] = {}
        # the latest time of known content for each file given by name that was read: its siblings are told by it
        self._newest: dict[str, int] = {}
        given = set(map(str, self._paths.given))
        for state in states:
            for path in given & former_paths(state.path):
                since = min(state.mtime_ns, state.waiting_ns or state.mtime_ns)
                self._newest[path] = max(since, self._newest.get(path, 0))

    @property
    def files(self) -> Collection[LogFile]:
        """Return the files of the last look."""
        return self._files.values()

    def look(self, now: float) -> list[LogFile]:
        """Return the files there are, the one changed longest ago first.

        Raises:
            ConfigError: see `Paths.scan`.
        """
        before, self._files = self._files, {}
        for found in self._paths.scan(self._newest):
            file = before.pop(found.key, None) or self._new_file(found, now)
            file.path, file.gone, file.final = found.path, False, False
            file.update(found.status, now)
            self._files[file.key] = file
        for file in before.values():
            if file.is_open:
                self._stay_with(file, now)
        self._started = True
        self._rotated = defaultdict(list)
        for file in self._files.values():
            if file.named:
                self._rotated[file.named].append(file)
        files = sorted(self._files.values(), key=lambda file: (file.status.st_mtime_ns, file.path))
        if self._hold:
            _hold_latest(files)
        return files

    def note_read(self, file: LogFile) -> None:
        """Take note that lines of the file were read.

        A log that was known at the start keeps the time of then: what is found late, since its name changed during a
        look, is older than what was read meanwhile.
        """
        if file.named:
            self._newest.setdefault(file.named, file.status.st_mtime_ns)

    def oldest_waiting(self, file: LogFile) -> int | None:
        """Return the time of the oldest file of the same log that was found and is not yet read; None without one.

        A process that is killed then finds it again by this time, however much newer the lines are that it has read.
        """
        others = (other for other in self._rotated.get(file.named or "", ()) if other is not file and other.is_unread)
        return min((other.status.st_mtime_ns for other in others), default=None)

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def _new_file(self, found: Found, now: float) -> LogFile:
        newest = self._newest.get(found.named or "")
        asked = found.asked or (newest is not None and found.status.st_mtime_ns >= newest - LEEWAY_NS)
        return LogFile(found, asked=asked, quiet_since=now if self._started else float("-inf"))

    def _stay_with(self, file: LogFile, now: float) -> None:
        """Keep a file that has no watched name any more until it has been quiet for long enough."""
        if file.final:
            file.close()
            return
        if not file.gone:
            file.gone, file.quiet_since = True, now
        file.update_open(now)
        file.final = now - file.quiet_since >= self._linger
        self._files[file.key] = file


def _hold_latest(files: list[LogFile]) -> None:
    for rank, file in enumerate(reversed(files)):
        file.held = file.gone or rank < HELD_FILES
        if file.held:
            with suppress(ConfigError):  # told when the file is visited
                file.open()
        else:
            file.close()
