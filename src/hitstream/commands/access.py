"""`hitstream password` and `hitstream token`: who may ask the dashboard."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hitstream import pipeline, terminal
from hitstream.commands.options import AccessFile, Data, default
from hitstream.errors import ConfigError

if TYPE_CHECKING:
    from hitstream.dashboard.access.credentials import CredentialsFile


def password(
    data: Data = default("data"),
    access_file: AccessFile = default("access_file"),
    remove: Annotated[bool, typer.Option("--remove", help="Ask for no password any more.")] = False,
) -> None:
    """Set the dashboard's password: asked for twice, or the first line of standard input.

    It is kept hashed. Whoever is logged in has to log in again.
    """
    file = _file(data, access_file)
    file.set_password(None if remove else _asked())
    terminal.note(f"{file.path}: the password was {'removed' if remove else 'set'}.")


def token(
    name: Annotated[str, typer.Argument(help="What the token is for: prometheus, backup.")],
    data: Data = default("data"),
    access_file: AccessFile = default("access_file"),
    remove: Annotated[bool, typer.Option("--remove", help="Let it in no more.")] = False,
) -> None:
    """Print a new token, with which a program may ask the API and the metrics. It is kept hashed: shown only now."""
    file = _file(data, access_file)
    if remove:
        file.remove_token(name)
        terminal.note(f"{file.path}: the token {name} was removed.")
        return
    sys.stdout.write(file.add_token(name) + "\n")


def _file(data: Path, access_file: Path | None) -> "CredentialsFile":
    try:
        import argon2  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"The dashboard is not installed: {error}.", "Install it: pip install 'hitstream[dashboard]'."
        ) from error
    serving = pipeline.Serving(default("host"), default("port"), access_file=access_file)
    return serving.credentials(data)


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != first:
        raise ConfigError("The two are not the same.", "Nothing was changed; run it again.")
    return first
