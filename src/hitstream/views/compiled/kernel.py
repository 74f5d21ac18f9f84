"""Kernels of rollup and merge: numbering of integers, sums, sketches. Numba code."""

from numba import int32, int64, uint64

from hitstream.jit.blocks import block, routine
from hitstream.views.compiled.hash import xxh64

COUNT, MASK = range(2)  # places in the state of a numbering
MINUTE = 60_000_000  # microseconds
FIRST_ERROR = 400


@routine
def number_directly(keys, ids, distinct, table):
    """Number the distinct `keys` in ascending order; `table` holds a zero for every key there may be."""
    for row in range(keys.size):
        table[keys[row]] = 1
    count = 0
    for key in range(table.size):
        if table[key] != 0:
            distinct[count] = key
            table[key] = int32(count)
            count += 1
    for row in range(keys.size):
        ids[row] = table[keys[row]]
    return count


@routine
def number(keys, ids, distinct, table, state):
    """Number the distinct `keys` in order of appearance: key `distinct[ids[row]]` is that of the row."""
    for row in range(keys.size):
        ids[row] = number_of(keys[row], distinct, table, state)
    return state[COUNT]


@routine
def number_minutes(times, ids, distinct, table, state):
    """Number the distinct minutes of `times` (microseconds) in order of appearance."""
    start, code = int64(0), int64(-1)
    for row in range(times.size):
        if code < 0 or not start <= times[row] < start + MINUTE:
            minute = times[row] // MINUTE
            start = minute * MINUTE
            code = number_of(minute, distinct, table, state)
        ids[row] = int32(code)
    return state[COUNT]


@routine
def combine(ids, codes, size, distinct, firsts, table, state):
    """Number the distinct pairs of `ids[row]` and `codes[row]`, which is at least -1 and below `size - 1`, in `ids`.

    Pair i is first seen in row `firsts[i]`.
    """
    for row in range(codes.size):
        known = state[COUNT]
        code = number_of(int64(ids[row]) * size + int64(codes[row]) + 1, distinct, table, state)
        if code == known:
            firsts[code] = row
        ids[row] = int32(code)
    return state[COUNT]


@routine
def tally(
    buckets, minutes, combinations, size, sent, status, cells, distinct, hits_of, sent_of, errors_of, table, state
):
    """Number the cells of rows, and add up their measures.

    The key of a row's cell is the bucket of its minute, times `size`, plus its combination. Bytes that are missing (-1)
    count as none.
    """
    for row in range(minutes.size):
        known = state[COUNT]
        cell = number_of(buckets[minutes[row]] * size + int64(combinations[row]), distinct, table, state)
        if cell == known:
            hits_of[cell] = sent_of[cell] = errors_of[cell] = 0
        hits_of[cell] += 1
        sent_of[cell] += max(sent[row], 0)
        errors_of[cell] += status[row] >= FIRST_ERROR
        cells[row] = int32(cell)
    return state[COUNT]


@block
def number_of(key, distinct, table, state):
    """Return the number of `key` among the `distinct` ones, adding it if new.

    `table` holds zeros at first. Where the mask in `state` is 0 it has an entry for every key there may be. Else it is
    a hash table, with room for a power of two of at least twice as many entries as there may be keys, and the mask is
    the last index in use, which grows with their number.
    """
    mask = uint64(state[MASK])
    at = uint64(key) if mask == 0 else _slot(key, mask)
    while table[at] != 0:
        code = int64(table[at]) - 1
        if mask == 0 or distinct[code] == key:
            return code
        at = (at + uint64(1)) & mask
    count = state[COUNT]
    distinct[count] = key
    table[at] = int32(count + 1)
    state[COUNT] = count + 1
    if mask != 0 and 2 * (count + 1) > state[MASK]:
        state[MASK] = 2 * state[MASK] + 1
        _refill(table, uint64(state[MASK]), distinct, count + 1)
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
def hash_texts(data, offsets, codes, hashes):
    """Hash each row's text with the row's hash as the seed; a missing text leaves the hash as it is."""
    for row in range(codes.size):
        if codes[row] >= 0:
            hashes[row] = xxh64(data, int64(offsets[codes[row]]), int64(offsets[codes[row] + 1]), hashes[row])
    return 0


@routine
def sort_rows(keys, room, order):
    """Put rows in ascending order of `keys`, by counting; `room` holds zeros, one more than there may be keys."""
    for row in range(keys.size):
        room[keys[row] + 1] += 1
    for key in range(1, room.size):
        room[key] += room[key - 1]
    for row in range(keys.size):
        order[room[keys[row]]] = row
        room[keys[row]] += 1
    return 0


@routine
def meet(order, visitors, cells, group_of, last, groups, people):
    """List the distinct visitors of groups of cells, in ascending order of visitors, which is that of `order`.

    `last` holds -1 for each group. Return how many (`groups`, `people`) there are.
    """
    count = 0
    for at in range(order.size):
        row = order[at]
        group, visitor = group_of[cells[row]], visitors[row]
        groups[count] = int32(group)  # written over where this visitor is not new: no branch to guess wrong
        people[count] = visitor
        count += last[group] != visitor
        last[group] = visitor
    return count


@routine
def sketch(groups, people, cell_of, limit, hashes, room, starts, out):
    """Give each cell the `limit` smallest hashes of its visitors: `out[starts[i]:starts[i + 1]]`.

    `cell_of` tells the cell of a group, -1 for none; groups and people are what `meet` made, `room` two numbers a cell.
    Return how many hashes there are in all.
    """
    cells = starts.size - 1
    for counting in (True, False):
        for cell in range(cells):
            room[cell] = -1
        for at in range(groups.size):
            cell, visitor = cell_of[groups[at]], people[at]
            if cell < 0 or room[cell] == visitor:
                continue
            room[cell] = visitor
            if counting:
                starts[cell + 1] += starts[cell + 1] < limit
            elif room[cells + cell] < starts[cell + 1]:
                out[room[cells + cell]] = hashes[visitor]
                room[cells + cell] += 1
        if counting:
            for cell in range(cells):
                starts[cell + 1] += starts[cell]
                room[cells + cell] = starts[cell]
    return starts[cells]


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
