"""The cluster tier's stores: the only place that opens them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from hitstream.settings import looked_up

if TYPE_CHECKING:
    from hitstream.store.cassandra.store import ClusterStore
    from hitstream.store.delta import DeltaArchive
    from hitstream.views.table import Grain


@dataclass(frozen=True)
class Stores:
    """Where the cluster keeps what was read: the settings of these names."""

    hdfs: str
    cassandra: str
    keyspace: str
    consistency: str

    def __str__(self) -> str:
        return f"{self.cassandra}/{self.keyspace}"

    @classmethod
    def looked_up(cls) -> "Stores":
        """Return what the settings say where no command line does."""
        return cls(*(looked_up(row.name) for row in fields(cls)))

    @contextmanager
    def opened(self, keep: "Mapping[Grain, int] | None" = None) -> "Iterator[tuple[ClusterStore, DeltaArchive]]":
        """Open them.

        Args:
            keep: days for which blocks that are written are kept, by grain; those of other grains stay for ever.

        Raises:
            HitstreamError: see `store.cassandra.store.open_cassandra`.
        """
        from hitstream.store.cassandra.connection import CassandraConfig
        from hitstream.store.cassandra.store import open_cassandra
        from hitstream.store.delta import DeltaArchive
        from hitstream.store.directory import ARCHIVE
        from hitstream.store.folder import folder

        with open_cassandra(CassandraConfig(self.cassandra, self.keyspace, self.consistency), keep or {}) as store:
            yield store, DeltaArchive(folder(f"{self.hdfs.rstrip('/')}/{ARCHIVE}"), store.application)
