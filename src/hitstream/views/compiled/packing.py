"""Kernels of the packed form of blocks. Numba code.

A payload is the byte 2, the length of the head in 4 bytes, the head and the tail. The head: how many cells, bytes of
keys, visitors and people there are (4 bytes each, as all numbers lowest byte first); how many bytes a number takes (a
byte each) of hits, bytes, errors, lengths of keys (one more than they are, 0 for none), numbers of visitors, and codes
of people; those columns but the last, a number a cell; the keys. The tail: the hash of each of the people, then the
code of each visitor among them. Where that saves nothing codes take 0 bytes and the visitors' hashes are the people.
"""

from numba import int32, int64, uint8, uint64

from hitstream.jit.blocks import block, routine, word_at
from hitstream.views.compiled.kernel import COUNT, MASK, number_of

PLAIN, FRAME = uint8(2), 5
CELLS, KEYS, VISITORS, PEOPLE, WIDTHS, HEADER = 0, 4, 8, 12, 16, 22
HITS, BYTES, ERRORS, LENGTHS, COUNTS, CODES = range(WIDTHS, HEADER)
HASH = 8


@block
def _put(out, at, value, width):
    for i in range(width):
        out[at + i] = uint8((value >> uint64(8 * i)) & uint64(255))


@block
def _number_at(data, at, width):
    return int64(word_at(data, at, at + width))


@routine
def _column(values, first, stop, least, out, place, at):
    """Write numbers in as few bytes as the largest needs, `least` at least, and how many those are; return the end."""
    bits = uint64(0)
    for i in range(first, stop):
        bits |= uint64(values[i])
    width = 0
    while bits != 0:
        bits >>= uint64(8)
        width += 1
    width = max(width, least)
    for i in range(first, stop):
        _put(out, at, uint64(values[i]), width)
        at += width
    out[place] = uint8(width)
    return at


@routine
def pack(
    firsts, hits, sent, errors, lengths, counts, codes, data, offsets, starts, hashes, out, bounds, tails,
    ids, people, table, state,
):  # fmt: skip
    """Write each block, cells `firsts[b]` to `firsts[b + 1]`, at `bounds[b]`; its tail begins at `tails[b]`.

    `ids` and `people` are room for the visitors of a block, `table` and `state` for numbering them. Return the bytes
    that are used of `out`.
    """
    at = 0
    mask = state[MASK]
    for b in range(firsts.size - 1):
        first, stop = firsts[b], firsts[b + 1]
        bounds[b] = at
        out[at] = PLAIN
        head = at + FRAME
        at = head + HEADER
        at = _column(hits, first, stop, 1, out, head + HITS, at)
        at = _column(sent, first, stop, 0, out, head + BYTES, at)
        at = _column(errors, first, stop, 0, out, head + ERRORS, at)
        at = _column(lengths, first, stop, 0, out, head + LENGTHS, at)
        at = _column(counts, first, stop, 0, out, head + COUNTS, at)
        keys = at
        for i in range(first, stop):
            if codes[i] >= 0:
                for k in range(offsets[codes[i]], offsets[codes[i] + 1]):
                    out[at] = data[k]
                    at += 1
        tails[b] = at
        _put(out, head - 4, uint64(at - head), 4)
        _put(out, head + CELLS, uint64(stop - first), 4)
        _put(out, head + KEYS, uint64(at - keys), 4)
        state[MASK] = mask
        at = _tail(hashes, starts[first], starts[stop], stop - first, out, head, at, ids, people, table, state)
    bounds[firsts.size - 1] = at
    return at


@routine
def _tail(hashes, first, stop, cells, out, head, at, ids, people, table, state):
    """Write the visitors of a block; return where they end."""
    visitors = stop - first
    count, width = visitors, 0
    if cells > 1 and visitors > 1:
        state[COUNT] = 0
        for i in range(state[MASK] + 1):
            table[i] = 0
        for i in range(visitors):
            ids[i] = int32(number_of(int64(hashes[first + i]), people, table, state))
        count = state[COUNT]
        width = 1 if count <= 1 << 8 else 2 if count <= 1 << 16 else 4
        if HASH * count + width * visitors >= HASH * visitors:
            count, width = visitors, 0
    _put(out, head + VISITORS, uint64(visitors), 4)
    _put(out, head + PEOPLE, uint64(count), 4)
    out[head + CODES] = uint8(width)
    for i in range(count):
        _put(out, at + HASH * i, uint64(people[i]) if width > 0 else hashes[first + i], HASH)
    at += HASH * count
    for i in range(visitors if width > 0 else 0):
        _put(out, at + width * i, uint64(ids[i]), width)
    return at + width * visitors


