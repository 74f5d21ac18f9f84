"""The usual way: a Spark job with seven `regexp_extract` that keeps a row a request in Cassandra."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

PATTERN = r'^(\S+) \S+ (\S+) \[([^\]]+)\] "(\S+) ?(.*?) ?(HTTP/[\d.]+)?" (\d{3}) (\S+)$'
COLUMNS = ("host", "user", "time", "method", "target", "protocol", "status")
_TABLE = (
    "CREATE TABLE requests (host text, time text, number bigint, user text, method text, target text, protocol text,"
    " status text, PRIMARY KEY ((host), time, number))"
)
_INSERT = (
    "INSERT INTO requests (host, user, time, method, target, protocol, status, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_AT_ONCE = 64


def stream_rows(environment: Mapping[str, str], name: str, lines: int) -> float:
    """Stream a topic into a table; return the seconds from the first row to the last."""
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # executors do not have the benchmarks
    place = environment["HITSTREAM_CASSANDRA"]
    with _session(place, name) as session:
        session.execute(_TABLE)
    spark = SparkSession.builder.appName("usual way").master(environment["HITSTREAM_SPARK"]).getOrCreate()
    options = {
        "kafka.bootstrap.servers": environment["HITSTREAM_KAFKA"],
        "subscribe": name,
        "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": "16",
    }
    read = spark.readStream.format("kafka").options(**options).load()
    lines_of = F.posexplode(F.split(F.col("value").cast("string"), "\n")).alias("at", "line")
    number = (F.col("offset") * 16 + F.col("partition")) * 100_000 + F.col("at")
    rows = read.select("offset", "partition", lines_of).where("line != ''").select(
        *(F.regexp_extract("line", PATTERN, index + 1).alias(column) for index, column in enumerate(COLUMNS)),
        number.alias("number"),
    )  # fmt: skip
    done: list[tuple[float, int]] = []

    def write(frame: Any, _batch: int) -> None:
        frame.cache()
        frame.foreachPartition(partial(_insert, place, name))
        done.append((time.monotonic(), frame.count()))
        frame.unpersist()

    query = rows.writeStream.foreachBatch(write).option("checkpointLocation", f"/{name}-usual").start()
    while sum(count for _, count in done) < lines and query.isActive:
        time.sleep(0.1)
    assert query.isActive, query.exception()
    query.stop()
    spark.stop()
    first, last = done[0], done[-1]
    return (last[0] - first[0]) * lines / (lines - first[1])


def _insert(place: str, name: str, rows: Iterator[Any]) -> None:
    from cassandra.concurrent import execute_concurrent_with_args

    with _session(place, name) as session:
        execute_concurrent_with_args(session, session.prepare(_INSERT), rows, concurrency=_AT_ONCE)


@contextmanager
def _session(place: str, name: str) -> Iterator[Any]:
    from cassandra.cluster import Cluster

    host, _, port = place.partition(":")
    cluster = Cluster([host], port=int(port), connect_timeout=60)
    try:
        yield cluster.connect(name)
    finally:
        cluster.shutdown()
