"""Puts NiFi together from its published parts, in the shape of its installation: NARs, and Python sources.

Neither an installation nor the NAR of the standard processors is published as an artifact, but everything in them is.
The shape of a NAR is in NiFi's Developer's Guide, "NiFi Archives (NARs)".
"""

import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from hitstream.errors import explained
from hitstream.stack.versions import version

_MADE_OF = "made-of.txt"
_MANIFEST = """Manifest-Version: 1.0
Nar-Group: org.apache.nifi
Nar-Id: nifi-standard-nar
Nar-Version: {version}
Nar-Dependency-Group: org.apache.nifi
Nar-Dependency-Id: nifi-standard-shared-nar
Nar-Dependency-Version: {version}

"""
_SOURCES = {"nifi-python-framework": ("framework/", "python"), "nifi-python-extension-api": ("nifiapi/", "python/api")}
"""Jar → the folder in it, and where that is expected: beside each other, under the names that NiFi has for them."""


def assemble(place: Path, jars: Callable[[str], tuple[Path, ...]]) -> None:
    """Make `place` NiFi's directory of libraries, unless it is made of the same files already.

    Raises:
        Fatal: the disk is full.
    """
    extensions, standard = jars("nifi-extensions"), jars("nifi-standard")
    made_of = "\n".join(str(path) for path in (*extensions, *standard))
    with explained(place):
        if (place / _MADE_OF).exists() and (place / _MADE_OF).read_text() == made_of:
            return
        made = place.with_name(place.name + ".new")
        for old in (made, place):
            shutil.rmtree(old, ignore_errors=True)
        made.mkdir(parents=True)
        for path in extensions:
            if path.suffix == ".nar":
                (made / path.name).symlink_to(path)
            else:
                _unpack(path, made)
        _pack(made / f"nifi-standard-nar-{version('nifi-standard')}.nar", standard)
        (made / _MADE_OF).write_text(made_of)
        made.rename(place)


def _pack(nar: Path, jars: Iterable[Path]) -> None:
    """Write a NAR. NiFi wants entries for its directories; what is in it is compressed already."""
    with zipfile.ZipFile(nar, "w", zipfile.ZIP_STORED) as archive:
        archive.mkdir("META-INF")
        archive.writestr("META-INF/MANIFEST.MF", _MANIFEST.format(version=version("nifi-standard")))
        archive.mkdir("META-INF/bundled-dependencies")
        for jar in jars:
            archive.write(jar, f"META-INF/bundled-dependencies/{jar.name}")


def _unpack(jar: Path, place: Path) -> None:
    folder, where = next(found for name, found in _SOURCES.items() if jar.name.startswith(f"{name}-{version('nifi')}"))
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith(folder):
                archive.extract(name, place / where)


def copy_processors(source: Path, place: Path) -> None:
    """Make `place` hold the processors written in Python that stand in `source`, and nothing else.

    NiFi writes beside what it loads, so it never gets the originals.

    Raises:
        Fatal: the disk is full.
    """
    with explained(place):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
