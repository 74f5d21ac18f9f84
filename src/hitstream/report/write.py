"""Write a report where the user wants it, whole or not at all."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from hitstream.errors import ConfigError, Fatal, HitstreamError
from hitstream.report import as_csv, as_html, as_json
from hitstream.report.contents import Report

STDOUT = "-"

FORMATS: dict[str, Callable[[Report], str]] = {
    ".html": as_html.render,
    ".json": as_json.render,
    ".csv": as_csv.render,
}
"""How a report is written, by the suffix of its path. Standard output is JSON."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def check(path: str | Path) -> None:
    """Find out whether `write` could write there, before the work that a report takes.

    Raises:
        ConfigError: the suffix is none of `FORMATS`, or the directory is not there or not writable.

    """
    if str(path) == STDOUT:
        return
    _format(path)
    place = Path(path).resolve()
    if place.is_dir():
        raise _refused(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    if not place.parent.is_dir():
        raise _refused(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise _refused(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def write(report: Report, path: str | Path) -> None:
    """Write a report to a path by its suffix, or as JSON to standard output (`-`).

    A file appears, or replaces an older one, only when it is complete.

    Raises:
        ConfigError: as `check`.
        Fatal: the disk is full or failed; what was at the path is still there.

    """
    if str(path) == STDOUT:
        _print(as_json.render(report))
        return
    check(path)
    text = _format(path)(report)
    place = Path(path).resolve()  # through a link, so that the link stays one
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        part.replace(place)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _format(path: str | Path) -> Callable[[Report], str]:
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ConfigError(
            f"{path}: a report cannot be written as {suffix or 'a file without suffix'}.",
            f"Name a file that ends in {', '.join(FORMATS)}, or - for JSON on standard output.",
        )
    return FORMATS[suffix]


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader has seen enough: for the command line to end quietly
    except OSError as error:
        raise _refused("standard output", error) from error


def _refused(path: str | Path, error: OSError) -> HitstreamError:
    message = f"{path}: the report cannot be written: {error.strerror}."
    if error.errno in _FULL:
        return Fatal(message, "Free space or name another disk with -o; nothing half-written was left behind.")
    return ConfigError(message, "Name a directory that exists and that you may write to with -o.")
