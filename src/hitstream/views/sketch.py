"""Visitors: distinct (client, agent) pairs, counted with a mergeable sketch of the K smallest 64-bit hashes.

K minimum values (Bar-Yossef et al. 2002; the estimator of Beyer et al. 2007): exact below K hashes, from there
(K - 1) / kth smallest, as a share of the hash range, with a standard error of 1 / sqrt(K - 2). A visitor's hash is
XXH64 of its agent, seeded with the XXH64 of its client, so sketches of any batch, tier and machine unite.
"""

import numpy as np
import xxhash

from hitstream.record import I32, I64, NO_CODE, U64, Texts

_RANGE = float(1 << 64)


def estimate(starts: I64, hashes: U64, limit: int) -> I64:
    """Return how many visitors each sketch stands for; `limit` is the view's K."""
    counts = np.diff(starts)
    full = np.flatnonzero(counts >= limit)
    largest = hashes[starts[full + 1] - 1].astype(np.float64)
    counts[full] = np.rint((limit - 1) / (largest / _RANGE)).astype(np.int64)
    return counts


def standard_error(limit: int) -> float:
    """Return the relative standard error of an estimate at or above K."""
    return float(1 / np.sqrt(limit - 2))


def visitor_hashes(columns: list[tuple[Texts, I32]]) -> U64:
    """Return a hash a row of (texts, codes) columns, client first; a missing text leaves the hash as it is."""
    texts, codes = columns[0]
    hashes = np.array([*(_hash(text, 0) for text in texts.split()), 0], np.uint64)[codes]
    for texts, codes in columns[1:]:
        raw = texts.split()
        seeded = zip(hashes.tolist(), codes.tolist(), strict=True)
        hashes = np.array([h if c == NO_CODE else _hash(raw[c], h) for h, c in seeded], np.uint64)
    return hashes


def _hash(text: bytes, seed: int) -> int:
    return xxhash.xxh64_intdigest(text, seed)
