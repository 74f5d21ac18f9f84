"""Kernels of rollup and merge: numbering of integers, sums, unions of sketches, packing. Numba code."""

import numpy as np
from numba import int32, int64, uint64

from hitstream.jit.blocks import block, routine

HEADER = 3  # a packed block's header: how many cells, bytes of keys, visitors


@routine
def number_directly(keys, ids, distinct, firsts, table):
    """Number the distinct `keys` as `number` does; `table` holds a zero for every key there may be."""
    count = 0
    for row in range(keys.size):
        key = keys[row]
        code = table[key]
        if code == 0:
            distinct[count] = key
            firsts[count] = row
            count += 1
            code = int32(count)
            table[key] = code
        ids[row] = code - 1
    return count


@routine
def number(keys, ids, distinct, firsts, table, first_mask):
    """Number the distinct `keys` in order of appearance: `ids[row]` is that number. Return how many there are.

    Number i is the key `distinct[i]`, first seen in row `firsts[i]`. `table` holds zeros, with room for a power of
    two of at least twice as many entries as rows.
    """
    mask = uint64(first_mask)
    count = 0
    for row in range(keys.size):
        key = keys[row]
        at = _slot(key, mask)
        while table[at] != 0 and distinct[table[at] - 1] != key:
            at = (at + uint64(1)) & mask
        if table[at] == 0:
            distinct[count] = key
            firsts[count] = row
            count += 1
            table[at] = int32(count)
            ids[row] = count - 1
            if uint64(2 * count) > mask:
                mask = uint64(2) * mask + uint64(1)
                _refill(table, mask, distinct, count)
        else:
            ids[row] = table[at] - 1
    return count


@block
def _slot(key, mask):
    mixed = uint64(key) * uint64(0x9E3779B97F4A7C15)
    return (mixed ^ (mixed >> uint64(32))) & mask


@routine
def _refill(table, mask, distinct, count):
    for at in range(mask + uint64(1)):
        table[at] = 0
    for i in range(count):
        at = _slot(distinct[i], mask)
        while table[at] != 0:
            at = (at + uint64(1)) & mask
        table[at] = int32(i + 1)


@routine
def add(ids, hits, sent, errors, hits_of, sent_of, errors_of):
    """Add each row's measures to those of its number."""
    for row in range(ids.size):
        at = ids[row]
        hits_of[at] += hits[row]
        sent_of[at] += sent[row]
        errors_of[at] += errors[row]
    return 0


@routine
def sketch(cells, visitors, limit, room, order, starts, out):
    """Give each cell its `limit` smallest distinct visitors, ascending: `out[starts[i]:starts[i + 1]]`.

    Rows are put in order by counting, first of visitors, then of cells. `room` holds zeros, one more than there are
    visitors or cells. Return how many visitors there are in all cells.
    """
    for row in range(visitors.size):
        room[visitors[row] + 1] += 1
    for i in range(1, room.size):
        room[i] += room[i - 1]
    for row in range(visitors.size):
        order[room[visitors[row]]] = row
        room[visitors[row]] += 1
    for i in range(room.size):
        room[i] = 0
    for row in range(cells.size):
        room[cells[row] + 1] += 1
    for i in range(1, starts.size):
        room[i] += room[i - 1]
        starts[i] = room[i]
    for at in range(order.size):
        row = order[at]
        out[room[cells[row]]] = visitors[row]
        room[cells[row]] += 1
    return _shrink(limit, starts, out)


@routine
def _shrink(limit, starts, out):
    """Drop repeats, and what is beyond the limit, from each ascending run of `out`."""
    total = 0
    first = starts[0]
    for cell in range(starts.size - 1):
        stop = starts[cell + 1]
        begin = total
        for at in range(first, stop):
            if total - begin < limit and (at == first or out[at] != out[at - 1]):
                out[total] = out[at]
                total += 1
        first = stop
        starts[cell + 1] = total
    return total


@routine
def unite(order, ids, starts, hashes, limit, out_starts, out, spare):
    """Unite sketches: rows in `order` come grouped by ascending `ids`; each id gets its `limit` smallest hashes.

    `out` and `spare` have room for all hashes. Return how many hashes there are in all.
    """
    total = 0
    row = 0
    for cell in range(out_starts.size - 1):
        out_starts[cell] = total
        length = 0
        while row < order.size and ids[order[row]] == cell:
            first, stop = starts[order[row]], starts[order[row] + 1]
            if length == 0:
                length = min(stop - first, limit)
                for i in range(length):
                    out[total + i] = hashes[first + i]
            elif stop > first:
                for i in range(length):
                    spare[i] = out[total + i]
                length = _merge(spare, length, hashes, first, stop, out, total, limit)
            row += 1
        total += length
    out_starts[out_starts.size - 1] = total
    return total


