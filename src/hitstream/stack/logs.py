"""Reads a server's log, also while it is written and turned over."""

import time
from collections.abc import Iterator

from hitstream.errors import ConfigError
from hitstream.stack.contract import Instance
from hitstream.stack.process import output
from hitstream.stack.telling import end

_LOOK = 0.2
_LINE = 400
"""Bytes of a long line, to guess how much holds so many lines."""


def read(instance: Instance, lines: int, follow: bool = False) -> Iterator[str]:
    """Yield the last lines of a log, or of what the server printed where it has written no log; then what comes.

    Raises:
        ConfigError: it has written neither.
    """
    paths = [path for path in (instance.log, output(instance)) if path.exists() and path.stat().st_size]
    if not paths:
        raise ConfigError(f"{instance.server.name} has written no log in {instance.logs}.", "Has it been started?")
    path = paths[0]
    at = path.stat()
    yield from end(path, lines * _LINE).splitlines()[-lines:]
    place = at.st_size
    rest = b""
    while follow:
        now = path.stat() if path.exists() else at
        if now.st_ino != at.st_ino or now.st_size < place:
            at, place = now, 0
        with path.open("rb") as file:
            file.seek(place)
            rest += file.read()
            place = file.tell()
        *whole, rest = rest.split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
        time.sleep(_LOOK)
