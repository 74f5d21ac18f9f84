"""The files that a configuration is made of: its own and those that it includes, within its directory."""

import glob
import logging
from collections.abc import Iterator
from pathlib import Path

from hitstream.errors import ConfigError

MAX_FILES = 500
MAX_FILE_BYTES = 4 << 20
_log = logging.getLogger(__name__)


class ConfigurationFiles:
    """Reads a configuration and what it includes: no file twice, none outside its directory, not too many."""

    def __init__(self, first: Path) -> None:
        self._directory = first.resolve().parent
        self._read: set[Path] = set()

    def text(self, path: Path) -> str:
        """Return what a file holds.

        Raises:
            ConfigError: it cannot be read.
        """
        self._read.add(path.resolve())
        try:
            with path.open("rb") as file:
                return file.read(MAX_FILE_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Give a configuration's path.") from error

    def included(self, pattern: str) -> Iterator[Path]:
        """Yield the files of a pattern, from the directory of the configuration, that were not read before."""
        for name in sorted(glob.glob(pattern, root_dir=self._directory)):  # noqa: PTH207 - patterns may be absolute
            path = (self._directory / name).resolve()
            within = path.is_relative_to(self._directory) and len(self._read) < MAX_FILES
            if path in self._read or path.is_dir():
                continue
            if within:
                yield path
            else:
                _log.warning("%s is not read: it is outside of %s, or one too many.", path, self._directory)
