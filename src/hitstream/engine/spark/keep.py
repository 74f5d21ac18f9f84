"""Keeps archives and speed layer in shape, beside the stream: seals finished buckets, joins small files, deletes.

It may be ended at any moment, and run beside a stream or alone: nothing that counts is ever changed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hitstream.clock import Clock
from hitstream.engine.archiver import ORPHAN_SECONDS
from hitstream.engine.spark.commit import NEWEST
from hitstream.engine.upkeep import Retention, expire, seal_crowds
from hitstream.store.delta import DeltaArchive

if TYPE_CHECKING:
    from hitstream.store.cassandra.store import ClusterStore

EVERY_SECONDS = 60.0
"""How often `tidy` is due."""


def tidy(
    store: "ClusterStore", archives: Sequence[DeltaArchive], retention: Retention, clock: Clock
) -> tuple[int, int, int]:
    """Do all that is due; return how many buckets were sealed, blocks deleted and files joined."""
    newest = store.meta(NEWEST)
    sealed = deleted = 0
    if newest is not None:
        deleted = expire(store.cells, retention.floors(int(newest)))
        sealed = seal_crowds(store.cells, int(newest))
    deleted += store.cells.sweep()
    store.ledger.join()
    joined = sum(archive.compact() for archive in archives)
    for archive in archives:
        archive.vacuum((), clock.now() - ORPHAN_SECONDS)
    return sealed, deleted, joined
