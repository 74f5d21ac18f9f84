"""Hits as Parquet files, a day a file, rows by (source, offset)."""

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from hitstream.store.contract import DataFile
from hitstream.store.database import explained

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 1 << 18
_DICTIONARY_BYTES = 16 << 20  # past this a column's texts are written out a row, five times slower
_MICROSECONDS_A_DAY = 86_400_000_000


def write_days(directory: Path, hits: "pa.Table") -> list[DataFile]:
    """Write hits below `directory` as `day=YYYY-MM-DD/NAME.parquet`, and return when they are on the disk.

    Text columns stay dictionary-encoded from memory to file, which is several times faster than handing rows
    to
    delta-rs. The column `day` is in the path alone, as Delta Lake has it.

    Raises:
        Fatal: the disk is full.
        ConfigError: the directory cannot be written.

    """
    written: list[DataFile] = []
    for day, part in _by_day(sort_by_position(hits)):
        path = f"day={day}/{uuid4().hex}.parquet"
        file = directory / path
        with explained(file):
            try:
                _write(file, part)
            except OSError:
                file.unlink(missing_ok=True)
                raise
            written.append(DataFile(path, day, file.stat().st_size, part.num_rows, _stats(part)))
    return written


def sort_by_position(hits: "pa.Table") -> "pa.Table":
    """Return the rows by (source, offset)."""
    source, offset = hits["source"].unify_dictionaries().combine_chunks(), hits["offset"].to_numpy()
    ranks = np.argsort(np.argsort(np.array(source.dictionary.to_pylist(), object))).astype(np.int32)
    rank = ranks[source.indices.to_numpy()]
    ordered = (rank[1:] > rank[:-1]) | (rank[1:] == rank[:-1]) & (offset[1:] >= offset[:-1])
    if ordered.all():
        return hits
    return hits.take(np.lexsort((offset, rank)))


def _by_day(hits: "pa.Table") -> list[tuple[str, "pa.Table"]]:
    days = hits["time"].to_numpy().astype("datetime64[us]").view(np.int64) // _MICROSECONDS_A_DAY
    steps = np.flatnonzero(np.diff(days)) + 1
    if len(steps) == len(np.unique(days)) - 1:  # in order: no row needs to be copied
        edges = [0, *steps.tolist(), len(days)]
        parts = [(days[a], hits.slice(a, b - a)) for a, b in pairwise(edges) if b > a]
    else:
        order = np.argsort(days, kind="stable")
        found, starts = np.unique(days[order], return_index=True)
        parts = [(day, hits.take(rows)) for day, rows in zip(found, np.split(order, starts[1:]), strict=True)]
    return [(str(np.datetime64(int(day), "D")), part) for day, part in parts]


def _write(file: Path, hits: "pa.Table") -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file.parent.mkdir(parents=True, exist_ok=True)
    texts = [field.name for field in hits.schema if pa.types.is_dictionary(field.type)]
    with file.open("xb") as out:
        pq.write_table(
            hits,
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
        out.flush()
        os.fsync(out.fileno())
    sync_directory(file.parent)
    sync_directory(file.parent.parent)


def sync_directory(directory: Path) -> None:
    """Return when the names in a directory are on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stats(hits: "pa.Table") -> str:
    """Return Delta's statistics; times in milliseconds, rounded outwards, as its protocol wants them."""
    time, offset = hits["time"].to_numpy().astype("datetime64[us]").view(np.int64), hits["offset"].to_numpy()
    least: dict[str, Any] = {"time": _instant(time.min() // 1000), "offset": int(offset.min())}
    most: dict[str, Any] = {"time": _instant(-(-time.max() // 1000)), "offset": int(offset.max())}
    return json.dumps({"numRecords": hits.num_rows, "minValues": least, "maxValues": most, "nullCount": {}})


def _instant(milliseconds: np.int64) -> str:
    return f"{np.datetime64(int(milliseconds), 'ms')}Z"
