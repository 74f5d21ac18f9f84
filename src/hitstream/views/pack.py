"""The packed form of a block's cells: a head of columns and keys, under zstd where that pays, and a tail of visitors.

A payload is one byte, 2 for a plain head and 3 for one under zstd, the length of the head (4 bytes, lowest first), the
head and the tail, which the kernel `pack` describes. It has no schema of its own: a block of one cell takes 50 bytes
and a microsecond, where an Arrow stream takes 600 and fifty. Hashes do not compress: the tail is as it is.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import overload

import numpy as np
import zstandard

from hitstream.errors import Fatal
from hitstream.jit import Kernel
from hitstream.record import I64, NO_CODE, U8, Column, Texts
from hitstream.views.cells import Block, Cells
from hitstream.views.kernels import numbering
from hitstream.views.table import Grain

_MODULE = "hitstream.views.compiled.packing:"
_pack = Kernel(
    _MODULE + "pack",
    "i8[] i8[] i8[] i8[] i8[] i8[] i4[] u1[] i4[] i8[] u8[] u1[] i8[] i8[] i4[] i8[] i4[] i8[]",
)
_measure = Kernel(_MODULE + "measure", "u1[] i8[] i8[] i8[]")
_unpack = Kernel(_MODULE + "unpack", "u1[] i8[] u1[] i8[] i8[] i8[] i8[] i8[] i8[] i8[] u1[] i8[] u8[]")

_HEADER, _A_CELL, _HASH = 27, 5 * 8, 8  # bytes, at the most
_PLAIN, _ZSTD = b"\2", b"\3"
FORM = 2
"""The number of this packed form: blocks of another are made anew from the archive."""
_LENGTH = 4
_WORTH_COMPRESSING = 1024
_THREAD = threading.local()


@dataclass(frozen=True, eq=False)
class Blocks(Sequence[Block]):
    """Blocks of one view and grain, by bucket, as columns: a `Block` is made of one only when it is asked for.

    `totals` are their hits, bytes and errors; the payload of block i is `data[bounds[i]:bounds[i + 1]]`.
    """

    view: str
    grain: Grain
    bucket: I64
    totals: tuple[I64, I64, I64]
    data: bytes
    bounds: I64

    def __len__(self) -> int:
        return len(self.bucket)

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...
    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        return list(self)[index]

    def __iter__(self) -> Iterator[Block]:
        payloads = (self.data[start:stop] for start, stop in pairwise(self.bounds.tolist()))
        columns = (column.tolist() for column in (self.bucket, *self.totals))
        return map(partial(Block, self.view, self.grain), *columns, payloads)

    def since(self, floor: int) -> "Blocks":
        """Return the blocks of buckets that start then or later."""
        first = int(np.searchsorted(self.bucket, floor))
        hits, sent, errors = (total[first:] for total in self.totals)
        return Blocks(self.view, self.grain, self.bucket[first:], (hits, sent, errors), self.data, self.bounds[first:])


def pack(cells: Cells) -> Blocks:
    """Return a block for each bucket of cells that are in the order of their buckets."""
    firsts = np.append(np.flatnonzero(np.diff(cells.bucket, prepend=cells.bucket[:1] - 1)), len(cells))
    lengths = np.append(np.diff(cells.key.texts.offsets) + np.int64(1), 0)[cells.key.codes]  # NO_CODE is the last one
    most = int(np.diff(cells.starts[firsts]).max(initial=0))
    room = len(firsts) * _HEADER + _A_CELL * len(cells) + int(lengths.sum()) + _HASH * len(cells.visitors)
    out, bounds, tails = np.empty(room, np.uint8), np.zeros(len(firsts), np.int64), np.zeros(len(firsts), np.int64)
    _pack(
        firsts, cells.hits, cells.bytes, cells.errors, lengths, np.diff(cells.starts),
        cells.key.codes, cells.key.texts.data, cells.key.texts.offsets, cells.starts, cells.visitors,
        out, bounds, tails, np.empty(most, np.int32), np.empty(most, np.int64), *numbering(most),
    )  # fmt: skip
    at = firsts[:-1]
    hits, sent, errors = (_sums(measure, at) for measure in (cells.hits, cells.bytes, cells.errors))
    return Blocks(cells.view, cells.grain, cells.bucket[at], (hits, sent, errors), *_compressed(out, bounds, tails))


def _sums(measure: I64, firsts: I64) -> I64:
    return np.add.reduceat(measure, firsts) if len(firsts) else firsts


def _compressed(out: U8, bounds: I64, tails: I64) -> tuple[bytes, I64]:
    """Return payloads side by side and their bounds, large heads under zstd."""
    view, sizes, parts, done = out.data, np.diff(bounds), list[bytes | memoryview](), 0
    for block in np.flatnonzero(tails[:-1] - bounds[:-1] >= _WORTH_COMPRESSING).tolist():
        start, tail, end = int(bounds[block]), int(tails[block]), int(bounds[block + 1])
        head = _compressor().compress(view[start + 1 + _LENGTH : tail])
        parts += (view[done:start], _ZSTD, len(head).to_bytes(_LENGTH, "little"), head, view[tail:end])
        sizes[block] += len(head) - (tail - start - 1 - _LENGTH)
        done = end
    return b"".join((*parts, view[done : int(bounds[-1])])), np.cumsum([0, *sizes])


def unpack(view: str, grain: Grain, rows: Sequence[tuple[int, bytes]]) -> Cells:
    """Return the cells of blocks given as (bucket, payload), one below the other; buckets and keys may repeat.

    Raises:
        Fatal: a payload is damaged.
    """
    heads, tails = zip(*(_parts(payload) for _, payload in rows), strict=True) if rows else ((), ())
    places, tail_places = (np.cumsum([0, *map(len, parts)]) for parts in (heads, tails))
    head, tail = (np.frombuffer(b"".join(parts), np.uint8) for parts in (heads, tails))
    buckets = np.array([bucket for bucket, _ in rows], np.int64)
    totals = np.zeros(3, np.int64)
    whole = _measure(head, places, tail_places, totals)
    if whole < len(rows):
        raise _damaged(view, grain, rows[whole][0])
    size, keys, visitors = totals.tolist()
    bucket, hits, sent, errors, lengths = (np.empty(size, np.int64) for _ in range(5))
    data, starts, hashes = np.empty(keys, np.uint8), np.zeros(size + 1, np.int64), np.empty(visitors, np.uint64)
    columns = bucket, hits, sent, errors, lengths, data, starts, hashes
    whole = _unpack(head, places, tail, tail_places, buckets, *columns)
    if whole < len(rows):
        raise _damaged(view, grain, rows[whole][0])
    return Cells(view, grain, bucket, _keys(lengths, data), hits, sent, errors, starts, hashes)


def _damaged(view: str, grain: Grain, bucket: int) -> Fatal:
    where = f"{view} by {grain}, bucket {bucket}"
    return Fatal(f"A stored block is damaged, or of another version: {where}.", "Run `hitstream rebuild`.")


def _keys(lengths: I64, data: U8) -> Column:
    """Return the keys, a text a cell."""
    real = lengths >= 0
    codes = np.where(real, np.cumsum(real) - 1, NO_CODE).astype(np.int32)
    return Column(codes, Texts(data, np.concatenate(([0], np.cumsum(lengths[real]))).astype(np.int32)))


def _compressor() -> zstandard.ZstdCompressor:
    """Return this thread's compressor: making one takes as long as compressing a block."""
    if not hasattr(_THREAD, "compressor"):
        _THREAD.compressor = zstandard.ZstdCompressor(level=1)
    made: zstandard.ZstdCompressor = _THREAD.compressor
    return made


def _parts(payload: bytes) -> tuple[bytes | memoryview, memoryview]:
    """Return the head and the tail of a payload, nothing if it is damaged."""
    view, form = memoryview(payload), payload[:1]
    end = 1 + _LENGTH + int.from_bytes(view[1 : 1 + _LENGTH], "little")
    head, tail = view[1 + _LENGTH : end], view[end:]
    try:
        if form == _ZSTD:
            return zstandard.decompress(head), tail
    except (zstandard.ZstdError, MemoryError):  # a damaged length may ask for any amount of memory
        form = b""
    return (head, tail) if form == _PLAIN else (b"", view[:0])