@routine
def measure(heads, places, tails, totals):
    """Add up cells, key bytes and visitors of the blocks whose heads lie between `places`, tails between `tails`.

    Return how many blocks come before the first damaged one: all, if there is none.
    """
    for b in range(places.size - 1):
        if not _is_whole(heads, places[b], places[b + 1], tails[b + 1] - tails[b]):
            return b
        for i in range(3):
            totals[i] += _number_at(heads, places[b] + 4 * i, 4)
    return places.size - 1


@routine
def _is_whole(heads, at, end, tail):
    """Tell whether the parts of a block are as long as its head says, and fill it: else `unpack` reads outside."""
    room = end - at - HEADER
    if room < 0:
        return False
    cells, keys = _number_at(heads, at + CELLS, 4), _number_at(heads, at + KEYS, 4)
    visitors, people = _number_at(heads, at + VISITORS, 4), _number_at(heads, at + PEOPLE, 4)
    a_cell = 0
    for place in range(at + HITS, at + CODES):
        if heads[place] > 8:
            return False
        a_cell += heads[place]
    codes = int64(heads[at + CODES])
    if heads[at + HITS] == 0 or cells * a_cell + keys != room or HASH * people + codes * visitors != tail:
        return False
    if not (codes == 1 or codes == 2 or codes == 4 or (codes == 0 and people == visitors)):
        return False
    lengths = at + HEADER + cells * int64(heads[at + HITS] + heads[at + BYTES] + heads[at + ERRORS])
    counts = lengths + cells * int64(heads[at + LENGTHS])
    for i in range(cells):
        length = _number_at(heads, lengths + i * heads[at + LENGTHS], int64(heads[at + LENGTHS]))
        count = _number_at(heads, counts + i * heads[at + COUNTS], int64(heads[at + COUNTS]))
        if not (0 <= length <= keys + 1 and 0 <= count <= visitors):
            return False
        keys -= max(length - 1, 0)
        visitors -= count
    return keys == 0 and visitors == 0


@routine
def unpack(
    heads, places, tails, tail_places, buckets, bucket, hits, sent, errors, lengths, data, starts, hashes
):  # fmt: skip
    """Read the blocks at `places` one after the other into columns: what `pack` wrote.

    Return how many blocks come before the first whose codes are damaged: all, if there is none.
    """
    row, keys, visitors = 0, int64(0), int64(0)
    for b in range(buckets.size):
        head = places[b]
        cells = _number_at(heads, head + CELLS, 4)
        at = head + HEADER
        at = _read(heads, at, cells, int64(heads[head + HITS]), hits, row)
        at = _read(heads, at, cells, int64(heads[head + BYTES]), sent, row)
        at = _read(heads, at, cells, int64(heads[head + ERRORS]), errors, row)
        at = _read(heads, at, cells, int64(heads[head + LENGTHS]), lengths, row)
        at = _read(heads, at, cells, int64(heads[head + COUNTS]), starts, row)
        first = visitors
        for i in range(row, row + cells):
            bucket[i] = buckets[b]
            lengths[i] -= 1
            count = starts[i]
            starts[i] = visitors
            visitors += count
        for k in range(_number_at(heads, head + KEYS, 4)):
            data[keys] = heads[at + k]
            keys += 1
        row += cells
        if not _people(tails, tail_places[b], _number_at(heads, head + PEOPLE, 4), int64(heads[head + CODES]),
                       hashes, first, visitors):  # fmt: skip
            return b
    starts[row] = visitors
    return buckets.size


@routine
def _read(heads, at, cells, width, values, row):
    """Read a column into `values` from `row` on; return where it ends."""
    for i in range(cells):
        values[row + i] = _number_at(heads, at + i * width, width)
    return at + cells * width


@routine
def _people(tails, at, people, width, hashes, first, stop):
    """Read the visitors of a block; return whether each has a hash."""
    for i in range(first, stop):
        code = i - first
        if width > 0:
            code = _number_at(tails, at + HASH * people + width * (i - first), width)
            if code >= people:
                return False
        hashes[i] = word_at(tails, at + HASH * code, at + HASH * code + HASH)
    return True
