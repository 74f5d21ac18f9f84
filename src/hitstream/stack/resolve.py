"""Makes the lock: Maven says which jars each part needs. Only for who changes versions.toml."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from hitstream.errors import ConfigError, Retryable
from hitstream.stack import jars
from hitstream.stack.jars import Jar
from hitstream.stack.versions import JarGroup, parts

_POM = """<project><modelVersion>4.0.0</modelVersion><groupId>hitstream</groupId><artifactId>{name}</artifactId>
<version>{version}</version><packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>"""
_LIST = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:list"
_EVERYTHING = "*:*"


def lock(said: Callable[[str], None]) -> Path:
    """Resolve every part with Maven and write the lock beside versions.toml; return its path.

    Raises:
        ConfigError: Maven is not there.
        Retryable: Maven failed; the message holds what it said.
    """
    if not shutil.which("mvn"):
        raise ConfigError(
            "Maven (`mvn`) is not installed.", "Install it to make a lock; to use the lock it is not needed."
        )
    found: list[Jar] = []
    for part in parts().values():
        resolved = _resolve(part)
        said(f"{part.name}: {len(resolved)} jars, {sum(jar.size for jar in resolved) >> 20} MiB")
        found += resolved
    path = Path(__file__).with_name(jars.LOCK)
    path.write_text(jars.text(found))
    return path


def _resolve(part: JarGroup) -> list[Jar]:
    with tempfile.TemporaryDirectory(prefix="hitstream-lock-") as directory:
        (Path(directory) / "pom.xml").write_text(_pom(part))
        listed = Path(directory) / "list.txt"
        asked = [f"-DoutputFile={listed}", "-DoutputAbsoluteArtifactFilename=true", "-DincludeScope=runtime"]
        command = ["mvn", "--batch-mode", "--quiet", _LIST, *asked]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Retryable(f"Maven could not resolve {part.name}:\n{done.stdout.strip()}", "Look at what it says.")
        rows = (line.split(" -- ")[0].strip() for line in listed.read_text().splitlines())
        return sorted(_jar(part, row) for row in rows if row.count(":") >= 4)


def _jar(part: JarGroup, row: str) -> Jar:
    """Read `group:artifact:type[:classifier]:version:scope:path`; a path has no colon."""
    *coordinate, _scope, path = row.split(":")
    data = Path(path).read_bytes()
    return Jar(part.name, ":".join(coordinate), hashlib.sha256(data).hexdigest(), len(data))


def _pom(part: JarGroup) -> str:
    excluded = [_EVERYTHING] if part.alone else part.exclude
    return _POM.format(
        name=part.name, version=part.version, dependencies="".join(_dependency(jar, excluded) for jar in part.jars)
    )


def _dependency(coordinate: str, excluded: Iterable[str]) -> str:
    group, artifact, kind, *classifier, version = coordinate.split(":")
    tags = {"groupId": group, "artifactId": artifact, "type": kind, "version": version}
    if classifier:
        tags["classifier"] = classifier[0]
    exclusions = "".join(
        _tag("exclusion", _tags(zip(("groupId", "artifactId"), x.split(":"), strict=True))) for x in excluded
    )
    return _tag("dependency", _tags(tags.items()) + _tag("exclusions", exclusions))


def _tags(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(_tag(name, escape(value)) for name, value in pairs)


def _tag(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
