"""Brings the jars that the lock names into the cache: checked, resumed, in parallel, once for all stacks.

The cache has the layout of a Maven repository, and a class path lists its files one by one, so that two servers may
share a file but never a directory.
"""

import fcntl
import hashlib
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from hitstream.errors import ConfigError, DataError, Retryable
from hitstream.settings import cache_directory
from hitstream.stack import jars, repository
from hitstream.stack.files import explained
from hitstream.stack.jars import Jar
from hitstream.text import size

_AT_ONCE = 8
_PIECE = 1 << 18
_SECONDS = 30.0
"""Without a byte, after which a connection counts as broken."""
_TRIES = 4
_PAUSE = 0.5
"""Seconds before the second try; twice as long before each further one."""
_AGAIN = "What came so far is kept: run the same command again, and it goes on from there."


class Cut(Exception):
    """A download ended before its end; it may go on from there."""


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
    """Download until the file is right; a cut one goes on, a wrong one begins again once."""
    wrong = False
    for attempt in range(_TRIES):
        try:
            _go_on(address, partial, jar, counter)
        except (Cut, urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            if attempt + 1 == _TRIES or not _worth_a_try(error):
                raise _refused(address, error) from error
            time.sleep(_PAUSE * 2**attempt)
            continue
        if is_right(partial, jar):
            return
        partial.unlink()
        if wrong:
            break
        wrong = True
    raise DataError(
        f"{address} is not the file that jars.lock names: its SHA-256 is another.",
        "Ask who runs that repository; or take another with --repository.",
    )


def _go_on(address: str, partial: Path, jar: Jar, counter: _Counter) -> None:
    there = partial.stat().st_size if partial.exists() else 0
    if there >= jar.size:
        there = 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={there}-"} if there else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the user's repository, also file:
        if answer.status != HTTPStatus.PARTIAL_CONTENT:
            there = 0
        with partial.open("ab" if there else "wb") as file:
            while piece := answer.read(_PIECE):
                file.write(piece)
                there += len(piece)
                counter.set(jar, there)
    if there < jar.size:
        raise Cut(f"it ended after {there:,} of {jar.size:,} bytes")


def _worth_a_try(error: Exception) -> bool:
    return not isinstance(error, urllib.error.HTTPError) or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _refused(address: str, error: Exception) -> ConfigError | DataError | Retryable:
    if isinstance(error, urllib.error.HTTPError):
        if error.code == HTTPStatus.NOT_FOUND:
            return DataError(f"The repository has no {address}.", "Take a complete one with --repository.")
        if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return ConfigError(
                f"{address}: the repository wants to know who asks ({error.code}).",
                "Let Maven fetch it, which knows your password (`mvn dependency:get -Dartifact=...`): "
                "what is in ~/.m2/repository is taken from there.",
            )
    return Retryable(f"{address} cannot be fetched: {error}.", _AGAIN)
