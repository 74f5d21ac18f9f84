"""Blocks come back as they were packed, and a damaged one is refused before anything is read from it."""

import struct

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from hitstream.errors import Fatal
from hitstream.record import NO_CODE, Column, Texts
from hitstream.testing.reference_views import Cell, as_rows
from hitstream.views import Cells, pack, unpack

_INT64 = st.integers(-(2**63), 2**63 - 1)
_ROWS = st.tuples(
    st.none() | st.sampled_from(["", "\0", "a\0", "\0a", "é", "日本", "a" * 9]) | st.text(st.characters(codec="utf-8")),
    _INT64 | st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sets(st.integers(0, 2**64 - 1), max_size=5).map(lambda hashes: tuple(sorted(hashes))),
)
_BUCKETS = st.dictionaries(
    st.integers(-(2**40), 2**40), st.lists(_ROWS, min_size=1, max_size=5, unique_by=lambda row: row[0]), max_size=6
)


def cells_of(found: list[Cell]) -> Cells:
    """Return cells in the order of their buckets; keys have codes in the order of their first appearance."""
    found = sorted(found, key=lambda row: row[0])
    code_of: dict[str, int] = {}
    codes = [NO_CODE if row[1] is None else code_of.setdefault(row[1], len(code_of)) for row in found]
    bucket, hits, sent, errors = (np.array([row[i] for row in found], np.int64) for i in (0, 2, 3, 4))
    starts = np.concatenate(([0], np.cumsum([len(row[5]) for row in found]))).astype(np.int64)
    hashes = np.array([value for row in found for value in row[5]], np.uint64)
    key = Column(np.array(codes, np.int32), Texts.encode(list(code_of)))
    return Cells("target", "hour", bucket, key, hits, sent, errors, starts, hashes)


def unpacked(*payloads: bytes) -> Cells:
    return unpack("target", "hour", list(enumerate(payloads)))


def payload_of(cells: int = 3) -> bytes:
    rows: list[Cell] = [(0, f"/key/{i}", i, i, i, tuple(range(i % 5))) for i in range(cells)]
    (block,) = pack(cells_of(rows))
    return block.payload


SMALL, LARGE = payload_of(3), payload_of(300)
WORDS = SMALL[1:]


@settings(deadline=None, max_examples=50)
@given(buckets=_BUCKETS)
def test_what_is_packed_comes_back(buckets: dict[int, list[tuple[str | None, int, int, int, tuple[int, ...]]]]) -> None:
    found = [(bucket, *row) for bucket, rows in buckets.items() for row in rows]
    cells = cells_of(found)
    blocks = pack(cells)
    assert [block.bucket for block in blocks] == sorted(buckets)
    assert as_rows(unpack("target", "hour", [(block.bucket, block.payload) for block in blocks])) == as_rows(cells)


def test_a_block_has_the_totals_of_its_cells_in_the_open() -> None:
    found: list[Cell] = [(-60, "a", 1, 20, 0, ()), (-60, None, 2, 30, 1, (7,)), (0, "a", 4, 0, 4, ())]
    blocks = [block[:6] for block in pack(cells_of(found))]
    assert blocks == [("target", "hour", -60, 3, 50, 1), ("target", "hour", 0, 4, 0, 4)]


def test_no_cells_make_no_blocks_and_no_blocks_no_cells() -> None:
    none = unpack("target", "hour", [])
    assert pack(none) == []
    assert (len(none), none.view, none.grain, none.starts.tolist()) == (0, "target", "hour", [0])


def test_many_buckets_come_back_in_the_order_they_are_given_in() -> None:
    blocks = pack(cells_of([(60 * i, f"k{i % 7}", i, 1, 0, (i,)) for i in range(2000)]))
    there = unpack("target", "hour", [(block.bucket, block.payload) for block in reversed(blocks)])
    assert there.bucket.tolist() == [60 * i for i in reversed(range(2000))]
    assert there.hits.tolist() == there.visitors.tolist() == list(reversed(range(2000)))


def test_a_block_may_stand_in_several_buckets() -> None:
    assert [row[0] for row in as_rows(unpacked(SMALL, SMALL))] == [0, 0, 0, 1, 1, 1]


def test_only_large_blocks_are_compressed() -> None:
    assert (SMALL[0], LARGE[0]) == (0, 1)
    assert len(LARGE) < 300 * 5 * 8 / 3
    assert len(unpacked(LARGE)) == 300


def test_the_packed_form_never_changes() -> None:
    """Stores keep these bytes: header, hits, bytes, errors, lengths, numbers of visitors, visitors, keys."""
    (block,) = pack(cells_of([(0, "/é", 1, 2, 3, (5, 1 << 63)), (0, None, 4, 5, 6, ())]))
    words = (2, 3, 2), (1, 4), (2, 5), (3, 6), (3, -1), (2, 0), (5, -(1 << 63))
    numbers = [number for part in words for number in part]
    assert block.payload == b"\0" + struct.pack(f"<{len(numbers)}q", *numbers) + "/é".encode() + bytes(5)


def with_word(index: int, value: int) -> bytes:
    return b"\0" + WORDS[: 8 * index] + struct.pack("<q", value) + WORDS[8 * index + 8 :]


LENGTHS, VISITORS = 3 + 3 * 3, 3 + 4 * 3
DAMAGED = {
    "empty": b"",
    "only a first byte": b"\0",
    "another first byte": b"\2" + WORDS,
    "no first byte": WORDS,
    "half a word": SMALL[:-1],
    "a word short": SMALL[:-8],
    "a word long": SMALL + bytes(8),
    "only a header": SMALL[:25],
    "less than a header": SMALL[:17],
    "plain said to be zstd": b"\1" + WORDS,
    "zstd said to be plain": b"\0" + LARGE[1:],
    "zstd cut short": LARGE[:-5],
    "zstd without content": LARGE[:6],
    "zstd of nothing": b"\1" + zstandard.compress(b""),
    "zstd of half a word": b"\1" + zstandard.compress(WORDS[:-4]),
    "zstd of any length": b"\1\x28\xb5\x2f\xfd\xe0" + b"\xff" * 7 + b"\x0f" + bytes(20),
    **{f"word {i} is {value}": with_word(i, value) for i in range(3) for value in (-1, 2**40, 2**62, -(2**63))},
    **{f"a length is {value}": with_word(LENGTHS, value) for value in (-2, 2**40, -(2**63))},
    **{f"a number of visitors is {value}": with_word(VISITORS + 1, value) for value in (-1, 0, 2**40, 2**62)},
}


@pytest.mark.parametrize("payload", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_block_is_refused_and_named(payload: bytes) -> None:
    with pytest.raises(Fatal, match="target by hour, bucket 1") as caught:
        unpacked(SMALL, payload, LARGE)
    assert "rebuild" in caught.value.hint


@settings(deadline=None, max_examples=120)
@given(at=st.integers(0, len(SMALL) - 1), value=st.integers(0, 255), cut=st.integers(0, 16))
def test_whatever_a_block_holds_nothing_outside_of_it_is_read(at: int, value: int, cut: int) -> None:
    payload = bytearray(SMALL)
    payload[at] = value
    try:
        found = unpacked(SMALL, bytes(payload[: len(payload) - cut]))
    except Fatal:
        return
    assert found.starts[-1] == len(found.visitors)
    assert (np.diff(found.starts) >= 0).all()
    assert found.key.texts.offsets[-1] == len(found.key.texts.data)
    assert (np.diff(found.key.texts.offsets) >= 0).all()
