"""Brings the jars that the lock names into the cache: checked, resumed, in parallel, once for all stacks.

The cache has the layout of a Maven repository, and a class path lists its files one by one, so that two servers may
share a file but never a directory.
"""

import fcntl
import hashlib
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

from hitstream.download import bring
from hitstream.errors import ConfigError, DataError, Retryable, explained
from hitstream.settings import cache_directory
from hitstream.stack import jars, repository
from hitstream.stack.jars import Jar
from hitstream.text import size

_AT_ONCE = 8


class Cache(NamedTuple):
    """A directory of jars, and where they come from."""

    directory: Path
    repository: str | None = None
    """Address of a Maven repository; looked up where not given."""
    offline: bool = False

    def paths(self, part: str) -> tuple[Path, ...]:
        """Return the files of a part, whether or not they are there."""
        return tuple(self.directory / jar.path for jar in jars.of(part))

    def missing(self, parts: Iterable[str]) -> list[Jar]:
        """Return the jars of some parts that are not there, or not as the lock says; each is read and hashed."""
        wanted = {jar.path: jar for part in parts for jar in jars.of(part)}.values()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            right = pool.map(lambda jar: is_right(self.directory / jar.path, jar), wanted)
        return [jar for jar, good in zip(wanted, right, strict=True) if not good]


def cache(directory: Path | None, address: str | None = None, offline: bool = False) -> Cache:
    """Return the cache in a directory, or in the user's where not given."""
    return Cache((directory or cache_directory() / "jars").expanduser().absolute(), address, offline)


def fetch(store: Cache, parts: Iterable[str], shown: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Bring what is missing; return how many jars came. `shown` is told how many of how many bytes are there.

    Raises:
        ConfigError: jars are missing and the cache is offline, or no repository is known.
        Retryable: the repository cannot be reached, or breaks off again and again.
        DataError: the repository has not the file that the lock names.
        Fatal: the disk is full.
    """
    parts = tuple(parts)
    if not (wanted := store.missing(parts)):
        return 0
    total = sum(jar.size for jar in wanted)
    if store.offline:
        raise ConfigError(
            f"{len(wanted)} jars of {', '.join(dict.fromkeys(jar.part for jar in wanted))} ({size(total)}) are not in "
            f"{store.directory}, or damaged there.",
            "Run `hitstream stack fetch` once without --offline.",
        )
    with _alone(store.directory):
        wanted = store.missing(parts)  # another command may have brought them meanwhile
        _fetch_all(store, wanted, _Counter(total, shown))
    return len(wanted)


def is_right(path: Path, jar: Jar) -> bool:
    """Tell whether a file is the one that the lock means."""
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


class _Counter:
    """Adds up the bytes of all downloads."""

    def __init__(self, total: int, shown: Callable[[int, int], None]) -> None:
        self._total = total
        self._shown = shown
        self._done: dict[Jar, int] = {}
        self._alone = threading.Lock()

    def set(self, jar: Jar, octets: int) -> None:
        """Note how many bytes of a jar are there."""
        with self._alone:
            self._done[jar] = octets
            self._shown(sum(self._done.values()), self._total)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Wait until no other process fetches into the directory."""
    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / ".lock").open("w")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_all(store: Cache, wanted: list[Jar], counter: _Counter) -> None:
    base = repository.address(store.repository) if wanted else ""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        works = [pool.submit(_fetch, store.directory / jar.path, jar, base, counter) for jar in wanted]
        try:
            for work in works:
                work.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(target: Path, jar: Jar, base: str, counter: _Counter) -> None:
    """Bring one jar: from the user's Maven repository where it stands there, else from the network."""
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".part")
        kept = repository.maven_home() / "repository" / jar.path
        if is_right(kept, jar):
            shutil.copyfile(kept, partial)
            counter.set(jar, jar.size)
        else:
            _download(f"{base}/{jar.path}", partial, jar, counter)
        partial.replace(target)


def _download(address: str, partial: Path, jar: Jar, counter: _Counter) -> None:
    """Download until the file is right; a wrong one begins again once."""
    for _ in range(2):
        try:
            bring(address, partial, lambda done, _: counter.set(jar, done), jar.size)
        except HTTPError as error:
            raise _refused(address, error) from error
        if is_right(partial, jar):
            return
        partial.unlink()
    raise DataError(
        f"{address} is not the file that jars.lock names: its SHA-256 is another.",
        "Ask who runs that repository; or take another with --repository.",
    )


def _refused(address: str, error: HTTPError) -> ConfigError | DataError | Retryable:
    if error.code == HTTPStatus.NOT_FOUND:
        return DataError(f"The repository has no {address}.", "Take a complete one with --repository.")
    if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ConfigError(
            f"{address}: the repository wants to know who asks ({error.code}).",
            "Let Maven fetch it, which knows your password (`mvn dependency:get -Dartifact=...`): "
            "what is in ~/.m2/repository is taken from there.",
        )
    return Retryable(f"{address} cannot be fetched: {error}.", "Run the same command again later.")
