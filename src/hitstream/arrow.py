"""Hits as Arrow: the schema of the master dataset, and the way there and back.

The schema is fixed: a column that the format lacks is null. Derived columns stand beside those of the line, so that SQL
and filters can use them; a rebuild makes them anew from the line's own.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hitstream.record import I32, I64, NO_CODE, TEXT_COLUMNS, U8, Column, Hits, Texts

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
    numbers = {
        "offset": pa.array(hits.offset),
        "time": pa.array(hits.time).cast(pa.timestamp("us")).cast(HIT_SCHEMA.field("time").type),
        "zone": pa.array(hits.zone),
        "status": pa.array(hits.status),
        "bytes": _measure(hits.bytes),
        "duration": _measure(hits.duration),
    }
    columns = [
        numbers[field.name] if field.name in numbers else _text(hits.text.get(field.name), rows)
        for field in HIT_SCHEMA
        if field.name != "source"
    ]
    return pa.RecordBatch.from_arrays([_text(source, rows), *columns], schema=HIT_SCHEMA)


def from_arrow(batch: pa.RecordBatch) -> Iterator[Hits]:
    """Yield the hits of each source in a batch, in the order of their rows; columns that are all null stay away."""
    sources = batch.column("source").dictionary_encode()
    for code, source in enumerate(sources.dictionary.to_pylist()):
        part = batch if len(sources.dictionary) == 1 else batch.filter(pc.equal(sources.indices, code))
        text = {name: part.column(name) for name in (*TEXT_COLUMNS, *DERIVED_COLUMNS)}
        yield Hits(
            source,
            part.column("offset").to_numpy(),
            part.column("time").cast(pa.int64()).to_numpy(),
            part.column("zone").to_numpy(),
            part.column("status").to_numpy(),
            _filled(part.column("bytes")),
            _filled(part.column("duration")),
            {name: text_column(array) for name, array in text.items() if array.null_count < len(array)},
        )


def _measure(values: I64) -> pa.Array:
    missing = values < 0
    return pa.array(values, mask=missing) if missing.any() else pa.array(values)


def _filled(array: pa.Array) -> I64:
    return np.asarray(array.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _text(column: Column | None, rows: int) -> pa.DictionaryArray:
    if column is None:
        return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))
    missing = column.codes == NO_CODE
    codes = pa.array(column.codes, mask=missing) if missing.any() else pa.array(column.codes)
    return pa.DictionaryArray.from_arrays(codes, strings(column.texts))


def strings(texts: Texts) -> pa.StringArray:
    """Return texts as an Arrow array that shares their memory."""
    offsets, data = np.ascontiguousarray(texts.offsets), np.ascontiguousarray(texts.data)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(data))


def text_column(array: pa.Array) -> Column:
    """Return a text column with each text once; a dictionary may hold texts that no row has."""
    if not isinstance(array, pa.DictionaryArray):
        array = array.dictionary_encode()
    indices = array.indices.cast(pa.int32())  # a reader may choose unsigned ones, which have no NO_CODE
    codes: I32 = indices.fill_null(NO_CODE).to_numpy(zero_copy_only=False)
    strings = array.dictionary.cast(pa.string())
    offsets = np.frombuffer(strings.buffers()[1], np.int32)[strings.offset :][: len(strings) + 1]
    buffer = strings.buffers()[2]
    data: U8 = np.frombuffer(buffer, np.uint8) if buffer else np.zeros(0, np.uint8)
    return Column(codes, Texts(data[offsets[0] : offsets[-1]], (offsets - offsets[0]).astype(np.int32)))
