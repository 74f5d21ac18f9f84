"""Where jars come from: a Maven repository, whose address is looked up and stands nowhere in hitstream."""

import zipfile
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from hitstream.errors import ConfigError

_OF_CENTRAL = {"*", "external:*", "central"}
_IVY_ROOT = "ivy.ibiblio.default.artifact.root"
_HINT = "Name one with --repository, or in ~/.m2/settings.xml as a <mirror> of central."


def maven_home() -> Path:
    """Return Maven's directory of the user."""
    return Path.home() / ".m2"


def address(setting: str | None) -> str:
    """Return the repository's address: of the setting, else the user's mirror, else what Spark's resolver takes.

    Raises:
        ConfigError: there is none of the three, or the user's settings cannot be read.
    """
    found = setting or _mirror(maven_home() / "settings.xml") or _default()
    if not found:
        raise ConfigError("No Maven repository to take jars from is known.", _HINT)
    return found.rstrip("/")


def _mirror(settings: Path) -> str | None:
    """Read the mirror of central (https://maven.apache.org/guides/mini/guide-mirror-settings.html)."""
    try:
        root = ElementTree.parse(settings).getroot()  # noqa: S314 - the user's own file
    except FileNotFoundError:
        return None
    except (OSError, ElementTree.ParseError) as error:
        raise ConfigError(f"{settings} cannot be read: {error}.", _HINT) from error
    for mirror in root.iterfind("./{*}mirrors/{*}mirror"):
        patterns = {pattern.strip() for pattern in (mirror.findtext("{*}mirrorOf") or "").split(",")}
        if patterns & _OF_CENTRAL and "!central" not in patterns:
            return (mirror.findtext("{*}url") or "").strip() or None
    return None


def _default() -> str | None:
    """Read the address that Ivy has built in; PySpark brings Ivy along."""
    spec = find_spec("pyspark")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for ivy in Path(place, "jars").glob("ivy-*.jar"):
            with zipfile.ZipFile(ivy) as archive:
                lines = archive.read("org/apache/ivy/core/settings/repository.properties").decode().splitlines()
            values = dict(line.split(" = ", 1) for line in lines if " = " in line)
            return values.get(_IVY_ROOT)
    return None
