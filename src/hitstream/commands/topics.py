"""`hitstream topics`: the topics that the cluster tier's lines travel through."""

from typing import Annotated

import typer

from hitstream import terminal
from hitstream.commands.options import Compression, Kafka, Topic, default, option

app = typer.Typer(
    name="topics",
    help="Make Kafka's topics what the cluster tier needs, and show how they are.",
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
)


@app.command()
def apply(
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    topic_partitions: Annotated[int, option("topic_partitions")] = default("topic_partitions"),
    topic_replication: Annotated[int, option("topic_replication")] = default("topic_replication"),
    topic_retention_days: Annotated[float, option("topic_retention_days")] = default("topic_retention_days"),
    compression: Compression = default("compression"),
) -> None:
    """Make the topic of the lines and that of the bad ones, or change them; nothing where they are so already."""
    from hitstream.extract.topics import Topic as Wanted
    from hitstream.extract.topics import apply as bring
    from hitstream.sources.records import bad_lines_of

    settings = (topic_partitions, topic_replication, topic_retention_days, compression)
    for name in (topic, bad_lines_of(topic)):
        done = bring(kafka, Wanted(name, *settings))
        terminal.note(f"{name}: {'; '.join(done) or 'is so already'}.")


@app.command()
def status(
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the topics: partitions, copies, days kept, compression, records now."""
    from hitstream.extract.topics import TopicState, state
    from hitstream.sources.records import bad_lines_of

    printer = terminal.json_lines if json else terminal.table
    printer("", TopicState._fields, [state(kafka, name) for name in (topic, bad_lines_of(topic))])
