"""Kernels of texts that are known from before. Numba code."""

from numba import int32, int64, uint64

from hitstream.jit.blocks import fetch_item_ahead, intern_hashed, quick_hash, routine

STEP = 8
CODE = uint64(0xFFFFFFFF)


@routine
def adopt(texts, offsets, codes, wanted, data, used, table, masks, hashes, places, counts):
    """Give texts their codes among the distinct ones in `data`; add those that are new after its first `used` bytes.

    Return how many bytes of `data` are used then. `wanted` is room for the texts' hashes, the other arguments are those
    of `intern`. Known texts lie all over the memory, and waiting for them takes longest: they are fetched ahead.
    """
    count = codes.size
    for text in range(count):
        wanted[text] = quick_hash(texts, int64(offsets[text]), int64(offsets[text + 1]))
    for text in range(count):
        mask = uint64(masks[0])
        fetch_item_ahead(table, int64(wanted[min(text + 3 * STEP, count - 1)] & mask))
        code = int64(table[wanted[min(text + 2 * STEP, count - 1)] & mask] & CODE) - 1
        if code >= 0:
            fetch_item_ahead(places, code)
        code = int64(table[wanted[min(text + STEP, count - 1)] & mask] & CODE) - 1
        if code >= 0:
            fetch_item_ahead(data, places[code] >> 32)
        first, length = int64(offsets[text]), int64(offsets[text + 1] - offsets[text])
        for i in range(length):
            data[used + i] = texts[first + i]
        known = counts[0]
        codes[text] = int32(
            intern_hashed(wanted[text], data, used, length, 0, 0, table, 0, masks, hashes, places, counts)
        )
        if counts[0] > known:
            used += length
    return used


@routine
def place_again(table, mask, hashes, count):
    """Fill a larger table, which holds zeros, as `intern` does."""
    for code in range(count):
        at = hashes[code] & uint64(mask)
        while table[at] != 0:
            at = (at + uint64(1)) & uint64(mask)
        table[at] = (hashes[code] & uint64(0xFFFFFFFF00000000)) | uint64(code + 1)
    return 0
