"""Questions to a cluster's stores: the cells of 31 days in Cassandra, filtered ones to the archive on HDFS.

The stores are filled without Spark: a month of hits in batches, recomputed but for the last ones.
"""

import random
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from bench.cluster.stage import servers
from bench.measure import seconds
from bench.queries import DAYS, END, FILTERS, START, _cost, _where, cells, page
from hitstream.pipeline import Stores
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.schema import apply

if TYPE_CHECKING:
    from hitstream.store.cassandra.store import ClusterStore
    from hitstream.store.delta import DeltaArchive

HITS = 2_000_000
BATCHES = 40
SPEED = 8
"""Batches that the last recomputation does not cover."""
FORMAT = "combined"


def run() -> dict[str, Any]:
    """Return milliseconds, and what writing took."""
    with servers(["cassandra", "datanode"]) as stack:
        return _questions(stack.environment())


def _questions(environment: Mapping[str, str]) -> dict[str, Any]:
    from hitstream.query.cluster import query_cluster

    random.seed(1995)
    stores = Stores(environment["HITSTREAM_HDFS"], environment["HITSTREAM_CASSANDRA"], "bench_serving", "ONE")
    apply(CassandraConfig(stores.cassandra, stores.keyspace, stores.consistency), 1)
    with stores.opened() as (store, archive):
        filled = _fill(store, archive)
    with stores.opened() as (store, archive), query_cluster(store, archive) as query:
        first = 1000 * seconds(lambda: query.top("target", START, END))
        asked = sorted(cost.wall for cost in cells(query))
    with stores.opened() as (store, archive), query_cluster(store, archive) as query:
        cold = 1000 * seconds(lambda: page(query, START, END, ()))
        filtered = [_cost(partial(query.top, "target", START, END, where=_where(each))).wall for each in FILTERS]
        counted = 1000 * seconds(lambda: query.sql("SELECT status, count(*) FROM hits GROUP BY status"))
    return {
        **filled,
        "the first question, ms": round(first),
        "cells of 31 days, p50 ms": round(statistics.median(asked), 1),
        "cells of 31 days, p99 ms": round(asked[int(len(asked) * 0.99)], 1),
        "a page of 31 days, the first, ms": round(cold),
        f"top of {HITS // 1_000_000} M hits with a filter, the first, ms": round(filtered[0]),
        f"top of {HITS // 1_000_000} M hits with a filter, median ms": round(statistics.median(filtered)),
        f"SQL over {HITS // 1_000_000} M hits, ms": round(counted),
    }


def _fill(store: "ClusterStore", archive: "DeltaArchive") -> dict[str, Any]:
    from hitstream.store.ledger import SourceFormat
    from hitstream.testing.cluster import commit, digested, recompute_views

    blocks = octets = 0
    writing = 0.0
    for batch, data in enumerate(_chunks(), 1):
        work = digested(archive, data, FORMAT)
        made = [*chain.from_iterable(work.blocks)]
        began = time.perf_counter()
        store.cells.write(batch, made)
        writing += time.perf_counter() - began
        blocks += len(made)
        octets += sum(len(block.payload) for block in made)
        commit(store, archive, batch, work, [SourceFormat("bench", "bench.log", FORMAT)])
        if batch == BATCHES - SPEED:
            recompute_views(store, archive)
    return {
        "blocks written a second": round(blocks / writing),
        "block MB written a second": round(octets / writing / 1e6, 1),
        "bytes of a block, mean": round(octets / blocks),
    }


def _chunks() -> "Iterator[Any]":
    """Yield the month's lines in batches, in the order of time."""
    from hitstream.record import Chunk
    from hitstream.sources.generate import Traffic

    traffic = Traffic(seed=1995, start=datetime.fromtimestamp(START, UTC), lines=HITS, days=DAYS, format=FORMAT)
    offset, lot = 0, bytearray()
    for block in traffic.blocks():
        lot += block
        if lot.count(b"\n") >= HITS // BATCHES:
            yield Chunk("bench", offset, bytes(lot))
            offset, lot = offset + len(lot), bytearray()
    if lot:
        yield Chunk("bench", offset, bytes(lot))
