"""Kernel parts: where a field ends and what its value is. Numba code; the semantics are those of `program`."""

from numba import int64, uint8

from hitstream.jit.blocks import block, find_byte

QUOTE, BACKSLASH, MINUS, DOT = uint8(34), uint8(92), uint8(45), uint8(46)
ZERO, NINE = uint8(48), uint8(57)
NOT_A_NUMBER = int64(-2)
MISSING = int64(-1)


@block
def stands_at(data, at, end, literals, start, length):
    """Tell whether the literal stands at `at`, before `end`."""
    if at + length > end:
        return False
    for i in range(length):
        if data[at + i] != literals[start + i]:
            return False
    return True


@block
def is_digit(byte):
    """Tell whether a byte is an ASCII digit."""
    return ZERO <= byte <= NINE


@block
def digits(data, start, end):
    """Return the number that `data[start:end]` writes, or NOT_A_NUMBER."""
    if start >= end:
        return NOT_A_NUMBER
    value = int64(0)
    for at in range(start, end):
        if not is_digit(data[at]):
            return NOT_A_NUMBER
        value = value * 10 + int64(data[at] - ZERO)
    return value


@block
def count_or_dash(data, start, end):
    """Return the value of a BYTES field, MISSING for `-`, or NOT_A_NUMBER."""
    if end - start == 1 and data[start] == MINUS:
        return MISSING
    if end - start > 18:
        return NOT_A_NUMBER
    return digits(data, start, end)


@block
def duration(data, start, end, scale):
    """Return the microseconds of a DURATION field, MISSING for `-`, or NOT_A_NUMBER."""
    if end - start == 1 and data[start] == MINUS:
        return MISSING
    point = find_byte(data, start, end, DOT)
    if point - start > 12 or end - point > 10 or (scale == 1 and point < end):
        return NOT_A_NUMBER
    whole = digits(data, start, point)
    if whole < 0 or point == end:
        return whole if whole < 0 else whole * scale
    part = digits(data, point + 1, end)
    if part < 0:
        return NOT_A_NUMBER
    unit = int64(1)
    for _ in range(end - point - 1):
        unit *= 10
    return whole * scale + part * scale // unit


@block
def is_escaped(data, start, at):
    """Tell whether an odd number of backslashes stands before `at`, counted back to `start`."""
    before = at
    while before > start and data[before - 1] == BACKSLASH:
        before -= 1
    return (at - before) % 2 == 1


@block
def end_of_plain(data, start, end, literals, until, length):
    """Return where the first `until` stands, or -1."""
    if length == 0:
        return end
    at = find_byte(data, start, end, literals[until])
    while at < end:
        if stands_at(data, at, end, literals, until, length):
            return at
        at = find_byte(data, at + 1, end, literals[until])
    return -1


@block
def end_of_quoted(data, start, end, literals, until, length):
    """Return where the first unescaped quote stands, or -1 where `until` does not stand there."""
    at = find_byte(data, start, end, QUOTE)
    while at < end and is_escaped(data, start, at):
        at = find_byte(data, at + 1, end, QUOTE)
    return at if stands_at(data, at, end, literals, until, length) else -1


@block
def status_follows(data, at, end, literals, next_until, next_length):
    """Tell whether three digits stand at `at`, and then the first byte of the status's `until` (or the line's end)."""
    if at + 3 > end or digits(data, at, at + 3) < 0:
        return False
    if next_length == 0:
        return at + 3 == end
    return at + 3 < end and data[at + 3] == literals[next_until]


@block
def end_of_request(data, start, end, literals, until, length, next_until, next_length):
    """Return where a request before a status ends, or -1: unescaped quotes first, then any."""
    for honour_escapes in (True, False):
        at = find_byte(data, start, end, QUOTE)
        while at < end:
            if (
                stands_at(data, at, end, literals, until, length)
                and status_follows(data, at + length, end, literals, next_until, next_length)
                and not (honour_escapes and is_escaped(data, start, at))
            ):
                return at
            at = find_byte(data, at + 1, end, QUOTE)
    return -1
