"""What errors of this machine's file systems mean."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hitstream.errors import ConfigError, Fatal, HitstreamError

NOT_LOST = "Nothing is half-written: free space and run the same command again."
"""The way out of a full disk."""


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Turn errors of the file system into ours."""
    try:
        yield
    except OSError as problem:
        raise _explain(path, problem) from problem


def _explain(path: Path, problem: OSError) -> HitstreamError:
    """Say what an error of the file system at `path` means."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Fatal(f"Disk full at {path} ({problem.strerror}).", NOT_LOST)
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ConfigError(
            f"{path} cannot be written ({problem.strerror}).", "Choose a directory of your own with --data."
        )
    if problem.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
        return ConfigError(
            f"{path} cannot be made ({problem.strerror}).",
            "Name a directory with --data: no part of its path may be a file.",
        )
    return Fatal(f"{path}: {problem}.", "Check the disk, then run the same command again.")
