"""`hitstream nifi`: the flow that publishes a directory's logs through NiFi."""

import json as jsons
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hitstream import pipeline, terminal
from hitstream.commands.options import Compression, Format, Kafka, Topic, default, option

if TYPE_CHECKING:
    from hitstream.extract.nifi.server import Flow

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
Nifi = Annotated[str, option("nifi")]
Name = Annotated[str, option("nifi_flow")]


@app.command()
def deploy(
    directory: Annotated[Path, typer.Argument(help="The directory whose logs are published, as NiFi sees it.")],
    nifi: Nifi = default("nifi"),
    nifi_flow: Name = default("nifi_flow"),
    format: Format = default("format"),
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    compression: Compression = default("compression"),
) -> None:
    """Make the flow, or update the one there is and its parameters; what was published stays known."""
    made, told = pipeline.deploy(_flow(nifi, nifi_flow), directory, kafka, topic, compression, format)
    terminal.note(f"{nifi_flow}: the flow is {'made; `hitstream nifi start` starts it' if made else 'up to date'}.")
    terminal.note(f"Its records have the format {told}" if told else _UNTOLD)


@app.command()
def start(nifi: Nifi = default("nifi"), nifi_flow: Name = default("nifi_flow")) -> None:
    """Start the flow, and wait until all of it runs."""
    _flow(nifi, nifi_flow).start()
    terminal.note(f"{nifi_flow}: runs.")


@app.command()
def stop(nifi: Nifi = default("nifi"), nifi_flow: Name = default("nifi_flow")) -> None:
    """Stop the flow when what it does is done; `start` goes on from there."""
    _flow(nifi, nifi_flow).stop()
    terminal.note(f"{nifi_flow}: is stopped.")


@app.command()
def remove(nifi: Nifi = default("nifi"), nifi_flow: Name = default("nifi_flow")) -> None:
    """Take the flow off, and with it how far each log was published."""
    _flow(nifi, nifi_flow).remove()
    terminal.note(f"{nifi_flow}: is gone.")


@app.command()
def status(
    nifi: Nifi = default("nifi"),
    nifi_flow: Name = default("nifi_flow"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the flow's processors, and what they complain of. Exit with 1 where one does not run or complains."""
    from hitstream.extract.nifi.server import Part

    rows = _flow(nifi, nifi_flow).status()
    (terminal.json_lines if json else terminal.table)("", Part._fields, rows)
    raise typer.Exit(0 if all(row.is_well for row in rows) else 1)


@app.command()
def flow(nifi_flow: Name = default("nifi_flow")) -> None:
    """Print the flow's definition, for who uploads it by hand."""
    from hitstream.extract.nifi.flow import flow as graph

    sys.stdout.write(jsons.dumps(graph(nifi_flow).definition(), indent=2) + "\n")


def _flow(nifi: str, name: str) -> "Flow":
    from hitstream.extract.nifi.flow import flow as graph
    from hitstream.extract.nifi.server import Flow

    return Flow(nifi, graph(name))
