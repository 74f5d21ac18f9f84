"""The tables in Cassandra, by version, and how they are made.

Readers never need ALLOW FILTERING: a bucket's partition follows from its view and its time, a batch's from its number.
What is deleted is what no reader looks at any more (`visible`, and the pointers in `meta`), so a deletion that a node
missed changes no answer: `gc_grace_seconds` need only outlast the hints.
"""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

from uuid import uuid4

from hitstream.errors import ConfigError, Fatal
from hitstream.store.cassandra.connection import CassandraConfig, Connection
from hitstream.store.contract import FIRST_GENERATION
from hitstream.views.table import SECONDS, Grain

DAYS: dict[Grain, int] = {"minute": 1, "hour": 1, "day": 32}
"""Days of buckets that are one partition, and so are read in one piece."""
PERIODS: dict[Grain, int] = {grain: days * SECONDS["day"] for grain, days in DAYS.items()}
"""Seconds of a partition."""

_COMMON = "gc_grace_seconds = 10800 AND compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 16}"
# Minutes go as they came, by age: whole files of them are dropped. Of the others every recomputation replaces all,
# which time windows would keep until it expires; levels of density let it go.
_WINDOWS = "compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_size': 1}"
_LEVELS = "compaction = {'class': 'UnifiedCompactionStrategy'}"
_KEPT: dict[Grain, str] = {"minute": _WINDOWS, "hour": _LEVELS, "day": _LEVELS}


def _blocks(grain: Grain) -> str:
    return (
        f'CREATE TABLE IF NOT EXISTS @blocks_{grain} ("view" text, period int, layer int, bucket bigint,'
        ' "batch" bigint, hits bigint, bytes bigint, errors bigint, size int, cells blob, apart blob, pieces int,'
        ' PRIMARY KEY (("view", period), layer, bucket, "batch"))'
        ' WITH CLUSTERING ORDER BY (layer DESC, bucket ASC, "batch" DESC)'
        f" AND {_KEPT[grain]} AND {_COMMON}"
    )


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Single row: what readers see, and who builds a generation.
        "CREATE TABLE IF NOT EXISTS @cut (name text PRIMARY KEY, published bigint, generation int, coverage bigint,"
        " started int, builder text, floor bigint)",
        f"INSERT INTO @cut (name, published, generation, coverage, started)"
        f" VALUES ('cut', 0, {FIRST_GENERATION}, 0, {FIRST_GENERATION}) IF NOT EXISTS",
        # Blocks of cells: layer 0 has one a batch, the others sealed ones that cover all batches up to `batch`. Large
        # cells stand apart, in pieces.
        *map(_blocks, SECONDS),
        "CREATE TABLE IF NOT EXISTS @pieces (block blob, piece int, cells blob, PRIMARY KEY ((block, piece)))"
        f" WITH {_LEVELS} AND {_COMMON}",
        # Which partitions of blocks there are, and the last batch that wrote to each.
        'CREATE TABLE IF NOT EXISTS @periods (grain text, "view" text, period int, touched bigint,'
        f' PRIMARY KEY ((grain), "view", period)) WITH {_COMMON}',
        # What batches read, by lots of batches: lines = hits + bad + directives.
        'CREATE TABLE IF NOT EXISTS @ranges (lot bigint, "batch" bigint, source text, start bigint, stop bigint,'
        ' lines bigint, hits bigint, bad bigint, PRIMARY KEY ((lot), "batch", source, start))'
        f" WITH {_LEVELS} AND {_COMMON}",
        'CREATE TABLE IF NOT EXISTS @bad_counts (lot bigint, "batch" bigint, source text, reason text,'
        ' lines bigint, kept bigint, PRIMARY KEY ((lot), "batch", source, reason))'
        f" WITH {_LEVELS} AND {_COMMON}",
        # The same of all batches up to one, joined; spread by source.
        "CREATE TABLE IF NOT EXISTS @joined_ranges (upto bigint, shard int, source text, start bigint, stop bigint,"
        " lines bigint, hits bigint, bad bigint, PRIMARY KEY ((upto, shard), source, start))"
        f" WITH {_LEVELS} AND {_COMMON}",
        "CREATE TABLE IF NOT EXISTS @joined_bad_counts (upto bigint, shard int, source text, reason text,"
        " lines bigint, kept bigint, PRIMARY KEY ((upto, shard), source, reason))"
        f" WITH {_LEVELS} AND {_COMMON}",
        # The first bad lines of each source and reason.
        'CREATE TABLE IF NOT EXISTS @bad_lines (source text, offset bigint, "batch" bigint, reason text, data blob,'
        f" PRIMARY KEY ((source), offset)) WITH {_LEVELS} AND {_COMMON}",
        # The path a source was last read from, and its format.
        "CREATE TABLE IF NOT EXISTS @sources (source text PRIMARY KEY, path text, format text)",
    ),
    # Records of other producers have fewer bytes than positions.
    tuple(f"ALTER TABLE @{table} ADD IF NOT EXISTS bytes bigint" for table in ("ranges", "joined_ranges")),
    (
        # What the first line of a range was parsed with; null where that was not yet kept.
        "ALTER TABLE @ranges ADD IF NOT EXISTS format text",
        "ALTER TABLE @joined_ranges ADD IF NOT EXISTS format text",
    ),
)
"""What brings a keyspace from each version to the next. Every statement may be run again."""
VERSION = len(MIGRATIONS)
_META = "CREATE TABLE IF NOT EXISTS @meta (key text PRIMARY KEY, value text)"


def apply(address: CassandraConfig, replication: int) -> tuple[int, int]:
    """Make the keyspace and its tables, or bring them up to this version; return the version before and now.

    Raises:
        ConfigError: the replication is none.
        Fatal: the keyspace was made by a newer hitstream.
        Retryable: Cassandra does not answer.
    """
    if replication < 1:
        raise ConfigError(f"Data cannot be kept {replication} times.", "Set --replication to 1 or more; 3 is usual.")
    connection = Connection(address)
    try:
        connection.make(
            f"CREATE KEYSPACE IF NOT EXISTS {address.keyspace} WITH replication ="
            f" {{'class': 'NetworkTopologyStrategy', 'replication_factor': {replication:d}}}"
        )
        connection.make(_META)
        return _migrate(connection)
    finally:
        connection.close()


def _migrate(connection: Connection) -> tuple[int, int]:
    before = version(connection)
    for number in range(before, VERSION):
        for statement in MIGRATIONS[number]:
            connection.make(statement)
        connection.decide("INSERT INTO @meta (key, value) VALUES ('application', ?) IF NOT EXISTS", str(uuid4()))
        connection.set_meta("schema", number + 1)
    return before, VERSION


def version(connection: Connection) -> int:
    """Return the version of a keyspace, 0 for a new one.

    Raises:
        Fatal: it is newer than this hitstream.
    """
    found = int(connection.meta("schema") or 0)
    if found > VERSION:
        raise Fatal(
            f"The keyspace {connection.address.keyspace} has schema {found}, this hitstream knows {VERSION}.",
            "Use the hitstream that made it, or another --keyspace.",
        )
    return found


def check(connection: Connection) -> None:
    """Make sure that a keyspace has the tables of this version.

    Raises:
        ConfigError: it has not.
        Fatal: it is newer than this hitstream.
    """
    found = version(connection)
    if found < VERSION:
        raise ConfigError(
            f"The keyspace {connection.address.keyspace} has schema {found}, this hitstream needs {VERSION}.",
            "Run `hitstream schema apply`.",
        )
