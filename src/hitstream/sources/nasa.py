"""The access logs of NASA Kennedy Space Center of July and August 1995, from the Internet Traffic Archive.

They are published as two gzip files, and known by how many bytes and lines they unpack to.
"""

import gzip
import zlib
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

from hitstream.download import bring
from hitstream.errors import DataError, explained

PUBLISHED_AT = "https://ita.ee.lbl.gov/traces"
_PIECE = 1 << 20


class Log(NamedTuple):
    """A published log, and what it unpacks to."""

    name: str
    bytes: int
    lines: int


LOGS = (
    Log("NASA_access_log_Jul95.gz", 205_242_368, 1_891_715),
    Log("NASA_access_log_Aug95.gz", 167_813_770, 1_569_898),
)


def fetch(
    log: Log,
    directory: Path,
    address: str = PUBLISHED_AT,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Path:
    """Bring a log into a directory where it is not there yet; return its path.

    A cut download goes on where it ended. `told` is told how many of how many packed bytes are there. The file stands
    under its name only when it is whole and has been checked.

    Raises:
        Retryable: the archive cannot be reached, or breaks off again and again.
        DataError: it has no such file, or another one.
        ConfigError: the directory cannot be written.
        Fatal: the disk is full.
    """
    target, address = directory / log.name, f"{address.rstrip('/')}/{log.name}"
    if target.exists():
        return target
    partial = target.with_name(target.name + ".part")
    with explained(target):
        directory.mkdir(parents=True, exist_ok=True)
        try:
            bring(address, partial, told)
        except HTTPError as error:
            if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:  # else all of it is there already
                raise DataError(
                    f"{address} cannot be had: {error}.", "Name another place of the two files with --from."
                ) from error
        found = _measured(partial)
        if found != (log.bytes, log.lines):
            partial.unlink()
            raise DataError(
                f"{address} is another file: it unpacks to {found[0]:,} bytes and {found[1]:,} lines, where "
                f"{log.bytes:,} and {log.lines:,} were published.",
                "Run the same command again, which begins anew; or name another place with --from.",
            )
        partial.replace(target)
    return target


def _measured(path: Path) -> tuple[int, int]:
    """Return the bytes and the lines of a packed file, the last without a newline too, as far as it can be unpacked."""
    size = lines = 0
    last = b"\n"
    try:
        with gzip.open(path) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                lines += piece.count(b"\n")
                last = piece[-1:]
    except (gzip.BadGzipFile, EOFError, zlib.error):
        pass  # what it is then shows in the numbers
    return size, lines + (last != b"\n")
