"""Visitors: distinct (client, agent) pairs, counted with a mergeable sketch of the K smallest 64-bit hashes.

K minimum values (Bar-Yossef et al. 2002; the estimator of Beyer et al. 2007): exact below K hashes, from there
(K - 1) / kth smallest, as a share of the hash range and at least K, with a standard error of 1 / sqrt(K - 2). A
visitor's hash is XXH64 of its agent, seeded with the XXH64 of its client, so sketches of any batch, tier and machine
unite.
"""

import numpy as np

from hitstream.record import I32, I64, U64, Texts
from hitstream.views.kernels import hash_texts

_RANGE = float(1 << 64)


def estimate(starts: I64, hashes: U64, limit: int) -> I64:
    """Return how many visitors each sketch stands for; `limit` is the view's K."""
    counts = np.diff(starts)
    full = np.flatnonzero(counts >= limit)
    largest = hashes[starts[full + 1] - 1].astype(np.float64)
    counts[full] = np.maximum(limit, np.rint((limit - 1) / (largest / _RANGE)).astype(np.int64))
    return counts


def is_estimated(visitors: int | None, error: float) -> bool:
    """Tell whether a number is an estimate, given the standard error of those beside it that are.

    A sketch counts exactly below K, and K follows from the error.
    """
    return visitors is not None and error > 0 and visitors >= round(error**-2) + 2


def standard_error(limit: int) -> float:
    """Return the relative standard error of an estimate at or above K."""
    return float(1 / np.sqrt(limit - 2))


def visitor_hashes(columns: list[tuple[Texts, I32]]) -> U64:
    """Return a hash a row of (texts, codes) columns, client first; a missing text leaves the hash as it is."""
    hashes = np.zeros(len(columns[0][1]), np.uint64)
    for texts, codes in columns:
        hash_texts(texts, codes, hashes)
    return hashes
