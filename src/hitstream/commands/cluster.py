"""`hitstream cluster`: the stream from Kafka into HDFS and Cassandra, and the recomputation from the archive."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from hitstream import pipeline, terminal
from hitstream.clock import SystemClock
from hitstream.commands.options import (
    BadKept,
    Cassandra,
    Client,
    Compression,
    Consistency,
    Format,
    Hdfs,
    HoursDays,
    Kafka,
    Keyspace,
    MinutesDays,
    Spark,
    Topic,
    TrustedProxies,
    default,
    option,
)
from hitstream.commands.service import Service, seconds_until, stop_on_signals
from hitstream.settings import setting
from hitstream.text import visible

app = typer.Typer(
    name="cluster",
    help="Run the cluster tier: a stream from Kafka into HDFS and Cassandra, and its recomputation.",
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
)

Data = Annotated[Path, option("cluster_data")]
BatchRecords = Annotated[int, option("batch_records")]
NewCheckpoint = Annotated[
    bool,
    typer.Option(
        "--new-checkpoint", help="Read the topic from its beginning; lines that were read before are dropped."
    ),
]

_START_SECONDS = 180.0
_GRACE_SECONDS = 180.0
"""How long a batch may take to end after a stop was asked for."""


@app.command()
def start(
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay here, as containers do.")] = False,
    new_checkpoint: NewCheckpoint = False,
    cluster_data: Data = default("cluster_data"),
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    spark: Spark = default("spark"),
    hdfs: Hdfs = default("hdfs"),
    cassandra: Cassandra = default("cassandra"),
    keyspace: Keyspace = default("keyspace"),
    consistency: Consistency = default("consistency"),
    format: Format = default("format"),
    client: Client = default("client"),
    trusted_proxies: TrustedProxies = default("trusted_proxies"),
    batch_records: BatchRecords = default("batch_records"),
    bad_lines_kept: BadKept = default("bad_lines_kept"),
    keep_minutes_days: MinutesDays = default("keep_minutes_days"),
    keep_hours_days: HoursDays = default("keep_hours_days"),
) -> None:
    """Start the stream, which goes on when the command ends and starts again by itself after a fault.

    Returns once a batch is made, or at once where there is nothing to read. The log is `stream.log` in --data.
    """
    directory = cluster_data.absolute()
    _for_children({**locals(), "cluster_data": directory})
    service = Service(directory)
    if foreground:
        service.own(new_checkpoint)
        raise typer.Exit(service.supervise(stop_on_signals(), new_checkpoint))
    service.start(new_checkpoint, _START_SECONDS)
    terminal.note(f"The stream runs. To see how: `hitstream cluster status`; its log: {service.log}.")


@app.command()
def stop(cluster_data: Data = default("cluster_data")) -> None:
    """Stop the stream, after the batch that is in work."""
    terminal.note(Service(cluster_data.absolute()).stop(_GRACE_SECONDS))


@app.command()
def status(
    cluster_data: Data = default("cluster_data"),
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how the stream does: batch, lag, rate, what went wrong last. Exit with 1 where it does not run."""
    row = Service(cluster_data.absolute()).status(kafka, topic)
    if json:
        terminal.json_object(row._asdict())
    else:
        terminal.table("", ("what", "is"), [(name, _shown(value)) for name, value in row._asdict().items()])
    raise typer.Exit(0 if row.pid else 1)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return "-" if value is None else visible(str(value))


@app.command(hidden=True)
def drive(new_checkpoint: NewCheckpoint = False) -> None:
    """Make batches until SIGTERM: what `start` keeps running, with the settings of its environment."""
    pipeline.Cluster.looked_up().run(stop_on_signals(), new_checkpoint)


@app.command(hidden=True)
def keep() -> None:
    """Keep archive and cells in shape until SIGTERM: what `start` runs beside the stream."""
    pipeline.Cluster.looked_up().keep(stop_on_signals())


@app.command()
def batch(
    schedule: Annotated[
        str | None, typer.Option("--schedule", help="Every day at this time (UTC), as 03:30, until SIGTERM.")
    ] = None,
    cluster_data: Data = default("cluster_data"),
    spark: Spark = default("spark"),
    hdfs: Hdfs = default("hdfs"),
    cassandra: Cassandra = default("cassandra"),
    keyspace: Keyspace = default("keyspace"),
    consistency: Consistency = default("consistency"),
    keep_minutes_days: MinutesDays = default("keep_minutes_days"),
    keep_hours_days: HoursDays = default("keep_hours_days"),
) -> None:
    """Recompute all cells from the archive, as after a change of the views.

    Readers see the cells of before until all new ones are there; the stream goes on meanwhile.
    """
    _for_children(locals())
    if schedule is None:
        _recompute()
        return
    stop = stop_on_signals()
    while not stop.wait(seconds_until(schedule)):
        _recompute()


@app.command(name="replay-bad")
def replay_bad(
    start: Annotated[str, typer.Option("--from", help="Lines that were read from then on: 2026-11-28T10:05, -24h.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Lines that failed for it, not all.")] = None,
    format: Format = default("format"),
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    compression: Compression = default("compression"),
    hdfs: Hdfs = default("hdfs"),
    cassandra: Cassandra = default("cassandra"),
    keyspace: Keyspace = default("keyspace"),
    consistency: Consistency = default("consistency"),
) -> None:
    """Send bad lines to the topic again, as after their format was mended; each counts once, however often it is sent.

    They say that they have the format of --format; without, the stream tells it from them.
    """
    from hitstream.query.times import parse_time

    _for_children(locals())
    since = parse_time(start, SystemClock())
    sent = pipeline.Cluster.looked_up().replay_bad(since, reason, compression)
    terminal.note(f"{sent:,} bad lines were sent again.")


def _recompute() -> None:
    hits, covered = pipeline.Cluster.looked_up().recompute()
    terminal.note(f"The cells are recomputed from {hits:,} hits, those of the batches up to {covered}.")


def _for_children(options: Mapping[str, object]) -> None:
    """Name settings in the environment, for this process and those that it starts."""
    for name in (*pipeline.CLUSTER_SETTINGS, "cluster_data"):
        if options.get(name) is not None:
            os.environ[setting(name).variable] = str(options[name])
