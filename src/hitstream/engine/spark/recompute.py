"""The batch job: all views recomputed from the archive by Spark, as a new generation that covers the batches up to N.

No bucket is longer than a day, so a task takes whole days and writes their sealed blocks itself; nothing is shuffled.
The generation counts from one lightweight transaction on, after all of its blocks are there.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hitstream.engine.batch import days_together, fingerprint, recompute
from hitstream.engine.spark.commit import NEWEST, VIEWS_KEY
from hitstream.engine.upkeep import Retention
from hitstream.errors import HitstreamError, Retryable
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.store import open_cassandra
from hitstream.store.contract import DataFile
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder
from hitstream.views.pack import pack
from hitstream.views.table import Grain

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from hitstream.store.cassandra.store import ClusterStore

_TASKS = 8
"""Tasks that lots of days are dealt out to: a few a core, so that the last one is not long alone."""
_RENEW_SECONDS = 20.0
_EVER = 1 << 60


@dataclass(frozen=True)
class _Orders:
    """What every task is told."""

    address: CassandraConfig
    archive: str
    retention: Retention
    floors: dict[Grain, int]
    generation: int
    coverage: int


def rebuild(
    session: "SparkSession", store: "ClusterStore", archive: DeltaArchive, retention: Retention
) -> tuple[int, int]:
    """Recompute the cells of all batches so far; return of how many hits, and up to which batch.

    Readers see the old generation until the new one is whole, and later batches beside either. What is replaced is
    deleted by upkeep.

    Raises:
        Retryable: another process builds a generation, or a server is away.
    """
    generation, _ = store.cells.begin()
    coverage = store.cells.cut().published
    files, _ = archive.version(coverage)
    newest = store.meta(NEWEST)
    floors = {} if newest is None else retention.floors(int(newest))
    orders = _Orders(store.connection.address, archive.folder.address, retention, floors, generation, coverage)
    with ThreadPoolExecutor(1, "hitstream-batch") as pool:
        job = pool.submit(_run, session, files, orders)
        done = threading.Event()
        job.add_done_callback(lambda _: done.set())
        while not done.wait(_RENEW_SECONDS):
            store.cells.renew()
        hits = job.result()
    store.cells.advance(generation, coverage)
    store.set_meta(VIEWS_KEY, fingerprint())
    return hits, coverage


def _run(session: "SparkSession", files: Sequence[DataFile], orders: _Orders) -> int:
    lots = sorted(days_together(files), key=lambda lot: -sum(file.rows for file in lot))
    rows = [(number % _TASKS, [file.path for file in lot]) for number, lot in enumerate(lots)]
    if not rows:
        return 0
    frame = session.createDataFrame(rows, "task int, files array<string>").repartition(min(_TASKS, len(rows)), "task")
    made = frame.mapInArrow(partial(_seal, orders=orders), "problem string, hits long").collect()
    problems = [row.problem for row in made if row.problem]
    if problems:
        raise Retryable(problems[0])
    return sum(row.hits for row in made)


def _seal(batches: "Iterator[pa.RecordBatch]", orders: _Orders) -> "Iterator[pa.RecordBatch]":
    """Recompute the lots of a task and seal their blocks; yield how many hits that were."""
    import pyarrow as pa

    hits, problem = 0, None
    try:
        with open_cassandra(orders.address, orders.retention.days()) as store:
            for lot in (lot for batch in batches for lot in batch.column("files").to_pylist()):
                hits += _seal_days(store, lot, orders)
    except HitstreamError as error:
        problem = str(error)
    columns = [pa.array([problem], pa.string()), pa.array([hits], pa.int64())]
    yield pa.RecordBatch.from_arrays(columns, names=["problem", "hits"])


def _seal_days(store: "ClusterStore", names: Sequence[str], orders: _Orders) -> int:
    hits = 0
    for cells in recompute(folder(orders.archive), names):
        if (cells.view, cells.grain) == ("traffic", "day"):
            hits = int(cells.hits.sum())
        kept = cells.between(orders.floors.get(cells.grain, -_EVER), _EVER)
        store.cells.seal(orders.generation, orders.coverage, pack(kept))
    return hits
