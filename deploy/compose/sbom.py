"""Writes what an image holds as a CycloneDX 1.5 list: Debian's packages, Python's, and the jars of the lock file."""

import json
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import quote


def debian() -> list[dict[str, str]]:
    """Return the packages that dpkg knows."""
    listed = subprocess.run(["dpkg-query", "--show"], capture_output=True, text=True, check=True).stdout
    found = []
    for line in listed.splitlines():
        name, version = line.split("\t")
        name = name.partition(":")[0]
        found.append(_part(name, version, f"pkg:deb/debian/{name}@{quote(version)}"))
    return found


def python() -> list[dict[str, str]]:
    """Return the packages of the environment that runs this."""
    known = {each.name: each.version for each in distributions()}
    return [_part(name, known[name], f"pkg:pypi/{name.lower()}@{known[name]}") for name in sorted(known)]


def jars(directory: Path) -> list[dict[str, str]]:
    """Return the jars and nars below a directory in the layout of a Maven repository."""
    found = []
    for file in sorted(directory.rglob("*.[jn]ar")):
        *group, name, version, _ = file.relative_to(directory).parts
        found.append(_part(name, version, f"pkg:maven/{'.'.join(group)}/{name}@{version}"))
    return found


def _part(name: str, version: str, address: str) -> dict[str, str]:
    return {"type": "library", "name": name, "version": version, "purl": address}


if __name__ == "__main__":
    target, *places = map(Path, sys.argv[1:])
    parts = [*debian(), *python(), *(jar for place in places for jar in jars(place))]
    target.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": parts}))
