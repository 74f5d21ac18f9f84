"""The packed form of a block's cells: columns of 8-byte words, then the keys, under zstd where that pays.

A payload is one byte, 0 for plain and 1 for zstd, and then what the kernel `pack` describes. It has no schema of its
own: a block of one cell takes 50 bytes and a microsecond, where an Arrow stream takes 600 and fifty.
"""

import threading
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import zstandard

from hitstream.errors import Fatal
from hitstream.jit import Kernel
from hitstream.record import I64, NO_CODE, U8, Column, Texts
from hitstream.views.cells import Block, Cells
from hitstream.views.table import Grain

_MODULE = "hitstream.views.compiled.kernel:"
_pack = Kernel(_MODULE + "pack", "i8[] i4[] u1[] i4[] i8[] i8[] i8[] i8[] u8[] i8[] i8[]")
_measure = Kernel(_MODULE + "measure", "i8[] i8[] i8[]")
_unpack = Kernel(_MODULE + "unpack", "i8[] i8[] i8[] i8[] i8[] i8[] i8[] i8[] u1[] i8[] u8[]")

_HEADER, _COLUMNS = 3, 5
_PLAIN, _ZSTD = b"\0", b"\1"
_WORTH_COMPRESSING = 1024
_THREAD = threading.local()


def pack(cells: Cells) -> list[Block]:
    """Return a block for each bucket of cells that are in the order of their buckets."""
    if not len(cells):
        return []
    firsts = np.append(np.flatnonzero(np.diff(cells.bucket, prepend=cells.bucket[0] - 1)), len(cells))
    bounds = np.zeros(len(firsts), np.int64)
    _pack(
        firsts, cells.key.codes, cells.key.texts.data, cells.key.texts.offsets, cells.hits, cells.bytes, cells.errors,
        cells.starts, cells.visitors, out := _room(cells, len(firsts)), bounds,
    )  # fmt: skip
    payloads = [_compressed(out[a:b].tobytes()) for a, b in pairwise(bounds.tolist())]
    at = firsts[:-1]
    totals = [np.add.reduceat(measure, at).tolist() for measure in (cells.hits, cells.bytes, cells.errors)]
    block = partial(Block, cells.view, cells.grain)
    return list(map(block, cells.bucket[at].tolist(), *totals, payloads))


def unpack(view: str, grain: Grain, rows: Sequence[tuple[int, bytes]]) -> Cells:
    """Return the cells of blocks given as (bucket, payload), one below the other; buckets and keys may repeat.

    Raises:
        Fatal: a payload is damaged.
    """
    raw = [_words(payload) for _, payload in rows]
    packed = np.frombuffer(b"".join(raw), np.int64)
    places = np.cumsum([0, *(len(words) // 8 for words in raw)])
    buckets = np.array([bucket for bucket, _ in rows], np.int64)
    totals = np.zeros(3, np.int64)
    whole = _measure(packed, places, totals)
    if whole < len(rows):
        where = f"{view} by {grain}, bucket {rows[whole][0]}"
        raise Fatal(f"A stored block is damaged: {where}.", "Run `hitstream rebuild`.")
    size, keys, visitors = totals.tolist()
    bucket, hits, sent, errors, lengths = (np.empty(size, np.int64) for _ in range(5))
    data, starts, hashes = (
        np.empty(keys, np.uint8),
        np.zeros(size + 1, np.int64),
        np.empty(visitors, np.uint64),
    )
    _unpack(packed, places, buckets, bucket, hits, sent, errors, lengths, data, starts, hashes)
    return Cells(view, grain, bucket, _keys(lengths, data), hits, sent, errors, starts, hashes)


def _room(cells: Cells, blocks: int) -> I64:
    offsets = cells.key.texts.offsets
    real = cells.key.codes[cells.key.codes != NO_CODE]
    text = int((offsets[real + 1] - offsets[real]).sum(dtype=np.int64)) // 8
    return np.empty(blocks * (_HEADER + 1) + _COLUMNS * len(cells) + len(cells.visitors) + text, np.int64)


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


def _compressed(raw: bytes) -> bytes:
    if len(raw) < _WORTH_COMPRESSING:
        return _PLAIN + raw
    return _ZSTD + _compressor().compress(raw)


def _words(payload: bytes) -> bytes:
    """Return the words of a payload, none if it is damaged."""
    form, content = payload[:1], payload[1:]
    try:
        raw = zstandard.decompress(content) if form == _ZSTD else content
    except (zstandard.ZstdError, MemoryError):  # a damaged length may ask for any amount of memory
        return b""
    return raw if form in (_PLAIN, _ZSTD) and len(raw) % 8 == 0 else b""
