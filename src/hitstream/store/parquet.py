"""Hits as Parquet files, a day a file, rows by (source, offset)."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice, pairwise
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from hitstream.record import I64
from hitstream.store.contract import DataFile
from hitstream.store.folder import Folder

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 1 << 18
_DICTIONARY_BYTES = 16 << 20  # past this a column's texts are written out a row, five times slower
_WRITTEN_AT_ONCE = 4  # files of far away folders are mostly waited for
_CUT_AT_ONCE = 64  # a day's part of a table takes some 30 KB, beside its rows
_MICROSECONDS_A_DAY = 86_400_000_000


def write_days(folder: Folder, hits: "pa.Table") -> list[DataFile]:
    """Write hits into a folder as `day=YYYY-MM-DD/NAME.parquet`, and return when they are on the disk.

    Text columns stay dictionary-encoded from memory to file, which is several times faster than handing rows
    to
    delta-rs. The column `day` is in the path alone, as Delta Lake has it.

    Raises:
        Fatal: the disk is full.
        ConfigError: the folder cannot be written.
        Retryable: a server of HDFS is away.

    """
    days = _by_day(sort_by_position(hits))
    written: list[DataFile] = []
    with ThreadPoolExecutor(_WRITTEN_AT_ONCE, "hitstream-files") as pool:
        while lot := list(islice(days, _CUT_AT_ONCE)):
            written += pool.map(partial(_file_of, folder), *zip(*lot, strict=True))
    folder.sync([file.path for file in written])
    return written


def _file_of(folder: Folder, day: str, hits: "pa.Table") -> DataFile:
    path = f"day={day}/{uuid4().hex}.parquet"
    size = folder.create(path, partial(_write, hits))
    return DataFile(path, day, size, hits.num_rows, _stats(hits))


def sort_by_position(hits: "pa.Table") -> "pa.Table":
    """Return the rows by (source, offset)."""
    from hitstream.arrow import numbers

    source, offset = hits["source"].unify_dictionaries().combine_chunks(), numbers(hits["offset"])
    ranks = np.argsort(np.argsort(np.array(source.dictionary.to_pylist(), object))).astype(np.int32)
    rank = ranks[numbers(source.indices)]
    ordered = (rank[1:] > rank[:-1]) | (rank[1:] == rank[:-1]) & (offset[1:] >= offset[:-1])
    if ordered.all():
        return hits
    return hits.take(np.lexsort((offset, rank)))


def days_of(hits: "pa.Table") -> int:
    """Return how many days the hits are of: how many files they would make."""
    days = _days(hits)
    return len(np.unique(days[np.flatnonzero(np.diff(days, prepend=days[:1] - 1))]))  # they come in runs


def _days(hits: "pa.Table") -> I64:
    from hitstream.arrow import numbers

    days: I64 = numbers(hits["time"]) // _MICROSECONDS_A_DAY
    return days


def _by_day(hits: "pa.Table") -> Iterator[tuple[str, "pa.Table"]]:
    days = _days(hits)
    if (days[1:] < days[:-1]).any():
        order = np.argsort(days, kind="stable")
        days, hits = days[order], hits.take(order)
    edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(days)]
    for first, stop in pairwise(edges):
        if stop > first:
            yield str(np.datetime64(int(days[first]), "D")), hits.slice(first, stop - first)


def _write(hits: "pa.Table", out: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [field.name for field in hits.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(
        _without_large_dictionaries(hits),
        out,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=1,
        use_dictionary=[*texts, "zone", "status", "bytes", "duration"],
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        column_encoding={"offset": "DELTA_BINARY_PACKED", "time": "DELTA_BINARY_PACKED"},
        write_statistics=["time", "offset", "source", "status"],
        store_schema=False,
    )


def _without_large_dictionaries(hits: "pa.Table") -> "pa.Table":
    """Return a table without the dictionaries that hold more texts than it has rows: a file holds them whole."""
    import pyarrow as pa

    for at, field in enumerate(hits.schema):
        if pa.types.is_dictionary(field.type):
            column = hits.column(at)
            if sum(len(chunk.dictionary) for chunk in column.chunks) > hits.num_rows:
                hits = hits.set_column(at, field.name, column.cast(field.type.value_type))
    return hits


def _stats(hits: "pa.Table") -> str:
    """Return Delta's statistics; times in milliseconds, rounded outwards, as its protocol wants them."""
    from hitstream.arrow import numbers

    time, offset = numbers(hits["time"]), numbers(hits["offset"])
    least: dict[str, Any] = {"time": _instant(time.min() // 1000), "offset": int(offset.min())}
    most: dict[str, Any] = {"time": _instant(-(-time.max() // 1000)), "offset": int(offset.max())}
    return json.dumps({"numRecords": hits.num_rows, "minValues": least, "maxValues": most, "nullCount": {}})


def _instant(milliseconds: np.int64) -> str:
    return f"{np.datetime64(int(milliseconds), 'ms')}Z"
