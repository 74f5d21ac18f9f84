"""Options that are settings."""

from typing import Any

import typer

from hitstream.settings import setting


def option(name: str) -> Any:
    """Return the option of a setting: its flag, its variable, its help."""
    row = setting(name)
    return typer.Option(row.flag, envvar=row.variable, help=row.help, show_default=row.default is not None)


def default(name: str) -> Any:
    """Return the default of a setting."""
    return setting(name).default
