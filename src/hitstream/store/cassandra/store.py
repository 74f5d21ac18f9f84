"""The cluster tier's store: the one place that knows where things are in a keyspace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from hitstream.clock import Clock, SystemClock
from hitstream.store.cassandra.cells import READER_SECONDS, CassandraCells
from hitstream.store.cassandra.connection import CassandraConfig, Connection
from hitstream.store.cassandra.ledger import CassandraLedger
from hitstream.store.cassandra.schema import check
from hitstream.views.table import Grain


@dataclass(frozen=True)
class ClusterStore:
    """An open keyspace. May be shared by threads; each process opens its own."""

    connection: Connection
    cells: CassandraCells
    ledger: CassandraLedger

    @property
    def application(self) -> str:
        """Return by what the archive knows the batches of this keyspace."""
        return self.connection.meta("application") or ""

    def size(self) -> int:
        """Return about how many bytes the tables take on the node that answers, its share of them."""
        rows = self.connection.read(
            "SELECT mebibytes FROM system_views.disk_usage WHERE keyspace_name = ?", self.connection.address.keyspace
        )
        return sum(mebibytes << 20 for (mebibytes,) in rows)

    def meta(self, key: str) -> str | None:
        """Return a single value, None where there is none."""
        return self.connection.meta(key)

    def set_meta(self, key: str, value: object) -> None:
        """Keep a single value, as text."""
        self.connection.set_meta(key, value)


@contextmanager
def open_cassandra(
    address: CassandraConfig,
    keep_days: Mapping[Grain, int],
    clock: Clock | None = None,
    reader_seconds: float = READER_SECONDS,
) -> Iterator[ClusterStore]:
    """Open a keyspace; `keep_days` says how long cells of a grain are kept, 0 or nothing for ever.

    Raises:
        ConfigError: it is not there, or not of this version.
        Fatal: it is of a newer version.
        Retryable: Cassandra does not answer.
    """
    connection = Connection(address)
    try:
        check(connection)
        cells = CassandraCells(connection, keep_days, clock or SystemClock(), reader_seconds)
        yield ClusterStore(connection, cells, CassandraLedger(connection, cells))
    finally:
        connection.close()
