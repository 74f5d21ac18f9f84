"""The bound on keys: past it, the tail of a bucket folds into `(other)`. Sums never fold away."""

from dataclasses import replace

import numpy as np

from hitstream.record import I64, NO_CODE, Column
from hitstream.views.cells import Cells
from hitstream.views.kernels import add, group, unite


def fold(cells: Cells, bound: int, sketch: int) -> Cells:
    """Return cells with at most `bound` keys a bucket: the ones with most hits, ties by the key's text."""
    if len(cells) <= bound:
        return cells
    firsts = np.flatnonzero(np.concatenate(([True], cells.bucket[1:] != cells.bucket[:-1])))
    sizes = np.diff(firsts, append=len(cells))
    if int(sizes.max()) <= bound:
        return cells
    tail = np.zeros(len(cells), bool)
    for first, size in zip(firsts.tolist(), sizes.tolist(), strict=True):
        tail[first + _tail(cells, first, size, bound)] = True
    codes = np.where(tail, NO_CODE, cells.key.codes)
    return regroup(replace(cells, key=Column(codes, cells.key.texts)), sketch)


def _tail(cells: Cells, first: int, size: int, bound: int) -> I64:
    """Return which of a bucket's cells fold: all but the `bound` largest; the folded tail itself stays folded."""
    codes, hits = cells.key.codes[first : first + size], cells.hits[first : first + size]
    real = np.flatnonzero(codes != NO_CODE)
    if len(real) <= bound:
        return np.zeros(0, np.int64)
    least = np.partition(hits[real], len(real) - bound)[len(real) - bound]
    tied = real[hits[real] == least]
    keep = bound - int((hits[real] > least).sum())
    texts = cells.key.texts.decode()
    tied = np.array(sorted(tied.tolist(), key=lambda i: texts[codes[i]]), np.int64)
    return np.concatenate((real[hits[real] < least], tied[keep:]))


def regroup(cells: Cells, sketch: int) -> Cells:
    """Merge the cells that share a (bucket, key code); return them in that order."""
    bucket, starts = group(cells.bucket)
    size = len(cells.key.texts) + 1
    ids, packed = group(bucket * size + (cells.key.codes + 1))
    hits, sent, errors = add(ids, len(packed), (cells.hits, cells.bytes, cells.errors))
    sketches = unite(ids, len(packed), cells.starts, cells.visitors, sketch)
    key = Column((packed % size - 1).astype(np.int32), cells.key.texts)
    return Cells(cells.view, cells.grain, starts[packed // size], key, hits, sent, errors, *sketches)
