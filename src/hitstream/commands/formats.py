"""`hitstream formats`: what is known by name, and what the configurations of servers say."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hitstream import terminal
from hitstream.errors import ConfigError

_DONE = "Read each with `hitstream ingest FILE --format 'FORMAT'`."


def _conf(name: str, whose: str) -> Any:
    return typer.Option(f"--from-{name}", metavar="CONF", help=f"Print each log of {whose}, with its format.")


def formats(
    goaccess: Annotated[Path | None, _conf("goaccess", "a GoAccess configuration")] = None,
    nginx: Annotated[Path | None, _conf("nginx", "an nginx configuration and what it includes")] = None,
    apache: Annotated[Path | None, _conf("apache", "an Apache configuration and what it includes")] = None,
) -> None:
    """List the log formats known by name and the envelopes that may carry their lines, or those of a configuration."""
    from hitstream.parse.configurations.apache import apache_logs
    from hitstream.parse.configurations.goaccess import goaccess_logs
    from hitstream.parse.configurations.nginx import nginx_logs

    given = [
        (path, read) for path, read in ((goaccess, goaccess_logs), (nginx, nginx_logs), (apache, apache_logs)) if path
    ]
    if not given:
        _list_all()
        return
    logs = [log for path, read in given for log in read(path)]
    if not logs:
        raise ConfigError(f"{given[0][0]} names no access log.", "Give the main file of the configuration.")
    terminal.table("", ("file", "format", "problem"), logs)
    terminal.note(_DONE)


def _list_all() -> None:
    from hitstream.parse.envelopes import ENVELOPES
    from hitstream.parse.formats import FORMATS

    rows = [(row.name, row.title, row.text) for row in FORMATS]
    rows += [(f"{row.name}:", row.title, f"{row.name}: FORMAT") for row in ENVELOPES]
    terminal.table("", ("name", "what it is", "format"), rows)
