"""A file that a tail watches: one inode, whatever its name becomes."""

import os
import time

from hitstream.errors import ConfigError
from hitstream.sources.content import Content, content_of
from hitstream.sources.decompress import Limits
from hitstream.sources.discover import Found
from hitstream.sources.identity import SourceState

_RACY_NS = 1_000_000_000  # a file that changed this shortly before a look can change again unseen by its times


class LogFile:
    """Where an inode was found, how far it was looked at, and which source it was recognised as.

    Attributes:
        asked: whether a source may begin in this file; false for older siblings of a file given by name.
        source: the identity it was recognised as.
        left: the sources this inode was before it was truncated.
        held: whether it stays open between looks.
        quiet_since: the time since when its size and times are the same.
        gone: whether no watched name leads to it.
        final: whether its torn last line is taken.
        consumed: the raw bytes read.
        problem: what was last wrong with it.
        compared: how many of its bytes are those of the source that it may be a copy of.
    """

    def __init__(self, found: Found, *, asked: bool, quiet_since: float) -> None:
        self.path = found.path
        self.named = found.named
        self.asked = asked
        self.status = found.status
        self.key = found.status.st_dev, found.status.st_ino
        self.source: str | None = None
        self.left: set[str] = set()
        self.held = False
        self.quiet_since = quiet_since
        self.gone = False
        self.final = False
        self.consumed = 0
        self.problem = ""
        self.compared = 0
        self._descriptor: int | None = None
        self._looked: tuple[int, int, int] | None = None
        self._looked_ns = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the file is open now."""
        return self._descriptor is not None

    @property
    def is_unread(self) -> bool:
        """Tell whether it holds what a source may begin with or go on with, and that was not read."""
        return self.asked and self.consumed < self.status.st_size

    @property
    def changed(self) -> bool:
        """Tell whether the content may differ from what the last look saw."""
        return self._looked != _stamp(self.status) or self._looked_ns - self.status.st_mtime_ns < _RACY_NS

    def state(self, identity: str, head: bytes, position: int = 0, tail: bytes = b"") -> SourceState:
        """Return the state of a source that begins, or goes on, in this file."""
        return SourceState(
            identity=identity,
            path=self.path,
            device=self.status.st_dev,
            inode=self.status.st_ino,
            size=self.status.st_size,
            mtime_ns=self.status.st_mtime_ns,
            ended=False,
            position=position,
            head=head,
            tail=tail,
        )

    def update(self, status: os.stat_result, now: float) -> None:
        """Take a new status of the file; a smaller one means that it was truncated."""
        if _stamp(status) != _stamp(self.status):
            self.quiet_since = now
        if status.st_size < self.status.st_size:
            self.leave_source()
        self.status = status

    def update_open(self, now: float) -> None:
        """Take the status of a file that is open, whatever its name is."""
        assert self._descriptor is not None
        self.update(os.fstat(self._descriptor), now)

    def mark_looked(self) -> None:
        """Remember that what the present status shows is being read."""
        self._looked, self._looked_ns = _stamp(self.status), time.time_ns()

    def leave_source(self) -> None:
        """Forget what the file was recognised as: its content is another one."""
        self.compared = 0
        if self.source is not None:
            self.left.add(self.source)
            self.source = None

    def open(self) -> bool:
        """Open the file; False if its name leads to another one or none by now.

        Raises:
            ConfigError: no permission.
        """
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except PermissionError as error:
            raise ConfigError(
                f"{self.path} cannot be read: permission denied.",
                "Run as a user who may (logs often belong to group adm).",
            ) from error
        status = os.fstat(descriptor)
        if (status.st_dev, status.st_ino) != self.key:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def close(self) -> None:
        """Close the file if it is open."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def content(self, limits: Limits) -> Content:
        """Return what the open file holds.

        Raises:
            DataError: it is of a kind that holds no log lines.
        """
        assert self._descriptor is not None
        return content_of(self._descriptor, self.path, limits)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
