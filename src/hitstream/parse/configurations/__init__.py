"""Formats of logs as the configurations of servers and of GoAccess say them: every log with its file and its format."""

from typing import NamedTuple

from hitstream.errors import ConfigError
from hitstream.parse.formats import compile_format

__all__ = ["ConfiguredLog", "checked"]


class ConfiguredLog(NamedTuple):
    """A log: its file as the configuration names it, what to give as `--format`, and why that cannot be read."""

    file: str
    format: str
    problem: str = ""


def checked(file: str, log_format: str) -> ConfiguredLog:
    """Return a log, with what is wrong with its format where it cannot be compiled."""
    try:
        program = compile_format(log_format)
    except ConfigError as error:
        return ConfiguredLog(file, log_format, f"{error.message} {error.hint or ''}".strip())
    return ConfiguredLog(file, program.name if program.name != "custom" else program.written)
