"""Both tiers: opens what is asked, a data directory or the cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.pipeline.stores import Stores
from hitstream.settings import looked_up

if TYPE_CHECKING:
    from hitstream.query import Query

CLUSTER = "cluster"
"""What is asked by this name is the cluster, and no directory."""


def chosen(where: str | Path | None) -> str | Path:
    """Return what is to be asked: what was given, else what the setting `data` says."""
    return where if where is not None else looked_up("data")


@contextmanager
def asked(where: str | Path | Stores) -> "Iterator[Query]":
    """Open what is to be asked: a data directory, or the cluster, which is also found by the word "cluster".

    Raises:
        HitstreamError: it cannot be opened; see `query.directory.open_query` and `Stores.opened`.
    """
    from hitstream.query import open_query
    from hitstream.query.cluster import query_cluster

    stores = Stores.looked_up() if where == CLUSTER else where
    if isinstance(stores, Stores):
        with stores.opened() as (store, archive), query_cluster(store, archive) as query:
            yield query
    else:
        with open_query(stores) as query:
            yield query
