"""`hitstream stack`: Kafka, Cassandra, HDFS, NiFi and Spark as processes of this machine."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hitstream import terminal
from hitstream.commands.options import default, option
from hitstream.commands.progress import Fetching, Waiting
from hitstream.errors import ConfigError
from hitstream.stack.contract import LOOPBACK
from hitstream.text import length, visible

if TYPE_CHECKING:
    from hitstream.stack.lifecycle import Stack

app = typer.Typer(
    name="stack",
    help="Run Kafka, Cassandra, HDFS, NiFi and Spark on this machine, without Docker.\n\nServers go on running when "
    "the command ends; they listen on 127.0.0.1 alone. Their data, logs and configuration stand below --data.",
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
)

Data = Annotated[Path, option("stack_data")]
Profile = Annotated[str | None, option("stack_profile")]
Jars = Annotated[Path | None, option("jars")]
Repository = Annotated[str | None, option("repository")]
Conf = Annotated[Path | None, option("conf")]
Only = Annotated[str, typer.Option("--only", help="Some servers and those they need: kafka,cassandra.")]
Offline = Annotated[bool, typer.Option("--offline", help="Take jars from the cache alone.")]
Ports = Annotated[
    list[str] | None, typer.Option("--port", help="SERVER_NAME=NUMBER, as kafka_broker=19092. Repeatable.")
]
Name = Annotated[str, typer.Argument(help="A server; `hitstream stack status` lists them.")]


@app.command()
def up(
    only: Only = "",
    stack_data: Data = default("stack_data"),
    stack_profile: Profile = default("stack_profile"),
    port: Ports = None,
    offline: Offline = False,
    jars: Jars = default("jars"),
    repository: Repository = default("repository"),
    conf: Conf = default("conf"),
) -> None:
    """Start what does not run yet, and wait until every server answers.

    The first time, jars are fetched and each server gets its default port, or the next free one; both are kept.
    """
    from hitstream.stack.lifecycle import Wishes

    wishes = Wishes(stack_profile, _pairs(port, int))
    with Fetching() as shown, Waiting() as said:
        said.stack = _stack(stack_data, jars, repository, offline, conf, shown, said)
        names = said.stack.up(_names(only), wishes)
    terminal.note(f"Up: {', '.join(names)}. Addresses: `hitstream stack env`. To stop: `hitstream stack down`.")


@app.command()
def down(only: Only = "", stack_data: Data = default("stack_data")) -> None:
    """Stop the servers, without losing anything; what was started elsewhere is left alone."""
    _stack(stack_data).down(_names(only))


@app.command()
def status(
    stack_data: Data = default("stack_data"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how each server is: up, starting, silent, died or down. Exit with 1 where one died or is silent."""
    from hitstream.stack.status import ServerStatus, statuses

    found = statuses(_stack(stack_data))
    if json:
        terminal.json_lines("", ServerStatus._fields, found)
    else:
        columns = ("server", "state", "version", "pid", "ports", "heap MiB", "RSS MiB", "uptime", "log")
        total = sum(row.memory or 0 for row in found)
        terminal.table("", columns, [*map(_status_row, found), ("all", "", "", "", "", None, total, "", "")])
    raise typer.Exit(1 if any(row.state in ("died", "silent") for row in found) else 0)


@app.command()
def logs(
    name: Name,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="Lines of the end.")] = 100,
    stack_data: Data = default("stack_data"),
) -> None:
    """Print the end of a server's log."""
    from hitstream.stack.logs import read

    for line in read(_stack(stack_data).instance(name), lines, follow):
        sys.stdout.write(visible(line) + "\n")
        sys.stdout.flush()


@app.command()
def restart(
    name: Name, stack_data: Data = default("stack_data"), jars: Jars = default("jars"), conf: Conf = default("conf")
) -> None:
    """Stop one server and start it again."""
    _stack(stack_data, jars, conf=conf).restart(name)


@app.command()
def kill(name: Name, stack_data: Data = default("stack_data")) -> None:
    """End a server by SIGKILL, to try a fault; `up` starts it again."""
    _stack(stack_data).kill(name)
    terminal.note(f"{name} is killed.")


@app.command()
def ready(name: Name, stack_data: Data = default("stack_data")) -> None:
    """Ask a server in its own protocol, once: for health checks. Exit with 4 where it does not answer."""
    from hitstream.errors import Retryable
    from hitstream.stack.lifecycle import answer

    version, why = answer(_stack(stack_data).instance(name))
    if version is None:
        raise Retryable(f"{name} does not answer: {why}.")
    terminal.note(f"{name} {version} answers.")


@app.command()
def env(stack_data: Data = default("stack_data")) -> None:
    """Print the servers' addresses for a shell: eval "$(hitstream stack env)"."""
    for variable, value in _stack(stack_data).environment().items():
        sys.stdout.write(f"export {variable}={shlex.quote(value)}\n")