@routine
def _merge(left, left_length, right, first, stop, out, at, limit):
    """Merge two ascending runs without repeats into `out[at:]`; return its length, `limit` at the most."""
    i, j, length = 0, first, 0
    while length < limit and (i < left_length or j < stop):
        if j >= stop or (i < left_length and left[i] < right[j]):
            out[at + length] = left[i]
            i += 1
        else:
            if i < left_length and left[i] == right[j]:
                i += 1
            out[at + length] = right[j]
            j += 1
        length += 1
    return length


@routine
def pack(
    firsts, codes, data, offsets, hits, sent, errors, starts, hashes, out, bounds
):  # fmt: skip
    """Write each block, cells `firsts[b]` to `firsts[b + 1]`, into `out` (8-byte words); `bounds` are their places.

    A block is a header, hits, bytes, errors, lengths of keys, numbers of visitors, visitors, keys: all 8-byte
    words, the keys' text padded with zeros. A cell without a key has the length -1. Return the words used.
    """
    at = 0
    text = out.view(np.uint8)
    for b in range(firsts.size - 1):
        first, stop = firsts[b], firsts[b + 1]
        cells = stop - first
        bounds[b] = at
        visitors = starts[stop] - starts[first]
        body = at + HEADER
        keys = int64(0)
        place = 8 * (body + 5 * cells + visitors)
        for i in range(cells):
            cell = first + i
            out[body + i] = hits[cell]
            out[body + cells + i] = sent[cell]
            out[body + 2 * cells + i] = errors[cell]
            out[body + 4 * cells + i] = starts[cell + 1] - starts[cell]
            code = codes[cell]
            length = int64(-1)
            if code >= 0:
                length = int64(offsets[code + 1] - offsets[code])
                for k in range(length):
                    text[place + keys + k] = data[offsets[code] + k]
                keys += length
            out[body + 3 * cells + i] = length
        for i in range(visitors):
            out[body + 5 * cells + i] = int64(hashes[starts[first] + i])
        words = (keys + 7) // 8
        for k in range(keys, 8 * words):
            text[place + k] = 0
        out[at] = cells
        out[at + 1] = keys
        out[at + 2] = visitors
        at = body + 5 * cells + visitors + words
    bounds[firsts.size - 1] = at
    return at


@routine
def measure(packed, places, totals):
    """Add up cells, key bytes and visitors of the blocks between `places` into `totals`.

    Return how many blocks come before the first damaged one: all, if there is none.
    """
    for b in range(places.size - 1):
        if not _is_whole(packed, places[b], places[b + 1]):
            return b
        for i in range(3):
            totals[i] += packed[places[b] + i]
    return places.size - 1


@routine
def _is_whole(packed, at, end):
    """Tell whether the parts of a block are as long as its header says, and fill it: else `unpack` reads outside."""
    body = at + HEADER
    room = end - body
    if room < 0:
        return False
    cells, keys, visitors = packed[at], packed[at + 1], packed[at + 2]
    if not (0 <= cells <= room and 0 <= keys <= 8 * room and 0 <= visitors <= room):
        return False
    if 5 * cells + visitors + (keys + 7) // 8 != room:
        return False
    for i in range(cells):
        length, people = packed[body + 3 * cells + i], packed[body + 4 * cells + i]
        if not (-1 <= length <= keys and 0 <= people <= visitors):
            return False
        keys -= max(length, 0)
        visitors -= people
    return keys == 0 and visitors == 0


@routine
def unpack(
    packed, places, buckets, bucket, hits, sent, errors, lengths, data, starts, hashes
):  # fmt: skip
    """Read the blocks at `places` one after the other into columns: what `pack` wrote. Return the number of cells."""
    text = packed.view(np.uint8)
    row, keys, visitors = 0, int64(0), int64(0)
    for b in range(buckets.size):
        at = places[b]
        cells = packed[at]
        body = at + HEADER
        for i in range(cells):
            bucket[row + i] = buckets[b]
            hits[row + i] = packed[body + i]
            sent[row + i] = packed[body + cells + i]
            errors[row + i] = packed[body + 2 * cells + i]
            lengths[row + i] = packed[body + 3 * cells + i]
            starts[row + i] = visitors
            visitors += packed[body + 4 * cells + i]
        first = visitors - packed[at + 2]
        for i in range(packed[at + 2]):
            hashes[first + i] = uint64(packed[body + 5 * cells + i])
        place = 8 * (body + 5 * cells + packed[at + 2])
        for k in range(packed[at + 1]):
            data[keys + k] = text[place + k]
        keys += packed[at + 1]
        row += cells
    starts[row] = visitors
    return row
