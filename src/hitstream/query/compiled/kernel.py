"""Kernels of answers from single hits in memory. Numba code.

Hits lie in slabs, in each by visitor; the runs of all slabs are listed in `runs`, by visitor: its number, its slab, its
first row and the one after its last. So all hits of a visitor are met in one go, and to count the visitors of a key it
takes to remember, of each key, the last visitor who came.

A slab is a row of `slabs`: the times between which its hits count (relative to its base), whether all its hits do by
their time, the base, the addresses of times, bytes and mask (0 where all rows count), and for each family the address
of the rows' combinations, or 0 and the one combination that all rows have.
"""

from numba import int64, uint64

from hitstream.jit.blocks import block, fetch_ahead, routine
from hitstream.query.compiled.loads import load_i4_at, load_i8_at, load_u1_at

RUN = 4
AHEAD = 12
FROM, UNTIL, INSIDE, BASE, TIME, SIZE, MASK, FAMILIES = 0, 1, 2, 3, 4, 5, 6, 7
FAMILY = 5
OFFSET, STRICT, VIEWS = 1, 2, 3


@block
def _combination(slabs, slab, family, row):
    """Return the combination that a row has in a family."""
    address = slabs[slab + FAMILIES + 2 * family]
    return load_i4_at(address, row) if address != 0 else slabs[slab + FAMILIES + 2 * family + 1]


@block
def _counts(slabs, slab, row, families, allowed):
    """Tell whether a row passes the range, the mask, and what is allowed of each family that is not allowed wholly."""
    if slabs[slab + INSIDE] == 0:
        time = load_i4_at(slabs[slab + TIME], row)
        if time < slabs[slab + FROM] or time >= slabs[slab + UNTIL]:
            return False
    mask = slabs[slab + MASK]
    if mask != 0 and load_u1_at(mask, row) == 0:
        return False
    for at in range(0, families.size, FAMILY):
        if families[at + STRICT] != 0:
            if allowed[families[at + OFFSET] + _combination(slabs, slab, families[at], row)] == 0:
                return False
    return True


@block
def _fetch_ahead(runs, run, last, slabs, width):
    """Fetch the rows of a run that comes soon: runs lie all over the memory, and waiting for them takes longest."""
    soon = RUN * min(run + AHEAD, last - 1)
    slab, row = int64(runs[soon + 1]) * width, int64(runs[soon + 2])
    fetch_ahead(slabs[slab + TIME] + 4 * row)
    for family in range(slab + FAMILIES, slab + width, 2):
        fetch_ahead(slabs[family] + 4 * row)
    fetch_ahead(slabs[slab + SIZE] + 8 * row)
    fetch_ahead(slabs[slab + SIZE] + 8 * row + 64)


@routine
def tabulate(
    runs, first, last, slabs, width, families, allowed, welcome, erring,
    keys, views, sums, stamps, seen, people, visits, span, start, step, points, been, met,
):  # fmt: skip
    """Add up the rows that count of some runs, by combination, visitor and bucket, and count the visitors of each key.

    A family is a row of five in `families`: its number, where its combinations begin in `allowed` and `stamps` (which
    hold -1), and three times that in `sums`: hits, bytes, errors; whether some are not allowed; its views in `views`,
    from and up to. `visits` has those three of each visitor; `welcome` says which visitors count, `erring` which
    combinations of the first family are errors. A view is a row of two in `views`: where the keys of its family's
    combinations begin in `keys` (-1: not in the view), and where its keys begin in `seen` (which holds -1) and in
    `people`. `span` is the first and the last second. Buckets begin at `start` and are `step` seconds long: `points`
    has hits, bytes and errors of each, `been` (which holds -1) and `met` count its visitors.
    """
    least, most = span[0], span[1]
    for run in range(first, last):
        _fetch_ahead(runs, run, last, slabs, width)
        visitor = runs[RUN * run]
        slab = int64(runs[RUN * run + 1]) * width
        if slabs[slab + FROM] >= slabs[slab + UNTIL] or welcome[visitor] == 0:
            continue
        hits, sent, errors = 0, 0, 0
        base, sizes, times = slabs[slab + BASE], slabs[slab + SIZE], slabs[slab + TIME]
        bucket, begins = int64(0), start - step
        for row in range(runs[RUN * run + 2], runs[RUN * run + 3]):
            if not _counts(slabs, slab, row, families, allowed):
                continue
            size = max(load_i8_at(sizes, row), 0)
            error = int64(erring[_combination(slabs, slab, 0, row)])
            second = load_i4_at(times, row) + base
            least, most = min(least, second), max(most, second)
            hits += 1
            sent += size
            errors += error
            if second < begins or second >= begins + step:  # a visitor's rows are near each other, and dividing is slow
                bucket = int64(uint64(second - start) // uint64(step))
                begins = start + bucket * step
                _count(visitor, bucket, been, met)
            points[3 * bucket] += 1
            points[3 * bucket + 1] += size
            points[3 * bucket + 2] += error
            for family in range(0, families.size, FAMILY):
                if families[family + VIEWS] == families[family + VIEWS + 1]:
                    continue
                combination = _combination(slabs, slab, families[family], row)
                at = families[family + OFFSET] + combination
                sums[3 * at] += 1
                sums[3 * at + 1] += size
                sums[3 * at + 2] += error
                if stamps[at] != visitor:
                    stamps[at] = visitor
                    for view in range(families[family + VIEWS], families[family + VIEWS + 1]):
                        key = keys[views[2 * view] + combination]
                        if key >= 0:
                            _count(visitor, views[2 * view + 1] + key, seen, people)
        visits[3 * visitor] += hits
        visits[3 * visitor + 1] += sent
        visits[3 * visitor + 2] += errors
    span[0], span[1] = least, most
    return 0


@block
def _count(visitor, place, seen, people):
    if seen[place] != visitor:
        seen[place] = visitor
        people[place] += 1


@routine
def trace(
    runs, first, last, slabs, width, families, allowed, welcome, erring,
    family, keys, many, start, step, sums, seen, people,
):  # fmt: skip
    """Add up the rows that count of some runs by bucket and key: cell bucket * many + key.

    Keys are those of a family's combinations, of visitors where `family` is -1; -1 is none. Buckets begin at `start`
    and are `step` seconds long; `sums` has hits, bytes, errors of each cell, `seen` (which holds -1) and `people` count
    visitors. All else is as in `tabulate`.
    """
    for run in range(first, last):
        _fetch_ahead(runs, run, last, slabs, width)
        visitor = runs[RUN * run]
        slab = int64(runs[RUN * run + 1]) * width
        if slabs[slab + FROM] >= slabs[slab + UNTIL] or welcome[visitor] == 0:
            continue
        since = slabs[slab + BASE] - start
        for row in range(runs[RUN * run + 2], runs[RUN * run + 3]):
            if not _counts(slabs, slab, row, families, allowed):
                continue
            key = keys[visitor] if family < 0 else keys[_combination(slabs, slab, family, row)]
            if key < 0:
                continue
            cell = int64(uint64(load_i4_at(slabs[slab + TIME], row) + since) // uint64(step)) * many + key
            sums[3 * cell] += 1
            sums[3 * cell + 1] += max(load_i8_at(slabs[slab + SIZE], row), 0)
            sums[3 * cell + 2] += int64(erring[_combination(slabs, slab, 0, row)])
            _count(visitor, cell, seen, people)
    return 0
