"""Hits as Arrow: the schema of the master dataset, and the way there and back.

The schema is fixed: a column that the format lacks is null. Derived columns stand beside those of the line, so that SQL
and filters can use them; a rebuild makes them anew from the line's own.

Numbers change hands as buffers: Arrow's own ways from NumPy and back import pandas wherever that is installed.
"""

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hitstream.record import NO_CODE, TEXT_COLUMNS, U8, Column, Hits, Texts

DERIVED_COLUMNS = ("path", "extension", "domain", "country", "site", "browser", "os", "device", "bot")
_TEXT = pa.dictionary(pa.int32(), pa.string())

HIT_SCHEMA = pa.schema(
    [
        pa.field("source", _TEXT, nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("zone", pa.int16(), nullable=False),
        pa.field("status", pa.int16(), nullable=False),
        pa.field("bytes", pa.int64()),
        pa.field("duration", pa.int64()),
        *(pa.field(name, _TEXT) for name in (*TEXT_COLUMNS, *DERIVED_COLUMNS)),
    ]
)
"""A row a hit: its position, time (UTC) and offset from UTC (minutes), the line's columns, the derived ones."""


def to_arrow(hits: Hits) -> pa.RecordBatch:
    """Return hits in the schema of the master dataset; the arrays share memory where they can."""
    rows = len(hits)
    source = Column(np.zeros(rows, np.int32), Texts.encode([hits.source]))
    texts = {"source": source} | hits.text
    nothing = Column(np.full(rows, NO_CODE, np.int32), Texts.encode([]))
    columns = [
        _text(texts.get(field.name, nothing)) if field.type == _TEXT else _numbers(getattr(hits, field.name), field)
        for field in HIT_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=HIT_SCHEMA)


def from_arrow(batch: pa.RecordBatch) -> Iterator[Hits]:
    """Yield the hits of each source in a batch, in the order of their rows; columns that are all null stay away."""
    sources = batch.column("source").dictionary_encode()
    for code, source in enumerate(sources.dictionary.to_pylist()):
        part = batch
        if len(sources.dictionary) > 1:
            part = batch.take(_array(np.flatnonzero(numbers(sources.indices) == code), pa.int64()))
        text = {name: part.column(name) for name in (*TEXT_COLUMNS, *DERIVED_COLUMNS)}
        yield Hits(
            source,
            numbers(part.column("offset")),
            numbers(part.column("time")),
            numbers(part.column("zone")),
            numbers(part.column("status")),
            numbers(part.column("bytes").fill_null(-1)),
            numbers(part.column("duration").fill_null(-1)),
            {name: text_column(array) for name, array in text.items() if array.null_count < len(array)},
        )


def numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Return numbers without nulls as they are in memory; times in the unit of their type."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = np.dtype(f"i{array.type.bit_width // 8}")
    return np.frombuffer(array.buffers()[1] or b"", kind)[array.offset : array.offset + len(array)]


def _array(values: NDArray[Any], kind: pa.DataType, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    valid = None if missing is None or not missing.any() else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(np.ascontiguousarray(values))])


def _numbers(values: NDArray[Any], field: pa.Field) -> pa.Array:
    return _array(values, field.type, values < 0 if field.nullable else None)


def _text(column: Column) -> pa.DictionaryArray:
    codes = _array(column.codes, pa.int32(), column.codes == NO_CODE)
    return pa.DictionaryArray.from_arrays(codes, strings(column.texts), safe=False)


def let_go() -> None:
    """Give memory that is free back to the system: Arrow and the C library would keep it for the next time."""
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError):  # a C library other than GNU's
        ctypes.CDLL(None).malloc_trim(0)


def strings(texts: Texts) -> pa.StringArray:
    """Return texts as an Arrow array that shares their memory."""
    offsets, data = np.ascontiguousarray(texts.offsets), np.ascontiguousarray(texts.data)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(data))


def text_column(array: pa.Array) -> Column:
    """Return a text column with each text once; a dictionary may hold texts that no row has."""
    if not isinstance(array, pa.DictionaryArray):
        array = array.dictionary_encode()
    indices = array.indices.cast(pa.int32())  # a reader may choose unsigned ones, which have no NO_CODE
    codes = numbers(indices.fill_null(NO_CODE))
    strings = array.dictionary.cast(pa.string())
    offsets = np.frombuffer(strings.buffers()[1], np.int32)[strings.offset :][: len(strings) + 1]
    buffer = strings.buffers()[2]
    data: U8 = np.frombuffer(buffer, np.uint8) if buffer else np.zeros(0, np.uint8)
    return Column(codes, Texts(data[offsets[0] : offsets[-1]], (offsets - offsets[0]).astype(np.int32)))
