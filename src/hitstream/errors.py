"""Every error that hitstream raises on purpose, classed by how one recovers.

    HitstreamError            exit code   how to recover
    ├── ConfigError           2           change the command or the setting it names
    ├── DataError             3           look at the data it names
    ├── Retryable             4           try again later; nothing is lost
    └── Fatal                 5           stop; the message says what to save and repair

Retry loops read the class, never the message.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class HitstreamError(Exception):
    """What was wrong and where (`message`), and what to do next (`hint`)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigError(HitstreamError):
    """A command, path or setting that cannot be carried out as given."""

    exit_code = 2


class DataError(HitstreamError):
    """Input that cannot be read as what it claims to be."""

    exit_code = 3


class Retryable(HitstreamError):
    """Something outside is away or in use; the same command may work later."""

    exit_code = 4


class Fatal(HitstreamError):
    """Going on could lose or double hits: a full disk, a damaged store, a broken promise."""

    exit_code = 5


def raise_all(problems: Sequence[HitstreamError]) -> None:
    """Raise the first of some problems, which tells of the others too; do nothing where there is none."""
    if not problems:
        return
    first, *others = problems
    more = f" Also: {' '.join(other.message for other in others)}" if others else ""
    raise type(first)(first.message + more, first.hint)


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
