"""Hits become Arrow and come back unchanged, whatever a line lacks."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.arrow import DERIVED_COLUMNS, HIT_SCHEMA, from_arrow, to_arrow
from hitstream.record import NO_CODE, TEXT_COLUMNS, Hits
from hitstream.testing.hits import Row, batches, hits_of
from hitstream.views import DERIVED, derive

NUMBERS = ("offset", "time", "zone", "status", "bytes", "duration")
_ODD = st.fixed_dictionaries({"zone": st.integers(-1439, 1439), "duration": st.integers(-1, 10**12)})


@st.composite
def odd_batches(draw: st.DrawFn) -> list[Row]:
    """Hits with zones and durations too."""
    return [row | draw(_ODD) for row in draw(batches(max_size=12))]


def plain(hits: Hits) -> list[Row]:
    """Return hits as dicts; a missing text is left out."""
    rows: list[Row] = [{"source": hits.source} for _ in range(len(hits))]
    for name in NUMBERS:
        for row, value in zip(rows, getattr(hits, name).tolist(), strict=True):
            row[name] = value
    for name, column in hits.text.items():
        texts = column.texts.decode()
        for row, code in zip(rows, column.codes.tolist(), strict=True):
            if code != NO_CODE:
                row[name] = texts[code]
    return rows


def types(hits: Hits) -> list[np.dtype]:
    return [getattr(hits, name).dtype for name in NUMBERS]


@examples(40)
@given(found=odd_batches())
def test_hits_come_back_as_they_were(found: list[Row]) -> None:
    hits = derive(hits_of(found))
    batch = to_arrow(hits)
    batch.validate(full=True)
    assert batch.schema == HIT_SCHEMA
    back = list(from_arrow(batch))
    assert [row for part in back for row in plain(part)] == plain(hits)
    for part in back:
        assert types(part) == types(hits)
        assert {column.codes.dtype for column in part.text.values()} <= {np.dtype(np.int32)}
        assert set(part.text) <= set(hits.text)


@examples(40)
@given(parts=st.lists(odd_batches(), min_size=1, max_size=3), start=st.integers(0, 5), data=st.data())
def test_a_table_of_several_sources_comes_apart_into_them(
    parts: list[list[Row]], start: int, data: st.DataObject
) -> None:
    """After a way through a table, in any order, sliced, with its dictionaries united."""
    hits = [hits_of(rows, f"{number}.log") for number, rows in enumerate(parts)]
    table = pa.Table.from_batches([to_arrow(part) for part in hits]).combine_chunks()
    order = data.draw(st.permutations(range(len(table))))
    (batch,) = table.take(pa.array(order, pa.int64())).combine_chunks().to_batches() or [to_arrow(hits_of([]))]
    batch = batch.slice(start)
    rows = [row for part in hits for row in plain(part)]
    expected = [rows[i] for i in order][start:]
    back = list(from_arrow(batch))
    for part in back:
        assert plain(part) == [row for row in expected if row["source"] == part.source]
        for column in part.text.values():
            texts = column.texts.split()
            assert len(texts) == len(column.texts) == len(set(texts))
    assert sum(map(len, back)) == len(expected)
    assert len({part.source for part in back}) == len(back)


def test_plain_text_columns_are_read_like_dictionaries() -> None:
    """As a reader without dictionaries gives them."""
    hits = hits_of([{"time": 0, "host": host} for host in ("a", "b", "a")])
    batch = to_arrow(hits)
    arrays = [array.dictionary_decode() if pa.types.is_dictionary(array.type) else array for array in batch.columns]
    (back,) = from_arrow(pa.RecordBatch.from_arrays(arrays, names=batch.schema.names))
    assert plain(back) == plain(hits)


def test_indices_of_any_width_are_read() -> None:
    """As a reader gives them that knows how few texts there are."""
    batch = to_arrow(hits_of([{"time": 0, "host": "a"}, {"time": 1, "method": "GET"}]))
    narrow = pa.dictionary(pa.uint8(), pa.string())
    arrays = [array.cast(narrow) if pa.types.is_dictionary(array.type) else array for array in batch.columns]
    (back,) = from_arrow(pa.RecordBatch.from_arrays(arrays, names=batch.schema.names))
    assert [{name: row.get(name) for name in ("host", "method")} for row in plain(back)] == [
        {"host": "a", "method": None},
        {"host": None, "method": "GET"},
    ]


def test_missing_numbers_are_null_and_missing_columns_all_null() -> None:
    batch = to_arrow(hits_of([{"time": 1, "bytes": -1}, {"time": 2, "bytes": 0}]))
    assert batch.column("bytes").to_pylist() == [None, 0]
    assert batch.column("duration").null_count == 2
    assert all(batch.column(name).null_count == 2 for name in (*TEXT_COLUMNS, *DERIVED_COLUMNS))
    (back,) = from_arrow(batch)
    assert back.text == {}


def test_times_before_1970_keep_their_microseconds() -> None:
    batch = to_arrow(hits_of([{"time": -1}]))
    assert batch.column("time").cast(pa.int64()).to_pylist() == [-1]
    assert str(batch.column("time").type) == "timestamp[us, tz=UTC]"


def test_no_hits_make_an_empty_batch_of_the_same_schema() -> None:
    batch = to_arrow(hits_of([]))
    assert (batch.num_rows, batch.schema) == (0, HIT_SCHEMA)
    assert [len(hits) for hits in from_arrow(batch)] == [0]


def test_the_schema_has_every_column_once_and_only_measures_and_texts_are_nullable() -> None:
    assert HIT_SCHEMA.names == ["source", *NUMBERS, *TEXT_COLUMNS, *DERIVED_COLUMNS]
    assert [field.name for field in HIT_SCHEMA if not field.nullable] == ["source", *NUMBERS[:4]]


def test_the_derived_columns_are_those_of_the_views() -> None:
    assert tuple(row.name for row in DERIVED) == DERIVED_COLUMNS


@pytest.mark.parametrize("name", [*TEXT_COLUMNS, *DERIVED_COLUMNS])
def test_a_text_column_has_its_place_in_the_schema(name: str) -> None:
    assert HIT_SCHEMA.field(name).type == pa.dictionary(pa.int32(), pa.string())
