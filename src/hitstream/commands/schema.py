"""`hitstream schema`: the tables of the cluster tier in Cassandra."""

from typing import Annotated

import typer

from hitstream import terminal
from hitstream.commands.options import Cassandra, Consistency, Keyspace, default, option

app = typer.Typer(
    name="schema",
    help="Make the cluster tier's tables in Cassandra.",
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
)

Replication = Annotated[int, option("replication")]


@app.command()
def apply(
    cassandra: Cassandra = default("cassandra"),
    keyspace: Keyspace = default("keyspace"),
    replication: Replication = default("replication"),
    consistency: Consistency = default("consistency"),
) -> None:
    """Make the keyspace and its tables, or bring them up to this version; what is there stays."""
    from hitstream.store.cassandra.connection import CassandraConfig
    from hitstream.store.cassandra.schema import apply as apply_schema

    before, now = apply_schema(CassandraConfig(cassandra, keyspace, consistency), replication)
    change = f"brought from schema {before} to {now}" if before < now else f"has schema {now} already"
    terminal.note(f"{cassandra}: the keyspace {keyspace} {change}.")


@app.callback()
def schema() -> None:
    """Keep `apply` a command of its own."""
