"""Which files the given paths mean: files, directories and globs, looked at again on every scan."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from os import stat_result, walk
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from hitstream.errors import ConfigError

_HOUR = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]-[0-2][0-9]"
LOG_NAMES = ("*access*", "*.log", "*.log[.-]*", "*_log", "*_log[.-]*", f"{_HOUR}-*", f"*.{_HOUR}.*.gz")
"""The names that are read in a directory (case does not matter; hidden files never are): those of servers, and those
that Amazon S3 and CloudFront give their logs, a date and an hour."""

BELOW = "**"
"""As the last part of a path: the logs of a directory and of all directories below it."""

OTHER_NAMES = ("*error*", "*.tmp", "*.swp", "*~", "*.part", "*.md5", "*.sha256")
"""Of these, the names that are not read."""

_COMPRESSED = re.compile(r"\.(gz|bz2|zst|xz)$")
_MARK = re.compile(r"[.-]\d[\dT:_.-]*")
_OLD = (".old", ".bak")


class Found(NamedTuple):
    """A file to look at.

    `named` is the given path when it is one file: its rotated siblings carry it too. `asked` is false for
    those siblings: they are read only where they go on with a known source or are newer than it.
    """

    path: str
    status: stat_result
    named: str | None
    asked: bool

    @property
    def key(self) -> tuple[int, int]:
        """Return the device and inode."""
        return self.status.st_dev, self.status.st_ino


class Paths:
    """The given paths."""

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self.given = [Path(path).absolute() for path in paths]

    def scan(self, siblings: Iterable[str]) -> list[Found]:
        """Return the files there are now, each once, the one changed longest ago first.

        `siblings` are the single files whose rotated siblings are looked for, too.

        Raises:
            ConfigError: a directory cannot be read, or a path is neither file nor directory.
        """
        with_siblings = set(siblings)
        rotations = lru_cache(maxsize=None)(_rotations_in)  # each directory is listed once a scan
        found: dict[tuple[int, int], Found] = {}
        for path in self.given:
            near = rotations(path.parent).get(str(path), ()) if str(path) in with_siblings else ()
            for one in _expand(path, near):
                if one.key not in found or (one.asked and not found[one.key].asked):
                    found[one.key] = one
        return sorted(found.values(), key=lambda one: (one.status.st_mtime_ns, one.path))

    def check(self, known: Iterable[str]) -> None:
        """Refuse paths that mean no file; one of which a `known` file was read before may be away for now.

        Raises:
            ConfigError: naming the path and what was looked for.
        """
        read_before = list(known)
        for path in self.given:
            if not any(_expand(path)) and not any(_covers(path, name) for name in read_before):
                raise _nothing_at(path)


def is_sibling(named: str, other: str) -> bool:
    """Tell whether `other` is named as a rotation of `named` would be (or is it)."""
    return named in former_paths(other)


@lru_cache(maxsize=1 << 14)
def former_paths(path: str) -> frozenset[str]:
    """Return the paths that a file may have had before it was rotated to this one, which is among them.

    Rotations of `access.log` are named `access.log.1`, `access.log-20240131.gz`, `access-20240131.log` and the like.
    """
    folder, slash, name = path.rpartition("/")
    names = {name}
    for whole in {name, _COMPRESSED.sub("", name)}:
        stem, dot, suffix = whole.rpartition(".")
        names |= {whole, *_unmarked(whole, "")}
        if stem:
            names |= {*_unmarked(stem, dot + suffix)}
    return frozenset(f"{folder}{slash}{each}" for each in names)


def _unmarked(stem: str, suffix: str) -> Iterator[str]:
    """Yield the names that a mark of a rotation before the suffix may have been put into."""
    for at in range(1, len(stem)):
        if _MARK.fullmatch(stem, at) or (not suffix and stem[at:] in _OLD):
            yield stem[:at] + suffix


def _rotations_in(directory: Path) -> dict[str, list[Path]]:
    """Return the files of a directory, by the paths that they may have had before they were rotated."""
    rotations: dict[str, list[Path]] = defaultdict(list)
    for path in _listed(directory):
        for former in former_paths(str(path)):
            rotations[former].append(path)
    return rotations


def _expand(path: Path, near: Iterable[Path] = ()) -> Iterator[Found]:
    """Yield the files that a path means, and of one file those `near` it, which are its rotations."""
    status = _status(path)
    if status is not None and S_ISDIR(status.st_mode):
        yield from (Found(str(one), stat, None, True) for one, stat in _regular(_listed(path)) if _is_log(one.name))
    elif status is None and _is_glob(path):
        if path.name == BELOW:
            logs = (one for one in _below(path.parent) if _is_log(one.name))
            yield from (Found(str(one), stat, None, True) for one, stat in _regular(logs))
            return
        matches = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
        yield from (Found(str(one), stat, None, True) for one, stat in _regular(matches))
    else:
        if status is not None:
            yield Found(str(path), _must_be_regular(path, status), str(path), True)
        yield from (Found(str(one), stat, str(path), False) for one, stat in _regular(near))


def _listed(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError as error:
        raise _denied(directory, "listed") from error


def _below(directory: Path) -> Iterator[Path]:
    """Yield the files in a directory and below it, in no hidden directory and through no link to one."""
    for folder, folders, files in walk(directory):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder, name) for name in files)


def _regular(paths: Iterable[Path]) -> Iterator[tuple[Path, stat_result]]:
    for path in paths:
        status = None if path.name.startswith(".") else _status(path)
        if status is not None and S_ISREG(status.st_mode):
            yield path, status


def _status(path: Path) -> stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise _denied(path, "reached") from error


def _must_be_regular(path: Path, status: stat_result) -> stat_result:
    if not S_ISREG(status.st_mode):
        raise ConfigError(
            f"{path} is not a regular file.",
            "Read a pipe or device through standard input: give `-` as the path.",
        )
    return status


def _is_log(name: str) -> bool:
    wanted = any(fnmatchcase(name.lower(), pattern) for pattern in LOG_NAMES)
    return wanted and not is_other(name)


def is_other(path: str) -> bool:
    """Tell whether a file is no log by its name: one of `OTHER_NAMES`, or hidden."""
    name = path.rpartition("/")[2].lower()
    return name.startswith(".") or any(fnmatchcase(name, pattern) for pattern in OTHER_NAMES)


def _is_glob(path: Path) -> bool:
    return any(sign in str(path) for sign in "*?[")


def _covers(path: Path, name: str) -> bool:
    """Tell whether a file that was read before belongs to a given path."""
    if path.name == BELOW:
        return Path(name).is_relative_to(path.parent)
    return Path(name).parent == path or is_sibling(str(path), name) or (_is_glob(path) and Path(name).match(str(path)))


def _denied(path: Path, what: str) -> ConfigError:
    return ConfigError(
        f"{path} cannot be {what}: permission denied.",
        "Run as a user who may (logs often belong to group adm).",
    )


def _nothing_at(path: Path) -> ConfigError:
    if path.is_dir():
        return ConfigError(
            f"{path} holds no logs: no file there is named {', '.join(LOG_NAMES)} "
            f"(left out: {', '.join(OTHER_NAMES)} and hidden files).",
            "Give 'DIR/**' in quotes for the directories below, a glob such as 'DIR/*.txt', or the files.",
        )
    if _is_glob(path):
        return ConfigError(f"No file matches {path}.", "Check the pattern; `**` goes through directories.")
    return ConfigError(f"There is no file {path}.", "Check the path; `-` reads standard input.")
