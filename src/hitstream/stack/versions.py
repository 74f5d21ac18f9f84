"""Which version of what makes up the stack: the table in versions.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class JarGroup(NamedTuple):
    """A group of jars that is resolved by itself."""

    name: str
    version: str
    jars: tuple[str, ...]
    """Coordinates: group:artifact:type[:classifier]:version."""
    exclude: tuple[str, ...] = ()
    """group:artifact of what is left out, though something depends on it."""
    alone: bool = False
    """Whether to take only what is named, without what that depends on."""


@cache
def parts() -> dict[str, JarGroup]:
    """Read the table."""
    table = tomllib.loads((files("hitstream.stack") / "versions.toml").read_text())
    return {name: _part(name, **row) for name, row in table.items()}


def version(part: str) -> str:
    """Return the version that a part is known by."""
    return parts()[part].version


def _part(name: str, version: str, jars: list[str], exclude: list[str] | None = None, alone: bool = False) -> JarGroup:
    return JarGroup(name, version, tuple(jars), tuple(exclude or ()), alone)
