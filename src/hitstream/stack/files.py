"""Writes the stack's own small files, whole or not at all."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hitstream.errors import ConfigError, Fatal

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into an error that says what to do.

    Raises:
        Fatal: there is no room.
        ConfigError: anything else.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or path
        if error.errno in _FULL:
            raise Fatal(
                f"{where}: no room left: {error.strerror}.", "Make room, then run the same command again."
            ) from error
        raise ConfigError(
            f"{where}: {error.strerror}.", "Look at its permissions, or name another directory."
        ) from error


def save(path: Path, value: Any) -> None:
    """Write JSON in the place of a file, so that a reader sees the old or the new one."""
    made = path.with_name(path.name + ".new")
    with explained(path):
        with made.open("w") as file:
            json.dump(value, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
