"""The packed form of a block's cells: a head of columns and keys, under zstd where that pays, and a tail of visitors.

A payload is one byte, 2 for a plain head and 3 for one under zstd, the length of the head (4 bytes, lowest first), the
head and the tail, which the kernel `pack` describes. It has no schema of its own: a block of one cell takes 50 bytes
and a microsecond, where an Arrow stream takes 600 and fifty. Hashes do not compress: the tail is as it is.
"""

import threading
from collections.abc import Sequence
from functools import partial

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
    "i8[] i8[] i8[] i8[] i8[] i8[] i4[] u1[] i4[] i8[] u8[] u1[] i8[] i4[] i8[] i4[] i8[]",
)
_measure = Kernel(_MODULE + "measure", "u1[] i8[] i8[] i8[]")
_unpack = Kernel(_MODULE + "unpack", "u1[] i8[] u1[] i8[] i8[] i8[] i8[] i8[] i8[] i8[] u1[] i8[] u8[]")

_HEADER, _A_CELL, _HASH = 22, 5 * 8, 8  # bytes, at the most
_PLAIN, _ZSTD = b"\2", b"\3"
FORM = 2
"""The number of this packed form: blocks of another are made anew from the archive."""
_LENGTH = 4
_WORTH_COMPRESSING = 1024
_THREAD = threading.local()


def pack(cells: Cells) -> list[Block]:
    """Return a block for each bucket of cells that are in the order of their buckets."""
    if not len(cells):
        return []
    firsts = np.append(np.flatnonzero(np.diff(cells.bucket, prepend=cells.bucket[0] - 1)), len(cells))
    lengths = np.append(np.diff(cells.key.texts.offsets) + np.int64(1), 0)[cells.key.codes]  # NO_CODE is the last one
    counts = np.diff(cells.starts)
    most = int(np.diff(cells.starts[firsts]).max())
    room = len(firsts) * _HEADER + _A_CELL * len(cells) + int(lengths.sum()) + _HASH * len(cells.visitors)
    out, bounds = np.empty(room, np.uint8), np.zeros(2 * len(firsts), np.int64)
    _pack(
        firsts, cells.hits, cells.bytes, cells.errors, lengths, counts,
        cells.key.codes, cells.key.texts.data, cells.key.texts.offsets, cells.starts, cells.visitors,
        out, bounds, np.empty(most, np.int32), np.empty(most, np.int64), *numbering(most),
    )  # fmt: skip
    view, edges = out.data, bounds.tolist()
    payloads = [_payload(view[a:b], view[b:c]) for a, b, c in zip(edges[::2], edges[1::2], edges[2::2], strict=False)]
    at = firsts[:-1]
    totals = [np.add.reduceat(measure, at).tolist() for measure in (cells.hits, cells.bytes, cells.errors)]
    block = partial(Block, cells.view, cells.grain)
    return list(map(block, cells.bucket[at].tolist(), *totals, payloads))


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


def _payload(head: memoryview, tail: memoryview) -> bytes:
    form, stored = _PLAIN, bytes(head)
    if len(stored) >= _WORTH_COMPRESSING:
        form, stored = _ZSTD, _compressor().compress(stored)
    return b"".join((form, len(stored).to_bytes(_LENGTH, "little"), stored, tail))


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
