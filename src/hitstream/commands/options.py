"""Options that are settings: those of one group of commands are named where they are used, the others here."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from hitstream.pipeline import Stores
from hitstream.settings import setting

Added = dict[str, tuple[Any, Any]]
"""Options by name: each one's annotation, and its default."""


def option(name: str) -> Any:
    """Return the option of a setting: its flag, its variable, its help."""
    row = setting(name)
    return typer.Option(row.flag, envvar=row.variable, help=row.help, show_default=row.default is not None)


def default(name: str) -> Any:
    """Return the default of a setting."""
    return setting(name).default


Data = Annotated[Path, option("data")]
Format = Annotated[str | None, option("format")]
Client = Annotated[str | None, option("client")]
TrustedProxies = Annotated[str, option("trusted_proxies")]
BadKept = Annotated[int, option("bad_lines_kept")]
MinutesDays = Annotated[int, option("keep_minutes_days")]
HoursDays = Annotated[int, option("keep_hours_days")]
UnpackedGb = Annotated[int, option("max_unpacked_gb")]
Ratio = Annotated[int, option("max_ratio")]
AccessFile = Annotated[Path | None, option("access_file")]
Kafka = Annotated[str, option("kafka")]
Topic = Annotated[str, option("topic")]
Compression = Annotated[str, option("compression")]
Spark = Annotated[str, option("spark")]
Hdfs = Annotated[str, option("hdfs")]
Cassandra = Annotated[str, option("cassandra")]
Keyspace = Annotated[str, option("keyspace")]
Consistency = Annotated[str, option("consistency")]
"""The settings of more than one group of commands."""


def may_ask_cluster(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--cluster`, and the settings that say where that is, for its argument `cluster`."""
    names = [row.name for row in fields(Stores)]

    @wraps(command)
    def run(*, cluster: bool, **given: Any) -> None:
        stores = Stores(*(given.pop(name) for name in names))
        command(**given, cluster=stores if cluster else None)

    flag = typer.Option("--cluster", help="Ask the cluster, not a data directory.")
    return signed(run, command, "cluster", {"cluster": (Annotated[bool, flag], False), **taken(Stores)})


def reads_logs(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--format`, `--client` and `--trusted-proxies`, for its argument `log_format`."""

    @wraps(command)
    def run(*, format: str | None, client: str | None, trusted_proxies: str, **given: Any) -> None:
        from hitstream.parse.client_rule import with_rule

        command(**given, log_format=with_rule(format, client, trusted_proxies))

    kinds = {"format": str | None, "client": str | None, "trusted_proxies": str}
    added = {name: (Annotated[kind, option(name)], default(name)) for name, kind in kinds.items()}
    return signed(run, command, "log_format", added)


def taken(kind: Any) -> Added:
    """Return the options of a dataclass whose fields are settings."""
    return {row.name: (Annotated[row.type, option(row.name)], default(row.name)) for row in fields(kind)}


def signed(run: Callable[..., None], command: Callable[..., None], made: str, added: Added) -> Callable[..., None]:
    """Let `run` take the options of `command`, but for its argument `made`, and those from which it makes that."""
    own = [row for row in inspect.signature(command).parameters.values() if row.name != made]
    more = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value, annotation=annotation)
        for name, (annotation, value) in added.items()
    ]
    run.__signature__ = inspect.Signature([*own, *more])  # type: ignore[attr-defined]
    run.__annotations__ = {row.name: row.annotation for row in (*own, *more)}
    return run
