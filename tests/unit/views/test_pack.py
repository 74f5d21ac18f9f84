"""Blocks come back as they were packed, and a damaged one is refused before anything is read from it."""

import struct

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
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
HEAD = 1 + 4
HEADER = 4 * 4 + 6


@examples(50)
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
    assert list(pack(none)) == []
    assert (len(none), none.view, none.grain, none.starts.tolist()) == (0, "target", "hour", [0])


def test_blocks_are_cut_by_place_and_by_bucket() -> None:
    blocks = pack(cells_of([(60 * i, f"k{i}", i, 1, 0, (i,)) for i in range(5)]))
    each = list(blocks)
    assert [blocks[i] for i in range(-5, 5)] == 2 * each
    assert list(blocks[1:3]) == each[1:3]
    assert [list(blocks.since(60 * i - 30)) for i in range(7)] == [each[i:] for i in range(7)]


def test_many_buckets_come_back_in_the_order_they_are_given_in() -> None:
    blocks = list(pack(cells_of([(60 * i, f"k{i % 7}", i, 1, 0, (i,)) for i in range(2000)])))
    there = unpack("target", "hour", [(block.bucket, block.payload) for block in reversed(blocks)])
    assert there.bucket.tolist() == [60 * i for i in reversed(range(2000))]
    assert there.hits.tolist() == there.visitors.tolist() == list(reversed(range(2000)))


def test_a_block_may_stand_in_several_buckets() -> None:
    assert [row[0] for row in as_rows(unpacked(SMALL, SMALL))] == [0, 0, 0, 1, 1, 1]


def test_only_large_blocks_are_compressed() -> None:
    assert (SMALL[0], LARGE[0]) == (2, 3)
    assert len(LARGE) < 300 * 8
    assert len(unpacked(LARGE)) == 300


def test_the_packed_form_never_changes() -> None:
    """Stores keep these bytes: header, hits, bytes, errors, lengths, numbers of visitors, keys, visitors."""
    (block,) = pack(cells_of([(0, "/é", 1, 256, 0, (5, 1 << 63)), (0, None, 4, 5, 0, ())]))
    head = struct.pack("<4I6B", 2, 3, 2, 2, 1, 2, 0, 1, 1, 0)
    columns = struct.pack("<2B2H2B2B", 1, 4, 256, 5, 4, 0, 2, 0)
    stored = head + columns + "/é".encode()
    assert block.payload == b"\2" + struct.pack("<I", len(stored)) + stored + struct.pack("<2Q", 5, 1 << 63)


def test_a_visitor_of_many_cells_is_written_once() -> None:
    people = (7, 1 << 40, (1 << 64) - 1)
    (block,) = pack(cells_of([(0, f"/{i}", 1, 0, 0, people[i % 2 :]) for i in range(10)]))
    codes = bytes((0, 1, 2, 1, 2) * 5)
    assert block.payload.endswith(struct.pack("<3Q", *people) + codes)
    assert unpacked(block.payload).visitors.tolist() == [*people, *people[1:]] * 5


def of(stored: bytes, tail: bytes, form: bytes = b"\2") -> bytes:
    return form + struct.pack("<I", len(stored)) + stored + tail


def with_byte(payload: bytes, index: int, value: int) -> bytes:
    return payload[:index] + bytes((value,)) + payload[index + 1 :]


STORED = HEAD + int.from_bytes(SMALL[1:HEAD], "little")
HEAD_OF_SMALL, TAIL_OF_SMALL = SMALL[HEAD:STORED], SMALL[STORED:]
(CODED,) = [block.payload for block in pack(cells_of([(0, f"/{i}", 1, 0, 0, (7, 8, 9)) for i in range(9)]))]
LENGTHS = HEAD + HEADER + 3 * 3
DAMAGED = {
    "empty": b"",
    "only a first byte": b"\2",
    "another first byte": b"\4" + SMALL[1:],
    "the form of another version": b"\0" + SMALL[1:],
    "no first byte": SMALL[1:],
    "a byte short": SMALL[:-1],
    "a hash short": SMALL[:-8],
    "a hash long": SMALL + bytes(8),
    "no tail": of(HEAD_OF_SMALL, b""),
    "only a header": of(HEAD_OF_SMALL[:HEADER], b""),
    "less than a header": of(HEAD_OF_SMALL[: HEADER - 1], TAIL_OF_SMALL),
    "plain said to be zstd": b"\3" + SMALL[1:],
    "zstd said to be plain": b"\2" + LARGE[1:],
    "zstd cut short": LARGE[:HEAD] + LARGE[HEAD + 5 :],
    "zstd without content": LARGE[:HEAD],
    "zstd of nothing": of(zstandard.compress(b""), b"", b"\3"),
    "zstd of half a head": of(zstandard.compress(HEAD_OF_SMALL[:-4]), TAIL_OF_SMALL, b"\3"),
    "zstd of any length": of(b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 7 + b"\x0f" + bytes(20), b"", b"\3"),
    **{f"byte {i} is {value}": with_byte(SMALL, i, value) for i in (*range(1, HEAD + 16),) for value in (77, 255)},
    **{f"width {i} is {value}": with_byte(SMALL, HEAD + 16 + i, value) for i in range(6) for value in (3, 9, 255)},
    "hits take no bytes": with_byte(SMALL, HEAD + 16, 0),
    **{f"a length is {value}": with_byte(SMALL, LENGTHS, value) for value in (0, 1, 255)},
    **{f"a number of visitors is {value}": with_byte(SMALL, LENGTHS + 3, value) for value in (1, 255)},
    "a code of nobody": CODED[:-1] + b"\3",
}


@pytest.mark.parametrize("payload", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_block_is_refused_and_named(payload: bytes) -> None:
    with pytest.raises(Fatal, match="target by hour, bucket 1") as caught:
        unpacked(SMALL, payload, LARGE)
    assert "rebuild" in caught.value.hint


@examples(120)
@given(whole=st.sampled_from((SMALL, CODED)), data=st.data(), value=st.integers(0, 255), cut=st.integers(0, 16))
def test_whatever_a_block_holds_nothing_outside_of_it_is_read(
    whole: bytes, data: st.DataObject, value: int, cut: int
) -> None:
    payload = bytearray(whole)
    payload[data.draw(st.integers(0, len(whole) - 1))] = value
    try:
        found = unpacked(SMALL, bytes(payload[: len(payload) - cut]))
    except Fatal:
        return
    assert found.starts[-1] == len(found.visitors)
    assert (np.diff(found.starts) >= 0).all()
    assert found.key.texts.offsets[-1] == len(found.key.texts.data)
    assert (np.diff(found.key.texts.offsets) >= 0).all()