@app.command()
def fetch(
    only: Only = "",
    jars: Jars = default("jars"),
    repository: Repository = default("repository"),
    offline: Offline = False,
) -> None:
    """Bring the servers' jars into the cache and start nothing; afterwards --offline works."""
    with Fetching() as shown:
        stack = _stack(Path(), jars, repository, offline, fetched=shown)
        came = stack.fetch(_names(only))
    terminal.note(f"{came} jars came; all that is needed is in {stack.jars.directory}.")


@app.command()
def run(
    name: Name,
    listen: Annotated[str, typer.Option(help="Address to bind to.")] = LOOPBACK,
    trusted_network: Annotated[
        bool, typer.Option("--trusted-network", help="Listen beyond this machine: nobody else is on that network.")
    ] = False,
    at: Annotated[
        list[str] | None, typer.Option("--at", help="SERVER=HOST: where others reach it. Repeatable.")
    ] = None,
    stack_data: Data = default("stack_data"),
    stack_profile: Profile = default("stack_profile"),
    port: Ports = None,
    offline: Offline = False,
    jars: Jars = default("jars"),
    repository: Repository = default("repository"),
    conf: Conf = default("conf"),
) -> None:
    """Run one server in the foreground, logging to the console, as containers do; Ctrl-C or SIGTERM stops it."""
    from hitstream.stack.lifecycle import Wishes

    if listen != LOOPBACK and not trusted_network:
        raise ConfigError(
            f"The servers know no passwords, so {name} does not listen on {listen}.",
            "Within a network of containers of your own, say so with --trusted-network.",
        )
    wishes = Wishes(stack_profile, _pairs(port, int), listen, _pairs(at, str))
    _stack(stack_data, jars, repository, offline, conf).run(name, wishes)


@app.command(context_settings={"ignore_unknown_options": True})
def client(
    command: Annotated[list[str], typer.Argument(help="What to run, after `--`.")],
    at: Annotated[list[str], typer.Option("--at", help="SERVER=HOST: where it is reached. Repeatable.")],
    stack_data: Data = default("stack_data"),
    stack_profile: Profile = default("stack_profile"),
    jars: Jars = default("jars"),
    conf: Conf = default("conf"),
) -> None:
    """Become a command that uses servers in other containers: with their configuration files, and their addresses set.

    Spark's executors reach a driver that runs so at this container's address.
    """
    import os
    import socket

    from hitstream.stack.lifecycle import Wishes

    wishes = Wishes(stack_profile, hosts=_pairs(at, str))
    found = _stack(stack_data, jars, offline=True, conf=conf).client(wishes)
    found |= {"SPARK_LOCAL_IP": socket.gethostbyname(socket.gethostname())}
    try:
        os.execvpe(command[0], command, {**found, **os.environ})  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise ConfigError(f"{command[0]} cannot be run: {error.strerror}.", "Name a program after `--`.") from error


@app.command()
def doctor(
    stack_data: Data = default("stack_data"),
    jars: Jars = default("jars"),
    java: Annotated[bool, typer.Option("--java", help="Look at Java alone.")] = False,
) -> None:
    """Say which Java, jars, memory, disk and ports the servers find. Exit with 1 where something is missing."""
    from hitstream.stack.doctor import checks, javas

    stack = _stack(stack_data, jars)
    found = javas(stack) if java else checks(stack)
    terminal.table("", ("what", "state", "detail"), found)
    raise typer.Exit(0 if all(state != "missing" for _, state, _ in found) else 1)


@app.command()
def lock() -> None:
    """Make jars.lock from versions.toml, with Maven: for who changes a version."""
    from hitstream.stack.resolve import lock as make

    terminal.note(f"{make(terminal.note)} is made.")


def _stack(
    data: Path,
    jars: Path | None = None,
    repository: str | None = None,
    offline: bool = False,
    conf: Path | None = None,
    fetched: Callable[[int, int], None] = lambda _done, _total: None,
    said: Callable[[str], None] = terminal.note,
) -> "Stack":
    from hitstream.stack.fetch import cache
    from hitstream.stack.lifecycle import Stack

    return Stack(data, cache(jars, repository, offline), conf, said=said, fetched=fetched)


def _names(only: str) -> list[str]:
    return [name.strip() for name in only.split(",") if name.strip()]


def _pairs(texts: list[str] | None, kind: Callable[[str], Any]) -> dict[str, Any]:
    pairs = {}
    for text in texts or ():
        name, _, value = text.partition("=")
        try:
            pairs[name] = kind(value)
        except ValueError:
            raise ConfigError(f"{text!r} is not NAME=VALUE.", "Write it like kafka_broker=19092.") from None
    return pairs


def _status_row(row: Any) -> tuple[Any, ...]:
    ports = " ".join(f"{name}:{number}" for name, number in row.ports.items())
    uptime = None if row.uptime is None else length(row.uptime)
    pid = None if row.pid is None else str(row.pid)
    return row.name, row.state, row.version, pid, ports, row.heap, row.memory, uptime, row.log
