"""Finds the JDKs of this machine, and one that fits a server. No JVM is started: a JDK says its version in a file."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from hitstream.errors import ConfigError
from hitstream.stack.contract import Javas, Server

PLACES = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
    "~/.local/share/mise/installs/java/*",
    "~/.asdf/installs/java/*",
)
"""Where JDKs stand besides $JAVA_HOME and $PATH; on macOS those that /usr/libexec/java_home lists, and Homebrew's."""
_VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


class Jdk(NamedTuple):
    """A JDK or JRE."""

    version: int
    """Major."""
    home: Path


def found(places: Iterable[str] = PLACES) -> list[Jdk]:
    """Return every JDK, that of $JAVA_HOME first, then by version."""
    seen: dict[Path, Jdk] = {}
    for home in _homes(places):
        if (jdk := _jdk(home)) and jdk.home.resolve() not in seen:
            seen[jdk.home.resolve()] = jdk
    chosen = Path(os.environ["JAVA_HOME"]).resolve() if os.environ.get("JAVA_HOME") else None
    return sorted(seen.values(), key=lambda jdk: (jdk.home.resolve() != chosen, jdk.version, jdk.home))


def choose(server: Server, jdks: list[Jdk]) -> Jdk:
    """Return the first JDK that a server runs on.

    Raises:
        ConfigError: there is none; the hint says what to install.
    """
    for jdk in jdks:
        if fits(server.java, jdk):
            return jdk
    have = ", ".join(f"{jdk.version} ({jdk.home})" for jdk in jdks) or "none"
    raise ConfigError(f"{server.name} needs {needed(server.java)}; found: {have}.", advice(server.java))


def fits(javas: Javas, jdk: Jdk) -> bool:
    """Tell whether a server runs on a JDK."""
    return javas.least <= jdk.version <= javas.most


def needed(javas: Javas) -> str:
    """Say which Java a server runs on."""
    return f"Java {javas.least}" + (f" to {javas.most}" if javas.most > javas.least else "")


def advice(javas: Javas) -> str:
    """Say how such a Java is installed here: the oldest, which most servers share, so that few are to be installed."""
    if sys.platform == "darwin":
        way = f"`brew install openjdk@{javas.least}`"
    elif shutil.which("apt-get"):
        package = f"openjdk-{javas.least}-jre-headless"
        way = f"`apt-get install {package}`, or where there is none a Temurin {javas.least} from adoptium.net"
    else:
        way = f"a JDK {javas.least}: from your distribution, or a Temurin from adoptium.net"
    return f"Install {way}; then it is found by itself, or set JAVA_HOME to it."


def _homes(places: Iterable[str]) -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    if program := shutil.which("java"):
        yield Path(program).resolve().parent.parent
    for place in places:
        root = Path(place).expanduser()
        first = next(at for at, part in enumerate(root.parts) if "*" in part)
        yield from sorted(Path(*root.parts[:first]).glob(str(Path(*root.parts[first:]))))


def _jdk(home: Path) -> Jdk | None:
    """Read the file `release` of a JDK; None where it is no JDK, or not a whole one."""
    try:
        text = (home / "release").read_text(errors="replace")
    except OSError:
        return None
    version = _VERSION.search(text)
    whole = os.access(home / "bin" / "java", os.X_OK)
    return Jdk(int(version[1]), home) if version and whole else None
