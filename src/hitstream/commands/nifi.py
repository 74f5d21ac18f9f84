"""`hitstream nifi`: the flow that publishes a directory's logs through NiFi."""

import json as jsons
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hitstream import pipeline, terminal
from hitstream.commands.options import Compression, Kafka, Topic, default, option, reads_logs, signed, taken
from hitstream.extract.nifi.address import Nifi

if TYPE_CHECKING:
    from hitstream.extract.nifi.server import NifiFlow

app = typer.Typer(
    name="nifi",
    help="Publish a directory's logs through NiFi: its flow, over NiFi's REST interface.",
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
)

_UNTOLD = (
    "Its records say no format: the directory is not here, has no log, or has several formats. Give --format, or set "
    "it for who reads the topic."
)
Name = Annotated[str, option("nifi_flow")]


def on_nifi(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the settings that say where NiFi is, and who logs in, for its argument `flow`."""

    @wraps(command)
    def run(*, nifi_flow: str, **given: Any) -> None:
        from hitstream.extract.nifi.flow import flow as graph
        from hitstream.extract.nifi.server import NifiFlow

        nifi = Nifi(**{row.name: given.pop(row.name) for row in fields(Nifi)})
        command(**given, flow=NifiFlow(nifi, graph(nifi_flow)))

    return signed(run, command, "flow", {**taken(Nifi), "nifi_flow": (Name, default("nifi_flow"))})


@app.command()
@on_nifi
@reads_logs
def deploy(
    flow: "NifiFlow",
    directory: Annotated[Path, typer.Argument(help="The directory whose logs are published, as NiFi sees it.")],
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    compression: Compression = default("compression"),
    log_format: str | None = None,
) -> None:
    """Make the flow, or update the one there is and its parameters; what was published stays known."""
    made, told = pipeline.deploy(flow, directory, kafka, topic, compression, log_format)
    terminal.note(f"{flow.name}: the flow is {'made; `hitstream nifi start` starts it' if made else 'up to date'}.")
    terminal.note(f"Its records have the format {told}" if told else _UNTOLD)


@app.command()
@on_nifi
def start(flow: "NifiFlow") -> None:
    """Start the flow, and wait until all of it runs."""
    flow.start()
    terminal.note(f"{flow.name}: runs.")


@app.command()
@on_nifi
def stop(flow: "NifiFlow") -> None:
    """Stop the flow when what it does is done; `start` goes on from there."""
    flow.stop()
    terminal.note(f"{flow.name}: is stopped.")


@app.command()
@on_nifi
def remove(flow: "NifiFlow") -> None:
    """Take the flow off, and with it how far each log was published."""
    flow.remove()
    terminal.note(f"{flow.name}: is gone.")


@app.command()
@on_nifi
def status(flow: "NifiFlow", json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the flow's processors, and what they complain of. Exit with 1 where one does not run or complains."""
    from hitstream.extract.nifi.server import ProcessorStatus

    rows = flow.status()
    (terminal.json_lines if json else terminal.table)("", ProcessorStatus._fields, rows)
    raise typer.Exit(0 if all(row.is_well for row in rows) else 1)


@app.command()
def flow(nifi_flow: Name = default("nifi_flow")) -> None:
    """Print the flow's definition, for who uploads it by hand."""
    from hitstream.extract.nifi.flow import flow as graph

    sys.stdout.write(jsons.dumps(graph(nifi_flow).definition(), indent=2) + "\n")
