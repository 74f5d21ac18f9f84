"""Configuration files: real ones, in deploy/conf, in which `${...}` is filled at each start.

The same files make the Docker images. In an installed package they stand beside this module.
"""

import shutil
from importlib.resources import files
from pathlib import Path
from string import Template

from hitstream.errors import ConfigError, explained
from hitstream.stack.contract import Instance


def templates(chosen: Path | None = None) -> Path:
    """Return the directory of the templates.

    Raises:
        ConfigError: it is not there.
    """
    packed = Path(str(files("hitstream.stack"))) / "conf"
    checkout = Path(__file__).parents[3] / "deploy" / "conf"
    found = chosen or (packed if packed.is_dir() else checkout)
    if not found.is_dir():
        raise ConfigError(f"The configuration files of the servers are not in {found}.", "Name a copy with --conf.")
    return found


def write(instance: Instance, source: Path) -> None:
    """Make the directories of a server, and fill its configuration files.

    Raises:
        ConfigError: a file names a placeholder that there is not, or is none of this server's.
    """
    folder = source / (instance.server.conf or instance.server.name)
    if not folder.is_dir():
        raise ConfigError(f"There are no configuration files of {instance.server.name} in {source}.", "Look at --conf.")
    with explained(instance.home):
        for emptied in (instance.conf, instance.tmp):
            shutil.rmtree(emptied, ignore_errors=True)
        for made in (instance.conf, instance.data, instance.logs, instance.tmp):
            made.mkdir(parents=True, exist_ok=True)
        values = instance.placeholders()
        for file in sorted(path for path in folder.iterdir() if path.is_file()):
            (instance.conf / file.name).write_text(_filled(file, values))


def _filled(file: Path, values: dict[str, str]) -> str:
    try:
        return Template(file.read_text()).substitute(values)
    except (KeyError, ValueError) as error:
        what = f"there is no placeholder {error}" if isinstance(error, KeyError) else str(error)
        raise ConfigError(f"{file}: {what}.", "A `$` of the server's own is written `$$`.") from error
