"""The lock: which jars make up each part, by coordinate, SHA-256 and size."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from hitstream.errors import ConfigError

LOCK = "jars.lock"
_HEAD = "# Made by `hitstream stack lock` from versions.toml. Each line: part, coordinate, SHA-256, bytes.\n"
_FILE_TYPES = {"test-jar": "jar", "bundle": "jar"}
"""Maven's types whose files end otherwise."""


class Jar(NamedTuple):
    """A file of a Maven repository."""

    part: str
    coordinate: str
    """group:artifact:type[:classifier]:version."""
    sha256: str
    size: int
    """Bytes."""

    @property
    def path(self) -> str:
        """Where it stands in a repository (https://maven.apache.org/repository/layout.html)."""
        group, artifact, kind, *classifier, version = self.coordinate.split(":")
        name = "-".join((artifact, version, *classifier))
        return f"{group.replace('.', '/')}/{artifact}/{version}/{name}.{_FILE_TYPES.get(kind, kind)}"


@cache
def locked() -> Mapping[str, tuple[Jar, ...]]:
    """Return the jars of every part."""
    return read((files("hitstream.stack") / LOCK).read_text())


def of(part: str) -> tuple[Jar, ...]:
    """Return the jars of a part.

    Raises:
        ConfigError: the lock does not have it.
    """
    if part not in locked():
        raise ConfigError(f"{LOCK} has no jars of {part}.", "Run `hitstream stack lock` in the checkout.")
    return locked()[part]


def read(text: str) -> dict[str, tuple[Jar, ...]]:
    """Read the text of a lock."""
    found: dict[str, list[Jar]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            part, coordinate, sha256, size = line.split(" ")
            found.setdefault(part, []).append(Jar(part, coordinate, sha256, int(size)))
    return {part: tuple(jars) for part, jars in found.items()}


def text(jars: Iterable[Jar]) -> str:
    """Write jars as the text of a lock."""
    return _HEAD + "".join(f"{jar.part} {jar.coordinate} {jar.sha256} {jar.size}\n" for jar in jars)
