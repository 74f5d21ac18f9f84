"""What a stack remembers in its directory: which profile, which ports, and where others reach its servers."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hitstream.errors import ConfigError, Retryable, explained
from hitstream.stack.allocate import Ports
from hitstream.stack.contract import LOOPBACK, Profile
from hitstream.stack.files import save

_FILE = "stack.json"
_FORMAT = 1


@dataclass
class StackState:
    """The content of stack.json."""

    profile: Profile = "normal"
    ports: Ports = field(default_factory=dict)
    listen: str = LOOPBACK
    hosts: dict[str, str] = field(default_factory=dict)

    def save(self, directory: Path) -> None:
        """Keep it."""
        save(directory / _FILE, {"format": _FORMAT, **asdict(self)})


def load(directory: Path) -> StackState | None:
    """Read what the stack of a directory remembers; None where there is none yet.

    Raises:
        ConfigError: the file is damaged, or of another hitstream.
    """
    path = directory / _FILE
    try:
        with explained(path):
            values = json.loads(path.read_text())
        if values.pop("format") != _FORMAT:
            raise ValueError("it was written by another version of hitstream")
        return StackState(**values)
    except ConfigError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path} cannot be read as the state of a stack: {error}.",
            "Move it away, then `hitstream stack down` and `up`, with --port where servers had other ports; data stay.",
        ) from error


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Keep other commands off the stack while inside.

    Raises:
        Retryable: another command works on it.
    """
    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / ".lock").open("a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Retryable(
                f"Another command works on the stack in {directory}: process {file.read() or 'unknown'}.",
                "Wait for it, or name another directory with --data.",
            ) from None
        with explained(directory):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield
